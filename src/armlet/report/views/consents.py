"""The consent log: who signed which version of which form, when, in which language, and with which options."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.conduct.consent.state import Given
from armlet.conduct.state import Participant
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("participant", "form", "version", "at", "language", "signed_by", "copy", "options", "order", "document")


def _render(content: BlindedContent, _role: Role) -> bytes:
    return as_csv(_HEADER, _rows(content), simulated=content.state.simulated).encode()


def _rows(content: BlindedContent) -> Iterator[dict[str, object]]:
    for one in content.state.participants.values():
        found = content.state.consent.of_participant(one.id)
        options = ", ".join(f"{name}: {'yes' if agreed else 'no'}" for name, agreed in found.options.items())
        for given in found.given:
            yield {
                "participant": one.id,
                "form": given.form,
                "version": given.version,
                "at": given.at.isoformat(),
                "language": given.language,
                "signed_by": given.signed_by,
                "copy": found.copies.get(given.form, ""),
                "options": options,
                "order": _order(content, one, given),
                "document": given.document,
            }


def _order(content: BlindedContent, one: Participant, given: Given) -> str:
    """Whether the first procedure came after the first consent, as far as minutes can tell."""
    first, consent = content.state.consent.of_participant(one.id).first_procedure, one.consents[given.form].first
    if first is None or first.replace(second=0, microsecond=0) > consent.replace(second=0, microsecond=0):
        return "consent first"
    return "same minute as a procedure: ask" if first >= consent.replace(second=0, microsecond=0) else "procedure first"


METHOD = View(
    id="consents",
    object="exports",
    label="who consented to which version of which form, and when",
    file="data/consents.csv",
    render=_render,
)
