"""The mean daily dose for each kilogram: over the days recorded before a visit, by the weight of that visit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.derived import EXACT, Answer, Reason, Value, finished, implausible_range, mean
from armlet.derivation.methods import Method, Setting, SettingsReader
from armlet.protocol.model import ActivityKind, Endpoint, Protocol
from armlet.units import Quantity, UnitError, format_decimal

_SETTINGS: Final = (
    Setting("activity", "the diary"),
    Setting("measure", "the dose of a day"),
    Setting("weight", "the weight of the visit"),
    Setting("at_least", "how many days with a value suffice", "that of the diary; never assumed"),
)


@dataclass(frozen=True, slots=True)
class DoseSettings:
    """Which diary, which weight, and how many days with a value suffice."""

    activity: str
    measure: str
    weight: str
    at_least: int


def parse(settings: Mapping[str, object], protocol: Protocol) -> DoseSettings:
    """Raises InputError with all that is amiss; how many days suffice is never assumed."""
    reader = SettingsReader(settings, protocol, _SETTINGS)
    activity = reader.activity(ActivityKind.DAILY)
    measure, weight = reader.measure(activity), reader.measure_of_visit("weight")
    diary = {item.id: item for item in protocol.activities}.get(activity)
    at_least = reader.whole("at_least") or (diary.at_least if diary else None)
    if diary is not None and at_least is None:
        message = f'neither here nor in "{activity}" is it said how many days suffice.'
        reader.add("at_least", message, "Add at_least.")
    if diary is not None and diary.days is not None and at_least is not None and at_least > diary.days:
        message = f"{at_least} days are asked for; the diary has {diary.days}."
        reader.add("at_least", message, "Ask for fewer days.")
    reader.finish()
    return DoseSettings(activity, measure, weight, at_least or 1)


def derive(
    observations: Sequence[Observation], endpoint: Endpoint, settings: DoseSettings, protocol: Protocol
) -> Answer:
    """The mean over the days that have a value, divided by the weight, in the endpoint's unit.

    A recorded 0 is a value; a day that is blank or missing is not, and the divisor is the number of days recorded,
    not the length of the diary.
    """
    days = [item for item in observations if item.activity == settings.activity and item.measure == settings.measure]
    twice = sorted(day for day, count in Counter(item.sample for item in days).items() if count > 1)
    if twice:
        return Reason(f"the diary has the same day twice ({', '.join(day or 'without a name' for day in twice)})")
    recorded = sorted((item for item in days if item.quantity is not None), key=lambda item: item.entry)
    if len(recorded) < settings.at_least:
        return Reason(f"{len(recorded)} days have a dose; at least {settings.at_least} needed")
    weight = _weight(observations, settings.weight, protocol)
    if isinstance(weight, Reason):
        return weight
    try:
        doses = [_dose(item, f"{endpoint.unit}.kg") for item in recorded]
    except UnitError as problem:
        return Reason(f"a daily dose: {problem}")
    if any(dose < 0 for dose in doses):
        return Reason("a daily dose is negative")
    value = EXACT.divide(mean(doses), weight.kilograms)
    entries = tuple(sorted({*(item.entry for item in recorded), weight.entry}))
    return Value(finished(value), entries, _notes(recorded, weight, settings, protocol))


@dataclass(frozen=True, slots=True)
class _Weight:
    """The weight of the visit and the entry it stands on."""

    reported: Quantity
    kilograms: Decimal
    entry: int


def _weight(observations: Sequence[Observation], measure: str, protocol: Protocol) -> _Weight | Reason:
    label = protocol.measure(measure).label
    found = [(item.quantity, item.entry) for item in observations if item.measure == measure]
    recorded = [(quantity, entry) for quantity, entry in found if quantity is not None]
    if not recorded:
        return Reason(f"no result of {label} at this visit")
    if len(recorded) > 1:
        return Reason(f"{label} stands {len(recorded)} times (entries {', '.join(str(e) for _, e in recorded)})")
    quantity, entry = recorded[0]
    try:
        kilograms = quantity.to("kg").value
    except UnitError as problem:
        return Reason(f"{label}: {problem}")
    if kilograms <= 0:
        return Reason(f"{label} is {quantity}; it must be more than 0")
    return _Weight(quantity, kilograms, entry)


def _dose(item: Observation, daily_unit: str) -> Decimal:
    """The dose of one day; a reported unit without "a day" is the amount of that day. Raises UnitError."""
    if item.quantity is None:
        raise UnitError("a blank day has no dose.")
    if not item.quantity.measures_same_as(daily_unit):
        a_day = Quantity(item.quantity.value, f"{item.quantity.unit}/d")
        if a_day.measures_same_as(daily_unit):
            return a_day.to(daily_unit).value
    return item.quantity.to(daily_unit).value


def _notes(
    recorded: Sequence[Observation], weight: _Weight, settings: DoseSettings, protocol: Protocol
) -> tuple[str, ...]:
    planned = protocol.activity(settings.activity).days
    of = f" of {planned}" if planned is not None else ""
    notes = [f"mean of {len(recorded)}{of} days; weight {format_decimal(weight.kilograms)} kg"]
    if planned is not None and len(recorded) > planned:
        notes.append(f"more days recorded than the {planned} of the diary: all are used")
    measure = protocol.measure(settings.measure)
    for item in recorded:
        if item.quantity is not None and (implausible := implausible_range(item.quantity, measure)):
            notes.append(f"{item.quantity} is outside the plausible range {implausible} (at {item.sample})")
    if implausible := implausible_range(weight.reported, protocol.measure(settings.weight)):
        notes.append(f"the weight {weight.reported} is outside the plausible range {implausible}")
    return tuple(notes)


METHOD: Final = Method(
    name="daily_dose_per_weight",
    label="Mean daily dose for each kilogram",
    source="The mean of the days recorded, divided by the weight of the visit (not by that at baseline)",
    parse=parse,
    derive=derive,
    settings=_SETTINGS,
)
