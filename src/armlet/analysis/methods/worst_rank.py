"""Composite worst rank: two arms compared by ranks, people with a failure (a death, say) below everybody measured.

Among those who failed the earlier failure is the worse one; where somebody's day is not known, all failures are tied.
So an outcome that can no longer be measured is not missing, and the comparison is of everybody as allocated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from armlet.allocation.scheme import Scheme
from armlet.analysis.cases import Case, Cases, Sample, not_estimable, two_arm_problem
from armlet.analysis.contrasts import difference_in_means
from armlet.analysis.estimates import Detail, Estimate, LeftOut, PValue, Result
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.randomisation import OneArmEmpty, tested
from armlet.analysis.ranks import doubled_mid_ranks, from_middle, pairwise_differences, rank_sum_limits
from armlet.analysis.replay import (
    Replayed,
    drawn_warning,
    kept_warning,
    list_problem,
    reference_set,
    replay_lists,
    replay_of,
)
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
    problem = two_arm_problem(cases, sample, least=1) or list_problem(cases, sample)
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
    is_other, compared = sample.is_in(cases.other_arm()), (cases.other_arm(), str(cases.reference))
    replay = replay_of(cases, scheme, sample, compared, (settings.most_sequences, settings.draws, settings.seed))
    statistic = difference_in_means(doubled_mid_ranks(scores).astype(np.float64), is_other)
    found = replay_lists(replay, reference_set(replay), statistic, OneArmEmpty.EXTREME, Sides.TWO_SIDED)
    p = tested(found.lists, found.seen, OneArmEmpty.EXTREME, Sides.TWO_SIDED).p
    least = min(p, found.smallest)
    samples = (scores[is_other == 1], scores[is_other == 0])
    what = "change" if settings.of is Of.CHANGE else "outcome"
    return Estimate(
        label=label,
        estimand=f"probability of a better {what} in {cases.other_arm()} than in {cases.reference}, failures worst",
        method=METHOD.name,
        value=probability_better(*samples),
        unit="1",
        interval=None,
        p=PValue(p, exact=found.exact, smallest_reachable=least),
        n_used=sample.count(cases.arms),
        left_out=sample.left_out,
        warnings=_warnings(cases, sample, settings, found, p=p, least=least),
        details=(*_failures(cases, sample), *_shift(samples, sample, settings)),
    )


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
    cases: Cases, sample: Sample, settings: Settings, found: Replayed, *, p: float, least: float
) -> tuple[str, ...]:
    alpha, unobserved = 1 - settings.level, len(cases.allocated) - len(sample.rows)
    failed = [row for row in sample.rows if row.failed]
    undated = any(row.failed_after is None for row in failed)
    candidates = (
        (True, f"{DIRECTION} {NO_INTERVAL}"),
        (least > alpha, f"The smallest two-sided p that can come out here is {least:.4g}, above {alpha:.4g}."),
        (undated, "The day of a failure is not known, so all failures are tied."),
        (unobserved > 0, kept_warning(unobserved, "had neither a usable value nor a failure")),
        (not found.exact, drawn_warning(found, settings.seed, p)),
    )
    return tuple(words for applies, words in candidates if applies)


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
    compares_arms=True,
    without_effect=lambda _settings: 0.5,
    ranks_failures=True,
)
