"""One data set with its columns and rows, and its spelling as Dataset-JSON 1.1."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

Value = str | int | Decimal | None
Kind = Literal["text", "integer", "decimal", "date", "datetime"]
JSON_TYPES: Final[Mapping[Kind, str]] = {
    "text": "string",
    "integer": "integer",
    "decimal": "decimal",
    "date": "string",
    "datetime": "string",
}
"""Dates stay text, as SDTM has them: a part of a date is allowed there."""


@dataclass(frozen=True, slots=True)
class Column:
    """One variable: its name, its label, what it holds, and where it comes from in the words of Define-XML."""

    name: str
    label: str
    kind: Kind = "text"
    origin: Literal["Collected", "Derived", "Assigned", "Protocol"] = "Collected"
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class Dataset:
    """One data set. A row has a value, or None, for every column."""

    name: str
    label: str
    observation_class: str
    structure: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Value], ...] = field(repr=False)
    is_own: bool = False
    """Not a domain of the standard: made by the trial, as the standard allows for names that begin with X, Y or Z."""

    @property
    def file(self) -> str:
        """The file's name, as the standard wants it: the data set's own in small letters."""
        return f"{self.name.lower()}.json"

    def longest(self, column: str) -> int:
        """So many characters has the longest value of a column; at least 1."""
        return max([len(str(row[column])) for row in self.rows if row.get(column) is not None], default=1) or 1


def as_json(one: Dataset, study: str, version: str, written: str, originator: str, define: str) -> bytes:
    """The data set as Dataset-JSON 1.1; decimals are text there, so that no digit is lost."""
    columns = []
    for column in one.columns:
        told = {
            "itemOID": f"IT.{one.name}.{column.name}",
            "name": column.name,
            "label": column.label,
            "dataType": JSON_TYPES[column.kind],
        }
        columns.append(told | ({"targetDataType": "decimal"} if column.kind == "decimal" else {}))
    document = {
        "datasetJSONCreationDateTime": written,
        "datasetJSONVersion": "1.1.0",
        "originator": originator,
        "studyOID": study,
        "metaDataVersionOID": version,
        "metaDataRef": define,
        "itemGroupOID": f"IG.{one.name}",
        "records": len(one.rows),
        "name": one.name,
        "label": one.label,
        "columns": columns,
        "rows": [[_plain(row.get(column.name)) for column in one.columns] for row in one.rows],
    }
    return (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _plain(value: Value) -> str | int | None:
    return str(value) if isinstance(value, Decimal) else value
