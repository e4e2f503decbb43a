"""Whether blinding held, from what people guessed: the index of James and the index of Bang.

Each is computed from one table of counts: who guessed which arm, or said that they did not know, by the arm that they
truly had. Ask participants, care providers and outcome assessors separately, once early and once at the end, always
before unblinding: the index of one role says nothing of another. A table of guesses by true arm is unblinded by nature.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

from scipy.special import ndtri

from armlet.analysis.estimates import Estimate, Interval, NotEstimable, Result
from armlet.errors import InputError
from armlet.issues import error

LEVEL: Final = 0.95
"""The nominal level of the intervals, which lean on a normal distribution and are rough for ten people."""


@dataclass(frozen=True, slots=True)
class Guesses:
    """What the people of one arm guessed: how many named their own arm, the other arm, or said "I do not know".

    Two arms; a guess at neither is "does not know". Raises InputError for a count below 0.
    """

    arm: str
    right: int
    wrong: int
    does_not_know: int

    def __post_init__(self) -> None:
        lowest = min(self.right, self.wrong, self.does_not_know)
        if lowest < 0:
            message = f"a count of guesses is {lowest}; expected 0 or more."
            raise InputError([error("blinding/guesses", self.arm, message, "Count the guess forms again.")])

    @property
    def people(self) -> int:
        """How many people of the arm answered."""
        return self.right + self.wrong + self.does_not_know


def bang_index(guesses: Guesses, label: str = "blinding index of Bang") -> Result:
    """How far the people of one arm guess right more often than wrong: 1 all right, 0 as by chance, -1 all wrong.

    "Does not know" counts as neither. Everybody in both arms naming the same arm gives 1 in it and -1 in the other:
    that is a bias of answering and no unblinding, so the two arms are read together. The interval is cut at -1 and 1.
    Source: Bang, Ni and Davis 2004 (Controlled Clinical Trials 25, 143-156).
    """
    n = guesses.people
    if n == 0:
        return NotEstimable(label, "bang", f"nobody of {guesses.arm} answered", {guesses.arm: 0})
    right, wrong = guesses.right / n, guesses.wrong / n
    variance = (right * (1 - right) + wrong * (1 - wrong) + 2 * right * wrong) / n
    estimand = f"share right minus share wrong among the guesses of {guesses.arm}"
    return _as_estimate(label, "bang", estimand, right - wrong, variance, (-1.0, 1.0), {guesses.arm: n})


def james_index(first: Guesses, second: Guesses, label: str = "blinding index of James") -> Result:
    """How well blinding held in both arms together: 1 nobody knows, 0.5 as by chance, 0 everybody guesses right.

    A wrong guess and "does not know" speak for blinding; everybody not knowing is 1 by definition. The variance is that
    of the delta method for one multinomial table. The interval is cut at 0 and 1.
    Source: James, Bloch, Lee, Kraemer and Fuller 1996 (Statistics in Medicine 15, 1421-1434), in the form of Bang 2004.
    """
    n = first.people + second.people
    used = {first.arm: first.people, second.arm: second.people}
    if first.people == 0 or second.people == 0:
        silent = first.arm if first.people == 0 else second.arm
        return NotEstimable(label, "james", f"nobody of {silent} answered", used)
    knowing = n - first.does_not_know - second.does_not_know
    estimand = "blinding kept, over both arms"
    if knowing == 0:
        return _as_estimate(label, "james", estimand, 1.0, 0.0, (0.0, 1.0), used)
    by_chance = _wrong_by_chance(first, second)
    if by_chance == 0:
        reason = "all who guessed had the same arm and named it, so chance alone cannot be told from knowledge"
        return NotEstimable(label, "james", reason, used)
    value, variance = _james(first, second, by_chance, knowing, n)
    return _as_estimate(label, "james", estimand, value, variance, (0.0, 1.0), used)


def _wrong_by_chance(first: Guesses, second: Guesses) -> float:
    """The wrong guesses if guesses and arms had nothing to do with each other, as a share of everybody squared."""
    n = first.people + second.people
    guess_first, guess_second = first.right + second.wrong, second.right + first.wrong
    return (guess_first * (second.right + second.wrong) + guess_second * (first.right + first.wrong)) / n**2


def _james(first: Guesses, second: Guesses, by_chance: float, knowing: int, n: int) -> tuple[float, float]:
    """The index and its variance. With m the share that guesses, w the share wrong and D = `by_chance`, the published
    formula comes down to 1 - m + w m**2 / (2 D); its derivative by each cell of the table gives the variance."""
    m, wrong = knowing / n, (first.wrong + second.wrong) / n
    of_first, of_second = (first.right + first.wrong) / n, (second.right + second.wrong) / n
    as_first, as_second = (first.right + second.wrong) / n, (second.right + first.wrong) / n
    half, slope = m**2 / (2 * by_chance), wrong * m**2 / (2 * by_chance**2)
    unsure = 1 - wrong * m / by_chance
    cells = (
        (first.right / n, -slope * (of_second + as_second)),
        (second.right / n, -slope * (of_first + as_first)),
        (first.wrong / n, half - slope * (of_first + as_second)),
        (second.wrong / n, half - slope * (of_second + as_first)),
        (1 - m, unsure),
    )
    mean = sum(share * change for share, change in cells)
    variance = (sum(share * change**2 for share, change in cells) - mean**2) / n
    return 1 - m + wrong * half, variance


def _as_estimate(
    label: str,
    method: str,
    estimand: str,
    value: float,
    variance: float,
    bounds: tuple[float, float],
    used: dict[str, int],
) -> Estimate:
    error_size = sqrt(max(variance, 0.0))
    reach = float(ndtri(0.5 + LEVEL / 2)) * error_size
    interval = Interval(max(bounds[0], value - reach), min(bounds[1], value + reach), LEVEL)
    warnings = ("the interval leans on a normal distribution; with so few people it is rough",)
    return Estimate(
        label=label,
        estimand=estimand,
        method=method,
        value=value,
        unit="1",
        interval=interval,
        p=None,
        n_used=used,
        warnings=warnings if sum(used.values()) < 30 else (),
        details=(("standard error", error_size),),
    )
