"""Regression with a detection limit: the difference between two arms where some outcomes are known only to be below it.

No number is put in the place of a value below the limit; what is known, that it is at most the limit, enters the likelihood.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from armlet.analysis.cases import Cases, Sample, not_estimable, two_arm_problem, usable, values_problem
from armlet.analysis.censored import CensoredFit, Profile, fit_censored, profile
from armlet.analysis.estimates import Detail, Estimate, Interval, PValue, Result
from armlet.analysis.imputation import Seen
from armlet.analysis.least_squares import t_two_sided
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.transforms import Floats, Transform, back_transformed, scale_unit, transform_problem, transformed

SMALL_WARNING = (
    "The p-value (likelihood ratio) and the limits (profile likelihood) hold for many people: with few, p comes out too "
    "small and the limits too narrow. Read them beside a re-randomisation test or a rank test."
)
MODEL_WARNING = (
    "What is below the limit is taken to follow the same normal distribution as what is above it; nothing in the data can "
    "tell whether it does."
)


@dataclass(frozen=True, slots=True)
class Settings:
    """`limit`, in the recorded unit, is the detection limit; None: only who is marked as below it counts as below."""

    transform: Transform = Transform.NONE
    limit: float | None = None
    level: float = 0.95


def parse(settings: Mapping[str, object]) -> Settings:
    """Settings `transform`, `limit` and `level`; InputError for anything else."""
    reader = SettingsReader("tobit", settings, ("transform", "limit", "level"))
    parsed = Settings(
        reader.choice("transform", Transform.NONE),
        reader.number("limit", 0.0) if "limit" in settings else None,
        reader.fraction("level", 0.95),
    )
    reader.finish()
    return parsed


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """Maximum likelihood of the outcome on intercept, baseline and arm; the value is the arm's coefficient.

    An outcome counts as below its own value where the case says so, and as below `limit` where it is at most that.
    Without any it is least squares, with the likelihood's spread (the squares divided by people, not degrees of freedom).
    """
    sample = usable(cases.rows, with_baseline=True)
    problem = two_arm_problem(cases, sample, least=2) or values_problem(settings.transform, sample, with_baseline=True)
    if problem is None and settings.limit is not None:
        problem = transform_problem(settings.transform, np.array([settings.limit]))
    if problem:
        return not_estimable(label, METHOD.name, problem, cases.arms, sample)
    values, is_below = _limited(sample, settings)
    problem = _nothing_measured(cases, sample, is_below)
    if problem:
        return not_estimable(label, METHOD.name, problem, cases.arms, sample)
    baseline = transformed(settings.transform, sample.baselines())
    # about their means, or the size of the values would hide how they differ
    about = baseline - baseline.mean()
    design = np.column_stack([np.ones_like(about), about, sample.is_in(cases.other_arm())])
    middle = float(values.mean())
    fit = fit_censored(design, values - middle, is_below)
    found = fit if isinstance(fit, str) else profile(design, values - middle, is_below, fit, settings.level)
    if isinstance(fit, str) or isinstance(found, str):
        return not_estimable(label, METHOD.name, str(found), cases.arms, sample)
    return _answer(cases, sample, settings, label, fit, found, is_below, middle)


def _limited(sample: Sample, settings: Settings) -> tuple[Floats, Seen]:
    """Outcomes on the scale of the analysis, upper limits where it is said, and where that is."""
    outcomes = sample.outcomes()
    is_below = np.array([row.below_limit for row in sample.rows], dtype=np.bool_)
    if settings.limit is not None:
        is_below = is_below | (outcomes <= settings.limit)
        outcomes = np.where(outcomes <= settings.limit, settings.limit, outcomes)
    return transformed(settings.transform, outcomes), is_below


def _nothing_measured(cases: Cases, sample: Sample, is_below: Seen) -> str | None:
    for arm in cases.arms:
        if bool(np.all(is_below[sample.is_in(arm) == 1])):
            return f'everybody in arm "{arm}" is below the limit, so how far below cannot be told'
    return None


def _answer(
    cases: Cases,
    sample: Sample,
    settings: Settings,
    label: str,
    fit: CensoredFit,
    found: Profile,
    is_below: Seen,
    middle: float,
) -> Estimate:
    value, error = float(fit.coefficients[-1]), math.sqrt(float(fit.covariance[-1, -1]))
    df, counts = len(sample.rows) - 3, ((arm, sample.is_in(arm)) for arm in (str(cases.reference), cases.other_arm()))
    return Estimate(
        label=label,
        estimand=f"mean of {cases.other_arm()} minus mean of {cases.reference} at the same baseline, limit or no limit",
        method=METHOD.name,
        value=value,
        unit=scale_unit(settings.transform, cases.unit),
        interval=Interval(found.lower, found.upper, settings.level),
        p=PValue(max(float(chdtrc(1, found.statistic)), np.finfo(np.float64).tiny), exact=False),
        n_used=sample.count(cases.arms),
        left_out=sample.left_out,
        warnings=(SMALL_WARNING, MODEL_WARNING),
        details=(
            ("transform", settings.transform.value),
            *((f"below the limit: {arm}", int(is_below @ there)) for arm, there in counts),
            ("likelihood-ratio statistic", found.statistic),
            ("standard error, observed information", error),
            ("z", value / error),
            ("p of z", t_two_sided(value / error, math.inf)),
            (f"p of z as a t with {df} degrees of freedom", t_two_sided(value / error, df)),
            ("residual standard deviation, maximum likelihood", fit.sigma),
            ("baseline coefficient", float(fit.coefficients[1])),
            ("log-likelihood", fit.log_likelihood),
            *_means(cases, settings, fit, middle),
        ),
    )


def _means(cases: Cases, settings: Settings, fit: CensoredFit, middle: float) -> tuple[Detail, ...]:
    """Adjusted means of what would have been measured without a limit, and taken back to the recorded scale."""
    at_mean, turned = middle + float(fit.coefficients[0]), float(fit.coefficients[-1])
    means = ((str(cases.reference), at_mean), (cases.other_arm(), at_mean + turned))
    return tuple(
        detail
        for arm, mean in means
        for detail in (
            (f"adjusted mean, scale of the analysis: {arm}", mean),
            (f"adjusted mean: {arm}", back_transformed(settings.transform, mean)),
        )
    )


METHOD = Method(
    name="tobit",
    label="regression with a detection limit",
    source="Tobin 1958 (Econometrica 26, 24); Olsen 1978 (Econometrica 46, 1211); Venzon and Moolgavkar 1988 for limits",
    parse=parse,
    estimate=estimate,
    compares_arms=True,
    models_limits=True,
)
