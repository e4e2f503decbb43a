"""A file of records as people write it: who records, in which role, and what, in order."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from armlet.conduct.commands import By
from armlet.document import Document, load_document, read_text, read_yaml
from armlet.ledger.event import Moment
from armlet.ledger.product_events import AnyProductRecord, ProductRecord
from armlet.protocol.model import Role


class Line(Document):
    """One record: when it happened, and what it was; `key` where it may come twice and is meant once."""

    at: Moment
    record: AnyProductRecord
    reason: str | None = None
    key: str | None = None
    actor: str | None = None
    role: Role | None = None


class Sheet(Document):
    """All that one person records in one role; a line may name somebody else."""

    actor: str = Field(min_length=1)
    role: Role
    records: tuple[Line, ...] = Field(min_length=1)


def load_sheet(path: Path) -> tuple[tuple[ProductRecord, By], ...]:
    """The records of a file with who asks for each. Raises InputError with the line of everything amiss."""
    plain, lines = read_yaml(read_text(path, "product"), str(path))
    sheet = load_document(Sheet, plain, lines, "product")
    return tuple(
        (line.record, By(line.actor or sheet.actor, line.role or sheet.role, line.at, line.reason, line.key))
        for line in sheet.records
    )
