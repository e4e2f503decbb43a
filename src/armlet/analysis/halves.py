"""How many lists of one urn are as extreme as the one seen, without a single list: two halves meet in the middle.

Where everybody is observed in an urn drawn to its end, the arm has the same number in every list, and a difference in
means is one sum over the arm. A list is a choice in the first half of the slots and one in the second, with numbers that
add up. Those of the first half are sorted once; for each of the second a search tells how many go beyond the one seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from armlet.allocation.scheme import Scheme, urns_of
from armlet.analysis.contrasts import Contrast
from armlet.analysis.randomisation import Lists, Tally
from armlet.analysis.sides import Sides
from armlet.analysis.transforms import Floats
from armlet.analysis.urn_sums import STRETCH, Counts, bit_sums, by_count

STEP = 4.0
"""How far apart the choices of different numbers stand; sums are scaled to lie within 1."""


@dataclass(frozen=True, slots=True)
class Halves:
    """Every choice in each half with its share of the statistic, scaled so that none is beyond `STEP` / 4.

    `first` is sorted, each number of the arm `STEP` above the one before and beginning at its place in `starts`.
    `partner` is the number that goes with each choice of `second`; `number` is that of all lists.
    """

    first: Floats
    second: Floats
    starts: Counts
    partner: Counts
    number: int
    unit: float
    noise: float

    def lists(self) -> Lists:
        """The reference set, which can be counted but not looked at."""
        return Lists.counted(self._count)

    def _count(self, tally: Tally) -> None:
        largest = self._largest()
        number, beyond = self.number, tally.least_tied(largest, self.noise)
        if tally.sides is Sides.LESS:
            extreme = self._at_most(-beyond)
        else:
            extreme = self._at_least(beyond)
            if tally.sides is Sides.TWO_SIDED:
                extreme = extreme + self._at_most(-beyond) if beyond > 0 else number
        tally.add_clear(extreme, 1 / number, largest)

    def _largest(self) -> float:
        shift = STEP * self.partner
        highest = self.first[self.starts[self.partner + 1] - 1] - shift + self.second
        lowest = self.first[self.starts[self.partner]] - shift + self.second
        return self.unit * max(float(highest.max()), -float(lowest.min()))

    def _at_least(self, value: float) -> int:
        found = np.searchsorted(self.first, self._sought(value))
        return int((self.starts[self.partner + 1] - found).sum())

    def _at_most(self, value: float) -> int:
        found = np.searchsorted(self.first, self._sought(value), side="right")
        return int((found - self.starts[self.partner]).sum())

    def _sought(self, value: float) -> Floats:
        """What the first half has to bring, among its choices of the partner's number."""
        needed = np.clip(value / self.unit - self.second, -0.4 * STEP, 0.4 * STEP)
        sought: Floats = needed + STEP * self.partner
        return sought


def halves_of(scheme: Scheme, contrast: Contrast, number: int, arm: int, keep: Sequence[int]) -> Halves | None:
    """The halves where everybody of one urn is observed and the contrast is a difference in means; None elsewhere.

    `keep` is the slot of each person, counted from 0.
    """
    urns = urns_of(scheme, number) if len(scheme.arms) == 2 and number <= 2 * STRETCH else None
    form = contrast.form
    if urns is None or len(urns) != 1 or sum(urns[0].holds) != number or len(keep) != number:
        return None
    if form is None or form.frames or form.is_t:
        return None
    mine = urns[0].holds[arm]
    values = np.empty((number, 1))
    values[list(keep), 0] = contrast.columns[:, 0] * (number / (mine * (number - mine)))
    unit = float(np.abs(values).sum())
    order, starts = by_count(number // 2)
    first = bit_sums(values[: number // 2] / unit)[0, order] + STEP * np.repeat(
        np.arange(starts.size - 1), np.diff(starts)
    )
    order, begins = by_count(number - number // 2)
    partner = mine - np.repeat(np.arange(begins.size - 1), np.diff(begins))
    fits = (partner >= 0) & (partner <= number // 2)
    second = bit_sums(values[number // 2 :] / unit)[0, order][fits]
    return Halves(np.sort(first), second, starts, partner[fits], math.comb(number, mine), unit, form.noise)
