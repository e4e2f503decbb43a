"""The open strand in a file of lines: for a rehearsal, an archive, or a trial on one laptop.

Each append is one write under a lock, made durable before it is acknowledged. A crash in the middle of a line leaves a
tail that is no entry: it is set aside beside the file, and said, before the next append. An append of several entries
whose write the machine did not survive may leave the first of them whole; none of it was acknowledged.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from io import FileIO
from pathlib import Path

from armlet.errors import LedgerBroken
from armlet.ledger.chain import verify
from armlet.ledger.entry import Chained, Entry, Head, chain, encode
from armlet.ledger.stores import check_follows
from armlet.ledger.stores.durable import append_durably, describe_recovery, locked, set_tail_aside


class FileStore:
    """Keeps the entries in one file, which other processes may append to as well.

    `recovered` tells, in words, what a crash had left behind when this store last found something.
    """

    def __init__(self, path: Path) -> None:
        """Opens the file, making it where there is none. Raises LedgerBroken when the strand in it is not whole."""
        self.path = path
        self.recovered = ""
        self._entries: list[Chained] = []
        self._size = 0
        with locked(path) as file:
            self._catch_up(file)

    def _catch_up(self, file: FileIO) -> None:
        """Reads the file again, under its lock: what others appended, and what a crash left."""
        file.seek(0)
        data = file.readall()
        found = verify(data)
        if not found.is_whole:
            raise LedgerBroken(f"{self.path}: {found.breaks[0]}")
        known = len(self._entries)
        if known and [entry.head for entry in found.entries[known - 1 : known]] != [self._entries[-1].head]:
            raise LedgerBroken(f"{self.path}: entry {known} is no longer the one that was read here before.")
        if found.cut:
            aside = set_tail_aside(self.path, file, data, found.cut)
            self.recovered = describe_recovery(self.path, len(found.entries), found.cut, aside)
        self._entries = list(found.entries)
        self._size = len(data) - len(found.cut)

    def _look(self) -> None:
        if self.path.stat().st_size != self._size:
            with locked(self.path) as file:
                self._catch_up(file)

    def head(self) -> Head:
        """Where the strand ends now, whoever wrote."""
        self._look()
        return self._head()

    def _head(self) -> Head:
        return self._entries[-1].head if self._entries else Head()

    def read(self, after: int = 0) -> Iterator[Chained]:
        """The entries with a number greater than `after`, in order."""
        self._look()
        return iter(self._entries[after:])

    def append(self, entries: Sequence[Entry], expected_seq: int) -> Head:
        """Writes the entries and waits until the disk has them. Raises Conflict when somebody wrote in between.

        Raises OSError, and leaves the file as it was, where the disk does not take them.
        """
        chained = [chain(entry) for entry in entries]
        lines = b"".join(encode(one) + b"\n" for one in chained)
        with locked(self.path) as file:
            if os.fstat(file.fileno()).st_size != self._size:
                self._catch_up(file)
            check_follows(chained, self._head(), expected_seq)
            append_durably(file, lines, self._size)
        self._entries.extend(chained)
        self._size += len(lines)
        return self._head()
