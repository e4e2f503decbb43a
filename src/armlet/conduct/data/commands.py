"""What people ask for once data were entered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from armlet.ledger.data_events import DeviationLevel, Meaning, RetractionReason


@dataclass(frozen=True, slots=True)
class RepeatVisit:
    """A visit that was held took place once more."""

    participant: str
    visit: str
    on: date
    why: str


@dataclass(frozen=True, slots=True)
class CorrectVisitDate:
    """The day of a visit was wrong."""

    participant: str
    visit: str
    on: date
    why: str


@dataclass(frozen=True, slots=True)
class RetractResult:
    """The result of entry `of` should never have been entered."""

    of: int
    because: RetractionReason


@dataclass(frozen=True, slots=True)
class EnterAgain:
    """Enter a critical value a second time, from its source and not from what the first person typed."""

    participant: str
    visit: str
    activity: str
    measure: str
    value: str
    unit: str
    sample: str = ""
    below: bool = False


@dataclass(frozen=True, slots=True)
class AdjudicateEntry:
    """Say what a critical value is whose two entries differ; `of` is the entry of the first."""

    of: int
    value: str
    unit: str
    why: str
    below: bool = False


@dataclass(frozen=True, slots=True)
class OpenQuery:
    """Ask the site about a participant, a visit, a form or one value."""

    participant: str
    what: str
    visit: str = ""
    activity: str = ""
    measure: str = ""
    sample: str = ""


@dataclass(frozen=True, slots=True)
class AnswerQuery:
    """Answer the query of entry `of`."""

    of: int
    what: str


@dataclass(frozen=True, slots=True)
class CloseQuery:
    """Be content with the answer to the query of entry `of`."""

    of: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class ReopenQuery:
    """Ask the query of entry `of` again, whether it is answered or closed."""

    of: int
    why: str


@dataclass(frozen=True, slots=True)
class VerifyForm:
    """Say that a form agrees with its source."""

    participant: str
    visit: str
    activity: str


@dataclass(frozen=True, slots=True)
class ReviewForm:
    """Say that a form was reviewed by data management."""

    participant: str
    visit: str
    activity: str


@dataclass(frozen=True, slots=True)
class AcceptSignaturePolicy:
    """Agree that one's electronic signature binds as one by hand."""

    policy: str


@dataclass(frozen=True, slots=True)
class Sign:
    """Sign a form; without an activity all forms of a visit; without a visit the casebook."""

    participant: str
    meaning: Meaning
    visit: str = ""
    activity: str = ""


@dataclass(frozen=True, slots=True)
class Freeze:
    """Let nothing be entered or changed in a visit, or in all of them where none is named."""

    participant: str
    visit: str = ""


@dataclass(frozen=True, slots=True)
class Thaw:
    """Let what was frozen be changed again."""

    participant: str
    why: str
    visit: str = ""


@dataclass(frozen=True, slots=True)
class ClassifyDeviation:
    """Say how much the deviation of entry `of` weighs."""

    of: int
    level: DeviationLevel
    why: str = ""


@dataclass(frozen=True, slots=True)
class RecordIntercurrentEvent:
    """Say that an intercurrent event of the protocol happened, and when; or, without a day, that it did not."""

    participant: str
    event: str
    on: date | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class AssignSets:
    """Say who belongs to which analysis set, before anybody knows an arm; `minutes` names the document of the meeting."""

    members: Mapping[str, tuple[str, ...]]
    minutes: str
    agreed_by: tuple[str, str]


@dataclass(frozen=True, slots=True)
class RequestUnlock:
    """Ask that the results of these entries may be changed after the lock."""

    of: tuple[int, ...]
    why: str


@dataclass(frozen=True, slots=True)
class ApproveUnlock:
    """Approve the unlocking that entry `request` asks for."""

    request: int


DataCommand = (
    RepeatVisit
    | CorrectVisitDate
    | RetractResult
    | EnterAgain
    | AdjudicateEntry
    | OpenQuery
    | AnswerQuery
    | CloseQuery
    | ReopenQuery
    | VerifyForm
    | ReviewForm
    | AcceptSignaturePolicy
    | Sign
    | Freeze
    | Thaw
    | ClassifyDeviation
    | RecordIntercurrentEvent
    | AssignSets
    | RequestUnlock
    | ApproveUnlock
)
