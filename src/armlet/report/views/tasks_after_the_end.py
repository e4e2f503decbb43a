"""What is put in order after an early end: one list for the whole trial."""

from __future__ import annotations

from armlet.conduct.course.ending import list_tasks
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("about", "what")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = ({"about": about, "what": what} for about, what in list_tasks(content.state))
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="tasks_after_the_end",
    object="trial_documents",
    label="what is put in order after an early end",
    file="data/tasks_after_the_end.csv",
    render=_render,
    is_of_today=True,
)
