"""The quantitative response (QR): how far C-peptide lies from what is expected for the age and the level at entry.

On the scale of ln(x + 1) with x the AUC mean of the two-hour meal test in nmol/L: expected after 12 months are
`intercept` + `slope` ln(C0 + 1) + `per_year` x age; the response is what was found minus what was expected. At other
months the expected line runs straight from the level at entry through that of month 12. The model was fitted to tests
of two hours in people with new onset, mainly 8 to 45 years old, at 12 months: a note says where it is stretched, and the
line falls below zero for low levels after two years. Values in pmol/L or ng/mL, areas, and four-hour tests are
no input: the endpoint named must be in nmol/L.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from armlet.derivation.composed import (
    ComposedMethod,
    Known,
    Part,
    PartsReader,
    entries_of_parts,
    first_reason,
    notes_of_parts,
)
from armlet.derivation.derived import EXACT, Answer, Derived, Reason, Value, finished
from armlet.derivation.methods import Setting
from armlet.protocol.model import Endpoint, Protocol
from armlet.units import Quantity, UnitError, format_decimal

_PUBLISHED: Final = {"intercept": Decimal("-0.191"), "slope": Decimal("0.812"), "per_year": Decimal("0.00638")}
_MONTHS: Final = Decimal(12)
_AGES: Final = (Decimal(8), Decimal(45))
_TOP_LEVEL: Final = Decimal(3)
_TWO_HOURS: Final = ("0 min", "120 min")

_SETTINGS: Final = (
    Setting("endpoint", "the AUC mean of the first two hours in nmol/L"),
    Setting("age", "the endpoint of the age in years at baseline, with decimals"),
    Setting("months", "which month each visit is"),
    Setting("intercept", "of the model", "-0.191", "Bundy and Krischer 2020, the authors' program"),
    Setting("slope", "of ln(C0 + 1)", "0.812", "the same"),
    Setting("per_year", "for each year of age", "0.00638", "the same"),
)


@dataclass(frozen=True, slots=True)
class ResponseSettings:
    """The level, the age at entry, which month a visit counts as, and the model's three coefficients."""

    level: str
    age: str
    months: Mapping[str, Decimal]
    intercept: Decimal
    slope: Decimal
    per_year: Decimal


def parse(settings: Mapping[str, object], protocol: Protocol) -> ResponseSettings:
    """Raises InputError with all that is amiss; `months` says for each visit which month it is."""
    reader = PartsReader(settings, protocol, _SETTINGS)
    level, age = reader.endpoint("endpoint", "nmol/L"), reader.endpoint("age", "a")
    named = next((one for one in protocol.endpoints if one.id == level), None)
    if named is not None and (
        named.method != "auc_mean" or tuple(named.settings.get(key) for key in ("from", "to")) != _TWO_HOURS
    ):
        message = f'"{named.id}" is no AUC mean from 0 min to 120 min; the model knows no other.'
        reader.add("endpoint", message, "Name such an endpoint.")
    read = ResponseSettings(
        level,
        age,
        reader.numbers("months"),
        *(reader.number(name, default) for name, default in _PUBLISHED.items()),
    )
    reader.finish()
    return read


def derive_from(known: Known, endpoint: Endpoint, settings: ResponseSettings, _protocol: Protocol) -> Answer:
    """The response on the scale of ln(nmol/L + 1): 0 is as expected, above is better."""
    if known.visit == known.baseline:
        return Reason("a response is against the baseline; there is none at the baseline itself")
    month = settings.months.get(known.visit)
    if month is None:
        return Reason(f"the settings do not say which month {known.visit} is")
    found = known.here(settings.level)
    entry, age = known.at_baseline(settings.level), known.at_baseline(settings.age)
    if not (isinstance(found, Derived) and isinstance(entry, Derived) and isinstance(age, Derived)):
        return first_reason(found, entry, age) or Reason("no value")
    try:
        now, before = (Quantity(one.value, one.unit).to("nmol/L").value for one in (found, entry))
    except UnitError as problem:
        return Reason(str(problem))
    start = _log1p(before)
    expected = _expected(start, age.value, month, settings)
    value = EXACT.subtract(_log1p(now), expected)
    notes = (
        f"expected ln(x + 1) at month {format_decimal(month)}: {format_decimal(_six(expected))}",
        *_warnings(before, now, age.value, month, expected),
        *notes_of_parts(found, entry, age),
    )
    return Value(finished(value), entries_of_parts(found, entry, age), notes)


def _log1p(value: Decimal) -> Decimal:
    return EXACT.ln(EXACT.add(value, Decimal(1)))


def _six(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.000001"), context=EXACT)


def _expected(start: Decimal, age: Decimal, month: Decimal, settings: ResponseSettings) -> Decimal:
    """The expected ln(x + 1) at a month, on the straight line from entry through month 12."""
    at_year = EXACT.add(
        settings.intercept, EXACT.add(EXACT.multiply(settings.slope, start), EXACT.multiply(settings.per_year, age))
    )
    way = EXACT.divide(EXACT.multiply(EXACT.subtract(at_year, start), month), _MONTHS)
    return EXACT.add(start, way)


def _warnings(before: Decimal, now: Decimal, age: Decimal, month: Decimal, expected: Decimal) -> Iterator[str]:
    if month != _MONTHS:
        yield f"the model was fitted at 12 months; month {format_decimal(month)} is on its straight line"
    if not _AGES[0] <= age <= _AGES[1]:
        limits = "outside the 8 to 45 a that the model's data mainly cover (remembered, to be looked up)"
        yield f"the age of {format_decimal(age)} a is {limits}"
    if age == age.to_integral_value():
        yield "the age is a whole number: the model takes it with decimals"
    if max(before, now) > _TOP_LEVEL:
        yield "a level above 3 nmol/L is hardly an AUC mean of C-peptide: check its unit"
    if expected < 0:
        yield "the expected level is below zero: the line is stretched too far"


def _parts(settings: ResponseSettings) -> tuple[Part, ...]:
    return (
        Part(settings.level, "endpoint", at_visit=True, at_baseline=True),
        Part(settings.age, "age", at_visit=False, at_baseline=True),
    )


METHOD: Final = ComposedMethod(
    name="quantitative_response",
    label="Quantitative response against what is expected for age and level at entry",
    source=(
        "Bundy BN, Krischer JP, 2020 (PMC7375065): ln(C12+1) - (-0.191 + 0.812 ln(C0+1) + 0.00638 age), coefficients as "
        "in the authors' published program; other months on a straight line as in the same program"
    ),
    parse=parse,
    parts=_parts,
    derive_from=derive_from,
    settings=_SETTINGS,
)
