"""Analysis of covariance: the difference between two arms at the same baseline, with adjusted means by arm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from armlet.analysis.adjustment import Adjustment, adjusted_for, covariate_names, with_covariates
from armlet.analysis.cases import Cases, Sample, not_estimable, usable, values_problem
from armlet.analysis.comparison import (
    READING,
    Compared,
    Line,
    Question,
    Reading,
    adjusted_mean,
    answer,
    compared,
    parse_reading,
)
from armlet.analysis.covariance import Shape
from armlet.analysis.estimates import Detail, Result
from armlet.analysis.least_squares import least_squares
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.reml import fit_repeated
from armlet.analysis.transforms import Floats, transformed

MODEL_WARNING = (
    "The p-value and the limits assume independent residuals {spread} that are close to normal; "
    "with few people read them beside the exact re-randomisation test."
)


class Spread(StrEnum):
    """What is assumed of the residuals: one spread, one in each arm, or any (standard errors by HC3)."""

    COMMON = "common"
    BY_ARM = "by arm"
    ANY = "any"


SPREAD_WORDS = {Spread.COMMON: "of one spread", Spread.BY_ARM: "of one spread in each arm", Spread.ANY: "of any spread"}


@dataclass(frozen=True, slots=True)
class Settings:
    """`reading` as for every adjusted difference; `spread` says what is assumed of the residuals."""

    reading: Reading = field(default_factory=Reading)
    spread: Spread = Spread.COMMON


def parse(settings: Mapping[str, object]) -> Settings:
    """Settings `transform`, `level`, `sides`, `weights`, `multiplicity`, `arm`, `spread`; InputError for others."""
    reader = SettingsReader("ancova", settings, (*READING, "spread"))
    parsed = Settings(parse_reading(reader), reader.choice("spread", Spread.COMMON))
    reader.finish()
    return parsed


@dataclass(frozen=True, slots=True)
class _Model:
    """A fit of intercept, baseline, covariates and arms: how to read it, and what to tell of it."""

    line: Callable[[Floats], Line]
    coefficients: Floats
    told: tuple[Detail, ...]
    shown_df: str


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """Least squares of the outcome on intercept, baseline, covariates and arms, over the people who have all of them.

    The value is the arm's coefficient (the arm that is not the reference, minus the reference) on the scale of the
    analysis. Nothing is imputed. Adjusted means stand at the mean baseline, and at the mean of each covariate that is a
    number, of everybody used; `weights` says where among the levels of a category. With a spread by arm the fit is by
    restricted maximum likelihood, with Kenward and Roger's standard error and Satterthwaite's degrees of freedom: with
    nothing to adjust for that would be Welch's test.
    """
    names, reading = covariate_names(cases.rows), settings.reading
    sample = with_covariates(usable(cases.rows, with_baseline=True), names)
    between = compared(cases, sample, reading.arm)
    problem = between if isinstance(between, str) else values_problem(reading.transform, sample, with_baseline=True)
    if problem or isinstance(between, str):
        return not_estimable(label, METHOD.name, str(problem), cases.arms, sample)
    baseline = transformed(reading.transform, sample.baselines())
    adjustment = adjusted_for(sample.rows, names, reading.weights)
    if float(np.ptp(baseline)) == 0:
        adjustment = "everybody has the same baseline, so there is nothing to adjust for"
    if isinstance(adjustment, str):
        return not_estimable(label, METHOD.name, adjustment, cases.arms, sample)
    # centred, so that baselines far from 0 lose no digits
    model = _fitted(sample, between, settings, baseline - baseline.mean(), adjustment)
    if isinstance(model, str):
        return not_estimable(label, METHOD.name, model, cases.arms, sample)
    asked = Question(label, METHOD.name, cases, sample, between, reading, ("baseline", *names))
    return _answer(asked, settings, model, float(baseline.mean()), adjustment)


def _fitted(
    sample: Sample, between: Compared, settings: Settings, baseline: Floats, adjustment: Adjustment
) -> _Model | str:
    arms = [sample.is_in(arm) for arm in between.others]
    design = np.column_stack([np.ones_like(baseline), baseline, adjustment.columns, *arms])
    values = transformed(settings.reading.transform, sample.outcomes())
    if settings.spread is Spread.BY_ARM:
        return _with_spread_by_arm(
            design, values, np.asarray(sum((k + 1) * arm for k, arm in enumerate(arms))), between
        )
    fit = least_squares(design, values, robust=settings.spread is Spread.ANY)
    if isinstance(fit, str):
        return fit
    told = ("residual standard deviation", fit.sigma)
    return _Model(lambda by: Line(*fit.combination(by), fit.df), fit.coefficients, (told,), "degrees of freedom")


def _with_spread_by_arm(design: Floats, values: Floats, arm: Floats, between: Compared) -> _Model | str:
    seen = np.full((len(values), 1), True)
    simple = least_squares(design, values)
    if isinstance(simple, str):
        return simple
    fit = fit_repeated(values[:, None], seen, design[:, None, :], Shape.COMPOUND_SYMMETRY, arm.astype(np.intp))
    if isinstance(fit, str):
        return "the spread of each arm cannot be estimated from so few people"

    def line(by: Floats) -> Line:
        found = fit.contrast(by)
        return Line(found.value, found.error_adjusted, found.df)

    told = tuple(
        (f"residual standard deviation: {name}", float(one[0, 0]) ** 0.5)
        for name, one in zip(between.arms(), fit.covariances, strict=True)
    )
    return _Model(line, fit.beta, told, "degrees of freedom, Satterthwaite")


def _answer(asked: Question, settings: Settings, model: _Model, baseline: float, adjustment: Adjustment) -> Result:
    between, reading = asked.between, asked.reading
    at = np.concatenate([[1.0, 0.0], adjustment.at])
    codes = {arm: np.array([float(arm == one) for one in between.others]) for arm in between.arms()}
    found = {arm: model.line(np.concatenate([0 * at, code])) for arm, code in codes.items() if code.any()}
    line = found[between.arm]
    further = [
        detail
        for arm in between.others
        if arm != between.arm
        for detail in (
            (f"difference from {between.reference}: {arm}", found[arm].value),
            (f"difference from {between.reference}, standard error: {arm}", found[arm].error),
        )
    ]
    means = [
        detail
        for arm, code in codes.items()
        for detail in adjusted_mean(arm, model.line(np.concatenate([at, code])), reading)
    ]
    details = (
        ("transform", reading.transform.value),
        ("standard error", line.error),
        ("t", line.value / line.error),
        (model.shown_df, line.df),
        *model.told,
        ("baseline coefficient", float(model.coefficients[1])),
        ("mean baseline on the scale of the analysis", baseline),
        *_choices(settings, adjustment),
        *further,
        *means,
    )
    return answer(asked, line, (MODEL_WARNING.format(spread=SPREAD_WORDS[settings.spread]),), details)


def _choices(settings: Settings, adjustment: Adjustment) -> tuple[Detail, ...]:
    """What was chosen beside the usual; nothing where all is as usual."""
    chosen = list[Detail]()
    if adjustment.names:
        chosen.append(("covariates", ", ".join(adjustment.names)))
    if adjustment.has_categories:
        chosen.append(("weights of the levels in adjusted means", settings.reading.weights.value))
    if settings.spread is Spread.ANY:
        chosen.append(("kind of standard error", "HC3"))
    return tuple(chosen)


METHOD = Method(
    name="ancova",
    label="analysis of covariance",
    source="Lachin 2011 (PLoS ONE 6, e26471) for the scales; Searle, Speed and Milliken 1980 for adjusted means",
    parse=parse,
    estimate=estimate,
    compares_arms=True,
    takes_covariates=True,
)
