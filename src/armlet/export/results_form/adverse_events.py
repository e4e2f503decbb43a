"""Adverse events by arm: deaths, serious events, other events, each with who was at risk.

Every term is listed, however rare: the frequency threshold is 0, because in a small trial one event is a share that no
threshold should hide. The ledger has the reporter's own words; they are no coded terms and no organ system is made up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from armlet.conduct.state import Participant
from armlet.export.results_form.flow import has_died
from armlet.export.results_form.locked import Column, LockedTrial
from armlet.export.results_form.open_items import to_fill
from armlet.issues import Issue
from armlet.ledger.events import AdverseEventReported
from armlet.registry.results.rows import AdverseEvent, AdverseEventsModule, EventGroup, EventStats

MODULE: Final = "EG"
THRESHOLD: Final = "0"
NOT_CODED: Final = "Not coded"

Wanted = Callable[[AdverseEventReported], bool]


@dataclass(frozen=True, slots=True)
class FilledEvents:
    """The module, and the fields of the form that the trial does not answer."""

    module: AdverseEventsModule
    issues: tuple[Issue, ...]


def fill_adverse_events(trial: LockedTrial) -> FilledEvents:
    """The module; at risk is everybody who was assigned to the arm, also where nobody had an event."""
    columns = trial.columns()
    safety = trial.protocol.safety
    module = AdverseEventsModule(
        frequency_threshold=THRESHOLD,
        time_frame=(
            f"From consent to the end of each participant's follow-up, planned for {safety.follow_up.in_words()} "
            "after the intervention."
        ),
        description=trial.marked(
            f"{_vocabulary(trial)} Grades are by {safety.scale}. At risk is everybody who was assigned to the arm."
        ),
        event_groups=tuple(_event_group(column) for column in columns),
        serious_events=tuple(_terms(trial, columns, _is_serious)),
        other_events=tuple(_terms(trial, columns, _is_other)),
    )
    return FilledEvents(module, tuple(_missing(trial, columns)))


def _vocabulary(trial: LockedTrial) -> str:
    vocabulary = trial.answers.adverse_events.vocabulary
    if vocabulary is None:
        return "Terms are the reporter's own words, not coded terms of a dictionary."
    return f"Terms are the reporter's own words; organ systems are by {vocabulary}."


def _is_serious(event: AdverseEventReported) -> bool:
    return bool(event.serious)


def _is_other(event: AdverseEventReported) -> bool:
    return not event.serious


def _event_group(column: Column) -> EventGroup:
    at_risk = len(column.people)
    heading = column.group(MODULE)
    return EventGroup(
        id=heading.id,
        title=heading.title,
        description=heading.description,
        deaths_num_affected=sum(has_died(one) for one in column.people),
        deaths_num_at_risk=at_risk,
        serious_num_affected=_affected(column, _is_serious),
        serious_num_at_risk=at_risk,
        other_num_affected=_affected(column, _is_other),
        other_num_at_risk=at_risk,
    )


def _affected(column: Column, wanted: Wanted) -> int:
    return sum(any(wanted(event) for event in one.adverse_events) for one in column.people)


def _events(people: Sequence[Participant], wanted: Wanted) -> list[AdverseEventReported]:
    return [event for one in people for event in one.adverse_events if wanted(event)]


def _terms(trial: LockedTrial, columns: Sequence[Column], wanted: Wanted) -> Iterator[AdverseEvent]:
    """One row a term, in alphabetical order, with a cell for every arm, noughts included."""
    everybody, answers = [one for column in columns for one in column.people], trial.answers.adverse_events
    for term in sorted({event.term for event in _events(everybody, wanted)}, key=lambda term: (term.casefold(), term)):
        of_term = [event for event in _events(everybody, wanted) if event.term == term]
        yield AdverseEvent(
            term=term,
            organ_system=answers.organ_systems.get(term),
            source_vocabulary=answers.vocabulary or NOT_CODED,
            assessment_type=trial.answers.assessment(),
            notes=_grades(trial, of_term),
            stats=tuple(_event_stats(column, term, wanted) for column in columns),
        )


def _event_stats(column: Column, term: str, wanted: Wanted) -> EventStats:
    of_term = [event for event in _events(column.people, wanted) if event.term == term]
    return EventStats(
        group_id=column.id(MODULE),
        num_events=len(of_term),
        num_affected=len({event.participant for event in of_term}),
        num_at_risk=len(column.people),
    )


def _grades(trial: LockedTrial, events: Sequence[AdverseEventReported]) -> str | None:
    grades = [event.grade for event in events if event.grade is not None]
    return f"Highest grade: {max(grades)} ({trial.protocol.safety.scale})." if grades else None


def _missing(trial: LockedTrial, columns: Sequence[Column]) -> Iterator[Issue]:
    answers = trial.answers.adverse_events
    terms = [term for term in trial.event_terms() if not answers.organ_systems.get(term)]
    if terms:
        message = f"the form needs an organ system for each of {len(terms)} terms; the ledger has the reporter's words."
        fix = "Let somebody with a licence for the dictionary code them, and fill in organ system and vocabulary."
        yield to_fill("organ-system", "safety", message, fix)
    if answers.assessment is None:
        message = "the form needs to know whether adverse events were asked for at every visit or taken down when told."
        fix = "Say so in the answers: systematic or non-systematic assessment."
        yield to_fill("assessment", "safety", message, fix)
    in_arm = {one.id for column in columns for one in column.people}
    before = sum(len(one.adverse_events) for one in trial.data.state.participants.values() if one.id not in in_arm)
    if before:
        message = f"{before} adverse events are of people who were in no arm; the form has no place for them."
        yield to_fill("events-without-arm", "safety", message, "Tell of them in the description of adverse events.")
