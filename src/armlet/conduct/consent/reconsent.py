"""Asking for consent anew: who is asked, what waits for it, and what never does (the follow-up for safety)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from armlet.conduct.commands import By
from armlet.conduct.consent.signing import check_competent
from armlet.conduct.rules import refuse
from armlet.conduct.state import Consent, Participant, TrialState
from armlet.issues import Issue
from armlet.protocol.course import Impact
from armlet.protocol.model import ConsentForm, Protocol


def find_affected(protocol: Protocol, state: TrialState, impact: Impact) -> tuple[str, ...]:
    """Who of those here is asked anew. Donors are asked here only where each participant is their own donor."""
    here = [one for one in state.participants.values() if one.consents and is_active(one)]
    match impact:
        case Impact.NONE | Impact.NEW_ONLY:
            return ()
        case Impact.ALL_ACTIVE:
            return tuple(one.id for one in here)
        case Impact.TREATED_ONLY:
            return tuple(one.id for one in here if one.administered is not None)
        case Impact.DONORS:
            is_own = any(product.donor == "participant" for product in protocol.products)
            return tuple(one.id for one in here if is_own)


def is_active(one: Participant) -> bool:
    """Takes part, or is being screened: neither failed, nor gone, nor lost, nor at the end."""
    is_gone = bool(one.withdrawn) and not one.is_followed
    return not (one.failed_for or is_gone or one.lost or one.died is not None or one.ended is not None)


@dataclass(frozen=True, slots=True)
class Task:
    """Somebody is to be asked to consent anew. `standing`: open, overdue, refused."""

    participant: str
    form: str
    version: str
    protocol_version: str
    due: date
    standing: str


def list_tasks(state: TrialState, today: date) -> Iterator[Task]:
    """Who is still to be asked, and who refused, in the order of the participants' numbers."""
    for participant in state.participants.values():
        for asked in state.consent.of_participant(participant.id).asked.values():
            if asked.refused:
                standing = "refused, continues on the version before" if asked.may_refuse else "refused"
            elif not is_active(participant):
                standing = "not asked any more"
            else:
                standing = "overdue" if today > asked.due else "open"
            yield Task(participant.id, asked.form, asked.version, asked.protocol_version, asked.due, standing)


def version_in_force(state: TrialState, one: Participant) -> str:
    """The protocol version that holds for a participant: the newest, or the one before what they have not agreed to."""
    waiting = {asked.protocol_version for asked in state.consent.of_participant(one.id).asked.values()}
    if not waiting:
        return state.protocol_version
    versions = state.course.versions
    first = min(versions.index(version) for version in waiting)
    return versions[first - 1]


def check_consented(
    protocol: Protocol, state: TrialState, one: Participant, on: date, *, intervenes: bool = False
) -> Iterator[Issue]:
    """Every consent of the protocol, given on or before the day; what intervenes also needs the version to be right.

    A version that was right when it was signed stays enough for visits and for whatever belongs to safety.
    """
    for form in protocol.consents:
        given = one.consents.get(form.id)
        if given is None:
            yield refuse("no-consent", one.id, f"the consent {form.label!r} is not recorded.", "Record it first.")
        elif given.first.date() > on:
            message = f"{on} is before the consent {form.label!r} of {given.first.date()}."
            yield refuse("before-consent", one.id, message, "Nothing is done before consent; check both dates.")
        elif intervenes and given.version != form.version:
            yield from _check_version(state, one, form, given, on)


def _check_version(state: TrialState, one: Participant, form: ConsentForm, given: Consent, on: date) -> Iterator[Issue]:
    asked = state.consent.of_participant(one.id).asked.get(form.id)
    newest = state.consent.newest
    if asked is None:
        if newest is None or form.id not in newest.forms:
            message = f"the consent {form.label!r} was given in version {given.version}; expected {form.version}."
            yield refuse("old-consent", one.id, message, "Ask for consent in the version in force.")
    elif asked.refused and not asked.may_refuse:
        message = (
            f"version {asked.version} of {form.label!r} was refused, and the amendment has no way to stay on the old."
        )
        yield refuse("re-consent-refused", one.id, message, "Follow up for safety; nothing new is done.")
    elif not asked.refused and on > asked.due:
        message = f"consent to version {asked.version} of {form.label!r} was due by {asked.due}."
        yield refuse("re-consent-overdue", one.id, message, "Ask for consent first; follow-up for safety goes on.")


def check_by_the_minute(protocol: Protocol, one: Participant, on: date, by: By) -> Iterator[Issue]:
    """On the day of the consent itself the clock decides; within one minute nobody can tell which came first."""
    if protocol.consenting is None:
        return
    for form in protocol.consents:
        given = one.consents.get(form.id)
        if given is None or not given.first.date() == on == by.occurred.date():
            continue
        if by.occurred.replace(second=0, microsecond=0) == given.first.replace(second=0, microsecond=0):
            message = f"this and the consent {form.label!r} are both of {given.first:%H:%M}."
            yield refuse("consent-minute", one.id, message, "Ask which came first, and record the true times.")
        elif by.occurred < given.first:
            message = f"{by.occurred:%H:%M} is before the consent {form.label!r} at {given.first:%H:%M}."
            yield refuse("before-consent", one.id, message, "Nothing is done before consent; check both times.")


def check_added(one: Participant, visit: str, activity: str = "") -> Iterator[Issue]:
    """What an amendment added is done only with those who have agreed to it; nothing else waits for that."""
    for key in (visit, f"{visit}/{activity}"):
        if key in one.added and one.added[key] is None:
            message = f"{key!r} came with an amendment that {one.id} has not consented to."
            yield refuse("re-consent", one.id, message, "Ask for consent first; what was there before goes on.")


def check_intervention(protocol: Protocol, state: TrialState, one: Participant, on: date) -> Iterator[Issue]:
    """What stops an intervention: no competence, a consent taken back by a physician, a decision, a death, an error."""
    found, rules = state.consent.of_participant(one.id), protocol.consenting
    if rules is not None and rules.competence is not None:
        yield from check_competent(rules.competence, state, one, on)
    if found.revoked:
        message = f"the treating physician took back {found.revoked!r}; the medical review is open."
        yield refuse("review-open", one.id, message, "Close the review first.")
    if found.discontinued:
        message = "an investigator decided that the intervention is not given."
        yield refuse("discontinued", one.id, message, "Follow up as planned.")
    if one.died is not None:
        yield refuse("died", one.id, f"died on {one.died}.", "Check the number.")
    yield from check_not_in_error(state, one)


def check_not_in_error(state: TrialState, one: Participant) -> Iterator[Issue]:
    """Nobody who should not have been randomised is given the preparation."""
    if one.id in state.course.in_error:
        message = f"was randomised in error (recorded on {state.course.in_error[one.id]})."
        yield refuse("randomised-in-error", one.id, message, "Is followed up and is not given anything.")


def check_copy(protocol: Protocol, state: TrialState, one: Participant) -> Iterator[Issue]:
    """Where the protocol asks for it, the participant has a signed copy of each own consent."""
    if protocol.consenting is None or not protocol.consenting.copy_first:
        return
    copies = state.consent.of_participant(one.id).copies
    for form in protocol.consents:
        if form.id not in copies:
            message = f"no signed copy of {form.label!r} was handed over."
            yield refuse("no-copy", one.id, message, "Hand it over and record it.")
