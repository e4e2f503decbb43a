"""Regression with a detection limit against R's survreg: coefficients, standard error, likelihood ratio, profile limits."""

import csv
import json
from pathlib import Path

import pytest

from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate

ORACLES = Path(__file__).parents[2] / "oracles"
ORACLE = json.loads((ORACLES / "tobit" / "tobit.json").read_text())


def ten() -> Cases:
    with (ORACLES / "ancova10" / "ancova10.csv").open(newline="") as file:
        people = list(csv.DictReader(file))
    rows = tuple(Case(one["id"], one["arm"], None, float(one["base"]), float(one["m24"])) for one in people)
    return Cases(rows, "nmol/L", ("MSC", "PBO"), "PBO")


def thirty() -> Cases:
    """Two assays with two limits; whoever is below has the limit as the value."""
    with (ORACLES / "tobit" / "tobit30.csv").open(newline="") as file:
        people = list(csv.DictReader(file))
    rows = tuple(
        Case(one["id"], one["arm"], None, float(one["base"]), float(one["outcome"]), below_limit=one["below"] == "1")
        for one in people
    )
    return Cases(rows, "nmol/L", ("cells", "sham"), "sham")


@pytest.mark.parametrize(
    ("name", "cases", "settings"),
    [
        ("ten_limit_0.35", ten(), {"transform": "ln(x+1)", "limit": "0.35"}),
        ("ten_no_limit", ten(), {"transform": "ln(x+1)"}),
        ("thirty", thirty(), {}),
    ],
)
def test_the_fit_is_that_of_survreg(name: str, cases: Cases, settings: dict[str, object]) -> None:
    oracle = ORACLE[name]
    result = load_method("tobit").run(cases, settings, "label")
    assert isinstance(result, Estimate)
    assert result.value == pytest.approx(oracle["coefficients"][2], abs=1e-8)
    assert result.detail("baseline coefficient") == pytest.approx(oracle["coefficients"][1], abs=1e-8)
    assert result.detail("standard error, observed information") == pytest.approx(oracle["standard_error"], abs=1e-8)
    assert result.detail("residual standard deviation, maximum likelihood") == pytest.approx(oracle["sigma"], abs=1e-8)
    assert result.detail("log-likelihood") == pytest.approx(oracle["log_likelihood"], abs=1e-9)
    assert result.detail("likelihood-ratio statistic") == pytest.approx(oracle["statistic"], abs=1e-8)
    assert result.p is not None
    assert result.p.value == pytest.approx(oracle["p"], rel=1e-7)
    assert result.interval is not None
    assert result.interval.lower == pytest.approx(oracle["lower"], abs=1e-8)
    assert result.interval.upper == pytest.approx(oracle["upper"], abs=1e-8)
    below = [value for detail, value in result.details if detail.startswith("below the limit")]
    assert sum(float(value) for value in below) == oracle["below"]
