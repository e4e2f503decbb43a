"""A table as text whose every cell has its place."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from armlet.registry.decode import Words, refuse, split_lines

_QUOTED: Final = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"')
_LINE_END: Final = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class TableCell:
    """One cell of a table: the words of each of its lines that has any; none for an empty cell."""

    line: int
    words: tuple[Words, ...]

    @property
    def value(self) -> str:
        """The cell as one text."""
        return "\n".join(part.text for part in self.words)


class TableText:
    """A table as text, one row a record: cells parted by commas, tabs or semicolons, in quotation marks where needed.

    The separator is the one that the first line has most of. Rows without any word are left out. Raises InputError for
    a quotation mark that is never closed.
    """

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self._text = text
        self._breaks = [match.end() for match in _LINE_END.finditer(text)]
        first = text.lstrip().partition("\n")[0]
        self._separator = max(",\t;", key=first.count)
        self._plain = re.compile(rf"[^{self._separator}\r\n]*")
        self.rows = [row for row in self._rows() if any(cell.words for cell in row)]

    def _rows(self) -> Iterator[tuple[TableCell, ...]]:
        row: list[TableCell] = []
        position = 0
        while position < len(self._text):
            cell, position = self._cell(position)
            row.append(cell)
            if self._text.startswith(self._separator, position):
                position += 1
                continue
            end = _LINE_END.match(self._text, position)
            position = end.end() if end else len(self._text)
            yield tuple(row)
            row = []
        if row:
            yield tuple(row)

    def _cell(self, start: int) -> tuple[TableCell, int]:
        """The cell that begins at the offset, and the offset behind it."""
        line = bisect_right(self._breaks, start) + 1
        if not self._text.startswith('"', start):
            plain = self._plain.match(self._text, start)
            raw = plain[0] if plain else ""
            return TableCell(line, self._words(line, raw)), start + len(raw)
        quoted = _QUOTED.match(self._text, start)
        if quoted is None:
            message = "the cell that begins here has a quotation mark that is never closed."
            refuse("read/table", f"{self.name}:{line}", message, "The file may have been cut; download it again.")
        after = self._plain.match(self._text, quoted.end())
        rest = after[0] if after else ""
        words = self._words(line, quoted[1])
        if rest.strip():  # what is between the closing quotation mark and the separator
            at = line + len(_LINE_END.findall(quoted[1]))
            words = (*words, Words(at, rest.strip(), rest.strip()))
        return TableCell(line, words), quoted.end() + len(rest)

    def _words(self, line: int, raw: str) -> tuple[Words, ...]:
        parts = enumerate(split_lines(raw), start=line)
        return tuple(
            Words(number, part.replace('""', '"').strip(), part.strip()) for number, part in parts if part.strip()
        )
