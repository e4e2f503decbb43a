"""When visits are due: windows from anchors, in calendar days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from armlet.conduct.state import Participant
from armlet.protocol.model import Protocol, Visit
from armlet.studytime import Window


@dataclass(frozen=True, slots=True)
class DueVisit:
    """A visit that is still to come or overdue for one participant, with its window."""

    participant: str
    visit: Visit
    window: Window


def visit_window(visit: Visit, participant: Participant) -> Window | None:
    """The window of a visit for a participant; None while its anchor has not come."""
    anchor = participant.anchor(visit.anchor)
    if anchor is None:
        return None
    target = visit.offset.after(anchor)
    return Window(visit.early.before(target), target, visit.late.after(target))


def visits_due(protocol: Protocol, participant: Participant) -> Iterator[DueVisit]:
    """The visits neither held nor missed whose window is known, in the protocol's order; none after follow-up."""
    if participant.ended is not None or participant.lost or participant.died is not None:
        return
    for visit in protocol.visits:
        if visit.id in participant.held or visit.id in participant.missed:
            continue
        window = visit_window(visit, participant)
        if window is not None and is_owed(visit, participant, window):
            yield DueVisit(participant.id, visit, window)


def is_owed(visit: Visit, participant: Participant, window: Window) -> bool:
    """Whether the participant owes a visit: one that an amendment added is, from when they agreed, and not backwards."""
    since = participant.added.get(visit.id, window.closes)
    return since is not None and window.closes >= since


def is_overdue(due: DueVisit, today: date) -> bool:
    """Whether the window has closed."""
    return today > due.window.closes
