"""The random allocation rule: every list with exactly the planned numbers of each arm is equally likely."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from typing import Final

from armlet.allocation.method import (
    AllocationMethod,
    Scheme,
    Urn,
    check_planned,
    check_settings_known,
    check_shape,
    impossible_history,
    read_planned,
    refuse_errors,
    refuse_unknown_arms,
    used_up,
)
from armlet.issues import Issue, has_error


class RandomAllocation:
    """Draws without replacement from all planned slots: an arm's probability is its share of the slots that are left.

    Setting `n`: how many slots there are in all, a multiple of the ratio's sum in lowest terms. It has no default, and
    after `n` slots there is no next one. The balance is exact only at slot `n`: a trial that stops early can be far out
    of it. The last slots are certain to who knows the others.
    """

    name = "random_allocation"
    label = "random allocation rule"
    source = (
        "Lachin JM. Statistical properties of randomization in clinical trials. "
        "Controlled Clinical Trials 1988;9(4):289-311"
    )

    def check(self, scheme: Scheme) -> tuple[Issue, ...]:
        shape = check_shape(scheme, least=2)
        planned = () if has_error(shape) else check_planned(scheme)
        return shape + check_settings_known(scheme, ("n",)) + planned

    def next_probabilities(self, scheme: Scheme, history: Sequence[int]) -> tuple[Fraction, ...]:
        refuse_errors(self.check(scheme))
        refuse_unknown_arms(scheme, history)
        n = self.planned(scheme)
        left = tuple(share * n // sum(scheme.ratio) - history.count(arm) for arm, share in enumerate(scheme.ratio))
        if min(left) < 0:
            raise impossible_history(scheme)
        if not any(left):
            raise used_up(scheme, n)
        return tuple(Fraction(slots, sum(left)) for slots in left)

    def state(self, scheme: Scheme, history: Sequence[int]) -> Hashable:
        return tuple(map(history.count, range(len(scheme.arms))))

    def urns(self, scheme: Scheme, number: int) -> tuple[Urn, ...] | None:
        n = self.planned(scheme)
        if number > n:
            raise used_up(scheme, n)
        return (Urn(tuple(share * n // sum(scheme.ratio) for share in scheme.ratio), tuple(range(number))),)

    def planned(self, scheme: Scheme) -> int:
        return read_planned(scheme)


METHOD: Final[AllocationMethod] = RandomAllocation()
