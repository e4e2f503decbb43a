"""The open strand in a file of lines: for a rehearsal, an archive, or a trial on one laptop.

Each append is one write under a lock, made durable before it is acknowledged, and all of it or nothing. A crash in the
middle leaves a tail that is no entry, or a part of several entries: either is set aside beside the file, and said,
before the next append. A redaction puts a whole new file in the place of the old one; one that a crash interrupted is
completed by whoever opens the file next.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from io import FileIO
from pathlib import Path

from armlet.errors import LedgerBroken
from armlet.ledger.chain import follow, is_altered_line, verify
from armlet.ledger.entry import Chained, Entry, Head, chain, encode
from armlet.ledger.events import EntryRedacted
from armlet.ledger.redaction import settle
from armlet.ledger.stores import check_follows, redact_targets
from armlet.ledger.stores.durable import (
    append_as_one,
    append_durably,
    describe_recovery,
    is_unfinished,
    locked,
    replace_durably,
    set_tail_aside,
    take_back_unfinished,
)


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
        self._seen = (0, 0, 0)
        with locked(path) as file:
            self._catch_up(file)

    def _catch_up(self, file: FileIO) -> None:
        """Reads, under the file's lock, what others appended since, and what a crash left; never what it knows."""
        taken_back = take_back_unfinished(self.path, file)
        before = self._entries
        if not self._is_in_place(file) or (self._seen[0] and self._seen[0] != os.fstat(file.fileno()).st_ino):
            self._entries, self._size = [], 0
            file.seek(0)
        data = file.readall()
        new, cut, unredacted = self._check(data)
        if not self._entries and [one.digest for one in before] != [one.digest for one in new[: len(before)]]:
            self._entries, self._size = before, len(b"".join(encode(one) + b"\n" for one in before))
            raise LedgerBroken(f"{self.path}: entry {len(before)} is no longer the one that was read here before.")
        self._entries.extend(new)
        size = self._size + len(data)
        if cut:
            aside = set_tail_aside(self.path, file, size, cut)
            self.recovered = describe_recovery(self.path, len(self._entries), cut, aside)
        self.recovered = taken_back or self.recovered
        self._size = size - len(cut)
        if unredacted:
            self._rewrite(file)
        self._remember()

    def _rewrite(self, file: FileIO) -> None:
        """Puts a file of the entries as they are known here in place of the locked one."""
        data = b"".join(encode(one) + b"\n" for one in self._entries)
        replace_durably(self.path, file, data)
        self._size = len(data)

    def _remember(self) -> None:
        """By what another file in the place of this one is recognised."""
        found = self.path.stat()
        self._seen = (found.st_ino, found.st_size, found.st_mtime_ns)

    def _is_in_place(self, file: FileIO) -> bool:
        """Whether the last entry that is known still ends where it did; leaves the file to be read from there on."""
        expected = encode(self._entries[-1]) + b"\n" if self._entries else b""
        file.seek(self._size - len(expected))
        return file.read(len(expected)) == expected

    def _check(self, data: bytes) -> tuple[Sequence[Chained], bytes, bool]:
        """The entries in bytes that follow what is known, and the fragment after the last. Raises LedgerBroken.

        Also whether words still stand in the file that an entry says were taken out.
        """
        if not self._entries:
            found = verify(data)
            if not found.is_whole:
                raise LedgerBroken(f"{self.path}: {found.breaks[0]}")
            return found.entries, found.cut, bool(found.unredacted)
        *lines, cut = data.split(b"\n")
        try:
            new = list(follow(lines, self._head()))
        except LedgerBroken as problem:
            raise LedgerBroken(f"{self.path}: {problem}") from None
        if is_altered_line(cut):
            raise LedgerBroken(
                f"{self.path}: entry {self._head().seq + len(new) + 1} was altered: its line has another end."
            )
        if not any(one.entry.redacted or isinstance(one.event, EntryRedacted) for one in new):
            return new, cut, False
        settled = settle([*self._entries, *new])
        for _, what in settled.problems:
            raise LedgerBroken(f"{self.path}: {what}")
        known = len(self._entries)
        self._entries = list(settled.entries[:known])
        return settled.entries[known:], cut, bool(settled.unfinished)

    def _look(self) -> None:
        found = self.path.stat()
        if (found.st_ino, found.st_size, found.st_mtime_ns) != self._seen:
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
            found = os.fstat(file.fileno())
            if is_unfinished(self.path) or (found.st_ino, found.st_size, found.st_mtime_ns) != self._seen:
                self._catch_up(file)
            check_follows(chained, self._head(), expected_seq)
            changed = redact_targets(chained, self._entries)
            if len(chained) > 1:
                append_as_one(self.path, file, lines, self._size)
            else:
                append_durably(file, lines, self._size)
            self._entries.extend(chained)
            self._size += len(lines)
            for seq, one in changed.items():
                self._entries[seq - 1] = one
            if changed:
                self._rewrite(file)
            self._remember()
        return self._head()
