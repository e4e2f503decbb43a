"""The conditions that a stimulation test was done under: the glucose at its start, and how much of the meal was drunk.

They are noted beside the value and never change it: a test under odd conditions is kept, and a reader is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.derived import EXACT
from armlet.derivation.methods import Setting, SettingsReader
from armlet.protocol.model import Protocol
from armlet.units import Quantity, UnitError, format_decimal

_MEAL: Final = ("meal_volume", "meal_weight", "meal_per_weight", "meal_most", "meal_least")
_START: Final = ("start_glucose", "start_lowest", "start_highest")
_HELD: Final = "a choice of the protocol; a meal test is usually put off outside 70 to 200 mg/dL (NCT02814838)"
_DRUNK: Final = "a choice of the protocol; usual are 6 mL/kg, 360 mL at most (NCT02814838), and 90 %"

CONDITION_SETTINGS: Final = (
    Setting("start_glucose", "the measure whose sample at 0 min is looked at; a value outside is noted", "none", _HELD),
    Setting("start_lowest", "the lowest start that needs no note", "none", _HELD),
    Setting("start_highest", "the highest start that needs no note", "none", _HELD),
    Setting("meal_volume", "the measure of the visit that says how much was drunk", "none", _DRUNK),
    Setting("meal_weight", "the weight that the meal is measured by", "none", _DRUNK),
    Setting("meal_per_weight", "the volume for each kilogram", "none", _DRUNK),
    Setting("meal_most", "the largest volume of a meal", "none", _DRUNK),
    Setting("meal_least", "the share of the meal below which it is noted as a deviation", "none", _DRUNK),
)


@dataclass(frozen=True, slots=True)
class StartRange:
    """Between which levels of which measure a test is started."""

    measure: str
    lowest: Quantity
    highest: Quantity


@dataclass(frozen=True, slots=True)
class MealRule:
    """How much of the meal is to be drunk: so much for each weight, up to a volume; less than `least` is noted."""

    volume: str
    weight: str
    per_weight: Quantity
    most: Quantity
    least: Quantity

    def planned(self, weight: Quantity) -> Quantity:
        """The volume of the meal in mL for a person of this weight. Raises UnitError."""
        per_kilogram = self.per_weight.to("mL/kg").value
        volume = EXACT.multiply(per_kilogram, weight.to("kg").value)
        return Quantity(min(volume, self.most.to("mL").value).normalize(EXACT), "mL")


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is looked at, each only where the protocol says so."""

    start: StartRange | None = None
    meal: MealRule | None = None


def read_conditions(reader: SettingsReader, activity: str) -> Conditions:
    """The conditions among the settings; those that belong together must all be given."""
    start: StartRange | None = None
    meal: MealRule | None = None
    if reader.gives(*_START):
        measure = reader.measure_beside("start_glucose", activity)
        unit = reader.unit_of(measure) or "1"
        lowest, highest = (reader.amount(name, unit, measure) for name in _START[1:])
        if lowest is not None and highest is not None:
            start = StartRange(measure, lowest, highest)
    if reader.gives(*_MEAL):
        volume, weight = reader.measure_of_visit("meal_volume"), reader.measure_of_visit("meal_weight")
        parts = [reader.amount(name, unit) for name, unit in zip(_MEAL[2:], ("mL/kg", "mL", "%"), strict=True)]
        per_weight, most, least = parts
        if per_weight is not None and most is not None and least is not None:
            meal = MealRule(volume, weight, per_weight, most, least)
    return Conditions(start, meal)


def condition_notes(
    observations: Sequence[Observation], activity: str, conditions: Conditions, protocol: Protocol
) -> tuple[str, ...]:
    """What a reader of the value must know of the test; empty where nothing was odd or nothing is to be looked at."""
    notes: list[str] = []
    if conditions.start is not None:
        notes.extend(_start_notes(observations, activity, conditions.start, protocol))
    if conditions.meal is not None:
        notes.extend(_meal_notes(observations, conditions.meal, protocol))
    return tuple(notes)


def _start_notes(
    observations: Sequence[Observation], activity: str, allowed: StartRange, protocol: Protocol
) -> Iterable[str]:
    measure = protocol.measure(allowed.measure)
    at_start = [
        item.quantity
        for item in observations
        if (item.activity, item.measure) == (activity, allowed.measure)
        and item.quantity is not None
        and _is_start(item.sample)
    ]
    if not at_start:
        yield f"{measure.label} at 0 min is not known"
    for found in at_start:
        planned = f"{allowed.lowest} to {allowed.highest}"
        try:
            too_low = found.to(allowed.lowest.unit, measure.molar_mass).compare(allowed.lowest) < 0
            too_high = found.to(allowed.highest.unit, measure.molar_mass).compare(allowed.highest) > 0
        except UnitError as problem:
            yield f"{measure.label} at 0 min: {problem}"
            continue
        if too_low or too_high:
            yield f"{measure.label} at 0 min is {found}, outside {planned}: the value is kept"


def _is_start(sample: str) -> bool:
    try:
        return Quantity.parse(sample).to("min").value == 0
    except UnitError:
        return False


def _meal_notes(observations: Sequence[Observation], rule: MealRule, protocol: Protocol) -> Iterable[str]:
    drunk, weight = (_only(observations, name) for name in (rule.volume, rule.weight))
    if drunk is None or weight is None:
        lacking = [protocol.measure(name).label for name in (rule.volume, rule.weight)]
        unknown = [label for label, found in zip(lacking, (drunk, weight), strict=True) if found is None]
        yield f"how much of the meal was drunk is not known: no single {' and no single '.join(unknown)}"
        return
    try:
        planned, taken = rule.planned(weight), drunk.to("mL").value
    except UnitError as problem:
        yield f"how much of the meal was drunk is not known: {problem}"
        return
    if planned.value <= 0:
        yield f"how much of the meal was drunk is not known: the weight is {weight}"
        return
    share = EXACT.divide(EXACT.multiply(taken, Decimal(100)), planned.value)
    if share < rule.least.to("%").value:
        part = format_decimal(share.quantize(Decimal("0.1")))
        yield f"{drunk} of a meal of {planned} were drunk ({part} %), less than {rule.least}: a deviation"


def _only(observations: Sequence[Observation], measure: str) -> Quantity | None:
    found = [item.quantity for item in observations if item.measure == measure and item.quantity is not None]
    return found[0] if len(found) == 1 else None
