"""Rules of readings around an infusion: on the schedule, whole, and with the time at which they were taken.

A late reading is taken all the same and recorded as a deviation; its time is never moved to where it should have been.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from armlet.conduct.answer import Decision, Refused, answer, if_fine
from armlet.conduct.commands import By
from armlet.conduct.rules import refuse
from armlet.conduct.rules.ending import check_why
from armlet.conduct.safety import commands as c
from armlet.conduct.safety.state import SafetyState, TakenReading, find_reading
from armlet.conduct.state import Participant, TrialState
from armlet.issues import Issue
from armlet.ledger import events as e
from armlet.ledger import safety_events as s
from armlet.protocol.model import Protocol
from armlet.protocol.monitoring import Monitoring
from armlet.safety.monitoring import Point, is_point, pauses_met, points_of
from armlet.units import UnitError, parse_decimal


def decide_reading(
    protocol: Protocol, state: TrialState, command: c.TakeReading | c.CorrectReading | c.MissReading, by: By
) -> Decision:
    """A reading of the schedule: taken, corrected or missed."""
    who, monitoring = command.participant, protocol.safety.monitoring
    if monitoring is None:
        message = "the protocol has no schedule of readings around an infusion."
        return Refused((refuse("no-monitoring", who, message, "Record what was read as results of a visit."),))
    one = state.participants[who]
    match command:
        case c.TakeReading():
            checks = (
                *_check_point(monitoring, state.safety, one, command.point),
                *_check_signs(monitoring, who, command.signs, command.symptoms, command.at, by.occurred),
            )
            if checks:
                return Refused(checks)
            taken = s.ReadingTaken(
                participant=who,
                point=command.point,
                at=command.at,
                signs=dict(command.signs),
                symptoms=command.symptoms,
            )
            reading = TakenReading(0, command.point, command.at, dict(command.signs), command.symptoms)
            also = _follows(monitoring, state, one, reading)
            return answer((), taken, *also)
        case c.CorrectReading():
            return _correct(monitoring, state, one, command, by)
        case c.MissReading():
            checks = (*_check_point(monitoring, state.safety, one, command.point), *check_why(command.why))
            fields = {"participant": who, "point": command.point, "why": command.why}
            what = {"participant": who, "what": f"reading {command.point} not taken", "on": by.occurred.date()}
            missed = if_fine(checks, s.ReadingMissed, **fields)
            return answer(checks, *missed, *if_fine(checks, e.DeviationRecorded, **what))


def _correct(
    monitoring: Monitoring, state: TrialState, one: Participant, command: c.CorrectReading, by: By
) -> Decision:
    before = find_reading(state.safety.readings.get(one.id, {}), command.of)
    if before is None:
        message = f"entry {command.of} is no reading of this participant that stands."
        return Refused((refuse("no-reading", one.id, message, "Name the entry of the newest reading of that point."),))
    checks = (
        *_check_signs(monitoring, one.id, command.signs, command.symptoms, command.at, by.occurred),
        *check_why(command.why),
    )
    fields = {"participant": one.id, "of": command.of, "at": command.at, "why": command.why}
    more = {"signs": dict(command.signs), "symptoms": command.symptoms}
    reading = replace(before, at=command.at, signs=dict(command.signs), symptoms=command.symptoms)
    also = () if checks else _follows(monitoring, state, one, reading)
    return answer(checks, *if_fine(checks, s.ReadingCorrected, **fields, **more), *also)


def _check_point(monitoring: Monitoring, known: SafetyState, one: Participant, point: str) -> Iterator[Issue]:
    if not one.preparation:
        yield refuse("no-preparation", one.id, "has no preparation that is given.", "Readings belong to an infusion.")
    if not is_point(monitoring, point):
        listed = ", ".join(reading.id for reading in monitoring.readings)
        message = f"the schedule has no reading {point!r}; it has {listed}, and those in between."
        yield refuse("unknown-reading", one.id, message, "Choose one of these.")
    elif one.administered is not None and point not in {due.id for due in _points(monitoring, one)}:
        yield refuse("unknown-reading", one.id, f"the infusion was over before {point!r}.", "Choose a later reading.")
    if point in known.readings.get(one.id, {}):
        entry = known.readings[one.id][point].entry
        yield refuse("reading-twice", one.id, f"{point!r} was read already (entry {entry}).", "Correct that one.")
    if point in known.missed.get(one.id, {}):
        yield refuse("reading-missed", one.id, f"{point!r} was recorded as missed.", "Nothing more is needed.")


def _check_signs(
    monitoring: Monitoring,
    who: str,
    signs: Mapping[str, str],
    symptoms: tuple[str, ...],
    at: datetime,
    now: datetime,
) -> Iterator[Issue]:
    if at > now:
        yield refuse("in-the-future", who, f"{at.isoformat()} is after now, {now.isoformat()}.", "Check the time.")
    known = [sign.id for sign in monitoring.signs]
    if not signs:
        yield refuse("no-sign", who, "nothing was read.", "Record what was read, or that the reading was missed.")
    for name, value in signs.items():
        if name not in known:
            message = f"{name!r} is not read here; the schedule has {', '.join(known)}."
            yield refuse("unknown-sign", who, message, "Choose one of these.")
        elif not _is_number(value):
            yield refuse("no-number", who, f"{name} is {value!r}, which is no number.", "Type the number alone.")
    for symptom in symptoms:
        if symptom not in monitoring.symptoms:
            message = f"{symptom!r} is not asked for here; the schedule has {', '.join(monitoring.symptoms) or 'none'}."
            yield refuse("unknown-symptom", who, message, "Choose one of these, or report an adverse event.")


def _is_number(text: str) -> bool:
    try:
        return parse_decimal(text) >= 0
    except UnitError:
        return False


def _points(monitoring: Monitoring, one: Participant) -> tuple[Point, ...]:
    given = one.administered
    return () if given is None else points_of(monitoring, given.started, given.stopped)


def _follows(
    monitoring: Monitoring, state: TrialState, one: Participant, reading: TakenReading
) -> tuple[e.OpenEvent, ...]:
    """What follows from a reading in the same decision: a deviation where it was late, a pause where a rule calls for it."""
    return (*_late(one.id, _points(monitoring, one), reading), *_pause(monitoring, state, one.id, reading))


def _late(who: str, points: tuple[Point, ...], reading: TakenReading) -> tuple[e.DeviationRecorded, ...]:
    point = next((point for point in points if point.id == reading.point), None)
    off = point.minutes_off(reading.at) if point is not None else 0
    if point is None or off == 0:
        return ()
    side = "before" if off < 0 else "after"
    what = f"reading {point.label} taken {abs(off)} min {side} its window, at {reading.at.isoformat()}"
    return (e.DeviationRecorded(participant=who, what=what, on=reading.at.date()),)


def late_readings(
    protocol: Protocol, state: TrialState, participant: str, started: datetime, stopped: datetime
) -> tuple[e.DeviationRecorded, ...]:
    """The readings that were taken before the infusion was recorded, and turn out to have been early or late."""
    monitoring = protocol.safety.monitoring
    if monitoring is None or stopped < started:
        return ()
    points = points_of(monitoring, started, stopped)
    taken = state.safety.readings.get(participant, {}).values()
    return tuple(late for reading in taken for late in _late(participant, points, reading))


def _pause(
    monitoring: Monitoring, state: TrialState, who: str, reading: TakenReading
) -> tuple[s.InfusionPauseCalled, ...]:
    others = [one for one in state.safety.readings.get(who, {}).values() if one.point != reading.point]
    first = min((*others, reading), key=lambda one: one.at)
    rules = pauses_met(monitoring, first.signs, reading.signs, reading.symptoms)
    return (s.InfusionPauseCalled(participant=who, point=reading.point, rules=rules),) if rules else ()
