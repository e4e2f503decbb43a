"""The clear cases among drawn lists, counted in one pass without writing a statistic down: compiled where numba is there.

A draw is *clear* when its statistic lies so far above or below the one seen that rounding cannot matter. Portions with
any other draw are left to the plain path, which sees the same random numbers, so p is the same with numba and without.

The tables of all stretches stand one below the other in `table`, two sums a word: whole numbers of 31 bits, each times its
of `units`, so that one fetch and one addition serve two. The first sum is that of the values; those of the frame follow,
and last the people, unless everybody was observed: then they are `fixed[r]` in each draw of run r. Draws come in runs
that stop at `ends` (of all draws; those in hand begin at `start`); run r takes of stretch c one of `sizes[r, c]` rows from
`begins[r, c]` on, and stretches come in pairs. Scalars, and tables of few bytes, are what a compiler and a cache make fast.
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

HALF, LOWER = 2**31, 2**32 - 1
"""The lower sum of a word is from -HALF to HALF; LOWER are its bits."""

Runs = tuple[Floats, Floats, Counts, Counts]
"""`fixed` (empty where people are counted), `sizes`, `begins` and `ends`, as above."""

Cut = tuple[float, int, bool, float, float, float]
"""The people in both arms, how many sums the frame has, whether the statistic is a t, 0 for two sides or the sign of the
one, and from where on (and below what) a statistic is clear; of a t the squares."""

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
    uniform: Floats, start: int, table: Counts, units: Floats, runs: Runs, cut: Cut
) -> tuple[int, int, float]:
    """How many draws are clearly extreme, how many unclear, and the largest statistic (squared if `is_t`).

    `uniform` has shape (pairs of stretches, draws): one number serves both, by the whole part of its product and by
    the rest.
    """
    fixed, sizes, begins, ends = runs
    people, frames, is_t, sides, above, below = cut
    draws, choices, words = uniform.shape[1], sizes.shape[1], table.shape[1]
    rows, both = np.empty((choices, BLOCK), dtype=np.uint32), np.empty(BLOCK, dtype=np.int64)
    sums, left, number = np.empty((2 * words, BLOCK)), np.empty(BLOCK), np.empty(BLOCK)
    counted, unclear, largest = 0, 0, 0.0
    place, run = 0, np.searchsorted(ends, start, side="right")
    while place < draws:
        while ends[run] <= start + place:
            run += 1
        block = min(draws - place, ends[run] - start - place, BLOCK)
        both[:block] = 0
        for choice in range(0, choices, 2):
            size, other_size = sizes[run, choice], sizes[run, choice + 1]
            begin, other_begin = begins[run, choice], begins[run, choice + 1]
            for draw in range(block):
                chance = uniform[choice // 2, place + draw] * size
                whole = int(chance)
                row, other = whole + begin, int((chance - whole) * other_size) + other_begin
                both[draw] += table[row, 0] + table[other, 0]
                if words > 1:
                    rows[choice, draw], rows[choice + 1, draw] = row, other
        for word in range(words):
            if word:
                both[:block] = 0
                for choice in range(choices):
                    for draw in range(block):
                        both[draw] += table[rows[choice, draw], word]
            for draw in range(block):
                low = ((both[draw] + HALF) & LOWER) - HALF
                sums[2 * word, draw] = ((both[draw] - low) >> 32) * units[2 * word]
                sums[2 * word + 1, draw] = low * units[2 * word + 1]
        for draw in range(block):
            number[draw] = fixed[run] if fixed.size else sums[1 + frames, draw]
            left[draw] = number[draw] - number[draw] * number[draw] / people
        for frame in range(1, 1 + frames):
            for draw in range(block):
                left[draw] -= sums[frame, draw] * sums[frame, draw]
        for draw in range(block):
            total = sums[0, draw]
            is_spread = left[draw] > SPREAD * number[draw]
            found = (total * abs(total) if is_t else total) / (left[draw] if is_spread else 1.0)
            found = found if is_spread else 0.0
            largest = abs(found) if abs(found) > largest else largest
            found = abs(found) if sides == 0.0 else found * sides
            counted += is_spread and found >= above
            unclear += not is_spread or below <= found < above
        place += block
    return counted, unclear, largest
