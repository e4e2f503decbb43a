"""Exact inference from small counts: the conditional law of a two-by-two table, binomial and Poisson limits.

Two-sided p-values follow the probability rule: all results that are no more probable than the one seen (R's
``fisher.test`` and ``binom.test`` do so, with the same tolerance). Limits are the equal-tailed ones of Clopper and
Pearson, of Cornfield (conditional odds ratio) and of Garwood (Poisson); they need not go with the two-sided p.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import betaincinv, gammaincinv, gammaln, ndtri, xlogy

from armlet.analysis.sides import Sides
from armlet.analysis.transforms import Floats

AS_PROBABLE = 1e-7
"""Results within this share of the probability of the one seen count as no more probable (R's tolerance)."""

LEAST_P: Final = float(np.finfo(np.float64).tiny)
"""A probability below the least number there is stands as that number: it is not 0."""

_HALVINGS = 200
_FARTHEST = 60.0
"""The natural logarithm of the largest odds ratio looked for."""


@dataclass(frozen=True, slots=True)
class Table:
    """`events` of `people` in the arm, `other_events` of `other_people` in the reference."""

    events: int
    people: int
    other_events: int
    other_people: int

    @property
    def least(self) -> int:
        """The fewest events the arm can have, given how many there are in all."""
        return max(0, self.events + self.other_events - self.other_people)

    @property
    def most(self) -> int:
        """The most it can have."""
        return min(self.people, self.events + self.other_events)

    def law(self, log_odds: float = 0.0) -> Floats:
        """The probability of each number of events in the arm, from `least` to `most`, at that log odds ratio."""
        number = np.arange(self.least, self.most + 1, dtype=np.float64)
        total = self.events + self.other_events
        logs = _log_choose(self.people, number) + _log_choose(self.other_people, total - number) + number * log_odds
        weights = np.exp(logs - logs.max())
        law: Floats = weights / weights.sum()
        return law


def _log_choose(of: int, chosen: Floats) -> Floats:
    found: Floats = gammaln(of + 1) - gammaln(chosen + 1) - gammaln(of - chosen + 1)
    return found


def sided_p(law: Floats, seen: int, sides: Sides) -> float:
    """The probability of a result at least as extreme as place `seen`: no more probable, or not smaller, or not larger.

    Never 0: with thousands of people it may be less than any number, and then is `LEAST_P`.
    """
    if sides is Sides.GREATER:
        extreme = law[seen:]
    elif sides is Sides.LESS:
        extreme = law[: seen + 1]
    else:
        extreme = law[law <= law[seen] * (1 + AS_PROBABLE)]
    return min(1.0, max(math.fsum(extreme), LEAST_P))


def smallest_p(law: Floats, sides: Sides) -> float:
    """The least p that any result can have."""
    return min(sided_p(law, place, sides) for place in (0, law.size - 1, int(np.argmin(law))))


def odds_ratio(table: Table) -> float | None:
    """The conditional maximum likelihood estimate: 0 where the arm has the fewest events it can, None for no bound."""
    if table.events == table.most:
        return None
    if table.events == table.least:
        return 0.0
    number = np.arange(table.least, table.most + 1)
    return math.exp(_root(lambda log_odds: float(table.law(log_odds) @ number) - table.events))


def odds_ratio_limits(table: Table, level: float) -> tuple[float, float | None]:
    """Exact limits of the odds ratio; the upper is None where nothing bounds it."""
    tail, place = (1 - level) / 2, table.events - table.least
    lower, upper = 0.0, None
    if table.events > table.least:
        lower = math.exp(_root(lambda log_odds: math.fsum(table.law(log_odds)[place:]) - tail))
    if table.events < table.most:
        upper = math.exp(_root(lambda log_odds: tail - math.fsum(table.law(log_odds)[: place + 1])))
    return lower, upper


def _root(rising: Callable[[float], float]) -> float:
    """Where a rising function of the log odds ratio is 0, by halving."""
    low, high = -_FARTHEST, _FARTHEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2


def newcombe_limits(table: Table, level: float) -> tuple[float, float]:
    """Limits of the difference in proportions from Wilson's limits of each (Newcombe 1998, method 10): approximate."""
    z = float(ndtri(1 - (1 - level) / 2))
    one, other = table.events / table.people, table.other_events / table.other_people
    low, high = _wilson(table.events, table.people, z)
    other_low, other_high = _wilson(table.other_events, table.other_people, z)
    difference = one - other
    return (
        difference - math.hypot(one - low, other_high - other),
        difference + math.hypot(high - one, other - other_low),
    )


def _wilson(events: int, people: int, z: float) -> tuple[float, float]:
    inner = 2 * events + z * z
    reach = z * math.sqrt(z * z + 4 * events * (1 - events / people))
    whole = 2 * (people + z * z)
    return max(0.0, (inner - reach) / whole), min(1.0, (inner + reach) / whole)


def binomial_limits(events: int, number: int, level: float) -> tuple[float, float]:
    """Clopper and Pearson's limits for the probability behind `events` of `number`, at least one."""
    tail = (1 - level) / 2
    lower = float(betaincinv(events, number - events + 1, tail)) if events else 0.0
    upper = float(betaincinv(events + 1, number - events, 1 - tail)) if events < number else 1.0
    return lower, upper


def binomial_law(number: int, probability: float) -> Floats:
    """The probability of 0 to `number` events."""
    events = np.arange(number + 1, dtype=np.float64)
    logs = _log_choose(number, events) + xlogy(events, probability) + xlogy(number - events, 1 - probability)
    law: Floats = np.exp(logs)
    return law


def poisson_limits(events: int, level: float) -> tuple[float, float]:
    """Garwood's limits for the expected number behind that many events (Biometrika 1936, 28, 437-442)."""
    tail = (1 - level) / 2
    lower = float(gammaincinv(events, tail)) if events else 0.0
    return lower, float(gammaincinv(events + 1, 1 - tail))
