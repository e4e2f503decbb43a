"""Multiple imputation against R: mice, lines of lm() that many imputations come to, and Rubin's rules to the last digit."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate
from armlet.analysis.rubin import pool

FOLDER = Path(__file__).parents[2] / "oracles" / "imputation"
ORACLE = json.loads((FOLDER / "imputation.json").read_text())
VISITS = ("m1", "m2", "m3")


def courses(*, gaps_inside: bool) -> Cases:
    """The forty people; without gaps inside, what was taken out before a later value is put back, as in R."""
    rows = []
    with (FOLDER / "course40.csv").open(newline="") as file:
        for one in csv.DictReader(file):
            if one["inside"] == "1" and not gaps_inside:
                one |= {"m1": one["m1_true"], "m2": one["m2_true"]}
            course = tuple(float(one[visit]) if one[visit] else None for visit in VISITS)
            rows.append(Case(one["id"], one["arm"], None, float(one["base"]), course[-1], "", course))
    return Cases(tuple(rows), "nmol/L", ("cells", "sham"), "sham", visits=VISITS, visit="m3")


def found(cases: Cases, **settings: object) -> Estimate:
    result = load_method("multiple_imputation").run(cases, settings, "label")
    assert isinstance(result, Estimate), result
    return result


def number(result: Estimate, name: str) -> float:
    value = result.detail(name)
    assert isinstance(value, float)
    return value


@pytest.mark.parametrize("assumption", list(ORACLE["limits"]))
def test_many_imputations_come_to_the_least_squares_lines(assumption: str) -> None:
    result = found(courses(gaps_inside=False), assumption=assumption, imputations=10_000)
    error = number(result, "Monte Carlo error of the estimate")
    assert error < 0.001
    assert result.value == pytest.approx(ORACLE["limits"][assumption], abs=4 * error)


def test_the_assumptions_of_the_oracle_can_be_told_apart() -> None:
    limits = sorted(ORACLE["limits"].values())
    assert min(np.diff(limits)) > 0.004


@pytest.mark.parametrize(("name", "inside"), [("mice_monotone", False), ("mice_inside", True)])
def test_estimate_spread_and_degrees_of_freedom_are_those_of_mice(name: str, inside: bool) -> None:
    mice = ORACLE[name]
    result = found(courses(gaps_inside=inside), imputations=2_000, seed=3, burn_in=40)
    drawn_error = (mice["between"] / mice["m"] + number(result, "Monte Carlo error of the estimate") ** 2) ** 0.5
    assert result.value == pytest.approx(mice["estimate"], abs=4 * drawn_error)
    assert number(result, "variance within imputations") == pytest.approx(mice["within"], rel=0.03)
    assert number(result, "variance between imputations") == pytest.approx(mice["between"], rel=0.15)
    assert number(result, "standard error") == pytest.approx(mice["standard_error"], rel=0.04)
    assert number(result, "degrees of freedom, Barnard and Rubin") == pytest.approx(mice["df"], rel=0.06)


def test_rubins_rules_are_those_of_mice_to_the_last_digit() -> None:
    rules = ORACLE["rules"]
    pooled = pool(np.array(rules["estimates"]), np.array(rules["variances"]), rules["n"] - rules["coefficients"])
    assert pooled.value == pytest.approx(rules["value"], rel=1e-11)
    assert pooled.within == pytest.approx(rules["within"], rel=1e-11)
    assert pooled.between == pytest.approx(rules["between"], rel=1e-11)
    assert pooled.variance == pytest.approx(rules["total"], rel=1e-11)
    assert pooled.missing == pytest.approx(rules["missing"], rel=1e-11)
    assert pooled.df == pytest.approx(rules["df"], rel=1e-11)
