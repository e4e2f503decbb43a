"""`armlet new`: a draft trial folder from a registry record, and the questions that people have to answer."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.inputs import name_of, read_bytes
from armlet.cli.output import Output
from armlet.errors import ExitCode, InputError
from armlet.issues import Issue, error

if TYPE_CHECKING:
    from armlet.protocol.model import OpenQuestion
    from armlet.registry.accounting import Reading
    from armlet.registry.draft import Draft

NAME: Final = "new"
HELP: Final = "draft a trial folder from a registry record, with the questions that it leaves open"
RECORD: Final = "record.json"
PROTOCOL: Final = "protocol.yaml"
REVIEW: Final = "review.html"

_EPILOG: Final = """\
example:
  armlet new record.txt --out trials/NAME
  armlet check trials/NAME

Writes record.json (the record in the shape of the ClinicalTrials.gov v2 API), protocol.yaml (the draft) and review.html
(a page with which to confirm it: the words of the record and the draft side by side, the questions in order of weight)
into the folder, all or none, and overwrites nothing. What the record states carries its words; what it leaves out or
contradicts is a question, and until all are answered `armlet check` finds an error for each.

exit code: 0 when the folder was written; 1 when the record cannot be drafted or the folder cannot be used.
"""
_WIDTH: Final = 100
_HEADINGS: Final = {
    1: "What the trial means, and whom it could harm",
    2: "How it is carried out",
    3: "What the record itself needs",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The record and the folder to write."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "record", metavar="RECORD", help="a registry record, any supported layout; - reads standard input"
    )
    parser.add_argument(
        "--record", dest="pick", metavar="N", help="of a file with several, the Nth record or that of a number"
    )
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="the trial folder to make")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Drafts and writes. Raises InputError, with nothing written, for a record or a folder that cannot be used."""
    folder: Path = arguments.out
    _refuse_used(folder)
    data = read_bytes(arguments.record, "read")
    from armlet.registry.draft import draft
    from armlet.registry.read import read_record

    reading = read_record(data, name_of(arguments.record), arguments.pick)
    drafted = draft(reading)
    page = review_page(reading, drafted, folder)
    write_folder(folder, {RECORD: drafted.record_json, PROTOCOL: drafted.protocol_yaml, REVIEW: page})
    out.list_issues(reading.issues)
    document = {**as_json(drafted), "review": str(folder / REVIEW)}
    out.answer(document, lambda: render_draft(drafted, folder, out.width or _WIDTH))
    return ExitCode.DONE


def review_page(reading: Reading, drafted: Draft, folder: Path) -> str:
    """The page to confirm the draft with, as `armlet check` would find the folder."""
    from armlet.cli.check import find_issues
    from armlet.protocol.load import Trial, read_protocol
    from armlet.report.review import ReviewContent, render_review

    trial = Trial(folder, *read_protocol(drafted.protocol_yaml, PROTOCOL))
    return render_review(ReviewContent(reading, drafted, trial, find_issues(trial)))


# --- The folder -------------------------------------------------------------------------------------------------------


def _refuse_used(folder: Path) -> None:
    if os.path.lexists(folder) and not folder.is_dir():
        message = "this is a file; expected a folder, or a name that is free."
        raise InputError([error("new/not-a-folder", str(folder), message, "Choose another name for --out.")])
    found = [name for name in (RECORD, PROTOCOL, REVIEW) if os.path.lexists(folder / name)]
    if found:
        message = f"there is a {' and a '.join(found)} already, and nothing is overwritten."
        raise InputError([error("new/folder-used", str(folder), message, "Choose another folder for --out.")])


def write_folder(folder: Path, texts: dict[str, str]) -> None:
    """Writes the files into the folder, which is made where there is none: all of them, or none.

    Raises InputError where the folder cannot be written or has come to hold one of them.
    """
    try:
        _write_beside(folder, texts)
    except OSError as problem:
        message = f"the folder cannot be written: {problem.strerror}."
        raise InputError([_unwritable(folder, message)]) from None


def _write_beside(folder: Path, texts: dict[str, str]) -> None:
    """Everything is written and flushed elsewhere first; what is then left to do is to rename."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=folder if folder.is_dir() else folder.parent, prefix=".new-"))
    try:
        for name, text in texts.items():
            with (building / name).open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        _refuse_used(folder)
        if folder.is_dir():
            _move_in(building, folder, list(texts))
        else:
            building.chmod(0o755)
            building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _move_in(building: Path, folder: Path, names: list[str]) -> None:
    """One rename a file; what was moved is taken back where a later one fails."""
    moved: list[Path] = []
    try:
        for name in names:
            (building / name).rename(folder / name)
            moved.append(folder / name)
    except OSError:
        for path in moved:
            path.unlink(missing_ok=True)
        raise


def _unwritable(folder: Path, message: str) -> Issue:
    return error("new/unwritable", str(folder), message, "Choose another folder, or see who may write there.")


# --- The answer -------------------------------------------------------------------------------------------------------


def as_json(drafted: Draft) -> dict[str, object]:
    """The document of the contract but for the path of the page; each question also has its weight (1 to 3)."""
    return {
        "trial": drafted.trial,
        "questions": [_question(question, drafted.weights[question.id]) for question in drafted.questions],
        "criteria": [criterion.as_json() for criterion in drafted.criteria],
    }


def _question(question: OpenQuestion, weight: int) -> dict[str, object]:
    return {
        "id": question.id,
        "about": question.about,
        "why": question.why,
        "who": question.who,
        "options": list(question.options),
        "default": question.default,
        "weight": weight,
    }


def render_draft(drafted: Draft, folder: Path, width: int) -> str:
    """The questions in order of weight, what was made of the criteria, and what to do next."""
    count = len(drafted.criteria)
    computable = sum(criterion.computable for criterion in drafted.criteria)
    lines = [
        f"{folder}: a draft of {drafted.trial}, with {len(drafted.questions)} open questions.",
        f"{count} criteria: {computable} computable, {count - computable} for a person to judge.",
    ]
    before = None
    for question in drafted.questions:
        weight = drafted.weights[question.id]
        if weight != before:
            lines += ["", f"{weight}. {_HEADINGS[weight]}"]
            before = weight
        lines += ["", *_question_lines(question, width)]
    check = f"armlet check {shlex.quote(str(folder))}"
    lines += ["", f"Confirm the draft with {folder / REVIEW}: it opens in any browser and sends nothing."]
    lines += [f"Answer them in {folder / PROTOCOL} (its first lines say how); then run:", f"  {check}"]
    return "\n".join(lines)


def _question_lines(question: OpenQuestion, width: int) -> Iterator[str]:
    yield from _wrapped(f"  {question.about}", width)
    yield from _wrapped(f"    why: {question.why}", width)
    options = [f"{option} (default)" if option == question.default else option for option in question.options]
    if options:
        yield from _wrapped(f"    options: {' · '.join(options)}", width)
    yield f"    asked of: {question.who}; id: {question.id}"


def _wrapped(text: str, width: int) -> list[str]:
    indent = " " * (len(text) - len(text.lstrip()) + 2)
    return textwrap.wrap(text, max(width, 40), subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)
