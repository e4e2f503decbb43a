"""A percentage of participants below 0 or above 100."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from armlet.registry.results.walk import cells, number, tables
from armlet.registry.review import Finding, ReviewRule, Submission, amiss

_OF_PEOPLE: Final = re.compile(r"(percent\w*|%) (of )?(\w+ )?(participants|patients|subjects)", re.IGNORECASE)
_PROPORTION: Final = re.compile(r"proportion of (participants|patients|subjects)", re.IGNORECASE)


def _find(submission: Submission) -> Iterator[Finding]:
    for path, table in tables(submission.results):
        unit = (table.unit_of_measure or "").strip()
        most = 100 if _OF_PEOPLE.fullmatch(unit) else 1 if _PROPORTION.fullmatch(unit) else None
        if most is None:
            continue
        for at, _, cell in cells(path, table):
            for name, text in (
                ("value", cell.value),
                ("lowerLimit", cell.lower_limit),
                ("upperLimit", cell.upper_limit),
            ):
                value = number(text)
                if value is not None and not 0 <= value <= most:
                    message = f"{value} is no {unit.lower()}; expected 0 to {most}."
                    yield amiss(f"{at}.{name}", message, "Correct the number or the unit.")


METHOD = ReviewRule(
    rule="measures/percentage",
    says="Percentages of participants lie between 0 and 100, proportions between 0 and 1.",
    source="Major Issue: values cannot be a percentage of participants (University of Colorado tip of 3 December 2020)",
    checked="secondary",
    mend="endpoints[].unit",
    find=_find,
)
