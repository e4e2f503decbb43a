"""One value that the protocol asked for, as it stands after corrections: recorded, or missing with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from armlet.ledger.events import MissingReason
from armlet.units import Quantity


@dataclass(frozen=True, slots=True)
class Observation:
    """What is known of one sample of one measure at one visit.

    `entry` is the ledger's sequence number that the value stands on (a correction's own number once corrected).
    `sample` is the nominal time or day as the protocol writes it ("" where there is one value only) and `actual` the
    real time as reported ("" when none was). `quantity` is None exactly when `missing` says why or `is_sealed`: the value
    is there, for the vault alone, and so is its actual time. `below` means that the laboratory reported less than
    `quantity`. `on` is the day of the visit.
    `by` is who entered what stands: where a second person is to enter it again, another one.
    """

    entry: int
    participant: str
    visit: str
    activity: str
    measure: str
    sample: str
    actual: str
    on: date
    quantity: Quantity | None
    below: bool = False
    missing: MissingReason | None = None
    corrected: bool = False
    is_sealed: bool = False
    by: str = ""
