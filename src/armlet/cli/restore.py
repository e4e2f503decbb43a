"""`armlet restore`: puts a backup back, verified and all at once, or holds a drill of it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.inputs import read_bytes
from armlet.cli.output import Output
from armlet.cli.vault_key import add_key_arguments, read_key
from armlet.errors import ExitCode, InputError, UsageError
from armlet.issues import error

if TYPE_CHECKING:
    from armlet.allocation.sealed_strand import VaultKey
    from armlet.backup.drill import OpenVault
    from armlet.backup.envelope import BackupKey
    from armlet.backup.manifest import Manifest

NAME: Final = "restore"
HELP: Final = "put a backup back, or hold a drill of it"

_EPILOG: Final = """\
example:
  armlet restore open-2026-11-28.age --key OPENKEYS/backup-key.txt --out restored-open
  armlet restore sealed-2026-11-28.age --key SEALEDKEYS/backup-key.txt --out restored-sealed
  armlet restore open-2026-11-28.age --key OPENKEYS/backup-key.txt --drill --against ledger/open.jsonl --record DRILLS
  armlet restore sealed-2026-11-28.age --key SEALEDKEYS/backup-key.txt --drill --record DRILLS --vault-key K/key.hex

Everything is verified before anything is written, and nothing is overwritten. Wrong key, a changed byte, a cut end: it is
refused, and nothing is left behind. What was done since the backup is not in it; an anchor shows that (armlet verify
--anchor). A sealed strand that was put back gives no slot before `armlet vault reconcile`.

--drill puts it back into a folder that is thrown away, verifies, compares with the live strand (--against), opens a
sealed one where its key or shares are given, and writes a page of record (text and JSON) to sign. The live strand may go
on from its backup; where it has lost its end, or is another history, the drill fails.

exit code: 0 put back, or the drill was passed; 1 not this key, damaged, or something is there; 2 wrong usage; 4 a strand
is broken, or the drill was not passed (the record is written all the same).
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The backup, its key, and where to; or a drill."""
    parser.epilog = _EPILOG
    parser.add_argument("file", metavar="FILE", type=Path, help="the backup")
    parser.add_argument("--key", metavar="KEY", type=Path, required=True, help="the private key of its pair")
    parser.add_argument("--out", metavar="DIR", type=Path, help="a new folder for what is put back")
    parser.add_argument("--drill", action="store_true", help="only try it, and write down how it went")
    parser.add_argument("--against", metavar="FILE", type=Path, help="in a drill: the live strand to compare with")
    parser.add_argument("--record", metavar="DIR", type=Path, help="in a drill: where its record is written")
    add_key_arguments(parser, "--vault-key")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Puts back or holds a drill. Raises UsageError, InputError, LedgerBroken, SealBroken."""
    from armlet.backup.envelope import read_private_key
    from armlet.document import read_text

    _refuse_usage(arguments)
    key = read_private_key(read_text(arguments.key, "restore"), str(arguments.key))
    if arguments.drill:
        return _drill(arguments, key, out)
    from armlet.backup.restore import open_backup, put_back, refuse_existing
    from armlet.studytime import SystemClock

    refuse_existing(arguments.out)
    opened = open_backup(read_bytes(str(arguments.file), "restore"), key, str(arguments.file))
    put_back(opened, arguments.out, SystemClock().now())
    document = {"folder": str(arguments.out), **json.loads(opened.manifest.canonical())}
    out.answer(document, lambda: _in_words(opened.manifest, arguments.out))
    out.note(_what_next(opened.manifest))
    return ExitCode.DONE


def _refuse_usage(arguments: argparse.Namespace) -> None:
    of_drill = bool(arguments.against or arguments.record or arguments.vault_key or arguments.share)
    if arguments.drill and (arguments.out or not arguments.record):
        message = "a drill puts nothing back for good: leave out --out, and give --record DIR."
        raise UsageError([error("usage", "--drill", message, "")])
    if not arguments.drill and (of_drill or not arguments.out):
        message = "give --out DIR; --against, --record, --vault-key and --share belong to a drill."
        raise UsageError([error("usage", "armlet restore", message, "See `armlet restore --help`.")])


def _in_words(manifest: Manifest, folder: Path) -> str:
    of = f"the open side of {manifest.trial}" if manifest.side == "open" else f"the {manifest.side} strand"
    lines = [f"{folder}: {of} as it was at {manifest.made.isoformat()}, whole", f"  head   {manifest.strand_head}"]
    return "\n".join(
        [*lines, *(f"  file   {one.name}, {one.bytes} bytes, sha256 {one.sha256}" for one in manifest.files)]
    )


def _what_next(manifest: Manifest) -> str:
    if manifest.side == "product":
        return (
            "What was recorded since then is not in it: hold it against the papers of the laboratory and the pharmacy."
        )
    if manifest.side == "open":
        return "What was recorded since then is not in it: hold it against the newest anchor with `armlet verify --anchor`."
    return "It may be older than what was handed out, and gives no slot before `armlet vault reconcile`."


# --- The drill ------------------------------------------------------------------------------------------------------


def _drill(arguments: argparse.Namespace, key: BackupKey, out: Output) -> ExitCode:
    from armlet.backup.drill import drill
    from armlet.export.package import write_bytes
    from armlet.studytime import SystemClock

    for path in (arguments.file, arguments.against):
        if path is not None:
            read_bytes(str(path), "restore")
    look = _looking(read_key(arguments.vault_key, arguments.share, "--vault-key")) if _has_key(arguments) else None
    clock = SystemClock()
    at = clock.now()
    record = drill(arguments.file, key, at, clock.ticks, arguments.against, look)
    name = f"drill-{record.manifest.side}-{at:%Y%m%dT%H%M%SZ}"
    _refuse_record(arguments.record / f"{name}.json")
    write_bytes(arguments.record / f"{name}.json", record.canonical() + b"\n")
    write_bytes(arguments.record / f"{name}.txt", record.render().encode())
    out.answer({**json.loads(record.canonical()), "record": str(arguments.record / f"{name}.json")}, record.render())
    return ExitCode.DONE if record.passed else ExitCode.FAULT


def _has_key(arguments: argparse.Namespace) -> bool:
    return arguments.vault_key is not None or bool(arguments.share)


def _refuse_record(path: Path) -> None:
    if path.exists():
        message = "there is a record of this second already; nothing is overwritten."
        raise InputError([error("restore/exists", str(path), message, "Hold the drill again.")])


def _looking(key: VaultKey) -> OpenVault:
    """Opens a sealed strand that was put back, for the drill alone: no arm, only counts."""
    from armlet.allocation.vault import Vault, replay_draws

    def look(strand: Path) -> tuple[str, bool]:
        vault = Vault(key, strand)
        wrong = replay_draws(vault)
        slots, keys = len(vault.used_slots()), vault.generation
        drawn = "every draw is what the seed draws" if not wrong else f"{len(wrong)} slots are NOT what the seed draws"
        return f"opened; key number {keys}, {slots} slots, {drawn}", not wrong

    return look
