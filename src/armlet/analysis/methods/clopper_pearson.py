"""Exact limits for a proportion: what "0 of 10 had the event" still allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from scipy.special import betaincinv

from armlet.analysis.cases import Cases, Sample, nobody, not_estimable, one_arm, usable
from armlet.analysis.estimates import Estimate, Interval, Result
from armlet.analysis.method import Method, SettingsReader


class Sides(StrEnum):
    """`two-sided` splits what is left of the level; `upper` puts it all above and has the lower limit 0."""

    TWO_SIDED = "two-sided"
    UPPER = "upper"


@dataclass(frozen=True, slots=True)
class Settings:
    """`sides`, `level`, and `arm` where the trial has more than one."""

    sides: Sides = Sides.TWO_SIDED
    level: float = 0.95
    arm: str | None = None


def parse(settings: Mapping[str, object]) -> Settings:
    """Settings `sides` (two-sided, upper), `level`, `arm`; InputError for anything else."""
    reader = SettingsReader("clopper_pearson", settings, ("sides", "level", "arm"))
    parsed = Settings(reader.choice("sides", Sides.TWO_SIDED), reader.fraction("level", 0.95), reader.text("arm"))
    reader.finish()
    return parsed


def clopper_pearson(events: int, people: int, level: float = 0.95, sides: Sides = Sides.TWO_SIDED) -> Interval:
    """Limits for the proportion behind `events` of `people` (at least one person); they hold at least the level."""
    tail = 1 - level if sides is Sides.UPPER else (1 - level) / 2
    lower = 0.0
    if events > 0 and sides is Sides.TWO_SIDED:
        lower = float(betaincinv(events, people - events + 1, tail))
    upper = float(betaincinv(events + 1, people - events, 1 - tail)) if events < people else 1.0
    return Interval(lower, upper, level)


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """The proportion with the event: an outcome of 1 is the event, 0 is none, and baselines play no part."""
    rows = one_arm(cases, settings.arm)
    if isinstance(rows, str):
        return not_estimable(label, METHOD.name, rows, cases.arms, usable((), with_baseline=False))
    sample = usable(rows, with_baseline=False)
    arm = settings.arm or cases.arms[0]
    if problem := _problem(cases, sample):
        return not_estimable(label, METHOD.name, problem, (arm,), sample)
    number, events = len(sample.rows), int(sample.outcomes().sum())
    return Estimate(
        label=label,
        estimand=f"proportion with the event in {arm}",
        method=METHOD.name,
        value=events / number,
        unit="1",
        interval=clopper_pearson(events, number, settings.level, settings.sides),
        p=None,
        n_used={arm: number},
        left_out=sample.left_out,
        details=(("events", events), ("sides", settings.sides.value)),
    )


def _problem(cases: Cases, sample: Sample) -> str | None:
    if not sample.rows:
        return nobody(cases)
    if any(row.outcome not in {0.0, 1.0} for row in sample.rows):
        return "an outcome is neither 0 (no event) nor 1 (event)"
    return None


METHOD = Method(
    name="clopper_pearson",
    label="proportion with exact limits",
    source="Clopper and Pearson 1934 (Biometrika 26, 404-413)",
    parse=parse,
    estimate=estimate,
)
