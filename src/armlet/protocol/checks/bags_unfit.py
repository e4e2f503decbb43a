"""Whole bags of which no number gives some plausible weight a dose inside the limits.

At the bedside it is too late to find that out. So many bags of B cells fit from k B / highest to k B / lowest; the gaps
between these stretches are the weights that nobody can dose. Weights are those that the measure of the dose says are
plausible; without them nothing can be said.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from armlet.document import Lines
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.model import Dose, Protocol
from armlet.protocol.prose import quantity_in_words
from armlet.units import Quantity, parse_unit

RULE = "product/bags-unfit"


def unfit_for_bags(
    dose: Dose, bag: Quantity, lightest: Quantity, heaviest: Quantity
) -> list[tuple[Fraction, Fraction]]:
    """The open stretches of weights, in kg and from the lightest, for which no number of whole bags fits.

    At the ends of a stretch a count does fit, except where they are the lightest or heaviest weight. Empty where the
    limits or the bag are no amounts: another check says so.
    """
    low, high, cells = dose.lowest.exact(), dose.highest.exact(), bag.exact()
    first, last = lightest.exact(), heaviest.exact()
    if low <= 0 or high < low or cells <= 0:
        return []
    kilogram, found = parse_unit("kg").factor, []
    for bags in range(math.floor(first * low / cells), math.ceil(last * high / cells) + 1):
        start, end = max(bags * cells / low, first), min((bags + 1) * cells / high, last)
        if start < end:
            found.append((start / kilogram, end / kilogram))
    return found


def _in_words(stretch: tuple[Fraction, Fraction]) -> str:
    start, end = (Decimal(round(weight * 10)) / 10 for weight in stretch)
    return f"{start} to {end} kg"


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    for index, product in enumerate(protocol.products):
        dose, where = product.dose, lines.where(("products", index, "dose", "bags"))
        weight = next((one for one in protocol.measures if one.id == protocol.body_weight(dose)), None)
        if dose.bags is None or weight is None or weight.plausible is None:
            continue
        limits = weight.plausible
        if not dose.bags.cells.measures_same_as("10*6") or not dose.lowest.measures_same_as("10*6/kg"):
            message = f"a bag of {quantity_in_words(dose.bags.cells)} is no number of cells."
            yield error(RULE, where, message, "Write it as so many million, such as 50 10*6.")
            continue
        found = unfit_for_bags(dose, dose.bags.cells, limits.lowest, limits.highest)
        if found:
            message = (
                f'no number of whole bags of "{product.label}" ({quantity_in_words(dose.bags.cells)} cells) gives a dose '
                f"in the range for weights from {', from '.join(map(_in_words, found))}."
            )
            yield error(RULE, where, message, "Use smaller bags, divide them, or widen the range.")


METHOD = Check(
    rule=RULE,
    says="Where a product comes in whole bags, some number of them fits each plausible weight.",
    find=_find,
)
