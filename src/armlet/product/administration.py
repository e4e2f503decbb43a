"""What an infusion brings beside the cells, per kilogram: DMSO, endotoxin in the worst hour; and how fast it runs.

Each function needs a limit of the protocol's `administration`. Where there is none, a warning says so: what the
protocol does not say is not within limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from armlet.issues import Issue, error, warning
from armlet.protocol.product import Administration
from armlet.units import Quantity, UnitError, as_decimal, format_decimal

_HOUR: Final = Quantity.parse("1 h")


@dataclass(frozen=True, slots=True)
class Burden:
    """An amount per kilogram, exact, and what is wrong with it; `amount` is None where it cannot be computed."""

    amount: Quantity | None
    issues: tuple[Issue, ...]


def dmso_of(rule: Administration | None, volume: Quantity, weight: Quantity) -> Burden:
    """Grams of DMSO per kilogram in so much of the product as it was frozen, not washed and not counting dilution."""
    if rule is None or rule.dmso_fraction is None or rule.dmso_density is None:
        return _unsaid("dmso_fraction and dmso_density")
    try:
        share, density = rule.dmso_fraction.to("%").exact() / 100, Fraction(rule.dmso_density.to("g/mL").value)
        grams = Fraction(volume.to("mL").value) * share * density
        return _held(grams, weight, "g/kg", rule.dmso_limit, ("product/dmso", "DMSO"))
    except (UnitError, ValueError, OverflowError) as problem:
        return _unreadable(problem)


def endotoxin_of(
    rule: Administration | None, concentration: str, volume: Quantity, lasts: Quantity, weight: Quantity
) -> Burden:
    """Endotoxin per kilogram in the worst hour: of the whole volume, or of an hour's share where it lasts longer.

    `concentration` is the laboratory's result as text. One below what can be measured (``<0.5 [EU]/mL``) is counted as
    that bound, which it cannot exceed; one above what can be measured has no upper bound and is refused.
    """
    try:
        known = _upper_bound(concentration)
        if lasts.exact() <= 0 or not lasts.measures_same_as("h"):
            raise UnitError(f"an infusion of {lasts} is no time above 0")
        share = min(Fraction(1), _HOUR.exact() / lasts.exact())
        units = Fraction(known.to("[EU]/mL").value) * Fraction(volume.to("mL").value) * share
        limit = rule.endotoxin_limit if rule is not None else None
        return _held(units, weight, "[EU]/kg", limit, ("product/endotoxin", "endotoxin in the worst hour"))
    except (UnitError, ValueError, OverflowError) as problem:
        return _unreadable(problem)


def _upper_bound(text: str) -> Quantity:
    stripped = text.strip()
    if stripped[:1] in {">", "≥"}:
        raise UnitError(f"{stripped} has no upper bound")
    return Quantity.parse(stripped.lstrip("<≤=").strip())


def _held(
    amount: Fraction, weight: Quantity, unit: Literal["g/kg", "[EU]/kg"], limit: Quantity | None, names: tuple[str, str]
) -> Burden:
    """The amount per kilogram against its closed limit."""
    kilograms = Fraction(weight.to("kg").value)
    if kilograms <= 0 or amount < 0:
        raise UnitError(f"{format_decimal(as_decimal(amount))} for {weight} is no amount per weight")
    burden = Quantity(as_decimal(amount / kilograms), unit)
    rule, what = names
    if limit is None:
        message = f"{what} is {_read(burden)}; the protocol sets no limit."
        fix = f"Add `{rule.removeprefix('product/')}_limit` to `administration`."
        return Burden(burden, (warning(f"{rule}-unlimited", "administration", message, fix),))
    if amount / kilograms <= Fraction(limit.to(unit).value):
        return Burden(burden, ())
    message = f"{what} is {_read(burden)}; at most {limit} is allowed."
    return Burden(burden, (error(f"{rule}-limit", "administration", message, "Do not give it like this."),))


def _read(burden: Quantity) -> str:
    return f"{format_decimal(round(burden.value, 4).normalize())} {burden.unit}"


def check_rate(rule: Administration | None, volume: Quantity, lasts: Quantity) -> tuple[Issue, ...]:
    """That so much volume in so much time runs faster than the protocol allows."""
    if rule is None or rule.fastest is None:
        return _unsaid("fastest").issues
    try:
        volume.to("mL"), lasts.to("min"), rule.fastest.to("mL/min")
    except (UnitError, ValueError, OverflowError) as problem:
        return _unreadable(problem).issues
    if volume.exact() <= 0 or lasts.exact() <= 0:
        return _unreadable(UnitError(f"{volume} in {lasts} is no infusion")).issues
    if volume.exact() / lasts.exact() <= rule.fastest.exact():
        return ()
    shortest = Quantity(as_decimal(volume.exact() / rule.fastest.exact() / 60), "min")
    message = f"{volume} in {lasts} is faster than {rule.fastest}; it takes at least {_read(shortest)}."
    return (error("product/rate-limit", "rate", message, "Give it more slowly."),)


def received_share(prepared: Quantity, given: Quantity) -> Fraction:
    """Which share of a prepared volume was given, from 0 to 1. Raises UnitError where it is no share."""
    whole, part = Fraction(prepared.to("mL").value), Fraction(given.to("mL").value)
    if whole <= 0 or not 0 <= part <= whole:
        raise UnitError(f"{given} of {prepared} is no share of it")
    return part / whole


def received_in_words(share: Fraction) -> Literal["none", "partial", "whole"]:
    """Whether a preparation was received; a participant stays in their arm whatever it is."""
    return "none" if share == 0 else "whole" if share == 1 else "partial"


def _unsaid(fields: str) -> Burden:
    message = f"the protocol does not say {fields}."
    return Burden(None, (warning("product/administration-unspecified", "administration", message, "Add it there."),))


def _unreadable(problem: Exception) -> Burden:
    return Burden(None, (error("product/administration", "administration", f"{problem}.", "Check the numbers."),))
