"""The data: every participant's pages, each value with the audit record of the entry that it stands on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby

from armlet.conduct.state import Participant
from armlet.export.casebook import Casebook, Cell, Page
from armlet.export.odm.metadata import COMMON, OF_NO_VISIT, OUTSIDE, event_oid, form_oid, group_oid, item_oid, unit_oid
from armlet.export.odm.people import SPONSOR_PLACE, place_of, study_oid, version_oid
from armlet.export.prs.node import Node
from armlet.export.results_form.locked import LockedTrial

Authors = Mapping[tuple[str, str], str]


def clinical_data(trial: LockedTrial, book: Casebook, authors: Authors) -> Node:
    """Everybody's data, in the order of the participants' numbers' first appearance."""
    people = tuple(_person(trial, book, authors, one) for one in trial.data.state.participants.values())
    attributes = (("StudyOID", study_oid(trial)), ("MetaDataVersionOID", version_oid(trial)))
    return Node("ClinicalData", children=people, attributes=attributes)


def _person(trial: LockedTrial, book: Casebook, authors: Authors, one: Participant) -> Node:
    site = Node("SiteRef", attributes=(("LocationOID", place_of(one.site)),))
    known = {place.id for place in trial.protocol.organisation.sites}
    events = _events(trial, book.of(one.id), authors, one)
    children = (*([site] if one.site in known else []), *events)
    return Node("SubjectData", children=children, attributes=(("SubjectKey", one.id),))


def _events(trial: LockedTrial, pages: tuple[Page, ...], authors: Authors, one: Participant) -> Iterator[Node]:
    """One event for each visit, those outside the schedule counted; its forms counted where one was filled in again."""
    scheduled = [visit.id for visit in trial.protocol.visits]
    order = {visit: place for place, visit in enumerate(scheduled)}
    outside = dict.fromkeys(page.visit for page in pages if page.visit and page.visit not in order)
    order |= {visit: len(scheduled) + place for place, visit in enumerate(outside)}
    by_visit = sorted(pages, key=lambda page: (page.form not in OF_NO_VISIT, order.get(page.visit, -1)))
    for visit, together in groupby(by_visit, key=lambda page: "" if page.form in OF_NO_VISIT else page.visit):
        oid = COMMON if not visit else event_oid(visit) if visit in scheduled else OUTSIDE
        key = (("StudyEventRepeatKey", visit),) if oid == OUTSIDE else ()
        seen: Counter[str] = Counter()
        forms = []
        for page in together:
            seen[page.form] += 1
            forms.append(_form(trial, page, seen[page.form], authors, one))
        yield Node("StudyEventData", children=tuple(forms), attributes=(("StudyEventOID", oid), *key))


def _form(trial: LockedTrial, page: Page, number: int, authors: Authors, one: Participant) -> Node:
    values = tuple(_value(trial, cell, authors, one) for cell in page.cells)
    group = Node("ItemGroupData", children=values, attributes=(("ItemGroupOID", group_oid(page.form)),))
    attributes = (("FormOID", form_oid(page.form)), ("FormRepeatKey", str(number)))
    return Node("FormData", children=(group,), attributes=attributes)


def _value(trial: LockedTrial, cell: Cell, authors: Authors, one: Participant) -> Node:
    children: list[Node] = []
    if cell.entry and cell.entry <= len(trial.data.entries):
        children.append(_audit(trial, cell.entry, authors, one))
    if cell.unit:
        children.append(Node("MeasurementUnitRef", attributes=(("MeasurementUnitOID", unit_oid(cell.unit)),)))
    attributes = (("ItemOID", item_oid(cell.item)), ("Value", cell.value))
    return Node("ItemData", children=tuple(children), attributes=attributes)


def _audit(trial: LockedTrial, seq: int, authors: Authors, one: Participant) -> Node:
    entry = trial.data.entries[seq - 1].entry
    known = {place.id for place in trial.protocol.organisation.sites}
    place = place_of(one.site) if one.site in known else SPONSOR_PLACE
    children = [
        Node("UserRef", attributes=(("UserOID", authors[entry.actor, entry.role.value]),)),
        Node("LocationRef", attributes=(("LocationOID", place),)),
        Node("DateTimeStamp", entry.recorded.isoformat()),
        Node("SourceID", f"entry {seq}"),
    ]
    why = getattr(entry.event, "why", "")
    if why:
        children.insert(3, Node("ReasonForChange", str(why)))
    return Node("AuditRecord", children=tuple(children))
