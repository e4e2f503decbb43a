"""What people ask about consents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from armlet.ledger.consent_events import Competence, ContactBy, Kept, ReviewOutcome, WithdrawalScope


@dataclass(frozen=True, slots=True)
class DraftConsentDocument:
    """Put a text of a consent on file, with the digest of its file and its checklist ("" or why an element is not in)."""

    form: str
    form_version: str
    language: str
    document: str
    elements: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SubmitConsentDocument:
    """The text was sent to an ethics committee."""

    form: str
    form_version: str
    language: str
    to: str
    on: date


@dataclass(frozen=True, slots=True)
class ApproveConsentDocument:
    """File the committee's approval of the text."""

    form: str
    form_version: str
    language: str
    approved_by: str
    reference: str
    on: date


@dataclass(frozen=True, slots=True)
class UseConsentDocument:
    """Let a site use the text from a day on."""

    form: str
    form_version: str
    language: str
    site: str
    begins: date
    grace_days: int = 0


@dataclass(frozen=True, slots=True)
class IssueConsentCopy:
    """A signed copy was handed to the participant."""

    participant: str
    form: str
    on: date


@dataclass(frozen=True, slots=True)
class AssessCompetence:
    """Record what an independent assessor found."""

    participant: str
    assessor: str
    profession: str
    instrument: str
    result: Competence
    on: date


@dataclass(frozen=True, slots=True)
class DoubtCompetence:
    """Somebody doubts that the participant can consent."""

    participant: str
    why: str


@dataclass(frozen=True, slots=True)
class RevokePhysicianConsent:
    """The treating physician takes back the consent."""

    participant: str
    form: str
    why: str


@dataclass(frozen=True, slots=True)
class CloseMedicalReview:
    """Say what came out of the review."""

    participant: str
    outcome: ReviewOutcome
    why: str


@dataclass(frozen=True, slots=True)
class RefuseReconsent:
    """The participant does not consent to the new version."""

    participant: str
    form: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Return:
    """The participant, who withdrew and has consented anew, agrees again to what is named."""

    participant: str
    scopes: tuple[WithdrawalScope, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class DiscontinueIntervention:
    """An investigator decides that the participant is not given the intervention."""

    participant: str
    why: str


@dataclass(frozen=True, slots=True)
class RecordDeath:
    """The participant has died."""

    participant: str
    on: date


@dataclass(frozen=True, slots=True)
class RecordContactAttempt:
    """Somebody tried to reach the participant."""

    participant: str
    on: date
    how: ContactBy
    reached: bool


@dataclass(frozen=True, slots=True)
class ReviewRecords:
    """What the hospital's records say of the participant was looked up."""

    participant: str
    on: date
    what: str


@dataclass(frozen=True, slots=True)
class CertifyDestruction:
    """What was kept of the participant was destroyed or returned; somebody was witness."""

    participant: str
    of: Kept
    certificate: str
    on: date
    witnessed_by: str


ConsentCommand = (
    DraftConsentDocument
    | SubmitConsentDocument
    | ApproveConsentDocument
    | UseConsentDocument
    | IssueConsentCopy
    | AssessCompetence
    | DoubtCompetence
    | RevokePhysicianConsent
    | CloseMedicalReview
    | RefuseReconsent
    | Return
    | DiscontinueIntervention
    | RecordDeath
    | RecordContactAttempt
    | ReviewRecords
    | CertifyDestruction
)
