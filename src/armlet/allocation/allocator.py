"""The allocator: the next free slot for a request, written to the vault before anybody is told that it exists.

Its answer is the number of a preparation, from one series for everybody. A crash between the vault and the open strand
leaves a slot that the same request finds again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from armlet.allocation.history import History
from armlet.allocation.stream import Draw
from armlet.allocation.vault import Vault, VaultMoved, Writer
from armlet.errors import RefusedError
from armlet.issues import error
from armlet.ledger.sealed import ArmAssigned


def number_preparation(slot: int) -> str:
    """The neutral number of the preparation for a slot."""
    return f"PREP-{slot:03d}"


def slot_of(preparation: str) -> int | None:
    """The slot that a preparation's number means; None for a number of another series."""
    digits = preparation.removeprefix("PREP-")
    slot = int(digits) if digits.isascii() and digits.isdigit() else 0
    return slot if slot and number_preparation(slot) == preparation else None


class VaultAllocator:
    """Answers `armlet.conduct.ports.Allocator` from a vault; `writer` tells who writes and when."""

    def __init__(self, vault: Vault, writer: Callable[[], Writer]) -> None:
        self._vault = vault
        self._writer = writer

    def allocate(self, participant: str, request: str, levels: Mapping[str, str] | None = None) -> str:
        """The preparation's number: that of the participant's own slot where there is one, else of the next slot.

        Several may allocate at once: who comes second draws again, after the slot that the first one took.
        Raises InputError, with nothing written, where a factor of the scheme has no level; RefusedError where the vault
        was restored and is not reconciled.
        """
        while True:
            self._vault.look_again()
            try:
                return self.take_next(participant, request, levels or {})
            except VaultMoved:
                continue

    def take_next(self, participant: str, request: str, levels: Mapping[str, str]) -> str:
        """The same, only if nobody else wrote since the vault's last look. Raises VaultMoved, with nothing written."""
        for assigned in self._vault.assignments():
            if participant == assigned.participant:
                return assigned.preparation
        refuse_quarantined(self._vault)
        return self._assign(participant, request, levels)

    def _assign(self, participant: str, request: str, levels: Mapping[str, str]) -> str:
        history = self._vault.history()
        draw = history.draw(levels)
        slot = self._vault.last_slot() + 1
        assigned = assign(history, draw, participant, request, slot, levels)
        self._vault.write(self._writer(), assigned)
        return assigned.preparation


def assign(
    history: History, draw: Draw, participant: str, request: str, slot: int, levels: Mapping[str, str]
) -> ArmAssigned:
    """The slot after a history, drawn for a participant."""
    return ArmAssigned(
        participant=participant,
        request=request,
        slot=slot,
        arm=history.scheme.arms[draw.arm],
        drawn=draw.u_numerator,
        preparation=number_preparation(slot),
        levels={factor.name: levels[factor.name] for factor in history.scheme.factors} or None,
    )


def refuse_quarantined(vault: Vault) -> None:
    """Raises RefusedError where the vault was put back from a backup and may have lost slots that were used."""
    if vault.is_quarantined:
        message = "it was restored from a backup and may be older than what was handed out; it gives no slot."
        fix = "Reconcile it with the newest ledger first: `armlet vault reconcile --help`."
        raise RefusedError([error("vault/quarantined", "the vault", message, fix)])
