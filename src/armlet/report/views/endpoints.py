"""Derived values; of those that could tell the arm, after baseline only that they are there."""

from __future__ import annotations

from armlet.projections import tables
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View


def _render(content: BlindedContent, _role: Role) -> bytes:
    return tables.endpoints_csv(content).encode()


METHOD = View(
    id="endpoints",
    object="exports",
    label="derived values; what could tell the arm up to baseline only",
    file="data/endpoints.csv",
    render=_render,
)
