"""Who belongs to which analysis set: as the protocol computes it, and as the blind review assigned it."""

from __future__ import annotations

from armlet.projections.observations import analysis_sets
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("set", "participant", "from")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows: list[dict[str, object]] = [
        {"set": name, "participant": one, "from": "the protocol"}
        for name, members in analysis_sets(content.protocol, content.state).items()
        for one in members
    ]
    assigned = content.state.data.sets
    if assigned is not None:
        rows += [
            {"set": name, "participant": one, "from": f"the blind review: {assigned.event.minutes}"}
            for name, members in sorted(assigned.members.items())
            for one in members
        ]
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="analysis_sets",
    object="analysis_sets",
    label="who belongs to which analysis set",
    file="data/analysis_sets.csv",
    render=_render,
)
