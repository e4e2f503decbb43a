"""`armlet verify`: whether a ledger is what was written, and where not. No key is needed; with one, more is verified."""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from armlet.cli.archived import is_archive, verify_path
from armlet.cli.inputs import read_bytes
from armlet.cli.output import Output
from armlet.cli.vault_key import read_key
from armlet.errors import ExitCode, InputError, UsageError
from armlet.issues import Issue, error

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from armlet.allocation.sealed_strand import VaultKey
    from armlet.ledger.anchor import Anchor
    from armlet.ledger.chain import Break
    from armlet.ledger.encrypted import EncryptedLine
    from armlet.ledger.entry import Chained, Head

T = TypeVar("T")
NAME: Final = "verify"
HELP: Final = "say whether a ledger is what was written, and where not"

_EPILOG: Final = """\
example:
  armlet verify out/nct00000000
  armlet verify out/nct00000000 --head "17 sha256:0f3c..."
  armlet verify open.jsonl --head "17 sha256:0f3c..."
  armlet verify out/nct00000000 --anchor anchor.json --public-key anchor-key.public.pem
  armlet verify out/nct00000000 --key out/nct00000000/vault/key.hex
  armlet verify nct00000000.zip --public-key anchor-key.public.pem

PATH is an archive (see `armlet archive --help`), a folder of a rehearsal (its strands, that of the product included, the
heads beside them and the protocol are checked together), or one strand, open or encrypted. The digests of a strand show
an entry that was altered, removed, inserted or moved. Only a published head, kept elsewhere, shows for certain a tail
that was cut or a history that was rewritten: give one with --head (for a folder it is the head of the open strand, beside
or in place of ledger/head.json). A head.json beside a strand proves little by itself, since whoever rewrites the one can
rewrite the other. The report's last section prints the head; a copy of it that left the writer's hands is the stronger
check. An anchor (see `armlet anchor --help`) is such a head with a signature: with --public-key it is certain who signed
it, without it only that somebody did.

With --key (a folder), or --share for each share of it, the vault is opened as well: every draw is made again from the
seed, the levels of each slot are held against the request, and the commitment published before the first consent against
seed, scheme and list; and every box of the open strand (sealed results, guesses, held words) is opened. No arm and no
value is shown.

Not covered: the reports, data/ and exports/. They are computed from the ledger and may be made again from it.

exit code: 0 whole; 1 nothing to verify, a part is missing, or the last line was cut off by a crash (the entries before
it are whole, and that is said); 4 broken.
"""


MOST_ALIKE: Final = 5
"""So many breaks of one kind are shown to people, the rest counted; with ``--json`` all of them stand there."""

_ELSEWHERE: Final = (
    "a head published elsewhere, as the report's last section prints it, is the stronger check: "
    'give it with --head "SEQ DIGEST"'
)
_NOT_COVERED: Final = "the reports, data/ and exports/ are not covered"


@dataclass(frozen=True, slots=True)
class Strand:
    """What was found in one strand: how far it goes, each break, and what a crash cut off.

    `recovered` is said only where nothing is broken; `hints` go with breaks; `caveat` is what "whole" does not prove.
    """

    name: str
    entries: int
    head: Head
    breaks: tuple[Break, ...]
    recovered: str = ""
    hints: tuple[str, ...] = ()
    caveat: str = ""
    redactions: tuple[str, ...] = ()
    unredacted: tuple[int, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is broken and nothing was cut off."""
        return not self.breaks and not self.recovered


@dataclass(frozen=True, slots=True)
class Against:
    """What the open strand is held against: a head, signed heads, and the key that must have signed them; or less."""

    head: Head | None = None
    anchors: tuple[Anchor, ...] = ()
    public: Ed25519PublicKey | None = None

    @property
    def heads(self) -> tuple[Head | None, ...]:
        """Every head that the strand must still have."""
        return (self.head, *(one.published for one in self.anchors))

    @property
    def is_given(self) -> bool:
        """Whether there is anything to hold the strand against."""
        return any(self.heads)


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
        is_whole = all(one.is_whole and not one.unredacted for one in self.strands) and not self.issues
        return ExitCode.DONE if is_whole else ExitCode.ISSUES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to verify, and the published head."""
    parser.epilog = _EPILOG
    parser.add_argument("path", metavar="PATH", type=Path, help="a rehearsal folder, an open strand or a sealed strand")
    parser.add_argument(
        "--head",
        metavar="HEAD",
        help='the published head of the strand, in a folder of the open one: a file, or "SEQ DIGEST" in quotes',
    )
    parser.add_argument(
        "--anchor", metavar="FILE", type=Path, action="append", default=[], help="a signed head; may be given again"
    )
    parser.add_argument("--public-key", metavar="FILE", type=Path, help="the key that must have signed the anchors")
    parser.add_argument(
        "--against",
        metavar="FILE",
        type=Path,
        help="an older copy of the open strand: says what else differs than words",
    )
    parser.add_argument("--key", metavar="FILE", type=Path, help="the vault's key: verifies the draws of a folder too")
    parser.add_argument(
        "--share", metavar="FILE", type=Path, action="append", default=[], help="in place of --key: each share of it"
    )


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Verifies. Raises InputError where there is nothing to verify, UsageError for a key without an anchor."""
    path: Path = arguments.path
    if is_archive(path):
        return verify_path(arguments, out)
    has_key = arguments.key is not None or bool(arguments.share)
    if has_key and not path.is_dir():
        message, fix = "--key is for a folder with both strands.", "Name the folder, or leave out the key."
        raise UsageError([error("usage", "--key", message, fix)])
    against = read_against(arguments.head, arguments.anchor, arguments.public_key)
    report = verify_folder(path, against) if path.is_dir() else verify_file(path, against)
    if arguments.against is not None:
        _hold_against_copy(open_strand_of(path), arguments.against, report)
    if has_key and all(strand.is_whole for strand in report.strands):
        _verify_draws(path, read_key(arguments.key, arguments.share), report)
    out.answer(as_document(report), lambda: render_report(report))
    out.list_issues(report.issues)
    for note in report.notes:
        out.note(note)
    return report.exit_code


# --- A folder -------------------------------------------------------------------------------------------------------


def open_strand_of(path: Path) -> Path:
    """The file of the open strand: `path`, or in the folder `path`. Raises InputError where the folder has none."""
    from armlet.export.package import OPEN

    if path.is_dir() and not (path / OPEN).is_file():
        fix = "Name a folder that `armlet rehearse` has made, or the file of one strand."
        raise InputError([error("verify/nothing", str(path), f"there is no {OPEN} here.", fix)])
    return path / OPEN if path.is_dir() else path


def verify_folder(folder: Path, against: Against) -> Report:
    """Both strands against the heads beside them, the open one also against what was given and the protocol.

    Raises InputError for another folder.
    """
    from armlet.export.package import OPEN, OPEN_HEAD, PRODUCT, SEALED, SEALED_HEAD

    data = read_bytes(str(open_strand_of(folder)), "verify")
    report = Report(issues=[*_find_beside(folder / OPEN), *_find_beside(folder / SEALED)])
    beside = _published(folder, OPEN_HEAD, report, is_needed=not against.is_given)
    strand, entries = _verify_open(data, str(OPEN), against, beside)
    report.notes.extend(_note_clock_steps(entries))
    strand = replace(strand, caveat=_caveat_of_open(beside, against))
    report.strands.append(_with_breaks(strand, _protocol_breaks(entries, folder, report)))
    if not entries and not strand.breaks:
        report.issues.append(error("verify/nothing", str(folder / OPEN), "the ledger has no entry.", ""))
    if not (folder / SEALED).is_file():
        report.issues.append(_part_missing(folder, SEALED, "who got what cannot be verified"))
        return report
    sealed = read_bytes(str(folder / SEALED), "verify")
    found = _verify_sealed(sealed, str(SEALED), _published(folder, SEALED_HEAD, report))
    report.strands.append(
        replace(found, caveat=f"checked without the key and against nothing elsewhere; {_NOT_COVERED}")
    )
    if (folder / PRODUCT).is_file():
        _add_product(folder, report)
    return report


def verify_product_of(folder: Path) -> Report:
    """The product strand of a folder alone. Raises InputError where it has none."""
    from armlet.export.package import PRODUCT

    if not (folder / PRODUCT).is_file():
        fix = "Begin it with `armlet product DIR open`, or name another folder."
        raise InputError([error("verify/nothing", str(folder), f"there is no {PRODUCT} here.", fix)])
    report = Report()
    _add_product(folder, report)
    return report


def _add_product(folder: Path, report: Report) -> None:
    """The product strand, without its key: it has one of its own, which those who verify seldom hold."""
    from armlet.export.package import PRODUCT, PRODUCT_HEAD

    report.issues.extend(_find_beside(folder / PRODUCT))
    data = read_bytes(str(folder / PRODUCT), "verify")
    found = _verify_product(data, str(PRODUCT), _published(folder, PRODUCT_HEAD, report))
    report.strands.append(replace(found, caveat="checked without the key and against nothing elsewhere"))


def _verify_draws(folder: Path, key: VaultKey, report: Report) -> None:
    """Adds to the sealed strand's breaks what does not follow from its seed, or differs from what was published."""
    from armlet.allocation.belonging import find_stranger
    from armlet.allocation.boxes import find_unopened, opening_key
    from armlet.allocation.proof import prove
    from armlet.allocation.vault import Vault
    from armlet.export.package import SEALED, load_data
    from armlet.ledger.chain import Break

    data = load_data(folder)
    vault = Vault(key, folder / SEALED).detached()
    breaks, notes = prove(vault, data.protocol, data.state)
    if stranger := find_stranger(vault, data.state):
        breaks = (Break(1, stranger), *breaks)
    report.notes.extend(notes)
    boxes = tuple(Break(seq, what) for seq, what in find_unopened(data.entries, opening_key(vault)))
    report.strands[0] = _with_breaks(report.strands[0], boxes)
    at = next(number for number, strand in enumerate(report.strands) if strand.name == str(SEALED))
    report.strands[at] = replace(
        _with_breaks(report.strands[at], breaks), caveat="opened with the key; every draw was made again"
    )


def _caveat_of_open(beside: Head | None, against: Against) -> str:
    if against.anchors:
        whose = (
            "by the key that was given" if against.public else "by whomever: give --public-key to be certain by whom"
        )
        return f"held against the head of entry {max(one.entries for one in against.anchors)}, signed {whose}"
    if against.head is not None:
        return "held against the head that was given"
    what = "held against head.json beside it, which proves little by itself" if beside else "held against no head"
    return f"{what}; {_ELSEWHERE}"


def _part_missing(folder: Path, part: Path, consequence: str) -> Issue:
    return error("verify/missing", str(folder), f"there is no {part} here: {consequence}.", "Put it back.")


def _published(folder: Path, part: Path, report: Report, *, is_needed: bool = True) -> Head | None:
    if (folder / part).is_file():
        return read_head_file(folder / part)
    if is_needed:
        report.issues.append(_part_missing(folder, part, "a cut tail cannot be seen"))
    return None


def _with_breaks(strand: Strand, more: tuple[Break, ...]) -> Strand:
    breaks = (*strand.breaks, *more)
    return replace(strand, breaks=breaks, recovered="" if breaks else strand.recovered)


def _protocol_breaks(entries: tuple[Chained, ...], folder: Path, report: Report) -> tuple[Break, ...]:
    """Runs of entries that name another protocol than the folder's."""
    from armlet.export.package import PROTOCOL
    from armlet.ledger.chain import Break
    from armlet.protocol.load import load_protocol, load_versions

    if not (folder / PROTOCOL).is_file():
        report.issues.append(_part_missing(folder, PROTOCOL, "the entries cannot be held against their protocol"))
        return ()
    try:
        expected = load_protocol(folder / PROTOCOL).digest()
        versions = {one.digest() for one in load_versions(folder)}
    except InputError as problem:
        report.issues.extend(problem.issues)
        return ()
    breaks = []
    for named, run_of in groupby(enumerate(entries, start=1), key=lambda item: item[1].entry.protocol):
        lines = [(line, entry.seq) for line, entry in run_of]
        if named not in versions:
            what = f"{_run_in_words(lines[0][1], lines[-1][1])} another protocol ({named}) than {PROTOCOL} ({expected})"
            breaks.append(Break(lines[0][0], what))
    return tuple(breaks)


def _run_in_words(first: int, last: int) -> str:
    return f"entry {first} names" if first == last else f"entries {first} to {last} name"


# --- One strand -----------------------------------------------------------------------------------------------------


def verify_file(path: Path, against: Against) -> Report:
    """One strand, open or sealed, against a published head where one is given; an open one also against anchors."""
    data = read_bytes(str(path), "verify")
    _refuse_no_strand(data, path, is_expected=any(head is not None and head.seq > 0 for head in against.heads))
    report = Report(issues=list(_find_beside(path)))
    if b'"nonce":"' in data:
        if against.anchors:
            message = "an anchor is of an open strand; this one is sealed."
            raise InputError([error("verify/anchor", str(path), message, "Give the head of the sealed strand.")])
        report.strands.append(_verify_either(data, path.name, against.head))
    else:
        strand, entries = _verify_open(data, path.name, against)
        report.notes.extend(_note_clock_steps(entries))
        caveat = _caveat_of_open(None, against) if against.anchors else ""
        report.strands.append(replace(strand, caveat=caveat))
    if not against.is_given:
        note = "No published head was given: a cut tail or a rewritten history cannot be seen;"
        report.notes.append(f"{note} {_ELSEWHERE}.")
    return report


def _find_beside(strand: Path) -> Iterator[Issue]:
    """What lies beside a strand and is to be attended to: a batch that a crash interrupted, the mark of a restore."""
    from armlet.allocation.restored import mark_of
    from armlet.ledger.stores.durable import is_unfinished

    if mark_of(strand).exists():
        message = "it was put back from a backup, and not reconciled since: it may lack slots that were used."
        fix = "Reconcile it with the newest ledger: `armlet vault reconcile --help`."
        yield error("verify/restored", str(strand), message, fix)
    if is_unfinished(strand):
        message = "an append of several entries was interrupted; the last entries may be a part of it."
        fix = f"Open the ledger once with the program, which keeps all of them or none; {strand.name}.pending tells."
        yield error("verify/unfinished", str(strand), message, fix)


def _refuse_no_strand(data: bytes, path: Path, *, is_expected: bool) -> None:
    """An empty file or one that never was a strand is an issue, unless a head says that entries were here."""
    if is_expected or b'"digest":"' in data:
        return
    message = "the file is not a strand of a ledger." if data.strip() else "the file is empty."
    fix = "Name the file of a strand, or a folder that `armlet rehearse` has made."
    raise InputError([error("verify/nothing", str(path), message, fix)])


def _verify_open(
    data: bytes, name: str, against: Against, beside: Head | None = None
) -> tuple[Strand, tuple[Chained, ...]]:
    from armlet.ledger.chain import verify

    found = verify(data, beside, *against.heads)
    breaks = found.breaks
    notes, unredacted = _redactions_in_words(found.entries), found.unredacted
    if against.anchors:
        from armlet.ledger.anchor import check_anchors

        breaks = (*breaks, *check_anchors(found.entries, against.anchors, against.public))
    is_recovered = found.cut and not breaks
    recovered = f"the last line was cut off; recovered to entry {found.head.seq}" if is_recovered else ""
    hints = _hints(data, found.cut, found.head) if breaks else ()
    strand = Strand(name, len(found.entries), found.head, breaks, recovered, hints, "", notes, unredacted)
    return strand, found.entries


def _hold_against_copy(path: Path, copy: Path, report: Report) -> None:
    """Adds what differs from an older copy, but for the words that were redacted since, to the open strand's breaks."""
    from armlet.ledger.chain import Break, read_as_written
    from armlet.ledger.redaction import only_redacted_fields_differ

    older = read_as_written(read_bytes(str(copy), "verify"))
    if not older:
        message, fix = "there is no entry in the older copy.", "Name a copy of the open strand."
        raise InputError([error("verify/nothing", str(copy), message, fix)])
    said = only_redacted_fields_differ(read_as_written(read_bytes(str(path), "verify")), older)
    report.strands[0] = _with_breaks(report.strands[0], tuple(Break(1, what) for what in said))
    if not said:
        report.notes.append(
            f"{copy.name}: of its {len(older)} entries nothing differs but the words that were redacted."
        )


def _redactions_in_words(entries: tuple[Chained, ...]) -> tuple[str, ...]:
    from armlet.ledger.redaction import redactions

    return tuple(
        f"entry {event.of}: words redacted by entry {seq} ({', '.join(event.fields)})"
        for seq, event in redactions(entries)
    )


def _note_clock_steps(entries: tuple[Chained, ...]) -> Iterator[str]:
    """That the machine's clock went back between two entries, which breaks nothing: the order is the chain's."""
    from armlet.ledger.chain import find_clock_steps

    steps = find_clock_steps(entries)
    if steps:
        where = ", ".join(map(str, steps[:MOST_ALIKE])) + (" and others" if len(steps) > MOST_ALIKE else "")
        yield f"The clock stepped back: recorded before the entry before them: {where}. The order is that of the numbers."


def _hints(data: bytes, cut: bytes, head: Head) -> tuple[str, ...]:
    """What may have happened to a strand that is broken; `cut` is what follows the last line end."""
    lines = data.split(b"\n")[:-1]
    if lines and all(line.endswith(b"\r") for line in lines):
        return ("every line ends in CR LF: the file was copied with Windows line ends; copy it byte for byte.",)
    if not cut:
        return ()
    how_far = f"what is whole was recovered to entry {head.seq}" if head.seq else "no entry could be recovered"
    return (f"the last line is a fragment, without its end; {how_far}.",)


def _verify_sealed(data: bytes, name: str, published: Head | None) -> Strand:
    from armlet.allocation.sealed_strand import verify_sealed

    return _verify_encrypted(data, name, *verify_sealed(data, published))


def _verify_either(data: bytes, name: str, published: Head | None) -> Strand:
    """An encrypted strand by itself: that of the product has longer lines than the vault's."""
    from armlet.laboratory.strand import ENVELOPE

    return _verify_product(data, name, published) if ENVELOPE.is_like(data) else _verify_sealed(data, name, published)


def _verify_product(data: bytes, name: str, published: Head | None) -> Strand:
    from armlet.laboratory.strand import verify_product

    return _verify_encrypted(data, name, *verify_product(data, published))


def _verify_encrypted(data: bytes, name: str, lines: list[EncryptedLine], breaks: list[Break]) -> Strand:
    """An encrypted strand has no recovery: it opens only when its last line is whole."""
    from armlet.ledger.entry import Head

    head = lines[-1].head if lines else Head()
    named = tuple(replace(found, line=max(found.line, 1)) for found in breaks)
    return Strand(name, len(lines), head, named, hints=_hints(data, data.rpartition(b"\n")[2], head) if named else ())


# --- What to hold it against ----------------------------------------------------------------------------------------


def read_against(head: str | None, anchors: Sequence[Path], public_key: Path | None) -> Against:
    """What was given on the command line. Raises InputError, with every file that cannot be used, or UsageError."""
    given = None if head is None else read_head(head)
    if not anchors:
        if public_key is not None:
            message = "a public key says who signed an anchor, and no anchor was given."
            raise UsageError([error("usage", "--public-key", message, "Give one with --anchor FILE.")])
        return Against(given)
    from armlet.ledger.anchor import NotAnAnchorError, read_anchor, read_public_key

    problems: list[Issue] = []

    def read(file: Path, as_what: Callable[[bytes], T], rule: str) -> T | None:
        try:
            return as_what(read_bytes(str(file), "verify"))
        except NotAnAnchorError as problem:
            problems.append(error(f"verify/{rule}", str(file), f"{problem}.", "See `armlet anchor --help`."))
        except InputError as problem:
            problems.extend(problem.issues)
        return None

    found = [read(file, read_anchor, "anchor") for file in anchors]
    public = None if public_key is None else read(public_key, read_public_key, "public-key")
    if problems:
        raise InputError(problems)
    return Against(given, tuple(one for one in found if one is not None), public)


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
    return {
        "strand": strand.name,
        "whole": strand.is_whole,
        "entries": strand.entries,
        "head": _head(strand),
        "hints": list(strand.hints),
        "caveat": strand.caveat,
        "redactions": list(strand.redactions),
        "unredacted": list(strand.unredacted),
    }


def render_report(report: Report) -> str:
    """Each strand in a line, with its breaks below it."""
    return "\n".join(line for strand in report.strands for line in _render_strand(strand))


def _render_strand(strand: Strand) -> Iterator[str]:
    if strand.is_whole:
        caveat = f" ({strand.caveat})" if strand.caveat else ""
        yield f"{strand.name}: whole, {strand.entries} entries, head {strand.head}{caveat}"
        yield from (f"  {line}" for line in strand.redactions)
        if strand.unredacted:
            which = ", ".join(map(str, strand.unredacted))
            yield f"  this file still holds words that were redacted (entry {which}): erase it, or open it once to redact"
        return
    yield f"{strand.name}: {strand.recovered or 'broken'}, {strand.entries} entries can be read"
    yield from (f"  {line}" for line in (*_breaks_in_words(strand.breaks), *strand.hints))


def _breaks_in_words(breaks: tuple[Break, ...]) -> Iterator[str]:
    """The first breaks of each kind in the order of the strand, then how many more of the kind there are.

    Two breaks are of one kind where they differ in nothing but numbers and digests.
    """
    totals, seen = Counter(map(_kind, breaks)), Counter[str]()
    for found in breaks:
        kind = _kind(found)
        seen[kind] += 1
        if seen[kind] <= MOST_ALIKE:
            yield str(found)
        elif seen[kind] == MOST_ALIKE + 1:
            yield f"and {totals[kind] - MOST_ALIKE:,} more like these ({totals[kind]:,} in all)"


def _kind(found: Break) -> str:
    return re.sub(r"sha256:[0-9a-f]+|\d+", "#", found.what)
