"""People out of a table: every cell read as the plan says, or an issue with its line, its column and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from armlet.allocation.scheme import Scheme
from armlet.analysis.cases import Case, Cases
from armlet.analysis.data.plan import DataAnalysis, DataPlan
from armlet.analysis.data.table import RULE, Table
from armlet.errors import InputError
from armlet.intake.table import Row
from armlet.issues import Issue, error

MOST_ISSUES: Final = 50
"""So many are told; a whole column in another spelling is one mistake and not a thousand."""

LARGEST: Final = 1e30
"""Beyond this, and nearer to 0 than its inverse, squares and their products leave the range of floating-point numbers."""

_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_COMMA: Final = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_YES: Final = frozenset({"1", "yes", "Yes", "YES", "true", "True", "TRUE"})
_NO: Final = frozenset({"0", "no", "No", "NO", "false", "False", "FALSE"})


@dataclass(frozen=True, slots=True)
class Reading:
    """The outcome of one participant at one visit, and what stands beside it."""

    outcome: float | None = None
    why_missing: str = ""
    below_limit: bool = False
    failed: str = ""
    exposure: float | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """One participant of the table; the arm is not shown when it is printed."""

    participant: str
    arm: str = field(repr=False)
    slot: int | None = field(repr=False)
    baseline: float | None
    covariates: Mapping[str, float | str]
    sets: frozenset[str]
    readings: Mapping[str, Reading]
    levels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class People:
    """Everybody of the table in its order, and the allocation with their levels, which is None where it is not known."""

    people: tuple[Person, ...]
    scheme: Scheme | None
    allocated: tuple[str, ...] = field(repr=False)


class _Cells:
    """Reads single cells and collects what is amiss; an unfit cell reads as missing, so that reading can go on."""

    def __init__(self, table: Table, plan: DataPlan) -> None:
        self._table = table
        self._missing = table.missing | set(plan.missing)
        self.issues: list[Issue] = []

    def amiss(self, row: Row, rule: str, message: str, fix: str) -> None:
        self.issues.append(error(f"{RULE}/{rule}", self._table.where(row), message, fix))

    def is_missing(self, row: Row, column: str) -> bool:
        return row.cells[column] in self._missing

    def word(self, row: Row, column: str | None) -> str:
        """The words of a cell; empty where it is missing, or where there is no such column."""
        return "" if column is None or self.is_missing(row, column) else row.cells[column]

    def needed(self, row: Row, column: str, what: str) -> str:
        """A word that nobody may lack."""
        found = self.word(row, column)
        if not found:
            got = row.cells[column]
            self.amiss(row, "missing", f"{column}: expected {what}; got {got!r}.", "Fill it in, or leave the row out.")
        return found

    def number(self, row: Row, column: str | None) -> float | None:
        if column is None or self.is_missing(row, column):
            return None
        text = row.cells[column]
        if _NUMBER.fullmatch(text):
            value = float(text)
            if value == 0 or 1 / LARGEST <= abs(value) <= LARGEST:
                return value
            message = (
                f"{column}: expected 0, or a number between {1 / LARGEST:g} and {LARGEST:g} in size; got {text!r}."
            )
            self.amiss(row, "size", message, "Give the values in a unit in which they are of ordinary size.")
            return None
        message = f"{column}: expected a number with a decimal point, such as 0.912; got {text!r}."
        self.amiss(row, "number", message, self._advice(text))
        return None

    def _advice(self, text: str) -> str:
        if _COMMA.fullmatch(text):
            return f"Write {text.replace(',', '.')}; a comma is not read as a decimal point, because it may be none."
        if not text:
            return 'If it means that the value is missing, list "" under missing in the plan.'
        return "Correct the cell, or, if it means that the value is missing, list it under missing in the plan."

    def flag(self, row: Row, column: str | None) -> bool:
        """Yes or no; a missing cell is no answer and so an issue."""
        if column is None:
            return False
        text = row.cells[column]
        if text not in _YES | _NO:
            message = f"{column}: expected yes or no (or 1 or 0); got {text!r}."
            self.amiss(row, "flag", message, "Correct the cell.")
        return text in _YES

    def reason(self, row: Row, column: str | None) -> str:
        """Words that say why; a number or a yes is none."""
        found = self.word(row, column)
        if found and (_NUMBER.fullmatch(found) or found in _YES | _NO):
            message = f"{column}: expected words that say why, or an empty cell; got {found!r}."
            self.amiss(row, "reason", message, "Write the reason where there is one, and nothing where there is none.")
        return found

    def slot(self, row: Row, column: str | None) -> int | None:
        if column is None:
            return None
        text = row.cells[column]
        if re.fullmatch(r"[1-9]\d{0,8}", text, re.ASCII):
            return int(text)
        message = f"{column}: expected the place in the order of allocation, a whole number from 1 up; got {text!r}."
        self.amiss(row, "slot", message, "Give the slot of everybody who was allocated.")
        return None

    def one_of(self, row: Row, column: str, known: Sequence[str], what: str) -> str:
        found = self.needed(row, column, f"{what}, one of {', '.join(known)}")
        if found and found not in known:
            message = f"{column}: expected {what}, one of {', '.join(known)}; got {found!r}."
            self.amiss(row, what, message, "Correct the cell, or list the word in the plan.")
        return found


def read_people(table: Table, plan: DataPlan) -> People:
    """Everybody in the table. Raises InputError with the issues, at most `MOST_ISSUES` of them and a count of the rest."""
    cells = _Cells(table, plan)
    if not table.rows:
        cells.issues.append(error(f"{RULE}/empty", table.name, "there is no row below the header.", "Is it whole?"))
    rows = _by_participant(cells, table, plan)
    people = [_person(cells, plan, name, found, place) for place, (name, found) in enumerate(rows.items(), start=1)]
    allocated = _allocated(cells, table, plan, people)
    if cells.issues:
        raise InputError(_shortened(cells.issues, table.name))
    scheme = plan.scheme()
    if scheme is not None:
        in_order = sorted(people, key=lambda one: one.slot or 0)
        scheme = scheme.joined_by(*(one.levels for one in in_order))
    return People(tuple(people), scheme, allocated)


def _shortened(issues: list[Issue], name: str) -> list[Issue]:
    rest = len(issues) - MOST_ISSUES
    if rest <= 0:
        return issues
    message = f"there are {rest:,} further issues like these."
    return [*issues[:MOST_ISSUES], error(f"{RULE}/further", name, message, "Mend these and ask again.")]


# --- Rows -----------------------------------------------------------------------------------------------------------


def _by_participant(cells: _Cells, table: Table, plan: DataPlan) -> dict[str, dict[str, Row]]:
    """The rows of each participant by visit ("" in a wide table), in the order of the table."""
    found: dict[str, dict[str, Row]] = {}
    visits = (*plan.visits, *((plan.baseline_visit,) if plan.baseline_visit else ()))
    for row in table.rows:
        name = cells.needed(row, plan.columns.participant, "a participant")
        visit = cells.one_of(row, plan.columns.visit, visits, "visit") if plan.columns.visit else ""
        rows = found.setdefault(name, {})
        if name and visit in rows:
            first = table.where(rows[visit])
            at = f' at visit "{visit}"' if visit else ""
            message = f"{plan.columns.participant}: {name!r} stands here a second time{at} (first at {first})."
            cells.amiss(row, "twice", message, "Keep one row, or give the column of visits if the table is long.")
        rows.setdefault(visit, row)
    return found


def _person(cells: _Cells, plan: DataPlan, name: str, rows: Mapping[str, Row], place: int) -> Person:
    columns, first = plan.columns, next(iter(rows.values()))
    _refuse_changes(cells, plan, name, rows)
    levels = plan.allocation.factors if plan.allocation else {}
    arm = cells.one_of(first, columns.arm, plan.arms, "arm") if columns.arm else plan.arms[0]
    in_order = plan.allocation is not None and plan.allocation.rows_in_order
    baseline_row = rows.get(plan.baseline_visit) if plan.baseline_visit else first
    baseline_column = columns.outcome if plan.baseline_visit else columns.baseline
    return Person(
        participant=name,
        arm=arm,
        slot=place if in_order else cells.slot(first, columns.slot),
        baseline=cells.number(baseline_row, baseline_column) if baseline_row else None,
        covariates=dict(_covariates(cells, plan, first)),
        sets=frozenset(one for one, column in columns.sets.items() if cells.flag(first, column)),
        readings={
            visit: _reading(cells, plan, row, visit)
            for visit in plan.all_visits()
            if (row := rows.get(visit if plan.is_long else "")) is not None
        },
        levels={column: cells.one_of(first, column, known, "level") for column, known in levels.items()},
    )


def _refuse_changes(cells: _Cells, plan: DataPlan, name: str, rows: Mapping[str, Row]) -> None:
    """What belongs to a person and not to a visit must be the same in all of the person's rows."""
    columns = plan.columns
    levels = plan.allocation.factors if plan.allocation else {}
    named = (columns.arm, columns.baseline, columns.slot, *columns.covariates, *columns.sets.values(), *levels)
    first, *others = rows.values()
    for column in dict.fromkeys(one for one in named if one):
        for row in others:
            if row.cells[column] != first.cells[column]:
                message = f"{column}: {name!r} has {first.cells[column]!r} before; got {row.cells[column]!r}."
                cells.amiss(row, "changes", message, "It belongs to the person: write the same in every row.")


def _covariates(cells: _Cells, plan: DataPlan, row: Row) -> Iterator[tuple[str, float | str]]:
    for column, kind in plan.columns.covariates.items():
        value = cells.number(row, column) if kind == "number" else cells.word(row, column)
        if value is not None and value != "":
            yield column, value


_BESIDE: Final[tuple[Literal["why_missing", "below_limit", "failed", "exposure"], ...]] = (
    "why_missing", "below_limit", "failed", "exposure",
)  # fmt: skip


def _reading(cells: _Cells, plan: DataPlan, row: Row, visit: str) -> Reading:
    why, below, failed, exposure = (plan.columns.beside(name, visit) for name in _BESIDE)
    column = plan.columns.at_visit(visit)
    outcome = cells.number(row, column)
    return Reading(
        outcome=outcome,
        why_missing=cells.reason(row, why) if cells.is_missing(row, column) else "",
        below_limit=False if outcome is None else cells.flag(row, below),
        failed=cells.reason(row, failed),
        exposure=cells.number(row, exposure),
    )


def _allocated(cells: _Cells, table: Table, plan: DataPlan, people: Sequence[Person]) -> tuple[str, ...]:
    """The arm of every slot, where the allocation is to be replayed; slots must be 1, 2, 3 … without a gap."""
    by_slot = {one.slot: one for one in people if one.slot is not None}
    column = plan.columns.slot
    if plan.allocation is None or len(by_slot) < len(people):
        if column and len(by_slot) < sum(one.slot is not None for one in people):
            _refuse_slots(cells, table, column, "two people have the same slot.", "Give everybody a slot of their own.")
        return ()
    absent = sorted(set(range(1, len(people) + 1)) - set(by_slot))
    if absent:
        message = (
            f"nobody has slot {absent[0]}; slots are counted from 1 without a gap, and {len(people)} people are here."
        )
        fix = "Add a row for everybody who was allocated, with the arm and without an outcome where there is none."
        _refuse_slots(cells, table, column or plan.columns.participant, message, fix)
    return tuple(by_slot[slot].arm for slot in sorted(by_slot))


def _refuse_slots(cells: _Cells, table: Table, column: str, message: str, fix: str) -> None:
    cells.issues.append(error(f"{RULE}/slots", table.name, f"{column}: {message}", fix))


# --- Cases ----------------------------------------------------------------------------------------------------------


def cases_of(people: People, plan: DataPlan, analysis: DataAnalysis, visit: str) -> Cases:
    """The members of the analysis set as an estimator takes them."""
    visits = plan.all_visits()
    chosen = [one for one in people.people if analysis.set is None or analysis.set in one.sets]
    return Cases(
        rows=tuple(_case(one, analysis, visits, visit) for one in chosen),
        unit=plan.unit,
        arms=plan.arms,
        reference=plan.reference,
        scheme=people.scheme,
        allocated=people.allocated,
        visits=visits,
        visit=visit,
    )


def _case(person: Person, analysis: DataAnalysis, visits: Sequence[str], visit: str) -> Case:
    reading = person.readings.get(visit, Reading())
    return Case(
        participant=person.participant,
        arm=person.arm,
        slot=person.slot,
        baseline=person.baseline,
        outcome=reading.outcome,
        why_missing=reading.why_missing,
        course=tuple(person.readings.get(one, Reading()).outcome for one in visits),
        covariates={name: value for name, value in person.covariates.items() if name in analysis.covariates},
        below_limit=reading.below_limit,
        failed=reading.failed,
        exposure=reading.exposure,
    )
