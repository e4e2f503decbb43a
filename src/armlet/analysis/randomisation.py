"""Inference from chance alone: the sequences that an allocation method allows, each with its probability.

The p-value is the probability, under the trial's own method, of a sequence whose statistic is at least as far from
zero as the observed one (one-sided: at least as large, or as small). Statistics that are *linear in the outcomes* are,
under a constant shift d of one arm, ``at_zero - d * per_unit`` for each sequence, and the limits of the interval found
by inverting the test are roots of linear equations: exact, without a grid of trial shifts (Rosenbaum 2002,
Observational Studies, section 2.6).

A reference set is looked at in portions, once: a million lists need no more memory than a few thousand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from armlet.analysis.sides import Sides
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

END_ROUNDING = 0.01
"""The share of a statistic's `noise` that shifts where two statistics tie are told apart by."""

PORTION = 2**13
"""Sequences that are looked at together: few enough for the processor's cache."""

PILOT = 2**12
"""Sequences that stand for all when the limits are first looked for."""

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

    `noise` is what rounding alone may make of a statistic that is zero, given the size of the values behind it: one a
    sequence, or one for all. Where it does not exist the statistic is 0.
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

Portion = tuple[Statistics, Floats]
"""The statistics of some sequences, and their probabilities: one each, or one number where all are alike."""


@dataclass(frozen=True, slots=True)
class Lists:
    """The statistics of a whole reference set, in portions that fit the processor's cache, as often as asked for.

    `pilot` is a part that stands for all, by which the limits are looked for only where they can lie; None to look
    everywhere. Probabilities add up to 1. `count` is a quicker way to the same tally, where there is one.
    """

    portions: Callable[[], Iterator[Portion]]
    pilot: Portion | None = None
    count: Callable[[Tally], None] | None = None

    @classmethod
    def counted(cls, count: Callable[[Tally], None]) -> Lists:
        """Those that can be counted and not looked at."""
        return cls(_nothing_to_look_at, count=count)

    @classmethod
    def of(cls, every: Statistics, weight: Floats) -> Lists:
        """Those of statistics that are all at hand."""
        number = every.at_zero.size

        def portions() -> Iterator[Portion]:
            for start in range(0, number, PORTION):
                yield _rows(every, weight, slice(start, start + PORTION))

        if number < 4 * PILOT:
            return cls(portions)
        # any rows would do, but not every so-many-th: lists come in an order
        some = np.random.default_rng(number).integers(0, number, PILOT)
        return cls(portions, _rows(every, weight, some))


def _nothing_to_look_at() -> Iterator[Portion]:
    raise Fault("a reference set that was only counted was looked at")


def _rows(every: Statistics, weight: Floats, these: slice | npt.NDArray[np.int64]) -> Portion:
    noise = every.noise if every.noise.size == 1 else every.noise[these]
    part = Statistics(every.at_zero[these], every.per_unit[these], every.defined[these], noise)
    return part, weight if weight.size == 1 else weight[these]


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


def smallest_reachable(reference: ReferenceSet, defined: Flags, empty: OneArmEmpty, sides: Sides) -> float:
    """The least p over all sequences and outcomes: a sequence, its mirror image if two-sided, and the undefined ones.

    The mirror image (arms exchanged) has the same statistic with the other sign, so both are always extreme together.
    """
    if not reference.exact:
        return 1 / (reference.draws + 1)
    least = float(reference.weight[defined].min())
    if sides is Sides.TWO_SIDED:
        folded = reference.assigned[defined] ^ reference.assigned[defined][:, :1]
        _, pairs = _grouped(folded, reference.weight[defined])
        least = float(pairs.min())
    return with_undefined(least, float(reference.weight[~defined].sum()), empty)


def with_undefined(least: float, undefined: float, empty: OneArmEmpty) -> float:
    """The least p of defined sequences, with what those without a statistic do to it."""
    if empty is OneArmEmpty.CONDITION:
        return least / (1 - undefined)
    return least + (undefined if empty is OneArmEmpty.EXTREME else 0.0)


def judged(lists: Lists, seen: Statistics, level: float, empty: OneArmEmpty, sides: Sides = Sides.TWO_SIDED) -> Verdict:
    """Compare the statistic of every sequence with the one seen, in one pass over them where a pilot guessed right.

    The limits are those of the two-sided test, whatever the sides of p.
    """
    value, slope = float(seen.at_zero[0]), float(seen.per_unit[0])
    near = (-math.inf, -math.inf)
    if lists.pilot is not None:
        near = _guess(lists.pilot, value, slope, _bound(_part_tally(lists.pilot), empty, level))
    tally, limits = Tally(seen, sides, _MARGIN), _Limits(value, slope, near)
    for portion in lists.portions():
        tally.add(*portion)
        limits.add(*portion)
    tally = tally if tally.is_settled() else _counted(lists, seen, sides, tally.reach())
    bound = _bound(tally, empty, level)
    if not limits.are_beyond(bound):
        limits = _Limits(value, slope, (-math.inf, -math.inf))
        for portion in lists.portions():
            limits.add(*portion)
    lower, upper = limits.found(bound)
    centre = value / slope
    return Verdict(
        _share(tally, empty),
        None if lower is None else min(lower, centre),
        None if upper is None else max(upper, centre),
        tally.undefined,
    )


def p_value(lists: Lists, seen: Statistics, empty: OneArmEmpty, sides: Sides = Sides.TWO_SIDED) -> float:
    """The p-value alone, for whoever needs no interval."""
    return tested(lists, seen, empty, sides).p


def tested(lists: Lists, seen: Statistics, empty: OneArmEmpty, sides: Sides) -> Verdict:
    """The verdict without limits: both sides unbounded."""
    tally = _counted(lists, seen, sides, _MARGIN)
    tally = tally if tally.is_settled() else _counted(lists, seen, sides, tally.reach())
    return Verdict(_share(tally, empty), None, None, tally.undefined)


def _counted(lists: Lists, seen: Statistics, sides: Sides, margin: float) -> Tally:
    tally = Tally(seen, sides, margin)
    if lists.count is not None:
        lists.count(tally)
        return tally
    for portion in lists.portions():
        tally.add(*portion)
    return tally


def _sure(tally: Tally, empty: OneArmEmpty) -> tuple[float, float]:
    """The probability that is always extreme, and what all probabilities are shares of."""
    if empty is OneArmEmpty.CONDITION:
        return 0.0, 1 - tally.undefined
    return (tally.undefined if empty is OneArmEmpty.EXTREME else 0.0), 1.0


def _share(tally: Tally, empty: OneArmEmpty) -> float:
    sure, whole = _sure(tally, empty)
    return min(1.0, (sure + tally.extreme()) / whole)


def _bound(tally: Tally, empty: OneArmEmpty, level: float) -> float:
    """A shift is accepted where more than this is extreme, what is always extreme left out."""
    sure, whole = _sure(tally, empty)
    return whole * (1 - level + WEIGHT_TIE) - sure


# --- The p-value ----------------------------------------------------------------------------------------------------

_MARGIN = 1e-6
"""Statistics this close below the one seen (as a share of it) are kept until the largest of all is known."""


SURE = 1e-9
"""Statistics beyond the one seen by this share of it are extreme however they were rounded."""


class Tally:
    """How probable statistics as extreme as the one seen are, and none at all.

    Which statistics are tied with the one seen hangs on the largest of all, so those close below it wait for the end.
    """

    def __init__(self, seen: Statistics, sides: Sides, margin: float) -> None:
        self._value, self._noise, self._sides = float(seen.at_zero[0]), float(seen.noise[0]), sides
        self._target = float(_how_far(seen.at_zero, sides)[0])
        self._margin = margin * abs(self._value)
        self._largest = abs(self._value)
        self._sums: list[float] = []
        self._close: list[tuple[Floats, Floats]] = []
        self.undefined = 0.0

    def add(self, every: Statistics, weight: Floats) -> None:
        """Look at some more sequences."""
        size = _how_far(every.at_zero, self._sides)
        largest = size.max() if self._sides is Sides.TWO_SIDED else np.abs(size).max()
        self._largest = max(self._largest, float(largest))
        if not every.defined.all():
            self.undefined += _total(weight, ~every.defined)
            size[~every.defined] = -np.inf
        extreme = size >= self._target
        self._sums.append(_total(weight, extreme))
        near = size >= (self._target - self._margin - self._noise) - every.noise
        near ^= extreme
        if near.any():
            noise = every.noise if every.noise.size == 1 else every.noise[near]
            missing = self._target - size[near] - self._noise - noise
            self._close.append((missing, np.broadcast_to(weight, size.shape)[near]))

    def add_clear(self, number: int, weight: float, largest: float) -> None:
        """So many sequences that are clearly extreme, of one probability, and the largest statistic beside them."""
        self._sums.append(weight * number)
        self._largest = max(self._largest, largest)

    def clear_beyond(self, noise: float, share: float = 0.0) -> tuple[float, float]:
        """Statistics at least the one are clearly extreme, less than the other clearly not.

        Up to that noise in each, and that share of it.
        """
        noise += self._noise + share * abs(self._value)
        return self._target + SURE * abs(self._value) + noise, self._target - self._margin - noise

    def least_tied(self, largest: float, noise: float) -> float:
        """The least statistic that is as extreme as the one seen, where `largest` is the largest of all."""
        return self._target - self._noise - noise - TIE * max(largest, self._largest)

    @property
    def sides(self) -> Sides:
        """On which side statistics count."""
        return self._sides

    def is_settled(self) -> bool:
        """Whether all that may be tied was kept: not where others are a million times larger than the one seen."""
        return TIE * self._largest <= self._margin

    def reach(self) -> float:
        """The margin to try again with; where the statistic seen is 0, two-sided, there is nothing to be told apart."""
        return 2 * TIE * self._largest / max(abs(self._value), 1e-300)

    def extreme(self) -> float:
        """The probability of a statistic at least as extreme, ties within `TIE` counted."""
        tied = [math.fsum(weight[missing <= TIE * self._largest]) for missing, weight in self._close]
        return math.fsum([*self._sums, *tied])


def _how_far(at_zero: Floats, sides: Sides) -> Floats:
    if sides is Sides.TWO_SIDED:
        return np.abs(at_zero)
    return at_zero.copy() if sides is Sides.GREATER else -at_zero


def _total(weight: Floats, these: Flags) -> float:
    if weight.size == 1:
        return float(weight[0]) * int(np.count_nonzero(these))
    return math.fsum(weight[these])


def _part_tally(pilot: Portion) -> Tally:
    every, weight = pilot
    share = np.full(1, 1 / every.at_zero.size) if weight.size == 1 else weight / weight.sum()
    tally = Tally(every, Sides.TWO_SIDED, 0.0)
    tally.add(every, share)
    return tally


# --- The limits -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Spans:
    """For each sequence the ends of the stretch of shifts where it is extreme (`inside`), or where it is not.

    `slack` is how far rounding may have moved an end: whoever is tied at a shift but for that is extreme there.
    """

    low: Floats
    high: Floats
    inside: Flags
    weight: Floats
    slack: Floats

    def mirrored(self) -> _Spans:
        return _Spans(-self.high, -self.low, self.inside, self.weight, self.slack)

    def finite_ends(self) -> Floats:
        ends = np.unique(np.concatenate([self.low, self.high]))
        finite: Floats = ends[np.isfinite(ends)]
        return finite

    def only(self, these: Flags) -> _Spans:
        return _Spans(self.low[these], self.high[these], self.inside[these], self.weight[these], self.slack[these])

    def p_at(self, shift: Floats) -> Floats:
        """The weight of the sequences that are extreme at each shift; both ends of a stretch count as extreme."""
        inner, outer = self.inside, ~self.inside
        closed = _weight_before(self.low - self.slack, self.weight, inner, shift, past=True)
        closed = closed - _weight_before(self.high + self.slack, self.weight, inner, shift, past=False)
        inward = np.minimum(self.slack, (self.high - self.low) / 2)
        opened = _weight_before(self.low + inward, self.weight, outer, shift, past=False)
        opened = opened - _weight_before(self.high - inward, self.weight, outer, shift, past=True)
        p: Floats = closed + self.weight[outer].sum() - opened
        return p


class _End:
    """The sequences that can decide where the largest accepted shift lies, if it lies at `near` or beyond.

    Whoever ties only below it is `settled`: extreme from there on, or never again.
    """

    def __init__(self, near: float) -> None:
        self.near = near
        self.settled = 0.0
        self._parts: list[_Spans] = []

    def add(self, spans: _Spans) -> None:
        open_still = spans.high >= self.near
        self._parts.append(spans.only(open_still))
        self.settled += float(spans.weight[~open_still & ~spans.inside].sum())

    def is_beyond(self, bound: float) -> bool:
        """Whether all sequences together accept the shift `near`, so that none further in can be the limit."""
        if math.isinf(self.near):
            return True
        spans = _joined(self._parts)
        in_stretch = (spans.low <= self.near) & (self.near <= spans.high)
        on_end = (spans.low == self.near) | (spans.high == self.near)
        return float(spans.weight[(in_stretch == spans.inside) | on_end].sum()) > bound - self.settled

    def farthest(self, bound: float) -> float | None:
        """The largest shift where more than `bound` is extreme; None where there is no largest.

        The sets where a sequence is extreme are closed, so their weight is greatest at their ends and only those need
        a look.
        """
        spans, left = _joined(self._parts), bound - self.settled
        always = ~spans.inside | np.isposinf(spans.high)
        if float(spans.weight[always].sum()) > left:
            return None
        if bool(spans.inside.all()) and float(spans.low.max(initial=-math.inf)) <= self.near:
            return _outermost(spans, left)
        ends = spans.finite_ends()
        accepted = ends[spans.p_at(ends) > left]
        return float(accepted[-1]) if accepted.size else -math.inf


def _outermost(spans: _Spans, bound: float) -> float:
    """Where every stretch has begun already, only their far ends count: the outermost with enough weight beyond it."""
    order = np.argsort(-spans.high)
    beyond = np.cumsum(spans.weight[order])
    place = int(np.searchsorted(beyond, bound, side="right"))
    return float(spans.high[order[place]]) if place < order.size else -math.inf


def _joined(parts: list[_Spans]) -> _Spans:
    return _Spans(
        np.concatenate([part.low for part in parts]),
        np.concatenate([part.high for part in parts]),
        np.concatenate([part.inside for part in parts]),
        np.concatenate([part.weight for part in parts]),
        np.concatenate([part.slack for part in parts]),
    )


class _Limits:
    """Both ends together; `near` is the shift from which on the upper is looked for, and the same of the lower, negated."""

    def __init__(self, value: float, slope: float, near: tuple[float, float]) -> None:
        self._value, self._slope = value, slope
        self._upper, self._lower = _End(near[0]), _End(near[1])
        self._unit = 1.0

    def add(self, every: Statistics, weight: Floats) -> None:
        # in units of themselves, weights that are all alike add up without rounding
        self._unit = float(weight[0]) if weight.size == 1 else 1.0
        weight = np.broadcast_to(np.ones(1) if weight.size == 1 else weight, every.at_zero.shape)
        low, high = _stretch(every, self._value, self._slope)
        # what is no number belongs to a sequence that is extreme everywhere
        near = ~(high < self._upper.near) | ~(low > -self._lower.near)
        steep = np.abs(every.per_unit)
        near |= _is_as_steep(steep, self._slope)
        if steep.max() >= self._slope:
            settled = float(weight[~near & (steep >= self._slope)].sum())
            self._upper.settled += settled
            self._lower.settled += settled
        spans = _spans(_those(every, near), weight[near], self._value, self._slope)
        self._upper.add(spans)
        self._lower.add(spans.mirrored())

    def are_beyond(self, bound: float) -> bool:
        return self._upper.is_beyond(bound / self._unit) and self._lower.is_beyond(bound / self._unit)

    def found(self, bound: float) -> tuple[float | None, float | None]:
        lower = self._lower.farthest(bound / self._unit)
        return (None if lower is None else -lower), self._upper.farthest(bound / self._unit)


def _is_as_steep(steep: Floats, slope: float) -> Flags:
    """Which sequences equal the observed one or its mirror image, whatever ends rounding may have given their stretch."""
    alike: Flags = np.abs(steep - slope) <= SAME_SLOPE * slope
    return alike


def _those(every: Statistics, these: Flags) -> Statistics:
    noise = every.noise if every.noise.size == 1 else every.noise[these]
    return Statistics(every.at_zero[these], every.per_unit[these], every.defined[these], noise)


def _stretch(every: Statistics, value: float, slope: float) -> tuple[Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        first = (value - every.at_zero) / (slope - every.per_unit)
        second = (value + every.at_zero) / (slope + every.per_unit)
    return np.minimum(first, second), np.maximum(first, second)


def _guess(pilot: Portion, value: float, slope: float, bound: float) -> tuple[float, float]:
    """Shifts that all sequences will accept, as far as a part of them can tell; -inf where it cannot."""
    every, weight = pilot
    share = np.full(1, 1 / every.at_zero.size) if weight.size == 1 else weight / weight.sum()
    spans = _spans(every, share, value, slope)
    surely = bound + 5 * math.sqrt(max(bound, 0.0) / every.at_zero.size)
    found = []
    for one in (spans, spans.mirrored()):
        ends = one.finite_ends()
        accepted = ends[one.p_at(ends) > surely]
        found.append(float(accepted[-1]) if accepted.size else -math.inf)
    return found[0], found[1]


def _spans(every: Statistics, weight: Floats, value: float, slope: float) -> _Spans:
    """Where each sequence ties with the observed one as the shift moves.

    A sequence is extreme between its two ties when its slope is the flatter, outside them when it is the steeper; one
    that equals the observed sequence or its mirror image is extreme everywhere: its stretch has no ends. One without
    a statistic weighs nothing.
    """
    steep = np.abs(every.per_unit)
    same = _is_as_steep(steep, slope) | ~every.defined
    low, high = _stretch(every, value, slope)
    low[same], high[same] = -np.inf, np.inf
    weight = np.broadcast_to(weight, low.shape)
    if not every.defined.all():
        weight = np.where(every.defined, weight, 0.0)
    apart = np.maximum(np.abs(slope - steep), SAME_SLOPE * slope)
    return _Spans(low, high, same | (steep < slope), weight, END_ROUNDING * every.noise / apart)


def _weight_before(ends: Floats, weight: Floats, these: Flags, at: Floats, *, past: bool) -> Floats:
    """The weight of `these` ends below each point, ends equal to the point counted where `past`."""
    order = np.argsort(ends[these], kind="stable")
    running = np.concatenate([[0.0], np.cumsum(weight[these][order])])
    place = np.searchsorted(ends[these][order], at, side="right" if past else "left")
    found: Floats = running[place]
    return found
