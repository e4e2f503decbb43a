"""How many people, or what power, for a comparison of two arms: the t test and the analysis of covariance, exactly.

Exact means: from the noncentral t distribution with both of its tails, not from the normal curve, which promises too much
for ten people. Standardised differences are in standard deviations of the outcome.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.special import nctdtr, ndtri, stdtrit

from armlet.analysis.mixtures import unit_nodes
from armlet.analysis.transforms import Transform

HALVINGS: Final = 100
MOST_PEOPLE: Final = 1e7


def power_of_t(difference: float, first: float, second: float, alpha: float, *, sides: int = 2) -> float:
    """Power of the pooled t test; `difference` in standard deviations, people by arm (fractions are allowed)."""
    df = first + second - 2
    return _power(difference / math.sqrt(1 / first + 1 / second), df, alpha, sides)


def _power(noncentrality: float, df: float, alpha: float, sides: int) -> float:
    if df <= 0:
        return 0.0
    limit = float(stdtrit(df, 1 - alpha / sides))
    # the upper tail as the lower tail of the mirror image, which keeps its digits
    upper = float(nctdtr(df, -abs(noncentrality), -limit))
    return upper + float(nctdtr(df, abs(noncentrality), -limit)) if sides == 2 else upper


def power_of_ancova(
    difference: float, first: float, second: float, alpha: float, *, correlation: float, sides: int = 2
) -> float:
    """Power of the analysis of covariance with one baseline, which comes out as chance has it, not as planned.

    The arms' baselines differ by chance; what that costs is integrated over. Residuals have the
    spread that a correlation of outcome and baseline leaves.
    """
    people = first + second
    if people <= 3:
        return 0.0
    points, weights = unit_nodes()
    # the standardised difference of the baselines is a t: the square root of people - 2 times the tangent of this angle
    kept = np.cos(math.pi / 2 * points)
    weights = weights * kept ** (people - 3)
    most = difference / math.sqrt((1 - correlation**2) * (1 / first + 1 / second))
    powers = np.array([_power(most * float(share), people - 3, alpha, sides) for share in kept])
    return float(powers @ weights / weights.sum())


def people_for(power: float, power_with: Callable[[float], float]) -> float:
    """The number at which a rising power reaches `power`, as a fraction; ValueError where it never does."""
    lower, upper = 1.0, 2.0
    while power_with(upper) < power:
        lower, upper = upper, 2 * upper
        if upper > MOST_PEOPLE:
            raise ValueError("no number of people reaches this power")
    return _halved(lambda n: power_with(n) >= power, lower, upper)


def people_per_arm(difference: float, power: float, alpha: float, *, sides: int = 2) -> float:
    """People in each of two equal arms for the t test."""
    return people_for(power, lambda n: power_of_t(difference, n, n, alpha, sides=sides))


def detectable(power: float, first: float, second: float, alpha: float, *, sides: int = 2) -> float:
    """The standardised difference that the t test finds with that power."""
    upper = 1.0
    while power_of_t(upper, first, second, alpha, sides=sides) < power:
        upper *= 2
    return _halved(lambda d: power_of_t(d, first, second, alpha, sides=sides) >= power, 0.0, upper)


def _halved(is_enough: Callable[[float], bool], lower: float, upper: float) -> float:
    for _ in range(HALVINGS):
        middle = (lower + upper) / 2
        if middle in (lower, upper):
            break
        lower, upper = (lower, middle) if is_enough(middle) else (middle, upper)
    return upper


def total_by_normal_curve(
    difference: float, sd: float, power: float, alpha: float, *, share: float = 0.5, sides: int = 2
) -> float:
    """People in both arms by the normal curve, as sample sizes are often published; `share` is that of one arm.

    Lachin 1981 (Controlled Clinical Trials 2, 93). Too few for small trials: hold it against `power_of_t`.
    """
    z = float(ndtri(1 - alpha / sides) + ndtri(power))
    return z**2 * sd**2 * (1 / share + 1 / (1 - share)) / difference**2


def mean_after_increase(mean: float, increase: float, transform: Transform) -> float:
    """The mean on the scale of the analysis when the mean taken back to the recorded scale rises by that share."""
    if transform is Transform.LN_X_PLUS_1:
        return math.log1p(math.expm1(mean) * (1 + increase))
    if transform is Transform.SQRT:
        return mean * math.sqrt(1 + increase)
    return mean * (1 + increase)
