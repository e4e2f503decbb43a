"""Which files results came from, in order."""

from __future__ import annotations

from dataclasses import dataclass, field

from armlet.ledger.entry import Chained
from armlet.ledger.intake_events import IntakeEvent, ResultsImported


@dataclass(slots=True)
class IntakeState:
    """Every import by the number of its entry."""

    imports: dict[int, ResultsImported] = field(default_factory=dict)


def apply(state: IntakeState, event: IntakeEvent, chained: Chained) -> None:
    """One more import."""
    state.imports[chained.seq] = event
