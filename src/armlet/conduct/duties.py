"""Duties that one person must not hold together in one trial, as data: each with its reason and its source."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final, Literal

from pydantic import Field

from armlet.document import Document, load_document, read_yaml
from armlet.protocol.model import Role

_FILE: Final = "duties.yaml"


class Duty(Document):
    """None of `one` together with any of `other`, in either order."""

    id: str
    one: tuple[Role, ...] = Field(min_length=1)
    other: tuple[Role, ...] = Field(min_length=1)
    because: str
    source: str
    checked: Literal["text", "memory", "own"]

    def forbids(self, first: Role, second: Role) -> bool:
        """Whether one person must not hold both."""
        return (first in self.one and second in self.other) or (second in self.one and first in self.other)


class _Duties(Document):
    duties: tuple[Duty, ...]


@cache
def load_duties() -> tuple[Duty, ...]:
    """The duties that this version knows."""
    text = files("armlet.conduct").joinpath(_FILE).read_text(encoding="utf-8")
    plain, lines = read_yaml(text, _FILE)
    return load_document(_Duties, plain, lines, "duties").duties
