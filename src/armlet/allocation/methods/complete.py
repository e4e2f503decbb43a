"""Complete randomisation: a simple coin, or a die weighted by the ratio, thrown anew for every slot."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from typing import Final

from armlet.allocation.method import (
    AllocationMethod,
    Scheme,
    Urn,
    check_settings_known,
    check_shape,
    refuse_errors,
    refuse_unknown_arms,
)
from armlet.issues import Issue


class Complete:
    """Each arm has its share of the ratio in every slot, whatever came before.

    Cannot be guessed, and nothing holds the balance: of ten slots at 1:1 the arms differ by 4 or more in a third of
    trials (11/32). Takes no setting.
    """

    name = "complete"
    label = "simple coin"
    source = "the binomial (multinomial) law; the baseline against which restricted procedures are judged"

    def check(self, scheme: Scheme) -> tuple[Issue, ...]:
        return check_shape(scheme, least=2) + check_settings_known(scheme, ())

    def next_probabilities(self, scheme: Scheme, history: Sequence[int]) -> tuple[Fraction, ...]:
        refuse_errors(self.check(scheme))
        refuse_unknown_arms(scheme, history)
        return tuple(Fraction(share, sum(scheme.ratio)) for share in scheme.ratio)

    def state(self, scheme: Scheme, history: Sequence[int]) -> Hashable:
        return ()

    def urns(self, scheme: Scheme, number: int) -> tuple[Urn, ...] | None:
        return tuple(Urn(scheme.lowest_ratio(), (slot,)) for slot in range(number))


METHOD: Final[AllocationMethod] = Complete()
