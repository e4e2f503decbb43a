"""Every form of every participant: what is expected, overdue, started, complete or missed, and what waits on it."""

from __future__ import annotations

from armlet.conduct.data.entry import unsettled
from armlet.conduct.data.forms import Form, forms_of, status_of
from armlet.conduct.data.signing import is_valid
from armlet.conduct.data.state import Mark
from armlet.conduct.state import Participant
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = (
    "participant", "visit", "activity", "status", "open_queries", "second_entries", "verified", "reviewed", "signed",
    "frozen",
)  # fmt: skip
_KINDS = {"form verified": "verified", "form reviewed": "reviewed", "signed": "signed"}


def _render(content: BlindedContent, _role: Role) -> bytes:
    forms = forms_of(content.protocol)
    marks: dict[str, list[Mark]] = {}
    for mark in content.state.data.marks:
        marks.setdefault(mark.event.participant, []).append(mark)
    rows = (
        _row(content, one, form, marks.get(one.id, [])) for one in content.state.participants.values() for form in forms
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


def _row(content: BlindedContent, one: Participant, form: Form, marks: list[Mark]) -> dict[str, object]:
    place, data = (form.visit, form.activity), content.state.data
    queries = [
        query
        for query in data.open_queries(one.id)
        if (query.opened.visit, query.opened.activity) in {place, (place[0], "")}
    ]
    waiting = [key for key, _ in unsettled(content.protocol, content.state, one) if key[:2] == place]
    return {
        "participant": one.id,
        "visit": form.visit,
        "activity": form.activity,
        "status": status_of(content.protocol, one, form, content.as_of).value,
        "open_queries": len(queries) or "",
        "second_entries": len(waiting) or "",
        **{name: _stands(content, marks, form, kind) for kind, name in _KINDS.items()},
        "frozen": "yes" if {(one.id, form.visit), (one.id, "")} & data.frozen else "",
    }


def _stands(content: BlindedContent, marks: list[Mark], form: Form, kind: str) -> str:
    """``yes``, ``void`` when it was done and the form has changed since, or nothing."""
    about = [
        mark
        for mark in marks
        if mark.event.kind == kind
        and mark.event.visit in {"", form.visit}
        and mark.event.activity in {"", form.activity}
    ]
    if not about:
        return ""
    return "yes" if any(is_valid(content.state, mark) for mark in about) else "void"


METHOD = View(
    id="forms",
    object="data_status",
    label="every form and how it stands",
    file="data/forms.csv",
    render=_render,
    is_of_today=True,
)
