"""A scheme of allocation and what follows from it: the chance of a sequence, every sequence, and how many there are.

A *sequence* or *history* is the arms of the slots 1, 2, 3 … as positions in `Scheme.arms` (0 for the first arm). It
holds every slot ever used, also those whose participant withdrew: a slot is used once, for ever.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from typing import Protocol, TypeAlias, runtime_checkable

from armlet.errors import InputError
from armlet.issues import Issue, error, has_error
from armlet.plugins import find_methods

Setting: TypeAlias = "str | int | bool | tuple[Setting, ...] | None"


@dataclass(frozen=True, slots=True)
class Scheme:
    """How arms are allotted: the arms and the ratio in the protocol's order, the method's name and its raw settings.

    Nothing is checked here; `check_scheme` says what does not fit. `settings` are pairs sorted by name, so that equal
    schemes are equal and hash alike; `Scheme.of` makes them from a mapping. They are left out of the printed form: a
    block size in a log is a hint to those who enrol.
    """

    arms: tuple[str, ...]
    ratio: tuple[int, ...]
    method: str
    settings: tuple[tuple[str, Setting], ...] = field(default=(), repr=False)

    @classmethod
    def of(
        cls, arms: Iterable[str], ratio: Iterable[int], method: str, settings: Mapping[str, object] | None = None
    ) -> Scheme:
        """A scheme from settings as they were read; numbers with a decimal point become text, which no method takes."""
        pairs = ((name, _freeze(value)) for name, value in (settings or {}).items())
        return cls(tuple(arms), tuple(ratio), method, tuple(sorted(pairs, key=lambda pair: pair[0])))

    def setting(self, name: str, default: Setting) -> Setting:
        """The raw setting, or the default where the protocol does not give it."""
        return dict(self.settings).get(name, default)

    def lowest_ratio(self) -> tuple[int, ...]:
        """The ratio in lowest terms: 2:2 is 1:1. Meant for a ratio of positive numbers."""
        divisor = math.gcd(*self.ratio) or 1
        return tuple(share // divisor for share in self.ratio)

    def as_dict(self) -> dict[str, object]:
        """The scheme as plain lists, texts and numbers; `Scheme.of` reads it back."""
        return {
            "arms": list(self.arms),
            "ratio": list(self.ratio),
            "method": self.method,
            "settings": dict(self.settings),
        }


def _freeze(value: object) -> Setting:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, list | tuple):
        return tuple(_freeze(part) for part in value)
    return str(value)


@runtime_checkable
class AllocationMethod(Protocol):
    """A procedure of allocation. Everything else (sequences, draws, predictability) follows from the next chances."""

    name: str
    label: str
    source: str

    def check(self, scheme: Scheme) -> tuple[Issue, ...]:
        """Every reason why the scheme does not suit the method; warnings leave it usable."""

    def next_probabilities(self, scheme: Scheme, history: Sequence[int]) -> tuple[Fraction, ...]:
        """The chance of each arm in the next slot; they sum to exactly 1.

        Raises InputError for a scheme with errors and for a history that the procedure cannot produce.
        """


@runtime_checkable
class StatefulMethod(AllocationMethod, Protocol):
    """A method whose chances hang on less than the whole history; offering `state` makes tables for long lists quick.

    The promise: two histories *of the same length* with the same state have the same chances now and after any same
    continuation. A wrong promise gives wrong tables; the laws try it against the whole history.
    """

    def state(self, scheme: Scheme, history: Sequence[int]) -> Hashable:
        """All that the chances of the next slots depend on."""


def load_method(name: str) -> AllocationMethod:
    """The method of that name; raises InputError, listing the known names, where there is none."""
    from armlet.allocation import methods

    found = find_methods(methods)
    if name not in found:
        raise InputError([_unknown_method(name, found)])
    method = found[name]
    if not isinstance(method, AllocationMethod):
        raise TypeError(f"the METHOD of allocation/methods/{name} is no allocation method")
    return method


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
        method = load_method(scheme.method)
    except InputError as unknown:
        return unknown.issues + check_shape(scheme)
    return method.check(scheme)


def check_shape(scheme: Scheme, least: int = 1, most: int | None = None) -> tuple[Issue, ...]:
    """Whether arms and ratio fit together and the number of arms suits the method (`least` to `most`)."""
    return (*_check_arms(scheme, least, most), *_check_ratio(scheme))


def _check_arms(scheme: Scheme, least: int, most: int | None) -> Iterator[Issue]:
    where, count = "allocation/arms", len(scheme.arms)
    if count < least or (most is not None and count > most):
        expected = f"exactly {least}" if least == most else f"{least} or more"
        message = f"{scheme.method} was given {count} arm(s); expected {expected}."
        yield error("allocation/arms", where, message, "Choose a method that suits the number of arms.")
    repeated = sorted({arm for arm in scheme.arms if scheme.arms.count(arm) > 1})
    if repeated:
        message = f"arms listed more than once: {', '.join(repeated)}."
        yield error("allocation/arms", where, message, "List every arm once; its weight belongs in the ratio.")


def _check_ratio(scheme: Scheme) -> Iterator[Issue]:
    where, ratio = "allocation/ratio", ":".join(map(str, scheme.ratio))
    if len(scheme.ratio) != len(scheme.arms):
        message = f'the ratio "{ratio}" has {len(scheme.ratio)} number(s) for {len(scheme.arms)} arm(s).'
        yield error("allocation/ratio", where, message, "Give one whole number for each arm, in the order of the arms.")
    if any(share < 1 for share in scheme.ratio):
        message = f'the ratio "{ratio}" has a number below 1; every arm needs a chance.'
        yield error(
            "allocation/ratio", where, message, "Give whole numbers from 1 up; leave out an arm nobody is to get."
        )


def check_settings_known(scheme: Scheme, known: Sequence[str]) -> tuple[Issue, ...]:
    """An issue for every setting that the method does not have: a misspelt one must not fall back on its default."""
    expected = f"expected only: {', '.join(known)}" if known else "it takes none"
    return tuple(
        error(
            "allocation/setting",
            f"allocation/settings/{name}",
            f'{scheme.method} has no setting "{name}"; {expected}.',
            "Correct the name or remove the line.",
        )
        for name, _ in scheme.settings
        if name not in known
    )


def check_whole_number(scheme: Scheme, name: str, default: int) -> tuple[Issue, ...]:
    """An issue where the setting is not one whole number from 1 up; text and lists are not read as numbers."""
    if _find_whole_number(scheme, name, default) is not None:
        return ()
    got = _as_typed(scheme.setting(name, default))
    message = f"the {name} of {scheme.method} must be one whole number from 1 up, got {got}."
    where, fix = f"allocation/settings/{name}", f"Write, for example, {name}: {default}."
    return (error("allocation/setting", where, message, fix),)


def read_whole_number(scheme: Scheme, name: str, default: int) -> int:
    """The setting as a whole number; raises InputError where `check_whole_number` finds an issue."""
    value = _find_whole_number(scheme, name, default)
    if value is None:
        raise InputError(check_whole_number(scheme, name, default))
    return value


def _find_whole_number(scheme: Scheme, name: str, default: int) -> int | None:
    value = scheme.setting(name, default)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 1 else None


def _as_typed(value: Setting) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return f'the text "{value}"'
        case tuple():
            return f"a list of {len(value)} values"


def refuse_errors(issues: Sequence[Issue]) -> None:
    """Raises InputError with all the issues where one of them is an error."""
    if has_error(issues):
        raise InputError(issues)


def refuse_unknown_arms(scheme: Scheme, history: Sequence[int]) -> None:
    """Raises InputError where the history names a position that no arm has."""
    if history and not (min(history) >= 0 and max(history) < len(scheme.arms)):
        message = f"the history holds a position outside 0 to {len(scheme.arms) - 1}, the positions of the arms."
        raise InputError([error("allocation/history", "history", message, _HISTORY_FIX)])


def impossible_history(scheme: Scheme) -> InputError:
    """What to raise where the history has probability 0. Names neither arm nor slot: the message may reach anybody."""
    message = f"the slots used so far cannot have come from {scheme.method} with these settings."
    return InputError([error("allocation/history", "history", message, _HISTORY_FIX)])


_HISTORY_FIX = "Use the scheme under which the trial was started, and the whole history in the order of the slots."


class NextChances:
    """The next chances of one scheme, remembered by state for the length of one computation.

    Raises InputError at once where the scheme has errors. Without a `state` of the method the state is the history.
    """

    def __init__(self, scheme: Scheme) -> None:
        self._method = load_method(scheme.method)
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
        """Whether the method says what its chances depend on."""
        return self._find_state is not None

    def state(self, history: tuple[int, ...]) -> Hashable:
        """What the chances after this history depend on, given its length."""
        return self._find_state(self._scheme, history) if self._find_state else history

    def after(self, history: tuple[int, ...]) -> tuple[Fraction, ...]:
        """The chance of each arm after a history that the procedure can produce."""
        key = (len(history), self.state(history))
        if key not in self._known:
            self._known[key] = self._method.next_probabilities(self._scheme, history)
        return self._known[key]


def sequence_probability(scheme: Scheme, sequence: Sequence[int]) -> Fraction:
    """The exact chance that the first slots get these arms in this order; 0 where the procedure cannot produce it.

    A list that ends inside a block is judged as cut there, not as completed. Raises InputError for a position that no
    arm has.
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
    grows as 2 to the n; ask `check_enumeration` first.
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
