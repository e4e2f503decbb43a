"""HbA1c adjusted for insulin (IDAA1C): NGSP per cent plus four times the daily dose for each kilogram.

Made from two endpoints of the same visit: glycated haemoglobin in NGSP per cent, never in mmol/mol, and the daily dose
in units for each kilogram. A value of at most 9 is called partial remission; `responder` asks that in decimals, so that
8.2 and 0.2 are exactly at the limit. A person free of insulin with HbA1c 9.0 counts as in remission: that is the
definition, not an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
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
from armlet.units import Quantity

_DOSE_UNIT: Final = "[IU]/kg/d"
_FACTOR: Final = Decimal(4)

_SETTINGS: Final = (
    Setting("endpoint", "glycated haemoglobin on the NGSP scale"),
    Setting("dose", "the daily dose in [IU]/kg/d"),
)


@dataclass(frozen=True, slots=True)
class AdjustedSettings:
    """The two endpoints that it is made from."""

    haemoglobin: str
    dose: str


def parse(settings: Mapping[str, object], protocol: Protocol) -> AdjustedSettings:
    """Raises InputError with all that is amiss, also for haemoglobin in another unit than per cent."""
    reader = PartsReader(settings, protocol, _SETTINGS)
    read = AdjustedSettings(reader.endpoint("endpoint", "%"), reader.endpoint("dose", _DOSE_UNIT))
    named = next((one for one in protocol.endpoints if one.id == read.haemoglobin), None)
    if named is not None and named.settings.get("scale") != "ngsp":
        message = f'"{named.id}" is not on the NGSP scale.'
        reader.add("endpoint", message, "Name an endpoint whose settings say scale: ngsp.")
    reader.finish()
    return read


def derive_from(known: Known, endpoint: Endpoint, settings: AdjustedSettings, _protocol: Protocol) -> Answer:
    """HbA1c (NGSP %) + 4 x dose ([IU]/kg/d), in the per cent of the former; both of this visit."""
    haemoglobin, dose = known.here(settings.haemoglobin), known.here(settings.dose)
    if not (isinstance(haemoglobin, Derived) and isinstance(dose, Derived)):
        return first_reason(haemoglobin, dose) or Reason("no value")
    if endpoint.unit != "%":
        return Reason(f"the adjusted value is in %; the endpoint is in {endpoint.unit}")
    per_kg = Quantity(dose.value, dose.unit).to(_DOSE_UNIT).value
    value = EXACT.add(haemoglobin.value, EXACT.multiply(_FACTOR, per_kg))
    return Value(
        finished(value),
        entries_of_parts(haemoglobin, dose),
        notes_of_parts(haemoglobin, dose),
    )


def _parts(settings: AdjustedSettings) -> tuple[Part, ...]:
    return (Part(settings.haemoglobin, "endpoint"), Part(settings.dose, "dose"))


METHOD: Final = ComposedMethod(
    name="idaa1c",
    label="HbA1c adjusted for the dose of insulin (IDAA1C)",
    source="Mortensen HB et al., Diabetes Care 2009;32:1384-1390: HbA1c (%) + 4 x insulin dose (units per kg per 24 h)",
    parse=parse,
    parts=_parts,
    derive_from=derive_from,
    settings=_SETTINGS,
)
