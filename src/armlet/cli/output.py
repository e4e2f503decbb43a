"""What a verb says and where: the answer on standard output, everything else on standard error."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Final, TextIO

from armlet.issues import Issue

_SHOWN: Final = {code: f"\\x{code:02x}" for code in (*range(9), *range(11, 32), *range(127, 160))}
_NARROWEST: Final = 24
SIMULATED: Final = "SIMULATED"
DUMMY: Final = "DUMMY ARMS \u2013 DRY RUN"


class Output:
    """The two streams of one call. With ``--json`` standard output gets exactly one JSON document and nothing else."""

    def __init__(self, answers: TextIO, asides: TextIO, *, as_json: bool) -> None:
        self._answers = answers
        self._asides = asides
        self.as_json = as_json

    @property
    def width(self) -> int | None:
        """The columns of the terminal that answers go to; None for a file or a pipe, where nothing is wrapped."""
        return shutil.get_terminal_size().columns if self._answers.isatty() else None

    def answer(self, document: Mapping[str, object], text: str | Callable[[], str], *, simulated: bool = False) -> None:
        """The verb's answer, given once: as the document with ``--json``, otherwise as the text.

        A text that is costly to make may come as a function, which is called only where the text is wanted. What is told
        of a trial whose people are invented says so first, in both forms.
        """
        if self.as_json:
            document = {"data": SIMULATED, **document} if simulated else document
            print(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False), file=self._answers)
        else:
            words = text if isinstance(text, str) else text()
            words = f"{SIMULATED}: invented people, no real data.\n\n{words}" if simulated else words
            print(show_controls(words.rstrip("\n")), file=self._answers)

    def answer_each(self, name: str, documents: Iterable[Mapping[str, object]]) -> None:
        """One document with ``--json``: a list under that name, written item by item, so that it may be long."""
        print(f'{{\n  "{name}": [', end="", file=self._answers)
        separator = "\n"
        for document in documents:
            text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
            print(f"{separator}{textwrap.indent(text, '    ')}", end="", file=self._answers)
            separator = ",\n"
        print("\n  ]\n}", file=self._answers)

    def note(self, text: str) -> None:
        """Something worth knowing that is not the answer: progress, advice, what could not be looked at."""
        print(show_controls(text), file=self._asides)

    def refuse(self, issues: Sequence[Issue]) -> None:
        """Why there is no answer: one document with ``--json``, otherwise a line for each issue on standard error."""
        if self.as_json:
            self.answer({"issues": [issue.as_dict() for issue in issues]}, "")
        else:
            self.list_issues(issues)

    def list_issues(self, issues: Iterable[Issue]) -> None:
        """A line for each issue on standard error."""
        for issue in issues:
            self.note(str(issue))

    def flush(self) -> None:
        """Hands everything over, so that a full disk or a closed pipe is met here and not at the end of the process."""
        self._answers.flush()
        self._asides.flush()


def show_controls(text: str) -> str:
    """The text with control characters spelled out (``\\x1b``): words of a file must not steer a terminal."""
    return text.translate(_SHOWN)


def render_table(head: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None) -> str:
    """Columns side by side, two blanks apart; the last is wrapped where a terminal of `width` is too narrow.

    Where that is not enough the first is wrapped as well: it holds the names, the columns between hold short words.
    """
    lines = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head) - 1)]
    rule = tuple("-" * len(name) for name in head)
    if width is not None and widths:
        excess = sum(widths) + 2 * len(widths) + _NARROWEST - width
        widths[0] = min(widths[0], max(widths[0] - excess, _NARROWEST))
    room = None if width is None else max(width - sum(widths) - 2 * len(widths), _NARROWEST)
    return "\n".join(_render_row(line, widths, room) for line in (lines[0], rule, *lines[1:]))


def _render_row(cells: tuple[str, ...], widths: Sequence[int], room: int | None) -> str:
    """One row on as many lines as its first and its last cell need."""
    columns = [
        *([_wrap(cells[0], None if room is None else widths[0])] if widths else []),
        *([cell] for cell in cells[1:-1]),
    ]
    columns.append(_wrap(cells[-1], room))
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, (*widths, 0), strict=True)).rstrip()
        for line in zip_longest(*columns, fillvalue="")
    )


def _wrap(cell: str, room: int | None) -> list[str]:
    is_whole = room is None or (len(cell) <= room and "\n" not in cell)
    return [cell] if room is None or is_whole else textwrap.wrap(cell, room, break_on_hyphens=False) or [""]
