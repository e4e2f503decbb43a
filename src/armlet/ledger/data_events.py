"""What happens to the data of a trial after they were entered: queries, corrections, checks, signatures, locks.

No event here holds a value that could tell the arm: of a sealed result there is only the number of its entry.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from armlet.ledger.event import Event, NumberText, OfParticipant, ParticipantId, Words
from armlet.protocol.criteria import Name

Fingerprint = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
"""The digest of what a form, a visit or a casebook held when somebody signed or checked it."""
MaybeName = Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]*)?$", max_length=60)]
"""A name, or empty where the whole is meant."""


class RetractionReason(StrEnum):
    """Why a result should never have been there: a list, because words could tell a sealed value."""

    WRONG_PARTICIPANT = "it is another participant's"
    WRONG_VISIT = "it is another visit's"
    ENTERED_TWICE = "it was entered twice"
    NOT_MEASURED = "it was not measured"


class Meaning(StrEnum):
    """What a signature says (21 CFR 11.50 asks for it beside name and time)."""

    AUTHORSHIP = "I entered this"
    REVIEW = "I reviewed this"
    APPROVAL = "I approve this as accurate and complete"


class DeviationLevel(StrEnum):
    """How much a deviation weighs."""

    MINOR = "minor"
    MAJOR = "major"


# --- Visits and results ---------------------------------------------------------------------------------------------


class VisitRepeated(OfParticipant):
    """A visit that was held took place once more; its results stand under `code`, never in the first one's place."""

    kind: Literal["visit repeated"] = "visit repeated"
    visit: Name
    code: Name
    on: date
    why: Words = Field(min_length=1)


class VisitDateCorrected(OfParticipant):
    """The day of a visit was wrong; the entry that held it stays."""

    kind: Literal["visit date corrected"] = "visit date corrected"
    visit: Name
    on: date
    days_off: int
    why: Words = Field(min_length=1)


class ResultRetracted(OfParticipant):
    """A result should never have been entered; the entry `of` stays, and nothing stands in its place."""

    kind: Literal["result retracted"] = "result retracted"
    of: int = Field(ge=1)
    because: RetractionReason


class EnteredAgain(OfParticipant):
    """A second person entered the critical value of entry `of` without having been shown it."""

    kind: Literal["entered again"] = "entered again"
    of: int = Field(ge=1)
    value: NumberText
    unit: str
    below: bool = False


class EntryAdjudicated(OfParticipant):
    """Two entries of a critical value differed; a third person looked at the source. The value stands in a correction."""

    kind: Literal["entry adjudicated"] = "entry adjudicated"
    of: int = Field(ge=1)
    why: Words = Field(min_length=1)


# --- Queries --------------------------------------------------------------------------------------------------------


class QueryOpened(OfParticipant):
    """Somebody asks the site about something; a `check` of the protocol asked it where one is named."""

    kind: Literal["query opened"] = "query opened"
    visit: MaybeName = ""
    activity: MaybeName = ""
    measure: MaybeName = ""
    sample: str = ""
    check: Name | None = None
    what: Words = Field(min_length=1, max_length=500)


class QueryAnswered(OfParticipant):
    """The site answered the query of entry `of`."""

    kind: Literal["query answered"] = "query answered"
    of: int = Field(ge=1)
    what: Words = Field(min_length=1, max_length=500)


class QueryClosed(OfParticipant):
    """Who asked is content with the answer to the query of entry `of`."""

    kind: Literal["query closed"] = "query closed"
    of: int = Field(ge=1)
    why: Words = Field(default="", max_length=250)


class QueryReopened(OfParticipant):
    """The query of entry `of` is asked again."""

    kind: Literal["query reopened"] = "query reopened"
    of: int = Field(ge=1)
    why: Words = Field(min_length=1)


# --- Checked, signed, frozen, unlocked ------------------------------------------------------------------------------


class FormVerified(OfParticipant):
    """A monitor held a form against its source; void when its content is no longer this one."""

    kind: Literal["form verified"] = "form verified"
    visit: Name
    activity: Name
    fingerprint: Fingerprint


class FormReviewed(OfParticipant):
    """Data management reviewed a form; void when its content is no longer this one."""

    kind: Literal["form reviewed"] = "form reviewed"
    visit: Name
    activity: Name
    fingerprint: Fingerprint


class SignaturePolicyAccepted(Event):
    """A person agreed that their electronic signature binds as one by hand, in this version of the policy."""

    kind: Literal["signature policy accepted"] = "signature policy accepted"
    person: str = Field(min_length=1)
    policy: str = Field(min_length=1)


class Signed(OfParticipant):
    """A form, the forms of a visit (no activity) or the casebook (neither) was signed; void when `fingerprint` changes.

    `signer` is the printed name and `confirmed_by` how the second factor was given, never the factor.
    """

    kind: Literal["signed"] = "signed"
    visit: MaybeName = ""
    activity: MaybeName = ""
    meaning: Meaning
    fingerprint: Fingerprint
    signer: str = Field(min_length=1)
    policy: str = Field(min_length=1)
    confirmed_by: str = Field(min_length=1)


class Frozen(OfParticipant):
    """Nothing is entered or changed in a visit, or in all of them, until it is thawed."""

    kind: Literal["frozen"] = "frozen"
    visit: MaybeName = ""


class Thawed(OfParticipant):
    """What was frozen may be changed again."""

    kind: Literal["thawed"] = "thawed"
    visit: MaybeName = ""
    why: Words = Field(min_length=1)


class DeviationClassified(OfParticipant):
    """Somebody blinded judged how much the deviation of entry `of` weighs."""

    kind: Literal["deviation classified"] = "deviation classified"
    of: int = Field(ge=1)
    level: DeviationLevel
    why: Words | None = None


class IntercurrentEventRecorded(OfParticipant):
    """Somebody blinded said whether an event that no record tells happened, and on which day; the newest word counts."""

    kind: Literal["intercurrent event recorded"] = "intercurrent event recorded"
    event: Name
    happened: bool
    on: date | None = None
    why: Words | None = None


class SetsAssigned(Event):
    """The blind review: who belongs to which analysis set, decided before anybody knew an arm. `minutes` names them."""

    kind: Literal["sets assigned"] = "sets assigned"
    members: dict[Name, tuple[ParticipantId, ...]] = Field(min_length=1)
    minutes: str = Field(min_length=1, max_length=250)
    agreed_by: tuple[str, str]


class UnlockRequested(Event):
    """Somebody asks that the results of these entries, and nothing else, may be changed after the lock."""

    kind: Literal["unlock requested"] = "unlock requested"
    of: tuple[int, ...] = Field(min_length=1)
    person: str = Field(min_length=1)
    why: Words = Field(min_length=1)


class UnlockApproved(Event):
    """One of two people approved the unlocking that entry `request` asks for; at the second one it is in force."""

    kind: Literal["unlock approved"] = "unlock approved"
    request: int = Field(ge=1)
    person: str = Field(min_length=1)


DataEvent: TypeAlias = (
    VisitRepeated
    | VisitDateCorrected
    | ResultRetracted
    | EnteredAgain
    | EntryAdjudicated
    | QueryOpened
    | QueryAnswered
    | QueryClosed
    | QueryReopened
    | FormVerified
    | FormReviewed
    | SignaturePolicyAccepted
    | Signed
    | Frozen
    | Thawed
    | DeviationClassified
    | IntercurrentEventRecorded
    | SetsAssigned
    | UnlockRequested
    | UnlockApproved
)
