"""Visits held and missed."""

from __future__ import annotations

from armlet.projections import tables
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View


def _render(content: BlindedContent, _role: Role) -> bytes:
    return tables.visits_csv(content).encode()


METHOD = View(
    id="visits",
    object="exports",
    label="visits held and missed, and how far from their window",
    file="data/visits.csv",
    render=_render,
)
