"""Readings around an infusion: when each is due, whether it was late, and which rules call for a pause.

The same for everybody: what is in the bag is not asked for. A reading is held against the time at which it was due and
keeps the time at which it was taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from armlet.protocol.monitoring import Change, InfusionPause, Monitoring, Reading, in_minutes

_REPEATED: Final = re.compile(r"start_plus_([1-9]\d{0,3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Point:
    """One reading of one infusion: its name, when it is due, and by how much it may be early or late."""

    id: str
    label: str
    due: datetime
    tolerance: timedelta

    def minutes_off(self, at: datetime) -> int:
        """Whole minutes outside the tolerance: negative where too early, 0 inside it."""
        off = at - self.due
        outside = max(abs(off) - self.tolerance, timedelta(0))
        minutes = -(-outside // timedelta(minutes=1))
        return -minutes if off < timedelta(0) else minutes


def points_of(monitoring: Monitoring, started: datetime, stopped: datetime) -> tuple[Point, ...]:
    """Every reading of an infusion in the order in which they are due; those of equal time as the protocol lists them."""
    points = [_point(reading, started, stopped) for reading in monitoring.readings]
    repeated = monitoring.repeated
    if repeated is not None:
        every, tolerance = _minutes(in_minutes(repeated.every)), _minutes(in_minutes(repeated.tolerance))
        due = started + timedelta(minutes=float(_last_from_start(monitoring))) + every
        while due < stopped:
            minutes = (due - started) // timedelta(minutes=1)
            points.append(Point(f"start_plus_{minutes}", f"{minutes} minutes after the start", due, tolerance))
            due += every
    return tuple(sorted(points, key=lambda point: point.due))


def _point(reading: Reading, started: datetime, stopped: datetime) -> Point:
    origin = started if reading.from_ == "start" else stopped
    due = origin + _minutes(in_minutes(reading.after))
    return Point(reading.id, reading.label, due, _minutes(in_minutes(reading.tolerance)))


def _minutes(number: object) -> timedelta:
    return timedelta(seconds=round(Fraction(str(number)) * 60))


def _last_from_start(monitoring: Monitoring) -> Fraction:
    counted = [Fraction(in_minutes(one.after)) for one in monitoring.readings if one.from_ == "start"]
    return max((*counted, Fraction(0)))


def is_point(monitoring: Monitoring, point: str) -> bool:
    """Whether the schedule can have such a point, however long the infusion lasts."""
    if point in {reading.id for reading in monitoring.readings}:
        return True
    match = _REPEATED.fullmatch(point)
    if match is None or monitoring.repeated is None:
        return False
    after = Fraction(int(match[1])) - _last_from_start(monitoring)
    return after > 0 and after % Fraction(in_minutes(monitoring.repeated.every)) == 0


def pauses_met(
    monitoring: Monitoring, first: Mapping[str, str], signs: Mapping[str, str], symptoms: tuple[str, ...]
) -> tuple[str, ...]:
    """The pause rules that a reading meets; `first` is the first reading there is, which changes are counted from."""
    return tuple(rule.id for rule in monitoring.pauses if _is_met(rule, first, signs, symptoms))


def _is_met(rule: InfusionPause, first: Mapping[str, str], signs: Mapping[str, str], symptoms: tuple[str, ...]) -> bool:
    if rule.symptom is not None:
        return rule.symptom in symptoms
    read = signs.get(rule.sign or "")
    if read is None:
        return False
    value = Fraction(read)
    if rule.limit is not None and not _stands(value, rule.is_ or "", Fraction(rule.limit.value)):
        return False
    return rule.change is None or _has_changed(rule.change, first.get(rule.sign or ""), value)


def _has_changed(change: Change, first: str | None, value: Fraction) -> bool:
    if first is None:
        return False
    before = Fraction(first)
    moved = before - value if change.direction == "fall" else value - before
    by = Fraction(change.by.value) * (before / 100 if change.of_first else 1)
    return _stands(moved, change.is_, by)


def _stands(value: Fraction, comparison: str, limit: Fraction) -> bool:
    return {"<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit}[comparison]
