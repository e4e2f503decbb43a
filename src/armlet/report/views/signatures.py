"""Signatures and checks of forms: printed name, time, meaning, and whether what was signed is still what stands there."""

from __future__ import annotations

from armlet.conduct.data.signing import is_valid
from armlet.conduct.data.state import Mark
from armlet.conduct.state import TrialState
from armlet.ledger.data_events import Signed
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = (
    "entry", "what", "participant", "visit", "activity", "name", "role", "at", "meaning", "second_factor", "fingerprint",
    "stands",
)  # fmt: skip


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (_row(content.state, mark) for mark in content.state.data.marks)
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


def _row(state: TrialState, mark: Mark) -> dict[str, object]:
    event = mark.event
    signed = event if isinstance(event, Signed) else None
    return {
        "entry": mark.entry,
        "what": event.kind,
        "participant": event.participant,
        "visit": event.visit or "casebook",
        "activity": event.activity,
        "name": signed.signer if signed is not None else mark.actor,
        "role": mark.role.value,
        "at": mark.at.isoformat(),
        "meaning": signed.meaning.value if signed is not None else "",
        "second_factor": signed.confirmed_by if signed is not None else "",
        "fingerprint": event.fingerprint,
        "stands": "valid" if is_valid(state, mark) else "void: changed since",
    }


METHOD = View(
    id="signatures",
    object="data_status",
    label="signatures, source verification and review, and whether they stand",
    file="data/signatures.csv",
    render=_render,
    is_of_today=True,
)
