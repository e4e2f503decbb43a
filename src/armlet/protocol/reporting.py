"""How harm is reported, as the protocol says it: by which deadlines, what is expected, what is not serious, who advises."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from armlet.document import Document
from armlet.protocol.criteria import Name
from armlet.protocol.source import Sourced


class PlannedAdmission(Document):
    """An admission that the protocol itself asks for: it makes no adverse event serious."""

    id: Name
    label: str


class SpecialInterest(Document):
    """A kind of adverse event that is watched more closely."""

    id: Name
    label: str


class Reporting(Sourced):
    """Deadlines by the name of their set, the zone of the sponsor's calendar, and what is judged against what.

    `reference` is the version of the reference safety information that says what is expected.
    """

    deadlines: Literal["eu", "uk", "us"]
    zone: str
    reference: str
    planned_admissions: tuple[PlannedAdmission, ...] = ()
    special_interest: tuple[SpecialInterest, ...] = ()


class Board(Sourced):
    """The charter of the safety board, as far as the trial depends on it."""

    members: tuple[str, ...] = ()
    quorum: int | None = Field(default=None, ge=1)
    independent: bool
    sees: Literal["labels", "arms"]
    answers_within_days: int | None = Field(default=None, ge=1)
