"""What a verb says and where: the answer on standard output, everything else on standard error."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
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
    """Columns side by side, two blanks apart; the last column is wrapped where a terminal of `width` is too narrow."""
    lines = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head) - 1)]
    rule = tuple("-" * len(name) for name in head)
    indent = sum(widths) + 2 * len(widths)
    room = None if width is None else max(width - indent, _NARROWEST)
    return "\n".join(_render_row(line, widths, indent, room) for line in (lines[0], rule, *lines[1:]))


def _render_row(cells: tuple[str, ...], widths: Sequence[int], indent: int, room: int | None) -> str:
    left = "".join(f"{cell:<{width}}  " for cell, width in zip(cells, widths, strict=False))
    last = [cells[-1]] if room is None else textwrap.wrap(cells[-1], room, break_on_hyphens=False) or [""]
    return f"\n{' ' * indent}".join([f"{left}{last[0]}".rstrip(), *last[1:]])
