"""Under which invented data each estimator is tried for the coverage table: one entry a method, by its name.

To add a method, add its name with one `Tried` or more, at the place where it sorts; `python -m bench.coverage NAME`
then computes its rows and writes the page anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import exp, sqrt
from typing import Final

import numpy as np
from scipy.special import ndtr

from armlet.analysis.roots import root_of
from bench import coverage_models as models
from bench.coverage_models import Model

SIZES: Final = (10, 20, 60)

FACTOR: Final = 1
"""The trials of every row are so many times those that it gives; at 5 the Monte Carlo error of a level is 0.003 to 0.008."""


class Promise(StrEnum):
    """What the method promises under these data: the level itself, at most the level, or only about the level.

    `TEST_AT_MOST` is of an exact test beside approximate limits.
    """

    EXACT = "the level"
    AT_MOST = "at most the level"
    TEST_AT_MOST = "at most the level; limits about it"
    ABOUT = "about the level"
    NONE = "nothing: the wrong method for these data"


@dataclass(frozen=True, slots=True)
class Tried:
    """One row for each size: the data, the settings, and what is true of them.

    `effect` is what the model is given to try coverage and bias, `truth` what the method then estimates; `nothing` is
    the effect under which the null hypothesis holds, None for a method without a p-value. `is_ratio`: the estimate
    is a ratio, whose mean lies above the truth however good the method. `trials` are how many trials
    are simulated at each of `SIZES`: fewer where one costs more than a millisecond or two, and 0 where one costs too much.
    """

    model: Model
    promise: Promise
    effect: float
    settings: Mapping[str, object] = field(default_factory=dict)
    truth: Callable[[float], float] = float
    nothing: float | None = 0.0
    trials: tuple[int, int, int] = (800, 800, 800)
    is_ratio: bool = False


def probability_better(effect: float) -> float:
    """Of two people of `normal`, that the one in T has more: their difference has twice the variance."""
    return float(ndtr(effect / sqrt(2)))


def probability_better_or_failed(effect: float) -> float:
    """The same in `failing`, where who fails has less, and two who fail are a tie that counts half."""
    staying = 1 - models.FAILING
    return staying**2 * probability_better(effect) + staying * models.FAILING + models.FAILING**2 / 2


def win_ratio_with_failures(effect: float) -> float:
    """Pairs won by pairs lost in `failing`."""
    staying, better = 1 - models.FAILING, probability_better(effect)
    by_failure = staying * models.FAILING
    return (staying**2 * better + by_failure) / (staying**2 * (1 - better) + by_failure)


def difference_in_proportions(effect: float) -> float:
    """Of `two_proportions`."""
    odds = models.EVENTS / (1 - models.EVENTS) * exp(effect)
    return odds / (1 + odds) - models.EVENTS


NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
"""Gauss and Hermite's: the mean of a function of a standard normal score is its sum at the nodes, by weight."""
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def leaves_arm(effect: float) -> tuple[float, float]:
    """The chances that somebody in T of `dropping_out` leaves after the first visit, and after the second."""
    gains = effect / 3, effect * 2 / 3
    first = gains[0] + NODES
    second = gains[1] + models.CORRELATION * NODES[:, None] + sqrt(1 - models.CORRELATION**2) * NODES[None, :]
    early, late = models.chance_of_leaving(first), models.chance_of_leaving(second)
    after_first = float(WEIGHTS @ early)
    return after_first, float(WEIGHTS * (1 - early) @ late @ WEIGHTS)


def gain_of_policy(effect: float, after_leaving: tuple[float, float]) -> float:
    """The mean difference at the last visit if those in T who leave differ from C by so much after the first, or second.

    What is left of a value without its mean has the mean 0 over all people, whoever leaves; so only the means count.
    """
    after_first, after_second = leaves_arm(effect)
    staying = 1 - after_first - after_second
    return staying * effect + after_first * after_leaving[0] + after_second * after_leaving[1]


def gain_jumping(effect: float) -> float:
    """Who leaves has the mean of C from then on."""
    return gain_of_policy(effect, (0.0, 0.0))


def gain_copying(effect: float) -> float:
    """Who leaves goes on as somebody of C with the same values would: what was gained at the last one fades as they do."""
    of_first, of_second = effect / 3, effect * 2 / 3
    return gain_of_policy(effect, (of_first * models.CORRELATION**2, of_second * models.CORRELATION))


def gain_copying_increments(effect: float) -> float:
    """Who leaves keeps what was gained until then."""
    return gain_of_policy(effect, (effect / 3, effect * 2 / 3))


def gain_shifted(effect: float) -> float:
    """Who leaves T would have gone on as others of T with the same values, but then is `WORSE` off."""
    return gain_of_policy(effect, (effect + WORSE, effect + WORSE))


def probability_of_rising(effect: float) -> float:
    """Of those in `one_arm_ties` who change: with an effect of 1 a step of -1 is no change, and one of 0 or more a rise."""
    rising = float(ndtr((effect - 0.5) / 1.5))
    return rising / (rising + float(ndtr((-effect - 0.5) / 1.5)))


NEAR: Final = {
    "history": [{"source": "invented, in agreement", "mean": 3.0, "sd": 1.0, "n": 20}],
    "tau_scale": 0.25,
    "reference_sd": 1.0,
}
"""A history of the reference arm of `normal` that is right about its mean."""
FAR: Final = {**NEAR, "history": [{"source": "invented, in conflict", "mean": 4.0, "sd": 1.0, "n": 20}]}
"""One that is wrong about it by one spread."""
FEW_IMPUTATIONS: Final = {"imputations": 50, "burn_in": 50}
WORSE: Final = -0.5
"""The delta of the row of delta adjustment: so much worse are those who leave T."""
NO_GAIN: Final = root_of(gain_shifted, 0.0, 1.0)
"""The effect that being worse off after leaving just undoes over everybody: under it the null hypothesis holds."""

SHARED_DRAWS: Final = (
    "At 60 people all trials of a row share one sample of 999 lists or signs: that alone moves a level by some 0.007."
)
NOTES: Final[Mapping[str, tuple[str, ...]]] = {
    "bayes_binomial": (
        "There is no p, so nothing rejects.",
        "The flat priors draw the posterior mean towards no difference, the more the fewer people: that is the bias.",
    ),
    "bayes_normal": (
        "There is no p, so nothing rejects.",
        "Without a history the prior is flat and the interval is that of the t test, so it promises the level.",
        "One history is right about the reference arm, the other one spread too high.",
        "The latter draws the estimate aside: the vague component lets go of it, but not at once.",
    ),
    "exact_poisson": ("A ratio of rates is above the truth in the mean, which is no fault of the method.",),
    "fisher": (
        "p is exact; the limits of a difference are Newcombe's, which are approximate, and those of the odds ratio exact.",
        "An odds ratio without an upper bound is not estimable, and rejects nothing; the others may be off in the mean.",
    ),
    "mmrm": (
        "With people who leave, the limits of 10 people cover some 0.91 to 0.92: the promise is only about the level.",
        "Compound symmetry is not the covariance of these data, whose visits are the less alike the further apart.",
        "Nor do they spread as much soon after the baseline as later: so its limits at the last visit are too narrow.",
        "An earlier table promised about the level for it, which was wrong of the promise and not of the method.",
    ),
    "multiple_imputation": (
        "With 50 imputations, to be quick; by itself the method draws as many as its Monte Carlo error needs.",
        "With nothing missing it is the analysis of covariance; with people missing it is cautious, at 10 by far.",
        "The reference-based rows meet the same people: how those who leave went on is not seen, so only the truth differs.",
        "It is the mean over everybody if who leaves T goes on by the very rule, by quadrature of how many leave when.",
        "A million people simulated by the rule agree with it, with an error of 0.001.",
        "Rubin's variance is then larger than the estimate varies: it keeps the information lost as if missing at random.",
        "That is wanted in a sensitivity analysis (Cro, Carpenter and Kenward 2019, J R Stat Soc A 182, 623).",
        "So the promise is at most the level.",
        f"With a delta of {WORSE:g}, who leaves T is so much worse off than at random; an effect of {NO_GAIN:.3f} undoes it.",
        "Under that effect nothing is gained over everybody, and it stands for no effect in that row.",
    ),
    "rerandomisation": (
        "With heavy tails and 20 people, an earlier table of 120 trials had 0.092 ± 0.026: 11 rejections.",
        "They are the first 120 of those here: that was chance.",
        SHARED_DRAWS,
        "The last two rows of trimmed means are of the test alone, since its limits take a second at 20 people.",
    ),
    "sign_flip": (
        "The first hundred trials of `one_arm` at 20 people are unlucky, so there are many: an earlier table had 12 of 100.",
        "The t test, which has the level there, rejects in 12 of the same as well.",
        SHARED_DRAWS,
    ),
    "signed_rank": ("At 20 people the trials of `one_arm` are those of `sign_flip`, which begin unluckily.",),
    "tipping_point": (
        "Its answer is a delta, of which no truth is known, so its own error rate cannot be simulated.",
        "The figures are of the estimate without a shift, which is that of multiple imputation with the same settings.",
        "Where no outcome was imputed in the arm that a delta moves it is not estimable and rejects nothing.",
    ),
    "tobit": (
        "The likelihood ratio and its limits hold for many people only, as the method warns: at 10 it errs twice as often.",
        "Were nobody below the limit, it would reject in 0.113, 0.075 and 0.057 of trials of 10, 20 and 60 people.",
        "Those figures are of theory: the ratio is then a function of t, with as many degrees of freedom as people less 3.",
    ),
    "win_ratio": (
        "p is exact; the limits hold for many people only, as the method warns.",
        "Those of the net benefit are far too narrow at 10 and 20 people; at -1 and 1 there are none.",
        "Those of the ratio cover well in the trials that have one; where one arm wins every pair there is none.",
    ),
    "worst_rank": ("There is no interval.", SHARED_DRAWS),
}
"""What a reader of a method's table has to know, one sentence each; every figure that errs too often is explained here."""

SETTINGS: Final[Mapping[str, tuple[Tried, ...]]] = {
    "ancova": (
        Tried(models.normal, Promise.EXACT, 0.8),
        Tried(models.log_normal, Promise.EXACT, 0.4, {"transform": "ln(x+1)"}),
        Tried(models.prognostic, Promise.EXACT, 0.8),
        Tried(models.unequal_spread, Promise.ABOUT, 1.5, {"spread": "any"}),
        Tried(models.unequal_spread, Promise.ABOUT, 1.5, {"spread": "by arm"}),
    ),
    "bayes_binomial": (
        Tried(models.two_proportions, Promise.ABOUT, 1.0, truth=difference_in_proportions, nothing=None),
    ),
    "bayes_normal": (
        Tried(models.normal, Promise.EXACT, 0.8, nothing=None),
        Tried(models.normal, Promise.ABOUT, 0.8, NEAR, nothing=None, trials=(400, 400, 400)),
        Tried(models.normal, Promise.NONE, 0.8, FAR, nothing=None, trials=(400, 400, 400)),
    ),
    "clopper_pearson": (
        Tried(models.proportion, Promise.AT_MOST, 0.1, nothing=None),
        Tried(models.proportion, Promise.AT_MOST, 0.3, nothing=None),
        Tried(models.proportion, Promise.AT_MOST, 0.1, {"sides": "upper"}, nothing=None),
    ),
    "difference": (
        Tried(models.normal, Promise.EXACT, 0.8),
        Tried(models.normal, Promise.EXACT, 0.8, {"of": "change"}),
        Tried(models.unequal_spread, Promise.ABOUT, 1.5, {"spread": "welch"}),
        Tried(models.heavy_tails, Promise.ABOUT, 1.0),
    ),
    "exact_poisson": (
        Tried(models.counts, Promise.AT_MOST, 0.7, truth=exp, is_ratio=True),
        Tried(models.counts, Promise.AT_MOST, 0.0, {"arm": "C"}, truth=lambda effect: models.RATE, nothing=None),
    ),
    "fisher": (
        Tried(models.two_proportions, Promise.TEST_AT_MOST, 1.0, truth=difference_in_proportions),
        Tried(models.two_proportions, Promise.AT_MOST, 1.0, {"measure": "odds_ratio"}, truth=exp, is_ratio=True),
        Tried(models.two_proportions, Promise.ABOUT, 1.0, {"mid_p": True}, truth=difference_in_proportions),
    ),
    "mmrm": (
        Tried(models.repeated, Promise.EXACT, 0.8, trials=(400, 400, 400)),
        Tried(models.dropping_out, Promise.ABOUT, 0.8, trials=(400, 400, 400)),
        Tried(models.dropping_out, Promise.ABOUT, 0.8, {"baseline": "constrained"}, trials=(400, 400, 400)),
        Tried(models.dropping_out, Promise.NONE, 0.8, {"covariance": "compound symmetry"}, trials=(400, 400, 400)),
        Tried(models.repeated_unequal, Promise.ABOUT, 1.5, {"spread": "by arm"}, trials=(400, 400, 400)),
    ),
    "multiple_imputation": (
        Tried(models.repeated, Promise.EXACT, 0.8, FEW_IMPUTATIONS),
        Tried(models.dropping_out, Promise.ABOUT, 0.8, FEW_IMPUTATIONS),
        *(
            Tried(models.dropping_out, Promise.AT_MOST, 0.8, {"assumption": name, **FEW_IMPUTATIONS}, gain)
            for name, gain in (
                ("jump to reference", gain_jumping),
                ("copy reference", gain_copying),
                ("copy increments in reference", gain_copying_increments),
            )
        ),
        Tried(models.dropping_out, Promise.ABOUT, 0.8, {"delta": WORSE, **FEW_IMPUTATIONS}, gain_shifted, NO_GAIN),
    ),
    "rank_sum": (
        Tried(models.heavy_tails, Promise.AT_MOST, 1.0),
        Tried(models.ties, Promise.AT_MOST, 1.0),
    ),
    "rerandomisation": (
        Tried(models.heavy_tails, Promise.AT_MOST, 1.0, {"draws": 999}, trials=(800, 2000, 800)),
        Tried(
            models.log_normal,
            Promise.AT_MOST,
            0.4,
            {"statistic": "ancova_t", "transform": "ln(x+1)", "draws": 999},
            trials=(800, 1000, 800),
        ),
        Tried(models.heavy_tails, Promise.AT_MOST, 1.0, {"statistic": "ranks", "draws": 999}, trials=(800, 800, 200)),
        Tried(models.heavy_tails, Promise.AT_MOST, 1.0, {"statistic": "trimmed_means"}, trials=(800, 0, 0)),
        Tried(
            models.heavy_tails,
            Promise.AT_MOST,
            1.0,
            {"statistic": "trimmed_means", "interval": False, "draws": 999},
            trials=(0, 800, 800),
        ),
    ),
    "sign_flip": (
        Tried(models.one_arm, Promise.AT_MOST, 0.7, {"draws": 999}, trials=(800, 20_000, 800)),
        Tried(models.one_arm_ties, Promise.AT_MOST, 1.0, {"draws": 999}),
    ),
    "sign_test": (
        Tried(models.one_arm, Promise.AT_MOST, 0.7, truth=lambda effect: float(ndtr(effect))),
        Tried(models.one_arm_ties, Promise.AT_MOST, 1.0, truth=probability_of_rising),
    ),
    "signed_rank": (
        Tried(models.one_arm, Promise.AT_MOST, 0.7, trials=(800, 20_000, 800)),
        Tried(models.one_arm_ties, Promise.AT_MOST, 1.0),
        Tried(models.one_arm_ties, Promise.AT_MOST, 1.0, {"zeros": "pratt"}),
    ),
    "tipping_point": (Tried(models.dropping_out, Promise.ABOUT, 0.8, FEW_IMPUTATIONS, trials=(400, 400, 400)),),
    "tobit": (Tried(models.below_limit, Promise.ABOUT, 0.8),),
    "win_ratio": (
        Tried(models.failing, Promise.TEST_AT_MOST, 0.8, truth=win_ratio_with_failures, is_ratio=True),
        Tried(
            models.normal,
            Promise.TEST_AT_MOST,
            0.8,
            {"measure": "net_benefit"},
            truth=lambda effect: 2 * probability_better(effect) - 1,
        ),
    ),
    "worst_rank": (
        Tried(
            models.failing,
            Promise.AT_MOST,
            0.8,
            {"draws": 999},
            truth=probability_better_or_failed,
        ),
    ),
}
