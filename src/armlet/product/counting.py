"""How well cells were counted: the variation of replicate counts, and the combined uncertainty of a dose.

Limits are held against squares of exact numbers; a square root is taken only for reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Final

from armlet.issues import Issue, error, warning
from armlet.protocol.model import Dose
from armlet.units import Quantity, UnitError, as_decimal

_FOR_READING: Final = Context(prec=40)


@dataclass(frozen=True, slots=True)
class Count:
    """Replicate counts in one: the mean, how many, and the square of the relative standard deviation (of one count)."""

    mean: Fraction
    replicates: int
    variation_squared: Fraction

    @property
    def variation(self) -> Decimal:
        """The coefficient of variation in per cent, to two places, for reading."""
        return _percent(self.variation_squared)


def assess_counts(counts: Sequence[Quantity]) -> Count | Issue:
    """Mean and variation (n - 1) of replicate counts in one unit of concentration, ``10*6/mL``.

    An issue with fewer than two, of which no variation is known, and where one is not above 0.
    """
    try:
        values = [Fraction(count.to("10*6/mL").value) for count in counts]
    except (UnitError, ValueError, OverflowError) as problem:
        return error("product/count", "count", f"{problem}", "Check the counts.")
    if len(values) < 2 or min(values) <= 0:
        message = f"{len(values)} counts; expected at least two, each above 0."
        return error("product/count", "count", message, "Count again.")
    mean = sum(values, Fraction(0)) / len(values)
    spread = sum(((value - mean) ** 2 for value in values), Fraction(0)) / (len(values) - 1)
    return Count(mean, len(values), spread / mean**2)


def check_counts(rule: Dose, count: Count) -> Issue | None:
    """That counts which vary more than the protocol allows are repeated; a warning where it sets no limit."""
    if rule.count_variation_limit is None:
        message = "the protocol does not limit how much replicate counts may vary."
        return warning("product/count-unlimited", "count", message, "Add `count_variation_limit` to the dose.")
    limit = Fraction(rule.count_variation_limit.to("%").value) / 100
    if count.variation_squared <= limit**2:
        return None
    message = f"the counts vary by {count.variation} %; at most {rule.count_variation_limit} is allowed."
    return error("product/count-variation", "count", message, "Count again.")


@dataclass(frozen=True, slots=True)
class DoseUncertainty:
    """The relative standard uncertainty of a dose (its square, exact) and the interval of twice that around it."""

    squared: Fraction
    dose: Fraction

    @property
    def relative(self) -> Decimal:
        """In per cent, to two places, for reading."""
        return _percent(self.squared)

    @property
    def interval(self) -> tuple[Decimal, Decimal]:
        """Of twice the uncertainty around the dose, in the unit of the dose, to three places."""
        half = _FOR_READING.multiply(2, _FOR_READING.sqrt(as_decimal(self.squared)))
        dose = as_decimal(self.dose)
        ends = (dose * (1 - half), dose * (1 + half))
        return ends[0].quantize(Decimal("0.001")), ends[1].quantize(Decimal("0.001"))

    def is_inside(self, lowest: Fraction, highest: Fraction) -> bool:
        """Whether the whole interval lies within closed limits; decided without a square root."""
        guard = (2 * self.dose) ** 2 * self.squared
        below, above = self.dose - lowest, highest - self.dose
        return min(below, above) >= 0 and below**2 >= guard and above**2 >= guard


def combine_uncertainty(
    dose: Fraction, count: Count, viability: Quantity, cells_seen: int, volume: Quantity, weight: Quantity
) -> DoseUncertainty | Issue:
    """The uncertainty of a dose from its counts, its viability (of so many cells seen), its volume and the weight.

    `volume` and `weight` are relative standard uncertainties in per cent. The viability is a share of a count, so its
    variance is v(1 - v)/n; at 0 % or of no cells it has none, and that is an issue.
    """
    try:
        share = Fraction(viability.to("%").value) / 100
        others = [Fraction(part.to("%").value) / 100 for part in (volume, weight)]
    except (UnitError, ValueError, OverflowError) as problem:
        return error("product/uncertainty", "dose", f"{problem}", "Check the numbers.")
    if not 0 < share <= 1 or cells_seen <= 0 or min(others) < 0:
        message = f"a viability of {viability} of {cells_seen} cells, with {volume} and {weight}: no uncertainty."
        return error("product/uncertainty", "dose", message, "Check the numbers.")
    of_viability = (1 - share) / (share * cells_seen)
    squared = count.variation_squared / count.replicates + of_viability + sum((part**2 for part in others), Fraction(0))
    return DoseUncertainty(squared, dose)


def check_uncertainty(rule: Dose, found: DoseUncertainty) -> Issue | None:
    """That a dose is not known well enough; a warning where the protocol sets no limit."""
    if rule.uncertainty_limit is None:
        message = "the protocol does not say how uncertain a dose may be."
        return warning("product/uncertainty-unlimited", "dose", message, "Add `uncertainty_limit` to the dose.")
    if found.squared <= (Fraction(rule.uncertainty_limit.to("%").value) / 100) ** 2:
        return None
    message = f"the dose is uncertain by {found.relative} %; at most {rule.uncertainty_limit} is allowed."
    return error("product/uncertainty-limit", "dose", message, "Count again, with more cells.")


def _percent(squared: Fraction) -> Decimal:
    return (_FOR_READING.sqrt(as_decimal(squared)) * 100).quantize(Decimal("0.01"))
