"""The clear cases among drawn lists, counted in one pass without writing a statistic down: compiled where numba is there.

A draw is *clear* when its statistic lies so far above or below the one seen that rounding cannot matter. Portions with
any other draw are left to the plain path, which sees the same random numbers, so p is the same with numba and without.

The tables of all stretches stand one below the other: `sums` of the values and of each covariate, `numbers` of people.
Draws come in runs that stop at `ends` (of all draws; those in hand begin at `start`); run r takes of stretch c one of
`sizes[r, c]` rows from `begins[r, c]` on, and stretches come in pairs. Where everybody was observed the people of the arm
are `fixed[r]` in each draw of a run, and `numbers` is empty. Scalars, and tables of few bytes, are what a compiler and
a cache make fast.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from armlet.analysis.transforms import Floats

Counts = npt.NDArray[np.int64]

SPREAD = 0.01
"""Share of the arm's number that has to be left beside the covariates: below it noise may grow, and the draw is unclear."""


MANY = 500_000
"""Draws from which on the compiled pass is used: loading it takes longer than fewer draws do without."""

BLOCK = 2**9
"""Draws whose rows are found before any is fetched."""

Runs = tuple[Floats, Floats, Counts, Counts]
"""`fixed`, `sizes`, `begins` and `ends`, as above."""

Cut = tuple[float, bool, float, float, float]
"""The people in both arms, whether the statistic is a t, 0 for two sides or the sign of the one, and from where on (and
below what) a statistic is clear; of a t the squares."""

Kernel = Callable[..., tuple[int, int, float]]


@lru_cache(maxsize=1)
def load_kernel() -> Kernel | None:
    """`count_clear`, compiled and kept on the disk beside this file for the next process; None without numba."""
    try:
        from numba import njit
    except ImportError:
        return None
    try:
        compiled: Kernel = njit(cache=True, nogil=True, error_model="numpy")(count_clear)
    except RuntimeError:  # no folder that it may keep its code in
        compiled = njit(nogil=True, error_model="numpy")(count_clear)
    return compiled


def count_clear(
    uniform: Floats,
    start: int,
    sums: Floats,
    numbers: npt.NDArray[np.uint16],
    runs: Runs,
    cut: Cut,
) -> tuple[int, int, float]:
    """How many draws are clearly extreme, how many unclear, and the largest statistic (squared if `is_t`).

    `uniform` has shape (pairs of stretches, draws): one number serves both, by the whole part of its product and by
    the rest.
    """
    fixed, sizes, begins, ends = runs
    people, is_t, sides, above, below = cut
    draws, choices, frames = uniform.shape[1], sizes.shape[1], sums.shape[1] - 1
    rows = np.empty((choices, BLOCK), dtype=np.uint32)
    total, number, part, left = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    counted, unclear, largest = 0, 0, 0.0
    place, run = 0, np.searchsorted(ends, start, side="right")
    while place < draws:
        while ends[run] <= start + place:
            run += 1
        block = min(draws - place, ends[run] - start - place, BLOCK)
        total[:block], part[:block], number[:block] = 0.0, 0.0, fixed[run]
        for choice in range(0, choices, 2):
            size, other_size = sizes[run, choice], sizes[run, choice + 1]
            begin, other_begin = begins[run, choice], begins[run, choice + 1]
            for draw in range(block):
                chance = uniform[choice // 2, place + draw] * size
                whole = int(chance)
                row, other = whole + begin, int((chance - whole) * other_size) + other_begin
                total[draw] += sums[row, 0] + sums[other, 0]
                if frames > 0:
                    part[draw] += sums[row, 1] + sums[other, 1]
                rows[choice, draw], rows[choice + 1, draw] = row, other
        if numbers.size:
            for choice in range(choices):
                for draw in range(block):
                    number[draw] += numbers[rows[choice, draw]]
        for draw in range(block):
            left[draw] = number[draw] - number[draw] * number[draw] / people - part[draw] * part[draw]
        for frame in range(2, 1 + frames):
            part[:block] = 0.0
            for choice in range(choices):
                for draw in range(block):
                    part[draw] += sums[rows[choice, draw], frame]
            for draw in range(block):
                left[draw] -= part[draw] * part[draw]
        for draw in range(block):
            is_spread = left[draw] > SPREAD * number[draw]
            found = (total[draw] * abs(total[draw]) if is_t else total[draw]) / (left[draw] if is_spread else 1.0)
            found = found if is_spread else 0.0
            largest = abs(found) if abs(found) > largest else largest
            found = abs(found) if sides == 0.0 else found * sides
            counted += is_spread and found >= above
            unclear += not is_spread or below <= found < above
        place += block
    return counted, unclear, largest
