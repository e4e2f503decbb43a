"""What may still be done with one participant on a day, after whatever they took back; and what a withdrawal leads to.

What was collected before stays: nothing here deletes an entry, frees a slot, or tells an arm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from armlet.conduct.rules import refuse
from armlet.conduct.schedule import visit_window
from armlet.conduct.state import Participant, TrialState
from armlet.issues import Issue
from armlet.ledger.consent_events import DestructionCertified, Kept, WithdrawalScope
from armlet.protocol.model import Activity, Protocol


@dataclass(frozen=True, slots=True)
class MayDo:
    """What may be begun with a participant on a day."""

    intervention: bool
    visits: bool
    contact: bool
    records: bool
    new_samples: bool
    sharing: bool


def what_may_be_done(state: TrialState, one: Participant, on: date) -> MayDo:
    """On the day itself of a withdrawal what was done before it still counts; from the next day on nothing is begun."""
    found = state.consent.of_participant(one.id)

    def agrees(scope: WithdrawalScope) -> bool:
        at = found.withdrawn.get(scope)
        return at is None or on <= at.date()

    is_there = one.died is None or on <= one.died
    is_reached = is_there and not one.lost and one.ended is None
    visits = is_reached and agrees(WithdrawalScope.VISITS)
    return MayDo(
        intervention=is_reached and agrees(WithdrawalScope.INTERVENTION) and not found.discontinued,
        visits=visits,
        contact=is_there and agrees(WithdrawalScope.CONTACT),
        records=agrees(WithdrawalScope.RECORDS),
        new_samples=visits and agrees(WithdrawalScope.SAMPLES),
        sharing=agrees(WithdrawalScope.SHARING),
    )


def check_collection(state: TrialState, one: Participant, activity: Activity, on: date) -> Iterator[Issue]:
    """Nothing new is collected of what was taken back; what belongs to a day before it may still be written down."""
    may = what_may_be_done(state, one, on)
    if not may.visits and one.ended is None and not one.lost:
        message = f"{activity.label!r} would be of {on}, after the visits were taken back."
        yield refuse("after-withdrawal", one.id, message, "Respect the withdrawal; check the date.")
    elif not may.new_samples and activity.sample:
        message = f"{activity.label!r} takes a sample; samples were taken back before {on}."
        yield refuse("no-samples", one.id, message, "Take no sample; the rest of the visit goes on.")


def check_attempts(protocol: Protocol, state: TrialState, one: Participant, said: int) -> Iterator[Issue]:
    """Where the protocol says how often somebody is tried, so many attempts are on record since the last contact."""
    needed = protocol.course.contact_attempts if protocol.course is not None else None
    documented = state.consent.of_participant(one.id).attempts_in_vain()
    if needed is not None and documented < needed:
        message = f"{documented} attempt(s) in vain are on record; the protocol asks for {needed}."
        yield refuse("too-few-attempts", one.id, message, "Try again, and record each attempt.")
    elif needed is not None and said != documented:
        message = f"{said} attempts are said; {documented} are on record."
        yield refuse("attempts", one.id, message, "Say how many were recorded.")


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows from a withdrawal: from which scope, what is done, and whether it is `open`, `done` or `holds`."""

    participant: str
    since: date
    scope: str
    what: str
    standing: str


def list_consequences(protocol: Protocol, state: TrialState, one: Participant) -> Iterator[Consequence]:
    """Everything that this participant's withdrawals lead to, scope by scope."""
    found = state.consent.of_participant(one.id)
    for scope, at in found.withdrawn.items():
        for what, standing in _of_scope(protocol, state, one, scope):
            yield Consequence(one.id, at.date(), scope.value, what, standing)
    if found.withdrawn:
        since = min(found.withdrawn.values()).date()
        yield Consequence(one.id, since, "any", "data collected so far stay in the analysis", "holds")
        if one.request:
            yield Consequence(one.id, since, "any", "the slot stays used", "holds")


def _of_scope(
    protocol: Protocol, state: TrialState, one: Participant, scope: WithdrawalScope
) -> Iterator[tuple[str, str]]:
    found = state.consent.of_participant(one.id)
    match scope:
        case WithdrawalScope.INTERVENTION:
            if one.randomised is not None and one.administered is None:
                yield "no preparation is given", "done" if one.cancelled is not None else "open"
        case WithdrawalScope.VISITS:
            cancelled = ", ".join(cancelled_visits(protocol, one, found.withdrawn[scope].date()))
            yield f"visits cancelled: {cancelled or 'none were to come'}", "done"
            if WithdrawalScope.RECORDS not in found.withdrawn:
                yield "the hospital's records may be looked up", "holds"
        case WithdrawalScope.CONTACT:
            yield "nobody calls or writes any more", "holds"
            yield "a letter confirms it", "done" if _is_confirmed(state, one) else "open"
        case WithdrawalScope.RECORDS:
            yield "the hospital's records are not looked up any more", "holds"
        case WithdrawalScope.SAMPLES:
            yield from _destroy(found.destroyed, Kept.SAMPLES)
        case WithdrawalScope.CELLS:
            yield from _destroy(found.destroyed, Kept.CELLS)
        case WithdrawalScope.SHARING:
            yield "left out of what is shared with others", "holds"
        case WithdrawalScope.PERSONAL_DATA:
            yield "identifiers are handled as the plan for personal data says", "open"


def _destroy(destroyed: Mapping[Kept, DestructionCertified], kept: Kept) -> Iterator[tuple[str, str]]:
    is_done = kept in destroyed
    yield f"{kept.value} on hold, then destroyed or returned with a certificate", "done" if is_done else "open"


def _is_confirmed(state: TrialState, one: Participant) -> bool:
    return any(notice.participant == one.id and notice.about == "withdrawal" for notice in state.course.notices)


def cancelled_visits(protocol: Protocol, one: Participant, since: date) -> tuple[str, ...]:
    """The visits that were still to come on the day."""
    windows = ((visit, visit_window(visit, one)) for visit in protocol.visits)
    return tuple(
        visit.id
        for visit, window in windows
        if window is not None and window.closes >= since and visit.id not in one.held and visit.id not in one.missed
    )
