"""What a few values come to: how many, mean, spread, middle and range. Nothing is estimated here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import mean, median, stdev

FEWEST_FOR_MEAN = 2
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary of one or more values. `sd` has the divisor n − 1, and is None for a single value."""

    n: int
    mean: Decimal
    sd: Decimal | None
    median: Decimal
    lowest: Decimal
    highest: Decimal

    @classmethod
    def of(cls, values: Sequence[Decimal]) -> Summary | None:
        """The summary, or None where there is no value."""
        if not values:
            return None
        spread = stdev(values) if len(values) >= FEWEST_FOR_MEAN else None
        return cls(len(values), mean(values), spread, median(values), min(values), max(values))

    def t_limits(self) -> tuple[float, float] | None:
        """The 95 % interval of the mean by Student's t; None where a single value leaves no spread to judge by."""
        if self.sd is None:
            return None
        from scipy.special import stdtrit

        reach = float(stdtrit(self.n - 1, (1 + LEVEL) / 2)) * float(self.sd) / float(self.n) ** 0.5
        return float(self.mean) - reach, float(self.mean) + reach
