"""What a backup holds: every file with its size and digest, where the strand ended, and when it was made."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field

from armlet.document import Document
from armlet.export.package import OPEN, PRODUCT, PROTOCOL, SEALED
from armlet.ledger.entry import Head
from armlet.ledger.event import Moment

Side = Literal["open", "sealed", "product"]
MANIFEST: Final = "manifest.json"
RECORD: Final = "record.json"
SCENARIO: Final = "scenario.yaml"
STRAND: Final[Mapping[Side, str]] = {
    "open": OPEN.as_posix(),
    "sealed": SEALED.as_posix(),
    "product": PRODUCT.as_posix(),
}
"""The file of the strand in a backup of each side."""
MAY_HOLD: Final[Mapping[Side, frozenset[str]]] = {
    "open": frozenset({OPEN.as_posix(), PROTOCOL.as_posix(), RECORD, SCENARIO}),
    "sealed": frozenset({SEALED.as_posix()}),
    "product": frozenset({PRODUCT.as_posix()}),
}
"""Nothing else is ever put back but `A_VERSION`: a backup cannot name a place of its own choice."""
A_VERSION: Final = re.compile(r"protocol-[A-Za-z0-9][A-Za-z0-9._-]*\.yaml")
"""What another version of the protocol is called, beside the first, on the open side."""


class FileDigest(Document):
    """One file: its name in the backup, how many bytes, and their SHA-256."""

    name: str
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(Document):
    """What the backup is of. `trial` and `protocol` are told by the open side only; the others do not say.

    `entries` and `head` are those of its strand, `program` the version that made it.
    """

    backup: Literal[1] = 1
    side: Side
    made: Moment
    program: str
    entries: int = Field(ge=1)
    head: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    trial: str | None = None
    protocol: str | None = None
    files: tuple[FileDigest, ...]

    @property
    def strand_head(self) -> Head:
        """Where its strand ended."""
        return Head(self.entries, self.head)


class KeptManifest(Manifest):
    """The manifest beside a backup: with the encrypted file itself, so that it can be checked without any key."""

    file: FileDigest


def digest_file(name: str, data: bytes) -> FileDigest:
    """The line of a file in a manifest."""
    return FileDigest(name=name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


def find_differences(manifest: Manifest, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """How the files differ from what the manifest says, in words; empty where they are what it says."""
    said = {one.name: one for one in manifest.files}
    unfit = sorted(name for name in {*said, *files} if not _may_hold(manifest.side, name))
    missing = sorted(said.keys() - files.keys())
    added = sorted(files.keys() - said.keys())
    altered = sorted(name for name in said.keys() & files.keys() if digest_file(name, files[name]) != said[name])
    found = (("does not belong", unfit), ("is missing", missing), ("is not listed", added), ("was altered", altered))
    no_strand = () if STRAND[manifest.side] in files else (f"there is no {STRAND[manifest.side]}",)
    return (*(f"{name} {what}" for what, names in found for name in names), *no_strand)


def _may_hold(side: Side, name: str) -> bool:
    return name in MAY_HOLD[side] or (side == "open" and A_VERSION.fullmatch(name) is not None)
