"""The product strand: encrypted like the vault's, with a key of its own, and with room for a longer entry.

The cell laboratory and the pharmacist hold this key and never the vault's; the randomisation statistician the other way
round. So what is grown for whom is read by those who make it, and the slots that nobody has yet are not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from io import FileIO
from pathlib import Path
from typing import ClassVar, Final

from pydantic import Field, ValidationError

from armlet.document import Document, canonical_json
from armlet.errors import SealBroken
from armlet.ledger.chain import Break
from armlet.ledger.encrypted import EncryptedFile, EncryptedLine, Envelope, Nonces, StrandKey, StrandMoved, draw_nonce
from armlet.ledger.entry import Head
from armlet.ledger.event import Moment
from armlet.ledger.product_events import AnyProductEvent
from armlet.ledger.stores.durable import locked
from armlet.protocol.model import Role

SIZE: Final = 4096
"""Every entry is padded to this many bytes: a lot of many containers is longer than anything in the vault."""
ENVELOPE: Final = Envelope("product", SIZE)
ProductStrandMoved = StrandMoved


class ProductKey(StrandKey):
    """The key of a product strand. It never prints itself."""

    __slots__ = ()
    WHAT: ClassVar[str] = "product key"


class ProductEntry(Document):
    """What is encrypted: one event of the product, when it happened and was written, by whom, in which role.

    `key` and `asked` are of whoever asked: the same asked again under its key is answered as before.
    """

    seq: int = Field(ge=1)
    occurred: Moment
    recorded: Moment
    actor: str = Field(min_length=1, max_length=200)
    role: Role
    reason: str | None = Field(default=None, max_length=500)
    key: str | None = Field(default=None, max_length=100)
    asked: str | None = None
    event: AnyProductEvent

    def __repr__(self) -> str:
        return f"ProductEntry({self.seq}, not shown)"

    __str__ = __repr__

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        return iter(())

    def spell(self) -> bytes:
        """The bytes that are padded and encrypted."""
        return canonical_json(json.loads(self.model_dump_json(exclude_none=True, by_alias=True)))


def open_line(line: EncryptedLine, key: ProductKey) -> ProductEntry:
    """The entry in a line. Raises SealBroken when the key is wrong or the line was altered."""
    try:
        return ProductEntry.model_validate_json(ENVELOPE.unseal(line, key))
    except ValidationError:
        raise SealBroken(f"product entry {line.seq} does not open with this key.") from None


def verify_product(data: bytes, published: Head | None = None) -> tuple[list[EncryptedLine], list[Break]]:
    """The lines of a product strand and every break in its chain; no key is needed and none is used."""
    return ENVELOPE.verify(data, published)


class ProductStrand:
    """The strand with its key in it; kept in memory and, when it has a path, appended to a file as well."""

    def __init__(self, key: ProductKey, path: Path | None = None, nonces: Nonces = draw_nonce) -> None:
        """Opens the strand at `path` (none: a new one in memory). Raises SealBroken when it is not whole."""
        self._key, self._nonces = key, nonces
        self._file = None if path is None else EncryptedFile(path, ENVELOPE)
        self._lines: list[EncryptedLine] = []
        self._entries: list[ProductEntry] = []
        if path is not None and path.exists():
            with locked(path) as file:
                self._catch_up(file)

    def __repr__(self) -> str:
        return f"ProductStrand({len(self._lines)} entries, not shown)"

    @property
    def recovered(self) -> str:
        """What a crash had left behind when it was opened or looked at, in words; "" where nothing."""
        return self._file.recovered if self._file is not None else ""

    def look_again(self) -> None:
        """Reads and opens what others wrote since, and only that. Raises SealBroken, OSError where the file is gone."""
        if self._file is not None and self._lines and self._file.is_moved():
            with locked(self._file.path) as file:
                self._catch_up(file)

    def _catch_up(self, file: FileIO) -> None:
        assert self._file is not None  # there is no lock to hold otherwise
        lines = self._file.read_on(file, self._lines[-1] if self._lines else None)
        self._entries.extend(open_line(line, self._key) for line in lines)
        self._lines.extend(lines)
        self._file.settle(file, len(self._lines))

    def head(self) -> Head:
        """Where the strand ends."""
        return self._lines[-1].head if self._lines else Head()

    def entries(self, after: int = 0) -> Sequence[ProductEntry]:
        """The entries, from the one after a number on."""
        return self._entries[after:]

    def append(self, entries: Sequence[ProductEntry]) -> None:
        """Appends entries, all or none, durably where there is a file.

        Raises StrandMoved where somebody else wrote since the last look, OSError where the disk does not take it.
        """
        head, lines = self.head(), list[EncryptedLine]()
        for entry in entries:
            lines.append(ENVELOPE.seal(entry.seq, entry.spell(), self._key, self._nonces(entry.seq), head.digest))
            head = lines[-1].head
        if self._file is not None:
            self._file.append(lines)
        self._lines.extend(lines)
        self._entries.extend(entries)

    def detached(self) -> ProductStrand:
        """The same strand in memory only: what is written into it from now on leaves the file as it is."""
        copy = ProductStrand(self._key, None, self._nonces)
        copy._lines, copy._entries = list(self._lines), list(self._entries)
        return copy

    def as_bytes(self) -> bytes:
        """The strand as it is written to a file."""
        return b"".join(line.encode() + b"\n" for line in self._lines)
