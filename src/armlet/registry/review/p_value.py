"""A p-value that is none: not a number, not between 0 and 1, or rounded to nought."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from armlet.registry.results.walk import posted
from armlet.registry.review import Finding, ReviewRule, Submission, amiss, doubtful

_SPELT: Final = re.compile(r"\s*(<=|>=|[<>=≤≥])?\s*(\d*\.?\d+)\s*")


def _find(submission: Submission) -> Iterator[Finding]:
    for path, outcome in posted(submission.results):
        for index, analysis in enumerate(outcome.analyses):
            if analysis.p_value is not None:
                yield from _check(f"{path}.analyses[{index}].pValue", analysis.p_value)


def _check(path: str, text: str) -> Iterator[Finding]:
    found = _SPELT.fullmatch(text.replace(",", "."))
    if found is not None and "," in text:
        yield doubtful(path, f"the p-value {text} is written with a comma.", "Write it with a point.")
    if found is None:
        message = f"{text!r} is no p-value; expected a number, perhaps after <, >, <= or >=."
        yield amiss(path, message, "Write 0.031 or <0.001.")
        return
    value = Decimal(found[2])
    if value > 1:
        yield amiss(path, f"the p-value {text} is above 1.", "Correct it.")
    elif value == 0 and found[1] in {None, "=", "<", "<=", "≤"}:
        yield doubtful(path, f"the p-value {text} is nought, which a p-value never is.", "Write <0.001.")


METHOD = ReviewRule(
    rule="analyses/p-value",
    says="A p-value is a number between 0 and 1, alone or after <, >, <= or >=, and never nought.",
    source="Results Data Element Definitions, section 3, P-Value",
    checked="memory",
    mend="analyses[].method",
    find=_find,
)
