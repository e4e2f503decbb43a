"""What the vault tells of one participant, in order: the draw, the preparation and its tests, and who was shown the arm.

Whoever calls this answers for the warrant.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from armlet.allocation.vault import Vault
from armlet.ledger.sealed import ArmAssigned, PreparationMade, SealedEvent
from armlet.projections.story import describe


@dataclass(frozen=True, slots=True)
class SealedTold:
    """One entry of the vault, told. It may name an arm, so it prints as little as it can."""

    entry: int
    recorded: datetime
    actor: str
    event: str
    what: str = field(repr=False)

    def sentence(self) -> str:
        """The entry as one line for people."""
        return f"{self.recorded:%Y-%m-%d %H:%M} {self.event}: {self.what}. By {self.actor}, sealed entry {self.entry}."


def holder_in_vault(vault: Vault, slot: int) -> str | None:
    """Who has a slot; None where nobody has."""
    return next((one.participant for one in vault.assignments() if one.slot == slot), None)


def trace(vault: Vault, participant: str) -> Iterator[SealedTold]:
    """The entries of the vault about a participant, their preparation, and others of the same lot."""
    mine = {one.preparation for one in vault.events(ArmAssigned) if one.participant == participant}
    lots = {one.lot for one in vault.events(PreparationMade) if one.preparation in mine}
    for entry in vault.every_entry():
        if _is_about(entry.event, participant, mine, lots):
            plain: Mapping[str, object] = json.loads(entry.event.canonical())
            yield SealedTold(entry.seq, entry.recorded, entry.actor, entry.event.kind, describe(plain))


def _is_about(event: SealedEvent, participant: str, preparations: set[str], lots: set[str]) -> bool:
    return (
        getattr(event, "participant", "") == participant
        or getattr(event, "preparation", "") in preparations
        or getattr(event, "lot", "") in lots
    )
