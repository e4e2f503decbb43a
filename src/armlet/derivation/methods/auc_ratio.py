"""The ratio of two areas of one test, as of C-peptide to glucose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.conditions import Conditions
from armlet.derivation.derived import Answer, Reason, Value, finished
from armlet.derivation.methods import Method, Setting, SettingsReader
from armlet.derivation.timed import CURVE_SETTINGS, CurveSettings, derive_curve, minutes, read_curve_settings
from armlet.protocol.model import Endpoint, Protocol
from armlet.units import Quantity, UnitError, divide

_SETTINGS: Final = (*CURVE_SETTINGS, Setting("over", "the measure of the same test whose area is divided by"))


@dataclass(frozen=True, slots=True)
class RatioSettings:
    """The rules of both areas, which are the same, and the measure that is divided by."""

    curve: CurveSettings
    over: str


def parse(settings: Mapping[str, object], protocol: Protocol) -> RatioSettings:
    """Raises InputError with all that is amiss."""
    reader = SettingsReader(settings, protocol, _SETTINGS)
    curve = read_curve_settings(reader)
    read = RatioSettings(curve, reader.measure_beside("over", curve.activity))
    for name, measure in (("measure", curve.measure), ("over", read.over)):
        if measure and not reader.unit_of(measure):
            reader.add(name, f'the measure "{measure}" has no unit.', "Give it one among the measures.")
    if read.over and read.over == curve.measure:
        reader.add("over", "a measure divided by itself says nothing.", "Name another measure of the test.")
    reader.finish()
    return read


def derive(
    observations: Sequence[Observation], endpoint: Endpoint, settings: RatioSettings, protocol: Protocol
) -> Answer:
    """The mean of one curve divided by that of the other, in the endpoint's unit, such as nmol/mmol.

    Where both cover the same minutes this is the ratio of the areas; where they do not, a note says so.
    """
    below = replace(settings.curve, measure=settings.over, conditions=Conditions())
    measures = [protocol.measure(name) for name in (settings.curve.measure, settings.over)]
    units = [measure.unit or "" for measure in measures]
    upper = derive_curve(observations, settings.curve, protocol, units[0])
    if isinstance(upper, Reason):
        return upper
    lower = derive_curve(observations, below, protocol, units[1])
    if isinstance(lower, Reason):
        return Reason(f"{measures[1].label}: {lower.because}", lower.code)
    (level, is_below), (by, _) = upper.held(), lower.held()
    try:
        ratio = divide(Quantity(level, units[0]), Quantity(by, units[1]), endpoint.unit)
    except UnitError as problem:
        return Reason(f"the ratio: {problem}")
    notes = [*upper.notes, *(f"{measures[1].label}: {note}" for note in lower.notes)]
    if upper.span() != lower.span():
        notes.append(f"the two curves cover {minutes(upper.span())} and {minutes(lower.span())}: the ratio of means")
    entries = tuple(sorted({*upper.entries(), *lower.entries()}))
    return Value(finished(ratio.value), entries, tuple(notes), is_below)


METHOD: Final = Method(
    name="auc_ratio",
    label="Ratio of two areas of one test",
    source="C-peptide to glucose in a meal test, as in Diabetes 2022;71(Suppl 1):825-P (to be confirmed)",
    parse=parse,
    derive=derive,
    settings=_SETTINGS,
)
