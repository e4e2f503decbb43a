"""Sign-flip test of a mean change in one arm: each person's change could as well have had the other sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from armlet.analysis.cases import (
    Cases,
    Sample,
    nobody,
    not_estimable,
    one_arm,
    people,
    responses,
    usable,
    values_problem,
)
from armlet.analysis.estimates import Estimate, PValue, Result, interval_with_width, why_no_interval
from armlet.analysis.flips import flip_verdict, judged_patterns
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.randomisation import Verdict, monte_carlo_error
from armlet.analysis.ranks import SAME
from armlet.analysis.sides import ONE_SIDED_WARNING, Sides
from armlet.analysis.transforms import Floats, Transform, scale_unit

MOST_EXACT = 30
"""People up to which all sign patterns are counted (2 to the 30th is a thousand million); above it patterns are drawn."""

CELLS = 2**22
"""Signs that are drawn at a time."""


class Of(StrEnum):
    """What is averaged: the change from baseline, or the outcome itself (already a difference)."""

    CHANGE = "change"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Settings:
    """`draws` and `seed` matter only with more than 30 people; with fewer all patterns of signs are counted."""

    of: Of = Of.CHANGE
    transform: Transform = Transform.NONE
    level: float = 0.95
    arm: str | None = None
    draws: int = 99_999
    seed: int = 1
    sides: Sides = Sides.TWO_SIDED


def parse(settings: Mapping[str, object]) -> Settings:
    """Settings `of`, `transform`, `level`, `arm`, `draws`, `seed`, `sides`; InputError for anything else."""
    reader = SettingsReader("sign_flip", settings, ("of", "transform", "level", "arm", "draws", "seed", "sides"))
    parsed = Settings(
        reader.choice("of", Of.CHANGE),
        reader.choice("transform", Transform.NONE),
        reader.fraction("level", 0.95),
        reader.text("arm"),
        reader.whole("draws", 99_999, least=999),
        reader.whole("seed", 1, least=0),
        reader.choice("sides", Sides.TWO_SIDED),
    )
    reader.finish()
    return parsed


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """The mean change with exact p (changes symmetric about zero) and limits from inverting the test."""
    change = settings.of is Of.CHANGE
    rows = one_arm(cases, settings.arm)
    if isinstance(rows, str):
        return not_estimable(label, METHOD.name, rows, cases.arms, usable((), with_baseline=change))
    sample = usable(rows, with_baseline=change)
    arms = (settings.arm or cases.arms[0],)
    problem = _problem(cases, sample) or values_problem(settings.transform, sample, with_baseline=change)
    if problem:
        return not_estimable(label, METHOD.name, problem, arms, sample)
    values = responses(settings.transform, sample, change=change)
    if not values.any():
        return not_estimable(label, METHOD.name, "every value is zero", arms, sample)
    return _estimate(cases, sample, settings, label, values)


def _problem(cases: Cases, sample: Sample) -> str | None:
    if not sample.rows:
        return nobody(cases)
    if len(sample.rows) == 1:
        return "one person's value says nothing about chance; at least 2 people needed"
    return None


def drawn_sums(values: Floats, draws: int, seed: int) -> tuple[Floats, Floats]:
    """The sum under drawn patterns of signs, all as they are first, and the sum of the signs of each.

    Signs are drawn for places in the order of size, so that nothing hangs on the order of the people, and in portions,
    so that many people need no more memory than a few.
    """
    chance, ordered = np.random.default_rng(seed), np.sort(values)
    sums, signs = [np.array([ordered.sum()])], [np.array([float(values.size)])]
    portion = max(1, CELLS // values.size)
    for start in range(0, draws, portion):
        shape = (min(portion, draws - start), values.size)
        flips = chance.integers(0, 2, size=shape) * 2.0 - 1.0
        sums.append(flips @ ordered)
        signs.append(flips.sum(axis=1))
    return np.concatenate(sums), np.concatenate(signs)


def sign_flip_test(
    values: Floats, level: float, draws: int, seed: int, sides: Sides = Sides.TWO_SIDED
) -> tuple[Verdict, bool]:
    """The verdict, and whether it is exact; a sample of patterns has the observed one added, so p is never 0."""
    number = values.size
    if number <= MOST_EXACT:
        return flip_verdict(values, level, sides), True
    return judged_patterns(values, *drawn_sums(values, draws, seed), level, sides), False


def _estimate(cases: Cases, sample: Sample, settings: Settings, label: str, values: Floats) -> Estimate:
    found, exact = sign_flip_test(values, settings.level, settings.draws, settings.seed, settings.sides)
    smallest = (2 if settings.sides is Sides.TWO_SIDED else 1) / 2**values.size if exact else 1 / (settings.draws + 1)
    value = float(values.mean())
    arm = settings.arm or cases.arms[0]
    limits, why_none = None, f"No interval of {settings.level:.4g} has two ends with so few people."
    if found.lower is not None and found.upper is not None:
        rounding = SAME * float(np.abs(values).max())
        limits = interval_with_width(found.lower, found.upper, settings.level, rounding=rounding)
        why_none = why_no_interval(settings.level, people(values.size), "everybody has the same value")
    what = "mean change from baseline" if settings.of is Of.CHANGE else "mean"
    error = () if exact else (("Monte Carlo error of p", monte_carlo_error(found.p, settings.draws)),)
    return Estimate(
        label=label,
        estimand=f"{what} in {arm}",
        method=METHOD.name,
        value=value,
        unit=scale_unit(settings.transform, cases.unit),
        interval=limits,
        p=PValue(found.p, exact=exact, smallest_reachable=smallest, sides=settings.sides.words),
        n_used=sample.count((arm,)),
        left_out=sample.left_out,
        warnings=_warnings(values.size, settings, smallest, exact, "" if limits else why_none),
        details=(("transform", settings.transform.value), *error),
    )


def _warnings(number: int, settings: Settings, smallest: float, exact: bool, why_no_limits: str) -> tuple[str, ...]:
    warnings = []
    if settings.sides is not Sides.TWO_SIDED:
        warnings.append(ONE_SIDED_WARNING.format(sides=settings.sides.value))
    if smallest > 1 - settings.level:
        warnings.append(
            f"With {number} people the smallest {settings.sides.words} p that can come out is {smallest:.4g}, "
            f"above {1 - settings.level:.4g}: the test cannot reach that level whatever the values."
        )
    if why_no_limits:
        warnings.append(why_no_limits)
    if not exact:
        warnings.append(f"p is from {settings.draws} drawn patterns of signs (seed {settings.seed}), not from all.")
    return tuple(warnings)


METHOD = Method(
    name="sign_flip",
    label="exact sign-flip test of a mean change",
    source="Fisher 1935, The Design of Experiments, section 21",
    parse=parse,
    estimate=estimate,
)
