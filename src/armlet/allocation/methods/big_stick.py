"""The big stick: a fair coin until one arm leads by the limit, then the other arm for certain."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from typing import Final

from armlet.allocation.method import (
    AllocationMethod,
    Scheme,
    check_settings_known,
    check_two_equal,
    check_whole_number,
    find_lead,
    follow_lead,
    read_whole_number,
    refuse_errors,
    refuse_unknown_arms,
)
from armlet.issues import Issue, warning

_DEFAULT_LIMIT: Final = 2


class BigStick:
    """With D the lead of the first arm: 1/2 each while |D| < limit; at the limit the arm behind has probability 1.

    Two arms at 1:1 only. Setting `limit` (default 2): the largest lead ever, which is then also the largest imbalance
    at whatever slot the trial stops. A slot is certain only at the limit.
    """

    name = "big_stick"
    label = "big stick"
    source = (
        "Soares JF, Wu CFJ. Some restricted randomization rules in sequential designs. "
        "Communications in Statistics - Theory and Methods 1983;12(17):2017-2034"
    )

    def check(self, scheme: Scheme) -> tuple[Issue, ...]:
        return check_two_equal(scheme) + check_settings_known(scheme, ("limit",)) + _check_limit(scheme)

    def next_probabilities(self, scheme: Scheme, history: Sequence[int]) -> tuple[Fraction, ...]:
        refuse_errors(self.check(scheme))
        refuse_unknown_arms(scheme, history)
        limit = read_whole_number(scheme, "limit", _DEFAULT_LIMIT)
        lead = follow_lead(scheme, history, limit)
        if abs(lead) < limit:
            return Fraction(1, 2), Fraction(1, 2)
        return (Fraction(0), Fraction(1)) if lead > 0 else (Fraction(1), Fraction(0))

    def state(self, scheme: Scheme, history: Sequence[int]) -> Hashable:
        return find_lead(history)


def _check_limit(scheme: Scheme) -> tuple[Issue, ...]:
    unfit = check_whole_number(scheme, "limit", _DEFAULT_LIMIT)
    if unfit or read_whole_number(scheme, "limit", _DEFAULT_LIMIT) > 1:
        return unfit
    message = "a limit of 1 is the same as blocks of 2: who knows the past arms is certain of every second slot."
    return (warning("allocation/guessable", "allocation/settings/limit", message, "Prefer a limit of 2 or 3."),)


METHOD: Final[AllocationMethod] = BigStick()
