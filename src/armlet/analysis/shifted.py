"""Statistics that a shift of one arm does not move in proportion: ranks, trimmed means, and Yuen's t.

For a trial shift the values of the observed arm are moved back by it and the statistic is taken anew, so the interval
is found by trying shifts: exactly for ranks, which change only at the differences between two people, and by a grid
and halving for the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from armlet.analysis.contrasts import difference_in_means, joined
from armlet.analysis.randomisation import (
    PORTION,
    ROUNDING,
    Bits,
    Flags,
    Lists,
    OneArmEmpty,
    ReferenceSet,
    StatisticOf,
    Statistics,
    p_value,
)
from armlet.analysis.ranks import doubled_mid_ranks
from armlet.analysis.transforms import Floats

TOLERANCE = 1e-6
"""Limits found by halving lie at most this share of the values' range outside those of the test."""

EVERY_STEP = 2_000
"""Steps of ranks that are all tried, from outside inwards; of more, the limits are found by halving."""

GRID = 64
"""Points between the estimate and a shift that is rejected, tried from outside inwards."""

FAR = 1e6
"""A shift so many times the spread of the values shows whether any shift is ever rejected."""

_DOUBLINGS = 20

StatisticAt = Callable[[Floats], StatisticOf]
"""The statistic of values, for tables of assignments."""


def mean_ranks(values: Floats) -> StatisticOf:
    """Mean mid-rank of the one arm minus that of the reference: Wilcoxon's statistic where the numbers are fixed."""
    return difference_in_means(doubled_mid_ranks(values) / 2, np.zeros(values.size))


def trimmed_means(values: Floats, trim: float) -> StatisticOf:
    """Difference of means without the lowest and highest `trim` of each arm, rounded down to whole people."""
    return _by_order(values, trim, is_t=False)


def yuen_t(values: Floats, trim: float) -> StatisticOf:
    """That difference by Yuen's standard error, from Winsorised sums of squares (Biometrika 1974, 61, 165-170)."""
    return _by_order(values, trim, is_t=True)


def _by_order(values: Floats, trim: float, *, is_t: bool) -> StatisticOf:
    order = np.argsort(values, kind="stable")
    ordered = values[order] - float(np.median(values))
    noise = np.array([ROUNDING * float(np.abs(values).max())])

    def judge(assigned: Bits) -> Statistics:
        table = assigned[:, order].astype(np.bool_)
        first, second = _arm(table, ordered, trim), _arm(~table, ordered, trim)
        error = first.squared_error + second.squared_error
        flat = np.square(ROUNDING * max(float(np.abs(ordered).max()), 1e-300)) * values.size
        left = np.minimum(first.left, second.left)
        defined = (left > 1) & (error > flat) if is_t else left > 0
        difference = np.where(defined, first.mean - second.mean, 0.0)
        scale = np.sqrt(np.where(defined, error, 1.0)) if is_t else np.ones(1)
        return Statistics(difference / scale, np.zeros(len(table)), defined, noise / scale)

    return judge


@dataclass(frozen=True, slots=True)
class _Trimmed:
    """One arm in each list: how many are left, their mean (0 of nobody), and its squared standard error (0 below two)."""

    left: Floats
    mean: Floats
    squared_error: Floats


def _arm(table: Flags, ordered: Floats, trim: float) -> _Trimmed:
    place = np.cumsum(table, axis=1)
    number = place[:, -1:]
    cut = np.floor(trim * number + 1e-9).astype(np.int64)
    kept = table & (place > cut) & (place <= number - cut)
    left = kept.sum(axis=1).astype(np.float64)
    total, people, cuts = kept @ ordered, np.maximum(number[:, 0], 1), cut[:, 0]
    lowest = ordered[np.argmax(kept, axis=1)]
    highest = ordered[kept.shape[1] - 1 - np.argmax(kept[:, ::-1], axis=1)]
    winsorised = (total + cuts * (lowest + highest)) / people
    squares = kept @ np.square(ordered) + cuts * (np.square(lowest) + np.square(highest))
    spread = np.maximum(squares - people * np.square(winsorised), 0.0)
    return _Trimmed(left, total / np.maximum(left, 1), spread / np.maximum(left * (left - 1), 1))


@dataclass(frozen=True, slots=True)
class Search:
    """All that a trial shift is tried on."""

    reference: ReferenceSet
    observed: Floats
    values: Floats
    statistic: StatisticAt
    empty: OneArmEmpty
    alpha: float

    def p_at(self, shift: float) -> float:
        """The two-sided p of the hypothesis that the observed arm has this much more."""
        statistic = self.statistic(self.values - shift * self.observed)
        seen = statistic(self.observed[np.newaxis, :].astype(np.int8))
        if not seen.defined[0]:
            return 1.0
        return p_value(lists_of(self.reference, statistic)[0], seen, self.empty)

    def accepts(self, shift: float) -> bool:
        """Whether the test keeps this shift."""
        return self.p_at(shift) > self.alpha + 1e-12


def lists_of(reference: ReferenceSet, statistic: StatisticOf) -> tuple[Lists, Flags]:
    """The statistics of a set of assignments, made in portions, and which of them exist."""
    starts = range(0, len(reference.assigned), PORTION)
    every = joined([statistic(reference.assigned[start : start + PORTION]) for start in starts])
    weight = reference.weight if reference.exact else reference.weight[:1]
    return Lists.of(every, weight), every.defined


def step_limits(search: Search, start: float) -> tuple[float | None, float | None, str]:
    """Limits of ranks: differences between a person of each arm, both conservative, and how they were found."""
    arm = search.observed == 1
    steps = np.unique(np.subtract.outer(search.values[arm], search.values[~arm]))
    tolerance = ROUNDING * 100 * float(np.abs(search.values).max(initial=1e-300))
    steps = steps[np.concatenate([[True], np.diff(steps) > tolerance])]
    scan = steps.size <= EVERY_STEP and steps.size * search.reference.assigned.size <= 10**8
    upper = _outermost(search, steps[steps >= start - tolerance], scan=scan)
    mirrored = Search(search.reference, search.observed, -search.values, search.statistic, search.empty, search.alpha)
    lower = _outermost(mirrored, np.sort(-steps[steps <= start + tolerance]), scan=scan)
    how = "every step tried" if scan else "halving over the steps"
    return None if lower is None else -lower, upper, how


def _outermost(search: Search, steps: Floats, *, scan: bool) -> float | None:
    """The last step that the test keeps, itself or the stretch before it; None where no shift is ever rejected."""
    room = max(float(np.ptp(steps)), abs(float(steps[-1])), 1.0) if steps.size else 1.0
    if not steps.size or search.accepts(float(steps[-1]) + room):
        return None
    middles = np.concatenate([[steps[0]], (steps[1:] + steps[:-1]) / 2])

    def keeps(place: int) -> bool:
        return search.accepts(float(steps[place])) or search.accepts(float(middles[place]))

    if scan:
        return next((float(steps[place]) for place in range(steps.size - 1, -1, -1) if keeps(place)), float(steps[0]))
    inner, outer = 0, steps.size
    while outer - inner > 1:
        middle = (inner + outer) // 2
        inner, outer = (middle, outer) if keeps(middle) else (inner, middle)
    return float(steps[inner])


def halved_limits(search: Search, start: float) -> tuple[float | None, float | None, str]:
    """Limits from outside inwards over a grid, then by halving; each is the rejected end of the last stretch.

    Studentised statistics need not fall evenly with the shift, so the outermost accepted point of the grid counts.
    """
    spread = float(np.ptp(search.values)) or 1.0
    lower, upper = (_halve(search, start, sign * spread / 4) for sign in (-1.0, 1.0))
    return lower, upper, f"a grid of {GRID}, then halving to {TOLERANCE:g} of the range of the values"


def _halve(search: Search, start: float, step: float) -> float | None:
    reach = step
    if search.accepts(start + FAR * step):
        return None
    for _ in range(_DOUBLINGS):
        if not search.accepts(start + reach) and not search.accepts(start + 2 * reach):
            break
        reach *= 2
    else:
        return None
    tried = start + 2 * reach
    kept = start
    for place in range(GRID - 1, 0, -1):
        point = start + 2 * reach * place / GRID
        if search.accepts(point):
            kept = point
            break
        tried = point
    while abs(tried - kept) > 4 * TOLERANCE * abs(step):
        middle = (kept + tried) / 2
        kept, tried = (middle, tried) if search.accepts(middle) else (kept, middle)
    return tried
