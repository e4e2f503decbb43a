"""The metadata: events, forms, groups of items, items, codes and units."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from armlet.export.casebook import ADVERSE_EVENT, DEVIATION, PARTICIPANT, SCREENING, VISIT, Casebook, Form, Item, Kind
from armlet.export.odm.people import study_oid, version_oid
from armlet.export.prs.node import Node
from armlet.export.results_form.locked import LockedTrial
from armlet.export.results_form.tables import unit_words

COMMON: Final = "SE.COMMON"
"""The event that holds what belongs to no visit. Visits' ids have small letters, so none can have this name."""
OF_NO_VISIT: Final = (PARTICIPANT, SCREENING, ADVERSE_EVENT, DEVIATION)
OUTSIDE: Final = "SE.OUTSIDE"
"""Visits that the schedule does not know; it repeats."""
TYPES: Final = {
    Kind.NUMBER: "float",
    Kind.DATE: "date",
    Kind.MOMENT: "datetime",
    Kind.CODE: "text",
    Kind.YES_NO: "text",
    Kind.WORDS: "text",
}
YES_NO_LIST: Final = "CL.YES_NO"


def study(trial: LockedTrial, book: Casebook) -> Node:
    """The trial with its names, its units and its metadata."""
    names = Node(
        "GlobalVariables",
        children=(
            Node("StudyName", study_oid(trial)),
            Node("StudyDescription", trial.marked(trial.protocol.official_title or trial.protocol.title)),
            Node("ProtocolName", trial.marked(f"{trial.protocol.id}, version {trial.protocol.version}")),
        ),
    )
    units = sorted({cell.unit for page in book.pages for cell in page.cells if cell.unit} | _planned_units(book))
    basics = [Node("BasicDefinitions", children=tuple(_unit(one) for one in units))] if units else []
    return Node("Study", children=(names, *basics, _version(trial, book)), attributes=(("OID", study_oid(trial)),))


def _planned_units(book: Casebook) -> set[str]:
    return {item.unit for form in book.forms for item in form.items if item.unit}


def _unit(code: str) -> Node:
    return Node(
        "MeasurementUnit",
        children=(Node("Symbol", children=(_words(unit_words(code)),)), _alias("UCUM", code)),
        attributes=(("OID", unit_oid(code)), ("Name", code)),
    )


def unit_oid(code: str) -> str:
    """The id of a unit, by its UCUM code."""
    return f"MU.{code}"


def _alias(context: str, name: str) -> Node:
    return Node("Alias", attributes=(("Context", context), ("Name", name)))


def _words(text: str) -> Node:
    return Node("TranslatedText", text, attributes=(("xml:lang", "en"),))


def _version(trial: LockedTrial, book: Casebook) -> Node:
    protocol = trial.protocol
    events = [(COMMON, "Of no visit", "No", "Common"), (OUTSIDE, "Outside the schedule", "Yes", "Unscheduled")]
    events += [(event_oid(visit.id), visit.label, "No", "Scheduled") for visit in protocol.visits]
    references = tuple(
        Node(
            "StudyEventRef",
            attributes=(("StudyEventOID", oid), ("OrderNumber", str(place)), ("Mandatory", "No")),
        )
        for place, (oid, *_) in enumerate(events, start=1)
    )
    children = (
        Node("Protocol", children=references),
        *(_event(trial, book, *event) for event in events),
        *(_form(form) for form in book.forms),
        *(_group(form) for form in book.forms),
        *(_item(item) for form in book.forms for item in form.items),
        *_code_lists(book),
    )
    name = f"Protocol version {protocol.version}"
    return Node("MetaDataVersion", children=children, attributes=(("OID", version_oid(trial)), ("Name", name)))


def event_oid(visit: str) -> str:
    """The id of the event that a visit of the schedule is."""
    return f"SE.{visit}"


def _event(trial: LockedTrial, book: Casebook, oid: str, name: str, repeats: str, kind: str) -> Node:
    if oid == COMMON:
        forms = [form.id for form in book.forms if form.id in OF_NO_VISIT]
    elif oid == OUTSIDE:
        forms = [form.id for form in book.forms if form.id not in OF_NO_VISIT]
    else:
        held = {page.form for page in book.pages if event_oid(page.visit) == oid}
        planned = {name for visit in trial.protocol.visits if event_oid(visit.id) == oid for name in visit.activities}
        forms = [form.id for form in book.forms if form.id in {VISIT, *planned, *held}]
    children = tuple(Node("FormRef", attributes=(("FormOID", form_oid(one)), ("Mandatory", "No"))) for one in forms)
    attributes = (("OID", oid), ("Name", name), ("Repeating", repeats), ("Type", kind))
    return Node("StudyEventDef", children=children, attributes=attributes)


def form_oid(form: str) -> str:
    """The id of a form."""
    return f"FO.{form}"


def group_oid(form: str) -> str:
    """The id of the one group of items of a form."""
    return f"IG.{form}"


def item_oid(item: str) -> str:
    """The id of an item."""
    return f"IT.{item}"


def _form(form: Form) -> Node:
    reference = Node("ItemGroupRef", attributes=(("ItemGroupOID", group_oid(form.id)), ("Mandatory", "No")))
    repeats = "Yes" if form.repeats else "No"
    return Node(
        "FormDef",
        children=(reference,),
        attributes=(("OID", form_oid(form.id)), ("Name", form.label), ("Repeating", repeats)),
    )


def _group(form: Form) -> Node:
    references = tuple(
        Node("ItemRef", attributes=(("ItemOID", item_oid(item.id)), ("OrderNumber", str(place)), ("Mandatory", "No")))
        for place, item in enumerate(form.items, start=1)
    )
    return Node(
        "ItemGroupDef",
        children=references,
        attributes=(("OID", group_oid(form.id)), ("Name", form.label), ("Repeating", "No")),
    )


def _item(item: Item) -> Node:
    children = [Node("Question", children=(_words(item.label),))]
    if item.unit:
        children.append(Node("MeasurementUnitRef", attributes=(("MeasurementUnitOID", unit_oid(item.unit)),)))
    codes = YES_NO_LIST if item.kind is Kind.YES_NO else list_oid(item) if item.codes else ""
    if codes:
        children.append(Node("CodeListRef", attributes=(("CodeListOID", codes),)))
    attributes = (("OID", item_oid(item.id)), ("Name", item.id), ("DataType", TYPES[item.kind]))
    return Node("ItemDef", children=tuple(children), attributes=attributes)


def list_oid(item: Item) -> str:
    """The id of the codes of an item."""
    return f"CL.{item.id}"


def _code_lists(book: Casebook) -> Iterator[Node]:
    yield _code_list(YES_NO_LIST, "yes or no", {"yes": "Yes", "no": "No"})
    for form in book.forms:
        for item in form.items:
            if item.codes:
                yield _code_list(list_oid(item), item.label, dict(item.codes))


def _code_list(oid: str, name: str, codes: dict[str, str]) -> Node:
    items = tuple(
        Node("CodeListItem", children=(Node("Decode", children=(_words(words),)),), attributes=(("CodedValue", code),))
        for code, words in codes.items()
    )
    return Node("CodeList", children=items, attributes=(("OID", oid), ("Name", name), ("DataType", "text")))
