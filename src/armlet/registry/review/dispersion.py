"""A mean or median without its dispersion, a dispersion that goes with no such number, or limits the wrong way round."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from armlet.registry.results.rows import Measurement, MeasureParam
from armlet.registry.results.walk import (
    CONTINUOUS,
    COUNTS,
    NOT_AVAILABLE,
    Table,
    cells,
    number,
    plain_words,
    tables,
    title_of,
)
from armlet.registry.review import Finding, ReviewRule, Submission, amiss, doubtful

_ONE_NUMBER: Final = frozenset(
    {"standard deviation", "standard error", "geometric coefficient of variation", "geometric coefficient"}
)
_ODD: Final = {
    MeasureParam.MEAN: frozenset(
        {"inter quartile range", "geometric coefficient of variation", "geometric coefficient"}
    ),
    MeasureParam.MEDIAN: frozenset({"standard deviation", "standard error"}),
}


def _find(submission: Submission) -> Iterator[Finding]:
    for path, table in tables(submission.results):
        kind = plain_words(table.dispersion_type)
        is_named = kind not in {"", "na", "not applicable"}
        if table.param_type in COUNTS and is_named:
            message = f"{title_of(table)} is a count and has the dispersion {table.dispersion_type!r}."
            yield amiss(f"{path}.dispersionType", message, "A count has no dispersion: take it out.")
        elif table.param_type in CONTINUOUS and not is_named and _measured(path, table):
            word = (table.param_type or "").lower().replace("_", " ")
            message = f"{title_of(table)} is a {word} without a measure of dispersion."
            yield amiss(f"{path}.dispersionType", message, "Add it: for a mean the standard deviation, say.")
        elif table.param_type in _ODD and kind in _ODD[table.param_type]:
            message = f"{title_of(table)} is a {table.param_type.lower()} with the {table.dispersion_type}."
            yield doubtful(f"{path}.dispersionType", message, "Is it meant? A median goes with quartiles or a range.")
        if is_named and table.param_type not in COUNTS:
            for at, _, cell in cells(path, table):
                yield from _check_cell(at, cell, is_one_number=kind in _ONE_NUMBER)


def _measured(path: str, table: Table) -> bool:
    return any(cell.value not in {None, NOT_AVAILABLE} for _, _, cell in cells(path, table))


def _check_cell(path: str, cell: Measurement, *, is_one_number: bool) -> Iterator[Finding]:
    value, low, high = number(cell.value), number(cell.lower_limit), number(cell.upper_limit)
    if value is None:
        return
    if is_one_number and cell.spread is None:
        yield amiss(f"{path}.spread", "the number has no dispersion.", "Add it, or NA with a comment.")
    elif not is_one_number and cell.lower_limit is None and cell.upper_limit is None:
        yield amiss(f"{path}.lowerLimit", "the number has no limits.", "Add both, or NA with a comment.")
    if low is not None and high is not None and low > high:
        message = f"the lower limit {low} is above the upper {high}."
        yield amiss(f"{path}.lowerLimit", message, "Exchange the two.")
    elif (low is not None and value < low) or (high is not None and value > high):
        yield doubtful(f"{path}.value", f"{value} lies outside its limits {low} to {high}.", "Is it meant?")
    spread = number(cell.spread)
    if spread is not None and spread < 0:
        yield amiss(f"{path}.spread", f"the dispersion {spread} is negative.", "Correct it.")


METHOD = ReviewRule(
    rule="measures/dispersion",
    says="A continuous measure has its dispersion, of a kind that goes with it, with every number; a count has none.",
    source='PRS Major Comments, "A measure of dispersion or precision appears missing for continuous data"',
    checked="text",
    mend="endpoints[].method, analyses[].settings",
    find=_find,
)
