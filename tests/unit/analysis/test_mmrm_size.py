"""How often the mixed model finds a difference that is not there, with ten people who drop out.

`ARMLET_LONG=1` draws ten times as many trials; its rates stand in docs/explanation/mixed-models-of-small-trials.md.
"""

from __future__ import annotations

import os
from math import erfc, sqrt

import numpy as np

from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate
from armlet.analysis.least_squares import t_two_sided

TRIALS = 2_000 if os.environ.get("ARMLET_LONG") == "1" else 200
PEOPLE, VISITS, LOST = 10, 4, 0.05


def trial(chance: np.random.Generator) -> Cases:
    """Two arms of five with no difference; at each visit after the first one in twenty has left for good."""
    steps = np.abs(np.subtract.outer(np.arange(VISITS + 1), np.arange(VISITS + 1)))
    values = chance.normal(size=(PEOPLE, VISITS + 1)) @ np.linalg.cholesky(0.7**steps).T
    left = np.logical_or.accumulate(chance.random((PEOPLE, VISITS)) < LOST, axis=1)
    left[:, 0] = False
    rows, visits = [], tuple(f"v{at}" for at in range(VISITS))
    for number in range(PEOPLE):
        course = tuple(None if left[number, at] else float(values[number, at + 1]) for at in range(VISITS))
        rows.append(Case(f"P{number}", "ab"[number % 2], None, float(values[number, 0]), course[-1], "left", course))
    return Cases(tuple(rows), "1", ("a", "b"), "a", visits=visits, visit=visits[-1])


def rates() -> dict[str, float]:
    """The share of trials with p < 0.05: ours, with the model's own standard error, and by a normal approximation."""
    method, found = load_method("mmrm"), []
    for seed in np.random.SeedSequence(20261128).spawn(TRIALS):
        one = method.run(trial(np.random.default_rng(seed)), {"baseline": "common"}, "")
        assert isinstance(one, Estimate), one
        assert one.p is not None
        error, df = (
            float(one.detail(name)) for name in ("standard error of the model", "degrees of freedom, Satterthwaite")
        )
        z = erfc(abs(one.value) / error / sqrt(2))
        fell = one.detail("covariance of the visits") != "unstructured"
        found.append((one.p.value < 0.05, t_two_sided(one.value / error, df) < 0.05, z < 0.05, fell))
    shares = np.mean(np.array(found), axis=0)
    return dict(zip(("kenward-roger", "satterthwaite", "normal", "fell back"), map(float, shares), strict=True))


def test_no_difference_is_found_about_as_often_as_said_and_a_normal_approximation_finds_far_more() -> None:
    told = rates()
    noise = 3 * sqrt(0.05 * 0.95 / TRIALS)
    assert told["kenward-roger"] < 0.05 + noise + 0.015
    assert told["kenward-roger"] > 0.05 - noise
    assert told["kenward-roger"] <= told["satterthwaite"] < told["normal"]
    assert told["normal"] > 0.08
