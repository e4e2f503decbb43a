"""What the page before the lock is made from. There is no arm in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from armlet.conduct.observation import Observation
from armlet.conduct.state import TrialState
from armlet.derivation.dataset import BlindedDataset
from armlet.ledger.entry import Chained, Head
from armlet.protocol.model import Protocol


@dataclass(frozen=True, slots=True)
class BlindedContent:
    """A trial on one day, as a blinded person may know it. `notes` are printed as they are, at the end.

    `entries` are those of the open strand up to that day; a page that shows none of them does without.
    """

    protocol: Protocol
    state: TrialState
    dataset: BlindedDataset
    observations: tuple[Observation, ...]
    head: Head
    as_of: date
    notes: tuple[str, ...] = ()
    entries: tuple[Chained, ...] = ()

    @property
    def allocated_word(self) -> str:
        """What an allocation is called: by chance only where the design says so."""
        return "randomised" if self.protocol.design.allocation == "randomised" else "allocated"

    @property
    def reality(self) -> str:
        """``simulated trial`` or ``trial``."""
        return "simulated trial" if self.state.simulated else "trial"
