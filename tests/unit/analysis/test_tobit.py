"""Regression with a detection limit: least squares without one, what the limit does, and what cannot be told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate, NotEstimable, Result
from armlet.errors import InputError

VALUES = [(0.9, 0.70), (0.7, 0.26), (1.0, 0.59), (0.6, 0.43), (1.2, 0.94), (0.8, 0.42), (0.5, 0.07), (0.7, 0.54)]
ARMS = "TCCTTCCT"


def eight(values: list[tuple[float, float]] = VALUES) -> Cases:
    rows = tuple(
        Case(f"P{place}", arm, None, before, after)
        for place, (arm, (before, after)) in enumerate(zip(ARMS, values, strict=True))
    )
    return Cases(rows, "nmol/L", ("T", "C"), "C")


def run(cases: Cases, method: str = "tobit", **settings: object) -> Result:
    return load_method(method).run(cases, settings, "label")


def found(cases: Cases, method: str = "tobit", **settings: object) -> Estimate:
    result = run(cases, method, **settings)
    assert isinstance(result, Estimate), result
    return result


def test_without_a_value_below_it_is_least_squares_with_the_spread_of_the_likelihood() -> None:
    tobit, ancova = found(eight()), found(eight(), "ancova")
    assert tobit.value == pytest.approx(ancova.value, abs=1e-12)
    sigma, error = ancova.detail("residual standard deviation"), ancova.detail("standard error")
    assert not isinstance(sigma, str)
    assert not isinstance(error, str)
    assert tobit.detail("residual standard deviation, maximum likelihood") == pytest.approx(
        sigma * (5 / 8) ** 0.5, abs=1e-12
    )
    assert tobit.detail("standard error, observed information") == pytest.approx(error * (5 / 8) ** 0.5, abs=1e-12)


def test_a_marked_case_and_a_limit_in_the_settings_are_the_same() -> None:
    cases = eight()
    marked = tuple(
        replace(row, outcome=0.3, below_limit=True) if (row.outcome or 0) <= 0.3 else row for row in cases.rows
    )
    by_mark, by_limit = found(replace(cases, rows=marked)), found(cases, limit="0.3")
    assert by_mark.value == by_limit.value
    assert by_mark.detail("below the limit: C") == 2
    assert by_mark.detail("below the limit: T") == 0


def test_a_value_below_the_limit_does_not_matter_beyond_being_below() -> None:
    lower = [(before, 0.01 if after < 0.3 else after) for before, after in VALUES]
    assert found(eight(), limit="0.3").value == found(eight(lower), limit="0.3").value


def test_half_the_limit_in_its_place_would_give_another_answer() -> None:
    half = [(before, 0.15 if after <= 0.3 else after) for before, after in VALUES]
    assert abs(found(eight(half), "ancova").value - found(eight(), limit="0.3").value) > 0.02


def test_it_warns_that_few_people_make_p_too_small() -> None:
    result = found(eight(), limit="0.3")
    assert "with few, p comes out too small" in result.warnings[0]
    assert result.p is not None
    assert not result.p.exact


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("0.6", 'everybody in arm "C" is below the limit'),
        ("0.5", "among the values above the limit, "),
    ],
)
def test_what_a_high_limit_leaves_unknown_is_said(limit: str, words: str) -> None:
    cases = eight()
    few = replace(cases, rows=cases.rows[:6]) if limit == "0.5" else cases
    result = run(few, limit=limit)
    assert isinstance(result, NotEstimable)
    assert words in result.reason


def test_an_arm_with_one_person_and_a_bad_setting_are_refused() -> None:
    result = run(replace(eight(), rows=eight().rows[:2]))
    assert isinstance(result, NotEstimable)
    assert "at least 2 needed" in result.reason
    with pytest.raises(InputError):
        run(eight(), limit="low")


def test_a_limit_that_the_scale_cannot_take_is_refused() -> None:
    result = run(eight(), transform="sqrt", limit=-1)
    assert isinstance(result, NotEstimable)
    assert "square root" in result.reason
