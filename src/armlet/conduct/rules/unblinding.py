"""Rules of unblinding: who may learn which allocation when, and what is written when somebody learnt one.

Whether a participant is alive, withdrawn or lost is asked nowhere here: care, and a safety report, may need the
allocation of anybody who has one. Nothing here ends anybody's follow-up either. Decision record 0017 tells why.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from armlet.conduct.commands import By, GrantWarrant, RecordRead
from armlet.conduct.rules import are_two_people, is_same_person, refuse
from armlet.conduct.state import Told, TrialState
from armlet.issues import Issue
from armlet.ledger import events as e
from armlet.ledger.events import UnblindingCategory
from armlet.protocol.model import Role

BETWEEN_EMERGENCIES: Final = timedelta(minutes=10)
"""One emergency a person in this time, unless they say why not. Remembered from practice, not a law: record 0017."""

MOST_ATTEMPTS: Final = 20
"""So many refused attempts of one person are written in `ATTEMPTS_WITHIN`; the last says that more are not. Our choice."""
ATTEMPTS_WITHIN: Final = timedelta(hours=1)
NOT_COUNTED_FURTHER: Final = "conduct/attempts-not-counted-further"

GRANTED_BY: Final = {
    UnblindingCategory.EMERGENCY: Role.CODE_BREAK_HOLDER,
    UnblindingCategory.SAFETY_REPORT: Role.SAFETY_UNIT,
    UnblindingCategory.SAFETY_BOARD: Role.RANDOMISATION_STATISTICIAN,
    UnblindingCategory.ANALYSIS: Role.RANDOMISATION_STATISTICIAN,
}
"""Who grants on which ground. The statistician outside the trial team prepares what the safety board sees."""

_OF_ONE: Final = frozenset({UnblindingCategory.EMERGENCY, UnblindingCategory.SAFETY_REPORT})


def check_grant(state: TrialState, command: GrantWarrant, by: By) -> Iterator[Issue]:
    """What every ground asks for, and then what this one does."""
    who = command.participant or ""
    if not command.warrant.strip():
        yield refuse("no-warrant", who, "the warrant has no number.", "Give it one.")
    if command.warrant in state.warrants:
        yield refuse("warrant-twice", who, f"the warrant {command.warrant} exists already.", "Use a new one.")
    if by.role is not GRANTED_BY[command.category]:
        role = GRANTED_BY[command.category].value.replace("_", " ")
        message = f"on this ground ({command.category.value}) a warrant is granted by the {role}."
        yield refuse("ground", who, message, "Ask that person, or ask on the ground that is yours.")
    if command.drill and command.category is not UnblindingCategory.EMERGENCY:
        yield refuse("drill", who, "only an emergency is drilled.", "Leave the drill out.")
    if command.participant is not None:
        one = state.participants.get(command.participant)
        if one is None or one.randomised is None:
            yield refuse("not-randomised", who, "has no allocation.", "Check the number.")
    if command.category in _OF_ONE:
        yield from _check_one(state, command, by)
        yield from _check_confirmed(who, by)
    else:
        yield from _check_all(state, command, by)


def _check_one(state: TrialState, command: GrantWarrant, by: By) -> Iterator[Issue]:
    who = command.participant or ""
    if command.participant is None:
        message = "on this ground one participant is unblinded, and none is named."
        yield refuse("one-participant", "", message, "Name the participant. All of them: only planned, after the lock.")
    if command.category is UnblindingCategory.EMERGENCY and not command.drill:
        yield from _check_pause(state, command, by)
    if command.category is UnblindingCategory.SAFETY_REPORT and not has_susar(state, command.participant):
        message = "has no serious adverse event that is related and was not expected, so nothing is reported unblinded."
        yield refuse("no-susar", who, message, "Record the event with its judgements first.")


def _check_pause(state: TrialState, command: GrantWarrant, by: By) -> Iterator[Issue]:
    """Two moments, both as stated by whoever asks; the entries also say when each was recorded."""
    near = [
        told.at
        for told in state.told
        if isinstance(told.event, e.WarrantGranted)
        and told.event.category is UnblindingCategory.EMERGENCY
        and not told.event.drill
        and is_same_person(told.actor, by.actor)
        and abs(told.at - by.occurred) < BETWEEN_EMERGENCIES
    ]
    if near and not (command.override or "").strip():
        minutes = int(BETWEEN_EMERGENCIES.total_seconds() // 60)
        message = f"you unblinded somebody less than {minutes} minutes from this (at {max(near):%H:%M})."
        yield refuse("too-soon", command.participant or "", message, "If two are in need at once, say why: override.")


def _check_confirmed(who: str, by: By) -> Iterator[Issue]:
    if not (by.confirmed_by or "").strip():
        message = "no second factor was given."
        yield refuse("second-factor", who, message, "Confirm who you are once more, by code or telephone.")


def _check_all(state: TrialState, command: GrantWarrant, by: By) -> Iterator[Issue]:
    who = command.participant or ""
    if command.category is UnblindingCategory.SAFETY_BOARD:
        if command.participant is not None:
            message = "the safety board sees everybody under labels, and nobody by number."
            yield refuse("labels-only", who, message, "Ask for the board's report as a whole.")
        yield from _check_confirmed(who, by)
        return
    if state.locked is None:
        yield refuse("before-lock", who, "planned unblinding comes after the lock.", "Lock first.")
    if command.agreed_by is None or not are_two_people(command.agreed_by):
        yield refuse("two-people", who, "planned unblinding needs two different people.", "Name both.")


def has_susar(state: TrialState, participant: str | None) -> bool:
    """Whether the participant had an adverse event that is serious, related to something, and said not to be expected.

    An event whose expectedness nobody judged is not one: somebody judges it first.
    """
    one = state.participants.get(participant or "")
    return one is not None and any(is_susar(event) for event in one.adverse_events)


def is_susar(event: e.AdverseEventReported) -> bool:
    """Suspected (related to something of the trial), unexpected, serious (ICH E2A)."""
    return bool(event.serious and event.related_to) and event.expected is False


def check_read(state: TrialState, command: RecordRead) -> Iterator[Issue]:
    """A warrant is read once, by the person whom it names."""
    warrant = state.warrants.get(command.warrant)
    if warrant is None:
        yield refuse("no-warrant", "", f"no warrant {command.warrant!r} was granted.", "Ask for one first.")
        return
    if not is_same_person(warrant.to, command.reader):
        message = "the warrant names another person."
        yield refuse("other-reader", warrant.participant or "", message, "Only the person whom it names is shown it.")
    if is_read(state, command.warrant):
        message = f"the warrant {command.warrant} was read already; an allocation is shown once."
        yield refuse(
            "read-already", warrant.participant or "", message, "Ask the person who read it, or for a new one."
        )


def is_read(state: TrialState, warrant: str) -> bool:
    """Whether what the warrant covers was shown."""
    return any(isinstance(told.event, e.AllocationRead) and told.event.warrant == warrant for told in state.told)


def check_report(who: str, on: date, today: date) -> Iterator[Issue]:
    """Whoever learnt it is named, and did so in the past."""
    if not who.strip():
        yield refuse(
            "no-name", "", "nobody is named who learnt the allocation.", "Name the person; a role is not enough."
        )
    if on > today:
        yield refuse("future", "", f"it was learnt on {on}, which has not come.", "Check the date.")


def note_refusal(
    state: TrialState, command: GrantWarrant, issues: tuple[Issue, ...], actor: str, now: datetime
) -> e.UnblindingRefused | None:
    """What is written of a refused attempt: never the asker's words, and a number only where a participant has it.

    None for the repetition of an attempt that is written already, and after `MOST_ATTEMPTS` of one person in an hour:
    ten thousand clicks must not fill the ledger. The last one written says that more may have followed.
    """
    participant = command.participant if command.participant in state.participants else None
    rules = tuple(dict.fromkeys(issue.rule for issue in issues))
    mine = [
        event
        for event, told in _refused(state)
        if is_same_person(told.actor, actor) and now - told.at < ATTEMPTS_WITHIN
    ]
    if len(mine) >= MOST_ATTEMPTS:
        return None
    if any((one.participant, one.category, one.rules) == (participant, command.category, rules) for one in mine):
        return None
    if len(mine) == MOST_ATTEMPTS - 1:
        rules = (*rules, NOT_COUNTED_FURTHER)
    return e.UnblindingRefused(participant=participant, category=command.category, rules=rules)


def _refused(state: TrialState) -> Iterator[tuple[e.UnblindingRefused, Told]]:
    return ((told.event, told) for told in state.told if isinstance(told.event, e.UnblindingRefused))
