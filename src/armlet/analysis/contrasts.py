"""Statistics for a re-randomisation test that ask of an assignment only a few sums over the arm.

Each builder takes the values and the observed assignment (1.0 for the arm that is not the reference) and answers a
`Contrast`: columns, one row a person, and what the sums of these columns over the arm say. Whoever has the sums of a
million lists needs none of the lists.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from armlet.analysis.adjustment import WRITTEN
from armlet.analysis.randomisation import PORTION, ROUNDING, Bits, Flags, Statistics
from armlet.analysis.transforms import Floats

COLLINEAR = 1e-9
"""Below this share of its length, what is left of an assignment beside the covariates is rounding, not information."""

ONE_THREAD = 2**18
"""Products of matrices with fewer multiplications are made by OpenBLAS without threads (its GEMM_MULTITHREAD_THRESHOLD of
4 times 65,536): where others use the processors, waiting for a thread costs a hundred times the arithmetic."""


@dataclass(frozen=True, slots=True)
class Form:
    """The statistic as a formula: the sum of column 0 over what is left of the assignment, or over its root if `is_t`.

    What is left is number - number² / people, less the squared sums of the `frames` columns from the fourth on. The
    noise is `noise`, or `noise` over the same divisor where there is a frame or a root.
    """

    people: int
    frames: int
    is_t: bool
    noise: float


@dataclass(frozen=True, slots=True)
class Contrast:
    """`columns` has shape (people, sums); `judge` takes the sums of many lists, shape (sums, lists).

    `form` tells how it judges, for whoever counts without it.
    """

    columns: Floats
    judge: Callable[[Floats], Statistics]
    form: Form | None = None

    def __call__(self, assigned: Bits) -> Statistics:
        """The statistic of every assignment, shape (lists, people): the plain path beside the one without lists."""
        starts = range(0, len(assigned), PORTION) or range(1)
        return joined([self.judge(_sums(assigned[start : start + PORTION], self.columns)) for start in starts])


def _sums(assigned: Bits, columns: Floats) -> Floats:
    """The sums of the columns over the arm, shape (sums, lists)."""
    sums = np.empty((columns.shape[1], len(assigned)))
    step = max(1, (ONE_THREAD - 1) // columns.size)
    for start in range(0, len(assigned), step):
        sums[:, start : start + step] = (assigned[start : start + step] @ columns).T
    return sums


def joined(parts: list[Statistics]) -> Statistics:
    """The statistics of several tables, one after the other."""
    if len(parts) == 1:
        return parts[0]
    return Statistics(
        np.concatenate([part.at_zero for part in parts]),
        np.concatenate([part.per_unit for part in parts]),
        np.concatenate([part.defined for part in parts]),
        parts[0].noise if parts[0].noise.size == 1 else np.concatenate([part.noise for part in parts]),
    )


def difference_in_means(values: Floats, observed: Floats) -> Contrast:
    """Mean of the one arm minus mean of the reference; undefined where an arm has nobody."""
    people = values.size
    columns = np.column_stack([values - values.mean(), np.ones(people), observed - observed.mean()])
    noise = np.array([ROUNDING * float(np.abs(values).max())])

    def judge(sums: Floats) -> Statistics:
        total, number, slope = sums[:3]
        product = number * (people - number)
        defined = product > 0.5
        scale = np.divide(people, product, out=product, where=defined)
        return _statistics(total * scale, slope * scale, defined, noise)

    return Contrast(_padded(columns), judge, Form(people, 0, is_t=False, noise=float(noise[0])))


def adjusted_coefficient(values: Floats, covariates: Floats, observed: Floats) -> Contrast:
    """Least-squares coefficient of the arm beside an intercept and the covariates, in the unit of the values.

    `covariates` has one column each, or is one column.
    """
    return _adjusted(values, covariates, observed, is_t=False)


def adjusted_t(values: Floats, covariates: Floats, observed: Floats) -> Contrast:
    """Something that orders sequences exactly as t of that coefficient does, though it is not t itself.

    With outcomes and covariates held, t grows with the coefficient times the length of the assignment's residual, and
    that product stays linear in the outcomes.
    """
    return _adjusted(values, covariates, observed, is_t=True)


def _adjusted(values: Floats, covariates: Floats, observed: Floats, *, is_t: bool) -> Contrast:
    people = values.size
    frame = _frame(covariates.reshape(people, -1))
    centred = _centred(np.column_stack([values, observed]))
    residuals = centred - frame @ (frame.T @ centred)
    columns = np.column_stack([residuals[:, 0], np.ones(people), residuals[:, 1], frame])
    noise = people * (ROUNDING * float(np.abs(centred[:, 0]).max()) + WRITTEN / 10 * float(np.abs(values).max()))
    width = columns.shape[1]

    def judge(sums: Floats) -> Statistics:
        total, number, slope, *framed = sums[:width]
        left = number * number
        left *= -1 / people
        left += number
        for part in framed:
            left -= part * part
        defined = left > COLLINEAR * number
        if not defined.all():
            left[~defined] = 1.0
        scale = np.divide(1.0, np.sqrt(left, out=left) if is_t else left, out=left)
        return _statistics(total * scale, slope * scale, defined, noise * scale)

    return Contrast(_padded(columns), judge, Form(people, frame.shape[1], is_t, noise))


def _centred(columns: Floats) -> Floats:
    """Each column less its mean; less the first value before, which is exact where all are large and close together."""
    near = columns - columns[0]
    centred: Floats = near - near.mean(axis=0)
    return centred


def _frame(covariates: Floats) -> Floats:
    """An orthonormal frame of the covariates; one that is constant, or told by others, adds no column.

    Which do is decided on centred columns of length 1: where a column lies says nothing of what it tells.
    """
    centred = _centred(covariates)
    spread = np.sqrt((centred**2).sum(axis=0))
    told = spread > WRITTEN * np.maximum(np.abs(covariates).max(axis=0), 1e-300)
    directions, lengths, _ = np.linalg.svd(centred[:, told] / spread[told], full_matrices=False)
    frame: Floats = directions[:, lengths > COLLINEAR]
    return frame


def _padded(columns: Floats) -> Floats:
    """Three columns become four: rows of 32 bytes are fetched in one go."""
    return np.column_stack([columns, np.zeros(len(columns))]) if columns.shape[1] == 3 else columns


def _statistics(at_zero: Floats, per_unit: Floats, defined: Flags, noise: Floats) -> Statistics:
    if defined.all():
        return Statistics(at_zero, per_unit, defined, noise)
    return Statistics(np.where(defined, at_zero, 0.0), np.where(defined, per_unit, 0.0), defined, noise)
