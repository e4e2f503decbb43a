"""Repeated measurements by restricted maximum likelihood: a mean for each measurement, a covariance within each person.

What people contribute is summed once, by pattern of missing visits; after that the cost does not grow with their number.
Newton's method runs on the exact observed information to where another step would change the likelihood by nothing, since
degrees of freedom of a fit that stopped early are wrong. Residual likelihood: Patterson and Thompson 1971; the small-sample
covariance: Kenward and Roger 1997, in the linear form (without second derivatives of the covariance); one degree of freedom
for each contrast: Satterthwaite, as in Giesbrecht and Burns 1985.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log, pi
from typing import TypeAlias

import numpy as np

from armlet.analysis.covariance import Expanded, Shape, expand, start
from armlet.analysis.transforms import Floats

Seen: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
"""Whether a value is there, one for each person and visit."""
MOST_STEPS = 200
TIGHT = 1e-18
"""The expected gain in likelihood of another step below which the fit has ended."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """The people with the same visits missing: sums of products, nothing of anybody alone.

    `seen` indexes the visits that are there; xx [a, b, p, p], xy [a, b, p] and yy [a, b] run over those alone.
    """

    people: int
    seen: np.ndarray[tuple[int], np.dtype[np.intp]]
    xx: Floats
    xy: Floats
    yy: Floats


@dataclass(frozen=True, slots=True)
class _At:
    """Everything at one covariance: likelihood, coefficients, their covariance, score and both informations.

    The derivatives are by the elements of the covariance, as [visits, visits] twice, before any shape is put on them.
    """

    log_likelihood: float
    beta: Floats
    phi: Floats
    score: Floats
    observed: Floats
    expected: Floats
    by_element: Floats
    inverses: tuple[Floats, ...]
    crosses: tuple[Floats, ...]


@dataclass(frozen=True, slots=True)
class Contrast:
    """One linear combination of the coefficients with both standard errors and its degrees of freedom."""

    value: float
    error: float
    error_adjusted: float
    df: float


@dataclass(frozen=True, slots=True)
class RepeatedFit:
    """A fit: coefficients [p], their model-based and adjusted covariance [p, p], the covariance of visits [v, v].

    `uncertainty` is the covariance of the elements of the visits' covariance, [v, v, v, v]; `by_element` the derivatives
    [v, v, p, p] that degrees of freedom come from.
    """

    shape: Shape
    log_likelihood: float
    beta: Floats
    phi: Floats
    phi_adjusted: Floats
    covariance: Floats
    uncertainty: Floats
    by_element: Floats
    measurements: int
    steps: int

    def contrast(self, weights: Floats) -> Contrast:
        """The combination, its standard errors (model-based, Kenward and Roger) and Satterthwaite's degrees of freedom."""
        variance = float(weights @ self.phi @ weights)
        turned = self.phi @ weights
        slope = np.einsum("abpq,p,q->ab", self.by_element, turned, turned)
        spread = float(np.einsum("ab,abcd,cd->", slope, self.uncertainty, slope))
        df = 2 * variance**2 / spread
        adjusted = float(weights @ self.phi_adjusted @ weights)
        return Contrast(float(weights @ self.beta), variance**0.5, adjusted**0.5, df)


def fit_repeated(
    outcomes: Floats, is_seen: Seen, design: Floats, shape: Shape = Shape.UNSTRUCTURED
) -> RepeatedFit | str:
    """The fit, or why there is none.

    `outcomes` and `is_seen` are [people, visits], `design` is [people, visits, p]; where nothing was seen neither the
    outcome nor its row of the design is looked at. People without any outcome are passed over.
    """
    patterns, visits = _summarise(outcomes, is_seen, design), outcomes.shape[1]
    measurements = sum(one.people * len(one.seen) for one in patterns)
    begun = _begin(patterns, visits, measurements)
    if isinstance(begun, str):
        return begun
    return _climb(patterns, visits, measurements, shape, start(shape, begun))


def _summarise(outcomes: Floats, is_seen: Seen, design: Floats) -> list[_Pattern]:
    kinds, of_kind = np.unique(is_seen, axis=0, return_inverse=True)
    patterns = []
    for number, kind in enumerate(kinds):
        seen = np.flatnonzero(kind)
        if not len(seen):
            continue
        who = np.flatnonzero(of_kind.reshape(-1) == number)
        rows, values = design[np.ix_(who, seen)], outcomes[np.ix_(who, seen)]
        size, width = len(seen), design.shape[2]
        flat = rows.reshape(len(who), size * width)
        xx = (flat.T @ flat).reshape(size, width, size, width).transpose(0, 2, 1, 3)
        xy = (flat.T @ values).reshape(size, width, size).transpose(0, 2, 1)
        patterns.append(_Pattern(len(who), seen, xx, xy, values.T @ values))
    return patterns


def _begin(patterns: list[_Pattern], visits: int, measurements: int) -> Floats | str:
    """The covariance of the residuals of ordinary least squares; of those pairs of visits that anybody has."""
    if not patterns:
        return "nobody has an outcome"
    a = sum(np.einsum("aapq->pq", one.xx) for one in patterns)
    width = len(a)
    if measurements <= width:
        return f"{measurements} measurements are too few for {width} coefficients"
    if np.linalg.matrix_rank(a, hermitian=True) < width:
        return "the coefficients cannot be told apart: some combination of arm, visit and covariate has no data"
    beta = np.linalg.solve(a, sum(np.einsum("aap->p", one.xy) for one in patterns))
    total, pairs = np.zeros((visits, visits)), np.zeros((visits, visits))
    for one in patterns:
        at = np.ix_(one.seen, one.seen)
        total[at] += _residual_products(one, beta)
        pairs[at] += one.people
    if np.any(np.diag(pairs) < 2):
        return "a visit has fewer than two measurements"
    spread = np.diag(total) / np.diag(pairs)
    if np.any(spread <= 1e-14 * max(float(spread.max()), 1e-300)):
        return "at a visit the outcomes do not vary about their mean"
    found = np.where(pairs > 0, total / np.maximum(pairs, 1), 0.0)
    return _made_definite(found) * measurements / (measurements - width)


def _residual_products(one: _Pattern, beta: Floats) -> Floats:
    cross = one.xy @ beta
    return np.asarray(one.yy - cross - cross.T + np.einsum("abpq,p,q->ab", one.xx, beta, beta))


def _made_definite(found: Floats) -> Floats:
    """Shrunk towards its diagonal until every direction has some variance: pairs of visits come from different people."""
    diagonal = np.diag(np.diag(found))
    for share in np.linspace(0, 1, 6):
        mixed = (1 - share) * found + share * diagonal
        scaled = mixed / np.sqrt(np.outer(np.diag(mixed), np.diag(mixed)))
        if np.linalg.eigvalsh(scaled)[0] > 0.02:
            return np.asarray(mixed)
    return diagonal


def _climb(
    patterns: list[_Pattern], visits: int, measurements: int, shape: Shape, parameters: Floats
) -> RepeatedFit | str:
    meant = expand(shape, parameters, visits)
    here = _evaluate(patterns, meant.matrix, measurements)
    if here is None:
        return "the covariance to begin with is not positive definite"
    for steps in range(MOST_STEPS):
        score, observed, expected = _shaped(here, meant)
        step, gain = _step(score, observed, expected)
        if gain < TIGHT:
            return _finish(patterns, here, meant, observed, shape, measurements, steps)
        moved = _move(patterns, visits, measurements, shape, parameters, step, here.log_likelihood)
        if moved is None:
            break
        parameters, meant, here = moved
    return "the likelihood has no top inside: the covariance of the visits cannot be estimated from so few people"


def _move(
    patterns: list[_Pattern],
    visits: int,
    measurements: int,
    shape: Shape,
    parameters: Floats,
    step: Floats,
    before: float,
) -> tuple[Floats, Expanded, _At] | None:
    """The step, halved until the covariance is positive definite and the likelihood does not fall."""
    slack = 1e-10 * (1 + abs(before))
    for halved in range(40):
        tried = parameters + step * 0.5**halved
        meant = expand(shape, tried, visits)
        here = _evaluate(patterns, meant.matrix, measurements)
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


def _shaped(here: _At, meant: Expanded) -> tuple[Floats, Floats, Floats]:
    """Score and both informations by the parameters of the shape, by the chain rule."""
    first = meant.first
    score = np.einsum("kab,ab->k", first, here.score)
    observed, expected = (
        np.einsum("kab,abcd,lcd->kl", first, one, first, optimize=True) for one in (here.observed, here.expected)
    )
    bend = np.einsum("klab,ab->kl", meant.second, here.score) if meant.second.shape[-1] == len(here.score) else 0.0
    return score, observed - bend, expected


def _evaluate(patterns: list[_Pattern], covariance: Floats, measurements: int) -> _At | None:
    """The likelihood with its derivatives by the elements of the covariance; None where it is not positive definite."""
    if not np.all(np.isfinite(covariance)):
        return None
    weights, log_det = [], 0.0
    for one in patterns:
        try:
            lower = np.linalg.cholesky(covariance[np.ix_(one.seen, one.seen)])
        except np.linalg.LinAlgError:
            return None
        log_det += 2 * one.people * float(np.log(np.diag(lower)).sum())
        half = np.linalg.inv(lower)
        weights.append(half.T @ half)
    a = sum(np.einsum("ab,abpq->pq", w, one.xx) for w, one in zip(weights, patterns, strict=True))
    b = sum(np.einsum("ab,abp->p", w, one.xy) for w, one in zip(weights, patterns, strict=True))
    try:
        lower = np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        return None
    half = np.linalg.inv(lower)
    phi = half.T @ half
    beta = phi @ b
    square = sum(float(np.sum(w * one.yy)) for w, one in zip(weights, patterns, strict=True)) - float(b @ beta)
    log_a = 2 * float(np.log(np.diag(lower)).sum())
    likelihood = -0.5 * ((measurements - len(a)) * log(2 * pi) + log_det + log_a + square)
    return _derive(patterns, weights, len(covariance), likelihood, beta, phi)


def _derive(
    patterns: list[_Pattern], weights: list[Floats], visits: int, likelihood: float, beta: Floats, phi: Floats
) -> _At:
    """Score and informations, summed over patterns; `cross` is X'W at one visit times that at another."""
    size = len(beta)
    score, by_element = np.zeros((visits, visits)), np.zeros((visits, visits, size, size))
    observed, expected = np.zeros((visits,) * 4), np.zeros((visits,) * 4)
    pulls, crosses = np.zeros((visits, visits, size)), []
    for one, w in zip(patterns, weights, strict=True):
        at2, at4 = np.ix_(one.seen, one.seen), np.ix_(*[one.seen] * 4)
        cross = np.einsum("ae,df,efpq->adpq", w, w, one.xx, optimize=True)
        residual = _residual_products(one, beta)
        pull = np.einsum("ae,bf,efp->abp", w, w, one.xy - one.xx @ beta, optimize=True)
        rho, t = w @ residual @ w, np.einsum("pq,adqp->ad", phi, cross)
        score[at2] += 0.5 * (rho + t - one.people * w)
        by_element[at2] += cross
        pulls[at2] += pull
        observed[at4] += np.einsum("bc,ad->abcd", w, rho + t - 0.5 * one.people * w)
        expected[at4] += np.einsum("bc,ad->abcd", w, 0.5 * one.people * w - t)
        crosses.append(cross)
    observed -= np.einsum("abp,pq,cdq->abcd", pulls, phi, pulls, optimize=True)
    turned = np.einsum("pq,abqr->abpr", phi, by_element)
    both = 0.5 * np.einsum("abpq,cdqp->abcd", turned, turned, optimize=True)
    return _At(
        likelihood, beta, phi, score, observed - both, expected + both, by_element, tuple(weights), tuple(crosses)
    )  # fmt: skip


def _finish(
    patterns: list[_Pattern], here: _At, meant: Expanded, observed: Floats, shape: Shape, measurements: int, steps: int
) -> RepeatedFit | str:
    scale = np.sqrt(np.abs(np.diag(observed)))
    if np.any(scale == 0) or np.linalg.eigvalsh(observed / np.outer(scale, scale))[0] < 1e-10:
        return "the covariance of the visits is not determined by these data"
    inverse = np.linalg.inv(observed)
    uncertainty = np.einsum("kab,kl,lcd->abcd", meant.first, inverse, meant.first, optimize=True)
    bread = np.zeros_like(here.phi)
    for one, w, cross in zip(patterns, here.inverses, here.crosses, strict=True):
        at4 = np.ix_(*[one.seen] * 4)
        bread += np.einsum("abcd,bc,adpq->pq", uncertainty[at4], w, cross, optimize=True)
    spread = np.einsum("abcd,cdqr->abqr", uncertainty, here.by_element, optimize=True)
    bread -= np.einsum("abpq,qr,abrs->ps", here.by_element, here.phi, spread, optimize=True)
    adjusted = here.phi + here.phi @ (bread + bread.T) @ here.phi
    return RepeatedFit(
        shape, here.log_likelihood, here.beta, here.phi, adjusted, meant.matrix, uncertainty, here.by_element,
        measurements, steps,
    )  # fmt: skip


def fall_back(
    outcomes: Floats, is_seen: Seen, design: Floats, shapes: tuple[Shape, ...]
) -> Iterator[tuple[Shape, RepeatedFit | str]]:
    """Each shape in turn with its fit or the reason why it has none, ending with the first that fits."""
    for shape in shapes:
        found = fit_repeated(outcomes, is_seen, design, shape)
        yield shape, found
        if isinstance(found, RepeatedFit):
            return
