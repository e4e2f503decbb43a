"""Looks at the data before the end: boundaries that keep the level, their power, and what a stopped trial has shown.

Test statistics at information fractions t have the joint distribution of a Brownian motion with drift, B(t) = Z sqrt(t); the
chance to cross a boundary is integrated from look to look on the points of Gauss and Legendre (Armitage, McPherson and Rowe
1969; Jennison and Turnbull 2000, chapter 19). Everything is one-sided: the level is that of the upper boundary alone, and a
two-sided level of twice as much is its symmetric use. There is no boundary for futility.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
from scipy.special import ndtr, ndtri

from armlet.analysis.roots import root_of
from armlet.analysis.transforms import Floats

NODES: Final = 160
REACH: Final = 9.0
"""Standard deviations beyond which nothing is integrated: 1e-19 of the mass."""


class Boundary(StrEnum):
    """Classical shapes for equally spaced looks, and spending functions for looks at any time."""

    OBRIEN_FLEMING = "obrien-fleming"
    POCOCK = "pocock"
    SPENDING_OBRIEN_FLEMING = "spending-obrien-fleming"
    SPENDING_POCOCK = "spending-pocock"
    SPENDING_POWER = "spending-power"


@cache
def _nodes() -> tuple[Floats, Floats]:
    points, weights = np.polynomial.legendre.leggauss(NODES)
    return points, weights


@dataclass(frozen=True, slots=True)
class _Going:
    """The density of B at the last look among trials that go on: points, and weight times density at each."""

    t: float
    points: Floats
    mass: Floats

    @classmethod
    def start(cls) -> _Going:
        """Before the first look B is 0."""
        return cls(0.0, np.zeros(1), np.ones(1))

    def above(self, t: float, z: float, drift: float) -> float:
        """The chance to go on to the look at t and to be above z there."""
        sd = math.sqrt(t - self.t)
        reached = (self.points + drift * (t - self.t) - z * math.sqrt(t)) / sd
        return float(self.mass @ ndtr(reached))

    def density(self, t: float, at: Floats, drift: float) -> Floats:
        """The density of B at the look at t, in the given places."""
        sd = math.sqrt(t - self.t)
        away = (at[:, None] - self.points[None, :] - drift * (t - self.t)) / sd
        return np.asarray(np.exp(-0.5 * away**2) @ self.mass / (sd * math.sqrt(2 * math.pi)))

    def past(self, t: float, z: float, drift: float) -> _Going:
        """Those who stay below z at the look at t."""
        middle, sd = drift * t, math.sqrt(t)
        lower, upper = middle - REACH * sd, min(z * sd, middle + REACH * sd)
        upper = max(upper, lower)
        points, weights = _nodes()
        places = lower + (upper - lower) * (points + 1) / 2
        return _Going(t, places, self.density(t, places, drift) * weights * (upper - lower) / 2)


def _require_fractions(fractions: Sequence[float]) -> None:
    rising = all(first < second for first, second in pairwise(fractions))
    if not fractions or fractions[0] <= 0 or not rising or fractions[-1] > 1:
        raise ValueError("information fractions have to rise from above 0 to at most 1")


def crossing(fractions: Sequence[float], bounds: Sequence[float], drift: float = 0.0) -> tuple[float, ...]:
    """The chance to cross each bound first at that look; `drift` is the expected Z at full information."""
    _require_fractions(fractions)
    going, chances = _Going.start(), list[float]()
    for t, z in zip(fractions, bounds, strict=True):
        chances.append(going.above(t, z, drift))
        going = going.past(t, z, drift)
    return tuple(chances)


def spent(kind: Boundary, t: float, alpha: float, power: float = 3.0) -> float:
    """The level spent up to the fraction t: Lan and DeMets 1983 (Biometrika 70, 659), Kim and DeMets 1987 (74, 149)."""
    if kind is Boundary.SPENDING_OBRIEN_FLEMING:
        return 2 * float(ndtr(float(ndtri(alpha / 2)) / math.sqrt(t)))
    if kind is Boundary.SPENDING_POCOCK:
        return alpha * math.log1p((math.e - 1) * t)
    if kind is Boundary.SPENDING_POWER:
        return float(alpha * t**power)
    raise ValueError(f'"{kind.value}" spends nothing; it is a shape')


def bounds_of(kind: Boundary, fractions: Sequence[float], alpha: float, power: float = 3.0) -> tuple[float, ...]:
    """The bound for Z at each look, so that without an effect it is crossed with the chance `alpha` in all.

    The classical shapes are c / sqrt(t) (O'Brien and Fleming 1979) and c (Pocock 1977).
    """
    _require_fractions(fractions)
    if kind is Boundary.OBRIEN_FLEMING or kind is Boundary.POCOCK:
        shape = [1 / math.sqrt(t) if kind is Boundary.OBRIEN_FLEMING else 1.0 for t in fractions]
        c = root_of(lambda c: alpha - sum(crossing(fractions, [c * one for one in shape])), 0.0, 10.0)
        return tuple(c * one for one in shape)
    going, bounds, before = _Going.start(), list[float](), 0.0
    for t in fractions:
        total = spent(kind, t, alpha, power)
        bounds.append(_spending_bound(going, t, total - before))
        going, before = going.past(t, bounds[-1], 0.0), total
    return tuple(bounds)


def _spending_bound(going: _Going, t: float, chance: float) -> float:
    return root_of(lambda z: chance - going.above(t, z, 0.0), -10.0, 38.0)


def power_of(fractions: Sequence[float], bounds: Sequence[float], drift: float) -> float:
    """The chance to cross at any look."""
    return sum(crossing(fractions, bounds, drift))


def drift_for(fractions: Sequence[float], bounds: Sequence[float], power: float) -> float:
    """The drift at which a bound is crossed with the chance `power`."""
    return root_of(lambda drift: power_of(fractions, bounds, drift) - power, 0.0, 30.0)


def inflation(fractions: Sequence[float], bounds: Sequence[float], alpha: float, power: float) -> float:
    """How many times the people of a trial without looks are needed at most, for the same level and power."""
    fixed = float(ndtri(1 - alpha) + ndtri(power))
    return (drift_for(fractions, bounds, power) / fixed) ** 2


def expected_fraction(fractions: Sequence[float], bounds: Sequence[float], drift: float) -> float:
    """The information fraction at which the trial ends on average."""
    chances = crossing(fractions, bounds, drift)
    return sum(c * t for c, t in zip(chances, fractions, strict=True)) + (1 - sum(chances)) * fractions[-1]


# --- A trial that has stopped -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """What a trial that ended at a look has shown; effects are in units of the estimate, Z over root information.

    `p` is one-sided and stage-wise: to cross earlier is more extreme than later (Fairbanks and Madsen 1982; Tsiatis, Rosner
    and Mehta 1984). `lower` and `upper` are limits of that ordering with the chance `alpha` beyond each; `estimate` is median
    unbiased. The repeated limits hold at every look at once, whatever made the trial stop (Jennison and Turnbull 1989).
    """

    p: float
    estimate: float
    lower: float
    upper: float
    repeated_lower: float
    repeated_upper: float


def shown(
    fractions: Sequence[float], bounds: Sequence[float], z: float, full_information: float, alpha: float
) -> Shown:
    """For a trial that ended at the last of these looks with Z = z; `full_information` is that at fraction 1.

    It ended there because z is above the bound, or because it was the last look of all: the caller knows.
    """

    def beyond(drift: float) -> float:
        return sum(crossing(fractions, (*bounds[: len(fractions) - 1], z), drift))

    width = 10 + abs(z) / math.sqrt(fractions[0])
    lower, middle, upper = (_reached(beyond, at, width) for at in (alpha, 0.5, 1 - alpha))
    root = math.sqrt(full_information)
    reach = bounds[len(fractions) - 1] / math.sqrt(fractions[-1])
    here = z / math.sqrt(fractions[-1])
    return Shown(beyond(0.0), middle / root, lower / root, upper / root, (here - reach) / root, (here + reach) / root)


def _reached(beyond: Callable[[float], float], chance: float, width: float) -> float:
    """The drift at which the result, or one more extreme, has that chance."""
    return root_of(lambda drift: beyond(drift) - chance, -width, width)
