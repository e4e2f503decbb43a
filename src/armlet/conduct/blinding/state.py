"""Which entries may have told something, and what was kept and noted. There is no arm in it, and no word of a remark."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from armlet.ledger.blinding_events import BlindingEvent, PossibleUnmaskingNoted, RemarkKept
from armlet.ledger.entry import Chained


@dataclass(frozen=True, slots=True)
class Kept:
    """A remark or a note, with its entry, and on which day it was written."""

    entry: int
    on: date
    event: RemarkKept | PossibleUnmaskingNoted


@dataclass(slots=True)
class BlindingState:
    """`grounds` has the participant of each entry by which a preparation moved or was not given."""

    grounds: dict[int, str] = field(default_factory=dict)
    remarks: list[Kept] = field(default_factory=list)
    noted: list[Kept] = field(default_factory=list)


def apply(state: BlindingState, event: BlindingEvent, chained: Chained) -> None:
    """Brings the state up to an event of this topic."""
    kept = Kept(chained.seq, chained.entry.occurred.date(), event)
    (state.remarks if isinstance(event, RemarkKept) else state.noted).append(kept)
