"""The maximal procedure: every list that never passes the limit and ends in balance is equally likely."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Final

from armlet.allocation.method import (
    AllocationMethod,
    Scheme,
    check_planned,
    check_settings_known,
    check_two_equal,
    check_whole_number,
    find_lead,
    follow_lead,
    impossible_history,
    read_planned,
    read_whole_number,
    refuse_errors,
    refuse_unknown_arms,
    used_up,
)
from armlet.issues import Issue, error, has_error, warning

_DEFAULT_LIMIT: Final = 2
_MOST_COUNTS: Final = 200_000
"""How many numbers of lists are kept in memory for one scheme (slots times limit): our choice, not a law."""

_Ways = tuple[tuple[int, ...], ...]


class Maximal:
    """Uniform over the lists of `n` slots of two arms with lead |D| <= limit throughout and D = 0 at the end.

    Two arms at 1:1 only. An arm's probability is the share of the lists still possible that go on with it. Settings
    `limit` (default 2), the largest lead ever, and `n`, how many slots there are in all: even, without a default;
    after `n` slots there is no next one. Of the procedures with this limit and a balanced end none has more lists;
    towards the end its slots are the easier to guess. A limit of n/2 or more gives the random allocation rule.
    """

    name = "maximal"
    label = "maximal procedure"
    source = (
        "Berger VW, Ivanova A, Knoll MD. Minimizing predictability while retaining balance through the use of less "
        "restrictive randomization procedures. Statistics in Medicine 2003;22(19):3017-3028"
    )

    def check(self, scheme: Scheme) -> tuple[Issue, ...]:
        shape = check_two_equal(scheme)
        settings = _check_limit(scheme) + (() if has_error(shape) else check_planned(scheme))
        size = () if has_error(shape + settings) else _check_size(scheme)
        return shape + check_settings_known(scheme, ("limit", "n")) + settings + size

    def next_probabilities(self, scheme: Scheme, history: Sequence[int]) -> tuple[Fraction, ...]:
        refuse_errors(self.check(scheme))
        refuse_unknown_arms(scheme, history)
        n, limit = self.planned(scheme), _read_limit(scheme)
        lead, left = follow_lead(scheme, history, limit), n - len(history)
        if left < 0 or abs(lead) > left:
            raise impossible_history(scheme)
        if left == 0:
            raise used_up(scheme, n)
        ways = _count_ways(limit, n)
        first = ways[left - 1][abs(lead + 1)] if abs(lead + 1) <= limit else 0
        share = Fraction(first, ways[left][abs(lead)])
        return share, 1 - share

    def state(self, scheme: Scheme, history: Sequence[int]) -> Hashable:
        return find_lead(history)

    def planned(self, scheme: Scheme) -> int:
        return read_planned(scheme)


@lru_cache(maxsize=4)
def _count_ways(limit: int, n: int) -> _Ways:
    """By the slots left (0 to n) and the lead's size (0 to limit): how many ways there are to end in balance."""
    table = [(1, *(0,) * limit)]
    for _ in range(n):
        before = (*table[-1], 0)
        table.append(tuple(before[lead + 1] + before[abs(lead - 1)] for lead in range(limit + 1)))
    return tuple(table)


def _read_limit(scheme: Scheme) -> int:
    """The limit; no lead beyond half of the slots can come back to balance, so a larger limit is that half."""
    return min(read_whole_number(scheme, "limit", _DEFAULT_LIMIT), read_planned(scheme) // 2)


def _check_limit(scheme: Scheme) -> tuple[Issue, ...]:
    unfit = check_whole_number(scheme, "limit", _DEFAULT_LIMIT)
    if unfit or read_whole_number(scheme, "limit", _DEFAULT_LIMIT) > 1:
        return unfit
    message = "a limit of 1 is the same as blocks of 2: who knows the past arms is certain of every second slot."
    return (warning("allocation/guessable", "allocation/settings/limit", message, "Prefer a limit of 2 or 3."),)


def _check_size(scheme: Scheme) -> tuple[Issue, ...]:
    n, limit = read_planned(scheme), _read_limit(scheme)
    if n * limit <= _MOST_COUNTS:
        return ()
    message = f"{n:,} slots with a limit of {limit:,} are more than can be counted here ({_MOST_COUNTS:,} together)."
    fix = "Plan fewer slots or a smaller limit; without a limit it is random_allocation."
    return (error("allocation/enumeration", "allocation/settings/n", message, fix),)


METHOD: Final[AllocationMethod] = Maximal()
