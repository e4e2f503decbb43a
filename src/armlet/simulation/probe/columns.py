"""Features of many trials as columns of scores, so that every comparison is one between people of the same trial.

A column's score is the mid-rank of a participant among those of the same trial who have the number, less the mean: a
sum of scores over an arm is then a Mann-Whitney count, and an AUC is a half plus that sum over the number of pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from armlet.simulation.probe.features import Described, Family, Feature

Scores = NDArray[np.float32]
Numbers = NDArray[np.float64]
Known = NDArray[np.bool_]

RARE: Final = 0.05
"""A feature that varies in fewer trials than this share (and than two) is left out: no number of trials would show it."""


@dataclass(frozen=True, slots=True)
class Column:
    """A feature, and which side of it is looked at: its order, its distance from the middle, who shares it …"""

    feature: Feature
    how: str

    def __str__(self) -> str:
        return f"{self.feature}{self.how and f', {self.how}'}"


@dataclass(frozen=True, slots=True)
class Table:
    """Scores: a row for each participant of each trial (or each trial), a column for each way to tell."""

    columns: tuple[Column, ...]
    scores: Scores
    starts: tuple[int, ...]
    """The first row of each trial, and the number of rows."""


def tabulate_each(trials: Sequence[Described]) -> Table:
    """The participants of all trials, ranked within their own."""
    names = _often_enough([trial.each for trial in trials])
    starts = np.cumsum([0, *(len(trial.participants) for trial in trials)])
    scores = np.empty((len(SIDES) * len(names), int(starts[-1])), dtype=np.float32)
    for trial, first, after in zip(trials, starts, starts[1:], strict=False):
        for place, (raw, known) in enumerate(_sides(*_read(names, trial))):
            scores[place * len(names) : (place + 1) * len(names), first:after] = _rank(raw, known)
    labels = [Column(name, how) for how in SIDES for name in names]
    return _without_copies(labels, scores, tuple(int(start) for start in starts))


def tabulate_whole(trials: Sequence[Described]) -> Table:
    """The trials, ranked among each other, by what is told of a trial as a whole."""
    names = _often_enough([trial.whole for trial in trials])
    raw = np.array([[trial.whole.get(name, 0.0) for trial in trials] for name in names]).reshape(len(names), -1)
    labels = [Column(name, "") for name in names]
    return _without_copies(labels, _rank(raw, np.ones_like(raw, dtype=bool)), (0, len(trials)))


def _often_enough(trials: Sequence[Mapping[Feature, object]]) -> list[Feature]:
    seen = Counter(name for trial in trials for name in trial)
    least = min(len(trials), max(2, RARE * len(trials)))
    return [name for name, count in seen.items() if count >= least]


def _read(names: Sequence[Feature], trial: Described) -> tuple[Numbers, Known]:
    """Features in rows, the participants of one trial in columns; and where there is a number at all."""
    nobody = (None,) * len(trial.participants)
    given = [trial.each.get(name, nobody) for name in names]
    shape = (len(names), len(trial.participants))
    raw = np.array([[0.0 if number is None else number for number in row] for row in given]).reshape(shape)
    return raw, np.array([[number is not None for number in row] for row in given], dtype=bool).reshape(shape)


SIDES: Final = (
    "",
    "distance from the middle",
    "how many have the same",
    "change from the participant before",
    "change to the participant after",
)
"""The ways to look at a number: itself, how unusual, how shared, how changed from one participant to the next."""


def _sides(raw: Numbers, known: Known) -> Iterator[tuple[Numbers, Known]]:
    """The number in the ways of `SIDES`, one after the other, and where there is one."""
    yield raw, known
    yield np.abs(raw - _middle(raw, known)), known
    both = known[:, :, None] & known[:, None, :]
    equal = ((raw[:, :, None] == raw[:, None, :]) & both).sum(axis=2).astype(np.float64)
    yield equal, known
    step, has_step = np.diff(raw, axis=1), known[:, 1:] & known[:, :-1]
    yield np.pad(step, ((0, 0), (1, 0))), np.pad(has_step, ((0, 0), (1, 0)))
    yield np.pad(step, ((0, 0), (0, 1))), np.pad(has_step, ((0, 0), (0, 1)))


def _middle(raw: Numbers, known: Known) -> Numbers:
    """The lower median of each row among those who have a number; 0 where nobody has."""
    if not raw.size:
        return raw[:, :1]
    ordered = np.sort(np.where(known, raw, np.inf), axis=1)
    place = np.maximum(known.sum(axis=1, keepdims=True) - 1, 0) // 2
    middle = np.take_along_axis(ordered, place, axis=1)
    return np.where(np.isfinite(middle), middle, 0.0)


def _rank(raw: Numbers, known: Known) -> Scores:
    """Mid-ranks along each row among those who have a number, less their mean; 0, a tie with all, where there is none."""
    if not raw.size:
        return raw.astype(np.float32)
    ranks = rankdata(np.where(known, raw, np.inf), axis=1)
    mean = (known.sum(axis=1, keepdims=True) + 1) / 2
    scores: Scores = np.where(known, ranks - mean, 0.0).astype(np.float32)
    return scores


def _without_copies(labels: Sequence[Column], rows: Scores, starts: tuple[int, ...]) -> Table:
    """The table without columns that are nowhere different and those that equal an earlier one, also turned round."""
    kept: dict[bytes, int] = {}
    for place in np.flatnonzero(np.abs(rows).max(axis=1, initial=0) > 0):
        row = rows[place]
        row = row if row[np.flatnonzero(row)[0]] > 0 else -row
        kept.setdefault((row + np.float32(0)).tobytes(), int(place))
    places = list(kept.values())
    return Table(tuple(labels[place] for place in places), np.ascontiguousarray(rows[places].T), starts)


def count_families(table: Table) -> Mapping[Family, int]:
    """How many columns there are of each family."""
    return Counter(column.feature.family for column in table.columns)
