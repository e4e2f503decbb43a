"""What can be inferred of the arms that are still hidden, from the scheme and from those that became known: exactly.

With ten participants, fixed totals and nine unblinded, nothing is hidden of the tenth. The figures are for the unblinded
side: they say how far one more unblinding, or one that happened, gives away others. The observer is the worst case, who
knows the procedure with its sealed settings and the order in which the slots were used.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from armlet.allocation.scheme import NextChances, Scheme
from armlet.errors import InputError
from armlet.issues import error

WARN_ABOVE: Final = Fraction(4, 5)
"""From more than this posterior on the unblinded side is warned. From our expert notes, remembered: not a law."""

MOST_STATES: Final = 200_000
"""States of all slots together that are followed: some seconds of work; our choice."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """What can be said of one participant whose arm is not known: the chance of each arm, in the scheme's order."""

    participant: str
    chances: tuple[Fraction, ...]

    @property
    def highest(self) -> Fraction:
        """The chance of the likeliest arm: 1 where it is certain."""
        return max(self.chances)

    def __repr__(self) -> str:
        return f"Hidden({self.participant}, not shown)"


def infer_hidden(scheme: Scheme, participants: Sequence[str], known: Mapping[str, str]) -> tuple[Hidden, ...]:
    """The exact posterior of everybody not in `known`; `participants` in the order of their slots.

    Raises InputError where what is known cannot have happened under the scheme, and for too many states.
    """
    arms = {arm: position for position, arm in enumerate(scheme.arms)}
    fixed = [arms[known[who]] if who in known else None for who in participants]
    levels = _follow(NextChances(scheme), fixed)
    behind = _look_back(levels)
    total = behind[0][next(iter(levels[0]))]
    if not total:
        message = "what is known of these participants cannot have happened under this scheme."
        raise InputError([error("allocation/impossible", "the vault", message, "Check who is said to have which arm.")])
    chances = _marginals(levels, behind, len(scheme.arms), total)
    return tuple(
        Hidden(who, chance) for who, chance, arm in zip(participants, chances, fixed, strict=True) if arm is None
    )


def who_is_given_away(hidden: Iterable[Hidden], above: Fraction = WARN_ABOVE) -> tuple[str, ...]:
    """Those of whom more than `above` is known, in the order of their slots."""
    return tuple(one.participant for one in hidden if one.highest > above)


@dataclass(slots=True)
class _Node:
    """All histories that end in one state: one of them, their joint chance, and where each arm leads with which chance."""

    history: tuple[int, ...]
    chance: Fraction
    steps: dict[int, tuple[Hashable, Fraction]]


_Level = dict[Hashable, _Node]


def _follow(chances: NextChances, fixed: Sequence[int | None]) -> list[_Level]:
    """Forward: the states after 0, 1, 2 … slots that agree with what is known, with their chances."""
    levels: list[_Level] = [{chances.state(()): _Node((), Fraction(1), {})}]
    states = 1
    for arm_known in fixed:
        following: _Level = {}
        for state, node in levels[-1].items():
            for arm, chance in _open_arms(chances.at(node.history, state), arm_known):
                history = (*node.history, arm)
                reached = chances.state(history)
                node.steps[arm] = (reached, chance)
                found = following.setdefault(reached, _Node(history, Fraction(0), {}))
                found.chance += node.chance * chance
        states += len(following)
        if states > MOST_STATES:
            message = f"the scheme has more than {MOST_STATES:,} states over {len(fixed)} slots."
            raise InputError([error("allocation/states", "the vault", message, "Ask about fewer participants.")])
        levels.append(following)
    return levels


def _open_arms(chances: Sequence[Fraction], known: int | None) -> Iterator[tuple[int, Fraction]]:
    return ((arm, chance) for arm, chance in enumerate(chances) if chance and known in {None, arm})


def _look_back(levels: Sequence[_Level]) -> list[dict[Hashable, Fraction]]:
    """Backward: from each state, the chance of all that is known of the slots to come."""
    behind: list[dict[Hashable, Fraction]] = [dict.fromkeys(levels[-1], Fraction(1))]
    for level in reversed(levels[:-1]):
        after = behind[0]
        behind.insert(
            0,
            {
                state: sum((chance * after[reached] for reached, chance in node.steps.values()), Fraction(0))
                for state, node in level.items()
            },
        )
    return behind


def _marginals(
    levels: Sequence[_Level], behind: Sequence[Mapping[Hashable, Fraction]], arms: int, total: Fraction
) -> Iterator[tuple[Fraction, ...]]:
    for level, after in zip(levels[:-1], behind[1:], strict=True):
        weights = [Fraction(0)] * arms
        for node in level.values():
            for arm, (reached, chance) in node.steps.items():
                weights[arm] += node.chance * chance * after[reached]
        yield tuple(weight / total for weight in weights)
