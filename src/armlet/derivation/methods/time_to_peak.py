"""The time of the stimulated peak: the minute of the highest level after the start of a timed test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.derived import Answer, Reason, Value, Why, entries_of, finished
from armlet.derivation.methods import Method
from armlet.derivation.peaks import PEAK_SETTINGS, PeakSettings, find_highest, parse_peak_settings
from armlet.protocol.model import Endpoint, Protocol
from armlet.units import Quantity, UnitError


def derive(
    observations: Sequence[Observation], endpoint: Endpoint, settings: PeakSettings, protocol: Protocol
) -> Answer:
    """The minutes from the start of the test to the earliest maximum, in the endpoint's unit of time.

    A test whose highest value is below the limit of detection has no peak, and so no time of one.
    """
    measure = protocol.measure(settings.measure)
    if measure.unit is None:
        return Reason(f"{measure.label} has no unit")
    found = find_highest(observations, settings, protocol, measure.unit)
    if isinstance(found, Reason):
        return found
    if found.sample.reading.below:
        return Reason("the highest level is below the limit of detection: there is no peak", Why.NO_PEAK)
    try:
        time = Quantity(found.minute, "min").to(endpoint.unit).value
    except UnitError as problem:
        return Reason(f"the time of the peak: {problem}")
    return Value(finished(time), entries_of(found.readings), found.notes)


METHOD: Final = Method(
    name="time_to_peak",
    label="Time of the highest level after the start",
    source="The time of the maximum of the samples after the start, the first where several are equal",
    parse=parse_peak_settings,
    derive=derive,
    settings=PEAK_SETTINGS,
)
