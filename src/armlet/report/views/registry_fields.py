"""Fields of the registry record that no longer say what is so: what the sponsor is to post."""

from __future__ import annotations

from armlet.conduct.course.registry_status import list_fields_to_post
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("field", "old", "new")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (
        {"field": field.field, "old": field.old, "new": field.new}
        for field in list_fields_to_post(content.protocol, content.state)
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="registry_fields",
    object="trial_documents",
    label="fields of the registry that no longer say what is so",
    file="data/registry_fields.csv",
    render=_render,
    is_of_today=True,
)
