"""Two arms compared by analysis of covariance at one visit, over courses completed by `armlet.analysis.imputation`.

The comparison is linear in the outcome, so the effect of shifting every imputed value by a delta is a polynomial that is
worked out once: nothing is drawn again for another delta.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np

from armlet.analysis.cases import Case, Cases, Sample, two_arm_problem
from armlet.analysis.estimates import Detail, LeftOut
from armlet.analysis.imputation import Assumption, Courses, Model, Seen, Spread, choose_model, impute
from armlet.analysis.least_squares import DEPENDENT, NO_SPREAD
from armlet.analysis.method import SettingsReader
from armlet.analysis.rubin import Pooled, pool
from armlet.analysis.transforms import Floats, Transform, transform_problem, transformed

PILOT: Final = 500
"""Imputations of one draw; also those from which it is reckoned how many are needed."""

MOST: Final = 20_000
"""Imputations that are drawn at most where their number is left to the program."""

ENOUGH: Final = 0.01
"""The Monte Carlo error that is aimed at, as a share of the standard error."""


class DeltaArms(StrEnum):
    """Whose imputed outcomes a delta is added to."""

    OTHER = "other"
    REFERENCE = "reference"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class ImputationSettings:
    """`imputations` None: as many as bring the Monte Carlo error to one per cent of the standard error."""

    assumption: Assumption = Assumption.MISSING_AT_RANDOM
    transform: Transform = Transform.NONE
    covariance: Spread = Spread.SHARED
    imputations: int | None = None
    burn_in: int = 100
    seed: int = 1
    delta_arms: DeltaArms = DeltaArms.OTHER


SETTINGS: Final = ("assumption", "transform", "covariance", "imputations", "burn_in", "seed", "delta_arms")


def read_settings(reader: SettingsReader, *, is_fixed: bool) -> ImputationSettings:
    """The settings of the imputation; `is_fixed` says that a number of imputations was given."""
    return ImputationSettings(
        reader.choice("assumption", Assumption.MISSING_AT_RANDOM),
        reader.choice("transform", Transform.NONE),
        reader.choice("covariance", Spread.SHARED),
        reader.whole("imputations", PILOT, least=2) if is_fixed else None,
        reader.whole("burn_in", 100, least=1),
        reader.whole("seed", 1, least=0),
        reader.choice("delta_arms", DeltaArms.OTHER),
    )


@dataclass(frozen=True, slots=True)
class Moments:
    """What Rubin's rules need at every delta: the mean and the variances as polynomials of it, lowest power first.

    For a search over hundreds of deltas, which needs no imputation looked at again.
    """

    mean: tuple[float, float]
    within: tuple[float, float, float]
    between: tuple[float, float, float]
    imputations: int
    df: int

    def at(self, delta: float) -> Pooled:
        """As `Shifted.at`, but for rounding and a Monte Carlo error that takes all draws for unrelated."""
        within, between = (
            constant + delta * (linear + delta * square) for constant, linear, square in (self.within, self.between)
        )
        mean, between = self.mean[0] + delta * self.mean[1], max(0.0, between)
        return Pooled(mean, within, between, self.imputations, self.df, math.sqrt(between / self.imputations))


@dataclass(frozen=True, slots=True)
class Shifted:
    """The comparison as a function of the delta.

    In each imputation the estimate is ``estimate + delta * by_delta`` and its squared standard error
    ``variance[0] + delta * variance[1] + delta ** 2 * variance[2]``; arrays run over the imputations.
    """

    estimate: Floats
    by_delta: Floats
    variance: tuple[Floats, Floats, Floats]
    df: int

    def at(self, delta: float) -> Pooled:
        """Rubin's rules at that delta, on the scale of the analysis."""
        constant, linear, square = self.variance
        variance = constant + delta * linear + delta**2 * square
        return pool(self.estimate + delta * self.by_delta, variance, self.df, PILOT)

    def moments(self) -> Moments:
        """The same as polynomials."""
        spread = np.cov(self.estimate, self.by_delta)
        constant, linear, square = (float(part.mean()) for part in self.variance)
        return Moments(
            (float(self.estimate.mean()), float(self.by_delta.mean())),
            (constant, linear, square),
            (float(spread[0, 0]), 2 * float(spread[0, 1]), float(spread[1, 1])),
            self.estimate.size,
            self.df,
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was imputed, with which model, and the comparison of the completed data sets."""

    shifted: Shifted
    model: Model
    imputed: dict[str, int]
    shifted_people: int
    """How many outcomes a delta moves."""
    visits: int
    is_complete: bool


def usable_for_imputation(cases: Cases) -> tuple[Cases, Sample]:
    """Everybody with any value, in the order of their names, so that no draw hangs on the order of the rows.

    Where the cases have no course, the outcome alone is one.
    """
    rows = sorted(cases.rows, key=lambda row: row.participant)
    if not cases.visits:
        cases = _with_course(cases, rows)
        rows = list(cases.rows)
    used, left_out = list[Case](), list[LeftOut]()
    for row in rows:
        if row.baseline is None and all(value is None for value in row.course):
            left_out.append((row.participant, row.why_missing or "no value at any visit"))
        else:
            used.append(row)
    return cases, Sample(tuple(used), tuple(left_out))


def _with_course(cases: Cases, rows: Sequence[Case]) -> Cases:
    known = tuple(replace(row, course=(row.outcome,)) for row in rows)
    return replace(cases, rows=known, visits=("the visit",), visit="the visit")


def compare_imputed(cases: Cases, sample: Sample, settings: ImputationSettings) -> Comparison | str:
    """Imputes and compares, or says why that cannot be done; `sample` is of `usable_for_imputation`."""
    problem = two_arm_problem(cases, sample, least=2) or _values_problem(cases, sample, settings.transform)
    if problem:
        return problem
    courses, names = _arrange(cases, sample, settings.transform)
    place = names.index(cases.visit)
    is_complete = bool(np.all(courses.is_seen[:, [0, place]]))
    model = choose_model(courses, settings.covariance, names)
    if isinstance(model, str):
        if not is_complete:
            return model
        model = Model(0, settings.covariance, ())
    moved = _moved(courses, place, settings.delta_arms)
    shifted = _shifted(courses, place, model, settings, moved, is_complete)
    if isinstance(shifted, str):
        return shifted
    missing = ~courses.is_seen[:, place]
    order = (str(cases.reference), cases.other_arm())
    imputed = {arm: int(np.sum(missing & (sample.is_in(arm) == 1))) for arm in order}
    return Comparison(shifted, model, imputed, int(moved.sum()), len(names) - 1, is_complete)


def _values_problem(cases: Cases, sample: Sample, transform: Transform) -> str | None:
    if cases.visit not in cases.visits:
        return "this method needs the values of every visit of the endpoint"
    values = np.array([v for row in sample.rows for v in (row.baseline, *row.course) if v is not None])
    problem = transform_problem(transform, values)
    place = cases.visits.index(cases.visit)
    for arm in cases.arms:
        if problem is None and not any(row.arm == arm and row.course[place] is not None for row in sample.rows):
            problem = f'arm "{arm}" has nobody with a value at this visit'
    return problem


def _arrange(cases: Cases, sample: Sample, transform: Transform) -> tuple[Courses, tuple[str, ...]]:
    """The courses on the scale of the analysis, as far as a visit can tell of the one that is compared.

    Arms are numbered in the order in which the people name them, so that names and the reference move no draw.
    """
    table = [(row.baseline, *row.course) for row in sample.rows]
    is_seen = np.array([[value is not None for value in row] for row in table])
    values = np.array([[0.0 if value is None else value for value in row] for row in table])
    values = np.where(is_seen, transformed(transform, values.reshape(-1)).reshape(values.shape), 0.0)
    last = cases.visits.index(cases.visit) + 1
    lacks = ~is_seen[:, : last + 1].all(axis=1)
    kept = max([last, *(int(np.flatnonzero(row).max()) for row in is_seen[lacks] if row.any())]) + 1
    order = list(dict.fromkeys(row.arm for row in sample.rows))
    arm = np.array([order.index(row.arm) for row in sample.rows])
    courses = Courses(values[:, :kept], is_seen[:, :kept], arm, order.index(str(cases.reference)))
    return courses, ("baseline", *cases.visits)[:kept]


def _moved(courses: Courses, place: int, arms: DeltaArms) -> Seen:
    """Whose outcome was imputed and is shifted by the delta."""
    missing = ~courses.is_seen[:, place]
    if arms is DeltaArms.BOTH:
        return np.asarray(missing)
    is_reference = courses.arm == courses.reference
    return np.asarray(missing & (is_reference if arms is DeltaArms.REFERENCE else ~is_reference))


def _shifted(
    courses: Courses, place: int, model: Model, settings: ImputationSettings, moved: Seen, is_complete: bool
) -> Shifted | str:
    """Draws in blocks of `PILOT` until there are enough."""
    coded = (courses.arm != courses.reference).astype(np.float64)
    if is_complete:
        twice = np.broadcast_to(courses.values, (2, *courses.values.shape))
        return _compared(twice[:, :, 0], coded, twice[:, :, place], moved)
    (stream,) = np.random.SeedSequence(settings.seed).spawn(1)
    parts, done, wanted = list[Shifted](), 0, settings.imputations or PILOT
    chains, chance = min(PILOT, wanted), np.random.default_rng(stream)
    for drawn in impute(courses, model, settings.assumption, chains, chance, burn_in=settings.burn_in):
        if isinstance(drawn, str):
            return drawn
        taken = drawn[: wanted - done]
        one = _compared(taken[:, :, 0], coded, taken[:, :, place], moved)
        if isinstance(one, str):
            return one
        parts.append(one)
        done += len(taken)
        if settings.imputations is None and len(parts) == 1:
            wanted = needed(one.at(0.0))
        if done >= wanted:
            break
    return _joined(parts)


def needed(pilot: Pooled) -> int:
    """How many imputations bring the Monte Carlo error to `ENOUGH` of the standard error, with a tenth to spare."""
    share = pilot.between / pilot.variance
    return min(MOST, max(PILOT, math.ceil(1.1 * share / ENOUGH**2)))


def _joined(parts: Sequence[Shifted]) -> Shifted:
    constant, linear, square = (np.concatenate([part.variance[k] for part in parts]) for k in range(3))
    return Shifted(
        np.concatenate([part.estimate for part in parts]),
        np.concatenate([part.by_delta for part in parts]),
        (constant, linear, square),
        parts[0].df,
    )


def _compared(baseline: Floats, arm: Floats, outcome: Floats, moved: Seen) -> Shifted | str:
    """Least squares on intercept, baseline and arm in each completed data set: all arrays [imputations, people].

    After intercept and baseline are taken out of arm, outcome and shift, the rest is one dot product each
    (Frisch, Waugh and Lovell).
    """
    people = baseline.shape[1]
    df = people - 3
    if df < 1:
        return f"{people} people and 3 coefficients leave no degrees of freedom for the spread"
    centred = baseline - baseline.mean(axis=1, keepdims=True)
    squares = np.einsum("mi,mi->m", centred, centred)
    if bool(np.any(squares <= (NO_SPREAD * people * np.abs(baseline).max(axis=1)) ** 2)):
        return "everybody has the same baseline, so there is nothing to adjust for"
    left_of_arm, left_of_outcome, left_of_shift = (
        _left(centred, squares, one) for one in (arm[None, :], outcome, moved.astype(np.float64)[None, :])
    )
    weight = np.einsum("mi,mi->m", left_of_arm, left_of_arm)
    if bool(np.any(weight <= DEPENDENT**2 * float(arm @ arm))):
        return "the arm can be told from the baseline alone, so their effects cannot be separated"
    estimate = np.einsum("mi,mi->m", left_of_arm, left_of_outcome) / weight
    by_delta = np.einsum("mi,mi->m", left_of_arm, left_of_shift) / weight
    rest = left_of_outcome - estimate[:, None] * left_of_arm
    rest_of_shift = left_of_shift - by_delta[:, None] * left_of_arm
    sums = [np.einsum("mi,mi->m", a, b) for a, b in ((rest, rest), (rest, rest_of_shift), (rest_of_shift,) * 2)]
    if bool(np.any(sums[0] <= (NO_SPREAD * people * np.abs(outcome).max(axis=1)) ** 2)):
        return "the values lie exactly on the fitted lines: there is no spread to judge a difference by"
    scale = df * weight
    return Shifted(estimate, by_delta, (sums[0] / scale, 2 * sums[1] / scale, sums[2] / scale), df)


def _left(centred: Floats, squares: Floats, values: Floats) -> Floats:
    """What intercept and baseline do not explain."""
    about_mean = values - values.mean(axis=1, keepdims=True)
    slope = np.einsum("mi,mi->m", centred, np.broadcast_to(about_mean, centred.shape)) / squares
    return np.asarray(about_mean - slope[:, None] * centred)


def warnings_of(comparison: Comparison, settings: ImputationSettings, found: Pooled) -> tuple[str, ...]:
    """What a reader must know of the imputation before the number is believed."""
    if comparison.is_complete:
        return ("Nothing was missing at this visit, so nothing was imputed: this is the analysis of covariance.",)
    words = [_MODEL_WARNING, _ASSUMPTION_WARNINGS[settings.assumption]]
    full = max(comparison.visits - 1, 0)
    if comparison.model.order < full:
        words.append(
            f"There are too few people for the covariance of all {comparison.visits} visits: each visit is imputed from "
            f"{_looked_back_to(comparison.model.order)} (antedependence)."
        )
    if found.monte_carlo_error > ENOUGH * found.error:
        words.append(
            f"The Monte Carlo error is {found.monte_carlo_error / found.error:.2%} of the standard error; "
            f"with another seed the estimate moves by about {found.monte_carlo_error:.2g}."
        )
    return tuple(words)


def _looked_back_to(visits: int) -> str:
    if not visits:
        return "the baseline alone"
    return "the baseline and the visit before it" if visits == 1 else f"the baseline and the {visits} visits before it"


_MODEL_WARNING = (
    "Imputed values and the limits assume courses close to normal, and that both arms' values at a visit spread alike; "
    "with few people read them beside the analysis of those observed."
)
_ASSUMPTION_WARNINGS = {
    Assumption.MISSING_AT_RANDOM: "What is missing is taken to go on as in people of the same arm with the same values.",
    **dict.fromkeys(
        (Assumption.JUMP_TO_REFERENCE, Assumption.COPY_REFERENCE, Assumption.COPY_INCREMENTS),
        "After the last value people are taken to go on as the reference arm does. Rubin's standard error keeps the "
        "information that is lost with the missing values; over repeated trials the estimate varies less than it says.",
    ),
}


def details_of(comparison: Comparison, settings: ImputationSettings, found: Pooled) -> tuple[Detail, ...]:
    """How it was done and how far the draws matter."""
    imputations = 0 if comparison.is_complete else found.imputations
    return (
        ("transform", settings.transform.value),
        ("assumption", settings.assumption.value),
        ("covariance of the arms", settings.covariance.value),
        ("earlier visits in each regression, at most", comparison.model.order),
        *((f"outcomes imputed: {arm}", number) for arm, number in comparison.imputed.items()),
        ("imputations", imputations),
        ("seed", settings.seed),
        ("standard error", found.error),
        ("t", found.value / found.error),
        ("degrees of freedom, Barnard and Rubin", found.df),
        ("variance within imputations", found.within),
        ("variance between imputations", found.between),
        ("share of the variance due to what is missing", found.missing),
        ("Monte Carlo error of the estimate", found.monte_carlo_error),
        ("Monte Carlo error, share of the standard error", found.monte_carlo_error / found.error),
    )
