"""Finds abbreviations of infections that look misspelt: they are offered corrected and never corrected.

An abbreviation is offered only when one swap of neighbouring letters makes it a known one, or, in a long one with a
number behind it (the number must agree), one letter changed, lost or gained; and only when a single known one fits.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from armlet.registry.accounting import Fact, Offer

_TOKEN: Final = re.compile(r"([A-Z](?<![\w-].)[A-Z]{2,5})(?:-?(\d{1,2}))?(?![\w-])")
"""Three to six capitals; what stands before them is looked at behind the first, which makes the search quick."""
_SHORTEST_UNNUMBERED: Final = 4
_SHORTEST_EDITED: Final = 4


@dataclass(frozen=True, slots=True)
class _Term:
    spelling: str
    letters: str
    number: str
    meaning: str
    offer: bool


@cache
def _terms() -> tuple[_Term, ...]:
    text = files("armlet.registry").joinpath("data/infection_markers.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(_Term(row["term"], *_split(row["term"]), row["meaning"], row["offer"] == "yes") for row in rows)


def _split(spelling: str) -> tuple[str, str]:
    match = re.fullmatch(r"([A-Za-z]+)-?(\d*)", spelling)
    assert match is not None  # every term of the data file has this shape
    return match[1].casefold(), match[2]


def find_offers(facts: Iterable[Fact]) -> tuple[Offer, ...]:
    """One offer for each misspelt-looking abbreviation of each line, in the order of the facts."""
    found: dict[tuple[int, str], Offer] = {}
    for fact in facts:
        if isinstance(fact.value, str):
            for match in _TOKEN.finditer(fact.value):
                nearest = _nearest(match[1].casefold(), match[2] or "")
                if nearest is not None:
                    found.setdefault((fact.line, match[0]), _offer(fact, match[0], *nearest))
    return tuple(found.values())


def _offer(fact: Fact, written: str, term: _Term, how: str) -> Offer:
    because = f"{written!r} is no abbreviation known here, and {how} makes it {term.spelling} ({term.meaning})."
    return Offer(fact.path, fact.line, written, term.spelling, because)


@lru_cache(maxsize=4096)
def _nearest(letters: str, number: str) -> tuple[_Term, str] | None:
    """The only known abbreviation that the letters are near to, and how near; None for one that is known itself."""
    if any((term.letters, term.number) == (letters, number) for term in _terms()):
        return None
    near = [(term, how) for term in _terms() if (how := _how_near(letters, number, term))]
    if len(near) != 1 or not near[0][0].offer:
        return None
    return near[0]


def _how_near(letters: str, number: str, term: _Term) -> str | None:
    if number != term.number or (not number and len(letters) < _SHORTEST_UNNUMBERED):
        return None
    if _is_one_swap(letters, term.letters):
        return "one swap of neighbouring letters"
    if number and min(len(letters), len(term.letters)) >= _SHORTEST_EDITED and _is_one_edit(letters, term.letters):
        return "one letter"
    return None


def _is_one_swap(one: str, other: str) -> bool:
    differing = [index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b]
    if len(one) != len(other) or len(differing) != 2 or differing[1] != differing[0] + 1:
        return False
    first, second = differing
    return one[first] == other[second] and one[second] == other[first]


def _is_one_edit(one: str, other: str) -> bool:
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    shorter, longer = sorted((one, other), key=len)
    if len(longer) != len(shorter) + 1:
        return False
    return any(longer[:index] + longer[index + 1 :] == shorter for index in range(len(longer)))
