"""Medical Subject Headings that pages print one after the other without a sign between them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

_LONGEST_LINE: Final = 4000
_LONGEST_TERM_WORDS: Final = 10


@dataclass(frozen=True, slots=True)
class MeshTerm:
    """A heading, its unique identifier, and whether the registry lists it among conditions or interventions."""

    term: str
    identifier: str
    browse_module: str


@cache
def _terms() -> dict[str, MeshTerm]:
    text = files("armlet.registry").joinpath("data/mesh_terms.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["term"]: MeshTerm(row["term"], row["id"], row["browse_module"]) for row in rows}


def split_mesh_terms(line: str) -> tuple[MeshTerm, ...]:
    """The headings that a line is made of, the longest first; empty unless they make up the whole line.

    Knows the headings of the data file only, so an empty answer does not mean that the line has none.
    """
    words = line.split()
    if not words or len(line) > _LONGEST_LINE:
        return ()
    reach = _reach(words)
    found: list[MeshTerm] = []
    at = 0
    while at < len(words):
        if not reach[at]:
            return ()
        found.append(_terms()[" ".join(words[at : at + reach[at]])])
        at += reach[at]
    return tuple(found)


def _reach(words: list[str]) -> list[int]:
    """For each word, the words of the longest heading there after which the line can be made up to its end; else 0."""
    reach = [0] * len(words) + [1]
    for start in range(len(words) - 1, -1, -1):
        for length in range(1, min(_LONGEST_TERM_WORDS, len(words) - start) + 1):
            if reach[start + length] and " ".join(words[start : start + length]) in _terms():
                reach[start] = length
    return reach
