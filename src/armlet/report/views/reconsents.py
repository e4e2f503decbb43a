"""Who is asked for consent anew after an amendment, by when, and who refused."""

from __future__ import annotations

from armlet.conduct.consent.reconsent import list_tasks
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("participant", "form", "version", "protocol", "due", "standing")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (
        {
            "participant": task.participant,
            "form": task.form,
            "version": task.version,
            "protocol": task.protocol_version,
            "due": task.due,
            "standing": task.standing,
        }
        for task in list_tasks(content.state, content.as_of)
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="reconsents",
    object="enrolment",
    label="who is still asked to consent to a new version, and by when",
    file="data/reconsents.csv",
    render=_render,
)
