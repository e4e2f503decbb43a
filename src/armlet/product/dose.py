"""The dose by weight, in decimals: closed limits, checked again after the volume was rounded.

Binary floating point is not used: with it some weights give 3000000.0000000005 against a limit of 3000000 and a right
dose is refused (``domain`` case 17, kept as a test).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Final

from armlet.issues import Issue, error
from armlet.protocol.model import Dose
from armlet.units import Quantity, UnitError, format_decimal

PER_WEIGHT: Final = "10*6/kg"
PER_VOLUME: Final = "10*6/mL"


@dataclass(frozen=True, slots=True)
class DrawnDose:
    """What to draw up: the rounded volume, the volume to draw (dead volume added), and the dose it gives per weight."""

    volume: Quantity
    to_draw: Quantity
    per_weight: Quantity


def compute_dose(rule: Dose, weight: Quantity, concentration: Quantity) -> DrawnDose | Issue:
    """The volume for a weight, rounded to the protocol's step so that the dose stays inside the closed limits.

    Half-up first; where that leaves the limits, the neighbouring step inside them. `concentration` is of the cells that
    the dose counts (viable, or total). An issue when no step fits, or when weight or concentration is not above 0 or
    measures something else.
    """
    known = _read_both(weight, concentration)
    if isinstance(known, Issue):
        return known
    kilograms, millions_per_ml = known
    step = Fraction(rule.volume_step.to("mL").value)
    if step <= 0:
        return _issue(f"volumes cannot be in steps of {rule.volume_step}.", "Mend the protocol.")
    wanted = Fraction(rule.target.to(PER_WEIGHT).value) * kilograms / millions_per_ml
    steps = wanted / step
    for count in (floor(steps + Fraction(1, 2)), floor(steps), ceil(steps)):
        volume = count * step
        if is_within_limits(rule, dose := volume * millions_per_ml / kilograms):
            return _drawn(rule, volume, dose)
    return _issue(
        f"no volume in steps of {rule.volume_step} gives {weight} a dose from {rule.lowest} to {rule.highest} "
        f"at {concentration}: {format_decimal(_as_decimal(wanted))} mL would be needed.",
        "Prepare another concentration, or treat it as out of specification.",
    )


def weights_for(rule: Dose, concentration: Quantity, volume: Quantity) -> tuple[Quantity, Quantity]:
    """The least and the greatest weight for which this volume keeps the dose inside the closed limits, to the gram.

    Rounded inwards, so that a weight at either end is still inside. With it the bedside can hold the weight of the day
    against the volume in the bag without being told what is in it.
    """
    cells = Fraction(volume.to("mL").value) * Fraction(concentration.to(PER_VOLUME).value)
    least, greatest = cells / _limit(rule.highest), cells / _limit(rule.lowest)
    return (
        Quantity(_as_decimal(Fraction(ceil(least * 1000), 1000)), "kg"),
        Quantity(_as_decimal(Fraction(floor(greatest * 1000), 1000)), "kg"),
    )


def _limit(dose: Quantity) -> Fraction:
    return Fraction(dose.to(PER_WEIGHT).value)


def is_within_limits(rule: Dose, dose: Fraction) -> bool:
    """Whether a dose in millions of cells per kilogram lies inside the closed limits."""
    return Fraction(rule.lowest.to(PER_WEIGHT).value) <= dose <= Fraction(rule.highest.to(PER_WEIGHT).value)


def weight_change(earlier: Quantity, later: Quantity) -> Fraction:
    """By how many per cent of the earlier weight, which is above 0, the later one differs, without sign."""
    before, after = Fraction(earlier.to("kg").value), Fraction(later.to("kg").value)
    return abs(after - before) / before * 100


def _read_both(weight: Quantity, concentration: Quantity) -> tuple[Fraction, Fraction] | Issue:
    """Kilograms, and millions of cells per millilitre, both above 0; the issue where they are not that."""
    try:
        read = Fraction(weight.to("kg").value), Fraction(concentration.to(PER_VOLUME).value)
    except (UnitError, ValueError, OverflowError) as problem:
        return _issue(f"{problem}")
    if min(read) <= 0:
        return _issue(f"weight {weight} and concentration {concentration} must both be above 0.")
    return read


def _as_decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _drawn(rule: Dose, volume: Fraction, dose: Fraction) -> DrawnDose:
    dead = Fraction(rule.dead_volume.to("mL").value)
    places = Decimal("0.001")
    return DrawnDose(
        Quantity(_as_decimal(volume), "mL"),
        Quantity(_as_decimal(volume + dead), "mL"),
        Quantity(_as_decimal(dose).quantize(places), PER_WEIGHT),
    )


def _issue(message: str, fix: str = "Check both values.") -> Issue:
    return error("product/dose", "dose", message, fix)
