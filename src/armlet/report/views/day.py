"""What waits today at each site: visits due and overdue, forms to fill in, queries, second entries, void signatures."""

from __future__ import annotations

from armlet.conduct.data.entry import unsettled
from armlet.conduct.data.forms import Form, FormStatus, forms_of, status_of
from armlet.conduct.data.signing import is_valid
from armlet.conduct.data.state import QueryStatus
from armlet.conduct.schedule import is_overdue, visits_due
from armlet.ledger.data_events import Signed
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = (
    "site",
    "due",
    "overdue",
    "forms_to_fill",
    "open_queries",
    "answered_queries",
    "second_entries",
    "sign_again",
)


def _render(content: BlindedContent, _role: Role) -> bytes:
    forms = forms_of(content.protocol)
    rows = (_row(content, site.id, forms) for site in content.protocol.organisation.sites)
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


def _row(content: BlindedContent, site: str, forms: tuple[Form, ...]) -> dict[str, object]:
    state, today = content.state, content.as_of
    people = [one for one in state.participants.values() if one.site == site]
    due = [visit for one in people if one.is_followed for visit in visits_due(content.protocol, one)]
    names = {one.id for one in people}
    queries = [query for query in state.data.open_queries() if query.opened.participant in names]
    held = {FormStatus.STARTED, FormStatus.EXPECTED}
    to_fill = [
        form
        for one in people
        for form in forms
        if form.visit in one.held and status_of(content.protocol, one, form, today) in held
    ]
    return {
        "site": site,
        "due": sum(visit.window.holds(today) for visit in due),
        "overdue": sum(is_overdue(visit, today) for visit in due),
        "forms_to_fill": len(to_fill),
        "open_queries": sum(query.status is QueryStatus.OPEN for query in queries),
        "answered_queries": sum(query.status is QueryStatus.ANSWERED for query in queries),
        "second_entries": sum(1 for one in people for _ in unsettled(content.protocol, state, one)),
        "sign_again": len(_void(content, names)),
    }


def _void(content: BlindedContent, names: set[str]) -> set[tuple[str, str, str]]:
    """What was signed, has changed since, and bears no valid signature now."""
    signed = [mark for mark in content.state.data.marks if isinstance(mark.event, Signed)]
    about = {(mark.event.participant, mark.event.visit, mark.event.activity) for mark in signed}
    valid = {
        (mark.event.participant, mark.event.visit, mark.event.activity)
        for mark in signed
        if is_valid(content.state, mark)
    }
    return {one for one in about - valid if one[0] in names}


METHOD = View(
    id="day",
    object="data_status",
    label="what waits today at each site: visits, forms, queries, signatures",
    file="data/day.csv",
    render=_render,
    is_of_today=True,
)
