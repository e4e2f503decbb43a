"""How far a procedure can be guessed and how far out of balance it can end: exact, for any number of slots.

Every history counts with its exact chance. Histories that share the method's state and the counts of the arms are one
branch, because their future is the same; so a list of 200 slots takes thousands of branches, not 2**200. A method that
names no state is enumerated history by history. What would take too long is refused before it is begun, or soon after.

The observer is the worst case: knows the procedure, its settings and *all* past arms, and guesses the likeliest arm.
Under good blinding nobody is that observer; the figure bounds what selection could do.

A scheme with factors and no known people is judged over people of whom each combination of levels is as likely as
another, independently: an assumption, since real levels are neither. The observer knows everybody's levels too.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from armlet.allocation.method import refuse_errors
from armlet.allocation.scheme import (
    FactorMethod,
    Levels,
    NextChances,
    Scheme,
    Setting,
    check_scheme,
    method_of,
    plan_slots,
)
from armlet.allocation.strata import Stratified
from armlet.errors import InputError
from armlet.issues import error, has_error

MOST_BRANCHES: Final = 40_000
"""How many branches one table may take in all: some seconds of work; our choice, not a law."""

MOST_STEPS: Final = 16_000_000
"""How many slots the histories of all branches may have together: two or three seconds of work; our choice too."""

_SHORT_LIST: Final = 12


def _two_arms(method: str, **settings: Setting) -> Scheme:
    return Scheme.of(("A", "B"), (1, 1), method, settings)


STANDARD_COMPARISON: Final = (
    _two_arms("complete"),
    _two_arms("big_stick", limit=3),
    _two_arms("wei_urn", alpha=1, beta=1),
    _two_arms("big_stick", limit=2),
    _two_arms("efron", p="2/3"),
    _two_arms("chen", p="2/3", limit=2),
    _two_arms("random_allocation"),
    _two_arms("maximal", limit=2),
    _two_arms("permuted_blocks", blocks=(4, 6)),
    _two_arms("permuted_blocks", block=4),
    _two_arms("permuted_blocks", blocks=(2, 4, 6)),
    _two_arms("permuted_blocks", blocks=(2, 4)),
    _two_arms("permuted_blocks", block=2),
)
"""The procedures beside which a chosen one is shown, for two arms at 1:1, about from least to most guessable at ten."""

_LONG_COMPARISON: Final = tuple(STANDARD_COMPARISON[row] for row in (0, 1, 3, 9, 12))
"""Those whose tables stay small for long lists."""


@dataclass(frozen=True, slots=True)
class Predictability:
    """The exact figures of one scheme over `n` slots.

    `guess`: mean over the slots of the probability that the observer guesses the arm right (1/2 is a fair coin).
    `certain`: mean share of slots that the observer knows for sure.
    `imbalance`: each possible imbalance after `n` slots with its probability, ascending. The imbalance of two arms at
    1:1 is |D|, the difference of their counts. In general it is the largest minus the smallest of the counts, each
    divided by the arm's number in the ratio in lowest terms: 4 and 2 at 2:1 are in balance. A single arm has 0.
    """

    label: str
    n: int
    guess: Fraction
    certain: Fraction
    imbalance: tuple[tuple[Fraction, Fraction], ...]

    @property
    def imbalance_mean(self) -> Fraction:
        """The expected imbalance after all slots."""
        return sum((value * probability for value, probability in self.imbalance), Fraction(0))

    @property
    def imbalance_ge4(self) -> Fraction:
        """The probability of an imbalance of 4 or more after all slots."""
        return sum((probability for value, probability in self.imbalance if value >= 4), Fraction(0))

    def as_dict(self) -> dict[str, float]:
        """The four figures of the contract as floats, for output only."""
        return {
            "guess": float(self.guess),
            "certain": float(self.certain),
            "imbalance_mean": float(self.imbalance_mean),
            "imbalance_ge4": float(self.imbalance_ge4),
        }


@dataclass(frozen=True, slots=True)
class _Branch:
    """All histories of one state and one set of counts: one of them to ask the method with, and their joint chance."""

    state: Hashable
    history: tuple[int, ...]
    people: tuple[Levels, ...]
    counts: tuple[int, ...]
    probability: Fraction


@dataclass(frozen=True, slots=True)
class _Way:
    """Who may be next, how likely that is, and the chances of the arms then."""

    people: tuple[Levels, ...]
    share: Fraction
    chances: tuple[Fraction, ...]


class _Known:
    """Chances that no unknown person has a part in: there are no factors, or everybody's levels are known."""

    def __init__(self, scheme: Scheme) -> None:
        self._chances = NextChances(scheme)

    def state(self, history: tuple[int, ...], _people: tuple[Levels, ...]) -> Hashable:
        return self._chances.state(history)

    def ways(self, branch: _Branch) -> tuple[_Way, ...]:
        return (_Way((), Fraction(1), self._chances.at(branch.history, branch.state)),)


class _Unknown:
    """Chances for people who may have any combination of levels, each as likely as another."""

    def __init__(self, scheme: Scheme, method: FactorMethod | Stratified) -> None:
        refuse_errors(method.check(scheme))
        self._scheme, self._method, self._combinations = scheme, method, scheme.combinations()

    def state(self, history: tuple[int, ...], people: tuple[Levels, ...]) -> Hashable:
        return self._method.pattern(replace(self._scheme, people=people), history)

    def ways(self, branch: _Branch) -> tuple[_Way, ...]:
        return tuple(self._way(branch, (*branch.people, levels)) for levels in self._combinations)

    def _way(self, branch: _Branch, people: tuple[Levels, ...]) -> _Way:
        chances = self._method.next_probabilities(replace(self._scheme, people=people), branch.history)
        return _Way(people, Fraction(1, len(self._combinations)), chances)


_Chances = _Known | _Unknown
_Level = dict[tuple[Hashable, tuple[int, ...]], _Branch]


def predict(scheme: Scheme, n: int, most_branches: int = MOST_BRANCHES) -> Predictability:
    """The exact figures for `n` slots, from 1 up.

    Raises InputError for a scheme with errors, for `n` below 1 or above the planned number of slots, and where the
    table would take too many branches or steps.
    """
    _refuse_no_slots(n)
    chances = _chances_of(scheme)
    _refuse_long(scheme, n, n * (n + 1) // 2, "steps", MOST_STEPS)
    counts = (0,) * len(scheme.arms)
    branches: tuple[_Branch, ...] = (_Branch(chances.state((), ()), (), (), counts, Fraction(1)),)
    guessed = certain = Fraction(0)
    taken = steps = 0
    for slot in range(n):
        ways = [(branch, chances.ways(branch)) for branch in branches]
        best = [(branch.probability * way.share, max(way.chances)) for branch, found in ways for way in found]
        guessed += sum(probability * chance for probability, chance in best)
        certain += sum(probability for probability, chance in best if chance == 1)
        branches = _extend(chances, ways)
        taken += len(branches)
        steps += len(branches) * (slot + 1)
        _refuse_long(scheme, n, taken, "branches", most_branches)
        _refuse_long(scheme, n, steps, "steps", MOST_STEPS)
    return Predictability(label_scheme(scheme), n, guessed / n, certain / n, _gather_imbalance(scheme, branches))


def _chances_of(scheme: Scheme) -> _Chances:
    method = method_of(scheme)
    if scheme.factors and not scheme.people and isinstance(method, FactorMethod | Stratified):
        return _Unknown(scheme, method)
    return _Known(scheme)


def compare_standard(n: int) -> tuple[Predictability, ...]:
    """The rows of the standard comparison for two arms at 1:1 over `n` slots.

    For more than 12 slots only the procedures whose tables stay small; never one that cannot end at `n`, as those with
    a planned number cannot where it is odd.
    """
    schemes = STANDARD_COMPARISON if n <= _SHORT_LIST else _LONG_COMPARISON
    planned = (plan_slots(scheme, n) for scheme in schemes)
    return tuple(predict(scheme, n) for scheme in planned if not has_error(check_scheme(scheme)))


def label_scheme(scheme: Scheme) -> str:
    """The method's label with the settings as given, for a row heading: ``permuted blocks (block 4)``.

    Shows the block size: a heading for those who design, not for those who enrol.
    """
    label = method_of(scheme).label
    settings = ", ".join(f"{name} {_in_words(value)}" for name, value in scheme.settings)
    over = " by ".join(str(len(factor.levels)) for factor in scheme.factors)
    parts = [part for part in (settings, f"levels {over}" if over else "") if part]
    return f"{label} ({', '.join(parts)})" if parts else label


def _in_words(value: Setting) -> str:
    return " ".join(map(_in_words, value)) if isinstance(value, tuple) else str(value)


def _extend(chances: _Chances, ways: list[tuple[_Branch, tuple[_Way, ...]]]) -> tuple[_Branch, ...]:
    level: _Level = {}
    for longer in _list_longer(chances, ways):
        key = (longer.state, longer.counts)
        known = level.get(key)
        level[key] = replace(longer, probability=longer.probability + (known.probability if known else 0))
    return tuple(level.values())


def _list_longer(chances: _Chances, ways: list[tuple[_Branch, tuple[_Way, ...]]]) -> Iterator[_Branch]:
    for branch, found in ways:
        for way in found:
            for arm, chance in enumerate(way.chances):
                if chance:
                    history = (*branch.history, arm)
                    counts = (*branch.counts[:arm], branch.counts[arm] + 1, *branch.counts[arm + 1 :])
                    state = chances.state(history, way.people)
                    yield _Branch(state, history, way.people, counts, branch.probability * way.share * chance)


def _gather_imbalance(scheme: Scheme, branches: tuple[_Branch, ...]) -> tuple[tuple[Fraction, Fraction], ...]:
    found: dict[Fraction, Fraction] = {}
    for branch in branches:
        value = measure_imbalance(scheme, branch.counts)
        found[value] = found.get(value, Fraction(0)) + branch.probability
    return tuple(sorted(found.items()))


def measure_imbalance(scheme: Scheme, counts: tuple[int, ...]) -> Fraction:
    """The imbalance of the counts by arm, as `Predictability` defines it."""
    shares = [Fraction(count, share) for count, share in zip(counts, scheme.lowest_ratio(), strict=True)]
    return max(shares) - min(shares)


def _refuse_no_slots(n: int) -> None:
    if n < 1:
        message = f"the number of slots is {n}; expected 1 or more."
        raise InputError([error("allocation/slots", "n", message, "Give the number of participants to be allocated.")])


def _refuse_long(scheme: Scheme, n: int, taken: int, unit: str, most: int) -> None:
    if taken > most:
        message = f"an exact table of {n:,} slots of {scheme.method} takes more than {most:,} {unit}."
        raise InputError([error("allocation/enumeration", "n", message, "Ask for fewer slots.")])
