"""Which results count as at least as extreme as the one seen: said in every setting and printed with every p-value."""

from __future__ import annotations

from enum import StrEnum


class Sides(StrEnum):
    """`two-sided` looks both ways; `greater` asks for more in the arm than in the reference, `less` for less of it.

    With one arm, `greater` asks for more than no change. To be chosen before anybody is unblinded.
    """

    TWO_SIDED = "two-sided"
    GREATER = "greater"
    LESS = "less"

    @property
    def words(self) -> str:
        """As printed with the p-value."""
        return self.value if self is Sides.TWO_SIDED else f"one-sided ({self.value})"


ONE_SIDED_WARNING = "p is one-sided ({sides}); the interval is two-sided and does not go with it."


def out_of_reach(given: str, sides: Sides, smallest: float, level: float) -> str:
    """The warning of a test that cannot come out below 1 - level; `given` is what it hangs on ("With 5 events")."""
    return (
        f"{given} the smallest {sides.words} p that can come out is {smallest:.4g}, above {1 - level:.4g}: "
        "the test cannot reach that level."
    )
