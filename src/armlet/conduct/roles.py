"""Which role may ask for what, and which viewpoint it has: not listed is refused, not named is blinded.

Decision record 0003 tells why the viewpoint is a type at the door and not a question asked on every page; 0016 tells how
the rights come from one matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from armlet.conduct import commands as c
from armlet.conduct.blinding import commands as b
from armlet.conduct.consent import commands as consent
from armlet.conduct.course import commands as course
from armlet.conduct.data import commands as k
from armlet.conduct.intake.commands import ImportResults
from armlet.conduct.role_matrix import Act, Condition, Conditions, load_matrix
from armlet.conduct.safety import commands as s
from armlet.protocol.model import Protocol, Role

COMMANDS: Final[dict[type[c.Command], tuple[str, Act]]] = {
    c.OpenTrial: ("protocol", Act.WRITE),
    c.CommitAllocation: ("allocation_list", Act.WRITE),
    c.PublishSealingKey: ("allocation_list", Act.WRITE),
    c.ReleaseWords: ("audit_trail", Act.WRITE),
    c.Suspend: ("course_of_trial", Act.ACT),
    c.Resume: ("course_of_trial", Act.WRITE),
    c.Terminate: ("course_of_trial", Act.WRITE),
    c.Complete: ("course_of_trial", Act.WRITE),
    c.Lock: ("lock", Act.ACT),
    c.GrantWarrant: ("code_break", Act.ACT),
    c.Redact: ("audit_trail", Act.ACT),
    c.RecordRead: ("code_break", Act.ACT),
    c.ReportUnblinding: ("accidental_unblinding", Act.WRITE),
    c.Delegate: ("accounts", Act.WRITE),
    c.EndDelegation: ("accounts", Act.WRITE),
    c.Identify: ("enrolment", Act.WRITE),
    c.GiveConsent: ("enrolment", Act.WRITE),
    c.Screen: ("enrolment", Act.ACT),
    c.Rescreen: ("enrolment", Act.ACT),
    c.Enrol: ("enrolment", Act.ACT),
    c.CertifyProduct: ("ready_for_infusion", Act.WRITE),
    c.RequestRandomisation: ("randomise", Act.ACT),
    c.ConfirmRandomisation: ("allocation_list", Act.WRITE),
    c.MovePreparation: ("ready_for_infusion", Act.WRITE),
    c.ReleasePreparation: ("preparation", Act.WRITE),
    c.Administer: ("infusion", Act.WRITE),
    c.CancelAdministration: ("ready_for_infusion", Act.ACT),
    c.HoldVisit: ("form_entry", Act.WRITE),
    c.MissVisit: ("form_entry", Act.WRITE),
    c.HoldUnscheduledVisit: ("form_entry", Act.WRITE),
    c.DoActivity: ("form_entry", Act.WRITE),
    c.RecordResult: ("form_entry", Act.WRITE),
    c.RecordMissing: ("form_entry", Act.WRITE),
    c.CorrectResult: ("form_entry", Act.WRITE),
    c.GiveGuess: ("guesses", Act.WRITE),
    c.ReportAdverseEvent: ("adverse_events", Act.WRITE),
    c.RecordDeviation: ("deviations", Act.WRITE),
    c.Withdraw: ("enrolment", Act.WRITE),
    c.LoseToFollowUp: ("enrolment", Act.WRITE),
    c.EndFollowUp: ("enrolment", Act.WRITE),
    s.RecordAdverseEvent: ("adverse_events", Act.WRITE),
    s.FollowUpAdverseEvent: ("adverse_events", Act.WRITE),
    s.AssessCausality: ("adverse_events", Act.WRITE),
    s.AssessExpectedness: ("adverse_events", Act.WRITE),
    s.InformSponsor: ("adverse_events", Act.WRITE),
    s.CloseExpeditedDuty: ("adverse_events", Act.WRITE),
    s.TakeReading: ("infusion", Act.WRITE),
    s.CorrectReading: ("infusion", Act.WRITE),
    s.MissReading: ("infusion", Act.WRITE),
    s.RecordAdvice: ("course_of_trial", Act.ACT),
    s.TakeUrgentMeasure: ("course_of_trial", Act.ACT),
    s.FollowUpUrgentMeasure: ("course_of_trial", Act.ACT),
    s.ReportIncident: ("deviations", Act.WRITE),
    s.ReportPregnancy: ("adverse_events", Act.WRITE),
    s.FollowUpPregnancy: ("adverse_events", Act.WRITE),
    k.RepeatVisit: ("form_entry", Act.WRITE),
    k.CorrectVisitDate: ("form_entry", Act.WRITE),
    k.RetractResult: ("form_entry", Act.WRITE),
    k.EnterAgain: ("form_entry", Act.WRITE),
    k.AdjudicateEntry: ("form_entry", Act.WRITE),
    k.OpenQuery: ("queries", Act.ACT),
    k.AnswerQuery: ("queries", Act.WRITE),
    k.CloseQuery: ("queries", Act.ACT),
    k.ReopenQuery: ("queries", Act.ACT),
    k.VerifyForm: ("source_verification", Act.ACT),
    k.ReviewForm: ("data_review", Act.ACT),
    k.AcceptSignaturePolicy: ("signatures", Act.ACT),
    k.Sign: ("signatures", Act.ACT),
    k.Freeze: ("data_review", Act.ACT),
    k.Thaw: ("data_review", Act.ACT),
    k.ClassifyDeviation: ("deviations", Act.ACT),
    k.RecordIntercurrentEvent: ("deviations", Act.WRITE),
    k.AssignSets: ("analysis_sets", Act.ACT),
    k.RequestUnlock: ("unlock", Act.WRITE),
    k.ApproveUnlock: ("unlock", Act.ACT),
    consent.DraftConsentDocument: ("consent_documents", Act.WRITE),
    consent.SubmitConsentDocument: ("consent_documents", Act.WRITE),
    consent.ApproveConsentDocument: ("consent_documents", Act.WRITE),
    consent.UseConsentDocument: ("consent_documents", Act.WRITE),
    consent.IssueConsentCopy: ("enrolment", Act.WRITE),
    consent.AssessCompetence: ("enrolment", Act.ACT),
    consent.DoubtCompetence: ("enrolment", Act.WRITE),
    consent.RevokePhysicianConsent: ("enrolment", Act.WRITE),
    consent.CloseMedicalReview: ("enrolment", Act.ACT),
    consent.RefuseReconsent: ("enrolment", Act.WRITE),
    consent.Return: ("enrolment", Act.WRITE),
    consent.DiscontinueIntervention: ("enrolment", Act.ACT),
    consent.RecordDeath: ("enrolment", Act.WRITE),
    consent.RecordContactAttempt: ("enrolment", Act.WRITE),
    consent.ReviewRecords: ("enrolment", Act.WRITE),
    consent.CertifyDestruction: ("enrolment", Act.WRITE),
    course.FileDocument: ("trial_documents", Act.WRITE),
    course.SignProtocol: ("protocol", Act.ACT),
    course.OpenSite: ("course_of_trial", Act.WRITE),
    course.OpenRecruitment: ("course_of_trial", Act.WRITE),
    course.PostRegistryStatus: ("course_of_trial", Act.WRITE),
    course.AdoptAmendment: ("protocol", Act.WRITE),
    course.DeclareRandomisedInError: ("enrolment", Act.ACT),
    course.RecordCarePlan: ("enrolment", Act.ACT),
    course.LimitFollowUp: ("course_of_trial", Act.WRITE),
    course.SendNotice: ("trial_documents", Act.WRITE),
    course.IssueDisclosure: ("trial_documents", Act.WRITE),
    course.StateIdentities: ("accounts", Act.WRITE),
    b.KeepRemark: ("guesses", Act.WRITE),
    ImportResults: ("file_imports", Act.WRITE),
}
"""What each command does, and with what: its cells say who may ask for it."""


def who_may_ask(command: type[c.Command]) -> frozenset[Role]:
    """The roles whose cell has the right that a command needs.

    A right to one's `own` only is not enough: the ledger does not know which person a participant's number is.
    """
    thing, act = COMMANDS[command]
    rights = {role: cell.conditions(act) for role, cell in load_matrix()[thing].cells.items()}
    return frozenset(role for role, when in rights.items() if when is not None and Condition.OWN not in when)


MAY: Final[dict[type[c.Command], frozenset[Role]]] = {command: who_may_ask(command) for command in COMMANDS}
"""Who may ask for what, computed from the matrix."""


def is_permitted(role: Role, command: c.Command) -> bool:
    """Whether the role may ask for this kind of thing at all."""
    return role in MAY.get(type(command), frozenset())


@dataclass(frozen=True, slots=True)
class BlindedViewpoint:
    """Sees projections, which have no arm."""

    role: Role


@dataclass(frozen=True, slots=True)
class UnblindedViewpoint:
    """May be shown what the vault holds, under a warrant."""

    role: Role


Viewpoint = BlindedViewpoint | UnblindedViewpoint


def viewpoint(protocol: Protocol, role: Role) -> Viewpoint:
    """The viewpoint that the protocol gives a role; one that it does not name is blinded."""
    if role in protocol.blinding.unblinded:
        return UnblindedViewpoint(role)
    return BlindedViewpoint(role)


def is_blinded(protocol: Protocol, role: Role) -> bool:
    """Whether a role is blinded in this trial."""
    return isinstance(viewpoint(protocol, role), BlindedViewpoint)


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether a right is granted, and what then still has to be seen to; `only` narrows it in words."""

    granted: bool
    conditions: Conditions = ()
    only: str = ""


def may(protocol: Protocol, role: Role, thing: str, act: Act, *, locked: bool = False) -> Permission:
    """The right of a role to an object in this trial; what the matrix does not know is refused.

    An object that tells the arm also needs the unblinded viewpoint, unless the right is to a blinded form, or is to begin
    with the lock. A right that begins with the lock is refused before it.
    """
    row = load_matrix().get(thing)
    cell = row.cells.get(role) if row is not None else None
    conditions = cell.conditions(act) if cell is not None else None
    if row is None or cell is None or conditions is None:
        return Permission(granted=False)
    if Condition.AFTER_LOCK in conditions:
        return Permission(locked, conditions if locked else (), cell.only if locked else "")
    if row.tells_arm and Condition.BLINDED_FORM not in conditions and is_blinded(protocol, role):
        return Permission(granted=False)
    return Permission(True, conditions, cell.only)
