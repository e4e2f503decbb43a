"""The open strand as it is kept: every entry with its words, for whoever may see the audit trail whole."""

from __future__ import annotations

from armlet.ledger.entry import encode
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View


def _render(content: BlindedContent, _role: Role) -> bytes:
    return b"".join(encode(entry) + b"\n" for entry in content.entries)


METHOD = View(
    id="strand",
    object="audit_trail",
    label="a copy of the open strand, to be verified elsewhere",
    file="ledger/open.jsonl",
    render=_render,
    needs_whole=True,
    is_of_today=True,
)
