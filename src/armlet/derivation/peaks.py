"""Single levels of a timed test: the highest, and the one nearest to a moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.conditions import CONDITION_SETTINGS, Conditions, condition_notes, read_conditions
from armlet.derivation.derived import EXACT, BelowLimit, Reading, Reason, Why, notes_on
from armlet.derivation.methods import Setting, SettingsReader
from armlet.derivation.timed import (
    BASAL_SETTINGS,
    DEFAULT_SAMPLING_WINDOW,
    LIMIT_SETTING,
    SAMPLE_SETTINGS,
    SPAN_SETTINGS,
    TIMES_SETTING,
    BaselineValue,
    Sample,
    Samples,
    StartMissing,
    Times,
    minutes,
    read_samples,
    read_span,
    read_window,
    times_of,
)
from armlet.protocol.model import ActivityKind, Protocol

PEAK_SETTINGS: Final = (*SAMPLE_SETTINGS, *SPAN_SETTINGS, TIMES_SETTING, LIMIT_SETTING, *CONDITION_SETTINGS)
MOMENT_SETTINGS: Final = (
    *SAMPLE_SETTINGS,
    Setting("at", "the moment asked for; the sample drawn nearest to it counts, the earlier of two as near"),
    TIMES_SETTING,
    Setting(
        "sampling_window",
        "how far from the moment a sample may be drawn at most",
        f"{DEFAULT_SAMPLING_WINDOW} min",
        "a choice of this program",
    ),
    LIMIT_SETTING,
    *CONDITION_SETTINGS,
)
RISE_SETTINGS: Final = (*MOMENT_SETTINGS, *BASAL_SETTINGS)


@dataclass(frozen=True, slots=True)
class PeakSettings:
    """Which test, after which minute and up to which (planned times), and what stands for a value below the limit."""

    activity: str
    measure: str
    start: Decimal
    end: Decimal
    times: Times = Times.ACTUAL
    below_limit: BelowLimit = BelowLimit.HALF
    conditions: Conditions = field(default_factory=Conditions)


def parse_peak_settings(settings: Mapping[str, object], protocol: Protocol) -> PeakSettings:
    """Raises InputError with all that is amiss."""
    reader = SettingsReader(settings, protocol, PEAK_SETTINGS)
    activity = reader.activity(ActivityKind.TIMED_SAMPLES)
    measure = reader.measure(activity)
    start, end = read_span(reader, reader.grid(activity))
    times, policy = reader.choice("times", Times.ACTUAL), reader.choice("below_limit", BelowLimit.HALF)
    read = PeakSettings(activity, measure, start, end, times, policy, read_conditions(reader, activity))
    reader.finish()
    return read


@dataclass(frozen=True, slots=True)
class Found:
    """One sample of a test, the minute that it counts at, all readings looked at, and what a reader must know."""

    sample: Sample
    minute: Decimal
    readings: tuple[Reading, ...]
    notes: tuple[str, ...]


def find_highest(
    observations: Sequence[Observation], settings: PeakSettings, protocol: Protocol, unit: str
) -> Found | Reason:
    """The sample with the maximum after `start` up to and with `end`, levels in `unit`; the earliest on ties.

    One missing sample before the last leaves a value that may be too low, which is noted; without the last sample, or
    with two missing, there is none.
    """
    samples = read_samples(observations, settings, protocol, unit)
    if isinstance(samples, Reason):
        return samples
    missing = [time for time in samples.missing_between(settings.start, settings.end) if time > settings.start]
    if len(missing) > 1 or settings.end in missing:
        return Reason(f"not evaluable: missing at {samples.lacking(missing)}", Why.MISSING)
    after = [one for one in samples.between(settings.start, settings.end) if one.nominal > settings.start]
    drawn = times_of(after, settings.times)
    if isinstance(drawn, Reason):
        return drawn
    top = max(after, key=lambda sample: (sample.reading.value, -sample.nominal))
    readings = tuple(sample.reading for sample in after)
    at = f" (drawn at {top.actual})" if top.actual else ""
    notes = (
        f"highest at {minutes(top.nominal)}{at}",
        *([f"missing at {samples.lacking(missing)}: the peak may be too low"] if missing else []),
        *notes_on(readings, unit, protocol.measure(settings.measure), settings.below_limit),
        *condition_notes(observations, settings.activity, settings.conditions, protocol),
    )
    return Found(top, drawn[top.nominal], readings, notes)


@dataclass(frozen=True, slots=True)
class MomentSettings:
    """Which moment of which test, in minutes; for a rise also what its level at the start (0 min) is made of."""

    activity: str
    measure: str
    at: Decimal
    times: Times = Times.ACTUAL
    sampling_window: Decimal = DEFAULT_SAMPLING_WINDOW
    below_limit: BelowLimit = BelowLimit.HALF
    conditions: Conditions = field(default_factory=Conditions)
    start: Decimal = Decimal(0)
    baseline_value: BaselineValue = BaselineValue.AT_START
    start_missing: StartMissing = StartMissing.PREVIOUS_SAMPLE


def read_moment_settings(reader: SettingsReader) -> MomentSettings:
    """The settings of a moment; nothing may be used before the reader's `finish`."""
    activity = reader.activity(ActivityKind.TIMED_SAMPLES)
    measure, grid, at = reader.measure(activity), reader.grid(activity), reader.minutes("at")
    if grid and reader.is_sound("at") and not max(Decimal(0), min(grid)) <= at <= max(grid):
        reader.add("at", f"{minutes(at)} is not within the test.", "Name a moment between its start and last sample.")
    return MomentSettings(
        activity,
        measure,
        at,
        reader.choice("times", Times.ACTUAL),
        read_window(reader),
        reader.choice("below_limit", BelowLimit.HALF),
        read_conditions(reader, activity),
        Decimal(0),
        reader.choice("baseline_value", BaselineValue.AT_START),
        reader.choice("start_missing", StartMissing.PREVIOUS_SAMPLE),
    )


def find_nearest(samples: Samples, settings: MomentSettings) -> Found | Reason:
    """The sample drawn nearest to the moment, the earlier of two as near; a Reason where none is in the window."""
    everyone = samples.between(min(samples.by_minute, default=Decimal(0)), max(samples.by_minute, default=Decimal(0)))
    drawn = times_of(everyone, settings.times)
    if isinstance(drawn, Reason):
        return drawn
    off = {time: EXACT.abs(EXACT.subtract(minute, settings.at)) for time, minute in drawn.items()}
    inside = [time for time in drawn if off[time] <= settings.sampling_window]
    if not inside:
        window = f"within {minutes(settings.sampling_window)} of {minutes(settings.at)}"
        lost = samples.missing_between(settings.at - settings.sampling_window, settings.at + settings.sampling_window)
        which = f": missing at {samples.lacking(lost)}" if lost else ""
        return Reason(f"no sample {window}{which}", Why.MISSING)
    nearest = min(inside, key=lambda time: (off[time], drawn[time]))
    sample = samples.by_minute[nearest]
    at = f" drawn at {sample.actual}" if sample.actual and settings.times is Times.ACTUAL else ""
    return Found(sample, drawn[nearest], (sample.reading,), (f"the {minutes(nearest)} sample{at}",))
