"""Re-randomisation of ten invented people under the scheme that made the list: our p against the domain's enumeration.

The list of allocations, the values and the statistic (the t of the adjusted difference) are those of `oracles/ancova10`.
"""

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from armlet.allocation.scheme import Scheme, enumerate_sequences
from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate

DATA = Path(__file__).parents[2] / "oracles" / "ancova10" / "ancova10.csv"


def scheme_of(method: str, **settings: object) -> Scheme:
    return Scheme.of(("MSC", "PBO"), (1, 1), method, settings)


def people() -> list[dict[str, str]]:
    with DATA.open(newline="") as file:
        return list(csv.DictReader(file))


def ten_people(scheme: Scheme) -> Cases:
    rows = tuple(
        Case(person["id"], person["arm"], slot, float(person["base"]), float(person["m24"]))
        for slot, person in enumerate(people(), start=1)
    )
    return Cases(rows, "nmol/L", ("MSC", "PBO"), "PBO", scheme, tuple(person["arm"] for person in people()))


@pytest.mark.parametrize(
    ("scheme", "p"),
    [
        pytest.param(scheme_of("random_allocation", n=10), 0.007936507937, id="random allocation 5/5"),
        pytest.param(scheme_of("efron", p="2/3"), 0.008230452675, id="Efron 2/3"),
        pytest.param(scheme_of("permuted_blocks", blocks=[2, 4]), 437 / 13824, id="random blocks 2 and 4"),
        pytest.param(scheme_of("big_stick", limit=2), 0.001953125, id="big stick 2"),
        pytest.param(scheme_of("chen", p="1/2", limit=2), 0.001953125, id="Chen at 1/2 is that big stick"),
        pytest.param(scheme_of("maximal", n=10, limit=5), 0.007936507937, id="maximal without a limit is the rule"),
    ],
)
def test_each_scheme_gives_its_own_exact_p(scheme: Scheme, p: float) -> None:
    settings = {"statistic": "ancova_t", "transform": "ln(x+1)", "one_arm_empty": "not_extreme"}
    result = load_method("rerandomisation").run(ten_people(scheme), settings, "month 24")
    assert isinstance(result, Estimate)
    assert result.p is not None
    assert result.p.exact
    assert result.p.value == pytest.approx(p, abs=6e-13)


@pytest.mark.parametrize(
    ("scheme", "distribution"),
    [
        (scheme_of("complete"), {0: 63 / 256, 2: 105 / 256, 4: 15 / 64, 6: 45 / 512, 8: 5 / 256, 10: 1 / 512}),
        (scheme_of("efron"), {0: 0.53000051, 2: 0.38042981, 4: 0.07681756, 6: 0.01158360}),
        (scheme_of("big_stick"), {0: 1 / 2, 2: 1 / 2}),
    ],
)
def test_the_imbalance_at_ten_summed_list_by_list(scheme: Scheme, distribution: dict[int, float]) -> None:
    found: dict[int, Fraction] = {}
    for sequence, chance in enumerate_sequences(scheme, 10):
        lead = abs(10 - 2 * sum(sequence))
        found[lead] = found.get(lead, Fraction(0)) + chance
    assert {lead: float(found[lead]) for lead in distribution} == pytest.approx(distribution, abs=5e-9)
