"""The change from baseline of one participant: in the endpoint's unit, and in per cent where that has a sense."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from armlet.derivation.derived import EXACT, Derived, DerivedOrNot, NotDerived, finished
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
