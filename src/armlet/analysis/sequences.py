"""Every list of allocations that a scheme allows, or a sample of them, as tables: one list a row, one slot a column.

Lists of one length whose chances can no longer differ (one *state*, as `StatefulMethod` promises) are extended
together, so hundreds of thousands of lists cost a few matrix operations. `enumerate_sequences` is the slow reference.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from armlet.allocation.scheme import NextChances, Scheme, SpreadMethod, check_enumeration, method_of
from armlet.analysis.transforms import Floats

Positions = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
History = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Slot:
    """What may happen in one slot: by state, the chance of each arm and the state it leads to (-1: it cannot)."""

    chance: Floats
    leads_to: Places


def every_sequence(scheme: Scheme, number: int) -> tuple[Positions, Floats]:
    """All lists of `number` slots that can happen, shape (lists, slots), and the probability of each; these add to 1.

    Arms are positions in `Scheme.arms`. Ask `can_list` first how many lists there may be. InputError for a scheme
    with errors.
    """
    places, arm_of = _places_of(scheme)
    table, weight = _every(places, number)
    if arm_of is None:
        return table, weight
    lists, of_row = np.unique(arm_of[table], axis=0, return_inverse=True)
    together = np.zeros(len(lists))
    np.add.at(together, of_row.ravel(), weight)
    return lists, together


def can_list(scheme: Scheme, number: int, most: int) -> bool:
    """Whether `every_sequence` needs no more than `most` lists on the way."""
    return not check_enumeration(_places_of(scheme)[0], number, most)


def _places_of(scheme: Scheme) -> tuple[Scheme, Positions | None]:
    """The scheme to make lists by; where that is one of places, the arm of each."""
    method = method_of(scheme)
    if not isinstance(method, SpreadMethod) or sum(scheme.lowest_ratio()) == len(scheme.arms):
        return scheme, None
    places, arm_of = method.spread(scheme)
    return places, np.asarray(arm_of, dtype=np.uint8)


def _every(scheme: Scheme, number: int) -> tuple[Positions, Floats]:
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
    places, arm_of = _places_of(scheme)
    uniform = np.random.default_rng(seed).random((number, draws))
    table = np.zeros((draws, number), dtype=np.uint8)
    state = np.zeros(draws, dtype=np.int64)
    chances = NextChances(places)
    histories: list[History] = [()]
    for slot in range(number):
        chance = _chances_of(chances, histories, len(places.arms))
        reached = np.cumsum(chance, axis=1)
        last = len(places.arms) - 1 - np.argmax(chance[:, ::-1] > 0, axis=1)
        arm = np.minimum((uniform[slot][:, np.newaxis] >= reached[state]).sum(axis=1), last[state])
        table[:, slot] = arm
        state, histories = _go_on(chances, histories, state, arm)
    return table if arm_of is None else arm_of[table]


def _chances_of(chances: NextChances, histories: list[History], arms: int) -> Floats:
    return np.array([[float(one) for one in chances.after(history)] for history in histories]).reshape(-1, arms)


def _go_on(
    chances: NextChances, histories: list[History], state: Places, arm: npt.NDArray[np.int64]
) -> tuple[Places, list[History]]:
    """The states that the drawn lists have come to; those that no list has come to are never looked at."""
    pairs, of_list = np.unique(np.column_stack([state, arm]), axis=0, return_inverse=True)
    known: dict[Hashable, int] = {}
    longer: list[History] = []
    follows = np.zeros(len(pairs), dtype=np.int64)
    for number, (before, added) in enumerate(pairs.tolist()):
        following = (*histories[before], int(added))
        key = chances.state(following)
        if key not in known:
            known[key] = len(longer)
            longer.append(following)
        follows[number] = known[key]
    return follows[of_list.ravel()], longer


def _slots(scheme: Scheme, number: int) -> Iterator[_Slot]:
    """One table a slot; each state is stood for by one history that leads to it."""
    chances = NextChances(scheme)
    histories: list[History] = [()]
    for _ in range(number):
        slot, histories = _slot(chances, histories, len(scheme.arms))
        yield slot


def _slot(chances: NextChances, histories: list[History], arms: int) -> tuple[_Slot, list[History]]:
    chance = np.zeros((len(histories), arms))
    leads_to = np.full((len(histories), arms), -1, dtype=np.int64)
    known: dict[Hashable, int] = {}
    longer: list[History] = []
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
