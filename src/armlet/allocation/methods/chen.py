"""Chen's biased coin with a limit: Efron's coin until one arm leads by the limit, then the other arm for certain."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from typing import Final

from armlet.allocation.method import (
    AllocationMethod,
    Scheme,
    check_probability,
    check_settings_known,
    check_two_equal,
    check_whole_number,
    find_lead,
    follow_lead,
    read_probability,
    read_whole_number,
    refuse_errors,
    refuse_unknown_arms,
)
from armlet.issues import Issue, warning

_DEFAULT_P: Final = "2/3"
_DEFAULT_LIMIT: Final = 2


class Chen:
    """With D the lead of the first arm: 1/2 each where D = 0; the arm behind has `p` while |D| < limit, 1 at it.

    Two arms at 1:1 only. Settings `p` (default 2/3), from 1/2 (a big stick) to 1, as text: ``2/3`` or ``0.7``, read
    exactly; and `limit` (default 2), the largest lead ever. A slot is certain only at the limit while p < 1.
    """

    name = "chen"
    label = "Chen's biased coin"
    source = (
        "Chen YP. Biased coin design with imbalance tolerance. "
        "Communications in Statistics. Stochastic Models 1999;15(5):953-975"
    )

    def check(self, scheme: Scheme) -> tuple[Issue, ...]:
        return check_two_equal(scheme) + check_settings_known(scheme, ("limit", "p")) + _check_settings(scheme)

    def next_probabilities(self, scheme: Scheme, history: Sequence[int]) -> tuple[Fraction, ...]:
        refuse_errors(self.check(scheme))
        refuse_unknown_arms(scheme, history)
        p = read_probability(scheme, "p", _DEFAULT_P)
        limit = 1 if p == 1 else read_whole_number(scheme, "limit", _DEFAULT_LIMIT)
        lead = follow_lead(scheme, history, limit)
        if lead == 0:
            return Fraction(1, 2), Fraction(1, 2)
        behind = p if abs(lead) < limit else Fraction(1)
        return (1 - behind, behind) if lead > 0 else (behind, 1 - behind)

    def state(self, scheme: Scheme, history: Sequence[int]) -> Hashable:
        return find_lead(history)


def _check_settings(scheme: Scheme) -> tuple[Issue, ...]:
    unfit = check_whole_number(scheme, "limit", _DEFAULT_LIMIT) + check_probability(scheme, "p", _DEFAULT_P)
    if unfit:
        return unfit
    forced = {
        "limit": read_whole_number(scheme, "limit", _DEFAULT_LIMIT) == 1,
        "p": read_probability(scheme, "p", _DEFAULT_P) == 1,
    }
    return tuple(_warn_of_one(name) for name, is_one in forced.items() if is_one)


def _warn_of_one(name: str) -> Issue:
    message = f"a {name} of 1 is the same as blocks of 2: who knows the past arms is certain of every second slot."
    return warning(
        "allocation/guessable", f"allocation/settings/{name}", message, "Prefer a p of 2/3 and a limit of 3."
    )


METHOD: Final[AllocationMethod] = Chen()
