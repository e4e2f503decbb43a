"""The values that a condition on one measure leaves possible: an interval of amounts or days, or a set of answers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from armlet.document import Path_
from armlet.protocol.criteria import (
    All,
    AnyOf,
    Compare,
    CompareTo,
    Comparison,
    Criterion,
    CriterionKind,
    Measure,
    MeasureIs,
    MeasureKind,
    Not,
    Rule,
    Unless,
    Within,
)
from armlet.protocol.model import Protocol
from armlet.protocol.prose import codes_of
from armlet.units import Quantity, UnitError, parse_unit


@dataclass(frozen=True, slots=True)
class Interval:
    """Amounts between two limits (None: no limit); `low_open` and `high_open` say that the limit itself is outside."""

    low: Fraction | None = None
    low_open: bool = False
    high: Fraction | None = None
    high_open: bool = False

    def meets(self, other: Interval) -> bool:
        """Whether some amount lies in both."""
        return _leaves_room(self, other) and _leaves_room(other, self)


def _leaves_room(lower: Interval, upper: Interval) -> bool:
    """Whether something lies above the one's lower and below the other's upper limit."""
    if lower.low is None or upper.high is None:
        return True
    return lower.low < upper.high or (lower.low == upper.high and not lower.low_open and not upper.high_open)


Region = Interval | frozenset[str]


def do_meet(one: Region, other: Region) -> bool:
    """Whether some value lies in both; regions of different kinds are not compared."""
    if isinstance(one, Interval) and isinstance(other, Interval):
        return one.meets(other)
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return bool(one & other)
    return True


@dataclass(frozen=True, slots=True)
class Condition:
    """What one criterion certainly asks of one measure: the values with which a person can still take part."""

    path: Path_
    criterion: Criterion
    measure: Measure
    node: Rule
    wanted: bool
    region: Region


def conditions_of(protocol: Protocol) -> Iterator[Condition]:
    """Every condition that no alternative can replace, in the protocol's order."""
    measures = {measure.id: measure for measure in protocol.measures}
    for index, criterion in enumerate(protocol.criteria):
        wanted = criterion.kind is CriterionKind.INCLUSION
        for path, node, needed in _needed(criterion.rule, wanted, ("criteria", index, "rule")):
            found = _region(node, needed, measures)
            if found is not None:
                yield Condition(path, criterion, found[0], node, needed, found[1])


def _needed(rule: Rule, wanted: bool, path: Path_) -> Iterator[tuple[Path_, Rule, bool]]:
    """The single nodes that must be so for the rule to be as wanted; nothing below a choice."""
    match rule:
        case All() if wanted or len(rule.all) == 1:
            for index, part in enumerate(rule.all):
                yield from _needed(part, wanted, (*path, "all", index))
        case AnyOf() if not wanted or len(rule.any) == 1:
            for index, part in enumerate(rule.any):
                yield from _needed(part, wanted, (*path, "any", index))
        case Not():
            yield from _needed(rule.not_, not wanted, (*path, "not"))
        case Unless() if wanted:
            yield from _needed(rule.unless.when, True, (*path, "unless", "when"))
            yield from _needed(rule.unless.except_, False, (*path, "unless", "except"))
        case MeasureIs():
            yield (*path, "measure"), rule, wanted
        case Compare():
            yield (*path, "compare"), rule, wanted
        case Within():
            yield (*path, "within"), rule, wanted
        case _:
            return


def _region(node: Rule, wanted: bool, measures: dict[str, Measure]) -> tuple[Measure, Region] | None:
    """The measure and the values that make the node as wanted; None where they cannot be told."""
    match node:
        case MeasureIs():
            name, region = node.measure, frozenset({"yes" if wanted else "no"})
            return (measures[name], region) if name in measures else None
        case Compare():
            measure = measures.get(node.compare.measure)
            found = None if measure is None else _compared(node.compare, measure, wanted)
            return None if measure is None or found is None else (measure, found)
        case Within():
            measure, span = measures.get(node.within.measure), node.within.at_most
            days = (
                Interval(high=Fraction(span.longest_days()))
                if wanted
                else Interval(low=Fraction(span.shortest_days()), low_open=True)
            )
            return None if measure is None else (measure, days)
        case _:
            return None


def _compared(node: CompareTo, measure: Measure, wanted: bool) -> Region | None:
    if measure.kind is MeasureKind.CODE and codes_of(node):
        asked = frozenset(code.casefold() for code in codes_of(node))
        clear = frozenset(code.casefold() for code in measure.codes if code not in measure.unclear)
        return asked if wanted else clear - asked
    if measure.kind is not MeasureKind.QUANTITY or node.value is None:
        return None
    limit = amount_in(node.value, measure)
    comparison = node.is_ if wanted else _OPPOSITE.get(node.is_)
    return None if limit is None or comparison is None else _interval(comparison, limit, measure)


_OPPOSITE: Final = {
    Comparison.LESS: Comparison.AT_LEAST,
    Comparison.AT_MOST: Comparison.MORE,
    Comparison.AT_LEAST: Comparison.LESS,
    Comparison.MORE: Comparison.AT_MOST,
}


def amount_in(quantity: Quantity, measure: Measure) -> Fraction | None:
    """The amount in the measure's unit; None where the units do not fit (another check says so)."""
    unit = measure.unit or "1"
    try:
        if quantity.measures_same_as(unit):
            return quantity.exact() / parse_unit(unit).factor
        return Fraction(quantity.to(unit, measure.molar_mass).value)
    except UnitError:
        return None


def _interval(comparison: Comparison, limit: Fraction, measure: Measure) -> Interval:
    """The amounts that stand so to the limit; of whole units completed, the amounts before rounding down."""
    is_whole = measure.whole == "down"
    above = Fraction(math.floor(limit) + 1) if is_whole else limit
    reach = Fraction(math.ceil(limit)) if is_whole else limit
    match comparison:
        case Comparison.LESS:
            return Interval(high=reach, high_open=True)
        case Comparison.AT_MOST:
            return Interval(high=above, high_open=is_whole)
        case Comparison.AT_LEAST:
            return Interval(low=reach)
        case Comparison.MORE:
            return Interval(low=above, low_open=not is_whole)
        case Comparison.EQUAL | Comparison.IN:
            return Interval(low=limit, high=above, high_open=is_whole)


def plausible_region(measure: Measure) -> Region | None:
    """What people can have at all; None where the protocol does not say."""
    if measure.kind is MeasureKind.CODE:
        return frozenset(code.casefold() for code in (*measure.codes, *measure.unclear))
    if measure.plausible is None:
        return None
    low, high = amount_in(measure.plausible.lowest, measure), amount_in(measure.plausible.highest, measure)
    return None if low is None or high is None else Interval(low=low, high=high)
