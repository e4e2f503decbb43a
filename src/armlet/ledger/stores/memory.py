"""The open strand in memory: for simulation and for tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from armlet.ledger.entry import Chained, Entry, Head, chain
from armlet.ledger.stores import check_follows, redact_targets


class MemoryStore:
    """Keeps the entries in a list; lost with the process."""

    def __init__(self) -> None:
        self._entries: list[Chained] = []

    def head(self) -> Head:
        """Where the strand ends."""
        return self._entries[-1].head if self._entries else Head()

    def read(self, after: int = 0) -> Iterator[Chained]:
        """The entries with a number greater than `after`, in order."""
        return iter(self._entries[after:])

    def append(self, entries: Sequence[Entry], expected_seq: int) -> Head:
        """Adds the entries. Raises Conflict when the last number is not `expected_seq`."""
        chained = [chain(entry) for entry in entries]
        check_follows(chained, self.head(), expected_seq)
        changed = redact_targets(chained, self._entries)
        self._entries.extend(chained)
        for seq, one in changed.items():
            self._entries[seq - 1] = one
        return self.head()
