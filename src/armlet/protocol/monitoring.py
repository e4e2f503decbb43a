"""What is watched around an infusion, as the protocol says it: readings, when each is due, and when to pause.

There is one schedule for everybody: an arm has no place in it, so the bedside looks the same whatever is in the bag.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, model_validator

from armlet.document import Document
from armlet.protocol.criteria import Name
from armlet.protocol.source import Sourced
from armlet.units import Quantity, UnitError


class VitalSign(Document):
    """Something that is read at each point, in its one unit."""

    id: Name
    label: str
    unit: str


class Reading(Document):
    """One point: so long after the start or the stop of the infusion (before it where negative), give or take."""

    id: Name
    label: str
    from_: Literal["start", "stop"] = Field(alias="from")
    after: Quantity
    tolerance: Quantity

    @model_validator(mode="after")
    def _is_time(self) -> Self:
        for quantity in (self.after, self.tolerance):
            in_minutes(quantity)
        return self


class Repeated(Document):
    """After the last point that is counted from the start, one more each so many minutes, until the infusion stops."""

    every: Quantity
    tolerance: Quantity

    @model_validator(mode="after")
    def _goes_on(self) -> Self:
        in_minutes(self.tolerance)
        if in_minutes(self.every) <= 0:
            raise ValueError("readings are repeated every so many minutes, more than 0")
        return self


class Change(Document):
    """A fall or rise from the first reading: by at least so much in the unit of the sign, or by a share of it in %.

    `of_first` says that `by` is a share of the first reading and not points of a scale that is itself in %.
    """

    direction: Literal["fall", "rise"]
    by: Quantity
    is_: Literal[">", ">="] = Field(alias="is")
    of_first: bool = False

    @model_validator(mode="after")
    def _is_share(self) -> Self:
        if self.of_first and self.by.unit != "%":
            raise ValueError("a share of the first reading is in %")
        return self


class InfusionPause(Sourced):
    """The infusion is paused where all that is named holds: a limit and a change of one sign, or a symptom."""

    id: Name
    label: str
    sign: Name | None = None
    is_: Literal["<", "<=", ">", ">="] | None = Field(default=None, alias="is")
    limit: Quantity | None = None
    change: Change | None = None
    symptom: str | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if (self.symptom is None) == (self.sign is None):
            raise ValueError("a pause rule has either a `sign` or a `symptom`")
        if self.sign is not None and self.limit is None and self.change is None:
            raise ValueError("a pause rule of a sign needs a `limit` or a `change`")
        if (self.limit is None) != (self.is_ is None):
            raise ValueError("`limit` and `is` stand together")
        return self


class Monitoring(Sourced):
    """The whole schedule around one infusion."""

    signs: tuple[VitalSign, ...] = Field(min_length=1)
    readings: tuple[Reading, ...] = Field(min_length=1)
    repeated: Repeated | None = None
    symptoms: tuple[str, ...] = ()
    pauses: tuple[InfusionPause, ...] = ()


def in_minutes(quantity: Quantity) -> Decimal:
    """A time in minutes. Raises ValueError for what is no time."""
    try:
        return quantity.to("min").value
    except UnitError as problem:
        raise ValueError(str(problem)) from None
