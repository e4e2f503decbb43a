"""Screening: the verdict on each person as screened last, and the criteria that failed."""

from __future__ import annotations

from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("participant", "site", "identified", "attempt", "verdict", "failed_for", "enrolled")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (
        {
            "participant": one.id,
            "site": one.site,
            "identified": one.identified,
            "attempt": one.attempt,
            "verdict": one.verdict,
            "failed_for": "; ".join(one.failed_for),
            "enrolled": one.enrolled,
        }
        for one in content.state.participants.values()
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="screening",
    object="exports",
    label="who was screened, the verdict, and which criteria failed",
    file="data/screening.csv",
    render=_render,
)
