"""Stratification: each combination of levels has a list of its own, all drawn by one method.

That is what is done to a method, and not a method: whatever allots without factors can be stratified, except one that
must know its number of slots, since nobody knows how many people a stratum will have.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from armlet.allocation.method import (
    AllocationMethod,
    Levels,
    PlannedMethod,
    Scheme,
    StatefulMethod,
    Urn,
    UrnMethod,
    check_factors,
    refuse_errors,
    refuse_unknown_arms,
)
from armlet.issues import Issue, error


class Stratified:
    """A method with an independent list in each stratum; a participant's chances are those of the next slot of their list.

    Source of the practice: Zelen M. The randomization and stratification of patients to clinical trials. Journal of
    Chronic Diseases 1974;27:365-375. The arms are balanced within each stratum and not over all of them: with S lists
    S ends can be out of balance, so that stratifying a few people undoes what blocks do.
    """

    def __init__(self, method: AllocationMethod) -> None:
        self._method = method
        self.name, self.source = method.name, method.source
        self.label = f"{method.label} in each stratum"

    def check(self, scheme: Scheme) -> tuple[Issue, ...]:
        """What the method finds, and whether it can be stratified at all."""
        return _check(self._method, replace(scheme, people=()))

    def next_probabilities(self, scheme: Scheme, history: Sequence[int]) -> tuple[Fraction, ...]:
        """The chances of the next slot in the stratum of whoever is next.

        Raises InputError as the method does, also for a history that it cannot produce in another stratum.
        """
        refuse_errors(self.check(scheme))
        refuse_unknown_arms(scheme, history)
        own, inner = scheme.next_levels(history), alone(scheme)
        lists = arms_by_stratum(scheme, history)
        found = {levels: _next(self._method, inner, arms) for levels, arms in lists.items()}
        return found[own] if own in found else _next(self._method, inner, ())

    def state(self, scheme: Scheme, history: Sequence[int]) -> Hashable:
        """The state of every list that was begun."""
        return tuple(sorted(self._states(scheme, history), key=lambda one: one[0]))

    def pattern(self, scheme: Scheme, history: Sequence[int]) -> Hashable:
        """The states of the lists, whichever strata they are of."""
        return tuple(sorted((one[1:] for one in self._states(scheme, history)), key=repr))

    def urns(self, scheme: Scheme, number: int) -> tuple[Urn, ...] | None:
        """The urns of every stratum's list, at the places of its people; None where the method has none."""
        if number:
            scheme.next_levels(range(number - 1))
        places: dict[Levels, list[int]] = {}
        for place, levels in enumerate(scheme.people[:number]):
            places.setdefault(levels, []).append(place)
        found: list[Urn] = []
        for mine in places.values():
            urns = self._method.urns(alone(scheme), len(mine)) if isinstance(self._method, UrnMethod) else None
            if urns is None:
                return None
            found.extend(Urn(urn.holds, tuple(mine[slot] for slot in urn.slots)) for urn in urns)
        return tuple(found)

    def _states(self, scheme: Scheme, history: Sequence[int]) -> Iterator[tuple[Levels, int, Hashable]]:
        inner = alone(scheme)
        for levels, arms in arms_by_stratum(scheme, history).items():
            yield levels, len(arms), _state(self._method, inner, arms)


@lru_cache(maxsize=64)
def _check(method: AllocationMethod, scheme: Scheme) -> tuple[Issue, ...]:
    return (*method.check(alone(scheme)), *check_factors(scheme), *_check_fit(method, scheme))


def _check_fit(method: AllocationMethod, scheme: Scheme) -> Iterator[Issue]:
    where, fix = "allocation/factors", "Use permuted_blocks, big_stick or minimisation, or leave out the factors."
    if isinstance(method, PlannedMethod):
        message = f"{method.name} must know its number of slots, and nobody knows how many people a stratum will have."
        yield error("allocation/factors", where, message, fix)
    if len(scheme.arms) == 1:
        yield error("allocation/factors", where, "one arm has nothing to balance.", "Leave out the factors.")


@lru_cache(maxsize=2**14)
def _next(method: AllocationMethod, scheme: Scheme, arms: tuple[int, ...]) -> tuple[Fraction, ...]:
    return method.next_probabilities(scheme, arms)


@lru_cache(maxsize=2**14)
def _state(method: AllocationMethod, scheme: Scheme, arms: tuple[int, ...]) -> Hashable:
    return method.state(scheme, arms) if isinstance(method, StatefulMethod) else arms


def alone(scheme: Scheme) -> Scheme:
    """The scheme of one stratum: the same without factors."""
    return replace(scheme, factors=(), people=())


def arms_by_stratum(scheme: Scheme, history: Sequence[int]) -> dict[Levels, tuple[int, ...]]:
    """The arms of each list that was begun, in the order of its slots."""
    if history:
        scheme.next_levels(history[:-1])
    found: dict[Levels, tuple[int, ...]] = {}
    for levels, arm in zip(scheme.people, history, strict=False):
        found[levels] = (*found.get(levels, ()), arm)
    return found
