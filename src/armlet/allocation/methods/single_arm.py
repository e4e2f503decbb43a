"""One arm that everybody gets: no chance, the same path."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from typing import Final

from armlet.allocation.method import (
    AllocationMethod,
    Scheme,
    check_settings_known,
    check_shape,
    refuse_errors,
    refuse_unknown_arms,
)
from armlet.issues import Issue


class SingleArm:
    """Every slot gets the only arm, with probability 1. Takes one arm and no setting; the ratio says nothing."""

    name = "single_arm"
    label = "single arm"
    source = "no chance is involved"

    def check(self, scheme: Scheme) -> tuple[Issue, ...]:
        return check_shape(scheme, least=1, most=1) + check_settings_known(scheme, ())

    def next_probabilities(self, scheme: Scheme, history: Sequence[int]) -> tuple[Fraction, ...]:
        refuse_errors(self.check(scheme))
        refuse_unknown_arms(scheme, history)
        return (Fraction(1),)

    def state(self, scheme: Scheme, history: Sequence[int]) -> Hashable:
        return ()


METHOD: Final[AllocationMethod] = SingleArm()
