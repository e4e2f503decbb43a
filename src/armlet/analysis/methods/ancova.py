"""Analysis of covariance: the difference between two arms at the same baseline, with adjusted means by arm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from armlet.analysis.cases import Cases, Sample, not_estimable, two_arm_problem, usable, values_problem
from armlet.analysis.estimates import Detail, Estimate, Interval, PValue, Result
from armlet.analysis.least_squares import Fit, least_squares, t_quantile, t_two_sided
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.transforms import Floats, Transform, back_transformed, scale_unit, transformed

MODEL_WARNING = (
    "The p-value and the limits assume independent residuals of one spread that are close to normal; "
    "with few people read them beside the exact re-randomisation test."
)
LN_WARNING = (
    "The difference is on the scale {scale}; it is neither a difference in {unit} nor, taken back, a percentage. "
    "The adjusted means are taken back to {unit}."
)


@dataclass(frozen=True, slots=True)
class Settings:
    """`transform` goes on outcome and baseline alike; it is to be fixed before anybody is unblinded."""

    transform: Transform = Transform.NONE
    level: float = 0.95


def parse(settings: Mapping[str, object]) -> Settings:
    """Settings `transform` (none, ln(x+1), sqrt) and `level`; InputError for anything else."""
    reader = SettingsReader("ancova", settings, ("transform", "level"))
    parsed = Settings(reader.choice("transform", Transform.NONE), reader.fraction("level", 0.95))
    reader.finish()
    return parsed


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """Least squares of the outcome on intercept, baseline and arm, over the people who have both values.

    The value is the arm's coefficient (the arm that is not the reference, minus the reference) on the scale of the
    analysis. Nothing is imputed. Adjusted means stand at the mean baseline of everybody used.
    """
    sample = usable(cases.rows, with_baseline=True)
    problem = two_arm_problem(cases, sample, least=2) or values_problem(settings.transform, sample, with_baseline=True)
    if problem:
        return not_estimable(label, METHOD.name, problem, cases.arms, sample)
    baseline = transformed(settings.transform, sample.baselines())
    if float(np.ptp(baseline)) == 0:
        reason = "everybody has the same baseline, so there is nothing to adjust for"
        return not_estimable(label, METHOD.name, reason, cases.arms, sample)
    arm = sample.is_in(cases.other_arm())
    design = np.column_stack([np.ones_like(baseline), baseline, arm])
    fit = least_squares(design, transformed(settings.transform, sample.outcomes()))
    if isinstance(fit, str):
        return not_estimable(label, METHOD.name, fit, cases.arms, sample)
    return _estimate(cases, sample, settings, label, fit=fit, baseline=baseline)


def _estimate(cases: Cases, sample: Sample, settings: Settings, label: str, *, fit: Fit, baseline: Floats) -> Estimate:
    value, error = fit.combination(np.array([0.0, 0.0, 1.0]))
    reach = t_quantile(settings.level, fit.df) * error
    unit = scale_unit(settings.transform, cases.unit)
    return Estimate(
        label=label,
        estimand=f"mean of {cases.other_arm()} minus mean of {cases.reference} at the same baseline",
        method=METHOD.name,
        value=value,
        unit=unit,
        interval=Interval(value - reach, value + reach, settings.level),
        p=PValue(t_two_sided(value / error, fit.df), exact=False),
        n_used=sample.count(cases.arms),
        left_out=sample.left_out,
        warnings=_warnings(settings.transform, unit, cases.unit),
        details=_details(cases, settings, fit, float(baseline.mean()), (value, error)),
    )


def _warnings(transform: Transform, scale: str, unit: str) -> tuple[str, ...]:
    if transform is Transform.NONE:
        return (MODEL_WARNING,)
    return LN_WARNING.format(scale=scale, unit=unit), MODEL_WARNING


def _details(
    cases: Cases, settings: Settings, fit: Fit, baseline: float, difference: tuple[float, float]
) -> tuple[Detail, ...]:
    value, error = difference
    arms = ((str(cases.reference), 0.0), (cases.other_arm(), 1.0))
    means = [detail for arm, code in arms for detail in _adjusted_mean(arm, code, fit, baseline, settings)]
    return (
        ("transform", settings.transform.value),
        ("standard error", error),
        ("t", value / error),
        ("degrees of freedom", fit.df),
        ("residual standard deviation", fit.sigma),
        ("baseline coefficient", float(fit.coefficients[1])),
        ("mean baseline on the scale of the analysis", baseline),
        *means,
    )


def _adjusted_mean(arm: str, code: float, fit: Fit, baseline: float, settings: Settings) -> tuple[Detail, ...]:
    """The least-squares mean on the scale of the analysis, then it and its limits on the recorded scale."""
    mean, error = fit.combination(np.array([1.0, baseline, code]))
    reach = t_quantile(settings.level, fit.df) * error
    return (
        (f"adjusted mean, scale of the analysis: {arm}", mean),
        (f"adjusted mean, standard error: {arm}", error),
        (f"adjusted mean: {arm}", back_transformed(settings.transform, mean)),
        (f"adjusted mean, lower limit: {arm}", back_transformed(settings.transform, mean - reach)),
        (f"adjusted mean, upper limit: {arm}", back_transformed(settings.transform, mean + reach)),
    )


METHOD = Method(
    name="ancova",
    label="analysis of covariance",
    source="Lachin 2011 (PLoS ONE 6, e26471) for the scales; Searle, Speed and Milliken 1980 for adjusted means",
    parse=parse,
    estimate=estimate,
    compares_arms=True,
)
