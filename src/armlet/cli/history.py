"""`armlet history`: the versions of one record as dated amendments, and what each changed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from armlet.cli.compare_text import render_differences
from armlet.cli.inputs import find_files, name_of, read_bytes
from armlet.cli.output import Output, render_table
from armlet.errors import ExitCode, InputError

if TYPE_CHECKING:
    from armlet.issues import Issue
    from armlet.registry.accounting import Reading
    from armlet.registry.history import Amendment, History

NAME: Final = "history"
HELP: Final = "list what each version of a record changed, and whether an outcome was switched"

_EPILOG: Final = """\
example:
  armlet history versions/
  armlet history record-2014.xml record-2019.json --json

Give all versions that you have, in any format and order, of one trial or of several; a folder stands for the files in
it. They are put in order by their dates and each is compared with the one before: status, dates, enrolment, arms,
outcomes and criteria first. A primary outcome that was added, removed, changed, promoted or demoted is named, with
whether that was before or after the start.

exit code: 0 when all files were read; 1 when one was not, or no file was.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The versions."""
    parser.epilog = _EPILOG
    parser.add_argument("versions", metavar="FILE|FOLDER", nargs="+", help="versions of a record, or a folder of them")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Reads, orders and compares. Raises InputError where no file can be read."""
    files = find_files(arguments.versions, "history")
    from armlet.registry.history import histories

    readings, refused = _read_all(files)
    if not readings:
        raise InputError(refused)
    found = histories(readings)
    document = {"trials": [history.as_json() for history in found], "issues": [issue.as_dict() for issue in refused]}
    out.answer(document, lambda: "\n\n".join(block for history in found for block in _blocks(history)))
    out.list_issues(refused)
    return ExitCode.ISSUES if refused else ExitCode.DONE


def _read_all(files: tuple[str, ...]) -> tuple[list[Reading], list[Issue]]:
    from armlet.registry.read import read_part, split_records

    readings: list[Reading] = []
    refused: list[Issue] = []
    for file in files:
        try:
            readings += [read_part(part) for part in split_records(read_bytes(file, "history"), name_of(file))]
        except InputError as problem:
            refused += problem.issues
    return readings, refused


def _blocks(history: History) -> Iterator[str]:
    yield f"{history.trial}: {history.title}" if history.title else history.trial
    rows = [(item.date, item.reading.format.replace("_", " "), _changed(item)) for item in history.amendments]
    yield render_table(("version", "format", "changes of substance"), rows)
    for amendment in history.amendments:
        yield from _amendment_blocks(amendment)
    if history.aside:
        yield f"{len(history.aside)} files in another format, from among the same dates, were put aside"
    if history.missing:
        yield f"The registry lists versions of which there is no file: {', '.join(history.missing)}"


def _changed(amendment: Amendment) -> str:
    if amendment.comparison is None:
        return "the first version"
    counts = ", ".join(f"{topic.value} {count}" for topic, count in amendment.changed().items())
    return f"{counts or 'none'}{'; OUTCOMES SWITCHED' if amendment.switches else ''}"


def _amendment_blocks(amendment: Amendment) -> Iterator[str]:
    blocks = list(render_differences(amendment.changes))
    if not blocks:
        return
    yield f"--- {amendment.date} ({amendment.reading.name}), B is this version and A the one before ---"
    if amendment.switches:
        lines = (f"  {item}" for item in amendment.switches)
        yield "\n".join(["Switched outcomes", *lines])
    yield from blocks
