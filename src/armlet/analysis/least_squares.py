"""Ordinary least squares by QR, and the t distribution that goes with it."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from armlet.analysis.transforms import Floats

DEPENDENT = 1e-10
"""A column whose part not explained by the columns before it is smaller than this share of it adds nothing."""

NO_SPREAD = 1e-13
"""Residuals smaller than this share of the values are rounding: the model explains every value."""

ALONE = 1 - 1e-9
"""Leverage from which on one person's value is fitted whatever it is."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients in the order of the columns of the design; `covariance` has sigma squared in it already."""

    coefficients: Floats
    covariance: Floats
    sigma: float
    df: int

    def combination(self, weights: Floats) -> tuple[float, float]:
        """A weighted sum of the coefficients and its standard error."""
        return float(weights @ self.coefficients), float(np.sqrt(weights @ self.covariance @ weights))


def least_squares(design: Floats, values: Floats, *, robust: bool = False) -> Fit | str:
    """Fit the columns of `design` (people by columns) to the values, or say why it cannot be done.

    `robust` takes the covariance of the coefficients from each person's own residual (HC3: MacKinnon and White 1985,
    Journal of Econometrics 29, 305), which stays right where the spread differs between people.
    """
    people, columns = design.shape
    if people <= columns:
        return f"{people} usable values and {columns} coefficients leave no degrees of freedom for the spread"
    frame, upper = np.linalg.qr(design)
    if bool(np.any(np.abs(np.diag(upper)) <= DEPENDENT * np.linalg.norm(design, axis=0))):
        return "the arm can be told from the baseline and other covariates alone, so their effects cannot be separated"
    inverse = np.linalg.solve(upper, np.eye(columns))
    coefficients = inverse @ (frame.T @ values)
    residuals = values - design @ coefficients
    length = float(np.linalg.norm(residuals))
    if length <= NO_SPREAD * people * float(np.abs(values).max()):
        return "the values lie exactly on the fitted lines: there is no spread to judge a difference by"
    df = people - columns
    if not robust:
        return Fit(coefficients, (length**2 / df) * (inverse @ inverse.T), length / df**0.5, df)
    leverage = np.sum(frame**2, axis=1)
    if bool(np.any(leverage >= ALONE)):
        return "one person alone decides a coefficient, so a standard error from each person's residual has no meaning"
    each = inverse @ (frame * (residuals / (1 - leverage))[:, None]).T
    return Fit(coefficients, each @ each.T, length / df**0.5, df)


def t_two_sided(t: float, df: float) -> float:
    """Two-sided p of a t statistic; never 0, for no finite statistic is impossible under the model."""
    return min(1.0, max(2 * float(stdtr(df, -abs(t))), sys.float_info.min))


def t_greater(t: float, df: float) -> float:
    """The chance of a t statistic at least so great; never 0, as `t_two_sided`."""
    return min(1.0, max(float(stdtr(df, -t)), sys.float_info.min))


def t_quantile(level: float, df: float) -> float:
    """What an estimate's standard error is multiplied by for a two-sided interval at that level."""
    return float(stdtrit(df, (1 + level) / 2))
