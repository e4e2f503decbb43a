"""Draws what is missing from a Bayesian normal model of each person's course: baseline, then every visit.

Each measurement is regressed on the arm, the baseline and the measurements before it; the prior is flat in the coefficients
and in the logarithm of each residual spread, and independent between the regressions. So with gaps at the end of the course
alone the draws come straight from the posterior (Rubin 1987, pages 166 and 167); gaps before a later value are drawn in turn
with the parameters (monotone data augmentation, Schafer 1997, section 6.5), one chain for each imputation.

Under "missing at random" a gap is drawn as in the person's own arm. The other assumptions speak of the time after the last
value of somebody in an arm that is not the reference (Carpenter, Roger and Kenward 2013, J Biopharm Stat 23, 1352).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

import numpy as np

from armlet.analysis.least_squares import DEPENDENT, NO_SPREAD
from armlet.analysis.transforms import Floats

Seen: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
Places: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.intp]]

LEAST_DF: Final = 3
"""With fewer degrees of freedom the predicted value of a person has no finite variance, and Rubin's rules no meaning."""


class Assumption(StrEnum):
    """How somebody would have gone on after the last value; the reference arm always goes on at random."""

    MISSING_AT_RANDOM = "missing at random"
    JUMP_TO_REFERENCE = "jump to reference"
    COPY_REFERENCE = "copy reference"
    COPY_INCREMENTS = "copy increments in reference"


class Spread(StrEnum):
    """Whether the regressions on earlier values and their spreads are the same in both arms."""

    SHARED = "shared"
    BY_ARM = "by arm"


@dataclass(frozen=True, slots=True)
class Courses:
    """Values [people, 1 + visits] with the baseline first, 0 where nothing was seen, and each person's arm by number.

    `reference` is the number of the reference arm; arms count from 0. Everybody has at least one value.
    """

    values: Floats
    is_seen: Seen
    arm: Places
    reference: int
    arms: int = 2

    @property
    def last(self) -> Places:
        """The column of everybody's last value."""
        columns = self.is_seen.shape[1]
        return np.asarray(columns - 1 - np.argmax(self.is_seen[:, ::-1], axis=1))

    @property
    def has_gap_inside(self) -> bool:
        """Whether somebody lacks a value before a later one."""
        return bool(np.any(~self.is_seen & _until(self.last, self.is_seen.shape[1])))


def _until(last: Places, columns: int) -> Seen:
    return np.asarray(np.arange(columns)[None, :] <= last[:, None])


@dataclass(frozen=True, slots=True)
class Model:
    """How many of the latest earlier visits each regression has beside the baseline, and whether arms share it.

    Fewer than all is antedependence of that order (Gabriel 1962): fewer covariance parameters for few people.
    """

    order: int
    spread: Spread
    blocks: tuple[tuple[int, ...], ...]


def choose_model(courses: Courses, spread: Spread, names: tuple[str, ...]) -> Model | str:
    """The model with the most earlier visits that leaves every regression enough people, or why there is none.

    `names` are those of the columns (baseline and visits), for the reason.
    """
    arms = tuple(range(courses.arms))
    blocks = (arms,) if spread is Spread.SHARED else tuple((arm,) for arm in arms)
    columns = courses.values.shape[1]
    problem = "nothing to impute"
    for order in range(max(columns - 2, 0), -1, -1):
        problem = next(
            (
                found
                for column in range(columns)
                for block in (blocks if column else (arms,))
                if (found := _shortage(courses, Model(order, spread, blocks), column, block, names[column]))
            ),
            "",
        )
        if not problem:
            return Model(order, spread, blocks)
    return problem


def _shortage(courses: Courses, model: Model, column: int, block: tuple[int, ...], name: str) -> str | None:
    """Why the regression of that column cannot be drawn from, or None."""
    there = (courses.last >= column) & np.isin(courses.arm, block)
    seen = there & courses.is_seen[:, column]
    if any(not np.any(seen & (courses.arm == arm)) for arm in block):
        return f'an arm has nobody with a value at "{name}"'
    coefficients = 1 if column == 0 else len(block) + len(_earlier(column, model.order))
    if int(there.sum()) - coefficients < LEAST_DF:
        number = int(there.sum())
        return (
            f'{number} people with a value at "{name}" or later are too few to impute from: '
            f"{coefficients} coefficients and {LEAST_DF} to judge the spread by are needed"
        )
    values = courses.values[seen, column]
    centred = values - np.array([values[courses.arm[seen] == arm].mean() for arm in courses.arm[seen]])
    if float(np.linalg.norm(centred)) <= NO_SPREAD * len(values) * max(float(np.abs(values).max()), 1e-300):
        return f'everybody of an arm has the same value at "{name}": there is no spread to impute with'
    return None


def _earlier(column: int, order: int) -> list[int]:
    """The baseline and the latest `order` visits before the column."""
    return sorted({0, *range(max(1, column - order), column)}) if column else []


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Draws of the mean [m, arms, columns] and covariance [m, arms, columns, columns] of a course."""

    mean: Floats
    covariance: Floats


APART = 5
"""Part of the burn-in that lies between two blocks of the same chains."""


def impute(
    courses: Courses,
    model: Model,
    assumption: Assumption,
    number: int,
    chance: np.random.Generator,
    *,
    burn_in: int = 100,
) -> Iterator[Floats | str]:
    """Blocks of so many completed courses [number, people, columns], without end; or why the model cannot be drawn from.

    What was seen is as it was in each. Where somebody has a gap inside, each of a block is of a chain of its own after
    `burn_in` steps; the chains go on to the next block, a fifth of the burn-in later.
    """
    try:
        yield from _blocks(courses, model, assumption, number, chance, burn_in)
    except np.linalg.LinAlgError:  # a drawn covariance is singular as far as floating-point numbers can tell
        yield "the values of the visits differ too much in size, or too little from a line, to be imputed from"


def _blocks(
    courses: Courses, model: Model, assumption: Assumption, number: int, chance: np.random.Generator, burn_in: int
) -> Iterator[Floats | str]:
    values = np.broadcast_to(courses.values, (number, *courses.values.shape)).copy()
    steps = burn_in if courses.has_gap_inside else 0
    if courses.has_gap_inside:
        _start(values, courses)
    while True:
        found = _draw_parameters(values, courses, model, number, chance)
        for _ in range(steps):
            if isinstance(found, str):
                break
            _fill_inside(values, courses, found, chance)
            found = _draw_parameters(values, courses, model, number, chance)
        if isinstance(found, str):
            yield found
            return
        completed = values.copy()
        _fill_after(completed, courses, found, assumption, chance)
        yield completed
        steps = -(-burn_in // APART) if courses.has_gap_inside else 0


def _start(values: Floats, courses: Courses) -> None:
    """Gaps begin at their arm's mean."""
    for arm in range(courses.arms):
        rows = courses.arm == arm
        for column in range(values.shape[2]):
            seen = rows & courses.is_seen[:, column]
            values[:, rows & ~courses.is_seen[:, column], column] = courses.values[seen, column].mean()


# --- Parameters given the values ------------------------------------------------------------------------------------


def _draw_parameters(
    values: Floats, courses: Courses, model: Model, number: int, chance: np.random.Generator
) -> _Parameters | str:
    columns, everybody = values.shape[2], tuple(range(courses.arms))
    mean = np.zeros((number, courses.arms, columns))
    covariance = np.zeros((number, courses.arms, columns, columns))
    used = values if courses.has_gap_inside else values[:1]
    for column in range(columns):
        earlier = _earlier(column, model.order)
        for block in model.blocks if column else (everybody,):
            rows = (courses.last >= column) & np.isin(courses.arm, block)
            of_arm = np.array([[1.0] if column == 0 else [float(arm == one) for one in block] for arm in courses.arm])
            marks = np.broadcast_to(of_arm[rows], (len(used), int(rows.sum()), of_arm.shape[1]))
            drawn = _draw_regression(
                np.concatenate([marks, used[:, rows][:, :, earlier]], axis=2), used[:, rows, column], number, chance
            )
            if isinstance(drawn, str):
                return drawn
            coefficients, variance = drawn
            for place, arm in enumerate(block):
                constant = coefficients[:, 0 if column == 0 else place]
                slopes = coefficients[:, of_arm.shape[1] :]
                _extend(mean[:, arm], covariance[:, arm], column, earlier, (constant, slopes, variance))
    return _Parameters(mean, covariance)


def _draw_regression(
    design: Floats, response: Floats, number: int, chance: np.random.Generator
) -> tuple[Floats, Floats] | str:
    """Coefficients [number, p] and residual variances [number] from their posterior under the flat prior."""
    frame, upper = np.linalg.qr(design)
    diagonal = np.abs(np.diagonal(upper, axis1=1, axis2=2))
    if bool(np.any(diagonal <= DEPENDENT * np.linalg.norm(design, axis=1))):
        return "the values before a visit can be told from one another or from the arm, so nothing can be imputed from them"
    turned = np.einsum("mkp,mk->mp", frame, response)
    residual = response - np.einsum("mkp,mp->mk", frame, turned)
    squares = np.einsum("mk,mk->m", residual, residual)
    if bool(np.any(squares <= (NO_SPREAD * response.shape[1] * np.abs(response).max(axis=1)) ** 2)):
        return "the values of a visit lie exactly on a line of those before it: there is no spread to impute with"
    df = response.shape[1] - design.shape[2]
    variance = squares / chance.chisquare(df, number)
    noise = chance.standard_normal((number, design.shape[2]))
    sought = turned + np.sqrt(variance)[:, None] * noise
    return np.linalg.solve(np.broadcast_to(upper, (number, *upper.shape[1:])), sought[:, :, None])[:, :, 0], variance


def _extend(
    mean: Floats, covariance: Floats, column: int, earlier: list[int], drawn: tuple[Floats, Floats, Floats]
) -> None:
    """Adds one column to the mean and covariance of the columns before it, in place."""
    constant, slopes, variance = drawn
    mean[:, column] = constant + np.einsum("mk,mk->m", slopes, mean[:, earlier])
    cross = np.einsum("mk,mkl->ml", slopes, covariance[:, earlier, :column])
    covariance[:, column, :column] = covariance[:, :column, column] = cross
    covariance[:, column, column] = variance + np.einsum("mk,mk->m", slopes, cross[:, earlier])


# --- Values given the parameters ------------------------------------------------------------------------------------


def _fill_inside(values: Floats, courses: Courses, drawn: _Parameters, chance: np.random.Generator) -> None:
    """Gaps before a later value, given all that the person has, in place."""
    until = _until(courses.last, values.shape[2])
    for arm in range(courses.arms):
        sought = ~courses.is_seen & until & (courses.arm == arm)[:, None]
        _fill(values, courses.is_seen, sought, (drawn.mean[:, arm], drawn.covariance[:, arm]), chance)


def _fill_after(
    values: Floats, courses: Courses, drawn: _Parameters, assumption: Assumption, chance: np.random.Generator
) -> None:
    """What follows each person's last value, in place; gaps before it count as known, since this chain drew them."""
    until = _until(courses.last, values.shape[2])
    for arm in range(courses.arms):
        for last in range(values.shape[2] - 1):
            rows = (courses.arm == arm) & (courses.last == last)
            law = _law_after(drawn, arm, courses.reference, last, assumption)
            _fill(values, until, ~until & rows[:, None], law, chance)


def _law_after(
    drawn: _Parameters, arm: int, reference: int, last: int, assumption: Assumption
) -> tuple[Floats, Floats]:
    """Mean and covariance of a course of somebody in that arm whose last value stands in column `last`."""
    own, theirs = drawn.mean[:, arm], drawn.mean[:, reference]
    if arm == reference or assumption is Assumption.MISSING_AT_RANDOM:
        return own, drawn.covariance[:, arm]
    if assumption is Assumption.COPY_REFERENCE:
        return theirs, drawn.covariance[:, reference]
    mean = own.copy()
    mean[:, last + 1 :] = theirs[:, last + 1 :]
    if assumption is Assumption.COPY_INCREMENTS:
        mean[:, last + 1 :] += (own[:, last] - theirs[:, last])[:, None]
    return mean, drawn.covariance[:, reference]


def _fill(values: Floats, known: Seen, sought: Seen, law: tuple[Floats, Floats], chance: np.random.Generator) -> None:
    """Draws the sought cells of each person given the known ones, in place; people with the same pattern together."""
    mean, covariance = law
    rows = np.flatnonzero(sought.any(axis=1))
    if not len(rows):
        return
    kinds, of_kind = np.unique(np.hstack([known, sought])[rows], axis=0, return_inverse=True)
    columns = values.shape[2]
    for number, kind in enumerate(kinds):
        people = rows[of_kind.reshape(-1) == number]
        given, wanted = np.flatnonzero(kind[:columns]), np.flatnonzero(kind[columns:])
        across = covariance[:, given][:, :, wanted]
        slopes = np.linalg.solve(covariance[:, given][:, :, given], across)
        left = covariance[:, wanted][:, :, wanted] - np.einsum("mgw,mgv->mwv", slopes, across)
        away = values[:, people][:, :, given] - mean[:, None, given]
        middle = mean[:, None, wanted] + np.einsum("mig,mgw->miw", away, slopes)
        noise = chance.standard_normal((len(values), len(people), len(wanted)))
        drawn = middle + np.einsum("mwv,miv->miw", np.linalg.cholesky(left), noise)
        values[:, people[:, None], wanted[None, :]] = drawn
