"""The sealed strand: the vault's entries, each encrypted and all of one size, chained over what is written.

The chain runs over the ciphertext, so that anybody can verify the strand without the key and learn nothing from it.
Decision record 0004 tells why this cipher, this padding, and why the open strand names no digest of it before the lock.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from pydantic import Field, ValidationError

from armlet.document import Document, canonical_json
from armlet.errors import SealBroken
from armlet.ledger.chain import Break
from armlet.ledger.encrypted import KEY_BYTES, NONCE_BYTES, EncryptedLine, Envelope, Nonces, StrandKey, draw_nonce
from armlet.ledger.entry import Head
from armlet.ledger.event import Moment
from armlet.ledger.sealed import AnySealedEvent, KeyRotated, SealedEvent

SIZE: Final = 2048
"""Every entry is padded to this many bytes before it is encrypted, so that no size tells what it holds."""
ENVELOPE: Final = Envelope("sealed", SIZE)
SealedLine = EncryptedLine


class VaultKey(StrandKey):
    """The key of a vault. It never prints itself."""

    __slots__ = ()
    WHAT: ClassVar[str] = "vault key"


class SealedEntry(Document):
    """What is encrypted: one sealed event, when it was written and by whom."""

    seq: int = Field(ge=1)
    recorded: Moment
    actor: str
    event: AnySealedEvent

    def __repr__(self) -> str:
        return f"SealedEntry({self.seq}, not shown)"

    __str__ = __repr__

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        return iter(())


def decode_line(text: bytes) -> SealedLine:
    """The line that the bytes spell. Raises SealBroken where they spell none, or not in the one spelling."""
    return ENVELOPE.decode_line(text)


def seal(entry: SealedEntry, key: VaultKey, nonce: bytes, previous: str) -> SealedLine:
    """The entry encrypted and padded; its number and the digest before it are bound in."""
    plain = canonical_json(json.loads(entry.model_dump_json(exclude_none=True)))
    return ENVELOPE.seal(entry.seq, plain, key, nonce, previous)


def unseal_line(line: SealedLine, key: VaultKey) -> SealedEntry:
    """The entry in a line. Raises SealBroken when the key is wrong or the line was altered."""
    try:
        return SealedEntry.model_validate_json(ENVELOPE.unseal(line, key))
    except ValidationError:
        raise SealBroken(f"sealed entry {line.seq} does not open with this key.") from None


def unseal_all(lines: Sequence[SealedLine], key: VaultKey, known: Sequence[SealedLine] = ()) -> tuple[SealedEntry, ...]:
    """The entries of a strand, opened from its end with the newest key: each rotation gives the key before it.

    `known` are lines before these that were opened already; they only help to say why one does not open.
    Raises SealBroken for a wrong or an older key, a missing one, and an altered line.
    """
    entries: list[SealedEntry] = []
    newest, rotated = key, 0
    for line in reversed(lines):
        try:
            entry = unseal_line(line, key)
        except SealBroken:
            raise SealBroken(_why_it_stays_shut([*known, *lines], line, newest, rotated)) from None
        entries.append(entry)
        if isinstance(entry.event, KeyRotated):
            key, rotated = VaultKey(bytes.fromhex(entry.event.previous)), line.seq
    return tuple(reversed(entries))


def _why_it_stays_shut(lines: Sequence[SealedLine], shut: SealedLine, key: VaultKey, rotated: int) -> str:
    """In words: a generation is missing, the key is an older one, or it is none of this strand."""
    if rotated:
        return (
            f"sealed entry {shut.seq} does not open with the key that the rotation in entry {rotated} holds: "
            "a generation of the vault's key is missing, or the entry was altered."
        )
    if not any(_opens(line, key) for line in lines):
        return f"sealed entry {lines[0].seq} does not open with this key: it is no key of this strand."
    if shut is lines[-1]:
        return (
            f"sealed entry {shut.seq} does not open with this key: it is an older key of this vault, from before a "
            "rotation, or the entry was altered. Use the newest key."
        )
    return f"sealed entry {shut.seq} does not open with this key: the entry was altered."


def _opens(line: SealedLine, key: VaultKey) -> bool:
    try:
        unseal_line(line, key)
    except SealBroken:
        return False
    return True


def verify_sealed(
    data: bytes, published: Head | None = None, after: Head | None = None
) -> tuple[list[SealedLine], list[Break]]:
    """The lines of a sealed strand and every break in its chain; no key is needed and none is used.

    With `after`, the data are what follows the entry of that head.
    """
    return ENVELOPE.verify(data, published, after)


def draw_seed() -> bytes:
    """A seed of 32 bytes from the operating system, for every draw of a trial."""
    return os.urandom(KEY_BYTES)


__all__ = [
    "NONCE_BYTES",
    "Nonces",
    "SealedEntry",
    "SealedEvent",
    "SealedLine",
    "VaultKey",
    "decode_line",
    "draw_nonce",
    "draw_seed",
    "seal",
    "unseal_all",
    "unseal_line",
    "verify_sealed",
]
