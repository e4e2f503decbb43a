"""Whether a strand is what was written: the check of its chain of digests, and of a published head.

The chain shows an edited, removed, inserted or reordered entry. A cut tail and a history rewritten from some entry on
leave a whole chain; a head that was published shows them. The lock of the database names the head before it, so that
whoever rewrites what came before must also rewrite the lock; that again only a head kept elsewhere shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise

from armlet.errors import LedgerBroken
from armlet.ledger.entry import GENESIS, Chained, Head, UnreadableLineError, decode
from armlet.ledger.events import DatabaseLocked
from armlet.ledger.redaction import settle


@dataclass(frozen=True, slots=True)
class Break:
    """One place where a strand is not what was written: the line, the entry it concerns, and what happened to it."""

    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of a strand found. `cut` holds the fragment after the last whole line, left by a crash.

    It is empty where the last line is an entry and only its end was altered: a break says that.
    `entries` are without the words that were redacted; `unredacted` are the numbers of those whose words still stand on
    disk, because the program was stopped between the two steps of a redaction or the file is an older copy.
    """

    entries: tuple[Chained, ...]
    breaks: tuple[Break, ...]
    cut: bytes = b""
    unredacted: tuple[int, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether the strand is what was written, as far as can be seen from here."""
        return not self.breaks

    @property
    def head(self) -> Head:
        """Where the strand ends."""
        return self.entries[-1].head if self.entries else Head()


def verify(data: bytes, *published: Head | None) -> Verification:
    """Checks the bytes of an open strand, and against each published head (None: there is none).

    Reads on after a break, so that one reading names all of them.
    """
    entries: list[Chained] = []
    breaks: list[Break] = []
    cut, number = b"", 0
    for line in BytesIO(data):  # which copies neither the bytes nor all lines at once
        if not line.endswith(b"\n"):
            cut = line
            break
        number += 1
        try:
            entries.append(decode(line[:-1]))
        except UnreadableLineError as problem:
            breaks.append(Break(number, f"entry {number} was altered: {problem}"))
            continue
        breaks.extend(_check_entry(number, entries, has_break_before=bool(breaks) and breaks[-1].line == number - 1))
    if is_altered_line(cut):
        breaks.append(Break(number + 1, f"entry {number + 1} was altered: its line has another end"))
        cut = b""
    for head in dict.fromkeys(published):
        breaks.extend(() if head is None else _check_head(entries, head, max(number, 1)))
    settled = settle(entries)
    breaks.extend(Break(seq, what) for seq, what in settled.problems)
    return Verification(settled.entries, tuple(breaks), cut, settled.unfinished)


def find_clock_steps(entries: Sequence[Chained]) -> tuple[int, ...]:
    """The numbers of the entries that were recorded, as the clock said, before the entry before them.

    No break: an act is not lost because of a clock, and the order is that of the chain. People should know of it.
    """
    return tuple(two.seq for one, two in pairwise(entries) if two.entry.recorded < one.entry.recorded)


def follow(lines: Iterable[bytes], head: Head) -> Iterator[Chained]:
    """The entries that the lines (without their ends) spell after `head`, each held to its digest and its predecessor.

    Raises LedgerBroken at the first that is not what was written; those before it have been given. A redacted entry is
    to be held to the later entry that tells of it by whoever has that.
    """
    for line in lines:
        try:
            found = decode(line)
        except UnreadableLineError as problem:
            raise LedgerBroken(f"entry {head.seq + 1} was altered: {problem}") from None
        if not found.is_unaltered:
            raise LedgerBroken(f"entry {head.seq + 1} was altered: its content does not give its digest")
        if (found.seq, found.entry.previous) != (head.seq + 1, head.digest):
            raise LedgerBroken(f"entry {found.seq} does not follow from entry {head.seq}")
        head = found.head
        yield found


def read_as_written(data: bytes) -> list[Chained]:
    """The entries of a strand as they stand in its bytes, redacted or not, up to the first that cannot be read."""
    entries = []
    for line in data.split(b"\n")[:-1]:
        try:
            entries.append(decode(line))
        except UnreadableLineError:
            break
    return entries


def is_altered_line(cut: bytes) -> bool:
    """Whether the bytes after the last line end are more than an unfinished line: no crash writes past an entry."""
    try:
        decode(cut[:-1])
    except UnreadableLineError:
        return False
    return True


def _check_entry(number: int, entries: list[Chained], *, has_break_before: bool) -> Iterator[Break]:
    """The entry that was read last: its digest, what it says itself, and its link to the one before.

    After a break the link cannot be judged, and is not.
    """
    current = entries[-1]
    before = entries[-2] if len(entries) > 1 else None
    if not current.is_unaltered:
        expected_seq = before.seq + 1 if before else 1
        named = current.seq if has_break_before else expected_seq
        yield Break(number, f"entry {named} was altered: its content does not give its digest")
        return
    if not has_break_before:
        yield from _check_link(number, current, before)
    yield from _check_lock(number, current)


def _check_lock(number: int, current: Chained) -> Iterator[Break]:
    """A lock names the history that people agreed on: the entries before it and the digest of the last of them."""
    event = current.event
    if not isinstance(event, DatabaseLocked):
        return
    if (event.entries, event.head) != (current.seq - 1, current.entry.previous):
        yield Break(number, f"entry {current.seq}: the lock names another history than the one before it")


def _check_link(number: int, current: Chained, before: Chained | None) -> Iterator[Break]:
    expected_seq = before.seq + 1 if before else 1
    if current.seq > expected_seq:
        missing = (
            f"entry {expected_seq}"
            if current.seq == expected_seq + 1
            else f"entries {expected_seq} to {current.seq - 1}"
        )
        yield Break(number, f"{missing} missing before entry {current.seq} (removed or moved)")
    elif current.seq < expected_seq:
        yield Break(number, f"entry {current.seq} stands after entry {expected_seq - 1} (inserted or moved)")
    elif current.entry.previous != (before.digest if before else GENESIS):
        yield Break(
            number, f"entry {current.seq} does not follow from the entry before it (one of the two was replaced)"
        )


def _check_head(entries: list[Chained], published: Head, lines: int) -> Iterator[Break]:
    last = entries[-1].seq if entries else 0
    if last < published.seq:
        here = f"the last one here is {last}" if last else "no entry here can be read"
        yield Break(lines, f"the tail was cut: the published head is entry {published.seq}, {here}")
        return
    at_head = next((entry.digest for entry in entries if entry.seq == published.seq), GENESIS)
    if at_head != published.digest:
        yield Break(lines, f"history was rewritten: entry {published.seq} is not the one whose digest was published")
