"""From readings of a device to the values that the protocol asks for: a total or a mean of each day, or of the days before.

The days are those of the participant's clock. A wall clock without a zone is held against the declared one: a time that
the clocks passed over does not exist and is refused; the hour that comes twice in autumn is kept whole, since nobody can
tell which of the two a reading is of, and both are of the same day. The same moment with the same reading is one reading;
with two readings it spoils its day. A blank day is no nought.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, model_validator

from armlet.conduct.intake.commands import ImportedRow
from armlet.conduct.rules.visits import samples_of
from armlet.document import Document, load_document, read_text, read_yaml
from armlet.errors import InputError
from armlet.intake.devices import Beyond, Kind, Reading, find_devices
from armlet.intake.plan import Asked, Outcome, Planned
from armlet.intake.sensor import Asking, Metric, make_of_sensor
from armlet.issues import Issue, error
from armlet.protocol.criteria import Measure, MeasureKind, Name
from armlet.protocol.model import ActivityKind, Protocol
from armlet.units import Quantity, UnitError, parse_decimal, parse_unit

Span = tuple[str, date, date]
"""A sample of the activity, and the first and the last day that it is made from."""


class Take(Document):
    """What is made of the readings: `share` is the part of the readings from `lowest` to `highest`, in per cent.

    `metric` is one of the consensus for a glucose sensor, `episodes` the number of times that glucose was below 70 mg/dL
    (3.9 mmol/L), or below 54 (3.0) where `very_low`. For these `active` is the part of the time, in per cent, that must be
    covered, and `low_as` and `high_as` are what readings beyond the sensor count as in a mean.

    `days` is for an activity with one value: so many days before the visit. `at_least` are readings in a day (a diary) or
    in all of the days. `molar_mass` (g/mol) is that of what the device measures, where the measure has none. The value is
    rounded half to even to so many `decimals`.
    """

    kind: Kind
    makes: Literal["total", "mean", "share", "metric", "episodes"]
    activity: Name
    measure: Name
    unit: str
    days: int | None = Field(default=None, ge=1, le=90)
    at_least: int = Field(default=1, ge=1)
    decimals: int = Field(default=2, ge=0, le=6)
    lowest: Quantity | None = None
    highest: Quantity | None = None
    molar_mass: Quantity | None = None
    metric: Metric | None = None
    very_low: bool = False
    active: int | None = Field(default=None, ge=1, le=100)
    low_as: Quantity | None = None
    high_as: Quantity | None = None

    @model_validator(mode="after")
    def _has_its_limits(self) -> Take:
        if (self.makes == "share") != (self.lowest is not None and self.highest is not None):
            raise ValueError("`lowest` and `highest` are for a share, which needs both")
        if (self.makes == "metric") != (self.metric is not None):
            raise ValueError("`metric` is for makes: metric, which needs it")
        if self.makes in {"metric", "episodes"} and self.kind is not Kind.GLUCOSE:
            raise ValueError("a metric and episodes are made of glucose")
        return self


class DeviceMapping(Document):
    """How the export of a device becomes results. `moment` is how it writes moments, where that is not as usual."""

    mapping: Literal[1]
    id: Name
    version: str = Field(min_length=1, max_length=40)
    trial: Name
    device: str
    timezone: str
    encoding: Literal["utf-8", "utf-16", "iso-8859-1", "cp1252"] = "utf-8"
    moment: str = ""
    takes: tuple[Take, ...] = Field(min_length=1)


def load_device_mapping(path: Path, protocol: Protocol) -> DeviceMapping:
    """The mapping in a file, held against the protocol. Raises InputError with everything amiss."""
    plain, lines = read_yaml(read_text(path, "mapping"), path.name)
    mapping = load_document(DeviceMapping, plain, lines, "mapping")
    issues = check_device_mapping(mapping, protocol, path.name)
    if issues:
        raise InputError(issues)
    return mapping


def check_device_mapping(mapping: DeviceMapping, protocol: Protocol, where: str) -> list[Issue]:
    """What neither the program nor the protocol knows."""
    issues: list[Issue] = []
    if mapping.trial != protocol.id:
        message = f"the mapping is for the trial {mapping.trial!r}, and this is {protocol.id!r}."
        issues.append(error("mapping/other-trial", where, message, "Use the mapping of this trial."))
    if mapping.device not in find_devices():
        message = f"there is no reader for {mapping.device!r}."
        issues.append(error("mapping/unknown-device", where, message, f"There are {', '.join(find_devices())}."))
    try:
        ZoneInfo(mapping.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        message = f"the time zone {mapping.timezone!r} is not known."
        issues.append(error("mapping/timezone", where, message, "Write it as in Europe/Stockholm."))
    for take in mapping.takes:
        issues += _check_take(take, protocol, where)
    return issues


def _check_take(take: Take, protocol: Protocol, where: str) -> Iterator[Issue]:
    activities = {one.id: one for one in protocol.activities}
    activity = activities.get(take.activity)
    if activity is None or take.measure not in activity.measures:
        message = f"the protocol has no {take.measure!r} of {take.activity!r}."
        yield error("mapping/unknown-measure", where, message, "Check both against the protocol.")
        return
    if protocol.measure(take.measure).kind is not MeasureKind.QUANTITY:
        yield error("mapping/no-quantity", where, f"{take.measure!r} is no quantity.", "Only quantities are imported.")
    try:
        parse_unit(take.unit)
    except UnitError as problem:
        yield error("mapping/unit", where, str(problem), "Use a unit of the protocol.")
    fits = {ActivityKind.DAILY: take.days is None, ActivityKind.SINGLE: take.days is not None}
    if not fits.get(activity.kind, False):
        message = (
            f"{take.activity!r} is {activity.kind.value}; `days` is for an activity with one value, and only for that."
        )
        yield error("mapping/days", where, message, "Take a diary without `days`, or a single value with it.")


# --- Clocks ---------------------------------------------------------------------------------------------------------


def is_passed_over(at: datetime, zone: ZoneInfo) -> bool:
    """Whether no clock of the zone ever showed this time, because it was put forward."""
    there = at.replace(tzinfo=zone)
    return there.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != at


def is_twice(at: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of the zone showed this time twice, because they were put back."""
    first, second = (at.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return first != second and not is_passed_over(at, zone)


def on_the_wall(reading: Reading, zone: ZoneInfo, name: str) -> datetime:
    """The time of the participant's clock. Raises InputError for one that was passed over."""
    if reading.at.tzinfo is not None:
        return reading.at.astimezone(zone).replace(tzinfo=None)
    if is_passed_over(reading.at, zone):
        message = f"no clock in {zone.key} showed {reading.at:%Y-%m-%d %H:%M}: it was put forward over it."
        fix = "The clock of the device was not changed, or the zone is another; settle it with the participant."
        raise InputError([error("import/no-such-time", f"{name}:{reading.line}", message, fix)])
    return reading.at


# --- Values ---------------------------------------------------------------------------------------------------------


def spans_of(take: Take, protocol: Protocol, visit_day: date) -> tuple[Span, ...]:
    """The days that each sample is made from; the last day is the one before the visit."""
    activity = protocol.activity(take.activity)
    samples = samples_of(activity)
    if activity.kind is ActivityKind.DAILY:
        first = visit_day - timedelta(days=len(samples))
        days = [first + timedelta(days=place) for place in range(len(samples))]
        return tuple((sample, day, day) for sample, day in zip(samples, days, strict=True))
    return (("", visit_day - timedelta(days=take.days or 1), visit_day - timedelta(days=1)),)


def make_rows(
    readings: Sequence[Reading], mapping: DeviceMapping, protocol: Protocol, whose: tuple[str, str, date], name: str
) -> tuple[list[Asked], list[Planned]]:
    """The values of one participant's visit (number, visit, its day), and what cannot be made and why."""
    participant, visit, visit_day = whose
    zone = ZoneInfo(mapping.timezone)
    asked, others = list[Asked](), list[Planned]()
    for take in mapping.takes:
        by_day: dict[date, list[tuple[datetime, Reading]]] = defaultdict(list)
        for reading in readings:
            if reading.kind is take.kind:
                wall = on_the_wall(reading, zone, name)
                by_day[wall.date()].append((wall, reading))
        for sample, first, last in spans_of(take, protocol, visit_day):
            number = len(asked) + len(others) + 1
            measure, within = protocol.measure(take.measure), _within(by_day, first, last)
            if take.makes in {"metric", "episodes"}:
                value = _of_sensor(take, measure, within, (first, last, zone))
            else:
                value = _value(take, measure, within, zone)
            row = ImportedRow(participant, visit, take.activity, take.measure, sample, "", take.unit)
            if isinstance(value, str):
                rule = "import/day" if value != _BLANK else ""
                others.append(Planned(number, Outcome.REFUSED if rule else Outcome.EMPTY, row, value, rule))
                continue
            filled = ImportedRow(participant, visit, take.activity, take.measure, sample, format(value, "f"), take.unit)
            asked.append(Asked(number, filled))
    return asked, others


_BLANK = "there is no reading"


def _within(
    by_day: Mapping[date, list[tuple[datetime, Reading]]], first: date, last: date
) -> list[tuple[datetime, Reading]]:
    days = range((last - first).days + 1)
    return [one for place in days for one in by_day.get(first + timedelta(days=place), [])]


def _value(take: Take, measure: Measure, readings: Sequence[tuple[datetime, Reading]], zone: ZoneInfo) -> Decimal | str:
    """The value of a span, or why there is none. The words repeat no reading, which may have to stay sealed."""
    once = _once(readings, zone, is_event=take.makes == "total")
    if isinstance(once, str):
        return once
    if not once:
        return _BLANK
    if len(once) < take.at_least:
        return f"{len(once)} readings; at least {take.at_least} are needed"
    if any(one.beyond is Beyond.UNSAID for one in once):
        return "a dose was entered without a number"
    try:
        made = _share(take, measure, once) if take.makes == "share" else _sum(take, measure, once)
    except UnitError:
        return f"the unit of the export cannot be expressed in {take.unit}"
    return made if isinstance(made, str) else _rounded(made, take.decimals)


def _of_sensor(
    take: Take, measure: Measure, readings: Sequence[tuple[datetime, Reading]], span: tuple[date, date, ZoneInfo]
) -> Decimal | str:
    """A metric or a number of episodes of the days from the first to the last, or why there is none."""
    if not readings:
        return _BLANK
    if len(readings) < take.at_least:
        return f"{len(readings)} readings; at least {take.at_least} are needed"
    asked = Asking(take.metric, take.very_low, take.active, take.low_as, take.high_as)
    made = make_of_sensor([one for _, one in readings], asked, span)
    if isinstance(made, str):
        return made
    try:
        value = made.to(take.unit, take.molar_mass or measure.molar_mass).value
    except UnitError:
        return f"what is made is in {made.unit} and cannot be expressed in {take.unit}"
    return _rounded(Fraction(value), take.decimals)


def _once(readings: Sequence[tuple[datetime, Reading]], zone: ZoneInfo, *, is_event: bool) -> list[Reading] | str:
    """Each reading once, or why that cannot be said.

    Doses of one moment may be several, but not twice the same in two lines; glucose is one.
    """
    seen: dict[datetime, list[Reading]] = defaultdict(list)
    for wall, reading in readings:
        moment = wall if reading.at.tzinfo is None else reading.at
        others = [one for one in seen[moment] if one.line != reading.line]
        is_same = any((one.value, one.beyond) == (reading.value, reading.beyond) for one in others)
        if is_event and is_same:
            return "the same dose stands twice at one moment"
        is_told_apart = is_event or not others or (reading.at.tzinfo is None and is_twice(wall, zone))
        if not is_told_apart and not is_same:
            return "two readings of one moment differ"
        if is_told_apart:
            seen[moment].append(reading)
    return [one for found in seen.values() for one in found]


def _amounts(take: Take, measure: Measure, readings: Sequence[Reading]) -> list[Fraction]:
    unit = take.unit.removesuffix("/d") if take.makes == "total" else take.unit
    found = [
        Quantity(parse_decimal(one.value), one.unit).to(unit, take.molar_mass or measure.molar_mass) for one in readings
    ]
    return [Fraction(one.value) for one in found]


def _sum(take: Take, measure: Measure, readings: Sequence[Reading]) -> Fraction | str:
    beyond = sum(one.beyond is not None for one in readings)
    if beyond:
        return f"{beyond} readings are beyond what the device measures: there is no mean"
    amounts = _amounts(take, measure, readings)
    return sum(amounts, Fraction(0)) / (len(amounts) if take.makes == "mean" else 1)


def _share(take: Take, measure: Measure, readings: Sequence[Reading]) -> Fraction:
    """Per cent of the readings that lie from the lowest to the highest, both included; beyond the device is outside."""
    if take.lowest is None or take.highest is None:
        raise UnitError("a share needs its limits.")
    inside = 0
    for one in readings:
        if one.beyond is None:
            amount = Quantity(parse_decimal(one.value), one.unit).to(
                take.lowest.unit, take.molar_mass or measure.molar_mass
            )
            inside += amount.compare(take.lowest) >= 0 and amount.compare(take.highest) <= 0
    return Fraction(100 * inside, len(readings))


def _rounded(value: Fraction, decimals: int) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
