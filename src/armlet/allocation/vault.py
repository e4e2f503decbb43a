"""The vault: who got what, and the seed and limits that made it so. Few may import this module (see `pyproject.toml`).

A slot is used once, for ever: an assignment is appended and never changed, and every draw can be replayed from what the
vault holds. Nothing here prints an arm; what must be shown is shown under a warrant (`armlet.allocation.unblinding`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from armlet.allocation.scheme import Scheme
from armlet.allocation.sealed_strand import (
    Nonces,
    SealedEntry,
    SealedLine,
    VaultKey,
    draw_nonce,
    seal,
    unseal_line,
    verify_sealed,
)
from armlet.allocation.stream import draw_arm
from armlet.errors import SealBroken
from armlet.ledger.entry import Head
from armlet.ledger.sealed import ArmAssigned, SealedEvent, VaultOpened

E = TypeVar("E", bound=SealedEvent)


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
        self._path = path
        self._nonces = nonces
        self._lines: list[SealedLine] = []
        self._entries: list[SealedEntry] = []
        if path is not None and path.exists():
            self._load(path.read_bytes())

    def __repr__(self) -> str:
        return f"Vault({len(self._lines)} entries, not shown)"

    def _load(self, data: bytes) -> None:
        self._lines, breaks = verify_sealed(data)
        if breaks:
            raise SealBroken(str(breaks[0]))
        self._entries = [unseal_line(line, self._key) for line in self._lines]

    def head(self) -> Head:
        """Where the sealed strand ends."""
        return self._lines[-1].head if self._lines else Head()

    def write(self, writer: Writer, *events: SealedEvent) -> None:
        """Appends events, durably where there is a file."""
        for event in events:
            head = self.head()
            entry = SealedEntry(seq=head.seq + 1, recorded=writer.at, actor=writer.actor, event=event)
            line = seal(entry, self._key, self._nonces(entry.seq), head.digest)
            self._append_to_file(line)
            self._lines.append(line)
            self._entries.append(entry)

    def _append_to_file(self, line: SealedLine) -> None:
        if self._path is None:
            return
        with self._path.open("ab") as file:
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def as_bytes(self) -> bytes:
        """The strand as it is written to a file."""
        return b"".join(line.encode() + b"\n" for line in self._lines)

    def events(self, kind: type[E]) -> Iterator[E]:
        """The sealed events of one kind, in order."""
        return (entry.event for entry in self._entries if isinstance(entry.event, kind))

    def opening(self) -> VaultOpened:
        """How the vault was opened: method, limits, seed. Raises SealBroken for an empty vault."""
        opened = next(self.events(VaultOpened), None)
        if opened is None:
            raise SealBroken("the vault was never opened.")
        return opened

    def scheme(self) -> Scheme:
        """The allocation scheme with its sealed settings."""
        opened = self.opening()
        return Scheme.of(opened.arms, opened.ratio, opened.method, opened.settings)

    def assignments(self) -> tuple[ArmAssigned, ...]:
        """Every slot used, in order."""
        return tuple(self.events(ArmAssigned))


def replay_draws(vault: Vault) -> Sequence[int]:
    """The slots whose recorded arm is not what the seed draws: empty when every draw can be replayed."""
    scheme, seed = vault.scheme(), bytes.fromhex(vault.opening().seed)
    history: list[int] = []
    wrong = []
    for number, assigned in enumerate(vault.assignments()):
        draw = draw_arm(scheme, tuple(history), seed, number)
        recorded = (assigned.slot, assigned.arm, assigned.drawn)
        if recorded != (number + 1, scheme.arms[draw.arm], draw.u_numerator):
            wrong.append(assigned.slot)
        history.append(scheme.arms.index(assigned.arm))
    return wrong
