"""The one value of a measure at a visit, in the endpoint's unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.derived import Answer, BelowLimit, Reason, Value, finished, notes_on, read_value, settled
from armlet.derivation.methods import Method, Setting, SettingsReader
from armlet.protocol.criteria import Measure
from armlet.protocol.model import ActivityKind, Endpoint, Protocol
from armlet.units import UnitError, ngsp_from_ifcc

_IFCC_UNIT: Final = "mmol/mol"
_NGSP_UNIT: Final = "%"
_SETTINGS: Final = (
    Setting("activity", "the activity that yields the value"),
    Setting("measure", "what is measured"),
    Setting(
        "scale",
        "`as reported`, or `ngsp`: glycated haemoglobin from mmol/mol to NGSP per cent",
        "as reported",
        "the NGSP master equation, 0.09148 x + 2.152 (ngsp.org)",
    ),
    Setting("below_limit", "what stands for a value below the limit of detection, as for timed tests", "half"),
)


class Scale(StrEnum):
    """The scale of the value: that of the report, or glycated haemoglobin in NGSP per cent."""

    AS_REPORTED = "as reported"
    NGSP = "ngsp"


@dataclass(frozen=True, slots=True)
class SingleSettings:
    """Which measure of which activity, on what scale, and what stands for a value below the limit."""

    activity: str
    measure: str
    scale: Scale = Scale.AS_REPORTED
    below_limit: BelowLimit = BelowLimit.HALF


def parse(settings: Mapping[str, object], protocol: Protocol) -> SingleSettings:
    """Raises InputError with all that is amiss."""
    reader = SettingsReader(settings, protocol, _SETTINGS)
    activity = reader.activity(ActivityKind.SINGLE, ActivityKind.PROCEDURE)
    read = SingleSettings(
        activity,
        reader.measure(activity),
        reader.choice("scale", Scale.AS_REPORTED),
        reader.choice("below_limit", BelowLimit.HALF),
    )
    reader.finish()
    return read


def derive(
    observations: Sequence[Observation], endpoint: Endpoint, settings: SingleSettings, protocol: Protocol
) -> Answer:
    """The value in the endpoint's unit; a Reason where it is missing or stands more than once."""
    measure = protocol.measure(settings.measure)
    own = [item for item in observations if item.activity == settings.activity and item.measure == settings.measure]
    recorded = [item for item in own if item.quantity is not None]
    if not own:
        return Reason(f"no result of {measure.label} is recorded")
    if len(recorded) > 1:
        entries = ", ".join(str(item.entry) for item in sorted(recorded, key=lambda item: item.entry))
        return Reason(f"{measure.label} stands {len(recorded)} times (entries {entries})")
    if not recorded:
        why = ", ".join(sorted({item.missing.value for item in own if item.missing is not None}))
        return Reason(f"{measure.label} is missing ({why})")
    try:
        return _value(recorded[0], endpoint.unit, settings, measure)
    except UnitError as problem:
        return Reason(f"{measure.label}: {problem}")


def _value(item: Observation, unit: str, settings: SingleSettings, measure: Measure) -> Value:
    """Raises UnitError where the reported unit does not fit the endpoint's."""
    if settings.scale is Scale.NGSP:
        return _ngsp_value(item, unit, settings, measure)
    reading = read_value(item, "", unit, measure, settings.below_limit)
    notes = notes_on([reading], unit, measure, settings.below_limit)
    level, below = settled(reading.value, [reading], settings.below_limit)
    return Value(finished(level), (item.entry,), notes, below)


def _ngsp_value(item: Observation, unit: str, settings: SingleSettings, measure: Measure) -> Value:
    if unit != _NGSP_UNIT:
        raise UnitError(f"the NGSP scale is in %; the endpoint is in {unit}.")
    if item.quantity is not None and item.quantity.measures_same_as(_NGSP_UNIT):
        plain = _value(item, unit, replace(settings, scale=Scale.AS_REPORTED), measure)
        return replace(plain, notes=(*plain.notes, "reported in %: taken as NGSP, not as an older national scale"))
    reading = read_value(item, "", _IFCC_UNIT, measure, settings.below_limit)
    notes = notes_on([reading], _IFCC_UNIT, measure, settings.below_limit)
    converted = "from mmol/mol (IFCC) to % by the NGSP master equation: 0.09148 x + 2.152"
    level, below = settled(reading.value, [reading], settings.below_limit)
    return Value(finished(ngsp_from_ifcc(level)), (item.entry,), (*notes, converted), below)


METHOD: Final = Method(
    name="single_value",
    label="The value at the visit",
    source="As reported; NGSP per cent from IFCC by the master equation of ngsp.org",
    parse=parse,
    derive=derive,
    settings=_SETTINGS,
)
