"""What can happen to a trial as a whole after its opening: papers, sites, the registry, amendments, letters.

What concerns one participant here (an error at randomisation, a plan of care, a deviation's weight) tells no arm.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal, TypeAlias

from pydantic import Field

from armlet.ledger.consent_events import DocumentDigest, OneLine
from armlet.ledger.event import Event, OfParticipant, ParticipantId, Words
from armlet.protocol.course import Impact, NoticeTo
from armlet.protocol.criteria import Name
from armlet.protocol.model import Role
from armlet.studytime import PartialDate


class DocumentKind(StrEnum):
    """The papers of a trial that something waits for, or that an inspector asks for."""

    ETHICS_APPROVAL = "ethics approval"
    AGENCY_APPROVAL = "agency approval"
    ANALYSIS_PLAN = "analysis plan"
    VALIDATION_REPORT = "validation report"
    OTHER = "other"


class RegistryState(StrEnum):
    """The statuses that a sponsor may post (API of ClinicalTrials.gov). UNKNOWN is derived, and never posted."""

    NOT_YET_RECRUITING = "NOT_YET_RECRUITING"
    RECRUITING = "RECRUITING"
    ENROLLING_BY_INVITATION = "ENROLLING_BY_INVITATION"
    ACTIVE_NOT_RECRUITING = "ACTIVE_NOT_RECRUITING"
    SUSPENDED = "SUSPENDED"
    TERMINATED = "TERMINATED"
    COMPLETED = "COMPLETED"
    WITHDRAWN = "WITHDRAWN"


class DocumentFiled(Event):
    """A paper of the trial is on file, with its date and reference, and which version of the protocol it is about."""

    kind: Literal["document filed"] = "document filed"
    paper: DocumentKind
    title: OneLine
    issued_by: OneLine
    reference: OneLine
    on: date
    protocol_version: OneLine
    document: DocumentDigest | None = None


class ProtocolSigned(Event):
    """Somebody signed the protocol; the signature holds for the text with this digest alone."""

    kind: Literal["protocol signed"] = "protocol signed"
    protocol_version: OneLine
    protocol_digest: DocumentDigest
    signed_by: OneLine
    signed_as: Role


class SiteOpened(Event):
    """A site may see participants."""

    kind: Literal["site opened"] = "site opened"
    site: Name
    on: date


class RegistryPosted(Event):
    """The sponsor posted this at the registry. `correction`: why a final status was changed."""

    kind: Literal["registry posted"] = "registry posted"
    status: RegistryState
    on: date
    verified: PartialDate
    why_stopped: str | None = Field(default=None, max_length=250)
    start: PartialDate | None = None
    primary_completion: PartialDate | None = None
    completion: PartialDate | None = None
    enrolment: int | None = Field(default=None, ge=0)
    correction: Words | None = None


class AmendmentAdopted(Event):
    """A new version of the protocol is in force from here. `asks` are those who are asked for consent anew, by `due`.

    `added` has what is new: a visit by its id, an activity as `visit/activity`; nobody owes these who has not agreed.
    """

    kind: Literal["amendment adopted"] = "amendment adopted"
    protocol_version: OneLine
    protocol_digest: DocumentDigest
    replaces: DocumentDigest
    approved_by: OneLine
    reference: OneLine
    approved_on: date
    impact: Impact
    asks: tuple[ParticipantId, ...]
    forms: dict[str, str]
    due: date
    may_refuse: bool
    added: tuple[str, ...]
    urgent: Literal[True] | None = None


class RandomisedInError(OfParticipant):
    """Should not have been randomised: stays in the set, is not given the preparation, keeps the slot for ever."""

    kind: Literal["randomised in error"] = "randomised in error"
    why: Words = Field(min_length=1)


class CarePlanRecorded(OfParticipant):
    """How a participant who is not given the preparation is cared for and followed."""

    kind: Literal["care plan recorded"] = "care plan recorded"
    what: Words = Field(min_length=1)


class FollowUpLimited(Event):
    """After an early end: visits that participants consented to are held until this day, and none after it."""

    kind: Literal["follow-up limited"] = "follow-up limited"
    until: date
    why: Words = Field(min_length=1)


class NoticeSent(Event):
    """A letter went out; to a participant it names whom."""

    kind: Literal["notice sent"] = "notice sent"
    to: NoticeTo
    about: OneLine
    participant: ParticipantId | None = None
    on: date


class DisclosureIssued(OfParticipant):
    """After the unblinding of all: the participant was told what they had been given. The letter is not in here."""

    kind: Literal["disclosure issued"] = "disclosure issued"
    on: date


class IdentitiesStated(Event):
    """After the lock: where the list of who people are stays, and that the archive with this digest holds none of them.

    `people` is for how many people it was looked for. Who they are stands nowhere in here.
    """

    kind: Literal["identities stated"] = "identities stated"
    kept_at: OneLine
    archive: DocumentDigest
    people: int = Field(ge=1)


CourseEvent: TypeAlias = (
    DocumentFiled
    | ProtocolSigned
    | SiteOpened
    | RegistryPosted
    | AmendmentAdopted
    | RandomisedInError
    | CarePlanRecorded
    | FollowUpLimited
    | NoticeSent
    | DisclosureIssued
    | IdentitiesStated
)
