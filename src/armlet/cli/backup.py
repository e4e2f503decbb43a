"""`armlet backup`: one side of a trial, encrypted to somebody's public key, written, read back and verified."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.output import Output
from armlet.errors import ExitCode, InputError, UsageError
from armlet.issues import error

if TYPE_CHECKING:
    from armlet.backup.manifest import FileDigest, KeptManifest

NAME: Final = "backup"
HELP: Final = "back up one side of a trial, encrypted and verified"
PRIVATE, PUBLIC = "backup-key.txt", "backup-key.public.txt"

_EPILOG: Final = f"""\
example:
  armlet backup key --out OPENKEYS
  armlet backup --ledger open.jsonl --trial trials/NAME --out open-2026-11-28.age --to OPENKEYS/{PUBLIC}
  armlet backup key --out SEALEDKEYS
  armlet backup --strand sealed.jsonl --out sealed-2026-11-28.age --to SEALEDKEYS/{PUBLIC}
  armlet backup --product product.jsonl --out product-2026-11-28.age --to PRODUCTKEYS/{PUBLIC}

Backups that are never in one hand: the open side (ledger, protocol, record), the sealed strand, and the strand of the
product, which stays with those who hold its key. Each has a pair of keys of its own; who makes backups has the public
one, who may put them back keeps the private one, elsewhere. The vault's own key is in none, nor is that of the product:
keep them as docs/how-to/keep-the-key.md says.

The strand is read between two appends and verified; the file is read back from the disk and verified again. Beside it
FILE.manifest.json is kept: sizes, digests, the head, when. A file that is there is never replaced. The format is age,
with a tar archive inside: `age -d -i {PRIVATE} FILE | tar -x` opens it without Armlet.

A ledger in a database is taken out first, with `python -m django export_strand`.

exit code: 0 made; 1 a file cannot be used; 2 wrong usage; 4 the strand is broken and was not backed up.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A pair of keys, or one side with the key to encrypt to."""
    parser.epilog = _EPILOG
    parser.add_argument("deed", metavar="key", nargs="?", choices=["key"], help="make a pair of keys, and stop")
    parser.add_argument("--ledger", metavar="FILE", type=Path, help="the open strand, with --trial")
    parser.add_argument("--trial", metavar="TRIAL", type=Path, help="the trial folder that belongs to the ledger")
    parser.add_argument("--strand", metavar="FILE", type=Path, help="the sealed strand, in a backup of its own")
    parser.add_argument("--product", metavar="FILE", type=Path, help="the product strand, in a backup of its own")
    parser.add_argument(
        "--out", metavar="FILE", type=Path, required=True, help="the backup, or the folder for the keys"
    )
    parser.add_argument("--to", metavar="PUBLICKEY", type=Path, help="the public key that it is encrypted to")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Makes keys or a backup. Raises UsageError, InputError, LedgerBroken, SealBroken."""
    _refuse_usage(arguments)
    if arguments.deed == "key":
        return _make_keys(arguments.out, out)
    from armlet.backup.envelope import read_public_key
    from armlet.backup.make import collect_open, collect_product, collect_sealed, manifest_of, write_backup
    from armlet.document import read_text
    from armlet.studytime import SystemClock

    public, at = read_public_key(read_text(arguments.to, "backup"), str(arguments.to)), SystemClock().now()
    if arguments.ledger is not None:
        contents = collect_open(arguments.ledger, arguments.trial, at)
    elif arguments.product is not None:
        contents = collect_product(arguments.product, at)
    else:
        contents = collect_sealed(arguments.strand, at)
    if not arguments.out.parent.is_dir():
        message = "there is no such folder."
        raise InputError([error("backup/no-folder", str(arguments.out.parent), message, "Make it first.")])
    kept = write_backup(contents, public, arguments.out)
    document = {**json.loads(kept.canonical()), "manifest": str(manifest_of(arguments.out))}
    out.answer(document, lambda: _in_words(kept, arguments.out))
    return ExitCode.DONE


def _refuse_usage(arguments: argparse.Namespace) -> None:
    given = {name for name in ("ledger", "trial", "strand", "product", "to") if getattr(arguments, name) is not None}
    fitting: tuple[set[str], ...] = ({"ledger", "trial", "to"}, {"strand", "to"}, {"product", "to"})
    if arguments.deed == "key":
        fitting = (set(),)
    if given not in fitting:
        message = "give --ledger, --trial and --to; or --strand and --to; or --product and --to; or `key` with --out."
        fix = "The sides are never in one backup. See `armlet backup --help`."
        raise UsageError([error("usage", "armlet backup", message, fix)])


def _make_keys(folder: Path, out: Output) -> ExitCode:
    from armlet.backup.envelope import BackupKey
    from armlet.ledger.stores.durable import write_new_durably

    private, public = folder / PRIVATE, folder / PUBLIC
    there = [path for path in (private, public) if path.exists()]
    if there:
        message, fix = "there is a file of this name; nothing is overwritten.", "Name a new folder for each pair."
        raise InputError([error("backup/exists", str(path), message, fix) for path in there])
    folder.mkdir(parents=True, exist_ok=True)
    key = BackupKey.generate()
    write_new_durably(public, f"{key.public}\n".encode("ascii"), mode=0o644)
    write_new_durably(private, key.spell().encode("ascii"))
    document = {"private": str(private), "public": str(public), "key": key.public}
    text = (
        f"{private}: keep it away from whoever makes backups, and a copy elsewhere\n{public}: for whoever makes backups"
    )
    out.answer(document, text)
    return ExitCode.DONE


def _in_words(kept: KeptManifest, target: Path) -> str:
    of = f"the open side of {kept.trial}" if kept.side == "open" else f"the {kept.side} strand"
    lines = [
        f"{target}: {of}, encrypted; read back and verified",
        f"  made   {kept.made.isoformat()}",
        f"  head   {kept.strand_head}",
        *(f"  {_line(one)}" for one in kept.files),
        f"  {_line(kept.file)} (encrypted)",
    ]
    return "\n".join(lines)


def _line(one: FileDigest) -> str:
    return f"file   {one.name}, {one.bytes} bytes, sha256 {one.sha256}"
