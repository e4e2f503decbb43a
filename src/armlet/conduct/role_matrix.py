"""The role matrix as data: for each object of a trial which role may read, write or act, and under which conditions.

The one list of rights. `armlet.conduct.roles` computes from it what may be asked at the door and what may be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

from pydantic import Field, model_validator

from armlet.document import Document, load_document, read_yaml
from armlet.protocol.model import Role

_FILE: Final = "role_matrix.yaml"


class Act(StrEnum):
    """What somebody does with an object. To act is what the object is for: to randomise, to lock, to break a code."""

    READ = "read"
    WRITE = "write"
    ACT = "act"


class Condition(StrEnum):
    """What narrows a right. Whoever grants it has to see to them: a condition is not checked by being named."""

    OWN = "own"
    OWN_LOTS = "own_lots"
    AFTER_LOCK = "after_lock"
    BLINDED_FORM = "blinded_form"
    CLOSED_SESSION = "closed_session"
    TWO_PERSONS = "two_persons"
    UNDER_WARRANT = "under_warrant"
    LOGGED = "logged"


Conditions = tuple[Condition, ...]


class Cell(Document):
    """The rights of one role to one object; a right that is absent is refused, an empty list has no condition.

    `only` narrows all of them in words. `differs` says why the cell is not what the source has.
    """

    read: Conditions | None = None
    write: Conditions | None = None
    act: Conditions | None = None
    only: str = ""
    differs: str = ""

    @model_validator(mode="after")
    def _has_a_right(self) -> Cell:
        if self.read is None and self.write is None and self.act is None:
            raise ValueError("a cell has at least one of `read`, `write` and `act`; leave the role out instead")
        return self

    def conditions(self, act: Act) -> Conditions | None:
        """The conditions of a right; None where there is none. Who may write a thing may read it, alone."""
        match act:
            case Act.WRITE:
                return self.write
            case Act.ACT:
                return self.act
            case Act.READ:
                if self.read is None and self.write is not None:
                    return tuple(one for one in self.write if one is not Condition.TWO_PERSONS)
                return self.read


class Row(Document):
    """An object and who has rights to it. `tells_arm`: whoever reads it in clear knows an arm.

    `added` says why it stands here though the source has no row for it.
    """

    id: str = Field(pattern=r"^[a-z_]+$")
    what: str
    tells_arm: bool = False
    added: str = ""
    cells: Mapping[Role, Cell]


class _Matrix(Document):
    objects: tuple[Row, ...]

    @model_validator(mode="after")
    def _names_each_once(self) -> _Matrix:
        names = [row.id for row in self.objects]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"these objects stand twice: {', '.join(twice)}")
        return self


@cache
def load_matrix() -> Mapping[str, Row]:
    """Every row by its object."""
    text = files("armlet.conduct").joinpath(_FILE).read_text(encoding="utf-8")
    plain, lines = read_yaml(text, _FILE)
    return {row.id: row for row in load_document(_Matrix, plain, lines, "roles").objects}
