"""Visits still to come, with their windows, and those whose window has closed."""

from __future__ import annotations

from armlet.conduct.schedule import is_overdue, visits_due
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("participant", "visit", "opens", "target", "closes", "overdue")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (
        {
            "participant": due.participant,
            "visit": due.visit.id,
            "opens": due.window.opens,
            "target": due.window.target,
            "closes": due.window.closes,
            "overdue": "yes" if is_overdue(due, content.as_of) else "no",
        }
        for one in content.state.enrolled()
        if one.is_followed
        for due in visits_due(content.protocol, one)
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="visits_due",
    object="other_results",
    label="visits still to come, with their windows",
    file="data/visits_due.csv",
    render=_render,
)
