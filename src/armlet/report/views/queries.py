"""Queries: who asked what, whether it was answered, and whose turn it is."""

from __future__ import annotations

from armlet.conduct.data.state import Query, QueryStatus
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = (
    "query", "status", "turn", "participant", "visit", "activity", "measure", "sample", "asked", "asked_by", "role",
    "check", "what", "last_words",
)  # fmt: skip
_TURN = {QueryStatus.OPEN: "site", QueryStatus.ANSWERED: "who asked", QueryStatus.CLOSED: ""}


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (_row(query) for query in content.state.data.queries.values())
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


def _row(query: Query) -> dict[str, object]:
    opened = query.opened
    return {
        **{name: getattr(opened, name) for name in ("participant", "visit", "activity", "measure", "sample", "what")},
        "query": query.entry,
        "status": query.status.value,
        "turn": _TURN[query.status],
        "asked": query.at.date(),
        "asked_by": "a check of the protocol" if query.is_automatic else query.actor,
        "role": "" if query.is_automatic else query.role.value,
        "check": opened.check or "",
        "last_words": query.last_words,
    }


METHOD = View(
    id="queries",
    object="data_status",
    label="queries, and whose turn it is",
    file="data/queries.csv",
    render=_render,
    is_of_today=True,
)
