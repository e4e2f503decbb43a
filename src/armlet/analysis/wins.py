"""Everybody of one arm held against everybody of the other: who did better, in order of importance.

The counts of wins and losses, their large-sample covariance (Bebu and Lachin 2016, Biostatistics 17, 178), and the exact
distribution of the net wins when every choice of that many people is as likely (Finkelstein and Schoenfeld 1999).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from armlet.analysis.transforms import Floats

Signs = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Wins:
    """Shares of the pairs that are won and lost by the first arm, and the covariance of the two, [2, 2]."""

    won: float
    lost: float
    pairs: int
    covariance: Floats

    @property
    def net(self) -> float:
        """Net benefit: won minus lost, from -1 to 1."""
        return self.won - self.lost

    @property
    def net_error(self) -> float:
        """The standard error of the net benefit."""
        turn = np.array([1.0, -1.0])
        return math.sqrt(max(float(turn @ self.covariance @ turn), 0.0))

    def log_ratio_error(self) -> float:
        """The standard error of the logarithm of the win ratio; only where somebody won and somebody lost."""
        turn = np.array([1 / self.won, -1 / self.lost])
        return math.sqrt(max(float(turn @ self.covariance @ turn), 0.0))

    def log_odds_error(self) -> float:
        """The standard error of the logarithm of the win odds, in which a tie is half a win; only below 1 either way."""
        return 2 * self.net_error / (1 - self.net**2)


def compare_all(values: Floats, margin: float) -> Signs:
    """Who did better of each two people, [people, people]: 1 the first, -1 the second, 0 neither.

    A larger value is better and has to be so by more than the margin; minus infinity is worse than every number, and two of
    them are equal.
    """
    with np.errstate(invalid="ignore"):
        away = np.subtract.outer(values, values)
    signs = np.where(np.abs(away) > margin, np.sign(away), 0.0)
    return np.nan_to_num(signs).astype(np.int8)


def count_wins(signs: Signs, in_first: npt.NDArray[np.bool_]) -> Wins:
    """Wins of the people of the first arm over those of the second; each arm has at least two people."""
    between = signs[np.ix_(in_first, ~in_first)]
    won, lost = (between == 1).astype(np.float64), (between == -1).astype(np.float64)
    covariance = np.zeros((2, 2))
    for axis in (1, 0):
        means = np.stack([won.mean(axis=axis), lost.mean(axis=axis)])
        covariance += np.cov(means, ddof=1) / means.shape[1]
    return Wins(float(won.mean()), float(lost.mean()), between.size, covariance)


def net_wins_p(signs: Signs, in_first: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Exact two-sided p of the net wins, and the least that was reachable, over every choice of that many people.

    Each pair within an arm cancels, so the net wins are the sum of everybody's wins less losses against all the others.
    """
    scores = signs.astype(np.int64).sum(axis=1)
    people, number = len(scores), int(in_first.sum())
    shift = int(-scores.min())
    raised = scores + shift
    counts = np.zeros((number + 1, int(np.sort(raised)[-number:].sum()) + 1))
    counts[0, 0] = 1.0
    for score in raised.tolist():
        counts[1:, score:] += counts[:-1, : counts.shape[1] - score].copy()
    chance = counts[number] / math.comb(people, number)
    net = np.abs(np.arange(len(chance)) - number * shift)
    seen = abs(int(scores[in_first].sum()))
    reached = chance > 0
    return min(1.0, math.fsum(chance[reached & (net >= seen)])), math.fsum(
        chance[reached & (net == net[reached].max())]
    )
