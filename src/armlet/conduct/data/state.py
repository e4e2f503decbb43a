"""What is known of the data beyond their values: queries, second entries, signatures, what is frozen, what is unlocked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from armlet.ledger import consent_events, course_events
from armlet.ledger import data_events as d
from armlet.ledger import events as e
from armlet.ledger import safety_events as s
from armlet.ledger.entry import Chained
from armlet.protocol.model import Role

if TYPE_CHECKING:
    from armlet.conduct.state import Participant, ResultKey, TrialState


class QueryStatus(StrEnum):
    """Whose turn it is."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(slots=True)
class Query:
    """A question to the site, by the number of the entry that opened it; `answers` are the entries that answered it."""

    entry: int
    opened: d.QueryOpened
    actor: str
    role: Role
    at: datetime
    status: QueryStatus = QueryStatus.OPEN
    answers: list[int] = field(default_factory=list)
    last_words: str = ""

    @property
    def is_automatic(self) -> bool:
        """Whether a check of the protocol asked it."""
        return self.opened.check is not None


@dataclass(frozen=True, slots=True)
class Mark:
    """Somebody's check or signature of a form, visit or casebook: of which entry, by whom, when."""

    entry: int
    event: d.FormVerified | d.FormReviewed | d.Signed
    actor: str
    role: Role
    at: datetime


@dataclass(frozen=True, slots=True)
class SecondEntry:
    """The second entry of a critical value, and by whom."""

    event: d.EnteredAgain
    actor: str


@dataclass(slots=True)
class Deviation:
    """A deviation by the number of its entry; `proposed` is the level of one that was noted automatically."""

    event: e.DeviationRecorded
    proposed: d.DeviationLevel | None = None
    level: d.DeviationLevel | None = None
    why: str = ""


@dataclass(slots=True)
class Unlock:
    """What may be changed after the lock, once two people approved it: these results and no other."""

    entry: int
    requested: d.UnlockRequested
    results: frozenset[tuple[str, ResultKey]]
    approved_by: list[str] = field(default_factory=list)

    @property
    def is_in_force(self) -> bool:
        """Whether two people approved it."""
        return len(self.approved_by) >= 2


@dataclass(frozen=True, slots=True)
class Assignment:
    """An assignment of the analysis sets, by whom and when; `judged` is how far each of the enrolled had come by then.

    Whoever is in `judged` and in no set was judged and belongs to none; of others nobody has thought yet.
    """

    entry: int
    event: d.SetsAssigned
    actor: str
    at: datetime
    judged: Mapping[str, str]

    @property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """The participants of each set."""
        return self.event.members


def how_far(one: Participant) -> str:
    """How far an enrolled participant has come, of what decides who belongs to a set."""
    if one.administered is not None:
        return "administered"
    return "enrolled" if one.randomised is None else "randomised"


@dataclass(slots=True)
class DataState:
    """Queries and marks in the order in which they came; `locks` has every lock, the first one first.

    `visit_entries` has the newest entry about the day of a visit, `casebook_entries` the newest about anything that a
    casebook holds, `retracted` the newest retraction by participant, visit, activity. `changed_after_unblinding` are the
    entries that changed a result when the arms were known, `held_out_of_window` the newest entry of a visit that was: the
    deviation right behind it was noted automatically.
    """

    queries: dict[int, Query] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    policies: dict[str, str] = field(default_factory=dict)
    frozen: set[tuple[str, str]] = field(default_factory=set)
    second_entries: dict[int, SecondEntry] = field(default_factory=dict)
    settled: set[int] = field(default_factory=set)
    deviations: dict[int, Deviation] = field(default_factory=dict)
    intercurrent: dict[tuple[str, str], d.IntercurrentEventRecorded] = field(default_factory=dict)
    """What people said of intercurrent events, by participant and event; the newest word."""
    sets: Assignment | None = None
    unlock: Unlock | None = None
    locks: list[e.DatabaseLocked] = field(default_factory=list)
    visit_entries: dict[tuple[str, str], int] = field(default_factory=dict)
    casebook_entries: dict[str, int] = field(default_factory=dict)
    retracted: dict[tuple[str, str, str], int] = field(default_factory=dict)
    changed_after_unblinding: list[int] = field(default_factory=list)
    held_out_of_window: int = 0

    def open_queries(self, participant: str | None = None) -> list[Query]:
        """Those not closed, of one participant or of all."""
        return [
            one
            for one in self.queries.values()
            if one.status is not QueryStatus.CLOSED and participant in {None, one.opened.participant}
        ]


OF_TRIAL = d.SignaturePolicyAccepted | d.SetsAssigned | d.UnlockRequested | d.UnlockApproved
"""The events of this topic that are about no single participant."""
_IN_CASEBOOK = (
    e.Screened, e.EligibilityAssessed, e.Administered, e.AdministrationCancelled, e.VisitHeld, e.VisitMissed,
    e.UnscheduledVisitHeld, e.ActivityDone, e.ResultRecorded, e.ResultMissing, e.ResultCorrected, e.ResultSealed,
    e.SealedResultCorrected, e.AdverseEventReported, e.DeviationRecorded, e.Withdrawn, e.LostToFollowUp, e.FollowUpEnded,
    d.VisitRepeated, d.VisitDateCorrected, d.ResultRetracted, e.Consented, e.ScreeningFailed, e.RescreeningStarted,
    e.Enrolled, e.PreparationReleased, s.AdverseEventFollowedUp, s.CausalityAssessed, s.ExpectednessAssessed,
    s.ReadingTaken, s.ReadingCorrected, s.ReadingMissed, s.IncidentReported, s.PregnancyReported, s.PregnancyFollowedUp,
    consent_events.Died, consent_events.Returned, course_events.RandomisedInError, course_events.CarePlanRecorded,
    d.IntercurrentEventRecorded,
)  # fmt: skip
_OF_VISIT_DAY = e.VisitHeld | e.VisitMissed | d.VisitDateCorrected
_CHANGES = e.ResultCorrected | e.SealedResultCorrected | d.ResultRetracted


def note(state: TrialState, chained: Chained) -> None:
    """What this topic keeps of the events of others."""
    event, data = chained.event, state.data
    if isinstance(event, e.DatabaseLocked):
        data.locks.append(event)
        data.unlock = None
    if not isinstance(event, _IN_CASEBOOK):
        return
    data.casebook_entries[event.participant] = chained.seq
    if isinstance(event, _OF_VISIT_DAY):
        data.visit_entries[event.participant, event.visit] = chained.seq
    if isinstance(event, e.DeviationRecorded):
        is_of_window = data.held_out_of_window == chained.seq - 1
        data.deviations[chained.seq] = Deviation(event, d.DeviationLevel.MINOR if is_of_window else None)
    if isinstance(event, e.VisitHeld | d.VisitDateCorrected) and event.days_off:
        data.held_out_of_window = chained.seq
    if isinstance(event, d.ResultRetracted):
        data.retracted[event.participant, *state.result_of_entry[event.of][1][:2]] = chained.seq
    if isinstance(event, _CHANGES) and _arms_are_known(state):
        data.changed_after_unblinding.append(chained.seq)


def _arms_are_known(state: TrialState) -> bool:
    """Whether the planned unblinding was granted."""
    return any(one.category is e.UnblindingCategory.ANALYSIS for one in state.warrants.values())


def apply(state: TrialState, event: d.DataEvent, chained: Chained) -> None:
    """Folds one event of this topic."""
    match event:
        case d.VisitRepeated() | d.VisitDateCorrected() | d.ResultRetracted():
            _apply_to_participant(state.participants[event.participant], event, state)
        case d.QueryOpened() | d.QueryAnswered() | d.QueryClosed() | d.QueryReopened():
            _apply_query(state.data, event, chained)
        case d.EnteredAgain():
            state.data.second_entries[event.of] = SecondEntry(event, chained.entry.actor)
        case d.EntryAdjudicated():
            key = state.result_of_entry[event.of][1]
            state.data.settled.add(state.participants[event.participant].results[key].entry)
        case d.FormVerified() | d.FormReviewed() | d.Signed():
            entry = chained.entry
            state.data.marks.append(Mark(chained.seq, event, entry.actor, entry.role, entry.occurred))
        case d.Frozen():
            state.data.frozen.add((event.participant, event.visit))
        case d.Thawed():
            state.data.frozen.discard((event.participant, event.visit))
        case d.DeviationClassified():
            judged = state.data.deviations[event.of]
            judged.level, judged.why = event.level, event.why or ""
        case d.IntercurrentEventRecorded():
            state.data.intercurrent[event.participant, event.event] = event
        case d.SignaturePolicyAccepted() | d.SetsAssigned() | d.UnlockRequested() | d.UnlockApproved():
            _apply_to_trial(state, event, chained)
        case _:
            assert_never(event)


def _apply_to_participant(
    one: Participant, event: d.VisitRepeated | d.VisitDateCorrected | d.ResultRetracted, state: TrialState
) -> None:
    match event:
        case d.VisitRepeated():
            one.extra[event.code] = event.on
        case d.VisitDateCorrected():
            held = one.held[event.visit]
            one.held[event.visit] = held.model_copy(update={"on": event.on, "days_off": event.days_off})
            _move_results(one, event.visit, event.on)
        case d.ResultRetracted():
            del one.results[state.result_of_entry[event.of][1]]
        case _:
            assert_never(event)


def _move_results(one: Participant, visit: str, on: date) -> None:
    for key, result in one.results.items():
        if key[0] == visit:
            one.results[key] = replace(result, on=on)


def _apply_query(
    data: DataState, event: d.QueryOpened | d.QueryAnswered | d.QueryClosed | d.QueryReopened, chained: Chained
) -> None:
    entry = chained.entry
    if isinstance(event, d.QueryOpened):
        data.queries[chained.seq] = Query(chained.seq, event, entry.actor, entry.role, entry.occurred)
        return
    query = data.queries[event.of]
    match event:
        case d.QueryAnswered():
            query.status, query.last_words = QueryStatus.ANSWERED, event.what
            query.answers.append(chained.seq)
        case d.QueryClosed():
            query.status = QueryStatus.CLOSED
        case d.QueryReopened():
            query.status, query.last_words = QueryStatus.OPEN, event.why
        case _:
            assert_never(event)


def _apply_to_trial(
    state: TrialState,
    event: d.SignaturePolicyAccepted | d.SetsAssigned | d.UnlockRequested | d.UnlockApproved,
    chained: Chained,
) -> None:
    data = state.data
    match event:
        case d.SignaturePolicyAccepted():
            data.policies[" ".join(event.person.split()).casefold()] = event.policy
        case d.SetsAssigned():
            judged = {one.id: how_far(one) for one in state.enrolled()}
            data.sets = Assignment(chained.seq, event, chained.entry.actor, chained.entry.occurred, judged)
        case d.UnlockRequested():
            named = frozenset(state.result_of_entry[of] for of in event.of)
            data.unlock = Unlock(chained.seq, event, named)
        case d.UnlockApproved():
            if data.unlock is not None and data.unlock.entry == event.request:
                data.unlock.approved_by.append(event.person)
        case _:
            assert_never(event)
