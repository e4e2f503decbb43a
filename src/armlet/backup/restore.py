"""Putting a backup back: everything is verified in memory before anything is written, and it is there at once or not.

A sealed strand that is put back may be older than what was handed out. So a mark lies beside it from the first moment,
and the vault gives no slot before it is reconciled (`armlet.allocation.restored`, decision record 0014).
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from armlet.allocation.restored import mark_of
from armlet.backup.envelope import BackupKey, unpack
from armlet.backup.manifest import MANIFEST, MAY_HOLD, STRAND, Manifest, find_differences
from armlet.backup.strands import check_strand
from armlet.errors import InputError
from armlet.issues import error
from armlet.ledger.sealed import VaultRestored
from armlet.ledger.stores.durable import sync_folder, write_new_durably


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """A backup that was opened and is whole: what it says of itself, and its files by name."""

    manifest: Manifest
    files: dict[str, bytes]

    @property
    def strand(self) -> bytes:
        """The bytes of its strand."""
        return self.files[STRAND[self.manifest.side]]


def open_backup(data: bytes, key: BackupKey, where: str) -> Opened:
    """The backup in the bytes of a file. Writes nothing.

    Raises InputError for a wrong key and for what was altered or cut; LedgerBroken or SealBroken for a broken strand.
    """
    files = unpack(key.decrypt(data, where), where)
    try:
        manifest = Manifest.model_validate_json(files.pop(MANIFEST, b""))
    except ValidationError:
        message = "it has no manifest that this version can read."
        raise InputError([error("restore/damaged", where, message, "Was it made by a newer version?")]) from None
    differences = find_differences(manifest, files)
    if differences:
        message = f"it is not what its manifest says: {differences[0]}."
        raise InputError([error("restore/damaged", where, message, "Fetch another copy; nothing was put back.")])
    found = check_strand(manifest.side, files[STRAND[manifest.side]], where)
    if found.head != manifest.strand_head:
        message = f"its strand ends at entry {found.head.seq}, its manifest says {manifest.entries}."
        raise InputError([error("restore/damaged", where, message, "Fetch another copy; nothing was put back.")])
    return Opened(manifest, files)


def put_back(opened: Opened, folder: Path, at: datetime) -> None:
    """Makes the folder with the files of the backup, all at once. Raises InputError where it holds anything."""
    refuse_existing(folder)
    staging = folder.with_name(f".{folder.name}.restoring")
    _clear(staging)
    staging.mkdir(mode=0o700, parents=True)
    try:
        for name, data in _with_mark(opened, at).items():
            path = staging / name
            path.parent.mkdir(mode=0o700, exist_ok=True)
            write_new_durably(path, data)
            sync_folder(staging)
        staging.rename(folder)
    finally:
        _clear(staging)
    sync_folder(folder.parent)


def refuse_existing(folder: Path) -> None:
    """Raises InputError where there is anything: nothing is overwritten and nothing is mixed."""
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        message = "there is something here already; nothing is overwritten."
        raise InputError([error("restore/exists", str(folder), message, "Name a new folder.")])


def _with_mark(opened: Opened, at: datetime) -> dict[str, bytes]:
    """The files to write; of the sealed side the mark first."""
    if opened.manifest.side != "sealed":
        return opened.files
    manifest, strand = opened.manifest, Path(STRAND["sealed"])
    mark = VaultRestored(entries=manifest.entries, head=manifest.head, backed_up=manifest.made, at=at)
    return {mark_of(strand).as_posix(): mark.canonical(), **opened.files}


def _clear(staging: Path) -> None:
    """Removes what an attempt that was killed has left, and nothing that no attempt makes."""
    if not staging.is_dir():
        return
    made = {*MAY_HOLD["open"], *MAY_HOLD["sealed"], *MAY_HOLD["product"], mark_of(Path(STRAND["sealed"])).as_posix()}
    found = {path.relative_to(staging).as_posix() for path in staging.rglob("*") if not path.is_dir()}
    if found - made:
        message = f"it holds {min(found - made)}, which no restore leaves behind."
        raise InputError([error("restore/exists", str(staging), message, "Look at it, and remove it yourself.")])
    shutil.rmtree(staging)
