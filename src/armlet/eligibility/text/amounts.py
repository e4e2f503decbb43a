"""Numbers with their units, as criteria write them, and comparisons and ranges made of them.

No number is guessed: one that can be read in two ways stops the reading. A power of ten whose exponent a site has
flattened ("2 x 106/kg") is read with a doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from armlet.eligibility.text.parts import Unread, Words
from armlet.eligibility.text.reading import Doubt, Reason
from armlet.protocol.criteria import Comparison
from armlet.units import UnitError, parse_decimal, parse_unit

NUMBER_WORDS: Final = {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), start=1
    )
}  # fmt: skip

# --- Operators ------------------------------------------------------------------------------------------------------

_SIGNS: Final = {
    Comparison.AT_LEAST: ("> =", ">=", "=>", "≥", "> or =", "> or equal to", ">/="),
    Comparison.AT_MOST: ("< =", "<=", "=<", "≤", "< or =", "< or equal to", "</="),
    Comparison.MORE: (">",),
    Comparison.LESS: ("<",),
    Comparison.EQUAL: ("=",),
}
_HIGH: Final = ("greater", "more", "higher", "larger")
_LOW: Final = ("less", "lower", "smaller", "fewer")
_WORDS: Final = {
    Comparison.AT_LEAST: (
        "at least", "no less than", "not less than", "no lower than", "not lower than", "no fewer than", "a minimum of",
        "minimum of", "not below", "not under", "no younger than", "not younger than", "equal to or above",
        "equal or above", "above or equal to", "at or above", *(
            form.format(word) for word in _HIGH for form in (
                "{} than or equal to", "{} than or equal", "{} or equal to", "{} or equal than", "{} than/equal to",
                "equal to or {} than", "equal or {} than", "{} than, or equal to", "equal to/{} than",
            )
        ),
    ),
    Comparison.AT_MOST: (
        "at most", "no more than", "not more than", "no greater than", "not greater than", "no higher than", "up to",
        "not higher than", "not exceeding", "not exceed", "does not exceed", "a maximum of", "maximum of", "not above",
        "not over", "no older than", "not older than", "equal to or below", "equal or below", "below or equal to",
        "at or below", *(
            form.format(word) for word in _LOW for form in (
                "{} than or equal to", "{} than or equal", "{} or equal to", "{} or equal than", "{} than/equal to",
                "equal to or {} than", "equal or {} than", "{} than, or equal to", "equal to/{} than",
            )
        ),
    ),
    Comparison.MORE: (
        *(f"{word} than" for word in _HIGH), "above", "over", "exceeding", "exceeds", "in excess of", "older than",
        "over the age of", "above the age of",
    ),
    Comparison.LESS: (
        *(f"{word} than" for word in _LOW), "below", "under", "younger than", "under the age of", "below the age of",
    ),
}  # fmt: skip
_UPWARDS: Final = ("more", "greater", "higher", "above", "over", "older", "up")
_DOWNWARDS: Final = ("less", "lower", "below", "under", "fewer", "younger")
_BEHIND: Final = {
    Comparison.AT_LEAST: tuple(f"{joining} {word}" for joining in ("or", "and") for word in _UPWARDS),
    Comparison.AT_MOST: tuple(f"{joining} {word}" for joining in ("or", "and") for word in _DOWNWARDS),
}


def _lookup(table: Mapping[Comparison, Iterable[str]]) -> dict[str, Comparison]:
    return {word: comparison for comparison, words in table.items() for word in words}


_OPERATORS: Final = {**_lookup(_SIGNS), **_lookup(_WORDS)}
_AFTER: Final = _lookup(_BEHIND)


def _either(words: Iterable[str]) -> str:
    spaced = (re.escape(word).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True))
    return "|".join(f"{word}(?![a-z])" if word[-1].isalpha() else word for word in spaced)


OPERATOR: Final = re.compile(rf"\s*(?:{_either(_OPERATORS)})(?:(?<=or equal to),)?", re.IGNORECASE)
_POST: Final = re.compile(rf",?\s*(?:{_either(_AFTER)})", re.IGNORECASE)


def _meaning(table: Mapping[str, Comparison], found: str) -> Comparison:
    return table[" ".join(found.casefold().strip(" ,").split())]


# --- Numbers --------------------------------------------------------------------------------------------------------

_NUMBER: Final = re.compile(
    rf"\s*(?:(?P<digits>[1-9][0-9]{{0,2}}(?:,[0-9]{{3}})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)|"
    rf"(?P<word>{'|'.join(NUMBER_WORDS)})\b"
    r"(?:\s*\((?P<again>[0-9]+)\))?)",
    re.IGNORECASE,
)
_GROUPED: Final = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_POWER: Final = re.compile(
    r"\s*[xX×*·]\s*10(?:\s*(?:\^|\*{1,2}|[eE])\s*\(?(?P<raised>[0-9]{1,2})\)?|(?P<above>[⁰¹²³⁴-⁹]{1,2})|"
    r"\s?(?P<flat>3|6|9|12)(?![0-9]))"
)
_ABOVE: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_TIMES_LIMIT: Final = re.compile(
    r"\s*(?:[xX×*]|times|-?\s?fold)?\s*(?:the\s+)?(?:(?:institutional|laboratory|local|institution's)\s+)?"
    r"(?:ULN|UNL|upper\s+limits?\s+of\s+(?:the\s+)?normal(?:\s+(?:range|value))?(?:\s*\((?:ULN|UNL)\))?|"
    r"upper\s+normal\s+limit"
    r"(?:\s*\((?:ULN|UNL)\))?|upper\s+limit\s+of\s+the\s+normal\s+range(?:\s*\(ULN\))?)(?![a-z])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number, its unit in UCUM code (None where none is written), and what is doubtful about it."""

    number: Decimal
    unit: str | None
    end: int
    doubts: tuple[Doubt, ...] = ()
    equivalent: Amount | None = None
    digits: int = 0


def read_amount(words: Words, at: int) -> Amount | None:
    """The amount that starts there; None where no number does."""
    match = _NUMBER.match(words.text, at)
    if match is None:
        return None
    number = _decimal_of(match, words)
    at = match.end()
    power = _POWER.match(words.text, at)
    at = power.end() if power else at
    times = _TIMES_LIMIT.match(words.text, at) if power is None else None
    decimals = len(match["digits"].partition(".")[2]) if match["digits"] else 0
    if times:
        return Amount(number, "{ULN}", times.end(), digits=decimals)
    unit, at = _read_unit(words, at)
    doubts: tuple[Doubt, ...] = ()
    if power:
        raised = power["raised"] or (power["above"] or "").translate(_ABOVE) or power["flat"]
        doubts = (Doubt.POWER_FLATTENED,) if power["flat"] else ()
        if unit is None:
            raise Unread(Reason.UNIT_UNKNOWN, words.cut(match.start(), at).trimmed())
        unit = f"10*{raised}{unit}" if unit.startswith("/") else f"10*{raised}.{unit}"
    return Amount(number, unit, at, doubts, digits=decimals)


def _decimal_of(match: re.Match[str], words: Words) -> Decimal:
    at, text = match.end(), words.text
    if match["word"]:
        number = NUMBER_WORDS[match["word"].casefold()]
        if match["again"] and int(match["again"]) != number:
            raise Unread(Reason.EQUIVALENT_DIFFERS, words.cut(match.start(), at).trimmed())
        return Decimal(number)
    digits = match["digits"]
    runs_on = re.match(r"[.,]?[0-9]|[.,][0-9]|\s[0-9]{3}(?![0-9])", text[at:])
    if runs_on or _GROUPED.fullmatch(digits):
        raise Unread(
            Reason.NUMBER_AMBIGUOUS, words.cut(match.start(), at + (runs_on.end() if runs_on else 0)).trimmed()
        )
    if len(digits) > 12:
        raise Unread(Reason.NUMBER_AMBIGUOUS, words.cut(match.start(), at).trimmed())
    return parse_decimal(digits.replace(",", ""))


# --- Units ----------------------------------------------------------------------------------------------------------

_METRIC: Final = {
    "g": ("g", "gm", "gms", "gram", "grams"),
    "mg": ("mg", "mgs", "milligram", "milligrams"),
    "ug": ("µg", "ug", "mcg", "microgram", "micrograms"),
    "ng": ("ng", "nanogram", "nanograms"),
    "pg": ("pg", "picogram", "picograms"),
    "kg": ("kg", "kgs", "kilogram", "kilograms"),
    "mmol": ("mmol", "mmols", "millimole", "millimoles"),
    "mol": ("mol",),
    "umol": ("µmol", "umol", "micromol", "micromole", "micromoles", "mcmol"),
    "nmol": ("nmol", "nanomole", "nanomoles"),
    "pmol": ("pmol",),
    "m[IU]": ("mIU",),
    "u[IU]": ("µIU", "uIU"),
    "[IU]": ("IU",),
    "U": ("U",),
    "meq": ("mEq", "milliequivalent", "milliequivalents"),
    "mL": ("ml", "cc", "milliliter", "millilitre"),
    "L": ("l", "liter", "litre"),
    "cm": ("cm", "centimeter", "centimeters", "centimetres"),
    "mm": ("mm", "millimeter", "millimeters"),
    "mm[Hg]": ("mmHg", "mm Hg", "mm-Hg", "mm of Hg", "millimeters of mercury"),
    "%": ("%", "percent", "per cent"),
    "ms": ("ms", "msec", "msecs", "milliseconds", "millisecond"),
    "s": ("s", "sec", "secs", "seconds", "second"),
    "Cel": ("°C", "° C", "ºC", "degrees Celsius", "degree Celsius"),
    "a": ("years", "year", "yrs", "yr", "y", "yo", "y/o", "y.o", "yrs."),
    "mo": ("months", "month", "mos", "mths"),
    "wk": ("weeks", "week", "wks", "wk"),
    "d": ("days", "day"),
    "h": ("hours", "hour", "hrs", "hr"),
    "{score}": ("points", "point"),
    "/min": ("bpm", "beats per minute", "beats/min", "breaths/min", "breaths per minute", "beats/minute"),
    "cells": ("cells", "cell"),
}
_PER: Final = {
    "dL": ("dl", "deciliter", "decilitre", "100 ml", "100ml"),
    "L": ("l", "liter", "litre"),
    "mL": ("ml", "milliliter", "millilitre", "cc"),
    "mm3": ("mm3", "mm^3", "mm³", "mm 3", "cubic millimeter", "cubic mm", "cumm", "cu mm", "mm^(3)"),
    "uL": ("µl", "ul", "mcl", "microliter", "microlitre", "microL"),
    "kg": ("kg",),
    "min": ("min", "minute", "mins"),
    "h": ("h", "hr", "hour"),
    "d": ("d", "day"),
    "g": ("g", "gm"),
    "mol": ("mol",),
    "mmol": ("mmol",),
    "m2": (
        "m2",
        "m^2",
        "m²",
        "m^(2)",
        "m 2",
        "square meter",
        "square metre",
        "meter squared",
        "metre squared",
        "m squared",
        "sqm",
        "meter square",
        "metre square",
    ),
    "{1.73_m2}": ("1.73m2", "1.73 m2", "1.73m^2", "1.73 m^2", "1.73m²", "1.73 m²", "1.73 square meters"),
}
SAID_AS: Final = {"U/L": "[IU]/L", "meq/L": "mmol/L"}
"""Units that are another one for some quantities, which have them in their list.

Of an enzyme the unit is the international unit (UCUM: U is 1 µmol/min); of an ion with a single charge a milliequivalent
is a millimole.
"""
_UNITS: Final = {spelt.casefold(): code for code, spellings in _METRIC.items() for spelt in spellings}
_DIVISORS: Final = {spelt.casefold(): code for code, spellings in _PER.items() for spelt in spellings}
_UNIT: Final = re.compile(rf"\s*-?\s?(?:{_either(_UNITS)})(?![\w^])", re.IGNORECASE)
_DIVISOR: Final = re.compile(rf"\s*(?:/|\bper\b)\s*(?:{_either(_DIVISORS)})(?![\w^])", re.IGNORECASE)
_OPENED: Final = re.compile(r"\s*[(\[]\s*")
_CLOSED: Final = re.compile(r"\s*[)\]]")


def _read_unit(words: Words, at: int) -> tuple[str | None, int]:
    """The UCUM code of the unit that starts there, and where it ends; None where no unit does.

    A unit may stand in brackets, or a second time in brackets behind itself.
    """
    code, end = _plain_unit(words, at)
    opened = _OPENED.match(words.text, end)
    again, after = _plain_unit(words, opened.end()) if opened else (None, end)
    closed = _CLOSED.match(words.text, after) if again is not None and code in {None, again} else None
    return (again, closed.end()) if closed else (code, end)


def _plain_unit(words: Words, at: int) -> tuple[str | None, int]:
    text = words.text
    match = _UNIT.match(text, at)
    code, at = (_UNITS[" ".join(match[0].strip(" -").casefold().split())], match.end()) if match else ("", at)
    code = "" if code == "cells" else code
    while divisor := _DIVISOR.match(text, at):
        spelt = re.sub(r"^\s*(?:/|per\b)\s*", "", divisor[0], flags=re.IGNORECASE)
        code, at = f"{code}/{_DIVISORS[' '.join(spelt.casefold().split())]}", divisor.end()
    if not code:
        return None, at
    if code in SAID_AS:
        return code, at
    try:
        parse_unit(code)
    except UnitError:
        raise Unread(Reason.UNIT_UNKNOWN, words.cut(match.start() if match else at, at).trimmed()) from None
    return code, at


# --- Limits ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limit:
    """One comparison with an amount, and the words it is written with."""

    comparison: Comparison
    amount: Amount
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Limits:
    """One or two limits of one thing; `every` says whether both must hold. `end` is where they end."""

    limits: tuple[Limit, ...]
    every: bool
    end: int
    doubts: tuple[Doubt, ...] = ()


_BETWEEN: Final = re.compile(
    r"\s*(?:(?:ranging\s+|range\s+)?(?P<between>between|from)|in the range of|ranging)\s+(?:(?:the\s+)?ages\s+of\s+)?",
    re.IGNORECASE,
)
_TO: Final = re.compile(r"\s*(?:-|to\b|through\b|until\b|~)\s*", re.IGNORECASE)
_AND: Final = re.compile(
    r"\s*(?:,?\s*(?P<word>and|but|or|to|-)\s+|,\s*|-\s*|\s(?=[<>≤≥]))(?:(?:is|are|also)\s+)?", re.IGNORECASE
)
_INCLUSIVE: Final = re.compile(
    r"\s*,?\s*(?:\(\s*)?(?:both\s+)?(?:inclusive(?:ly)?|included|incl\.)(?:\s*\))?", re.IGNORECASE
)
_EQUIVALENT: Final = re.compile(r"\s*[(\[]\s*(?:=|~|≈|equivalent to|or|i\.e\.,?)?\s*")
_PLUS: Final = re.compile(r"\s*([0-9]{1,3})\s?\+")
_CLOSE: Final = re.compile(r"\s*[)\]]")
_AGE_TAIL: Final = re.compile(r"\s*-?\s*(?:of age|old|in age)\b", re.IGNORECASE)


def read_limits(words: Words, at: int) -> Limits | None:
    """The limits that start there: an operator and an amount, two of them, or a range; None where there are none."""
    if match := _BETWEEN.match(words.text, at):
        return _range(words, match.end(), is_between=(match["between"] or "").casefold() == "between")
    if match := OPERATOR.match(words.text, at):
        return _with_operator(words, at, match)
    return (None if _PLUS.match(words.text, at) else _range(words, at)) or _with_operator_behind(words, at)


def _value(words: Words, at: int, sign: Comparison | None = None) -> Amount | None:
    """An amount, and the equal value in another unit that may follow in brackets, with the same sign or none."""
    amount = read_amount(words, at)
    if amount is None:
        return None
    opened = _EQUIVALENT.match(words.text, amount.end)
    if not opened:
        return amount
    operator = OPERATOR.match(words.text, opened.end())
    other = read_amount(words, operator.end() if operator else opened.end())
    closed = _CLOSE.match(words.text, other.end) if other else None
    if other is None or closed is None or other.unit is None:
        return amount
    if operator and _meaning(_OPERATORS, operator[0]) not in {sign, Comparison.EQUAL}:
        raise Unread(Reason.EQUIVALENT_DIFFERS, words.cut(at, closed.end()).trimmed())
    return Amount(amount.number, amount.unit, closed.end(), amount.doubts, other, amount.digits)


def _range(words: Words, at: int, *, is_between: bool = False) -> Limits | None:
    low = _value(words, at)
    if low is None:
        return None
    at_join = _age_tail(words, low.end)
    join = re.compile(r"\s+and\s+", re.IGNORECASE).match(words.text, at_join) if is_between else None
    join = join or _TO.match(words.text, at_join)
    high = _value(words, join.end()) if join else None
    if high is None:
        return None
    if low.unit is None:
        low = Amount(low.number, high.unit, low.end, high.doubts, None, low.digits)
    if low.unit == high.unit and low.number >= high.number:
        raise Unread(Reason.NUMBER_AMBIGUOUS, words.cut(at, high.end).trimmed())
    end = _age_tail(words, high.end)
    closed = _INCLUSIVE.match(words.text, end)
    doubts = () if closed or not is_between else (Doubt.RANGE_ENDS,)
    limits = (
        Limit(Comparison.AT_LEAST, low, at, low.end),
        Limit(Comparison.AT_MOST, high, join.end() if join else at, high.end),
    )
    return Limits(limits, True, closed.end() if closed else end, doubts)


def _age_tail(words: Words, at: int) -> int:
    match = _AGE_TAIL.match(words.text, at)
    return match.end() if match else at


def _with_operator(words: Words, at: int, match: re.Match[str]) -> Limits | None:
    sign = _meaning(_OPERATORS, match[0])
    if sign is Comparison.EQUAL:  # sites that list trials write "=" where the record has "≥" or "≤"
        raise Unread(Reason.NUMBER_AMBIGUOUS, words.cut(match.start(), match.end()).trimmed())
    amount = _value(words, match.end(), sign)
    if amount is None and (bare := _TIMES_LIMIT.match(words.text, match.end())):
        amount = Amount(Decimal(1), "{ULN}", bare.end())
    if amount is None:
        return None
    first = Limit(sign, amount, at, amount.end)
    if first.comparison is Comparison.EQUAL:  # copies of records lose the sign: "= 18 years" was "≥ 18 years"
        raise Unread(Reason.NUMBER_AMBIGUOUS, words.cut(at, amount.end).trimmed())
    end = _age_tail(words, amount.end)
    second = _second(words, end, first)
    if second is not None:
        return second
    return Limits((first,), True, end)


def _second(words: Words, at: int, first: Limit) -> Limits | None:
    """A second limit of the same thing: ``≥ 7 % and ≤ 11 %``, ``< 18 or > 35``, ``> 7 to 9``."""
    join = _AND.match(words.text, at)
    operator = OPERATOR.match(words.text, join.end()) if join else None
    sign = _meaning(_OPERATORS, operator[0]) if operator else None
    amount = _value(words, operator.end(), sign) if operator else None
    if join is None or operator is None or sign is None or amount is None:
        return None
    second = Limit(sign, amount, operator.start(), amount.end)
    if first.amount.unit is None and amount.unit is not None:
        first = Limit(
            first.comparison,
            Amount(first.amount.number, amount.unit, first.amount.end, amount.doubts),
            first.start,
            first.end,
        )
    if amount.unit is None and first.amount.unit is not None:
        inherited = Amount(amount.number, first.amount.unit, amount.end, first.amount.doubts)
        second = Limit(second.comparison, inherited, second.start, second.end)
    is_or = (join["word"] or "").casefold() == "or"
    if not _belong_together(first, second, is_or=is_or):
        raise Unread(Reason.JOINING, words.cut(first.start, amount.end).trimmed())
    end = _age_tail(words, amount.end)
    closed = _INCLUSIVE.match(words.text, end)
    return Limits((first, second), not is_or, closed.end() if closed else end)


_LOWER: Final = frozenset({Comparison.AT_LEAST, Comparison.MORE})
_UPPER: Final = frozenset({Comparison.AT_MOST, Comparison.LESS})


def _belong_together(first: Limit, second: Limit, *, is_or: bool) -> bool:
    """A range has a lower limit below an upper one; what lies outside a range has them the other way round."""
    if first.amount.unit != second.amount.unit:
        return False
    low, high = (first, second) if first.comparison in _LOWER else (second, first)
    if low.comparison not in _LOWER or high.comparison not in _UPPER:
        return False
    is_range = low.amount.number < high.amount.number
    return is_range is not is_or and low.amount.number != high.amount.number


def _with_operator_behind(words: Words, at: int) -> Limits | None:
    """``6 months or older``, ``100 kg or more``, ``40+ years``."""
    plus = _PLUS.match(words.text, at)
    if plus:
        unit, end = _read_unit(words, plus.end())
        limit = Limit(Comparison.AT_LEAST, Amount(Decimal(plus[1]), unit, end), at, end)
        return Limits((limit,), True, _age_tail(words, end))
    amount = _value(words, at)
    if amount is None:
        return None
    end = _age_tail(words, amount.end)
    match = _POST.match(words.text, end)
    if match is None:
        return None
    limit = Limit(_meaning(_AFTER, match[0]), amount, at, match.end())
    return Limits((limit,), True, _age_tail(words, match.end()))
