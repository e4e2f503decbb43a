"""The envelope of an event in the open strand, and its one spelling on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import Field, ValidationError

from armlet.document import Document, canonical_json, digest
from armlet.ledger.event import Moment, SealedBox
from armlet.ledger.events import AnyOpenEvent, OpenEvent
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
        alone, until it was checked; its places in the event say so. `redacted` are the fields whose words were taken out
    (`armlet.ledger.redaction`); the digest is then that of what stood there before.
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
    redacted: tuple[str, ...] | None = Field(default=None, min_length=1)
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
    `kept` is the digest of what is left of a redacted entry, whose own digest no content gives; else "".
    """

    entry: Entry
    digest: str
    older: bytes | None = None
    is_unaltered: bool = True
    kept: str = ""

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


def spell(entry: Entry) -> tuple[Chained, bytes]:
    """`chain` and `encode` in one: the entry with its digest, and its line. It is put into canonical JSON only once."""
    canonical = entry.canonical()
    chained = Chained(entry, digest(canonical))
    return chained, spell_line(canonical, chained.digest)


def encode(chained: Chained) -> bytes:
    """One line of the strand's file, without its line end: the entry's canonical JSON with its digest."""
    return spell_line(chained.canonical(), chained.digest)


_EVENT: Final = b',"event":'
"""Stands once in an entry's canonical JSON, before the event: inside a text its quotation marks would be escaped."""


def spell_line(canonical: bytes, stated: str) -> bytes:
    """The digest at its place in the order of the keys, which is before the event."""
    return canonical.replace(_EVENT, b',"digest":' + canonical_json(stated) + _EVENT, 1)


class UnreadableLineError(ValueError):
    """The line is not an entry; the message says what is wrong with it, in plain words."""


_SHAPES: Final[dict[frozenset[str], set[str]]] = {}
"""The sets of fields that documents were written with; there are few, and no document ever changes its own."""


def _share_shape(document: Document) -> None:
    """Lets a document point to one set of the fields that it was written with, in place of a set of its own.

    Those sets are otherwise almost half of what a long strand takes in memory.
    """
    own = document.model_fields_set
    object.__setattr__(document, "__pydantic_fields_set__", _SHAPES.setdefault(frozenset(own), own))


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
        _share_shape(entry)
        _share_shape(entry.event)
        is_canonical = (older is not None or entry.canonical() == written) and spell_line(written, stated) == line
    except (ValueError, KeyError, AttributeError, TypeError, ValidationError, RecursionError) as problem:
        raise UnreadableLineError("the line cannot be read as an entry") from problem
    if not is_canonical:
        raise UnreadableLineError("the line is not in the one spelling that entries have")
    content = digest(written)
    if entry.redacted is not None:
        return Chained(entry, stated, older, kept=content)
    return Chained(entry, stated, older, content == stated)
