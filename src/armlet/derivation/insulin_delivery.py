"""The insulin that a pump delivered in a span of time: basal segments with suspensions and temporary rates, and boluses.

Delivered counts, never what was programmed; priming of the tubing is in nobody and is left out. A suspension delivers
nothing and is known; time without any record is not known, and a long one leaves the span without a value instead of
with a low one. The rules are those in use for uploads of pumps (egvinsulin, docs/recommendations.md); how long a gap or
a segment may be is a setting with no published number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from armlet.derivation.derived import EXACT, Reason


@dataclass(frozen=True, slots=True)
class Basal:
    """A segment of the basal programme: its rate in units an hour. Start belongs to it, end does not."""

    start: datetime
    end: datetime
    units_per_hour: Decimal


@dataclass(frozen=True, slots=True)
class Temporary:
    """A temporary rate that stands above the programme: in units an hour, or in per cent of the programme."""

    start: datetime
    end: datetime
    units_per_hour: Decimal | None = None
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Suspension:
    """Nothing is delivered, whatever the programme and a temporary rate say."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Bolus:
    """Insulin for a meal or a correction. `delivered` is None where only the programmed amount is known.

    An extended bolus is delivered evenly from `start` to `end`, and `delivered` is the part of it that was.
    """

    start: datetime
    delivered: Decimal | None
    end: datetime | None = None
    is_priming: bool = False


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """The longest time without a record in a span that has a value, and the longest basal segment that is believed."""

    longest_gap: timedelta
    longest_segment: timedelta


Event = Basal | Temporary | Suspension | Bolus


def delivered(events: Sequence[Event], span: tuple[datetime, datetime], rules: DeliveryRules) -> Decimal | Reason:
    """The units delivered from the start of the span to its end, or why that is not known. Order does not matter."""
    wrong = _amiss(events, rules)
    if wrong is not None:
        return wrong
    basal = _basal_units(events, span, rules)
    if isinstance(basal, Reason):
        return basal
    boluses = dict.fromkeys(one for one in events if isinstance(one, Bolus) and not one.is_priming)
    total = basal + sum((_of_bolus(one, span) for one in boluses), Fraction(0))
    return EXACT.divide(Decimal(total.numerator), Decimal(total.denominator))


def _amiss(events: Sequence[Event], rules: DeliveryRules) -> Reason | None:
    for one in events:
        if one.end is not None and one.end <= one.start and not isinstance(one, Bolus):
            return Reason(f"a segment ends at {one.end} before it starts")
        if isinstance(one, Basal) and one.end - one.start > rules.longest_segment:
            return Reason(f"a basal segment from {one.start} is longer than is believed")
        if isinstance(one, Basal) and one.units_per_hour < 0:
            return Reason(f"the basal rate from {one.start} is negative")
        if isinstance(one, Temporary) and (one.units_per_hour is None) == (one.percent is None):
            return Reason(f"the temporary rate from {one.start} is neither in units nor in per cent, or both")
        if isinstance(one, Bolus) and not one.is_priming and (one.delivered is None or one.delivered < 0):
            return Reason(f"it is not known how much of the bolus at {one.start} was delivered")
    return None


def _basal_units(events: Sequence[Event], span: tuple[datetime, datetime], rules: DeliveryRules) -> Fraction | Reason:
    """Between two neighbouring moments where anything changes the rate is constant; a time without record adds up."""
    segments = [one for one in events if not isinstance(one, Bolus)]
    moments = {*span, *(moment for one in segments for moment in (one.start, one.end))}
    edges = sorted(moment for moment in moments if span[0] <= moment <= span[1])
    total, gap = Fraction(0), timedelta()
    for start, end in pairwise(edges):
        rate = _rate([one for one in segments if one.start <= start and one.end >= end])
        if isinstance(rate, Reason):
            return rate
        gap = gap + (end - start) if rate is None else timedelta()
        if gap > rules.longest_gap:
            return Reason(f"nothing is recorded of the basal insulin before {end} for longer than {rules.longest_gap}")
        total += (rate or Fraction(0)) * _hours(end - start)
    return total


def _rate(running: Sequence[Basal | Temporary | Suspension]) -> Fraction | Reason | None:
    """The rate while these segments run together; None where none of them says it."""
    if any(isinstance(one, Suspension) for one in running):
        return Fraction(0)
    programme = {one.units_per_hour for one in running if isinstance(one, Basal)}
    temporary = {(one.units_per_hour, one.percent) for one in running if isinstance(one, Temporary)}
    if len(programme) > 1 or len(temporary) > 1:
        return Reason("two rates are recorded for the same time")
    if not temporary:
        return Fraction(programme.pop()) if programme else None
    units, percent = temporary.pop()
    if units is not None:
        return Fraction(units)
    return Fraction(programme.pop()) * Fraction(percent or 0) / 100 if programme else None


def _of_bolus(one: Bolus, span: tuple[datetime, datetime]) -> Fraction:
    """The part of a bolus inside the span: all or nothing of one given at once, by time of an extended one."""
    amount = Fraction(one.delivered or 0)
    if one.end is None or one.end <= one.start:
        return amount if span[0] <= one.start < span[1] else Fraction(0)
    inside = min(one.end, span[1]) - max(one.start, span[0])
    return amount * max(_hours(inside), Fraction(0)) / _hours(one.end - one.start)


def _hours(time: timedelta) -> Fraction:
    return Fraction(time // timedelta(microseconds=1), 3_600_000_000)
