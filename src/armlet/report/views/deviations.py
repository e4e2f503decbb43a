"""Deviations from the protocol, as recorded."""

from __future__ import annotations

from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("participant", "date", "what")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (
        {"participant": one.id, "date": deviation.on, "what": deviation.what}
        for one in content.state.participants.values()
        for deviation in one.deviations
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="deviations",
    object="exports",
    label="deviations from the protocol",
    file="data/deviations.csv",
    render=_render,
)
