"""Mixtures of beta and of normal distributions as priors and posteriors, and what they say of a difference.

A mixture of conjugate priors stays one: each component is updated by itself and its weight by how well it foretold the
data. Effective sample sizes: Neuenschwander and others 2020 (Biometrics 76, 578).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from scipy.special import betainc, betaincinv, betaln, expit, logsumexp, ndtr, ndtri, xlogy

from armlet.analysis.transforms import Floats

NODES: Final = 128
HALVINGS: Final = 60
LOGIT_REACH: Final = 45.0
LOGIT_STEPS: Final = 4501
NORMAL_REACH: Final = 10.0
NORMAL_STEPS: Final = 401
"""Even steps over the whole of a smooth bell: the trapezoidal rule errs by less than rounding there."""


@cache
def unit_nodes(number: int = NODES) -> tuple[Floats, Floats]:
    """Gauss and Legendre's points and weights on 0 to 1."""
    points, weights = np.polynomial.legendre.leggauss(number)
    return (points + 1) / 2, weights / 2


@cache
def _smooth_nodes() -> tuple[Floats, Floats]:
    """The same, crowded towards both ends, where quantiles bend sharply."""
    points, weights = unit_nodes()
    return points**2 * (3 - 2 * points), weights * 6 * points * (1 - points)


def quantile_of(tail: Callable[[float], float], chance: float, lower: float, upper: float) -> float:
    """Where the distribution function `tail` reaches `chance`, by halving between two bounds."""
    for _ in range(HALVINGS):
        middle = (lower + upper) / 2
        if middle in (lower, upper):
            break
        lower, upper = (middle, upper) if tail(middle) < chance else (lower, middle)
    return (lower + upper) / 2


@dataclass(frozen=True, slots=True)
class BetaMixture:
    """Weights, first and second shapes of the components, each an array over components."""

    weights: Floats
    a: Floats
    b: Floats

    @classmethod
    def of(cls, *components: tuple[float, float, float]) -> BetaMixture:
        """From (weight, a, b) of each component; weights are scaled to sum to 1."""
        table = np.array(components, dtype=np.float64)
        return cls(table[:, 0] / table[:, 0].sum(), table[:, 1], table[:, 2])

    @property
    def mean(self) -> float:
        """The mean proportion."""
        return float(self.weights @ (self.a / (self.a + self.b)))

    @property
    def sd(self) -> float:
        """The standard deviation of the proportion."""
        total = self.a + self.b
        second = self.a * (self.a + 1) / (total * (total + 1))
        return math.sqrt(float(self.weights @ second) - self.mean**2)

    def below(self, x: float) -> float:
        """The probability of a proportion of at most x."""
        return float(self.weights @ betainc(self.a, self.b, min(max(x, 0.0), 1.0)))

    def quantile(self, chance: float) -> float:
        """The proportion that is reached with that probability."""
        return quantile_of(self.below, chance, 0.0, 1.0)

    def updated(self, events: float, people: float) -> BetaMixture:
        """The posterior after so many events among so many people."""
        a, b = self.a + events, self.b + people - events
        log_weights = np.log(self.weights) + betaln(a, b) - betaln(self.a, self.b)
        return BetaMixture(np.exp(log_weights - logsumexp(log_weights)), a, b)

    def with_vague(self, weight: float) -> BetaMixture:
        """Robust: a uniform component of that weight beside the others (Schmidli and others 2014)."""
        weights = np.append(self.weights * (1 - weight), weight)
        return BetaMixture(weights, np.append(self.a, 1.0), np.append(self.b, 1.0))

    def moment_size(self) -> float:
        """People that a single beta prior with the same mean and spread stands for."""
        return self.mean * (1 - self.mean) / self.sd**2 - 1

    def elir_size(self) -> float:
        """People that the prior stands for: the expected local information ratio."""
        logit = np.linspace(-LOGIT_REACH, LOGIT_REACH, LOGIT_STEPS)
        x, rest = expit(logit), expit(-logit)
        a, b = self.a[:, None], self.b[:, None]
        log_part = np.log(self.weights)[:, None] - betaln(a, b) + xlogy(a - 1, x) + xlogy(b - 1, rest)
        log_all = logsumexp(log_part, axis=0)
        share = np.exp(log_part - log_all)
        # slope and bend of each component's logarithm, times what one person tells and its square
        slope, bend = (a - 1) * rest - (b - 1) * x, -(a - 1) * rest**2 - (b - 1) * x**2
        local = (share * slope).sum(axis=0) ** 2 - (share * (slope**2 + bend)).sum(axis=0)
        return float((np.exp(log_all) * local).sum() * (logit[1] - logit[0]))


def beta_above(first: BetaMixture, second: BetaMixture, by: float) -> float:
    """The probability that the first proportion is above the second by more than `by`; the two are independent.

    Integrated over the quantiles of each component of the second, where the first leaves anything open.
    """
    lower, upper = max(0.0, -by), min(1.0, 1.0 - by)
    if lower >= upper:
        return 1.0 if by < 0 else 0.0
    points, weights = _smooth_nodes()
    start, end = (betainc(second.a, second.b, edge) for edge in (lower, upper))
    places = start[:, None] + (end - start)[:, None] * points[None, :]
    x = betaincinv(second.a[:, None], second.b[:, None], places) + by
    above = 1 - np.einsum("k,kij->ij", first.weights, betainc(first.a[:, None, None], first.b[:, None, None], x))
    inside = (end - start) * (above @ weights)
    return float(second.weights @ (start + inside if by < 0 else inside))


@dataclass(frozen=True, slots=True)
class NormalMixture:
    """Weights, means and standard deviations of the components, each an array over components."""

    weights: Floats
    means: Floats
    sds: Floats

    @classmethod
    def of(cls, *components: tuple[float, float, float]) -> NormalMixture:
        """From (weight, mean, standard deviation) of each component; weights are scaled to sum to 1."""
        table = np.array(components, dtype=np.float64)
        return cls(table[:, 0] / table[:, 0].sum(), table[:, 1], table[:, 2])

    @property
    def mean(self) -> float:
        """The mean."""
        return float(self.weights @ self.means)

    @property
    def sd(self) -> float:
        """The standard deviation."""
        return math.sqrt(float(self.weights @ (self.sds**2 + (self.means - self.mean) ** 2)))

    def below(self, x: float) -> float:
        """The probability of at most x."""
        return float(self.weights @ ndtr((x - self.means) / self.sds))

    def above(self, x: float) -> float:
        """The probability of more than x, also where it is too small to be told from 1 minus the other."""
        return float(self.weights @ ndtr((self.means - x) / self.sds))

    def quantile(self, chance: float) -> float:
        """What is reached with that probability."""
        each = self.means + self.sds * float(ndtri(chance))
        return quantile_of(self.below, chance, float(each.min()), float(each.max()))

    def updated(self, mean: float, error: float) -> NormalMixture:
        """The posterior after a mean was seen with that standard error."""
        return self.updated_with_evidence(mean, error)[0]

    def updated_with_evidence(self, mean: float, error: float) -> tuple[NormalMixture, float]:
        """The posterior, and the logarithm of the density that the prior gave to what was seen."""
        spread = self.sds**2 + error**2
        log_weights = np.log(self.weights) - 0.5 * (np.log(2 * np.pi * spread) + (mean - self.means) ** 2 / spread)
        evidence = float(logsumexp(log_weights))
        means = (self.means * error**2 + mean * self.sds**2) / spread
        sds = self.sds * error / np.sqrt(spread)
        return NormalMixture(np.exp(log_weights - evidence), means, sds), evidence

    def with_vague(self, weight: float, mean: float, sd: float) -> NormalMixture:
        """Robust: a wide component of that weight beside the others (Schmidli and others 2014)."""
        weights = np.append(self.weights * (1 - weight), weight)
        return NormalMixture(weights, np.append(self.means, mean), np.append(self.sds, sd))

    def minus(self, other: NormalMixture) -> NormalMixture:
        """The difference of two independent ones."""
        weights = np.multiply.outer(self.weights, other.weights).reshape(-1)
        means = np.subtract.outer(self.means, other.means).reshape(-1)
        return NormalMixture(weights, means, np.sqrt(np.add.outer(self.sds**2, other.sds**2)).reshape(-1))

    def moment_size(self, reference_sd: float) -> float:
        """People that a single normal prior of the same spread stands for, each with that standard deviation."""
        return (reference_sd / self.sd) ** 2

    def elir_size(self, reference_sd: float) -> float:
        """People that the prior stands for: the expected local information ratio."""
        points = np.linspace(-NORMAL_REACH, NORMAL_REACH, NORMAL_STEPS)
        weights = np.exp(-0.5 * points**2) * (points[1] - points[0]) / math.sqrt(2 * math.pi)
        x = self.means[:, None] + self.sds[:, None] * points[None, :]
        away = (x - self.means[:, None, None]) / self.sds[:, None, None]
        log_part = np.log(self.weights / self.sds)[:, None, None] - 0.5 * away**2
        share = np.exp(log_part - logsumexp(log_part, axis=0))
        slope = -away / self.sds[:, None, None]
        first = (share * slope).sum(axis=0)
        local = first**2 - (share * (slope**2 - 1 / self.sds[:, None, None] ** 2)).sum(axis=0)
        return float(reference_sd**2 * (self.weights @ local @ weights))
