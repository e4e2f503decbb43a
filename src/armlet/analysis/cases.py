"""The people of one analysis: a value before, a value after, an arm, and the place in the order of allocation."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from armlet.analysis.estimates import LeftOut, NotEstimable
from armlet.analysis.transforms import Floats, Transform, transform_problem, transformed
from armlet.errors import Fault

if TYPE_CHECKING:
    from armlet.allocation.scheme import Scheme


@dataclass(frozen=True, slots=True)
class Case:
    """One participant of an analysis set. The arm is not shown when the case is printed.

    `slot` is the place in the order of allocation, counted from 1 as the vault does; None where nothing was drawn
    (one arm). `outcome` is None where it is missing, and `why_missing` says why. `course` has the outcomes at
    `Cases.visits`, None where missing. Values are in `Cases.unit`. `covariates` are what was known before allocation,
    by measure: numbers, or words for categories. `below_limit`: the outcome is known only to be at most its value.
    `failed` says why the outcome counts as worse than every measured one (a composite strategy); empty where it does
    not; `failed_after` is the number of days from allocation to it, None where that is not known. `exposure` is the time
    at risk that a count of events belongs to, in the unit the analysis says.
    """

    participant: str
    arm: str = field(repr=False)
    slot: int | None = field(repr=False)
    baseline: float | None
    outcome: float | None
    why_missing: str = ""
    course: tuple[float | None, ...] = ()
    covariates: Mapping[str, float | str] = field(default_factory=dict)
    below_limit: bool = False
    failed: str = ""
    exposure: float | None = None
    failed_after: int | None = None

    def __post_init__(self) -> None:
        values = (self.baseline, self.outcome, *self.course)
        if any(value is not None and not math.isfinite(value) for value in values):
            raise Fault(f"participant {self.participant}: a value of the analysis is not a finite number")


@dataclass(frozen=True, slots=True)
class Cases:
    """Everybody in an analysis set, with what is needed to replay the allocation.

    `arms` are the protocol's arms; `reference` is the one subtracted. `allocated` is the arm of *every* slot in order
    of allocation, also of people without an outcome and of people outside this set, because a re-randomisation
    replays the whole scheme. A case whose arm is not the arm of its slot is a fault. `visits` are all at which the
    endpoint is measured after the baseline, `visit` is that of the outcome.
    """

    rows: tuple[Case, ...]
    unit: str
    arms: tuple[str, ...]
    reference: str | None = None
    scheme: Scheme | None = field(default=None, repr=False)
    allocated: tuple[str, ...] = field(default=(), repr=False)
    visits: tuple[str, ...] = ()
    visit: str = ""

    def __post_init__(self) -> None:
        _require_each_once("participant", (row.participant for row in self.rows))
        _require_each_once("slot", (row.slot for row in self.rows if row.slot is not None))
        for row in self.rows:
            _require_arm_of_slot(row, self.arms, self.allocated)

    def other_arm(self) -> str:
        """The arm that is not the reference; only for two arms, one of them the reference."""
        (other,) = (arm for arm in self.arms if arm != self.reference)
        return other


def _require_each_once(what: str, values: Iterable[str | int]) -> None:
    if any(count > 1 for count in Counter(values).values()):
        raise Fault(f"the same {what} occurs twice in one analysis set")


def _require_arm_of_slot(row: Case, arms: tuple[str, ...], allocated: tuple[str, ...]) -> None:
    if row.arm not in arms:
        raise Fault(f"participant {row.participant} is in an arm that the protocol does not have")
    if row.slot is None or not allocated:
        return
    if not 1 <= row.slot <= len(allocated) or allocated[row.slot - 1] != row.arm:
        raise Fault(f"participant {row.participant}: the arm is not the arm of the slot")


@dataclass(frozen=True, slots=True)
class Sample:
    """The cases an estimator can use, in the order of the analysis set, and everybody it cannot use."""

    rows: tuple[Case, ...]
    left_out: tuple[LeftOut, ...]

    def count(self, arms: Iterable[str]) -> dict[str, int]:
        """People by arm; an arm with nobody is there with 0."""
        counts = Counter(row.arm for row in self.rows)
        return {arm: counts[arm] for arm in arms}

    def outcomes(self) -> Floats:
        """One value a person, untransformed."""
        return np.array([row.outcome for row in self.rows], dtype=np.float64)

    def baselines(self) -> Floats:
        """One value a person, untransformed; only for a sample taken with baselines."""
        return np.array([row.baseline for row in self.rows], dtype=np.float64)

    def is_in(self, arm: str) -> Floats:
        """1.0 for the people of that arm, 0.0 for the others."""
        return np.array([row.arm == arm for row in self.rows], dtype=np.float64)


def usable(rows: Iterable[Case], *, with_baseline: bool) -> Sample:
    """Those with an outcome (and a baseline where it is needed); nothing is filled in."""
    used: list[Case] = []
    left_out: list[LeftOut] = []
    for row in rows:
        why = _why_unusable(row, with_baseline)
        if why is None:
            used.append(row)
        else:
            left_out.append((row.participant, why))
    return Sample(tuple(used), tuple(left_out))


def _why_unusable(row: Case, with_baseline: bool) -> str | None:
    if row.outcome is None:
        return row.why_missing or "no value at this visit"
    if with_baseline and row.baseline is None:
        return "no baseline value"
    return None


def two_arm_problem(cases: Cases, sample: Sample, least: int) -> str | None:
    """Why these people cannot be compared between two arms with at least `least` people each, or None."""
    if len(cases.arms) != 2:
        return f"this method compares two arms; the trial has {len(cases.arms)}"
    if cases.reference not in cases.arms:
        return "the protocol does not say which arm is the reference"
    if not sample.rows:
        return nobody(cases)
    for arm, number in sample.count(cases.arms).items():
        if number < least:
            return f'arm "{arm}" has {people(number)} with a usable value; at least {least} needed'
    return None


def nobody(cases: Cases) -> str:
    """The reason when no one is left, told apart from an analysis set that was empty from the start."""
    if not cases.rows:
        return "nobody is in the analysis set"
    return f"nobody of the {people(len(cases.rows))} in the analysis set has the values this needs"


def people(number: int) -> str:
    """A head count in words ("1 person", "3 people", "nobody"), for reasons and warnings."""
    if number == 0:
        return "nobody"
    return "1 person" if number == 1 else f"{number} people"


def one_arm(cases: Cases, arm: str | None) -> tuple[Case, ...] | str:
    """The rows of one arm, or why it is not clear which arm is meant."""
    if arm is None and len(cases.arms) == 1:
        return cases.rows
    if arm is None:
        return f'this method looks at one arm; the trial has {len(cases.arms)}: say which in the setting "arm"'
    if arm not in cases.arms:
        return f'the trial has no arm "{arm}"'
    return tuple(row for row in cases.rows if row.arm == arm)


def values_problem(transform: Transform, sample: Sample, *, with_baseline: bool) -> str | None:
    """Why the values cannot be brought to the scale of the analysis, or None."""
    problem = transform_problem(transform, sample.outcomes())
    if problem is None and with_baseline:
        problem = transform_problem(transform, sample.baselines())
    return problem


def responses(transform: Transform, sample: Sample, *, change: bool) -> Floats:
    """Outcomes, or changes from baseline, on the scale of the analysis (a change of transformed values)."""
    after = transformed(transform, sample.outcomes())
    return after - transformed(transform, sample.baselines()) if change else after


def not_estimable(label: str, method: str, reason: str, arms: Iterable[str], sample: Sample) -> NotEstimable:
    """The refusal with its head count; the arms are those that the method looked at."""
    return NotEstimable(label, method, reason, sample.count(arms), sample.left_out)
