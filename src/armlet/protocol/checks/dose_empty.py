"""A dose that nobody can be given: empty limits, a target outside them, or steps of volume too coarse for them.

The volume is the dose times the weight over the concentration, rounded to a step, and must then still lie in the closed
range. The concentration of a batch is known only when it is made; steps are checked where the release specification
limits it from above, at that limit, where they are coarsest. Weights are those that the measure `weight` says are
plausible, otherwise 40 to 120 kg, an assumption of this check that its message names.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Final

from armlet.document import Lines
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.criteria import Comparison
from armlet.protocol.model import Dose, Product, Protocol
from armlet.protocol.prose import quantity_in_words
from armlet.units import Quantity, parse_unit

RULE = "product/dose-empty"
_ASSUMED: Final = (Quantity.parse("40 kg"), Quantity.parse("120 kg"))


def _weights(protocol: Protocol) -> tuple[Quantity, Quantity, str]:
    """The lightest and heaviest weight, and where the two come from."""
    for measure in protocol.measures:
        if measure.id == "weight" and measure.plausible and measure.plausible.lowest.measures_same_as("kg"):
            return measure.plausible.lowest, measure.plausible.highest, "the plausible weights"
    return (*_ASSUMED, "weights assumed by this check")


def _has_sense(dose: Dose) -> bool:
    """Whether the units let the limits be compared; where they do not, another check says so."""
    return all(limit.measures_same_as("10*6/kg") for limit in (dose.lowest, dose.highest, dose.target))


def _limit_issues(product: Product) -> Iterator[tuple[str, str]]:
    dose = product.dose
    lowest, highest = quantity_in_words(dose.lowest), quantity_in_words(dose.highest)
    if dose.lowest.compare(dose.highest) > 0:
        yield "lowest", f'the dose of "{product.label}" is at least {lowest} and at most {highest}: no dose is both.'
    elif dose.target.compare(dose.lowest) < 0 or dose.target.compare(dose.highest) > 0:
        target = quantity_in_words(dose.target)
        yield "target", f'the target dose of "{product.label}" is {target}; expected from {lowest} to {highest}.'


def _densest(product: Product) -> Quantity | None:
    """The highest concentration that may be released; None where the specification does not limit it."""
    upper = {Comparison.AT_MOST, Comparison.LESS, Comparison.EQUAL}
    found = [test.limit for test in product.release if test.limit is not None and test.is_ in upper]
    limits = [limit for limit in found if limit.measures_same_as("10*6/mL")]
    return min(limits, key=Quantity.exact) if limits else None


def unfit_weights(
    dose: Dose, densest: Quantity, lightest: Quantity, heaviest: Quantity
) -> tuple[Fraction, Fraction] | None:
    """The lightest stretch of weights, in kg, for which no whole number of volume steps lies in the range.

    Between so many steps being too much and one more being too little: k/lowest < weight < (k+1)/highest, turned round.
    """
    low, high = dose.lowest.exact(), dose.highest.exact()
    grain = densest.exact() * dose.volume_step.exact()
    if low <= 0 or high < low or grain <= 0:
        return None
    kilogram = parse_unit("kg").factor
    first, last = lightest.exact(), heaviest.exact()
    for steps in range(math.floor(first * low / grain), math.ceil(last * high / grain) + 1):
        start, end = max(steps * grain / low, first), min((steps + 1) * grain / high, last)
        if start < end:
            return start / kilogram, end / kilogram
    return None


def _step_issue(product: Product, protocol: Protocol) -> str | None:
    densest = _densest(product)
    lightest, heaviest, origin = _weights(protocol)
    dose = product.dose
    if densest is None or not dose.volume_step.measures_same_as("mL") or dose.volume_step.value <= 0:
        return None
    stretch = unfit_weights(dose, densest, lightest, heaviest)
    if stretch is None:
        return None
    start, end = (Decimal(round(weight * 10)) / 10 for weight in stretch)
    return (
        f'no volume of "{product.label}" in steps of {quantity_in_words(dose.volume_step)} lies in the dose range '
        f"for a weight between {start} and {end} kg at {quantity_in_words(densest)} ({origin}: "
        f"{quantity_in_words(lightest)} to {quantity_in_words(heaviest)})."
    )


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    for index, product in enumerate(protocol.products):
        if not _has_sense(product.dose):
            continue
        found = list(_limit_issues(product))
        for field, message in found:
            where = lines.where(("products", index, "dose", field))
            yield error(RULE, where, message, "Correct the limits or the target.")
        message_of_steps = None if found else _step_issue(product, protocol)
        if message_of_steps is not None:
            where = lines.where(("products", index, "dose", "volume_step"))
            yield error(RULE, where, message_of_steps, "Measure in finer steps, or limit the concentration further.")


METHOD = Check(
    rule=RULE,
    says="The dose range holds its target, and for every plausible weight some measurable volume lies in it.",
    find=_find,
)
