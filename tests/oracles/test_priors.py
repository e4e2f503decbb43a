"""Priors from historical controls against the numbers that the documentation of the R package RBesT prints.

Read on 2026-11-28 in the repository Novartis/RBesT, files `articles/introduction.md`, `articles/introduction_normal.md` and
`reference/ess.md`. What RBesT samples is good to two digits, what it computes from a printed mixture to all that are printed.
"""

import math

import numpy as np
import pytest
from scipy.special import betainc, betaln, expit

from armlet.analysis.mixtures import BetaMixture, NormalMixture, beta_above, quantile_of
from armlet.analysis.priors import CLOSE, Predicted, fit_beta, fit_normal, predict_mean, predict_proportion

SPONDYLITIS = ([23, 12, 19, 9, 39, 6, 9, 10], [107, 44, 51, 39, 139, 20, 78, 35])
CROHN = ([-51, -49, -36, -47, -90, -54], [74, 166, 328, 20, 25, 58])
PRINTED_BETA = BetaMixture.of(
    (0.4612914, 33.9513487, 103.0146367),
    (0.1917812, 19.4400089, 41.5205219),
    (0.1893896, 12.2692310, 55.9202833),
    (0.1575378, 2.2521243, 5.4812202),
)
PRINTED_ROBUST_NORMAL = NormalMixture.of(
    (0.40083877, -51.42408665, 19.04525409),
    (0.33497275, -47.25917128, 7.85193726),
    (0.06418848, -55.07086416, 44.57325000),
    (0.2, -50, 88),
)


def spondylitis(tau_scale: float = 1.0) -> Predicted:
    events, people = (np.array(column, dtype=np.float64) for column in SPONDYLITIS)
    return predict_proportion(events, people, tau_scale, (0.0, 2.0))


def crohn() -> Predicted:
    means, people = (np.array(column, dtype=np.float64) for column in CROHN)
    return predict_mean(means, 88 / np.sqrt(people), 44.0, (0.0, 88.0))


def moments(predicted: Predicted, *, proportion: bool) -> tuple[float, float]:
    """Mean and standard deviation of what is predicted, by Gauss and Hermite within each slice."""
    z, w = np.polynomial.hermite_e.hermegauss(21)
    at = predicted.middle[:, None] + predicted.spread[:, None] * z
    values = expit(at) if proportion else at
    weights = predicted.weight[:, None] * w / w.sum()
    mean = float((weights * values).sum())
    return mean, math.sqrt(float((weights * (values - mean) ** 2).sum()))


@pytest.mark.parametrize(
    ("scale", "tau", "mean", "sd", "limits"),
    [(1.0, 0.387, 0.255, 0.0864, (0.106, 0.247, 0.461)), (0.5, 0.335, 0.259, 0.0776, (0.129, 0.25, 0.442))],
)
def test_the_proportion_that_eight_trials_foretell(
    scale: float, tau: float, mean: float, sd: float, limits: tuple[float, ...]
) -> None:
    predicted = spondylitis(scale)
    assert predicted.tau_mean() == pytest.approx(tau, abs=0.01)
    assert moments(predicted, proportion=True) == pytest.approx((mean, sd), abs=0.005)
    found = [float(expit(quantile_of(predicted.below, chance, -20, 20))) for chance in (0.025, 0.5, 0.975)]
    assert found == pytest.approx(list(limits), abs=0.012)


def test_the_mean_that_six_trials_foretell() -> None:
    predicted = crohn()
    assert predicted.tau_mean() == pytest.approx(14.3, abs=0.25)
    assert moments(predicted, proportion=False) == pytest.approx((-50, 19.3), abs=0.3)
    found = [quantile_of(predicted.below, chance, -500, 500) for chance in (0.025, 0.5, 0.975)]
    assert found == pytest.approx([-93.1, -48.6, -13.8], abs=2.5)
    assert found[1] == pytest.approx(-48.6, abs=0.1)


def test_the_foretold_proportion_is_that_of_sums_over_a_plain_grid() -> None:
    """Every trial's logit, the common mean and tau on even grids: nothing in common with how it is computed."""
    events, people = ([23, 12, 9], [107, 44, 78])
    logit, mean = np.linspace(-7, 5, 1201), np.linspace(-6, 4, 241)
    taus = (np.arange(1, 121) - 0.5) * 0.04
    log_weight = np.zeros((len(taus), len(mean)))
    for row, tau in enumerate(taus):
        kernel = np.exp(-0.5 * ((logit[None, :] - mean[:, None]) / tau) ** 2) / tau
        log_weight[row] = -0.5 * tau**2 - mean**2 / 8
        for r, n in zip(events, people, strict=True):
            log_weight[row] += np.log(kernel @ np.exp(r * logit - n * np.logaddexp(0, logit) + n * 0.55))
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    z, w = np.polynomial.hermite_e.hermegauss(25)
    values = expit(mean[None, :, None] + taus[:, None, None] * z)
    expected = float((weight[:, :, None] * values * w / w.sum()).sum())
    predicted = predict_proportion(np.array(events, float), np.array(people, float), 1.0, (0.0, 2.0))
    assert predicted.tau_mean() == pytest.approx(float(weight.sum(axis=1) @ taus), abs=2e-4)
    assert moments(predicted, proportion=True)[0] == pytest.approx(expected, abs=2e-4)


def test_a_fitted_mixture_is_close_and_of_the_size_that_is_printed() -> None:
    mixture, distance = fit_beta(spondylitis())
    assert distance <= CLOSE
    assert mixture.elir_size() == pytest.approx(38, abs=2)
    assert mixture.moment_size() == pytest.approx(24, abs=0.5)
    assert mixture.with_vague(0.2).elir_size() == pytest.approx(27, abs=1.5)
    normal, distance = fit_normal(crohn())
    assert distance <= CLOSE
    assert normal.elir_size(88) == pytest.approx(39, abs=2.5)
    assert normal.moment_size(88) == pytest.approx(21, abs=0.7)
    assert normal.with_vague(0.2, -50, 88).elir_size(88) == pytest.approx(28, abs=2)


def test_sizes_and_summaries_of_printed_mixtures() -> None:
    beta = BetaMixture.of((0.2, 1, 1), (0.8, 10, 2))
    assert beta.elir_size() == pytest.approx(7.65152, abs=5e-5)
    assert beta.moment_size() == pytest.approx(3.161034, abs=5e-7)
    normal = NormalMixture.of((0.5, 0, 2), (0.5, 3, 4))
    assert normal.elir_size(10) == pytest.approx(10.82796, abs=5e-5)
    assert normal.elir_size(20) == pytest.approx(43.31185, abs=1e-4)
    assert normal.moment_size(10) == pytest.approx(8.163265, abs=5e-7)
    assert (PRINTED_BETA.mean, PRINTED_BETA.sd) == pytest.approx((0.25545885, 0.08662045), abs=1e-8)
    found = [PRINTED_BETA.quantile(chance) for chance in (0.025, 0.5, 0.975)]
    assert found == pytest.approx([0.10730400, 0.24758768, 0.46276759], abs=4e-5)
    assert round(PRINTED_BETA.elir_size()) == 38
    assert round(PRINTED_BETA.with_vague(0.2).elir_size()) == 27
    assert round(PRINTED_ROBUST_NORMAL.elir_size(88)) == 28


def test_the_final_analysis_of_the_crohn_trial() -> None:
    active = NormalMixture.of((1, -50, 88)).updated(-29.2, 14.0)
    placebo = PRINTED_ROBUST_NORMAL.updated(-63.1, 13.9)
    difference = active.minus(placebo)
    assert difference.below(0) == pytest.approx(0.06270104, abs=5e-9)
    assert difference.below(-50) == pytest.approx(3.827361e-06, rel=2e-7)


def test_a_difference_of_proportions_is_that_of_the_textbook_sum() -> None:
    """For whole shapes the chance that one beta beats another is a finite sum: here (3, 4) against (2, 5), 8/11."""
    (a, b), (c, d) = (3, 4), (2, 5)
    terms = (betaln(c + i, b + d) - math.log(b + i) - betaln(1 + i, b) - betaln(c, d) for i in range(a))
    expected = sum(math.exp(float(term)) for term in terms)
    assert expected == pytest.approx(8 / 11, abs=1e-12)
    assert beta_above(BetaMixture.of((1, a, b)), BetaMixture.of((1, c, d)), 0.0) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("by", [-0.4, -0.1, 0.2, 0.6])
def test_a_difference_beyond_a_threshold_is_that_of_an_even_grid(by: float) -> None:
    first, second = BetaMixture.of((0.3, 2, 3), (0.7, 6, 4)), BetaMixture.of((1, 3, 5))
    x = (np.arange(200_000) + 0.5) / 200_000
    density = np.exp(2 * np.log(x) + 4 * np.log1p(-x) - betaln(3, 5))
    above = 1 - sum(w * betainc(a, b, np.clip(x + by, 0, 1)) for w, a, b in ((0.3, 2, 3), (0.7, 6, 4)))
    assert beta_above(first, second, by) == pytest.approx(float((density * above).mean()), abs=1e-7)


def test_no_difference_of_proportions_is_beyond_one() -> None:
    flat = BetaMixture.of((1, 1, 1))
    assert (beta_above(flat, flat, 1.0), beta_above(flat, flat, -1.0)) == (0.0, 1.0)
