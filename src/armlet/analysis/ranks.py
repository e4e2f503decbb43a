"""Exact rank procedures with ties: distributions by counting over doubled mid-ranks, limits from order statistics.

Doubled mid-ranks are whole numbers, so no two rank sums are told apart by rounding. Sources: Wilcoxon 1945 (ranks),
Pratt 1959 (zeros), Hodges and Lehmann 1963 (estimates), Streitberg and Roehmel 1986 (counting with ties).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from armlet.analysis.estimates import Interval, interval_with_width
from armlet.analysis.sides import Sides
from armlet.analysis.transforms import Floats

Whole = npt.NDArray[np.int64]

SAME = 1e-10
"""Values closer than this share of the largest one are tied: 0.3 - 0.1 and 0.2 are the same change."""

ALL_ALIKE = 1e-13
"""A spread smaller than this share of the values is rounding."""

ROUNDING = 1e-12
"""Sums of probabilities closer than this are equal."""


@dataclass(frozen=True, slots=True)
class RankTest:
    """A rank statistic (on the usual, undoubled scale) with exact two-sided p, mid-p and least reachable p.

    Two-sided: the probability of a statistic at least as far from its mean as the observed one; one-sided: at least as
    large, or as small. `used` counts the values that were ranked into the statistic (zeros are not).
    """

    statistic: float
    p: float
    mid_p: float
    smallest: float
    used: int


@dataclass(frozen=True, slots=True)
class RankLimits:
    """Limits that are steps of the rank statistic, both included, with the confidence attained under the seen ties."""

    lower: float
    upper: float
    attained: float

    def around(self, value: float, level: float) -> Interval | None:
        """The interval with the estimate in it; None where the limits are one number or hold nothing."""
        if interval_with_width(self.lower, self.upper, level, self.attained) is None:
            return None
        return Interval(min(self.lower, value), max(self.upper, value), level, self.attained)


def doubled_mid_ranks(values: Floats) -> Whole:
    """Twice the mid-rank of each value, ties shared: [3.0, 5.0, 5.0] gives [2, 5, 5]."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    tolerance = SAME * float(np.abs(values).max(initial=0.0))
    starts = np.concatenate([[True], np.diff(ordered) > tolerance])
    member = np.cumsum(starts) - 1
    size = np.bincount(member)
    last = np.cumsum(size)
    doubled = 2 * last - size + 1
    ranks = np.empty(values.size, dtype=np.int64)
    ranks[order] = doubled[member]
    return ranks


def from_middle(outcomes: Floats) -> Floats:
    """Measured values less their median, so that ties are told by how far they lie apart and not by how far from 0.

    For values as they were measured; those of a difference carry the rounding of what they were made from. Where all
    differ by no more than rounding they stay as they are, and are all tied.
    """
    spread, size = float(np.ptp(outcomes)), float(np.abs(outcomes).max())
    return outcomes - float(np.median(outcomes)) if spread > ALL_ALIKE * size else outcomes


def is_zero(values: Floats) -> npt.NDArray[np.bool_]:
    """Which values are zero, as far as their arithmetic can tell."""
    zero: npt.NDArray[np.bool_] = np.abs(values) <= SAME * float(np.abs(values).max(initial=0.0))
    return zero


def signed_rank_test(changes: Floats, *, pratt: bool, sides: Sides = Sides.TWO_SIDED) -> RankTest:
    """Wilcoxon's V (the rank sum of the increases), for at least one change that is not zero.

    Zeros leave before the ranking; with `pratt` they leave after it.
    """
    ranks = _signed_ranks(changes, pratt)
    rising = int(ranks[changes[~is_zero(changes)] > 0].sum())
    return _judged(_signed_sums(ranks), rising, int(ranks.sum()), ranks.size, sides)


def _signed_ranks(changes: Floats, pratt: bool) -> Whole:
    zero = is_zero(changes)
    return doubled_mid_ranks(np.abs(changes))[~zero] if pratt else doubled_mid_ranks(np.abs(changes[~zero]))


def _signed_sums(ranks: Whole) -> Floats:
    """The probability of each doubled sum of positive ranks when every sign is a fair coin."""
    probability = np.ones(1)
    for rank in ranks.tolist():
        longer = np.zeros(probability.size + rank)
        longer[: probability.size] += probability / 2
        longer[rank:] += probability / 2
        probability = longer
    return probability


def rank_sum_test(values: Floats, others: Floats, sides: Sides = Sides.TWO_SIDED) -> RankTest:
    """Mann and Whitney's statistic of `values` against `others`, every choice of that many people equally likely.

    It counts the pairs in which the first is larger, ties as halves (R prints it as W): the rank sum less its minimum.
    """
    ranks = doubled_mid_ranks(np.concatenate([values, others]))
    number = values.size
    seen, twice_mean = int(ranks[:number].sum()), 2 * number * (ranks.size + 1)
    test = _judged(_chosen_sums(ranks, number), seen, twice_mean, ranks.size, sides)
    return replace(test, statistic=test.statistic - number * (number + 1) / 2)


def _chosen_sums(ranks: Whole, number: int) -> Floats:
    """The probability of each doubled rank sum of `number` people chosen at random."""
    total, reach = int(ranks.sum()), 0
    counts = np.zeros((number + 1, total + 1))
    counts[0, 0] = 1.0
    for taken, rank in enumerate(np.sort(ranks).tolist()):
        most, reach = min(taken, number - 1) + 1, reach + rank
        counts[1 : most + 1, rank : reach + 1] += counts[:most, : reach + 1 - rank].copy()
    chosen: Floats = counts[number] / counts[number].sum()
    return chosen


def _judged(probability: Floats, seen: int, twice_mean: int, used: int, sides: Sides) -> RankTest:
    """Over doubled sums; `twice_mean` is twice the mean of the doubled sum, so a whole number."""
    support = np.flatnonzero(probability)
    far = 2 * support - twice_mean
    own = 2 * seen - twice_mean
    if sides is Sides.TWO_SIDED:
        far, own = np.abs(far), abs(own)
    elif sides is Sides.LESS:
        far, own = -far, -own
    p = min(1.0, math.fsum(probability[support[far >= own]]))
    mid_p = p - math.fsum(probability[support[far == own]]) / 2
    smallest = math.fsum(probability[support[far == far.max()]])
    return RankTest(seen / 2, p, mid_p, min(1.0, smallest), used)


def walsh_averages(values: Floats) -> Floats:
    """The means of all pairs, each value with itself too, ascending: n (n + 1) / 2 of them."""
    first, second = np.triu_indices(values.size)
    averages: Floats = np.sort((values[first] + values[second]) / 2)
    return averages


def pairwise_differences(values: Floats, others: Floats) -> Floats:
    """Every value minus every other, ascending."""
    differences: Floats = np.sort(np.subtract.outer(values, others).ravel())
    return differences


def signed_rank_limits(changes: Floats, level: float, *, pratt: bool) -> RankLimits:
    """Limits for the middle of the changes, both Walsh averages; the widest pair where none holds the level.

    Zeros have no part in them, or with `pratt` the part of any other change: moved by a shift they are zeros no more.
    """
    kept = changes if pratt else changes[~is_zero(changes)]
    steps, ranks = walsh_averages(kept), doubled_mid_ranks(np.abs(kept))
    tails = _tails(_signed_sums(ranks), level)
    if _untied(ranks):
        return _order_statistics(steps, tails, least_sum=0)
    return _outer_steps(steps, doubled_beyond(steps, float(np.abs(kept).max(initial=0.0))), tails)


def rank_sum_limits(values: Floats, others: Floats, level: float) -> RankLimits:
    """Limits for the shift between two arms, both pairwise differences; the widest pair where none holds the level."""
    number = values.size
    steps, ranks = pairwise_differences(values, others), doubled_mid_ranks(np.concatenate([values, others]))
    tails = _tails(_chosen_sums(ranks, number), level)
    if _untied(ranks):
        return _order_statistics(steps, tails, least_sum=number * (number + 1))
    largest = float(np.abs(np.concatenate([values, others])).max())
    return _outer_steps(steps, number * (number + 1) + doubled_beyond(steps, largest), tails)


def _untied(ranks: Whole) -> bool:
    return np.unique(ranks).size == ranks.size


def doubled_beyond(steps: Floats, largest: float) -> Floats:
    """At each step, twice the number of steps beyond it, and once that of those it is tied with, itself among them.

    That is the doubled statistic of ranks taken anew after a shift by the step: each pair of people adds 2 to it where it
    is beyond, 1 where it is tied, whatever else is tied. For signed ranks it lies half way between the values of the
    statistic to the left and to the right; for rank sums, the least sum is to be added.
    """
    tolerance = SAME * largest
    tied_from = np.searchsorted(steps, steps - tolerance)
    beyond_from = np.searchsorted(steps, steps + tolerance, side="right")
    doubled: Floats = (2 * steps.size - beyond_from - tied_from).astype(np.float64)
    return doubled


@dataclass(frozen=True, slots=True)
class _Tails:
    """The doubled sums that bound the acceptance region, and the distribution they were read from."""

    least: int
    most: int
    probability: Floats

    def attained(self, *, below: bool, above: bool) -> float:
        """What the sums from `least` to `most` hold; where nothing lies below or above, the end itself is lost."""
        left = self.probability[: self.least if below else self.least + 1]
        right = self.probability[self.most + 1 if above else self.most :]
        return max(0.0, 1 - math.fsum(left) - math.fsum(right))


def _tails(probability: Floats, level: float) -> _Tails:
    tail = (1 - level) / 2 - ROUNDING
    least = int(np.argmax(np.cumsum(probability) >= tail))
    most = probability.size - 1 - int(np.argmax(np.cumsum(probability[::-1]) >= tail))
    return _Tails(least, most, probability)


def _order_statistics(steps: Floats, tails: _Tails, least_sum: int) -> RankLimits:
    """Without ties among the values: the k-th step from either end, k the quantile of the statistic."""
    quantile = (tails.least - least_sum) // 2
    place = max(quantile, 1) - 1
    attained = tails.attained(below=quantile > 0, above=quantile > 0)
    return RankLimits(float(steps[place]), float(steps[steps.size - 1 - place]), attained)


def _outer_steps(steps: Floats, statistic: Floats, tails: _Tails) -> RankLimits:
    """With ties: the innermost steps at which the statistic, ties and all, is outside the acceptance region.

    `statistic` falls along `steps`. These are the limits that R's exactRankTests gives under ties.
    """
    under, over = statistic < tails.least, statistic > tails.most
    upper = float(steps[under].min()) if under.any() else float(steps[-1])
    lower = float(steps[over].max()) if over.any() else float(steps[0])
    attained = tails.attained(below=bool(under.any()), above=bool(over.any()))
    return RankLimits(lower, upper, attained)
