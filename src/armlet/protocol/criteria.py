"""The nodes that a criterion is written with, and the measures they speak of.

A rule is data: seven nodes and the judgement. ``judgement`` is what no computer may decide: a named person answers it.
Decision record 0002 tells why there are just these.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from armlet.document import Document
from armlet.protocol.source import Sourced
from armlet.studytime import Duration
from armlet.units import Quantity

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


class Comparison(StrEnum):
    """How a measured value stands to a limit; ``in`` asks for one of several coded values."""

    LESS = "<"
    AT_MOST = "<="
    EQUAL = "="
    AT_LEAST = ">="
    MORE = ">"
    IN = "in"


class MeasureIs(Document):
    """A yes-or-no measure is answered with yes."""

    measure: Name


class CompareTo(Document):
    """A measure stands so to a limit (with its unit) or is one of the coded values."""

    measure: Name
    is_: Comparison = Field(alias="is")
    value: Quantity | None = None
    code: str | None = None
    codes: tuple[str, ...] = ()


class Compare(Document):
    """The node ``compare``."""

    compare: CompareTo


class WithinOf(Document):
    """A dated measure lies at most so long before the reference date; the last day belongs to it."""

    measure: Name
    at_most: Duration


class Within(Document):
    """The node ``within``."""

    within: WithinOf


class All(Document):
    """Every part holds."""

    all: tuple[Rule, ...] = Field(min_length=1)


class AnyOf(Document):
    """At least one part holds."""

    any: tuple[Rule, ...] = Field(min_length=1)


class Not(Document):
    """The part does not hold."""

    not_: Rule = Field(alias="not")


class WhenExcept(Document):
    """Something holds, except where the exception holds as well."""

    when: Rule
    except_: Rule = Field(alias="except")


class Unless(Document):
    """The node ``unless``: `when` holds and the exception does not."""

    unless: WhenExcept


class Question(Document):
    """What a named person in this role must judge."""

    id: Name
    question: str
    by: str


class Judgement(Document):
    """The node ``judgement``: true when the named person answers yes."""

    judgement: Question


def _node_kind(value: Any) -> str | None:
    keys = set(value) if isinstance(value, dict) else {type(value).__name__}
    for tag, names in _NODE_KEYS.items():
        if keys & names:
            return tag
    return None


_NODE_KEYS = {
    "compare": {"compare", "Compare"},
    "within": {"within", "Within"},
    "all": {"all", "All"},
    "any": {"any", "AnyOf"},
    "not": {"not", "not_", "Not"},
    "unless": {"unless", "Unless"},
    "judgement": {"judgement", "Judgement"},
    "measure": {"measure", "MeasureIs"},
}

Rule = Annotated[
    Annotated[MeasureIs, Tag("measure")]
    | Annotated[Compare, Tag("compare")]
    | Annotated[Within, Tag("within")]
    | Annotated[All, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[Unless, Tag("unless")]
    | Annotated[Judgement, Tag("judgement")],
    Discriminator(
        _node_kind,
        custom_error_type="unknown_node",
        custom_error_message="expected one of measure, compare, within, all, any, not, unless, judgement",
    ),
]


class CriterionKind(StrEnum):
    """Whether meeting the criterion lets a person in or keeps them out."""

    INCLUSION = "inclusion"
    EXCLUSION = "exclusion"


class Criterion(Sourced):
    """One inclusion or exclusion criterion: what it says in words, and the rule that the words mean."""

    id: Name
    kind: CriterionKind
    says: str
    rule: Rule


class MeasureKind(StrEnum):
    """What sort of value a measure has."""

    QUANTITY = "quantity"
    CODE = "code"
    YES_NO = "yes_no"
    DATE = "date"


class Range(Document):
    """What is plausible in people; outside it a value is queried or refused, never corrected."""

    lowest: Quantity
    highest: Quantity
    because: str


class Measure(Document):
    """Something measured, asked or judged about a participant: its kind, unit, codes and plausible range.

    `whole` rounds down to whole units before comparing (completed years). `unclear` are codes that are neither one nor
    the other (indeterminate): a comparison with them is unknown. `tells_arm`: its value after the intervention could
    tell the arm, so blinded pages may not show it. `concept` is the term of a code system with its scheme
    (``MESH:D003920``), where one is known.
    """

    id: Name
    label: str
    kind: MeasureKind
    unit: str | None = None
    also_in: tuple[str, ...] = ()
    molar_mass: Quantity | None = None
    codes: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    whole: Literal["down"] | None = None
    plausible: Range | None = None
    tells_arm: bool = False
    concept: str | None = None


def walk(rule: Rule) -> Iterator[Rule]:
    """The rule and every part of it, outermost first."""
    yield rule
    match rule:
        case All():
            parts: tuple[Rule, ...] = rule.all
        case AnyOf():
            parts = rule.any
        case Not():
            parts = (rule.not_,)
        case Unless():
            parts = (rule.unless.when, rule.unless.except_)
        case _:
            parts = ()
    for part in parts:
        yield from walk(part)


def measures_of(rule: Rule) -> frozenset[str]:
    """The ids of the measures that a rule speaks of, judgements included."""
    names = set[str]()
    for node in walk(rule):
        match node:
            case MeasureIs():
                names.add(node.measure)
            case Compare():
                names.add(node.compare.measure)
            case Within():
                names.add(node.within.measure)
            case Judgement():
                names.add(node.judgement.id)
            case _:
                pass
    return frozenset(names)


for _model in (All, AnyOf, Not, WhenExcept, Unless, Criterion):
    _model.model_rebuild()
