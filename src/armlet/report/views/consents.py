"""The consent log: who consented to which version of which form, and when."""

from __future__ import annotations

from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("participant", "form", "version", "at")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (
        {"participant": one.id, "form": form, "version": consent.version, "at": consent.at.isoformat()}
        for one in content.state.participants.values()
        for form, consent in one.consents.items()
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="consents",
    object="exports",
    label="who consented to which version of which form, and when",
    file="data/consents.csv",
    render=_render,
)
