"""Analysis of covariance with covariates, weights, scales, HC3, three arms and a spread by arm: R's numbers."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.covariance import Shape
from armlet.analysis.estimates import Estimate
from armlet.analysis.reml import RepeatedFit, fit_repeated

ORACLES = Path(__file__).parents[2] / "oracles"
TOLD = (ORACLES / "adjusted_means" / "adjusted_means.txt").read_text("utf-8").splitlines()


def told(*tag: str) -> list[float]:
    (line,) = [line for line in TOLD if line.startswith(" ".join(tag) + " ")]
    return [float(word) for word in line.split()[len(" ".join(tag).split()) :]]


def ten_people(*covariates: str) -> Cases:
    with (ORACLES / "ancova10" / "ancova10.csv").open(newline="") as file:
        people = list(csv.DictReader(file))
    rows = tuple(
        Case(
            one["id"], one["arm"], None, float(one["base"]), float(one["m24"]),
            covariates={name: float(one[name]) if name == "age" else one[name] for name in covariates},
        )
        for one in people
    )  # fmt: skip
    return Cases(rows, "nmol/L", ("MSC", "PBO"), "PBO")


def three_arms() -> Cases:
    """The treated of site B are an arm of their own."""
    cases = ten_people("site")
    rows = tuple(
        replace(row, arm="LOW" if row.arm == "MSC" and row.covariates["site"] == "B" else row.arm, covariates={})
        for row in cases.rows
    )
    return replace(cases, rows=rows, arms=("LOW", "MSC", "PBO"))


def estimated(cases: Cases, **settings: object) -> Estimate:
    result = load_method("ancova").run(cases, settings, "month 24")
    assert isinstance(result, Estimate), result
    assert result.interval is not None
    assert result.p is not None
    return result


def limits(one: Estimate) -> tuple[float, float]:
    assert one.interval is not None
    return one.interval.lower, one.interval.upper


def p(one: Estimate) -> float:
    assert one.p is not None
    return one.p.value


@pytest.mark.parametrize("scale", ["none", "ln(x+1)", "sqrt"])
def test_with_a_number_and_a_category_the_difference_is_that_of_lm(scale: str) -> None:
    value, error, df, two_sided, lower, upper, greater, sigma = told("covariates", scale)
    found = estimated(ten_people("age", "sex"), transform=scale)
    assert found.value == pytest.approx(value, rel=1e-11)
    assert found.detail("standard error") == pytest.approx(error, rel=1e-11)
    assert found.detail("degrees of freedom") == df
    assert found.detail("residual standard deviation") == pytest.approx(sigma, rel=1e-11)
    assert limits(found) == pytest.approx((lower, upper), rel=1e-10)
    assert p(found) == pytest.approx(two_sided, rel=1e-9)
    one_sided = estimated(ten_people("age", "sex"), transform=scale, sides="greater")
    assert p(one_sided) == pytest.approx(greater, rel=1e-9)
    assert p(estimated(ten_people("age", "sex"), transform=scale, sides="less")) == pytest.approx(1 - greater, rel=1e-9)
    assert one_sided.p is not None
    assert one_sided.p.sides == "one-sided (greater)"


@pytest.mark.parametrize("scale", ["none", "ln(x+1)", "sqrt"])
@pytest.mark.parametrize(("weights", "in_r"), [("equal", "equal"), ("observed", "proportional")])
@pytest.mark.parametrize("arm", ["PBO", "MSC"])
def test_the_adjusted_means_and_their_way_back_are_those_of_emmeans_by_both_weights(
    scale: str, weights: str, in_r: str, arm: str
) -> None:
    found = estimated(ten_people("age", "sex"), transform=scale, weights=weights)
    names = ("scale of the analysis", "standard error", "", "lower limit", "upper limit")
    ours = [found.detail(f"adjusted mean{', ' + name if name else ''}: {arm}") for name in names]
    assert ours == pytest.approx(told("mean", scale, in_r, arm), rel=1e-10)


@pytest.mark.parametrize(("tag", "covariates"), [("hc3", ()), ("hc3-covariates", ("age", "sex"))])
def test_the_standard_error_for_any_spread_is_that_of_sandwich(tag: str, covariates: tuple[str, ...]) -> None:
    found = estimated(ten_people(*covariates), transform="ln(x+1)", spread="any")
    ours = (found.value, found.detail("standard error"), p(found))
    assert ours == pytest.approx(tuple(told(tag)), rel=1e-9)


@pytest.mark.parametrize("arm", ["LOW", "MSC"])
def test_three_arms_are_one_model_and_each_is_compared_with_the_reference(arm: str) -> None:
    value, error, df, alone, bonferroni, lower, upper = told("three", arm)
    found = estimated(three_arms(), transform="ln(x+1)", arm=arm)
    assert found.value == pytest.approx(value, rel=1e-11)
    assert (found.detail("standard error"), found.detail("degrees of freedom")) == pytest.approx((error, df), rel=1e-11)
    assert p(found) == pytest.approx(alone, rel=1e-9)
    assert any("not adjusted" in words for words in found.warnings)
    together = estimated(three_arms(), transform="ln(x+1)", arm=arm, multiplicity="bonferroni")
    assert p(together) == pytest.approx(bonferroni, rel=1e-9)
    assert limits(together) == pytest.approx((lower, upper), rel=1e-10)
    for name in ("PBO", "LOW", "MSC"):
        ours = (
            found.detail(f"adjusted mean, scale of the analysis: {name}"),
            found.detail(f"adjusted mean, standard error: {name}"),
        )
        assert ours == pytest.approx(tuple(told("three-mean", name)), rel=1e-10)
    other = "MSC" if arm == "LOW" else "LOW"
    assert found.detail(f"difference from PBO: {other}") == pytest.approx(told("three", other)[0], rel=1e-11)


def test_with_a_spread_in_each_arm_the_numbers_are_those_of_gls() -> None:
    value, error, sham, treated = told("by-arm")
    found = estimated(ten_people(), transform="ln(x+1)", spread="by arm")
    assert found.value == pytest.approx(value, rel=1e-7)
    assert found.detail("residual standard deviation: PBO") == pytest.approx(sham, rel=1e-6)
    assert found.detail("residual standard deviation: MSC") == pytest.approx(treated, rel=1e-6)
    assert found.detail("standard error") >= error * (1 - 1e-9)


def test_a_spread_in_each_arm_with_nothing_to_adjust_for_is_welch() -> None:
    cases = ten_people()
    values = np.array([[row.outcome] for row in cases.rows], dtype=float)
    treated = np.array([row.arm == "MSC" for row in cases.rows])
    design = np.column_stack([np.ones(10), treated])[:, None, :].astype(float)
    fit = fit_repeated(values, np.full((10, 1), True), design, Shape.COMPOUND_SYMMETRY, treated.astype(np.intp))
    assert isinstance(fit, RepeatedFit)
    found = fit.contrast(np.array([0.0, 1.0]))
    value, error, df, _ = told("welch")
    assert (found.value, found.error, found.error_adjusted, found.df) == pytest.approx(
        (value, error, error, df), rel=1e-10
    )
