"""Re-randomisation: what else could chance have allocated, and how often would that look as different as this did?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from armlet.allocation.scheme import Scheme, sequence_probability
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
from armlet.analysis.contrasts import adjusted_coefficient, adjusted_t, difference_in_means
from armlet.analysis.estimates import Detail, Estimate, Interval, PValue, Result
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.randomisation import (
    OneArmEmpty,
    ReferenceSet,
    StatisticOf,
    Verdict,
    enumerated,
    monte_carlo_error,
    probability_of,
    rerandomised,
    sampled,
    smallest_reachable,
)
from armlet.analysis.sequences import can_list, drawn_sequences, every_sequence
from armlet.analysis.transforms import Floats, Transform, scale_unit, transformed


class Statistic(StrEnum):
    """What is compared between the sequences; the choice changes p and is to be made before anybody is unblinded."""

    DIFFERENCE = "difference"
    CHANGE = "change"
    ANCOVA_COEFFICIENT = "ancova_coefficient"
    ANCOVA_T = "ancova_t"


STATISTIC_WORDS = {
    Statistic.DIFFERENCE: "difference in means of the outcome",
    Statistic.CHANGE: "difference in means of the change from baseline",
    Statistic.ANCOVA_COEFFICIENT: "difference between the arms at the same baseline (coefficient)",
    Statistic.ANCOVA_T: "difference between the arms at the same baseline (its t as statistic)",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """`most_sequences`: up to so many, all are taken; beyond it `draws` are drawn with `seed`."""

    statistic: Statistic = Statistic.DIFFERENCE
    transform: Transform = Transform.NONE
    level: float = 0.95
    one_arm_empty: OneArmEmpty = OneArmEmpty.EXTREME
    most_sequences: int = 300_000
    draws: int = 9_999
    seed: int = 1

    @property
    def with_baseline(self) -> bool:
        """Whether people without a baseline have to be left out."""
        return self.statistic is not Statistic.DIFFERENCE


_NAMES = ("statistic", "transform", "level", "one_arm_empty", "most_sequences", "draws", "seed")


def parse(settings: Mapping[str, object]) -> Settings:
    """Every field of `Settings` by its name; InputError for anything else."""
    reader = SettingsReader("rerandomisation", settings, _NAMES)
    parsed = Settings(
        reader.choice("statistic", Statistic.DIFFERENCE),
        reader.choice("transform", Transform.NONE),
        reader.fraction("level", 0.95),
        reader.choice("one_arm_empty", OneArmEmpty.EXTREME),
        reader.whole("most_sequences", 300_000, least=1),
        reader.whole("draws", 9_999, least=999),
        reader.whole("seed", 1, least=0),
    )
    reader.finish()
    return parsed


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """The difference between two arms, with p from the sequences that the trial's own scheme allows.

    People without a usable value keep their slot: whole lists are replayed and then looked at where somebody was
    observed. The interval holds every constant shift (on the scale of the analysis) that the test does not reject.
    Raises InputError where the scheme itself has errors.
    """
    sample = usable(cases.rows, with_baseline=settings.with_baseline)
    problem = two_arm_problem(cases, sample, least=1)
    problem = problem or values_problem(settings.transform, sample, with_baseline=settings.with_baseline)
    problem = problem or _value_problem(sample, settings) or _list_problem(cases, sample)
    if problem or cases.scheme is None:
        return not_estimable(label, METHOD.name, problem or "no scheme", cases.arms, sample)
    observed = sample.is_in(cases.other_arm())
    statistic = _statistic(sample, settings, observed)
    if not bool(statistic(observed[np.newaxis, :].astype(np.int8)).defined[0]):
        reason = "the arm can be told from the baseline alone, so their effects cannot be separated"
        return not_estimable(label, METHOD.name, reason, cases.arms, sample)
    return _estimate(cases, sample, settings, label, scheme=cases.scheme, statistic=statistic)


def _value_problem(sample: Sample, settings: Settings) -> str | None:
    values = responses(settings.transform, sample, change=settings.statistic is Statistic.CHANGE)
    if float(np.ptp(values)) == 0:
        return "everybody has the same value, so there is nothing to compare"
    if _is_adjusted(settings) and float(np.ptp(sample.baselines())) == 0:
        return "everybody has the same baseline, so there is nothing to adjust for"
    return None


def _list_problem(cases: Cases, sample: Sample) -> str | None:
    """Why the list of allocations cannot be replayed, or None."""
    if cases.scheme is None or not cases.allocated:
        return "how the arms were allocated is not known, so no other allocation can be tried"
    if any(row.slot is None for row in sample.rows):
        return "somebody's place in the list of allocations is not known"
    if set(cases.scheme.arms) != set(cases.arms):
        return "the arms of the allocation are not the arms of the analysis"
    if not sequence_probability(cases.scheme, _as_positions(cases.scheme, cases.allocated)):
        return f"the list of allocations cannot have come from {cases.scheme.method}: the test would not fit the trial"
    return None


def _as_positions(scheme: Scheme, allocated: Sequence[str]) -> tuple[int, ...]:
    return tuple(scheme.arms.index(arm) for arm in allocated)


def _is_adjusted(settings: Settings) -> bool:
    return settings.statistic in {Statistic.ANCOVA_COEFFICIENT, Statistic.ANCOVA_T}


def _statistic(sample: Sample, settings: Settings, observed: Floats) -> StatisticOf:
    values = responses(settings.transform, sample, change=settings.statistic is Statistic.CHANGE)
    if not _is_adjusted(settings):
        return difference_in_means(values, observed)
    baseline = transformed(settings.transform, sample.baselines())
    if settings.statistic is Statistic.ANCOVA_T:
        return adjusted_t(values, baseline, observed)
    return adjusted_coefficient(values, baseline, observed)


def _reference_set(cases: Cases, scheme: Scheme, sample: Sample, settings: Settings) -> ReferenceSet:
    number, arm = len(cases.allocated), scheme.arms.index(cases.other_arm())
    keep = [row.slot - 1 for row in sample.rows if row.slot is not None]
    if can_list(scheme, number, settings.most_sequences):
        return enumerated(*every_sequence(scheme, number), arm, keep)
    drawn = drawn_sequences(scheme, number, settings.draws, settings.seed)
    return sampled(drawn, _as_positions(scheme, cases.allocated), arm, keep)


def _estimate(
    cases: Cases, sample: Sample, settings: Settings, label: str, *, scheme: Scheme, statistic: StatisticOf
) -> Estimate:
    reference = _reference_set(cases, scheme, sample, settings)
    observed = sample.is_in(cases.other_arm()).astype(np.int8)
    found = rerandomised(reference, observed, statistic, settings.level, settings.one_arm_empty)
    defined = statistic(reference.assigned).defined
    least = min(found.p, smallest_reachable(reference, defined, settings.one_arm_empty))
    unit = scale_unit(settings.transform, cases.unit)
    return Estimate(
        label=label,
        estimand=f"{STATISTIC_WORDS[settings.statistic]}, {cases.other_arm()} minus {cases.reference}",
        method=METHOD.name,
        value=_value(sample, settings, cases.other_arm()),
        unit=unit,
        interval=_interval(found, settings.level),
        p=PValue(found.p, exact=reference.exact, smallest_reachable=least),
        n_used=sample.count(cases.arms),
        left_out=sample.left_out,
        warnings=_warnings(cases, sample, settings, reference, found=found, least=least),
        details=_details(settings, reference, observed, found),
    )


def _value(sample: Sample, settings: Settings, arm: str) -> float:
    """The difference itself, also where t orders the sequences."""
    observed = sample.is_in(arm)
    values = responses(settings.transform, sample, change=settings.statistic is Statistic.CHANGE)
    statistic = difference_in_means(values, observed)
    if _is_adjusted(settings):
        statistic = adjusted_coefficient(values, transformed(settings.transform, sample.baselines()), observed)
    return float(statistic(observed[np.newaxis, :].astype(np.int8)).at_zero[0])


def _interval(found: Verdict, level: float) -> Interval | None:
    if found.lower is None or found.upper is None:
        return None
    return Interval(found.lower, found.upper, level)


def _details(
    settings: Settings, reference: ReferenceSet, observed: npt.NDArray[np.int8], found: Verdict
) -> tuple[Detail, ...]:
    details: list[Detail] = [
        ("statistic", settings.statistic.value),
        ("transform", settings.transform.value),
        ("two-sided rule", "at least as far from 0 as the observed statistic, the observed list counted"),
    ]
    if reference.exact:
        details.append(("distinct allocations of the people observed", len(reference.assigned)))
        details.append(("probability of the observed allocation", probability_of(reference, observed)))
    else:
        details.append(("lists drawn", reference.draws))
        details.append(("seed", settings.seed))
        details.append(("Monte Carlo error of p", monte_carlo_error(found.p, reference.draws)))
    if found.undefined:
        details.append(("probability of an arm with nobody to compare", found.undefined))
        details.append(("such lists are", settings.one_arm_empty.value))
    return tuple(details)


def _warnings(
    cases: Cases, sample: Sample, settings: Settings, reference: ReferenceSet, *, found: Verdict, least: float
) -> tuple[str, ...]:
    alpha = 1 - settings.level
    candidates = (
        (least > alpha, _too_few(len(sample.rows), least, alpha)),
        (found.lower is None or found.upper is None, _no_interval(settings.level)),
        (found.undefined > 0, _undefined(found.undefined, settings.one_arm_empty)),
        (len(sample.rows) < len(cases.allocated), _kept_slots(len(cases.allocated) - len(sample.rows))),
        (not reference.exact, _drawn(reference.draws, settings.seed, found.p)),
    )
    return tuple(words for applies, words in candidates if applies)


def _too_few(number: int, least: float, alpha: float) -> str:
    return (
        f"Under this allocation, with {number} people observed, the smallest two-sided p that can come out is "
        f"{least:.4g}, above {alpha:.4g}: the test cannot reach that level whatever the outcomes."
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


def _kept_slots(number: int) -> str:
    return (
        f"{people(number).capitalize()} of the list of allocations had no usable value and kept the slot; "
        "the test takes it that being missing has nothing to do with the arm."
    )


def _drawn(draws: int, seed: int, p: float) -> str:
    if not draws:
        return ""
    return (
        f"Too many lists to take them all: p is (b + 1) / (m + 1) from {draws} drawn lists (seed {seed}), "
        f"with a Monte Carlo error of {monte_carlo_error(p, draws):.2g}."
    )


METHOD = Method(
    name="rerandomisation",
    label="re-randomisation test over the trial's own allocations",
    source="Fisher 1935; Edgington 1980; Rosenberger and Lachin 2016, chapter 6; limits by inversion as Rosenbaum 2002",
    parse=parse,
    estimate=estimate,
    replays_allocation=True,
    compares_arms=True,
)
