"""One answer from many completed data sets: Rubin's rules, with the degrees of freedom of Barnard and Rubin.

Rubin 1987 (Multiple Imputation for Nonresponse in Surveys, chapter 3); Barnard and Rubin 1999 (Biometrika 86, 948), which
keeps the degrees of freedom below those of the data without a gap, as with ten people it must.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from armlet.analysis.transforms import Floats


@dataclass(frozen=True, slots=True)
class Pooled:
    """The mean of the estimates, its variance within and between the completed data sets, and degrees of freedom.

    `monte_carlo_error` is how far the value would move with other draws: its standard deviation over repeated seeds.
    """

    value: float
    within: float
    between: float
    imputations: int
    complete_df: float
    monte_carlo_error: float

    @property
    def variance(self) -> float:
        """Within, plus between with the allowance for having drawn only so many."""
        return self.within + (1 + 1 / self.imputations) * self.between

    @property
    def missing(self) -> float:
        """The share of the variance that comes from between the completed data sets."""
        return (1 + 1 / self.imputations) * self.between / self.variance

    @property
    def error(self) -> float:
        """The standard error of the value."""
        return math.sqrt(self.variance)

    @property
    def df(self) -> float:
        """Barnard and Rubin's; where nothing varies between the data sets, those of the data without a gap."""
        share = self.missing
        if share <= 0:
            return self.complete_df
        drawn = (self.imputations - 1) / share**2
        seen = (self.complete_df + 1) / (self.complete_df + 3) * self.complete_df * (1 - share)
        return 1 / (1 / drawn + 1 / seen)


def pool(estimates: Floats, variances: Floats, complete_df: float, chains: int | None = None) -> Pooled:
    """Rubin's rules over at least two completed data sets; `variances` are the squared standard errors of each.

    Where there are fewer `chains` than data sets, each gave one in turn: those of one chain may be alike, the chains are
    not, so the Monte Carlo error is told from what each chain adds up to.
    """
    number = len(estimates)
    if number < 2:
        raise ValueError("at least two completed data sets are needed to tell how far they differ")
    spread = float(estimates.var(ddof=1))
    chains = min(chains or number, number)
    away = np.bincount(np.arange(number) % chains, estimates - estimates.mean(), minlength=chains)
    error = math.sqrt(chains / (chains - 1) * float(away @ away)) / number
    return Pooled(float(estimates.mean()), float(variances.mean()), spread, number, complete_df, error)
