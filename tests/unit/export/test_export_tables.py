"""What a blinded table holds of values that could tell the arm, and how cells are written."""

from __future__ import annotations

import csv
import io
from functools import lru_cache
from pathlib import Path

import pytest

from armlet.export import tables
from armlet.export.package import TrialData, compute, until
from armlet.protocol.load import load_trial
from armlet.protocol.model import Anchor, Protocol
from armlet.simulation.rehearse import rehearse
from armlet.simulation.scenario import load_scenario

TRIAL = Path(__file__).parents[3] / "trials" / "nct02057211"


def _before_lock(protocol: Protocol) -> TrialData:
    lived = rehearse(protocol, load_scenario(TRIAL), "1")
    return until(compute(protocol, tuple(lived.store.read())), lived.before_lock)


@lru_cache(maxsize=1)
def _protocol() -> Protocol:
    return load_trial(TRIAL).protocol


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def _shown(data: TrialData, measure: str, endpoint_method: str) -> set[str]:
    """The visits at which a value of the measure, or of an endpoint by that method, can be read."""
    results = [row for row in _rows(tables.results_csv(data, blinded=True)) if row["measure"] == measure]
    of_method = {one.id for one in data.protocol.endpoints if one.method == endpoint_method}
    endpoints = [row for row in _rows(tables.endpoints_csv(data)) if row["endpoint"] in of_method]
    return {row["visit"] for row in (*results, *endpoints) if row["value"] not in {"", tables.NOT_SHOWN}}


def test_a_telling_value_is_shown_at_baseline_only() -> None:
    assert _shown(_before_lock(_protocol()), "c_peptide", "fasting") == {"baseline"}


def test_a_visit_counted_from_the_allocation_hides_it_as_well() -> None:
    visits = tuple(
        visit.model_copy(update={"anchor": Anchor.RANDOMISATION}) if visit.id == "month_6" else visit
        for visit in _protocol().visits
    )
    data = _before_lock(_protocol().model_copy(update={"visits": visits}))

    assert _shown(data, "c_peptide", "auc_mean") == {"baseline"}


def test_an_endpoint_that_nobody_marked_is_hidden_when_its_measure_is_marked() -> None:
    endpoints = tuple(one.model_copy(update={"tells_arm": False}) for one in _protocol().endpoints)
    data = _before_lock(_protocol().model_copy(update={"endpoints": endpoints}))

    assert _shown(data, "c_peptide", "fasting") == {"baseline"}


@pytest.mark.parametrize(
    ("text", "cell"),
    [("=1+1", "'=1+1"), ("@cmd", "'@cmd"), ("-x", "'-x"), ("-0.35", "-0.35"), ("+2", "+2"), ("plain", "plain")],
)
def test_a_spreadsheet_never_runs_a_cell_and_numbers_stay_numbers(text: str, cell: str) -> None:
    assert tables.guard(text) == cell
