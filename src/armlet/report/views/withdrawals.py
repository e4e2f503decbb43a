"""What participants took back, and what follows from it: visits, samples, records, letters."""

from __future__ import annotations

from armlet.conduct.consent.follow_up import list_consequences
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("participant", "since", "scope", "what", "standing")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (
        {
            "participant": found.participant,
            "since": found.since,
            "scope": found.scope,
            "what": found.what,
            "standing": found.standing,
        }
        for one in content.state.participants.values()
        for found in list_consequences(content.protocol, content.state, one)
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="withdrawals",
    object="enrolment",
    label="what was taken back, and what that leads to",
    file="data/withdrawals.csv",
    render=_render,
)
