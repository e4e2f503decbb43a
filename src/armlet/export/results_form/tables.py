"""Measured values and counts as rows of the form: one class a row, one measurement a column, its denominators beside it.

A column without a value in a row has the denominator 0 and no measurement; one person's value has no standard deviation,
which the form wants said as ``NA`` with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from armlet.export.results_form.locked import Column, denominators
from armlet.export.results_form.numbers import Average, Summary, decimals_for, rounded, summarise
from armlet.protocol.prose import unit_in_words
from armlet.registry.results.rows import (
    MeasureCategory,
    MeasureClass,
    MeasureDispersionType,
    Measurement,
    MeasureParam,
)

NA: Final = "NA"
ONE_VALUE: Final = "The standard deviation cannot be computed from the value of one participant."
NO_UNIT: Final = "unitless number"
PARAM: Final = {Average.MEAN: MeasureParam.MEAN, Average.MEDIAN: MeasureParam.MEDIAN}
DISPERSION: Final = {
    Average.MEAN: MeasureDispersionType.STANDARD_DEVIATION,
    Average.MEDIAN: MeasureDispersionType.FULL_RANGE,
}
DISPERSION_WORDS: Final = {Average.MEAN: "Standard Deviation", Average.MEDIAN: "Full Range"}
"""How outcomes spell the dispersion, where baseline measures have an enumeration (seen in public records)."""


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One row of measured values: a title (None where the table has one row only), and each column's values."""

    title: str | None
    values: Mapping[int, tuple[Decimal, ...]]


@dataclass(frozen=True, slots=True)
class CountRow:
    """One line of counts: what is counted, by column place, out of the people that its table knows about."""

    title: str | None
    counts: Mapping[int, int]


def unit_words(unit: str) -> str:
    """A UCUM unit in the words of the form, which leaves no unit empty."""
    return unit_in_words(unit) or NO_UNIT


def value_classes(
    module: str, columns: Sequence[Column], rows: Sequence[ValueRow], average: Average
) -> tuple[MeasureClass, ...]:
    """The rows of one table of measured values, all rounded together."""
    summaries = [{place: summarise(values, average) for place, values in row.values.items() if values} for row in rows]
    decimals = decimals_for(one for row in summaries for summary in row.values() for one in summary.numbers())
    return tuple(
        _value_class(module, columns, row, found, decimals) for row, found in zip(rows, summaries, strict=True)
    )


def _value_class(
    module: str, columns: Sequence[Column], row: ValueRow, found: Mapping[int, Summary], decimals: int
) -> MeasureClass:
    cells = tuple(
        _measurement(column.id(module), found[column.place], decimals) for column in columns if column.place in found
    )
    counts = [(column, len(row.values.get(column.place, ()))) for column in columns]
    categories = (MeasureCategory(measurements=cells),) if cells else ()
    return MeasureClass(title=row.title, denoms=(denominators(module, counts),), categories=categories)


def _measurement(group_id: str, summary: Summary, decimals: int) -> Measurement:
    value = rounded(summary.middle, decimals)
    if summary.lowest is not None and summary.highest is not None:
        lower, upper = rounded(summary.lowest, decimals), rounded(summary.highest, decimals)
        return Measurement(group_id=group_id, value=value, lower_limit=lower, upper_limit=upper)
    if summary.spread is None:
        return Measurement(group_id=group_id, value=value, spread=NA, comment=ONE_VALUE)
    return Measurement(group_id=group_id, value=value, spread=rounded(summary.spread, decimals))


def count_class(
    module: str,
    columns: Sequence[Column],
    known: Mapping[int, int],
    lines: Sequence[CountRow],
    title: str | None = None,
) -> MeasureClass:
    """One row of counts, a category for each line; `known` is how many of each column could be counted."""
    counts = [(column, known.get(column.place, 0)) for column in columns]
    counted = [column for column, number in counts if number]
    categories = tuple(
        MeasureCategory(
            title=line.title,
            measurements=tuple(
                Measurement(group_id=column.id(module), value=str(line.counts.get(column.place, 0)))
                for column in counted
            ),
        )
        for line in lines
        if counted
    )
    return MeasureClass(title=title, denoms=(denominators(module, counts),), categories=categories)
