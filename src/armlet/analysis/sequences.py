"""Every list of allocations that a scheme allows, or a sample of them, as tables: one list a row, one slot a column.

Lists of one length whose chances can no longer differ (one *state*, as `StatefulMethod` promises) are extended
together, so hundreds of thousands of lists cost a few matrix operations. `enumerate_sequences` is the slow reference.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from armlet.allocation.scheme import NextChances, Scheme
from armlet.analysis.transforms import Floats

Positions = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Slot:
    """What may happen in one slot: by state, the chance of each arm and the state it leads to (-1: it cannot)."""

    chance: Floats
    leads_to: Places


def every_sequence(scheme: Scheme, number: int) -> tuple[Positions, Floats]:
    """All lists of `number` slots that can happen, shape (lists, slots), and the probability of each; these add to 1.

    Arms are positions in `Scheme.arms`. Ask `count_bound` first how many lists there may be. InputError for a scheme
    with errors.
    """
    table, weight, state = np.zeros((1, 0), dtype=np.uint8), np.ones(1), np.zeros(1, dtype=np.int64)
    for slot in _slots(scheme, number):
        parts = [(arm, np.flatnonzero(slot.leads_to[state, arm] >= 0)) for arm in range(len(scheme.arms))]
        added = np.concatenate([np.full(rows.size, arm, dtype=np.uint8) for arm, rows in parts])
        rows = np.concatenate([rows for _, rows in parts])
        table = np.column_stack([table[rows], added])
        weight = weight[rows] * slot.chance[state[rows], added]
        state = slot.leads_to[state[rows], added]
    return table, weight


def drawn_sequences(scheme: Scheme, number: int, draws: int, seed: int) -> Positions:
    """`draws` lists of `number` slots, each drawn as the scheme would; the same seed gives the same lists.

    For inference only: these are never the draws of a trial, whose stream comes from the vault.
    """
    uniform = np.random.default_rng(seed).random((number, draws))
    table = np.zeros((draws, number), dtype=np.uint8)
    state = np.zeros(draws, dtype=np.int64)
    for place, slot in enumerate(_slots(scheme, number)):
        reached = np.cumsum(slot.chance, axis=1)
        last = len(scheme.arms) - 1 - np.argmax(slot.chance[:, ::-1] > 0, axis=1)
        arm = np.minimum((uniform[place][:, np.newaxis] >= reached[state]).sum(axis=1), last[state])
        table[:, place] = arm
        state = slot.leads_to[state, arm]
    return table


def _slots(scheme: Scheme, number: int) -> Iterator[_Slot]:
    """One table a slot; each state is stood for by one history that leads to it."""
    chances = NextChances(scheme)
    histories: list[tuple[int, ...]] = [()]
    for _ in range(number):
        slot, histories = _slot(chances, histories, len(scheme.arms))
        yield slot


def _slot(chances: NextChances, histories: list[tuple[int, ...]], arms: int) -> tuple[_Slot, list[tuple[int, ...]]]:
    chance = np.zeros((len(histories), arms))
    leads_to = np.full((len(histories), arms), -1, dtype=np.int64)
    known: dict[Hashable, int] = {}
    longer: list[tuple[int, ...]] = []
    for state, history in enumerate(histories):
        for arm, fraction in enumerate(chances.after(history)):
            if not fraction:
                continue
            following = (*history, arm)
            key = chances.state(following)
            if key not in known:
                known[key] = len(longer)
                longer.append(following)
            chance[state, arm], leads_to[state, arm] = float(fraction), known[key]
    return _Slot(chance, leads_to), longer
