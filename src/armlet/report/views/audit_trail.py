"""The audit trail: who wrote when, in which role, about whom, and what kind of event. No words, no values."""

from __future__ import annotations

from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("entry", "occurred", "recorded", "actor", "role", "event", "participant")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (
        {
            "entry": one.seq,
            "occurred": one.entry.occurred.isoformat(),
            "recorded": one.entry.recorded.isoformat(),
            "actor": one.entry.actor,
            "role": one.entry.role.value,
            "event": one.event.kind,
            "participant": getattr(one.event, "participant", None),
        }
        for one in content.entries
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="audit_trail",
    object="audit_trail",
    label="who wrote what kind of entry, when and about whom; no words and no values",
    file="data/audit_trail.csv",
    render=_render,
    is_of_today=True,
)
