"""Define-XML 2.1: what each data set holds, column by column, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from armlet.export.prs.node import Node
from armlet.export.results_form.locked import LockedTrial
from armlet.export.sdtm.dataset import Column, Dataset, Kind
from armlet.export.sdtm.people import study_id

STANDARD: Final = "STD.1"
TYPES: Final[Mapping[Kind, str]] = {
    "text": "text",
    "integer": "integer",
    "decimal": "float",
    "date": "partialDatetime",
    "datetime": "partialDatetime",
}
_NAMESPACES: Final = (
    ("xmlns", "http://www.cdisc.org/ns/odm/v1.3"),
    ("xmlns:def", "http://www.cdisc.org/ns/def/v2.1"),
    ("xmlns:xlink", "http://www.w3.org/1999/xlink"),
)
UNCODED: Final = (
    "Terms are the reporters' own: nothing is coded by MedDRA, LOINC or the CDISC controlled terminology but where a "
    "column's label says so. Measures are not placed in domains of the standard; all are in XR. TA and TE are not there, "
    "because the protocol has no elements."
)


def define(trial: LockedTrial, datasets: Sequence[Dataset], names: Mapping[str, str], written: str) -> Node:
    """The document. `names` has the file of each data set."""
    study = study_id(trial)
    text = trial.marked(trial.protocol.official_title or trial.protocol.title)
    variables = Node(
        "GlobalVariables",
        children=(
            Node("StudyName", study),
            Node("StudyDescription", text),
            Node("ProtocolName", trial.protocol.id),
        ),
    )
    whole = Node(
        "Study",
        children=(variables, _version(trial, datasets, names)),
        attributes=(("OID", f"STDY.{study}"),),
    )
    return Node(
        "ODM",
        children=(whole,),
        attributes=(
            *_NAMESPACES,
            ("FileType", "Snapshot"),
            ("FileOID", f"{study}.define.{trial.data.head.seq}"),
            ("CreationDateTime", written),
            ("ODMVersion", "1.3.2"),
            ("SourceSystem", "armlet"),
            ("def:Context", "Other"),
        ),
    )


def version_oid(trial: LockedTrial) -> str:
    """The id of the metadata."""
    return f"MDV.{trial.protocol.version}"


def _version(trial: LockedTrial, datasets: Sequence[Dataset], names: Mapping[str, str]) -> Node:
    standard = Node(
        "def:Standard",
        attributes=(
            ("OID", STANDARD),
            ("Name", "SDTMIG"),
            ("Type", "IG"),
            ("Version", "3.4"),
            ("Status", "Final"),
        ),
    )
    groups = (_group(one, names[one.name]) for one in datasets)
    items = (_item(one, column) for one in datasets for column in one.columns)
    return Node(
        "MetaDataVersion",
        children=(Node("def:Standards", children=(standard,)), *groups, *items),
        attributes=(
            ("OID", version_oid(trial)),
            ("Name", f"Tabulations of {study_id(trial)}"),
            ("Description", trial.marked(UNCODED)),
            ("def:DefineVersion", "2.1.0"),
        ),
    )


def _group(one: Dataset, file: str) -> Node:
    keys = [column.name for column in one.columns if column.is_key]
    references = []
    for place, column in enumerate(one.columns, start=1):
        attributes = [("ItemOID", _oid(one, column)), ("OrderNumber", str(place))]
        attributes.append(("Mandatory", "Yes" if column.is_key else "No"))
        if column.is_key:
            attributes.append(("KeySequence", str(keys.index(column.name) + 1)))
        references.append(Node("ItemRef", attributes=tuple(attributes)))
    leaf = Node(
        "def:leaf",
        children=(Node("def:title", file),),
        attributes=(("ID", f"LF.{one.name}"), ("xlink:href", file)),
    )
    is_of_standard = (("def:IsNonStandard", "Yes"),) if one.is_own else (("def:StandardOID", STANDARD),)
    return Node(
        "ItemGroupDef",
        children=(
            _described(one.label),
            *references,
            Node("def:Class", attributes=(("Name", one.observation_class),)),
            leaf,
        ),
        attributes=(
            ("OID", f"IG.{one.name}"),
            ("Name", one.name),
            ("Repeating", "No" if one.name == "DM" else "Yes"),
            ("IsReferenceData", "Yes" if one.observation_class == "TRIAL DESIGN" else "No"),
            ("SASDatasetName", one.name),
            ("Domain", one.name),
            ("Purpose", "Tabulation"),
            ("def:Structure", one.structure),
            ("def:ArchiveLocationID", f"LF.{one.name}"),
            *is_of_standard,
            *((("def:HasNoData", "Yes"),) if not one.rows else ()),
        ),
    )


def _oid(one: Dataset, column: Column) -> str:
    return f"IT.{one.name}.{column.name}"


def _item(one: Dataset, column: Column) -> Node:
    origin = Node("def:Origin", attributes=(("Type", column.origin), ("Source", _source(column))))
    lengths: tuple[tuple[str, str], ...] = ()
    if column.kind in {"text", "integer", "decimal"}:
        lengths = (("Length", str(one.longest(column.name))),)
    if column.kind == "decimal":
        lengths += (("SignificantDigits", str(_decimals(one, column))),)
    return Node(
        "ItemDef",
        children=(_described(column.label), origin),
        attributes=(
            ("OID", _oid(one, column)),
            ("Name", column.name),
            ("DataType", TYPES[column.kind]),
            *lengths,
            ("SASFieldName", column.name),
        ),
    )


def _source(column: Column) -> str:
    return "Investigator" if column.origin == "Collected" else "Sponsor"


def _decimals(one: Dataset, column: Column) -> int:
    values = [str(row[column.name]) for row in one.rows if row.get(column.name) is not None]
    return max((len(value.partition(".")[2]) for value in values), default=0)


def _described(text: str) -> Node:
    words = Node("TranslatedText", text, attributes=(("xml:lang", "en"),))
    return Node("Description", children=(words,))
