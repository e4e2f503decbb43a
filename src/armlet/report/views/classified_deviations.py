"""Deviations by their entry, with how much each matters; blank where nobody has judged it yet."""

from __future__ import annotations

from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("entry", "participant", "date", "what", "proposed", "level", "why")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (
        {
            "entry": entry,
            "participant": one.event.participant,
            "date": one.event.on,
            "what": one.event.what,
            "proposed": one.proposed.value if one.proposed else "",
            "level": one.level.value if one.level else "",
            "why": one.why,
        }
        for entry, one in content.state.data.deviations.items()
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="classified_deviations",
    object="deviations",
    label="deviations with how much each matters",
    file="data/classified_deviations.csv",
    render=_render,
)
