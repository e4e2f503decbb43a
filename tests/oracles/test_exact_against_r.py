"""Exact procedures against what R printed: its own tests, and lists that it went through one by one."""

import csv
import math
from collections.abc import Iterable
from pathlib import Path

import pytest

from armlet.allocation.scheme import Scheme
from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate, Interval, PValue

FOLDER = Path(__file__).parents[2] / "oracles"
SIDES = ("two-sided", "greater", "less")


def printed(name: str) -> list[float]:
    """The numbers of one line of R's output."""
    lines = (FOLDER / "exact_procedures" / "exact_procedures.txt").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith(f"{name} ")]
    return [float(number) for number in line.removeprefix(name).split()]


def estimated(method: str, cases: Cases, **settings: object) -> tuple[Estimate, PValue, Interval | None]:
    result = load_method(method).run(cases, settings, "label")
    assert isinstance(result, Estimate)
    assert result.p is not None
    return result, result.p, result.interval


def two_by_two(events: int, people: int, other_events: int, other_people: int) -> Cases:
    outcomes = [("T", i < events) for i in range(people)] + [("C", i < other_events) for i in range(other_people)]
    rows = tuple(Case(f"P{i}", arm, None, None, float(event)) for i, (arm, event) in enumerate(outcomes))
    return Cases(rows, "1", ("T", "C"), "C")


TABLES = [(4, 5, 1, 5), (3, 12, 7, 11), (0, 6, 3, 7), (9, 10, 4, 12)]


@pytest.mark.parametrize("table", TABLES)
def test_fishers_test_and_the_conditional_odds_ratio_are_those_of_r(table: tuple[int, int, int, int]) -> None:
    name = "fisher {}/{} {}/{}".format(*table)
    p, *_ = printed(f"{name} two-sided")
    ratio, lower, upper = printed(f"{name} tight")
    result, own, limits = estimated("fisher", two_by_two(*table), measure="odds_ratio")
    assert own.value == pytest.approx(p, rel=1e-11)
    assert result.value == pytest.approx(ratio, rel=1e-9)
    assert limits is not None
    assert (limits.lower, limits.upper) == pytest.approx((lower, upper), rel=1e-9)
    for sides, expected in zip(SIDES[1:], printed(f"{name} one-sided"), strict=True):
        _, own, _ = estimated("fisher", two_by_two(*table), sides=sides)
        assert (own.value, own.sides) == (pytest.approx(expected, rel=1e-11), f"one-sided ({sides})")


def test_the_upper_limit_of_an_odds_ratio_solves_its_equation_where_r_stops_early() -> None:
    """4/5 against 1/5: C(5, x)² ways with x events, so 25/u + 100/u² + 100/u³ + 25/u⁴ + 1/u⁵ = 0.025/0.975."""
    _, own, limits = estimated("fisher", two_by_two(4, 5, 1, 5), measure="odds_ratio")
    assert own.value == pytest.approx(0.206349206349, abs=1e-12)
    assert limits is not None
    u = limits.upper
    assert 25 / u + 100 / u**2 + 100 / u**3 + 25 / u**4 + 1 / u**5 == pytest.approx(0.025 / 0.975, rel=1e-9)
    assert u == pytest.approx(978.9878, abs=5e-5)
    assert printed("fisher 4/5 1/5 two-sided")[3] == pytest.approx(968.761757353, abs=1e-6)


def test_the_ratio_of_two_rates_and_the_rate_of_one_arm_are_those_of_r() -> None:
    rows = [("T", 1, 4.0), ("T", 2, 6.5), ("C", 5, 5.0), ("C", 6, 7.0)]
    people = tuple(
        Case(f"P{i}", arm, None, None, float(number), exposure=time) for i, (arm, number, time) in enumerate(rows)
    )
    cases = Cases(people, "1", ("T", "C"), "C")
    ratio, lower, upper, p = printed("poisson ratio two-sided")
    result, own, limits = estimated("exact_poisson", cases)
    assert limits is not None
    assert (result.value, limits.lower, limits.upper, own.value) == pytest.approx((ratio, lower, upper, p), rel=1e-10)
    for sides, expected in zip(SIDES[1:], printed("poisson ratio one-sided"), strict=True):
        assert estimated("exact_poisson", cases, sides=sides)[1].value == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("number", [7, 0])
def test_the_limits_of_one_rate_are_those_of_r(number: int) -> None:
    cases = Cases((Case("P1", "only", None, None, float(number), exposure=4.5),), "1", ("only",))
    result = load_method("exact_poisson").run(cases, {"per": "year"}, "label")
    assert isinstance(result, Estimate)
    assert result.interval is not None
    found = [result.value, result.interval.lower, result.interval.upper]
    assert found == pytest.approx(printed(f"poisson rate {number} in 4.5"), rel=1e-11, abs=1e-12)
    assert result.unit == "1/year"


def test_the_sign_test_and_one_sided_limits_of_a_proportion_are_those_of_r() -> None:
    rows = tuple(Case(f"P{i}", "only", None, 0.0, 1.0 if i < 7 else -1.0) for i in range(8))
    result, own, limits = estimated("sign_test", Cases(rows, "1", ("only",)))
    assert limits is not None
    found = [result.value, limits.lower, limits.upper, own.value]
    assert found == pytest.approx(printed("sign 7 of 8"), rel=1e-10)
    yes = Cases(tuple(Case(f"P{i}", "only", None, None, float(i < 7)) for i in range(8)), "1", ("only",))
    one_sided = load_method("clopper_pearson").run(yes, {"sides": "lower"}, "label")
    assert isinstance(one_sided, Estimate)
    assert one_sided.interval is not None
    assert one_sided.interval.lower == pytest.approx(printed("clopper lower one-sided 7 of 8")[0], rel=1e-11)
    assert one_sided.interval.upper == 1


@pytest.mark.parametrize(("sides", "name"), [("two-sided", "two.sided"), ("greater", "greater"), ("less", "less")])
def test_rank_tests_with_ties_are_those_of_coin_and_exactranktests(sides: str, name: str) -> None:
    values = [("T", v) for v in (3, 5, 5, 7, 9, 9)] + [("C", v) for v in (1, 2, 3, 5, 5, 6, 4)]
    rows = tuple(Case(f"P{i}", arm, None, None, float(value)) for i, (arm, value) in enumerate(values))
    _, own, _ = estimated("rank_sum", Cases(rows, "1", ("T", "C"), "C"), sides=sides)
    assert own.value == pytest.approx(printed(f"rank sum with ties {name}")[0], rel=1e-11)
    changes = (1, -1, 2, 2, 0, 3, -2, 4, 1, 2)
    paired = tuple(Case(f"P{i}", "only", None, 10.0, 10.0 + change) for i, change in enumerate(changes))
    _, own, _ = estimated("signed_rank", Cases(paired, "1", ("only",)), sides=sides)
    assert own.value == pytest.approx(printed(f"signed rank {name}")[0], rel=1e-11)


STEPS = (1, -2, 3, 5, 2, -1, 4, 6, -3, 2, 1, 7, -4, 3, 2, 5, -1, 2, 4, -2, 6, 1, 3, -5, 2, 4, 1, -1)


def changed(changes: Iterable[float]) -> Cases:
    rows = tuple(Case(f"P{place}", "only", None, None, float(change)) for place, change in enumerate(changes))
    return Cases(rows, "1", ("only",))


@pytest.mark.parametrize(("sides", "name"), list(zip(SIDES, ("two.sided", "greater", "less"), strict=True)))
def test_the_signs_of_28_people_in_whole_steps_flip_as_in_r(sides: str, name: str) -> None:
    _, own, _ = estimated("sign_flip", changed(STEPS), of="outcome", sides=sides)
    assert own.exact
    assert own.value == pytest.approx(printed(f"sign flip of 28 {name}")[0], rel=1e-10)


def test_p_and_limits_of_22_people_are_those_of_every_pattern_in_r() -> None:
    _, own, limits = estimated("sign_flip", changed(math.sqrt(k) % 1 - 0.3 for k in range(2, 24)), of="outcome")
    assert own.value == pytest.approx(printed("sign flip of 22 p")[0], rel=1e-10)
    assert limits is not None
    assert (limits.lower, limits.upper) == pytest.approx(printed("sign flip of 22 limits"), abs=1e-10)


def ten_people() -> Cases:
    with (FOLDER / "ancova10" / "ancova10.csv").open(newline="") as file:
        people = list(csv.DictReader(file))
    rows = tuple(
        Case(
            one["id"],
            one["arm"],
            slot,
            float(one["base"]),
            float(one["m24"]),
            covariates={"age": float(one["age"]), "sex": one["sex"]},
        )
        for slot, one in enumerate(people, start=1)
    )
    scheme = Scheme.of(("MSC", "PBO"), (1, 1), "random_allocation", {"n": 10})
    return Cases(rows, "nmol/L", ("MSC", "PBO"), "PBO", scheme, tuple(one["arm"] for one in people))


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("ranks", {"statistic": "ranks"}),
        ("trimmed", {"statistic": "trimmed_means"}),
        ("yuen", {"statistic": "yuen"}),
        ("two_covariates", {"statistic": "ancova_t", "covariates": ["age"], "transform": "ln(x+1)"}),
    ],
)
def test_other_statistics_over_all_252_lists_one_by_one(name: str, settings: dict[str, object]) -> None:
    seen, *ps = printed(f"ten people, {name}")
    for sides, expected in zip(SIDES, ps, strict=True):
        result, own, _ = estimated("rerandomisation", ten_people(), **settings, sides=sides)
        assert own.value == pytest.approx(expected, rel=1e-11)
    if name == "trimmed":
        assert result.value == pytest.approx(seen, abs=1e-12)


def test_ranks_under_three_blocks_of_four() -> None:
    values = (5.1, 3.9, 4.4, 6.0, 7.2, 6.1, 5.5, 6.9, 3.3, 4.8, 4.1, 2.9)
    rows = tuple(
        Case(f"P{slot}", arm, slot, None, value)
        for slot, (arm, value) in enumerate(zip("TCCTTCCTCTTC", values, strict=True), start=1)
    )
    scheme = Scheme.of(("T", "C"), (1, 1), "permuted_blocks", {"block": 4})
    cases = Cases(rows, "1", ("T", "C"), "C", scheme, tuple("TCCTTCCTCTTC"))
    _, own, _ = estimated("rerandomisation", cases, statistic="ranks")
    assert own.value == pytest.approx(printed("three strata, ranks")[0], rel=1e-11)


def test_two_arms_of_three_given_who_has_the_third() -> None:
    values = (4.1, 2.2, 5.0, 3.1, 2.8, 4.4, 6.3, 2.9, 3.7, 5.2, 3.3, 4.9)
    arms = tuple("TCDDTCDTCTCD")
    rows = tuple(
        Case(f"P{slot}", arm, slot, None, value) for slot, (arm, value) in enumerate(zip(arms, values, strict=True), 1)
    )
    scheme = Scheme.of(("T", "C", "D"), (1, 1, 1), "permuted_blocks", {"block": 6})
    result, own, _ = estimated("rerandomisation", Cases(rows, "1", ("T", "C", "D"), "C", scheme, arms), arm="T")
    value, p, lists = printed("three arms, T against C")
    assert (result.value, own.value) == pytest.approx((value, p), rel=1e-11)
    assert result.detail("distinct allocations of the people observed") == lists
    assert result.n_used == {"T": 4, "C": 4}
    assert any("had another arm and kept it" in words for words in result.warnings)
