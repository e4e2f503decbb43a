"""Glycated haemoglobin (HbA1c) at the visit, on the scale that is asked for: NGSP %, IFCC mmol/mol or Mono-S %.

Two scales are written in per cent and differ by more than one unit: `percent_is` says which one a laboratory's per cent
is, and without it a value in per cent is not used. A change between visits is a change on the endpoint's scale; to show
it on another scale only the slope counts (10 mmol/mol are 0.9148 NGSP per cent units).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.derived import Answer, BelowLimit, Reason, Value, finished, notes_on, read_value, settled
from armlet.derivation.haemoglobin import UNITS, Equation, Scale, convert, printed_as
from armlet.derivation.methods import Method, Setting, SettingsReader
from armlet.derivation.single import one_result
from armlet.protocol.model import ActivityKind, Endpoint, Protocol
from armlet.units import UnitError

_SETTINGS: Final = (
    Setting("activity", "the activity that yields the value"),
    Setting("measure", "glycated haemoglobin"),
    Setting("scale", "`ngsp` (%), `ifcc` (mmol/mol) or `mono_s` (%): the scale of the endpoint"),
    Setting(
        "percent_is",
        "the scale of a value reported in per cent: `ngsp`, `mono_s`, or `unsaid`, which leaves it out",
        "unsaid",
    ),
    Setting(
        "equation",
        "`ngsp.org` or `ifcc page`: the printed line between NGSP and IFCC",
        "ngsp.org",
        "ngsp.org/ifcc.asp; ifcchba1c.org",
    ),
    Setting("below_limit", "what stands for a value below the limit of detection, as for timed tests", "half"),
)


class PercentIs(StrEnum):
    """The scale of a value reported in per cent; `unsaid` leaves such a value out."""

    UNSAID = "unsaid"
    NGSP = "ngsp"
    MONO_S = "mono_s"


@dataclass(frozen=True, slots=True)
class HaemoglobinSettings:
    """Which measure, on which scale, by which equation, what per cent means, and values below the limit."""

    activity: str
    measure: str
    scale: Scale
    percent_is: PercentIs = PercentIs.UNSAID
    equation: Equation = Equation.NGSP_ORG
    below_limit: BelowLimit = BelowLimit.HALF


def parse(settings: Mapping[str, object], protocol: Protocol) -> HaemoglobinSettings:
    """Raises InputError with all that is amiss; the scale is never assumed."""
    reader = SettingsReader(settings, protocol, _SETTINGS)
    if "scale" not in settings:
        reader.add("scale", "it is not said on which scale the endpoint is.", 'Add "ngsp", "ifcc" or "mono_s".')
    activity = reader.activity(ActivityKind.SINGLE, ActivityKind.PROCEDURE)
    read = HaemoglobinSettings(
        activity,
        reader.measure(activity),
        reader.choice("scale", Scale.NGSP),
        reader.choice("percent_is", PercentIs.UNSAID),
        reader.choice("equation", Equation.NGSP_ORG),
        reader.choice("below_limit", BelowLimit.HALF),
    )
    reader.finish()
    return read


def derive(
    observations: Sequence[Observation], endpoint: Endpoint, settings: HaemoglobinSettings, protocol: Protocol
) -> Answer:
    """The level on the scale of the settings; the endpoint's unit must be that scale's."""
    if endpoint.unit != UNITS[settings.scale]:
        return Reason(
            f"the scale {settings.scale.value} is in {UNITS[settings.scale]}; the endpoint is in {endpoint.unit}"
        )
    item = one_result(observations, settings.activity, settings.measure, protocol)
    if isinstance(item, Reason):
        return item
    in_percent = item.quantity is not None and item.quantity.measures_same_as("%")
    if in_percent and settings.percent_is is PercentIs.UNSAID:
        return Reason("reported in %, and the protocol does not say of which scale (percent_is)")
    have = Scale(settings.percent_is.value) if in_percent else Scale.IFCC
    measure = protocol.measure(settings.measure)
    try:
        reading = read_value(item, "", UNITS[have], measure, settings.below_limit)
    except UnitError as problem:
        return Reason(f"{measure.label}: {problem}")
    level, below = settled(reading.value, [reading], settings.below_limit)
    value = convert(level, have, settings.scale, settings.equation)
    through = printed_as(have, settings.scale, settings.equation)
    notes = (
        *notes_on([reading], UNITS[have], measure, settings.below_limit),
        *([f"the per cent is that of {have.value}"] if in_percent else []),
        *([f"from {have.value} to {settings.scale.value} by {through}"] if through else []),
    )
    return Value(finished(value), (item.entry,), notes, below)


METHOD: Final = Method(
    name="haemoglobin_a1c",
    label="Glycated haemoglobin on one scale",
    source=(
        "Master equations: NGSP % = 0.09148 IFCC + 2.152 (ngsp.org/ifcc.asp), or IFCC = 10.93 NGSP - 23.5 and "
        "IFCC = 10.11 Mono-S - 8.9 (ifcchba1c.org); each solved for the other direction"
    ),
    parse=parse,
    derive=derive,
    settings=_SETTINGS,
)
