"""Bayesian comparison of two proportions: beta priors, with historical controls of the reference arm where there are any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

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
from armlet.analysis.cases import Cases, Sample, not_estimable, two_arm_problem, usable
from armlet.analysis.estimates import Detail, Estimate, Interval, Result
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.mixtures import BetaMixture, beta_above, quantile_of
from armlet.analysis.priors import fit_beta, predict_proportion


@dataclass(frozen=True, slots=True)
class Settings:
    """`prior` has the two shapes of the other arm's beta prior, `reference_prior` the reference's without a history."""

    borrowing: Borrowing = field(default_factory=lambda: Borrowing(mean_prior=(0.0, 2.0)))
    prior: tuple[float, float] = (1.0, 1.0)
    reference_prior: tuple[float, float] = (1.0, 1.0)
    better: Better = Better.HIGHER
    threshold: float = 0.0
    level: float = 0.95


_NAMES = (*BORROWING, "prior", "reference_prior", "better", "threshold", "level")


def parse(settings: Mapping[str, object]) -> Settings:
    """Every field of `Settings`; a history is a list of records with `source`, `n` and `events`."""
    reader = SettingsReader("bayes_binomial", settings, _NAMES)
    borrowing = read_borrowing(reader, settings, (("n", "events"),), (0.0, 2.0))
    shapes = [reader.numbers(name, (1.0, 1.0)) for name in ("prior", "reference_prior")]
    for name, pair in zip(("prior", "reference_prior"), shapes, strict=True):
        if min(pair) <= 0:
            reader.refuse(name, "two shapes above 0")
    if any(not (0 <= one["events"] <= one["n"] and one["n"] >= 1) for one in borrowing.history):
        reader.refuse("history", "events from 0 to n in each record")
    (a, b), (c, d) = shapes
    parsed = Settings(
        borrowing,
        (a, b),
        (c, d),
        reader.choice("better", Better.HIGHER),
        reader.number("threshold", 0.0),
        reader.fraction("level", 0.95),
    )
    reader.finish()
    return parsed


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """Posterior mean and equal-tailed credible interval of the difference of the proportions; 1 is the event, 0 none."""
    sample = usable(cases.rows, with_baseline=False)
    problem = two_arm_problem(cases, sample, least=1)
    if problem is None and any(row.outcome not in {0.0, 1.0} for row in sample.rows):
        problem = "an outcome is neither 0 (no event) nor 1 (event)"
    if problem:
        return not_estimable(label, METHOD.name, problem, cases.arms, sample)
    prior, details = _reference_prior(settings)
    counts = {arm: _count(sample, arm) for arm in cases.arms}
    first = BetaMixture.of((1.0, *settings.prior)).updated(*counts[cases.other_arm()])
    second = prior.updated(*counts[str(cases.reference)])
    tail = (1 - settings.level) / 2
    lower, upper = (
        quantile_of(lambda x: 1 - beta_above(first, second, x), chance, -1.0, 1.0) for chance in (tail, 1 - tail)
    )
    return Estimate(
        label=label,
        estimand=comparison_words(cases, "proportion with the event"),
        method=METHOD.name,
        value=first.mean - second.mean,
        unit="1",
        interval=Interval(lower, upper, settings.level),
        p=None,
        n_used=sample.count(cases.arms),
        left_out=sample.left_out,
        warnings=_warnings(settings, prior, second, counts[str(cases.reference)][1]),
        details=(
            *benefit_details(settings.better, settings.threshold, beta_above(first, second, settings.threshold)),
            *((f"events: {arm}", counts[arm][0]) for arm in (str(cases.reference), cases.other_arm())),
            (f"posterior mean: {cases.reference}", second.mean),
            (f"posterior mean: {cases.other_arm()}", first.mean),
            *details,
            ("people that the prior of the reference counts as (ELIR)", prior.elir_size()),
            ("people that it counts as (moments)", prior.moment_size()),
        ),
    )


def _count(sample: Sample, arm: str) -> tuple[int, int]:
    outcomes = [row.outcome for row in sample.rows if row.arm == arm]
    return sum(outcome == 1.0 for outcome in outcomes), len(outcomes)


def _reference_prior(settings: Settings) -> tuple[BetaMixture, tuple[Detail, ...]]:
    borrowing = settings.borrowing
    if not borrowing.history or borrowing.mean_prior is None:
        return BetaMixture.of((1.0, *settings.reference_prior)), (("historical controls", NO_HISTORY),)
    events, people = (np.array([one[key] for one in borrowing.history]) for key in ("events", "n"))
    predicted = predict_proportion(events, people, borrowing.tau_scale, borrowing.mean_prior)
    mixture, distance = fit_beta(predicted)
    details = prior_details(len(borrowing.history), borrowing, predicted.tau_mean(), distance)
    return mixture.with_vague(borrowing.robust_weight), details


def _warnings(settings: Settings, prior: BetaMixture, posterior: BetaMixture, number: int) -> tuple[str, ...]:
    if not settings.borrowing.history:
        return (NO_P_WARNING,)
    return NO_P_WARNING, borrowed_warning(prior.elir_size(), number, float(posterior.weights[-1]))


METHOD = Method(
    name="bayes_binomial",
    label="Bayesian difference of two proportions",
    source=(
        "Schmidli and others 2014 (Biometrics 70, 1023) for robust priors from history; Neuenschwander and others "
        "2020 (Biometrics 76, 578) for the effective sample size"
    ),
    parse=parse,
    estimate=estimate,
    compares_arms=True,
)
