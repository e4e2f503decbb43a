"""What a protocol may say of a product beyond its dose and release tests: culture, storage, administration, failure.

Every part is optional. A part that is left out is not a part without limits: what would need it answers that the
protocol does not say, and `armlet check` asks, unless `Without` says why the product has none.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from armlet.document import Document
from armlet.protocol.criteria import Name
from armlet.protocol.source import Sourced
from armlet.units import Quantity

Part = Literal["donors", "culture", "storage", "administration", "failure"]


class Donors(Sourced):
    """By which rules a donor is found eligible: names of rule sets, the tests that the trial adds, the tissue."""

    rules: tuple[Name, ...] = Field(min_length=1)
    tissue: Name
    """What is collected, in the words of the rule sets (``bone_marrow``): some windows depend on it."""
    leukocyte_rich: bool
    """Whether the tissue is rich in viable white cells, of which more tests are asked."""
    also_tested: tuple[Name, ...] | None = None


class Culture(Sourced):
    """How far cells may be grown. `first_passage` is what the first culture is called, 0 or 1: both are in use."""

    first_passage: Literal[0, 1]
    highest_passage: int = Field(ge=0)
    most_doublings: Quantity
    """Cumulative population doublings, a plain number (``25 1``)."""
    slow_growth: Quantity | None = None
    """An alert when the doubling time is more than so many times the shortest before it (``2 1``)."""


class Storage(Sourced):
    """One place or way where the product stays: in words, and between which temperatures (both belong to it)."""

    id: Name
    label: str
    lowest: Quantity | None = None
    highest: Quantity | None = None
    longest: Quantity | None = None


class Administration(Sourced):
    """How the product may be given: what the whole infusion must keep. What is None is not said by the protocol."""

    before_expiry: Literal["start", "end"]
    """What must come before the expiry: the start of the infusion, or its end."""
    fastest: Quantity | None = None
    endotoxin_limit: Quantity | None = None
    """Of endotoxin per body weight in the worst hour, ``[EU]/kg``."""
    dmso_fraction: Quantity | None = None
    """Of the product as frozen, in per cent of volume."""
    dmso_density: Quantity | None = None
    dmso_limit: Quantity | None = None
    """Of DMSO per body weight in one infusion, ``g/kg``."""


class ProductFailure(Sourced):
    """What is tried, in this order, when a product fails after its participant was randomised.

    Nobody changes arm and nobody is replaced, whatever stands here. `collections` counts every collection, the first
    included. `imitated`: whether those on the sham go through the same steps, so that they do not tell the arm.
    """

    then: tuple[Literal["collect again", "stored lot", "follow without a dose"], ...] = Field(min_length=1)
    collections: int | None = Field(default=None, gt=0)
    imitated: bool | None = None


class OutOfSpecification(Sourced):
    """That a lot which failed its specification may be given at a physician's request; absent, none may be.

    `needs` are the documents without which it is refused, in the order in which they must come.
    """

    needs: tuple[Name, ...] = Field(min_length=1)


class Without(Sourced):
    """A part that this product does not have, and why: an explicit value, not a blank."""

    part: Part


class Bags(Document):
    """The product comes in whole bags of so many cells (``50 10*6``), and is not divided."""

    cells: Quantity
