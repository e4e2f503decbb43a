"""Every list of allocations that a scheme allows, or a sample of them, as tables: one list a row, one slot a column.

Lists of one length whose chances can no longer differ (one *state*, as `StatefulMethod` promises) are extended
together, so hundreds of thousands of lists cost a few matrix operations. `enumerate_sequences` is the slow reference.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from armlet.allocation.scheme import NextChances, Scheme, SpreadMethod, check_enumeration, method_of
from armlet.analysis.transforms import Floats

Positions = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
History = tuple[int, ...]


PORTION = 2**16
"""Lists that are drawn together, so that a million need no more memory at once than that."""

MOST_STATES = 20_000
"""States of one slot up to which lists are made with some slots held; our choice."""


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
    return _follow_all(_slots(scheme, number), len(scheme.arms))


def _follow_all(slots: Iterable[_Slot], arms: int) -> tuple[Positions, Floats]:
    table, weight, state = np.zeros((1, 0), dtype=np.uint8), np.ones(1), np.zeros(1, dtype=np.int64)
    for slot in slots:
        parts = [(arm, np.flatnonzero(slot.leads_to[state, arm] >= 0)) for arm in range(arms)]
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
    seeds = np.random.SeedSequence(seed).spawn(-(-draws // PORTION))
    sizes = [min(PORTION, draws - start) for start in range(0, draws, PORTION)]
    parts = [_drawn(scheme, number, size, np.random.default_rng(own)) for size, own in zip(sizes, seeds, strict=True)]
    return np.concatenate(parts) if parts else np.zeros((0, number), dtype=np.uint8)


def _drawn(scheme: Scheme, number: int, draws: int, chance: np.random.Generator) -> Positions:
    places, arm_of = _places_of(scheme)
    uniform = chance.random((number, draws))
    table = np.zeros((draws, number), dtype=np.uint8)
    state = np.zeros(draws, dtype=np.int64)
    chances = NextChances(places)
    histories: list[History] = [()]
    for slot in range(number):
        arm = _pick(_chances_of(chances, histories, len(places.arms)), state, uniform[slot])
        table[:, slot] = arm
        state, histories = _go_on(chances, histories, state, arm)
    return table if arm_of is None else arm_of[table]


def _pick(chance: Floats, state: Places, uniform: Floats) -> Places:
    """The arm of each list, given the chances in each state."""
    reached = np.cumsum(chance, axis=1)
    last = chance.shape[1] - 1 - np.argmax(chance[:, ::-1] > 0, axis=1)
    beyond = np.zeros(state.size, dtype=np.int64)
    for arm in range(chance.shape[1] - 1):
        beyond += uniform >= reached[state, arm]
    picked: Places = np.minimum(beyond, last[state])
    return picked


class HeldSequences:
    """The lists that have given arms in some slots, with their chances under that condition.

    Looking back from the last slot, each state is weighed by the chance of all that is still to be held, so no drawn
    list is ever thrown away.
    """

    def __init__(self, scheme: Scheme, number: int, held: Mapping[int, int]) -> None:
        """`held` says by slot, counted from 0, the position of its arm. ValueError for too many states."""
        self._arms = len(scheme.arms)
        slots = []
        for place, slot in enumerate(_slots(scheme, number)):
            if len(slot.chance) > MOST_STATES:
                raise ValueError(f"the scheme has more than {MOST_STATES:,} states in one slot")
            slots.append(_hold(slot, held.get(place)))
        self._slots = _conditioned(slots)

    def can_list(self, most: int) -> bool:
        """Whether there are no more than `most` of them."""
        ways = np.ones(1)
        states = [len(slot.chance) for slot in self._slots[1:]]
        for slot, number in zip(self._slots, [*states, int(self._slots[-1].leads_to.max()) + 1], strict=True):
            leads_to, following = slot.leads_to, np.zeros(number)
            for arm in range(self._arms):
                goes = leads_to[:, arm] >= 0
                np.add.at(following, leads_to[goes, arm], ways[goes])
            ways = following
            if ways.sum() > most:
                return False
        return True

    def every(self) -> tuple[Positions, Floats]:
        """All of them, with chances that add up to 1."""
        return _follow_all(self._slots, self._arms)

    def drawn(self, draws: int, seed: int) -> Positions:
        """A sample of them."""
        chance = np.random.default_rng(seed)
        table = np.zeros((draws, len(self._slots)), dtype=np.uint8)
        state = np.zeros(draws, dtype=np.int64)
        for place, slot in enumerate(self._slots):
            arm = _pick(slot.chance, state, chance.random(draws))
            table[:, place] = arm
            state = slot.leads_to[state, arm]
        return table


def _hold(slot: _Slot, arm: int | None) -> _Slot:
    if arm is None:
        return slot
    others = [other for other in range(slot.chance.shape[1]) if other != arm]
    chance, leads_to = slot.chance.copy(), slot.leads_to.copy()
    chance[:, others], leads_to[:, others] = 0.0, -1
    return _Slot(chance, leads_to)


def _conditioned(slots: Sequence[_Slot]) -> tuple[_Slot, ...]:
    """Chances given all that comes later; what cannot go on to the end leads nowhere."""
    found: list[_Slot] = []
    behind = np.ones(int(slots[-1].leads_to.max()) + 1) if slots else np.ones(1)
    for slot in reversed(slots):
        weight = np.where(slot.leads_to >= 0, slot.chance * behind[slot.leads_to], 0.0)
        total = weight.sum(axis=1)
        chance = weight / np.where(total > 0, total, 1.0)[:, np.newaxis]
        found.append(_Slot(chance, np.where(weight > 0, slot.leads_to, -1)))
        behind = total
    return tuple(reversed(found))


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
