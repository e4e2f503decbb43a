"""Letters that the protocol asks for: to whom, about what, by when, and when they went out."""

from __future__ import annotations

from armlet.conduct.course.ending import list_letters
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("to", "participant", "about", "due", "sent")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (
        {
            "to": letter.to.value,
            "participant": letter.participant,
            "about": letter.about,
            "due": letter.due,
            "sent": letter.sent or "",
        }
        for letter in list_letters(content.protocol, content.state)
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="letters",
    object="trial_documents",
    label="letters that are due after an early end or an error, and those that went out",
    file="data/letters.csv",
    render=_render,
    is_of_today=True,
)
