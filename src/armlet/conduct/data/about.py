"""Whom and which result a command is about that names nothing but an entry."""

from __future__ import annotations

from armlet.conduct import commands as c
from armlet.conduct.data import commands as k
from armlet.conduct.state import ResultKey, TrialState


def whose(state: TrialState, command: c.Command) -> str:
    """The participant whom a command is about that names an entry only; empty where there is none."""
    match command:
        case c.CorrectResult() | k.RetractResult() | k.AdjudicateEntry():
            return state.result_of_entry.get(command.of, ("", None))[0]
        case k.AnswerQuery() | k.CloseQuery() | k.ReopenQuery():
            query = state.data.queries.get(command.of)
            return query.opened.participant if query is not None else ""
        case k.ClassifyDeviation():
            deviation = state.data.deviations.get(command.of)
            return deviation.event.participant if deviation is not None else ""
        case _:
            return getattr(command, "participant", None) or ""


def result_of(state: TrialState, command: c.Command) -> tuple[str, ResultKey] | None:
    """The result that a command makes or changes; None where it is about no single one."""
    match command:
        case c.CorrectResult() | k.RetractResult() | k.AdjudicateEntry():
            return state.result_of_entry.get(command.of)
        case c.RecordResult() | c.RecordMissing() | k.EnterAgain():
            return (command.participant, (command.visit, command.activity, command.measure, command.sample))
        case _:
            return None


def visit_of(state: TrialState, command: c.Command) -> str:
    """The visit that a command is about; empty where it names none."""
    found = result_of(state, command)
    return found[1][0] if found is not None else str(getattr(command, "visit", ""))
