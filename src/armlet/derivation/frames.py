"""Stimulation tests from a table with a row a sample, such as a data frame, for a statistician who has no trial here.

Any mapping of column names to columns of one length will do: a dict of lists, a pandas or a polars data frame. What
comes back is such a mapping again, with None for a gap and the reason beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from typing import Protocol as Shape

import numpy as np

from armlet.derivation import arrays
from armlet.derivation.arrays import Column, Floats, TimedTests
from armlet.derivation.derived import BelowLimit
from armlet.derivation.timed import CurveRules, Gaps
from armlet.errors import InputError
from armlet.issues import error
from armlet.units import Quantity, UnitError, parse_decimal

_LOST: Final = frozenset({"", "na", "nan", "none", "<na>"})
Key = tuple[str, str]


class Frame(Shape):
    """A table whose columns are had by their names."""

    def __getitem__(self, name: str, /) -> Iterable[object]: ...


@dataclass(frozen=True, slots=True)
class SampledTests:
    """Timed tests with whose and of which visit each is, by person and visit in order; levels in `unit`.

    `factor` is what the reported levels were multiplied by: one number for the whole table, so that factors never mix.
    """

    keys: tuple[Key, ...]
    tests: TimedTests
    unit: str
    factor: Decimal


def read_tests(
    frame: Frame,
    *,
    person: str,
    minute: str,
    level: str,
    unit: str,
    visit: str = "",
    drawn: str = "",
    to: str = "",
    molar_mass: str = "",
) -> SampledTests:
    """The tests of a table with a row a sample, whatever the order of its rows.

    `person`, `visit`, `minute` (planned), `drawn` (real minute) and `level` are names of columns. A level is a number,
    nothing (missing), or ``<0.05`` (below that limit). `unit` is that of all levels, `to` the one wanted, and
    `molar_mass`, in g/mol, is what turns mass into amount. Raises InputError with every row that cannot be read,
    and for two rows of one sample.
    """
    factor = _factor(unit, to or unit, molar_mass)
    columns = {name: [*frame[name]] for name in (person, minute, level, *filter(None, (visit, drawn)))}
    number = len(columns[person])
    keys = [(str(columns[person][row]), str(columns[visit][row]) if visit else "") for row in range(number)]
    reader = _Reader(number)
    minutes = [reader.number(columns[minute][row], row, minute) for row in range(number)]
    levels = [reader.level(columns[level][row], row, level) for row in range(number)]
    real = (
        [reader.number(columns[drawn][row], row, drawn, or_else=minutes[row]) for row in range(number)] if drawn else []
    )
    reader.each_once(keys, minutes)
    reader.finish()
    rows, grid = sorted(set(keys)), sorted(set(minutes))
    table = _Table(len(rows), len(grid))
    row_of, column_of = {key: place for place, key in enumerate(rows)}, {time: place for place, time in enumerate(grid)}
    for row, (amount, is_below) in enumerate(levels):
        place = row_of[keys[row]], column_of[minutes[row]]
        table.set(place, None if amount is None else amount * float(factor), is_below, real[row] if real else 0.0)
    tests = TimedTests.of(grid, table.levels, table.present, table.drawn if real else None, table.below_or_none())
    return SampledTests(tuple(rows), tests, to or unit, factor)


def _factor(unit: str, to: str, molar_mass: str) -> Decimal:
    try:
        return Quantity(Decimal(1), unit).to(to, Quantity.parse(molar_mass) if molar_mass else None).value
    except UnitError as problem:
        fix = "Give the unit of the levels, and the molar mass where mass becomes amount."
        raise InputError([error("derivation/frame", "unit", str(problem), fix)]) from None


class _Table:
    """The arrays that are filled sample by sample."""

    def __init__(self, rows: int, columns: int) -> None:
        self.levels: Floats = np.zeros((rows, columns))
        self.drawn: Floats = np.zeros((rows, columns))
        self.present = np.zeros((rows, columns), dtype=np.bool_)
        self.below = np.zeros((rows, columns), dtype=np.bool_)

    def set(self, place: tuple[int, int], level: float | None, is_below: bool, drawn: float) -> None:
        self.drawn[place] = drawn
        if level is not None:
            self.levels[place], self.present[place], self.below[place] = level, True, is_below

    def below_or_none(self) -> arrays.Flags | None:
        return self.below if self.below.any() else None


class _Reader:
    """Reads cells and collects what is amiss; rows are counted from 0, as a data frame counts them."""

    def __init__(self, number: int) -> None:
        self._issues = [] if number else [error("derivation/frame", "rows", "the table is empty.", "Give samples.")]

    def number(self, cell: object, row: int, column: str, or_else: float | None = None) -> float:
        text = str(cell).strip()
        if text.lower() in _LOST and or_else is not None:
            return or_else
        try:
            return float(parse_decimal(text))
        except UnitError as problem:
            self._add(row, column, str(problem))
            return 0.0

    def level(self, cell: object, row: int, column: str) -> tuple[float | None, bool]:
        text = "" if cell is None else str(cell).strip()
        if text.lower() in _LOST:
            return None, False
        return self.number(text.removeprefix("<"), row, column), text.startswith("<")

    def each_once(self, keys: Sequence[Key], minutes: Sequence[float]) -> None:
        seen: dict[tuple[Key, float], int] = {}
        for row, sample in enumerate(zip(keys, minutes, strict=True)):
            if sample in seen:
                whose = " ".join(filter(None, sample[0]))
                self._add(row, "", f"{whose} has the sample of {sample[1]:g} min already in row {seen[sample]}.")
            seen.setdefault(sample, row)

    def _add(self, row: int, column: str, message: str) -> None:
        where = f"row {row}" + (f", {column}" if column else "")
        self._issues.append(error("derivation/frame", where, message, "Correct the table."))

    def finish(self) -> None:
        if self._issues:
            raise InputError(self._issues)


def derive_table(people: SampledTests, rules: CurveRules) -> dict[str, list[object]]:
    """Every variable of a stimulation test, a row a test: columns `person`, `visit`, and two for each variable.

    The first holds numbers, None for a gap; the second, ``<variable>_because``, why there is none. Areas are in `unit`
    times minutes. What the rules have no place for (an increment of renormalised weights) is left out.
    """
    tests, start, end = people.tests, float(rules.start), float(rules.end)
    found: dict[str, Column] = {
        "auc": arrays.derive_auc(tests, rules),
        "auc_mean": arrays.derive_auc_mean(tests, rules),
        "peak": arrays.derive_peak(tests, start, end, rules.below_limit),
        "time_to_peak": arrays.derive_time_to_peak(tests, start, end, rules.times, rules.below_limit),
        "fasting": arrays.derive_fasting(tests, below_limit=rules.below_limit),
    }
    if rules.gaps is Gaps.BY_PART and rules.below_limit is not BelowLimit.CENSORED:
        found["auc_incremental"] = arrays.derive_auc_incremental(tests, rules)
        found["auc_incremental_positive"] = arrays.derive_auc_incremental_positive(tests, rules)
    table: dict[str, list[object]] = {
        "person": [key[0] for key in people.keys],
        "visit": [key[1] for key in people.keys],
        "unit": [people.unit] * len(people.keys),
    }
    for name, column in found.items():
        table[name] = [*column.items()]
        table[f"{name}_because"] = [*column.reasons()]
        table[f"{name}_below_limit"] = column.below.tolist()
    return table
