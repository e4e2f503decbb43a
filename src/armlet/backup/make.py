"""Making a backup: read between two appends, verified, encrypted, written, read back and verified again.

Who makes it has the recipient's public key only and could not read it back. So it is encrypted to a second key as well,
which lives for the length of this act in memory alone and is forgotten; the reading back is by that one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from armlet import __version__
from armlet.backup.envelope import BackupKey, encrypt, pack
from armlet.backup.manifest import (
    MANIFEST,
    RECORD,
    SCENARIO,
    STRAND,
    KeptManifest,
    Manifest,
    Side,
    digest_file,
)
from armlet.backup.restore import open_backup
from armlet.backup.strands import check_strand
from armlet.errors import Fault, InputError
from armlet.export.package import PROTOCOL
from armlet.issues import error
from armlet.ledger.stores.durable import append_durably, locked, read_settled, sync_folder
from armlet.protocol.load import VERSIONS, load_versions


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into a backup, with its manifest."""

    manifest: Manifest
    files: dict[str, bytes]


def collect_open(ledger: Path, trial: Path, at: datetime) -> Contents:
    """The open side. Raises LedgerBroken for a strand that is not whole, InputError for another trial's folder."""
    files = {STRAND["open"]: _read(ledger)}
    found = check_strand("open", files[STRAND["open"]], str(ledger))
    kept = [trial / PROTOCOL, trial / RECORD, trial / SCENARIO, *trial.glob(VERSIONS)]
    files |= {path.name: path.read_bytes() for path in kept if path.is_file()}
    if (found.trial, found.protocol) not in {(one.id, one.digest()) for one in load_versions(trial, all_of_them=False)}:
        message = "no version here is the protocol that the ledger's last entry names."
        fix = "Name the folder with the protocol as it was adopted."
        raise InputError([error("backup/other-protocol", str(trial), message, fix)])
    contents = _contents("open", files, at)
    return replace(contents, manifest=contents.manifest.model_copy(update={"protocol": found.protocol}))


def collect_sealed(strand: Path, at: datetime) -> Contents:
    """The sealed side; nothing is opened. Raises SealBroken for a strand that is not whole."""
    return _contents("sealed", {STRAND["sealed"]: _read(strand)}, at)


def collect_product(strand: Path, at: datetime) -> Contents:
    """The product's side; nothing is opened. Raises SealBroken for a strand that is not whole."""
    return _contents("product", {STRAND["product"]: _read(strand)}, at)


def _contents(side: Side, files: dict[str, bytes], at: datetime) -> Contents:
    found = check_strand(side, files[STRAND[side]], STRAND[side])
    manifest = Manifest(
        side=side,
        made=at,
        program=__version__,
        entries=found.head.seq,
        head=found.head.digest,
        trial=found.trial,
        files=tuple(digest_file(name, data) for name, data in files.items()),
    )
    return Contents(manifest, files)


def _read(strand: Path) -> bytes:
    if not strand.is_file():
        raise InputError([error("backup/no-strand", str(strand), "there is no strand here.", "Check the name.")])
    data, is_half_done = read_settled(strand)
    if is_half_done:
        message = "an append of several entries was interrupted; the last entries may be a part of it."
        fix = "Open the strand once with the program, which keeps all of them or none."
        raise InputError([error("backup/unfinished", str(strand), message, fix)])
    return data


def write_backup(contents: Contents, public: str, target: Path) -> KeptManifest:
    """Writes the backup and, beside it, its manifest: both, or neither that could be taken for one.

    Raises InputError where there is a file of that name, Fault where what was written does not read back as it was.
    """
    passing = BackupKey.generate()
    plain = {MANIFEST: contents.manifest.canonical() + b"\n", **contents.files}
    data = encrypt(pack(plain, int(contents.manifest.made.timestamp())), [public, passing.public])
    kept = KeptManifest(**dict(contents.manifest), file=digest_file(target.name, data))
    part = target.with_name(f".{target.name}.part")
    with locked(part) as file:
        try:
            _refuse_existing(target)
            part.chmod(0o600)
            file.truncate(0)
            append_durably(file, data, 0)
            _read_back(part, passing, contents)
            _write_beside(target, kept)
            _link(part, target)
        finally:
            part.unlink(missing_ok=True)
    sync_folder(target.parent)
    return kept


def manifest_of(target: Path) -> Path:
    """Where the manifest of a backup is kept."""
    return target.with_name(f"{target.name}.manifest.json")


def _refuse_existing(target: Path) -> None:
    if target.exists():
        message, fix = "there is a file of this name; nothing is overwritten.", "Name a new file for each backup."
        raise InputError([error("backup/exists", str(target), message, fix)])


def _read_back(part: Path, passing: BackupKey, contents: Contents) -> None:
    try:
        found = open_backup(part.read_bytes(), passing, str(part))
        is_as_written = (found.manifest, found.files) == (contents.manifest, contents.files)
    except InputError:
        is_as_written = False
    if not is_as_written:
        raise Fault(f"{part}: what was written is not what is read back; no backup was made.")


def _write_beside(target: Path, kept: KeptManifest) -> None:
    """The manifest first: without its backup it misleads nobody, and the next attempt replaces it."""
    beside = manifest_of(target)
    part = beside.with_name(f".{beside.name}.part")
    with locked(part) as file:
        try:
            file.truncate(0)
            append_durably(file, kept.canonical() + b"\n", 0)
            part.replace(beside)
        finally:
            part.unlink(missing_ok=True)


def _link(part: Path, target: Path) -> None:
    try:
        os.link(part, target)
    except FileExistsError:
        _refuse_existing(target)
