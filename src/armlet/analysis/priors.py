"""Priors from historical controls: what earlier control arms foretell of the next one (meta-analytic-predictive, MAP).

Earlier trials and this one have means that are normal around a common one, with a spread tau whose prior is half-normal
(Neuenschwander and others 2010, Clinical Trials 7, 5). Everything is integrated numerically, nothing is sampled; a mixture of
conjugate distributions is then fitted by expectation and maximisation (Schmidli and others 2014, Biometrics 70, 1023).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import betainc, betaln, expit, logsumexp, ndtr, polygamma, psi

from armlet.analysis.mixtures import BetaMixture, NormalMixture, unit_nodes
from armlet.analysis.transforms import Floats

TAU_NODES: Final = 32
TAU_REACH: Final = 5.5
"""The half-normal prior has 4e-8 of its mass beyond so many of its scales."""
MEAN_NODES: Final = 37
MEAN_REACH: Final = 8.0
INNER_NODES: Final = 13
NEWTON_STEPS: Final = 6
BINS: Final = 300
BIN_REACH: Final = 10.0
LEAST_MASS: Final = 1e-12
MOST_COMPONENTS: Final = 4
CLOSE: Final = 0.005
"""A mixture is taken whose distribution function is nowhere farther than this from the one it stands for."""
EM_STEPS: Final = 300
EM_GAIN: Final = 1e-8


@dataclass(frozen=True, slots=True)
class Predicted:
    """The MAP distribution by quadrature: normal slices, on the logit scale for a proportion.

    `middle`, `spread` and `weight` describe the slices, `tau` the heterogeneity each belongs to.
    """

    middle: Floats
    spread: Floats
    weight: Floats
    tau: Floats

    def below(self, x: float) -> float:
        """The probability of at most x, on the scale of the slices."""
        return float(self.weight @ ndtr((x - self.middle) / self.spread))

    def tau_mean(self) -> float:
        """The posterior mean of the heterogeneity."""
        return float(self.weight @ self.tau)


def _tau_nodes(scale: float) -> tuple[Floats, Floats]:
    """Heterogeneities and the logarithm of prior times weight; nodes lie closer together near 0."""
    points, weights = unit_nodes(TAU_NODES)
    reach = TAU_REACH * scale
    tau = reach * points**2
    return tau, np.log(2 * reach * points * weights) - 0.5 * (tau / scale) ** 2


def _scaled(log_weights: Floats) -> Floats:
    """Weights that sum to 1, from their logarithms."""
    return np.asarray(np.exp(log_weights - logsumexp(log_weights)))


def predict_mean(means: Floats, errors: Floats, tau_scale: float, mean_prior: tuple[float, float] | None) -> Predicted:
    """MAP of a mean from historical means and their standard errors; `mean_prior` None is flat.

    Given tau everything is normal, so the slices run over tau alone.
    """
    tau, log_prior = _tau_nodes(tau_scale)
    precision = 1 / (errors[None, :] ** 2 + tau[:, None] ** 2)
    middle, known = (0.0, 0.0) if mean_prior is None else (mean_prior[0], mean_prior[1] ** -2)
    total = precision.sum(axis=1) + known
    at = (precision @ means + known * middle) / total
    rest = (precision * (means[None, :] - at[:, None]) ** 2).sum(axis=1) + known * (at - middle) ** 2
    log_likelihood = 0.5 * (np.log(precision).sum(axis=1) - np.log(total) - rest)
    return Predicted(at, np.sqrt(1 / total + tau**2), _scaled(log_prior + log_likelihood), tau)


def predict_proportion(events: Floats, people: Floats, tau_scale: float, mean_prior: tuple[float, float]) -> Predicted:
    """MAP of a proportion from historical events and people; means, tau and slices on the logit scale."""
    tau, log_prior = _tau_nodes(tau_scale)
    rough = np.log((events + 0.5) / (people - events + 0.5))
    variance = 1 / (events + 0.5) + 1 / (people - events + 0.5)
    precision = 1 / (variance[None, :] + tau[:, None] ** 2)
    total = precision.sum(axis=1) + mean_prior[1] ** -2
    middle = (precision @ rough + mean_prior[0] / mean_prior[1] ** 2) / total
    steps = np.linspace(-MEAN_REACH, MEAN_REACH, MEAN_NODES)
    mean = middle[:, None] + steps[None, :] / np.sqrt(total)[:, None]
    every_tau = np.broadcast_to(tau[:, None], mean.shape)
    log_weights = (
        log_prior[:, None] - 0.5 * np.log(total)[:, None] - 0.5 * ((mean - mean_prior[0]) / mean_prior[1]) ** 2
    )
    log_weights = log_weights + _log_evidence(events, people, mean, every_tau)
    return Predicted(mean.reshape(-1), every_tau.reshape(-1), _scaled(log_weights.reshape(-1)), every_tau.reshape(-1))


def _log_evidence(events: Floats, people: Floats, mean: Floats, tau: Floats) -> Floats:
    """The logarithm of what each mean and tau foretold of the historical counts, up to a constant.

    Each trial's own logit is integrated out by Gauss and Hermite around its own most likely value.
    """
    m, t = mean[..., None], tau[..., None]
    pull = t**-2
    rough = np.log((events + 0.5) / (people - events + 0.5))
    known = 1 / (1 / (events + 0.5) + 1 / (people - events + 0.5))
    at = (rough * known + m * pull) / (known + pull)
    for _ in range(NEWTON_STEPS):
        share = expit(at)
        slope = events - people * share - (at - m) * pull
        at += np.clip(slope / (people * share * (1 - share) + pull), -1.0, 1.0)
    share = expit(at)
    width = 1 / np.sqrt(people * share * (1 - share) + pull)
    z, w = np.polynomial.hermite_e.hermegauss(INNER_NODES)
    step = width[..., None] * z
    # the logarithm of the integrand beside that of its top, with the bell of the rule taken out
    away = events[:, None] * step - people[:, None] * np.log1p(share[..., None] * np.expm1(step))
    away += 0.5 * z**2 - step * (0.5 * step + (at - m)[..., None]) * pull[..., None]
    top = events * at - people * np.logaddexp(0, at) - 0.5 * (at - m) ** 2 * pull
    each = top + np.log(np.exp(away) @ w) + np.log(width / t)
    return np.asarray(each.sum(axis=-1))


# --- Mixtures that stand for the prediction ---------------------------------------------------------------------------


def fit_beta(predicted: Predicted) -> tuple[BetaMixture, float]:
    """The beta mixture of fewest components that is close, or the closest there is, and its largest distance."""
    x, weights, tau, below = _binned(predicted)
    ends = expit(x + (x[1] - x[0]) / 2)
    logs = np.column_stack([-np.logaddexp(0, -x), -np.logaddexp(0, x)])
    best = (BetaMixture.of((1.0, 1.0, 1.0)), math.inf)
    for number in range(1, MOST_COMPONENTS + 1):
        mixture = _em_beta(logs, weights, _slices(tau, weights, number))
        found = betainc(mixture.a[:, None], mixture.b[:, None], ends[None, :])
        best = min(best, (mixture, float(np.abs(mixture.weights @ found - below).max())), key=lambda one: one[1])
        if best[1] <= CLOSE:
            break
    return best


def fit_normal(predicted: Predicted) -> tuple[NormalMixture, float]:
    """The normal mixture of fewest components that is close, or the closest there is, and its largest distance."""
    x, weights, tau, below = _binned(predicted)
    ends = x + (x[1] - x[0]) / 2
    best = (NormalMixture.of((1.0, 0.0, 1.0)), math.inf)
    for number in range(1, MOST_COMPONENTS + 1):
        mixture = _em_normal(x, weights, _slices(tau, weights, number))
        found = ndtr((ends[None, :] - mixture.means[:, None]) / mixture.sds[:, None])
        best = min(best, (mixture, float(np.abs(mixture.weights @ found - below).max())), key=lambda one: one[1])
        if best[1] <= CLOSE:
            break
    return best


def _binned(predicted: Predicted) -> tuple[Floats, Floats, Floats, Floats]:
    """Middles of even bins with their probability and mean tau, and the probability below each bin's upper end.

    Components are begun by tau: the wide ones come from a large one.
    """
    mean = float(predicted.weight @ predicted.middle)
    sd = math.sqrt(float(predicted.weight @ (predicted.spread**2 + (predicted.middle - mean) ** 2)))
    edges = np.linspace(mean - BIN_REACH * sd, mean + BIN_REACH * sd, BINS + 1)
    below = ndtr((edges[:, None] - predicted.middle[None, :]) / predicted.spread[None, :])
    both = np.diff(below @ np.column_stack([predicted.weight, predicted.weight * predicted.tau]), axis=0)
    mass = both[:, 0]
    kept = mass > mass.max() * LEAST_MASS
    return (
        ((edges[1:] + edges[:-1]) / 2)[kept],
        mass[kept] / mass[kept].sum(),
        both[kept, 1] / mass[kept],
        (below[1:] @ predicted.weight)[kept],
    )


def _slices(tau: Floats, weights: Floats, number: int) -> Floats:
    """Who belongs to which component at the start [points, components]: by rank of tau, in parts of equal weight."""
    order = np.argsort(tau, kind="stable")
    reached = np.empty_like(weights)
    reached[order] = np.cumsum(weights[order]) - weights[order] / 2
    which = np.minimum((reached * number).astype(np.intp), number - 1)
    return np.asarray(np.eye(number)[which] * 0.9 + 0.1 / number)


def _shares(log_part: Floats) -> tuple[Floats, Floats]:
    """Each component's share of each point, and the logarithm of the whole density there."""
    top = log_part.max(axis=1, keepdims=True)
    part = np.exp(log_part - top)
    whole = part.sum(axis=1, keepdims=True)
    return part / whole, (np.log(whole) + top)[:, 0]


def _em_normal(x: Floats, weights: Floats, share: Floats) -> NormalMixture:
    mass = means = sds = np.ones(share.shape[1])
    before = -math.inf
    for _ in range(EM_STEPS):
        joint = share * weights[:, None]
        mass = joint.sum(axis=0)
        means = (joint.T @ x) / mass
        sds = np.sqrt((joint * (x[:, None] - means) ** 2).sum(axis=0) / mass)
        share, log_density = _shares(np.log(mass / sds) - 0.5 * ((x[:, None] - means) / sds) ** 2)
        now = float(weights @ log_density)
        if now - before < EM_GAIN:
            break
        before = now
    return NormalMixture(mass / mass.sum(), means, sds)


def _em_beta(logs: Floats, weights: Floats, share: Floats) -> BetaMixture:
    """`logs` are the logarithms of each point and of 1 minus it."""
    a, b = _matched_moments(np.exp(logs[:, 0]), share * weights[:, None])
    mass, before = np.ones(share.shape[1]), -math.inf
    for _ in range(EM_STEPS):
        joint = share * weights[:, None]
        mass = joint.sum(axis=0)
        a, b = _beta_step(a, b, (joint.T @ logs) / mass[:, None])
        share, log_density = _shares(np.log(mass) - betaln(a, b) + logs @ np.stack([a - 1, b - 1]))
        now = float(weights @ log_density)
        if 0 <= now - before < EM_GAIN:
            break
        before = now
    return BetaMixture(mass / mass.sum(), a, b)


def _matched_moments(x: Floats, joint: Floats) -> tuple[Floats, Floats]:
    mass = joint.sum(axis=0)
    mean = (joint * x[:, None]).sum(axis=0) / mass
    variance = (joint * (x[:, None] - mean) ** 2).sum(axis=0) / mass
    total = np.maximum(mean * (1 - mean) / variance - 1, 0.1)
    return mean * total, (1 - mean) * total


def _beta_step(a: Floats, b: Floats, means: Floats) -> tuple[Floats, Floats]:
    """One Newton step in the logarithms of the shapes towards the mean logarithms of x and of 1 - x."""
    both = psi(a + b)
    gradient = np.stack([means[:, 0] - psi(a) + both, means[:, 1] - psi(b) + both])
    shared = polygamma(1, a + b)
    first, second = polygamma(1, a) - shared, polygamma(1, b) - shared
    determinant = first * second - shared**2
    step_a = (second * gradient[0] + shared * gradient[1]) / determinant
    step_b = (shared * gradient[0] + first * gradient[1]) / determinant
    return a * np.exp(np.clip(step_a / a, -0.5, 0.5)), b * np.exp(np.clip(step_b / b, -0.5, 0.5))
