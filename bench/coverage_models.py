"""Invented trials of which the truth is known: data-generating models for the coverage table.

Each takes a generator, how many people, and an effect, and gives the cases of one trial. Two arms are allocated in blocks
of four, T and C, with C as the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from armlet.allocation.scheme import Scheme
from armlet.analysis.cases import Case, Cases

Floats = npt.NDArray[np.float64]
Model: TypeAlias = Callable[[np.random.Generator, int, float], Cases]

BLOCK: Final = 4
UNIT: Final = "1"
VISITS: Final = ("first", "second", "third")
CORRELATION: Final = 0.6
"""Of baseline and outcome; of two visits next to each other it is the same, and its powers further apart."""
DETECTABLE: Final = 0.0
"""The limit below which `below_limit` knows only that a value is below it: the mean of the reference arm less one spread."""
FAILING: Final = 0.2
"""The chance of failing in `failing`, the same in both arms."""
RATE: Final = 1.5
"""Events a year in the reference arm of `counts`."""
EVENTS: Final = 0.3
"""The chance of an event in the reference arm of `two_proportions`."""


def allocate(rng: np.random.Generator, number: int) -> tuple[str, ...]:
    """The arms of so many slots in blocks of four, the last one cut."""
    blocks = [rng.permutation(np.array(["T", "T", "C", "C"])) for _ in range(-(-number // BLOCK))]
    return tuple(str(arm) for arm in np.concatenate(blocks)[:number])


def two_arms(
    arms: Sequence[str],
    baseline: Floats | None,
    outcome: Floats,
    course: Sequence[tuple[float | None, ...]] | None = None,
    *,
    below: npt.NDArray[np.bool_] | None = None,
    exposure: Floats | None = None,
) -> Cases:
    """The cases of a trial of two arms; the course holds the outcome alone where none is given."""
    rows = tuple(
        Case(
            participant=f"P{place:03d}",
            arm=arm,
            slot=place + 1,
            baseline=None if baseline is None else float(baseline[place]),
            outcome=float(outcome[place]) if course is None else course[place][-1],
            course=(float(outcome[place]),) if course is None else course[place],
            below_limit=below is not None and bool(below[place]),
            exposure=None if exposure is None else float(exposure[place]),
        )
        for place, arm in enumerate(arms)
    )
    visits = VISITS[-1:] if course is None else VISITS
    scheme = Scheme.of(("T", "C"), (1, 1), "permuted_blocks", {"block": BLOCK})
    return Cases(rows, UNIT, ("T", "C"), "C", scheme, tuple(arms), visits, visits[-1])


def treated(arms: Sequence[str]) -> Floats:
    """1 for the people of arm T."""
    return np.array([arm == "T" for arm in arms], dtype=np.float64)


def normal(rng: np.random.Generator, number: int, effect: float) -> Cases:
    """Baseline and outcome normal with mean 3 and spread 1, correlation 0.6; the effect is added to the outcome."""
    arms, (baseline, outcome) = allocate(rng, number), _pair(rng, number)
    return two_arms(arms, 3 + baseline, 3 + outcome + effect * treated(arms))


def log_normal(rng: np.random.Generator, number: int, effect: float) -> Cases:
    """As `normal`, but on the scale ln(x + 1), with mean 1 and spread 0.5; the effect is added on that scale."""
    arms, (baseline, outcome) = allocate(rng, number), _pair(rng, number)
    return two_arms(arms, np.expm1(1 + 0.5 * baseline), np.expm1(1 + 0.5 * outcome + effect * treated(arms)))


def prognostic(rng: np.random.Generator, number: int, effect: float) -> Cases:
    """As `normal`, with an age and one of two sexes, known before allocation, which explain part of the outcome as well."""
    whole, ages, sexes = normal(rng, number, effect), rng.normal(size=number), rng.integers(0, 2, number)
    rows = tuple(
        replace(
            case,
            outcome=(case.outcome or 0.0) + 0.5 * float(age) + 0.5 * int(sex),
            covariates={"age": 40 + 10 * float(age), "sex": ("female", "male")[int(sex)]},
        )
        for case, age, sex in zip(whole.rows, ages, sexes, strict=True)
    )
    return replace(whole, rows=rows)


def failing(rng: np.random.Generator, number: int, effect: float) -> Cases:
    """As `normal`, but 1 in 5 fails, whatever the arm: worse than every outcome, one failure as bad as another."""
    whole, fails = normal(rng, number, effect), rng.random(number) < FAILING
    rows = tuple(
        replace(case, outcome=None, course=(None,), failed="failed") if fail else case
        for case, fail in zip(whole.rows, fails, strict=True)
    )
    return replace(whole, rows=rows)


def heavy_tails(rng: np.random.Generator, number: int, effect: float) -> Cases:
    """Outcomes with the t distribution of 3 degrees of freedom: outliers that no exact test minds."""
    arms, outcome = allocate(rng, number), rng.standard_t(3, number)
    return two_arms(arms, rng.normal(size=number), outcome + effect * treated(arms))


def ties(rng: np.random.Generator, number: int, effect: float) -> Cases:
    """Whole steps: a normal score with spread 1.5, rounded, so that many are alike; the effect is in whole steps."""
    arms, outcome = allocate(rng, number), np.rint(rng.normal(4, 1.5, number))
    return two_arms(arms, rng.normal(size=number), outcome + effect * treated(arms))


def unequal_spread(rng: np.random.Generator, number: int, effect: float) -> Cases:
    """Normal outcomes whose spread is 1 in C and 3 in T."""
    arms, score = allocate(rng, number), rng.normal(size=number)
    spread = 1 + 2 * treated(arms)
    return two_arms(arms, rng.normal(size=number), score * spread + effect * treated(arms))


def repeated(rng: np.random.Generator, number: int, effect: float) -> Cases:
    """A baseline and three visits, normal with spread 1; the effect grows to its whole at the last. Nobody leaves."""
    arms, values = allocate(rng, number), _course(rng, number)
    values[:, 1:] += np.outer(treated(arms), np.array([1, 2, 3]) / 3 * effect)
    course = [tuple(float(value) for value in row) for row in values[:, 1:]]
    return two_arms(arms, values[:, 0], values[:, -1], course)


def repeated_unequal(rng: np.random.Generator, number: int, effect: float) -> Cases:
    """As `repeated`, but the values at the visits, not the baseline, are spread 1 in C and 3 in T."""
    arms, values = allocate(rng, number), _course(rng, number)
    values[:, 1:] *= 1 + 2 * treated(arms)[:, None]
    values[:, 1:] += np.outer(treated(arms), np.array([1, 2, 3]) / 3 * effect)
    course = [tuple(float(value) for value in row) for row in values[:, 1:]]
    return two_arms(arms, values[:, 0], values[:, -1], course)


def dropping_out(rng: np.random.Generator, number: int, effect: float) -> Cases:
    """As `repeated`, but people leave for good after a visit, the more the lower its value was: missing at random.

    Some 10 % leave before each of the last two visits; the chance is that of a logistic of -2.2 less the value.
    """
    whole, leaving = repeated(rng, number, effect), rng.random((number, len(VISITS) - 1))
    arms = [case.arm for case in whole.rows]
    baseline = np.array([case.baseline for case in whole.rows], dtype=np.float64)
    course = [_until_left(case.course, chances) for case, chances in zip(whole.rows, leaving, strict=True)]
    return two_arms(arms, baseline, baseline, course)


def chance_of_leaving(value: Floats) -> Floats:
    """After a visit with this value."""
    return 1 / (1 + np.exp(2.2 + value))


def _until_left(course: tuple[float | None, ...], chances: Floats) -> tuple[float | None, ...]:
    seen: list[float | None] = [course[0]]
    for value, chance in zip(course[1:], chances, strict=True):
        last = seen[-1]
        leaves = last is None or chance < chance_of_leaving(np.array(last))
        seen.append(None if leaves else value)
    return tuple(seen)


def below_limit(rng: np.random.Generator, number: int, effect: float) -> Cases:
    """Normal outcomes with mean 1 and spread 1; below the limit 0 only that is known, of about 1 in 6 without effect."""
    arms, (baseline, outcome) = allocate(rng, number), _pair(rng, number)
    values = 1 + outcome + effect * treated(arms)
    return two_arms(arms, baseline, np.maximum(values, DETECTABLE), below=values < DETECTABLE)


def two_proportions(rng: np.random.Generator, number: int, effect: float) -> Cases:
    """Events with a chance of 0.3 in C; the effect is the logarithm of the odds ratio of T."""
    arms, uniform = allocate(rng, number), rng.random(number)
    odds = EVENTS / (1 - EVENTS) * np.exp(effect * treated(arms))
    return two_arms(arms, None, (uniform < odds / (1 + odds)).astype(np.float64))


def counts(rng: np.random.Generator, number: int, effect: float) -> Cases:
    """Counts of events (Poisson) at 1.5 a year over half a year to two; the effect is the logarithm of the rate ratio."""
    arms, years = allocate(rng, number), rng.uniform(0.5, 2.0, number)
    events = rng.poisson(RATE * years * np.exp(effect * treated(arms))).astype(np.float64)
    return two_arms(arms, None, events, exposure=years)


def one_arm(rng: np.random.Generator, number: int, effect: float) -> Cases:
    """One arm, whose changes from baseline are normal about the effect with spread 1."""
    baseline = rng.normal(3, 1, number)
    return _one_arm(baseline, baseline + rng.normal(effect, 1, number))


def one_arm_ties(rng: np.random.Generator, number: int, effect: float) -> Cases:
    """One arm, whose changes are whole steps, symmetric about the effect, many alike and some of them nought."""
    baseline = rng.integers(2, 9, number).astype(np.float64)
    return _one_arm(baseline, baseline + effect + np.rint(rng.normal(0, 1.5, number)))


def proportion(rng: np.random.Generator, number: int, effect: float) -> Cases:
    """One arm in which everybody has the event with a chance that is the effect."""
    return _one_arm(np.zeros(number), (rng.random(number) < effect).astype(np.float64))


def _pair(rng: np.random.Generator, number: int) -> tuple[Floats, Floats]:
    baseline, other = rng.normal(size=(2, number))
    return baseline, CORRELATION * baseline + np.sqrt(1 - CORRELATION**2) * other


def _course(rng: np.random.Generator, number: int) -> Floats:
    values = rng.normal(size=(number, len(VISITS) + 1))
    for place in range(1, len(VISITS) + 1):
        values[:, place] = CORRELATION * values[:, place - 1] + np.sqrt(1 - CORRELATION**2) * values[:, place]
    return values


def _one_arm(baseline: Floats, outcome: Floats) -> Cases:
    rows = tuple(
        Case(f"P{place:03d}", "T", None, float(before), float(after), course=(float(after),))
        for place, (before, after) in enumerate(zip(baseline, outcome, strict=True))
    )
    return Cases(rows, UNIT, ("T",), visits=VISITS[-1:], visit=VISITS[-1])
