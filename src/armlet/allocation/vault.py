"""The vault: who got what, and the seed and limits that made it so. Few may import this module (see `pyproject.toml`).

A slot is used once, for ever: an assignment is appended and never changed, and every draw can be replayed from what the
vault holds. Nothing here prints an arm; what must be shown is shown under a warrant (`armlet.allocation.unblinding`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import TypeVar

from armlet.allocation.scheme import Factor, Scheme
from armlet.allocation.sealed_strand import (
    Nonces,
    SealedEntry,
    SealedLine,
    VaultKey,
    decode_line,
    draw_nonce,
    seal,
    unseal_line,
    verify_sealed,
)
from armlet.allocation.stream import draw_next
from armlet.errors import InputError, SealBroken
from armlet.ledger.entry import Head
from armlet.ledger.sealed import ArmAssigned, SealedEvent, VaultOpened
from armlet.ledger.stores.durable import (
    append_as_one,
    append_durably,
    describe_recovery,
    is_unfinished,
    locked,
    set_tail_aside,
    take_back_unfinished,
)

E = TypeVar("E", bound=SealedEvent)


class VaultMoved(SealBroken):
    """Somebody else wrote into the sealed strand since it was read: look again, and decide anew what to write."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes into the vault, and when."""

    actor: str
    at: datetime


class Vault:
    """The sealed strand with its key in it; kept in memory and, when it has a path, appended to a file as well.

    `recovered` tells, in words, what a crash had left behind when it was opened.
    """

    def __init__(self, key: VaultKey, path: Path | None = None, nonces: Nonces = draw_nonce) -> None:
        """Opens the strand at `path` (none: a new one in memory). Raises SealBroken when it is not whole."""
        self._key = key
        self._path = path
        self._nonces = nonces
        self._lines: list[SealedLine] = []
        self._entries: list[SealedEntry] = []
        self._size = 0
        self.recovered = ""
        if path is not None and path.exists():
            with locked(path) as file:
                self._catch_up(path, file)

    def __repr__(self) -> str:
        return f"Vault({len(self._lines)} entries, not shown)"

    def look_again(self) -> None:
        """Reads and opens what others wrote since, and only that. Raises SealBroken, OSError where the file is gone."""
        if self._path is not None and self._lines and self._is_moved(self._path, self._path.stat().st_size):
            with locked(self._path) as file:
                self._catch_up(self._path, file)

    def _is_moved(self, path: Path, size: int) -> bool:
        return size != self._size or is_unfinished(path)

    def _catch_up(self, path: Path, file: FileIO) -> None:
        """Reads, under the lock, what is not known. A line cut off by a crash was never acknowledged; it is set aside."""
        taken_back = take_back_unfinished(path, file)
        known = self._lines[-1].encode() + b"\n" if self._lines else b""
        file.seek(self._size - len(known))
        if file.read(len(known)) != known:
            raise SealBroken(f"sealed entry {len(self._lines)} is no longer the one that was read here before.")
        data = file.readall()
        whole = data[: data.rfind(b"\n") + 1]
        lines, breaks = verify_sealed(whole, after=self.head())
        if not breaks and _is_altered_line(data[len(whole) :]):
            breaks = verify_sealed(data, after=self.head())[1]
        if breaks:
            raise SealBroken(str(breaks[0]))
        self._entries.extend([unseal_line(line, self._key) for line in lines])
        self._lines.extend(lines)
        size = self._size + len(data)
        if cut := data[len(whole) :]:
            aside = set_tail_aside(path, file, size, cut)
            self.recovered = describe_recovery(path, len(self._lines), cut, aside)
        self.recovered = taken_back or self.recovered
        self._size = size - len(cut)

    def head(self) -> Head:
        """Where the sealed strand ends."""
        return self._lines[-1].head if self._lines else Head()

    def write(self, writer: Writer, *events: SealedEvent) -> None:
        """Appends events, all or none, durably where there is a file.

        Raises SealBroken where a slot or a participant would be used twice, VaultMoved where somebody else wrote since
        the last look, OSError where the disk does not take it; nothing is written then.
        """
        self._check_used_once(events)
        lines, entries = self._seal_all(writer, events)
        self._append_to_file(lines)
        self._lines.extend(lines)
        self._entries.extend(entries)

    def add(self, writer: Writer, *events: SealedEvent) -> None:
        """Like `write`, for what is so whatever others wrote since: looks again as often as it must."""
        while True:
            self.look_again()
            try:
                return self.write(writer, *events)
            except VaultMoved:
                continue

    def _check_used_once(self, events: Sequence[SealedEvent]) -> None:
        slots = {assigned.slot for assigned in self.assignments()}
        participants = {assigned.participant for assigned in self.assignments()}
        for event in events:
            if isinstance(event, VaultOpened) and self._lines:
                raise SealBroken("the vault was opened already.")
            if isinstance(event, ArmAssigned):
                if event.slot in slots or event.participant in participants:
                    raise SealBroken(f"slot {event.slot} or participant {event.participant} was used already.")
                slots.add(event.slot)
                participants.add(event.participant)

    def _seal_all(self, writer: Writer, events: Sequence[SealedEvent]) -> tuple[list[SealedLine], list[SealedEntry]]:
        head = self.head()
        lines: list[SealedLine] = []
        entries: list[SealedEntry] = []
        for event in events:
            entry = SealedEntry(seq=head.seq + 1, recorded=writer.at, actor=writer.actor, event=event)
            lines.append(seal(entry, self._key, self._nonces(entry.seq), head.digest))
            entries.append(entry)
            head = lines[-1].head
        return lines, entries

    def _append_to_file(self, lines: Sequence[SealedLine]) -> None:
        if self._path is None:
            return
        spelled = b"".join(line.encode() + b"\n" for line in lines)
        with locked(self._path) as file:
            if self._is_moved(self._path, os.fstat(file.fileno()).st_size):
                raise VaultMoved("somebody else wrote into the sealed strand; look again.")
            if len(lines) > 1:
                append_as_one(self._path, file, spelled, self._size)
            else:
                append_durably(file, spelled, self._size)
        self._size += len(spelled)

    def as_bytes(self) -> bytes:
        """The strand as it is written to a file."""
        return b"".join(line.encode() + b"\n" for line in self._lines)

    def events(self, kind: type[E]) -> Iterator[E]:
        """The sealed events of one kind, in order."""
        return (entry.event for entry in self._entries if isinstance(entry.event, kind))

    def every_event(self) -> Iterator[SealedEvent]:
        """The sealed events of all kinds, in order."""
        return (entry.event for entry in self._entries)

    def line_of(self, event: SealedEvent) -> int:
        """The line of the strand that holds this event, one of `events`."""
        return next(entry.seq for entry in self._entries if entry.event is event)

    def detached(self) -> Vault:
        """The same vault in memory only: what is written into it from now on leaves the file as it is."""
        copy = Vault(self._key, None, self._nonces)
        copy._lines, copy._entries = list(self._lines), list(self._entries)
        return copy

    def opening(self) -> VaultOpened:
        """How the vault was opened: method, limits, seed. Raises SealBroken for an empty vault."""
        opened = next(self.events(VaultOpened), None)
        if opened is None:
            raise SealBroken("the vault was never opened.")
        return opened

    def scheme(self) -> Scheme:
        """The allocation scheme with its sealed settings, and the levels of everybody who has a slot."""
        opened = self.opening()
        factors = (Factor(factor.name, factor.levels) for factor in opened.factors or ())
        scheme = Scheme.of(opened.arms, opened.ratio, opened.method, opened.settings, factors)
        return scheme.joined_by(*(assigned.levels or {} for assigned in self.assignments()))

    def assignments(self) -> tuple[ArmAssigned, ...]:
        """Every slot used, in order."""
        return tuple(self.events(ArmAssigned))


def _is_altered_line(cut: bytes) -> bool:
    """Whether the bytes after the last line end are more than an unfinished line: no crash writes past an entry."""
    try:
        decode_line(cut[:-1])
    except SealBroken:
        return False
    return True


def replay_draws(vault: Vault) -> Sequence[int]:
    """The slots whose recorded arm is not what the seed draws: empty when every draw can be replayed.

    After a slot that the method could not have filled so, nothing can be drawn again: every later one is named as well.
    """
    scheme, seed = vault.scheme(), bytes.fromhex(vault.opening().seed)
    history: list[int] = []
    wrong = []
    for number, assigned in enumerate(vault.assignments()):
        if not _is_drawn(scheme, tuple(history), seed, assigned, number + 1):
            wrong.append(assigned.slot)
        history.append(scheme.arms.index(assigned.arm))
    return wrong


def _is_drawn(scheme: Scheme, history: tuple[int, ...], seed: bytes, assigned: ArmAssigned, slot: int) -> bool:
    try:
        draw = draw_next(scheme, history, seed)
    except InputError:
        return False
    return (assigned.slot, assigned.arm, assigned.drawn) == (slot, scheme.arms[draw.arm], draw.u_numerator)
