"""Which remarks were kept. There is no arm in it, and no word of a remark."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from armlet.ledger.blinding_events import RemarkKept
from armlet.ledger.entry import Chained


@dataclass(frozen=True, slots=True)
class Kept:
    """A remark, with its entry, and on which day it was written."""

    entry: int
    on: date
    event: RemarkKept


@dataclass(slots=True)
class BlindingState:
    """The remarks, in the order in which they were written."""

    remarks: list[Kept] = field(default_factory=list)


def apply(state: BlindingState, event: RemarkKept, chained: Chained) -> None:
    """Brings the state up to an event of this topic."""
    state.remarks.append(Kept(chained.seq, chained.entry.occurred.date(), event))
