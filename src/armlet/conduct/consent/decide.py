"""What follows from a command about consents: the events, or every reason why it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from armlet.conduct.answer import Decision, answer, if_fine
from armlet.conduct.commands import By
from armlet.conduct.consent import commands as cc
from armlet.conduct.consent import documents, follow_up, signing
from armlet.conduct.consent.commands import ConsentCommand
from armlet.conduct.consent.state import Stage
from armlet.conduct.rules import ending, refuse, visits
from armlet.conduct.state import Participant, TrialState
from armlet.issues import Issue
from armlet.ledger import consent_events as ce
from armlet.ledger.events import OpenEvent
from armlet.protocol.model import Protocol, Role


def decide(protocol: Protocol, state: TrialState, command: ConsentCommand, by: By) -> Decision:
    """What follows from the command."""
    today = by.occurred.date()
    match command:
        case cc.DraftConsentDocument():
            checks = tuple(documents.check_draft(protocol, state.consent, command))
            return _record(checks, ce.ConsentDocumentDrafted, command)
        case cc.SubmitConsentDocument():
            checks = tuple(documents.check_step(state.consent, command, Stage.DRAFT, today))
            return _record(checks, ce.ConsentDocumentSubmitted, command)
        case cc.ApproveConsentDocument():
            checks = tuple(documents.check_step(state.consent, command, Stage.SUBMITTED, today))
            return _record(checks, ce.ConsentDocumentApproved, command)
        case cc.UseConsentDocument():
            checks = (
                *documents.check_step(state.consent, command, Stage.APPROVED, today),
                *documents.check_use(protocol, state.consent, command),
            )
            return _record(checks, ce.ConsentDocumentEffective, command)
        case _:
            return _decide_one(protocol, state, state.participants[command.participant], command, by)


_OfOne = (
    cc.IssueConsentCopy
    | cc.AssessCompetence
    | cc.DoubtCompetence
    | cc.RevokePhysicianConsent
    | cc.CloseMedicalReview
    | cc.RefuseReconsent
    | cc.Return
    | cc.DiscontinueIntervention
    | cc.RecordDeath
    | cc.RecordContactAttempt
    | cc.ReviewRecords
    | cc.CertifyDestruction
)


def _decide_one(protocol: Protocol, state: TrialState, one: Participant, command: _OfOne, by: By) -> Decision:
    today = by.occurred.date()
    match command:
        case cc.IssueConsentCopy():
            checks = (*_check_given(one, command.form), *visits.check_day(one.id, command.on, today))
            return _record(checks, ce.ConsentCopyIssued, command)
        case cc.AssessCompetence():
            checks = (
                *signing.check_assessor(protocol, state, one, command, by),
                *visits.check_day(one.id, command.on, today),
            )
            return _record(checks, ce.CompetenceAssessed, command)
        case cc.DoubtCompetence():
            checks = (*_check_assessed(state, one), *ending.check_why(command.why))
            return _record(checks, ce.CompetenceDoubted, command)
        case cc.RevokePhysicianConsent():
            checks = (
                *_check_given(one, command.form),
                *_check_physicians(protocol, one, command.form),
                *ending.check_why(command.why),
            )
            return _record(checks, ce.PhysicianConsentRevoked, command)
        case cc.CloseMedicalReview():
            checks = (*_check_review(state, one), *ending.check_why(command.why))
            return _record(checks, ce.MedicalReviewed, command)
        case cc.RefuseReconsent():
            return _decide_refusal(state, one, command)
        case _:
            return _decide_leaving(state, one, command, by)


_Leaving = (
    cc.Return
    | cc.DiscontinueIntervention
    | cc.RecordDeath
    | cc.RecordContactAttempt
    | cc.ReviewRecords
    | cc.CertifyDestruction
)


def _decide_leaving(state: TrialState, one: Participant, command: _Leaving, by: By) -> Decision:
    today = by.occurred.date()
    match command:
        case cc.Return():
            return _record(tuple(_check_return(state, one, command)), ce.Returned, command)
        case cc.DiscontinueIntervention():
            checks = (*_check_not_given(state, one), *ending.check_why(command.why))
            return _record(checks, ce.InterventionDiscontinued, command)
        case cc.RecordDeath():
            checks = (*_check_alive(one), *visits.check_day(one.id, command.on, today))
            return _record(checks, ce.Died, command)
        case cc.RecordContactAttempt():
            checks = (*_check_contact(state, one, command), *visits.check_day(one.id, command.on, today))
            return _record(checks, ce.ContactAttempted, command)
        case cc.ReviewRecords():
            checks = (
                *_check_records(state, one, command),
                *visits.check_day(one.id, command.on, today),
                *ending.check_why(command.what),
            )
            return _record(checks, ce.RecordsReviewed, command)
        case cc.CertifyDestruction():
            checks = (*_check_destruction(state, one, command, by), *visits.check_day(one.id, command.on, today))
            return _record(checks, ce.DestructionCertified, command)
        case _:
            assert_never(command)


def _record(checks: tuple[Issue, ...], kind: type[OpenEvent], command: ConsentCommand) -> Decision:
    """The event that says what the command says, field by field."""
    fields = {name: getattr(command, name) for name in command.__dataclass_fields__}
    return answer(checks, *if_fine(checks, kind, **fields))


def _check_given(one: Participant, form: str) -> Iterator[Issue]:
    if form not in one.consents:
        yield refuse("no-consent", one.id, f"the consent {form!r} is not recorded.", "Record it first.")


def _check_assessed(state: TrialState, one: Participant) -> Iterator[Issue]:
    if state.consent.of_participant(one.id).competence is None:
        yield refuse("no-competence", one.id, "competence was not assessed.", "Have it assessed first.")


def _check_physicians(protocol: Protocol, one: Participant, form: str) -> Iterator[Issue]:
    if any(known.id == form and known.by is not Role.TREATING_PHYSICIAN for known in protocol.consents):
        message = f"{form!r} is not a treating physician's to take back."
        yield refuse("not-the-physicians", one.id, message, "A participant withdraws; record that.")


def _check_review(state: TrialState, one: Participant) -> Iterator[Issue]:
    if not state.consent.of_participant(one.id).revoked:
        yield refuse("no-review", one.id, "no medical review is open.", "Check the number.")


def _decide_refusal(state: TrialState, one: Participant, command: cc.RefuseReconsent) -> Decision:
    asked = state.consent.of_participant(one.id).asked.get(command.form)
    if asked is None or asked.refused:
        message = f"nobody is waiting for a consent to {command.form!r} anew."
        checks = (refuse("not-asked", one.id, message, "Check the number and the form."),)
        return answer(checks)
    fields = {"participant": one.id, "form": command.form, "form_version": asked.version, "why": command.why}
    return answer((), *if_fine((), ce.ReconsentRefused, **fields))


def _check_return(state: TrialState, one: Participant, command: cc.Return) -> Iterator[Issue]:
    """Only what was taken back comes back, and only on a consent that is newer than the withdrawal."""
    found = state.consent.of_participant(one.id)
    if not command.scopes or not set(command.scopes) <= one.withdrawn:
        message = "a return names what was taken back."
        yield refuse("not-withdrawn", one.id, message, "Name what the participant agrees to again.")
        return
    since = max(found.withdrawn[scope] for scope in command.scopes)
    if not any(given.at > since for given in found.given):
        message = f"there is no consent after the withdrawal of {since.date()}."
        yield refuse("no-new-consent", one.id, message, "Ask for consent anew, then record the return.")


def _check_not_given(state: TrialState, one: Participant) -> Iterator[Issue]:
    if one.administered is not None:
        yield refuse("already-given", one.id, f"{one.preparation} was given already.", "There is nothing to stop.")
    if state.consent.of_participant(one.id).discontinued:
        yield refuse("discontinued", one.id, "this was decided already.", "Nothing more is needed.")


def _check_alive(one: Participant) -> Iterator[Issue]:
    if one.died is not None:
        yield refuse("died", one.id, f"died on {one.died}.", "Check the number.")


def _check_contact(state: TrialState, one: Participant, command: cc.RecordContactAttempt) -> Iterator[Issue]:
    yield from _check_alive(one)
    if not follow_up.what_may_be_done(state, one, command.on).contact:
        message = "took back agreement to be contacted."
        yield refuse("no-contact", one.id, message, "Do not call or write.")


def _check_records(state: TrialState, one: Participant, command: cc.ReviewRecords) -> Iterator[Issue]:
    if not one.consents:
        yield refuse("no-consent", one.id, "no consent is recorded.", "Record it first.")
    if not follow_up.what_may_be_done(state, one, command.on).records:
        message = "took back agreement to look into the records."
        yield refuse("no-records", one.id, message, "Do not look; what was known before stays.")


def _check_destruction(state: TrialState, one: Participant, command: cc.CertifyDestruction, by: By) -> Iterator[Issue]:
    """Once, and with a witness who is somebody else."""
    if command.of in state.consent.of_participant(one.id).destroyed:
        message = f"the destruction of the {command.of.value} is certified already."
        yield refuse("destroyed-already", one.id, message, "Nothing more is needed.")
    if " ".join(command.witnessed_by.split()).casefold() == " ".join(by.actor.split()).casefold():
        yield refuse("two-people", one.id, "the witness is who records it; expected another person.", "Name both.")
