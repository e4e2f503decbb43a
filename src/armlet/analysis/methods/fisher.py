"""Fisher's exact test of two proportions, with their difference and, where it has bounds, the conditional odds ratio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from armlet.analysis.cases import Cases, Sample, not_estimable, two_arm_problem, usable
from armlet.analysis.estimates import Detail, Estimate, Interval, PValue, Result
from armlet.analysis.exact_counts import Table, newcombe_limits, odds_ratio, odds_ratio_limits, sided_p, smallest_p
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.responders import RESPONDER_NAMES, Responder, events, read_responder
from armlet.analysis.sides import ONE_SIDED_WARNING, Sides, out_of_reach

FREE_WARNING = (
    "The test holds both margins and counts every choice of who is in which arm as equally likely; where the "
    "allocation was in blocks or otherwise restricted, the re-randomisation test is the one that fits."
)
DIFFERENCE_WARNING = (
    "The limits of the difference are approximate (Newcombe) and need not agree with the exact p; "
    "those of the odds ratio are exact."
)

MID_P_WARNING = (
    "p is a mid-p: half of the probability of the table seen is left out, and the level may be exceeded a little."
)


class Measure(StrEnum):
    """What the value is: the difference in proportions, which always has bounds, or the conditional odds ratio."""

    DIFFERENCE = "risk_difference"
    ODDS_RATIO = "odds_ratio"


DISAGREE_WARNING = {
    Measure.DIFFERENCE: (
        "p is {p:.4g} and the limits of {level:.4g} {hold} 0: the two disagree about {alpha:.4g}. They may, for p is {kind} "
        "given both margins and the limits of the difference are approximate (Newcombe); p is what counts."
    ),
    Measure.ODDS_RATIO: (
        "p is {p:.4g} and the limits of {level:.4g} {hold} 1: the two disagree about {alpha:.4g}. They may, for p is {kind} "
        "and adds up all tables that are no more probable, whereas the exact limits look at each side by itself."
    ),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """`mid_p` halves the probability of the table seen; such a p is no longer sure to hold its level."""

    measure: Measure = Measure.DIFFERENCE
    sides: Sides = Sides.TWO_SIDED
    mid_p: bool = False
    level: float = 0.95
    responder: Responder | None = None


def parse(settings: Mapping[str, object]) -> Settings:
    """Settings `measure`, `sides`, `mid_p`, `level`, `responder`, `responder_change`; InputError for anything else."""
    reader = SettingsReader("fisher", settings, ("measure", "sides", "mid_p", "level", *RESPONDER_NAMES))
    parsed = Settings(
        reader.choice("measure", Measure.DIFFERENCE),
        reader.choice("sides", Sides.TWO_SIDED),
        reader.flag("mid_p", default=False),
        reader.fraction("level", 0.95),
        read_responder(reader),
    )
    reader.finish()
    return parsed


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """The proportion with the event in the arm that is not the reference, against that of the reference."""
    rule = settings.responder
    sample = usable(cases.rows, with_baseline=rule is not None and rule.of_change)
    problem = two_arm_problem(cases, sample, least=1)
    if problem:
        return not_estimable(label, METHOD.name, problem, cases.arms, sample)
    found = events(sample.rows, rule)
    if isinstance(found, str):
        return not_estimable(label, METHOD.name, found, cases.arms, sample)
    table = _table(cases, sample, found)
    if table.least == table.most:
        reason = "everybody has the event" if all(found) else "nobody has the event"
        return not_estimable(label, METHOD.name, f"{reason}, so there is nothing to compare", cases.arms, sample)
    ratio = odds_ratio(table)
    if settings.measure is Measure.ODDS_RATIO and ratio is None:
        lower, _ = odds_ratio_limits(table, settings.level)
        reason = (
            f"the events are divided as far towards {cases.other_arm()} as they can be: the odds ratio has no upper "
            f"bound (lower limit {lower:.4g} at {settings.level:.4g}); the difference in proportions can be estimated"
        )
        return not_estimable(label, METHOD.name, reason, cases.arms, sample)
    return _estimate(cases, sample, settings, label, table=table, ratio=ratio)


def _table(cases: Cases, sample: Sample, found: list[bool]) -> Table:
    arm = cases.other_arm()
    count = sample.count(cases.arms)
    mine = sum(event for row, event in zip(sample.rows, found, strict=True) if row.arm == arm)
    return Table(mine, count[arm], sum(found) - mine, count[str(cases.reference)])


def _estimate(
    cases: Cases, sample: Sample, settings: Settings, label: str, *, table: Table, ratio: float | None
) -> Estimate:
    law, seen = table.law(), table.events - table.least
    p = sided_p(law, seen, settings.sides) - (law[seen] / 2 if settings.mid_p else 0.0)
    smallest = smallest_p(law, settings.sides)
    arms = f"{cases.other_arm()} against {cases.reference}"
    is_difference = settings.measure is Measure.DIFFERENCE
    lower, upper = odds_ratio_limits(table, settings.level)
    limits = Interval(*newcombe_limits(table, settings.level), settings.level)
    if not is_difference:
        # `estimate` let only tables through whose odds ratio has an upper bound
        limits = Interval(lower, upper if upper is not None else lower, settings.level)
    difference = table.events / table.people - table.other_events / table.other_people
    return Estimate(
        label=label,
        estimand=f"{'difference in proportions' if is_difference else 'conditional odds ratio'} with the event, {arms}",
        method=METHOD.name,
        value=difference if is_difference or ratio is None else ratio,
        unit="1",
        interval=limits,
        p=PValue(float(p), exact=not settings.mid_p, smallest_reachable=min(smallest, p), sides=settings.sides.words),
        n_used=sample.count(cases.arms),
        left_out=sample.left_out,
        warnings=_warnings(settings, smallest, float(p), limits),
        details=_details(cases, settings, table, (ratio, lower, upper)),
    )


def _details(
    cases: Cases, settings: Settings, table: Table, odds: tuple[float | None, float, float | None]
) -> tuple[Detail, ...]:
    names = ("conditional odds ratio", "odds ratio, lower limit", "odds ratio, upper limit")
    responder = (("event", settings.responder.words),) if settings.responder else ()
    return (
        *responder,
        (f"events: {cases.other_arm()}", table.events),
        (f"events: {cases.reference}", table.other_events),
        *((name, "no upper bound" if number is None else number) for name, number in zip(names, odds, strict=True)),
        ("two-sided rule", "all tables that are no more probable than the one seen"),
        ("mid-p", "yes" if settings.mid_p else "no"),
    )


def _disagreement(settings: Settings, p: float, limits: Interval) -> str:
    """What to say where p and limits of the same level answer differently; a one-sided p has no such limits."""
    null, alpha = METHOD.without_effect(settings) or 0.0, 1 - settings.level
    holds = limits.lower <= null <= limits.upper
    if settings.sides is not Sides.TWO_SIDED or (p > alpha) == holds:
        return ""
    hold, kind = "include" if holds else "leave out", "a mid-p" if settings.mid_p else "exact"
    return DISAGREE_WARNING[settings.measure].format(p=p, level=settings.level, hold=hold, alpha=alpha, kind=kind)


def _warnings(settings: Settings, smallest: float, p: float, limits: Interval) -> tuple[str, ...]:
    disagreement = _disagreement(settings, p, limits)
    candidates = (
        (True, FREE_WARNING),
        (bool(disagreement), disagreement),
        (settings.measure is Measure.DIFFERENCE and not disagreement, DIFFERENCE_WARNING),
        (smallest > 1 - settings.level, out_of_reach("With these margins", settings.sides, smallest, settings.level)),
        (settings.mid_p, MID_P_WARNING),
        (settings.sides is not Sides.TWO_SIDED, ONE_SIDED_WARNING.format(sides=settings.sides.value)),
    )
    return tuple(words for applies, words in candidates if applies)


METHOD = Method(
    name="fisher",
    label="Fisher's exact test of two proportions",
    source=(
        "Fisher 1935 (Journal of the Royal Statistical Society 98, 39-82); limits of the difference: Newcombe 1998 "
        "(Statistics in Medicine 17, 873-890), method 10; of the odds ratio: Cornfield 1956, exact"
    ),
    parse=parse,
    estimate=estimate,
    compares_arms=True,
    without_effect=lambda settings: 0.0 if settings.measure is Measure.DIFFERENCE else 1.0,
)
