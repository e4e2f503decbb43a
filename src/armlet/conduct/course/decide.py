"""What follows from a command about the course of the trial: the events, or every reason why it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from armlet.conduct.answer import Decision, Refused, answer, if_fine
from armlet.conduct.commands import By
from armlet.conduct.course import amendment, papers, registry_status
from armlet.conduct.course import commands as cc
from armlet.conduct.course.commands import CourseCommand
from armlet.conduct.rules import ending, refuse, visits
from armlet.conduct.state import Participant, Phase, TrialState
from armlet.issues import Issue
from armlet.ledger import course_events as ce
from armlet.ledger.events import DeviationRecorded, OpenEvent, ProtocolAdopted, RecruitmentOpened
from armlet.protocol.amend import compare
from armlet.protocol.model import Protocol


def decide(protocol: Protocol, state: TrialState, command: CourseCommand, by: By) -> Decision:
    """What follows from the command."""
    today = by.occurred.date()
    match command:
        case cc.FileDocument():
            checks = (*papers.check_document(state, command), *visits.check_day("", command.on, today))
            fields = _fields(command) | {"protocol_version": state.protocol_version}
            return answer(checks, *if_fine(checks, ce.DocumentFiled, **fields))
        case cc.SignProtocol():
            checks = tuple(papers.check_signature(state, command, by))
            signed = {"protocol_version": state.protocol_version, "protocol_digest": state.protocol_digest}
            who = {"signed_by": by.actor, "signed_as": by.role}
            return answer(checks, *if_fine(checks, ce.ProtocolSigned, **signed, **who))
        case cc.OpenSite():
            checks = (*_check_site(protocol, state, command.site), *visits.check_day("", command.on, today))
            return _record(checks, ce.SiteOpened, command)
        case cc.OpenRecruitment():
            checks = (*ending.check_phase(state, Phase.PREPARING), *papers.check_papers(protocol, state))
            return answer(checks, RecruitmentOpened())
        case cc.PostRegistryStatus():
            posted = ce.RegistryPosted.model_validate(_fields(command))
            return answer(registry_status.check_posting(state, posted, today), posted)
        case cc.AdoptAmendment():
            return _decide_amendment(protocol, state, command, by)
        case cc.LimitFollowUp():
            checks = (*papers.check_limit(state), *ending.check_why(command.why))
            return _record(checks, ce.FollowUpLimited, command)
        case cc.SendNotice():
            checks = (*papers.check_notice(state, command), *visits.check_day("", command.on, today))
            sent = {"to": command.to, "about": command.about, "on": command.on, "participant": command.whom}
            return answer(checks, *if_fine(checks, ce.NoticeSent, **sent))
        case cc.StateIdentities():
            return _record(tuple(_check_stated(state)), ce.IdentitiesStated, command)
        case _:
            return _decide_one(state, state.participants[command.participant], command, by)


def _decide_one(
    state: TrialState,
    one: Participant,
    command: cc.DeclareRandomisedInError | cc.RecordCarePlan | cc.IssueDisclosure,
    by: By,
) -> Decision:
    today = by.occurred.date()
    match command:
        case cc.DeclareRandomisedInError():
            checks = (*_check_in_error(state, one), *ending.check_why(command.why))
            deviation = {"participant": one.id, "what": f"randomised in error: {command.why}", "on": today}
            events = if_fine(checks, ce.RandomisedInError, participant=one.id, why=command.why)
            return answer(checks, *events, *if_fine(checks, DeviationRecorded, **deviation))
        case cc.RecordCarePlan():
            return _record(tuple(ending.check_why(command.what)), ce.CarePlanRecorded, command)
        case cc.IssueDisclosure():
            checks = (*_check_disclosure(state, one), *visits.check_day(one.id, command.on, today))
            return _record(checks, ce.DisclosureIssued, command)
        case _:
            assert_never(command)


def _fields(command: CourseCommand) -> dict[str, object]:
    return {name: getattr(command, name) for name in command.__dataclass_fields__}


def _record(checks: tuple[Issue, ...], kind: type[OpenEvent], command: CourseCommand) -> Decision:
    """The event that says what the command says, field by field."""
    return answer(checks, *if_fine(checks, kind, **_fields(command)))


def _decide_amendment(protocol: Protocol, state: TrialState, command: cc.AdoptAmendment, by: By) -> Decision:
    new, today = command.protocol, by.occurred.date()
    difference = compare(protocol, new)
    checks = tuple(amendment.check_amendment(protocol, state, command, difference, today))
    if checks:
        return Refused(checks)
    fields = {
        "protocol_version": new.version,
        "protocol_digest": new.digest(),
        "replaces": protocol.digest(),
        "approved_by": command.approved_by,
        "reference": command.reference,
        "approved_on": command.approved_on,
        "impact": command.impact,
        "asks": amendment.who_is_asked(protocol, state, command),
        "forms": dict(difference.forms),
        "due": amendment.due_day(protocol, command) or today,
        "may_refuse": command.may_refuse,
        "added": difference.added,
        "urgent": True if command.urgent else None,
    }
    adopted = ProtocolAdopted(protocol_version=new.version, protocol_digest=new.digest())
    return answer((), *if_fine((), ce.AmendmentAdopted, **fields), adopted)


def _check_site(protocol: Protocol, state: TrialState, site: str) -> Iterator[Issue]:
    sites = [known.id for known in protocol.organisation.sites]
    if site not in sites:
        message = f"the protocol has no site {site!r}; it has {', '.join(sites)}."
        yield refuse("unknown-site", "", message, "Choose one of these.")
    if site in state.course.sites:
        message = f"{site!r} was opened on {state.course.sites[site]}."
        yield refuse("site-open", "", message, "Nothing more is needed.")


def _check_in_error(state: TrialState, one: Participant) -> Iterator[Issue]:
    if one.randomised is None:
        yield refuse("not-randomised", one.id, "was not randomised.", "Fail the screening, or withdraw instead.")
    if one.administered is not None:
        message = f"{one.preparation} was given already."
        yield refuse("already-given", one.id, message, "Record a deviation and follow up.")
    if one.id in state.course.in_error:
        yield refuse("in-error-already", one.id, "this is recorded already.", "Nothing more is needed.")


def _check_disclosure(state: TrialState, one: Participant) -> Iterator[Issue]:
    """What people were given is told to them once all are unblinded as planned, which comes after the lock."""
    if state.locked is None or not papers.is_unblinded_as_planned(state):
        message = "the allocation of all is not unblinded yet."
        yield refuse("before-unblinding", one.id, message, "Wait for the lock and the planned unblinding.")
    if one.id in state.course.disclosed:
        yield refuse("disclosed-already", one.id, "the letter was sent already.", "Nothing more is needed.")


def _check_stated(state: TrialState) -> Iterator[Issue]:
    """What can still be written into is not the archive that was searched."""
    if state.locked is None:
        yield refuse("not-locked-yet", "", "the database is not locked.", "Lock it, archive it, search the archive.")


def check_not_after_the_end(state: TrialState, one: Participant, on: date) -> Iterator[Issue]:
    """After an early end visits are held until the day that the sponsor set."""
    until = state.course.follow_up_until
    if until is not None and on > until:
        message = f"visits are held until {until}; this one is of {on}."
        yield refuse("after-the-end", one.id, message, "It counts as not held because the trial was terminated.")
