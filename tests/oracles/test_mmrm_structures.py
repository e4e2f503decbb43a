"""The mixed model with other covariances, baselines and spreads against nlme, lme4, lmerTest, pbkrtest and closed forms.

R's optimisers stop early by up to 1e-7 of a likelihood, which is some 1e-5 of a standard error; ours go to the top, so a
likelihood may be greater than R's and never smaller.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.covariance import Shape
from armlet.analysis.estimates import Estimate

FOLDER = Path(__file__).parents[2] / "oracles" / "mmrm"
FEV = FOLDER.parents[1] / ".." / "shared" / "oracles" / "fev_data.csv"
TOLD = (FOLDER / "structures.txt").read_text("utf-8").splitlines()
GONE = (("S07", "m18"), ("S07", "m24"), ("S01", "m24"))


def told(tag: str) -> list[float]:
    (line,) = [line for line in TOLD if line.startswith(tag + " ")]
    return [float(word) for word in line[len(tag) :].split()]


def ten_people(without: tuple[tuple[str, str], ...] = (), *, lacks_baseline: str = "") -> Cases:
    with (FOLDER / "mmrm10_long.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    visits = tuple(dict.fromkeys(line["visit"] for line in lines))
    rows = []
    for who in dict.fromkeys(line["id"] for line in lines):
        own = {line["visit"]: line for line in lines if line["id"] == who}
        course = tuple(None if (who, at) in without else float(own[at]["auc"]) for at in visits)
        first = own[visits[0]]
        baseline = None if who == lacks_baseline else float(first["base"])
        rows.append(Case(who, first["arm"], None, baseline, course[-1], "", course))
    return Cases(tuple(rows), "nmol/L", ("MSC", "PBO"), "PBO", visits=visits, visit=visits[-1])


def invented(*covariates: str) -> Cases:
    """each_arm.csv: 36 people, two arms whose covariances differ, some values missing."""
    with (FOLDER / "each_arm.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    rows = []
    for who in dict.fromkeys(line["id"] for line in lines):
        own = {line["visit"]: line for line in lines if line["id"] == who}
        course = tuple(float(own[at]["y"]) if at in own else None for at in ("v1", "v2", "v3"))
        any_line = next(iter(own.values()))
        known = {name: float(any_line[name]) if name == "age" else any_line[name] for name in covariates}
        rows.append(Case(who, any_line["arm"], None, None, course[-1], "", course, known))
    return Cases(tuple(rows), "points", ("a", "b"), "a", visits=("v1", "v2", "v3"), visit="v3")


def estimated(cases: Cases, **settings: object) -> Estimate:
    result = load_method("mmrm").run(cases, settings, "label")
    assert isinstance(result, Estimate), result
    return result


def number(one: Estimate, name: str) -> float:
    found = one.detail(name)
    assert isinstance(found, float)
    return found


def is_as_r(found: Estimate, tag: str, rel: float = 2e-5) -> None:
    value, error, likelihood = told(tag)
    assert found.value == pytest.approx(value, rel=rel, abs=rel * error)
    assert number(found, "standard error of the model") == pytest.approx(error, rel=rel)
    ours = number(found, "restricted log-likelihood")
    assert likelihood - 1e-9 <= ours <= likelihood + 1e-6


@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.parametrize("data", ["complete", "dropped"])
def test_every_covariance_gives_the_numbers_of_gls_for_ten_people(data: str, shape: Shape) -> None:
    cases = ten_people(GONE if data == "dropped" else ())
    found = estimated(cases, transform="ln(x+1)", baseline="common", covariance=shape.value)
    assert found.detail("covariance of the visits") == shape.value
    is_as_r(found, f"gls {data} {shape.value.replace(' ', '_')}")


@pytest.mark.parametrize("shape", list(Shape))
def test_every_covariance_gives_the_numbers_of_gls_with_a_covariate(shape: Shape) -> None:
    found = estimated(invented("age"), baseline="none", covariance=shape.value)
    is_as_r(found, f"gls each {shape.value.replace(' ', '_')}")


def test_compound_symmetry_is_the_model_with_one_intercept_a_person() -> None:
    dropped = estimated(ten_people(GONE), transform="ln(x+1)", baseline="common", covariance="compound symmetry")
    value, error, df, likelihood = told("lmer dropped satterthwaite")
    assert (dropped.value, dropped.detail("standard error of the model")) == pytest.approx((value, error), rel=1e-6)
    assert dropped.detail("degrees of freedom, Satterthwaite") == pytest.approx(df, rel=1e-5)
    assert dropped.detail("restricted log-likelihood") == pytest.approx(likelihood, abs=1e-8)
    settings = {"baseline": "none", "covariance": "compound symmetry"}
    value, error, df, likelihood = told("lmer each satterthwaite")
    found = estimated(invented("age", "sex"), **settings)
    assert (found.value, found.detail("standard error of the model")) == pytest.approx((value, error), rel=1e-6)
    assert found.detail("degrees of freedom, Satterthwaite") == pytest.approx(df, rel=1e-5)
    assert found.detail("restricted log-likelihood") == pytest.approx(likelihood, abs=1e-8)


@pytest.mark.parametrize("at", ["visit", "average"])
def test_with_complete_data_kenward_and_roger_is_that_of_pbkrtest(at: str) -> None:
    found = estimated(ten_people(), transform="ln(x+1)", baseline="common", covariance="compound symmetry", at=at)
    ours = (
        found.value,
        found.detail("standard error, Kenward and Roger"),
        found.detail("degrees of freedom, Satterthwaite"),
    )
    assert ours == pytest.approx(tuple(told(f"lmer complete kenward-roger {at}")), rel=2e-6)


def test_the_mean_over_complete_visits_is_least_squares_of_each_persons_mean() -> None:
    found = estimated(ten_people(), transform="ln(x+1)", at="average")
    value, error, df, p = told("average lm")
    assert (found.value, found.detail("standard error, Kenward and Roger")) == pytest.approx((value, error), rel=1e-10)
    assert found.detail("degrees of freedom, Satterthwaite") == pytest.approx(df, rel=1e-9)
    assert found.p is not None
    assert found.p.value == pytest.approx(p, rel=1e-8)
    assert "on average over the visits" in found.estimand


@pytest.mark.parametrize("shape", ["compound symmetry", "heterogeneous autoregressive", "unstructured"])
def test_the_constrained_baseline_is_that_of_gls_with_one_mean_before(shape: str) -> None:
    cases = ten_people(GONE, lacks_baseline="S03")
    found = estimated(cases, transform="ln(x+1)", baseline="constrained", covariance=shape)
    is_as_r(found, f"clda {shape.replace(' ', '_')}")
    assert found.n_used == {"MSC": 5, "PBO": 5}


@pytest.mark.parametrize("visit", ["m06", "m12", "m18", "m24"])
def test_a_covariance_in_each_arm_is_welch_at_each_complete_visit(visit: str) -> None:
    found = estimated(ten_people(), transform="ln(x+1)", baseline="none", spread="by arm")
    value, error, df, _ = told(f"welch {visit}")
    names = ("", ", standard error", ", degrees of freedom")
    ours = tuple(found.detail(f"difference at {visit}{name}") for name in names)
    assert ours == pytest.approx((value, error, df), rel=1e-8)
    if visit == "m24":
        assert found.detail("standard error of the model") == pytest.approx(error, rel=1e-11)


def test_a_covariance_in_each_arm_is_the_fits_of_the_arms_side_by_side() -> None:
    value, error, mean_a, mean_b, error_a, error_b, likelihood_a, likelihood_b = told("each-arm")
    found = estimated(invented(), baseline="none", spread="by arm")
    assert found.value == pytest.approx(value, abs=1e-5 * error)
    assert found.detail("standard error of the model") == pytest.approx(error, rel=1e-5)
    ours = (found.detail("adjusted mean: a"), found.detail("adjusted mean: b"))
    assert ours == pytest.approx((mean_a, mean_b), rel=1e-5)
    assert error**2 == pytest.approx(error_a**2 + error_b**2, rel=1e-9)
    assert found.detail("restricted log-likelihood") == pytest.approx(likelihood_a + likelihood_b, abs=1e-6)


@pytest.mark.skipif(not FEV.is_file(), reason="fev_data.csv (../shared/oracles) is not here")
def test_the_fev_data_give_the_numbers_of_r_through_the_method_itself() -> None:
    """FEV1 ~ RACE + SEX + ARMCD * AVISIT; adjusted means at equal weights of race and sex; numbers as in mmrm.json."""
    with FEV.open(newline="") as file:
        lines = list(csv.DictReader(file))
    rows, visits = [], ("VIS1", "VIS2", "VIS3", "VIS4")
    for who in dict.fromkeys(line["USUBJID"] for line in lines):
        own = {line["AVISIT"]: line for line in lines if line["USUBJID"] == who}
        course = tuple(None if own[at]["FEV1"] == "NA" else float(own[at]["FEV1"]) for at in visits)
        known = {name: own["VIS1"][name] for name in ("RACE", "SEX")}
        rows.append(Case(who, own["VIS1"]["ARMCD"], None, None, course[-1], "no value", course, known))
    cases = Cases(tuple(rows), "per cent", ("PBO", "TRT"), "PBO", visits=visits, visit="VIS4")
    found = estimated(cases, baseline="none", weights="equal")
    assert sum(found.n_used.values()) == 197
    assert found.detail("values used") == 537
    assert found.value == pytest.approx(4.398536808, rel=1e-7)
    assert found.detail("standard error of the model") == pytest.approx(1.680550133, rel=1e-7)
    assert found.detail("standard error, Kenward and Roger") == pytest.approx(1.693413417, rel=1e-7)
    assert found.detail("degrees of freedom, Satterthwaite") == pytest.approx(133.389082, rel=2e-7)
    assert found.p is not None
    assert found.p.value == pytest.approx(0.01044673101, rel=5e-7)
    assert found.detail("restricted log-likelihood") == pytest.approx(-1693.2249355812, abs=1e-9)
    for arm, mean, error in (("PBO", 48.38559400, 1.198778980), ("TRT", 52.78413081, 1.195785320)):
        ours = (found.detail(f"adjusted mean: {arm}"), found.detail(f"adjusted mean, standard error: {arm}"))
        assert ours == pytest.approx((mean, error), rel=1e-7)
    assert found.detail("difference at VIS1") == pytest.approx(3.774414209, rel=1e-7)
    assert found.detail("difference at VIS1, standard error") == pytest.approx(1.081777723, rel=1e-7)
    assert found.detail("difference at VIS1, degrees of freedom") == pytest.approx(145.5471839, rel=1e-6)
