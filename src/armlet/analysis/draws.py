"""Lists of allocations drawn under a scheme, for when there are too many to take them all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from armlet.allocation.scheme import NextChances, Scheme


def drawn_sequences(scheme: Scheme, number: int, draws: int, seed: int) -> Iterator[tuple[int, ...]]:
    """`draws` lists of `number` slots, each drawn as the scheme would; the same seed gives the same lists.

    For inference only: these are never the draws of a trial, whose stream comes from the vault.
    """
    chances = NextChances(scheme)
    for row in np.random.default_rng(seed).random((draws, number)):
        history: tuple[int, ...] = ()
        for u in row.tolist():
            history = (*history, _arm(tuple(float(chance) for chance in chances.after(history)), u))
        yield history


def _arm(chances: tuple[float, ...], u: float) -> int:
    """The arm on whose stretch of 0 to 1 `u` falls; never one of chance 0, also where the sum rounds below 1."""
    reached, last = 0.0, 0
    for arm, chance in enumerate(chances):
        reached += chance
        if chance:
            last = arm
            if u < reached:
                return arm
    return last
