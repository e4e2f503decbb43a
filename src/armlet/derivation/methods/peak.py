"""The stimulated peak: the highest level after the start of a timed test, up to a set time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.derived import Answer, Reason, Value, entries_of, finished, settled
from armlet.derivation.methods import Method
from armlet.derivation.peaks import PEAK_SETTINGS, PeakSettings, find_highest, parse_peak_settings
from armlet.protocol.model import Endpoint, Protocol


def derive(
    observations: Sequence[Observation], endpoint: Endpoint, settings: PeakSettings, protocol: Protocol
) -> Answer:
    """The maximum after `start` up to and with `end`, in the endpoint's unit; the earliest on ties, its time noted.

    A peak up to 120 min and one up to 240 min are different variables. One missing sample before the last leaves a
    value that may be too low, which is noted; without the last sample, or with two missing, there is none.
    """
    found = find_highest(observations, settings, protocol, endpoint.unit)
    if isinstance(found, Reason):
        return found
    level, below = settled(found.sample.reading.value, found.readings, settings.below_limit)
    return Value(finished(level), entries_of(found.readings), found.notes, below or found.sample.reading.below)


METHOD: Final = Method(
    name="peak",
    label="Highest level after the start",
    source="The maximum of the samples after the start, the first where several are equal",
    parse=parse_peak_settings,
    derive=derive,
    settings=PEAK_SETTINGS,
)
