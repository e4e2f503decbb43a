"""Tables as CSV: one value a cell, one header row, and SIMULATED in every row of a simulated trial.

Text that a spreadsheet would run as a formula gets a leading apostrophe; numbers, also negative ones, stay as they are.
Of measures and endpoints that could tell the arm, blinded tables hold what was there up to the intervention and say of
the rest only that it is recorded.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol as Shape

from armlet.conduct.data.entry import unsettled
from armlet.conduct.observation import Observation
from armlet.conduct.state import TrialState
from armlet.derivation.dataset import COLUMNS, BlindedDataset
from armlet.derivation.derived import SEALED
from armlet.projections.participants import list_participants
from armlet.projections.safety import list_events
from armlet.protocol.hidden import Hidden, hidden_before_lock
from armlet.protocol.model import Protocol
from armlet.units import format_decimal

NOT_SHOWN = "recorded, not shown before the lock"
ENTERED_ONCE = "entered once, not shown before it is entered again"
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


class Blinded(Shape):
    """A trial as it stands, without any arm: what a table is made from."""

    @property
    def protocol(self) -> Protocol:
        """The protocol in force."""

    @property
    def state(self) -> TrialState:
        """Where the trial stands."""

    @property
    def observations(self) -> tuple[Observation, ...]:
        """Every result, as it stands after corrections."""

    @property
    def dataset(self) -> BlindedDataset:
        """Every derived value."""


ArmOf = Callable[[str], str | None]
"""Who got what, by participant: only the unblinded side has one to give."""


def guard(text: str) -> str:
    """The cell, safe to open in a spreadsheet."""
    if text[:1] in {"=", "+", "-", "@", "\t", "\r", "\0"} and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def as_csv(header: Sequence[str], rows: Iterable[Mapping[str, object]], *, simulated: bool) -> str:
    """The table as CSV text; a first column says SIMULATED where the trial is."""
    return marked_csv(header, rows, "SIMULATED" if simulated else "")


def marked_csv(header: Sequence[str], rows: Iterable[Mapping[str, object]], mark: str) -> str:
    """The table as CSV text; where there is a mark, a first column says it in every row."""
    names = ["data", *header] if mark else list(header)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        cells = ["" if row[name] is None else guard(str(row[name])) for name in header]
        writer.writerow([mark, *cells] if mark else cells)
    return out.getvalue()


def participants_csv(data: Blinded) -> str:
    """One row a participant: where each stands."""
    header = (
        "participant", "site", "status", "enrolled", "randomised", "preparation", "administered", "visits_held",
        "visits_missed", "adverse_events", "deviations",
    )  # fmt: skip
    rows = ({name: getattr(row, name) for name in header} for row in list_participants(data.state))
    return as_csv(header, rows, simulated=data.state.simulated)


def results_csv(data: Blinded, *, blinded: bool) -> str:
    """One row for each value asked for, as reported, with the ledger entry that it stands on."""
    header = (
        "participant", "visit", "date", "activity", "measure", "sample", "actual", "below", "value", "unit", "missing",
        "corrected", "entry",
    )  # fmt: skip
    hidden = hidden_before_lock(data.protocol) if blinded else Hidden()
    waits = _entries_that_wait(data) if blinded else frozenset()
    rows = (_result_row(one, is_hidden=hidden.hides_measure(one.measure, one.visit)) for one in data.observations)
    rows = (row | {"value": ENTERED_ONCE} if row["entry"] in waits else row for row in rows)
    return as_csv(header, rows, simulated=data.state.simulated)


def _entries_that_wait(data: Blinded) -> frozenset[int]:
    """The first entries of critical values that a second person is to enter without having seen them."""
    second = data.state.data.second_entries
    return frozenset(
        one.results[key].entry
        for one in data.state.participants.values()
        for key, _ in unsettled(data.protocol, data.state, one)
        if one.results[key].entry not in second
    )


def _result_row(one: Observation, *, is_hidden: bool) -> dict[str, object]:
    value = "" if one.quantity is None else format_decimal(one.quantity.value)
    if one.is_sealed or (is_hidden and value):
        value = NOT_SHOWN
    return {
        "participant": one.participant,
        "visit": one.visit,
        "date": one.on.isoformat(),
        "activity": one.activity,
        "measure": one.measure,
        "sample": one.sample,
        "actual": one.actual,
        "below": "below" if one.below and not is_hidden else "",
        "value": value,
        "unit": one.quantity.unit if one.quantity is not None else "",
        "missing": one.missing.value if one.missing is not None else "",
        "corrected": "yes" if one.corrected else "",
        "entry": one.entry,
    }


def endpoints_csv(data: Blinded, arm_of: ArmOf | None = None) -> str:
    """One row for each derived value; with arms only where the unblinded side tells them."""
    hidden = hidden_before_lock(data.protocol)
    rows: list[dict[str, object]] = []
    for row in data.dataset.rows():
        cells: dict[str, object] = dict(row)
        if arm_of is not None:
            cells["arm"] = arm_of(row["participant"]) or ""
        elif hidden.hides_endpoint(row["endpoint"], row["visit"]) and row["value"]:
            cells |= {"value": NOT_SHOWN, "change": "", "notes": ""}
        elif row["reason"] == SEALED:
            cells |= {"value": NOT_SHOWN}
        rows.append(cells)
    header = COLUMNS if arm_of is None else ("arm", *COLUMNS)
    return as_csv(header, rows, simulated=data.state.simulated)


def adverse_events_csv(data: Blinded, arm_of: ArmOf | None = None) -> str:
    """One row for each adverse event."""
    header = ("participant", "term", "onset", "ended", "grade", "serious", "related_to", "expected")
    rows: list[dict[str, object]] = []
    for event in list_events(data.state):
        cells: dict[str, object] = {name: getattr(event, name) for name in header}
        cells |= {"serious": "; ".join(one.value for one in event.serious), "related_to": "; ".join(event.related_to)}
        if arm_of is not None:
            cells["arm"] = arm_of(event.participant) or ""
        rows.append(cells)
    return as_csv(header if arm_of is None else ("arm", *header), rows, simulated=data.state.simulated)


def visits_csv(data: Blinded) -> str:
    """One row for each visit held or missed, and each deviation from its window."""
    header = ("participant", "visit", "date", "days_off", "missed")
    rows: list[dict[str, object]] = []
    for one in data.state.participants.values():
        rows += [
            {"participant": one.id, "visit": held.visit, "date": held.on, "days_off": held.days_off, "missed": ""}
            for held in one.held.values()
        ]
        rows += [
            {"participant": one.id, "visit": missed.visit, "date": "", "days_off": "", "missed": missed.why}
            for missed in one.missed.values()
        ]
    return as_csv(header, rows, simulated=data.state.simulated)
