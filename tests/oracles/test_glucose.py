"""Our metrics of a sensor's glucose against those of iglu_python on regular traces in mg/dL."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from armlet.derivation.derived import Reason
from armlet.derivation.glucose import Glucose, Trace, TraceRules, metric, read_trace

FOLDER: Final = Path(__file__).parents[2] / "oracles" / "glucose"
ORACLE: Final = json.loads((FOLDER / "iglu_python.json").read_text())
START: Final = datetime(2024, 1, 1, tzinfo=UTC)


def trace(values: list[int]) -> Trace:
    readings = [Glucose(START + timedelta(minutes=5 * n), Decimal(value)) for n, value in enumerate(values)]
    found = read_trace(readings, "mg/dL", TraceRules())
    assert isinstance(found, Trace)
    return found


def ours(values: list[int], *names: str) -> float:
    found = [metric(trace(values), name, timedelta(days=1)) for name in names]
    return float(sum(one[0] for one in found if not isinstance(one, Reason)))


@pytest.mark.parametrize("one", ORACLE["traces"], ids=lambda one: f"{len(one['values'])} from {one['values'][0]}")
def test_our_numbers_are_those_of_iglu(one: dict[str, Any]) -> None:
    values, theirs = one["values"], one["answers"]
    assert len(set(values)) > 5
    assert {
        "below_54": ours(values, "tbr2"),
        "below_70": ours(values, "tbr2", "tbr1"),
        "in_range": ours(values, "tir"),
        "above_180": ours(values, "tar1", "tar2"),
        "above_250": ours(values, "tar2"),
        "mean": ours(values, "mean"),
        "sd": ours(values, "sd"),
        "cv": ours(values, "cv"),
        "gmi": ours(values, "gmi"),
    } == pytest.approx(theirs, rel=1e-12, abs=1e-12)
