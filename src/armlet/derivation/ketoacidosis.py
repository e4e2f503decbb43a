"""Diabetic ketoacidosis by a named version of its criteria, and its grade; what is not measured is unknown, never no.

The criteria stand in ``data/ketoacidosis.yaml``. They changed over the years in ways that change a count: bicarbonate
below 15 or 18 mmol/L, glucose above 11 or 13.9 mmol/L, with or without diabetes that is known. So an answer names its
version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from pydantic import Field

from armlet.document import Document, load_document, read_yaml
from armlet.protocol.criteria import Name
from armlet.units import Quantity, UnitError

MEASURED: Final = ("glucose", "ketones_blood", "ketones_urine", "ph", "bicarbonate")
"""What the criteria speak of."""


class Limit(Document):
    """A comparison with a limit, which is written once for each kind of unit that laboratories report in."""

    is_: Literal["below", "at most", "at least", "above"] = Field(alias="is")
    limits: tuple[Quantity, ...] = Field(min_length=1)

    def holds(self, value: Quantity) -> bool:
        """Whether the comparison holds, exactly. Raises UnitError where no limit is in such a unit."""
        limit = next((one for one in self.limits if value.measures_same_as(one.unit)), None)
        if limit is None:
            written = " or ".join(str(one) for one in self.limits)
            raise UnitError(f"{value} cannot be held against the limit of {written}.")
        order = value.compare(limit)
        return {"below": order < 0, "at most": order <= 0, "at least": order >= 0, "above": order > 0}[self.is_]


class Grade(Document):
    """One grade: it is reached where pH or bicarbonate is."""

    grade: int = Field(ge=1, le=3)
    label: str
    ph: Limit
    bicarbonate: Limit


class CriteriaSet(Document):
    """One version of the criteria. `checked` says whether its source was read; `confirm` what must be looked up."""

    id: Name
    label: str
    source: str
    checked: Literal["text", "memory"]
    confirm: str = ""
    known_diabetes_suffices: bool
    glucose: Limit
    ketones_blood: Limit | None = None
    ketones_urine: Limit
    ph: Limit
    bicarbonate: Limit
    grades: tuple[Grade, ...]

    def limit(self, measured: str) -> Limit | None:
        """The comparison for one of `MEASURED`; None where this version does not look at it."""
        found = {
            "glucose": self.glucose,
            "ketones_blood": self.ketones_blood,
            "ketones_urine": self.ketones_urine,
            "ph": self.ph,
            "bicarbonate": self.bicarbonate,
        }
        return found[measured]


class _File(Document):
    """All the versions."""

    sets: tuple[CriteriaSet, ...]


@cache
def load_criteria() -> Mapping[str, CriteriaSet]:
    """Every version of the criteria by its name."""
    path = files(__package__) / "data" / "ketoacidosis.yaml"
    plain, lines = read_yaml(path.read_text(encoding="utf-8"), "ketoacidosis.yaml")
    return {one.id: one for one in load_document(_File, plain, lines, "criteria").sets}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it is ketoacidosis (None: not known), the worst grade that is reached, and which of pH and bicarbonate lack.

    `grade` is None without ketoacidosis and in a version that has no grades. Where one of the two lacks, the true grade may
    be worse.
    """

    met: bool | None
    grade: Grade | None
    because: tuple[str, ...]
    lacking: tuple[str, ...]


def judge(values: Mapping[str, Quantity], criteria: CriteriaSet, *, known_diabetes: bool) -> Verdict:
    """The verdict on one set of measurements, by the names of `MEASURED`. Raises UnitError for a unit without a limit."""
    holds = {name: limit.holds(values[name]) for name in values if (limit := criteria.limit(name)) is not None}
    glucose = True if known_diabetes and criteria.known_diabetes_suffices else holds.get("glucose")
    ketones = _either(holds.get("ketones_blood"), holds.get("ketones_urine"), criteria.ketones_blood is None)
    acid = _either(holds.get("ph"), holds.get("bicarbonate"), False)
    named = {"glucose or known diabetes": glucose, "ketones": ketones, "acidosis": acid}
    met = False if False in named.values() else (None if None in named.values() else True)
    grade = _grade(values, criteria) if met else None
    return Verdict(met, grade, tuple(_said(named)), tuple(one for one in ("ph", "bicarbonate") if one not in values))


def _said(named: Mapping[str, bool | None]) -> list[str]:
    words = {True: "met", False: "not met", None: "not known"}
    return [f"{name} {words[holds]}" for name, holds in named.items()]


def _either(one: bool | None, other: bool | None, only_other: bool) -> bool | None:
    """One of two suffices; no only where both are known to fail, or where only the other is looked at."""
    if only_other:
        return other
    if one or other:
        return True
    return None if None in {one, other} else False


def _grade(values: Mapping[str, Quantity], criteria: CriteriaSet) -> Grade | None:
    ordered = sorted(criteria.grades, key=lambda one: -one.grade)
    return next((one for one in ordered if _reached(one, values)), None)


def _reached(grade: Grade, values: Mapping[str, Quantity]) -> bool:
    acid = "ph" in values and grade.ph.holds(values["ph"])
    return acid or ("bicarbonate" in values and grade.bicarbonate.holds(values["bicarbonate"]))
