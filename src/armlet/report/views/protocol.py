"""The protocol in words."""

from __future__ import annotations

from armlet.protocol.model import Role
from armlet.protocol.prose import render_protocol
from armlet.report.content import BlindedContent
from armlet.report.views import View


def _render(content: BlindedContent, _role: Role) -> bytes:
    return render_protocol(content.protocol).encode()


METHOD = View(
    id="protocol",
    object="protocol",
    label="the protocol in words",
    file="protocol.md",
    render=_render,
)
