"""Worst ranks against R (exactRankTests, coin) and against enumeration on paper; see ``oracles/worst_rank``."""

from __future__ import annotations

import pytest

from armlet.allocation.scheme import Scheme
from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate

Person = float | int
"""A measured value, or (a whole number) the day of a failure."""


def people(treated: tuple[Person, ...], controls: tuple[Person, ...], *, dated: bool = True) -> Cases:
    """One block of all of them, so that every choice of people is equally likely."""
    rows = [
        Case(f"P{slot}", arm, slot, None, None, "died", failed="died", failed_after=value if dated else None)
        if isinstance(value, int)
        else Case(f"P{slot}", arm, slot, None, value)
        for slot, (arm, value) in enumerate([*(("t", one) for one in treated), *(("c", one) for one in controls)], 1)
    ]
    scheme = Scheme.of(("t", "c"), (1, 1), "permuted_blocks", {"block": len(rows)})
    return Cases(tuple(rows), "nmol/L", ("t", "c"), "c", scheme, tuple(row.arm for row in rows))


def estimated(cases: Cases, **settings: object) -> Estimate:
    result = load_method("worst_rank").run(cases, settings, "month 24")
    assert isinstance(result, Estimate)
    return result


@pytest.mark.parametrize(
    ("dated", "probability", "p"), [(True, 0.666666666666667, 14 / 20), (False, 0.777777777777778, 8 / 20)]
)
def test_three_against_three_with_failures_by_time_and_tied(dated: bool, probability: float, p: float) -> None:
    result = estimated(people((0.5, 0.8, 100), (0.2, 300, 400), dated=dated))
    assert result.value == pytest.approx(probability, abs=1e-14)
    assert result.p is not None
    assert result.p.value == pytest.approx(p, abs=1e-14)


def test_five_against_five_with_two_failures_among_the_controls() -> None:
    result = estimated(people((0.61, 0.35, 0.72, 0.48, 0.55), (0.30, 0.41, 0.12, 90, 200)))
    assert result.value == pytest.approx(0.96, abs=1e-14)
    assert result.p is not None
    assert result.p.value == pytest.approx(0.015873015873016, abs=1e-14)


def test_the_shift_and_its_lower_limit_where_the_upper_one_has_no_end() -> None:
    result = estimated(people((0.61, 0.35, 0.72, 0.48, 0.55), (0.30, 0.41, 0.12, 0.33, 90)), level=0.9)
    assert result.detail("Hodges-Lehmann shift") == pytest.approx(0.31, abs=1e-12)
    assert result.detail("lower limit of the shift") == pytest.approx(0.14, abs=1e-12)
    assert "upper limit of the shift" not in dict(result.details)
