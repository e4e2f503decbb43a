"""What can happen in a trial, as the open strand tells it. Events are past participles and carry no arm.

An event says what was done or found, in the field's words, with values as they were typed. Nothing here may depend on
which arm a participant is in: not the fields, not their presence, not the reasons (those about a preparation come from
one neutral list). The sealed family stands in `armlet.ledger.sealed`; the open strand cannot hold one.
Decision record 0001 tells why the list is as it is.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from armlet.ledger import consent_events, safety_events
from armlet.ledger.blinding_events import BlindingEvent
from armlet.ledger.consent_events import ConsentEvent, DocumentDigest, Language, OneLine
from armlet.ledger.course_events import CourseEvent
from armlet.ledger.data_events import DataEvent
from armlet.ledger.event import (
    Event,
    Moment,
    NumberText,
    OfParticipant,
    ParticipantId,
    SealedBox,
    Words,
)
from armlet.ledger.intake_events import IntakeEvent
from armlet.protocol.criteria import Name
from armlet.protocol.model import Role
from armlet.units import Quantity

WithdrawalScope = consent_events.WithdrawalScope


class StopReason(StrEnum):
    """Why a trial was suspended or terminated (FHIR's four codes do not hold what stops small trials)."""

    ACCRUAL = "accrual"
    EFFICACY = "efficacy"
    FUTILITY = "futility"
    TOXICITY = "toxicity"
    PRODUCT = "product or manufacturing"
    REGULATORY_CHANGE = "regulatory change"
    FUNDING = "funding"
    INVESTIGATOR_LEFT = "investigator left"
    SPONSOR_DECISION = "sponsor decision"
    ETHICS = "ethics"
    OTHER = "other"


class NeutralReason(StrEnum):
    """Why a preparation was moved or not given: one list for everybody, whatever was allocated."""

    LOGISTICS = "logistics"
    PARTICIPANT = "participant could not attend"
    RECRUITMENT_STOPPED = "preparation stopped for the whole trial"


class MissingReason(StrEnum):
    """Why a value that the protocol asks for is not there."""

    NOT_DONE = "not done"
    HAEMOLYSED = "sample haemolysed"
    LOST = "sample lost"
    REFUSED = "participant refused"
    TRIAL_TERMINATED = "trial terminated"
    OTHER = "other"


Seriousness: TypeAlias = safety_events.Seriousness


class LearntHow(StrEnum):
    """By which way an allocation became known that nobody was to know: one list for everybody, without details."""

    PARTICIPANT = "the participant said so"
    STAFF = "somebody on the staff said so"
    DOCUMENT = "a document, a label or a message"
    PREPARATION = "the look or the handling of the preparation"
    COURSE = "the clinical course or a measured value"
    SYSTEM = "a computer system"
    OTHER = "other"


class GuessOccasion(StrEnum):
    """When somebody is asked what they believe was given: once early and once at the end."""

    EARLY = "early"
    END = "end"


class UnblindingCategory(StrEnum):
    """On what ground somebody may learn an allocation."""

    EMERGENCY = "emergency care"
    SAFETY_REPORT = "expedited safety report"
    SAFETY_BOARD = "safety board"
    ANALYSIS = "planned, after the lock"


# --- The trial ------------------------------------------------------------------------------------------------------


class TrialOpened(Event):
    """The trial's ledger begins. A simulated trial says so in its first entry, for ever."""

    kind: Literal["trial opened"] = "trial opened"
    trial: Name
    simulated: bool


class ProtocolAdopted(Event):
    """This version of the protocol is in force from here on."""

    kind: Literal["protocol adopted"] = "protocol adopted"
    protocol_version: str
    protocol_digest: str


class AllocationCommitted(Event):
    """Somebody outside the trial team sealed the seed and the scheme; this digest binds them to it and tells nothing.

    The seed of 256 bits is part of what is digested, so that guessing the list and digesting it opens nothing.
    """

    kind: Literal["allocation committed"] = "allocation committed"
    commitment: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")


class RecruitmentOpened(Event):
    """Participants may be enrolled."""

    kind: Literal["recruitment opened"] = "recruitment opened"


class RecruitmentSuspended(Event):
    """No enrolment, allocation or administration until resumed; follow-up goes on."""

    kind: Literal["recruitment suspended"] = "recruitment suspended"
    because: StopReason
    why: Words = Field(min_length=1)


class RecruitmentResumed(Event):
    """What was suspended goes on."""

    kind: Literal["recruitment resumed"] = "recruitment resumed"
    why: Words = Field(min_length=1)


class TrialTerminated(Event):
    """The trial has stopped early and will not go on."""

    kind: Literal["trial terminated"] = "trial terminated"
    because: StopReason
    why: Words = Field(min_length=1, max_length=250)


class TrialCompleted(Event):
    """The last visit of the last participant is over."""

    kind: Literal["trial completed"] = "trial completed"


class DatabaseLocked(Event):
    """No result is changed from here on. `head` is the digest of the entry before, to be published."""

    kind: Literal["database locked"] = "database locked"
    entries: int
    head: str
    agreed_by: tuple[str, str]


class WarrantGranted(Event):
    """Somebody may learn an allocation: of one participant, or of all after the lock. The arm is not told here.

    `confirmed_by` is how the second factor was given, never the factor. In a `drill` nobody's arm is learnt. `agreed_by`
    are the two people of a planned unblinding, and `override` says why one person unblinded two within minutes.
    """

    kind: Literal["warrant granted"] = "warrant granted"
    warrant: str
    participant: ParticipantId | None = None
    category: UnblindingCategory
    why: Words = Field(min_length=1)
    to: str = Field(min_length=1)
    confirmed_by: str | None = None
    drill: Literal[True] | None = None
    agreed_by: tuple[str, str] | None = None
    override: Words | None = None


class Delegated(Event):
    """A person works in a role from here on: at one site, or at all of them where no site is named."""

    kind: Literal["delegated"] = "delegated"
    person: str = Field(min_length=1)
    role: Role
    site: Name | None = None


class DelegationEnded(Event):
    """The person no longer works in the role."""

    kind: Literal["delegation ended"] = "delegation ended"
    person: str = Field(min_length=1)
    role: Role
    why: Words = Field(min_length=1)


class SealingKeyPublished(Event):
    """What this key locks only the vault can open: X25519, the public half, in hexadecimal digits."""

    kind: Literal["sealing key published"] = "sealing key published"
    key: str = Field(pattern=r"^[0-9a-f]{64}$")


class UnblindingRefused(Event):
    """Somebody asked for an allocation and was refused, by these rules. Their words are not kept."""

    kind: Literal["unblinding refused"] = "unblinding refused"
    participant: ParticipantId | None = None
    category: UnblindingCategory
    rules: tuple[str, ...] = Field(min_length=1)


class AllocationRead(Event):
    """The person whom a warrant names was shown what it covers; the arm is not told here. Who knows is the sum of these."""

    kind: Literal["allocation read"] = "allocation read"
    warrant: str
    participant: ParticipantId | None = None
    by: str = Field(min_length=1)
    drill: Literal[True] | None = None


class UnblindingReported(OfParticipant):
    """Somebody learnt, or may have learnt, an allocation by accident. What they believe they know is in the box.

    There is none in a trial that has published no sealing key: the report is taken all the same, without the details.
    """

    kind: Literal["unblinding reported"] = "unblinding reported"
    who: str = Field(min_length=1)
    who_works_as: Role
    how: LearntHow
    on: date
    box: SealedBox | None = None


class TextReleased(Event):
    """The words of an entry that were held: checked, and now to be read by everybody. Field by field."""

    kind: Literal["text released"] = "text released"
    of: int = Field(ge=1)
    texts: dict[str, str] = Field(min_length=1)


class EntryRedacted(Event):
    """Words were taken out of an entry, for instance a name. `kept` is the digest of what stands there now."""

    kind: Literal["entry redacted"] = "entry redacted"
    of: int = Field(ge=1)
    fields: tuple[str, ...] = Field(min_length=1)
    kept: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    why: str = Field(min_length=1)
    agreed_by: tuple[str, str]


# --- Entry ----------------------------------------------------------------------------------------------------------


class Identified(OfParticipant):
    """A person got a participant number at a site; who they are stands elsewhere."""

    kind: Literal["identified"] = "identified"
    site: Name


class Consented(OfParticipant):
    """A consent of the protocol was given, in this version of its form.

    `document` is the digest of the text that was signed. `signed_by` names a signer who is not the participant, with
    what they are to them. `options` has what was agreed to and what was not, where the protocol offers a choice.
    """

    kind: Literal["consented"] = "consented"
    form: Name
    form_version: str
    language: Language | None = None
    document: DocumentDigest | None = None
    options: dict[str, bool] | None = None
    identity: OneLine | None = None
    signed_by: OneLine | None = None
    licence: OneLine | None = None
    relation: OneLine | None = None


class Screened(OfParticipant):
    """The answers to the criteria's measures, as typed: text with unit, code, yes/no, or null where not known."""

    kind: Literal["screened"] = "screened"
    attempt: int = Field(ge=1)
    answers: dict[Name, str | bool | None]
    reference: date


class EligibilityAssessed(OfParticipant):
    """The verdict, criterion by criterion, as computed from the answers and signed by the actor."""

    kind: Literal["eligibility assessed"] = "eligibility assessed"
    attempt: int = Field(ge=1)
    verdict: Literal["eligible", "not eligible", "unknown"]
    criteria: dict[Name, Literal["met", "not met", "unknown"]]


class ScreeningFailed(OfParticipant):
    """The participant does not enter, for these criteria."""

    kind: Literal["screening failed"] = "screening failed"
    attempt: int = Field(ge=1)
    criteria: tuple[Name, ...]


class RescreeningStarted(OfParticipant):
    """A participant who failed is screened again, under the same number."""

    kind: Literal["rescreening started"] = "rescreening started"
    attempt: int = Field(ge=2)
    why: Words = Field(min_length=1)


class Enrolled(OfParticipant):
    """The participant is in the trial."""

    kind: Literal["enrolled"] = "enrolled"


# --- Allocation and preparation, the same for everybody -------------------------------------------------------------


class ProductCertified(OfParticipant):
    """The participant's product is made and released, until it expires, before anybody's arm is drawn.

    Only in a trial that allocates late; there everybody has one, whichever arm they will be in.
    """

    kind: Literal["product certified"] = "product certified"
    expires: Moment


class RandomisationRequested(OfParticipant):
    """The site asked for an allocation; `request` makes a repeated click the same request.

    `levels` are the participant's levels of the factors that the arms are balanced over, as recorded at that moment and
    confirmed; left out in a trial without factors. A later correction of their source changes no allocation.
    """

    kind: Literal["randomisation requested"] = "randomisation requested"
    request: str
    levels: dict[Name, str] | None = None


class Randomised(OfParticipant):
    """An allocation exists. The preparation has a neutral number from one common series."""

    kind: Literal["randomised"] = "randomised"
    preparation: str
    due: date


class PreparationMoved(OfParticipant):
    """The preparation will be ready on another day."""

    kind: Literal["preparation moved"] = "preparation moved"
    preparation: str
    due: date
    because: NeutralReason


class PreparationReleased(OfParticipant):
    """The preparation may be given until it expires.

    Where there is a product to dose: the volume, the weight that it was drawn up for, and the weights between which it
    keeps the dose inside the limits.
    """

    kind: Literal["preparation released"] = "preparation released"
    preparation: str
    expires: Moment
    weight: Quantity | None = None
    volume: Quantity | None = None
    weight_from: Quantity | None = None
    weight_to: Quantity | None = None


class Administered(OfParticipant):
    """The preparation was given: when, how much of it, and which two people checked whose it was."""

    kind: Literal["administered"] = "administered"
    preparation: str
    started: Moment
    stopped: Moment
    volume: Quantity | None = None
    complete: bool
    checked_by: tuple[str, str]


class AdministrationCancelled(OfParticipant):
    """The preparation will not be given; visits are counted from the planned day."""

    kind: Literal["administration cancelled"] = "administration cancelled"
    preparation: str
    planned: date
    because: NeutralReason


# --- Visits and results ---------------------------------------------------------------------------------------------


class VisitHeld(OfParticipant):
    """A visit took place. `days_off` is 0 in the window, negative when too early, positive when too late."""

    kind: Literal["visit held"] = "visit held"
    visit: Name
    on: date
    days_off: int


class VisitMissed(OfParticipant):
    """A visit did not take place and will not."""

    kind: Literal["visit missed"] = "visit missed"
    visit: Name
    why: Words = Field(min_length=1)


class UnscheduledVisitHeld(OfParticipant):
    """A visit that the schedule does not know."""

    kind: Literal["unscheduled visit held"] = "unscheduled visit held"
    on: date
    why: Words = Field(min_length=1)


class ActivityDone(OfParticipant):
    """An activity without values (a procedure) was done at a visit."""

    kind: Literal["activity done"] = "activity done"
    visit: Name
    activity: Name
    on: date


class ResultRecorded(OfParticipant):
    """One measured value as reported. `sample` is the nominal time or day of its activity, `actual` the real one.

    `below` means that the laboratory reported "less than `value`".
    """

    kind: Literal["result recorded"] = "result recorded"
    visit: Name
    activity: Name
    measure: Name
    sample: str = ""
    actual: str = ""
    value: NumberText
    unit: str
    below: bool = False


class ResultMissing(OfParticipant):
    """A value that the protocol asks for is not there, and why."""

    kind: Literal["result missing"] = "result missing"
    visit: Name
    activity: Name
    measure: Name
    sample: str = ""
    because: MissingReason


class ResultCorrected(OfParticipant):
    """A recorded value was wrong; the entry `of` stays, this is what it should have been."""

    kind: Literal["result corrected"] = "result corrected"
    of: int = Field(ge=1)
    value: NumberText
    unit: str
    below: bool = False
    why: Words = Field(min_length=1)


class ResultSealed(OfParticipant):
    """One measured value, written for the vault alone because it could tell the arm. The box holds the whole result."""

    kind: Literal["result sealed"] = "result sealed"
    visit: Name
    activity: Name
    measure: Name
    sample: str = ""
    box: SealedBox


class SealedResultCorrected(OfParticipant):
    """A sealed value was wrong; the entry `of` stays. What it should have been, and why, is in the box."""

    kind: Literal["sealed result corrected"] = "sealed result corrected"
    of: int = Field(ge=1)
    box: SealedBox


class GuessGiven(OfParticipant):
    """Somebody was asked which arm they believe it is, before any unblinding. The answer is in the box."""

    kind: Literal["guess given"] = "guess given"
    of: Role
    who: str = ""
    occasion: GuessOccasion
    box: SealedBox


# --- Safety, deviations, ends ---------------------------------------------------------------------------------------


class AdverseEventReported(OfParticipant):
    """An adverse event in the reporter's words: when, its grade on the protocol's scale (None: not gradable)."""

    kind: Literal["adverse event reported"] = "adverse event reported"
    term: Words = Field(min_length=1)
    onset: date
    ended: date | None = None
    grade: int | None = Field(default=None, ge=1, le=5)
    serious: tuple[Seriousness, ...] = ()
    related_to: tuple[str, ...] = ()
    expected: bool | None = None


class DeviationRecorded(OfParticipant):
    """Something was not done as the protocol says."""

    kind: Literal["deviation recorded"] = "deviation recorded"
    what: Words = Field(min_length=1)
    on: date


class Withdrawn(OfParticipant):
    """The participant takes back agreement, to what is named and to nothing else."""

    kind: Literal["withdrawn"] = "withdrawn"
    scopes: tuple[WithdrawalScope, ...] = Field(min_length=1)
    why: Words = ""


class LostToFollowUp(OfParticipant):
    """The participant cannot be reached after the attempts that the protocol asks for."""

    kind: Literal["lost to follow-up"] = "lost to follow-up"
    attempts: int = Field(ge=1)


class FollowUpEnded(OfParticipant):
    """The participant's last visit is over; `early` when the trial stopped before the schedule did."""

    kind: Literal["follow-up ended"] = "follow-up ended"
    early: bool


OpenEvent: TypeAlias = (
    TrialOpened
    | ProtocolAdopted
    | AllocationCommitted
    | RecruitmentOpened
    | RecruitmentSuspended
    | RecruitmentResumed
    | TrialTerminated
    | TrialCompleted
    | DatabaseLocked
    | WarrantGranted
    | Delegated
    | DelegationEnded
    | SealingKeyPublished
    | UnblindingRefused
    | AllocationRead
    | UnblindingReported
    | TextReleased
    | EntryRedacted
    | Identified
    | Consented
    | Screened
    | EligibilityAssessed
    | ScreeningFailed
    | RescreeningStarted
    | Enrolled
    | ProductCertified
    | RandomisationRequested
    | Randomised
    | PreparationMoved
    | PreparationReleased
    | Administered
    | AdministrationCancelled
    | VisitHeld
    | VisitMissed
    | UnscheduledVisitHeld
    | ActivityDone
    | ResultRecorded
    | ResultMissing
    | ResultCorrected
    | ResultSealed
    | SealedResultCorrected
    | GuessGiven
    | AdverseEventReported
    | DeviationRecorded
    | Withdrawn
    | LostToFollowUp
    | FollowUpEnded
    | safety_events.SafetyEvent
    | DataEvent
    | ConsentEvent
    | CourseEvent
    | BlindingEvent
    | IntakeEvent
)
AnyOpenEvent = Annotated[OpenEvent, Field(discriminator="kind")]
