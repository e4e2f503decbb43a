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
from armlet.units import Quantity, UnitError, as_decimal, format_decimal

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
        f"at {concentration}: {format_decimal(as_decimal(wanted))} mL would be needed.",
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
        Quantity(as_decimal(Fraction(ceil(least * 1000), 1000)), "kg"),
        Quantity(as_decimal(Fraction(floor(greatest * 1000), 1000)), "kg"),
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


# --- What a preparation holds ---------------------------------------------------------------------------------------


def dose_of(rule: Dose, weight: Quantity, cells: Quantity, lost: Quantity | None = None) -> Fraction | Issue:
    """Millions of cells per kilogram from a number of cells (``150 10*6``); `lost` per cent stay behind.

    The loss is taken off only where the protocol counts what is delivered. Where it counts so and the loss is not
    known, or the numbers are no amounts, an issue.
    """
    try:
        kilograms, millions = Fraction(weight.to("kg").value), Fraction(cells.to("10*6").value)
        share = Fraction(lost.to("%").value) / 100 if lost is not None else None
    except (UnitError, ValueError, OverflowError) as problem:
        return _issue(f"{problem}")
    if kilograms <= 0 or millions < 0 or (share is not None and not 0 <= share <= 1):
        return _issue(f"weight {weight}, cells {cells} and loss {lost} are no amounts.")
    if rule.counted == "delivered":
        if share is None:
            return _issue("the dose counts what is delivered, and what stays behind is not known.", "Say how much.")
        millions *= 1 - share
    return millions / kilograms


def check_dose(rule: Dose, weight: Quantity, cells: Quantity, lost: Quantity | None = None) -> Issue | None:
    """What is wrong with giving so many cells at this weight; None where the dose is inside the closed limits."""
    dose = dose_of(rule, weight, cells, lost)
    if isinstance(dose, Issue):
        return dose
    if is_within_limits(rule, dose):
        return None
    side = "below" if dose < _limit(rule.lowest) else "above"
    said = f"{_as_read(dose)} {PER_WEIGHT}"
    message = f"{cells} for {weight} are {said}, {side} the limits from {rule.lowest} to {rule.highest}."
    return error("product/dose-outside", "dose", message, "Prepare another dose, or treat it as out of specification.")


def _as_read(value: Fraction) -> str:
    """Rounded for reading to six places, so that a dose just beside a limit does not read as the limit."""
    return format_decimal(round(as_decimal(value), 6).normalize())


# --- Whole bags -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BagCount:
    """So many whole bags, and the dose that they give, in millions of cells per kilogram."""

    bags: int
    dose: Fraction


def count_bags(rule: Dose, weight: Quantity, cells: Quantity) -> tuple[BagCount, ...] | Issue:
    """Every number of whole bags of so many cells that keeps the closed limits, nearest to the target first.

    Of two as near the smaller dose comes first. An issue when there is none, or the numbers are no amounts.
    """
    one = dose_of(rule.model_copy(update={"counted": None}), weight, cells)
    if isinstance(one, Issue):
        return one
    if one == 0:
        return _issue("a bag of no cells gives no dose.")
    fits = range(ceil(_limit(rule.lowest) / one), floor(_limit(rule.highest) / one) + 1)
    target = _limit(rule.target)
    found = sorted((BagCount(bags, bags * one) for bags in fits if bags > 0), key=lambda it: abs(it.dose - target))
    if not found:
        fewer = floor(_limit(rule.highest) / one)
        doses = " and ".join(f"{bags} give {_as_read(bags * one)}" for bags in (fewer, fewer + 1))
        message = f"no number of bags of {cells} gives {weight} a dose from {rule.lowest} to {rule.highest}: {doses}."
        return error("product/no-whole-bag", "dose", message, "Prepare bags of another size.")
    return tuple(found)


# --- The weight -----------------------------------------------------------------------------------------------------


def dosing_weight(rule: Dose, weight: Quantity) -> Quantity:
    """The weight that is computed with: the measured one, or the protocol's cap where that is less."""
    if rule.weight_cap is None or weight.compare(rule.weight_cap) <= 0:
        return weight
    return rule.weight_cap


def check_weight(rule: Dose, before: Quantity, now: Quantity, age_in_days: int, longest: int) -> tuple[Issue, ...]:
    """What is wrong with dosing by an earlier weight: too old (in days), or the weight has changed since.

    A change above the protocol's limit asks for a new computation; above its query limit somebody must look at it
    first, for it is as likely a slip of the pen (pounds for kilograms).
    """
    try:
        change = weight_change(before, now)
    except (UnitError, ValueError, OverflowError, ZeroDivisionError) as problem:
        return (_issue(f"{before} and {now} are no two weights: {problem}."),)
    if min(before.exact(), now.exact()) <= 0:
        return (_issue(f"{before} and {now} must both be above 0."),)
    found = []
    if age_in_days > longest:
        message = f"the weight is {age_in_days} days old; it is valid for {longest}."
        found.append(error("product/weight-old", "weight", message, "Weigh again."))
    by = f"the weight went from {before} to {now}, by {_as_read(change)} %"
    if rule.weight_query_limit is not None and change > Fraction(rule.weight_query_limit.to("%").value):
        fix = "Weigh again, and check the unit."
        found.append(error("product/weight-query", "weight", f"{by}; above {rule.weight_query_limit}.", fix))
    elif change > Fraction(rule.weight_change_limit.to("%").value):
        message = f"{by}; above {rule.weight_change_limit}."
        found.append(error("product/weight-changed", "weight", message, "Compute the dose again."))
    return tuple(found)


def body_mass_index(weight: Quantity, height: Quantity) -> Quantity:
    """In kg/m2. Raises UnitError, and ValueError for a height that is not above 0."""
    metres = Fraction(height.to("m").value)
    if metres <= 0:
        raise ValueError(f"a height of {height} is none")
    return Quantity(as_decimal(Fraction(weight.to("kg").value) / metres**2), "kg/m2")


# --- What they share ------------------------------------------------------------------------------------------------


def _read_both(weight: Quantity, concentration: Quantity) -> tuple[Fraction, Fraction] | Issue:
    """Kilograms, and millions of cells per millilitre, both above 0; the issue where they are not that."""
    try:
        read = Fraction(weight.to("kg").value), Fraction(concentration.to(PER_VOLUME).value)
    except (UnitError, ValueError, OverflowError) as problem:
        return _issue(f"{problem}")
    if min(read) <= 0:
        return _issue(f"weight {weight} and concentration {concentration} must both be above 0.")
    return read


def _drawn(rule: Dose, volume: Fraction, dose: Fraction) -> DrawnDose:
    dead = Fraction(rule.dead_volume.to("mL").value)
    places = Decimal("0.001")
    return DrawnDose(
        Quantity(as_decimal(volume), "mL"),
        Quantity(as_decimal(volume + dead), "mL"),
        Quantity(as_decimal(dose).quantize(places), PER_WEIGHT),
    )


def _issue(message: str, fix: str = "Check both values.") -> Issue:
    return error("product/dose", "dose", message, fix)
