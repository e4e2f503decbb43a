"""Tables with arms, for the unblinded side after the lock; the tables without are `armlet.projections.tables`."""

from __future__ import annotations

from collections.abc import Sequence

from armlet.allocation.boxes import OpenedGuess
from armlet.allocation.unblinded import UnblindedDataset
from armlet.export.package import TrialData
from armlet.projections import tables
from armlet.projections.tables import NOT_SHOWN, as_csv, guard, participants_csv, results_csv, visits_csv

__all__ = [
    "NOT_SHOWN",
    "adverse_events_csv",
    "allocation_csv",
    "as_csv",
    "endpoints_csv",
    "guard",
    "guesses_csv",
    "participants_csv",
    "results_csv",
    "visits_csv",
]


def endpoints_csv(data: TrialData, unblinded: UnblindedDataset | None = None) -> str:
    """One row for each derived value; with arms only when the unblinded dataset is given."""
    return tables.endpoints_csv(data, unblinded.arm_of if unblinded is not None else None)


def adverse_events_csv(data: TrialData, unblinded: UnblindedDataset | None = None) -> str:
    """One row for each adverse event; with arms only when the unblinded dataset is given."""
    return tables.adverse_events_csv(data, unblinded.arm_of if unblinded is not None else None)


def guesses_csv(data: TrialData, unblinded: UnblindedDataset, guesses: Sequence[OpenedGuess]) -> str:
    """What each person asked believed, beside the arm: for the unblinded side only."""
    header = ("participant", "arm", "of", "who", "occasion", "guess", "certainty", "because", "entry")
    rows: list[dict[str, object]] = []
    for one in guesses:
        cells: dict[str, object] = {name: getattr(one, name) for name in header if name != "arm"}
        arm = unblinded.arm_of(one.participant) or ""
        rows.append({**cells, "arm": arm, "of": one.of.value, "occasion": one.occasion.value})
    return as_csv(header, rows, simulated=data.state.simulated)


def allocation_csv(data: TrialData, unblinded: UnblindedDataset) -> str:
    """Who got what, slot by slot: for the unblinded side only."""
    header = ("slot", "participant", "arm", "lot", "dose")
    rows = (
        {
            "slot": slot.number,
            "participant": slot.participant,
            "arm": slot.arm,
            "lot": unblinded.lots.get(slot.participant, ""),
            "dose": str(unblinded.doses.get(slot.participant, "")),
        }
        for slot in unblinded.slots
    )
    return as_csv(header, rows, simulated=data.state.simulated)
