"""The open strand in a file of lines: for a rehearsal, an archive, or a trial on one laptop.

Each append is one write under a lock, made durable before it is acknowledged. A crash in the middle of a line leaves a
tail that is no entry: it is set aside beside the file, and said, before the next append.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from armlet.errors import LedgerBroken
from armlet.ledger.chain import verify
from armlet.ledger.entry import Chained, Entry, Head, chain, encode
from armlet.ledger.stores import check_follows


class FileStore:
    """Keeps the entries in one file. `recovered` tells, in words, what a crash had left behind when it was opened."""

    def __init__(self, path: Path) -> None:
        """Opens the file, making it where there is none. Raises LedgerBroken when the strand in it is not whole."""
        self.path = path
        self.recovered = ""
        self._entries: list[Chained] = []
        self._size = 0
        path.touch(exist_ok=True)
        with path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._set_tail_aside(file.read())
        self._catch_up(path.read_bytes())

    def _set_tail_aside(self, data: bytes) -> None:
        cut = data.rpartition(b"\n")[2]
        if not cut:
            return
        aside = self.path.with_name(f"{self.path.name}.cut-{len(data)}")
        aside.write_bytes(cut)
        os.truncate(self.path, len(data) - len(cut))
        last = data[: len(data) - len(cut)].count(b"\n")
        self.recovered = (
            f"{self.path.name}: the last line was cut off by a crash; recovered to entry {last}. "
            f"The {len(cut)} bytes of the unfinished line are kept in {aside.name}."
        )

    def _catch_up(self, data: bytes) -> None:
        found = verify(data)
        if not found.is_whole:
            raise LedgerBroken(f"{self.path}: {found.breaks[0]}")
        self._entries = list(found.entries)
        self._size = len(data)

    def head(self) -> Head:
        """Where the strand ended when this store last looked."""
        return self._entries[-1].head if self._entries else Head()

    def read(self, after: int = 0) -> Iterator[Chained]:
        """The entries with a number greater than `after`, in order."""
        return iter(self._entries[after:])

    def append(self, entries: Sequence[Entry], expected_seq: int) -> Head:
        """Writes the entries and waits until the disk has them. Raises Conflict when somebody wrote in between."""
        chained = [chain(entry) for entry in entries]
        lines = b"".join(encode(one) + b"\n" for one in chained)
        with self.path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            size = file.seek(0, os.SEEK_END)
            if size != self._size:
                self._catch_up(self.path.read_bytes())
            check_follows(entries, self.head(), expected_seq)
            _write_durably(file, lines, size)
        self._entries.extend(chained)
        self._size = size + len(lines)
        return self.head()


def _write_durably(file: BinaryIO, lines: bytes, size: int) -> None:
    """Adds the lines and waits for the disk; a write that fails (a full disk) leaves the file as it was."""
    try:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
    except OSError:
        os.truncate(file.fileno(), size)
        raise
