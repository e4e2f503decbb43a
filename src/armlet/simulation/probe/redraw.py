"""Who got what, kept apart from what is seen, and how else the allocation could have come out: the reference of chance.

What an honest program shows does not depend on the arms, given who was allocated in which order and with which levels.
So every allocation that the scheme could have drawn for these people is as good an answer as the true one, with the
probability that the scheme gives it. Nothing is assumed about what is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from armlet.allocation.scheme import NextChances, Scheme
from armlet.allocation.vault import Vault

Positions = NDArray[np.int8]
"""Arms as positions in the scheme's order: a row a draw, a column a slot."""


@dataclass(frozen=True, slots=True, repr=False)
class Truth:
    """Who got what in one trial, in the order of the slots, and the scheme that drew it. Prints as "not shown"."""

    participants: tuple[str, ...]
    arms: tuple[int, ...]
    scheme: Scheme

    def __repr__(self) -> str:
        return f"Truth({len(self.participants)} participants, not shown)"


def truth_of(vault: Vault) -> Truth:
    """What a vault knows: every slot used, in order."""
    assigned = vault.assignments()
    scheme = vault.scheme()
    return Truth(
        tuple(one.participant for one in assigned), tuple(scheme.arms.index(one.arm) for one in assigned), scheme
    )


class Redraws:
    """Draws allocations anew; chances are remembered for schemes that are equal."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._known: dict[Scheme, NextChances] = {}

    def draw(self, scheme: Scheme, slots: int, draws: int) -> Positions:
        """So many independent allocations of the slots, each with the probability that the scheme gives it."""
        chances = self._known.setdefault(scheme, NextChances(scheme))
        rows: list[tuple[int, ...]] = []
        open_ends: list[tuple[tuple[int, ...], int]] = [((), draws)]
        while open_ends:
            history, count = open_ends.pop()
            if len(history) == slots:
                rows.extend([history] * count)
                continue
            shares = self._rng.multinomial(count, _shares(chances, history))
            open_ends.extend(((*history, arm), int(share)) for arm, share in enumerate(shares) if share)
        table = np.array(rows, dtype=np.int8).reshape(draws, slots)
        return table[self._rng.permutation(draws)]


def _shares(chances: NextChances, history: Sequence[int]) -> NDArray[np.float64]:
    shares = np.array([float(chance) for chance in chances.after(tuple(history))])
    return np.asarray(shares / shares.sum(), dtype=np.float64)
