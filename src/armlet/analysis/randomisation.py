"""Inference from chance alone: the sequences that an allocation method allows, each with its probability.

The p-value is the probability, under the trial's own method, of a sequence whose statistic is at least as far from
zero as the observed one. Every statistic here is *linear in the outcomes*, so under a constant shift d of one arm it
is ``at_zero - d * per_unit`` for each sequence, and the limits of the interval found by inverting the test are roots
of linear equations: exact, without a grid of trial shifts (Rosenbaum 2002, Observational Studies, section 2.6).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from armlet.analysis.transforms import Floats
from armlet.errors import Fault

Bits = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]

TIE = 1e-10
"""Statistics closer than this share of the largest are equal: what floating point separates, arithmetic does not."""

SAME_SLOPE = 1e-8
"""Two assignments whose statistics answer to a shift this alike count as one: their tie lies beyond what floats tell."""

ROUNDING = 1e-12
"""The share of the largest value that rounding may leave in a difference which is zero."""

WEIGHT_TIE = 1e-12
"""Probabilities closer than this are equal; the weights are sums of exactly known fractions."""


class OneArmEmpty(StrEnum):
    """What to do with sequences that leave an arm without anybody observed, where no statistic exists.

    `extreme` counts them against a difference (conservative); `not_extreme` gives them the statistic 0; `condition`
    leaves them out and divides by the probability of the rest.
    """

    EXTREME = "extreme"
    NOT_EXTREME = "not_extreme"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class ReferenceSet:
    """Sequences over the observed people, shape (sequences, people), 1 for the arm that is not the reference.

    `weight` adds up to 1. `exact` is False for a sample; then `draws` says how many were drawn, and the first row is
    the observed sequence itself.
    """

    assigned: Bits
    weight: Floats
    exact: bool
    draws: int = 0


@dataclass(frozen=True, slots=True)
class Statistics:
    """One statistic a sequence: its value with no shift, what one unit of shift takes off, and whether it exists.

    `noise` is what rounding alone may make of a statistic that is zero, given the size of the values behind it.
    """

    at_zero: Floats
    per_unit: Floats
    defined: Flags
    noise: Floats


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a re-randomisation test. A limit of None is an unbounded side."""

    p: float
    lower: float | None
    upper: float | None
    undefined: float


StatisticOf = Callable[[Bits], Statistics]


def enumerated(sequences: npt.ArrayLike, weight: npt.ArrayLike, arm: int, keep: Sequence[int]) -> ReferenceSet:
    """All sequences, one a row, with their probabilities, restricted to the places in `keep` (counted from 0).

    Sequences that differ only where nobody was observed are merged. `arm` is the position that becomes 1.
    """
    weights: Floats = np.asarray(weight, dtype=np.float64)
    if abs(math.fsum(weights) - 1) > WEIGHT_TIE:
        raise Fault("the sequences of an allocation method do not have total probability 1")
    assigned = _assigned(sequences, arm, keep)
    first, together = _grouped(assigned, weights)
    return ReferenceSet(assigned[first], together, exact=True)


def _grouped(assigned: Bits, weight: Floats) -> tuple[npt.NDArray[np.intp], Floats]:
    """A row of each distinct assignment, and the weight of all rows like it."""
    packed = np.packbits(assigned, axis=1)
    padding = -packed.shape[1] % 8
    words = np.ascontiguousarray(np.pad(packed, ((0, 0), (0, padding)))).view(np.uint64)
    keys = words[:, 0] if words.shape[1] == 1 else words
    _, first, member = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    together: Floats = np.zeros(first.size)
    np.add.at(together, member.ravel(), weight)
    return first, together


def sampled(sequences: npt.ArrayLike, observed: Sequence[int], arm: int, keep: Sequence[int]) -> ReferenceSet:
    """Drawn sequences with the observed one put first, so that p is (b + 1) / (m + 1) and never 0."""
    assigned = _assigned(np.vstack([np.asarray(observed), np.asarray(sequences)]), arm, keep)
    number = len(assigned)
    return ReferenceSet(assigned, np.full(number, 1 / number), exact=False, draws=number - 1)


def _assigned(sequences: npt.ArrayLike, arm: int, keep: Sequence[int]) -> Bits:
    chosen: Bits = (np.asarray(sequences)[:, list(keep)] == arm).astype(np.int8)
    return chosen


def monte_carlo_error(p: float, draws: int) -> float:
    """The standard error of a p-value from that many draws, at least one."""
    return math.sqrt(p * (1 - p) / draws)


def probability_of(reference: ReferenceSet, observed: Bits) -> float:
    """The probability of the observed sequence; 0 when the method cannot have made it."""
    return float(reference.weight[(reference.assigned == observed).all(axis=1)].sum())


def smallest_reachable(reference: ReferenceSet, defined: Flags, empty: OneArmEmpty) -> float:
    """The least two-sided p over all sequences and outcomes: a sequence, its mirror image, and the undefined ones.

    The mirror image (arms exchanged) has the same statistic with the other sign, so both are always extreme together.
    """
    if not reference.exact:
        return 1 / (reference.draws + 1)
    folded = reference.assigned[defined] ^ reference.assigned[defined][:, :1]
    _, pairs = _grouped(folded, reference.weight[defined])
    least = float(pairs.min())
    undefined = float(reference.weight[~defined].sum())
    if empty is OneArmEmpty.CONDITION:
        return least / (1 - undefined)
    return least + (undefined if empty is OneArmEmpty.EXTREME else 0.0)


def rerandomised(
    reference: ReferenceSet, observed: Bits, statistic: StatisticOf, level: float, empty: OneArmEmpty
) -> Verdict:
    """The p-value of no difference and the interval of all constant shifts with p above 1 - level."""
    every = statistic(reference.assigned)
    weight = _weights(reference.weight, every.defined, empty)
    undefined = float(reference.weight[~every.defined].sum())
    sure = undefined if empty is OneArmEmpty.EXTREME else 0.0
    return verdict(every, weight, sure, statistic(observed[np.newaxis, :]), level, undefined=undefined)


def _weights(weight: Floats, defined: Flags, empty: OneArmEmpty) -> Floats:
    kept = np.where(defined, weight, 0.0)
    return kept / kept.sum() if empty is OneArmEmpty.CONDITION else kept


def verdict(
    every: Statistics, weight: Floats, sure: float, seen: Statistics, level: float, *, undefined: float = 0.0
) -> Verdict:
    """Compare the statistic of every sequence with the one seen; `sure` is probability that is always extreme."""
    value, slope = float(seen.at_zero[0]), float(seen.per_unit[0])
    largest = max(abs(value), float(np.abs(every.at_zero[every.defined]).max(initial=0.0)))
    room = TIE * largest + every.noise + seen.noise
    extreme = every.defined & (np.abs(every.at_zero) >= abs(value) - room)
    p = min(1.0, sure + math.fsum(weight[extreme]))
    lower, upper = _limits(every, weight, sure, (value, slope), 1 - level)
    return Verdict(p, lower, upper, undefined)


@dataclass(frozen=True, slots=True)
class _Spans:
    """For each sequence the ends of the stretch of shifts where it is extreme (`inside`), or where it is not."""

    low: Floats
    high: Floats
    inside: Flags
    weight: Floats

    def mirrored(self) -> _Spans:
        return _Spans(-self.high, -self.low, self.inside, self.weight)

    def finite_ends(self) -> Floats:
        ends = np.unique(np.concatenate([self.low, self.high]))
        finite: Floats = ends[np.isfinite(ends)]
        return finite

    def p_at(self, shift: Floats) -> Floats:
        """The weight of the sequences that are extreme at each shift; both ends of a stretch count as extreme."""
        inner, outer = self.inside, ~self.inside
        closed = _weight_before(self.low, self.weight, inner, shift, past=True)
        closed = closed - _weight_before(self.high, self.weight, inner, shift, past=False)
        opened = _weight_before(self.low, self.weight, outer, shift, past=False)
        opened = opened - _weight_before(self.high, self.weight, outer, shift, past=True)
        p: Floats = closed + self.weight[outer].sum() - opened
        return p


def _limits(
    every: Statistics, weight: Floats, sure: float, seen: tuple[float, float], alpha: float
) -> tuple[float | None, float | None]:
    centre = seen[0] / seen[1]
    spans = _spans(every, np.where(every.defined, weight, 0.0), *seen)
    upper, lower = _farthest(spans, sure, alpha), _farthest(spans.mirrored(), sure, alpha)
    return (None if lower is None else min(-lower, centre)), (None if upper is None else max(upper, centre))


def _spans(every: Statistics, weight: Floats, value: float, slope: float) -> _Spans:
    """Where each sequence ties with the observed one as the shift moves.

    A sequence is extreme between its two ties when its slope is the flatter, outside them when it is the steeper; one
    that equals the observed sequence or its mirror image is extreme everywhere: its stretch has no ends.
    """
    minus, plus = slope - every.per_unit, slope + every.per_unit
    same = (np.abs(minus) <= SAME_SLOPE * slope) | (np.abs(plus) <= SAME_SLOPE * slope) | ~every.defined
    first = (value - every.at_zero) / np.where(same, 1.0, minus)
    second = (value + every.at_zero) / np.where(same, 1.0, plus)
    low = np.where(same, -np.inf, np.minimum(first, second))
    high = np.where(same, np.inf, np.maximum(first, second))
    return _Spans(low, high, same | (np.abs(every.per_unit) < slope), weight)


def _farthest(spans: _Spans, sure: float, alpha: float) -> float | None:
    """The largest shift whose p is above alpha; None where there is no largest.

    The sets where a sequence is extreme are closed, so p is greatest at their ends and only those need a look.
    """
    always = spans.inside & np.isposinf(spans.high)
    if sure + float(spans.weight[always | ~spans.inside].sum()) > alpha + WEIGHT_TIE:
        return None
    ends = spans.finite_ends()
    accepted = ends[sure + spans.p_at(ends) > alpha + WEIGHT_TIE]
    return float(accepted[-1]) if accepted.size else -math.inf


def _weight_before(ends: Floats, weight: Floats, these: Flags, at: Floats, *, past: bool) -> Floats:
    """The weight of `these` ends below each point, ends equal to the point counted where `past`."""
    order = np.argsort(ends[these], kind="stable")
    running = np.concatenate([[0.0], np.cumsum(weight[these][order])])
    place = np.searchsorted(ends[these][order], at, side="right" if past else "left")
    found: Floats = running[place]
    return found
