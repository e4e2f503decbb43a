"""Samples drawn at set times after a start, and the area under the straight lines that join them.

Minutes count from the start of the test (time 0). Every gap, late sample and value below the limit is handled by a rule
that the protocol's settings name, and said in a note; what no rule covers gives a reason instead of a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final
from typing import Protocol as Shape

from armlet.conduct.observation import Observation
from armlet.derivation.conditions import CONDITION_SETTINGS, Conditions, condition_notes, read_conditions
from armlet.derivation.derived import (
    EXACT,
    BelowLimit,
    Reading,
    Reason,
    Why,
    entries_of,
    mean,
    notes_on,
    read_value,
    settled,
)
from armlet.derivation.methods import Setting, SettingsReader, grid_minutes
from armlet.protocol.criteria import Measure
from armlet.protocol.model import ActivityKind, Protocol
from armlet.units import Quantity, UnitError, format_decimal, parse_unit

DEFAULT_SAMPLING_WINDOW: Final = Decimal(10)
"""Minutes; a choice of this program, as wide as the widest window of a usual meal test: protocols should narrow it."""

_CHOICE: Final = "a choice of this program"
SAMPLE_SETTINGS: Final = (
    Setting("activity", "the timed test"),
    Setting("measure", "what is measured in its samples"),
)
SPAN_SETTINGS: Final = (
    Setting("from", "the planned time at which the span starts"),
    Setting("to", "the planned time at which it ends; two ends are two variables"),
)
LIMIT_SETTING: Final = Setting(
    "below_limit",
    "what stands for a value below the limit of detection: `half`, `zero`, `limit`, or `censored` (half among others; "
    "a level that is below the limit as a whole is the limit, marked as at most that, for a tobit model)",
    "half",
    "half the limit as in public C-peptide data of TrialNet and ITN trials (to be confirmed for the assay at hand)",
)
TIMES_SETTING: Final = Setting(
    "times", "`actual` or `nominal` times; a sample without a real time counts at its planned one", "actual", _CHOICE
)
WINDOW_SETTING: Final = Setting(
    "sampling_window",
    "how far from its planned time a sample may be drawn without a note",
    f"{DEFAULT_SAMPLING_WINDOW} min",
    _CHOICE,
)
BASAL_SETTINGS: Final = (
    Setting(
        "baseline_value",
        "the value at the start: `at start` (the sample there) or `mean of basal` (the mean of all up to it)",
        "at start",
        "TrialNet data; the mean is the option `average` of CpeptideTools",
    ),
    Setting(
        "start_missing",
        "a missing start: `previous sample` stands for it, or `not evaluable`",
        "previous sample",
        _CHOICE,
    ),
)
CURVE_SETTINGS: Final = (
    *SAMPLE_SETTINGS,
    *SPAN_SETTINGS,
    TIMES_SETTING,
    *BASAL_SETTINGS,
    Setting(
        "interior_gap",
        "one missing sample between start and end: a straight line (`chord`) or `not evaluable`; two are never evaluable",
        "chord",
        "CpeptideTools, option `weighted_average`, does so for gaps that do not follow each other; one at most is ours",
    ),
    Setting(
        "end_missing",
        "a missing last sample: `not evaluable`, or `carry last` (a sensitivity analysis)",
        "not evaluable",
        _CHOICE,
    ),
    Setting(
        "early_end",
        "a last sample drawn early: `own span` (the mean is over the minutes covered) or `carry last` to the end",
        "own span",
        _CHOICE,
    ),
    Setting(
        "gaps",
        "`by part` (each by its own setting) or `renormalise`: the weights of the planned times, over those there are; "
        "needs nominal times",
        "by part",
        "`renormalise` is AUCimputed of the public DiViDInt analysis (github.com/ericaponzi/DiViDInt-R-code)",
    ),
    Setting("most_missing", "how many samples `renormalise` may lack", "1", _CHOICE + "; DiViDInt sets no bound"),
    LIMIT_SETTING,
    WINDOW_SETTING,
    *CONDITION_SETTINGS,
)


class Times(StrEnum):
    """Whether areas use the real times of the samples or those of the protocol."""

    ACTUAL = "actual"
    NOMINAL = "nominal"


class BaselineValue(StrEnum):
    """The value at the start: of the sample there, or the mean of all samples up to it."""

    AT_START = "at start"
    MEAN_OF_BASAL = "mean of basal"


class InteriorGap(StrEnum):
    """What one missing sample between the first and the last means: a straight line across, or no value."""

    CHORD = "chord"
    NOT_EVALUABLE = "not evaluable"


class StartMissing(StrEnum):
    """What stands for a missing sample at the start: the last one before it, or nothing."""

    PREVIOUS_SAMPLE = "previous sample"
    NOT_EVALUABLE = "not evaluable"


class EndMissing(StrEnum):
    """What stands for a missing last sample: nothing, or the one before it (a sensitivity analysis)."""

    NOT_EVALUABLE = "not evaluable"
    CARRY_LAST = "carry last"


class EarlyEnd(StrEnum):
    """What the minutes after a last sample that was drawn early count: nothing, or its level."""

    OWN_SPAN = "own span"
    CARRY_LAST = "carry last"


class Gaps(StrEnum):
    """How gaps are treated: each by its own rule, or by the planned weights over the samples that there are."""

    BY_PART = "by part"
    RENORMALISE = "renormalise"


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveRules:
    """The rules of an area under a curve; `start`, `end` and `sampling_window` in minutes."""

    start: Decimal
    end: Decimal
    times: Times = Times.ACTUAL
    baseline_value: BaselineValue = BaselineValue.AT_START
    interior_gap: InteriorGap = InteriorGap.CHORD
    start_missing: StartMissing = StartMissing.PREVIOUS_SAMPLE
    end_missing: EndMissing = EndMissing.NOT_EVALUABLE
    early_end: EarlyEnd = EarlyEnd.OWN_SPAN
    gaps: Gaps = Gaps.BY_PART
    most_missing: int = 1
    below_limit: BelowLimit = BelowLimit.HALF
    sampling_window: Decimal = DEFAULT_SAMPLING_WINDOW


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveSettings(CurveRules):
    """The rules of an area, and of which test and measure it is."""

    activity: str
    measure: str
    conditions: Conditions = field(default_factory=Conditions)


def parse_curve_settings(settings: Mapping[str, object], protocol: Protocol) -> CurveSettings:
    """The settings that every area shares. Raises InputError with all that is amiss."""
    reader = SettingsReader(settings, protocol, CURVE_SETTINGS)
    read = read_curve_settings(reader)
    reader.finish()
    return read


def read_curve_settings(reader: SettingsReader) -> CurveSettings:
    """The same from a reader that has more to read; nothing may be used before its `finish`."""
    activity = reader.activity(ActivityKind.TIMED_SAMPLES)
    measure = reader.measure(activity)
    start, end = read_span(reader, reader.grid(activity))
    read = CurveSettings(
        activity=activity,
        measure=measure,
        start=start,
        end=end,
        times=reader.choice("times", Times.ACTUAL),
        baseline_value=reader.choice("baseline_value", BaselineValue.AT_START),
        interior_gap=reader.choice("interior_gap", InteriorGap.CHORD),
        start_missing=reader.choice("start_missing", StartMissing.PREVIOUS_SAMPLE),
        end_missing=reader.choice("end_missing", EndMissing.NOT_EVALUABLE),
        early_end=reader.choice("early_end", EarlyEnd.OWN_SPAN),
        gaps=reader.choice("gaps", Gaps.BY_PART),
        most_missing=reader.whole("most_missing") or 1,
        below_limit=reader.choice("below_limit", BelowLimit.HALF),
        sampling_window=read_window(reader),
        conditions=read_conditions(reader, activity),
    )
    if read.gaps is Gaps.RENORMALISE and read.times is not Times.NOMINAL:
        reader.add("gaps", 'the weights of "renormalise" are those of the planned times.', 'Add times: "nominal".')
    return read


def read_window(reader: SettingsReader) -> Decimal:
    """The setting `sampling_window` in minutes."""
    window = reader.minutes("sampling_window", DEFAULT_SAMPLING_WINDOW)
    if window < 0:
        reader.add("sampling_window", f"a window cannot be negative; got {window} min.", 'For example "5 min".')
    return window


def needs_uncensored(reader: SettingsReader, policy: BelowLimit) -> None:
    """An issue where a difference of two levels is asked for with the policy `censored`, which it cannot have."""
    if policy is BelowLimit.CENSORED:
        message = 'a difference of levels is not known "at most"; it cannot be censored.'
        reader.add("below_limit", message, 'Use "half", "zero" or "limit".')


def needs_lines(reader: SettingsReader, rules: CurveRules) -> None:
    """An issue where the curve itself is asked for and renormalised weights would give its mean alone."""
    if rules.gaps is Gaps.RENORMALISE:
        reader.add("gaps", "renormalised weights give a mean, and no curve above its start.", 'Use "by part".')


def parse_incremental_settings(settings: Mapping[str, object], protocol: Protocol) -> CurveSettings:
    """The settings of an area above the level at the start. Raises InputError with all that is amiss."""
    reader = SettingsReader(settings, protocol, CURVE_SETTINGS)
    read = read_curve_settings(reader)
    needs_lines(reader, read)
    needs_uncensored(reader, read.below_limit)
    reader.finish()
    return read


def read_span(reader: SettingsReader, grid: tuple[Decimal, ...]) -> tuple[Decimal, Decimal]:
    """The settings `from` and `to` in minutes: two sample times of the activity, the first before the second."""
    start, end = reader.minutes("from"), reader.minutes("to")
    reader.on_grid("from", start, grid)
    reader.on_grid("to", end, grid)
    if not reader.is_sound("from", "to"):
        return start, end
    if start > end:
        reader.add("to", f"the span ends ({format_decimal(end)} min) before it starts.", "Exchange from and to.")
    if start == end:
        reader.add("to", "the span has no length.", "Let it end at a later sample.")
    return start, end


# --- Samples --------------------------------------------------------------------------------------------------------


class SampledSettings(Shape):
    """What the settings of every method on timed samples say: the activity, the measure, values below the limit."""

    @property
    def activity(self) -> str: ...

    @property
    def measure(self) -> str: ...

    @property
    def below_limit(self) -> BelowLimit: ...


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample that has a value. `nominal` in minutes; `actual` is the real time as reported, "" where none was."""

    nominal: Decimal
    actual: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class Samples:
    """What there is of one test: the samples by nominal minute, and why each other time of the grid has none."""

    by_minute: Mapping[Decimal, Sample]
    missing: Mapping[Decimal, str]

    def between(self, first: Decimal, last: Decimal) -> tuple[Sample, ...]:
        """The samples with nominal times from `first` to `last`, both included, in order."""
        return tuple(self.by_minute[time] for time in sorted(self.by_minute) if first <= time <= last)

    def up_to(self, last: Decimal) -> tuple[Sample, ...]:
        """The samples with nominal times up to and with `last`, in order."""
        return tuple(self.by_minute[time] for time in sorted(self.by_minute) if time <= last)

    def missing_between(self, first: Decimal, last: Decimal) -> tuple[Decimal, ...]:
        """The nominal times without a value from `first` to `last`, both included, in order."""
        return tuple(time for time in sorted(self.missing) if first <= time <= last)

    def lacking(self, times: Iterable[Decimal]) -> str:
        """In words: which samples are missing and why."""
        return ", ".join(f"{minutes(time)} ({self.missing[time]})" for time in times)


def minutes(time: Decimal) -> str:
    """A time in words, such as ``90 min``."""
    return f"{format_decimal(time)} min"


def read_samples(
    observations: Sequence[Observation], settings: SampledSettings, protocol: Protocol, unit: str
) -> Samples | Reason:
    """The samples of one test in `unit`.

    A Reason where a sample lies outside the activity's times, stands twice, or has a unit that cannot be converted.
    """
    grid = grid_minutes(protocol.activity(settings.activity).at)
    own = [item for item in observations if item.activity == settings.activity and item.measure == settings.measure]
    measure = protocol.measure(settings.measure)
    if not own:
        return Reason(f"no result of {measure.label} is recorded", Why.NO_RESULT)
    by_minute = _by_minute(own, grid)
    if isinstance(by_minute, Reason):
        return by_minute
    samples = _read_all(by_minute, measure, unit, settings.below_limit)
    if isinstance(samples, Reason):
        return samples
    missing = {time: _why_missing(by_minute.get(time)) for time in grid if time not in samples}
    return Samples(samples, missing)


def _by_minute(own: Sequence[Observation], grid: tuple[Decimal, ...]) -> dict[Decimal, Observation] | Reason:
    by_minute = dict[Decimal, Observation]()
    for item in sorted(own, key=lambda observation: observation.entry):
        time = _read_minutes(item.sample)
        if time is None or time not in grid:
            listed = ", ".join(format_decimal(known) for known in grid)
            return Reason(f"the sample {item.sample!r} is none of the planned times ({listed} min)")
        if time in by_minute:
            return Reason(f"the {minutes(time)} sample stands twice (entries {by_minute[time].entry}, {item.entry})")
        by_minute[time] = item
    return by_minute


def _read_all(
    by_minute: Mapping[Decimal, Observation], measure: Measure, unit: str, policy: BelowLimit
) -> dict[Decimal, Sample] | Reason:
    samples = dict[Decimal, Sample]()
    for time, item in by_minute.items():
        if item.quantity is None:
            continue
        try:
            reading = read_value(item, minutes(time), unit, measure, policy)
        except UnitError as problem:
            return Reason(f"the {minutes(time)} sample: {problem}")
        if reading.full < 0:
            return Reason(f"the {minutes(time)} sample is negative ({reading.reported})")
        samples[time] = Sample(time, item.actual, reading)
    return samples


def _read_minutes(text: str) -> Decimal | None:
    try:
        return Quantity.parse(text).to("min").value
    except UnitError:
        return None


def _why_missing(item: Observation | None) -> str:
    return item.missing.value if item is not None and item.missing is not None else "not recorded"


# --- The curve ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Point:
    """A corner of the curve: minutes from the start of the test, and the level there."""

    minute: Decimal
    level: Decimal


@dataclass(frozen=True, slots=True)
class Curve:
    """Straight lines through at least two points, inside the span that the protocol asks for, perhaps short of it.

    `level` is that at the start. `weighted` is the mean where it comes from renormalised weights, not from the lines.
    """

    points: tuple[Point, ...]
    readings: tuple[Reading, ...]
    notes: tuple[str, ...]
    level: Decimal
    policy: BelowLimit
    weighted: Decimal | None = None

    def area(self) -> Decimal:
        """By the linear trapezoidal rule, in the unit of the readings times minutes; what is censored is at most this."""
        held, _ = self.held()
        if self.weighted is not None or held != self.mean():
            return EXACT.multiply(held, self.span())
        return self._trapezoids()

    def area_above(self, level: Decimal) -> Decimal:
        """The area between the curve and a level, only where the curve is above it: lines are cut where they meet it."""
        total = Decimal(0)
        for left, right in pairwise(self.points):
            width = EXACT.subtract(right.minute, left.minute)
            rise, fall = EXACT.subtract(left.level, level), EXACT.subtract(right.level, level)
            total = EXACT.add(total, EXACT.multiply(width, _mean_above_zero(rise, fall)))
        return total

    def _trapezoids(self) -> Decimal:
        total = Decimal(0)
        for left, right in pairwise(self.points):
            width = EXACT.subtract(right.minute, left.minute)
            doubled = EXACT.multiply(width, EXACT.add(left.level, right.level))
            total = EXACT.add(total, doubled)
        return EXACT.divide(total, Decimal(2))

    def span(self) -> Decimal:
        """The minutes that the curve really covers: a mean is the area over this, never over the planned span."""
        return EXACT.subtract(self.points[-1].minute, self.points[0].minute)

    def mean(self) -> Decimal:
        """The area divided by the span, in the unit of the readings, before anything is censored."""
        return self.weighted if self.weighted is not None else EXACT.divide(self._trapezoids(), self.span())

    def held(self) -> tuple[Decimal, bool]:
        """The mean that counts, and whether it is below what could be measured."""
        return settled(self.mean(), self.readings, self.policy)

    def entries(self) -> tuple[int, ...]:
        """The ledger entries that the curve stands on, ascending."""
        return entries_of(self.readings)

    def is_below_limit(self) -> bool:
        """Whether the mean level is below what could be measured."""
        return self.held()[1]


def _mean_above_zero(left: Decimal, right: Decimal) -> Decimal:
    """The mean height above zero of a line from one height to another."""
    if left >= 0 and right >= 0:
        return EXACT.divide(EXACT.add(left, right), Decimal(2))
    top, bottom = max(left, right), min(left, right)
    if top <= 0:
        return Decimal(0)
    return EXACT.divide(EXACT.multiply(top, top), EXACT.multiply(Decimal(2), EXACT.subtract(top, bottom)))


@dataclass(frozen=True, slots=True)
class _Part:
    """Points of one part of the curve with what they stand on."""

    points: tuple[Point, ...]
    readings: tuple[Reading, ...]
    notes: tuple[str, ...] = ()


def derive_curve(
    observations: Sequence[Observation], settings: CurveSettings, protocol: Protocol, unit: str
) -> Curve | Reason:
    """The curve of one test, levels in `unit`, from `settings.start` to `settings.end` or as far as it was followed."""
    samples = read_samples(observations, settings, protocol, unit)
    if isinstance(samples, Reason):
        return samples
    curve = _renormalised(samples, settings) if settings.gaps is Gaps.RENORMALISE else _lines(samples, settings)
    if isinstance(curve, Reason):
        return curve
    notes = (
        *curve.notes,
        *notes_on(curve.readings, unit, protocol.measure(settings.measure), settings.below_limit),
        *condition_notes(observations, settings.activity, settings.conditions, protocol),
    )
    return replace(curve, notes=notes)


def _lines(samples: Samples, settings: CurveRules) -> Curve | Reason:
    """The curve with each gap treated by its own rule."""
    gap = find_gap(samples, settings)
    if gap is not None:
        return gap
    drawn = _drawn(samples, settings)
    if isinstance(drawn, Reason):
        return drawn
    parts = (_start(samples, drawn, settings), _followed(samples, drawn, settings))
    points = tuple(point for part in parts for point in part.points)
    disorder = _disorder(points, settings)
    if disorder is not None:
        return disorder
    within, clipping = _within_span(points, settings)
    notes = (*(note for part in parts for note in part.notes), *_time_notes(samples, drawn, settings), *clipping)
    readings = tuple(reading for part in parts for reading in part.readings)
    return Curve(within, readings, notes, points[0].level, settings.below_limit)


def _renormalised(samples: Samples, settings: CurveRules) -> Curve | Reason:
    """The mean by the planned trapezoidal weights over the samples there are; the points only say the planned span."""
    missing = samples.missing_between(settings.start, settings.end)
    grid = sorted((*missing, *(one.nominal for one in samples.between(settings.start, settings.end))))
    if len(missing) > settings.most_missing or len(missing) == len(grid):
        return Reason(f"not evaluable: missing at {samples.lacking(missing)}", Why.MISSING)
    used: dict[Decimal, tuple[Sample, ...]] = {
        one.nominal: (one,) for one in samples.between(settings.start, settings.end)
    }
    if settings.baseline_value is BaselineValue.MEAN_OF_BASAL and settings.start in used:
        used[settings.start] = samples.up_to(settings.start)
    levels = {time: mean([one.reading.value for one in several]) for time, several in used.items()}
    weights = dict(zip(grid, trapezoid_weights(grid), strict=True))
    total = Decimal(0)
    for time, level in levels.items():
        total = EXACT.add(total, EXACT.multiply(weights[time], level))
    shared = sum((weights[time] for time in levels), start=Decimal(0))
    first = levels[min(levels)]
    points = (Point(settings.start, first), Point(settings.end, first))
    notes = (f"missing at {samples.lacking(missing)}: planned weights over the other samples",) if missing else ()
    readings = tuple(one.reading for time in sorted(used) for one in used[time])
    return Curve(points, readings, notes, first, settings.below_limit, EXACT.divide(total, shared))


def trapezoid_weights(grid: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """What each of ascending times counts in an area by the trapezoidal rule: half the way to each neighbour."""
    before = (grid[0], *grid[:-1])
    after = (*grid[1:], grid[-1])
    return tuple(
        EXACT.divide(EXACT.subtract(right, left), Decimal(2)) for left, right in zip(before, after, strict=True)
    )


def find_gap(samples: Samples, settings: CurveRules) -> Reason | None:
    """Why the samples there are do not suffice, or None: every missing time that matters is named."""
    missing = samples.missing_between(settings.start, settings.end)
    if not missing:
        return None
    interior = [time for time in missing if settings.start < time < settings.end]
    allowed = 1 if settings.interior_gap is InteriorGap.CHORD else 0
    too_many = len(interior) > allowed
    no_start = settings.start in missing and not basal_samples(samples, settings)
    no_end = settings.end in missing and (
        settings.end_missing is EndMissing.NOT_EVALUABLE or _before(settings.end, samples) in interior
    )
    if not (too_many or no_start or no_end):
        return None
    return Reason(f"not evaluable: missing at {samples.lacking(missing)}", Why.MISSING)


class BasalRules(Shape):
    """What the settings of a method that needs the level at the start say."""

    @property
    def start(self) -> Decimal: ...

    @property
    def baseline_value(self) -> BaselineValue: ...

    @property
    def start_missing(self) -> StartMissing: ...


def basal_samples(samples: Samples, rules: BasalRules) -> tuple[Sample, ...]:
    """The samples that make the level at the start; none where nothing may stand for a missing one."""
    basal = samples.up_to(rules.start)
    if rules.start in samples.missing and rules.start_missing is StartMissing.NOT_EVALUABLE:
        return ()
    return basal if rules.baseline_value is BaselineValue.MEAN_OF_BASAL else basal[-1:]


def _before(time: Decimal, samples: Samples) -> Decimal | None:
    """The planned time just before another one."""
    earlier = [known for known in (*samples.by_minute, *samples.missing) if known < time]
    return max(earlier, default=None)


def _drawn(samples: Samples, settings: CurveRules) -> Mapping[Decimal, Decimal] | Reason:
    """The minute that each sample up to the end counts at, by its nominal time."""
    return times_of(samples.up_to(settings.end), settings.times)


def times_of(samples: Iterable[Sample], times: Times) -> Mapping[Decimal, Decimal] | Reason:
    """The minute that each sample counts at, by its nominal time; a Reason where a real time is no time."""
    drawn = dict[Decimal, Decimal]()
    for sample in samples:
        actual = _read_minutes(sample.actual) if sample.actual else sample.nominal
        if times is Times.NOMINAL:
            actual = sample.nominal
        if actual is None:
            expected = "expected minutes from the start of the test, such as '31 min'"
            return Reason(f"the real time {sample.actual!r} of the {minutes(sample.nominal)} sample: {expected}")
        drawn[sample.nominal] = actual
    return drawn


def _start(samples: Samples, drawn: Mapping[Decimal, Decimal], settings: CurveRules) -> _Part:
    """The first point. A basal value counts at the start, also when drawn earlier; one drawn later keeps its time."""
    used = basal_samples(samples, settings)
    readings = tuple(sample.reading for sample in used)
    level = mean([reading.value for reading in readings])
    alone = used[0].nominal if len(used) == 1 else None
    minute = max(drawn[settings.start], settings.start) if alone == settings.start else settings.start
    return _Part((Point(minute, level),), readings, tuple(basal_notes(samples, used, settings)))


def basal_notes(samples: Samples, used: Sequence[Sample], settings: BasalRules) -> Iterable[str]:
    """What a reader must know of the level at the start."""
    at = ", ".join(minutes(sample.nominal) for sample in used)
    if settings.start in samples.missing:
        yield f"missing at {samples.lacking([settings.start])}: the sample at {at} stands for it"
    if settings.baseline_value is BaselineValue.MEAN_OF_BASAL:
        yield f"value at the start: mean of the samples at {at}"


def _followed(samples: Samples, drawn: Mapping[Decimal, Decimal], settings: CurveRules) -> _Part:
    """All points after the first, a carried last value included."""
    after = [sample for sample in samples.between(settings.start, settings.end) if sample.nominal != settings.start]
    points = [Point(drawn[sample.nominal], sample.reading.value) for sample in after]
    notes = [
        f"missing at {samples.lacking([time])}: straight line across"
        for time in samples.missing_between(settings.start, settings.end)
        if settings.start < time < settings.end
    ]
    if settings.end in samples.missing and after:
        notes.append(f"missing at {samples.lacking([settings.end])}: the value at {minutes(after[-1].nominal)} carried")
    elif points and settings.early_end is EarlyEnd.CARRY_LAST and points[-1].minute < settings.end:
        notes.append(f"the last sample was drawn at {minutes(points[-1].minute)}: its value carried to the end")
    else:
        return _Part(tuple(points), tuple(sample.reading for sample in after), tuple(notes))
    if points[-1].minute < settings.end:
        points.append(Point(settings.end, points[-1].level))
    return _Part(tuple(points), tuple(sample.reading for sample in after), tuple(notes))


def _disorder(points: Sequence[Point], settings: CurveRules) -> Reason | None:
    """Why the real times make no curve, or None."""
    for left, right in pairwise(points):
        if left.minute >= right.minute:
            pair = f"{minutes(left.minute)} and then {minutes(right.minute)}"
            return Reason(f"the real times of the samples are not in the order of the plan: {pair}", Why.ORDER)
    if len(points) < 2 or points[0].minute >= settings.end:
        return Reason(f"no two samples up to {minutes(settings.end)}", Why.TOO_FEW)
    return None


def _within_span(points: Sequence[Point], settings: CurveRules) -> tuple[tuple[Point, ...], tuple[str, ...]]:
    """The curve cut at the end of the span, on the chord that crosses it; a curve that ends earlier stays short."""
    inside = [point for point in points if point.minute <= settings.end]
    last = inside[-1]
    if len(inside) < len(points) and last.minute < settings.end:
        beyond = points[len(inside)]
        inside.append(Point(settings.end, _on_chord(last, beyond, settings.end)))
        note = f"cut at {minutes(settings.end)} on the line to the sample drawn at {minutes(beyond.minute)}"
        return tuple(inside), (note,)
    if points[0].minute != settings.start or last.minute != settings.end:
        covered = f"{format_decimal(points[0].minute)} to {minutes(last.minute)}"
        planned = f"{format_decimal(settings.start)} to {minutes(settings.end)}"
        return tuple(inside), (f"covers {covered} of the planned {planned}",)
    return tuple(inside), ()


def _on_chord(left: Point, right: Point, minute: Decimal) -> Decimal:
    """The level on the straight line between two points."""
    rise = EXACT.subtract(right.level, left.level)
    way = EXACT.subtract(minute, left.minute)
    return EXACT.add(left.level, EXACT.divide(EXACT.multiply(rise, way), EXACT.subtract(right.minute, left.minute)))


def _time_notes(samples: Samples, drawn: Mapping[Decimal, Decimal], settings: CurveRules) -> Iterable[str]:
    if settings.times is Times.NOMINAL:
        return
    used = samples.between(settings.start, settings.end)
    for sample in used:
        actual = drawn[sample.nominal]
        if EXACT.abs(EXACT.subtract(actual, sample.nominal)) > settings.sampling_window:
            off = f"more than {minutes(settings.sampling_window)} off; its real time is used"
            yield f"the {minutes(sample.nominal)} sample was drawn at {minutes(actual)}, {off}"
    untimed = [minutes(sample.nominal) for sample in used if not sample.actual]
    if untimed:
        yield f"no real time reported for {', '.join(untimed)}: the planned time is used"


def level_unit(area_unit: str, measure: Measure) -> str:
    """The unit of the levels whose area is in `area_unit`: one that people write where there is one."""
    written = re.sub(r"\.(min|h)(?![A-Za-z0-9])", "", area_unit)
    for candidate in (written, measure.unit, *measure.also_in):
        if candidate is not None and _makes(candidate, area_unit):
            return candidate
    return f"{area_unit}/min"


def _makes(level: str, area_unit: str) -> bool:
    try:
        return parse_unit(f"{level}.min").dimension == parse_unit(area_unit).dimension
    except UnitError:
        return False
