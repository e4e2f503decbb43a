"""The change from baseline of one participant: in the endpoint's unit, and in per cent where that has a sense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from armlet.derivation.derived import EXACT, Derived, DerivedOrNot, NotDerived, Reason, finished, mean
from armlet.errors import Fault


@dataclass(frozen=True, slots=True)
class Change:
    """Value minus baseline. A fall is negative.

    `percent` is of the baseline, and None where that is 0 or below the limit of detection. The mean of individual
    percentages is not the percentage of means: nobody should average this field and call it the other.
    """

    endpoint: str
    participant: str
    visit: str
    baseline: Decimal
    value: Decimal
    change: Decimal
    percent: Decimal | None
    unit: str

    @property
    def ratio(self) -> Decimal | None:
        """Value divided by baseline; None exactly where the percentage is."""
        return None if self.percent is None else finished(EXACT.divide(self.value, self.baseline))

    @property
    def log_change(self) -> Decimal | None:
        """ln(value + 1) minus ln(baseline + 1), both in `unit`, on which it depends; None where one is not above -1."""
        one = Decimal(1)
        raised = EXACT.add(self.value, one), EXACT.add(self.baseline, one)
        if min(raised) <= 0:
            return None
        return finished(EXACT.subtract(EXACT.ln(raised[0]), EXACT.ln(raised[1])))


ChangeOrNot = Change | NotDerived


def derive_change(value: DerivedOrNot, baseline: DerivedOrNot) -> ChangeOrNot:
    """The change of one participant's endpoint from one visit to another, or which of the two is missing and why."""
    if (value.endpoint, value.participant) != (baseline.endpoint, baseline.participant):
        raise Fault("a change was asked for between two participants or two endpoints")
    if isinstance(value, Derived) and isinstance(baseline, Derived):
        return _change(value, baseline)
    missing = [
        f"no {what}: {item.because}"
        for what, item in (("baseline", baseline), ("value", value))
        if isinstance(item, NotDerived)
    ]
    return NotDerived(value.endpoint, value.participant, value.visit, "; ".join(missing))


def _change(value: Derived, baseline: Derived) -> Change:
    if value.unit != baseline.unit:
        raise Fault(f"a change was asked for between {value.unit} and {baseline.unit}")
    change = EXACT.subtract(value.value, baseline.value)
    percent: Decimal | None = None
    if baseline.value > 0 and not baseline.below_limit:
        percent = finished(EXACT.divide(EXACT.multiply(change, Decimal(100)), baseline.value))
    return Change(
        value.endpoint,
        value.participant,
        value.visit,
        baseline.value,
        value.value,
        finished(change),
        percent,
        value.unit,
    )


@dataclass(frozen=True, slots=True)
class MeanPercents:
    """Three different things that are all called the percentage of change of a group, so that none passes for another.

    `mean_of_percents`: of each participant's own percentage. `percent_of_means`: of the two means.
    `percent_of_geometric_means`: of the two geometric means, None where a level is 0 or below. `used` participants;
    those `without` a percentage (their baseline is 0 or below the limit of detection) are in none of the three.
    """

    mean_of_percents: Decimal
    percent_of_means: Decimal
    percent_of_geometric_means: Decimal | None
    used: int
    without: tuple[str, ...]


def mean_percents(changes: Sequence[Change]) -> MeanPercents | Reason:
    """The percentages of change of a group at one visit; a Reason where nobody has one. Raises Fault for mixed changes."""
    if len({(change.endpoint, change.visit, change.unit) for change in changes}) > 1:
        raise Fault("a group's change was asked for over different endpoints, visits or units")
    used = [change for change in changes if change.percent is not None]
    without = tuple(change.participant for change in changes if change.percent is None)
    if not used:
        return Reason("nobody has a percentage: no baseline is above 0 and above the limit of detection")
    before, after = mean([change.baseline for change in used]), mean([change.value for change in used])
    return MeanPercents(
        finished(mean([change.percent for change in used if change.percent is not None])),
        finished(_percent(EXACT.divide(after, before))),
        _geometric(used),
        len(used),
        without,
    )


def _geometric(used: Sequence[Change]) -> Decimal | None:
    if any(change.value <= 0 for change in used):
        return None
    logs = [EXACT.subtract(EXACT.ln(change.value), EXACT.ln(change.baseline)) for change in used]
    return finished(_percent(EXACT.exp(mean(logs))))


def _percent(ratio: Decimal) -> Decimal:
    return EXACT.multiply(EXACT.subtract(ratio, Decimal(1)), Decimal(100))
