"""Measured values against limits: ``ALT > 3 x ULN``, ``BMI between 18 and 35 kg/m2``, ``ECOG 0 or 1``."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Final

from armlet.eligibility.text.amounts import OPERATOR, SAID_AS, Amount, Limit, Limits, read_limits
from armlet.eligibility.text.lexicon import (
    SCORE,
    TIMES_LIMIT,
    QuantityTerm,
    condition_terms,
    key_of,
    quantity_pattern,
    quantity_terms,
)
from armlet.eligibility.text.measures import AGE, AGE_IN_MONTHS, compare_rule, slug
from armlet.eligibility.text.parts import Part, Unread, Words, joined, leaf
from armlet.eligibility.text.reading import Doubt, Reason
from armlet.protocol.criteria import Comparison, CriterionKind, Measure, MeasureKind
from armlet.units import Quantity, UnitError, format_decimal, ngsp_from_ifcc, parse_unit

# Words before or behind a quantity's name that add nothing to it: the value is asked for anyway, and criteria are
# answered at screening.
_LEAD: Final = re.compile(
    r"(?:(?:an?|the|their|his/her|current|screening|documented|absolute value of)\s+)+", re.IGNORECASE
)
_NAME_TAIL: Final = re.compile(
    r"(?:\s+(?:levels?|values?|concentrations?|counts?|scores?|results?|index|status|\(index\)))*", re.IGNORECASE
)
_ALIAS: Final = re.compile(r"\s*[(\[]\s*(?P<alias>[A-Za-z][\w\s+/-]{0,40})\s*[)\]]")
_COPULA: Final = re.compile(
    r"\s*(?:(?:,|:|-)?\s*(?:must\s+be|should\s+be|is|are|of|being|in\s+the\s+range(?:\s+of)?|range(?:s|"
    r"d)?(?:\s+of)?|was)\b|:|,)*\s*",
    re.IGNORECASE,
)
_ODD_UNIT: Final = re.compile(r"\s*(?:[A-Za-zµ%]{1,6}(?:/[\w.^*]+)+|/[\w.^*/]+|mEq\S*|[UuKkMm])\s*")
_NAMES: Final = re.compile(r"\s*(?P<sign>,\s*and/or|,\s*and|,\s*or|,|/|\band/or\b|\band\b|\bor\b)\s*", re.IGNORECASE)
_TWO_MEANINGS: Final = frozenset({"pt", "weight"})


def read_comparison(words: Words, kind: CriterionKind) -> Part | None:
    """One or several named quantities against the same limits; None where the words are something else."""
    found = _read_names(words.after(_LEAD))
    if found is None:
        return _open_comparison(words)
    rest, names, signs = found
    at = _COPULA.match(rest.text)
    limits = _limits_of(rest, at.end() if at else 0, names[0])
    if limits is not None and (odd := _ODD_UNIT.fullmatch(rest.text, limits.end)):
        raise Unread(Reason.UNIT_UNKNOWN, rest.cut(odd.start()).trimmed())
    if limits is None or rest.text[limits.end :].strip():
        return None
    if len(names) > 1 and any("joined" in sign for sign in signs):
        raise Unread(Reason.JOINING, words)
    parts = [_compared(terms, limits, rest, words) for terms in names]
    return _together(parts, signs, kind, words)


def _read_names(words: Words) -> tuple[Words, list[tuple[QuantityTerm, ...]], list[str]] | None:
    names: list[tuple[QuantityTerm, ...]] = []
    signs: list[str] = []
    rest = words
    while match := quantity_pattern().match(rest.text):
        terms = quantity_terms()[key_of(match[0])]
        names.append(terms)
        rest = _after_alias(rest.cut(_name_end(rest.text, match.end())), terms)
        sign = _NAMES.match(rest.text)
        if sign is None or not quantity_pattern().match(rest.text, sign.end()):
            return rest, names, signs
        signs.append(sign["sign"].casefold().strip(", ") or ",")
        rest = rest.cut(sign.end())
    return None


def _name_end(text: str, at: int) -> int:
    match = _NAME_TAIL.match(text, at)
    return match.end() if match else at


def _after_alias(words: Words, terms: tuple[QuantityTerm, ...]) -> Words:
    """Without a bracket that only names the quantity again."""
    match = _ALIAS.match(words.text)
    if match is None:
        return words
    known = {term.id for term in quantity_terms().get(key_of(match["alias"]), ())}
    if not known & {term.id for term in terms}:
        return words
    return words.cut(_name_end(words.text, match.end()))


_LISTED: Final = re.compile(
    r"\s*(?P<first>[0-9]+)(?P<more>(?:\s*,\s*[0-9]+)*)\s*,?\s*(?:or|and|/)\s*(?P<last>[0-9]+)(?![0-9.])", re.IGNORECASE
)


def _limits_of(words: Words, at: int, terms: tuple[QuantityTerm, ...]) -> Limits | None:
    if terms[0].bare == SCORE and (match := _LISTED.match(words.text, at)):
        values = [int(match["first"]), *map(int, re.findall(r"[0-9]+", match["more"])), int(match["last"])]
        if values != list(range(values[0], values[0] + len(values))):
            raise Unread(Reason.NUMBER_AMBIGUOUS, words)
        ends = (Comparison.AT_LEAST, values[0]), (Comparison.AT_MOST, values[-1])
        listed = (Limit(sign, Amount(Decimal(value), None, match.end()), at, match.end()) for sign, value in ends)
        return Limits(tuple(listed), True, match.end())
    limits = read_limits(words, at)
    if (
        limits is None
        and terms[0].bare == SCORE
        and (match := re.compile(r"\s*([0-9]+)(?![0-9.%])").match(words.text, at))
    ):
        limit = Limit(Comparison.EQUAL, Amount(Decimal(match[1]), None, match.end()), at, match.end())
        return Limits((limit,), True, match.end())
    return limits


def _together(parts: list[Part], signs: list[str], kind: CriterionKind, words: Words) -> Part:
    """Several quantities share a limit: all of them let in, any of them keeps out; other joinings are not certain."""
    is_in = kind is CriterionKind.INCLUSION
    joining = {sign for sign in signs if sign != ","}
    if not signs:
        return parts[0]
    if joining == {"and"} and is_in:
        return joined(parts, every=True)
    if joining and joining <= {"or", "and/or"} and not is_in:
        return joined(parts, every=False)
    raise Unread(Reason.JOINING, words)


def _compared(terms: tuple[QuantityTerm, ...], limits: Limits, rest: Words, words: Words) -> Part:
    parts = []
    doubts = list(limits.doubts)
    for limit in limits.limits:
        term, unit = _unit_of(terms, limit, rest)
        if limit.amount.unit is None and term.bare is None:
            doubts.append(Doubt.UNIT_MISSING)
        _check_equivalent(term, limit, unit, rest)
        doubts += limit.amount.doubts
        measure = _measure_of(term, unit)
        source = words if len(limits.limits) == 1 else rest.cut(limit.start, limit.end).trimmed()
        parts.append(
            leaf(compare_rule(measure, limit.comparison, quantity_of(limit.amount.number, unit)), source, measure)
        )
    part = joined(parts, every=limits.every)
    if not part.measures_alike():
        raise Unread(Reason.UNIT_UNKNOWN, words)
    return part.doubted(*doubts)


def quantity_of(number: Decimal, unit: str) -> Quantity:
    """The number with the unit, as it would be typed."""
    return Quantity.parse(f"{format_decimal(number)} {unit}")


def _unit_of(terms: tuple[QuantityTerm, ...], limit: Limit, rest: Words) -> tuple[QuantityTerm, str]:
    """The quantity that can have a limit in this unit, and the unit; a missing one only where just one is in use."""
    unit = limit.amount.unit
    if unit is None:
        for term in terms:
            if term.bare is not None:
                return term, term.bare
            if term.units == ("kg/m2",):
                return term, "kg/m2"
    else:
        for term in terms:
            if term.takes(unit):
                return term, SAID_AS.get(unit, unit)
    raise Unread(Reason.UNIT_UNKNOWN, rest.cut(limit.start, limit.end).trimmed())


def _measure_of(term: QuantityTerm, unit: str) -> Measure:
    if unit == TIMES_LIMIT:
        label = f"{term.label}, in multiples of the laboratory's upper limit of normal"
        return Measure(id=f"{term.id}_times_upper_limit", label=label, kind=MeasureKind.QUANTITY, unit=unit)
    mass = term.molar_mass
    return Measure(id=term.id, label=term.label, kind=MeasureKind.QUANTITY, unit=unit, molar_mass=mass)


def _check_equivalent(term: QuantityTerm, limit: Limit, unit: str, rest: Words) -> None:
    """Both values of ``7.5 % (58 mmol/mol)`` must be one, as far as their last digits say."""
    other = limit.amount.equivalent
    if other is None or other.unit is None:
        return
    where = rest.cut(limit.start, limit.end).trimmed()
    given, unit_given = limit.amount, unit
    if term.id == "hba1c" and (unit, other.unit) == ("mmol/mol", "%"):  # only IFCC to NGSP is a formula
        given, unit_given, other = other, "%", replace(given, unit=unit)
    try:
        written = other.unit or "1"
        if written in SAID_AS and written not in term.units:
            raise Unread(Reason.UNIT_UNKNOWN, where)
        found = [_in_unit(term, value, SAID_AS.get(written, written), unit_given) for value in _ends(other)]
    except UnitError:
        raise Unread(Reason.EQUIVALENT_DIFFERS, where) from None
    low, high = _ends(given)
    if max(found) < low or min(found) > high:
        raise Unread(Reason.EQUIVALENT_DIFFERS, where)


def _ends(amount: Amount) -> tuple[Decimal, Decimal]:
    """Between which values a number lies that was rounded to its digits."""
    half = Decimal(1).scaleb(-amount.digits) / 2
    return amount.number - half, amount.number + half


def _in_unit(term: QuantityTerm, number: Decimal, unit: str, wanted: str) -> Decimal:
    if term.id == "hba1c" and (unit, wanted) == ("mmol/mol", "%"):
        return ngsp_from_ifcc(number)
    return quantity_of(number, unit).to(wanted, term.molar_mass).value


# --- Quantities that the lexicon does not know ------------------------------------------------------------------------

_NO_MEASURE: Final = frozenset({
    "and", "or", "not", "no", "any", "without", "unless", "except", "if", "than", "within", "last", "least", "prior",
    "history", "since", "before", "after", "during", "over", "duration", "expectancy", "expected", "score", "class",
    "grade", "stage", "number", "between", "change", "per", "age", "aged", "weeks", "days", "months", "years", "known",
    "either", "both", "with", "who", "have", "in", "on", "for", "women", "men", "females", "males", "female", "male",
    "children", "adults", "increase", "decrease", "loss", "gain", "rise", "fall", "reduction", "daily", "a", "an", "the",
    "has", "is", "are", "be", "been", "of", "to", "from", "at", "by", "as", "patients", "participants", "subjects",
    "impaired", "abnormal", "elevated", "low", "high", "severe", "mild", "moderate", "uncontrolled", "poor", "adequate",
    "inadequate", "current", "new", "recent", "use", "dose", "doses", "treatment", "therapy", "abuse", "intake", "function",
    "dysfunction", "failure", "disease", "anemia", "anaemia", "persistent", "documented", "evidence", "baseline", "subject",
    "patient", "infants", "newborns", "must", "should", "systemic", "receiving", "taking", "consumption", "tumor", "tumour",
    "lesion", "size", "diameter", "volume", "needs", "requiring", "requirement", "residual",
})  # fmt: skip
_OPEN: Final = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z-]*(?:\s+[A-Za-z][A-Za-z-]*){0,2}?)(?:\s+(?:levels?|values?|"
    r"concentrations?))?(?:\s+(?:of|is))?(?=\s*(?:[<>≤≥=]|\b(?:at|no|not|less|more|greater|higher|lower|"
    r"above|below|over|under|between)\b))"
)
_OPEN_DIMENSIONS: Final = ("mass", "amount", "[IU]")


def _open_comparison(words: Words) -> Part | None:
    """A quantity with a name of at most three plain words and a concentration: its own words are its label."""
    trimmed = words.after(_LEAD)
    match = _OPEN.match(trimmed.text)
    if match is None or not OPERATOR.match(trimmed.text, match.end()):
        return None
    name = match["name"]
    if _is_no_measure(name):
        raise Unread(Reason.MEASURE_UNKNOWN, trimmed.cut(0, match.end()).trimmed())
    limits = read_limits(trimmed, match.end())
    if limits is None or trimmed.text[limits.end :].strip():
        return None
    if len({limit.amount.unit for limit in limits.limits}) != 1 or not _is_concentration(limits.limits[0].amount.unit):
        raise Unread(Reason.MEASURE_UNKNOWN, trimmed.cut(0, match.end()).trimmed())
    term = QuantityTerm(slug(name), name, (limits.limits[0].amount.unit or "1",), None)
    return _compared((term,), limits, trimmed, words)


def _is_no_measure(name: str) -> bool:
    """Whether the words are no plain name: one of them tells something else, or they end with a known one."""
    words = key_of(name).split()
    endings = {" ".join(words[start:]) for start in range(len(words))}
    return bool(set(words) & _NO_MEASURE or endings & (quantity_terms().keys() | condition_terms().keys()))


def _is_concentration(unit: str | None) -> bool:
    """Whether a substance is measured per volume: what is left open has no other meaning then."""
    if unit is None or "{" in unit or unit in SAID_AS:
        return False
    dimension = dict(parse_unit(unit).dimension)
    return dimension.get("length") == -3 and any(name in dimension for name in _OPEN_DIMENSIONS) and len(dimension) == 2


# --- Age ------------------------------------------------------------------------------------------------------------

_AGE_NAME: Final = re.compile(
    r"\s*,?\s*(?:(?:who\s+(?:are|is)|must\s+be|should\s+be|are|is|have\s+an|has\s+an|with\s+an|of|in\s+the|an)\s+)*"
    r"(?P<word>(?:age|ages|aged|ageing)\b(?:\s+(?:of\s+(?:the\s+)?(?:patients?|participants?|subjects?)|"
    r"group|range[sd]?|limits?|ranging|criteria))*)?"
    r"\s*[:,]?\s*(?:(?:must\s+be|should\s+be|is|are|being|of|ranges|ranged|ranging)\b\s*)*",
    re.IGNORECASE,
)
_AGE_UNITS: Final = frozenset({"a", "mo"})
_OLD: Final = re.compile(r"\bage|\bold(?:er)?\b|\byounger\b|\by/?\.?o\b", re.IGNORECASE)
_SAID: Final = re.compile(r"\bages?\b", re.IGNORECASE)


def read_age(words: Words, *, is_of_people: bool = False) -> Part | None:
    """Limits of age. Years alone are an age only where people stand before them (`is_of_people`) or a word says so."""
    opened = _AGE_NAME.match(words.text)
    at = opened.end() if opened else 0
    limits = read_limits(words, at)
    has_word = bool(opened and opened["word"])
    if limits is None or words.text[limits.end :].strip():
        return None
    is_age = has_word or _OLD.search(words.text) or is_of_people
    units = {limit.amount.unit for limit in limits.limits}
    if not is_age or (None in units and not (has_word or _SAID.search(words.text))):
        return None
    if not units <= {*_AGE_UNITS, None} or (None in units and len(units) > 1):
        raise Unread(Reason.TIME, words)
    return _age_part(limits, words, is_bare=None in units)


def _age_part(limits: Limits, words: Words, *, is_bare: bool) -> Part:
    amounts = [replace(limit.amount, unit=limit.amount.unit or "a") for limit in limits.limits]
    in_months = any(
        amount.unit == "mo" and (amount.number % 12 or limit.comparison in {Comparison.AT_MOST, Comparison.MORE})
        for limit, amount in zip(limits.limits, amounts, strict=True)
    )  # who is 65 months old is 5 in completed years, and yet older than 60 months
    measure = AGE_IN_MONTHS if in_months else AGE
    doubts = [Doubt.UNIT_MISSING] if is_bare else []
    parts = []
    for limit, amount in zip(limits.limits, amounts, strict=True):
        if limit.amount.equivalent is not None or limit.comparison is Comparison.EQUAL or amount.number % 1:
            raise Unread(Reason.NUMBER_AMBIGUOUS, words)
        value = amount.number * (12 if in_months and amount.unit == "a" else 1)
        value = value / 12 if not in_months and amount.unit == "mo" else value
        source = words if len(amounts) == 1 else words.cut(limit.start, limit.end).trimmed()
        parts.append(
            leaf(compare_rule(measure, limit.comparison, quantity_of(value, measure.unit or "a")), source, measure)
        )
        if limit.comparison in {Comparison.MORE, Comparison.AT_MOST}:
            doubts.append(Doubt.AGE_ENDS)
    return joined(parts, every=limits.every).doubted(*doubts, *(d for d in limits.doubts if d is not Doubt.RANGE_ENDS))
