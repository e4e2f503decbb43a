"""The page before the lock."""

from __future__ import annotations

from armlet.protocol.model import Role
from armlet.report.blinded import render_blinded
from armlet.report.content import BlindedContent
from armlet.report.views import View


def _render(content: BlindedContent, _role: Role) -> bytes:
    return render_blinded(content).encode()


METHOD = View(
    id="report_blinded",
    object="exports",
    label="the trial as one page, before the lock",
    file="report-blinded.html",
    render=_render,
)
