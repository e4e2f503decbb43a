"""The stimulated peak: the highest level after the start of a timed test, up to a set time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.derived import Answer, BelowLimit, Reason, Value, entries_of, finished, notes_on
from armlet.derivation.methods import Method, SettingsReader
from armlet.derivation.timed import Samples, minutes, read_samples, read_span
from armlet.protocol.model import ActivityKind, Endpoint, Protocol


@dataclass(frozen=True, slots=True)
class PeakSettings:
    """Which test, after which minute and up to which (planned times), and what stands for a value below the limit."""

    activity: str
    measure: str
    start: Decimal
    end: Decimal
    below_limit: BelowLimit = BelowLimit.HALF


def parse(settings: Mapping[str, object], protocol: Protocol) -> PeakSettings:
    """Raises InputError with all that is amiss."""
    reader = SettingsReader(settings, protocol, ("activity", "measure", "from", "to", "below_limit"))
    activity = reader.activity(ActivityKind.TIMED_SAMPLES)
    measure = reader.measure(activity)
    start, end = read_span(reader, reader.grid(activity))
    read = PeakSettings(activity, measure, start, end, reader.choice("below_limit", BelowLimit.HALF))
    reader.finish()
    return read


def derive(
    observations: Sequence[Observation], endpoint: Endpoint, settings: PeakSettings, protocol: Protocol
) -> Answer:
    """The maximum after `start` up to and with `end`, in the endpoint's unit; the earliest on ties, its time noted.

    A peak up to 120 min and one up to 240 min are different variables. One missing sample before the last leaves a
    value that may be too low, which is noted; without the last sample, or with two missing, there is none.
    """
    samples = read_samples(observations, settings, protocol, endpoint.unit)
    if isinstance(samples, Reason):
        return samples
    missing = [time for time in samples.missing_between(settings.start, settings.end) if time > settings.start]
    if len(missing) > 1 or settings.end in missing:
        return Reason(f"not evaluable: missing at {samples.lacking(missing)}")
    return _highest(samples, missing, endpoint, settings, protocol)


def _highest(
    samples: Samples, missing: Sequence[Decimal], endpoint: Endpoint, settings: PeakSettings, protocol: Protocol
) -> Value:
    after = [sample for sample in samples.between(settings.start, settings.end) if sample.nominal > settings.start]
    top = max(after, key=lambda sample: (sample.reading.value, -sample.nominal))
    readings = [sample.reading for sample in after]
    drawn = f" (drawn at {top.actual})" if top.actual else ""
    notes = (
        f"highest at {minutes(top.nominal)}{drawn}",
        *([f"missing at {samples.lacking(missing)}: the peak may be too low"] if missing else []),
        *notes_on(readings, endpoint.unit, protocol.measure(settings.measure), settings.below_limit),
    )
    return Value(finished(top.reading.value), entries_of(readings), notes, top.reading.below)


METHOD: Final = Method(
    name="peak",
    label="Highest level after the start",
    source="The maximum of the samples after the start, the first where several are equal",
    parse=parse,
    derive=derive,
)
