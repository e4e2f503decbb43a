"""How numbers are summed up and rounded for the results form.

The one rounding rule: all computed numbers of one table, and all of one analysis, have the same number of decimals, as
many as give the largest of them four significant digits; a number in the middle of two is rounded away from nought.
Whole numbers that need no rounding stay whole. p-values have four decimals and are ``<0.0001`` below that. Counts are
exact. Rounding happens once, here, from values that were never rounded before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from statistics import mean, median, stdev
from typing import Final

SIGNIFICANT: Final = 4
MOST_DECIMALS: Final = 12
RULE: Final = (
    "All computed numbers of one table, and all of one analysis, have the same number of decimals: as many as give the "
    "largest of them four significant digits. Halves are rounded away from nought. p-values have four decimals and are "
    "<0.0001 below that. Counts are exact."
)
LEAST_P: Final = Decimal("0.0001")
_WIDE: Final = Context(prec=80, rounding=ROUND_HALF_UP)


class Average(StrEnum):
    """How measured values are summed up: mean with standard deviation, or median with lowest and highest."""

    MEAN = "mean"
    MEDIAN = "median"


@dataclass(frozen=True, slots=True)
class Summary:
    """Values of several people summed up. `spread` is None for one person's value and for a median."""

    middle: Decimal
    spread: Decimal | None = None
    lowest: Decimal | None = None
    highest: Decimal | None = None

    def numbers(self) -> tuple[Decimal, ...]:
        """Every number of the summary."""
        return tuple(one for one in (self.middle, self.spread, self.lowest, self.highest) if one is not None)


def summarise(values: Sequence[Decimal], average: Average) -> Summary:
    """The values summed up; only for at least one value."""
    if average is Average.MEDIAN:
        return Summary(median(values), None, min(values), max(values))
    return Summary(mean(values), stdev(values) if len(values) > 1 else None)


def exact(value: float | Decimal) -> Decimal:
    """The number as it is printed by the program that computed it."""
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def decimals_for(values: Iterable[float | Decimal]) -> int:
    """The decimals of all these numbers together, by the rounding rule."""
    numbers = [exact(value) for value in values]
    if all(one == one.to_integral_value() for one in numbers):
        return 0
    largest = max(abs(one) for one in numbers)
    return min(max(0, SIGNIFICANT - 1 - largest.adjusted()), MOST_DECIMALS)


def rounded(value: float | Decimal, decimals: int) -> str:
    """The number with so many decimals; nought has no sign."""
    shown = exact(value).quantize(Decimal(1).scaleb(-decimals), context=_WIDE)
    return format(abs(shown) if shown == 0 else shown, "f")


def probability(value: float) -> str:
    """A p-value: ``0.0313``, ``<0.0001``."""
    return f"<{LEAST_P}" if exact(value) < LEAST_P else rounded(value, 4)


def per_cent(level: float) -> str:
    """A level as the form wants it: ``95``, ``97.5``."""
    return format((exact(level) * 100).normalize(), "f")
