"""A limit, range, dose or time whose unit measures something else, and a question that its measure cannot answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from armlet.document import Lines, Path_
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.checks._rules import nodes_of, suggest
from armlet.protocol.criteria import Compare, CompareTo, Measure, MeasureIs, MeasureKind, Rule, Within
from armlet.protocol.model import Protocol
from armlet.protocol.prose import codes_of, listed
from armlet.units import Quantity, UnitError, parse_unit

Complaint = tuple[Path_, str, str]
"""Where, what is wrong, what to do."""
_KINDS: Final = {
    MeasureKind.QUANTITY: "a quantity",
    MeasureKind.CODE: "a code",
    MeasureKind.YES_NO: "yes or no",
    MeasureKind.DATE: "a date",
}


def _fits(quantity: Quantity, unit: str, molar_mass: Quantity | None = None) -> bool:
    try:
        quantity.to(unit, molar_mass)
    except UnitError:
        return False
    return True


def _unknown_unit(unit: str) -> str | None:
    try:
        parse_unit(unit)
    except UnitError as problem:
        return str(problem)
    return None


def _wrong(what: str, quantity: Quantity, unit: str) -> str:
    return f"{what} is {quantity}; expected a quantity that can be written in {unit}."


# --- Measures -------------------------------------------------------------------------------------------------------


def _in_measures(protocol: Protocol) -> Iterator[Complaint]:
    for index, measure in enumerate(protocol.measures):
        yield from _in_measure(measure, ("measures", index))


def _in_measure(measure: Measure, path: Path_) -> Iterator[Complaint]:
    is_quantity = measure.kind is MeasureKind.QUANTITY
    if is_quantity != (measure.unit is not None):
        message = f'measure "{measure.label}" is {_KINDS[measure.kind]} and has {_has_unit(measure)}.'
        yield (*path, "kind"), message, "Add `unit` to a quantity; take it out of anything else."
    if (measure.kind is MeasureKind.CODE) != bool(measure.codes):
        message = f'measure "{measure.label}" is {_KINDS[measure.kind]} and has {len(measure.codes)} codes.'
        yield (*path, "kind"), message, "List the codes of a coded measure, and of no other."
    units = [("unit", measure.unit)] if measure.unit is not None else []
    for field, unit in (*units, *(("also_in", other) for other in measure.also_in)):
        said = _unknown_unit(unit)
        if said is not None:
            yield (*path, field), f'measure "{measure.label}": {said}', "Write a UCUM unit."
            return
    if measure.unit is not None:
        yield from _in_quantity_measure(measure, measure.unit, path)


def _has_unit(measure: Measure) -> str:
    return "no unit" if measure.unit is None else f"the unit {measure.unit}"


def _in_quantity_measure(measure: Measure, unit: str, path: Path_) -> Iterator[Complaint]:
    if measure.molar_mass is not None and not _fits(measure.molar_mass, "g/mol"):
        message = _wrong(f'the molar mass of "{measure.label}"', measure.molar_mass, "g/mol")
        yield (*path, "molar_mass"), message, "Give it in g/mol."
        return
    for other in measure.also_in:
        if not _fits(Quantity.parse(f"1 {other}"), unit, measure.molar_mass):
            message = f'measure "{measure.label}" is in {unit} and also in {other}, which measures something else.'
            yield (*path, "also_in"), message, "Take it out, or give the molar mass of the analyte."
    limits = (("lowest", measure.plausible.lowest), ("highest", measure.plausible.highest)) if measure.plausible else ()
    for field, limit in limits:
        if not _fits(limit, unit, measure.molar_mass):
            message = _wrong(f'the {field} plausible value of "{measure.label}"', limit, unit)
            yield (*path, "plausible", field), message, "Correct its unit."


# --- Criteria -------------------------------------------------------------------------------------------------------


def _in_criteria(protocol: Protocol) -> Iterator[Complaint]:
    measures = {measure.id: measure for measure in protocol.measures}
    for path, criterion, node in nodes_of(protocol):
        measure = measures.get(_measure_id(node) or "")
        if measure is not None:
            for step, said, fix in _in_node(node, measure):
                yield (*path, *step), f"criterion {criterion.id}: {said}", fix


def _measure_id(node: Rule) -> str | None:
    match node:
        case MeasureIs():
            return node.measure
        case Compare():
            return node.compare.measure
        case Within():
            return node.within.measure
        case _:
            return None


def _in_node(node: Rule, measure: Measure) -> Iterator[Complaint]:
    kind = f'"{measure.label}" is {_KINDS[measure.kind]}'
    if isinstance(node, MeasureIs) and measure.kind is not MeasureKind.YES_NO:
        yield ("measure",), f"{kind}, and the rule takes it for yes or no.", "Use `compare` or `within`."
    if isinstance(node, Within) and measure.kind is not MeasureKind.DATE:
        yield ("within", "measure"), f"{kind}, and the rule takes it for a date.", "Use `compare` or `measure`."
    if isinstance(node, Compare):
        yield from _in_compare(node.compare, measure, kind)


def _in_compare(node: CompareTo, measure: Measure, kind: str) -> Iterator[Complaint]:
    if measure.kind is MeasureKind.QUANTITY and node.value is None:
        yield ("compare",), f"{kind}, and the rule gives no `value`.", f'Add `value: "NUMBER {measure.unit}"`.'
    elif measure.kind is MeasureKind.CODE and not codes_of(node):
        yield ("compare",), f"{kind}, and the rule gives no `code`.", f"Add one of {listed(measure.codes, 'or')}."
    elif measure.kind in {MeasureKind.YES_NO, MeasureKind.DATE}:
        yield ("compare", "measure"), f"{kind}, which cannot be compared.", "Use `measure` or `within`."
    elif node.value is not None and not _fits_measure(node.value, measure):
        said = _wrong(f'the limit of "{measure.label}"', node.value, measure.unit or "1")
        yield ("compare", "value"), said, "Correct its unit."
    known = {code.casefold() for code in (*measure.codes, *measure.unclear)}
    for code in codes_of(node):
        if measure.kind is MeasureKind.CODE and code.casefold() not in known:
            said = f'"{code}" is no code of "{measure.label}" ({listed(measure.codes, "or")}).'
            yield ("compare",), said, suggest(code, measure.codes)


def _fits_measure(value: Quantity, measure: Measure) -> bool:
    """Whether the value can be written in the measure's unit; a unit that is itself unknown is said elsewhere."""
    unit = measure.unit or "1"
    return _unknown_unit(unit) is not None or _fits(value, unit, measure.molar_mass)


# --- The rest -------------------------------------------------------------------------------------------------------


def _in_products(protocol: Protocol) -> Iterator[Complaint]:
    for index, product in enumerate(protocol.products):
        path, dose = ("products", index), product.dose
        expected = (
            ("shelf_life", product.shelf_life, ("h",)),
            ("dose.lowest", dose.lowest, ("10*6/kg",)),
            ("dose.highest", dose.highest, ("10*6/kg",)),
            ("dose.target", dose.target, ("10*6/kg",)),
            ("dose.volume_step", dose.volume_step, ("mL",)),
            ("dose.dead_volume", dose.dead_volume, ("mL",)),
            ("dose.weight_change_limit", dose.weight_change_limit, ("%", "kg")),
        )
        for field, quantity, units in expected:
            if not any(_fits(quantity, unit) for unit in units):
                said = _wrong(f'{re.sub("[._]", " ", field)} of "{product.label}"', quantity, listed(units, "or"))
                yield (*path, *field.split(".")), said, "Correct its unit."
        for place, test in enumerate(product.release):
            if test.limit is not None and (test.unit is None or not _fits_known(test.limit, test.unit)):
                said = _wrong(f'the limit of release test "{test.label}"', test.limit, test.unit or "its `unit`")
                yield (*path, "release", place, "limit"), said, "Correct one of the two units."


def _fits_known(quantity: Quantity, unit: str) -> bool:
    return _unknown_unit(unit) is None and _fits(quantity, unit)


def _elsewhere(protocol: Protocol) -> Iterator[Complaint]:
    population = protocol.population
    for field, age in (("minimum_age", population.minimum_age), ("maximum_age", population.maximum_age)):
        if age is not None and not _fits(age, "a"):
            yield (
                ("population", field),
                _wrong(field.replace("_", " "), age, "a"),
                "Give it in years (a) or months (mo).",
            )
    for index, activity in enumerate(protocol.activities):
        for place, time in enumerate(activity.at):
            if not _fits(time, "min"):
                said = _wrong(f'a time of activity "{activity.label}"', time, "min")
                yield ("activities", index, "at", place), said, "Give it in minutes (min) or hours (h)."
    for index, endpoint in enumerate(protocol.endpoints):
        problem = _unknown_unit(endpoint.unit)
        if problem is not None:
            yield ("endpoints", index, "unit"), f'endpoint "{endpoint.label}": {problem}', "Write a UCUM unit."


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    for find in (_in_measures, _in_criteria, _in_products, _elsewhere):
        for path, said, fix in find(protocol):
            yield error("units/mismatch", lines.where(path), said, fix)


METHOD = Check(
    rule="units/mismatch",
    says="Every limit, range, dose and time has a unit of what it limits, and every code is one of its measure's.",
    find=_find,
)
