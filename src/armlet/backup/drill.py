"""A drill: a backup is put back into a folder that is thrown away, verified, compared, and what was found is written."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from armlet.backup.envelope import BackupKey
from armlet.backup.manifest import STRAND, FileDigest, Manifest, digest_file
from armlet.backup.restore import Opened, open_backup, put_back
from armlet.backup.strands import Comparison, check_strand, compare
from armlet.conduct.state import fold
from armlet.document import Document
from armlet.errors import LedgerBroken
from armlet.ledger.chain import verify
from armlet.ledger.event import Moment
from armlet.protocol.load import load_versions


class Step(Document):
    """One step of a drill, and how long it took: text, since a duration is no figure to compute with."""

    what: str
    seconds: str


class DrillRecord(Document):
    """What a drill found. `against` is how the backup stands to the live strand; `passed` whether all was well."""

    drill: Literal[1] = 1
    at: Moment
    backup: FileDigest
    manifest: Manifest
    steps: tuple[Step, ...]
    against: str | None = None
    vault: str | None = None
    passed: bool

    def render(self) -> str:
        """The record on one page."""
        manifest = self.manifest
        lines = [
            f"Drill: a backup was put back, {'and all was well' if self.passed else 'AND SOMETHING IS WRONG'}.",
            "",
            f"  when           {self.at.isoformat()}",
            f"  backup         {self.backup.name}, {self.backup.bytes} bytes, sha256 {self.backup.sha256}",
            f"  made           {manifest.made.isoformat()} by Armlet {manifest.program}, {manifest.side} side",
            f"  trial          {manifest.trial or 'not told by this side'}",
            f"  head           {manifest.strand_head}",
            *(f"  file           {one.name}, {one.bytes} bytes, sha256 {one.sha256}" for one in manifest.files),
            f"  live strand    {self.against or 'not compared'}",
            *([f"  vault          {self.vault}"] if self.vault else []),
            "",
            *(f"  {one.seconds:>9} s    {one.what}" for one in self.steps),
            "",
            "Done by ____________________   Seen by ____________________",
        ]
        return "\n".join(lines) + "\n"


@dataclass
class _Watch:
    """Times the steps by a clock that only runs forward."""

    tick: Callable[[], float]
    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        began = self.tick()
        yield
        self.steps.append(Step(what=what, seconds=f"{self.tick() - began:.3f}"))


OpenVault = Callable[[Path], tuple[str, bool]]
"""Opens the sealed strand at a path and says, in words without an arm, what was found and whether it is well."""


def drill(
    file: Path, key: BackupKey, at: datetime, tick: Callable[[], float], live: Path | None, look: OpenVault | None
) -> DrillRecord:
    """Puts the backup back where nobody works with it, and looks at all of it. Raises as a restore does."""
    watch = _Watch(tick)
    data = file.read_bytes()
    with watch.step("decrypted, and held against its manifest"):
        opened = open_backup(data, key, str(file))
    against: Comparison | None = None
    vault, is_well = None, True
    with tempfile.TemporaryDirectory(prefix="armlet-drill-") as name:
        folder = Path(name) / "restored"
        with watch.step("put back, durably"):
            put_back(opened, folder, at)
        with watch.step("read from the disk and verified"):
            _check_folder(opened, folder)
        if look is not None:
            with watch.step("opened with the vault's key, and every draw made again"):
                vault, is_well = look(folder / STRAND[opened.manifest.side])
    if live is not None:
        with watch.step("compared with the live strand"):
            against = compare(opened.strand, live.read_bytes())
    return DrillRecord(
        at=at,
        backup=digest_file(file.name, data),
        manifest=opened.manifest,
        steps=tuple(watch.steps),
        against=None if against is None else str(against),
        vault=vault,
        passed=is_well and (against is None or against.is_good),
    )


def _check_folder(opened: Opened, folder: Path) -> None:
    """What stands on the disk is the backup's, and (of the open side) can be gone on from under its protocol."""
    side = opened.manifest.side
    for name, data in opened.files.items():
        if (folder / name).read_bytes() != data:
            raise LedgerBroken(f"{name} is not on the disk as it was put back.")
    check_strand(side, (folder / STRAND[side]).read_bytes(), STRAND[side])
    if side == "open":
        state = fold(verify((folder / STRAND[side]).read_bytes()).entries)
        here = {one.digest() for one in load_versions(folder, all_of_them=False)}
        if opened.manifest.protocol not in here or state.protocol_digest not in {"", *here}:
            raise LedgerBroken("the protocol of the backup is not the one that its ledger names.")
