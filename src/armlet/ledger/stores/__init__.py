"""Homes of the open strand. All obey one port, `Store`, and the same laws.

A store appends entries and reads them back; it removes nothing, and changes nothing but this: with an `EntryRedacted` it
takes the words out of the entry that it names, in the same act, so that nobody can forget the second half.
Who asks to append says which entry they believe to be the last: somebody else's entry in between is a `Conflict`, and
the asker decides again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from armlet.ledger.entry import Chained, Entry, Head
from armlet.ledger.redaction import redact, redactions


class Conflict(Exception):
    """Somebody else appended in between: load what is new and decide again."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"expected the last entry to be {expected}, found {found}")


class StoreUnavailable(OSError):
    """The store cannot be reached, or does not take what is given: the machine's doing, nobody's mistake.

    Whether the entries of a failed append were written is not known where the answer was lost on the way; the head
    tells, once the store is back. So whoever asked decides again from there, and nothing is done twice.
    """


class Store(Protocol):
    """Where the open strand lives."""

    def head(self) -> Head:
        """Where the strand ends."""

    def read(self, after: int = 0) -> Iterator[Chained]:
        """The entries with a number greater than `after`, in order."""

    def append(self, entries: Sequence[Entry], expected_seq: int) -> Head:
        """Writes the entries durably, all or none.

        Raises Conflict when the last number is not `expected_seq`, OSError where the machine does not take them.
        """


def check_follows(chained: Sequence[Chained], head: Head, expected_seq: int) -> None:
    """Holds appended entries to the strand's chain. Raises Conflict, or ValueError for a defect of the caller."""
    if head.seq != expected_seq:
        raise Conflict(expected_seq, head.seq)
    last = head
    for one in chained:
        if one.seq != last.seq + 1 or one.entry.previous != last.digest:
            raise ValueError(f"entry {one.seq} cannot follow entry {last.seq}")
        last = one.head


def redact_targets(chained: Sequence[Chained], known: Sequence[Chained]) -> dict[int, Chained]:
    """What is to stand in place of entries that the appended ones redact; `known` holds those entries, and may hold more.

    Raises ValueError, a defect of the caller, for an entry that is not there or that would not be what is said.
    """
    changed: dict[int, Chained] = {}
    told = redactions(chained)
    by_number = {one.seq: one for one in (*known, *chained)} if told else {}
    for seq, event in told:
        target = changed.get(event.of, by_number.get(event.of))
        if target is None or event.of >= seq:
            raise ValueError(f"entry {seq} cannot redact entry {event.of}, which is not before it")
        changed[event.of] = redact(target, event.fields)
        if changed[event.of].kept != event.kept:
            raise ValueError(f"entry {event.of} is not the one that entry {seq} says was redacted")
    return changed
