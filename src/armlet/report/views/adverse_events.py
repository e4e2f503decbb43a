"""Adverse events as reported."""

from __future__ import annotations

from armlet.projections import tables
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View


def _render(content: BlindedContent, _role: Role) -> bytes:
    return tables.adverse_events_csv(content).encode()


METHOD = View(
    id="adverse_events",
    object="adverse_events",
    label="adverse events as reported",
    file="data/adverse_events.csv",
    render=_render,
)
