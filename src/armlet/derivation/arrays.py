"""The same derivations for very many tests at once, in binary numbers: a row a test, a column a planned time.

The decimal path is the reference: it says what the rules are, and this one agrees with it to the last digits that
binary numbers carry, also in what has no value and why (a law of the tests). Whether the samples of a test suffice
depends only on which are there, so each pattern of gaps is judged once, by the decimal path's own rule; with planned
times an area is then a weighted sum of the levels, and the weights of a pattern are the areas of its unit curves.

Nothing that runs a trial imports this module: it alone of the package needs numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
import numpy.typing as npt

from armlet.derivation.derived import SHARE_OF_LIMIT, BelowLimit, Reading, Why
from armlet.derivation.timed import (
    DEFAULT_SAMPLING_WINDOW,
    BaselineValue,
    CurveRules,
    EarlyEnd,
    Gaps,
    Sample,
    Samples,
    StartMissing,
    Times,
    find_gap,
)
from armlet.errors import InputError
from armlet.issues import error
from armlet.units import Quantity

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.uint8]

CODES: Final = tuple(Why)
"""What a code above 0 says: code 1 is the first of these."""
MOST_TIMES: Final = 64
BLOCK: Final = 16_384
"""So many curves are drawn at once that their corners stay in the processor's cache."""
_SAME: Final = 1e-12
"""Two levels nearer than this share of them are equal: no laboratory and no binary number tells them apart."""


@dataclass(frozen=True, slots=True)
class TimedTests:
    """Timed tests of many people, checked by `of`.

    `minutes` are the planned times, ascending. `levels` has a row a test; where `below`, the limit stands there, and
    where not `present`, anything. `drawn` are the real minutes. None means: all present, none below, all on time.
    """

    minutes: Floats
    levels: Floats
    present: Flags | None = None
    drawn: Floats | None = None
    below: Flags | None = None

    @classmethod
    def of(
        cls,
        minutes: Sequence[float] | Floats,
        levels: npt.ArrayLike,
        present: npt.ArrayLike | None = None,
        drawn: npt.ArrayLike | None = None,
        below: npt.ArrayLike | None = None,
    ) -> TimedTests:
        """Raises InputError: times not ascending, shapes that differ, a present level that is no number or below 0."""
        tests = cls(
            np.asarray(minutes, dtype=np.float64),
            np.asarray(levels, dtype=np.float64),
            None if present is None else np.asarray(present, dtype=np.bool_),
            None if drawn is None else np.asarray(drawn, dtype=np.float64),
            None if below is None else np.asarray(below, dtype=np.bool_),
        )
        problem = _problem(tests)
        if problem:
            fix = "Give a row a test and a column a planned time; say with `present` what is missing."
            raise InputError([error("derivation/arrays", "tests", problem, fix)])
        return tests

    def rows(self, some: slice) -> TimedTests:
        """Some of the tests, without copying."""
        return TimedTests(
            self.minutes,
            self.levels[some],
            None if self.present is None else self.present[some],
            None if self.drawn is None else self.drawn[some],
            None if self.below is None else self.below[some],
        )

    def there(self) -> Flags:
        """Which levels are there, also where all are."""
        return np.ones(self.levels.shape, dtype=np.bool_) if self.present is None else self.present

    def counted(self, policy: BelowLimit) -> Floats:
        """The levels as they are reckoned with; not copied where none is below its limit."""
        if self.below is None:
            return self.levels
        return np.where(self.below, self.levels * float(SHARE_OF_LIMIT[policy]), self.levels)

    def at(self, times: Times) -> Floats:
        """The minute that each sample counts at, of the shape of the levels."""
        if times is Times.NOMINAL or self.drawn is None:
            return np.broadcast_to(self.minutes, self.levels.shape)
        return self.drawn


def _problem(tests: TimedTests) -> str:
    minutes, levels = tests.minutes, tests.levels
    if minutes.ndim != 1 or levels.ndim != 2 or levels.shape[1] != len(minutes):
        return f"levels have the shape {levels.shape} and there are {minutes.size} planned times."
    if not 2 <= len(minutes) <= MOST_TIMES or not np.isfinite(minutes).all() or (np.diff(minutes) <= 0).any():
        return f"the planned times must be 2 to {MOST_TIMES} ascending numbers; got {minutes.tolist()}."
    for name, part in (("present", tests.present), ("drawn", tests.drawn), ("below", tests.below)):
        if part is not None and part.shape != levels.shape:
            return f"{name} has the shape {part.shape}, the levels {levels.shape}."
    for name, part in (("level", levels), ("real time", tests.drawn)):
        bad = None if part is None else _first_bad(part, tests.present, may_be_negative=name != "level")
        if part is not None and bad is not None:
            row, column = bad
            return f"the {name} of test {row} at {minutes[column]:g} min is {part[row, column]}."
    return ""


def _first_bad(part: Floats, present: Flags | None, *, may_be_negative: bool) -> tuple[int, int] | None:
    good = np.isfinite(part) if may_be_negative else np.isfinite(part) & (part >= 0)
    bad = ~good if present is None else present & ~good
    if not bad.any():
        return None
    row, column = np.argwhere(bad)[0]
    return int(row), int(column)


@dataclass(frozen=True, slots=True)
class Column:
    """One variable of every test. `values` counts only where `why` is 0; elsewhere it is 0 and `why` has the code.

    `below`: the level is below what could be measured. There is no NaN in here: `with_gaps` and `items` show them.
    """

    values: Floats
    why: Codes
    below: Flags

    def with_gaps(self) -> np.ma.MaskedArray[tuple[int, ...], np.dtype[np.float64]]:
        """The values as numpy's array with gaps."""
        return np.ma.MaskedArray(self.values, mask=self.why > 0)

    def items(self) -> list[float | None]:
        """The values, None for a gap."""
        return [None if code else float(value) for value, code in zip(self.values, self.why, strict=True)]

    def reasons(self) -> list[str]:
        """Why there is no value, "" where there is one."""
        return [CODES[code - 1].value if code else "" for code in self.why.tolist()]


def rules(start: float, end: float, **choices: object) -> CurveRules:
    """The rules of an area from `start` to `end` in minutes; `choices` as in a protocol, such as end_missing="carry last".

    Raises ValueError for a word that is no choice, and TypeError for a rule that there is not.
    """
    named = {name: _chosen(name, value) for name, value in choices.items()}
    made: Callable[..., CurveRules] = CurveRules
    return made(start=Decimal(str(start)), end=Decimal(str(end)), **named)


def _chosen(name: str, value: object) -> object:
    default = getattr(CurveRules(start=Decimal(0), end=Decimal(1)), name, None)
    if isinstance(value, str) and isinstance(default, str):
        return type(default)(value)
    if isinstance(default, Decimal):
        return Decimal(str(value))
    return value


# --- Areas ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Curves:
    """Area and span of every curve, the level at its start, and the area above that level; `why` where there is none."""

    area: Floats
    span: Floats
    level: Floats
    above: Floats
    why: Codes


def derive_auc(tests: TimedTests, settings: CurveRules) -> Column:
    """The area under each curve, in the unit of the levels times minutes."""
    return _linear(tests, settings, lambda one: one.area, lambda level, span: level * span)


def derive_auc_mean(tests: TimedTests, settings: CurveRules) -> Column:
    """The area of each curve divided by the minutes that it really covers."""
    return _linear(tests, settings, lambda one: one.area / one.span, lambda level, _: level)


def derive_auc_incremental(tests: TimedTests, settings: CurveRules) -> Column:
    """The net area above the level of the start. Raises InputError for rules that have none."""
    _needs_lines(settings)
    found = _linear(tests, settings, lambda one: one.area - one.level * one.span, None)
    return _all_below(found, tests, settings)


def derive_auc_incremental_positive(tests: TimedTests, settings: CurveRules) -> Column:
    """The area above the level of the start, what is below it left out. Raises InputError for rules that have none."""
    _needs_lines(settings)
    _on_grid(tests, float(settings.start), float(settings.end))
    curves = _curves(tests, settings, _judged(tests, settings))
    nothing = np.zeros(len(curves.why), dtype=np.bool_)
    return _all_below(Column(_zeroed(curves.above, curves.why), curves.why, nothing), tests, settings)


def derive_auc_ratio(tests: TimedTests, over: TimedTests, settings: CurveRules) -> Column:
    """The mean of each curve divided by that of another measure of the same test; a mean of 0 divides nothing."""
    upper, lower = derive_auc_mean(tests, settings), derive_auc_mean(over, settings)
    empty = (lower.why == 0) & (lower.values == 0)
    why = np.where(upper.why > 0, upper.why, np.where(empty, _code(Why.OTHER), lower.why)).astype(np.uint8)
    values = np.divide(upper.values, lower.values, out=np.zeros_like(upper.values), where=why == 0)
    return Column(values, why, upper.below & (why == 0))


def _needs_lines(settings: CurveRules) -> None:
    message = ""
    if settings.gaps is Gaps.RENORMALISE:
        message = "renormalised weights give a mean, and no curve above its start."
    if settings.below_limit is BelowLimit.CENSORED:
        message = "a difference of levels cannot be censored."
    if message:
        raise InputError([error("derivation/arrays", "settings", message, "Choose another rule.")])


Combine = Callable[[_Curves], Floats]


def _linear(
    tests: TimedTests,
    settings: CurveRules,
    combine: Combine,
    at_limit: Callable[[Floats, Floats], Floats] | None,
) -> Column:
    """A variable that is a weighted sum of the levels where planned times are used; `at_limit` makes it of a limit."""
    if settings.gaps is Gaps.RENORMALISE and settings.times is not Times.NOMINAL:
        message = 'the weights of "renormalise" are those of the planned times.'
        raise InputError([error("derivation/arrays", "settings", message, 'Choose times="nominal".')])
    _on_grid(tests, float(settings.start), float(settings.end))
    planned = settings.times is Times.NOMINAL or tests.drawn is None
    if tests.present is None and tests.below is None and planned:
        return _complete(tests, settings, combine)
    judged = _judged(tests, settings)
    if planned:
        values, why, mean, span = _by_weights(tests, settings, combine, judged)
    else:
        curves = _curves(tests, settings, judged)
        safe = np.where(curves.why > 0, 1.0, curves.span)
        shown = _Curves(curves.area, safe, curves.level, curves.above, curves.why)
        values, why, mean, span = combine(shown), curves.why, curves.area / safe, safe
    if tests.below is None:
        return Column(_zeroed(values, why), why, np.zeros(len(values), dtype=np.bool_))
    below, limit = _under(tests, mean, judged.used)
    if settings.below_limit is BelowLimit.CENSORED and at_limit is not None:
        values = np.where(below, at_limit(limit, span), values)
    return Column(_zeroed(values, why), why, below & (why == 0))


def _complete(tests: TimedTests, settings: CurveRules, combine: Combine) -> Column:
    """Every sample there and measured, planned times: one matrix product over the columns that count."""
    everything = np.ones(len(tests.minutes), dtype=np.bool_)
    found = _weights(tests.minutes, everything, settings, combine)
    number = len(tests.levels)
    if isinstance(found, Why):
        return Column(np.zeros(number), np.full(number, _code(found), np.uint8), np.zeros(number, np.bool_))
    columns = _columns(found[0] != 0)
    return Column(
        _weighted(tests.levels[:, columns], found[0][columns]), np.zeros(number, np.uint8), np.zeros(number, np.bool_)
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """The patterns of gaps: which samples each has, the pattern of each test, its code, and the samples it would use."""

    patterns: Flags
    of_test: npt.NDArray[np.intp]
    codes: Codes
    uses: Flags

    @property
    def used(self) -> Flags:
        return self.uses[self.of_test]


def _judged(tests: TimedTests, settings: CurveRules) -> _Judged:
    """Each pattern judged once, by the rule of the decimal path."""
    patterns, of_test = _patterns(tests.there())
    codes = np.array([_code(_judge(one, tests.minutes, settings)) for one in patterns], dtype=np.uint8)
    uses = np.array([_uses(one, tests.minutes, settings) for one in patterns], dtype=np.bool_)
    shape = (len(patterns), len(tests.minutes))
    return _Judged(patterns, of_test, codes.reshape(len(patterns)), uses.reshape(shape))


def _patterns(present: Flags) -> tuple[Flags, npt.NDArray[np.intp]]:
    """The different rows of a table of flags, and which of them each row is."""
    packed = np.packbits(present, axis=1)
    if packed.shape[1] == 1:
        seen = np.bincount(packed[:, 0], minlength=256) > 0
        place = np.cumsum(seen) - 1
        keys, of_test = np.flatnonzero(seen).astype(np.uint8)[:, None], place[packed[:, 0]]
    else:
        wide = np.zeros((len(packed), 8), dtype=np.uint8)
        wide[:, : packed.shape[1]] = packed
        found, of_test = np.unique(wide.view(np.uint64)[:, 0], return_inverse=True)
        keys = found[:, None].view(np.uint8)[:, : packed.shape[1]]
    return np.unpackbits(keys, axis=1, count=present.shape[1]).astype(np.bool_), of_test.astype(np.intp)


def _judge(pattern: Flags, minutes: Floats, settings: CurveRules) -> Why | None:
    """Why a test with these samples has no value, by the decimal path's own rule, or None."""
    planned = [Decimal(str(minute)) for minute in minutes.tolist()]
    nothing = Quantity(Decimal(0), "1")
    sample = {
        time: Sample(time, "", Reading("", nothing, Decimal(0), Decimal(0), 0, below=False))
        for time, there in zip(planned, pattern.tolist(), strict=True)
        if there
    }
    samples = Samples(sample, {time: "" for time in planned if time not in sample})
    if settings.gaps is Gaps.RENORMALISE:
        missing = samples.missing_between(settings.start, settings.end)
        too_many = len(missing) > settings.most_missing or not samples.between(settings.start, settings.end)
        return Why.MISSING if too_many else None
    reason = find_gap(samples, settings)
    return None if reason is None else reason.code


def _uses(pattern: Flags, minutes: Floats, settings: CurveRules) -> Flags:
    """The samples that a value would stand on."""
    start, end = float(settings.start), float(settings.end)
    used = pattern & (minutes > start) & (minutes <= end)
    basal = pattern & (minutes <= start)
    at_start = pattern & (minutes == start)
    if settings.gaps is Gaps.RENORMALISE and not at_start.any():
        return used
    if settings.baseline_value is BaselineValue.MEAN_OF_BASAL:
        return used | basal
    if basal.any():
        used = used.copy()
        used[np.flatnonzero(basal)[-1]] = True
    return used


def _weights(
    minutes: Floats, pattern: Flags, settings: CurveRules, combine: Combine
) -> tuple[Floats, Floats, float] | Why:
    """What each level counts in a variable and in the mean, with the span: the values of the pattern's unit curves."""
    why = _judge(pattern, minutes, settings)
    if why is not None:
        return why
    number = len(minutes)
    if settings.gaps is Gaps.RENORMALISE:
        curves = _renormalised_units(minutes, pattern, settings)
    else:
        units = TimedTests(minutes, np.eye(number), np.broadcast_to(pattern, (number, number)))
        curves = _curves(units, settings, _judged(units, settings))
    if curves.why.any():
        return CODES[int(curves.why[0]) - 1]
    return combine(curves), curves.area / curves.span, float(curves.span[0])


def _renormalised_units(minutes: Floats, pattern: Flags, settings: CurveRules) -> _Curves:
    start, end, number = float(settings.start), float(settings.end), len(minutes)
    inside = (minutes >= start) & (minutes <= end)
    grid = minutes[inside]
    planned = np.zeros(number)
    planned[inside] = (np.append(grid[1:], grid[-1]) - np.append(grid[:1], grid[:-1])) / 2
    weights = np.where(pattern, planned, 0.0)
    weights *= (end - start) / weights.sum()
    basal = pattern & (minutes <= start)
    if settings.baseline_value is BaselineValue.MEAN_OF_BASAL and (pattern & (minutes == start)).any():
        shared = weights[minutes == start].sum() / basal.sum()
        weights = np.where(basal, shared, weights)
    nothing = np.zeros(number)
    return _Curves(weights, np.full(number, end - start), nothing, nothing, np.zeros(number, np.uint8))


def _by_weights(
    tests: TimedTests, settings: CurveRules, combine: Combine, judged: _Judged
) -> tuple[Floats, Codes, Floats, Floats]:
    """Values, codes, means and spans where planned times are used: for each pattern one matrix product."""
    levels, number = tests.counted(settings.below_limit), len(tests.levels)
    values, mean, span = np.zeros(number), np.zeros(number), np.ones(number)
    why = np.zeros(number, dtype=np.uint8)
    for place, rows in _rows_of_patterns(judged):
        found = _weights(tests.minutes, judged.patterns[place], settings, combine)
        if isinstance(found, Why):
            values[rows], span[rows], why[rows] = 0.0, 1.0, _code(found)
            continue
        columns = _columns(judged.uses[place])
        own = levels[rows][:, columns]
        values[rows], span[rows], why[rows] = _weighted(own, found[0][columns]), found[2], 0
        if tests.below is not None:
            mean[rows] = _weighted(own, found[1][columns])
    return values, why, mean, span


def _rows_of_patterns(judged: _Judged) -> Iterator[tuple[int, slice | npt.NDArray[np.intp]]]:
    """The rows of each pattern. The commonest comes first and with all rows, whose values the others then replace."""
    commonest = int(np.bincount(judged.of_test, minlength=1).argmax())
    yield commonest, slice(None)
    others = np.flatnonzero(judged.of_test != commonest)
    patterns = judged.of_test[others]
    order = np.argsort(patterns, kind="stable")
    sorted_patterns, rows = patterns[order], others[order]
    edges = np.searchsorted(sorted_patterns, np.arange(len(judged.patterns) + 1))
    for place in range(len(judged.patterns)):
        if edges[place] < edges[place + 1]:
            yield place, rows[edges[place] : edges[place + 1]]


def _weighted(levels: Floats, weights: Floats) -> Floats:
    """The weighted sum of each row. Not by BLAS, whose threads cost more than the sums of so few columns.

    What is not present may be no number; such rows are replaced afterwards, so nothing is to be warned of.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        summed: Floats = np.einsum("ij,j->i", levels, weights)
    return summed


def _columns(used: Flags) -> slice | npt.NDArray[np.intp]:
    """The columns used, as a slice where they stand side by side: then nothing is copied."""
    places = np.flatnonzero(used)
    if not len(places):
        return slice(0, 1)
    first, last = int(places[0]), int(places[-1])
    return slice(first, last + 1) if last - first + 1 == len(places) else places


def _curves(tests: TimedTests, settings: CurveRules, judged: _Judged) -> _Curves:
    """Every curve corner by corner, by the rules of the decimal path; so many at once as the processor keeps near."""
    blocks = [slice(first, first + BLOCK) for first in range(0, max(len(tests.levels), 1), BLOCK)]
    made = [_block(tests.rows(block), settings, judged.codes[judged.of_test[block]]) for block in blocks]
    if len(made) == 1:
        return made[0]
    parts = zip(*((one.area, one.span, one.level, one.above) for one in made), strict=True)
    area, span, level, above = (np.concatenate(part) for part in parts)
    return _Curves(area, span, level, above, np.concatenate([one.why for one in made]))


def _block(tests: TimedTests, settings: CurveRules, codes: Codes) -> _Curves:
    """The curves of one block of tests, a column at a time; `codes` are those of their patterns."""
    start, end = float(settings.start), float(settings.end)
    present: Flags = np.asfortranarray(tests.there())
    at: Floats = np.asfortranarray(tests.at(settings.times))
    levels: Floats = np.asfortranarray(tests.counted(settings.below_limit))
    level, minute = _starts(tests, settings, levels, at)
    x, y, x0 = minute.copy(), level.copy(), minute
    area, above = np.zeros_like(x), np.zeros_like(x)
    disorder, followed = np.zeros(len(x), dtype=np.bool_), np.zeros(len(x), dtype=np.bool_)
    for column in np.flatnonzero((tests.minutes > start) & (tests.minutes <= end)):
        here = present[:, column]
        right, height = np.where(here, at[:, column], x), np.where(here, levels[:, column], y)
        disorder |= here & (x >= right)
        width, until = _cut(x, y, right, height, end)
        area += width * (y + until) / 2
        above += width * _mean_above_zero(y - level, until - level)
        x, y, followed = right, height, followed | here
    rest = np.where(followed & _carried(present, tests.minutes, settings), np.maximum(end - x, 0.0), 0.0)
    area += rest * y
    above += rest * np.maximum(y - level, 0.0)
    why = codes.copy()
    why[(why == 0) & disorder] = _code(Why.ORDER)
    why[(why == 0) & (~followed | (x0 >= end))] = _code(Why.TOO_FEW)
    return _Curves(area, np.minimum(x + rest, end) - x0, level, above, why)


def _starts(tests: TimedTests, settings: CurveRules, levels: Floats, at: Floats) -> tuple[Floats, Floats]:
    """The level at the start of each curve and its minute; what is drawn before the start counts at the start."""
    start, present = float(settings.start), tests.there()
    basal = np.flatnonzero(tests.minutes <= start)
    level, total, many = (np.zeros(len(levels)) for _ in range(3))
    for column in basal:
        here = present[:, column]
        level = np.where(here, levels[:, column], level)
        total += np.where(here, levels[:, column], 0.0)
        many += here
    exact = tests.minutes[basal] == start
    minute = np.full(len(levels), start)
    if exact.any():
        zero = int(basal[exact][0])
        alone = present[:, zero]
        if settings.baseline_value is BaselineValue.MEAN_OF_BASAL:
            alone = alone & (many == 1)
        minute = np.where(alone, np.maximum(np.where(alone, at[:, zero], start), start), start)
    if settings.baseline_value is BaselineValue.MEAN_OF_BASAL:
        level = total / np.maximum(many, 1)
    return level, minute


def _cut(x: Floats, y: Floats, right: Floats, height: Floats, end: float) -> tuple[Floats, Floats]:
    """The width of each line up to the end of the span, and its height where it is cut."""
    width = np.maximum(np.minimum(right, end) - np.minimum(x, end), 0.0)
    way = np.where(right > x, right - x, 1.0)
    crossing = (right > end) & (x < end)
    return width, np.where(crossing, y + (height - y) * (end - x) / way, height)


def _mean_above_zero(left: Floats, right: Floats) -> Floats:
    """The mean height above zero of lines from one height to another."""
    top, bottom = np.maximum(left, right), np.minimum(left, right)
    fall = np.where(top > bottom, top - bottom, 1.0)
    return np.where(bottom >= 0, (left + right) / 2, np.where(top <= 0, 0.0, top * top / (2 * fall)))


def _carried(present: Flags, minutes: Floats, settings: CurveRules) -> Flags:
    """Whether the last value is carried to the end: the last sample is missing, or early where the rules say so."""
    last = int(np.flatnonzero(minutes == float(settings.end))[0])
    return ~present[:, last] if settings.early_end is EarlyEnd.OWN_SPAN else np.ones(len(present), dtype=np.bool_)


# --- Below the limit ------------------------------------------------------------------------------------------------


def _measured(number: int) -> tuple[Flags, Floats]:
    return np.zeros(number, dtype=np.bool_), np.zeros(number)


def _under(tests: TimedTests, level: Floats, used: Flags) -> tuple[Flags, Floats]:
    """Whether each level is below what could be measured, and the largest limit among the samples that it stands on."""
    if tests.below is None:
        return _measured(len(level))
    low = tests.below & used
    limit = np.where(low, tests.levels, 0.0).max(axis=1)
    every = (low == used).all(axis=1)
    return low.any(axis=1) & (every | (level < limit * (1 - _SAME))), limit


def _all_below(found: Column, tests: TimedTests, settings: CurveRules) -> Column:
    """The column of an increment, marked where no sample could be measured."""
    if tests.below is None:
        return found
    used = _judged(tests, settings).used
    return Column(found.values, found.why, ((tests.below & used) == used).all(axis=1) & (found.why == 0))


def _code(why: Why | None) -> int:
    return 0 if why is None else CODES.index(why) + 1


def _zeroed(values: Floats, why: Codes) -> Floats:
    return np.where(why > 0, 0.0, values) if why.any() else values


# --- Single levels --------------------------------------------------------------------------------------------------


def derive_peak(tests: TimedTests, start: float, end: float, below_limit: BelowLimit = BelowLimit.HALF) -> Column:
    """The highest level after `start` up to and with `end`, planned minutes."""
    columns, why, top = _highest(tests, start, end, below_limit)
    values = np.take_along_axis(tests.counted(below_limit)[:, columns], top[:, None], axis=1)[:, 0]
    below, values = _settled(tests, columns, values, below_limit)
    if tests.below is not None:
        below = below | np.take_along_axis(tests.below[:, columns], top[:, None], axis=1)[:, 0]
    return Column(_zeroed(values, why), why, below & (why == 0))


def derive_time_to_peak(
    tests: TimedTests, start: float, end: float, times: Times = Times.ACTUAL, below_limit: BelowLimit = BelowLimit.HALF
) -> Column:
    """The minute of the highest level, the earliest of equal ones; none where that level is below its limit."""
    columns, why, top = _highest(tests, start, end, below_limit)
    minute = np.take_along_axis(tests.at(times)[:, columns], top[:, None], axis=1)[:, 0]
    if tests.below is not None:
        low = np.take_along_axis(tests.below[:, columns], top[:, None], axis=1)[:, 0]
        why = np.where((why == 0) & low, _code(Why.NO_PEAK), why).astype(np.uint8)
    return Column(_zeroed(minute.astype(np.float64), why), why, np.zeros(len(why), dtype=np.bool_))


def _highest(
    tests: TimedTests, start: float, end: float, policy: BelowLimit
) -> tuple[npt.NDArray[np.intp], Codes, npt.NDArray[np.intp]]:
    """The columns after the start, the codes, and the place of the maximum among those columns."""
    _on_grid(tests, start, end)
    columns = np.flatnonzero((tests.minutes > start) & (tests.minutes <= end))
    there = tests.there()[:, columns]
    levels = np.where(there, tests.counted(policy)[:, columns], -1.0)
    missing = (~there).sum(axis=1)
    why = np.where((missing > 1) | ~there[:, -1], _code(Why.MISSING), 0).astype(np.uint8)
    return columns, why, levels.argmax(axis=1)


def _on_grid(tests: TimedTests, *moments: float) -> None:
    strange = [one for one in moments if one not in tests.minutes.tolist()]
    if strange or list(moments) != sorted(set(moments)):
        message = f"{', '.join(f'{one:g}' for one in moments)} min: expected planned times in order."
        raise InputError([error("derivation/arrays", "settings", message, f"Use {tests.minutes.tolist()}.")])


def _settled(
    tests: TimedTests, columns: npt.NDArray[np.intp], level: Floats, policy: BelowLimit
) -> tuple[Flags, Floats]:
    """Whether a level made of these columns is below what could be measured, and the level that counts."""
    used = np.zeros(tests.levels.shape, dtype=np.bool_)
    used[:, columns] = tests.there()[:, columns]
    below, limit = _under(tests, level, used)
    return below, np.where(below, limit, level) if policy is BelowLimit.CENSORED else level


def derive_fasting(
    tests: TimedTests,
    baseline_value: BaselineValue = BaselineValue.MEAN_OF_BASAL,
    below_limit: BelowLimit = BelowLimit.HALF,
) -> Column:
    """The mean of the samples up to 0 min that there are, or the level at 0 min alone."""
    at_start = baseline_value is BaselineValue.AT_START
    columns = np.flatnonzero(tests.minutes == 0 if at_start else tests.minutes <= 0)
    there = tests.there()[:, columns]
    many = there.sum(axis=1)
    why = np.where(many == 0, _code(Why.MISSING), 0).astype(np.uint8)
    total = np.where(there, tests.counted(below_limit)[:, columns], 0.0).sum(axis=1)
    below, values = _settled(tests, columns, total / np.maximum(many, 1), below_limit)
    return Column(_zeroed(values, why), why, below & (why == 0))


def derive_stimulated(
    tests: TimedTests,
    at: float,
    sampling_window: float = float(DEFAULT_SAMPLING_WINDOW),
    times: Times = Times.ACTUAL,
    below_limit: BelowLimit = BelowLimit.HALF,
) -> Column:
    """The level of the sample drawn nearest to a moment; none where none is in the window."""
    nearest, why = _nearest(tests, at, sampling_window, times)
    values = np.take_along_axis(tests.counted(below_limit), nearest[:, None], axis=1)[:, 0]
    below = np.zeros(len(values), dtype=np.bool_)
    if tests.below is not None:
        below = np.take_along_axis(tests.below, nearest[:, None], axis=1)[:, 0]
        limit = np.take_along_axis(tests.levels, nearest[:, None], axis=1)[:, 0]
        values = np.where(below, limit, values) if below_limit is BelowLimit.CENSORED else values
    return Column(_zeroed(values, why), why, below & (why == 0))


def _nearest(tests: TimedTests, moment: float, window: float, times: Times) -> tuple[npt.NDArray[np.intp], Codes]:
    """The column of the sample nearest to a moment, the earlier of two as near, and the codes."""
    minute, there = tests.at(times), tests.there()
    far = float(np.finfo(np.float64).max)
    off = np.where(there, np.abs(np.where(there, minute, 0.0) - moment), far)
    closest = off.min(axis=1)
    tied = np.where(off == closest[:, None], np.where(there, minute, far), far)
    return tied.argmin(axis=1), np.where(closest > window, _code(Why.MISSING), 0).astype(np.uint8)


def derive_stimulated_rise(
    tests: TimedTests,
    at: float,
    sampling_window: float = float(DEFAULT_SAMPLING_WINDOW),
    times: Times = Times.ACTUAL,
    below_limit: BelowLimit = BelowLimit.HALF,
    baseline_value: BaselineValue = BaselineValue.AT_START,
    start_missing: StartMissing = StartMissing.PREVIOUS_SAMPLE,
) -> Column:
    """The level of the sample nearest to a moment minus that at 0 min. Raises InputError for the policy `censored`."""
    basal = CurveRules(
        start=Decimal(0),
        end=Decimal(1),
        baseline_value=baseline_value,
        start_missing=start_missing,
        below_limit=below_limit,
    )
    _needs_lines(basal)
    _on_grid(tests, 0.0)
    level, _ = _starts(tests, basal, tests.counted(below_limit), tests.at(times))
    there, before = tests.there(), tests.minutes <= 0
    nearest, why = _nearest(tests, at, sampling_window, times)
    everybody = np.arange(len(level))
    has_start = there[:, tests.minutes == 0][:, 0]
    none = ~there[:, before].any(axis=1) if start_missing is StartMissing.PREVIOUS_SAMPLE else ~has_start
    patterns, of_test = _patterns(there)
    used = np.array([_uses(one, tests.minutes, basal) for one in patterns]).reshape(-1, len(before))[of_test] & before
    same = used[everybody, nearest]
    why = np.where(none | same, _code(Why.MISSING), why).astype(np.uint8)
    values = tests.counted(below_limit)[everybody, nearest] - level
    used[everybody, nearest] = True
    low = np.zeros(len(level), dtype=np.bool_)
    if tests.below is not None:
        low = ((tests.below & used) == used).all(axis=1)
    return Column(_zeroed(values, why), why, low & (why == 0))
