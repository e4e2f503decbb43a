"""The words that the reader knows: quantities with their units, and conditions, events and treatments."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from armlet.units import Quantity, parse_unit

TIMES_LIMIT: Final = "{ULN}"
SCORE: Final = "{score}"


@dataclass(frozen=True, slots=True)
class QuantityTerm:
    """Something measured: its id and label, the units of a limit, and its molar mass where one is needed."""

    id: str
    label: str
    units: tuple[str, ...]
    molar_mass: Quantity | None

    def takes(self, unit: str) -> bool:
        """Whether a limit can be given in the unit: of the same dimension, and with the same annotation."""
        if "{" in unit or any("{" in known and known != TIMES_LIMIT for known in self.units):
            return unit in self.units
        known_dimensions = {parse_unit(known).dimension for known in self.units if "{" not in known}
        is_plain = unit == "1"
        return parse_unit(unit).dimension in known_dimensions and (not is_plain or "1" in self.units)

    @property
    def bare(self) -> str | None:
        """The unit that a number without one has: of a score or a pure ratio."""
        return next((unit for unit in self.units if unit in {SCORE, "1"}), None)


@dataclass(frozen=True, slots=True)
class ConditionTerm:
    """A diagnosis (`state`), an `event` or a `treatment`, with its MeSH identifier where there is one."""

    label: str
    concept: str | None
    sort: str


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = files("armlet.eligibility.text").joinpath(f"data/{name}.csv").read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def key_of(words: str) -> str:
    """The words as they are looked up: small, hyphens as blanks."""
    return re.sub(r"\s*/\s*", "/", " ".join(words.casefold().replace("-", " ").split()))


@cache
def quantity_terms() -> dict[str, tuple[QuantityTerm, ...]]:
    """The quantities by each of their names; one name can stand for two that differ in their units."""
    found: dict[str, tuple[QuantityTerm, ...]] = {}
    for row in _rows("quantities"):
        mass = Quantity.parse(f"{row['molar_mass']} g/mol") if row["molar_mass"] else None
        term = QuantityTerm(row["id"], row["label"], tuple(row["units"].split()), mass)
        for name in row["names"].split("|"):
            found[key_of(name)] = (*found.get(key_of(name), ()), term)
    return found


@cache
def condition_terms() -> dict[str, ConditionTerm]:
    """Diagnoses, events and treatments by each of their names."""
    found: dict[str, ConditionTerm] = {}
    for row in _rows("conditions"):
        concept = f"MESH:{row['mesh']}" if row["mesh"] else None
        for name in row["names"].split("|"):
            found[key_of(name)] = ConditionTerm(row["label"], concept, row["sort"])
    return found


@cache
def quantity_pattern() -> re.Pattern[str]:
    """Any name of a quantity, the longest first."""
    return re.compile(rf"(?:{_either(quantity_terms())})(?![\w+])", re.IGNORECASE)


def _either(keys: Iterable[str]) -> str:
    ordered = sorted(keys, key=len, reverse=True)
    return "|".join(re.escape(key).replace(r"\ ", r"[\s-]+").replace("/", r"\s*/\s*") for key in ordered)
