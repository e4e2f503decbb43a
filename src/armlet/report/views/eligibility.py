"""The criteria, and how many people met each."""

from __future__ import annotations

from armlet.projections.eligibility import tabulate_eligibility
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("criterion", "kind", "says", "met", "not_met", "unknown")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (
        {
            "criterion": row.id,
            "kind": row.kind.value,
            "says": row.says,
            "met": row.met,
            "not_met": row.not_met,
            "unknown": row.unknown,
        }
        for row in tabulate_eligibility(content.protocol, content.state)
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="eligibility",
    object="exports",
    label="the criteria, and how many people met each",
    file="data/eligibility.csv",
    render=_render,
)
