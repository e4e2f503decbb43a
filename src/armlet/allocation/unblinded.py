"""The dataset with arms: another type than the blinded one, made only by `armlet.allocation.unblinding.unseal`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from armlet.allocation.scheme import Scheme
from armlet.derivation.dataset import BlindedDataset
from armlet.units import Quantity


@dataclass(frozen=True, slots=True)
class Slot:
    """One used slot: its number, who got it and which arm it is."""

    number: int
    participant: str
    arm: str

    def __repr__(self) -> str:
        return f"Slot({self.number}, not shown)"


@dataclass(frozen=True, slots=True)
class UnblindedDataset:
    """Everything derived, and who got what. `doses` and `lots` are by participant, for those who had a preparation."""

    blinded: BlindedDataset
    scheme: Scheme
    slots: tuple[Slot, ...]
    doses: Mapping[str, Quantity]
    lots: Mapping[str, str]

    def arm_of(self, participant: str) -> str | None:
        """The participant's arm; None for those never allocated."""
        return {slot.participant: slot.arm for slot in self.slots}.get(participant)

    def allocated(self) -> tuple[str, ...]:
        """The arm of every slot in order of allocation, which is what re-randomisation replays."""
        return tuple(slot.arm for slot in self.slots)

    def __repr__(self) -> str:
        return f"UnblindedDataset({len(self.slots)} slots, not shown)"
