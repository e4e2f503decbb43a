"""The sign-flip test without a single pattern of signs: two halves meet in the middle.

A pattern is a choice of signs in the first half of the people and one in the second, and its sum is the sum of both. Those
of the first half are sorted once; for each of the second a search tells how many go beyond the one seen.

A shift d is kept by the two-sided test as long as enough sets of people have a mean beyond it: to flip the signs of a set
makes the sum at least as large exactly where the mean of the set is at most d. So each limit is one of the means of all
sets of people, the so-many-th from outside (Hartigan 1969, Journal of the American Statistical Association 64, 1303-1317),
and it is found by halving: at each trial shift the halves tell how many sets go beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from armlet.analysis.randomisation import (
    ROUNDING,
    WEIGHT_TIE,
    Lists,
    OneArmEmpty,
    Statistics,
    Tally,
    Verdict,
    judged,
    tested,
)
from armlet.analysis.sides import Sides
from armlet.analysis.transforms import Floats

Places = npt.NDArray[np.intp]

FEW = 2**16
"""So many means are looked at one by one; among more the search for a limit is narrowed further."""

HALVINGS = 60
"""After so many halvings of the range of the values only means that are equal, but for rounding, are left."""


def flipped_sums(values: Floats) -> Floats:
    """The sum under every pattern of signs, all as they are first: 2 to the n of them."""
    sums = np.zeros(1)
    for value in values[::-1].tolist():
        sums = np.concatenate([sums + value, sums - value])
    return sums


def judged_patterns(values: Floats, sums: Floats, signs: Floats, level: float, sides: Sides) -> Verdict:
    """The same from patterns at hand, all as likely: the sum under each, and the sum of its signs."""
    number, noise = values.size, np.array([ROUNDING * float(np.abs(values).max())])
    every = Statistics(sums / number, signs / number, np.ones(sums.size, dtype=np.bool_), noise)
    seen = Statistics(np.array([values.mean()]), np.ones(1), np.ones(1, dtype=np.bool_), noise)
    return judged(Lists.of(every, np.array([1 / sums.size])), seen, level, OneArmEmpty.EXTREME, sides)


def flip_verdict(values: Floats, level: float, sides: Sides) -> Verdict:
    """p over all patterns of signs, and the limits of the two-sided test; a limit of None is an unbounded side."""
    number, mean = values.size, float(values.mean())
    noise = np.array([ROUNDING * float(np.abs(values).max())])
    seen = Statistics(np.array([mean]), np.ones(1), np.ones(1, dtype=np.bool_), noise)
    half = number // 2
    first, second = np.sort(flipped_sums(values[:half])), flipped_sums(values[half:])
    largest = float(np.abs(values).sum()) / number

    def count(tally: Tally) -> None:
        beyond = tally.least_tied(largest, float(noise[0]))
        extreme = int((first.size - np.searchsorted(first, beyond * number - second)).sum())
        # the patterns beyond the other end are these with every sign turned
        extreme *= 2 if tally.sides is Sides.TWO_SIDED else 1
        tally.add_clear(min(extreme, 2**number), 1 / 2**number, largest)

    found = tested(Lists.counted(count), seen, OneArmEmpty.EXTREME, sides)
    # of the patterns that stay extreme, the one seen and its mirror image do so at every shift
    place = int((1 - level + WEIGHT_TIE) * 2**number) // 2
    if not place:
        return found
    upper, lower = _mean_from_above(values, place), -_mean_from_above(-values, place)
    return Verdict(found.p, min(lower, mean), max(upper, mean), found.undefined)


@dataclass(frozen=True, slots=True)
class _Sets:
    """The sums of all sets of people after a shift is taken off everybody, by halves; `second` is sorted."""

    first: Floats
    second: Floats
    order: Places

    def before(self, value: float, side: Literal["left", "right"] = "left") -> Places:
        """For each set of the first half, how many of the second leave the sum below the value (`right`: or at it)."""
        return np.searchsorted(self.second, value - self.first, side=side)

    def above(self) -> int:
        """How many sets have a mean of at least the shift; the empty one, whose sum is always 0, has none."""
        return int((self.second.size - self.before(0.0)).sum()) - 1


@dataclass(frozen=True, slots=True)
class _Halves:
    """Sum and size of each set of the first half of the people, and of the second; the empty ones come first."""

    first: tuple[Floats, Floats]
    second: tuple[Floats, Floats]

    @classmethod
    def of(cls, values: Floats) -> _Halves:
        half = values.size // 2
        return cls(_sums_and_sizes(values[:half]), _sums_and_sizes(values[half:]))

    def at(self, shift: float) -> _Sets:
        first, second = (sums - shift * sizes for sums, sizes in (self.first, self.second))
        order = np.argsort(second)
        return _Sets(first, second[order], order)

    def means(self, first: Places, second: Places) -> Floats:
        """The means of sets, each of one in either half; what is empty has none and is left out."""
        sizes = self.first[1][first] + self.second[1][second]
        sums = self.first[0][first] + self.second[0][second]
        means: Floats = sums[sizes > 0] / sizes[sizes > 0]
        return means


def _sums_and_sizes(values: Floats) -> tuple[Floats, Floats]:
    sums, sizes = np.zeros(1), np.zeros(1)
    for value in values.tolist():
        sums, sizes = np.concatenate([sums, sums + value]), np.concatenate([sizes, sizes + 1])
    return sums, sizes


def _mean_from_above(values: Floats, place: int) -> float:
    """The so-many-th largest mean of a set of people, from 1, where it is not below that of everybody.

    Two shifts, from the mean of everybody, are brought together until the means between them are `FEW`, or differ by
    rounding alone.
    """
    about_mean = values - values.mean()
    scale, halves = float(np.abs(about_mean).max()), _Halves.of(about_mean)
    if scale <= ROUNDING * float(np.abs(values).max()):
        return float(values.mean())
    slack = ROUNDING * scale
    inner, outer = -slack, scale + slack
    sets, between = halves.at(inner), 2**values.size
    within, beyond = between, 0
    for _ in range(HALVINGS):
        if between <= FEW:
            break
        middle = (inner + outer) / 2
        tried = halves.at(middle)
        if (number := tried.above()) >= place:
            inner, within, sets = middle, number, tried
        else:
            outer, beyond = middle, number
        between = within - beyond
    starts, stops = sets.before(-slack), sets.before(values.size * (outer - inner) + slack, "right")
    rows = np.flatnonzero(stops > starts)
    if between > FEW:
        rows = rows[-1:]
    numbers = (stops - starts)[rows]
    offsets = np.arange(numbers.sum()) - np.repeat(np.cumsum(numbers) - numbers, numbers)
    means = _Halves.of(values).means(np.repeat(rows, numbers), sets.order[np.repeat(starts[rows], numbers) + offsets])
    if between > FEW:
        return float(means[0])
    left = min(place - int((sets.second.size - stops).sum()), means.size)
    return float(np.partition(means, means.size - left)[means.size - left])
