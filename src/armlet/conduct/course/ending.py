"""After a suspension or an early end: who is called, which letters go out, what is put in order, why a visit is not there.

Every list is the same whatever was allocated: it says what holds for the whole trial, or for everybody at one point.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from armlet.conduct.consent.reconsent import is_active
from armlet.conduct.schedule import visit_window
from armlet.conduct.state import Participant, Phase, TrialState
from armlet.ledger.consent_events import WithdrawalScope
from armlet.protocol.course import NoticeTo
from armlet.protocol.model import Protocol, Visit


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody to call while nothing new is begun, and because of what."""

    participant: str
    site: str
    because: str


def list_calls(state: TrialState) -> Iterator[Call]:
    """Who waits for something that will not come now: screened and not enrolled, or enrolled and not yet given it.

    Nobody while the trial recruits; nobody who took back agreement to be contacted.
    """
    if state.phase not in {Phase.SUSPENDED, Phase.TERMINATED}:
        return
    for one in state.participants.values():
        if not is_active(one) or WithdrawalScope.CONTACT in one.withdrawn:
            continue
        if one.enrolled is None:
            yield Call(one.id, one.site, "in screening")
        elif one.randomised is None:
            yield Call(one.id, one.site, "enrolled, not randomised")
        elif one.administered is None and one.cancelled is None:
            yield Call(one.id, one.site, "randomised, not yet infused")


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that is due: to whom, about what, by when, and when it went out."""

    to: NoticeTo
    participant: str
    about: str
    due: date
    sent: date | None


def list_letters(protocol: Protocol, state: TrialState) -> Iterator[Letter]:
    """The letters that the protocol asks for, after an early end and after a randomisation in error."""
    notices = protocol.course.notices if protocol.course is not None else ()
    for notice in notices:
        if notice.about == "early end":
            if state.phase is not Phase.TERMINATED or state.stopped_on is None:
                continue
            due = notice.within.after(state.stopped_on)
            people = _to_be_written(state) if notice.to is NoticeTo.PARTICIPANT else [""]
            for whom in people:
                yield Letter(notice.to, whom, notice.about, due, _sent(state, notice.to, whom, notice.about))
        else:
            for whom, day in state.course.in_error.items():
                sent = _sent(state, notice.to, whom, notice.about)
                yield Letter(notice.to, whom, notice.about, notice.within.after(day), sent)


def _to_be_written(state: TrialState) -> list[str]:
    here = (one for one in state.participants.values() if one.consents and not one.failed_for)
    return [one.id for one in here if one.died is None and WithdrawalScope.CONTACT not in one.withdrawn]


def _sent(state: TrialState, to: NoticeTo, whom: str, about: str) -> date | None:
    days = [one.on for one in state.course.notices if (one.to, one.participant or "", one.about) == (to, whom, about)]
    return min(days, default=None)


_TASKS: Final = (
    ("preparation", "start no preparation; put on hold what is being made and what is kept, for everybody alike"),
    (
        "preparation",
        "say of each held preparation and of each kept cell: kept, returned or destroyed, as was consented",
    ),
    ("participants", "call everybody on the list of calls, and write down a plan of care for whoever is not infused"),
    ("participants", "go on with the visits that were consented to, until the day that the sponsor sets"),
    ("papers", "send the letters that are due"),
    ("papers", "post the changed fields at the registry"),
    ("analysis", "amend and sign the plan of analysis before anybody is unblinded"),
)


def list_tasks(state: TrialState) -> Iterator[tuple[str, str]]:
    """What is put in order after an early end: one list for the whole trial, and not one word about any participant."""
    if state.phase is Phase.TERMINATED:
        yield from _TASKS


class NotHeld(StrEnum):
    """Why a visit of the schedule was not held."""

    MISSED = "missed"
    DIED = "died"
    WITHDRAWN = "withdrawn"
    LOST = "lost to follow-up"
    TERMINATED = "trial terminated"
    NOT_AGREED = "came with an amendment that was not consented to"
    TO_COME = "to come"
    OVERDUE = "overdue"
    NO_ANCHOR = "what it is counted from has not come"


def why_not_held(state: TrialState, one: Participant, visit: Visit, today: date) -> NotHeld | None:
    """Why a visit was not held; None where it was, and None where it was never owed.

    Who had left before the visit's window opened left for their own reason, whatever happened to the trial later.
    """
    if visit.id in one.held:
        return None
    if visit.id in one.missed:
        return NotHeld.MISSED
    window = visit_window(visit, one)
    if visit.id in one.added:
        since = one.added[visit.id]
        if since is None:
            return NotHeld.NOT_AGREED
        if window is not None and window.closes < since:
            return None
    if one.died is not None and (window is None or one.died <= window.closes):
        return NotHeld.DIED
    if WithdrawalScope.VISITS in one.withdrawn:
        return NotHeld.WITHDRAWN
    if one.lost:
        return NotHeld.LOST
    until = state.course.follow_up_until
    is_over = until is not None and window is not None and window.opens > until
    if is_over or (one.ended is not None and one.ended.early):
        return NotHeld.TERMINATED
    if window is None:
        return NotHeld.NO_ANCHOR
    return NotHeld.OVERDUE if today > window.closes else NotHeld.TO_COME
