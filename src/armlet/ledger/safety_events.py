"""What can happen about harm, as the open strand tells it: adverse events as they develop, readings, stops, the board.

An adverse event is named by its participant and its number, counted from 1 as that participant's were reported. What was
reported once stays; each of these adds to it. As everywhere in the open strand nothing depends on the arm: an expedited
duty is closed for everybody alike, and whether a report went out or was not needed stands in the box.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal, TypeAlias

from pydantic import Field

from armlet.ledger.event import Event, Moment, NumberText, OfParticipant, SealedBox, Words
from armlet.protocol.criteria import Name
from armlet.studytime import TimeAsKnown


class Seriousness(StrEnum):
    """The criteria that make an adverse event serious (ICH E2A)."""

    DEATH = "death"
    LIFE_THREATENING = "life-threatening"
    HOSPITALISATION = "hospitalisation or its prolongation"
    DISABILITY = "persistent disability"
    CONGENITAL = "congenital anomaly"
    IMPORTANT = "important medical event"


class Relation(StrEnum):
    """How likely something of the trial caused an event; from `POSSIBLE` on it is suspected."""

    UNRELATED = "unrelated"
    UNLIKELY = "unlikely"
    POSSIBLE = "possible"
    PROBABLE = "probable"
    CERTAIN = "certain"

    @property
    def is_suspected(self) -> bool:
        """Whether there is at least a reasonable possibility."""
        return self not in {Relation.UNRELATED, Relation.UNLIKELY}


class AssessedFor(StrEnum):
    """Whose judgement of the cause it is; both are kept, and neither overwrites the other."""

    INVESTIGATOR = "investigator"
    SPONSOR = "sponsor"


class EventOutcome(StrEnum):
    """How an adverse event ended (the six of ICH E2B)."""

    RECOVERED = "recovered"
    RECOVERING = "recovering"
    NOT_RECOVERED = "not recovered"
    SEQUELAE = "recovered with sequelae"
    FATAL = "fatal"
    UNKNOWN = "unknown"


class ActionTaken(StrEnum):
    """What was done with the administration because of an event."""

    NONE = "none"
    PAUSED = "administration paused"
    STOPPED = "administration stopped"
    NOT_GIVEN = "administration called off"
    NOT_APPLICABLE = "not applicable"


class Advice(StrEnum):
    """What a safety board recommends."""

    CONTINUE = "continue"
    MODIFY = "modify"
    PAUSE = "pause"
    STOP = "stop"


class IncidentKind(StrEnum):
    """What went wrong, or nearly, in the handling of a preparation: one list for everybody."""

    NEAR_MISS = "near miss"
    WRONG_PARTICIPANT = "wrong participant"
    WRONG_AMOUNT = "wrong amount"
    WRONG_TIME = "wrong time or rate"
    MISUSE = "misuse"
    OTHER = "other error of handling"


class ReportStage(StrEnum):
    """Which report of an unexpected serious reaction: the first one, or what completes it."""

    FIRST = "first"
    COMPLETE = "complete"


class PregnancyOf(StrEnum):
    """Who is pregnant."""

    PARTICIPANT = "participant"
    PARTNER = "partner of a participant"


class PermissionToFollow(StrEnum):
    """Whether who is pregnant agrees that the pregnancy and the child are followed up."""

    NOT_ASKED = "not asked yet"
    GIVEN = "given"
    REFUSED = "refused"


class PregnancyOutcome(StrEnum):
    """How a pregnancy ended."""

    LIVE_BIRTH = "live birth"
    STILLBIRTH = "stillbirth"
    MISCARRIAGE = "miscarriage"
    TERMINATION = "termination"
    ECTOPIC = "ectopic pregnancy"
    UNKNOWN = "unknown"


class _OfAdverseEvent(OfParticipant):
    number: int = Field(ge=1)


class AdverseEventFollowedUp(_OfAdverseEvent):
    """More is known of an adverse event; what is absent stays as it was. `learnt` is when the site became aware of it.

    `first` marks what was told together with the report itself. `grade` is on the `scale`, whose version is part of the
    grade; `not_gradable` says that the scale cannot grade it. An empty `serious` takes seriousness back, and says so.
    """

    kind: Literal["adverse event followed up"] = "adverse event followed up"
    learnt: Moment
    first: Literal[True] | None = None
    term: Words = ""
    onset: TimeAsKnown | None = None
    ended: TimeAsKnown | None = None
    ongoing: bool | None = None
    grade: int | None = Field(default=None, ge=1, le=5)
    not_gradable: Literal[True] | None = None
    scale: str | None = None
    serious: tuple[Seriousness, ...] | None = None
    planned_admission: Name | None = None
    action: ActionTaken | None = None
    outcome: EventOutcome | None = None
    remedy: Words = ""
    narrative: Words = ""
    special_interest: tuple[Name, ...] | None = None
    found: Literal["spontaneous", "asked for"] | None = None
    why: Words = ""


class CausalityAssessed(_OfAdverseEvent):
    """The judgement of one side on each cause that the protocol names; a later one of the same side replaces it."""

    kind: Literal["causality assessed"] = "causality assessed"
    side: AssessedFor
    relations: dict[str, Relation] = Field(min_length=1)
    why: Words = ""


class ExpectednessAssessed(_OfAdverseEvent):
    """Whether the event was to be expected, held against this version of the reference safety information."""

    kind: Literal["expectedness assessed"] = "expectedness assessed"
    expected: bool
    reference: str = Field(min_length=1)


class SponsorInformed(_OfAdverseEvent):
    """The sponsor became aware of what was known of the event until then."""

    kind: Literal["sponsor informed"] = "sponsor informed"
    at: Moment


class ExpeditedDutyClosed(_OfAdverseEvent):
    """The sponsor's safety unit has done what was due. What that was, a report or none, is in the box for everybody."""

    kind: Literal["expedited duty closed"] = "expedited duty closed"
    report: ReportStage
    on: date
    box: SealedBox | None = None


class ReadingTaken(OfParticipant):
    """The signs at one point around the infusion, at the time when they were read, whatever was given."""

    kind: Literal["reading taken"] = "reading taken"
    point: str
    at: Moment
    signs: dict[Name, NumberText]
    symptoms: tuple[str, ...] = ()


class ReadingCorrected(OfParticipant):
    """The reading of entry `of` was wrong; it stays, and this one is used."""

    kind: Literal["reading corrected"] = "reading corrected"
    of: int = Field(ge=1)
    at: Moment
    signs: dict[Name, NumberText]
    symptoms: tuple[str, ...] = ()
    why: Words = Field(min_length=1)


class ReadingMissed(OfParticipant):
    """A reading of the schedule was not taken and will not be."""

    kind: Literal["reading missed"] = "reading missed"
    point: str
    why: Words = Field(min_length=1)


class InfusionPauseCalled(OfParticipant):
    """A reading met rules by which the infusion is to be paused."""

    kind: Literal["infusion pause called"] = "infusion pause called"
    point: str
    rules: tuple[Name, ...] = Field(min_length=1)


class StoppingRuleMet(Event):
    """Harm in everybody together reached a boundary or a pause rule of the protocol; no arm is counted here."""

    kind: Literal["stopping rule met"] = "stopping rule met"
    rule: Name
    participants: int = Field(ge=0)
    events: int = Field(ge=1)
    bound: int = Field(ge=1)


class BoardAdvised(Event):
    """The safety board met and advised; its minutes stay with it. `report` is the number of what it had before it."""

    kind: Literal["board advised"] = "board advised"
    report: str = Field(min_length=1)
    met: date
    advice: Advice
    why: Words = Field(min_length=1)


class UrgentMeasureTaken(Event):
    """Something was done at once, against immediate harm and before anybody had approved it."""

    kind: Literal["urgent measure taken"] = "urgent measure taken"
    number: int = Field(ge=1)
    what: Words = Field(min_length=1)
    at: Moment


class UrgentMeasureFollowedUp(Event):
    """An authority or ethics committee was notified of an urgent measure, or an amendment made it part of the protocol."""

    kind: Literal["urgent measure followed up"] = "urgent measure followed up"
    number: int = Field(ge=1)
    notified: str | None = None
    amendment: str | None = None
    on: date


class IncidentReported(OfParticipant):
    """A preparation was mishandled, or nearly; `reached` says whether the participant was given anything of it."""

    kind: Literal["incident reported"] = "incident reported"
    incident: IncidentKind
    what: Words = Field(min_length=1)
    at: Moment
    reached: bool
    preparation: str | None = None


class PregnancyReported(OfParticipant):
    """A pregnancy became known; it is followed to its end where that is permitted."""

    kind: Literal["pregnancy reported"] = "pregnancy reported"
    of: PregnancyOf
    learnt: date
    permission: PermissionToFollow
    due: date | None = None


class PregnancyFollowedUp(OfParticipant):
    """More is known of a participant's pregnancy: the permission, or how it ended."""

    kind: Literal["pregnancy followed up"] = "pregnancy followed up"
    number: int = Field(ge=1)
    on: date
    permission: PermissionToFollow | None = None
    outcome: PregnancyOutcome | None = None
    anomaly: bool | None = None
    narrative: Words = ""


SafetyEvent: TypeAlias = (
    AdverseEventFollowedUp
    | CausalityAssessed
    | ExpectednessAssessed
    | SponsorInformed
    | ExpeditedDutyClosed
    | ReadingTaken
    | ReadingCorrected
    | ReadingMissed
    | InfusionPauseCalled
    | StoppingRuleMet
    | BoardAdvised
    | UrgentMeasureTaken
    | UrgentMeasureFollowedUp
    | IncidentReported
    | PregnancyReported
    | PregnancyFollowedUp
)
