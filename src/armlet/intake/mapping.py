"""The declared mapping of a file: which column is what, how its words are spelled here, and which unit is expected."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from armlet.document import Document, load_document, read_text, read_yaml
from armlet.errors import InputError
from armlet.issues import Issue, error
from armlet.protocol.criteria import MeasureKind, Name
from armlet.protocol.model import Protocol
from armlet.units import UnitError, parse_unit


class FileShape(Document):
    """How the file is written; `skip` are lines before the header."""

    delimiter: Literal[",", ";", "\t", "|"] = ","
    encoding: Literal["utf-8", "utf-16", "iso-8859-1", "cp1252"] = "utf-8"
    decimal: Literal[".", ","] = "."
    skip: int = Field(default=0, ge=0, le=100)


class Column(Document):
    """One column by its heading; `codes` are the sender's words and what they stand for here (others are refused)."""

    column: str = Field(min_length=1)
    codes: dict[str, str] | None = None


class DayColumn(Document):
    """The column of the day; `format` as Python's strptime spells it, because 03/04 is two days."""

    column: str = Field(min_length=1)
    format: str = "%Y-%m-%d"


class Target(Document):
    """What a word in the column of the measure stands for, and the one unit in which its values are expected."""

    activity: Name
    measure: Name
    unit: str


class MeasureColumn(Document):
    """The column that says what was measured."""

    column: str = Field(min_length=1)
    codes: dict[str, Target] = Field(min_length=1)


class ValueColumn(Document):
    """The column of the value; a value that begins with `below` is under the limit that follows; `missing` are no values."""

    column: str = Field(min_length=1)
    below: str = "<"
    missing: tuple[str, ...] = ("",)


class FlagColumn(Document):
    """The sender's flag: rows to be left out, and rows of which the sender says that an earlier value was changed."""

    column: str = Field(min_length=1)
    leave_out: tuple[str, ...] = ()
    amended: tuple[str, ...] = ()


class Mapping(Document):
    """A mapping of one kind of file of one sender for one trial, in one version."""

    mapping: Literal[1]
    id: Name
    version: str = Field(min_length=1, max_length=40)
    trial: Name
    file: FileShape = FileShape()
    participant: Column
    measure: MeasureColumn
    value: ValueColumn
    unit: Column
    visit: Column | None = None
    day: DayColumn | None = None
    sample: Column | None = None
    flag: FlagColumn | None = None

    @model_validator(mode="after")
    def _finds_the_visit(self) -> Mapping:
        if self.visit is None and self.day is None:
            raise ValueError("a mapping names the column of the visit, of the day, or both")
        return self

    def columns(self) -> tuple[str, ...]:
        """Every heading that the file must have."""
        parts = (self.participant, self.measure, self.value, self.unit, self.visit, self.day, self.sample, self.flag)
        return tuple(part.column for part in parts if part is not None)


def load_mapping(path: Path, protocol: Protocol) -> Mapping:
    """The mapping in a file, held against the protocol. Raises InputError with everything amiss."""
    plain, lines = read_yaml(read_text(path, "mapping"), path.name)
    mapping = load_document(Mapping, plain, lines, "mapping")
    issues = list(check_mapping(mapping, protocol, path.name))
    if issues:
        raise InputError(issues)
    return mapping


def check_mapping(mapping: Mapping, protocol: Protocol, where: str) -> list[Issue]:
    """What the protocol does not know, and units that do not measure what they should."""
    issues: list[Issue] = []
    if mapping.trial != protocol.id:
        message = f"the mapping is for the trial {mapping.trial!r}, and this is {protocol.id!r}."
        issues.append(error("mapping/other-trial", where, message, "Use the mapping of this trial."))
    visits = {visit.id for visit in protocol.visits}
    for code, visit in ((mapping.visit.codes or {}) if mapping.visit is not None else {}).items():
        if visit not in visits:
            message = f"the word {code!r} stands for the visit {visit!r}, which the protocol does not have."
            issues.append(error("mapping/unknown-visit", where, message, f"It has {', '.join(sorted(visits))}."))
    for code, target in mapping.measure.codes.items():
        issues += _check_target(code, target, protocol, where)
    return issues


def _check_target(code: str, target: Target, protocol: Protocol, where: str) -> list[Issue]:
    activities = {one.id: one for one in protocol.activities}
    if target.activity not in activities or target.measure not in activities[target.activity].measures:
        message = f"{code!r} stands for {target.measure!r} of {target.activity!r}, which the protocol does not have."
        return [error("mapping/unknown-measure", where, message, "Check both against the protocol.")]
    measure = protocol.measure(target.measure)
    if measure.kind is not MeasureKind.QUANTITY or measure.unit is None:
        message = f"{measure.label!r} is no quantity with a unit."
        return [error("mapping/no-quantity", where, message, "Only quantities are imported.")]
    allowed = (measure.unit, *measure.also_in)
    try:
        same = {unit for unit in allowed if parse_unit(unit) == parse_unit(target.unit)}
    except UnitError as problem:
        return [error("mapping/unit", where, f"{code!r}: {problem}", "Use one of the units of the protocol.")]
    if same:
        return []
    message = f"{code!r} is expected in {target.unit}; the protocol takes {measure.label} in {', '.join(allowed)}."
    return [error("mapping/unit", where, message, "Use one of the units of the protocol.")]
