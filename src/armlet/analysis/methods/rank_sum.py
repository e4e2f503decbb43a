"""Rank-sum (Mann-Whitney) test, exact under ties, with the Hodges-Lehmann shift between two arms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from armlet.analysis.cases import (
    Cases,
    Sample,
    not_estimable,
    people,
    responses,
    two_arm_problem,
    usable,
    values_problem,
)
from armlet.analysis.estimates import Estimate, Interval, PValue, Result, why_no_interval
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.ranks import from_middle, pairwise_differences, rank_sum_limits, rank_sum_test
from armlet.analysis.sides import ONE_SIDED_WARNING, Sides
from armlet.analysis.transforms import Floats, Transform, scale_unit

MOST_PEOPLE = 100
"""Counting every choice of people is quick up to here; armlet is for small trials."""

FREE_WARNING = (
    "Every choice of who is in which arm counts as equally likely; where the allocation was in blocks or otherwise "
    "restricted, the re-randomisation test is the one that fits."
)


class Of(StrEnum):
    """What is ranked: the outcome itself, or its change from baseline."""

    OUTCOME = "outcome"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Settings:
    """`of` outcome or change; `transform` matters for changes and for the shift, not for ranks of outcomes."""

    of: Of = Of.OUTCOME
    transform: Transform = Transform.NONE
    level: float = 0.95
    sides: Sides = Sides.TWO_SIDED


def parse(settings: Mapping[str, object]) -> Settings:
    """Settings `of`, `transform`, `level`, `sides`; InputError for anything else."""
    reader = SettingsReader("rank_sum", settings, ("of", "transform", "level", "sides"))
    parsed = Settings(
        reader.choice("of", Of.OUTCOME),
        reader.choice("transform", Transform.NONE),
        reader.fraction("level", 0.95),
        reader.choice("sides", Sides.TWO_SIDED),
    )
    reader.finish()
    return parsed


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """The median of all differences between a person of the one arm and one of the reference."""
    change = settings.of is Of.CHANGE
    sample = usable(cases.rows, with_baseline=change)
    problem = two_arm_problem(cases, sample, least=1) or _size_problem(sample)
    problem = problem or values_problem(settings.transform, sample, with_baseline=change)
    if problem:
        return not_estimable(label, METHOD.name, problem, cases.arms, sample)
    values = responses(settings.transform, sample, change=change)
    if float(np.ptp(values)) == 0:
        return not_estimable(label, METHOD.name, "everybody has the same value", cases.arms, sample)
    values = values if change else from_middle(values)
    arm = sample.is_in(cases.other_arm())
    return _estimate(cases, sample, settings, label, (values[arm == 1], values[arm == 0]))


def _size_problem(sample: Sample) -> str | None:
    if len(sample.rows) > MOST_PEOPLE:
        return f"the exact distribution is computed for up to {MOST_PEOPLE} people; here are {len(sample.rows)}"
    return None


def _estimate(cases: Cases, sample: Sample, settings: Settings, label: str, groups: tuple[Floats, Floats]) -> Estimate:
    test = rank_sum_test(*groups, settings.sides)
    limits = rank_sum_limits(*groups, settings.level)
    value = float(np.median(pairwise_differences(*groups)))
    interval = limits.around(value, settings.level)
    what = "change from baseline" if settings.of is Of.CHANGE else "outcome"
    return Estimate(
        label=label,
        estimand=f"Hodges-Lehmann shift of the {what}, {cases.other_arm()} minus {cases.reference}",
        method=METHOD.name,
        value=value,
        unit=scale_unit(settings.transform, cases.unit),
        interval=interval,
        p=PValue(test.p, exact=True, smallest_reachable=test.smallest, sides=settings.sides.words),
        n_used=sample.count(cases.arms),
        left_out=sample.left_out,
        warnings=_warnings(test.used, settings, test.smallest, (interval, limits.attained)),
        details=(("W", test.statistic), ("mid-p", test.mid_p), ("transform", settings.transform.value)),
    )


def _warnings(
    number: int, settings: Settings, smallest: float, limits: tuple[Interval | None, float]
) -> tuple[str, ...]:
    warnings, level, sides, (interval, attained) = [FREE_WARNING], settings.level, settings.sides, limits
    if sides is not Sides.TWO_SIDED:
        warnings.append(ONE_SIDED_WARNING.format(sides=sides.value))
    if smallest > 1 - level:
        warnings.append(
            f"With {number} people the smallest {sides.words} p that can come out is {smallest:.4g}, "
            f"above {1 - level:.4g}: the test cannot reach that level whatever the values."
        )
    if interval is None:
        alike = "every difference between a person of the one arm and one of the other is the same"
        warnings.append(why_no_interval(attained, people(number), alike))
    elif attained < level:
        warnings.append(
            f"{number} people are too few for an interval of {level:.4g}: "
            f"the widest one there is holds {attained:.4%} and is given."
        )
    return tuple(warnings)


METHOD = Method(
    name="rank_sum",
    label="exact rank-sum test with Hodges-Lehmann shift",
    source="Wilcoxon 1945; Mann and Whitney 1947; Hodges and Lehmann 1963; Streitberg and Roehmel 1986 for ties",
    parse=parse,
    estimate=estimate,
    compares_arms=True,
)
