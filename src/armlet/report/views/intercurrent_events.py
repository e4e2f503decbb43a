"""Which intercurrent events happened to whom, and when; before and after the lock the same, and never an arm."""

from __future__ import annotations

from armlet.projections.intercurrent import list_occurrences
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("participant", "event", "label", "date", "recognised by")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (
        {
            "participant": one.participant,
            "event": one.event,
            "label": content.protocol.intercurrent_event(one.event).label,
            "date": one.on,
            "recognised by": one.by,
        }
        for one in list_occurrences(content.protocol, content.state)
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="intercurrent_events",
    object="deviations",
    label="intercurrent events, by participant and day",
    file="data/intercurrent_events.csv",
    render=_render,
)
