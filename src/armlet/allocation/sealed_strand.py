"""The sealed strand: the vault's entries, each encrypted and all of one size, chained over what is written.

The chain runs over the ciphertext, so that anybody can verify the strand without the key and learn nothing from it.
Decision record 0004 tells why this cipher, this padding, and why the open strand names no digest of it before the lock.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import Field, TypeAdapter, ValidationError

from armlet.document import Document, canonical_json, digest
from armlet.errors import SealBroken
from armlet.ledger.chain import Break
from armlet.ledger.entry import Head
from armlet.ledger.event import Moment
from armlet.ledger.sealed import AnySealedEvent, KeyRotated, SealedEvent
from armlet.ledger.stores.durable import write_new_durably

SIZE: Final = 2048
"""Every entry is padded to this many bytes before it is encrypted, so that no size tells what it holds."""

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
Nonces = Callable[[int], bytes]
"""Makes the nonce of an entry from its number; a real vault draws it from the operating system."""


class VaultKey:
    """The key of a vault. It never prints itself."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise SealBroken(f"a vault key has {KEY_BYTES} bytes; got {len(secret)}.")
        self._secret = secret

    @classmethod
    def generate(cls) -> Self:
        """A new key from the operating system."""
        return cls(os.urandom(KEY_BYTES))

    @classmethod
    def load(cls, path: Path) -> Self:
        """The key in a file of hexadecimal digits. Raises SealBroken where it is none."""
        try:
            return cls(bytes.fromhex(path.read_text("ascii").strip()))
        except (OSError, ValueError):
            raise SealBroken(f"{path.name} is not a vault key.") from None

    def save(self, path: Path) -> None:
        """Writes the key, durably, where only its owner may read it. Raises FileExistsError where there is a file."""
        write_new_durably(path, (self._secret.hex() + "\n").encode("ascii"))

    def reveal_secret(self) -> bytes:
        """The 32 bytes themselves: to be split into shares, or sealed under the key that follows. Never to be shown."""
        return self._secret

    def is_same_as(self, other: VaultKey) -> bool:
        """Whether both are one key."""
        return hmac.compare_digest(self._secret, other.reveal_secret())

    def cipher(self) -> AESGCM:
        """The cipher that this key turns."""
        return AESGCM(self._secret)

    def __repr__(self) -> str:
        return "VaultKey(not shown)"


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


@dataclass(frozen=True, slots=True)
class SealedLine:
    """One line of the strand as it is written: all that can be seen without the key."""

    seq: int
    nonce: bytes
    sealed: bytes
    previous: str

    def _spell(self) -> dict[str, str | int]:
        return {
            "seq": self.seq,
            "nonce": self.nonce.hex(),
            "sealed": base64.b64encode(self.sealed).decode("ascii"),
            "previous": self.previous,
        }

    @property
    def digest(self) -> str:
        """The digest of the line, which the next one names."""
        return digest(canonical_json(self._spell()))

    def encode(self) -> bytes:
        """The line without its line end."""
        return canonical_json({**self._spell(), "digest": self.digest})

    @property
    def head(self) -> Head:
        """The head of a strand that ends here."""
        return Head(self.seq, self.digest)


_LINE: Final = TypeAdapter(dict[str, str | int])


def decode_line(text: bytes) -> SealedLine:
    """The line that the bytes spell. Raises SealBroken where they spell none, or not in the one spelling."""
    try:
        plain = _LINE.validate_json(text)
        line = SealedLine(
            int(plain["seq"]),
            bytes.fromhex(str(plain["nonce"])),
            base64.b64decode(str(plain["sealed"]), validate=True),
            str(plain["previous"]),
        )
    except (ValueError, KeyError, ValidationError):
        raise SealBroken("a line of the sealed strand cannot be read.") from None
    if len(line.nonce) != NONCE_BYTES or line.encode() != text:
        raise SealBroken(f"sealed entry {line.seq} was altered.")
    return line


def seal(entry: SealedEntry, key: VaultKey, nonce: bytes, previous: str) -> SealedLine:
    """The entry encrypted and padded; its number and the digest before it are bound in."""
    plain = canonical_json(json.loads(entry.model_dump_json(exclude_none=True)))
    if len(plain) > SIZE:
        raise SealBroken(f"sealed entry {entry.seq} is too large for its envelope.")
    sealed = key.cipher().encrypt(nonce, plain.ljust(SIZE), _bound(entry.seq, previous))
    return SealedLine(entry.seq, nonce, sealed, previous)


def unseal_line(line: SealedLine, key: VaultKey) -> SealedEntry:
    """The entry in a line. Raises SealBroken when the key is wrong or the line was altered."""
    try:
        plain = key.cipher().decrypt(line.nonce, line.sealed, _bound(line.seq, line.previous))
        return SealedEntry.model_validate_json(plain)
    except (InvalidTag, ValidationError):
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


def _bound(seq: int, previous: str) -> bytes:
    return f"armlet/sealed/1/{seq}/{previous}".encode()


def verify_sealed(
    data: bytes, published: Head | None = None, after: Head | None = None
) -> tuple[list[SealedLine], list[Break]]:
    """The lines of a sealed strand and every break in its chain; no key is needed and none is used.

    With `after`, the data are what follows the entry of that head.
    """
    lines: list[SealedLine] = []
    breaks: list[Break] = []
    start = after or Head()
    *texts, cut = data.split(b"\n")
    for number, text in enumerate(texts, start=start.seq + 1):
        try:
            line = decode_line(text)
        except SealBroken:
            breaks.append(Break(number, f"sealed entry {number} was altered"))
            continue
        expected = lines[-1].head if lines else start
        if not breaks and (line.seq, line.previous) != (expected.seq + 1, expected.digest):
            breaks.append(Break(number, f"sealed entry {line.seq} does not follow from entry {expected.seq}"))
        lines.append(line)
    if cut:
        breaks.append(Break(start.seq + len(lines) + 1, "the last line of the sealed strand was cut off"))
    if published is not None and (lines[-1].head if lines else Head()) != published:
        breaks.append(Break(len(lines), f"the sealed strand does not end at its published head, entry {published.seq}"))
    return lines, breaks


def draw_seed() -> bytes:
    """A seed of 32 bytes from the operating system, for every draw of a trial."""
    return os.urandom(KEY_BYTES)


def draw_nonce(_seq: int) -> bytes:
    """A nonce from the operating system."""
    return os.urandom(NONCE_BYTES)


__all__ = [
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
