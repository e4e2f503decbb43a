"""The decisions about harm. Pure. What adds to harm is held against the stopping rules in the same decision."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Final

from armlet.conduct.answer import Accepted, Decision, Refused, answer, if_fine
from armlet.conduct.commands import By, ReportAdverseEvent
from armlet.conduct.rules import refuse
from armlet.conduct.rules.ending import check_why
from armlet.conduct.rules.visits import check_day
from armlet.conduct.safety import adverse_events as rules
from armlet.conduct.safety import commands as c
from armlet.conduct.safety import readings
from armlet.conduct.safety.state import AdverseEvent, begin, develop
from armlet.conduct.safety.stopping import label_of, rules_met
from armlet.conduct.state import Phase, TrialState
from armlet.issues import Issue
from armlet.ledger import events as e
from armlet.ledger import safety_events as s
from armlet.protocol.model import Protocol, Role

_REPORTING = c.FollowUpAdverseEvent | c.AssessCausality | c.AssessExpectedness | c.InformSponsor | c.CloseExpeditedDuty


def decide_safety(protocol: Protocol, state: TrialState, command: c.SafetyCommand, by: By) -> Decision:
    """What follows from a command about harm."""
    match command:
        case c.RecordAdverseEvent():
            return _decide_record(protocol, state, command, by)
        case (
            c.FollowUpAdverseEvent()
            | c.AssessCausality()
            | c.AssessExpectedness()
            | c.InformSponsor()
            | c.CloseExpeditedDuty()
        ):
            unknown = tuple(rules.check_known(state.safety, command.participant, command.number))
            if unknown:
                return Refused(unknown)
            return _decide_reporting(protocol, state, command, by)
        case c.TakeReading() | c.CorrectReading() | c.MissReading():
            return readings.decide_reading(protocol, state, command, by)
        case c.RecordAdvice():
            return _decide_advice(state, command, by)
        case c.TakeUrgentMeasure() | c.FollowUpUrgentMeasure():
            return _decide_measure(state, command, by)
        case c.ReportIncident():
            return _decide_incident(state, command, by)
        case c.ReportPregnancy() | c.FollowUpPregnancy():
            return _decide_pregnancy(state, command, by)


# --- Adverse events -------------------------------------------------------------------------------------------------


def decide_report(protocol: Protocol, state: TrialState, command: ReportAdverseEvent, by: By) -> Decision:
    """The short form of a report: the event, and no more."""
    checks = tuple(rules.check_adverse_event(protocol, command, by.occurred.date()))
    if checks:
        return Refused(checks)
    given = {field.name: getattr(command, field.name) for field in fields(command)}
    reported = e.AdverseEventReported.model_validate(given)
    number = len(state.safety.of(command.participant)) + 1
    return _with_stopping(protocol, state, (reported,), begin(reported, number, by.occurred, by.role), by)


_MORE: Final = (
    "learnt", "onset", "ended", "ongoing", "grade", "not_gradable", "serious", "planned_admission", "action", "outcome",
    "remedy", "narrative", "special_interest", "found",
)  # fmt: skip


def _told(protocol: Protocol, command: c.RecordAdverseEvent | c.FollowUpAdverseEvent, number: int) -> dict[str, object]:
    given = {name: getattr(command, name) for name in _MORE}
    scale = protocol.safety.scale if command.grade is not None or command.not_gradable else None
    more = {"participant": command.participant, "number": number, "scale": scale}
    return {**given, **more, "not_gradable": command.not_gradable or None}


def _decide_record(protocol: Protocol, state: TrialState, command: c.RecordAdverseEvent, by: By) -> Decision:
    number = len(state.safety.of(command.participant)) + 1
    told = s.AdverseEventFollowedUp.model_validate({**_told(protocol, command, number), "first": True})
    onset, ended = told.onset, told.ended
    reported = e.AdverseEventReported.model_validate(
        {
            "participant": command.participant,
            "term": command.term,
            "onset": onset.date.earliest() if onset is not None else None,
            "ended": ended.date.latest() if ended is not None else None,
            "grade": command.grade,
            "serious": command.serious,
        }
    )
    after = develop(begin(reported, number, by.occurred, by.role), told, by.occurred)
    checks = (
        *rules.check_grade(command.participant, command.grade, command.not_gradable),
        *rules.check_as_known(protocol, after, command.learnt, by.occurred),
    )
    return Refused(checks) if checks else _with_stopping(protocol, state, (reported, told), after, by)


def _decide_reporting(protocol: Protocol, state: TrialState, command: _REPORTING, by: By) -> Decision:
    who = command.participant
    event = state.safety.of(who)[command.number - 1]
    match command:
        case c.FollowUpAdverseEvent():
            return _decide_follow_up(protocol, state, command, event, by)
        case c.AssessCausality():
            checks = tuple(rules.check_causality(protocol, command, by))
            side = rules.side_of(by.role)
            told = {"participant": who, "number": command.number, "side": side, "why": command.why}
            events = if_fine(checks, s.CausalityAssessed, **told, relations=dict(command.relations))
            return _develop(protocol, state, checks, events, event, by)
        case c.AssessExpectedness():
            checks = (
                *rules.check_of_sponsor(who, by.role),
                *rules.check_reference(protocol, who, command.reference),
            )
            told = {"participant": who, "number": command.number, "expected": command.expected}
            events = if_fine(checks, s.ExpectednessAssessed, **told, reference=command.reference)
            return _develop(protocol, state, checks, events, event, by)
        case c.InformSponsor():
            checks = tuple(rules.check_informed(event, command.at, by.occurred))
            informed = {"participant": who, "number": command.number, "at": command.at}
            return answer(checks, *if_fine(checks, s.SponsorInformed, **informed))
        case c.CloseExpeditedDuty():
            checks = (
                *rules.check_of_sponsor(who, by.role),
                *rules.check_closing(event, command, by.occurred.date()),
            )
            closed = {field.name: getattr(command, field.name) for field in fields(command)}
            return answer(checks, *if_fine(checks, s.ExpeditedDutyClosed, **closed))


def _decide_follow_up(
    protocol: Protocol, state: TrialState, command: c.FollowUpAdverseEvent, event: AdverseEvent, by: By
) -> Decision:
    said = [getattr(command, name) for name in ("term", *_MORE[1:], "why")]
    if all(value is None or value in {"", False} for value in said if not isinstance(value, tuple)) and not any(
        isinstance(value, tuple) for value in said
    ):
        message = "nothing new is said."
        return Refused((refuse("nothing-new", command.participant, message, "Say what is known now."),))
    words = {"term": command.term, "why": command.why}
    told = s.AdverseEventFollowedUp.model_validate({**_told(protocol, command, command.number), **words})
    after = develop(event, told, by.occurred)
    checks = (
        *rules.check_grade(command.participant, command.grade, command.not_gradable),
        *rules.check_as_known(protocol, after, command.learnt, by.occurred),
    )
    return Refused(checks) if checks else _with_stopping(protocol, state, (told,), after, by)


def _develop(
    protocol: Protocol,
    state: TrialState,
    checks: tuple[Issue, ...],
    events: tuple[e.OpenEvent, ...],
    event: AdverseEvent,
    by: By,
) -> Decision:
    after = event
    for told in events:
        if isinstance(told, s.CausalityAssessed | s.ExpectednessAssessed):
            after = develop(after, told, by.occurred)
    return Refused(checks) if checks else _with_stopping(protocol, state, events, after, by)


def _with_stopping(
    protocol: Protocol, state: TrialState, events: tuple[e.OpenEvent, ...], after: AdverseEvent, by: By
) -> Decision:
    """The events, and those of the rules that harm now meets: the suspension is appended with what caused it, or neither."""
    known = {who: list(listed) for who, listed in state.safety.events.items()}
    mine = known.setdefault(after.participant, [])
    mine[after.number - 1 :] = [after, *mine[after.number :]]
    given = {one.id: one.administered.started.date() for one in state.participants.values() if one.administered}
    met = rules_met(protocol, state.safety, given, known, by.occurred.date())
    return Accepted((*events, *met, *_suspend(protocol, state, met)))


def _suspend(
    protocol: Protocol, state: TrialState, met: tuple[s.StoppingRuleMet, ...]
) -> tuple[e.RecruitmentSuspended, ...]:
    if not met or state.phase is not Phase.RECRUITING:
        return ()
    rule = met[0]
    why = f"{label_of(protocol, rule.rule)}: {rule.events} event(s), stops at {rule.bound}"[:250]
    return (e.RecruitmentSuspended(because=e.StopReason.TOXICITY, why=why),)


# --- The board, and measures that cannot wait -----------------------------------------------------------------------


def check_heard(state: TrialState) -> tuple[Issue, ...]:
    """A trial that a rule has stopped goes on only after the safety board advised to."""
    waiting = state.safety.met[state.safety.heard :]
    if not waiting:
        return ()
    message = f"the rule {waiting[-1].event.rule!r} was met, and the safety board has not advised to go on since."
    return (refuse("board-not-heard", "", message, "Ask the board, and record its advice."),)


def _decide_advice(state: TrialState, command: c.RecordAdvice, by: By) -> Decision:
    checks = [*check_day("", command.met, by.occurred.date()), *check_why(command.why)]
    if by.role is not Role.SAFETY_BOARD:
        message = f"{by.role.value.replace('_', ' ')} is not the safety board."
        checks.append(refuse("not-the-board", "", message, "Let a member of the board record it."))
    if any(one.report == command.report for one in state.safety.advice):
        checks.append(
            refuse("advised-already", "", f"the board advised on {command.report!r} already.", "Use a new one.")
        )
    told = {field.name: getattr(command, field.name) for field in fields(command)}
    stops = command.advice in {s.Advice.PAUSE, s.Advice.STOP} and state.phase is Phase.RECRUITING
    suspended = {"because": e.StopReason.TOXICITY, "why": command.why}
    also = if_fine(tuple(checks), e.RecruitmentSuspended, **suspended) if stops else ()
    return answer(checks, *if_fine(tuple(checks), s.BoardAdvised, **told), *also)


def _check_moment(participant: str, at: datetime, now: datetime) -> tuple[Issue, ...]:
    if at <= now:
        return ()
    message = f"{at.isoformat()} is after now, {now.isoformat()}."
    return (refuse("in-the-future", participant, message, "Check the time and its zone."),)


def _decide_measure(state: TrialState, command: c.TakeUrgentMeasure | c.FollowUpUrgentMeasure, by: By) -> Decision:
    taken = state.safety.measures
    if isinstance(command, c.TakeUrgentMeasure):
        checks = (*check_why(command.what), *_check_moment("", command.at, by.occurred))
        told = {"number": len(taken) + 1, "what": command.what, "at": command.at}
        stops = command.suspends and state.phase is Phase.RECRUITING
        suspended = {"because": e.StopReason.TOXICITY, "why": command.what}
        also = if_fine(checks, e.RecruitmentSuspended, **suspended) if stops else ()
        return answer(checks, *if_fine(checks, s.UrgentMeasureTaken, **told), *also)
    checks = tuple(check_day("", command.on, by.occurred.date()))
    if not 1 <= command.number <= len(taken):
        message = f"{len(taken)} urgent measure(s) were taken, and none with the number {command.number}."
        checks += (refuse("unknown-measure", "", message, "Check the number."),)
    elif command.on < taken[command.number - 1].event.at.date():
        message = f"{command.on} is before the measure was taken."
        checks += (refuse("before-the-measure", "", message, "Check the date."),)
    if not (command.notified or "").strip() and not (command.amendment or "").strip():
        message = "neither who was notified nor an amendment is named."
        checks += (refuse("nothing-new", "", message, "Name one."),)
    told = {field.name: getattr(command, field.name) or None for field in fields(command)}
    return answer(checks, *if_fine(checks, s.UrgentMeasureFollowedUp, **told))


# --- Incidents and pregnancies --------------------------------------------------------------------------------------


def _decide_incident(state: TrialState, command: c.ReportIncident, by: By) -> Decision:
    who, number = command.participant, command.preparation
    checks = (*check_why(command.what), *_check_moment(who, command.at, by.occurred))
    if number is not None and number not in state.preparations:
        checks += (refuse("unknown-preparation", who, f"no preparation has the number {number!r}.", "Check it."),)
    if command.incident is s.IncidentKind.NEAR_MISS and command.reached:
        message = "a near miss does not reach the participant."
        checks += (refuse("near-miss-reached", who, message, "Report it as the error that it was."),)
    told = {field.name: getattr(command, field.name) for field in fields(command)}
    return answer(checks, *if_fine(checks, s.IncidentReported, **told))


def _decide_pregnancy(state: TrialState, command: c.ReportPregnancy | c.FollowUpPregnancy, by: By) -> Decision:
    who = command.participant
    known = state.safety.pregnancies.get(who, [])
    told = {field.name: getattr(command, field.name) for field in fields(command)}
    if isinstance(command, c.ReportPregnancy):
        checks = tuple(check_day(who, command.learnt, by.occurred.date()))
        return answer(checks, *if_fine(checks, s.PregnancyReported, **told))
    checks = tuple(check_day(who, command.on, by.occurred.date()))
    if not 1 <= command.number <= len(known):
        message = f"{len(known)} pregnancies are known, and none with the number {command.number}."
        return Refused((refuse("unknown-pregnancy", who, message, "Report it first."),))
    one = known[command.number - 1]
    permission = command.permission or one.permission
    if (command.outcome is not None or command.narrative) and permission is not s.PermissionToFollow.GIVEN:
        message = f"the permission to follow the pregnancy is {permission.value}."
        checks += (refuse("no-permission", who, message, "Ask for the permission, and record the answer."),)
    if command.outcome is not None and one.outcome is not None:
        checks += (refuse("ended-already", who, f"ended as {one.outcome.value} already.", "Nothing more is needed."),)
    if command.permission is None and command.outcome is None and not command.narrative:
        checks += (refuse("nothing-new", who, "nothing new is said.", "Say what is known now."),)
    return answer(checks, *if_fine(checks, s.PregnancyFollowedUp, **told))
