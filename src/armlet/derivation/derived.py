"""What a derivation answers: a number with the ledger entries it stands on, or why there is none.

Also how one reported value is read: into the unit of the endpoint, once, with a note of everything done to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal
from enum import StrEnum
from typing import Final

from armlet.conduct.observation import Observation
from armlet.protocol.criteria import Measure
from armlet.units import Quantity, UnitError, format_decimal

EXACT: Final = Context(prec=40)
"""For the arithmetic in between; `finished` rounds once, at the end."""
_FINAL: Final = Context(prec=28)
_SHOWN: Final = Context(prec=9)


@dataclass(frozen=True, slots=True)
class Derived:
    """The value of an endpoint for one participant at one visit.

    `value` is in `unit` (the endpoint's), rounded once to 28 significant digits. `entries` are the ledger's sequence
    numbers of the results used, ascending. `below_limit`: the value is below what the laboratory could measure, so a
    percentage of it means nothing.
    """

    endpoint: str
    participant: str
    visit: str
    value: Decimal
    unit: str
    on: date
    entries: tuple[int, ...]
    notes: tuple[str, ...] = ()
    below_limit: bool = False


@dataclass(frozen=True, slots=True)
class NotDerived:
    """There is no value, or no change from baseline, and why, in words for staff."""

    endpoint: str
    participant: str
    visit: str
    because: str


SEALED: Final = "sealed until the lock"
"""Why there is no value where a result it needs is there, for the vault alone."""

DerivedOrNot = Derived | NotDerived


@dataclass(frozen=True, slots=True)
class Value:
    """What a method found for one participant at one visit: a number in the endpoint's unit and what it stands on."""

    value: Decimal
    entries: tuple[int, ...]
    notes: tuple[str, ...] = ()
    below_limit: bool = False


class Why(StrEnum):
    """Why there is no number, as a code: the same words by the decimal path and by that on arrays."""

    NO_RESULT = "no result"
    MISSING = "missing samples"
    ORDER = "times out of order"
    TOO_FEW = "too few samples"
    UNDECIDED = "undecided below the limit"
    NO_PEAK = "no peak above the limit"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a method found no number for one participant at one visit: in words, and as a code that equality ignores."""

    because: str
    code: Why = field(default=Why.OTHER, compare=False)


Answer = Value | Reason


class BelowLimit(StrEnum):
    """The number that stands for a value below the limit of detection: half the limit, zero, or the limit.

    Censored: half of it among others that are measured; but where the level of the whole test is below the limit, that
    level is the limit, marked as known only to be at most that, which is what a tobit model takes.
    """

    HALF = "half"
    ZERO = "zero"
    LIMIT = "limit"
    CENSORED = "censored"


_TAKEN_AS: Final = {
    BelowLimit.HALF: "half of it",
    BelowLimit.ZERO: "zero",
    BelowLimit.LIMIT: "the limit itself",
    BelowLimit.CENSORED: "half of it among others, as at most the limit where the whole level is below it",
}
SHARE_OF_LIMIT: Final = {
    BelowLimit.HALF: Decimal("0.5"),
    BelowLimit.ZERO: Decimal(0),
    BelowLimit.LIMIT: Decimal(1),
    BelowLimit.CENSORED: Decimal("0.5"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One reported value in the unit worked in. `at` names its sample or day, "" where there is one value only.

    `full` is the converted number as reported; `value` is what is reckoned with, another number only where `below`.
    """

    at: str
    reported: Quantity
    full: Decimal
    value: Decimal
    entry: int
    below: bool


def read_value(observation: Observation, at: str, unit: str, measure: Measure, policy: BelowLimit) -> Reading:
    """The recorded value of an observation in `unit`; the one conversion it goes through.

    Raises UnitError where the reported unit cannot become `unit`, with the measure's molar mass at hand. Only for an
    observation that has a value.
    """
    reported = observation.quantity
    if reported is None:
        raise UnitError(f"there is no value to read{f' at {at}' if at else ''}.")
    full = reported.to(unit, measure.molar_mass).value
    value = EXACT.multiply(full, SHARE_OF_LIMIT[policy]) if observation.below else full
    return Reading(at, reported, full, value, observation.entry, observation.below)


def notes_on(readings: Sequence[Reading], unit: str, measure: Measure, policy: BelowLimit) -> tuple[str, ...]:
    """What a reader of the number must know of its readings: conversions, values below the limit, implausible ones."""
    return (
        *_conversion_notes(readings, unit, measure),
        *_limit_notes(readings, policy),
        *_plausibility_notes(readings, measure),
    )


def _conversion_notes(readings: Sequence[Reading], unit: str, measure: Measure) -> Iterable[str]:
    for source in sorted({reading.reported.unit for reading in readings} - {unit}):
        one = Quantity(Decimal(1), source)
        factor = _SHOWN.plus(one.to(unit, measure.molar_mass).value)
        by_mass = not one.measures_same_as(unit) and measure.molar_mass is not None
        how = f" with the molar mass {measure.molar_mass}" if by_mass else ""
        which = _places(reading for reading in readings if reading.reported.unit == source)
        yield f"converted from {source} to {unit}{how}: 1 {source} = {format_decimal(factor)} {unit}{which}"


def _limit_notes(readings: Sequence[Reading], policy: BelowLimit) -> Iterable[str]:
    for limit in sorted({str(reading.reported) for reading in readings if reading.below}):
        which = _places(reading for reading in readings if reading.below and str(reading.reported) == limit)
        yield f"below the limit of {limit}, taken as {_TAKEN_AS[policy]}{which}"


def _plausibility_notes(readings: Sequence[Reading], measure: Measure) -> Iterable[str]:
    return tuple(
        f"{reading.reported} is outside the plausible range {implausible}{_places([reading])}"
        for reading in readings
        if not reading.below and (implausible := implausible_range(reading.reported, measure))
    )


def implausible_range(reported: Quantity, measure: Measure) -> str:
    """The plausible range that a reported value lies outside of, in words; "" where it lies inside or none is set."""
    if measure.plausible is None:
        return ""
    lowest, highest = measure.plausible.lowest, measure.plausible.highest
    try:
        too_low = reported.to(lowest.unit, measure.molar_mass).compare(lowest) < 0
        too_high = reported.to(highest.unit, measure.molar_mass).compare(highest) > 0
    except UnitError:
        return ""
    return f"{lowest} to {highest}" if too_low or too_high else ""


def _places(readings: Iterable[Reading]) -> str:
    named = [reading.at for reading in readings if reading.at]
    return f" (at {', '.join(named)})" if named else ""


def is_below_limit(level: Decimal, readings: Sequence[Reading]) -> bool:
    """Whether a level made of readings is below what could be measured: all of them are, or it is under a limit met.

    `level` is in the unit of the readings. Without any reading below a limit no limit is known: False.
    """
    limits = [reading.full for reading in readings if reading.below]
    return bool(limits) and (len(limits) == len(readings) or level < max(limits))


def settled(level: Decimal, readings: Sequence[Reading], policy: BelowLimit) -> tuple[Decimal, bool]:
    """The level that counts, and whether it is below what could be measured; censored, it is the limit itself.

    `level` is in the unit of the readings.
    """
    below = is_below_limit(level, readings)
    if below and policy is BelowLimit.CENSORED:
        return max(reading.full for reading in readings if reading.below), True
    return level, below


def entries_of(readings: Iterable[Reading]) -> tuple[int, ...]:
    """The ledger entries of the readings, ascending."""
    return tuple(sorted({reading.entry for reading in readings}))


def finished(value: Decimal) -> Decimal:
    """The number rounded once to 28 significant digits, without trailing zeros and without an exponent above 0."""
    return Decimal(format(_FINAL.plus(value).normalize(_FINAL), "f"))


def mean(values: Sequence[Decimal]) -> Decimal:
    """The arithmetic mean, to 40 digits; only for at least one value."""
    total = Decimal(0)
    for value in values:
        total = EXACT.add(total, value)
    return EXACT.divide(total, Decimal(len(values)))
