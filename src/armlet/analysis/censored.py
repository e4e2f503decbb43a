"""Normal regression where some values are known only to be at most a limit (Tobin 1958), by maximum likelihood.

In the parametrisation of Olsen (1978, Econometrica 46, 1211), coefficients and value divided by the spread, the likelihood
is concave: Newton's method finds its only top. Standard errors are from the observed information; limits from the profile.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import chdtri, log_ndtr

from armlet.analysis.imputation import Seen
from armlet.analysis.least_squares import Fit, least_squares
from armlet.analysis.roots import root_of
from armlet.analysis.transforms import Floats

MOST_STEPS: Final = 200
TIGHT: Final = 1e-20
"""The expected gain in likelihood of another step, at which the fit has ended."""
DOUBLINGS: Final = 40
LOG_ROOT_TWO_PI: Final = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True, slots=True)
class CensoredFit:
    """Coefficients [p], their covariance [p, p] from the observed information, the spread and the log-likelihood."""

    coefficients: Floats
    covariance: Floats
    sigma: float
    log_likelihood: float


def fit_censored(design: Floats, values: Floats, is_below: Seen) -> CensoredFit | str:
    """The fit, or why there is none; where `is_below`, the value is an upper limit.

    There is a top exactly where the values that are known determine every coefficient and leave some spread.
    """
    begun = least_squares(design[~is_below], values[~is_below])
    if isinstance(begun, str):
        return f"among the values above the limit, {begun}"
    try:
        return _fit(design, values, is_below, begun)
    except np.linalg.LinAlgError:
        return "beside their size the values differ so little that no regression can be computed"


def _fit(design: Floats, values: Floats, is_below: Seen, begun: Fit) -> CensoredFit:
    """Newton's steps from least squares of the values that are known. Raises LinAlgError where rounding hides the top."""
    rows = np.column_stack([-design, values])
    theta: Floats = np.asarray(np.append(begun.coefficients, 1.0) / begun.sigma, dtype=np.float64)
    for _ in range(MOST_STEPS):
        likelihood, score, information = _at(theta, rows, is_below)
        step = np.asarray(np.linalg.solve(information, score), dtype=np.float64)
        if float(score @ step) <= TIGHT * max(1.0, abs(likelihood)):
            break
        theta = _climb(theta, step, likelihood, rows, is_below)
    likelihood, _, information = _at(theta, rows, is_below)
    gamma = theta[-1]
    jacobian = np.column_stack([np.eye(len(theta) - 1) / gamma, -theta[:-1] / gamma**2])
    covariance = jacobian @ np.linalg.solve(information, jacobian.T)
    if not bool(np.all(np.diag(covariance) > 0)):
        raise np.linalg.LinAlgError("a variance that rounding made negative")
    return CensoredFit(theta[:-1] / gamma, covariance, 1 / float(gamma), likelihood)


def _climb(theta: Floats, step: Floats, likelihood: float, rows: Floats, is_below: Seen) -> Floats:
    """A Newton step, halved until the inverse spread stays positive and the likelihood does not fall."""
    for halved in range(60):
        tried = theta + step / 2**halved
        if tried[-1] > 0 and _at(tried, rows, is_below)[0] >= likelihood - 1e-12 * abs(likelihood):
            return np.asarray(tried)
    return theta


def _at(theta: Floats, rows: Floats, is_below: Seen) -> tuple[float, Floats, Floats]:
    """Log-likelihood, score and observed information; `rows` hold minus the design, then the value."""
    above, below = rows[~is_below], rows[is_below]
    rest, reach, gamma = above @ theta, below @ theta, theta[-1]
    chance = log_ndtr(reach)
    mills = np.exp(-0.5 * reach**2 - LOG_ROOT_TWO_PI - chance)
    likelihood = len(rest) * (math.log(gamma) - LOG_ROOT_TWO_PI) - 0.5 * float(rest @ rest) + float(chance.sum())
    score = mills @ below - rest @ above
    score[-1] += len(rest) / gamma
    information = above.T @ above + below.T @ (below * (mills * (mills + reach))[:, None])
    information[-1, -1] += len(rest) / gamma**2
    return likelihood, score, information


@dataclass(frozen=True, slots=True)
class Profile:
    """The likelihood-ratio statistic for "the last coefficient is 0", and limits from where it is as large."""

    statistic: float
    lower: float
    upper: float


def profile(design: Floats, values: Floats, is_below: Seen, fit: CensoredFit, level: float) -> Profile | str:
    """For the last column of the design; the other coefficients and the spread are fitted anew at each value of it."""
    others, column = design[:, :-1], design[:, -1]
    error = math.sqrt(float(fit.covariance[-1, -1]))

    def deviance(at: float) -> float:
        held = fit_censored(others, values - at * column, is_below)
        return math.inf if isinstance(held, str) else 2 * (fit.log_likelihood - held.log_likelihood)

    top, target = float(fit.coefficients[-1]), float(chdtri(1, 1 - level))
    limits = [_limit(deviance, top, side * error, target) for side in (-1, 1)]
    if limits[0] is None or limits[1] is None:
        return "the likelihood is so flat that no limits can be told"
    return Profile(max(deviance(0.0), 0.0), limits[0], limits[1])


def _limit(deviance: Callable[[float], float], top: float, step: float, target: float) -> float | None:
    """Where the deviance reaches the target on one side of the top; its root is all but straight, and is followed."""

    def over(steps: float) -> float:
        return math.sqrt(max(deviance(top + steps * step), 0.0)) - math.sqrt(target)

    far = 1.0
    for _ in range(DOUBLINGS):
        if over(far) > 0:
            return top + step * root_of(over, 0.0, far)
        far *= 2
    return None
