"""Efron's biased coin: the arm behind is favoured by a fixed probability, however far it is behind."""

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
    find_lead,
    follow_lead,
    read_probability,
    refuse_errors,
    refuse_unknown_arms,
)
from armlet.issues import Issue, warning

_DEFAULT_P: Final = "2/3"


class Efron:
    """With D the lead of the first arm, its probability is 1/2 where D = 0, `p` where D < 0 and 1 - p where D > 0.

    Two arms at 1:1 only. Setting `p` (default 2/3), from 1/2 (a simple coin) to 1, as text: ``2/3`` or ``0.7``, read
    exactly. No slot is certain while p < 1, and no imbalance is impossible.
    """

    name = "efron"
    label = "Efron's biased coin"
    source = "Efron B. Forcing a sequential experiment to be balanced. Biometrika 1971;58(3):403-417"

    def check(self, scheme: Scheme) -> tuple[Issue, ...]:
        return check_two_equal(scheme) + check_settings_known(scheme, ("p",)) + _check_p(scheme)

    def next_probabilities(self, scheme: Scheme, history: Sequence[int]) -> tuple[Fraction, ...]:
        refuse_errors(self.check(scheme))
        refuse_unknown_arms(scheme, history)
        p = read_probability(scheme, "p", _DEFAULT_P)
        lead = follow_lead(scheme, history, 1 if p == 1 else len(history))
        if lead == 0:
            return Fraction(1, 2), Fraction(1, 2)
        return (1 - p, p) if lead > 0 else (p, 1 - p)

    def state(self, scheme: Scheme, history: Sequence[int]) -> Hashable:
        return find_lead(history)


def _check_p(scheme: Scheme) -> tuple[Issue, ...]:
    unfit = check_probability(scheme, "p", _DEFAULT_P)
    if unfit or read_probability(scheme, "p", _DEFAULT_P) < 1:
        return unfit
    message = "a p of 1 is the same as blocks of 2: who knows the past arms is certain of every second slot."
    return (warning("allocation/guessable", "allocation/settings/p", message, "Prefer 2/3."),)


METHOD: Final[AllocationMethod] = Efron()
