"""Exact limits for a proportion: what "0 of 10 had the event" still allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from scipy.special import betaincinv

from armlet.analysis.cases import Cases, nobody, not_estimable, one_arm, usable
from armlet.analysis.estimates import Estimate, Interval, Result
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.responders import RESPONDER_NAMES, Responder, events, read_responder


class Sides(StrEnum):
    """`two-sided` splits what is left of the level; `upper` puts it all above and has the lower limit 0, `lower` below."""

    TWO_SIDED = "two-sided"
    UPPER = "upper"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Settings:
    """`sides`, `level`, `arm` where the trial has more than one, and who has the event where outcomes are not 0 and 1."""

    sides: Sides = Sides.TWO_SIDED
    level: float = 0.95
    arm: str | None = None
    responder: Responder | None = None


def parse(settings: Mapping[str, object]) -> Settings:
    """Settings `sides` (two-sided, upper, lower), `level`, `arm`, `responder`, `responder_change`; InputError for others."""
    reader = SettingsReader("clopper_pearson", settings, ("sides", "level", "arm", *RESPONDER_NAMES))
    parsed = Settings(
        reader.choice("sides", Sides.TWO_SIDED),
        reader.fraction("level", 0.95),
        reader.text("arm"),
        read_responder(reader),
    )
    reader.finish()
    return parsed


def clopper_pearson(count: int, people: int, level: float = 0.95, sides: Sides = Sides.TWO_SIDED) -> Interval:
    """Limits for the proportion behind `count` of `people` (at least one person); they hold at least the level."""
    tail = (1 - level) / 2 if sides is Sides.TWO_SIDED else 1 - level
    lower, upper = 0.0, 1.0
    if count > 0 and sides is not Sides.UPPER:
        lower = float(betaincinv(count, people - count + 1, tail))
    if count < people and sides is not Sides.LOWER:
        upper = float(betaincinv(count + 1, people - count, 1 - tail))
    return Interval(lower, upper, level)


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """The proportion with the event: an outcome of 1 is the event, 0 is none, unless a `responder` rule says who has it."""
    rows = one_arm(cases, settings.arm)
    if isinstance(rows, str):
        return not_estimable(label, METHOD.name, rows, cases.arms, usable((), with_baseline=False))
    rule = settings.responder
    sample = usable(rows, with_baseline=rule is not None and rule.of_change)
    arm = settings.arm or cases.arms[0]
    found = events(sample.rows, rule) if sample.rows else nobody(cases)
    if isinstance(found, str):
        return not_estimable(label, METHOD.name, found, (arm,), sample)
    number, count = len(sample.rows), sum(found)
    return Estimate(
        label=label,
        estimand=f"proportion with the event in {arm}",
        method=METHOD.name,
        value=count / number,
        unit="1",
        interval=clopper_pearson(count, number, settings.level, settings.sides),
        p=None,
        n_used={arm: number},
        left_out=sample.left_out,
        details=(("events", count), ("sides", settings.sides.value), *((("event", rule.words),) if rule else ())),
    )


METHOD = Method(
    name="clopper_pearson",
    label="proportion with exact limits",
    source="Clopper and Pearson 1934 (Biometrika 26, 404-413)",
    parse=parse,
    estimate=estimate,
)
