"""Where a trial stands: the open strand, folded. Nothing here is kept; it can be folded again at any time.

There is no arm in this state, not even an empty one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never

from armlet.conduct.blinding import state as blinding
from armlet.conduct.consent import state as consent
from armlet.conduct.course import state as course
from armlet.conduct.data import state as data_state
from armlet.conduct.data.state import DataState
from armlet.conduct.intake import state as intake
from armlet.conduct.observation import Observation
from armlet.conduct.safety.state import SafetyState, begin
from armlet.conduct.safety.state import apply as apply_safety
from armlet.errors import LedgerBroken
from armlet.ledger import data_events as d
from armlet.ledger import events as e
from armlet.ledger.blinding_events import BlindingEvent
from armlet.ledger.consent_events import ConsentEvent, Died, Returned
from armlet.ledger.course_events import AmendmentAdopted, CourseEvent
from armlet.ledger.entry import Chained, Head
from armlet.ledger.event import HELD, REASON, words_of
from armlet.ledger.intake_events import IntakeEvent
from armlet.ledger.safety_events import SafetyEvent
from armlet.protocol.course import Impact
from armlet.protocol.model import Anchor, Role
from armlet.units import Quantity, parse_decimal


class Phase(StrEnum):
    """Where the trial as a whole stands."""

    NOT_OPENED = "not opened"
    PREPARING = "not yet recruiting"
    RECRUITING = "recruiting"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"
    COMPLETED = "completed"


ResultKey = tuple[str, str, str, str]
"""Visit, activity, measure, sample."""


@dataclass(slots=True)
class Consent:
    """A consent given: in which version, and when. `first` is when any version was given for the first time."""

    version: str
    at: datetime
    first: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """An act that was done under a key: the digest of what was asked, and the entries that answered."""

    asked: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Told:
    """An event of the unblinded side as the open strand tells it, with when and by whom."""

    event: e.WarrantGranted | e.AllocationRead | e.UnblindingRefused | e.UnblindingReported
    at: datetime
    actor: str
    role: Role


@dataclass(frozen=True, slots=True)
class HeldWords:
    """Whose words of an entry are held, and in which fields (`reason` is the entry's own)."""

    actor: str
    role: Role
    fields: tuple[str, ...]


@dataclass(slots=True)
class Participant:
    """Where one participant stands."""

    id: str
    site: str
    identified: date
    consents: dict[str, Consent] = field(default_factory=dict)
    attempt: int = 1
    screened: bool = False
    answers: dict[str, str | bool | None] = field(default_factory=dict)
    verdict: str = ""
    criteria: dict[str, str] = field(default_factory=dict)
    failed_for: tuple[str, ...] = ()
    enrolled: date | None = None
    certified: e.ProductCertified | None = None
    request: str = ""
    levels: dict[str, str] = field(default_factory=dict)
    randomised: date | None = None
    preparation: str = ""
    due: date | None = None
    released: e.PreparationReleased | None = None
    administered: e.Administered | None = None
    cancelled: e.AdministrationCancelled | None = None
    held: dict[str, e.VisitHeld] = field(default_factory=dict)
    missed: dict[str, e.VisitMissed] = field(default_factory=dict)
    unscheduled: list[e.UnscheduledVisitHeld] = field(default_factory=list)
    extra: dict[str, date] = field(default_factory=dict)
    """The days of visits outside the schedule (unscheduled, repeated), by the code that their results stand under."""
    done: dict[tuple[str, str], date] = field(default_factory=dict)
    results: dict[ResultKey, Observation] = field(default_factory=dict)
    adverse_events: list[e.AdverseEventReported] = field(default_factory=list)
    deviations: list[e.DeviationRecorded] = field(default_factory=list)
    withdrawn: set[e.WithdrawalScope] = field(default_factory=set)
    withdrawn_on: date | None = None
    lost: bool = False
    ended: e.FollowUpEnded | None = None
    guesses: list[e.GuessGiven] = field(default_factory=list)
    died: date | None = None
    added: dict[str, date | None] = field(default_factory=dict)
    """What an amendment added, by visit or `visit/activity`: since when they owe it; None while they have not agreed."""
    last_entry: int = 0
    """The newest entry about this participant: while it is the same, so is all that is computed from them alone."""

    def day_of(self, visit: str) -> date | None:
        """The day that a visit took place, of the schedule or outside it; None where it did not."""
        held = self.held.get(visit)
        return held.on if held is not None else self.extra.get(visit)

    def anchor(self, anchor: Anchor) -> date | None:
        """The day that visits are counted from; None while it is not known.

        That of the administration is the planned day until something was given or cancelled.
        """
        match anchor:
            case Anchor.CONSENT:
                return min((consent.first.date() for consent in self.consents.values()), default=None)
            case Anchor.ENROLMENT:
                return self.enrolled
            case Anchor.RANDOMISATION:
                return self.randomised
            case Anchor.ADMINISTRATION:
                if self.administered is not None:
                    return self.administered.started.date()
                return self.cancelled.planned if self.cancelled is not None else self.due
            case _:
                assert_never(anchor)

    @property
    def is_followed(self) -> bool:
        """Whether visits are still to be held."""
        stopped = e.WithdrawalScope.VISITS in self.withdrawn or self.lost or self.ended is not None
        stopped = stopped or self.died is not None
        return self.enrolled is not None and not stopped

    def latest_weight(self, measure: str) -> tuple[date, Quantity] | None:
        """The newest weight recorded, with its day; of one day's weights the one that was written last."""
        weights = [
            (observation.on, observation.entry, observation.quantity)
            for observation in self.results.values()
            if observation.measure == measure and observation.quantity is not None
        ]
        newest = max(weights, key=lambda weight: weight[:2], default=None)
        return (newest[0], newest[2]) if newest is not None else None


@dataclass(slots=True)
class TrialState:
    """Where the trial stands after the last entry that was folded.

    `requests` has who asked for an allocation, with the day, in the order of the requests: that of the slots.
    """

    trial: str = ""
    simulated: bool = False
    protocol_version: str = ""
    protocol_digest: str = ""
    phase: Phase = Phase.NOT_OPENED
    opened: date | None = None
    commitment: str = ""
    stopped: e.TrialTerminated | None = None
    stopped_on: date | None = None
    locked: e.DatabaseLocked | None = None
    warrants: dict[str, e.WarrantGranted] = field(default_factory=dict)
    delegations: dict[tuple[str, Role], e.Delegated] = field(default_factory=dict)
    former_delegations: list[e.Delegated] = field(default_factory=list)
    sealing_key: str = ""
    told: list[Told] = field(default_factory=list)
    held_words: dict[int, HeldWords] = field(default_factory=dict)
    released_words: dict[int, dict[str, str]] = field(default_factory=dict)
    redacted: dict[int, e.EntryRedacted] = field(default_factory=dict)
    answered: dict[str, Answered] = field(default_factory=dict)
    participants: dict[str, Participant] = field(default_factory=dict)
    requests: dict[str, date] = field(default_factory=dict)
    result_of_entry: dict[int, tuple[str, ResultKey]] = field(default_factory=dict)
    preparations: dict[str, str] = field(default_factory=dict)
    """Whose each preparation is, by its number."""
    safety: SafetyState = field(default_factory=SafetyState)
    data: DataState = field(default_factory=DataState)
    consent: consent.ConsentState = field(default_factory=consent.ConsentState)
    course: course.CourseState = field(default_factory=course.CourseState)
    blinding: blinding.BlindingState = field(default_factory=blinding.BlindingState)
    intake: intake.IntakeState = field(default_factory=intake.IntakeState)
    head: Head = field(default_factory=Head)

    def enrolled(self) -> list[Participant]:
        """Those in the trial, in the order of their numbers' first appearance."""
        return [one for one in self.participants.values() if one.enrolled is not None]

    def randomised(self) -> list[Participant]:
        """Those allocated, in the order of allocation."""
        allocated = [one for one in self.participants.values() if one.randomised is not None]
        return sorted(allocated, key=lambda one: (len(one.preparation), one.preparation))


def fold(entries: Iterable[Chained], state: TrialState | None = None) -> TrialState:
    """The state after the entries; a given state is extended from its own head, so nothing is folded twice.

    Raises LedgerBroken for an entry about a participant or a result that no entry before it has.
    """
    current = state if state is not None else TrialState()
    for chained in entries:
        if chained.seq <= current.head.seq:
            continue
        try:
            _apply(current, chained)
        except KeyError as problem:
            raise LedgerBroken(f"entry {chained.seq} speaks of {problem}, which no entry before it has.") from None
        data_state.note(current, chained)
        _note_answer(current, chained)
        _note_held(current, chained)
        current.head = chained.head
    return current


def _note_answer(state: TrialState, chained: Chained) -> None:
    key, asked = chained.entry.key, chained.entry.asked
    if key is not None and (asked is not None or chained.entry.redacted):
        before = state.answered.get(key)
        state.answered[key] = Answered(asked or "", before.first if before is not None else chained.seq, chained.seq)


def _note_held(state: TrialState, chained: Chained) -> None:
    entry = chained.entry
    if entry.held is not None:
        fields = [name for name, text in words_of(entry.event).items() if text == HELD]
        reason = [REASON] if entry.reason == HELD else []
        state.held_words[chained.seq] = HeldWords(entry.actor, entry.role, (*fields, *reason))


def _apply(state: TrialState, chained: Chained) -> None:
    event = chained.event
    if isinstance(event, IntakeEvent):
        intake.apply(state.intake, event, chained)
        return
    if isinstance(event, _OF_TRIAL):
        _apply_to_trial(state, event, chained)
        return
    if isinstance(event, SafetyEvent):
        _apply_safety(state, event, chained)
        return
    if isinstance(event, d.DataEvent):
        data_state.apply(state, event, chained)
        if not isinstance(event, data_state.OF_TRIAL):
            state.participants[event.participant].last_entry = chained.seq
        return
    if isinstance(event, e.Identified):
        day = chained.entry.occurred.date()
        state.participants[event.participant] = Participant(event.participant, event.site, day)
    elif isinstance(event, _OF_RESULTS):
        _apply_result(state, event, chained)
    elif isinstance(event, ConsentEvent | CourseEvent | BlindingEvent):
        _apply_topic(state, event, chained)
        return
    else:
        _apply_to_participant(state.participants[event.participant], event, chained)
        _apply_to_lists(state, event, chained)
    state.participants[event.participant].last_entry = chained.seq


def _apply_topic(state: TrialState, event: ConsentEvent | CourseEvent | BlindingEvent, chained: Chained) -> None:
    """An event of consent or of the trial's course, and what it changes for the participants it is about."""
    if isinstance(event, ConsentEvent):
        consent.apply(state.consent, event, chained)
    elif isinstance(event, BlindingEvent):
        blinding.apply(state.blinding, event, chained)
    else:
        course.apply(state.course, event, chained)
    if isinstance(event, AmendmentAdopted):
        _amend(state, event, chained)
    who = getattr(event, "participant", None)
    if who is None:
        return
    one = state.participants[who]
    one.last_entry = chained.seq
    if isinstance(event, Died):
        one.died = event.on
    elif isinstance(event, Returned):
        one.withdrawn -= set(event.scopes)
        one.lost = False


def _amend(state: TrialState, event: AmendmentAdopted, chained: Chained) -> None:
    """Who was here before owes what is new from today, or once they have agreed to it."""
    day = chained.entry.occurred.date()
    consent.note_amendment(state.consent, event, day)
    for one in state.participants.values():
        if one.consents:
            waits = one.id in event.asks or event.impact is Impact.NEW_ONLY
            one.added |= dict.fromkeys(event.added, None if waits else day)
            one.last_entry = chained.seq


def _apply_to_lists(state: TrialState, event: _OfParticipant, chained: Chained) -> None:
    """What is looked up among all participants, so that nobody has to go through them."""
    at = chained.entry.occurred
    if isinstance(event, e.RandomisationRequested):
        state.requests[event.participant] = at.date()
    elif isinstance(event, e.AdverseEventReported):
        known = state.safety.events.setdefault(event.participant, [])
        known.append(begin(event, len(known) + 1, at, chained.entry.role))
    elif isinstance(event, e.Withdrawn):
        consent.note_withdrawal(state.consent, event, at)
    elif isinstance(event, e.ActivityDone):
        consent.note_procedure(state.consent, event, at)
    elif isinstance(event, e.Consented):
        _note_consent(state, event, at)
    elif isinstance(event, e.Randomised):
        state.preparations[event.preparation] = event.participant


def _apply_safety(state: TrialState, event: SafetyEvent, chained: Chained) -> None:
    """The event, and the participant's list of adverse events brought up to what is known now."""
    apply_safety(state.safety, event, chained)
    participant = getattr(event, "participant", None)
    if participant is None:
        return
    one = state.participants[participant]
    one.adverse_events[:] = [
        known.as_reported(reported)
        for known, reported in zip(state.safety.of(participant), one.adverse_events, strict=True)
    ]
    one.last_entry = chained.seq


def _note_consent(state: TrialState, event: e.Consented, at: datetime) -> None:
    """Who has settled all that an amendment asked for owes what it added from that day."""
    is_settled = consent.note_consent(state.consent, event, at)
    one, newest = state.participants[event.participant], state.consent.newest
    if newest is not None and newest.forms.get(event.form) == event.form_version and is_settled:
        one.added = {key: day or at.date() for key, day in one.added.items()}
    elif newest is not None and not is_settled:
        one.added = {**dict.fromkeys(newest.added, None), **one.added}


_OfTrial = (
    e.TrialOpened
    | e.ProtocolAdopted
    | e.AllocationCommitted
    | e.RecruitmentOpened
    | e.RecruitmentSuspended
    | e.RecruitmentResumed
    | e.TrialTerminated
    | e.TrialCompleted
    | e.DatabaseLocked
    | e.WarrantGranted
    | e.Delegated
    | e.DelegationEnded
    | e.SealingKeyPublished
    | e.UnblindingRefused
    | e.AllocationRead
    | e.UnblindingReported
    | e.TextReleased
    | e.EntryRedacted
)
_OfResults = e.ResultRecorded | e.ResultMissing | e.ResultCorrected | e.ResultSealed | e.SealedResultCorrected
_OfParticipant = (
    e.Consented
    | e.Screened
    | e.EligibilityAssessed
    | e.ScreeningFailed
    | e.RescreeningStarted
    | e.Enrolled
    | e.ProductCertified
    | e.RandomisationRequested
    | e.Randomised
    | e.PreparationMoved
    | e.PreparationReleased
    | e.Administered
    | e.AdministrationCancelled
    | e.VisitHeld
    | e.VisitMissed
    | e.UnscheduledVisitHeld
    | e.ActivityDone
    | e.AdverseEventReported
    | e.DeviationRecorded
    | e.Withdrawn
    | e.LostToFollowUp
    | e.FollowUpEnded
    | e.GuessGiven
)
_OF_TRIAL = _OfTrial
_OF_RESULTS = _OfResults


def _apply_to_trial(state: TrialState, event: _OfTrial, chained: Chained) -> None:
    day = chained.entry.occurred.date()
    match event:
        case e.TrialOpened():
            state.trial, state.simulated, state.opened = event.trial, event.simulated, day
            state.phase = Phase.PREPARING
        case e.ProtocolAdopted():
            state.protocol_version, state.protocol_digest = event.protocol_version, event.protocol_digest
            state.course.versions.append(event.protocol_version)
        case e.AllocationCommitted():
            state.commitment = event.commitment
        case e.RecruitmentOpened() | e.RecruitmentResumed():
            state.phase = Phase.RECRUITING
        case e.RecruitmentSuspended():
            state.phase = Phase.SUSPENDED
        case e.TrialTerminated():
            state.phase, state.stopped, state.stopped_on = Phase.TERMINATED, event, day
        case e.TrialCompleted():
            state.phase, state.stopped_on = Phase.COMPLETED, day
        case e.DatabaseLocked():
            state.locked = event
        case e.WarrantGranted():
            state.warrants[event.warrant] = event
            state.told.append(Told(event, chained.entry.occurred, chained.entry.actor, chained.entry.role))
        case e.Delegated():
            state.delegations[event.person, event.role] = event
        case e.DelegationEnded():
            state.former_delegations.append(state.delegations.pop((event.person, event.role)))
        case e.SealingKeyPublished():
            state.sealing_key = event.key
        case e.UnblindingRefused() | e.AllocationRead() | e.UnblindingReported():
            entry = chained.entry
            state.told.append(Told(event, entry.occurred, entry.actor, entry.role))
        case e.TextReleased():
            state.released_words[event.of] = dict(event.texts)
        case e.EntryRedacted():
            state.redacted[event.of] = event
        case _:
            assert_never(event)


def _apply_result(state: TrialState, event: _OfResults, chained: Chained) -> None:
    participant = state.participants[event.participant]
    match event:
        case e.ResultRecorded():
            key = (event.visit, event.activity, event.measure, event.sample)
            participant.results[key] = _observe(event, chained, participant)
        case e.ResultMissing() | e.ResultSealed():
            key = (event.visit, event.activity, event.measure, event.sample)
            participant.results[key] = _observe(event, chained, participant)
        case e.SealedResultCorrected():
            key = state.result_of_entry[event.of][1]
            participant.results[key] = replace(
                participant.results[key], entry=chained.seq, corrected=True, by=chained.entry.actor
            )
        case e.ResultCorrected():
            key = state.result_of_entry[event.of][1]
            before = participant.results[key]
            participant.results[key] = Observation(
                chained.seq, before.participant, before.visit, before.activity, before.measure, before.sample,
                before.actual, before.on, Quantity(parse_decimal(event.value), event.unit), event.below, None, True,
                by=chained.entry.actor,
            )  # fmt: skip
        case _:
            assert_never(event)
    state.result_of_entry[chained.seq] = (event.participant, key)


def _observe(
    event: e.ResultRecorded | e.ResultMissing | e.ResultSealed, chained: Chained, participant: Participant
) -> Observation:
    on = participant.day_of(event.visit) or chained.entry.occurred.date()
    by = chained.entry.actor
    where = (chained.seq, event.participant, event.visit, event.activity, event.measure, event.sample)
    if isinstance(event, e.ResultMissing):
        return Observation(*where, "", on, None, False, event.because, by=by)
    if isinstance(event, e.ResultSealed):
        return Observation(*where, "", on, None, is_sealed=True, by=by)
    quantity = Quantity(parse_decimal(event.value), event.unit)
    return Observation(*where, event.actual, on, quantity, event.below, by=by)


def _apply_to_participant(one: Participant, event: _OfParticipant, chained: Chained) -> None:
    day = chained.entry.occurred.date()
    match event:
        case e.Consented():
            before = one.consents.get(event.form)
            at = chained.entry.occurred
            first = min(before.first, at) if before is not None else at
            if before is not None and before.version == event.form_version:
                at = min(before.at, at)
            one.consents[event.form] = Consent(event.form_version, at, first)
        case e.Screened():
            one.screened, one.answers = True, dict(event.answers)
        case e.EligibilityAssessed():
            one.verdict, one.criteria = event.verdict, dict(event.criteria)
        case e.ScreeningFailed():
            one.failed_for = event.criteria
        case e.RescreeningStarted():
            one.attempt, one.screened, one.verdict, one.failed_for = event.attempt, False, "", ()
        case e.Enrolled():
            one.enrolled = day
        case e.ProductCertified():
            one.certified = event
        case e.RandomisationRequested():
            one.request, one.levels = event.request, dict(event.levels or {})
        case e.Randomised():
            one.randomised, one.preparation, one.due = day, event.preparation, event.due
        case e.PreparationMoved():
            one.due, one.released = event.due, None
        case e.PreparationReleased():
            one.released = event
        case e.Administered():
            one.administered = event
        case e.AdministrationCancelled():
            one.cancelled = event
        case _:
            _apply_to_follow_up(one, event, day)


def _apply_to_follow_up(
    one: Participant,
    event: e.VisitHeld
    | e.VisitMissed
    | e.UnscheduledVisitHeld
    | e.ActivityDone
    | e.AdverseEventReported
    | e.DeviationRecorded
    | e.Withdrawn
    | e.LostToFollowUp
    | e.FollowUpEnded
    | e.GuessGiven,
    day: date,
) -> None:
    match event:
        case e.VisitHeld():
            one.held[event.visit] = event
        case e.VisitMissed():
            one.missed[event.visit] = event
        case e.UnscheduledVisitHeld():
            one.unscheduled.append(event)
            one.extra[f"unscheduled_{len(one.unscheduled)}"] = event.on
        case e.ActivityDone():
            one.done[(event.visit, event.activity)] = event.on
        case e.AdverseEventReported():
            one.adverse_events.append(event)
        case e.DeviationRecorded():
            one.deviations.append(event)
        case e.Withdrawn():
            one.withdrawn |= set(event.scopes)
            one.withdrawn_on = one.withdrawn_on or day
        case e.LostToFollowUp():
            one.lost = True
        case e.FollowUpEnded():
            one.ended = event
        case e.GuessGiven():
            one.guesses.append(event)
        case _:
            assert_never(event)
