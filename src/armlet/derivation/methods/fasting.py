"""The fasting level: the mean of the samples drawn at or before the start of a timed test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.derived import (
    Answer,
    BelowLimit,
    Reason,
    Value,
    entries_of,
    finished,
    is_below_limit,
    mean,
    notes_on,
)
from armlet.derivation.methods import Method, SettingsReader
from armlet.derivation.timed import minutes, read_samples
from armlet.protocol.model import ActivityKind, Endpoint, Protocol

_START: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class FastingSettings:
    """Which samples of which test, and what stands for a value below the limit."""

    activity: str
    measure: str
    below_limit: BelowLimit = BelowLimit.HALF


def parse(settings: Mapping[str, object], protocol: Protocol) -> FastingSettings:
    """Raises InputError with all that is amiss, also for a test that has no sample at or before its start."""
    reader = SettingsReader(settings, protocol, ("activity", "measure", "below_limit"))
    activity = reader.activity(ActivityKind.TIMED_SAMPLES)
    grid = reader.grid(activity)
    if grid and min(grid) > _START:
        reader.add("activity", f'"{activity}" has no sample at or before 0 min.', "Name a test that has one.")
    read = FastingSettings(activity, reader.measure(activity), reader.choice("below_limit", BelowLimit.HALF))
    reader.finish()
    return read


def derive(
    observations: Sequence[Observation], endpoint: Endpoint, settings: FastingSettings, protocol: Protocol
) -> Answer:
    """The mean of those fasting samples that there are (one suffices), in the endpoint's unit; a note names them."""
    samples = read_samples(observations, settings, protocol, endpoint.unit)
    if isinstance(samples, Reason):
        return samples
    used = samples.up_to(_START)
    missing = [time for time in sorted(samples.missing) if time <= _START]
    if not used:
        return Reason(f"no fasting sample: missing at {samples.lacking(missing)}")
    readings = [sample.reading for sample in used]
    level = mean([reading.value for reading in readings])
    measure = protocol.measure(settings.measure)
    notes = (
        f"mean of the samples at {', '.join(minutes(sample.nominal) for sample in used)}",
        *([f"missing at {samples.lacking(missing)}"] if missing else []),
        *notes_on(readings, endpoint.unit, measure, settings.below_limit),
    )
    return Value(finished(level), entries_of(readings), notes, is_below_limit(level, readings))


METHOD: Final = Method(
    name="fasting",
    label="Fasting level",
    source="The mean of the basal samples there are; using the 0 min sample alone is another convention",
    parse=parse,
    derive=derive,
)
