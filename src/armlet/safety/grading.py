"""The grade of a laboratory value on a versioned scale, or why it has none: what cannot be graded is never grade 0.

The limits stand in ``data/ctcae-*.yaml``. A value is graded in the unit in which it was reported: the scale writes its
limits in two units that are not each other's exact conversion, so that converting first would change a grade.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from armlet.document import Document, load_document, read_yaml
from armlet.units import Quantity

_FILES: Final = ("ctcae-5.0.yaml", "ctcae-6.0.yaml")


class GradeRange(Document):
    """The values of one grade: fixed limits in one unit, or multiples of the upper limit of normal or of the baseline."""

    grade: int = Field(ge=1, le=5)
    unit: str | None = None
    baseline: Literal["normal", "abnormal"] | None = None
    of: Literal["upper limit", "baseline"] | None = None
    above: str | None = None
    from_: str | None = Field(default=None, alias="from")
    to: str | None = None
    below: str | None = None
    above_upper_limit: bool = False
    below_lower_limit: bool = False

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        if (self.unit is None) == (self.of is None):
            raise ValueError("a range has either a `unit` or what it is a multiple `of`")
        return self


class GradedTest(Document):
    """One laboratory test: its ranges, or why a number has no grade. `only` says which grades the file has."""

    id: str
    label: str
    grades: tuple[GradeRange, ...] = ()
    not_from_a_number: str = ""
    only: str = ""


class Scale(Document):
    """One version of a scale; the version is a part of every grade."""

    scale: str
    source: str
    checked: Literal["text", "memory"]
    tests: tuple[GradedTest, ...]


@cache
def load_scales() -> Mapping[str, Scale]:
    """Every scale that can grade numbers, by its name with version."""
    found = {}
    for name in _FILES:
        text = files("armlet.safety").joinpath("data", name).read_text(encoding="utf-8")
        plain, lines = read_yaml(text, name)
        scale = load_document(Scale, plain, lines, "grading")
        found[scale.scale] = scale
    return found


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade on a scale; 0 is a value that the scale looks at and finds below grade 1."""

    scale: str
    grade: int


@dataclass(frozen=True, slots=True)
class NotGradable:
    """No grade, and why."""

    scale: str
    because: str


@dataclass(frozen=True, slots=True)
class Reference:
    """What a value is held against, in the unit of the value: limits of normal and the participant's baseline."""

    lower: Quantity | None = None
    upper: Quantity | None = None
    baseline: Quantity | None = None


def grade_value(scale: str, test: str, value: Quantity, reference: Reference) -> Graded | NotGradable:
    """The grade of a value on a scale. Nothing is converted and nothing is taken to be normal that is not known."""
    known = load_scales().get(scale)
    if known is None:
        return NotGradable(scale, f"no numeric rules of {scale} are known here")
    rules = next((one for one in known.tests if one.id == test), None)
    if rules is None:
        return NotGradable(scale, f"{scale} has no numeric rule for {test!r} here")
    if rules.not_from_a_number:
        return NotGradable(scale, rules.not_from_a_number)
    missing = _find_missing(rules, value, reference)
    if missing:
        return NotGradable(scale, missing)
    for one in _ranges(rules, value, reference):
        if _holds(one, value, reference):
            return Graded(scale, one.grade)
    if rules.only:
        return NotGradable(scale, f"only part of the rules is known: {rules.only}")
    return Graded(scale, 0)


def _find_missing(rules: GradedTest, value: Quantity, reference: Reference) -> str:
    """What is needed to grade and not there, or in another unit; empty where all is there."""
    given = {"lower limit": reference.lower, "upper limit": reference.upper, "baseline": reference.baseline}
    for name, quantity in given.items():
        if quantity is not None and quantity.unit != value.unit:
            return (
                f"the {name} is in {quantity.unit} and the value in {value.unit}; a value is graded as it was reported"
            )
    fixed = {one.unit for one in rules.grades if one.unit is not None}
    if fixed and value.unit not in fixed:
        return f"the scale has no limits in {value.unit}; it has {', '.join(sorted(fixed))}"
    ranges = [one for one in rules.grades if one.unit in {None, value.unit}]
    if any(one.baseline for one in ranges) and reference.baseline is None:
        return "the baseline is not known"
    if any(one.of == "upper limit" or one.above_upper_limit for one in ranges) and reference.upper is None:
        return "the upper limit of normal is not known"
    if any(one.below_lower_limit for one in ranges) and reference.lower is None:
        return "the lower limit of normal is not known"
    return ""


def _ranges(rules: GradedTest, value: Quantity, reference: Reference) -> Iterator[GradeRange]:
    baseline, upper = reference.baseline, reference.upper
    is_abnormal = baseline is not None and upper is not None and baseline.value > upper.value
    state = "abnormal" if is_abnormal else "normal"
    return (one for one in rules.grades if one.unit in {None, value.unit} and one.baseline in {None, state})


def _holds(one: GradeRange, value: Quantity, reference: Reference) -> bool:
    number = Fraction(value.value)
    if one.of is not None:
        unit = reference.upper if one.of == "upper limit" else reference.baseline
        if unit is None or unit.value <= 0:
            return False
        number = number / Fraction(unit.value)
    above = one.above is None or number > Fraction(one.above)
    from_ = one.from_ is None or number >= Fraction(one.from_)
    to = one.to is None or number <= Fraction(one.to)
    below = one.below is None or number < Fraction(one.below)
    return above and from_ and to and below and _beyond_normal(one, value.value, reference)


def _beyond_normal(one: GradeRange, value: Decimal, reference: Reference) -> bool:
    if one.above_upper_limit:
        return reference.upper is not None and value > reference.upper.value
    if one.below_lower_limit:
        return reference.lower is not None and value < reference.lower.value
    return True
