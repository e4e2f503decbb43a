"""Bayesian comparison of two means: normal outcomes, with historical controls of the reference arm where there are any.

The spread of the outcomes is estimated by default: its uncertainty is integrated over (prior flat in its logarithm), so that
with flat priors and no history the interval is that of the t distribution. It can be taken as known instead.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from scipy.special import chdtri

from armlet.analysis.bayes import (
    BORROWING,
    NO_HISTORY,
    NO_P_WARNING,
    Better,
    Borrowing,
    benefit_details,
    borrowed_warning,
    comparison_words,
    prior_details,
    read_borrowing,
)
from armlet.analysis.cases import Cases, Sample, not_estimable, responses, two_arm_problem, usable, values_problem
from armlet.analysis.estimates import Detail, Estimate, Interval, Result
from armlet.analysis.least_squares import NO_SPREAD
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.mixtures import NormalMixture
from armlet.analysis.priors import fit_normal, predict_mean
from armlet.analysis.transforms import Floats, Transform, scale_unit

SPREADS: Final = 161
"""Spreads at which the posterior is taken; even steps in the logarithm, from where to where 1e-14 is beyond."""


class Of(StrEnum):
    """Whether outcomes or changes from baseline are compared; a history has to be of the same."""

    OUTCOME = "outcome"
    CHANGE = "change"


class SpreadIs(StrEnum):
    """Whether the standard deviation of the outcomes is estimated here, or known to be `reference_sd`."""

    ESTIMATED = "estimated"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Settings:
    """`reference_sd` is one person's standard deviation on the scale of the analysis.

    By it the prior's people are counted; it is the spread of the vague component, around `robust_mean` (None: the mean that
    the history foretells).
    """

    borrowing: Borrowing = field(default_factory=Borrowing)
    of: Of = Of.OUTCOME
    transform: Transform = Transform.NONE
    spread: SpreadIs = SpreadIs.ESTIMATED
    reference_sd: float = 0.0
    robust_mean: float | None = None
    better: Better = Better.HIGHER
    threshold: float = 0.0
    level: float = 0.95


_NAMES = (
    *BORROWING, "of", "transform", "spread", "reference_sd", "robust_mean", "better", "threshold", "level",
)  # fmt: skip


def parse(settings: Mapping[str, object]) -> Settings:
    """Every field of `Settings`; a history is a list of records with `source`, `mean` and `se`, or `mean`, `sd` and `n`."""
    reader = SettingsReader("bayes_normal", settings, _NAMES)
    borrowing = read_borrowing(reader, settings, (("mean", "se"), ("mean", "sd", "n")), None)
    if any(one.get("se", 1.0) <= 0 or one.get("sd", 1.0) <= 0 or one.get("n", 1.0) < 1 for one in borrowing.history):
        reader.refuse("history", "se and sd above 0 and n of at least 1 in each record")
    parsed = Settings(
        borrowing,
        reader.choice("of", Of.OUTCOME),
        reader.choice("transform", Transform.NONE),
        reader.choice("spread", SpreadIs.ESTIMATED),
        reader.number("reference_sd", 0.0),
        reader.number("robust_mean", 0.0) if "robust_mean" in settings else None,
        reader.choice("better", Better.HIGHER),
        reader.number("threshold", 0.0),
        reader.fraction("level", 0.95),
    )
    if parsed.reference_sd <= 0 and (borrowing.history or parsed.spread is SpreadIs.KNOWN):
        reader.refuse("reference_sd", "one person's standard deviation, above 0, for a history or a known spread")
    reader.finish()
    return parsed


@dataclass(frozen=True, slots=True)
class _Seen:
    """Mean and people of each arm, and the squares about the arm means with their degrees of freedom."""

    means: tuple[float, float]
    people: tuple[int, int]
    squares: float
    df: int


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """Posterior mean and equal-tailed credible interval of the difference of the means; the other arm's prior is flat."""
    change = settings.of is Of.CHANGE
    sample = usable(cases.rows, with_baseline=change)
    least = 1 if settings.spread is SpreadIs.KNOWN else 2
    problem = two_arm_problem(cases, sample, least) or values_problem(settings.transform, sample, with_baseline=change)
    if problem:
        return not_estimable(label, METHOD.name, problem, cases.arms, sample)
    seen = _summary(cases, sample, settings)
    if settings.spread is SpreadIs.ESTIMATED and seen.squares <= 0:
        reason = "everybody of an arm has the same value, so there is no spread to judge by"
        return not_estimable(label, METHOD.name, reason, cases.arms, sample)
    prior, details = _reference_prior(settings)
    first, second, difference = _posterior(seen, settings, prior)
    tail = (1 - settings.level) / 2
    return Estimate(
        label=label,
        estimand=comparison_words(cases, "mean"),
        method=METHOD.name,
        value=difference.mean,
        unit=scale_unit(settings.transform, cases.unit),
        interval=Interval(difference.quantile(tail), difference.quantile(1 - tail), settings.level),
        p=None,
        n_used=sample.count(cases.arms),
        left_out=sample.left_out,
        warnings=_warnings(settings, prior, seen, second),
        details=(
            *benefit_details(settings.better, settings.threshold, difference.above(settings.threshold)),
            ("standard deviation of the outcomes", settings.spread.value),
            (f"posterior mean: {cases.reference}", second.mean),
            (f"posterior mean: {cases.other_arm()}", first.mean),
            *details,
        ),
    )


def _summary(cases: Cases, sample: Sample, settings: Settings) -> _Seen:
    values = responses(settings.transform, sample, change=settings.of is Of.CHANGE)
    parts = [values[sample.is_in(arm) == 1] for arm in (cases.other_arm(), str(cases.reference))]
    squares = float(sum(((part - part.mean()) ** 2).sum() for part in parts))
    rounding = (NO_SPREAD * len(values) * float(np.abs(values).max())) ** 2
    return _Seen(
        (float(parts[0].mean()), float(parts[1].mean())),
        (len(parts[0]), len(parts[1])),
        squares if squares > rounding else 0.0,
        len(values) - 2,
    )


def _spreads(seen: _Seen, settings: Settings) -> tuple[Floats, Floats]:
    """Standard deviations and the logarithms of their weights, before the means have their say."""
    if settings.spread is SpreadIs.KNOWN:
        return np.array([settings.reference_sd]), np.zeros(1)
    ends = [math.log(seen.squares / float(chdtri(seen.df, tail))) for tail in (1e-14, 1 - 1e-14)]
    log_variance = np.linspace(ends[0], ends[1], SPREADS)
    return np.exp(log_variance / 2), -0.5 * (seen.df * log_variance + seen.squares * np.exp(-log_variance))


def _posterior(
    seen: _Seen, settings: Settings, prior: NormalMixture | None
) -> tuple[NormalMixture, NormalMixture, NormalMixture]:
    """Posterior of the other arm, of the reference and of the difference: mixtures over the spread."""
    sds, log_weights = _spreads(seen, settings)
    (first_mean, second_mean), (first_people, second_people) = seen.means, seen.people
    firsts, seconds, evidence = list[NormalMixture](), list[NormalMixture](), np.zeros(len(sds))
    for place, sd in enumerate(sds):
        firsts.append(NormalMixture.of((1.0, first_mean, float(sd) / math.sqrt(first_people))))
        error = float(sd) / math.sqrt(second_people)
        if prior is None:
            seconds.append(NormalMixture.of((1.0, second_mean, error)))
        else:
            second, evidence[place] = prior.updated_with_evidence(second_mean, error)
            seconds.append(second)
    # a flat prior's evidence is the same at every spread; that of the other arm is left out for that reason
    total = log_weights + evidence
    weights = np.exp(total - total.max())
    weights /= weights.sum()
    differences = [one.minus(other) for one, other in zip(firsts, seconds, strict=True)]
    return _mixed(weights, firsts), _mixed(weights, seconds), _mixed(weights, differences)


def _mixed(weights: Floats, parts: list[NormalMixture]) -> NormalMixture:
    return NormalMixture(
        np.concatenate([weight * part.weights for weight, part in zip(weights, parts, strict=True)]),
        np.concatenate([part.means for part in parts]),
        np.concatenate([part.sds for part in parts]),
    )


def _reference_prior(settings: Settings) -> tuple[NormalMixture | None, tuple[Detail, ...]]:
    borrowing = settings.borrowing
    if not borrowing.history:
        return None, (("historical controls", NO_HISTORY),)
    means = np.array([one["mean"] for one in borrowing.history])
    errors = np.array([one["se"] if "se" in one else one["sd"] / math.sqrt(one["n"]) for one in borrowing.history])
    predicted = predict_mean(means, errors, borrowing.tau_scale, borrowing.mean_prior)
    mixture, distance = fit_normal(predicted)
    middle = mixture.mean if settings.robust_mean is None else settings.robust_mean
    prior = mixture.with_vague(borrowing.robust_weight, middle, settings.reference_sd)
    return prior, (
        *prior_details(len(means), borrowing, predicted.tau_mean(), distance),
        ("people that the prior of the reference counts as (ELIR)", prior.elir_size(settings.reference_sd)),
        ("people that it counts as (moments)", prior.moment_size(settings.reference_sd)),
    )


def _warnings(
    settings: Settings, prior: NormalMixture | None, seen: _Seen, posterior: NormalMixture
) -> tuple[str, ...]:
    if prior is None:
        return (NO_P_WARNING,)
    vague = float(posterior.weights[len(prior.weights) - 1 :: len(prior.weights)].sum())
    return NO_P_WARNING, borrowed_warning(prior.elir_size(settings.reference_sd), seen.people[1], vague)


METHOD = Method(
    name="bayes_normal",
    label="Bayesian difference of two means",
    source=(
        "Schmidli and others 2014 (Biometrics 70, 1023) for robust priors from history; Neuenschwander and others "
        "2010 (Clinical Trials 7, 5) and 2020 (Biometrics 76, 578) for their prediction and effective sample size"
    ),
    parse=parse,
    estimate=estimate,
    compares_arms=True,
)
