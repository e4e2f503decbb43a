"""Harm by arm, after the lock only: as allocated and as treated, how much was given for each kilogram, every event.

As allocated, everybody counts in their arm, given or not. As treated, who was not given the preparation is a group of
their own, of any arm; all but the preparation they had as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from armlet.allocation.unblinded import UnblindedDataset
from armlet.conduct.state import Participant, TrialState
from armlet.projections.safety import TermRow, count_terms, list_events
from armlet.projections.tables import as_csv
from armlet.protocol.model import Protocol
from armlet.units import Quantity

NOT_GIVEN: Final = "not given"
Counted = Literal["as allocated", "as treated"]


@dataclass(frozen=True, slots=True)
class Exposed:
    """The people counted together, under an arm's id or `NOT_GIVEN`."""

    counted: Counted
    group: str
    members: tuple[str, ...]


def count_exposed(protocol: Protocol, state: TrialState, unblinded: UnblindedDataset) -> tuple[Exposed, ...]:
    """Each arm as allocated, each arm as treated, and those who were given nothing, also where a group is empty."""
    people = state.randomised()
    groups: list[Exposed] = []
    for counted in ("as allocated", "as treated"):
        for arm in protocol.arms:
            mine = [one for one in people if unblinded.arm_of(one.id) == arm.id]
            if counted == "as treated":
                mine = [one for one in mine if one.administered is not None]
            groups.append(Exposed(counted, arm.id, tuple(one.id for one in mine)))
    missed = tuple(one.id for one in people if one.administered is None)
    return (*groups, Exposed("as treated", NOT_GIVEN, missed))


def exposure(one: Participant, unblinded: UnblindedDataset) -> Quantity | None:
    """What was given for each kilogram of the weight that it was drawn up for; None where that cannot be known.

    Of a preparation that was given in part, the share of its volume that was given.
    """
    dose, given, released = unblinded.doses.get(one.id), one.administered, one.released
    if dose is None or given is None or released is None or released.weight is None:
        return None
    share = Decimal(1)
    if not given.complete:
        if given.volume is None or released.volume is None:
            return None
        share = given.volume.to("mL").value / released.volume.to("mL").value
    if dose.unit.endswith("/kg"):  # it was told for each kilogram already
        return Quantity(dose.value * share, dose.unit)
    return Quantity(dose.value * share / released.weight.to("kg").value, f"{dose.unit}/kg")


def harms_csv(protocol: Protocol, state: TrialState, unblinded: UnblindedDataset) -> str:
    """One row for each group and term, noughts included; the first row of a group is any event, the second any serious."""
    header = ("counted", "group", "term", "at_risk", "people", "events", "worst_grade", "serious_events")
    groups = count_exposed(protocol, state, unblinded)
    everybody = {name for group in groups for name in group.members}
    terms = [row.term for row in count_terms(state, everybody)]
    rows = (
        {"counted": group.counted, "group": group.group, "at_risk": len(group.members), **cells}
        for group in groups
        for cells in _rows(state, group, terms)
    )
    return as_csv(header, rows, simulated=state.simulated)


def _rows(state: TrialState, group: Exposed, terms: list[str]) -> Iterator[dict[str, object]]:
    events = list_events(state, set(group.members))
    found = {row.term: row for row in count_terms(state, set(group.members))}
    serious = [event for event in events if event.serious]
    for title, counted in (("any adverse event", events), ("any serious adverse event", serious)):
        grades = [event.grade for event in counted if event.grade is not None]
        people = len({event.participant for event in counted})
        yield _cells(
            TermRow(title, people, len(counted), max(grades, default=None), sum(bool(e.serious) for e in counted))
        )
    for term in terms:
        yield _cells(found.get(term, TermRow(term, 0, 0, None, 0)))


def _cells(row: TermRow) -> dict[str, object]:
    return {
        "term": row.term,
        "people": row.participants,
        "events": row.events,
        "worst_grade": "" if row.worst_grade is None else row.worst_grade,
        "serious_events": row.serious,
    }


def exposure_csv(state: TrialState, unblinded: UnblindedDataset) -> str:
    """One row for each participant with a preparation: the arm, whether it was given, and how much for each kilogram."""
    header = ("participant", "arm", "preparation", "given", "not_given_because", "dose", "weight", "dose_per_kg")
    rows = (
        {
            "participant": one.id,
            "arm": unblinded.arm_of(one.id) or "",
            "preparation": one.preparation,
            "given": "no" if one.administered is None else "whole" if one.administered.complete else "in part",
            "not_given_because": one.cancelled.because.value if one.cancelled is not None else "",
            "dose": str(unblinded.doses.get(one.id, "")),
            "weight": str(one.released.weight) if one.released is not None and one.released.weight is not None else "",
            "dose_per_kg": _spelt(exposure(one, unblinded)),
        }
        for one in state.randomised()
    )
    return as_csv(header, rows, simulated=state.simulated)


def _spelt(quantity: Quantity | None) -> str:
    return "" if quantity is None else f"{quantity.value:.3f} {quantity.unit}"
