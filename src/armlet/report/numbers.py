"""Numbers, dates and units as readers see them: sensible digits, a real minus sign, months by name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from armlet.protocol.prose import unit_in_words
from armlet.units import Quantity, format_decimal

MINUS: Final = "\u2212"
DASH: Final = "\u2013"
SPACE: Final = "\u00a0"
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

Number = float | Decimal


def _exact(value: Number) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def decimals_for(values: Iterable[Number]) -> int:
    """How many decimals suit these numbers together: three below 1, two below 10, one below 100, else none.

    Whole numbers need none.
    """
    exact = [_exact(value) for value in values]
    if all(value == value.to_integral_value() for value in exact):
        return 0
    largest = max(abs(value) for value in exact)
    return max(0, 2 - max(largest.adjusted(), -1))


def number(value: Number, decimals: int) -> str:
    """The number rounded half up to so many decimals, with a real minus sign; nought has no sign."""
    rounded = _exact(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = format(abs(rounded), "f")
    return f"{MINUS}{text}" if rounded < 0 else text


def per_cent(share: Number) -> str:
    """A share as a percentage: ``95 %``, ``96.9 %``."""
    hundredfold = _exact(share) * 100
    whole = abs(hundredfold - hundredfold.to_integral_value()) < Decimal("0.05")
    return f"{number(hundredfold, 0 if whole else 1)}{SPACE}%"


def of(part: int, whole: int) -> str:
    """``3 of 5 (60 %)``; without a percentage where there is nobody to count."""
    share = f" ({number(100 * part / whole, 0)} %)" if whole else ""
    return f"{part} of {whole}{share}".replace(" ", SPACE)


def probability(value: float) -> str:
    """A p-value with its sign: ``= 0.029``, ``< 0.001``."""
    return f"<{SPACE}0.001" if value < 0.001 else f"={SPACE}{number(value, 3)}"


def day(value: date) -> str:
    """``5 March 2021``."""
    return f"{value.day}{SPACE}{MONTHS[value.month - 1]}{SPACE}{value.year}"


def raised(words: str) -> str:
    """Powers as printed: ``10^6`` is ``10⁶``."""
    return re.sub(r"\^(-?\d+)", lambda found: found[1].translate(_RAISED), words)


def unit(code: str) -> str:
    """A UCUM code as printed in a journal: ``kg/m²``, ``× 10⁶/kg``, ``µg/d``."""
    words = re.sub(
        r"(?<=[a-z])([23])(?=$|[/.])", lambda found: found[1].translate(_RAISED), raised(unit_in_words(code))
    )
    return re.sub(r"(?<![a-zA-Z])u(?=[glmLU])", "µ", words).replace(".", "·")


def with_unit(text: str, code: str) -> str:
    """A number with its unit, kept on one line."""
    return f"{text} {unit(code)}".strip().replace(" ", SPACE)


def amount(quantity: Quantity) -> str:
    """A quantity as typed, in printed units."""
    return with_unit(format_decimal(quantity.value).replace("-", MINUS), quantity.unit)


def span(low: str, high: str) -> str:
    """``0.140 to 0.680``, kept on one line; a dash would be read as a minus sign."""
    return f"{low}{SPACE}to{SPACE}{high}"


def phase(code: str) -> str:
    """The registry's code of a phase in words: ``PHASE1/PHASE2`` is ``phase 1/2``."""
    numbers = re.findall(r"\d", code)
    early = "early " if code.upper().startswith("EARLY") else ""
    return f"{early}phase {'/'.join(numbers)}" if numbers else "no phase"


def plural(count: int, one: str, several: str | None = None) -> str:
    """``1 participant``, ``3 participants``."""
    return f"{count}{SPACE}{one if count == 1 else several or one + 's'}"


def capital(text: str) -> str:
    """The text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]
