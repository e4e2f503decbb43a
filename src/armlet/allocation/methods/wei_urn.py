"""Wei's urn: a ball is drawn for each slot, put back, and balls of the other arm are added."""

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
    impossible_history,
    read_whole_number,
    refuse_errors,
    refuse_unknown_arms,
)
from armlet.issues import Issue, error, warning

_DEFAULT: Final = 1


class WeiUrn:
    """The urn UD(alpha, beta): after n slots, b of them of the second arm, the first arm has the probability
    (alpha + beta b) / (2 alpha + beta n).

    Two arms at 1:1 only. The urn begins with `alpha` balls of each arm; each draw adds `beta` balls of the arm that was
    not drawn. Both are whole numbers from 0 up, 1 where not given, and not both 0. An empty urn (alpha 0, first slot)
    is a fair coin; then the second slot is certain. The pull towards balance fades as the trial grows.
    """

    name = "wei_urn"
    label = "Wei's urn"
    source = (
        "Wei LJ. A class of designs for sequential clinical trials. "
        "Journal of the American Statistical Association 1977;72(358):382-386"
    )

    def check(self, scheme: Scheme) -> tuple[Issue, ...]:
        return check_two_equal(scheme) + check_settings_known(scheme, ("alpha", "beta")) + _check_balls(scheme)

    def next_probabilities(self, scheme: Scheme, history: Sequence[int]) -> tuple[Fraction, ...]:
        refuse_errors(self.check(scheme))
        refuse_unknown_arms(scheme, history)
        alpha, beta = _read_balls(scheme)
        if alpha == 0 and len(history) > 1 and history[0] == history[1]:
            raise impossible_history(scheme)
        second = sum(history)
        balls = alpha + beta * second, alpha + beta * (len(history) - second)
        if not any(balls):
            return Fraction(1, 2), Fraction(1, 2)
        return Fraction(balls[0], sum(balls)), Fraction(balls[1], sum(balls))

    def state(self, scheme: Scheme, history: Sequence[int]) -> Hashable:
        return sum(history)


def _read_balls(scheme: Scheme) -> tuple[int, int]:
    return read_whole_number(scheme, "alpha", _DEFAULT, least=0), read_whole_number(scheme, "beta", _DEFAULT, least=0)


def _check_balls(scheme: Scheme) -> tuple[Issue, ...]:
    unfit = tuple(issue for name in ("alpha", "beta") for issue in check_whole_number(scheme, name, _DEFAULT, least=0))
    if unfit:
        return unfit
    alpha, beta = _read_balls(scheme)
    if alpha == beta == 0:
        message = "alpha and beta are both 0: there is never a ball in the urn."
        return (error("allocation/setting", "allocation/settings/alpha", message, "Write alpha: 1 and beta: 1."),)
    if alpha == 0:
        message = "with an alpha of 0 the second slot is certain to who knows the first."
        return (warning("allocation/guessable", "allocation/settings/alpha", message, "Prefer an alpha of 1 or more."),)
    return ()


METHOD: Final[AllocationMethod] = WeiUrn()
