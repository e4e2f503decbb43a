"""Whether the strand in a backup is whole, whichever side it is of, and how it stands to another copy of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from armlet.allocation.sealed_strand import verify_sealed
from armlet.backup.manifest import Side
from armlet.errors import LedgerBroken, SealBroken
from armlet.laboratory.strand import verify_product
from armlet.ledger.chain import Break, verify
from armlet.ledger.encrypted import EncryptedLine
from armlet.ledger.entry import Head
from armlet.ledger.events import TrialOpened


@dataclass(frozen=True, slots=True)
class Found:
    """A whole strand: where it ends; of the open side also its trial and the protocol that its last entry names."""

    head: Head
    trial: str | None = None
    protocol: str | None = None


def check_strand(side: Side, data: bytes, where: str) -> Found:
    """The strand in the bytes. Raises LedgerBroken or SealBroken where it is not whole, empty, or of the other side."""
    if side == "open":
        return _check_open(data, where)
    return _check_encrypted(where, side, *(verify_sealed(data) if side == "sealed" else verify_product(data)))


def _check_open(data: bytes, where: str) -> Found:
    found = verify(data)
    if found.breaks:
        raise LedgerBroken(f"{where}: {found.breaks[0]}")
    if found.cut:
        raise LedgerBroken(f"{where}: the last line was cut off by a crash; open the ledger once with the program.")
    first = found.entries[0].event if found.entries else None
    if not isinstance(first, TrialOpened):
        raise LedgerBroken(f"{where} does not begin with the opening of a trial.")
    return Found(found.head, first.trial, found.entries[-1].entry.protocol)


def _check_encrypted(where: str, side: Side, lines: list[EncryptedLine], breaks: list[Break]) -> Found:
    if breaks or not lines:
        raise SealBroken(f"{where}: {breaks[0] if breaks else f'there is no {side} entry'}")
    return Found(lines[-1].head)


Relation = Literal["same", "older", "newer", "another"]
"""What the backup is to the live strand: `newer` means that the live one has lost its end."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a restored strand stands to the live one: what it is to it, by how many entries, where they first differ."""

    relation: Relation
    entries: int = 0
    line: int | None = None

    @property
    def is_good(self) -> bool:
        """Whether the live strand goes on from the restored one."""
        return self.relation in {"same", "older"}

    def __str__(self) -> str:
        match self.relation:
            case "same":
                return "the same, byte for byte"
            case "older":
                return f"the live strand goes on from it with {self.entries} more entries"
            case "newer":
                return f"the live strand has LOST its last {self.entries} entries: it is older than its backup"
            case "another":
                return f"ANOTHER history: the two differ from line {self.line} on"


def compare(restored: bytes, live: bytes) -> Comparison:
    """The restored strand held against the live one, byte for byte."""
    if restored == live:
        return Comparison("same")
    if live.startswith(restored):
        return Comparison("older", live.count(b"\n") - restored.count(b"\n"))
    if restored.startswith(live):
        return Comparison("newer", restored.count(b"\n") - live.count(b"\n"))
    pairs = enumerate(zip(restored.split(b"\n"), live.split(b"\n"), strict=False), start=1)
    return Comparison("another", line=next(line for line, (one, other) in pairs if one != other))
