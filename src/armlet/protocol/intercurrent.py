"""Intercurrent events (ICH E9(R1)): what they are, by what in the open strand they are recognised, how they are treated.

An intercurrent event is something after allocation that changes what a value means, or lets there be none. A test that
was not done is none: it is missing data. Everything here is recognised without an arm, by what blinded people recorded.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from armlet.document import Document
from armlet.protocol.criteria import CompareTo, Name
from armlet.protocol.source import Sourced
from armlet.units import Quantity

Plainly = Literal["died", "not given", "partly given", "code broken", "randomised in error", "recorded"]
"""What one word recognises.

`died`: a death was recorded, or an adverse event was fatal. `not given`: the preparation was called off, or nothing was
given when follow-up or the trial had ended. `partly given`: not all of it was given. `code broken`: the allocation was
read in an emergency, or somebody learnt it by accident. `recorded`: what no computer can tell, somebody blinded recorded.
"""

Scope = Literal[
    "intervention", "visits", "contact", "records", "samples", "sharing", "unused cells", "personal data"
]  # fmt: skip
"""What a participant may withdraw from, as the ledger spells it."""


class Withdrew(Document):
    """The participant withdrew from any of these."""

    withdrew: tuple[Scope, ...] = Field(min_length=1)


class AdverseEventIs(Document):
    """An adverse event that meets all that is named: of special interest, at least of a grade, serious, fatal."""

    special_interest: tuple[Name, ...] | None = Field(default=None, min_length=1)
    grade: int | None = Field(default=None, ge=1, le=5)
    serious: Literal[True] | None = None
    fatal: Literal[True] | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not (self.special_interest or self.grade or self.serious or self.fatal):
            raise ValueError("name `special_interest`, `grade`, `serious: true` or `fatal: true`")
        return self


class ByAdverseEvent(Document):
    """Such an adverse event began."""

    adverse_event: AdverseEventIs


class ByMeasure(Document):
    """A value of a day after that of the allocation stands so to a limit; never one that could tell the arm."""

    measured: CompareTo


def _kind_of(value: Any) -> str | None:
    if isinstance(value, str):
        return "word"
    keys = set(value) if isinstance(value, dict) else set(type(value).model_fields)
    return next((tag for tag in ("withdrew", "adverse_event", "measured") if tag in keys), None)


Recogniser = Annotated[
    Annotated[Plainly, Tag("word")]
    | Annotated[Withdrew, Tag("withdrew")]
    | Annotated[ByAdverseEvent, Tag("adverse_event")]
    | Annotated[ByMeasure, Tag("measured")],
    Discriminator(
        _kind_of,
        custom_error_type="recogniser",
        custom_error_message="expected died, not given, partly given, code broken, randomised in error, recorded, "
        "`withdrew`, `adverse_event` or `measured`",
    ),
]
"""One way by which an event is recognised."""


class IntercurrentEvent(Sourced):
    """Something after allocation that touches the meaning of endpoints. The first of `when` that happens dates it."""

    id: Name
    label: str
    when: tuple[Recogniser, ...] = Field(min_length=1)

    @property
    def is_terminal(self) -> bool:
        """Whether nothing can be measured after it."""
        return "died" in self.when


Strategy = Literal["treatment policy", "hypothetical", "composite", "while on treatment", "principal stratum"]


class Treated(Document):
    """How the estimand of one analysis treats an intercurrent event.

    `value` stands for the outcome after the event, under `composite` alone; without it a composite outcome counts as
    worse than every value that was measured.
    """

    event: Name
    strategy: Strategy
    value: Quantity | None = None

    @model_validator(mode="after")
    def _has_value_where_it_may(self) -> Self:
        if self.value is not None and self.strategy != "composite":
            raise ValueError("`value` is for the strategy `composite` only")
        return self


class Exposure(Document):
    """The time at risk that a count of events belongs to: from this moment to the visit, or the last contact before it."""

    since: Literal["enrolment", "randomisation", "administration"]
    unit: Literal["d", "wk", "a"]
