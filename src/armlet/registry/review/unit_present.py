"""A measure without a unit, or with something in its place that is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from armlet.registry.results.walk import Table, cells, plain_words, tables, title_of, weight_since_final_rule
from armlet.registry.review import Finding, ReviewRule, Submission, amiss

PLACEHOLDERS: Final = frozenset({"na", "n a", "none", "not applicable", "unknown", "tbd", "unit", "units", "xx", "xxx"})


def _find(submission: Submission) -> Iterator[Finding]:
    severity = weight_since_final_rule(submission.protocol)
    for path, table in tables(submission.results):
        if not _has_numbers(path, table):
            continue
        unit = (table.unit_of_measure or "").strip()
        if table.param_type is None:
            message = f"{title_of(table)} does not say what kind of number it has."
            yield amiss(f"{path}.paramType", message, "Say whether it is a mean, a median, a count or another number.")
        if not unit:
            yield amiss(f"{path}.unitOfMeasure", f"{title_of(table)} has no unit.", "Add the unit.")
        elif plain_words(unit) in PLACEHOLDERS or re.fullmatch(r"[\d.,\s]+", unit):
            message = f"{title_of(table)} has the unit {unit!r}, which is none."
            yield Finding(severity, f"{path}.unitOfMeasure", message, "Say what was counted or measured in.")


def _has_numbers(path: str, table: Table) -> bool:
    """A measure that says only that nothing was collected has no numbers and no unit."""
    is_not_collected = plain_words(table.title).endswith("not collected")
    has_cells = next(cells(path, table), None) is not None
    return has_cells and not is_not_collected and (table.param_type is not None or table.unit_of_measure is None)


METHOD = ReviewRule(
    rule="measures/unit",
    says="Every measure with numbers has its kind of number and a unit that is one.",
    source="PRS validation messages of September 2018 (placeholder or numeral as unit of measure)",
    checked="text",
    mend="endpoints[].unit, measures[].unit",
    find=_find,
)
