"""The allocation as it is disclosed after the lock: how the vault was opened, and every slot, so that anybody can draw again.

It holds no key: neither that of the vault nor that of the boxes in the open strand. With it, the open strand and the
protocol, a clean machine finds whether seed and scheme are those that were committed to, and every arm what they draw.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Literal

from pydantic import ValidationError

from armlet.allocation.proof import prove_draws
from armlet.allocation.sealed_strand import VaultKey
from armlet.allocation.vault import Vault, Writer
from armlet.conduct.state import TrialState
from armlet.document import Document
from armlet.errors import ArmletError
from armlet.ledger.chain import Break
from armlet.ledger.sealed import ArmAssigned, SlotLost, VaultOpened
from armlet.protocol.model import Protocol

_WRITER: Final = Writer("Verification", datetime(1970, 1, 1, tzinfo=UTC))
"""Writes the disclosed events into a vault that exists in memory, while they are verified."""


class DisclosedAllocation(Document):
    """Who got what, from which seed and scheme, and the commitment that was published before the first consent."""

    disclosed: Literal[1] = 1
    trial: str
    commitment: str
    opened: VaultOpened
    assigned: tuple[ArmAssigned, ...]
    lost: tuple[SlotLost, ...] = ()

    def __repr__(self) -> str:
        return "DisclosedAllocation(not shown)"

    __str__ = __repr__


class NotDisclosedError(ValueError):
    """The bytes are no disclosed allocation."""


def disclose(vault: Vault, state: TrialState) -> DisclosedAllocation:
    """What a vault holds of the allocation. Whoever calls this answers for the warrant."""
    return DisclosedAllocation(
        trial=state.trial,
        commitment=state.commitment,
        opened=vault.opening(),
        assigned=vault.assignments(),
        lost=tuple(vault.events(SlotLost)),
    )


def read_disclosed(data: bytes) -> DisclosedAllocation:
    """The allocation that bytes spell. Raises NotDisclosedError."""
    try:
        return DisclosedAllocation.model_validate_json(data)
    except ValidationError:
        raise NotDisclosedError("this is no disclosed allocation") from None


def prove_disclosed(
    told: DisclosedAllocation, protocol: Protocol, state: TrialState
) -> tuple[tuple[Break, ...], tuple[str, ...]]:
    """Each way in which what was disclosed is not what was committed to, drawn and asked for; and notes."""
    vault = Vault(VaultKey.generate())
    try:
        used: list[ArmAssigned | SlotLost] = [*told.assigned, *told.lost]
        vault.write(_WRITER, told.opened, *sorted(used, key=lambda one: one.slot))
    except (ArmletError, ValueError) as problem:
        return (Break(1, f"what was disclosed cannot have been in a vault: {problem}"),), ()
    breaks, notes = prove_draws(vault, protocol, state)
    other = () if told.trial == state.trial else (Break(1, f"it is of the trial {told.trial}"),)
    return (*other, *breaks), notes
