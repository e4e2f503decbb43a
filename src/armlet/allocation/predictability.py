"""How far a procedure can be guessed and how far out of balance it can end: exact, for any number of slots.

Every history counts with its exact chance. Histories that share the method's state and the counts of the arms are one
branch, because their future is the same; so a list of 200 slots takes thousands of branches, not 2**200. A method that
names no state is enumerated history by history, and refused where that would not end.

The observer is the worst case: knows the procedure, its settings and *all* past arms, and guesses the likeliest arm.
Under good blinding nobody is that observer; the figure bounds what selection could do.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from armlet.allocation.scheme import NextChances, Scheme, load_method
from armlet.errors import InputError
from armlet.issues import Issue, error

MOST_BRANCHES: Final = 100_000
"""How many branches one table may take in all: some seconds of work; our choice, not a law."""

STANDARD_COMPARISON: Final = (
    Scheme(("A", "B"), (1, 1), "complete"),
    Scheme(("A", "B"), (1, 1), "big_stick", (("limit", 3),)),
    Scheme(("A", "B"), (1, 1), "big_stick", (("limit", 2),)),
    Scheme(("A", "B"), (1, 1), "permuted_blocks", (("block", 4),)),
    Scheme(("A", "B"), (1, 1), "permuted_blocks", (("block", 2),)),
)
"""The procedures beside which a chosen one is shown, for two arms at 1:1, from least to most guessable at ten slots."""


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

    history: tuple[int, ...]
    counts: tuple[int, ...]
    probability: Fraction


_Level = dict[tuple[Hashable, tuple[int, ...]], _Branch]


def predict(scheme: Scheme, n: int, most_branches: int = MOST_BRANCHES) -> Predictability:
    """The exact figures for `n` slots, from 1 up.

    Raises InputError for a scheme with errors, for `n` below 1, and where the table would take too many branches.
    """
    _refuse_no_slots(n)
    chances = NextChances(scheme)
    branches: tuple[_Branch, ...] = (_Branch((), (0,) * len(scheme.arms), Fraction(1)),)
    guessed = certain = Fraction(0)
    taken = 0
    for _ in range(n):
        best = [(branch.probability, max(chances.after(branch.history))) for branch in branches]
        guessed += sum(probability * chance for probability, chance in best)
        certain += sum(probability for probability, chance in best if chance == 1)
        branches = _extend(chances, branches)
        taken += len(branches)
        if taken > most_branches:
            raise InputError([_too_many(scheme, n, most_branches)])
    return Predictability(label_scheme(scheme), n, guessed / n, certain / n, _gather_imbalance(scheme, branches))


def compare_standard(n: int) -> tuple[Predictability, ...]:
    """The rows of the standard comparison for two arms at 1:1 over `n` slots."""
    return tuple(predict(scheme, n) for scheme in STANDARD_COMPARISON)


def label_scheme(scheme: Scheme) -> str:
    """The method's label with the settings as given, for a row heading: ``permuted blocks (block 4)``.

    Shows the block size: a heading for those who design, not for those who enrol.
    """
    label = load_method(scheme.method).label
    settings = ", ".join(f"{name} {value}" for name, value in scheme.settings)
    return f"{label} ({settings})" if settings else label


def _extend(chances: NextChances, branches: tuple[_Branch, ...]) -> tuple[_Branch, ...]:
    level: _Level = {}
    for longer in _list_longer(chances, branches):
        key = (chances.state(longer.history), longer.counts)
        known = level[key].probability if key in level else 0
        level[key] = _Branch(longer.history, longer.counts, longer.probability + known)
    return tuple(level.values())


def _list_longer(chances: NextChances, branches: tuple[_Branch, ...]) -> Iterator[_Branch]:
    for branch in branches:
        for arm, chance in enumerate(chances.after(branch.history)):
            if chance:
                counts = (*branch.counts[:arm], branch.counts[arm] + 1, *branch.counts[arm + 1 :])
                yield _Branch((*branch.history, arm), counts, branch.probability * chance)


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


def _too_many(scheme: Scheme, n: int, most_branches: int) -> Issue:
    message = f"an exact table of {n:,} slots of {scheme.method} takes more than {most_branches:,} branches."
    return error("allocation/enumeration", "n", message, "Ask for fewer slots.")
