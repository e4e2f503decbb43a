"""The delegation log: who works in which role, at which site."""

from __future__ import annotations

from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("person", "role", "site")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (
        {"person": one.person, "role": one.role.value, "site": one.site} for one in content.state.delegations.values()
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="delegations",
    object="accounts",
    label="who works in which role, and where",
    file="data/delegations.csv",
    render=_render,
    is_of_today=True,
)
