"""The tail of a beta distribution, bounded from both sides by exact fractions: no floating point decides that a trial stops.

With integer parameters the tail is a binomial sum and exact. Otherwise both incomplete integrals are series of positive
terms that share the factor ``x^a (1 - x)^b``, which falls out of their quotient; so each sum is rational, and its cut
tail is bounded by a geometric series (DLMF 8.17.22 is the continued fraction; the series is 8.17.7 after 15.8.1).
"""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import Final

_DIGITS: Final = (30, 60, 120)
"""How finely the sums are bounded; the next one is tried while a limit lies between the bounds."""


def exceeds(a: Fraction, b: Fraction, limit: Fraction, cut: Fraction) -> bool:
    """Whether P(p > limit) is above `cut` for p distributed as Beta(a, b). `limit` lies between 0 and 1.

    Where 120 digits do not tell the two apart they are taken to be equal, and then it is not above.
    """
    for digits in _DIGITS:
        least, most = tail_bounds(a, b, limit, digits)
        if least > cut:
            return True
        if most <= cut:
            return False
    return False


def tail_bounds(a: Fraction, b: Fraction, limit: Fraction, digits: int = 30) -> tuple[Fraction, Fraction]:
    """Two fractions that P(p > limit) lies between; they are the same where `a` and `b` are whole numbers."""
    if a.denominator == b.denominator == 1:
        n = a.numerator + b.numerator - 1
        exact = sum(
            (comb(n, k) * limit**k * (1 - limit) ** (n - k) for k in range(a.numerator)),
            start=Fraction(0),
        )
        return exact, exact
    below = [part / a for part in _series(a, b, limit, digits)]
    above = [part / b for part in _series(b, a, 1 - limit, digits)]
    return above[0] / (above[0] + below[1]), above[1] / (above[1] + below[0])


def _series(a: Fraction, b: Fraction, x: Fraction, digits: int) -> tuple[Fraction, Fraction]:
    """Bounds of the sum over k of (a + b)_k / (a + 1)_k x^k, in steps of 10^-digits."""
    scale = 10**digits
    least = most = low = high = scale
    k = 0
    while True:
        ratio = (a + b + k) / (a + 1 + k) * x
        low = low * ratio.numerator // ratio.denominator
        high = -(-high * ratio.numerator // ratio.denominator)
        k += 1
        largest = max((a + b + k) / (a + 1 + k) * x, x)  # no later ratio is larger: they run monotonely towards x
        if largest < 1 and high * largest < 4 * (1 - largest) * k:
            rest = high / (1 - largest)
            return Fraction(least + low, scale), (Fraction(most) + rest) / scale
        least, most = least + low, most + high
