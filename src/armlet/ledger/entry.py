"""The envelope of an event in the open strand, and its one spelling on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import Field, ValidationError

from armlet.document import Document, canonical_json, digest
from armlet.ledger.events import AnyOpenEvent, Moment, OpenEvent, SealedBox
from armlet.ledger.upcasting import STEPS, Step, bring_up_to_date
from armlet.protocol.model import Role

GENESIS: Final = "sha256:" + "0" * 64
"""What the first entry names as the digest before it."""


class Entry(Document):
    """One event with who, when and under which protocol; `previous` chains it to the entry before.

    `occurred` is when it happened, on the clock of the place where it did; `recorded` is when it was written (UTC).
    `reason` is why something was changed. `key` and `asked` are of the act that the entry belongs to: the key by which
    who asked can ask again and get the same answer, and the digest of what was asked. `salt` is chance, so that words
    which are redacted later cannot be guessed from the digest. `held` is what an unblinded role wrote, for the vault
    alone, until it was checked; its places in the event say so.
    """

    seq: int = Field(ge=1)
    occurred: Moment
    recorded: Moment
    actor: str = Field(min_length=1)
    role: Role
    reason: str | None = None
    protocol: str
    key: str | None = Field(default=None, min_length=1, max_length=100)
    asked: str | None = None
    salt: str | None = Field(default=None, pattern=r"^[0-9a-f]{32}$")
    held: SealedBox | None = None
    event: AnyOpenEvent
    previous: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where a strand ends: its last sequence number (0 when empty) and digest. Published, it shows a cut tail."""

    seq: int = 0
    digest: str = GENESIS

    def __str__(self) -> str:
        return f"{self.seq} {self.digest}"


@dataclass(frozen=True, slots=True)
class Chained:
    """An entry with its digest, as it stands in a strand.

    `older` holds the canonical bytes that were written where they spell an older version of the event; else None.
    `is_unaltered` says whether the content gives the digest; of what this program chained itself it always does.
    """

    entry: Entry
    digest: str
    older: bytes | None = None
    is_unaltered: bool = True

    def canonical(self) -> bytes:
        """The bytes that the digest is over: the entry's canonical JSON as it was written."""
        return self.entry.canonical() if self.older is None else self.older

    @property
    def seq(self) -> int:
        """The entry's number."""
        return self.entry.seq

    @property
    def event(self) -> OpenEvent:
        """What happened."""
        return self.entry.event

    @property
    def head(self) -> Head:
        """The head of a strand that ends here."""
        return Head(self.entry.seq, self.digest)


def chain(entry: Entry) -> Chained:
    """The entry with the digest of its canonical spelling."""
    return Chained(entry, digest(entry.canonical()))


def encode(chained: Chained) -> bytes:
    """One line of the strand's file, without its line end: the entry's canonical JSON with its digest."""
    return _with_digest(chained.canonical(), chained.digest)


_EVENT: Final = b',"event":'
"""Stands once in an entry's canonical JSON, before the event: inside a text its quotation marks would be escaped."""


def _with_digest(canonical: bytes, stated: str) -> bytes:
    """The digest at its place in the order of the keys, which is before the event."""
    return canonical.replace(_EVENT, b',"digest":' + canonical_json(stated) + _EVENT, 1)


class UnreadableLineError(ValueError):
    """The line is not an entry; the message says what is wrong with it, in plain words."""


def decode(line: bytes, steps: Mapping[tuple[str, int], Step] = STEPS) -> Chained:
    """The entry that a line spells, its event brought up to date by the steps.

    Raises UnreadableLineError where it is none or is not spelled canonically.
    """
    try:
        plain = json.loads(line)
        stated = str(plain.pop("digest"))
        event = plain["event"]
        newest = bring_up_to_date(event, steps)
        written = canonical_json(plain)
        older = None if newest is event else written
        entry = Entry.model_validate_json(written if older is None else canonical_json({**plain, "event": newest}))
        is_canonical = (older is not None or entry.canonical() == written) and _with_digest(written, stated) == line
    except (ValueError, KeyError, AttributeError, TypeError, ValidationError, RecursionError) as problem:
        raise UnreadableLineError("the line cannot be read as an entry") from problem
    if not is_canonical:
        raise UnreadableLineError("the line is not in the one spelling that entries have")
    return Chained(entry, stated, older, digest(written) == stated)
