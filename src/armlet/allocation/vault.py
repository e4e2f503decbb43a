"""The vault: who got what, and the seed and limits that made it so. Few may import this module (see `pyproject.toml`).

A slot is used once, for ever: an assignment is appended and never changed, and every draw can be replayed from what the
vault holds. Nothing here prints an arm; what must be shown is shown under a warrant (`armlet.allocation.unblinding`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import TypeVar

from armlet.allocation.history import History
from armlet.allocation.restored import mark_of, read_mark
from armlet.allocation.scheme import Factor, Scheme
from armlet.allocation.sealed_strand import (
    ENVELOPE,
    Nonces,
    SealedEntry,
    SealedLine,
    VaultKey,
    draw_nonce,
    seal,
    unseal_all,
)
from armlet.errors import InputError, SealBroken
from armlet.ledger.encrypted import EncryptedFile, StrandMoved
from armlet.ledger.entry import Head
from armlet.ledger.sealed import (
    ArmAssigned,
    ArmRead,
    KeyRotated,
    SealedEvent,
    SlotLost,
    VaultOpened,
    VaultReconciled,
    VaultRestored,
)
from armlet.ledger.stores.durable import locked, sync_folder

E = TypeVar("E", bound=SealedEvent)


class VaultMoved(StrandMoved):
    """Somebody else wrote into the sealed strand since it was read: look again, and decide anew what to write."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes into the vault, and when."""

    actor: str
    at: datetime


class Vault:
    """The sealed strand with its key in it; kept in memory and, when it has a path, appended to a file as well."""

    def __init__(self, key: VaultKey, path: Path | None = None, nonces: Nonces = draw_nonce) -> None:
        """Opens the strand at `path` (none: a new one in memory). Raises SealBroken when it is not whole."""
        self._key = key
        self._file = None if path is None else EncryptedFile(path, ENVELOPE)
        self._nonces = nonces
        self._lines: list[SealedLine] = []
        self._entries: list[SealedEntry] = []
        self._mark: VaultRestored | None = None
        if path is not None and path.exists():
            with locked(path) as file:
                self._catch_up(file)

    @property
    def recovered(self) -> str:
        """What a crash had left behind when it was opened or looked at, in words; "" where nothing."""
        return self._file.recovered if self._file is not None else ""

    def __repr__(self) -> str:
        return f"Vault({len(self._lines)} entries, not shown)"

    def look_again(self) -> None:
        """Reads and opens what others wrote since, and only that. Raises SealBroken, OSError where the file is gone."""
        if self._file is not None and self._lines and self._file.is_moved():
            with locked(self._file.path) as file:
                self._catch_up(file)

    def _catch_up(self, file: FileIO) -> None:
        """Reads, under the lock, what is not known, and opens it."""
        assert self._file is not None  # there is no lock to hold otherwise
        lines = self._file.read_on(file, self._lines[-1] if self._lines else None)
        self._entries.extend(unseal_all(lines, self._key, self._lines))
        self._lines.extend(lines)
        self._mark = read_mark(self._file.path)
        self._file.settle(file, len(self._lines))

    def head(self) -> Head:
        """Where the sealed strand ends."""
        return self._lines[-1].head if self._lines else Head()

    def write(self, writer: Writer, *events: SealedEvent) -> None:
        """Appends events, all or none, durably where there is a file.

        Raises SealBroken where a slot or a participant would be used twice, or a restored vault would give a slot before
        it is reconciled; VaultMoved where somebody else wrote since the last look, OSError where the disk does not take
        it; nothing is written then.
        """
        if any(isinstance(event, KeyRotated) for event in events):
            raise SealBroken("a key is rotated on its own, never among other entries.")
        self._check_used_once(events)
        self._check_reconciled(events)
        self._write(writer, [*self._unwritten_mark(), *events], self._key)

    def note(self, writer: Writer, read: ArmRead) -> None:
        """Writes that an allocation was read, after whatever others wrote meanwhile: it depends on none of that."""
        while True:
            try:
                self.write(writer, read)
            except VaultMoved:
                self.look_again()
                continue
            return

    def rotate(self, writer: Writer, key: VaultKey) -> None:
        """Seals with another key from here on; the first entry under it holds the one before.

        Whoever has only the key before cannot read what is written from now on; what it opened stays told. The new key
        must be kept, durably, before this is called. Raises SealBroken for a key that this vault has or had.
        """
        had = [VaultKey(bytes.fromhex(rotated.previous)) for rotated in self.events(KeyRotated)]
        if any(key.is_same_as(older) for older in (*had, self._key)):
            raise SealBroken("the new key is the vault's key already, or was once; make another.")
        if mark := self._unwritten_mark():
            self._write(writer, mark, self._key)
        rotated = KeyRotated(generation=self.generation + 1, previous=self._key.reveal_secret().hex())
        self._write(writer, [rotated], key)
        self._key = key

    @property
    def generation(self) -> int:
        """How many keys the vault has had."""
        return 1 + sum(1 for _ in self.events(KeyRotated))

    def _write(self, writer: Writer, events: Sequence[SealedEvent], key: VaultKey) -> None:
        lines, entries = self._seal_all(writer, events, key)
        if self._file is not None:
            self._file.append(lines, VaultMoved)
        self._lines.extend(lines)
        self._entries.extend(entries)
        if self._mark is not None and self._file is not None:
            mark_of(self._file.path).unlink(missing_ok=True)
            sync_folder(self._file.path.parent)
        self._mark = None

    def add(self, writer: Writer, *events: SealedEvent) -> None:
        """Like `write`, for what is so whatever others wrote since: looks again as often as it must."""
        while True:
            self.look_again()
            try:
                return self.write(writer, *events)
            except VaultMoved:
                continue

    def _check_used_once(self, events: Sequence[SealedEvent]) -> None:
        slots = {used.slot for used in self.used_slots()}
        participants = {assigned.participant for assigned in self.assignments()}
        for event in events:
            if isinstance(event, VaultOpened) and self._lines:
                raise SealBroken("the vault was opened already.")
            if isinstance(event, ArmAssigned | SlotLost):
                if event.slot in slots:
                    raise SealBroken(f"slot {event.slot} was used already.")
                slots.add(event.slot)
            if isinstance(event, ArmAssigned):
                if event.participant in participants:
                    raise SealBroken(f"participant {event.participant} was used already: one slot each.")
                participants.add(event.participant)

    def _check_reconciled(self, events: Sequence[SealedEvent]) -> None:
        gives = any(isinstance(event, ArmAssigned | SlotLost) for event in events)
        if gives and self.is_quarantined and not any(isinstance(event, VaultReconciled) for event in events):
            raise SealBroken("the vault was restored and is not reconciled: it gives no slot.")

    @property
    def is_quarantined(self) -> bool:
        """Whether the vault was put back from a backup and not reconciled since: it may have lost slots."""
        ends = [entry.event for entry in self._entries if isinstance(entry.event, VaultRestored | VaultReconciled)]
        return bool(self._unwritten_mark()) or (bool(ends) and isinstance(ends[-1], VaultRestored))

    def _unwritten_mark(self) -> list[SealedEvent]:
        """What the mark beside the strand says, where no entry says it yet."""
        return [] if self._mark is None or self._mark in self.events(VaultRestored) else [self._mark]

    def _seal_all(
        self, writer: Writer, events: Sequence[SealedEvent], key: VaultKey
    ) -> tuple[list[SealedLine], list[SealedEntry]]:
        head = self.head()
        lines: list[SealedLine] = []
        entries: list[SealedEntry] = []
        for event in events:
            entry = SealedEntry(seq=head.seq + 1, recorded=writer.at, actor=writer.actor, event=event)
            lines.append(seal(entry, key, self._nonces(entry.seq), head.digest))
            entries.append(entry)
            head = lines[-1].head
        return lines, entries

    def as_bytes(self) -> bytes:
        """The strand as it is written to a file."""
        return b"".join(line.encode() + b"\n" for line in self._lines)

    def events(self, kind: type[E]) -> Iterator[E]:
        """The sealed events of one kind, in order."""
        return (entry.event for entry in self._entries if isinstance(entry.event, kind))

    def every_entry(self) -> Iterator[SealedEntry]:
        """The sealed entries with their numbers, times and writers, in order."""
        return iter(self._entries)

    def every_event(self) -> Iterator[SealedEvent]:
        """The sealed events of all kinds, in order."""
        return (entry.event for entry in self._entries)

    def line_of(self, event: SealedEvent) -> int:
        """The line of the strand that holds this event, one of `events`."""
        return next(entry.seq for entry in self._entries if entry.event is event)

    def detached(self) -> Vault:
        """The same vault in memory only: what is written into it from now on leaves the file as it is."""
        copy = Vault(self._key, None, self._nonces)
        copy._lines, copy._entries, copy._mark = list(self._lines), list(self._entries), self._mark
        return copy

    def opening(self) -> VaultOpened:
        """How the vault was opened: method, limits, seed. Raises SealBroken for an empty vault."""
        opened = next(self.events(VaultOpened), None)
        if opened is None:
            raise SealBroken("the vault was never opened.")
        return opened

    def scheme(self) -> Scheme:
        """The allocation scheme with its sealed settings, and the levels of everybody who has a slot."""
        return self._bare_scheme().joined_by(*(assigned.levels or {} for assigned in self.assignments()))

    def _bare_scheme(self) -> Scheme:
        opened = self.opening()
        factors = (Factor(factor.name, factor.levels) for factor in opened.factors or ())
        return Scheme.of(opened.arms, opened.ratio, opened.method, opened.settings, factors)

    def beginning(self) -> History:
        """The history before the first slot."""
        return History(self._bare_scheme(), bytes.fromhex(self.opening().seed))

    def history(self) -> History:
        """What was drawn so far. Raises InputError where a lost slot stands after what the method cannot have drawn."""
        history = self.beginning()
        for used in self.used_slots():
            history = history.after(used)
        return history

    def used_slots(self) -> tuple[ArmAssigned | SlotLost, ...]:
        """Every slot that was given or lost, in order."""
        return tuple(entry.event for entry in self._entries if isinstance(entry.event, ArmAssigned | SlotLost))

    def last_slot(self) -> int:
        """The last slot that was given or lost; 0 where none was."""
        return max((used.slot for used in self.used_slots()), default=0)

    def assignments(self) -> tuple[ArmAssigned, ...]:
        """Every slot that somebody has, in order."""
        return tuple(self.events(ArmAssigned))


def replay_draws(vault: Vault) -> Sequence[int]:
    """The slots that are not what the seed draws: empty when every draw can be replayed.

    A lost slot is replayed where its arm was known. After a slot that the method could not have filled so, nothing can
    be drawn again: every later one is named as well.
    """
    history: History | None = vault.beginning()
    wrong = []
    for number, used in enumerate(vault.used_slots(), start=1):
        if history is None or used.slot != number or not _is_drawn(history, used):
            wrong.append(used.slot)
        history = None if history is None else _try_after(history, used)
    return wrong


def _is_drawn(history: History, used: ArmAssigned | SlotLost) -> bool:
    try:
        if isinstance(used, SlotLost):
            return used == history.lose(used.slot, used.preparation)
        draw = history.draw(used.levels or {})
    except InputError:
        return False
    return (used.arm, used.drawn) == (history.scheme.arms[draw.arm], draw.u_numerator)


def _try_after(history: History, used: ArmAssigned | SlotLost) -> History | None:
    try:
        return history.after(used)
    except InputError:
        return None
