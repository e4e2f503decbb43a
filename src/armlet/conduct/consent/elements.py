"""The checklist of a consent text, as data: what it has to tell a person, and where each element comes from."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final, Literal

from pydantic import Field

from armlet.document import Document, load_document, read_yaml
from armlet.protocol.criteria import Name

_FILE: Final = "elements.yaml"


class Element(Document):
    """One thing that a consent text tells; `checked` says whether its source was read when this was written."""

    id: Name
    says: str
    source: str = Field(min_length=1)
    checked: Literal["text", "memory"]


class _Elements(Document):
    elements: tuple[Element, ...]


@cache
def load_elements() -> tuple[Element, ...]:
    """The checklist that this version knows."""
    text = files("armlet.conduct.consent").joinpath(_FILE).read_text(encoding="utf-8")
    plain, lines = read_yaml(text, _FILE)
    return load_document(_Elements, plain, lines, "elements").elements
