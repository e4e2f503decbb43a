"""The texts of the consents: how far each has come, and from when to when a site uses it."""

from __future__ import annotations

from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("form", "version", "language", "stage", "site", "begins", "last_day", "document")


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (
        {
            "form": text.form,
            "version": text.version,
            "language": text.language,
            "stage": text.stage.value,
            "site": site,
            "begins": text.begins.get(site, ""),
            "last_day": content.state.consent.last_day(text, site) or "",
            "document": text.document,
        }
        for text in content.state.consent.texts.values()
        for site in (list(text.begins) or [""])
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


METHOD = View(
    id="consent_texts",
    object="consent_documents",
    label="the texts of the consents, and where each is in use",
    file="data/consent_texts.csv",
    render=_render,
)
