"""The worked traces of a sensor in `glucose.yaml`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from armlet.derivation.derived import Reason
from armlet.derivation.glucose import (
    Beyond,
    Glucose,
    Range,
    Trace,
    TraceRules,
    metric,
    read_trace,
    rounded_to_hundred,
    shares,
)
from armlet.derivation.hypoglycaemia import EpisodeRule, sensor_episodes
from armlet.document import read_yaml

TABLE: Final = Path(__file__).with_name("glucose.yaml")
START: Final = datetime(2021, 3, 1, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
Row = dict[str, Any]


def rows() -> list[Row]:
    plain, _ = read_yaml(TABLE.read_text(encoding="utf-8"), TABLE.name)
    assert isinstance(plain, dict)
    cases: Any = plain["cases"]
    return list(cases)


def reading(text: str, minute: int) -> Glucose:
    at = START + timedelta(minutes=minute)
    if text in {"LOW", "HIGH"}:
        return Glucose(at, None, Beyond(text.lower()))
    return Glucose(at, Decimal(text))


def trace(row: Row) -> Trace | Reason:
    values = row["values"].split()
    minutes = [int(one) for one in row["minutes"].split()] if "minutes" in row else [5 * n for n in range(len(values))]
    low, high = (Decimal(row[key]) if key in row else None for key in ("low_as", "high_as"))
    readings = [reading(text, minute) for text, minute in zip(values, minutes, strict=True)]
    return read_trace(readings, row["unit"], TraceRules(low_as=low, high_as=high))


def told(row: Row) -> str:
    found = trace(row)
    if isinstance(found, Reason):
        return found.because
    if "ranges" in row:
        parts = shares(found)
        assert not isinstance(parts, Reason)
        rounded = rounded_to_hundred(parts)
        return " ".join(f"{rounded[name]:f}" for name in Range)
    if "episodes" in row:
        episodes = sensor_episodes(found, EpisodeRule(), very_low=row.get("very_low", False))
        return ", ".join(f"1 at level {one.level}{', open' if one.is_open else ''}" for one in episodes) or "none"
    made = metric(found, row["metric"], HOUR)
    if isinstance(made, Reason):
        return made.because
    return f"{made[0].quantize(Decimal('0.000001')).normalize():f} {made[1]}"


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["says"])
def test_a_worked_trace(row: Row) -> None:
    expected = row.get("ranges") or row.get("episodes") or row["is"]
    found = told(row)
    assert found == expected or ("is" in row and expected in found and not found[0].isdigit())
