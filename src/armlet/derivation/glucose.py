"""The glucose of a sensor: time in the ranges of the consensus, mean, variation, how long it was worn, and episodes.

A trace is in one unit, the one it was reported in, and is binned by the consensus's edges for that unit: the edges in
mg/dL and in mmol/L are not each other's exact conversion, so a converted reading would change its range. A reading stands
for the time to the next one; before a gap it stands for the time since the one before. So traces that mix intervals
of 5 and 15 minutes are weighted by time, and a trace with one interval gives the plain share of its readings. Moments are
instants (with a zone): a change of the clocks moves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Final

from armlet.derivation.derived import EXACT, Reason

SOURCE: Final = (
    "International consensus on time in range, 2019 (table as in Diabetes Spectrum, markup 9619, and ADA table 6.2)"
)


class Beyond(StrEnum):
    """A reading without a number: below or above what the sensor measures."""

    LOW = "low"
    HIGH = "high"


class Range(StrEnum):
    """The five ranges, from the lowest; together they are all readings."""

    TBR2 = "tbr2"
    TBR1 = "tbr1"
    TIR = "tir"
    TAR1 = "tar1"
    TAR2 = "tar2"


@dataclass(frozen=True, slots=True)
class Edges:
    """The edges for one unit: below `very_low`; up to below `low`; up to and with `high`; up to and with `very_high`."""

    very_low: Decimal
    low: Decimal
    high: Decimal
    very_high: Decimal


EDGES: Final[Mapping[str, Edges]] = {
    "mg/dL": Edges(Decimal(54), Decimal(70), Decimal(180), Decimal(250)),
    "mmol/L": Edges(Decimal("3.0"), Decimal("3.9"), Decimal("10.0"), Decimal("13.9")),
}
GMI_LINES: Final[Mapping[str, tuple[str, Decimal, Decimal]]] = {
    "mg/dL": ("%", Decimal("3.31"), Decimal("0.02392")),
    "mmol/L": ("mmol/mol", Decimal("12.71"), Decimal("4.70587")),
}
"""Glucose management indicator: its unit, intercept and slope, by the unit of the mean (jaeb.org/gmi; Bergenstal 2018)."""


@dataclass(frozen=True, slots=True)
class Glucose:
    """One reading. `value` is None where `beyond` says that there is no number."""

    at: datetime
    value: Decimal | None
    beyond: Beyond | None = None


@dataclass(frozen=True, slots=True)
class TraceRules:
    """What the consensus leaves open.

    `longest_gap`: two readings further apart are not joined (a choice of this program: longer than the 15 minutes of any
    usual sensor). `low_as` and `high_as` stand for readings beyond the sensor in a mean, in the unit of the trace; without
    them a mean of such readings is not given. In mg/dL 39 and 401 are in use (egvinsulin, docs/recommendations.md).
    """

    longest_gap: timedelta = timedelta(minutes=20)
    low_as: Decimal | None = None
    high_as: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Weighted:
    """One reading and the time that it stands for."""

    reading: Glucose
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class Trace:
    """The readings of one person in one unit, each moment once, in order, with the time that each stands for."""

    unit: str
    readings: tuple[Weighted, ...]
    rules: TraceRules

    def covered(self) -> timedelta:
        """The time that the readings stand for."""
        return sum((one.lasts for one in self.readings), timedelta())


def read_trace(readings: Sequence[Glucose], unit: str, rules: TraceRules) -> Trace | Reason:
    """The trace of readings in any order; a Reason for two readings of one moment that differ, and for other units.

    The same reading twice counts once. A reading with no other near stands for no time and is left out.
    """
    if unit not in EDGES:
        return Reason(f"glucose in {unit} has no ranges; expected {' or '.join(EDGES)}")
    once: dict[datetime, Glucose] = {}
    for one in readings:
        if one.at.tzinfo is None:
            return Reason("a reading has no zone: the time between readings is not known")
        if (one.value is None) != (one.beyond is not None):
            return Reason("a reading has neither a number nor a word for what is beyond the sensor, or both")
        if once.setdefault(one.at, one) != one:
            return Reason("two readings of one moment differ")
    ordered = sorted(once.values(), key=lambda one: one.at)
    gaps = [later.at - earlier.at for earlier, later in pairwise(ordered)]
    weighted = (Weighted(one, _lasts(place, gaps, rules)) for place, one in enumerate(ordered))
    return Trace(unit, tuple(one for one in weighted if one.lasts), rules)


def _lasts(place: int, gaps: Sequence[timedelta], rules: TraceRules) -> timedelta:
    after = gaps[place] if place < len(gaps) else None
    before = gaps[place - 1] if place else None
    near = (gap for gap in (after, before) if gap is not None and gap <= rules.longest_gap)
    return next(near, timedelta())


# --- Ranges ---------------------------------------------------------------------------------------------------------


def range_of(reading: Glucose, unit: str) -> Range:
    """The range of one reading; beyond the sensor is the outermost. Both 70 and 180 mg/dL (3.9 and 10.0) are in range."""
    edges = EDGES[unit]
    value = reading.value
    if value is None:
        return Range.TBR2 if reading.beyond is Beyond.LOW else Range.TAR2
    if value < edges.very_low:
        return Range.TBR2
    if value < edges.low:
        return Range.TBR1
    if value <= edges.high:
        return Range.TIR
    return Range.TAR1 if value <= edges.very_high else Range.TAR2


def shares(trace: Trace) -> Mapping[Range, Fraction] | Reason:
    """The part of the covered time in each range, as exact fractions that add to 1."""
    total = trace.covered()
    if not total:
        return Reason("no two readings are near each other: no time is covered")
    times = dict.fromkeys(Range, timedelta())
    for one in trace.readings:
        times[range_of(one.reading, trace.unit)] += one.lasts
    return {name: _part(time, total) for name, time in times.items()}


def rounded_to_hundred(parts: Mapping[Range, Fraction], decimals: int = 0) -> Mapping[Range, Decimal]:
    """Percentages that add to 100 after rounding: rounded down, and what is left goes to the largest remainders.

    Of equal remainders the lower range comes first. For a table; values that are analysed are never rounded like this.
    """
    scale = 10**decimals
    exact = {name: part * 100 * scale for name, part in parts.items()}
    whole = {name: value.numerator // value.denominator for name, value in exact.items()}
    left = 100 * scale - sum(whole.values())
    for name in sorted(exact, key=lambda one: -(exact[one] - whole[one]))[:left]:
        whole[name] += 1
    return {name: EXACT.divide(Decimal(value), Decimal(scale)) for name, value in whole.items()}


def active_percent(trace: Trace, period: timedelta) -> Decimal | Reason:
    """The part of the period that the readings cover, in per cent; at most 100."""
    if period <= timedelta():
        return Reason("the period has no length")
    return _decimal(min(_part(trace.covered(), period), Fraction(1)) * 100)


# --- Mean and variation ---------------------------------------------------------------------------------------------


def mean_glucose(trace: Trace) -> Decimal | Reason:
    """The mean over the covered time, in the unit of the trace."""
    levels = _levels(trace)
    if isinstance(levels, Reason):
        return levels
    total = sum((weight for _, weight in levels), Fraction(0))
    return _decimal(sum((level * weight for level, weight in levels), Fraction(0)) / total)


def sd_glucose(trace: Trace) -> Decimal | Reason:
    """The standard deviation with n - 1, n the number of readings; by time where the intervals differ."""
    levels = _levels(trace)
    if isinstance(levels, Reason):
        return levels
    if len(levels) < 2:
        return Reason("one reading has no variation")
    total = sum((weight for _, weight in levels), Fraction(0))
    mean = sum((level * weight for level, weight in levels), Fraction(0)) / total
    squares = sum(((level - mean) ** 2 * weight for level, weight in levels), Fraction(0))
    number = len(levels)
    return EXACT.sqrt(_decimal(squares / total * number / (number - 1)))


def cv_percent(trace: Trace) -> Decimal | Reason:
    """The standard deviation in per cent of the mean."""
    mean, spread = mean_glucose(trace), sd_glucose(trace)
    if isinstance(mean, Reason):
        return mean
    if isinstance(spread, Reason):
        return spread
    return EXACT.divide(EXACT.multiply(spread, Decimal(100)), mean)


def glucose_management_indicator(mean: Decimal, unit: str) -> tuple[Decimal, str]:
    """The indicator of a mean: NGSP % from mg/dL, mmol/mol from mmol/L. Raises KeyError for another unit.

    The two are fitted lines of their own, each for its unit; neither is made of its fellow, nor is either the estimated
    HbA1c of other formulas.
    """
    result, intercept, slope = GMI_LINES[unit]
    return EXACT.add(intercept, EXACT.multiply(slope, mean)), result


def _levels(trace: Trace) -> list[tuple[Fraction, Fraction]] | Reason:
    """Each level and its weight in seconds, readings beyond the sensor as the rules say."""
    if not trace.readings:
        return Reason("no two readings are near each other: there is no mean")
    instead = {Beyond.LOW: trace.rules.low_as, Beyond.HIGH: trace.rules.high_as}
    found: list[tuple[Fraction, Fraction]] = []
    for one in trace.readings:
        value = one.reading.value if one.reading.beyond is None else instead[one.reading.beyond]
        if value is None:
            return Reason("readings are beyond what the sensor measures, and it is not said what they count as")
        found.append((Fraction(value), _seconds(one.lasts)))
    return found


# --- Metrics by name ------------------------------------------------------------------------------------------------


def metric(trace: Trace, name: str, period: timedelta) -> tuple[Decimal, str] | Reason:
    """One metric of `METRICS` with its unit, or why there is none. Raises KeyError for a name that is none."""
    return METRICS[name](trace, period)


def _share_of(name: Range) -> Callable[[Trace, timedelta], tuple[Decimal, str] | Reason]:
    def made(trace: Trace, _period: timedelta) -> tuple[Decimal, str] | Reason:
        parts = shares(trace)
        return parts if isinstance(parts, Reason) else (_decimal(parts[name] * 100), "%")

    return made


def _mean_of(trace: Trace, _period: timedelta) -> tuple[Decimal, str] | Reason:
    found = mean_glucose(trace)
    return found if isinstance(found, Reason) else (found, trace.unit)


def _sd_of(trace: Trace, _period: timedelta) -> tuple[Decimal, str] | Reason:
    found = sd_glucose(trace)
    return found if isinstance(found, Reason) else (found, trace.unit)


def _cv_of(trace: Trace, _period: timedelta) -> tuple[Decimal, str] | Reason:
    found = cv_percent(trace)
    return found if isinstance(found, Reason) else (found, "%")


def _gmi_of(trace: Trace, _period: timedelta) -> tuple[Decimal, str] | Reason:
    found = mean_glucose(trace)
    return found if isinstance(found, Reason) else glucose_management_indicator(found, trace.unit)


def _active_of(trace: Trace, period: timedelta) -> tuple[Decimal, str] | Reason:
    found = active_percent(trace, period)
    return found if isinstance(found, Reason) else (found, "%")


def _worn_of(trace: Trace, _period: timedelta) -> tuple[Decimal, str] | Reason:
    return _decimal(_seconds(trace.covered()) / 86400), "d"


METRICS: Final[Mapping[str, Callable[[Trace, timedelta], tuple[Decimal, str] | Reason]]] = {
    **{name.value: _share_of(name) for name in Range},
    "mean": _mean_of,
    "sd": _sd_of,
    "cv": _cv_of,
    "gmi": _gmi_of,
    "active": _active_of,
    "worn": _worn_of,
}


def _part(time: timedelta, of: timedelta) -> Fraction:
    return _seconds(time) / _seconds(of)


def _seconds(time: timedelta) -> Fraction:
    return Fraction(time // timedelta(microseconds=1), 1_000_000)


def _decimal(value: Fraction) -> Decimal:
    return EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
