"""Rules of adverse events: what is written can be true. Whether it is serious or related is a physician's word.

A sponsor's judgement never takes away what the investigator suspects: both are kept, and the graver one counts
(`AdverseEvent.suspected`). So there is no rule that refuses a milder judgement, and nothing that it would change.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from armlet.conduct.commands import By, ReportAdverseEvent
from armlet.conduct.rules import refuse
from armlet.conduct.rules.visits import check_day
from armlet.conduct.safety.commands import AssessCausality, CloseExpeditedDuty
from armlet.conduct.safety.state import AdverseEvent, SafetyState
from armlet.issues import Issue
from armlet.ledger.safety_events import AssessedFor, EventOutcome, ReportStage, Seriousness
from armlet.protocol.model import Protocol, Role

FATAL_GRADE: Final = 5
_SIDES: Final = {
    Role.INVESTIGATOR: AssessedFor.INVESTIGATOR,
    Role.SPONSOR: AssessedFor.SPONSOR,
    Role.SAFETY_UNIT: AssessedFor.SPONSOR,
}
_OF_SPONSOR: Final = frozenset({Role.SPONSOR, Role.SAFETY_UNIT})


def check_adverse_event(protocol: Protocol, event: ReportAdverseEvent, today: date) -> Iterator[Issue]:
    """The event is named, lies in the past, ends after it began, and is related to what the protocol lists."""
    who = event.participant
    if not event.term.strip():
        yield refuse("no-term", who, "the adverse event is not named.", "Write it in the reporter's words.")
    yield from check_day(who, event.onset, today)
    if event.ended is not None:
        yield from check_day(who, event.ended, today)
        if event.ended < event.onset:
            message = f"the event ended on {event.ended}, before it began on {event.onset}."
            yield refuse("ended-before-onset", who, message, "Check both dates.")
    yield from _check_causes(protocol, who, event.related_to)
    if event.grade == FATAL_GRADE and Seriousness.DEATH not in event.serious:
        yield _grade_without_death(who)


def _grade_without_death(who: str) -> Issue:
    message = "grade 5 is a death, and death is not among what makes the event serious."
    return refuse("fatal-without-death", who, message, "Record the death as a criterion, or another grade.")


def _check_causes(protocol: Protocol, who: str, causes: tuple[str, ...]) -> Iterator[Issue]:
    for cause in causes:
        if cause not in protocol.safety.related_to:
            message = f"the protocol relates no event to {cause!r}; it has {', '.join(protocol.safety.related_to)}."
            yield refuse("unknown-cause", who, message, "Choose one of these.")


def check_known(known: SafetyState, participant: str, number: int) -> Iterator[Issue]:
    """The participant has an adverse event of this number."""
    count = len(known.of(participant))
    if not 1 <= number <= count:
        message = f"has {count} adverse event(s), and none with the number {number}."
        yield refuse("unknown-event", participant, message, "Look the number up, or report a new event.")


def check_as_known(protocol: Protocol, event: AdverseEvent, learnt: datetime, now: datetime) -> Iterator[Issue]:
    """The adverse event, with what is to be added to it, can be true."""
    who = event.participant
    if not event.term.strip():
        yield refuse("no-term", who, "the adverse event is not named.", "Write it in the reporter's words.")
    if learnt > now:
        message = f"the site became aware at {learnt.isoformat()}, after now, {now.isoformat()}."
        yield refuse("in-the-future", who, message, "Check the time and its zone.")
    yield from check_day(who, event.onset_day, now.date())
    if event.onset.moment is not None and event.onset.moment > now:
        yield refuse("in-the-future", who, f"{event.onset} is after now, {now.isoformat()}.", "Check the time.")
    if event.ended is not None:
        yield from _check_end(event, now)
    if event.grade == FATAL_GRADE and Seriousness.DEATH not in event.serious:
        yield _grade_without_death(who)
    if event.outcome is EventOutcome.FATAL and Seriousness.DEATH not in event.serious:
        message = "the outcome is fatal, and death is not among what makes the event serious."
        yield refuse("fatal-without-death", who, message, "Record the death as a criterion, or another outcome.")
    yield from _check_named(protocol, event)


def _check_end(event: AdverseEvent, now: datetime) -> Iterator[Issue]:
    if event.ended is None:
        return
    who = event.participant
    yield from check_day(who, event.ended.date.earliest(), now.date())
    moments = (event.onset.moment, event.ended.moment)
    is_before = event.ended.date.latest() < event.onset_day
    if moments[0] is not None and moments[1] is not None:
        is_before = moments[1] < moments[0]
    if is_before:
        message = f"the event ended on {event.ended}, before it began on {event.onset}."
        yield refuse("ended-before-onset", who, message, "Check both dates.")
    if event.ongoing:
        yield refuse("ended-and-ongoing", who, f"is said to go on and to have ended on {event.ended}.", "Say which.")


def _check_named(protocol: Protocol, event: AdverseEvent) -> Iterator[Issue]:
    who, reporting = event.participant, protocol.safety.reporting
    admissions = {one.id: one.label for one in reporting.planned_admissions} if reporting is not None else {}
    interests = [one.id for one in reporting.special_interest] if reporting is not None else []
    if event.planned_admission:
        if event.planned_admission not in admissions:
            message = (
                f"the protocol plans no admission {event.planned_admission!r}; it has {_listed(list(admissions))}."
            )
            yield refuse("unknown-admission", who, message, "Choose one of these, or report the admission as serious.")
        elif set(event.serious) == {Seriousness.HOSPITALISATION}:
            message = f"{admissions[event.planned_admission]} is planned by the protocol and makes no event serious."
            yield refuse(
                "planned-admission", who, message, "Take the criterion out, or name what else made it serious."
            )
    for interest in event.special_interest:
        if interest not in interests:
            message = f"the protocol has no special interest in {interest!r}; it has {_listed(interests)}."
            yield refuse("unknown-interest", who, message, "Choose one of these.")


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"


def check_grade(participant: str, grade: int | None, not_gradable: bool | None) -> Iterator[Issue]:
    """A grade, or that there can be none: not both."""
    if grade is not None and not_gradable:
        message = f"is given grade {grade} and said not to be gradable."
        yield refuse("graded-and-not-gradable", participant, message, "Say which.")


def side_of(role: Role) -> AssessedFor | None:
    """For which side somebody in this role judges a cause; None for a role that does not."""
    return _SIDES.get(role)


def check_causality(protocol: Protocol, command: AssessCausality, by: By) -> Iterator[Issue]:
    """An investigator or the sponsor judges, and judges causes that the protocol names."""
    if side_of(by.role) is None:
        message = f"{by.role.value.replace('_', ' ')} does not judge causes; investigator and sponsor do."
        yield refuse("not-assessor", command.participant, message, "Ask the investigator.")
    if not command.relations:
        yield refuse("no-cause", command.participant, "no cause is judged.", "Judge at least one.")
    yield from _check_causes(protocol, command.participant, tuple(command.relations))


def check_of_sponsor(participant: str, role: Role) -> Iterator[Issue]:
    """Only the sponsor's side does this."""
    if role not in _OF_SPONSOR:
        message = f"this is for the sponsor and its safety unit; {role.value.replace('_', ' ')} is neither."
        yield refuse("not-sponsor", participant, message, "Ask the safety unit.")


def check_reference(protocol: Protocol, participant: str, reference: str) -> Iterator[Issue]:
    """The judgement is held against the version of the reference safety information that the protocol names."""
    reporting = protocol.safety.reporting
    if reporting is not None and reference != reporting.reference:
        message = f"the reference safety information is version {reporting.reference}; got {reference or 'none'}."
        yield refuse("other-reference", participant, message, "Judge it by that version.")


def check_informed(event: AdverseEvent, at: datetime, now: datetime) -> Iterator[Issue]:
    """The sponsor was told after the site knew, and not tomorrow."""
    if at > now:
        message = f"the sponsor was told at {at.isoformat()}, after now, {now.isoformat()}."
        yield refuse("in-the-future", event.participant, message, "Check the time and its zone.")
    if at < event.learnt:
        message = f"the sponsor was told at {at.isoformat()}, before the site knew at {event.learnt.isoformat()}."
        yield refuse("told-before-known", event.participant, message, "Check both times.")


def check_closing(event: AdverseEvent, command: CloseExpeditedDuty, today: date) -> Iterator[Issue]:
    """There is a duty, it was not closed yet, and the first report comes before its completion."""
    who = event.participant
    yield from check_day(who, command.on, today)
    if not event.is_susar:
        message = "is not serious, suspected and unexpected together: no expedited report is due."
        yield refuse("no-susar", who, message, "Record the judgements first.")
    if command.report in event.closed:
        message = f"this was done on {event.closed[command.report]}."
        yield refuse("closed-already", who, message, "Nothing more is due for it.")
    if command.report is ReportStage.COMPLETE and ReportStage.FIRST not in event.closed:
        yield refuse("first-report-open", who, "the first report is not done yet.", "Close that one first.")
