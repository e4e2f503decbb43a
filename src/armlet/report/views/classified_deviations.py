"""Deviations by their entry, with how much each matters; blank where nobody has judged it yet."""

from __future__ import annotations

from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("entry", "participant", "date", "what", "importance", "why")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (
        {
            "entry": entry,
            "participant": deviation.participant,
            "date": deviation.on,
            "what": deviation.what,
            "importance": judged.importance.value if judged else "",
            "why": judged.why if judged else "",
        }
        for entry, deviation in content.state.course.deviations.items()
        for judged in (content.state.course.classified.get(entry),)
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="classified_deviations",
    object="deviations",
    label="deviations with how much each matters",
    file="data/classified_deviations.csv",
    render=_render,
)
