"""A scheme of allocation and what follows from it: the chance of a sequence, every sequence, and how many there are.

A *sequence* or *history* is the arms of the slots 1, 2, 3 … as positions in `Scheme.arms` (0 for the first arm). It
holds every slot ever used, also those whose participant withdrew: a slot is used once, for ever.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import islice

from armlet.allocation import methods
from armlet.allocation.method import (
    AllocationMethod,
    Factor,
    FactorMethod,
    Levels,
    PlannedMethod,
    Scheme,
    Setting,
    SpreadMethod,
    StatefulMethod,
    Urn,
    UrnMethod,
    check_shape,
    refuse_errors,
    refuse_unknown_arms,
)
from armlet.allocation.strata import Stratified
from armlet.errors import InputError
from armlet.issues import Issue, error
from armlet.plugins import find_methods
from armlet.protocol.factors import levels_of
from armlet.protocol.model import Protocol

__all__ = [
    "AllocationMethod",
    "Factor",
    "FactorMethod",
    "Levels",
    "NextChances",
    "PlannedMethod",
    "Scheme",
    "Setting",
    "SpreadMethod",
    "StatefulMethod",
    "Urn",
    "check_enumeration",
    "check_scheme",
    "count_bound",
    "enumerate_sequences",
    "load_method",
    "method_of",
    "plan_slots",
    "planned_slots",
    "scheme_of",
    "sequence_probability",
    "urns_of",
]


def scheme_of(
    protocol: Protocol, settings: Mapping[str, object] | None = None, arms: Sequence[str] | None = None
) -> Scheme:
    """The scheme that a protocol asks for; `settings` are the sealed ones, and `arms` the arms in another order.

    Meant for a protocol whose ratio names exactly its arms; raises KeyError for another.
    """
    allocation = protocol.allocation
    order = tuple(arm.id for arm in protocol.arms) if arms is None else tuple(arms)
    factors = (Factor(factor.id, levels_of(protocol, factor)) for factor in allocation.factors or ())
    return Scheme.of(order, [allocation.ratio[arm] for arm in order], allocation.method, settings, factors)


def method_of(scheme: Scheme) -> AllocationMethod:
    """The method by which the scheme allots: the one it names, kept in a list for each stratum where it has factors.

    Raises InputError where there is no method of that name.
    """
    method = load_method(scheme.method)
    return Stratified(method) if scheme.factors and not isinstance(method, FactorMethod) else method


def load_method(name: str) -> AllocationMethod:
    """The method of that name; raises InputError, listing the known names, where there is none."""
    found = _find_all()
    if name not in found:
        raise InputError([_unknown_method(name, found)])
    return found[name]


@lru_cache(maxsize=1)
def _find_all() -> Mapping[str, AllocationMethod]:
    """The folder, read once in a process: modules do not come and go while a program runs."""
    found: dict[str, AllocationMethod] = {}
    for name, method in find_methods(methods).items():
        if not isinstance(method, AllocationMethod):
            raise TypeError(f"the METHOD of allocation/methods/{name} is no allocation method")
        found[name] = method
    return found


def _unknown_method(name: str, known: Iterable[str]) -> Issue:
    names = ", ".join(known)
    return error(
        "allocation/method",
        "allocation/method",
        f'there is no allocation method "{name}"; expected one of: {names}.',
        "Name one of these in the protocol, or add a module with that name to allocation/methods.",
    )


def check_scheme(scheme: Scheme) -> tuple[Issue, ...]:
    """Everything that is wrong with the scheme, an unknown method included; nothing is raised."""
    try:
        method = method_of(scheme)
    except InputError as unknown:
        return unknown.issues + check_shape(scheme)
    return method.check(scheme)


def planned_slots(scheme: Scheme) -> int | None:
    """How many slots the list has in all, or None where the method goes on for ever. InputError for an unfit scheme."""
    method = method_of(scheme)
    return method.planned(scheme) if isinstance(method, PlannedMethod) else None


def plan_slots(scheme: Scheme, n: int) -> Scheme:
    """The scheme with `n` as its planned number of slots, where its method needs one and the settings leave it out."""
    named = any(name == "n" for name, _ in scheme.settings)
    if named or not isinstance(method_of(scheme), PlannedMethod):
        return scheme
    return replace(scheme, settings=tuple(sorted((*scheme.settings, ("n", n)), key=lambda pair: pair[0])))


@lru_cache(maxsize=64)
def urns_of(scheme: Scheme, number: int) -> tuple[Urn, ...] | None:
    """The independent urns that the first `number` slots are drawn from, or None where the method is not of that kind.

    Raises InputError for a scheme with errors and for more slots than were planned or people than are known.
    """
    method = method_of(scheme)
    refuse_errors(method.check(scheme))
    return method.urns(scheme, number) if isinstance(method, UrnMethod) else None


class NextChances:
    """The next chances of one scheme, remembered by state for the length of one computation.

    Raises InputError at once where the scheme has errors. Without a `state` of the method the state is the history.
    """

    def __init__(self, scheme: Scheme) -> None:
        self._method = method_of(scheme)
        refuse_errors(self._method.check(scheme))
        self._scheme = scheme
        self._find_state = self._method.state if isinstance(self._method, StatefulMethod) else None
        self._known: dict[tuple[int, Hashable], tuple[Fraction, ...]] = {}

    @property
    def arms(self) -> int:
        """How many arms there are."""
        return len(self._scheme.arms)

    @property
    def has_states(self) -> bool:
        """Whether lists are to be counted by states: not where every arm has a chance in every slot."""
        return self._find_state is not None and not isinstance(self._method, SpreadMethod)

    def state(self, history: tuple[int, ...]) -> Hashable:
        """What the chances after this history depend on, given its length."""
        return self._find_state(self._scheme, history) if self._find_state else history

    def after(self, history: tuple[int, ...]) -> tuple[Fraction, ...]:
        """The chance of each arm after a history that the procedure can produce."""
        return self.at(history, self.state(history))

    def at(self, history: tuple[int, ...], state: Hashable) -> tuple[Fraction, ...]:
        """The same for those who have kept the `state` of that history."""
        key = (len(history), state)
        if key not in self._known:
            self._known[key] = self._method.next_probabilities(self._scheme, history)
        return self._known[key]


def sequence_probability(scheme: Scheme, sequence: Sequence[int]) -> Fraction:
    """The exact chance that the first slots get these arms in this order; 0 where the procedure cannot produce it.

    A list that ends inside a block is judged as cut there, not as completed; the levels of `Scheme.people` are given.
    Raises InputError for a position that no arm has, and for more slots than were planned or people than are known.
    """
    refuse_unknown_arms(scheme, sequence)
    chances = NextChances(scheme)
    probability = Fraction(1)
    for slot, arm in enumerate(sequence):
        probability *= chances.after(tuple(sequence[:slot]))[arm]
        if not probability:
            break
    return probability


def enumerate_sequences(scheme: Scheme, n: int) -> Iterator[tuple[tuple[int, ...], Fraction]]:
    """Every sequence of `n` slots that can happen, with its exact chance, in the order of the positions.

    The chances sum to 1 and are not all equal where a block is cut or a coin is biased: weight by them. Their number
    grows as 2 to the n; ask `check_enumeration` first. Raises InputError on the way to more slots than were planned.
    """
    _refuse_negative(n)
    return _walk(NextChances(scheme), n)


def _walk(chances: NextChances, n: int) -> Iterator[tuple[tuple[int, ...], Fraction]]:
    open_ends: list[tuple[tuple[int, ...], Fraction]] = [((), Fraction(1))]
    while open_ends:
        sequence, probability = open_ends.pop()
        if len(sequence) == n:
            yield sequence, probability
            continue
        for arm, chance in reversed(tuple(enumerate(chances.after(sequence)))):
            if chance:
                open_ends.append(((*sequence, arm), probability * chance))


def count_bound(scheme: Scheme, n: int) -> int:
    """How many sequences `enumerate_sequences` gives at most: exact for a method with states, else arms to the n."""
    _refuse_negative(n)
    return next(islice(_count_by_length(NextChances(scheme)), n, None))


def check_enumeration(scheme: Scheme, n: int, limit: int) -> tuple[Issue, ...]:
    """An issue where there may be more than `limit` sequences, so that a caller can refuse before it begins.

    Quick for any `n`: the number never falls from one length to the next, so counting stops where it passes the limit.
    """
    _refuse_negative(n)
    if all(bound <= limit for bound in islice(_count_by_length(NextChances(scheme)), n + 1)):
        return ()
    message = f"{n:,} slots of {scheme.method} can have more than {limit:,} sequences, the most that are listed here."
    fix = "Take fewer slots or smaller blocks, or draw sequences at random instead of listing them all."
    return (error("allocation/enumeration", "n", message, fix),)


_Ways = dict[Hashable, tuple[tuple[int, ...], int]]


def _count_by_length(chances: NextChances) -> Iterator[int]:
    """The bounds for 0, 1, 2 … slots, without end."""
    level: _Ways = {chances.state(()): ((), 1)}
    bound = 1
    while True:
        yield bound
        if chances.has_states:
            level = _extend_ways(chances, level)
            bound = sum(ways for _, ways in level.values())
        else:
            bound *= chances.arms


def _extend_ways(chances: NextChances, level: _Ways) -> _Ways:
    longer: _Ways = {}
    for history, ways in level.values():
        for arm, chance in enumerate(chances.after(history)):
            if chance:
                state = chances.state((*history, arm))
                known = longer[state][1] if state in longer else 0
                longer[state] = ((*history, arm), known + ways)
    return longer


def _refuse_negative(n: int) -> None:
    if n < 0:
        message = f"the number of slots is {n}; expected 0 or more."
        raise InputError([error("allocation/slots", "n", message, "Give the number of slots to be allocated.")])
