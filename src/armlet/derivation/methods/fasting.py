"""The fasting level: the mean of the samples drawn at or before the start of a timed test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.conditions import CONDITION_SETTINGS, Conditions, condition_notes, read_conditions
from armlet.derivation.derived import (
    Answer,
    BelowLimit,
    Reason,
    Value,
    Why,
    entries_of,
    finished,
    mean,
    notes_on,
    settled,
)
from armlet.derivation.methods import Method, Setting, SettingsReader
from armlet.derivation.timed import LIMIT_SETTING, SAMPLE_SETTINGS, BaselineValue, minutes, read_samples
from armlet.protocol.model import ActivityKind, Endpoint, Protocol

_START: Final = Decimal(0)
_SETTINGS: Final = (
    *SAMPLE_SETTINGS,
    Setting(
        "baseline_value",
        "`mean of basal`: of all samples up to 0 min that there are; `at start`: the 0 min sample alone",
        "mean of basal",
        "a choice of this program: both conventions are in use",
    ),
    LIMIT_SETTING,
    *CONDITION_SETTINGS,
)


@dataclass(frozen=True, slots=True)
class FastingSettings:
    """Which samples of which test, and what stands for a value below the limit."""

    activity: str
    measure: str
    below_limit: BelowLimit = BelowLimit.HALF
    baseline_value: BaselineValue = BaselineValue.MEAN_OF_BASAL
    conditions: Conditions = field(default_factory=Conditions)


def parse(settings: Mapping[str, object], protocol: Protocol) -> FastingSettings:
    """Raises InputError with all that is amiss, also for a test that has no sample at or before its start."""
    reader = SettingsReader(settings, protocol, _SETTINGS)
    activity = reader.activity(ActivityKind.TIMED_SAMPLES)
    grid = reader.grid(activity)
    if grid and min(grid) > _START:
        reader.add("activity", f'"{activity}" has no sample at or before 0 min.', "Name a test that has one.")
    read = FastingSettings(
        activity,
        reader.measure(activity),
        reader.choice("below_limit", BelowLimit.HALF),
        reader.choice("baseline_value", BaselineValue.MEAN_OF_BASAL),
        read_conditions(reader, activity),
    )
    if grid and read.baseline_value is BaselineValue.AT_START and _START not in grid:
        reader.add("baseline_value", f'"{activity}" has no sample at 0 min.', "Use the mean of the basal samples.")
    reader.finish()
    return read


def derive(
    observations: Sequence[Observation], endpoint: Endpoint, settings: FastingSettings, protocol: Protocol
) -> Answer:
    """The mean of those fasting samples that there are (one suffices), in the endpoint's unit; a note names them.

    With the sample at the start alone there is no value where that one is missing.
    """
    samples = read_samples(observations, settings, protocol, endpoint.unit)
    if isinstance(samples, Reason):
        return samples
    first = (
        min((*samples.by_minute, *samples.missing)) if settings.baseline_value is not BaselineValue.AT_START else _START
    )
    used = samples.between(first, _START)
    missing = samples.missing_between(first, _START)
    if not used:
        return Reason(f"no fasting sample: missing at {samples.lacking(missing)}", Why.MISSING)
    readings = [sample.reading for sample in used]
    level, below = settled(mean([reading.value for reading in readings]), readings, settings.below_limit)
    measure = protocol.measure(settings.measure)
    notes = (
        f"mean of the samples at {', '.join(minutes(sample.nominal) for sample in used)}",
        *([f"missing at {samples.lacking(missing)}"] if missing else []),
        *notes_on(readings, endpoint.unit, measure, settings.below_limit),
        *condition_notes(observations, settings.activity, settings.conditions, protocol),
    )
    return Value(finished(level), entries_of(readings), notes, below)


METHOD: Final = Method(
    name="fasting",
    label="Fasting level",
    source="The mean of the basal samples there are; using the 0 min sample alone is another convention",
    parse=parse,
    derive=derive,
    settings=_SETTINGS,
)
