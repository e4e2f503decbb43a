"""A table as words in rows, from a delimited file, a mapping of columns, or a data frame of any make.

A data frame is anything that lists its columns and gives one by name: pandas, polars, pyarrow and their kin, none of
which is needed here. Its numbers become the words that spell them exactly, so that one reader serves file and frame.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

from armlet.document import read_text
from armlet.errors import InputError, UsageError
from armlet.intake.table import Row, read_table
from armlet.issues import Issue, error

RULE: Final = "data"


class Frame(Protocol):
    """What is asked of a data frame: the names of its columns, and a column by its name."""

    @property
    def columns(self) -> Any:
        """The names, in order."""

    def __getitem__(self, name: Any, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Table:
    """The rows, each with its place: the line of a file, or the number of the row counted from 1.

    `missing` are spellings that are always a missing value, beside those of the plan: None and NaN of a data frame.
    """

    name: str
    step: str
    rows: tuple[Row, ...]
    missing: frozenset[str] = frozenset()

    def where(self, row: Row) -> str:
        """How an issue names a row."""
        return f"{self.name}:{row.line}" if self.step == "line" else f"{self.name}, {self.step} {row.line}"


Data: TypeAlias = Table | Path | Mapping[str, Iterable[object]] | Frame


def read_csv(text: str, name: str, columns: Sequence[str], delimiter: str = ",") -> Table:
    """A delimited text with a header. Raises InputError for a missing or doubled column and for a ragged row."""
    return Table(name, "line", tuple(read_table(text, delimiter, columns, name)))


def table_of(data: Data, columns: Sequence[str], delimiter: str = ",") -> Table:
    """The columns that a plan names, of whatever was handed over. Raises InputError where one is not there."""
    if isinstance(data, Table):
        return data
    if isinstance(data, Path):
        return read_csv(read_text(data, RULE), str(data), columns, delimiter)
    names = _names(data)
    if absent := [column for column in columns if names.count(column) != 1]:
        raise InputError([_no_column(column, names) for column in absent])
    values = {column: [_word(value) for value in _values(data[column])] for column in columns}
    lengths = {column: len(found) for column, found in values.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{column} {length}" for column, length in lengths.items())
        raise InputError([error(f"{RULE}/length", "data", f"the columns differ in length: {listed}.", "Fill them up.")])
    number = next(iter(lengths.values()), 0)
    rows = (Row(place + 1, {column: values[column][place] for column in columns}) for place in range(number))
    return Table("data", "row", tuple(rows), frozenset({""}))


def _names(data: Mapping[str, Iterable[object]] | Frame) -> list[str]:
    if isinstance(data, Mapping):
        return [str(name) for name in data]
    names = getattr(data, "column_names", None)  # pyarrow: its `columns` are the values
    names = getattr(data, "columns", None) if names is None else names
    if names is None:
        message = f"expected a mapping of columns, a data frame or a path; got {type(data).__name__}."
        raise UsageError([error(f"{RULE}/kind", "data", message, "Hand over the columns by name.")])
    return [str(name) for name in names]


def _no_column(column: str, names: Sequence[str]) -> Issue:
    what = "stands there twice" if column in names else "is not there"
    listed = ", ".join(repr(name) for name in names[:30]) or "no column"
    return error(f"{RULE}/column", "data", f"the column {column!r} {what}.", f"It has {listed}.")


def _values(column: Any) -> Iterable[object]:
    found: Iterable[object] = (
        column.to_pylist() if hasattr(column, "to_pylist") else column
    )  # pyarrow's cells are its own
    return found


def _word(value: object) -> str:
    """The value as a file would spell it; empty for what a data frame calls missing."""
    item = getattr(value, "item", None)
    plain: object = item() if callable(item) else value
    if plain is None or type(plain).__name__ in {"NAType", "NaTType"}:
        return ""
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    if isinstance(plain, float):
        if math.isnan(plain):
            return ""
        return str(int(plain)) if plain.is_integer() and abs(plain) < 2**53 else repr(plain)
    return str(plain).strip()
