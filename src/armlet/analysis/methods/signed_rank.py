"""Wilcoxon's signed-rank test, exact under ties, with the Hodges-Lehmann estimate: one arm against no change."""

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
from armlet.analysis.estimates import Estimate, Interval, PValue, Result, why_no_interval
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.ranks import is_zero, signed_rank_limits, signed_rank_test, walsh_averages
from armlet.analysis.sides import ONE_SIDED_WARNING, Sides
from armlet.analysis.transforms import Floats, Transform, scale_unit

MOST_PEOPLE = 200
"""Counting every signed sum is quick up to here; armlet is for small trials."""


class Zeros(StrEnum):
    """`wilcoxon` drops the people who did not change before ranking; `pratt` ranks them and then drops them."""

    WILCOXON = "wilcoxon"
    PRATT = "pratt"


@dataclass(frozen=True, slots=True)
class Settings:
    """`arm` is needed where the trial has more than one; a change is of transformed values."""

    zeros: Zeros = Zeros.WILCOXON
    transform: Transform = Transform.NONE
    level: float = 0.95
    arm: str | None = None
    sides: Sides = Sides.TWO_SIDED


def parse(settings: Mapping[str, object]) -> Settings:
    """Settings `zeros` (wilcoxon, pratt), `transform`, `level`, `arm`, `sides`; InputError for anything else."""
    reader = SettingsReader("signed_rank", settings, ("zeros", "transform", "level", "arm", "sides"))
    parsed = Settings(
        reader.choice("zeros", Zeros.WILCOXON),
        reader.choice("transform", Transform.NONE),
        reader.fraction("level", 0.95),
        reader.text("arm"),
        reader.choice("sides", Sides.TWO_SIDED),
    )
    reader.finish()
    return parsed


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """The median of the Walsh averages of all changes (zeros too), with exact p and limits.

    The test asks whether changes are symmetric about zero; there is no comparison with people left untreated.
    """
    rows = one_arm(cases, settings.arm)
    if isinstance(rows, str):
        return not_estimable(label, METHOD.name, rows, cases.arms, usable((), with_baseline=True))
    sample = usable(rows, with_baseline=True)
    arms = (settings.arm or cases.arms[0],)
    problem = _problem(cases, sample) or values_problem(settings.transform, sample, with_baseline=True)
    if problem:
        return not_estimable(label, METHOD.name, problem, arms, sample)
    changes = responses(settings.transform, sample, change=True)
    if bool(is_zero(changes).all()):
        return not_estimable(label, METHOD.name, "nobody changed at all", arms, sample)
    return _estimate(cases, sample, settings, label, changes)


def _problem(cases: Cases, sample: Sample) -> str | None:
    if not sample.rows:
        return nobody(cases)
    if len(sample.rows) == 1:
        return "one person's change says nothing about chance; at least 2 people needed"
    if len(sample.rows) > MOST_PEOPLE:
        return f"the exact distribution is computed for up to {MOST_PEOPLE} people; here are {len(sample.rows)}"
    return None


def _estimate(cases: Cases, sample: Sample, settings: Settings, label: str, changes: Floats) -> Estimate:
    pratt = settings.zeros is Zeros.PRATT
    test = signed_rank_test(changes, pratt=pratt, sides=settings.sides)
    limits = signed_rank_limits(changes, settings.level, pratt=pratt)
    value = float(np.median(walsh_averages(changes)))
    arm, interval = settings.arm or cases.arms[0], limits.around(value, settings.level)
    return Estimate(
        label=label,
        estimand=f"Hodges-Lehmann median of the change from baseline in {arm}",
        method=METHOD.name,
        value=value,
        unit=scale_unit(settings.transform, cases.unit),
        interval=interval,
        p=PValue(test.p, exact=True, smallest_reachable=test.smallest, sides=settings.sides.words),
        n_used=sample.count((arm,)),
        left_out=sample.left_out,
        warnings=_warnings(changes, settings, test.smallest, (interval, limits.attained)),
        details=(
            ("V", test.statistic),
            ("mid-p", test.mid_p),
            ("changes ranked", test.used),
            ("changes of zero", changes.size - test.used),
            ("zeros", settings.zeros.value),
            ("transform", settings.transform.value),
        ),
    )


def _warnings(
    changes: Floats, settings: Settings, smallest: float, limits: tuple[Interval | None, float]
) -> tuple[str, ...]:
    warnings, sides, (interval, attained) = list[str](), settings.sides, limits
    if sides is not Sides.TWO_SIDED:
        warnings.append(ONE_SIDED_WARNING.format(sides=sides.value))
    ranked = int((~is_zero(changes)).sum())
    if smallest > 1 - settings.level:
        warnings.append(
            f"With {ranked} changes other than zero the smallest {sides.words} p that can come out is {smallest:.4g}, "
            f"above {1 - settings.level:.4g}: the test cannot reach that level whatever the changes."
        )
    if interval is None:
        given = f"{people(ranked)} whose change is other than zero"
        warnings.append(why_no_interval(attained, given, "everybody who changed has the same change"))
    elif attained < settings.level:
        warnings.append(
            f"{ranked} changes are too few for an interval of {settings.level:.4g}: "
            f"the widest one there is holds {attained:.4%} and is given."
        )
    return tuple(warnings)


METHOD = Method(
    name="signed_rank",
    label="exact signed-rank test with Hodges-Lehmann estimate",
    source="Wilcoxon 1945; Pratt 1959; Hodges and Lehmann 1963; Hollander, Wolfe and Chicken 2014, chapter 3",
    parse=parse,
    estimate=estimate,
)
