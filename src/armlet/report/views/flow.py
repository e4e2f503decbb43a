"""The flow of everybody from the first number to the end of follow-up."""

from __future__ import annotations

from dataclasses import asdict

from armlet.projections.flow import count_flow
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("point", "reason", "people")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows: list[dict[str, object]] = []
    for point, count in asdict(count_flow(content.protocol, content.state)).items():
        by_reason = count.items() if isinstance(count, dict) else (("", count),)
        rows += [{"point": point, "reason": reason, "people": people} for reason, people in by_reason]
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="flow",
    object="randomisation_status",
    label="how many reached each point, and why others did not",
    file="data/flow.csv",
    render=_render,
)
