"""Where a statement of the protocol comes from: the record's own words, or an assumption somebody must confirm."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from armlet.document import Document


class Stated(Document):
    """The record says so: where in it (a path of the v2 shape) and in which words."""

    where: str
    words: str


class Assumed(Document):
    """The record leaves it unsaid: why this was chosen and who must confirm it."""

    because: str = Field(min_length=1)
    confirm: str = Field(min_length=1)


class Source(Document):
    """What a statement rests on; both parts may be present where the record gives one part and the rest is assumed."""

    stated: tuple[Stated, ...] = ()
    assumed: Assumed | None = None

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if not self.stated and self.assumed is None:
            raise ValueError("a source needs `stated` (where, words) or `assumed` (because, confirm)")
        return self


class Sourced(Document):
    """A part of the protocol that says where it comes from."""

    source: Source
