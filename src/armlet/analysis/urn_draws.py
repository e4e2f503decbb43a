"""The statistics of millions of drawn lists of independent urns, from tables of sums (`urn_sums`), without a single list.

A draw takes one row of each stretch's table and adds them up. Where an urn is larger than a table, how many of the arm
fall into each stretch is drawn first, then one of the equally likely ways. Draws come in streams, each with its own
source of chance, so that processors look at streams beside each other and the result does not hang on how many there are.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt

from armlet.analysis.contrasts import Contrast, Form, joined
from armlet.analysis.fused import MANY, SPREAD, Cut, Runs, load_kernel
from armlet.analysis.randomisation import PILOT, PORTION, Lists, Portion, Statistics, Tally
from armlet.analysis.sides import Sides
from armlet.analysis.transforms import Floats
from armlet.analysis.urn_sums import Counts, Part, Shared, Ways

STREAM = 2**16
"""Draws of one source of chance."""

FINEST = 2**30
"""The units that a sum of the quick count can have."""


def drawn_statistics(
    parts: tuple[Part, ...], contrast: Contrast, observed: Statistics, draws: int, seed: int, *, limits: bool = True
) -> Lists:
    """The statistic seen, and those of `draws` lists, each drawn as the scheme would; the seed decides which.

    Lists are independent of each other but come in an order: shares of an urn stand together. All weigh
    1 / (draws + 1), so that p is (b + 1) / (m + 1). Without `limits` there is no pilot to look for them.
    """
    weight = np.array([1 / (draws + 1)])
    root = np.random.SeedSequence(seed)

    def portions() -> Iterator[Portion]:
        yield observed, weight
        for sums in _drawn(parts, draws, root):
            yield contrast.judge(np.ascontiguousarray(sums.T)), weight

    def count(tally: Tally) -> None:
        tally.add(observed, weight)
        _count(parts, draws, root, contrast, tally)

    pays = draws >= MANY and contrast.form is not None and all(_is_even(part) for part in parts)
    quick = count if pays and load_kernel() else None
    if draws < 4 * PILOT or not limits:
        return Lists(portions, count=quick)
    first = np.random.SeedSequence(seed, spawn_key=(PILOT,))
    return Lists(
        portions,
        (joined([contrast.judge(np.ascontiguousarray(sums.T)) for sums in _drawn(parts, PILOT, first)]), weight),
        quick,
    )


def _generator(root: np.random.SeedSequence, *places: int) -> np.random.Generator:
    """The source of chance of one place: 0 for the shares, (1, n) for the n-th `STREAM` of draws."""
    own = np.random.SeedSequence(root.entropy, spawn_key=(*root.spawn_key, *places))
    return np.random.Generator(np.random.SFC64(own))


def _drawn(parts: tuple[Part, ...], draws: int, root: np.random.SeedSequence) -> Iterator[Floats]:
    """The sums of lists, shape (lists, sums), in portions; the next overwrites the last.

    One random number of 53 bits serves two tables: its whole part chooses a row of the first, of at most 2 to the 15,
    and what is left of it, 38 bits or more, a row of the second.
    """
    choices = _all_choices(parts, draws, root)
    chance = _generator(root, 1, 0)
    tables = [np.column_stack(list(choice.sums)) for choice in choices]
    width = tables[0].shape[1]
    total, added, uniform = np.empty((PORTION, width)), np.empty((PORTION, width)), np.empty(PORTION)
    for start in range(0, draws, PORTION):
        if start and start % STREAM == 0:
            chance = _generator(root, 1, start // STREAM)
        size = min(PORTION, draws - start)
        left = uniform[:size]
        for place, choice in enumerate(choices):
            if place % 2 == 0 or choice.reached is not None or choices[place - 1].reached is not None:
                chance.random(out=left)
            rows = choice.rows(left, start)
            into = added if place else total
            tables[place].take(rows, axis=0, out=into[:size], mode="clip")
            if place:
                total[:size] += added[:size]
        yield total[:size]


def _is_even(part: Part) -> bool:
    """Whether ways are found by a multiplication, none by a search."""
    return isinstance(part, Shared) or part.chance is None


def _is_fixed(part: Part) -> bool:
    """Whether all ways that fulfil one share have the same number of people: where a person was observed in each slot."""
    if isinstance(part, Ways):
        return bool(np.ptp(part.sums[1]) == 0)
    # the last way takes every slot
    return all(table[1, -1] == len(starts) - 2 for table, starts in zip(part.sums, part.starts, strict=True))


def _count(parts: tuple[Part, ...], draws: int, root: np.random.SeedSequence, contrast: Contrast, tally: Tally) -> None:
    """The lists of `_drawn`, from the same random numbers, into the tally: streams beside each other on all processors.

    Only portions with a doubtful list are written down; p is the same however many processors there are.
    """
    kernel, form = load_kernel(), contrast.form
    assert kernel is not None
    assert form is not None
    choices, is_fixed = _all_choices(parts, draws, root), all(_is_fixed(part) for part in parts)
    used = (0, *range(3, 3 + form.frames), *(() if is_fixed else (1,)))
    (table, units), runs = _packed(choices, used), _runs(choices, is_fixed)
    least = max(1.0, float(runs[0].min())) if is_fixed else 1.0
    cut = _cut(form, tally, len(choices) / 2 * units[: 1 + form.frames], least)
    weight = np.array([1 / (draws + 1)])

    def counted(stream: int) -> list[tuple[int, float] | Statistics]:
        """Of each portion how many are clearly extreme and the largest, or its statistics where one is doubtful."""
        chance, first = _generator(root, 1, stream), stream * STREAM
        uniform = np.empty((-(-len(choices) // 2), PORTION))
        found: list[tuple[int, float] | Statistics] = []
        for start in range(first, min(first + STREAM, draws), PORTION):
            if draws - start < PORTION:
                uniform = np.empty((len(uniform), draws - start))
            chance.random(out=uniform)
            extreme, unclear, largest = kernel(uniform, start, table, units, runs, cut)
            found.append(contrast.judge(_added(choices, uniform, start)) if unclear else (extreme, largest))
        return found

    with ThreadPoolExecutor(_processors()) as pool:
        for portion in chain.from_iterable(pool.map(counted, range(-(-draws // STREAM)))):
            if isinstance(portion, Statistics):
                tally.add(portion, weight)
            else:
                extreme, largest = portion
                tally.add_clear(extreme, float(weight[0]), math.sqrt(largest) if form.is_t else largest)


def _processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _packed(choices: list[_Choice], used: Sequence[int]) -> tuple[Counts, Floats]:
    """All choices' tables one below the other, a row of nothing last, two of the used sums a word; and the sums' units.

    A sum is at most `FINEST` units, whichever rows are added up; people are counted in ones.
    """
    bounds = [
        float(sum(max(own[place].max(), -own[place].min()) for own in (one.sums for one in choices))) for place in used
    ]
    units = [1.0 if place == 1 or not bound else bound / FINEST for place, bound in zip(used, bounds, strict=True)]
    ends = np.cumsum([0, *(choice.sums.shape[1] for choice in choices)]).tolist()
    table = np.empty((ends[-1] + 1, -(-len(used) // 2)), dtype=np.int64)
    for choice, (start, end) in zip(choices, pairwise(ends), strict=True):
        for column, (place, unit) in enumerate(zip(used, units, strict=True)):
            whole = np.rint(choice.sums[place] / unit).astype(np.int64)
            if column % 2:
                table[start:end, column // 2] += whole
            else:
                table[start:end, column // 2] = whole * 2**32
    table[-1] = 0
    return table, np.array([*units, *(1.0 for _ in range(len(units) % 2))])


def _cut(form: Form, tally: Tally, errors: Floats, least: float) -> Cut:
    """What the kernel is to know of the statistic and of the one seen; roots are spared by comparing squares.

    `errors` says how far off the sums of the value and of the frame may be, and `least` is the smallest number of people
    in the arm. What is left beside the frame is then at least `floor`, so that it moves the statistic by a share of itself;
    where it can be anything, nothing is clear.
    """
    off = float((math.sqrt(form.people) * errors[1:] + errors[1:] ** 2).sum())  # no sum of a frame is beyond root / 2
    floor = SPREAD * least - off
    sign = {Sides.TWO_SIDED: 0.0, Sides.GREATER: 1.0, Sides.LESS: -1.0}[tally.sides]
    if off > floor:
        return float(form.people), form.frames, form.is_t, sign, math.inf, -math.inf
    divisor = math.sqrt(floor) if form.is_t else floor
    above, below = tally.clear_beyond((form.noise + float(errors[0])) / divisor, 2 * off / floor)
    if form.is_t:
        above, below = above * abs(above), below * abs(below)
    return float(form.people), form.frames, form.is_t, sign, above, below


def _runs(choices: list[_Choice], is_fixed: bool) -> Runs:
    """The people in the arm if they are fixed, sizes, beginnings in the tables put together, and ends of the runs.

    In a run no choice changes. An odd choice has the row of nothing for its other.
    """
    ends = np.sort(np.concatenate(list({id(choice.ends): choice.ends for choice in choices}.values())))
    offsets = np.cumsum([0, *(choice.sums.shape[1] for choice in choices)])
    owns = [np.searchsorted(choice.ends, ends) for choice in choices]
    sizes = [choice.sizes[own] for choice, own in zip(choices, owns, strict=True)]
    begins = [choice.begins[own] for choice, own in zip(choices, owns, strict=True)]
    fixed = np.zeros(ends.size if is_fixed else 0)
    if is_fixed:
        fixed = sum((choice.sums[1, own] for choice, own in zip(choices, begins, strict=True)), start=fixed)
    begins = [own + offset for own, offset in zip(begins, offsets[:-1], strict=True)]
    if len(choices) % 2:
        sizes, begins = [*sizes, np.ones(ends.size)], [*begins, np.full(ends.size, offsets[-1])]
    return fixed, np.column_stack(sizes), np.column_stack(begins), ends


def _added(choices: list[_Choice], uniform: Floats, start: int) -> Floats:
    rows = [choice.rows(uniform[place // 2], start) for place, choice in enumerate(choices)]
    total = choices[0].sums[:, rows[0]]
    for choice, own in zip(choices[1:], rows[1:], strict=True):
        total += choice.sums[:, own]
    return total


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which row of a table each draw takes: one of `sizes` from `begins` on, or by search where `reached` is given.

    Draws come in runs with one size and one beginning each; `ends` says where each run ends.
    """

    sums: Floats
    sizes: Floats
    begins: Counts
    ends: Counts
    reached: Floats | None = None

    def rows(self, uniform: Floats, start: int) -> npt.NDArray[np.intp]:
        """The rows of the draws from `start` on; what the choice leaves of the random numbers stands in their place."""
        if self.reached is not None:
            return np.searchsorted(self.reached, uniform, side="right")
        if self.ends.size == 1:
            return _split(uniform, self.sizes[0])
        until = start + uniform.size
        first, last = np.searchsorted(self.ends, start, side="right"), np.searchsorted(self.ends, until)
        own = slice(first, last + 1)
        times = np.diff(np.minimum(self.ends[own], until), prepend=start)
        rows = _split(uniform, np.repeat(self.sizes[own], times))
        rows += np.repeat(self.begins[own], times)
        return rows


def _split(uniform: Floats, sizes: Floats | np.float64) -> npt.NDArray[np.intp]:
    """The whole part of random numbers times sizes; the rest stays in `uniform`."""
    uniform *= sizes
    whole = np.floor(uniform)
    uniform -= whole
    return whole.astype(np.intp)


def _all_choices(parts: tuple[Part, ...], draws: int, root: np.random.SeedSequence) -> list[_Choice]:
    chance = _generator(root, 0)
    return [choice for part in parts for choice in _choices(part, draws, chance)]


def _choices(part: Part, draws: int, chance: np.random.Generator) -> list[_Choice]:
    if isinstance(part, Ways):
        reached = None if part.chance is None else np.cumsum(part.chance)[:-1]
        one = np.zeros(1, dtype=np.int64)
        return [_Choice(part.sums, np.full(1, float(part.number)), one, one + draws, reached)]
    ends = np.cumsum(chance.multinomial(draws, part.chance))
    return [
        _Choice(table, part.sizes(stretch).astype(np.float64), starts[part.share[:, stretch]], ends)
        for stretch, (table, starts) in enumerate(zip(part.sums, part.starts, strict=True))
    ]
