"""The clear cases among drawn lists, counted in one pass without writing a statistic down: compiled where numba is there.

A draw is *clear* when its statistic lies so far above or below the one seen that rounding cannot matter. Portions with
any other draw are left to the plain path, which sees the same random numbers, so p is the same with numba and without.
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


Kernel = Callable[..., float]


@lru_cache(maxsize=1)
def load_kernel() -> Kernel | None:
    """`count_clear`, compiled and kept on the disk beside this file for the next process; None without numba."""
    try:
        from numba import njit
    except ImportError:
        return None
    try:
        compiled: Kernel = njit(cache=True, nogil=True)(count_clear)
    except RuntimeError:  # no folder that it may keep its code in
        compiled = njit(nogil=True)(count_clear)
    return compiled


def count_clear(
    uniform: Floats,
    start: int,
    sums: Floats,
    sizes: Floats,
    begins: Counts,
    ends: Counts,
    people: float,
    frames: int,
    is_t: bool,
    sides: float,
    above: float,
    below: float,
    extreme: Counts,
    unclear: Counts,
) -> float:
    """Counts draws by portion and answers the largest (squared) statistic; `uniform` has shape (portions, numbers, draws).

    One random number serves two stretches: the whole part of its product, then what that leaves. Written in scalars,
    because that is what a compiler makes fast.
    """
    portions, _, width = uniform.shape
    choices = sizes.shape[1]
    rows = np.empty(choices, dtype=np.int64)
    largest = 0.0
    run = 0
    for portion in range(portions):
        first, counted, doubted = start + portion * width, 0, 0
        place = 0
        while place < width:
            while ends[run] <= first + place:
                run += 1
            until = min(width, ends[run] - first)
            for draw in range(place, until):
                left_over = 0.0
                total, number = 0.0, 0.0
                for choice in range(choices):
                    if choice % 2 == 0:
                        left_over = uniform[portion, choice // 2, draw]
                    left_over *= sizes[run, choice]
                    whole = int(left_over)
                    left_over -= whole
                    row = whole + begins[run, choice]
                    rows[choice] = row
                    total += sums[row, 0]
                    number += sums[row, 1]
                left = number - number * number / people
                for frame in range(3, 3 + frames):
                    part = 0.0
                    for choice in range(choices):
                        part += sums[rows[choice], frame]
                    left -= part * part
                if not left > SPREAD * number:
                    doubted += 1
                    continue
                found = (total * abs(total) if is_t else total) / left
                size = abs(found)
                largest = max(largest, size)
                if sides != 0.0:
                    size = found * sides
                if size >= above:
                    counted += 1
                elif size >= below:
                    doubted += 1
            place = until
        extreme[portion], unclear[portion] = counted, doubted
    return largest
