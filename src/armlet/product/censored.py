"""A result beyond what a method can measure: ``<0.5 [EU]/mL`` says below one half, and is no one half."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from armlet.protocol.criteria import Comparison
from armlet.units import Quantity

_UPPER = {Comparison.AT_MOST, Comparison.LESS}
_LOWER = {Comparison.AT_LEAST, Comparison.MORE}


@dataclass(frozen=True, slots=True)
class Censored:
    """All that is known: strictly below (or above) a bound."""

    side: Literal["<", ">"]
    bound: Quantity

    @classmethod
    def parse(cls, text: str) -> Censored | None:
        """The censored value in a text; None where the text is none. Raises UnitError for a bound that is no quantity."""
        stripped = text.strip()
        if stripped[:1] == "<":
            return cls("<", Quantity.parse(stripped[1:]))
        return cls(">", Quantity.parse(stripped[1:])) if stripped[:1] == ">" else None

    def judge(self, limit: Quantity, comparison: Comparison) -> Literal["pass", "fail", "pending"]:
        """Whether every value that it may stand for passes, or none does; pending where it cannot be told.

        "Less than 5" passes a limit of at most 5, and fails one of at least 5, since it is strictly below.

        Raises UnitError where the limit measures something else.
        """
        order = self.bound.compare(limit)
        below = self.side == "<"
        is_clear = order <= 0 if below else order >= 0
        if not is_clear:
            return "pending"
        return "pass" if comparison in (_UPPER if below else _LOWER) else "fail"
