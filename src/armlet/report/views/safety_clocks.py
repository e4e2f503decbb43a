"""What is due about harm and until when, the overdue first; as of the end of the day that the view is of."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, time

from armlet.projections.safety_clocks import list_clocks
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("participant", "number", "duty", "since", "due", "done", "standing")


def _render(content: BlindedContent, _role: Role) -> bytes:
    now = datetime.combine(content.as_of, time.max, UTC)
    rows = (asdict(clock) for clock in list_clocks(content.protocol, content.state, now))
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="safety_clocks",
    object="adverse_events",
    label="what is due about harm, until when, and what is overdue",
    file="data/safety_clocks.csv",
    render=_render,
)
