"""Where each participant stands, one line each."""

from __future__ import annotations

from armlet.projections import tables
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View


def _render(content: BlindedContent, _role: Role) -> bytes:
    return tables.participants_csv(content).encode()


METHOD = View(
    id="participants",
    object="exports",
    label="where each participant stands",
    file="data/participants.csv",
    render=_render,
)
