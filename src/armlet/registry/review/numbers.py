"""A cell that is neither a number nor NA with the reason, or that is empty."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.registry.results.rows import Measurement
from armlet.registry.results.walk import NOT_AVAILABLE, cells, denominators, number, tables
from armlet.registry.review import Finding, ReviewRule, Submission, amiss


def _find(submission: Submission) -> Iterator[Finding]:
    for path, table in tables(submission.results):
        analysed = denominators(submission.results, table)
        for at, _, cell in cells(path, table):
            if cell.value is None and analysed.get(cell.group_id or "") == 0:
                continue
            yield from _check(at, cell)


def _check(path: str, cell: Measurement) -> Iterator[Finding]:
    texts = (
        ("value", cell.value),
        ("spread", cell.spread),
        ("lowerLimit", cell.lower_limit),
        ("upperLimit", cell.upper_limit),
    )
    if cell.value is None and not cell.comment:
        yield amiss(f"{path}.value", "the cell is empty.", "Give the number, or NA with the reason as a comment.")
    for name, text in texts:
        if text == NOT_AVAILABLE and not cell.comment:
            message = f"{name} is NA and no comment says why."
            yield amiss(f"{path}.comment", message, "Say why there is no number.")
        elif text is not None and text != NOT_AVAILABLE and number(text) is None:
            yield amiss(
                f"{path}.{name}", f"{text!r} is no number.", "Give a number, or NA with the reason as a comment."
            )


METHOD = ReviewRule(
    rule="measures/number",
    says="Every cell is a number, or NA with a comment that says why.",
    source="RRSUploadSchema.xsd (2017-04-18), naComment; Results Data Element Definitions, Outcome Measure Data",
    checked="text",
    mend="endpoints[].method",
    find=_find,
)
