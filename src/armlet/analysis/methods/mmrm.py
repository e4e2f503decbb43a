"""Mixed model for repeated measures: the difference between two arms at one visit, from everybody's every visit.

Whoever has any of the visits counts, with what they have: right if what is missing can be told from what was measured
(missing at random). Covariate and arm have a coefficient at each visit, so with complete data and an unstructured
covariance the answer is that of the analysis of covariance at that visit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from armlet.analysis.cases import Cases, Sample, not_estimable, people, two_arm_problem
from armlet.analysis.covariance import Shape
from armlet.analysis.estimates import Detail, Estimate, Interval, LeftOut, PValue, Result
from armlet.analysis.least_squares import t_quantile, t_two_sided
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.reml import Contrast, RepeatedFit, Seen, fall_back
from armlet.analysis.transforms import Floats, Transform, back_transformed, scale_unit, transform_problem, transformed

MODEL_WARNING = (
    "The p-value and the limits assume residuals close to normal, and that what is missing can be told from what was "
    "measured; with few people read them beside the exact re-randomisation test."
)
LADDER = (
    Shape.UNSTRUCTURED,
    Shape.HETEROGENEOUS_TOEPLITZ,
    Shape.HETEROGENEOUS_AUTOREGRESSIVE,
    Shape.HETEROGENEOUS_COMPOUND_SYMMETRY,
    Shape.COMPOUND_SYMMETRY,
)
"""What is tried in turn where the one before has no fit: fixed beforehand, so that nobody chooses by the result."""


class Baseline(StrEnum):
    """The baseline as a covariate with a coefficient at each visit, with one for all, or as a first outcome.

    As a first outcome its mean is the same in both arms (constrained longitudinal data analysis), so whoever lacks the
    baseline counts too.
    """

    BY_VISIT = "by visit"
    COMMON = "common"
    CONSTRAINED = "constrained"


@dataclass(frozen=True, slots=True)
class Settings:
    """`covariance` is the first shape that is tried; the others of `LADDER` below it follow where it has no fit."""

    transform: Transform = Transform.NONE
    baseline: Baseline = Baseline.BY_VISIT
    covariance: Shape = Shape.UNSTRUCTURED
    level: float = 0.95


def parse(settings: Mapping[str, object]) -> Settings:
    """Settings `transform`, `baseline`, `covariance` and `level`; InputError for anything else."""
    reader = SettingsReader("mmrm", settings, ("transform", "baseline", "covariance", "level"))
    parsed = Settings(
        reader.choice("transform", Transform.NONE),
        reader.choice("baseline", Baseline.BY_VISIT),
        reader.choice("covariance", Shape.UNSTRUCTURED),
        reader.fraction("level", 0.95),
    )
    reader.finish()
    return parsed


@dataclass(frozen=True, slots=True)
class _Data:
    """Outcomes [people, visits] and whether they are there, the design [people, visits, p], and how to read it.

    `contrast` and `means` weigh the coefficients into the difference and each arm's mean at the visit of the analysis.
    """

    outcomes: Floats
    is_seen: Seen
    design: Floats
    contrast: Floats
    means: tuple[tuple[str, Floats], ...]


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """Restricted maximum likelihood, standard error by Kenward and Roger (linear), degrees of freedom by Satterthwaite.

    The value is the mean of the arm that is not the reference minus that of the reference, at the visit of the
    analysis, on its scale, at the mean baseline of everybody used.
    """
    sample = _usable(cases, settings)
    problem = _problem(cases, sample, settings)
    if problem:
        return not_estimable(label, METHOD.name, problem, cases.arms, sample)
    data = _arrange(cases, sample, settings)
    below = LADDER[LADDER.index(settings.covariance) + 1 :] if settings.covariance in LADDER else ()
    tried = list(fall_back(data.outcomes, data.is_seen, data.design, (settings.covariance, *below)))
    _, fit = tried[-1]
    if isinstance(fit, str):
        return not_estimable(label, METHOD.name, fit, cases.arms, sample)
    failed = [f'There is no fit with the covariance "{shape.value}": {why}.' for shape, why in tried[:-1]]
    return _answer(cases, sample, settings, label, fit, data, failed)


def _usable(cases: Cases, settings: Settings) -> Sample:
    used, left_out = [], list[LeftOut]()
    for row in cases.rows:
        if all(value is None for value in row.course):
            left_out.append((row.participant, row.why_missing or "no value at any visit"))
        elif row.baseline is None and settings.baseline is not Baseline.CONSTRAINED:
            left_out.append((row.participant, "no baseline value"))
        else:
            used.append(row)
    return Sample(tuple(used), tuple(left_out))


def _problem(cases: Cases, sample: Sample, settings: Settings) -> str | None:
    if len(cases.visits) < 1 or cases.visit not in cases.visits:
        return "this method needs the values of every visit of the endpoint"
    problem = two_arm_problem(cases, sample, least=2)
    if problem:
        return problem
    values = np.array([v for row in sample.rows for v in (row.baseline, *row.course) if v is not None])
    problem = transform_problem(settings.transform, values)
    place = cases.visits.index(cases.visit)
    for arm in cases.arms:
        there = sum(row.arm == arm and row.course[place] is not None for row in sample.rows)
        if problem is None and there < 1:
            problem = f'arm "{arm}" has {people(there)} with a value at this visit'
    return problem


def _arrange(cases: Cases, sample: Sample, settings: Settings) -> _Data:
    course = [row.course for row in sample.rows]
    is_seen = np.array([[value is not None for value in one] for one in course])
    outcomes = _filled(settings.transform, course)
    baseline = _filled(settings.transform, [(row.baseline,) for row in sample.rows])[:, 0]
    arm, place = sample.is_in(cases.other_arm()), cases.visits.index(cases.visit)
    if settings.baseline is Baseline.CONSTRAINED:
        outcomes, place = np.column_stack([baseline, outcomes]), place + 1
        is_seen = np.column_stack([[row.baseline is not None for row in sample.rows], is_seen])
    visits = outcomes.shape[1]
    own = np.broadcast_to(np.eye(visits), (len(arm), visits, visits))
    by_arm = own * arm[:, None, None]
    if settings.baseline is Baseline.CONSTRAINED:
        parts, mean = [own, by_arm[:, :, 1:]], np.eye(visits)[place]
        turned = np.eye(visits)[place, 1:]
        weights = [(0.0, np.concatenate([mean, 0 * turned])), (1.0, np.concatenate([mean, turned]))]
    else:
        centred = (baseline - baseline.mean())[:, None, None]
        slope = centred * own if settings.baseline is Baseline.BY_VISIT else np.broadcast_to(
            centred, (len(arm), visits, 1)
        )  # fmt: skip
        parts, unit = [own, slope, by_arm], np.eye(visits)[place]
        flat = np.zeros(slope.shape[2])
        weights = [(code, np.concatenate([unit, flat, code * unit])) for code in (0.0, 1.0)]
    means = tuple(zip((str(cases.reference), cases.other_arm()), (one for _, one in weights), strict=True))
    return _Data(outcomes, is_seen, np.concatenate(parts, axis=2), weights[1][1] - weights[0][1], means)


def _filled(transform: Transform, rows: Sequence[Sequence[float | None]]) -> Floats:
    """On the scale of the analysis, with 0 where nothing is there, which nobody looks at."""
    values = np.array([[0.0 if value is None else value for value in row] for row in rows], dtype=np.float64)
    return np.asarray(transformed(transform, values.reshape(-1)).reshape(values.shape))


def _answer(
    cases: Cases, sample: Sample, settings: Settings, label: str, fit: RepeatedFit, data: _Data, failed: list[str]
) -> Estimate:
    found = fit.contrast(data.contrast)
    reach = t_quantile(settings.level, found.df) * found.error_adjusted
    means = [detail for arm, weights in data.means for detail in _mean(arm, fit.contrast(weights), settings)]
    return Estimate(
        label=label,
        estimand=f"mean of {cases.other_arm()} minus mean of {cases.reference} at the same baseline",
        method=METHOD.name,
        value=found.value,
        unit=scale_unit(settings.transform, cases.unit),
        interval=Interval(found.value - reach, found.value + reach, settings.level),
        p=PValue(t_two_sided(found.value / found.error_adjusted, found.df), exact=False),
        n_used=sample.count(cases.arms),
        left_out=sample.left_out,
        warnings=(*failed, MODEL_WARNING),
        details=(
            ("transform", settings.transform.value),
            ("covariance of the visits", fit.shape.value),
            ("standard error, Kenward and Roger", found.error_adjusted),
            ("standard error of the model", found.error),
            ("t", found.value / found.error_adjusted),
            ("degrees of freedom, Satterthwaite", found.df),
            ("values used", fit.measurements),
            ("restricted log-likelihood", fit.log_likelihood),
            *means,
        ),
    )


def _mean(arm: str, found: Contrast, settings: Settings) -> tuple[Detail, ...]:
    """The least-squares mean on the scale of the analysis, then it and its limits on the recorded scale."""
    reach = t_quantile(settings.level, found.df) * found.error_adjusted
    return (
        (f"adjusted mean, scale of the analysis: {arm}", found.value),
        (f"adjusted mean, standard error: {arm}", found.error_adjusted),
        (f"adjusted mean: {arm}", back_transformed(settings.transform, found.value)),
        (f"adjusted mean, lower limit: {arm}", back_transformed(settings.transform, found.value - reach)),
        (f"adjusted mean, upper limit: {arm}", back_transformed(settings.transform, found.value + reach)),
    )


METHOD = Method(
    name="mmrm",
    label="mixed model for repeated measures",
    source=(
        "Mallinckrodt and others 2008 (Drug Information Journal 42, 303); Kenward and Roger 1997 (Biometrics 53, 983); "
        "Liang and Zeger 2000 (Sankhya B 62, 134) for the constrained baseline"
    ),
    parse=parse,
    estimate=estimate,
    compares_arms=True,
    models_missing=True,
)
