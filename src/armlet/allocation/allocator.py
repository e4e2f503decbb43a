"""The allocator: the next free slot for a request, written to the vault before anybody is told that it exists.

Its answer is the number of a preparation, from one series for everybody. A crash between the vault and the open strand
leaves a slot that the same request finds again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from armlet.allocation.stream import draw_next
from armlet.allocation.vault import Vault, VaultMoved, Writer
from armlet.ledger.sealed import ArmAssigned


def number_preparation(slot: int) -> str:
    """The neutral number of the preparation for a slot."""
    return f"PREP-{slot:03d}"


class VaultAllocator:
    """Answers `armlet.conduct.ports.Allocator` from a vault; `writer` tells who writes and when."""

    def __init__(self, vault: Vault, writer: Callable[[], Writer]) -> None:
        self._vault = vault
        self._writer = writer

    def allocate(self, participant: str, request: str, levels: Mapping[str, str] | None = None) -> str:
        """The preparation's number: that of the participant's own slot where there is one, else of the next slot.

        Several may allocate at once: who comes second draws again, after the slot that the first one took.
        Raises InputError, with nothing written, where a factor of the scheme has no level.
        """
        while True:
            self._vault.look_again()
            try:
                return self.take_next(participant, request, levels or {})
            except VaultMoved:
                continue

    def take_next(self, participant: str, request: str, levels: Mapping[str, str]) -> str:
        """The same, only if nobody else wrote since the vault's last look. Raises VaultMoved, with nothing written."""
        before = self._vault.assignments()
        for assigned in before:
            if participant == assigned.participant:
                return assigned.preparation
        return self._assign(participant, request, levels, before)

    def _assign(
        self, participant: str, request: str, levels: Mapping[str, str], before: tuple[ArmAssigned, ...]
    ) -> str:
        scheme = self._vault.scheme().joined_by(levels)
        history = tuple(scheme.arms.index(assigned.arm) for assigned in before)
        draw = draw_next(scheme, history, bytes.fromhex(self._vault.opening().seed))
        slot = len(before) + 1
        assigned = ArmAssigned(
            participant=participant,
            request=request,
            slot=slot,
            arm=scheme.arms[draw.arm],
            drawn=draw.u_numerator,
            preparation=number_preparation(slot),
            levels={factor.name: levels[factor.name] for factor in scheme.factors} or None,
        )
        self._vault.write(self._writer(), assigned)
        return assigned.preparation
