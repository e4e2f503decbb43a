"""Repeated measurements by restricted maximum likelihood: a mean for each measurement, a covariance within each person.

What people contribute is summed once, by pattern of missing visits; after that the cost does not grow with their number.
Newton's method runs on the exact observed information to where another step would change the likelihood by nothing, since
degrees of freedom of a fit that stopped early are wrong. Residual likelihood: Patterson and Thompson 1971; the small-sample
covariance: Kenward and Roger 1997, in the linear form (without second derivatives of the covariance); one degree of freedom
for each contrast: Satterthwaite, as in Giesbrecht and Burns 1985.

The fit of least squares is taken away first and the columns are made orthogonal, so that large means beside a small spread
cost no digits. Products of two visits, or of two coefficients, are symmetric wherever they are used, so the lower half of
each is kept; `_Half` leads from one to the other. Each arm may have a covariance of its own, and all have the
same coefficients.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import log, pi
from typing import TypeAlias

import numpy as np

from armlet.analysis.covariance import Expanded, Shape, expand, start
from armlet.analysis.least_squares import DEPENDENT, NO_SPREAD
from armlet.analysis.transforms import Floats

Seen: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
"""Whether a value is there, one for each person and visit."""
Places: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.intp]]
MOST_STEPS = 60
TIGHT = 1e-14
"""The expected gain in likelihood of another step below which the fit has ended."""

SINGULAR = 1e-8
"""Share of the visits' variances that is left in some direction, below which a likelihood is taken to climb for ever."""


@dataclass(frozen=True, slots=True)
class _Half:
    """The lower half of symmetric matrices of one size: which elements, and where each element of the whole is."""

    rows: Places
    columns: Places
    whole: Places
    times: Floats

    def doubled(self, matrix: Floats) -> Floats:
        """The half of [..., n, n] with what stands off the diagonal twice: times another half it sums over the whole."""
        return np.asarray(matrix[..., self.rows, self.columns] * self.times)


@cache
def _half(size: int) -> _Half:
    rows, columns = np.tril_indices(size)
    whole = np.zeros((size, size), dtype=np.intp)
    whole[rows, columns] = whole[columns, rows] = np.arange(len(rows))
    return _Half(rows, columns, whole, np.where(rows == columns, 1.0, 2.0))


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums of products over the people with the same visits missing in the same arm, nothing of anybody alone.

    `products` is [patterns, halves of two visits, halves of two columns]; the columns are those of the design and, as
    the last, the outcome. Where a visit is not seen there are zeros. Patterns are in the order of their `arm`.
    """

    people: Floats
    seen: Seen
    arm: Places
    products: Floats
    visits: int
    width: int
    arms: int

    def measurements(self) -> int:
        """Values that were seen."""
        return round(float(self.people @ self.seen.sum(axis=1)))

    def of_arm(self, arm: int) -> slice:
        """The patterns of one arm."""
        return slice(*(int(place) for place in np.searchsorted(self.arm, (arm, arm + 1))))

    def residuals(self, beta: Floats) -> Floats:
        """Products of the residuals of two visits, by pattern, as whole matrices."""
        return self._weighed(np.outer(signed := np.append(-beta, 1.0), signed))

    def spread_of_means(self, phi: Floats) -> Floats:
        """The trace of `phi` with the products of the design, by pattern and pair of visits."""
        return self._weighed(np.pad(phi, (0, 1)))

    def _weighed(self, by: Floats) -> Floats:
        found = self.products @ _half(self.width + 1).doubled(by)
        return np.asarray(found[:, _half(self.visits).whole])


@dataclass(frozen=True, slots=True)
class _At:
    """Everything at one covariance: its inverse by pattern, likelihood, coefficients and their covariance.

    `roots` are the inverses of its lower triangles: roots' roots = inverse.
    """

    roots: Floats
    inverses: Floats
    log_likelihood: float
    beta: Floats
    phi: Floats


@dataclass(frozen=True, slots=True)
class _Slopes:
    """Derivatives of the likelihood by the parameters; `by_parameter` [k, p, p] those of the inverse of `phi`, negated."""

    score: Floats
    observed: Floats
    expected: Floats
    by_parameter: Floats


@dataclass(frozen=True, slots=True)
class Contrast:
    """One linear combination of the coefficients with both standard errors and its degrees of freedom."""

    value: float
    error: float
    error_adjusted: float
    df: float


@dataclass(frozen=True, slots=True)
class RepeatedFit:
    """A fit: coefficients [p] of the design that was given and the arms' covariances [arms, visits, visits].

    The rest stands in `basis` [p, p], in which the columns of the design are orthogonal: the model-based and the adjusted
    covariance of the coefficients, and the derivatives `by_parameter` [k, p, p] that degrees of freedom come from.
    `uncertainty` is the covariance of the covariances' parameters [k, k].
    """

    shape: Shape
    log_likelihood: float
    beta: Floats
    covariances: Floats
    measurements: int
    steps: int
    basis: Floats
    phi: Floats
    phi_adjusted: Floats
    uncertainty: Floats
    by_parameter: Floats

    def contrast(self, weights: Floats) -> Contrast:
        """The combination, its standard errors (model-based, Kenward and Roger) and Satterthwaite's degrees of freedom."""
        own = weights @ self.basis
        turned = self.phi @ own
        variance = float(own @ turned)
        slope = self.by_parameter @ turned @ turned
        df = 2 * variance**2 / float(slope @ self.uncertainty @ slope)
        adjusted = float(own @ self.phi_adjusted @ own)
        return Contrast(float(weights @ self.beta), variance**0.5, adjusted**0.5, df)


@dataclass(frozen=True, slots=True)
class _Scaled:
    """The same data with nothing left to cancel: residuals of least squares in their own standard deviation.

    `design` has orthogonal columns of mean square 1. What was taken away is kept: coefficients are
    ``removed + basis @ (theirs here)``, and `log_scale` is to be added to the likelihood.
    """

    outcomes: Floats
    design: Floats
    removed: Floats
    basis: Floats
    scale: float
    log_scale: float


def fit_repeated(
    outcomes: Floats,
    is_seen: Seen,
    design: Floats,
    shape: Shape = Shape.UNSTRUCTURED,
    arms: Places | None = None,
) -> RepeatedFit | str:
    """The fit, or why there is none.

    `outcomes` and `is_seen` are [people, visits], `design` is [people, visits, p]; where nothing was seen neither the
    outcome nor its row of the design is looked at. People without any outcome are passed over. `arms` numbers each
    person's arm from 0, and each arm then has a covariance of its own of that shape. Without it all have the same.
    """
    scaled = _scaled(outcomes, is_seen, design)
    if isinstance(scaled, str):
        return scaled
    arm = np.zeros(len(outcomes), dtype=np.intp) if arms is None else arms
    sums = _summarise(scaled, is_seen, arm)
    begun = _begin(sums)
    if isinstance(begun, str):
        return begun
    return _climb(sums, scaled, shape, [start(shape, one) for one in begun])


def _scaled(outcomes: Floats, is_seen: Seen, design: Floats) -> _Scaled | str:
    rows, values = design[is_seen], outcomes[is_seen]
    measurements, width = rows.shape
    if not measurements:
        return "nobody has an outcome"
    if measurements <= width:
        return f"{measurements} measurements are too few for {width} coefficients"
    frame, upper = np.linalg.qr(rows)
    if bool(np.any(np.abs(np.diag(upper)) <= DEPENDENT * np.linalg.norm(rows, axis=0))):
        return "the coefficients cannot be told apart: some combination of arm, visit and covariate has no data"
    along = frame.T @ values
    residuals = values - frame @ along
    again = frame.T @ residuals
    residuals -= frame @ again
    length = float(np.linalg.norm(residuals))
    if length <= NO_SPREAD * measurements * float(np.abs(values).max()):
        return "at a visit the outcomes do not vary about their mean"
    scale = length / (measurements - width) ** 0.5
    inverse = np.linalg.solve(upper, np.eye(width))
    orthogonal, short = np.zeros(design.shape), np.zeros(outcomes.shape)
    orthogonal[is_seen], short[is_seen] = frame * measurements**0.5, residuals / scale
    turned = inverse * measurements**0.5
    log_scale = width / 2 * log(measurements) - float(np.log(np.abs(np.diag(upper))).sum())
    log_scale -= (measurements - width) * log(scale)
    return _Scaled(short, orthogonal, inverse @ (along + again), turned * scale, scale, log_scale)


def _summarise(scaled: _Scaled, is_seen: Seen, arm: Places) -> _Sums:
    visits, width = scaled.outcomes.shape[1], scaled.design.shape[2]
    rows = np.concatenate([scaled.design, scaled.outcomes[:, :, None]], axis=2)
    kinds, of_kind = np.unique(np.column_stack([arm, is_seen]), axis=0, return_inverse=True)
    kept = [number for number, kind in enumerate(kinds) if kind[1:].any()]
    pairs, columns = _half(visits), _half(width + 1)
    products, people = np.zeros((len(kept), len(pairs.rows), len(columns.rows))), np.zeros(len(kept))
    for place, number in enumerate(kept):
        own = rows[of_kind.reshape(-1) == number].reshape(-1, visits * (width + 1))
        both = (own.T @ own).reshape(visits, width + 1, visits, width + 1)[pairs.rows, :, pairs.columns]
        products[place] = (both[:, columns.rows, columns.columns] + both[:, columns.columns, columns.rows]) / 2
        people[place] = len(own)
    shown: Places = np.asarray(kinds[kept], dtype=np.intp)
    return _Sums(people, shown[:, 1:] > 0, shown[:, 0], products, visits, width, int(arm.max()) + 1)


def _begin(sums: _Sums) -> list[Floats] | str:
    """The covariances of the residuals of ordinary least squares; of those pairs of visits that anybody has."""
    residual, found = sums.residuals(np.zeros(sums.width)), []
    for arm in range(sums.arms):
        begun = _begin_arm(sums, residual, sums.of_arm(arm))
        if isinstance(begun, str):
            return begun
        found.append(begun * sums.measurements() / (sums.measurements() - sums.width))
    return found


def _begin_arm(sums: _Sums, residual: Floats, patterns: slice) -> Floats | str:
    seen, people = sums.seen[patterns].astype(float), sums.people[patterns]
    total, pairs = residual[patterns].sum(axis=0), (seen * people[:, None]).T @ seen
    if np.any(np.diag(pairs) < 2):
        return "a visit has fewer than two measurements for a covariance"
    spread = np.diag(total) / np.diag(pairs)
    if np.any(spread <= 1e-14):
        return "at a visit the outcomes do not vary about their mean"
    return _made_definite(np.where(pairs > 0, total / np.maximum(pairs, 1), 0.0))


def _made_definite(found: Floats) -> Floats:
    """Shrunk towards its diagonal until every direction has some variance: pairs of visits come from different people."""
    diagonal = np.diag(np.diag(found))
    for share in np.linspace(0, 1, 6):
        mixed = (1 - share) * found + share * diagonal
        scaled = mixed / np.sqrt(np.outer(np.diag(mixed), np.diag(mixed)))
        if np.linalg.eigvalsh(scaled)[0] > 0.02:
            return np.asarray(mixed)
    return diagonal


def _climb(sums: _Sums, scaled: _Scaled, shape: Shape, parameters: list[Floats]) -> RepeatedFit | str:
    meant = [expand(shape, one, sums.visits) for one in parameters]
    here = _evaluate(sums, meant)
    if here is None:
        return "the covariance to begin with is not positive definite"
    for steps in range(MOST_STEPS):
        slopes = _derive(sums, here, meant)
        step, gain = _step(slopes.score, slopes.observed, slopes.expected)
        moved = _move(sums, shape, parameters, step, here.log_likelihood)
        if gain < TIGHT:
            # One step beyond the end squares the error that is left in the covariance.
            _, meant, here = moved or (parameters, meant, here)
            return _finish(sums, scaled, here, meant, _derive(sums, here, meant), shape, steps)
        if moved is None or _is_singular(moved[1]):
            break
        parameters, meant, here = moved
    return "the likelihood has no top inside: the covariance of the visits cannot be estimated from so few people"


def _is_singular(meant: list[Expanded]) -> bool:
    covariances = np.array([one.matrix for one in meant])
    spread = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
    least = np.linalg.eigvalsh(covariances / (spread[:, :, None] * spread[:, None, :]))[:, 0]
    return bool(np.any(least < SINGULAR) or np.any(spread**2 < SINGULAR * spread.max() ** 2 * 1e-4))


def _move(
    sums: _Sums, shape: Shape, parameters: list[Floats], step: Floats, before: float
) -> tuple[list[Floats], list[Expanded], _At] | None:
    """The step, halved until every covariance is positive definite and the likelihood does not fall."""
    slack, steps = 1e-10 * (1 + abs(before)), np.split(step, sums.arms)
    for halved in range(40):
        tried = [one + by * 0.5**halved for one, by in zip(parameters, steps, strict=True)]
        meant = [expand(shape, one, sums.visits) for one in tried]
        here = _evaluate(sums, meant)
        if here is not None and here.log_likelihood >= before - slack:
            return tried, meant, here
    return None


def _step(score: Floats, observed: Floats, expected: Floats) -> tuple[Floats, float]:
    """Newton's step and the gain it promises; with the mean of both informations where the observed one has no top."""
    for information in (observed, (observed + expected) / 2, expected):
        scale = np.sqrt(np.abs(np.diag(information)))
        if np.any(scale == 0) or not np.all(np.isfinite(information)):
            continue
        try:
            np.linalg.cholesky(information / np.outer(scale, scale))
        except np.linalg.LinAlgError:
            continue
        step: Floats = np.asarray(np.linalg.solve(information, score), dtype=np.float64)
        return step, float(score @ step)
    uphill = score / max(float(np.max(np.abs(np.diag(expected)))), 1e-300)
    return uphill, float(score @ uphill)


def _evaluate(sums: _Sums, meant: list[Expanded]) -> _At | None:
    """The likelihood with the coefficients; None where a covariance is not positive definite."""
    covariances = np.array([one.matrix for one in meant])
    if not np.all(np.isfinite(covariances)):
        return None
    both = sums.seen[:, :, None] & sums.seen[:, None, :]
    try:
        # What is not seen stands there as a variance of 1 by itself, so that all patterns have the same size.
        lower = np.linalg.cholesky(np.where(both, covariances[sums.arm], np.eye(sums.visits)))
    except np.linalg.LinAlgError:
        return None
    turned: Floats = np.asarray(np.linalg.inv(lower), dtype=np.float64)
    inverses = np.where(both, turned.transpose(0, 2, 1) @ turned, 0.0)
    log_det = 2 * float(sums.people @ np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1))
    weighed = np.tensordot(_half(sums.visits).doubled(inverses), sums.products, axes=2)
    whole = weighed[_half(sums.width + 1).whole]
    a, b, square = whole[:-1, :-1], whole[:-1, -1], float(whole[-1, -1])
    try:
        root = np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        return None
    turned_a = np.linalg.inv(root)
    phi = turned_a.T @ turned_a
    beta = phi @ b
    log_a = 2 * float(np.log(np.diag(root)).sum())
    left = sums.measurements() - sums.width
    return _At(turned, inverses, -0.5 * (left * log(2 * pi) + log_det + log_a + square - float(b @ beta)), beta, phi)


def _derive(sums: _Sums, here: _At, meant: list[Expanded]) -> _Slopes:
    """Score and both informations by the parameters, by the chain rule from those by elements of the covariances."""
    w, weights, root = here.inverses, sums.people[:, None, None] * here.inverses, here.roots
    spread = sums.spread_of_means(here.phi)
    t = w @ spread @ w
    # Between its roots the score is near 0 at the top, so it loses no digits where visits hang closely together.
    inner = root @ (sums.residuals(here.beta) + spread) @ root.transpose(0, 2, 1)
    inner -= (sums.people[:, None] * sums.seen)[:, :, None] * np.eye(sums.visits)
    by_element = 0.5 * root.transpose(0, 2, 1) @ inner @ root
    pulled = 2 * by_element + weights
    score, observed, expected, products = [], [], [], []
    for arm, one in enumerate(meant):
        own = sums.of_arm(arm)
        first, of_arm = one.first.reshape(len(one.first), -1), by_element[own].sum(axis=0)
        score.append(first @ of_arm.reshape(-1))
        curved = _four(w[own], (pulled - 0.5 * weights)[own])
        flat = _four(w[own], (0.5 * weights - t)[own])
        observed.append(first @ curved @ first.T - _bend(one, of_arm))
        expected.append(first @ flat @ first.T)
        products.append(_half(sums.visits).doubled(one.first) @ _turned_products(sums, w, own))
    whole = np.concatenate(products)[:, _half(sums.width + 1).whole]
    by_parameter = np.ascontiguousarray(whole[:, :-1, :-1])
    pull = whole[:, :-1, -1] - by_parameter @ here.beta
    turned = here.phi @ by_parameter
    both = 0.5 * turned.reshape(len(turned), -1) @ turned.transpose(0, 2, 1).reshape(len(turned), -1).T
    seen = _blocks(observed) - pull @ here.phi @ pull.T - both
    return _Slopes(np.concatenate(score), seen, _blocks(expected) + both, by_parameter)


def _four(one: Floats, other: Floats) -> Floats:
    """The sum over patterns of one[b, c] other[a, d], as a matrix of (a, b) by (c, d)."""
    size = one.shape[-1]
    found = one.reshape(len(one), -1).T @ other.reshape(len(other), -1)
    return found.reshape((size,) * 4).transpose(2, 0, 1, 3).reshape(size * size, -1)


def _bend(meant: Expanded, by_element: Floats) -> Floats | float:
    """What the second derivatives of the shape add; nothing where it is linear in its parameters."""
    if meant.second.shape[-1] != len(by_element):
        return 0.0
    number = len(meant.first)
    return np.asarray(meant.second.reshape(number * number, -1) @ by_element.reshape(-1)).reshape(number, number)


def _turned_products(sums: _Sums, inverses: Floats, patterns: slice) -> Floats:
    """W times the products of two visits times W, summed over patterns: [halves of two visits, halves of two columns]."""
    half, w = _half(sums.visits), inverses[patterns]
    one, other = w[:, half.rows], w[:, half.columns]
    turn = one[:, :, half.rows] * other[:, :, half.columns] + one[:, :, half.columns] * other[:, :, half.rows]
    turn *= 0.5 * half.times
    products = sums.products[patterns]
    return turn.transpose(1, 0, 2).reshape(len(half.rows), -1) @ products.reshape(-1, products.shape[2])


def _blocks(parts: list[Floats]) -> Floats:
    """Square matrices along the diagonal of one."""
    if len(parts) == 1:
        return parts[0]
    size, at = sum(len(part) for part in parts), 0
    found = np.zeros((size, size))
    for part in parts:
        found[at : at + len(part), at : at + len(part)] = part
        at += len(part)
    return found


def _finish(
    sums: _Sums, scaled: _Scaled, here: _At, meant: list[Expanded], slopes: _Slopes, shape: Shape, steps: int
) -> RepeatedFit | str:
    scale = np.sqrt(np.abs(np.diag(slopes.observed)))
    if np.any(scale == 0) or np.linalg.eigvalsh(slopes.observed / np.outer(scale, scale))[0] < 1e-10:
        return "the covariance of the visits is not determined by these data"
    uncertainty: Floats = np.asarray(np.linalg.inv(slopes.observed), dtype=np.float64)
    return RepeatedFit(
        shape=shape,
        log_likelihood=here.log_likelihood + scaled.log_scale,
        beta=scaled.removed + scaled.basis @ here.beta,
        covariances=np.array([one.matrix for one in meant]) * scaled.scale**2,
        measurements=sums.measurements(),
        steps=steps,
        basis=scaled.basis,
        phi=here.phi,
        phi_adjusted=_adjusted(sums, here, meant, slopes.by_parameter, uncertainty),
        uncertainty=uncertainty,
        by_parameter=slopes.by_parameter,
    )


def _adjusted(sums: _Sums, here: _At, meant: list[Expanded], by_parameter: Floats, uncertainty: Floats) -> Floats:
    """The covariance of the coefficients with what Kenward and Roger add for the covariances being estimated."""
    spread = np.tensordot(uncertainty, by_parameter, axes=1)
    bread, at, size = -(by_parameter @ here.phi @ spread).sum(axis=0), 0, sums.visits
    for arm, one in enumerate(meant):
        own, end = sums.of_arm(arm), at + len(one.first)
        first, w = one.first.reshape(len(one.first), -1), here.inverses[own]
        between = (first.T @ uncertainty[at:end, at:end] @ first).reshape((size,) * 4)
        middle = between.transpose(1, 2, 0, 3).reshape(size * size, -1)
        turned = w @ (w.reshape(len(w), -1) @ middle).reshape(w.shape) @ w
        weighed = _half(size).doubled((turned + turned.transpose(0, 2, 1)) / 2).reshape(-1)
        products = sums.products[own].reshape(len(weighed), -1)
        bread += (weighed @ products)[_half(sums.width + 1).whole][:-1, :-1]
        at = end
    return np.asarray(here.phi + here.phi @ (bread + bread.T) @ here.phi)


def fall_back(
    outcomes: Floats, is_seen: Seen, design: Floats, shapes: tuple[Shape, ...], arms: Places | None = None
) -> Iterator[tuple[Shape, RepeatedFit | str]]:
    """Each shape in turn with its fit or the reason why it has none, ending with the first that fits."""
    for shape in shapes:
        found = fit_repeated(outcomes, is_seen, design, shape, arms)
        yield shape, found
        if isinstance(found, RepeatedFit):
            return
