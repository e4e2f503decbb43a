"""Whom to call while the trial is suspended or after its end: who waits for something that will not come now."""

from __future__ import annotations

from armlet.conduct.course.ending import list_calls
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("participant", "site", "because")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (
        {"participant": call.participant, "site": call.site, "because": call.because}
        for call in list_calls(content.state)
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="calls",
    object="enrolment",
    label="who is called while nothing new is begun",
    file="data/calls.csv",
    render=_render,
    is_of_today=True,
)
