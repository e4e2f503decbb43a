"""A strand of encrypted lines, all of one size, chained over what is written: the vault's, and that of the product.

The chain runs over the ciphertext, so that anybody can verify the strand without the key and learn nothing from it.
Each strand has a key of its own and binds its own name into every line, so that no line of one passes for one of another.
Decision records 0004 and 0019 tell why this cipher and this padding.
"""

from __future__ import annotations

import base64
import hmac
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import ClassVar, Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import TypeAdapter, ValidationError

from armlet.document import canonical_json, digest
from armlet.errors import SealBroken
from armlet.ledger.chain import Break
from armlet.ledger.entry import Head
from armlet.ledger.stores.durable import (
    append_as_one,
    append_durably,
    describe_recovery,
    is_unfinished,
    locked,
    set_tail_aside,
    take_back_unfinished,
    write_new_durably,
)

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
Nonces = Callable[[int], bytes]
"""Makes the nonce of an entry from its number; a real strand draws it from the operating system."""


class StrandKey:
    """The key of an encrypted strand; each strand has a kind of its own. It never prints itself."""

    __slots__ = ("_secret",)
    WHAT: ClassVar[str] = "strand key"

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise SealBroken(f"a {self.WHAT} has {KEY_BYTES} bytes; got {len(secret)}.")
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
            raise SealBroken(f"{path.name} is not a {cls.WHAT}.") from None

    def save(self, path: Path) -> None:
        """Writes the key, durably, where only its owner may read it. Raises FileExistsError where there is a file."""
        write_new_durably(path, (self._secret.hex() + "\n").encode("ascii"))

    def reveal_secret(self) -> bytes:
        """The 32 bytes themselves: to be split into shares, or sealed under the key that follows. Never to be shown."""
        return self._secret

    def is_same_as(self, other: StrandKey) -> bool:
        """Whether both are one key."""
        return hmac.compare_digest(self._secret, other.reveal_secret())

    def cipher(self) -> AESGCM:
        """The cipher that this key turns."""
        return AESGCM(self._secret)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(not shown)"


@dataclass(frozen=True, slots=True)
class EncryptedLine:
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


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the lines of one strand have in common: what it is called, and the bytes that each entry is padded to."""

    name: str
    size: int

    def decode_line(self, text: bytes) -> EncryptedLine:
        """The line that the bytes spell. Raises SealBroken where they spell none, or not in the one spelling."""
        try:
            plain = _LINE.validate_json(text)
            line = EncryptedLine(
                int(plain["seq"]),
                bytes.fromhex(str(plain["nonce"])),
                base64.b64decode(str(plain["sealed"]), validate=True),
                str(plain["previous"]),
            )
        except (ValueError, KeyError, ValidationError):
            raise SealBroken(f"a line of the {self.name} strand cannot be read.") from None
        if len(line.nonce) != NONCE_BYTES or len(line.sealed) != self.size + TAG_BYTES or line.encode() != text:
            raise SealBroken(f"{self.name} entry {line.seq} was altered.")
        return line

    def is_like(self, data: bytes) -> bool:
        """Whether the first line has the length of this strand's lines: the name is bound in, and not to be read."""
        try:
            self.decode_line(data.split(b"\n", 1)[0])
        except SealBroken:
            return False
        return True

    def seal(self, seq: int, plain: bytes, key: StrandKey, nonce: bytes, previous: str) -> EncryptedLine:
        """The entry encrypted and padded; its number and the digest before it are bound in."""
        if len(plain) > self.size:
            raise SealBroken(f"{self.name} entry {seq} is too large for its envelope.")
        sealed = key.cipher().encrypt(nonce, plain.ljust(self.size), self._bound(seq, previous))
        return EncryptedLine(seq, nonce, sealed, previous)

    def unseal(self, line: EncryptedLine, key: StrandKey) -> bytes:
        """What was sealed in a line. Raises SealBroken when the key is wrong or the line was altered."""
        try:
            return key.cipher().decrypt(line.nonce, line.sealed, self._bound(line.seq, line.previous))
        except InvalidTag:
            raise SealBroken(f"{self.name} entry {line.seq} does not open with this key.") from None

    def _bound(self, seq: int, previous: str) -> bytes:
        return f"armlet/{self.name}/1/{seq}/{previous}".encode()

    def verify(
        self, data: bytes, published: Head | None = None, after: Head | None = None
    ) -> tuple[list[EncryptedLine], list[Break]]:
        """The lines of a strand and every break in its chain; no key is needed and none is used.

        With `after`, the data are what follows the entry of that head.
        """
        lines: list[EncryptedLine] = []
        breaks: list[Break] = []
        start = after or Head()
        *texts, cut = data.split(b"\n")
        for number, text in enumerate(texts, start=start.seq + 1):
            try:
                line = self.decode_line(text)
            except SealBroken:
                breaks.append(Break(number, f"{self.name} entry {number} was altered"))
                continue
            expected = lines[-1].head if lines else start
            if not breaks and (line.seq, line.previous) != (expected.seq + 1, expected.digest):
                what = f"{self.name} entry {line.seq} does not follow from entry {expected.seq}"
                breaks.append(Break(number, what))
            lines.append(line)
        if cut:
            breaks.append(Break(start.seq + len(lines) + 1, f"the last line of the {self.name} strand was cut off"))
        if published is not None and (lines[-1].head if lines else Head()) != published:
            what = f"the {self.name} strand does not end at its published head, entry {published.seq}"
            breaks.append(Break(len(lines), what))
        return lines, breaks

    def is_altered_line(self, cut: bytes) -> bool:
        """Whether the bytes after the last line end are more than an unfinished line: no crash writes past an entry."""
        try:
            self.decode_line(cut[:-1])
        except SealBroken:
            return False
        return True


class StrandMoved(SealBroken):
    """Somebody else wrote into the strand since it was read: look again, and decide anew what to write."""


class EncryptedFile:
    """The file of an encrypted strand: what is new in it is read, and lines are appended all or none, durably.

    `recovered` tells, in words, what a crash had left behind.
    """

    def __init__(self, path: Path, envelope: Envelope) -> None:
        self.path = path
        self.recovered = ""
        self._envelope = envelope
        self._size = self._read = 0
        self._cut, self._taken_back = b"", ""

    def is_moved(self, size: int | None = None) -> bool:
        """Whether somebody else wrote since the last reading, or began to. Raises OSError where the file is gone."""
        return (self.path.stat().st_size if size is None else size) != self._size or is_unfinished(self.path)

    def read_on(self, file: FileIO, last: EncryptedLine | None) -> list[EncryptedLine]:
        """Reads, under the lock, what follows `last`, the last line that is known.

        A line cut off by a crash was never acknowledged; it is set aside by `settle`, which is to be called once what was
        read has been found to be good. Raises SealBroken where the file is not whole.
        """
        self._taken_back = take_back_unfinished(self.path, file)
        known = last.encode() + b"\n" if last is not None else b""
        head = last.head if last is not None else Head()
        file.seek(self._size - len(known))
        if file.read(len(known)) != known:
            raise SealBroken(f"{self._envelope.name} entry {head.seq} is no longer the one that was read here before.")
        data = file.readall()
        whole = data[: data.rfind(b"\n") + 1]
        lines, breaks = self._envelope.verify(whole, after=head)
        if not breaks and self._envelope.is_altered_line(data[len(whole) :]):
            breaks = self._envelope.verify(data, after=head)[1]
        if breaks:
            raise SealBroken(str(breaks[0]))
        self._read, self._cut = self._size + len(data), data[len(whole) :]
        return lines

    def settle(self, file: FileIO, last: int) -> None:
        """Takes note of what `read_on` read; `last` is the number of the last entry that is whole."""
        if self._cut:
            aside = set_tail_aside(self.path, file, self._read, self._cut)
            self.recovered = describe_recovery(self.path, last, self._cut, aside)
        self.recovered = self._taken_back or self.recovered
        self._size = self._read - len(self._cut)

    def append(self, lines: Sequence[EncryptedLine], moved: type[StrandMoved] = StrandMoved) -> None:
        """Appends lines, all or none. Raises `moved` where somebody else wrote meanwhile, OSError for a full disk."""
        spelled = b"".join(line.encode() + b"\n" for line in lines)
        with locked(self.path) as file:
            if self.is_moved(os.fstat(file.fileno()).st_size):
                raise moved(f"somebody else wrote into the {self._envelope.name} strand; look again.")
            if len(lines) > 1:
                append_as_one(self.path, file, spelled, self._size)
            else:
                append_durably(file, spelled, self._size)
        self._size += len(spelled)


def draw_nonce(_seq: int) -> bytes:
    """A nonce from the operating system."""
    return os.urandom(NONCE_BYTES)
