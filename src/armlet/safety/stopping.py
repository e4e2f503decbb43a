"""When so many events of harm among so few participants stop a trial: boundaries, and how a rule behaves, both exact.

A boundary says for each number of participants how many events stop the trial; it is computed from the rule and never
copied from a table. How often a rule stops is computed over every history there is, in fractions. No rule proves a
product safe: `highest_risk` says what even no event at all leaves possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import comb
from typing import Final

from armlet.protocol.stopping import BetaBinomial, Boundary, Pocock
from armlet.safety.beta import exceeds

MOST: Final = 60
"""Participants that a boundary is computed for at most: beyond it the exact sums take minutes, and other designs fit."""

Bound = int | None
"""So many events stop the trial after this participant; None where not even one event in everybody would."""


@cache
def bounds_of(boundary: Boundary, n: int) -> tuple[Bound, ...]:
    """The boundary for 1 to n participants. Raises ValueError for n outside 1 to `MOST`."""
    if not 1 <= n <= MOST:
        raise ValueError(f"a boundary is computed for 1 to {MOST} participants; got {n}")
    limit = Fraction(boundary.unacceptable)
    if isinstance(boundary, BetaBinomial):
        return tuple(_bayesian(boundary, limit, k) for k in range(1, n + 1))
    return _pocock(limit, Fraction(boundary.overall), n)


def _bayesian(rule: BetaBinomial, limit: Fraction, n: int) -> Bound:
    a, b, cut = Fraction(rule.prior[0]), Fraction(rule.prior[1]), Fraction(rule.confidence)
    return next((x for x in range(n + 1) if exceeds(a + x, b + n - x, limit, cut)), None)


def level_of(rule: Pocock, n: int) -> Fraction:
    """The level at each look: the largest tail at which the trial is stopped no oftener than `overall` allows."""
    limit, overall = Fraction(rule.unacceptable), Fraction(rule.overall)
    return _level(limit, overall, n)


@cache
def _level(limit: Fraction, overall: Fraction, n: int) -> Fraction:
    tails = sorted({tail(k, x, limit) for k in range(1, n + 1) for x in range(1, k + 1)})
    low, high = 0, len(tails)  # every level below `low` keeps the promise, none from `high` on does
    while low < high:
        middle = (low + high) // 2
        if stop_probability(_at_level(limit, tails[middle], n), limit) <= overall:
            low = middle + 1
        else:
            high = middle
    return tails[low - 1] if low else Fraction(0)


def _pocock(limit: Fraction, overall: Fraction, n: int) -> tuple[Bound, ...]:
    return _at_level(limit, _level(limit, overall, n), n)


def _at_level(limit: Fraction, level: Fraction, n: int) -> tuple[Bound, ...]:
    return tuple(next((x for x in range(1, k + 1) if tail(k, x, limit) <= level), None) for k in range(1, n + 1))


@cache
def tail(n: int, least: int, p: Fraction) -> Fraction:
    """The probability of at least so many events among n, each with probability p."""
    return sum((comb(n, x) * p**x * (1 - p) ** (n - x) for x in range(least, n + 1)), start=Fraction(0))


@dataclass(frozen=True, slots=True)
class Characteristics:
    """How a rule behaves where the true risk is `risk`: how often it stops, and after how many participants on average."""

    risk: Fraction
    stops: Fraction
    expected_n: Fraction


def characteristics(bounds: Sequence[Bound], risk: Fraction) -> Characteristics:
    """Over every history of events, looked at after each participant."""
    going = {0: Fraction(1)}  # the probability of each number of events, not stopped yet
    stopped, expected = Fraction(0), Fraction(0)
    for n, bound in enumerate(bounds, start=1):
        reached: dict[int, Fraction] = {}
        for events, chance in going.items():
            reached[events] = reached.get(events, Fraction(0)) + chance * (1 - risk)
            reached[events + 1] = reached.get(events + 1, Fraction(0)) + chance * risk
        over = sum((chance for events, chance in reached.items() if _reaches(events, bound)), start=Fraction(0))
        going = {events: chance for events, chance in reached.items() if not _reaches(events, bound)}
        stopped, expected = stopped + over, expected + over * n
    return Characteristics(risk, stopped, expected + (1 - stopped) * len(bounds))


def stop_probability(bounds: Sequence[Bound], risk: Fraction) -> Fraction:
    """How often the rule stops a trial where the true risk is `risk`."""
    return characteristics(bounds, risk).stops


def _reaches(events: int, bound: Bound) -> bool:
    return bound is not None and events >= bound


def highest_risk(events: int, n: int, confidence: Fraction = Fraction(95, 100), places: int = 3) -> Fraction:
    """The risk that so few events leave possible: the exact one-sided upper limit, rounded up to so many places.

    1 where everybody had an event. Clopper and Pearson 1934, one-sided.
    """
    if events >= n:
        return Fraction(1)
    low, high, scale = 0, 10**places, 10**places
    while high - low > 1:
        middle = (low + high) // 2
        fewer = 1 - tail(n, events + 1, Fraction(middle, scale))
        low, high = (middle, high) if fewer > 1 - confidence else (low, middle)
    return Fraction(high, scale)


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the data counted: participants, events among them, and how many would stop the trial."""

    participants: int
    events: int
    bound: Bound

    @property
    def stops(self) -> bool:
        """Whether the boundary was reached."""
        return _reaches(self.events, self.bound)


def look_back(had_event: Sequence[bool], bounds: Sequence[Bound]) -> tuple[Look, ...]:
    """Every look there was, over participants in the order in which they could be counted.

    All looks, not the last alone: an event that is reported late can reach the boundary of an earlier look, and then the
    trial stops though later participants had none. Participants beyond the last bound are held against it.
    """
    events, looks = 0, list[Look]()
    for n, had in enumerate(had_event, start=1):
        events += had
        bound = bounds[min(n, len(bounds)) - 1] if bounds else None
        looks.append(Look(n, events, bound))
    return tuple(looks)


def are_monotone(bounds: Sequence[Bound]) -> bool:
    """Whether no bound falls as participants come: every sensible rule keeps to it."""
    known = [bound for bound in bounds if bound is not None]
    return all(earlier <= later for earlier, later in pairwise(known))
