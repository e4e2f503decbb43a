"""What a life is made of: people, steps with a number, and in each step acts with what is expected of them.

Steps are told by topic and lived in the order of time. A step for which something is missing says what it waits for, and
is never ticked; one that says nothing of what is expected cannot be written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, JsonValue, model_validator

from armlet.document import Document
from armlet.protocol.criteria import Name
from armlet.protocol.model import Role, Settings

Words = Annotated[str, Field(min_length=1)]
DEEDS: Final = (
    "do",
    "product",
    "armlet",
    "seals",
    "allocates",
    "prepares",
    "at_once",
    "way",
    "sees",
    "reads",
    "writes",
)
"""An act is exactly one of these."""


class Person(Document):
    """Somebody of the cast: an invented name, and the role in which they ask."""

    name: Words
    role: Role


class Sees(Document):
    """What a view holds for roles at that moment. `view` is one view's id, or `every` for all that a role is served.

    `served` false: the roles may not see that view at all.
    """

    as_: tuple[Role, ...] = Field(alias="as", min_length=1)
    view: Words
    served: bool = True
    shows: tuple[Words, ...] = ()
    hides: tuple[Words, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.served and not (self.shows or self.hides):
            raise ValueError("it says neither what is shown nor what is hidden; name words under `shows` or `hides`")
        if not self.served and (self.shows or self.hides or self.view == "every"):
            raise ValueError(
                "a view that is not served shows nothing; leave `shows` and `hides` out, and name the view"
            )
        return self


class Reads(Document):
    """What stands in a file of the life's folder."""

    file: Words
    shows: tuple[Words, ...] = ()
    hides: tuple[Words, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.shows or self.hides):
            raise ValueError("it says neither what is shown nor what is hidden; name words under `shows` or `hides`")
        return self


class Writes(Document):
    """A file that somebody outside the trial sends, put into the life's folder as it is told here."""

    file: Words
    text: Words


class Prepares(Document):
    """The unblinded pharmacist's work on one preparation: the same words whatever the arm, and what must come of it."""

    participant: Words
    weight: Words
    concentration: Words
    lot: Words
    donor: Words
    results: dict[Name, str]
    expires: Words
    released: bool


class Act(Document):
    """One act: who, when, what, and what must come of it.

    `do` asks the door of the open strand, `product` that of the product strand, where only unblinded people ask.
    `adds` are the kinds of the entries that it appends to that strand, in order; `refused` the rules that refuse it,
    all of them. Of an act with `each` both hold for every line. `again` asks once more under the same key.
    What a verb says can be kept under a name (`keeps`), and be held to what was kept (`equals`).
    """

    as_: Words | None = Field(default=None, alias="as")
    at: Words | None = None
    happened: Words | None = None
    reason: Words | None = None
    confirmed_by: Words | None = None
    do: dict[Words, dict[str, JsonValue]] | None = None
    product: dict[Words, dict[str, JsonValue]] | None = None
    each: dict[Words, tuple[JsonValue, ...]] = Field(default_factory=dict)
    again: bool = False
    remember: Words | None = None
    armlet: Words | None = None
    types: tuple[Words, ...] = ()
    exits: int = Field(default=0, ge=0, le=4)
    shows: tuple[Words, ...] = ()
    hides: tuple[Words, ...] = ()
    keeps: Words | None = None
    equals: Words | None = None
    seals: bool = False
    allocates: tuple[Words, ...] | None = None
    prepares: Prepares | None = None
    at_once: tuple[Act, ...] = ()
    way: dict[Words, dict[str, JsonValue]] | None = None
    sees: tuple[Sees, ...] = ()
    reads: Reads | None = None
    writes: Writes | None = None
    adds: tuple[Words, ...] = ()
    refused: tuple[Words, ...] = ()

    @property
    def deed(self) -> str:
        """Which of the deeds it is."""
        return next(name for name in DEEDS if getattr(self, name) not in _ABSENT)

    @model_validator(mode="after")
    def _is_one_deed(self) -> Self:
        named = [name for name in DEEDS if getattr(self, name) not in _ABSENT]
        if len(named) != 1:
            raise ValueError(f"an act is one of {', '.join(DEEDS)}; got {', '.join(named) or 'none'}")
        for name, deed in _ONLY_WITH.items():
            if getattr(self, name) not in (*_ABSENT, 0, {}) and named[0] not in deed:
                raise ValueError(f"`{name}` belongs to an act with {' or '.join(deed)}")
        return self

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        is_asked = self.do is not None or self.product is not None
        if is_asked and "adds" not in self.model_fields_set and not self.refused:
            raise ValueError("it says neither which entries are added (`adds`) nor which rules refuse it (`refused`)")
        if is_asked and self.as_ is None:
            raise ValueError("nobody is named who asks; add `as`")
        for name in ("do", "product", "way"):
            if getattr(self, name) is not None and len(getattr(self, name)) != 1:
                raise ValueError(f"`{name}` names one, with what it needs")
        if len({len(column) for column in self.each.values()}) > 1:
            raise ValueError("the columns of `each` are not equally long")
        return self


_ABSENT: Final = (None, False, ())
_ONLY_WITH: Final = {
    "each": ("do", "product"),
    "again": ("do",),
    "happened": ("do",),
    "confirmed_by": ("do",),
    "refused": ("do", "product", "prepares"),
    "remember": ("do", "armlet"),
    "types": ("armlet",),
    "exits": ("armlet",),
    "shows": ("armlet",),
    "hides": ("armlet",),
    "keeps": ("armlet",),
    "equals": ("armlet",),
}


class Step(Document):
    """One step of the life. `says` is the step in own words; `waits_for` what is missing for it to be told."""

    step: int = Field(ge=1)
    says: Words
    waits_for: Words | None = None
    acts: tuple[Act, ...] = ()

    @model_validator(mode="after")
    def _tells_something(self) -> Self:
        if not self.acts and self.waits_for is None:
            raise ValueError("the step has no acts, and does not say what it waits for")
        return self


class Part(Document):
    """A stretch of the life with its heading."""

    part: Words
    steps: tuple[Step, ...] = Field(min_length=1)


class Change(Document):
    """One change of an amendment: words of the protocol's file that stand there once, and what stands there instead."""

    replace: Words
    by: str


class Life(Document):
    """A whole life. Everybody in it is invented.

    `simulated_seed` is what its allocation is drawn from: in a life it is no secret, in a trial it never stands in a
    file like this. `arms` are the arms that the seed must give, by participant, in the order of the slots.
    """

    armlet_life: Literal[1] = 1
    says: Words
    zone: Words
    begins: Words
    simulated_seed: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    sealed_settings: Settings = Field(default_factory=dict)
    arms: dict[Words, Name] = Field(default_factory=dict)
    people: dict[Words, Person]
    amendments: dict[Words, tuple[Change, ...]] = Field(default_factory=dict)
    ways: dict[Words, tuple[Act, ...]] = Field(default_factory=dict)
    parts: tuple[Part, ...] = Field(min_length=1)

    def steps(self) -> Iterator[Step]:
        """Every step, as told."""
        for part in self.parts:
            yield from part.steps

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        numbers = [step.step for step in self.steps()]
        if numbers != sorted(set(numbers)):
            raise ValueError("the steps are not numbered in rising order, each once")
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError):
            raise ValueError(f"{self.zone!r} is no time zone; expected for example Europe/Vienna") from None
        told = [act for step in self.steps() for act in step.acts]
        for act in (*told, *(act for way in self.ways.values() for act in way)):
            for each in (act, *act.at_once):
                self._knows(each)
        return self

    def _knows(self, act: Act) -> None:
        if act.as_ is not None and act.as_ not in self.people and "{" not in act.as_:
            raise ValueError(f"{act.as_!r} is nobody of the cast; it has {', '.join(self.people)}")
        for way in act.way or {}:
            if way not in self.ways:
                raise ValueError(f"there is no way {way!r}; there are {', '.join(self.ways) or 'none'}")
