"""Mixed model for repeated measures: the difference between two arms at one visit, from everybody's every visit.

Whoever has any of the visits counts, with what they have: right if what is missing can be told from what was measured
(missing at random). Covariate and arm have a coefficient at each visit, so with complete data and an unstructured
covariance the answer is that of the analysis of covariance at that visit.

The standard error is that of Kenward and Roger in the linear form, the degrees of freedom are Satterthwaite's, and a normal
approximation is never used: docs/explanation/mixed-models-of-small-trials.md says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from armlet.analysis.adjustment import Adjustment, adjusted_for, covariate_names, with_covariates
from armlet.analysis.cases import Cases, Sample, not_estimable, people
from armlet.analysis.comparison import (
    READING,
    Compared,
    Line,
    Question,
    Reading,
    Spread,
    adjusted_mean,
    answer,
    compared,
    parse_reading,
)
from armlet.analysis.covariance import Shape
from armlet.analysis.estimates import Detail, LeftOut, Result
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.reml import RepeatedFit, Seen, fall_back
from armlet.analysis.transforms import Floats, Transform, transform_problem, transformed

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
    """The baseline as a covariate with a coefficient at each visit, with one for all, as a first outcome, or not at all.

    As a first outcome its mean is the same in all arms (constrained longitudinal data analysis), so whoever lacks the
    baseline counts too.
    """

    BY_VISIT = "by visit"
    COMMON = "common"
    CONSTRAINED = "constrained"
    NONE = "none"


class Effects(StrEnum):
    """Whether the covariates (not the baseline) have one coefficient for all visits or one at each."""

    COMMON = "common"
    BY_VISIT = "by visit"


class At(StrEnum):
    """The difference at the visit of the analysis, or the mean of the differences at all visits after the baseline."""

    VISIT = "visit"
    AVERAGE = "average"


@dataclass(frozen=True, slots=True)
class Settings:
    """`covariance` is the first shape that is tried; the others of `LADDER` below it follow where it has no fit.

    With `spread` by arm each arm has a covariance of that shape of its own.
    """

    reading: Reading = field(default_factory=Reading)
    baseline: Baseline = Baseline.BY_VISIT
    covariates: Effects = Effects.COMMON
    covariance: Shape = Shape.UNSTRUCTURED
    spread: Spread = Spread.COMMON
    at: At = At.VISIT


def parse(settings: Mapping[str, object]) -> Settings:
    """The settings of a `Reading`, `baseline`, `covariates`, `covariance`, `spread`, `at`; InputError for others."""
    reader = SettingsReader("mmrm", settings, (*READING, "baseline", "covariates", "covariance", "spread", "at"))
    parsed = Settings(
        parse_reading(reader),
        reader.choice("baseline", Baseline.BY_VISIT),
        reader.choice("covariates", Effects.COMMON),
        reader.choice("covariance", Shape.UNSTRUCTURED),
        reader.choice("spread", Spread.COMMON),
        reader.choice("at", At.VISIT),
    )
    reader.finish()
    return parsed


@dataclass(frozen=True, slots=True)
class _Data:
    """Outcomes [people, visits] and whether they are there, the design [people, visits, p], and how to read it.

    `visits` are those of the model (with a constrained baseline it is the first, named ""). `means` [arms, visits, p]
    weighs the coefficients into each arm's mean at each visit, in the order of `Compared.arms()`.
    """

    visits: tuple[str, ...]
    outcomes: Floats
    is_seen: Seen
    design: Floats
    means: Floats


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """Restricted maximum likelihood, standard error by Kenward and Roger (linear), degrees of freedom by Satterthwaite.

    The value is the mean of the arm that is not the reference minus that of the reference, at the visit of the
    analysis, on its scale, at the mean baseline of everybody used. Each person counts once in the means of baseline and
    covariates, whatever their number of visits.
    """
    names, reading = covariate_names(cases.rows), settings.reading
    sample = with_covariates(_usable(cases, settings), names)
    between = compared(cases, sample, reading.arm)
    problem = between if isinstance(between, str) else _problem(cases, sample, settings, between)
    if problem or isinstance(between, str):
        return not_estimable(label, METHOD.name, str(problem), cases.arms, sample)
    adjustment = adjusted_for(sample.rows, names, reading.weights)
    if isinstance(adjustment, str):
        return not_estimable(label, METHOD.name, adjustment, cases.arms, sample)
    data = _arrange(cases, sample, settings, between, adjustment)
    below = LADDER[LADDER.index(settings.covariance) + 1 :] if settings.covariance in LADDER else ()
    arms = _arm_numbers(sample, between) if settings.spread is Spread.BY_ARM else None
    tried = list(fall_back(data.outcomes, data.is_seen, data.design, (settings.covariance, *below), arms))
    _, fit = tried[-1]
    failed = tuple(f'There is no fit with the covariance "{shape.value}": {why}.' for shape, why in tried[:-1])
    if isinstance(fit, str):
        return not_estimable(label, METHOD.name, fit, cases.arms, sample)
    over = " on average over the visits" if settings.at is At.AVERAGE else ""
    same = names if settings.baseline is Baseline.NONE else ("baseline", *names)
    asked = Question(label, METHOD.name, cases, sample, between, reading, same, over)
    return _answer(asked, settings, fit, data, adjustment, failed)


def _usable(cases: Cases, settings: Settings) -> Sample:
    needs_baseline = settings.baseline in {Baseline.BY_VISIT, Baseline.COMMON}
    used, left_out = [], list[LeftOut]()
    for row in cases.rows:
        if all(value is None for value in row.course):
            left_out.append((row.participant, row.why_missing or "no value at any visit"))
        elif row.baseline is None and needs_baseline:
            left_out.append((row.participant, "no baseline value"))
        else:
            used.append(row)
    return Sample(tuple(used), tuple(left_out))


def _problem(cases: Cases, sample: Sample, settings: Settings, between: Compared) -> str | None:
    if len(cases.visits) < 1 or cases.visit not in cases.visits:
        return "this method needs the values of every visit of the endpoint"
    values = np.array([v for row in sample.rows for v in (row.baseline, *row.course) if v is not None])
    problem = transform_problem(settings.reading.transform, values)
    if problem:
        return problem
    for place, visit in enumerate(cases.visits):
        for arm in between.arms():
            there = sum(row.arm == arm and row.course[place] is not None for row in sample.rows)
            if there < 1:
                which = "this visit" if visit == cases.visit else f'the visit "{visit}", where the model has a mean'
                return f'arm "{arm}" has {people(there)} with a value at {which}'
    if settings.baseline in {Baseline.BY_VISIT, Baseline.COMMON} and len({row.baseline for row in sample.rows}) < 2:
        return "everybody has the same baseline, so there is nothing to adjust for"
    return None


def _arm_numbers(sample: Sample, between: Compared) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    return np.array([between.arms().index(row.arm) for row in sample.rows], dtype=np.intp)


def _arrange(cases: Cases, sample: Sample, settings: Settings, between: Compared, adjustment: Adjustment) -> _Data:
    transform, course = settings.reading.transform, [row.course for row in sample.rows]
    is_seen = np.array([[value is not None for value in one] for one in course])
    outcomes, visits = _filled(transform, course), cases.visits
    baseline = _filled(transform, [(row.baseline,) for row in sample.rows])[:, 0]
    is_constrained = settings.baseline is Baseline.CONSTRAINED
    if is_constrained:
        outcomes, visits = np.column_stack([baseline, outcomes]), ("", *visits)
        is_seen = np.column_stack([[row.baseline is not None for row in sample.rows], is_seen])
    arms = np.array([sample.is_in(arm) for arm in between.others]).T
    codes = np.array([[float(arm == one) for one in between.others] for arm in between.arms()])
    design = _columns(settings, arms, baseline - baseline.mean(), adjustment.columns, len(visits))
    at = np.broadcast_to(adjustment.at, (len(codes), len(adjustment.at)))
    means = _columns(settings, codes, np.zeros(len(codes)), at, len(visits))
    return _Data(visits, outcomes, is_seen, design, means)


def _columns(settings: Settings, arms: Floats, baseline: Floats, covariates: Floats, visits: int) -> Floats:
    """The design [rows, visits, p] of rows with these arms, centred baselines and covariates: one for people and means."""
    own = np.broadcast_to(np.eye(visits), (len(arms), visits, visits))
    by_visit, at_all = own[:, :, None, :], np.ones((1, visits, 1))
    parts = [own, at_all * covariates[:, None, :]]
    if settings.covariates is Effects.BY_VISIT:
        parts[1] = (covariates[:, None, :, None] * by_visit).reshape(len(arms), visits, -1)
    if settings.baseline is Baseline.BY_VISIT:
        parts.append(baseline[:, None, None] * own)
    if settings.baseline is Baseline.COMMON:
        parts.append(at_all * baseline[:, None, None])
    first = 1 if settings.baseline is Baseline.CONSTRAINED else 0
    parts.append((arms[:, None, :, None] * by_visit[..., first:]).reshape(len(arms), visits, -1))
    return np.concatenate(parts, axis=2)


def _filled(transform: Transform, rows: Sequence[Sequence[float | None]]) -> Floats:
    """On the scale of the analysis, with 0 where nothing is there, which nobody looks at."""
    values = np.array([[0.0 if value is None else value for value in row] for row in rows], dtype=np.float64)
    return np.asarray(transformed(transform, values.reshape(-1)).reshape(values.shape))


def _line(fit: RepeatedFit, weights: Floats) -> Line:
    found = fit.contrast(weights)
    return Line(found.value, found.error_adjusted, found.df)


def _answer(
    asked: Question, settings: Settings, fit: RepeatedFit, data: _Data, adjustment: Adjustment, failed: tuple[str, ...]
) -> Result:
    cases, between = asked.cases, asked.between
    place, after = data.visits.index(cases.visit), [data.visits.index(visit) for visit in cases.visits]
    at = data.means[:, after].mean(axis=1) if settings.at is At.AVERAGE else data.means[:, place]
    weights = at[between.arms().index(between.arm)] - at[0]
    line, plain = _line(fit, weights), fit.contrast(weights)
    means = [
        detail
        for arm, own in zip(between.arms(), at, strict=True)
        for detail in adjusted_mean(arm, _line(fit, own), settings.reading)
    ]
    details = (
        ("transform", settings.reading.transform.value),
        ("covariance of the visits", fit.shape.value),
        ("standard error, Kenward and Roger", line.error),
        ("standard error of the model", plain.error),
        ("t", line.value / line.error),
        ("degrees of freedom, Satterthwaite", line.df),
        ("values used", fit.measurements),
        ("restricted log-likelihood", fit.log_likelihood),
        *_choices(settings, adjustment),
        *means,
        *_by_visit(asked, fit, data),
    )
    return answer(asked, line, (*failed, MODEL_WARNING), details)


def _choices(settings: Settings, adjustment: Adjustment) -> tuple[Detail, ...]:
    """What was asked for, where it is not the usual."""
    chosen: list[Detail] = [("covariance asked for", settings.covariance.value), ("baseline", settings.baseline.value)]
    if settings.spread is Spread.BY_ARM:
        chosen.append(("covariance", "each arm its own"))
    if adjustment.names:
        chosen.append(("covariates", ", ".join(adjustment.names)))
        chosen.append(("coefficients of the covariates", settings.covariates.value))
    if adjustment.has_categories:
        chosen.append(("weights of the levels in adjusted means", settings.reading.weights.value))
    return tuple(chosen)


def _by_visit(asked: Question, fit: RepeatedFit, data: _Data) -> list[Detail]:
    """At each visit: every arm's adjusted mean, and the difference with standard error and degrees of freedom."""
    between, found = asked.between, list[Detail]()
    for visit in asked.cases.visits:
        at = data.means[:, data.visits.index(visit)]
        line = _line(fit, at[between.arms().index(between.arm)] - at[0])
        found += [
            (f"difference at {visit}", line.value),
            (f"difference at {visit}, standard error", line.error),
            (f"difference at {visit}, degrees of freedom", line.df),
        ]
        for arm, own in zip(between.arms(), at, strict=True):
            found += adjusted_mean(arm, _line(fit, own), asked.reading, f" at {visit}")
    return found


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
    takes_course=True,
    takes_covariates=True,
)
