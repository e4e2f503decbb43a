"""The stream of draws: a seed and a counter give a number that any language can compute again, now or in thirty years.

Draw k (k = 0, 1, 2 …) of a seed of 32 bytes is the SHA-256 (FIPS 180-4) of 65 bytes::

    25 bytes   the ASCII letters  armlet/allocation/draw/v1
    32 bytes   the seed
     8 bytes   k, unsigned, most significant byte first

The 32 bytes of the digest, read as one unsigned number with the most significant byte first and divided by 2**256, are
the number u, 0 <= u < 1, kept as an exact fraction. The arm is the first one, in the protocol's order, whose
cumulative probability is greater than u. Every slot takes one draw, also where its arm is certain, so that k is the
number of slots used before in the list that the seed belongs to. No generator state is kept: any draw is checked
without the others.

Where each stratum has a list of its own, the seed of that list is the SHA-256 of::

    28 bytes   the ASCII letters  armlet/allocation/stratum/v1
    32 bytes   the seed of the trial
               the canonical JSON, in UTF-8, of the list of [factor, level] pairs by name, in the order of the factors

so that a stratum's list does not depend on who came to the others, and can be sealed before anybody comes at all.
Minimisation has no lists beforehand: its draws are those of the trial's own seed, with k counted over everybody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Final

from armlet.allocation.method import Levels
from armlet.allocation.scheme import Scheme, method_of
from armlet.allocation.strata import Stratified, arms_by_stratum
from armlet.document import canonical_json
from armlet.errors import InputError
from armlet.issues import Issue, error

DOMAIN_TAG: Final = b"armlet/allocation/draw/v1"
STRATUM_TAG: Final = b"armlet/allocation/stratum/v1"
SEED_BYTES: Final = 32
_COUNTER_BYTES: Final = 8
_DENOMINATOR: Final = 2**256


@dataclass(frozen=True, slots=True, repr=False)
class Draw:
    """One draw as the vault keeps it: the arm's position, u times 2**256 in 64 hexadecimal digits, and the chances.

    Prints as "not shown", since it says who gets what.
    """

    arm: int
    u_numerator: str
    probabilities: tuple[Fraction, ...]

    def __repr__(self) -> str:
        return "Draw(not shown)"


def digest_draw(seed: bytes, counter: int) -> bytes:
    """The 32 bytes of draw number `counter`. Raises InputError, never showing the seed, where an argument is unfit."""
    issues = (*_check_seed(seed), *_check_counter(counter))
    if issues:
        raise InputError(issues)
    return hashlib.sha256(DOMAIN_TAG + seed + counter.to_bytes(_COUNTER_BYTES, "big")).digest()


def uniform(seed: bytes, counter: int) -> Fraction:
    """The number u of that draw: exact, at least 0 and less than 1."""
    return Fraction(int.from_bytes(digest_draw(seed, counter), "big"), _DENOMINATOR)


def draw_arm(scheme: Scheme, history: Sequence[int], seed: bytes, counter: int) -> Draw:
    """The draw for the slot after the history. Writes nothing and can be repeated: the caller uses each counter once.

    Raises InputError for a scheme with errors, a history that it cannot produce, or an unfit seed or counter.
    """
    return draw_among(method_of(scheme).next_probabilities(scheme, history), seed, counter)


def draw_next(scheme: Scheme, history: Sequence[int], seed: bytes) -> Draw:
    """The draw for the slot after the history, from the trial's seed: by the list that this slot belongs to.

    Raises InputError as `draw_arm` does, and where the levels of whoever is next are not known.
    """
    return draw_arm(scheme, history, *find_list(scheme, history, seed))


def find_list(scheme: Scheme, history: Sequence[int], seed: bytes) -> tuple[bytes, int]:
    """The seed of the list that the slot after the history belongs to, and how many of its slots were used before."""
    if not isinstance(method_of(scheme), Stratified):
        return seed, len(history)
    levels = scheme.next_levels(history)
    return stratum_seed(scheme, levels, seed), len(arms_by_stratum(scheme, history).get(levels, ()))


def stratum_seed(scheme: Scheme, levels: Levels, seed: bytes) -> bytes:
    """The 32 bytes that the list of a stratum is drawn from. Raises InputError for a seed of another length."""
    issues = _check_seed(seed)
    if issues:
        raise InputError(issues)
    names = [[factor.name, factor.levels[level]] for factor, level in zip(scheme.factors, levels, strict=True)]
    return hashlib.sha256(STRATUM_TAG + seed + canonical_json(names)).digest()


def draw_among(probabilities: tuple[Fraction, ...], seed: bytes, counter: int) -> Draw:
    """The draw for chances already known: for those who draw many lists and ask the method once."""
    digest = digest_draw(seed, counter)
    u = Fraction(int.from_bytes(digest, "big"), _DENOMINATOR)
    return Draw(pick_arm(probabilities, u), digest.hex(), probabilities)


def pick_arm(probabilities: Sequence[Fraction], u: Fraction) -> int:
    """The first arm whose cumulative probability is greater than `u`; so never an arm of probability 0.

    `u` is at least 0 and less than 1, and the probabilities sum to 1; raises ValueError where they leave `u` uncovered.
    """
    for arm, reached in enumerate(accumulate(probabilities)):
        if u < reached:
            return arm
    raise ValueError("the probabilities do not sum to 1, or u is not below 1")


def replay(recorded: Draw, scheme: Scheme, history: Sequence[int], seed: bytes, counter: int) -> bool:
    """Whether the recorded draw is, in arm, number and chances, the one that seed, counter and history give.

    Raises InputError where they give none at all.
    """
    return recorded == draw_arm(scheme, history, seed, counter)


def _check_seed(seed: bytes) -> tuple[Issue, ...]:
    if len(seed) == SEED_BYTES:
        return ()
    message = f"the seed has {len(seed)} bytes; expected {SEED_BYTES}."
    return (error("allocation/seed", "seed", message, "Give the 32 bytes that were drawn for this list."),)


def _check_counter(counter: int) -> tuple[Issue, ...]:
    if 0 <= counter < 2 ** (8 * _COUNTER_BYTES):
        return ()
    message = f"the counter is {counter}; expected a whole number from 0 to 2**64 - 1."
    return (error("allocation/counter", "counter", message, "Give the number of slots used before in this list."),)
