"""Shapes of the covariance of one person's repeated measurements: unstructured and the plainer ones it falls back to.

A shape says how many parameters it has for so many visits, where to start, and what covariance the parameters mean, with
first and second derivatives, all exact. Visits are taken as equally spaced where a shape counts steps between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from armlet.analysis.transforms import Floats


class Shape(StrEnum):
    """From the most parameters to the fewest: the order in which a fit that fails falls back."""

    UNSTRUCTURED = "unstructured"
    HETEROGENEOUS_TOEPLITZ = "heterogeneous Toeplitz"
    HETEROGENEOUS_AUTOREGRESSIVE = "heterogeneous autoregressive"
    HETEROGENEOUS_COMPOUND_SYMMETRY = "heterogeneous compound symmetry"
    TOEPLITZ = "Toeplitz"
    AUTOREGRESSIVE = "autoregressive"
    COMPOUND_SYMMETRY = "compound symmetry"


_HETEROGENEOUS = {
    Shape.HETEROGENEOUS_TOEPLITZ,
    Shape.HETEROGENEOUS_AUTOREGRESSIVE,
    Shape.HETEROGENEOUS_COMPOUND_SYMMETRY,
}
_TOEPLITZ = {Shape.TOEPLITZ, Shape.HETEROGENEOUS_TOEPLITZ}
_AUTOREGRESSIVE = {Shape.AUTOREGRESSIVE, Shape.HETEROGENEOUS_AUTOREGRESSIVE}


@dataclass(frozen=True, slots=True)
class Expanded:
    """The covariance [visits, visits], its derivatives [parameters, visits, visits] and those of them, [k, k, v, v]."""

    matrix: Floats
    first: Floats
    second: Floats


def start(shape: Shape, covariance: Floats) -> Floats:
    """Parameters near a covariance that was found otherwise, such as by least squares."""
    visits = len(covariance)
    if shape is Shape.UNSTRUCTURED:
        return covariance[np.tril_indices(visits)]
    spread = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(spread, spread)
    lags = [float(np.mean(np.diagonal(correlation, lag))) for lag in range(1, visits)]
    own = spread if shape in _HETEROGENEOUS else np.array([np.sqrt(np.mean(spread**2))])
    if visits == 1:
        return own
    if shape in _TOEPLITZ:
        return np.concatenate([own, lags])
    both = lags[0] if shape in _AUTOREGRESSIVE else float(np.mean(correlation[np.tril_indices(visits, -1)]))
    return np.concatenate([own, [min(max(both, -0.9 / (visits - 1)), 0.95)]])


def expand(shape: Shape, parameters: Floats, visits: int) -> Expanded:
    """What the parameters mean."""
    if shape is Shape.UNSTRUCTURED:
        return _expand_unstructured(parameters, visits)
    number = visits if shape in _HETEROGENEOUS else 1
    spread, rest = np.broadcast_to(parameters[:number], visits), parameters[number:]
    correlation, by_rest, by_rest_twice = _correlations(shape, rest, visits)
    outer, units = np.outer(spread, spread), np.eye(visits) if number > 1 else np.ones((1, visits))
    turned = np.einsum("ka,b->kab", units, spread) + np.einsum("kb,a->kab", units, spread)
    twice = np.einsum("ka,lb->klab", units, units) + np.einsum("kb,la->klab", units, units)
    size = len(parameters)
    second = np.zeros((size, size, visits, visits))
    second[:number, :number] = twice * correlation
    mixed = np.einsum("kab,jab->kjab", turned, by_rest)
    second[:number, number:], second[number:, :number] = mixed, mixed.transpose(1, 0, 2, 3)
    second[number:, number:] = by_rest_twice * outer
    return Expanded(outer * correlation, np.concatenate([turned * correlation, by_rest * outer]), second)


def _expand_unstructured(parameters: Floats, visits: int) -> Expanded:
    rows, columns = np.tril_indices(visits)
    size = len(rows)
    first = np.zeros((size, visits, visits))
    first[np.arange(size), rows, columns] = first[np.arange(size), columns, rows] = 1.0
    return Expanded(np.einsum("k,kab->ab", parameters, first), first, np.zeros((size, size, 1, 1)))


def _correlations(shape: Shape, rest: Floats, visits: int) -> tuple[Floats, Floats, Floats]:
    """The correlations with their derivatives by the parameters that are no spread."""
    steps = np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))
    if visits == 1:
        return np.ones((1, 1)), np.zeros((0, 1, 1)), np.zeros((0, 0, 1, 1))
    if shape in _TOEPLITZ:
        by_lag = np.array([steps == lag for lag in range(1, visits)], dtype=float)
        flat = np.zeros((visits - 1, visits - 1, visits, visits))
        return np.eye(visits) + np.einsum("k,kab->ab", rest, by_lag), by_lag, flat
    rho = rest[0]
    if shape in _AUTOREGRESSIVE:
        first = steps * rho ** np.maximum(steps - 1, 0)
        twice = steps * (steps - 1) * rho ** np.maximum(steps - 2, 0)
        return rho**steps, first[None], twice[None, None]
    off = (steps > 0).astype(float)
    return np.eye(visits) + rho * off, off[None], np.zeros((1, 1, visits, visits))
