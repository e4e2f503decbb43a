"""The preparations as everybody may see them: number, when due, released until, given or cancelled."""

from __future__ import annotations

from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("preparation", "participant", "due", "released_until", "given", "complete", "cancelled")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (
        {
            "preparation": one.preparation,
            "participant": one.id,
            "due": one.due,
            "released_until": one.released.expires.isoformat() if one.released is not None else None,
            "given": one.administered.started.isoformat() if one.administered is not None else None,
            "complete": ("yes" if one.administered.complete else "no") if one.administered is not None else None,
            "cancelled": one.cancelled.because.value if one.cancelled is not None else None,
        }
        for one in content.state.randomised()
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="preparations",
    object="ready_for_infusion",
    label="preparations by their neutral number: due, released, given",
    file="data/preparations.csv",
    render=_render,
)
