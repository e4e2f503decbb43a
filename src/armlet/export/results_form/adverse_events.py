"""Adverse events by arm: deaths, serious events, other events, each with who was at risk.

Every term is listed, however rare: the frequency threshold is 0, because in a small trial one event is a share that no
threshold should hide. The ledger has the reporter's own words; they are no coded terms and no organ system is made up.
Words that differ in case or spaces only are one term, spelt as it was first. Who died is told by the events that were
reported as deaths; a grade that means death on another event is listed and not counted.
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
FATAL_SCALE: Final = "CTCAE"
FATAL_GRADE: Final = 5
"""CTCAE v5.0 (27 November 2017), "Grades": grade 5 is death related to the adverse event."""

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
            f"{_about_terms(trial, columns)} At risk is everybody who was assigned to the arm, whether or not the "
            "intervention was given."
        ),
        event_groups=tuple(_event_group(column) for column in columns),
        serious_events=tuple(_terms(trial, columns, _is_serious)),
        other_events=tuple(_terms(trial, columns, _is_other)),
    )
    return FilledEvents(module, tuple(_missing(trial, columns)))


def _about_terms(trial: LockedTrial, columns: Sequence[Column]) -> str:
    if not any(one.adverse_events for column in columns for one in column.people):
        return "No adverse event was reported."
    vocabulary = trial.answers.adverse_events.vocabulary
    coded = f"organ systems are by {vocabulary}" if vocabulary else "they are not coded terms of a dictionary"
    return f"Terms are the reporter's own words; {coded}. Grades are by {trial.protocol.safety.scale}."


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


def _everybody(columns: Sequence[Column]) -> list[Participant]:
    return [one for column in columns for one in column.people]


def spell_terms(trial: LockedTrial) -> dict[str, str]:
    """Every term of the form as the first reporter spelled it, by the key under which its spellings are one."""
    spelt: dict[str, str] = {}
    for one in _everybody(trial.columns()):
        for event in one.adverse_events:
            spelt.setdefault(_key(event), " ".join(event.term.split()))
    return spelt


def _terms(trial: LockedTrial, columns: Sequence[Column], wanted: Wanted) -> Iterator[AdverseEvent]:
    """One row a term, in alphabetical order, with a cell for every arm, noughts included."""
    everybody, spelt, answers = _everybody(columns), spell_terms(trial), trial.answers
    for key in sorted({_key(event) for event in _events(everybody, wanted)}):
        of_term = [event for event in _events(everybody, wanted) if _key(event) == key]
        yield AdverseEvent(
            term=spelt[key],
            organ_system=answers.adverse_events.organ_systems.get(spelt[key]),
            source_vocabulary=answers.adverse_events.vocabulary or NOT_CODED,
            assessment_type=answers.assessment(),
            notes=_grades(trial, of_term),
            stats=tuple(_event_stats(column, key, wanted) for column in columns),
        )


def _key(event: AdverseEventReported) -> str:
    return " ".join(event.term.split()).casefold()


def _event_stats(column: Column, key: str, wanted: Wanted) -> EventStats:
    of_term = [event for event in _events(column.people, wanted) if _key(event) == key]
    return EventStats(
        group_id=column.id(MODULE),
        num_events=len(of_term),
        num_affected=len({event.participant for event in of_term}),
        num_at_risk=len(column.people),
    )


def _grades(trial: LockedTrial, events: Sequence[AdverseEventReported]) -> str | None:
    grades = [event.grade for event in events if event.grade is not None]
    return f"Highest grade: {max(grades)} ({trial.protocol.safety.scale})." if grades else None


def _is_fatal_by_grade_only(trial: LockedTrial, one: Participant) -> bool:
    is_graded_so = trial.protocol.safety.scale.upper().startswith(FATAL_SCALE)
    return is_graded_so and not has_died(one) and any(event.grade == FATAL_GRADE for event in one.adverse_events)


def _missing(trial: LockedTrial, columns: Sequence[Column]) -> Iterator[Issue]:
    answers = trial.answers.adverse_events
    terms = [term for term in spell_terms(trial).values() if not answers.organ_systems.get(term)]
    if terms:
        message = f"the form needs an organ system for each of {len(terms)} terms; the ledger has the reporter's words."
        fix = "Let somebody with a licence for the dictionary code them, and fill in organ system and vocabulary."
        yield to_fill("organ-system", "safety", message, fix)
    fatal = sum(_is_fatal_by_grade_only(trial, one) for column in columns for one in column.people)
    if fatal:
        message = (
            f"participants with an event of grade {FATAL_GRADE}, which is death by {trial.protocol.safety.scale}, and "
            f"with none that was reported as a death: {fatal}; they are not counted as dead."
        )
        fix = "Look at the reports: either the grade or the seriousness is wrong. Correct the deaths and the flow."
        yield to_fill("fatal-grade", "safety.scale", message, fix)
    if answers.assessment is None:
        message = "the form needs to know whether adverse events were asked for at every visit or taken down when told."
        fix = "Say so in the answers: systematic or non-systematic assessment."
        yield to_fill("assessment", "safety", message, fix)
    in_arm = {one.id for column in columns for one in column.people}
    before = sum(len(one.adverse_events) for one in trial.data.state.participants.values() if one.id not in in_arm)
    if before:
        message = f"{before} adverse events are of people who were in no arm; the form has no place for them."
        yield to_fill("events-without-arm", "safety", message, "Tell of them in the description of adverse events.")
