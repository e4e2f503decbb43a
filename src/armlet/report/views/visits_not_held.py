"""Why each visit was not held: missed, withdrawn, lost, died, the trial terminated, to come or overdue."""

from __future__ import annotations

from armlet.conduct.course.ending import why_not_held
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("participant", "visit", "why")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (
        {"participant": one.id, "visit": visit.id, "why": why.value}
        for one in content.state.enrolled()
        for visit in content.protocol.visits
        if (why := why_not_held(content.state, one, visit, content.as_of)) is not None
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="visits_not_held",
    object="other_results",
    label="why a visit of the schedule was not held",
    file="data/visits_not_held.csv",
    render=_render,
)
