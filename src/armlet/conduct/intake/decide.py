"""Whether the rows of a file may be recorded: each by the rules of a result that is typed, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pydantic import ValidationError

from armlet.conduct import commands as c
from armlet.conduct.answer import Accepted, Decision, Refused
from armlet.conduct.commands import By
from armlet.conduct.data.locking import check_not_frozen
from armlet.conduct.intake.commands import ImportedRow, ImportResults
from armlet.conduct.rules import refuse
from armlet.conduct.rules.values import check_values, describe_unfit
from armlet.conduct.sealing import UNSEALED, check_sealable
from armlet.conduct.state import TrialState
from armlet.issues import Issue
from armlet.ledger import events as e
from armlet.ledger.intake_events import ResultsImported
from armlet.protocol.model import Protocol
from armlet.units import UnitError

OneResult = c.RecordResult | c.CorrectResult
DecideOne = Callable[[Protocol, TrialState, OneResult, By], Decision]
MOST_ROWS = 50_000
"""So many rows one act may record: they are decided, sealed and appended as one."""


def command_of(row: ImportedRow) -> OneResult:
    """What somebody would ask for who typed the row."""
    if row.of:
        return c.CorrectResult(row.of, row.value, row.unit, row.why, row.below, row.confirmed)
    return c.RecordResult(
        row.participant,
        row.visit,
        row.activity,
        row.measure,
        row.value,
        row.unit,
        row.sample,
        "",
        row.below,
        row.confirmed,
    )


def decide_row(protocol: Protocol, state: TrialState, row: ImportedRow, by: By, one: DecideOne) -> Decision:
    """What follows from one row by itself. Who may import is not asked here."""
    if row.participant not in state.participants:
        return Refused((refuse("unknown-participant", "", "no participant has this number.", "Check the number."),))
    known = state.result_of_entry.get(row.of)
    if row.of and (known is None or known != (row.participant, (row.visit, row.activity, row.measure, row.sample))):
        message = f"entry {row.of} is not the value of this row."
        return Refused((refuse("other-result", row.participant, message, "Make the dry run again."),))
    command = command_of(row)
    refusals = tuple(check_values(command, by)) or tuple(check_sealable(protocol, state, command, by))
    refusals = refusals or tuple(check_not_frozen(state, command))
    if refusals:
        return Refused(refusals)
    try:
        return one(protocol, state, command, by)
    except ValidationError as problem:
        return Refused(describe_unfit(problem, row.participant))
    except UnitError as problem:
        return Refused((refuse("unit", row.participant, str(problem), "Check the unit."),))


def decide(protocol: Protocol, state: TrialState, command: ImportResults, by: By, one: DecideOne) -> Decision:
    """The results of every row, and the entry that says where they came from; any refusal refuses all."""
    issues = list(_check_whole(command))
    events: list[e.OpenEvent] = []
    if not issues:
        for row in command.rows:
            decision = decide_row(protocol, state, row, by, one)
            if isinstance(decision, Refused):
                issues += decision.issues
            else:
                events += decision.events
    return Refused(tuple(issues)) if issues else Accepted((*events, _told(state, command)))


def _check_whole(command: ImportResults) -> Iterator[Issue]:
    counted = len(command.rows) + command.already + command.conflicts + command.refused + command.empty
    if counted != command.read:
        message = f"{command.read} rows were read, and {counted} are accounted for."
        yield refuse("rows-lost", "", message, "Nothing was recorded; make the dry run again.")
    if len(command.rows) > MOST_ROWS:
        message = f"{len(command.rows)} rows are to be recorded; at most {MOST_ROWS} are at once."
        yield refuse("too-many-rows", "", message, "Split the file.")
    where = [(row.participant, row.visit, row.activity, row.measure, row.sample) for row in command.rows]
    if len(set(where)) != len(where):
        yield refuse("row-twice", "", "two rows are of the same value.", "Ask the sender which one holds.")


def _told(state: TrialState, command: ImportResults) -> ResultsImported:
    corrected = sum(1 for row in command.rows if row.of)
    told = ResultsImported(
        mapping=command.mapping,
        mapping_version=command.mapping_version,
        mapping_digest=command.mapping_digest,
        rows=command.read,
        recorded=len(command.rows) - corrected,
        corrected=corrected,
        already=command.already,
        conflicts=command.conflicts,
        refused=command.refused,
        empty=command.empty,
        source=command.source,
        plan=command.plan,
    )
    return told.model_copy(update={"source": None, "plan": None, "box": UNSEALED}) if state.sealing_key else told
