"""The dataset with arms: another type than the blinded one, made only by `armlet.allocation.unblinding.unseal`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
    """Everything derived, and who got what. `doses` and `lots` are by participant, for those who had a preparation.

    `lost` holds the slots that were lost at a restore, by number: their arm, or None where nobody can know it.
    `dummy`: the arms are nobody's, drawn anew for a dry run (`armlet.allocation.dummy`); whatever is made from it says so.
    """

    blinded: BlindedDataset
    scheme: Scheme
    slots: tuple[Slot, ...]
    doses: Mapping[str, Quantity]
    lots: Mapping[str, str]
    lost: Mapping[int, str | None] = field(default_factory=dict)
    dummy: bool = False

    def arm_of(self, participant: str) -> str | None:
        """The participant's arm; None for those never allocated."""
        return {slot.participant: slot.arm for slot in self.slots}.get(participant)

    def allocated(self) -> tuple[str, ...]:
        """The arm of every slot, given or lost, in order of allocation: what re-randomisation replays.

        Empty where the arm of a lost slot is not known: then no list can be replayed.
        """
        arms = {**{slot.number: slot.arm for slot in self.slots}, **self.lost}
        known = [(number, arm) for number, arm in sorted(arms.items()) if arm is not None]
        return tuple(arm for _, arm in known) if len(known) == len(arms) else ()

    def __repr__(self) -> str:
        return f"UnblindedDataset({len(self.slots)} slots, not shown)"
