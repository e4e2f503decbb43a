"""Where harm stands: each adverse event as it is known now, readings, stops, advice, measures, pregnancies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import assert_never

from armlet.ledger import safety_events as s
from armlet.ledger.entry import Chained
from armlet.ledger.events import AdverseEventReported
from armlet.protocol.model import Role
from armlet.studytime import PartialDate, TimeAsKnown

_OF_SPONSOR = frozenset({Role.SPONSOR, Role.SAFETY_UNIT})
_AT_ONCE = frozenset({s.Seriousness.DEATH, s.Seriousness.LIFE_THREATENING})


@dataclass(frozen=True, slots=True)
class Causality:
    """One side's judgement, with when it was given."""

    relations: dict[str, s.Relation]
    at: datetime


@dataclass(frozen=True, slots=True)
class AdverseEvent:
    """One adverse event as it is known now, with the moments that the clocks run from.

    `learnt` is when the site became aware of it; `serious_since` and `fatal_since` when it was known to be serious, and
    fatal or life-threatening. `sponsor_aware` and `sponsor_fatal` are the same for the sponsor.
    """

    participant: str
    number: int
    term: str
    onset: TimeAsKnown
    learnt: datetime
    reporter: Role
    related_to: tuple[str, ...] = ()
    ended: TimeAsKnown | None = None
    ongoing: bool | None = None
    grade: int | None = None
    not_gradable: bool = False
    scale: str = ""
    serious: tuple[s.Seriousness, ...] = ()
    planned_admission: str = ""
    action: s.ActionTaken | None = None
    outcome: s.EventOutcome | None = None
    remedy: str = ""
    narrative: str = ""
    special_interest: tuple[str, ...] = ()
    found: str = ""
    expected: bool | None = None
    reference: str = ""
    causality: dict[s.AssessedFor, Causality] = field(default_factory=dict)
    serious_since: datetime | None = None
    fatal_since: datetime | None = None
    sponsor_aware: datetime | None = None
    sponsor_fatal: datetime | None = None
    closed: dict[s.ReportStage, date] = field(default_factory=dict)

    @property
    def is_fatal_or_threatening(self) -> bool:
        """Whether it killed somebody or could have, as it happened."""
        return bool(_AT_ONCE & set(self.serious))

    @property
    def suspected(self) -> tuple[str, ...]:
        """What it may be due to by the judgement of either side: the sponsor adds to the investigator's, and takes nothing.

        Until the investigator has judged, what the reporter wrote stands for it.
        """
        causes = dict.fromkeys(self.related_to if s.AssessedFor.INVESTIGATOR not in self.causality else ())
        for judged in self.causality.values():
            causes |= dict.fromkeys(name for name, relation in judged.relations.items() if relation.is_suspected)
        return tuple(causes)

    @property
    def is_susar(self) -> bool:
        """Suspected, unexpected and serious; what nobody has judged to be unexpected is not one yet."""
        return bool(self.serious and self.suspected) and self.expected is False

    @property
    def onset_day(self) -> date:
        """The first day that it may have begun on, where that is not known to the day."""
        return self.onset.date.earliest()

    def as_reported(self, reported: AdverseEventReported) -> AdverseEventReported:
        """The report with what is known now in its fields: what lists and counts of adverse events work with."""
        ended = self.ended.date.latest() if self.ended is not None else None
        known = {
            "term": self.term, "onset": self.onset_day, "ended": ended, "grade": self.grade, "serious": self.serious,
            "related_to": self.suspected, "expected": self.expected,
        }  # fmt: skip
        return reported.model_copy(update=known)


@dataclass(frozen=True, slots=True)
class TakenReading:
    """One reading as it stands; `of` is the entry to correct."""

    entry: int
    point: str
    at: datetime
    signs: dict[str, str]
    symptoms: tuple[str, ...]
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Met:
    """A rule that was met, with when; `advised` once the board has answered."""

    event: s.StoppingRuleMet
    at: datetime


@dataclass(slots=True)
class Measure:
    """An urgent measure and what followed: who was notified when, and which amendment."""

    event: s.UrgentMeasureTaken
    notified: dict[str, date] = field(default_factory=dict)
    amendment: str = ""


@dataclass(slots=True)
class Pregnancy:
    """A pregnancy as it is known now."""

    event: s.PregnancyReported
    permission: s.PermissionToFollow
    outcome: s.PregnancyOutcome | None = None
    ended: date | None = None


@dataclass(slots=True)
class SafetyState:
    """Everything about harm, by participant where it is somebody's."""

    events: dict[str, list[AdverseEvent]] = field(default_factory=dict)
    readings: dict[str, dict[str, TakenReading]] = field(default_factory=dict)
    missed: dict[str, dict[str, s.ReadingMissed]] = field(default_factory=dict)
    pauses: list[s.InfusionPauseCalled] = field(default_factory=list)
    met: list[Met] = field(default_factory=list)
    heard: int = 0
    """So many of the rules that were met had been met when the board last advised to go on."""
    advice: list[s.BoardAdvised] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    incidents: list[s.IncidentReported] = field(default_factory=list)
    pregnancies: dict[str, list[Pregnancy]] = field(default_factory=dict)

    def of(self, participant: str) -> list[AdverseEvent]:
        """The participant's adverse events, in the order of their numbers."""
        return self.events.get(participant, [])

    def all_events(self) -> Iterator[AdverseEvent]:
        """Everybody's."""
        return (event for events in self.events.values() for event in events)


def begin(reported: AdverseEventReported, number: int, at: datetime, role: Role) -> AdverseEvent:
    """The adverse event as it was reported at first."""
    day, end = reported.onset, reported.ended
    return _note_seriousness(
        AdverseEvent(
            participant=reported.participant,
            number=number,
            term=reported.term,
            onset=TimeAsKnown(PartialDate(day.year, day.month, day.day)),
            ended=TimeAsKnown(PartialDate(end.year, end.month, end.day)) if end is not None else None,
            learnt=at,
            reporter=role,
            related_to=reported.related_to,
            grade=reported.grade,
            serious=tuple(s.Seriousness(reason.value) for reason in reported.serious),
            expected=reported.expected,
        ),
        at,
    )


def _note_seriousness(event: AdverseEvent, at: datetime) -> AdverseEvent:
    """The moments at which it was first known to be serious and fatal; a sponsor that reports it is aware of it."""
    since = (event.serious_since or at) if event.serious else event.serious_since
    fatal = (event.fatal_since or at) if event.is_fatal_or_threatening else event.fatal_since
    noted = replace(event, serious_since=since, fatal_since=fatal)
    return _inform(noted, at) if event.reporter in _OF_SPONSOR else noted


def _inform(event: AdverseEvent, at: datetime) -> AdverseEvent:
    aware = (event.sponsor_aware or at) if event.serious else event.sponsor_aware
    fatal = (event.sponsor_fatal or at) if event.is_fatal_or_threatening else event.sponsor_fatal
    return replace(event, sponsor_aware=aware, sponsor_fatal=fatal)


OfAdverseEvent = (
    s.AdverseEventFollowedUp | s.CausalityAssessed | s.ExpectednessAssessed | s.SponsorInformed | s.ExpeditedDutyClosed
)


def develop(event: AdverseEvent, told: OfAdverseEvent, at: datetime) -> AdverseEvent:
    """The adverse event after one more thing was told of it."""
    match told:
        case s.AdverseEventFollowedUp():
            return _follow_up(event, told)
        case s.CausalityAssessed():
            judged = Causality(dict(told.relations), at)
            return replace(event, causality={**event.causality, told.side: judged})
        case s.ExpectednessAssessed():
            return replace(event, expected=told.expected, reference=told.reference)
        case s.SponsorInformed():
            return _inform(event, told.at)
        case s.ExpeditedDutyClosed():
            return replace(event, closed={**event.closed, told.report: told.on})
        case _:
            assert_never(told)


_KEPT = (
    "term", "onset", "ended", "ongoing", "grade", "scale", "serious", "planned_admission", "action", "outcome", "remedy",
    "narrative", "special_interest", "found",
)  # fmt: skip


def _follow_up(event: AdverseEvent, told: s.AdverseEventFollowedUp) -> AdverseEvent:
    given = {name: getattr(told, name) for name in _KEPT}
    changes = {name: value for name, value in given.items() if value is not None and value != ""}
    if told.not_gradable:
        changes |= {"grade": None, "not_gradable": True}
    elif told.grade is not None:
        changes["not_gradable"] = False
    if told.first:
        changes |= {"learnt": told.learnt, "serious_since": None, "fatal_since": None, "sponsor_aware": None}
        changes["sponsor_fatal"] = None
    return _note_seriousness(replace(event, **changes), told.learnt)


def apply(state: SafetyState, event: s.SafetyEvent, chained: Chained) -> None:
    """What one entry adds. Raises KeyError for an adverse event, reading, measure or pregnancy that nobody reported."""
    at = chained.entry.occurred
    match event:
        case (
            s.AdverseEventFollowedUp()
            | s.CausalityAssessed()
            | s.ExpectednessAssessed()
            | s.SponsorInformed()
            | s.ExpeditedDutyClosed()
        ):
            events = state.of(event.participant)
            if event.number > len(events):
                raise KeyError(f"adverse event {event.number} of {event.participant}")
            events[event.number - 1] = develop(events[event.number - 1], event, at)
        case s.ReadingTaken() | s.ReadingCorrected() | s.ReadingMissed() | s.InfusionPauseCalled():
            _apply_reading(state, event, chained)
        case s.StoppingRuleMet():
            state.met.append(Met(event, at))
        case s.BoardAdvised():
            state.advice.append(event)
            if event.advice in {s.Advice.CONTINUE, s.Advice.MODIFY}:
                state.heard = len(state.met)
        case s.UrgentMeasureTaken() | s.UrgentMeasureFollowedUp():
            _apply_measure(state, event)
        case s.IncidentReported():
            state.incidents.append(event)
        case s.PregnancyReported() | s.PregnancyFollowedUp():
            _apply_pregnancy(state, event)
        case _:
            assert_never(event)


def _apply_reading(
    state: SafetyState,
    event: s.ReadingTaken | s.ReadingCorrected | s.ReadingMissed | s.InfusionPauseCalled,
    chained: Chained,
) -> None:
    match event:
        case s.ReadingTaken():
            reading = TakenReading(chained.seq, event.point, event.at, dict(event.signs), event.symptoms)
            state.readings.setdefault(event.participant, {})[event.point] = reading
        case s.ReadingCorrected():
            readings = state.readings.get(event.participant, {})
            before = find_reading(readings, event.of)
            if before is None:
                raise KeyError(f"reading of entry {event.of}")
            readings[before.point] = TakenReading(
                chained.seq, before.point, event.at, dict(event.signs), event.symptoms, corrected=True
            )
        case s.ReadingMissed():
            state.missed.setdefault(event.participant, {})[event.point] = event
        case s.InfusionPauseCalled():
            state.pauses.append(event)
        case _:
            assert_never(event)


def find_reading(readings: dict[str, TakenReading], entry: int) -> TakenReading | None:
    """The reading that stands as this entry; None where there is none, or it was corrected since."""
    return next((one for one in readings.values() if one.entry == entry), None)


def _apply_measure(state: SafetyState, event: s.UrgentMeasureTaken | s.UrgentMeasureFollowedUp) -> None:
    if isinstance(event, s.UrgentMeasureTaken):
        state.measures.append(Measure(event))
        return
    if event.number > len(state.measures):
        raise KeyError(f"urgent measure {event.number}")
    measure = state.measures[event.number - 1]
    if event.notified is not None:
        measure.notified[event.notified] = event.on
    measure.amendment = event.amendment or measure.amendment


def _apply_pregnancy(state: SafetyState, event: s.PregnancyReported | s.PregnancyFollowedUp) -> None:
    pregnancies = state.pregnancies.setdefault(event.participant, [])
    if isinstance(event, s.PregnancyReported):
        pregnancies.append(Pregnancy(event, event.permission))
        return
    if event.number > len(pregnancies):
        raise KeyError(f"pregnancy {event.number} of {event.participant}")
    one = pregnancies[event.number - 1]
    one.permission = event.permission or one.permission
    if event.outcome is not None:
        one.outcome, one.ended = event.outcome, event.on
