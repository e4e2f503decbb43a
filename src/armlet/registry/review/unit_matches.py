"""A unit that does not go with the title or with the kind of number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from armlet.registry.results.rows import MeasureParam
from armlet.registry.results.walk import CONTINUOUS, Table, tables, title_of, weight_since_final_rule
from armlet.registry.review import Finding, ReviewRule, Submission

_PEOPLE: Final = re.compile(
    r"participant|patient|subject|person|people|individual|women|men\b|children|infant|volunteer|student|member|case|mother",
    re.IGNORECASE,
)
_ONLY_PEOPLE: Final = re.compile(r"(number of )?(participants?|patients?|subjects?|persons?|people)", re.IGNORECASE)
_PERCENT: Final = re.compile(r"percent|%", re.IGNORECASE)
_PERCENT_TITLE: Final = re.compile(r"percentage of (participants|patients|subjects) (with|who)\b", re.IGNORECASE)
_NUMBER_TITLE: Final = re.compile(r"number of (participants|patients|subjects) (with|who)\b", re.IGNORECASE)


def _find(submission: Submission) -> Iterator[Finding]:
    severity = weight_since_final_rule(submission.protocol)
    for path, table in tables(submission.results):
        if table.unit_of_measure:
            for message, fix in _mismatches(table, table.unit_of_measure):
                yield Finding(severity, f"{path}.unitOfMeasure", message, fix)


def _mismatches(table: Table, unit: str) -> Iterator[tuple[str, str]]:
    title = table.title or ""
    if table.param_type is MeasureParam.COUNT_OF_PARTICIPANTS and not _PEOPLE.search(unit):
        yield f"{title_of(table)} counts participants in {unit!r}.", "Use the unit Participants."
    if table.param_type in CONTINUOUS and _ONLY_PEOPLE.fullmatch(unit.strip()):
        kind = (table.param_type or "").lower().replace("_", " ")
        yield f"{title_of(table)} is a {kind} in {unit!r}.", "Count participants, or use the unit that was measured in."
    if _PERCENT_TITLE.match(title) and not _PERCENT.search(unit):
        yield f"{title_of(table)} is in {unit!r}; the title speaks of a percentage.", "Change the title or the unit."
    if _NUMBER_TITLE.match(title) and not _PEOPLE.search(unit):
        yield f"{title_of(table)} is in {unit!r}; the title speaks of participants.", "Change the title or the unit."


METHOD = ReviewRule(
    rule="measures/unit-matches",
    says="The unit goes with the title and with the kind of number; an error since 18 January 2017, a warning before.",
    source="PRS validation messages of September 2018 (percentage or number of participants in titles)",
    checked="text",
    mend="endpoints[].unit, endpoints[].label",
    find=_find,
)
