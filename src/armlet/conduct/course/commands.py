"""What people ask about the trial as a whole after its opening."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from armlet.ledger.course_events import DocumentKind, RegistryState
from armlet.protocol.course import Impact, NoticeTo
from armlet.protocol.model import Protocol
from armlet.studytime import PartialDate


@dataclass(frozen=True, slots=True)
class FileDocument:
    """Put an approval, a plan or a report on file."""

    paper: DocumentKind
    title: str
    issued_by: str
    reference: str
    on: date
    document: str | None = None


@dataclass(frozen=True, slots=True)
class SignProtocol:
    """Sign the protocol in force; whoever asks signs, in the role in which they ask. `digest` is what they read."""

    digest: str


@dataclass(frozen=True, slots=True)
class OpenSite:
    """Let a site see participants."""

    site: str
    on: date


@dataclass(frozen=True, slots=True)
class OpenRecruitment:
    """Let participants be identified, once the papers are there that the protocol asks for."""


@dataclass(frozen=True, slots=True)
class PostRegistryStatus:
    """Record what the sponsor posted at the registry."""

    status: RegistryState
    on: date
    verified: PartialDate
    why_stopped: str | None = None
    start: PartialDate | None = None
    primary_completion: PartialDate | None = None
    completion: PartialDate | None = None
    enrolment: int | None = None
    correction: str | None = None


@dataclass(frozen=True, slots=True)
class AdoptAmendment:
    """Let a new version of the protocol be in force from now on. `due`: by when those affected are asked anew."""

    protocol: Protocol
    approved_by: str
    reference: str
    approved_on: date
    effective: date
    impact: Impact
    due: date | None = None
    may_refuse: bool = False
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class DeclareRandomisedInError:
    """The participant should not have been randomised."""

    participant: str
    why: str


@dataclass(frozen=True, slots=True)
class RecordCarePlan:
    """How a participant who is not given the preparation is cared for and followed."""

    participant: str
    what: str


@dataclass(frozen=True, slots=True)
class LimitFollowUp:
    """After an early end: until when visits are held."""

    until: date
    why: str


@dataclass(frozen=True, slots=True)
class SendNotice:
    """A letter went out. `whom` is the participant, where it is to one."""

    to: NoticeTo
    about: str
    on: date
    whom: str | None = None


@dataclass(frozen=True, slots=True)
class IssueDisclosure:
    """The participant was told, after the unblinding of all, what they had been given."""

    participant: str
    on: date


@dataclass(frozen=True, slots=True)
class StateIdentities:
    """Say where the list of who people are stays; `archive` is the digest of one that was searched for `people` people."""

    kept_at: str
    archive: str
    people: int


CourseCommand = (
    FileDocument
    | SignProtocol
    | OpenSite
    | OpenRecruitment
    | PostRegistryStatus
    | AdoptAmendment
    | DeclareRandomisedInError
    | RecordCarePlan
    | LimitFollowUp
    | SendNotice
    | IssueDisclosure
    | StateIdentities
)

AfterLock = FileDocument | PostRegistryStatus | SendNotice | IssueDisclosure | StateIdentities
"""What is done after the lock as well: papers, the registry and letters change no result."""
