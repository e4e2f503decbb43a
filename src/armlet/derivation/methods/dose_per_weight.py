"""A daily dose for each kilogram, from a dose and a weight that are endpoints: the weight of the visit or of the baseline.

The two weights part ways, since weight comes back after diagnosis: by the baseline's, a rise of the dose shows in full.
Trials do either; the protocol must say which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from armlet.derivation.composed import (
    ComposedMethod,
    Known,
    Part,
    PartsReader,
    entries_of_parts,
    first_reason,
    notes_of_parts,
)
from armlet.derivation.derived import EXACT, Answer, Derived, Reason, Value, finished
from armlet.derivation.methods import Setting
from armlet.protocol.model import Endpoint, Protocol
from armlet.units import Quantity, UnitError, format_decimal

_SETTINGS: Final = (
    Setting("endpoint", "the daily dose, in [IU]/d"),
    Setting("weight", "the endpoint of the weight, in kg"),
    Setting("weight_of", "`visit` or `baseline`"),
)


class WeightOf(StrEnum):
    """Whose weight divides: that of the visit or that of the baseline."""

    UNSAID = "unsaid"
    VISIT = "visit"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class PerWeightSettings:
    """The dose, the weight, and of which visit the weight is."""

    dose: str
    weight: str
    weight_of: WeightOf


def parse(settings: Mapping[str, object], protocol: Protocol) -> PerWeightSettings:
    """Raises InputError with all that is amiss; of which visit the weight is, is never assumed."""
    reader = PartsReader(settings, protocol, _SETTINGS)
    read = PerWeightSettings(
        reader.endpoint("endpoint", "[IU]/d"),
        reader.endpoint("weight", "kg"),
        reader.choice("weight_of", WeightOf.UNSAID),
    )
    if read.weight_of is WeightOf.UNSAID:
        reader.add("weight_of", "it is not said of which visit the weight is.", 'Add "visit" or "baseline".')
    reader.finish()
    return read


def derive_from(known: Known, endpoint: Endpoint, settings: PerWeightSettings, _protocol: Protocol) -> Answer:
    """The dose divided by the weight, in the endpoint's unit."""
    dose = known.here(settings.dose)
    at_baseline = settings.weight_of is WeightOf.BASELINE
    weight = known.at_baseline(settings.weight) if at_baseline else known.here(settings.weight)
    if not (isinstance(dose, Derived) and isinstance(weight, Derived)):
        return first_reason(dose, weight) or Reason("no value")
    if weight.value <= 0:
        return Reason(f"the weight is {format_decimal(weight.value)} kg; it must be more than 0")
    try:
        value = Quantity(EXACT.divide(dose.value, weight.value), "[IU]/kg/d").to(endpoint.unit).value
    except UnitError as problem:
        return Reason(str(problem))
    notes = (
        f"weight {format_decimal(weight.value)} kg of {weight.visit}",
        *notes_of_parts(dose, weight),
    )
    return Value(finished(value), entries_of_parts(dose, weight), notes)


def _parts(settings: PerWeightSettings) -> tuple[Part, ...]:
    at_visit = settings.weight_of is WeightOf.VISIT
    return (
        Part(settings.dose, "endpoint"),
        Part(settings.weight, "weight", at_visit=at_visit, at_baseline=not at_visit),
    )


METHOD: Final = ComposedMethod(
    name="dose_per_weight",
    label="Daily dose for each kilogram of the visit's or the baseline's weight",
    source="The quotient of two endpoints; which weight divides is a choice that the protocol must state",
    parse=parse,
    parts=_parts,
    derive_from=derive_from,
    settings=_SETTINGS,
)
