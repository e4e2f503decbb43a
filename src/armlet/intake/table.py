"""A delimited text file as rows of text, each with its line. Nothing in it is believed, and nothing is repaired."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from armlet.errors import InputError
from armlet.issues import Issue, error

LARGEST_FILE: Final = 100_000_000
MOST_ROWS: Final = 1_500_000
LONGEST_CELL: Final = 10_000
"""Far beyond what a laboratory writes, and what csv itself allows."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row by heading, and the line of the file on which it ends."""

    line: int
    cells: Mapping[str, str] = field(repr=False)


def decode(data: bytes, encoding: str, name: str) -> str:
    """The text of a file. Raises InputError for one that is too large, not in this encoding, or holds a NUL."""
    if len(data) > LARGEST_FILE:
        message = f"the file has {len(data):,} bytes; at most {LARGEST_FILE:,} are read."
        raise InputError([error("import/too-large", name, message, "Split the file.")])
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        message = f"the file is not written in {encoding} (byte {problem.start})."
        raise InputError(
            [error("import/encoding", f"{name}:{line}", message, "Name its encoding in the mapping.")]
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        message = "the file holds a NUL, which is no text."
        raise InputError([error("import/nul", f"{name}:{line}", message, "Ask the sender for a whole file.")])
    return text


def read_table(text: str, delimiter: str, columns: Sequence[str], name: str, skip: int = 0) -> list[Row]:
    """The rows below the header, which is the first line after `skip`; wholly empty lines are passed over.

    Raises InputError for a header without one of `columns` or with one of them twice, for rows of another length, and
    for more rows or longer cells than any sender writes.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    try:
        for _ in range(skip):
            next(reader, None)
        header = [cell.strip() for cell in next(reader, [])]
        _refuse_header(header, columns, name, skip + 1)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            rows.append(Row(reader.line_num, _pair(header, cells, name, reader.line_num)))
            if len(rows) > MOST_ROWS:
                message = f"the file has more than {MOST_ROWS:,} rows."
                raise InputError([error("import/too-many-rows", name, message, "Split the file.")])
    except csv.Error as problem:
        message = f"the line cannot be read as delimited text ({problem})."
        raise InputError(
            [error("import/not-delimited", f"{name}:{reader.line_num}", message, "Ask for the file again.")]
        ) from None
    return rows


def _pair(header: Sequence[str], cells: Sequence[str], name: str, line: int) -> Mapping[str, str]:
    if len(cells) != len(header):
        message = f"the row has {len(cells)} cells, and the header {len(header)}."
        raise InputError(
            [error("import/row-length", f"{name}:{line}", message, "Check the delimiter, or ask for the file again.")]
        )
    if max(map(len, cells)) > LONGEST_CELL:
        message = f"a cell has more than {LONGEST_CELL:,} signs."
        raise InputError([error("import/long-cell", f"{name}:{line}", message, "Is it the right file?")])
    return dict(zip(header, (cell.strip() for cell in cells), strict=True))


def _refuse_header(header: Sequence[str], columns: Sequence[str], name: str, line: int) -> None:
    issues = list(_check_header(header, columns, f"{name}:{line}"))
    if issues:
        raise InputError(issues)


def _check_header(header: Sequence[str], columns: Sequence[str], where: str) -> Iterator[Issue]:
    for column in dict.fromkeys(columns):
        if header.count(column) != 1:
            what = "is not there" if column not in header else "stands there twice"
            fix = f"It has {', '.join(repr(one) for one in header[:30]) or 'no column'}; is the delimiter right?"
            yield error("import/column", where, f"the column {column!r} {what}.", fix)
