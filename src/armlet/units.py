"""Quantities with units, and the only conversions in the program.

A `Quantity` is a decimal number as it was typed and a unit in UCUM code (``nmol/L``, ``10*6/kg``, ``[IU]/kg/d``).
Conversion is exact: rational numbers all the way, because a limit is met or missed at its last digit (0.4 nmol/L typed
as 400 pmol/L *is* 0.4 nmol/L). That is why the unit arithmetic is ours; a UCUM library is the oracle in the tests
(decision record 0006).

Three things are kept apart on purpose: ``[IU]`` and ``%`` are dimensions of their own (an insulin dose is not a pure
number, and glycated haemoglobin in per cent is another scale than in mmol/mol), and the calendar units ``mo`` and ``a``
do not convert to days (UCUM's mean month is no visit window). ``[EU]`` is the endotoxin unit here, as laboratories write
it; UCUM gives that code to the Ehrlich unit, so an exporter must spell it otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation, Overflow
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

Dimension = tuple[tuple[str, int], ...]

# Exact by definition: SI brochure (2019); pound and inch by the 1959 international agreement; UCUM for m[Hg].
_ATOMS: Final[dict[str, tuple[Fraction, dict[str, int]]]] = {
    "1": (Fraction(1), {}),
    "10*": (Fraction(10), {}),
    "m": (Fraction(1), {"length": 1}),
    "g": (Fraction(1), {"mass": 1}),
    "s": (Fraction(1), {"time": 1}),
    "mol": (Fraction(1), {"amount": 1}),
    "L": (Fraction(1, 1000), {"length": 3}),
    "l": (Fraction(1, 1000), {"length": 3}),
    "Pa": (Fraction(1000), {"mass": 1, "length": -1, "time": -2}),
    "m[Hg]": (Fraction(133322 * 1000), {"mass": 1, "length": -1, "time": -2}),
    "[IU]": (Fraction(1), {"[IU]": 1}),
    "[iU]": (Fraction(1), {"[IU]": 1}),
    "[EU]": (Fraction(1), {"[EU]": 1}),
    "Cel": (Fraction(1), {"Cel": 1}),
    "%": (Fraction(1), {"%": 1}),
    "min": (Fraction(60), {"time": 1}),
    "h": (Fraction(3600), {"time": 1}),
    "d": (Fraction(86400), {"time": 1}),
    "wk": (Fraction(7 * 86400), {"time": 1}),
    "mo": (Fraction(1), {"calendar": 1}),
    "a": (Fraction(12), {"calendar": 1}),
    "[lb_av]": (Fraction(45359237, 100000), {"mass": 1}),
    "[in_i]": (Fraction(254, 10000), {"length": 1}),
}
_PREFIXED: Final = frozenset({"m", "g", "s", "mol", "L", "l", "Pa", "m[Hg]", "[IU]", "[iU]", "[EU]"})
_PREFIXES: Final = {
    "G": 9, "M": 6, "k": 3, "h": 2, "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15,
}  # fmt: skip

# What people write, and the UCUM code it stands for.
_SPOKEN: Final = {
    "day": "d", "days": "d", "week": "wk", "weeks": "wk", "month": "mo", "months": "mo", "year": "a", "years": "a",
    "hour": "h", "hours": "h", "minutes": "min", "mmHg": "mm[Hg]", "IU": "[IU]", "EU": "[EU]", "lb": "[lb_av]",
    "in": "[in_i]", "°C": "Cel",
}  # fmt: skip
_MISREAD: Final = {
    "U": "In UCUM, U is the enzyme unit; write [IU] for international units, as of insulin.",
}

_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_COMPONENT: Final = re.compile(r"(1|10\*|.*?[^\d+-])([+-]?\d+)?", re.DOTALL | re.ASCII)
_EXACT: Final = Context(prec=40)
LONGEST_NUMBER: Final = 60
LARGEST_EXPONENT: Final = 24


class UnitError(ValueError):
    """The text is no quantity, the unit is not known, or two units do not measure the same thing."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A parsed UCUM unit: the exact factor to base units and what it measures."""

    factor: Fraction
    dimension: Dimension


def _spoken_to_ucum(text: str) -> str:
    code = text.strip().replace("²", "2").replace("³", "3").replace("µ", "u").replace("μ", "u").replace("·", ".")
    code = code.replace("10^", "10*").replace("m^2", "m2")
    return "/".join(_SPOKEN.get(part.strip(), part.strip()) for part in code.split("/"))


def _parse_atom(text: str, whole: str) -> tuple[Fraction, dict[str, int]]:
    if text in _ATOMS:
        return _ATOMS[text]
    for prefix, power in _PREFIXES.items():
        base = text.removeprefix(prefix)
        if base != text and base in _PREFIXED:
            factor, dimension = _ATOMS[base]
            return factor * Fraction(10) ** power, dimension
    hint = _MISREAD.get(text, "Write it in UCUM code, for example kg, nmol/L, kg/m2, [IU]/kg/d, 10*6/kg.")
    raise UnitError(f"the unit {whole!r} is not known (at {text!r}). {hint}")


def _signed_parts(code: str) -> list[tuple[int, str]]:
    """The parts of a unit, each with 1 (multiplied) or -1 (divided by); a leading stroke divides by the first."""
    pieces = re.split(r"([./])", code if code.startswith("/") else f".{code}")
    return [(1 if operator == "." else -1, part) for operator, part in zip(pieces[1::2], pieces[2::2], strict=True)]


@lru_cache(maxsize=1024)
def parse_unit(text: str) -> Unit:
    """The unit that a UCUM code (or a common spelling of it) names; read from left to right, as UCUM does.

    Raises UnitError for an unknown unit, an empty part (``kg/``) and an exponent that no measurement has.
    """
    code = re.sub(r"(?<![^./])\{[^}]*\}", "1", _spoken_to_ucum(text))
    code = re.sub(r"\{[^}]*\}", "", code)
    factor, dimension = Fraction(1), dict[str, int]()
    for sign, part in _signed_parts(code):
        match = _COMPONENT.fullmatch(part) if part else None
        if match is None or abs(int(match[2] or 1)) > LARGEST_EXPONENT:
            raise UnitError(f"the unit {text!r} is not known (at {part!r}).")
        atom, exponent = _parse_atom(match[1], text), int(match[2] or 1) * sign
        factor *= atom[0] ** exponent
        for name, power in atom[1].items():
            dimension[name] = dimension.get(name, 0) + power * exponent
    return Unit(factor, tuple(sorted((name, power) for name, power in dimension.items() if power)))


def parse_decimal(text: str) -> Decimal:
    """A number as people may type it: digits, a point, perhaps an exponent.

    Raises UnitError for a decimal comma, for words, NaN and infinity, and for a number longer than any measurement.
    """
    stripped = text.strip()
    if re.fullmatch(r"[+-]?\d+,\d+", stripped):
        raise UnitError(f"{stripped!r} has a decimal comma; expected a decimal point: {stripped.replace(',', '.')!r}.")
    if not _NUMBER.fullmatch(stripped) or len(stripped) > LONGEST_NUMBER:
        raise UnitError(f"{stripped[:40]!r} is not a number; expected digits with a decimal point, such as 62.3.")
    try:
        value = _EXACT.create_decimal(stripped)
    except (InvalidOperation, Overflow) as problem:
        raise UnitError(f"{stripped[:40]!r} is not a number that can be measured.") from problem
    if value and abs(value.adjusted()) > 60:
        raise UnitError(f"{stripped[:40]!r} is far outside anything that can be measured.")
    return value


def as_decimal(value: Fraction) -> Decimal:
    """The number as a decimal: exact where it is a finite one, else to 40 significant digits."""
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator)).normalize(_EXACT)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measured or prescribed amount: the decimal number as typed, and its unit in UCUM code."""

    value: Decimal
    unit: str

    @classmethod
    def parse(cls, text: str) -> Quantity:
        """A quantity from ``"62.3 kg"``. Raises UnitError where the number or the unit is missing or unknown."""
        match = re.fullmatch(r"\s*(\S+)\s+(\S.*?)\s*", text) or re.fullmatch(
            r"\s*([+-]?\d+(?:[.,]\d+)?)((?!10[*^])[%°a-zA-Zµμ\[].*?)\s*", text
        )
        if match is None:
            parse_decimal(text)
            raise UnitError(f"{text.strip()!r} has no unit; expected a number and its unit, such as '62.3 kg'.")
        unit = _spoken_to_ucum(match[2])
        parse_unit(unit)
        return cls(parse_decimal(match[1]), unit)

    def __str__(self) -> str:
        return f"{format_decimal(self.value)} {self.unit}"

    def exact(self) -> Fraction:
        """The amount in base units, exactly; only for comparing amounts of one dimension."""
        return Fraction(self.value) * parse_unit(self.unit).factor

    def measures_same_as(self, unit: str) -> bool:
        """Whether this quantity could be written in the other unit."""
        return parse_unit(self.unit).dimension == parse_unit(unit).dimension

    def to(self, unit: str, molar_mass: Quantity | None = None) -> Quantity:
        """The same amount in another unit; exact where the result is a finite decimal, else 40 significant digits.

        `molar_mass` (g/mol) allows mass to become amount of substance for that one analyte, and back.
        Raises UnitError where the two units do not measure the same thing.
        """
        target = parse_unit(unit)
        amount = self.exact()
        if self.measures_same_as(unit):
            return Quantity(as_decimal(amount / target.factor), unit)
        if molar_mass is not None:
            for converted, dimension in _by_molar_mass(amount, parse_unit(self.unit).dimension, molar_mass):
                if dimension == target.dimension:
                    return Quantity(as_decimal(converted / target.factor), unit)
        raise UnitError(f"{self} cannot be expressed in {unit}: the two units do not measure the same thing.")

    def compare(self, other: Quantity) -> int:
        """-1, 0 or 1, exactly. Raises UnitError where the two do not measure the same thing."""
        if not self.measures_same_as(other.unit):
            raise UnitError(f"{self} cannot be compared with {other}: the two units do not measure the same thing.")
        mine, theirs = self.exact(), other.exact()
        return (mine > theirs) - (mine < theirs)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Documents write a quantity as one text, ``62.3 kg``."""

        def read(value: str) -> Quantity:
            return cls.parse(value)

        from_text = core_schema.no_info_after_validator_function(read, core_schema.str_schema(strict=True))
        return core_schema.json_or_python_schema(
            json_schema=from_text,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), from_text]),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )


def _by_molar_mass(amount: Fraction, dimension: Dimension, molar_mass: Quantity) -> list[tuple[Fraction, Dimension]]:
    grams_per_mole = Fraction(molar_mass.to("g/mol").value)
    powers = dict(dimension)
    options = []
    for gone, made, factor in (("mass", "amount", 1 / grams_per_mole), ("amount", "mass", grams_per_mole)):
        if powers.get(gone) == 1 and made not in powers:
            swapped = {**{name: power for name, power in powers.items() if name != gone}, made: 1}
            options.append((amount * factor, tuple(sorted(swapped.items()))))
    return options


def divide(part: Quantity, by: Quantity, unit: str) -> Quantity:
    """One amount divided by another, in `unit`; exact where the result is a finite decimal, else 40 significant digits.

    Raises UnitError where the quotient does not measure what `unit` does, and where `by` is 0.
    """
    target, upper, lower = parse_unit(unit), parse_unit(part.unit), parse_unit(by.unit)
    powers = dict(upper.dimension)
    for name, power in lower.dimension:
        powers[name] = powers.get(name, 0) - power
    if tuple(sorted((name, power) for name, power in powers.items() if power)) != target.dimension:
        raise UnitError(f"{part.unit} divided by {by.unit} cannot be expressed in {unit}.")
    if not by.value:
        raise UnitError(f"{part} cannot be divided by {by}.")
    return Quantity(as_decimal(part.exact() / by.exact() / target.factor), unit)


def format_decimal(value: Decimal) -> str:
    """The number as typed, never in exponent notation where that can be avoided."""
    text = format(value, "f")
    return text if len(text) <= 24 else str(value)


def ngsp_from_ifcc(mmol_per_mol: Decimal) -> Decimal:
    """Glycated haemoglobin in NGSP per cent from IFCC mmol/mol: 0.09148 x + 2.152 (NGSP master equation, ngsp.org)."""
    return Decimal("0.09148") * mmol_per_mol + Decimal("2.152")
