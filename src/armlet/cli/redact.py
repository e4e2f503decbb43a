"""`armlet redact`: finds where a name leaked into words, and takes the words out without breaking the chain."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.output import Output
from armlet.errors import ExitCode, InputError, RefusedError, UsageError
from armlet.issues import error

if TYPE_CHECKING:
    from armlet.ledger.stores.file import FileStore

NAME: Final = "redact"
HELP: Final = "find where a name leaked into words, and take the words out without breaking the chain"

_EPILOG: Final = """\
example:
  armlet redact trials/NAME --ledger open.jsonl --find "Name"
  armlet redact trials/NAME --ledger open.jsonl --entry 23 --field what --by "Ada Example" --agreed-by "Bo Example" \\
      --why "a name was written"

--find lists numbers of entries and fields, and repeats no words. Boxes that only the vault opens are not searched. What
is listed as "(structured)" cannot be taken out. A redaction is for a data manager and a second person who agrees; it is
an entry of its own, and `armlet verify` lists it. The whole text of a field goes. Backups and copies hold it still:
docs/how-to/redact-a-name.md says which to erase.

exit code: 0 found or redacted; 1 a file cannot be used, or nothing was found; 3 refused; 4 the ledger is broken.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to find, or what to take out and who says so."""
    parser.epilog = _EPILOG
    parser.add_argument("trial", metavar="TRIAL", type=Path, help="a trial folder")
    parser.add_argument("--ledger", metavar="FILE", type=Path, required=True, help="the open strand of the trial")
    parser.add_argument("--find", metavar="TEXT", help="list where this text stands, and stop")
    parser.add_argument("--entry", metavar="N", type=int, help="the entry to take words out of")
    parser.add_argument("--field", metavar="NAME", action="append", help="the field whose words go; may be repeated")
    parser.add_argument("--by", metavar="NAME", help="the data manager who redacts")
    parser.add_argument("--agreed-by", metavar="NAME", help="the second person, who agrees")
    parser.add_argument("--why", metavar="TEXT", help="why, without the words that go")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Finds or redacts. Raises UsageError, InputError, RefusedError, LedgerBroken."""
    from armlet.ledger.stores.file import FileStore

    needed = ("entry", "field", "by", "agreed_by", "why")
    given = [name for name in needed if getattr(arguments, name) is not None]
    if bool(arguments.find) == bool(given) or (given and len(given) < len(needed)):
        message = "either --find, or --entry, --field, --by, --agreed-by and --why are needed."
        raise UsageError([error("usage", "armlet redact", message, "See `armlet redact --help`.")])
    if not arguments.ledger.is_file():
        message, fix = "there is no such ledger.", "Name the file of the open strand."
        raise InputError([error("redact/nothing", str(arguments.ledger), message, fix)])
    store = FileStore(arguments.ledger)
    return _find(store, arguments.find, out) if arguments.find else _redact(store, arguments, out)


def _find(store: FileStore, wanted: str, out: Output) -> ExitCode:
    from armlet.ledger.redaction import find_words

    entries = list(store.read())
    found = find_words(entries, wanted)
    boxes = sum(one.entry.held is not None for one in entries)
    lines = [f"entry {seq}: {name}" for seq, name in found] or ["it stands in no words of this ledger."]
    if boxes:
        lines.append(f"{boxes} entries hold words in a box that only the vault opens: these were not searched.")
    document = {"found": [{"entry": seq, "field": name} for seq, name in found], "boxes_not_searched": boxes}
    out.answer(document, "\n".join(lines))
    return ExitCode.DONE if found else ExitCode.ISSUES


def _redact(store: FileStore, arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.conduct.commands import By, Redact
    from armlet.conduct.decide import Refused
    from armlet.conduct.door import Door
    from armlet.conduct.redaction import prepare
    from armlet.protocol.load import load_trial, load_versions
    from armlet.protocol.model import Role
    from armlet.studytime import SystemClock

    trial, clock, path = load_trial(arguments.trial), SystemClock(), arguments.ledger
    versions = load_versions(trial.folder)
    door, entries, of = Door(trial.protocol, store, clock, versions=versions), list(store.read()), arguments.entry
    agreed_by = (arguments.by, arguments.agreed_by)
    command = prepare(entries, of, tuple(dict.fromkeys(arguments.field)), arguments.why, agreed_by)
    if not isinstance(command, Redact):
        raise RefusedError([command])
    decision = door.ask(command, By(arguments.by, Role.DATA_MANAGER, clock.now()))
    if isinstance(decision, Refused):
        raise RefusedError(decision.issues)
    notes = ["Backups, exports and other copies hold the words still: erase them, or redact them."]
    if entries[of - 1].entry.salt is None:
        notes.append(
            "The entry had no salt: who knows the rest could find a short text by trying it against the digest."
        )
    key = entries[of - 1].entry.key
    if key is not None and any(one.entry.key == key and one.seq != of for one in entries):
        notes.append(
            "Other entries of the same act hold a digest of what was asked: a short text could be tried there."
        )
    aside = sorted(one.name for one in path.parent.glob(f"{path.name}.cut-*"))
    notes += [f"{name} was set aside after a crash and may hold words: look, and erase it." for name in aside]
    told = store.head().seq
    document = {"entry": of, "fields": list(command.fields), "told_by": told, "notes": notes}
    said = f"entry {of}: the words of {', '.join(command.fields)} were taken out (entry {told})."
    out.answer(document, "\n".join([said, *notes]))
    return ExitCode.DONE
