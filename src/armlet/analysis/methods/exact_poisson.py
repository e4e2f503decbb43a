"""Rates of events with exact limits: of one arm, or the ratio of two arms by the binomial law given all events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from armlet.analysis.cases import Case, Cases, Sample, nobody, not_estimable, two_arm_problem, usable
from armlet.analysis.estimates import Estimate, Interval, PValue, Result
from armlet.analysis.exact_counts import binomial_law, binomial_limits, poisson_limits, sided_p, smallest_p
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.sides import ONE_SIDED_WARNING, Sides, out_of_reach

SPREAD_WARNING = (
    "Events count as independent of each other and everybody in an arm as having the same rate; where a few people "
    "have most of the events, p is too small and the limits are too narrow."
)

MOST_EVENTS: Final = 1_000_000
"""The whole distribution is held: eight bytes an event."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`arm`: the rate of that arm alone. Without it two arms are compared. `per` names the unit of exposure."""

    arm: str | None = None
    per: str = "unit of exposure"
    sides: Sides = Sides.TWO_SIDED
    level: float = 0.95


def parse(settings: Mapping[str, object]) -> Settings:
    """Settings `arm`, `per`, `sides`, `level`; InputError for anything else."""
    reader = SettingsReader("exact_poisson", settings, ("arm", "per", "sides", "level"))
    parsed = Settings(
        reader.text("arm"),
        reader.text("per") or "unit of exposure",
        reader.choice("sides", Sides.TWO_SIDED),
        reader.fraction("level", 0.95),
    )
    reader.finish()
    return parsed


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """Outcomes are counts of events and `Case.exposure` the time at risk; people without either are left out."""
    alone = settings.arm or (cases.arms[0] if len(cases.arms) == 1 else None)
    if alone is not None and alone not in cases.arms:
        return not_estimable(label, METHOD.name, f'the trial has no arm "{alone}"', cases.arms, Sample((), ()))
    arms = cases.arms if alone is None else (alone,)
    sample = _with_exposure(usable((row for row in cases.rows if row.arm in arms), with_baseline=False))
    problem = two_arm_problem(cases, sample, least=1) if alone is None else None
    problem = problem or _problem(cases, sample)
    if problem:
        return not_estimable(label, METHOD.name, problem, arms, sample)
    return _one(sample, settings, label, alone) if alone is not None else _two(cases, sample, settings, label)


def _with_exposure(sample: Sample) -> Sample:
    lacking = tuple((row.participant, "no time at risk") for row in sample.rows if row.exposure is None)
    rows = tuple(row for row in sample.rows if row.exposure is not None)
    return Sample(rows, (*sample.left_out, *lacking))


def _problem(cases: Cases, sample: Sample) -> str | None:
    if not sample.rows:
        return nobody(cases)
    if any(row.outcome is None or row.outcome < 0 or row.outcome % 1 for row in sample.rows):
        return "an outcome is not a count of events (0, 1, 2 …)"
    if any(row.exposure is None or row.exposure <= 0 for row in sample.rows):
        return "somebody's time at risk is not above 0"
    return None


def _totals(rows: tuple[Case, ...], arm: str) -> tuple[int, float]:
    mine = [row for row in rows if row.arm == arm]
    return round(sum(row.outcome or 0.0 for row in mine)), sum(row.exposure or 0.0 for row in mine)


def _one(sample: Sample, settings: Settings, label: str, arm: str) -> Estimate:
    number, exposure = _totals(sample.rows, arm)
    lower, upper = poisson_limits(number, settings.level)
    return Estimate(
        label=label,
        estimand=f"rate of events in {arm}",
        method=METHOD.name,
        value=number / exposure,
        unit=f"1/{settings.per}",
        interval=Interval(lower / exposure, upper / exposure, settings.level),
        p=None,
        n_used=sample.count((arm,)),
        left_out=sample.left_out,
        warnings=(SPREAD_WARNING,),
        details=(("events", number), ("exposure", exposure)),
    )


def _two(cases: Cases, sample: Sample, settings: Settings, label: str) -> Result:
    arm, reference = cases.other_arm(), str(cases.reference)
    (mine, exposure), (others, other_exposure) = _totals(sample.rows, arm), _totals(sample.rows, reference)
    if not mine + others:
        reason = "nobody has an event, so there is no ratio"
        return not_estimable(label, METHOD.name, reason, cases.arms, sample)
    if mine + others > MOST_EVENTS:
        reason = f"the exact distribution is computed for up to {MOST_EVENTS:,} events; here are {mine + others:,}"
        return not_estimable(label, METHOD.name, reason, cases.arms, sample)
    low, high = binomial_limits(mine, mine + others, settings.level)
    scale = other_exposure / exposure
    if not others:
        reason = (
            f"{reference} has no event, so the ratio has no upper bound (lower limit {low / (1 - low) * scale:.4g} at "
            f"{settings.level:.4g}); the rate of each arm can be estimated"
        )
        return not_estimable(label, METHOD.name, reason, cases.arms, sample)
    law = binomial_law(mine + others, exposure / (exposure + other_exposure))
    p = sided_p(law, mine, settings.sides)
    return Estimate(
        label=label,
        estimand=f"ratio of the rates of events, {arm} by {reference}",
        method=METHOD.name,
        value=mine / others * scale,
        unit="1",
        interval=Interval(low / (1 - low) * scale, high / (1 - high) * scale, settings.level),
        p=PValue(p, exact=True, smallest_reachable=min(p, smallest_p(law, settings.sides)), sides=settings.sides.words),
        n_used=sample.count(cases.arms),
        left_out=sample.left_out,
        warnings=_warnings(settings, smallest_p(law, settings.sides), mine + others),
        details=(
            (f"events: {arm}", mine),
            (f"exposure: {arm}", exposure),
            (f"events: {reference}", others),
            (f"exposure: {reference}", other_exposure),
            ("two-sided rule", "all divisions of the events that are no more probable than the one seen"),
        ),
    )


def _warnings(settings: Settings, smallest: float, number: int) -> tuple[str, ...]:
    candidates = (
        (True, SPREAD_WARNING),
        (
            smallest > 1 - settings.level,
            out_of_reach(f"With {number} events", settings.sides, smallest, settings.level),
        ),
        (settings.sides is not Sides.TWO_SIDED, ONE_SIDED_WARNING.format(sides=settings.sides.value)),
    )
    return tuple(words for applies, words in candidates if applies)


METHOD = Method(
    name="exact_poisson",
    label="rates of events with exact limits",
    source="Garwood 1936 (Biometrika 28, 437-442); Przyborowski and Wilenski 1940 (Biometrika 31, 313-323) for the ratio",
    parse=parse,
    estimate=estimate,
    compares_arms=True,
    also_one_arm=True,
    without_effect=lambda settings: 1.0 if settings.arm is None else None,
)
