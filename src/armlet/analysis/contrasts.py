"""Statistics for a re-randomisation test: linear in the outcomes, computed for many sequences in one matrix product.

Each builder takes the values and the observed assignment (1.0 for the arm that is not the reference) and answers a
function of a table of assignments, shape (sequences, people).
"""

from __future__ import annotations

import numpy as np

from armlet.analysis.randomisation import ROUNDING, Bits, Flags, StatisticOf, Statistics
from armlet.analysis.transforms import Floats

COLLINEAR = 1e-9
"""Below this share of its length, what is left of an assignment beside the baseline is rounding, not information."""


def difference_in_means(values: Floats, observed: Floats) -> StatisticOf:
    """Mean of the one arm minus mean of the reference; undefined where an arm has nobody."""
    columns = np.column_stack([values, observed])
    totals = columns.sum(axis=0)
    noise = ROUNDING * float(np.abs(values).max())

    def statistic(assigned: Bits) -> Statistics:
        table = assigned.astype(np.float64)
        number = table.sum(axis=1)
        rest = table.shape[1] - number
        defined = (number > 0) & (rest > 0)
        sums = table @ columns
        means = sums / np.where(defined, number, 1.0)[:, np.newaxis]
        others = (totals - sums) / np.where(defined, rest, 1.0)[:, np.newaxis]
        return _statistics(means - others, defined, np.full(len(table), noise))

    return statistic


def adjusted_coefficient(values: Floats, baseline: Floats, observed: Floats) -> StatisticOf:
    """Least-squares coefficient of the arm beside an intercept and the baseline, in the unit of the values."""
    return _adjusted(values, baseline, observed, power=1.0)


def adjusted_t(values: Floats, baseline: Floats, observed: Floats) -> StatisticOf:
    """Something that orders sequences exactly as |t| of that coefficient does, though it is not t itself.

    With outcomes and baseline held, t grows with the coefficient times the length of the assignment's residual, and
    that product stays linear in the outcomes.
    """
    return _adjusted(values, baseline, observed, power=0.5)


def _adjusted(values: Floats, baseline: Floats, observed: Floats, power: float) -> StatisticOf:
    frame, _ = np.linalg.qr(np.column_stack([np.ones_like(baseline), baseline - baseline.mean()]))
    columns = np.column_stack([values - values.mean(), observed])
    residuals = columns - frame @ (frame.T @ columns)
    noise = ROUNDING * values.size * float(np.abs(values).max())

    def statistic(assigned: Bits) -> Statistics:
        table = assigned.astype(np.float64)
        squared = table.sum(axis=1)
        left = squared - np.square(table @ frame).sum(axis=1)
        defined = left > COLLINEAR * np.maximum(squared, 1.0)
        scale = np.where(defined, left, 1.0) ** power
        return _statistics((table @ residuals) / scale[:, np.newaxis], defined, noise / scale)

    return statistic


def _statistics(both: Floats, defined: Flags, noise: Floats) -> Statistics:
    return Statistics(np.where(defined, both[:, 0], 0.0), np.where(defined, both[:, 1], 0.0), defined, noise)
