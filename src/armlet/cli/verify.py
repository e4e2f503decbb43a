"""`armlet verify`: whether a ledger is what was written, and where not. No key is needed and none is used."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.inputs import read_bytes
from armlet.cli.output import Output
from armlet.errors import ExitCode, InputError, UsageError
from armlet.issues import Issue, error

if TYPE_CHECKING:
    from armlet.ledger.chain import Break
    from armlet.ledger.entry import Chained, Head

NAME: Final = "verify"
HELP: Final = "say whether a ledger is what was written, and where not"

_EPILOG: Final = """\
example:
  armlet verify out/nct00000000
  armlet verify out/nct00000000/ledger/open.jsonl --head out/nct00000000/ledger/head.json
  armlet verify open.jsonl --head "17 sha256:0f3c..."

PATH is a folder of a rehearsal (both strands, their published heads and the protocol are checked together), or one
strand, open or sealed. The digests of a strand show an entry that was altered, removed, inserted or moved. Only a
published head, kept elsewhere, shows a tail that was cut or a history that was rewritten: give one with --head.

exit code: 0 whole; 1 nothing to verify, a part is missing, or the last line was cut off by a crash (the entries before
it are whole, and that is said); 4 broken.
"""


@dataclass(frozen=True, slots=True)
class Strand:
    """What was found in one strand: how far it goes, each break, and, where nothing is broken, what a crash cut off."""

    name: str
    entries: int
    head: Head
    breaks: tuple[Break, ...]
    recovered: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is broken and nothing was cut off."""
        return not self.breaks and not self.recovered


@dataclass
class Report:
    """What was found under one path; filled while it is looked at. Parts that are missing are issues."""

    strands: list[Strand] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> ExitCode:
        """Broken outweighs everything; what is missing or cut off by a crash is an issue."""
        if any(strand.breaks for strand in self.strands):
            return ExitCode.FAULT
        is_whole = all(strand.is_whole for strand in self.strands) and not self.issues
        return ExitCode.DONE if is_whole else ExitCode.ISSUES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to verify, and the published head."""
    parser.epilog = _EPILOG
    parser.add_argument("path", metavar="PATH", type=Path, help="a rehearsal folder, an open strand or a sealed strand")
    parser.add_argument(
        "--head", metavar="HEAD", help='the published head of one strand: a file, or "SEQ DIGEST" in quotes'
    )


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Verifies. Raises InputError where there is nothing to verify."""
    path: Path = arguments.path
    if path.is_dir():
        if arguments.head is not None:
            message = "--head belongs to one strand; a folder has its heads in it."
            raise UsageError([error("usage", "--head", message, "Name the strand's file, or leave --head out.")])
        report = verify_folder(path)
    else:
        report = verify_file(path, arguments.head)
    out.answer(as_document(report), lambda: render_report(report))
    out.list_issues(report.issues)
    for note in report.notes:
        out.note(note)
    return report.exit_code


# --- A folder -------------------------------------------------------------------------------------------------------


def verify_folder(folder: Path) -> Report:
    """Both strands against their heads, and the open one against the protocol. Raises InputError for another folder."""
    from armlet.export.package import OPEN, OPEN_HEAD, SEALED, SEALED_HEAD

    if not (folder / OPEN).is_file():
        fix = "Name a folder that `armlet rehearse` has made, or the file of one strand."
        raise InputError([error("verify/nothing", str(folder), f"there is no {OPEN} here.", fix)])
    report = Report()
    data = read_bytes(str(folder / OPEN), "verify")
    strand, entries = _verify_open(data, str(OPEN), _published(folder, OPEN_HEAD, report))
    report.strands.append(_with_breaks(strand, _protocol_breaks(entries, folder, report)))
    if not entries:
        report.issues.append(error("verify/nothing", str(folder / OPEN), "the ledger has no entry.", ""))
    if not (folder / SEALED).is_file():
        report.issues.append(_part_missing(folder, SEALED, "who got what cannot be verified"))
        return report
    sealed = read_bytes(str(folder / SEALED), "verify")
    report.strands.append(_verify_sealed(sealed, str(SEALED), _published(folder, SEALED_HEAD, report)))
    return report


def _part_missing(folder: Path, part: Path, consequence: str) -> Issue:
    return error("verify/missing", str(folder), f"there is no {part} here: {consequence}.", "Put it back.")


def _published(folder: Path, part: Path, report: Report) -> Head | None:
    if (folder / part).is_file():
        return read_head_file(folder / part)
    report.issues.append(_part_missing(folder, part, "a cut tail cannot be seen"))
    return None


def _with_breaks(strand: Strand, more: tuple[Break, ...]) -> Strand:
    breaks = (*strand.breaks, *more)
    return replace(strand, breaks=breaks, recovered="" if breaks else strand.recovered)


def _protocol_breaks(entries: tuple[Chained, ...], folder: Path, report: Report) -> tuple[Break, ...]:
    """Runs of entries that name another protocol than the folder's."""
    from armlet.export.package import PROTOCOL
    from armlet.ledger.chain import Break
    from armlet.protocol.load import load_protocol

    if not (folder / PROTOCOL).is_file():
        report.issues.append(_part_missing(folder, PROTOCOL, "the entries cannot be held against their protocol"))
        return ()
    try:
        expected = load_protocol(folder / PROTOCOL).digest()
    except InputError as problem:
        report.issues.extend(problem.issues)
        return ()
    breaks = []
    for named, run_of in groupby(enumerate(entries, start=1), key=lambda item: item[1].entry.protocol):
        lines = [(line, entry.seq) for line, entry in run_of]
        if named != expected:
            what = f"{_run_in_words(lines[0][1], lines[-1][1])} another protocol ({named}) than {PROTOCOL} ({expected})"
            breaks.append(Break(lines[0][0], what))
    return tuple(breaks)


def _run_in_words(first: int, last: int) -> str:
    return f"entry {first} names" if first == last else f"entries {first} to {last} name"


# --- One strand -----------------------------------------------------------------------------------------------------


def verify_file(path: Path, head: str | None) -> Report:
    """One strand, open or sealed, against a published head where one is given."""
    data = read_bytes(str(path), "verify")
    published = None if head is None else read_head(head)
    _refuse_no_strand(data, path, is_expected=published is not None and published.seq > 0)
    report = Report()
    if b'"nonce":"' in data:
        report.strands.append(_verify_sealed(data, path.name, published))
    else:
        report.strands.append(_verify_open(data, path.name, published)[0])
    if published is None:
        report.notes.append("No published head was given: a cut tail or a rewritten history cannot be seen.")
    return report


def _refuse_no_strand(data: bytes, path: Path, *, is_expected: bool) -> None:
    """An empty file or one that never was a strand is an issue, unless a head says that entries were here."""
    if is_expected or b'"digest":"' in data:
        return
    message = "the file is not a strand of a ledger." if data.strip() else "the file is empty."
    fix = "Name the file of a strand, or a folder that `armlet rehearse` has made."
    raise InputError([error("verify/nothing", str(path), message, fix)])


def _verify_open(data: bytes, name: str, published: Head | None) -> tuple[Strand, tuple[Chained, ...]]:
    from armlet.ledger.chain import verify

    found = verify(data, published)
    is_recovered = found.cut and found.is_whole
    recovered = f"the last line was cut off; recovered to entry {found.head.seq}" if is_recovered else ""
    return Strand(name, len(found.entries), found.head, found.breaks, recovered), found.entries


def _verify_sealed(data: bytes, name: str, published: Head | None) -> Strand:
    """A sealed strand has no recovery: the vault opens only when its last line is whole."""
    from armlet.allocation.sealed_strand import verify_sealed
    from armlet.ledger.entry import Head

    lines, breaks = verify_sealed(data, published)
    return Strand(name, len(lines), lines[-1].head if lines else Head(), tuple(breaks))


# --- A published head -----------------------------------------------------------------------------------------------


def read_head(text: str) -> Head:
    """A head typed as ``SEQ DIGEST``, or the file that holds one. Raises UsageError or InputError."""
    found = _parse_head(text)
    if found is not None:
        return found
    if re.match(r"\d+\s", text.strip()) and not Path(text).is_file():
        message = f"{text!r} is no head; expected a number and a digest."
        raise UsageError([error("usage", "--head", message, 'Write "SEQ sha256:..." in quotes, or name a file.')])
    return read_head_file(Path(text))


def read_head_file(path: Path) -> Head:
    """The head in a file: ``{"seq": n, "digest": "sha256:..."}`` or ``SEQ DIGEST``. Raises InputError for another."""
    text = read_bytes(str(path), "verify").decode("utf-8", "replace")
    found = _parse_head_json(text) or _parse_head(text)
    if found is None:
        fix = 'Expected {"seq": 17, "digest": "sha256:..."}.'
        raise InputError([error("verify/head", str(path), "this is not a published head.", fix)])
    return found


def _parse_head(text: str) -> Head | None:
    from armlet.ledger.entry import Head

    match = re.fullmatch(r"\s*(\d{1,15})\s+(sha256:[0-9a-f]{64})\s*", text, re.ASCII)
    return None if match is None else Head(int(match[1]), match[2])


def _parse_head_json(text: str) -> Head | None:
    try:
        plain: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(plain, Mapping) or isinstance(plain.get("seq"), bool):
        return None
    return _parse_head(f"{plain.get('seq')} {plain.get('digest')}")


# --- What is said ---------------------------------------------------------------------------------------------------


def as_document(report: Report) -> dict[str, object]:
    """The first strand's figures, every break of every strand, and each strand by itself."""
    first = report.strands[0]
    document: dict[str, object] = {
        "whole": report.exit_code is ExitCode.DONE,
        "entries": first.entries,
        "head": _head(first),
        "breaks": [item for strand in report.strands for item in _breaks(strand)],
        "strands": [_strand(strand) for strand in report.strands],
        "issues": [issue.as_dict() for issue in report.issues],
    }
    return {**document, "recovered": first.recovered} if first.recovered else document


def _head(strand: Strand) -> dict[str, str | int]:
    return {"seq": strand.head.seq, "digest": strand.head.digest}


def _breaks(strand: Strand) -> Iterator[dict[str, str | int]]:
    for found in strand.breaks:
        yield {"strand": strand.name, "line": found.line, "what": found.what}


def _strand(strand: Strand) -> dict[str, object]:
    return {"strand": strand.name, "whole": strand.is_whole, "entries": strand.entries, "head": _head(strand)}


def render_report(report: Report) -> str:
    """Each strand in a line, with its breaks below it."""
    return "\n".join(line for strand in report.strands for line in _render_strand(strand))


def _render_strand(strand: Strand) -> Iterator[str]:
    if strand.is_whole:
        yield f"{strand.name}: whole, {strand.entries} entries, head {strand.head}"
        return
    yield f"{strand.name}: {strand.recovered or 'broken'}, {strand.entries} entries can be read"
    for found in strand.breaks:
        yield f"  {found}"
