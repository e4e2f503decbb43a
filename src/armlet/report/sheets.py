"""The data of a figure or table as one flat file: its name, its columns, its rows; and what the columns of figures hold.

A file has one header line and a first column that says what must be known of every row (that it is simulated, or of
dummy arms), so that no row can be mistaken when it stands alone. Gaps are empty cells. Numbers are written in full.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from armlet.projections.tables import marked_csv

_PLAIN: Final = str.maketrans({"\u2212": "-", "\u2011": "-", "\u00a0": " ", "\u2013": "-"})
"""What is good to read and bad to compute with: the minus sign, unbreakable hyphens and blanks, dashes."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file: its name without ending, its columns, and one mapping a row; a value that is not there is None."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """What the files of one kind of figure hold: a row for what, and each column with its meaning and unit."""

    id: str
    row: str
    columns: Mapping[str, str]

    def sheet(self, of: str, rows: Sequence[Mapping[str, object]]) -> Sheet:
        """A file of this kind about something, such as one endpoint; an absent column is an empty cell."""
        whole = tuple(dict.fromkeys(self.columns) | dict(row) for row in rows)
        return Sheet(f"{self.id}-{slug(of)}" if of else self.id, tuple(self.columns), whole)


def sheet_csv(sheet: Sheet, mark: str) -> str:
    """The file as CSV; every row begins with the mark, where there is one."""
    rows = ({name: _cell(row[name]) for name in sheet.columns} for row in sheet.rows)
    return marked_csv(sheet.columns, rows, mark)


def _cell(value: object) -> object:
    """Numbers in full and never with an exponent; text on one line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return re.sub(r"\s*\n\s*", "; ", value).translate(_PLAIN)
    return value


def slug(words: str) -> str:
    """The words as a file name: small letters, digits and hyphens; never empty, and not longer than a name may be."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-") or "data"


def unique_name(names: Sequence[str]) -> list[str]:
    """The names in their order; one that was there before gets a number, 2 for the second."""
    taken: set[str] = set()
    found = []
    for name in names:
        number, free = 2, name
        while free in taken:
            number, free = number + 1, f"{name}-{number}"
        taken.add(free)
        found.append(free)
    return found


# --- What the files of figures hold ---------------------------------------------------------------------------------

_WHO: Final = {"group": "the arm; before the lock all participants together", "participant": "the participant"}

TRAJECTORIES: Final = Kind(
    "trajectories",
    "a drawn value of one participant (`what` is value) or of a group (mean)",
    {
        **_WHO,
        "what": "value, or mean of the group",
        "visit": "the visit",
        "day": "days since the day that the figure counts from; of a mean, the mean of the days",
        "value": "the value or the mean, in `unit`",
        "below_limit": "whether the value is below what the laboratory could measure",
        "n": "of a mean: how many people have a value",
        "lower": "of a mean: lower end of its 95 % t interval",
        "upper": "of a mean: upper end of its 95 % t interval",
        "unit": "the unit (UCUM)",
    },
)
CURVES: Final = Kind(
    "curves",
    "a sample of one participant (`what` is value) or of a group (mean)",
    {
        **_WHO,
        "what": "value, or mean of the group at a planned sample",
        "visit": "the visit",
        "sample": "the planned sample",
        "minute": "the real minute of the sample; of a mean, the mean of the minutes",
        "value": "the value or the mean, in `unit`",
        "below_limit": "whether the value is below what the laboratory could measure",
        "n": "of a mean: how many people have a value",
        "unit": "the unit (UCUM)",
    },
)
WATERFALL: Final = Kind(
    "waterfall",
    "a participant, in the order of the bars; those without a bar stand last",
    {
        **_WHO,
        "place": "the place of the bar from the left, from 1; empty where there is no change to draw",
        "visit": "the visit at which the change is taken",
        "baseline": "the value at baseline, in `unit`",
        "value": "the value at the visit, in `unit`",
        "change": "value minus baseline, in `unit`",
        "below_limit": "whether the value at the visit is below what the laboratory could measure",
        "unit": "the unit (UCUM)",
        "why_missing": "why there is no change",
    },
)
SWIMMER: Final = Kind(
    "swimmer",
    "something that happened to one participant",
    {
        **_WHO,
        "what": "enrolled, allocated, administered, not given, visit, adverse event, serious adverse event, end",
        "day": "days since enrolment",
        "date": "the date",
        "label": "which visit, which event, or how the follow-up ended",
    },
)
FOREST: Final = Kind(
    "forest",
    "a planned analysis at one visit",
    {
        "analysis": "the analysis, by its id",
        "label": "its label",
        "role": "primary, supportive or sensitivity",
        "endpoint": "the endpoint, by its id",
        "visit": "the visit, by its id",
        "set": "the analysis set, by its id",
        "method": "the method, by its id",
        "estimable": "whether there is an estimate",
        "estimate": "the estimate, in `unit`",
        "lower": "lower end of the interval",
        "upper": "upper end of the interval",
        "level": "the level asked for, from 0 to 1",
        "level_attained": "the level really held, where it is known",
        "unit": "the unit, or the name of the scale after a transformation",
        "p": "the p-value",
        "sides": "its sides",
        "exact": "whether it is exact",
        "smallest_p": "the smallest p that these people could have given",
        "n_used": "how many people are in the number, by arm",
        "left_out": "who is not, and why",
        "warnings": "what is to be borne in mind",
        "why_not": "why nothing could be estimated",
    },
)
ADJUSTED: Final = Kind(
    "adjusted-means",
    "the adjusted mean of one arm in one analysis at one visit",
    {
        "analysis": "the analysis, by its id",
        "visit": "the visit, by its id",
        "group": "the arm",
        "n": "how many people of the arm are in the analysis",
        "mean": "the adjusted mean, taken back to `unit`",
        "lower": "lower end of its interval",
        "upper": "upper end of its interval",
        "unit": "the unit (UCUM)",
    },
)
KINDS: Final = (FOREST, TRAJECTORIES, ADJUSTED, CURVES, WATERFALL, SWIMMER)
