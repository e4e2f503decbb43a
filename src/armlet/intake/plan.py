"""The dry run: what of a file would be recorded, what is there already, what conflicts, and what is refused and why.

The plan has a digest over the file, the mapping and every outcome. The real run makes the plan again and is refused where
the digest is another one. A unit that is not the one expected stops the whole file: a column of wrong units is never a
matter of one row. A value that the trial has sealed cannot be compared, and the plan says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from armlet.conduct.commands import By
from armlet.conduct.decide import Refused, decide_row
from armlet.conduct.intake.commands import ImportedRow, ImportResults
from armlet.conduct.observation import Observation
from armlet.conduct.sealing import tells_arm
from armlet.conduct.state import TrialState
from armlet.document import canonical_json, digest
from armlet.errors import RefusedError
from armlet.intake.mapping import Column, Mapping, Target
from armlet.intake.table import Row
from armlet.issues import Issue, error
from armlet.protocol.model import Protocol
from armlet.units import Quantity, UnitError, parse_decimal, parse_unit


class Outcome(StrEnum):
    """What becomes of one row."""

    RECORD = "record"
    CORRECT = "correct"
    ALREADY = "there already"
    UNCOMPARED = "there already, sealed"
    CONFLICT = "conflict"
    REFUSED = "refused"
    EMPTY = "no value"


@dataclass(frozen=True, slots=True)
class Planned:
    """One row of the file and what becomes of it. `is_sealed`: its value is shown to nobody. `row` None: not understood."""

    line: int
    outcome: Outcome
    row: ImportedRow | None = None
    why: str = ""
    rule: str = ""
    is_sealed: bool = False
    recorded: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from: the digest of the file, and the mapping by name, version and digest."""

    digest: str
    mapping: str
    version: str
    mapping_digest: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Every row with its outcome, and where they come from."""

    source: Source
    rows: tuple[Planned, ...]

    def digest(self) -> str:
        """What the real run must name: it changes with the file, the mapping, and what the ledger holds of it."""
        told = [[one.line, one.outcome.value, one.rule, _spell(one.row), one.recorded] for one in self.rows]
        source = self.source
        return digest(canonical_json([source.digest, source.mapping, source.version, source.mapping_digest, told]))

    def counts(self) -> MappingOf[Outcome, int]:
        """How many rows have each outcome; together they are all rows."""
        counted = Counter(one.outcome for one in self.rows)
        return {outcome: counted[outcome] for outcome in Outcome}

    def command(self) -> ImportResults:
        """What is asked of the door."""
        counts, source = self.counts(), self.source
        return ImportResults(
            source.mapping,
            source.version,
            source.mapping_digest,
            source.digest,
            self.digest(),
            len(self.rows),
            counts[Outcome.ALREADY] + counts[Outcome.UNCOMPARED],
            counts[Outcome.CONFLICT],
            counts[Outcome.REFUSED],
            counts[Outcome.EMPTY],
            tuple(one.row for one in self.rows if one.row is not None and one.outcome in _DONE),
        )


_DONE = frozenset({Outcome.RECORD, Outcome.CORRECT})


def _spell(row: ImportedRow | None) -> object:
    if row is None:
        return None
    where = [row.participant, row.visit, row.activity, row.measure, row.sample]
    return [*where, row.value, row.unit, row.below, row.of, row.why, row.confirmed]


@dataclass(frozen=True, slots=True)
class Asked:
    """One row as it is understood: where it belongs, and the day that the file gives for it."""

    line: int
    row: ImportedRow
    day: date | None = None
    is_amended: bool = False


class _RowProblem(ValueError):
    """A row cannot be understood; the message says why, the rule which check found it."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = f"import/{rule}"


# --- From the file to rows ------------------------------------------------------------------------------------------


def understand(
    rows: Sequence[Row], mapping: Mapping, state: TrialState, name: str
) -> tuple[list[Asked], list[Planned]]:
    """Every row as it is understood, and those that are not, or have no value.

    Raises RefusedError, with each line of which it is so, for units other than expected: the file is stopped.
    """
    asked, others, stops = list[Asked](), list[Planned](), list[Issue]()
    for row in rows:
        try:
            target = _target(row, mapping)
            if _is_left_out(row, mapping):
                others.append(Planned(row.line, Outcome.EMPTY, why="the sender's flag says to leave it out"))
                continue
            if row.cells[mapping.value.column] in mapping.value.missing:
                others.append(Planned(row.line, Outcome.EMPTY, why="there is no value"))
                continue
            stops += _check_unit(row, mapping, target, name)
            asked.append(_ask(row, mapping, target, state))
        except _RowProblem as problem:
            others.append(Planned(row.line, Outcome.REFUSED, None, str(problem), problem.rule))
    if stops:
        raise RefusedError(stops[:_MOST_STOPS])
    return asked, others


_MOST_STOPS = 20


def _translate(row: Row, column: Column, what: str) -> str:
    text = row.cells[column.column]
    if column.codes is None:
        return text
    if text not in column.codes:
        raise _RowProblem(f"unknown-{what}", f"{column.column} is {text[:40]!r}, which the mapping does not know.")
    return column.codes[text]


def _target(row: Row, mapping: Mapping) -> Target:
    word = row.cells[mapping.measure.column]
    if word not in mapping.measure.codes:
        raise _RowProblem(
            "unknown-measure", f"{mapping.measure.column} is {word[:40]!r}, which the mapping does not know."
        )
    return mapping.measure.codes[word]


def _is_left_out(row: Row, mapping: Mapping) -> bool:
    return mapping.flag is not None and row.cells[mapping.flag.column] in mapping.flag.leave_out


def _check_unit(row: Row, mapping: Mapping, target: Target, name: str) -> Iterator[Issue]:
    said = row.cells[mapping.unit.column]
    unit = (mapping.unit.codes or {}).get(said, said)
    try:
        is_same = parse_unit(unit) == parse_unit(target.unit)
    except UnitError:
        is_same = False
    if not is_same:
        message = f"the unit is {said[:40]!r}, and {target.measure} is expected in {target.unit}; the file is stopped."
        yield error("import/unit", f"{name}:{row.line}", message, "Ask for a file in that unit; nothing is converted.")


def _ask(row: Row, mapping: Mapping, target: Target, state: TrialState) -> Asked:
    participant = _translate(row, mapping.participant, "participant")
    day = _day(row, mapping)
    visit = _visit(row, mapping, state, participant, day)
    value, below = _value(row.cells[mapping.value.column], mapping)
    sample = _translate(row, mapping.sample, "sample") if mapping.sample is not None else ""
    imported = ImportedRow(participant, visit, target.activity, target.measure, sample, value, target.unit, below)
    flag = row.cells[mapping.flag.column] if mapping.flag is not None else ""
    return Asked(row.line, imported, day, mapping.flag is not None and flag in mapping.flag.amended)


def _day(row: Row, mapping: Mapping) -> date | None:
    if mapping.day is None:
        return None
    text = row.cells[mapping.day.column]
    try:
        return datetime.strptime(text, mapping.day.format).date()  # noqa: DTZ007 (a day of the site)
    except ValueError:
        raise _RowProblem("day", f"{mapping.day.column} is {text[:40]!r}; expected {mapping.day.format}.") from None


def _visit(row: Row, mapping: Mapping, state: TrialState, participant: str, day: date | None) -> str:
    """The visit that the file names, or the one that was held on its day."""
    if mapping.visit is not None:
        return _translate(row, mapping.visit, "visit")
    one = state.participants.get(participant)
    held = [] if one is None else [visit for visit, event in one.held.items() if event.on == day]
    if len(held) != 1:
        what = "no visit was" if not held else f"{len(held)} visits were"
        raise _RowProblem("visit-of-day", f"{what} held on {day}.")
    return held[0]


def _value(text: str, mapping: Mapping) -> tuple[str, bool]:
    """The number with a decimal point, and whether it is a limit that the value lies below."""
    below = bool(mapping.value.below) and text.startswith(mapping.value.below)
    number = text.removeprefix(mapping.value.below).strip() if below else text
    if mapping.file.decimal == ",":
        number = "" if "." in number else number.replace(",", ".")
    try:
        parse_decimal(number)
    except UnitError:  # the words of the problem would repeat what may have to stay sealed
        message = f"the value is no number; expected digits with the decimal sign {mapping.file.decimal!r}."
        raise _RowProblem("number", message) from None
    return number, below


# --- From rows to outcomes ------------------------------------------------------------------------------------------


def make_plan(
    asked: Sequence[Asked],
    others: Sequence[Planned],
    source: Source,
    trial: tuple[Protocol, TrialState],
    by: By,
    accepted: MappingOf[int, str],
) -> Plan:
    """Every row with its outcome. `accepted` are lines whose conflict somebody accepts, with the reason."""
    protocol, state = trial
    twice = Counter(_place(one.row) for one in asked)
    planned = [
        _twice(one, protocol, state)
        if twice[_place(one.row)] > 1
        else _plan_row(one, protocol, state, by, accepted.get(one.line, ""))
        for one in asked
    ]
    return Plan(source, tuple(sorted((*planned, *others), key=lambda one: one.line)))


def _place(row: ImportedRow) -> tuple[str, str, str, str, str]:
    return row.participant, row.visit, row.activity, row.measure, row.sample


def _is_sealed(one: Asked, protocol: Protocol, state: TrialState) -> bool:
    return tells_arm(protocol, state, one.row.participant, one.row.measure, one.row.visit)


def _twice(one: Asked, protocol: Protocol, state: TrialState) -> Planned:
    why = "the file has two rows of this value; ask the sender which one holds"
    return Planned(one.line, Outcome.REFUSED, one.row, why, "import/row-twice", _is_sealed(one, protocol, state))


def _plan_row(one: Asked, protocol: Protocol, state: TrialState, by: By, why: str) -> Planned:
    row, sealed = one.row, _is_sealed(one, protocol, state)
    holder = state.participants.get(row.participant)
    if holder is not None and one.day is not None and row.visit in holder.held and holder.held[row.visit].on != one.day:
        message = f"the visit was held on {holder.held[row.visit].on}, and the file says {one.day}"
        return Planned(one.line, Outcome.REFUSED, row, message, "import/other-day", sealed)
    before = holder.results.get((row.visit, row.activity, row.measure, row.sample)) if holder is not None else None
    if before is None:
        return _try_new(Planned(one.line, Outcome.RECORD, row, is_sealed=sealed), protocol, state, by, why)
    met = _compare(one, before, sealed=sealed or before.is_sealed)
    if met.outcome in {Outcome.CONFLICT, Outcome.UNCOMPARED} and why:
        correcting = replace(met, outcome=Outcome.CORRECT, row=replace(row, of=before.entry, why=why), why=why)
        return _try(correcting, protocol, state, by)
    return met


def _compare(one: Asked, before: Observation, *, sealed: bool) -> Planned:
    if before.is_sealed:
        if one.is_amended:
            why = f"entry {before.entry} is sealed, and the sender says that the value was changed"
            return Planned(one.line, Outcome.CONFLICT, one.row, why, "import/conflict", is_sealed=True)
        why = f"entry {before.entry} is sealed: not compared"
        return Planned(one.line, Outcome.UNCOMPARED, one.row, why, is_sealed=True)
    if before.quantity is None:
        why = f"entry {before.entry} says that the value is missing"
        return Planned(one.line, Outcome.REFUSED, one.row, why, "import/missing-recorded", sealed)
    mine = Quantity(parse_decimal(one.row.value), one.row.unit)
    if _is_equal(mine, before.quantity) and one.row.below == before.below:
        return Planned(one.line, Outcome.ALREADY, one.row, f"entry {before.entry}", is_sealed=sealed)
    recorded = f"{'<' if before.below else ''}{before.quantity}"
    why = f"entry {before.entry} has another value"
    return Planned(one.line, Outcome.CONFLICT, one.row, why, "import/conflict", sealed, recorded)


def _is_equal(mine: Quantity, recorded: Quantity) -> bool:
    """Whether both are one amount; two units that need a molar mass are another value, for people to look at."""
    return mine.measures_same_as(recorded.unit) and mine.compare(recorded) == 0


TO_CONFIRM: Final = {
    "conduct/implausible": "its value is not plausible",
    "conduct/edit-check": "a check of the protocol asks whether it is right",
}
"""Refusals that somebody answers who has checked the source, and what is said of a sealed value instead of the number."""


def _try_new(planned: Planned, protocol: Protocol, state: TrialState, by: By, why: str) -> Planned:
    """A new value; one that is not plausible is recorded once somebody has checked it, with the reason."""
    tried = _try(planned, protocol, state, by)
    if tried.rule not in TO_CONFIRM or not why or planned.row is None:
        return tried
    return _try(replace(planned, row=replace(planned.row, confirmed=True), why=why), protocol, state, by)


def _try(planned: Planned, protocol: Protocol, state: TrialState, by: By) -> Planned:
    """The row as the door would answer it."""
    if planned.row is None:
        return planned
    decision = decide_row(protocol, state, planned.row, by)
    if not isinstance(decision, Refused):
        return planned
    first = decision.issues[0]
    why = TO_CONFIRM.get(first.rule, first.message) if planned.is_sealed else first.message
    return replace(planned, outcome=Outcome.REFUSED, why=why, rule=first.rule)
