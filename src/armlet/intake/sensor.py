"""From the export of a glucose sensor to one metric of the consensus, or the number of episodes, of some days.

The rules are those of the endpoints (`armlet.derivation.glucose`); here stands how an export's clock becomes instants. In
the hour that comes twice in autumn the order of the lines tells which one a reading is of: it is the second one once the
clock went back or the same time shows another value; what stands in no such order is of the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

from armlet.derivation.derived import Reason
from armlet.derivation.glucose import Beyond as Outside
from armlet.derivation.glucose import Glucose, Trace, TraceRules, active_percent, metric, read_trace
from armlet.derivation.hypoglycaemia import EpisodeRule, sensor_episodes
from armlet.intake.devices import Beyond, Reading
from armlet.units import Quantity, UnitError, parse_decimal

Metric = Literal["tbr2", "tbr1", "tir", "tar1", "tar2", "mean", "sd", "cv", "gmi", "active", "worn"]

_OUTSIDE: Final = {Beyond.LOW: Outside.LOW, Beyond.HIGH: Outside.HIGH}


@dataclass(frozen=True, slots=True)
class Asking:
    """A metric, or with None the episodes below the low or the very low edge; and what its trace must have.

    `active` is the least part of the days, in per cent, that readings must cover; `low_as` and `high_as` stand for readings
    beyond the sensor in a mean, in the unit of the export.
    """

    metric: Metric | None
    very_low: bool = False
    active: int | None = None
    low_as: Quantity | None = None
    high_as: Quantity | None = None


def make_of_sensor(readings: Sequence[Reading], asking: Asking, span: tuple[date, date, ZoneInfo]) -> Quantity | str:
    """What is asked for, of the days from the first to the last of the span, or why there is none, in words."""
    first, last, zone = span
    trace = _trace(readings, asking, zone)
    if isinstance(trace, str):
        return trace
    period = _midnight(last + timedelta(days=1), zone) - _midnight(first, zone)
    worn = active_percent(trace, period)
    if asking.active is not None and not isinstance(worn, Reason) and worn < asking.active:
        return f"the readings cover {worn:.1f} % of the time; at least {asking.active} % are needed"
    if asking.metric is None:
        if not trace.readings:
            return "no two readings are near each other: no time is covered"
        return Quantity(Decimal(len(sensor_episodes(trace, EpisodeRule(), very_low=asking.very_low))), "1")
    made = metric(trace, asking.metric, period)
    return made.because if isinstance(made, Reason) else Quantity(*made)


def _trace(readings: Sequence[Reading], asking: Asking, zone: ZoneInfo) -> Trace | str:
    units = sorted({one.unit for one in readings})
    if len(units) != 1:
        return f"the export mixes units ({', '.join(units)})"
    try:
        instead = [_as_level(one, units[0]) for one in (asking.low_as, asking.high_as)]
        glucose = [
            Glucose(at, None if one.beyond else parse_decimal(one.value), _OUTSIDE[one.beyond] if one.beyond else None)
            for one, at in instants(readings, zone)
        ]
    except UnitError:
        return (
            "a reading is no number, or what stands for readings beyond the sensor is in another unit than the export"
        )
    trace = read_trace(glucose, units[0], TraceRules(low_as=instead[0], high_as=instead[1]))
    return trace.because if isinstance(trace, Reason) else trace


def _as_level(amount: Quantity | None, unit: str) -> Decimal | None:
    return None if amount is None else amount.to(unit).value


def instants(readings: Sequence[Reading], zone: ZoneInfo) -> list[tuple[Reading, datetime]]:
    """Each reading with its instant, in the order of the lines, or against it where the export has the newest first."""
    found: list[tuple[Reading, datetime]] = []
    latest: datetime | None = None
    before: Reading | None = None
    ordered = sorted(readings, key=lambda reading: reading.line)
    walls = [one.at.replace(tzinfo=None) for one in ordered]
    if walls and walls[0] > walls[-1]:
        ordered.reverse()
    for one in ordered:
        if one.at.tzinfo is not None:
            found.append((one, one.at.astimezone(UTC)))
            continue
        early, late = (one.at.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        is_other = before is not None and (one.value, one.beyond) != (before.value, before.beyond)
        went_back = latest is not None and (early < latest <= late or (early == latest and is_other))
        at = late if early < late and went_back else early
        latest, before = at, one
        found.append((one, at))
    return found


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
