"""What can happen to consents: their documents, competence, options, refusals, withdrawals and what they lead to.

The consent itself and the withdrawal stand in `armlet.ledger.events`. Everything here is the same for every arm.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from armlet.ledger.event import Event, OfParticipant, Words
from armlet.protocol.criteria import Name

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
"""A language as BCP 47 spells it, such as `sv` or `es-CL`."""
DocumentDigest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
OneLine = Annotated[str, Field(min_length=1, max_length=250)]


class WithdrawalScope(StrEnum):
    """What a participant who withdraws no longer agrees to; a withdrawal names at least one.

    `personal data` is an objection to their processing: a person decides on it, and nothing leaves the ledger by it.
    """

    INTERVENTION = "intervention"
    VISITS = "visits"
    CONTACT = "contact"
    RECORDS = "records"
    SAMPLES = "samples"
    SHARING = "sharing"
    CELLS = "unused cells"
    PERSONAL_DATA = "personal data"


class Competence(StrEnum):
    """What an assessor found of a person's capacity to consent; `borderline` is not competent and not incompetent."""

    COMPETENT = "competent"
    NOT_COMPETENT = "not competent"
    BORDERLINE = "borderline"


class ReviewOutcome(StrEnum):
    """What came out of the medical review after a treating physician took a consent back."""

    CONTINUES = "takes part as before"
    STOPS_INTERVENTION = "is not given the intervention, follow-up continues"


class ContactBy(StrEnum):
    """How somebody was tried to be reached."""

    TELEPHONE = "telephone"
    LETTER = "letter"
    MESSAGE = "message"
    HOME_VISIT = "visit at home"
    OTHER_PHYSICIAN = "another physician"


class Kept(StrEnum):
    """What is kept of a participant's body until it is used or destroyed."""

    SAMPLES = "samples"
    CELLS = "unused cells"


class OfDocument(Event):
    """Base of the events about one version of a consent document in one language."""

    form: Name
    form_version: OneLine
    language: Language


class ConsentDocumentDrafted(OfDocument):
    """A text exists; `elements` has each element of the checklist: "" where the text has it, or why it need not."""

    kind: Literal["consent document drafted"] = "consent document drafted"
    document: DocumentDigest
    elements: dict[str, str]


class ConsentDocumentSubmitted(OfDocument):
    """The text went to an ethics committee."""

    kind: Literal["consent document submitted"] = "consent document submitted"
    to: OneLine
    on: date


class ConsentDocumentApproved(OfDocument):
    """The ethics committee approved the text; it is not in use at any site by that."""

    kind: Literal["consent document approved"] = "consent document approved"
    approved_by: OneLine
    reference: OneLine
    on: date


class ConsentDocumentEffective(OfDocument):
    """A site uses this text from a day on; the version before it may be signed `grace_days` longer, and no more."""

    kind: Literal["consent document effective"] = "consent document effective"
    site: Name
    begins: date
    grace_days: int = Field(default=0, ge=0, le=365)


class ConsentCopyIssued(OfParticipant):
    """The participant was given a signed copy."""

    kind: Literal["consent copy issued"] = "consent copy issued"
    form: Name
    on: date


class CompetenceAssessed(OfParticipant):
    """Somebody independent judged whether the person can consent. Who may see more than whether it is valid: few."""

    kind: Literal["competence assessed"] = "competence assessed"
    assessor: OneLine
    profession: OneLine
    instrument: OneLine
    result: Competence
    on: date


class CompetenceDoubted(OfParticipant):
    """Somebody doubts the competence; the assessment before it no longer counts."""

    kind: Literal["competence doubted"] = "competence doubted"
    why: Words = Field(min_length=1)


class PhysicianConsentRevoked(OfParticipant):
    """The treating physician took back the consent: a medical review is open from here."""

    kind: Literal["physician's consent revoked"] = "physician's consent revoked"
    form: Name
    why: Words = Field(min_length=1)


class MedicalReviewed(OfParticipant):
    """The review that a revoked consent opened is closed."""

    kind: Literal["medical review closed"] = "medical review closed"
    outcome: ReviewOutcome
    why: Words = Field(min_length=1)


class ReconsentRefused(OfParticipant):
    """The participant does not consent to a new version, and stays on the old one where the amendment lets them."""

    kind: Literal["re-consent refused"] = "re-consent refused"
    form: Name
    form_version: OneLine
    why: Words = ""


class Returned(OfParticipant):
    """The participant agrees again to what is named, after a new consent."""

    kind: Literal["returned"] = "returned"
    scopes: tuple[WithdrawalScope, ...] = Field(min_length=1)
    why: Words = ""


class InterventionDiscontinued(OfParticipant):
    """An investigator decided that the participant is not given the intervention; all else continues."""

    kind: Literal["intervention discontinued"] = "intervention discontinued"
    why: Words = Field(min_length=1)


class Died(OfParticipant):
    """The participant has died; the death as an adverse event is reported apart from this."""

    kind: Literal["died"] = "died"
    on: date


class ContactAttempted(OfParticipant):
    """Somebody tried to reach the participant."""

    kind: Literal["contact attempted"] = "contact attempted"
    on: date
    how: ContactBy
    reached: bool


class RecordsReviewed(OfParticipant):
    """What the hospital's records say was looked up, instead of a visit."""

    kind: Literal["records reviewed"] = "records reviewed"
    on: date
    what: Words = Field(min_length=1)


class DestructionCertified(OfParticipant):
    """What was kept of the participant was destroyed or returned, as the certificate says."""

    kind: Literal["destruction certified"] = "destruction certified"
    of: Kept
    certificate: OneLine
    on: date
    witnessed_by: OneLine


ConsentEvent: TypeAlias = (
    ConsentDocumentDrafted
    | ConsentDocumentSubmitted
    | ConsentDocumentApproved
    | ConsentDocumentEffective
    | ConsentCopyIssued
    | CompetenceAssessed
    | CompetenceDoubted
    | PhysicianConsentRevoked
    | MedicalReviewed
    | ReconsentRefused
    | Returned
    | InterventionDiscontinued
    | Died
    | ContactAttempted
    | RecordsReviewed
    | DestructionCertified
)
