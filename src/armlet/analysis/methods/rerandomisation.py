"""Re-randomisation: what else could chance have allocated, and how often would that look as different as this did?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np

from armlet.analysis.adjustment import as_columns, with_covariates
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
from armlet.analysis.contrasts import Contrast, adjusted_coefficient, adjusted_t, difference_in_means
from armlet.analysis.estimates import Detail, Estimate, Interval, PValue, Result, interval_with_width, why_no_interval
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.randomisation import OneArmEmpty, StatisticOf, Verdict, judged, monte_carlo_error, tested
from armlet.analysis.ranks import from_middle, pairwise_differences
from armlet.analysis.replay import (
    Replay,
    Replayed,
    drawn_warning,
    kept_warning,
    list_problem,
    reference_set,
    replay_contrast,
    replay_lists,
    replay_of,
)
from armlet.analysis.shifted import TOLERANCE, Search, halved_limits, mean_ranks, step_limits, trimmed_means, yuen_t
from armlet.analysis.sides import ONE_SIDED_WARNING, Sides
from armlet.analysis.transforms import Floats, Transform, scale_unit, transformed


class Statistic(StrEnum):
    """What is compared between the sequences; the choice changes p and is to be made before anybody is unblinded."""

    DIFFERENCE = "difference"
    CHANGE = "change"
    ANCOVA_COEFFICIENT = "ancova_coefficient"
    ANCOVA_T = "ancova_t"
    RANKS = "ranks"
    TRIMMED_MEANS = "trimmed_means"
    YUEN = "yuen"


ITSELF: Final = frozenset(
    {Statistic.DIFFERENCE, Statistic.CHANGE, Statistic.ANCOVA_COEFFICIENT, Statistic.TRIMMED_MEANS}
)
"""Those that order the lists by the very difference that is reported."""


class Of(StrEnum):
    """What is compared: the outcome itself, or its change from baseline."""

    OUTCOME = "outcome"
    CHANGE = "change"


STATISTIC_WORDS = {
    Statistic.DIFFERENCE: "difference in means of the {of}",
    Statistic.CHANGE: "difference in means of the {of}",
    Statistic.ANCOVA_COEFFICIENT: "difference between the arms at the same {beside} (coefficient)",
    Statistic.ANCOVA_T: "difference between the arms at the same {beside} (its t as statistic)",
    Statistic.RANKS: "Hodges-Lehmann shift of the {of} (mean ranks as statistic)",
    Statistic.TRIMMED_MEANS: "difference in trimmed means of the {of}",
    Statistic.YUEN: "difference in trimmed means of the {of} (Yuen's t as statistic)",
}

ONE_SHIFT: Final = "one shift alone would make the arms exactly alike, and the test rejects every other"

ADJUSTED = frozenset({Statistic.ANCOVA_COEFFICIENT, Statistic.ANCOVA_T})
SHIFTED = frozenset({Statistic.RANKS, Statistic.TRIMMED_MEANS, Statistic.YUEN})
"""Statistics whose limits are found by trying shifts."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`most_sequences`: up to so many, all are taken; beyond it `draws` are drawn with `seed`.

    `covariates` stand beside the baseline in an adjusted statistic, by name. `trim` is the share taken off each end of
    each arm. `arm` is needed where there are more than two: it is compared with the reference. The statistic `change`
    is the difference of changes. Without `interval` no limits are looked for: for simulations, where only p counts.
    """

    statistic: Statistic = Statistic.DIFFERENCE
    of: Of = Of.OUTCOME
    transform: Transform = Transform.NONE
    level: float = 0.95
    sides: Sides = Sides.TWO_SIDED
    one_arm_empty: OneArmEmpty = OneArmEmpty.EXTREME
    covariates: tuple[str, ...] = ()
    trim: float = 0.2
    arm: str | None = None
    interval: bool = True
    most_sequences: int = 300_000
    draws: int = 9_999
    seed: int = 1

    @property
    def is_change(self) -> bool:
        """Whether changes from baseline are compared."""
        return self.statistic is Statistic.CHANGE or (self.of is Of.CHANGE and not self.is_adjusted)

    @property
    def is_adjusted(self) -> bool:
        """Whether arms are compared at the same baseline."""
        return self.statistic in ADJUSTED

    @property
    def with_baseline(self) -> bool:
        """Whether people without a baseline have to be left out."""
        return self.is_adjusted or self.is_change

    @property
    def words(self) -> str:
        """What is compared."""
        beside = " and ".join(("baseline", *self.covariates))
        of = "change from baseline" if self.is_change else "outcome"
        return STATISTIC_WORDS[self.statistic].format(of=of, beside=beside)


_NAMES = (
    *("statistic", "of", "transform", "level", "sides", "one_arm_empty", "covariates", "trim", "arm", "interval"),
    *("most_sequences", "draws", "seed"),
)


def parse(settings: Mapping[str, object]) -> Settings:
    """Every field of `Settings` by its name; InputError for anything else."""
    reader = SettingsReader("rerandomisation", settings, _NAMES)
    parsed = Settings(
        reader.choice("statistic", Statistic.DIFFERENCE),
        reader.choice("of", Of.OUTCOME),
        reader.choice("transform", Transform.NONE),
        reader.fraction("level", 0.95),
        reader.choice("sides", Sides.TWO_SIDED),
        reader.choice("one_arm_empty", OneArmEmpty.EXTREME),
        reader.words("covariates"),
        reader.fraction("trim", 0.2),
        reader.text("arm"),
        reader.flag("interval", default=True),
        reader.whole("most_sequences", 300_000, least=1),
        reader.whole("draws", 9_999, least=999),
        reader.whole("seed", 1, least=0),
    )
    reader.finish()
    return parsed


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """The difference between two arms, with p from the sequences that the trial's own scheme allows.

    People without a usable value keep their slot: whole lists are replayed and then looked at where somebody was
    observed. Levels of factors, and the arms of those who are not compared, stay as they were. The interval holds
    every constant shift (on the scale of the analysis) that the test does not reject. Raises InputError where the
    scheme itself has errors.
    """
    pair = _two_arms(cases, settings.arm)
    if isinstance(pair, str):
        return not_estimable(label, METHOD.name, pair, cases.arms, usable((), with_baseline=False))
    sample = usable(pair.rows, with_baseline=settings.with_baseline)
    sample = with_covariates(sample, settings.covariates) if settings.is_adjusted else sample
    problem = two_arm_problem(pair, sample, least=1)
    problem = problem or values_problem(settings.transform, sample, with_baseline=settings.with_baseline)
    problem = problem or _value_problem(sample, settings) or list_problem(cases, sample)
    if problem or cases.scheme is None:
        return not_estimable(label, METHOD.name, problem or "no scheme", pair.arms, sample)
    statistic = _statistic(sample, settings, sample.is_in(pair.other_arm()))
    if isinstance(statistic, str):
        return not_estimable(label, METHOD.name, statistic, pair.arms, sample)
    compared = (pair.other_arm(), str(pair.reference))
    replay = replay_of(cases, cases.scheme, sample, compared, (settings.most_sequences, settings.draws, settings.seed))
    if not bool(statistic(replay.observed[np.newaxis, :].astype(np.int8)).defined[0]):
        return not_estimable(label, METHOD.name, _undefined_reason(settings), pair.arms, sample)
    try:
        found, verdict, how = _compare(replay, sample, settings, statistic)
    except ValueError as too_large:
        return not_estimable(label, METHOD.name, str(too_large), pair.arms, sample)
    return _estimate(pair, sample, settings, label, found=found, verdict=verdict, how=how)


def _two_arms(cases: Cases, arm: str | None) -> Cases | str:
    """The cases of two arms only, or which setting is missing."""
    if arm is None or cases.reference is None:
        return cases
    if arm not in cases.arms or arm == cases.reference:
        return f'the setting "arm" is to name an arm that is not the reference; got "{arm}"'
    compared = tuple(one for one in cases.arms if one in {arm, cases.reference})
    return replace(cases, arms=compared, rows=tuple(row for row in cases.rows if row.arm in compared))


def _value_problem(sample: Sample, settings: Settings) -> str | None:
    if float(np.ptp(responses(settings.transform, sample, change=settings.is_change))) == 0:
        return "everybody has the same value, so there is nothing to compare"
    if settings.is_adjusted and not settings.covariates and float(np.ptp(sample.baselines())) == 0:
        return "everybody has the same baseline, so there is nothing to adjust for"
    if settings.trim >= 0.5:
        return "a trim of half or more leaves nobody"
    return None


def _undefined_reason(settings: Settings) -> str:
    if settings.is_adjusted:
        known = "baseline and covariates" if settings.covariates else "baseline"
        return f"the arm can be told from the {known} alone, so their effects cannot be separated"
    return "too few people, or no spread, are left in an arm for this statistic"


def _values(sample: Sample, settings: Settings) -> Floats:
    values = responses(settings.transform, sample, change=settings.is_change)
    by_ranks_of_outcomes = settings.statistic is Statistic.RANKS and not settings.is_change
    return from_middle(values) if by_ranks_of_outcomes else values


def _statistic(sample: Sample, settings: Settings, observed: Floats) -> StatisticOf | str:
    values = _values(sample, settings)
    if settings.statistic in SHIFTED:
        return _at(values, settings)
    if not settings.is_adjusted:
        return difference_in_means(values, observed)
    covariates = _beside(sample, settings)
    if isinstance(covariates, str):
        return covariates
    adjusted = adjusted_t if settings.statistic is Statistic.ANCOVA_T else adjusted_coefficient
    return adjusted(values, covariates, observed)


def _at(values: Floats, settings: Settings) -> StatisticOf:
    if settings.statistic is Statistic.RANKS:
        return mean_ranks(values)
    by_order = yuen_t if settings.statistic is Statistic.YUEN else trimmed_means
    return by_order(values, settings.trim)


def _beside(sample: Sample, settings: Settings) -> Floats | str:
    covariates = as_columns(sample.rows, settings.covariates)
    if isinstance(covariates, str):
        return covariates
    return np.column_stack([transformed(settings.transform, sample.baselines()), covariates.columns])


def _compare(
    replay: Replay, sample: Sample, settings: Settings, statistic: StatisticOf
) -> tuple[Replayed, Verdict, str]:
    """The lists' statistics, the verdict on them, and how the limits were found."""
    empty, sides = settings.one_arm_empty, settings.sides
    if isinstance(statistic, Contrast) and settings.statistic not in SHIFTED:
        found = replay_contrast(replay, statistic, empty, sides, limits=settings.interval)
        if settings.interval:
            return found, judged(found.lists, found.seen, settings.level, empty, sides), "roots of linear equations"
        return found, tested(found.lists, found.seen, empty, sides), "not asked for"
    reference = reference_set(replay)
    found = replay_lists(replay, reference, statistic, empty, sides)
    verdict = tested(found.lists, found.seen, empty, sides)
    if not settings.interval:
        return found, verdict, "not asked for"
    values = _values(sample, settings)
    search = Search(reference, replay.observed, values, lambda moved: _at(moved, settings), empty, 1 - settings.level)
    limits = step_limits if settings.statistic is Statistic.RANKS else halved_limits
    value = _value(sample, settings, replay.observed)
    lower, upper, how = limits(search, value)
    # of differences that count as the same, the limits may have taken another than the estimate has
    lower, upper = lower if lower is None else min(lower, value), upper if upper is None else max(upper, value)
    return found, replace(verdict, lower=lower, upper=upper), how


def _estimate(
    pair: Cases, sample: Sample, settings: Settings, label: str, *, found: Replayed, verdict: Verdict, how: str
) -> Estimate:
    least = min(verdict.p, found.smallest)
    arm, interval = pair.other_arm(), _interval(verdict, _values(sample, settings), settings.level)
    return Estimate(
        label=label,
        estimand=f"{settings.words}, {arm} minus {pair.reference}",
        method=METHOD.name,
        value=float(found.seen.at_zero[0])
        if settings.statistic in ITSELF
        else _value(sample, settings, sample.is_in(arm)),
        unit=scale_unit(settings.transform, pair.unit),
        interval=interval,
        p=PValue(verdict.p, exact=found.exact, smallest_reachable=least, sides=settings.sides.words),
        n_used=sample.count(pair.arms),
        left_out=sample.left_out,
        warnings=_warnings(pair, sample, settings, found, verdict=verdict, least=least, interval=interval),
        details=_details(settings, found, verdict, how),
    )


def _value(sample: Sample, settings: Settings, observed: Floats) -> float:
    """The difference itself where the lists are ordered by something else: by ranks, or by a t."""
    values = _values(sample, settings)
    if settings.statistic is Statistic.RANKS:
        return float(np.median(pairwise_differences(values[observed == 1], values[observed == 0])))
    if settings.statistic in SHIFTED:
        statistic: StatisticOf = trimmed_means(values, settings.trim)
    else:
        covariates = _beside(sample, settings)
        assert not isinstance(covariates, str)
        statistic = adjusted_coefficient(values, covariates, observed)
    return float(statistic(observed[np.newaxis, :].astype(np.int8)).at_zero[0])


def _interval(found: Verdict, values: Floats, level: float) -> Interval | None:
    """None where a side has no end, and where both are one shift but for the precision that they are looked for with."""
    if found.lower is None or found.upper is None:
        return None
    return interval_with_width(found.lower, found.upper, level, rounding=4 * TOLERANCE * float(np.ptp(values)))


RULES = {
    Sides.TWO_SIDED: "at least as far from 0 as the observed statistic, the observed list counted",
    Sides.GREATER: "at least as large as the observed statistic, the observed list counted",
    Sides.LESS: "at most as large as the observed statistic, the observed list counted",
}


def _details(settings: Settings, found: Replayed, verdict: Verdict, how: str) -> tuple[Detail, ...]:
    details: list[Detail] = [
        ("statistic", settings.statistic.value),
        ("transform", settings.transform.value),
        (f"{'two' if settings.sides is Sides.TWO_SIDED else 'one'}-sided rule", RULES[settings.sides]),
    ]
    if settings.statistic in {Statistic.TRIMMED_MEANS, Statistic.YUEN}:
        details.append(("trimmed from each end of each arm", settings.trim))
    if settings.statistic in SHIFTED:
        details.append(("limits by", how))
    if found.chance is not None:
        details.append(("distinct allocations of the people observed", found.number))
        details.append(("probability of the observed allocation", found.chance))
    else:
        details.append(("lists drawn", found.number))
        details.append(("seed", settings.seed))
        details.append(("Monte Carlo error of p", monte_carlo_error(verdict.p, found.number)))
    if verdict.undefined:
        details.append(("probability of an arm with nobody to compare", verdict.undefined))
        details.append(("such lists are", settings.one_arm_empty.value))
    return tuple(details)


def _warnings(
    pair: Cases,
    sample: Sample,
    settings: Settings,
    found: Replayed,
    *,
    verdict: Verdict,
    least: float,
    interval: Interval | None,
) -> tuple[str, ...]:
    alpha = 1 - settings.level
    has_ends = verdict.lower is not None and verdict.upper is not None
    others = sum(arm not in pair.arms for arm in pair.allocated)
    missing = len(pair.allocated) - others - len(sample.rows)
    candidates = (
        (least > alpha, _too_few(len(sample.rows), least, alpha, settings.sides)),
        (settings.interval and not has_ends, _no_interval(settings.level)),
        (has_ends and interval is None, why_no_interval(settings.level, people(len(sample.rows)), ONE_SHIFT)),
        (verdict.undefined > 0, _undefined(verdict.undefined, settings.one_arm_empty)),
        (missing > 0, kept_warning(missing, "had no usable value")),
        (others > 0, _held(others)),
        (not found.exact, drawn_warning(found, settings.seed, verdict.p)),
        (settings.sides is not Sides.TWO_SIDED, ONE_SIDED_WARNING.format(sides=settings.sides.value)),
    )
    return tuple(words for applies, words in candidates if applies)


def _too_few(number: int, least: float, alpha: float, sides: Sides) -> str:
    return (
        f"Under this allocation, with {number} people observed, the smallest {sides.words} p that can come out is "
        f"{least:.4g}, above {alpha:.4g}: the test cannot reach that level whatever the outcomes."
    )


def _held(number: int) -> str:
    return (
        f"{people(number).capitalize()} of the list of allocations had another arm and kept it in every list: "
        "p and limits are those of the two arms compared, given who had another."
    )


def _no_interval(level: float) -> str:
    return (
        f"No interval of {level:.4g} has two ends: the observed allocation, its mirror image and what counts with them "
        "are too probable for any shift to be rejected on at least one side."
    )


def _undefined(probability: float, rule: OneArmEmpty) -> str:
    done = {
        OneArmEmpty.EXTREME: "they count as extreme",
        OneArmEmpty.NOT_EXTREME: "they count as not extreme",
        OneArmEmpty.CONDITION: "they are left out and the rest is scaled up",
    }
    return (
        f"With probability {probability:.4g} the allocation leaves nothing to compare among the people observed "
        f"(one arm empty, or told by the baseline); {done[rule]}."
    )


METHOD = Method(
    name="rerandomisation",
    label="re-randomisation test over the trial's own allocations",
    source="Fisher 1935; Edgington 1980; Rosenberger and Lachin 2016, chapter 6; limits by inversion as Rosenbaum 2002",
    parse=parse,
    estimate=estimate,
    replays_allocation=True,
    compares_arms=True,
    takes_covariates=True,
    names_covariates=True,
)
