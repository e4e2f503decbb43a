"""The sums over one arm of every list that independent urns allow, without a single list.

A statistic needs of a list only a few sums. A stretch of up to fifteen slots has at most 2 to the 15 ways, so their
sums stand in a small table; a list is one row of each stretch's table, added up. Where an urn is larger than that, the
stretches share its slots: how many of the arm fall into each is drawn first, then one of the equally likely ways.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from armlet.allocation.scheme import Scheme, Urn, urns_of
from armlet.analysis.contrasts import Contrast, joined
from armlet.analysis.randomisation import PORTION, Statistics
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
    """The sums of each way that a stretch can go, shape (sums, ways); `chance` is None where all are equally likely."""

    sums: Floats
    chance: Floats | None

    @property
    def number(self) -> int:
        """How many ways there are."""
        return int(self.sums.shape[1])

    def every(self) -> tuple[Floats, Floats]:
        """The sums, one row a sum, and the chance of each way."""
        return self.sums, np.full(self.number, 1 / self.number) if self.chance is None else self.chance


@dataclass(frozen=True, slots=True)
class Shared:
    """One urn over several stretches: `share` says how many of the arm fall into each, with the `chance` of the share.

    Each stretch has its `sums`, shape (sums, ways). Its ways are sorted by how many of the arm they have: those with k
    begin at `starts[stretch][k]`.
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
        sizes = np.stack([self.sizes(stretch) for stretch in range(len(self.sums))])
        return int(sizes.prod(axis=0).sum())  # at most 2 to the 60, so nothing runs over

    def every(self) -> tuple[Floats, Floats]:
        """The sums, one row a sum, and the chance of each way of the whole urn."""
        sums = np.empty((len(self.sums[0]), self.number))
        weight, filled = np.empty(sums.shape[1]), 0
        for share, chance in zip(self.share.tolist(), self.chance.tolist(), strict=True):
            *firsts, last = [
                table[:, starts[count] : starts[count + 1]]
                for table, starts, count in zip(self.sums, self.starts, share, strict=True)
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
    sums = bit_sums(columns[list(urn.slots)]).take(rows, axis=1)
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
    together = reduce(np.add.outer, [np.arange(len(slots) + 1) for slots in stretches])
    single = np.array([_chance(urn, used, count, arm) for count in range(used + 1)])[together]
    share = np.argwhere(single > 0)
    sizes = [np.diff(starts)[share[:, place]] for place, (_, starts) in enumerate(sorted_ways)]
    chance = single[single > 0] * np.prod(np.array(sizes, dtype=np.float64), axis=0)
    tables = [
        bit_sums(columns[slots]).take(order, axis=1) for slots, (order, _) in zip(stretches, sorted_ways, strict=True)
    ]
    return Shared(tuple(tables), tuple(starts for _, starts in sorted_ways), share, chance / chance.sum())


def bit_sums(columns: Floats) -> Floats:
    """The sums for every choice among the slots, one row a sum; slot i is chosen where bit i of the place is set."""
    sums = np.empty((columns.shape[1], 2 ** len(columns)))
    sums[:, 0] = 0.0
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
    sums = _outer([first.sums, second.sums])
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
