"""Which intercurrent events happened to whom, and when: recognised in the open strand, so that no arm is needed.

Only what happened on the day of allocation or later counts; in a trial that allocates nobody, from enrolment on. A
measured value counts from the day after: one of the day itself is in general the baseline, taken before anything was
given, and the ledger has the day of an allocation and of a visit, not their hours. What is known only to the month or
the year counts where any of its days may do, and is dated by the first of those.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from armlet.conduct.observation import Observation
from armlet.conduct.safety.state import AdverseEvent
from armlet.conduct.state import Participant, Phase, TrialState
from armlet.derivation.followed import Occurrence
from armlet.ledger.events import AllocationRead, UnblindingCategory, UnblindingReported, WithdrawalScope
from armlet.ledger.safety_events import EventOutcome, Seriousness
from armlet.protocol.criteria import Comparison
from armlet.protocol.hidden import Hidden, hidden_before_lock
from armlet.protocol.intercurrent import (
    AdverseEventIs,
    ByAdverseEvent,
    ByMeasure,
    IntercurrentEvent,
    Plainly,
    Recogniser,
    Withdrew,
)
from armlet.protocol.model import Protocol
from armlet.studytime import PartialDate

Found = tuple[date, str]
"""The day, and by what it was recognised."""


def list_occurrences(protocol: Protocol, state: TrialState) -> tuple[Occurrence, ...]:
    """Everybody's, in the order of enrolment and of the protocol's events."""
    hidden = hidden_before_lock(protocol)
    return tuple(found for one in state.enrolled() for found in occurrences_of(protocol, state, one, hidden))


def occurrences_of(
    protocol: Protocol, state: TrialState, one: Participant, hidden: Hidden | None = None
) -> tuple[Occurrence, ...]:
    """The events of one participant, each at most once: the first time that it happened after allocation."""
    since = one.randomised or one.enrolled
    if since is None:
        return ()
    hidden = hidden_before_lock(protocol) if hidden is None else hidden
    return tuple(
        Occurrence(one.id, event.id, *first)
        for event in protocol.intercurrent_events or ()
        if (first := _first(event, since, state, one, (protocol, hidden))) is not None
    )


def _first(
    event: IntercurrentEvent, since: date, state: TrialState, one: Participant, trial: tuple[Protocol, Hidden]
) -> Found | None:
    found = (happened for sign in event.when for happened in _recognise(sign, event, since, state, one, trial))
    return min((happened for happened in found if happened[0] >= since), default=None)


def _recognise(
    recogniser: Recogniser,
    event: IntercurrentEvent,
    since: date,
    state: TrialState,
    one: Participant,
    trial: tuple[Protocol, Hidden],
) -> Iterator[Found]:
    match recogniser:
        case Withdrew():
            scopes = {WithdrawalScope(scope) for scope in recogniser.withdrew}
            of = state.consent.of_participant(one.id).withdrawn
            yield from ((at.date(), f"withdrew from {scope.value}") for scope, at in of.items() if scope in scopes)
        case ByAdverseEvent():
            events = state.safety.of(one.id)
            wanted = recogniser.adverse_event
            yield from (_dated(each, each.onset.date, since) for each in events if _is(each, wanted))
        case ByMeasure():
            yield from (found for found in _measured(recogniser, one, *trial) if found[0] > since)
        case str():
            yield from _recognise_plainly(recogniser, event, since, state, one)
        case _:
            assert_never(recogniser)


def _dated(event: AdverseEvent, known: PartialDate, since: date) -> Found:
    """An adverse event on the first of its possible days that counts, or on the last one where none does."""
    words = f"adverse event {event.number}"
    if known.day is None:
        words += f", of which only the {'year' if known.month is None else 'month'} is known ({known})"
    return min(max(known.earliest(), since), known.latest()), words


def _recognise_plainly(
    word: Plainly, event: IntercurrentEvent, since: date, state: TrialState, one: Participant
) -> Iterator[Found]:
    match word:
        case "died":
            yield from _died(state, one, since)
        case "not given":
            yield from _not_given(state, one)
        case "partly given":
            if one.administered is not None and not one.administered.complete:
                yield one.administered.started.date(), "not all of the preparation was given"
        case "code broken":
            yield from _code_broken(state, one)
        case "randomised in error":
            if one.id in state.course.in_error:
                yield state.course.in_error[one.id], "declared to be randomised in error"
        case "recorded":
            said = state.data.intercurrent.get((one.id, event.id))
            if said is not None and said.happened and said.on is not None:
                yield said.on, "recorded by a person"
        case _:
            assert_never(word)


def _died(state: TrialState, one: Participant, since: date) -> Iterator[Found]:
    if one.died is not None:
        yield one.died, "a death was recorded"
        return
    for event in state.safety.of(one.id):
        if _is_fatal(event):
            yield _dated(event, (event.ended or event.onset).date, since)


def _is_fatal(event: AdverseEvent) -> bool:
    return event.outcome is EventOutcome.FATAL or Seriousness.DEATH in event.serious


def _not_given(state: TrialState, one: Participant) -> Iterator[Found]:
    """Called off, or nothing was given and nothing will be: then it happened on the day that it was planned for."""
    if one.administered is not None:
        return
    if one.cancelled is not None:
        yield one.cancelled.planned, "the preparation was called off"
        return
    is_over = state.locked is not None or state.phase in {Phase.TERMINATED, Phase.COMPLETED}
    planned = one.due or one.randomised
    if planned is not None and (is_over or not one.is_followed):
        yield planned, "nothing was given"


def _code_broken(state: TrialState, one: Participant) -> Iterator[Found]:
    """An emergency, or an accident; not a drill, a report of the safety unit, or the planned unblinding."""
    for told in state.told:
        match told.event:
            case AllocationRead() if told.event.participant == one.id and told.event.drill is None:
                warrant = state.warrants[told.event.warrant]
                if warrant.category is UnblindingCategory.EMERGENCY:
                    yield told.at.date(), "the allocation was read in an emergency"
            case UnblindingReported() if told.event.participant == one.id:
                yield told.event.on, "an unblinding by accident was reported"
            case _:
                pass


def _is(event: AdverseEvent, wanted: AdverseEventIs) -> bool:
    """Whether the adverse event is all that is wanted, by what is known of it now."""
    return (
        (wanted.special_interest is None or bool(set(wanted.special_interest) & set(event.special_interest)))
        and (wanted.grade is None or (event.grade is not None and event.grade >= wanted.grade))
        and (wanted.serious is None or bool(event.serious))
        and (wanted.fatal is None or _is_fatal(event))
    )


def _measured(recogniser: ByMeasure, one: Participant, protocol: Protocol, hidden: Hidden) -> Iterator[Found]:
    """Values that meet the limit; of a value that could tell the arm nothing is recognised, before or after the lock."""
    wanted = recogniser.measured
    for result in one.results.values():
        is_shown = not hidden.hides_measure(result.measure, result.visit)
        if result.measure == wanted.measure and is_shown and _meets(recogniser, result, protocol):
            yield result.on, f"{protocol.measure(wanted.measure).label} at {result.visit}"


def _meets(recogniser: ByMeasure, result: Observation, protocol: Protocol) -> bool:
    wanted = recogniser.measured
    if wanted.value is None or result.quantity is None or result.below:
        return False
    mass = protocol.measure(wanted.measure).molar_mass
    sign = result.quantity.to(wanted.value.unit, mass).compare(wanted.value)
    return {
        Comparison.LESS: sign < 0,
        Comparison.AT_MOST: sign <= 0,
        Comparison.EQUAL: sign == 0,
        Comparison.AT_LEAST: sign >= 0,
        Comparison.MORE: sign > 0,
        Comparison.IN: False,
    }[wanted.is_]
