"""One person's answers, read whole or not at all: each answer is a value of its measure's kind, or unknown.

Nothing is guessed or corrected. An answer that does not fit its measure refuses the whole person, together with every
other answer that does not, so that one reading of the messages is enough.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from armlet.document import read_text
from armlet.errors import InputError
from armlet.issues import Issue, error
from armlet.protocol.criteria import Judgement, Measure, MeasureKind, Question, walk
from armlet.protocol.model import Protocol
from armlet.protocol.prose import listed, quantity_in_words
from armlet.studytime import Duration
from armlet.units import LONGEST_NUMBER, Quantity, UnitError, parse_decimal

REFERENCE_DATE: Final = "reference_date"
EARLIEST: Final = date(1900, 1, 1)
"""No date of a living person lies before it (the longest life on record lasted 122 years)."""
LONGEST_AGO: Final = 150 * 12
"""In months; an elapsed time beyond it is a typing error."""
_ELAPSED_UNITS: Final = {"d": Duration(days=1), "wk": Duration(days=7), "mo": Duration(1), "a": Duration(12)}


@dataclass(frozen=True, slots=True)
class Reading:
    """A measured quantity: as it was given, and the same amount in the measure's unit."""

    given: Quantity
    amount: Quantity


@dataclass(frozen=True, slots=True)
class Coded:
    """A coded answer, in the spelling of the measure's list."""

    code: str


@dataclass(frozen=True, slots=True)
class Elapsed:
    """How long before the reference date something happened; the day itself may be unknown."""

    span: Duration


@dataclass(frozen=True, slots=True)
class Judged:
    """What somebody answered to a question of judgement; `by` is empty where the file names nobody."""

    answer: bool
    by: str


Value = Reading | Coded | Elapsed | Judged | bool | date


@dataclass(frozen=True, slots=True)
class Person:
    """The answers that are known, by measure or judgement; whatever is absent is unknown."""

    name: str
    values: Mapping[str, Value]
    reference: date | None = None

    def value(self, measure_id: str) -> Value | None:
        """The answer; None where it is unknown."""
        return self.values.get(measure_id)


class _Amiss(Exception):
    """One answer cannot be used: the rule that it breaks, what is wrong, and what to do."""

    def __init__(self, rule: str, message: str, fix: str) -> None:
        super().__init__(message)
        self.rule, self.message, self.fix = f"person/{rule}", message, fix


# --- The whole ------------------------------------------------------------------------------------------------------


def load_person(path: Path, protocol: Protocol) -> Person:
    """The person in a JSON file. Raises InputError."""
    return read_person_text(read_text(path, "person"), protocol, str(path))


def read_person_text(text: str, protocol: Protocol, name: str) -> Person:
    """The person that a JSON text spells; numbers stay decimal. Raises InputError."""
    expected = 'Expected {"measure": "quantity unit", ...}, each text in double quotes.'
    if not text.strip():
        raise InputError([error("person/json", name, "this is not JSON: the file is empty.", expected)])
    try:
        plain = json.loads(
            text, parse_int=_whole, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_no_duplicates
        )
    except json.JSONDecodeError as problem:
        message = f"this is not JSON: {problem.msg} (column {problem.colno})."
        raise InputError([error("person/json", f"{name}:{problem.lineno}", message, expected)]) from None
    except (_Amiss, RecursionError) as problem:
        said, fix = (problem.message, problem.fix) if isinstance(problem, _Amiss) else ("it is nested too deeply.", "")
        raise InputError([error("person/json", name, said, fix)]) from None
    return read_person(plain, protocol, name)


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise _Amiss("json", f"a number of {len(text)} digits is no measurement.", "Check the file.")
    return int(text)


def _no_constant(text: str) -> Decimal:
    raise _Amiss("json", f"{text} is no value.", "Write null where the value is unknown.")


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys = [key for key, _ in pairs]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise _Amiss("json", f"{listed(twice)} stands in the file more than once.", "Keep one answer for each.")
    return dict(pairs)


def read_person(plain: object, protocol: Protocol, name: str) -> Person:
    """The person that plain data spell: measure or judgement id to its answer, null for unknown.

    Raises InputError with an issue for every answer that cannot be used; `name` is the file that the issues name.
    """
    if not isinstance(plain, Mapping):
        fix = "Expected one object with the measures of one person."
        raise InputError([error("person/type", name, f"the file holds {_kind_of(plain)}.", fix)])
    reference, issues = _read_reference(plain.get(REFERENCE_DATE), name)
    values: dict[str, Value] = {}
    for key in (str(key) for key in plain if key != REFERENCE_DATE):
        try:
            value = _read_answer(key, plain[key], protocol, reference)
        except _Amiss as amiss:
            issues.append(_issue(amiss, name, key))
        else:
            values |= {} if value is None else {key: value}
    if plain.get(REFERENCE_DATE) is None:
        issues += [_no_reference(name, key) for key, value in values.items() if isinstance(value, date)]
    if issues:
        raise InputError(issues)
    return Person(name, values, reference)


def _issue(amiss: _Amiss, name: str, key: str) -> Issue:
    return error(amiss.rule, f"{name}:{key}", amiss.message, amiss.fix)


def _no_reference(name: str, key: str) -> Issue:
    message = f"{key} is given as a date, and the file has no {REFERENCE_DATE} to count from."
    fix = f'Add "{REFERENCE_DATE}": "YYYY-MM-DD", or give the time that has passed, such as "21 d".'
    return error("person/no-reference-date", f"{name}:{key}", message, fix)


def _read_reference(raw: object, name: str) -> tuple[date | None, list[Issue]]:
    """The reference date, or what is amiss with it; neither where the file gives none."""
    try:
        return None if raw is None else _read_date(raw, "the reference date"), []
    except _Amiss as amiss:
        return None, [_issue(amiss, name, REFERENCE_DATE)]


def questions_of(protocol: Protocol) -> dict[str, Question]:
    """Every judgement that the criteria ask for, by its id."""
    nodes = (node for criterion in protocol.criteria for node in walk(criterion.rule))
    return {node.judgement.id: node.judgement for node in nodes if isinstance(node, Judgement)}


def _read_answer(key: str, raw: object, protocol: Protocol, reference: date | None) -> Value | None:
    measures, questions = {measure.id: measure for measure in protocol.measures}, questions_of(protocol)
    if key not in measures and key not in questions:
        near = difflib.get_close_matches(key, [*measures, *questions, REFERENCE_DATE], n=1)
        fix = f"Did you mean {near[0]!r}?" if near else "See the measures with `armlet show TRIAL`."
        raise _Amiss("unknown-measure", f"the protocol has no measure {key!r}.", fix)
    if raw is None:
        return None
    return _read_value(measures[key], raw, reference) if key in measures else _read_judgement(questions[key], raw)


# --- Single answers -------------------------------------------------------------------------------------------------


def _kind_of(raw: object) -> str:
    match raw:
        case bool():
            return f"{str(raw).lower()}, a yes or no"
        case int() | float() | Decimal():
            return f"the bare number {str(raw)[:40]}"
        case str():
            return f"the text {raw[:40]!r}"
        case Mapping():
            return "an object"
        case None:
            return "nothing"
        case _:
            return "a list"


def _read_value(measure: Measure, raw: object, reference: date | None) -> Value:
    match measure.kind:
        case MeasureKind.QUANTITY:
            return _read_quantity(measure, raw)
        case MeasureKind.CODE:
            return _read_code(measure, raw)
        case MeasureKind.YES_NO:
            return _read_yes_no(measure, raw)
        case MeasureKind.DATE:
            return _read_when(measure, raw, reference)


def _read_yes_no(measure: Measure, raw: object) -> bool:
    if not isinstance(raw, bool):
        message = f"{measure.label} is {_kind_of(raw)}; expected true or false."
        raise _Amiss("type", message, "Write true, false, or null where it is unknown, without quotes.")
    return raw


def _read_code(measure: Measure, raw: object) -> Coded:
    known = tuple(dict.fromkeys((*measure.codes, *measure.unclear)))
    wanted = raw.strip().casefold() if isinstance(raw, str) else None
    for code in known:
        if code.casefold() == wanted:
            return Coded(code)
    message = f"{measure.label} is {_kind_of(raw)}; expected {listed(map(repr, known), 'or')}."
    raise _Amiss("code" if isinstance(raw, str) else "type", message, "Use one of them, or null where it is unknown.")


def _read_judgement(question: Question, raw: object) -> Judged | None:
    plain = raw if isinstance(raw, Mapping) else {"answer": raw}
    answer, by = plain.get("answer"), plain.get("by")
    spare = set(plain) - {"answer", "by"}
    is_answer, is_name = isinstance(answer, bool | None), isinstance(by, str | None)
    if spare or "answer" not in plain or not is_answer or not is_name:
        message = f"{question.id} is {_kind_of(raw)}; expected the answer to {question.question!r}."
        raise _Amiss("type", message, 'Write true, false, null or {"answer": true, "by": "the name of who judged"}.')
    who = by.strip() if isinstance(by, str) else ""
    return Judged(answer, who) if isinstance(answer, bool) else None


# --- Quantities -----------------------------------------------------------------------------------------------------


_LIMIT: Final = re.compile(r"\s*(?:[<>≤≥⩽⩾]|(?:below|under|above|over|less than|more than)\b)", re.IGNORECASE)
"""How a laboratory opens a result that it gives only as a limit (censored)."""


def _read_quantity(measure: Measure, raw: object) -> Reading:
    if isinstance(raw, str) and _LIMIT.match(raw):
        message = f"{measure.label} is {raw[:40]!r}, a limit and no value: a censored value cannot be compared."
        raise _Amiss("censored", message, "Give the value that was measured, or null where it is unknown.")
    given = _parse_quantity(measure, raw)
    try:
        amount = given.to(measure.unit or "1", measure.molar_mass)
    except UnitError:
        message = f"{measure.label} is {given}; {given.unit} does not measure the same as {_units_of(measure)}."
        raise _Amiss("unit-mismatch", message, f"Give it in {_units_of(measure)}.") from None
    _refuse_implausible(measure, given, amount)
    return Reading(given, amount)


def _units_of(measure: Measure) -> str:
    return listed((measure.unit or "1", *measure.also_in), "or")


def _parse_quantity(measure: Measure, raw: object) -> Quantity:
    expected = f"expected a quantity with its unit, in {_units_of(measure)}"
    fix = f'Write it as text with its unit: "NUMBER {measure.unit or "1"}".'
    is_number = isinstance(raw, int | float | Decimal) and not isinstance(raw, bool)
    try:
        if is_number and _is_plain_number(measure):
            return Quantity(parse_decimal(str(raw)), measure.unit or "1")
        if isinstance(raw, str):
            return Quantity.parse(raw)
    except UnitError as problem:
        rule = "unit-missing" if "no unit" in str(problem) else "quantity"
        raise _Amiss(rule, f"{measure.label}: {problem} Here: {expected}.", fix) from None
    rule = "unit-missing" if is_number else "type"
    raise _Amiss(rule, f"{measure.label} is {_kind_of(raw)}; {expected}.", fix)


def _is_plain_number(measure: Measure) -> bool:
    """Whether the measure counts or scores, so that a bare number says everything."""
    return re.fullmatch(r"1|(\{[^}]*\})+", measure.unit or "1") is not None


def _refuse_implausible(measure: Measure, given: Quantity, amount: Quantity) -> None:
    span = measure.plausible
    if span is None:
        if amount.value < 0:
            message = f"{measure.label} is {quantity_in_words(given)}; expected no negative value."
            raise _Amiss("negative", message, "Check the value.")
        return
    unit, molar_mass = measure.unit or "1", measure.molar_mass
    try:
        lowest, highest = span.lowest.to(unit, molar_mass), span.highest.to(unit, molar_mass)
    except UnitError:
        message = f"the protocol's plausible range of {measure.label} does not fit its unit {unit}."
        raise _Amiss("protocol", message, "Mend the protocol; `armlet check` names the line.") from None
    if amount.compare(lowest) < 0 or amount.compare(highest) > 0:
        limits = f"{quantity_in_words(span.lowest)} to {quantity_in_words(span.highest)}"
        message = f"{measure.label} is {quantity_in_words(given)}; expected {limits} ({span.because})."
        raise _Amiss("implausible", message, "Check the value and its unit.")


# --- Dates ----------------------------------------------------------------------------------------------------------


def _read_date(raw: object, label: str) -> date:
    fix = "Write it as YYYY-MM-DD."
    text = raw.strip() if isinstance(raw, str) else ""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise _Amiss("date", f"{label} is {_kind_of(raw)}; expected a date, such as 2016-03-01.", fix)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _Amiss("date", f"{label} is {text}, which is no day of the calendar.", fix) from None
    if day < EARLIEST:
        raise _Amiss("date", f"{label} is {day}; expected a day from {EARLIEST} on.", "Check the year.")
    return day


def _read_when(measure: Measure, raw: object, reference: date | None) -> date | Elapsed:
    text = raw.strip() if isinstance(raw, str) else ""
    if not re.match(r"\d{4}-", text):
        return Elapsed(_read_elapsed(measure, raw))
    day = _read_date(text, measure.label)
    if reference is not None and day > reference:
        message = f"{measure.label} is {day}, after the reference date {reference}."
        raise _Amiss("future", message, "Check both dates.")
    return day


def _read_elapsed(measure: Measure, raw: object) -> Duration:
    fix = 'Write a date (YYYY-MM-DD) or the time before the reference date ("21 d", "3 wk", "11 mo", "1 a", "P21D").'
    span = _parse_elapsed(raw) if isinstance(raw, str) else None
    if span is None:
        message = f"{measure.label} is {_kind_of(raw)}; expected a date or whole days, weeks, months or years ago."
        raise _Amiss("date", message, fix)
    if min(span.months, span.days) < 0:
        raise _Amiss("future", f"{measure.label} is {raw}, which lies after the reference date.", fix)
    if span.months > LONGEST_AGO or span.days > LONGEST_AGO * 31:
        raise _Amiss("date", f"{measure.label} is {raw} ago, longer than anybody lives.", "Check the number.")
    return span


def _parse_elapsed(text: str) -> Duration | None:
    """The duration that the text spells; None where it spells none in whole days, weeks, months or years."""
    try:
        return Duration.parse(text.strip())
    except ValueError:
        pass
    try:
        given = Quantity.parse(text)
    except UnitError:
        return None
    one = _ELAPSED_UNITS.get(given.unit)
    if one is None or given.value != given.value.to_integral_value() or abs(given.value) > 10**6:
        return None
    count = int(given.value)
    return Duration(one.months * count, one.days * count)
