"""Where a rising function is zero, to the last digit that it carries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

MOST_STEPS: Final = 300
CLOSE: Final = 1e-15
PATIENCE: Final = 3
"""Steps after which the bounds must have come in by half; otherwise they are halved."""


def root_of(rising: Callable[[float], float], lower: float, upper: float) -> float:
    """The root between two bounds; ValueError where the function does not rise from below 0 to above it.

    Illinois (regula falsi that halves the weight of an end that stays), with halving where that comes in too slowly.
    """
    low, high = rising(lower), rising(upper)
    if not low < 0 < high:
        raise ValueError("there is no root between the bounds")
    side, width, waited = 0, upper - lower, 0
    for _ in range(MOST_STEPS):
        middle = (lower * high - upper * low) / (high - low)
        if waited >= PATIENCE or not lower < middle < upper:
            middle, width, waited = (lower + upper) / 2, upper - lower, 0
        if not lower < middle < upper or upper - lower <= CLOSE * abs(middle):
            break
        found = rising(middle)
        if found == 0:
            return middle
        if found < 0:
            lower, low, high, side = middle, found, high / 2 if side == -1 else high, -1
        else:
            upper, high, low, side = middle, found, low / 2 if side == 1 else low, 1
        if upper - lower <= width / 2:
            width, waited = upper - lower, 0
        else:
            waited += 1
    return (lower + upper) / 2
