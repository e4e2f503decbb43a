"""Composite worst rank: two arms compared by ranks, people with a failure (a death, say) below everybody measured.

Among those who failed the earlier failure is the worse one; where somebody's day is not known, all failures are tied.
So an outcome that can no longer be measured is not missing, and the comparison is of everybody as allocated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from armlet.allocation.scheme import Scheme, sequence_probability
from armlet.analysis.cases import Case, Cases, Sample, not_estimable, people, two_arm_problem
from armlet.analysis.contrasts import difference_in_means
from armlet.analysis.estimates import Detail, Estimate, LeftOut, PValue, Result
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.randomisation import (
    OneArmEmpty,
    ReferenceSet,
    Verdict,
    enumerated,
    monte_carlo_error,
    rerandomised,
    sampled,
    smallest_reachable,
)
from armlet.analysis.ranks import doubled_mid_ranks, from_middle, pairwise_differences, rank_sum_limits
from armlet.analysis.sequences import can_list, drawn_sequences, every_sequence
from armlet.analysis.sides import Sides
from armlet.analysis.transforms import Floats

NO_INTERVAL = (
    "There is no exact interval of this probability without a model of how the arms differ; limits of the shift stand "
    "among the details where they are finite."
)
DIRECTION = "Failures rank below everybody measured: a probability above 0.5 favours the arm that is not the reference."
MOST_FOR_LIMITS = 100
"""The limits of the shift are counted exactly up to so many people."""


class Of(StrEnum):
    """What is ranked of those without a failure: the outcome itself, or its change from baseline."""

    OUTCOME = "outcome"
    CHANGE = "change"


class Better(StrEnum):
    """Which end of the measured values is the good one; failures rank beyond the other."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Settings:
    """`most_sequences`: up to so many lists of allocations all are taken; beyond it `draws` are drawn with `seed`."""

    of: Of = Of.OUTCOME
    better: Better = Better.HIGHER
    level: float = 0.95
    most_sequences: int = 300_000
    draws: int = 9_999
    seed: int = 1


def parse(settings: Mapping[str, object]) -> Settings:
    """Every field of `Settings` by its name; InputError for anything else."""
    reader = SettingsReader("worst_rank", settings, ("of", "better", "level", "most_sequences", "draws", "seed"))
    parsed = Settings(
        reader.choice("of", Of.OUTCOME),
        reader.choice("better", Better.HIGHER),
        reader.fraction("level", 0.95),
        reader.whole("most_sequences", 300_000, least=1),
        reader.whole("draws", 9_999, least=999),
        reader.whole("seed", 1, least=0),
    )
    reader.finish()
    return parsed


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """The probability that somebody of the arm that is not the reference has the better outcome, ties counted half.

    The p-value replays the trial's own allocation with the mean rank as the statistic.
    """
    sample = _usable(cases, settings)
    problem = two_arm_problem(cases, sample, least=1) or _list_problem(cases, sample)
    if problem or cases.scheme is None:
        return not_estimable(label, METHOD.name, problem or "no scheme", cases.arms, sample)
    scores = _scores(sample, settings)
    if float(np.ptp(scores)) == 0:
        reason = "everybody has the same rank, so there is nothing to compare"
        return not_estimable(label, METHOD.name, reason, cases.arms, sample)
    return _estimate(cases, sample, settings, label, scheme=cases.scheme, scores=scores)


def _usable(cases: Cases, settings: Settings) -> Sample:
    """Those with a failure, and those with an outcome (and a baseline where changes are ranked)."""
    used: list[Case] = []
    left_out: list[LeftOut] = []
    for row in cases.rows:
        if row.failed:
            used.append(row)
        elif row.outcome is None:
            left_out.append((row.participant, row.why_missing or "no value at this visit"))
        elif settings.of is Of.CHANGE and row.baseline is None:
            left_out.append((row.participant, "no baseline value"))
        else:
            used.append(row)
    return Sample(tuple(used), tuple(left_out))


def _list_problem(cases: Cases, sample: Sample) -> str | None:
    """Why the list of allocations cannot be replayed, or None."""
    if cases.scheme is None or not cases.allocated:
        return "how the arms were allocated is not known, so no other allocation can be tried"
    if any(row.slot is None for row in sample.rows):
        return "somebody's place in the list of allocations is not known"
    if set(cases.scheme.arms) != set(cases.arms):
        return "the arms of the allocation are not the arms of the analysis"
    if not sequence_probability(cases.scheme, _positions(cases.scheme, cases.allocated)):
        return f"the list of allocations cannot have come from {cases.scheme.method}: the test would not fit the trial"
    return None


def _positions(scheme: Scheme, allocated: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(scheme.arms.index(arm) for arm in allocated)


# --- Scores ---------------------------------------------------------------------------------------------------------


def _scores(sample: Sample, settings: Settings) -> Floats:
    """A number for each person, higher for the better outcome, failures far below every measured one."""
    measured = np.array([_measured(row, settings) for row in sample.rows if not row.failed])
    reach = float(np.ptp(measured)) if measured.size else 0.0
    step = 10 * (reach if reach > 0 else 1.0)
    floor = (float(measured.min()) if measured.size else 0.0) - step
    depth = _depths(sample)
    scores = np.array(
        [floor - step * depth[row.participant] if row.failed else _measured(row, settings) for row in sample.rows]
    )
    return scores if settings.of is Of.CHANGE else from_middle(scores)


def _depths(sample: Sample) -> dict[str, int]:
    """How many distinct days of failure come later than each failure's own; 0 for all where a day is not known."""
    days = {row.participant: row.failed_after for row in sample.rows if row.failed}
    known = {day for day in days.values() if day is not None}
    if None in days.values():
        known = set()
    return {one: sum(day is not None and later > day for later in known) for one, day in days.items()}


def _measured(row: Case, settings: Settings) -> float:
    value = row.outcome or 0.0
    if settings.of is Of.CHANGE:
        value -= row.baseline or 0.0
    return value if settings.better is Better.HIGHER else -value


def probability_better(scores: Floats, others: Floats) -> float:
    """The share of pairs in which the first has the higher score, ties counted half."""
    ranks = doubled_mid_ranks(np.concatenate([scores, others]))
    doubled_u = int(ranks[: scores.size].sum()) - scores.size * (scores.size + 1)
    return doubled_u / (2 * scores.size * others.size)


# --- Estimate -------------------------------------------------------------------------------------------------------


def _estimate(
    cases: Cases, sample: Sample, settings: Settings, label: str, *, scheme: Scheme, scores: Floats
) -> Estimate:
    is_other = sample.is_in(cases.other_arm())
    reference = _reference_set(cases, scheme, sample, settings)
    statistic = difference_in_means(doubled_mid_ranks(scores).astype(np.float64), is_other)
    found = rerandomised(reference, is_other.astype(np.int8), statistic, settings.level, OneArmEmpty.EXTREME)
    least = min(
        found.p,
        smallest_reachable(reference, statistic(reference.assigned).defined, OneArmEmpty.EXTREME, Sides.TWO_SIDED),
    )
    samples = (scores[is_other == 1], scores[is_other == 0])
    what = "change" if settings.of is Of.CHANGE else "outcome"
    return Estimate(
        label=label,
        estimand=f"probability of a better {what} in {cases.other_arm()} than in {cases.reference}, failures worst",
        method=METHOD.name,
        value=probability_better(*samples),
        unit="1",
        interval=None,
        p=PValue(found.p, exact=reference.exact, smallest_reachable=least),
        n_used=sample.count(cases.arms),
        left_out=sample.left_out,
        warnings=_warnings(cases, sample, settings, reference, found, least=least),
        details=(*_failures(cases, sample), *_shift(samples, sample, settings)),
    )


def _reference_set(cases: Cases, scheme: Scheme, sample: Sample, settings: Settings) -> ReferenceSet:
    number, arm = len(cases.allocated), scheme.arms.index(cases.other_arm())
    keep = [row.slot - 1 for row in sample.rows if row.slot is not None]
    if can_list(scheme, number, settings.most_sequences):
        return enumerated(*every_sequence(scheme, number), arm, keep)
    drawn = drawn_sequences(scheme, number, settings.draws, settings.seed)
    return sampled(drawn, _positions(scheme, cases.allocated), arm, keep)


def _failures(cases: Cases, sample: Sample) -> tuple[Detail, ...]:
    count = {arm: sum(bool(row.failed) and row.arm == arm for row in sample.rows) for arm in cases.arms}
    return tuple((f"failures in {arm}", number) for arm, number in count.items())


def _shift(samples: tuple[Floats, Floats], sample: Sample, settings: Settings) -> tuple[Detail, ...]:
    """The Hodges-Lehmann shift of the measured values with exact limits, whatever of it is finite; the rest has no end.

    A failure stays one under any shift, so a difference that has one on one side is not finite, and neither is a median
    or a limit that falls there. With failures in both arms some differences do not exist at all, and there is no shift.
    """
    measured = [_measured(row, settings) for row in sample.rows if not row.failed]
    arms_with_failures = {row.arm for row in sample.rows if row.failed}
    if len(measured) < 2 or len(sample.rows) > MOST_FOR_LIMITS or len(arms_with_failures) > 1:
        return ()
    reach = float(np.ptp(measured))
    limits = rank_sum_limits(*samples, settings.level)
    sign = 1.0 if settings.better is Better.HIGHER else -1.0
    found = (
        ("Hodges-Lehmann shift", float(np.median(pairwise_differences(*samples)))),
        ("lower limit of the shift" if sign > 0 else "upper limit of the shift", limits.lower),
        ("upper limit of the shift" if sign > 0 else "lower limit of the shift", limits.upper),
    )
    finite = tuple((name, sign * value) for name, value in found if abs(value) <= reach)
    return (*finite, ("confidence of the limits", limits.attained))


def _warnings(
    cases: Cases, sample: Sample, settings: Settings, reference: ReferenceSet, found: Verdict, *, least: float
) -> tuple[str, ...]:
    alpha, unobserved = 1 - settings.level, len(cases.allocated) - len(sample.rows)
    failed = [row for row in sample.rows if row.failed]
    undated = any(row.failed_after is None for row in failed)
    candidates = (
        (True, f"{DIRECTION} {NO_INTERVAL}"),
        (least > alpha, f"The smallest two-sided p that can come out here is {least:.4g}, above {alpha:.4g}."),
        (undated, "The day of a failure is not known, so all failures are tied."),
        (unobserved > 0, _kept_slots(unobserved)),
        (not reference.exact, _drawn(reference, settings, found)),
    )
    return tuple(words for applies, words in candidates if applies)


def _kept_slots(number: int) -> str:
    return (
        f"{people(number).capitalize()} of the list of allocations had neither a usable value nor a failure and kept the "
        "slot; the test takes it that being missing has nothing to do with the arm."
    )


def _drawn(reference: ReferenceSet, settings: Settings, found: Verdict) -> str:
    if not reference.draws:
        return ""
    return (
        f"Too many lists to take them all: p is (b + 1) / (m + 1) from {reference.draws} drawn lists "
        f"(seed {settings.seed}), with a Monte Carlo error of {monte_carlo_error(found.p, reference.draws):.2g}."
    )


METHOD = Method(
    name="worst_rank",
    label="composite worst rank",
    source=(
        "Lachin 1999 (Controlled Clinical Trials 20, 408) for worst-rank scores, tied or by time; Mann and Whitney 1947; "
        "Hodges and Lehmann 1963; p-value by re-randomisation as Rosenberger and Lachin 2016, chapter 6"
    ),
    parse=parse,
    estimate=estimate,
    replays_allocation=True,
    compares_arms=False,
    ranks_failures=True,
)
