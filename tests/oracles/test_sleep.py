"""Student's ten people, read from their table by a plan, against R and coin; and the long table of the mixed model."""

import json
from pathlib import Path

import pytest

from armlet.analysis.data import analyse, estimate
from armlet.analysis.estimates import Estimate

ORACLES = Path(__file__).parents[2] / "oracles"
R = dict(line.split()[:2] for line in (ORACLES / "sleep/sleep.txt").read_text().splitlines()[1:])
SLEEP: dict[str, object] = {
    "title": "sleep",
    "unit": "h",
    "columns": {"participant": "person", "baseline": "first", "outcome": "second"},
    "arms": ["everybody"],
    "analyses": [
        {"label": "mean", "method": "sign_flip"},
        {"label": "median", "method": "signed_rank"},
        {"label": "median, Pratt", "method": "signed_rank", "settings": {"zeros": "pratt"}},
    ],
}


def test_the_exact_tests_of_the_ten_changes_are_those_of_coin() -> None:
    mean, median, pratt = (found.result for found in analyse(ORACLES / "sleep/sleep.csv", SLEEP))

    for result, p in ((mean, "sign_flip.p"), (median, "signed_rank.p"), (pratt, "signed_rank_pratt.p")):
        assert isinstance(result, Estimate)
        assert result.p is not None
        assert result.p.exact
        assert result.p.value == pytest.approx(float(R[p]), abs=1e-14)
    assert isinstance(mean, Estimate)
    assert isinstance(median, Estimate)
    assert mean.value == pytest.approx(float(R["mean"]), abs=1e-14)
    assert median.value == pytest.approx(float(R["walsh_median"]), abs=1e-14)


@pytest.mark.parametrize("visit", ["m06", "m12", "m18", "m24"])
def test_a_long_table_gives_the_mixed_model_of_r(visit: str) -> None:
    oracle = json.loads((ORACLES / "mmrm/mmrm.json").read_text())
    found = estimate(
        ORACLES / "mmrm/mmrm10_long.csv",
        "mmrm",
        outcome="y",
        baseline="x",
        visit="visit",
        visits=["m06", "m12", "m18", "m24"],
        at=visit,
        participant="id",
        arm="arm",
        reference="PBO",
    )

    assert isinstance(found, Estimate)
    value, error = oracle["complete"]["visits"][visit]
    assert found.value == pytest.approx(value, abs=1e-10)
    assert found.detail("standard error, Kenward and Roger") == pytest.approx(error, abs=1e-10)


@pytest.mark.parametrize("table", ["sleep/sleep.csv", "ancova10/ancova10.csv"])
def test_the_tutorial_shows_the_table_of_the_oracle(table: str) -> None:
    tutorial = ORACLES.parent / "docs/tutorials/analyse-a-table.md"

    assert (ORACLES / table).read_text() in tutorial.read_text("utf-8")
