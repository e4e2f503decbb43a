"""Our mixed model for repeated measures against R's, driven to its tight optimum, and against its closed form."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.covariance import Shape
from armlet.analysis.estimates import Estimate
from armlet.analysis.reml import RepeatedFit, fit_repeated

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "oracles" / "mmrm"
ORACLE = json.loads((FOLDER / "mmrm.json").read_text("utf-8"))
FEV = ROOT / ".." / "shared" / "oracles" / "fev_data.csv"
VISITS = ("m06", "m12", "m18", "m24")


def ten_people(visit: str, without: tuple[tuple[str, str], ...] = ()) -> Cases:
    """The ten, on the recorded scale; the drop-out version leaves some values out."""
    with (FOLDER / "mmrm10_long.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    rows = []
    for who in dict.fromkeys(line["id"] for line in lines):
        own = {line["visit"]: line for line in lines if line["id"] == who}
        course = tuple(None if (who, at) in without else float(own[at]["auc"]) for at in VISITS)
        first = own[VISITS[0]]
        outcome = course[VISITS.index(visit)]
        rows.append(Case(who, first["arm"], None, float(first["base"]), outcome, "", course))
    return Cases(tuple(rows), "nmol/L", ("MSC", "PBO"), "PBO", visits=VISITS, visit=visit)


def estimated(cases: Cases, **settings: object) -> Estimate:
    result = load_method("mmrm").run(cases, {"transform": "ln(x+1)", **settings}, "label")
    assert isinstance(result, Estimate), result
    return result


@pytest.mark.parametrize("visit", VISITS)
def test_complete_data_give_the_analysis_of_covariance_at_each_visit(visit: str) -> None:
    cases = ten_people(visit)
    found, closed = estimated(cases), load_method("ancova").run(cases, {"transform": "ln(x+1)"}, "label")
    assert isinstance(closed, Estimate)
    value, error = ORACLE["complete"]["visits"][visit]
    for name in ("standard error, Kenward and Roger", "standard error of the model"):
        assert found.detail(name) == pytest.approx(error, rel=1e-10)
    assert found.value == pytest.approx(value, rel=1e-11)
    assert found.value == pytest.approx(closed.value, rel=1e-12)
    assert found.detail("degrees of freedom, Satterthwaite") == pytest.approx(7, rel=1e-10)
    assert found.p is not None
    assert closed.p is not None
    assert found.p.value == pytest.approx(closed.p.value, rel=1e-9)
    for arm in cases.arms:
        assert found.detail(f"adjusted mean: {arm}") == pytest.approx(closed.detail(f"adjusted mean: {arm}"), rel=1e-12)


def test_with_drop_out_the_numbers_are_those_of_r() -> None:
    cases = ten_people("m24", (("S07", "m18"), ("S07", "m24"), ("S01", "m24")))
    found, told = estimated(cases, baseline="common"), ORACLE["drop_out"]
    assert found.value == pytest.approx(told["estimate"], rel=1e-9)
    assert found.detail("standard error of the model") == pytest.approx(told["se"], rel=1e-8)
    assert found.detail("standard error, Kenward and Roger") == pytest.approx(told["se_kr"], rel=1e-8)
    assert found.detail("degrees of freedom, Satterthwaite") == pytest.approx(told["df"], rel=1e-7)
    assert found.detail("restricted log-likelihood") == pytest.approx(told["log_likelihood"], abs=1e-9)
    assert found.p is not None
    assert found.p.value == pytest.approx(told["p"], rel=1e-6)
    assert found.n_used == {"MSC": 5, "PBO": 5}


def test_two_measurements_of_ten_people_are_the_paired_t_test() -> None:
    """R's data `sleep`: the same ten people under two conditions."""
    first = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    second = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    design = np.broadcast_to(np.array([[1.0, 0.0], [1.0, 1.0]]), (10, 2, 2))
    both = np.column_stack([first, second])
    fit, told = fit_repeated(both, np.full((10, 2), True), design), ORACLE["sleep"]
    assert isinstance(fit, RepeatedFit)
    found = fit.contrast(np.array([0.0, 1.0]))
    assert found.value == pytest.approx(told["estimate"], rel=1e-12)
    assert (found.error, found.error_adjusted) == pytest.approx((told["se"], told["se"]), rel=1e-9)
    assert found.df == pytest.approx(told["df"], rel=1e-10)
    assert fit.log_likelihood == pytest.approx(told["log_likelihood"], rel=1e-11)


def fev() -> tuple[np.ndarray, np.ndarray]:
    with FEV.open(newline="") as file:
        lines = list(csv.DictReader(file))
    people = {who: place for place, who in enumerate(dict.fromkeys(line["USUBJID"] for line in lines))}
    races = sorted({line["RACE"] for line in lines})
    outcomes, design = np.full((len(people), 4), np.nan), np.zeros((len(people), 4, 11))
    for line in lines:
        who, at, arm = people[line["USUBJID"]], int(line["AVISIT"][-1]) - 1, line["ARMCD"] == "TRT"
        if line["FEV1"] != "NA":
            outcomes[who, at] = float(line["FEV1"])
        is_at = [at == one for one in (1, 2, 3)]
        covariates = [line["RACE"] == races[1], line["RACE"] == races[2], line["SEX"] == "Male", arm]
        design[who, at] = [1, *covariates, *is_at, *(arm and one for one in is_at)]
    return outcomes, design


def weights(*places: int) -> np.ndarray:
    return np.isin(np.arange(11), places).astype(float)


@pytest.mark.skipif(not FEV.is_file(), reason="fev_data.csv (../shared/oracles) is not here")
def test_the_fev_data_give_the_numbers_of_r() -> None:
    outcomes, design = fev()
    told, fit = ORACLE["fev"], fit_repeated(outcomes, ~np.isnan(outcomes), design)
    assert isinstance(fit, RepeatedFit)
    assert fit.measurements == 537
    assert fit.log_likelihood == pytest.approx(told["log_likelihood"], abs=1e-9)
    assert fit.covariances[0] == pytest.approx(np.array(told["covariance"]), abs=1e-5)
    for name, places in (("arm", (4,)), ("arm_at_visit_4", (10,)), ("difference_at_visit_4", (4, 10))):
        found = fit.contrast(weights(*places))
        assert (found.value, found.error, found.error_adjusted, found.df) == pytest.approx(tuple(told[name]), rel=5e-7)


@pytest.mark.skipif(not FEV.is_file(), reason="fev_data.csv (../shared/oracles) is not here")
@pytest.mark.parametrize("shape", [Shape.COMPOUND_SYMMETRY, Shape.AUTOREGRESSIVE])
def test_the_plainer_covariances_give_the_numbers_of_r(shape: Shape) -> None:
    outcomes, design = fev()
    fit = fit_repeated(outcomes, ~np.isnan(outcomes), design, shape)
    assert isinstance(fit, RepeatedFit)
    found = fit.contrast(weights(4, 10))
    numbers = (fit.log_likelihood, found.value, found.error, found.error_adjusted, found.df)
    assert numbers == pytest.approx(tuple(ORACLE["fev"][shape.value]), rel=5e-7)
