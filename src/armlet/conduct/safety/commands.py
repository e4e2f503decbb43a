"""What people ask about harm; `armlet.conduct.safety.decide` answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from armlet.ledger.safety_events import (
    ActionTaken,
    Advice,
    EventOutcome,
    IncidentKind,
    PermissionToFollow,
    PregnancyOf,
    PregnancyOutcome,
    Relation,
    ReportStage,
    Seriousness,
)


@dataclass(frozen=True, slots=True)
class RecordAdverseEvent:
    """An adverse event with all that is known at first. `learnt` is when the site became aware of it.

    `onset` and `ended` are as precise as they are known: ``2021-05``, ``2021-05-03`` or ``2021-05-03T14:20+02:00``.
    """

    participant: str
    term: str
    onset: str
    learnt: datetime
    ended: str | None = None
    ongoing: bool | None = None
    grade: int | None = None
    not_gradable: bool | None = None
    serious: tuple[Seriousness, ...] = ()
    planned_admission: str | None = None
    action: ActionTaken | None = None
    outcome: EventOutcome | None = None
    remedy: str = ""
    narrative: str = ""
    special_interest: tuple[str, ...] | None = None
    found: Literal["spontaneous", "asked for"] | None = None


@dataclass(frozen=True, slots=True)
class FollowUpAdverseEvent:
    """More is known of adverse event `number`; what is None or empty stays as it was."""

    participant: str
    number: int
    learnt: datetime
    term: str = ""
    onset: str | None = None
    ended: str | None = None
    ongoing: bool | None = None
    grade: int | None = None
    not_gradable: bool | None = None
    serious: tuple[Seriousness, ...] | None = None
    planned_admission: str | None = None
    action: ActionTaken | None = None
    outcome: EventOutcome | None = None
    remedy: str = ""
    narrative: str = ""
    special_interest: tuple[str, ...] | None = None
    found: Literal["spontaneous", "asked for"] | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class AssessCausality:
    """How likely each of the protocol's causes is; the role says for which side."""

    participant: str
    number: int
    relations: Mapping[str, Relation]
    why: str = ""


@dataclass(frozen=True, slots=True)
class AssessExpectedness:
    """Whether the event was to be expected by the reference safety information in this version."""

    participant: str
    number: int
    expected: bool
    reference: str


@dataclass(frozen=True, slots=True)
class InformSponsor:
    """The sponsor was told what is known of the event, at this moment."""

    participant: str
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CloseExpeditedDuty:
    """What was due for an unexpected serious reaction is done; `box` holds what that was, for the vault alone."""

    participant: str
    number: int
    report: ReportStage
    on: date
    box: str | None = None


@dataclass(frozen=True, slots=True)
class TakeReading:
    """The signs at a point of the schedule, each a number in the sign's unit."""

    participant: str
    point: str
    at: datetime
    signs: Mapping[str, str]
    symptoms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CorrectReading:
    """The reading of entry `of` was wrong."""

    participant: str
    of: int
    at: datetime
    signs: Mapping[str, str]
    why: str
    symptoms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MissReading:
    """A reading was not taken and will not be."""

    participant: str
    point: str
    why: str


@dataclass(frozen=True, slots=True)
class RecordAdvice:
    """What the safety board advises; to pause or stop suspends the trial with it."""

    report: str
    met: date
    advice: Advice
    why: str


@dataclass(frozen=True, slots=True)
class TakeUrgentMeasure:
    """Something is done at once against immediate harm; `suspends` stops the trial with it."""

    what: str
    at: datetime
    suspends: bool = False


@dataclass(frozen=True, slots=True)
class FollowUpUrgentMeasure:
    """Somebody was notified of urgent measure `number`, or an amendment followed."""

    number: int
    on: date
    notified: str | None = None
    amendment: str | None = None


@dataclass(frozen=True, slots=True)
class ReportIncident:
    """A preparation was mishandled, or nearly."""

    participant: str
    incident: IncidentKind
    what: str
    at: datetime
    reached: bool
    preparation: str | None = None


@dataclass(frozen=True, slots=True)
class ReportPregnancy:
    """A pregnancy became known."""

    participant: str
    of: PregnancyOf
    learnt: date
    permission: PermissionToFollow
    due: date | None = None


@dataclass(frozen=True, slots=True)
class FollowUpPregnancy:
    """The permission to follow pregnancy `number`, or how it ended."""

    participant: str
    number: int
    on: date
    permission: PermissionToFollow | None = None
    outcome: PregnancyOutcome | None = None
    anomaly: bool | None = None
    narrative: str = ""


SafetyCommand = (
    RecordAdverseEvent
    | FollowUpAdverseEvent
    | AssessCausality
    | AssessExpectedness
    | InformSponsor
    | CloseExpeditedDuty
    | TakeReading
    | CorrectReading
    | MissReading
    | RecordAdvice
    | TakeUrgentMeasure
    | FollowUpUrgentMeasure
    | ReportIncident
    | ReportPregnancy
    | FollowUpPregnancy
)


def without_words(command: SafetyCommand) -> SafetyCommand:
    """The command with empty places where words of its own may stand."""
    match command:
        case RecordAdverseEvent():
            return replace(command, term="", remedy="", narrative="")
        case FollowUpAdverseEvent():
            return replace(command, term="", remedy="", narrative="", why="")
        case AssessCausality() | CorrectReading() | MissReading() | RecordAdvice():
            return replace(command, why="")
        case TakeUrgentMeasure() | ReportIncident():
            return replace(command, what="")
        case FollowUpPregnancy():
            return replace(command, narrative="")
        case _:
            return command
