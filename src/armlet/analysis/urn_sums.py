"""The sums over one arm of every list that independent urns allow, or of millions of drawn ones, without a single list.

A statistic needs of a list only a few sums. A stretch of up to fifteen slots has at most 2 to the 15 ways, so their
sums stand in a small table; a list is one row of each stretch's table, added up. Where an urn is larger than that, the
stretches share its slots: how many of the arm fall into each is drawn first, then one of the equally likely ways.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from armlet.allocation.scheme import Scheme, Urn, urns_of
from armlet.analysis.contrasts import Contrast, Form, joined
from armlet.analysis.fused import MANY, SPREAD, load_kernel
from armlet.analysis.randomisation import PILOT, PORTION, Lists, Portion, Statistics, Tally
from armlet.analysis.sides import Sides
from armlet.analysis.transforms import Floats

Counts = npt.NDArray[np.int64]

STRETCH = 15
"""Slots whose ways stand in one table."""

MOST_STRETCHES = 4
"""Stretches that one urn may be shared over; larger urns are left to the lists themselves."""

MOST_ROWS = 2**STRETCH
MOST_WEIGHTED = 2**10
"""Rows of one table: of equally likely ways, which are found by a multiplication, and of others, by a search."""


@dataclass(frozen=True, slots=True)
class Ways:
    """The sums of each way that a stretch can go, shape (ways, sums); `chance` is None where all are equally likely."""

    sums: Floats
    chance: Floats | None

    @property
    def number(self) -> int:
        """How many ways there are."""
        return len(self.sums)

    def every(self) -> tuple[Floats, Floats]:
        """The sums, one row a sum, and the chance of each way."""
        return np.ascontiguousarray(self.sums.T), np.full(
            self.number, 1 / self.number
        ) if self.chance is None else self.chance


@dataclass(frozen=True, slots=True)
class Shared:
    """One urn over several stretches: `share` says how many of the arm fall into each, with the `chance` of the share.

    The ways of each stretch are sorted by how many of the arm they have: those with k begin at `starts[stretch][k]`.
    """

    sums: tuple[Floats, ...]
    starts: tuple[Counts, ...]
    share: Counts
    chance: Floats

    def sizes(self, stretch: int) -> Counts:
        """For each share, how many ways that stretch has to fulfil it."""
        counts = self.share[:, stretch]
        found: Counts = self.starts[stretch][counts + 1] - self.starts[stretch][counts]
        return found

    @property
    def number(self) -> int:
        """How many ways there are in all, exactly."""
        sizes = [self.sizes(stretch).tolist() for stretch in range(len(self.sums))]
        return sum(math.prod(own) for own in zip(*sizes, strict=True))

    def every(self) -> tuple[Floats, Floats]:
        """The sums, one row a sum, and the chance of each way of the whole urn."""
        tables = [np.ascontiguousarray(table.T) for table in self.sums]
        sums = np.empty((len(tables[0]), self.number))
        weight, filled = np.empty(sums.shape[1]), 0
        for share, chance in zip(self.share.tolist(), self.chance.tolist(), strict=True):
            *firsts, last = [
                table[:, starts[count] : starts[count + 1]]
                for table, starts, count in zip(tables, self.starts, share, strict=True)
            ]
            first = _outer(firsts)
            until = filled + first.shape[1] * last.shape[1]
            for row, one, other in zip(sums[:, filled:until], first, last, strict=True):
                np.add(one[:, np.newaxis], other, out=row.reshape(one.size, other.size))
            weight[filled:until] = chance / (until - filled)
            filled = until
        return sums, weight


Part = Ways | Shared


def parts_of(scheme: Scheme, columns: Floats, arm: int) -> tuple[Part, ...] | None:
    """The independent parts of the scheme's lists; None where it has no urns, not two arms, or too large an urn.

    `columns` has one row a slot, of zeros where nobody was observed; the sums are over the slots that get `arm`.
    """
    urns = urns_of(scheme, len(columns)) if len(scheme.arms) == 2 else None
    if urns is None or any(len(urn.slots) > STRETCH * MOST_STRETCHES for urn in urns):
        return None
    small = [_ways(urn, columns, arm) for urn in urns if len(urn.slots) <= STRETCH]
    large = [_shared(urn, columns, arm) for urn in urns if len(urn.slots) > STRETCH]
    alike = _merged([ways for ways in small if ways.chance is None], MOST_ROWS)
    return (*alike, *_merged([ways for ways in small if ways.chance is not None], MOST_WEIGHTED), *large)


def _ways(urn: Urn, columns: Floats, arm: int) -> Ways:
    used = len(urn.slots)
    order, starts = by_count(used)
    chances = [_chance(urn, used, count, arm) for count in range(used + 1)]
    allowed = [count for count, chance in enumerate(chances) if chance]
    rows = np.concatenate([order[starts[count] : starts[count + 1]] for count in allowed])
    sums = np.ascontiguousarray(bit_sums(columns[list(urn.slots)])[:, rows].T)
    if len({chances[count] for count in allowed}) == 1:
        return Ways(sums, None)
    return Ways(sums, np.repeat([chances[count] for count in allowed], np.diff(starts)[allowed]))


def _chance(urn: Urn, used: int, count: int, arm: int) -> float:
    """The chance of each single way in which `count` of the `used` slots get the arm."""
    whole, mine = sum(urn.holds), urn.holds[arm]
    if not 0 <= mine - count <= whole - used:
        return 0.0
    return math.comb(whole - used, mine - count) / math.comb(whole, mine)


def _shared(urn: Urn, columns: Floats, arm: int) -> Shared:
    used = len(urn.slots)
    ends = np.linspace(0, used, -(-used // STRETCH) + 1).astype(int).tolist()
    stretches = [list(urn.slots[start:end]) for start, end in pairwise(ends)]
    sorted_ways = [by_count(len(slots)) for slots in stretches]
    every = np.indices([len(slots) + 1 for slots in stretches]).reshape(len(stretches), -1).T
    single = np.array([_chance(urn, used, count, arm) for count in range(used + 1)])[every.sum(axis=1)]
    share = every[single > 0]
    sizes = [np.diff(starts)[share[:, place]] for place, (_, starts) in enumerate(sorted_ways)]
    chance = single[single > 0] * np.prod(np.array(sizes, dtype=np.float64), axis=0)
    tables = [
        np.ascontiguousarray(bit_sums(columns[slots]).T).take(order, axis=0)
        for slots, (order, _) in zip(stretches, sorted_ways, strict=True)
    ]
    return Shared(tuple(tables), tuple(starts for _, starts in sorted_ways), share, chance / chance.sum())


def bit_sums(columns: Floats) -> Floats:
    """The sums for every choice among the slots, one row a sum; slot i is chosen where bit i of the place is set."""
    sums = np.zeros((columns.shape[1], 2 ** len(columns)))
    for place, column in enumerate(columns):
        np.add(sums[:, : 2**place], column[:, np.newaxis], out=sums[:, 2**place : 2 ** (place + 1)])
    return sums


@lru_cache(maxsize=STRETCH + 1)
def by_count(slots: int) -> tuple[Counts, Counts]:
    """All choices among the slots, those of fewer first, and where those of 0, 1, 2 … begin, the end included."""
    counts = np.zeros(1, dtype=np.uint8)
    for _ in range(slots):
        counts = np.concatenate([counts, counts + 1])
    starts = np.concatenate([[0], np.cumsum(np.bincount(counts, minlength=slots + 1))])
    return np.argsort(counts, kind="stable"), starts


def _merged(parts: list[Ways], most: int) -> list[Ways]:
    """Neighbours together as long as they have no more than `most` ways."""
    merged: list[Ways] = []
    for part in parts:
        if merged and merged[-1].number * part.number <= most:
            merged[-1] = _both(merged[-1], part)
        else:
            merged.append(part)
    return merged


def _both(first: Ways, second: Ways) -> Ways:
    sums = np.ascontiguousarray(_outer([first.sums.T, second.sums.T]).T)
    if first.chance is None or second.chance is None:
        return Ways(sums, None)
    return Ways(sums, np.outer(first.chance, second.chance).ravel())


def _outer(tables: list[Floats]) -> Floats:
    """Every column of the one added to every column of the others; the sums are rows, so that numbers lie side by side."""
    together, *others = tables
    for table in others:
        together = np.stack([np.add.outer(one, other).ravel() for one, other in zip(together, table, strict=True)])
    return together


def count_ways(parts: tuple[Part, ...]) -> int:
    """How many lists there are."""
    return math.prod(part.number for part in parts)


def every_statistic(parts: tuple[Part, ...], contrast: Contrast) -> tuple[Statistics, Floats]:
    """The statistic of every list and its probability. Ask `count_ways` first how many there are."""
    sums, weight = parts[0].every()
    for part in parts[1:]:
        more, chance = part.every()
        sums, weight = _outer([sums, more]), np.outer(weight, chance).ravel()
    portions = [contrast.judge(sums[:, start : start + PORTION]) for start in range(0, sums.shape[1], PORTION)]
    return joined(portions), weight


def drawn_statistics(
    parts: tuple[Part, ...], contrast: Contrast, observed: Statistics, draws: int, seed: int, *, limits: bool = True
) -> Lists:
    """The statistic seen, and those of `draws` lists, each drawn as the scheme would; the seed decides which.

    Lists are independent of each other but come in an order: shares of an urn stand together. All weigh
    1 / (draws + 1), so that p is (b + 1) / (m + 1). Without `limits` there is no pilot to look for them.
    """
    weight = np.array([1 / (draws + 1)])

    def portions() -> Iterator[Portion]:
        yield observed, weight
        for sums in _drawn(parts, draws, np.random.Generator(np.random.SFC64(seed))):
            yield contrast.judge(np.ascontiguousarray(sums.T)), weight

    def count(tally: Tally) -> None:
        tally.add(observed, weight)
        chance = np.random.Generator(np.random.SFC64(seed))
        choices = [choice for part in parts for choice in _choices(part, draws, chance)]
        _count(choices, draws, chance, contrast, tally)

    pays = draws >= MANY and contrast.form is not None and all(_is_even(part) for part in parts)
    quick = count if pays and load_kernel() else None
    if draws < 4 * PILOT or not limits:
        return Lists(portions, count=quick)
    first = np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed).spawn(1)[0]))
    return Lists(
        portions,
        (joined([contrast.judge(np.ascontiguousarray(sums.T)) for sums in _drawn(parts, PILOT, first)]), weight),
        quick,
    )


def _drawn(parts: tuple[Part, ...], draws: int, chance: np.random.Generator) -> Iterator[Floats]:
    """Tables of sums in portions; the next overwrites the last.

    One random number of 53 bits serves two tables: its whole part chooses a row of the first, of at most 2 to the 15,
    and what is left of it, 38 bits or more, a row of the second.
    """
    choices = [choice for part in parts for choice in _choices(part, draws, chance)]
    width = choices[0].sums.shape[1]
    total, added, uniform = np.empty((PORTION, width)), np.empty((PORTION, width)), np.empty(PORTION)
    for start in range(0, draws, PORTION):
        size = min(PORTION, draws - start)
        left = uniform[:size]
        for place, choice in enumerate(choices):
            if place % 2 == 0 or choice.reached is not None or choices[place - 1].reached is not None:
                chance.random(out=left)
            rows = choice.rows(left, start)
            into = added if place else total
            choice.sums.take(rows, axis=0, out=into[:size], mode="clip")
            if place:
                total[:size] += added[:size]
        yield total[:size]


def _is_even(part: Part) -> bool:
    """Whether ways are found by a multiplication, none by a search."""
    return isinstance(part, Shared) or part.chance is None


def _count(choices: list[_Choice], draws: int, chance: np.random.Generator, contrast: Contrast, tally: Tally) -> None:
    """The lists of `_drawn`, from the same random numbers, into the tally; only doubtful portions are written down."""
    kernel, form = load_kernel(), contrast.form
    assert kernel is not None
    assert form is not None
    sums = np.concatenate([_used(choice.sums, form.frames) for choice in choices])
    people = np.concatenate([choice.sums[:, 1].astype(np.uint16) for choice in choices])
    tables = (sums, people, *_runs(choices), *_cut(form, tally))
    weight = 1 / (draws + 1)
    uniform = np.empty((-(-len(choices) // 2), PORTION))
    for start in range(0, draws, PORTION):
        if draws - start < PORTION:
            uniform = np.empty((len(uniform), draws - start))
        chance.random(out=uniform)
        extreme, unclear, largest = kernel(uniform, start, *tables)
        if unclear:
            drawn = _added(choices, uniform, start)
            tally.add(contrast.judge(np.ascontiguousarray(drawn.T)), np.array([weight]))
        else:
            tally.add_clear(extreme, weight, math.sqrt(largest) if form.is_t else largest)


def _used(sums: Floats, frames: int) -> Floats:
    """The columns that p needs: the values' and the frame's."""
    used = np.empty((len(sums), 1 + frames))
    used[:, 0], used[:, 1:] = sums[:, 0], sums[:, 3 : 3 + frames]
    return used


def _cut(form: Form, tally: Tally) -> tuple[float, bool, float, float, float]:
    """What the kernel is to know of the statistic and of the one seen; roots are spared by comparing squares."""
    noise = form.noise / (math.sqrt(SPREAD) if form.is_t else SPREAD)
    above, below = tally.clear_beyond(noise)
    if form.is_t:
        above, below = above * abs(above), below * abs(below)
    sign = {Sides.TWO_SIDED: 0.0, Sides.GREATER: 1.0, Sides.LESS: -1.0}[tally.sides]
    return float(form.people), form.is_t, sign, above, below


def _runs(choices: list[_Choice]) -> tuple[Floats, Counts, Counts]:
    """Sizes, beginnings in the tables put together, and ends of the runs in which no choice changes."""
    ends = np.sort(np.concatenate(list({id(choice.ends): choice.ends for choice in choices}.values())))
    offsets = np.cumsum([0, *(len(choice.sums) for choice in choices[:-1])])
    owns = [np.searchsorted(choice.ends, ends) for choice in choices]
    sizes = np.column_stack([choice.sizes[own] for choice, own in zip(choices, owns, strict=True)])
    begins = [choice.begins[own] + offset for choice, own, offset in zip(choices, owns, offsets, strict=True)]
    return sizes, np.column_stack(begins), ends


def _added(choices: list[_Choice], uniform: Floats, start: int) -> Floats:
    rows = [choice.rows(uniform[place // 2], start) for place, choice in enumerate(choices)]
    total = choices[0].sums[rows[0]]
    for choice, own in zip(choices[1:], rows[1:], strict=True):
        total += choice.sums[own]
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
