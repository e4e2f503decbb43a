"""From features and allocations to a verdict: the most telling column, a simple classifier, and what chance would do.

Every statistic is computed for the true allocation and for as many drawn anew from the scheme, all in the same way; the
p-value is the share of allocations that look at least as telling as the true one. That holds for any number of columns
and whatever they depend on each other, since the columns stay as they are and only the allocation changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from armlet.simulation.probe.columns import Column, Scores, Table, tabulate_each, tabulate_whole
from armlet.simulation.probe.features import Described
from armlet.simulation.probe.redraw import Positions, Redraws, Truth

Numbers = NDArray[np.float64]
Members = NDArray[np.float32]
"""Whether a participant (row) is in the arm, in the true allocation (column 0) and in each drawn anew."""

BLOCK: Final = 64
"""Allocations that are looked at together, so that memory grows with columns and not with both."""
SAME: Final = 1e-3
"""With a smaller spread a sum counts as always the same: ranks come in halves, and single precision ends there."""
DRAWS: Final = 999
LEVEL: Final = 0.01
"""An honest program is accused with this probability, once for the whole probe and not once for each column."""
FOLDS: Final = 5
KEPT: Final = 10
"""Columns that the classifier keeps, chosen without the trials that it is tried on."""
MOST_TOLD: Final = 5


@dataclass(frozen=True, slots=True)
class Told:
    """One way in which something may tell the arm: what it reaches, and between what limits chance would leave it.

    `statistic` is "AUC" where participants of a trial are compared (0.5 tells nothing, 0 as much as 1), and "z" where
    whole trials are: distances from chance in units of its spread. The limits hold 99 of 100 honest probes; for a
    column they are simultaneous, which allows for having looked at every other one of its kind.
    """

    what: str
    output: str
    family: str
    arm: str
    statistic: str
    value: float
    lower: float
    upper: float
    p: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a probe of many trials found. `p` is that of the three looks together; `found` means that p is at most 0.01.

    `best` is the most telling column of participants, `whole` of trials, `telling` those outside their interval, the
    most telling of each output first. `visible_auc` is what a number without ties must reach to be seen in so many.
    """

    trials: int
    participants: int
    columns: int
    draws: int
    p: float
    classifier: Told
    best: Told | None
    whole: Told | None
    telling: tuple[Told, ...]
    visible_auc: float

    @property
    def found(self) -> bool:
        """Whether something tells the arm, beyond what chance does once in a hundred honest probes."""
        return self.p <= LEVEL


@dataclass(frozen=True, slots=True)
class _Arm:
    name: str
    members: Members
    pairs: Numbers
    """For each allocation, how many pairs of a member and a non-member there are within trials."""


def probe(
    trials: Sequence[Described], truths: Sequence[Truth], rng: np.random.Generator, draws: int = DRAWS
) -> Verdict:
    """Whether features of trials tell their allocations. One truth for each trial, of the same arms in the same order."""
    redraws = Redraws(rng)
    allocations = [_with_truth(truth, redraws, draws) for truth in truths]
    names = truths[0].scheme.arms
    table = tabulate_each(trials)
    arms = [_arm(name, place, allocations, table.starts) for place, name in enumerate(names) if place or len(names) > 2]
    scan = [_scan(table, arm) for arm in arms]
    guesses = [_classify(table, arm, one) for arm, one in zip(arms, scan, strict=True)]
    overall = _scan_whole(tabulate_whole(trials), names, allocations)
    scanned, guessed = _greatest([one.z for one in scan], draws), np.max(guesses, axis=0)
    looks = [_shares_as_great(one) for one in (scanned, guessed, overall.greatest)]
    least = np.min(looks, axis=0)
    told = _tell_columns(table, arms, scan, scanned)
    return Verdict(
        trials=len(trials),
        participants=table.starts[-1],
        columns=len(table.columns) + len(overall.labels),
        draws=draws,
        p=_as_small(least),
        classifier=_tell_guesses(guessed, looks[1]),
        best=told[0] if told else None,
        whole=overall.told(),
        telling=_one_of_each_output([one for one in told if one.p <= LEVEL]),
        visible_auc=_visible(table, arms, scanned),
    )


# --- Allocations ------------------------------------------------------------------------------------------------------


def _with_truth(truth: Truth, redraws: Redraws, draws: int) -> Positions:
    again = redraws.draw(truth.scheme, len(truth.arms), draws)
    return np.concatenate([np.array([truth.arms], dtype=np.int8).reshape(1, -1), again])


def _arm(name: str, place: int, allocations: Sequence[Positions], starts: Sequence[int]) -> _Arm:
    members = np.concatenate([(one == place).T for one in allocations]).astype(np.float32)
    pairs = np.zeros(members.shape[1])
    for start, end in pairwise(starts):
        inside = members[start:end].sum(axis=0, dtype=np.float64)
        pairs += inside * (end - start - inside)
    return _Arm(name, members, np.maximum(pairs, 1.0))


def _shares_as_great(statistic: Numbers) -> Numbers:
    """For each allocation the share of allocations, itself included, whose statistic is at least as great."""
    order = np.sort(statistic)
    return np.asarray((len(order) - np.searchsorted(order, statistic - 1e-9)) / len(order))


def _as_small(shares: Numbers) -> float:
    return float((shares <= shares[0] + 1e-12).mean())


def _greatest(tables: Sequence[Members], draws: int) -> Numbers:
    """The greatest distance from chance among all columns, for each allocation."""
    greatest = np.zeros(draws + 1)
    for one in tables:
        greatest = np.maximum(greatest, np.abs(one).max(axis=0, initial=0.0))
    return greatest


# --- One column at a time -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scan:
    """Of each column and allocation; single precision, for there are hundreds of millions of them."""

    sums: Members
    spread: Numbers
    z: Members
    folds: tuple[tuple[int, int], ...]
    """The rows of each fold of whole trials."""


def _scan(table: Table, arm: _Arm) -> _Scan:
    sums = table.scores.T @ arm.members
    z, spread = _standardise(sums)
    trials = len(table.starts) - 1
    edges = np.linspace(0, trials, min(FOLDS, trials) + 1).astype(int)
    rows = [table.starts[edge] for edge in edges]
    return _Scan(sums, spread, z, tuple(pairwise(rows)))


def _standardise(sums: Members) -> tuple[Members, Numbers]:
    """Distances from the mean of all allocations in units of their spread; 0 where the sum is always the same."""
    z = sums - sums.mean(axis=1, keepdims=True, dtype=np.float64).astype(np.float32)
    spread = np.sqrt(np.einsum("ca,ca->c", z, z, dtype=np.float64) / z.shape[1])
    z /= np.where(spread > SAME, spread, np.inf).astype(np.float32)[:, None]
    return z, spread


def _tell_columns(table: Table, arms: Sequence[_Arm], scan: Sequence[_Scan], greatest: Numbers) -> list[Told]:
    """The columns with the greatest distance from chance, in that order; as many as may be outside their interval."""
    limit = float(np.quantile(greatest, 1 - LEVEL))
    told = []
    for arm, one in zip(arms, scan, strict=True):
        far = np.abs(one.z[:, 0]) if len(table.columns) else np.zeros(0)
        for place in {*np.flatnonzero(far >= limit), *np.argsort(-far)[:1]}:
            reach = limit * one.spread[place] / arm.pairs[0]
            middle = 0.5 + one.sums[place].mean() / arm.pairs[0]
            auc = 0.5 + one.sums[place, 0] / arm.pairs[0]
            p = float((greatest >= far[place] - 1e-9).mean())
            told.append((far[place], _told(table.columns[place], arm.name, auc, middle - reach, middle + reach, p)))
    return [one for _, one in sorted(told, key=lambda pair: -pair[0])]


def _told(column: Column, arm: str, auc: float, lower: float, upper: float, p: float) -> Told:
    feature = column.feature
    inside = [min(max(float(value), 0.0), 1.0) for value in (auc, lower, upper)]
    return Told(
        str(column), feature.output, feature.family.name.lower(), arm, "AUC", inside[0], inside[1], inside[2], p
    )


def _one_of_each_output(told: Sequence[Told]) -> tuple[Told, ...]:
    first: dict[str, Told] = {}
    for one in told:
        first.setdefault(one.output, one)
    return tuple(first.values())[:MOST_TOLD]


def _visible(table: Table, arms: Sequence[_Arm], greatest: Numbers) -> float:
    """The AUC that a number without ties must have to pass the limit, by the variance of a Mann-Whitney count."""
    limit = float(np.quantile(greatest, 1 - LEVEL))
    variance = 0.0
    for start, end in pairwise(table.starts):
        inside = float(arms[0].members[start:end, 0].sum())
        variance += inside * (end - start - inside) * (end - start + 1) / 12
    return min(1.0, 0.5 + limit * float(np.sqrt(variance)) / float(arms[0].pairs[0]))


# --- A simple classifier --------------------------------------------------------------------------------------------


def _classify(table: Table, arm: _Arm, scan: _Scan) -> Numbers:
    """The AUC, for each allocation, of guesses made for trials that were not learnt from.

    Diagonal discriminant analysis: of the other trials the columns farthest from chance are kept, and each adds its
    score, weighted by how far from chance it was there. With one trial there is nothing to learn from: a half.
    """
    if len(table.columns) == 0 or len(scan.folds) < 2:
        return np.full(arm.members.shape[1], 0.5)
    scale = np.sqrt((table.scores**2).mean(axis=0)) + np.float32(1e-6)
    kept = min(KEPT, len(table.columns))
    guesses = np.zeros_like(arm.members)
    for start, end in scan.folds:
        z, _ = _standardise(scan.sums - table.scores[start:end].T @ arm.members[start:end])
        for first in range(0, z.shape[1], BLOCK):
            some = z[:, first : first + BLOCK]
            chosen = np.argpartition(-np.abs(some), kept - 1, axis=0)[:kept]
            weights = np.take_along_axis(some, chosen, axis=0) / scale[chosen]
            guesses[start:end, first : first + BLOCK] = _weigh(table.scores[start:end], chosen, weights)
    return _auc_of(guesses, arm, table.starts)


def _weigh(scores: Scores, chosen: NDArray[np.intp], weights: Members) -> Members:
    total = np.zeros((scores.shape[0], chosen.shape[1]), dtype=np.float32)
    for rank in range(chosen.shape[0]):
        total += scores[:, chosen[rank]] * weights[rank]
    return total


def _auc_of(guesses: Members, arm: _Arm, starts: Sequence[int]) -> Numbers:
    """The share of pairs within a trial that are in the right order; a tie is half right."""
    right = np.zeros(guesses.shape[1])
    for start, end in pairwise(starts):
        first, second = np.triu_indices(end - start, 1)
        guess, truth = guesses[start:end], arm.members[start:end]
        right += (np.sign(guess[first] - guess[second]) * (truth[first] - truth[second])).sum(axis=0, dtype=np.float64)
    return 0.5 + right / 2 / arm.pairs


def _tell_guesses(guessed: Numbers, shares: Numbers) -> Told:
    lower, upper = (float(np.quantile(guessed, share)) for share in (LEVEL / 2, 1 - LEVEL / 2))
    what = f"all outputs together: the {KEPT} columns that told most in the other trials"
    return Told(what, "all outputs", "classifier", "", "AUC", float(guessed[0]), lower, upper, float(shares[0]))


# --- The trial as a whole -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Overall:
    """Columns of trials against what an allocation has as a whole: how many are in an arm, and each slot's arm.

    `z` is the distance from chance of each in the true allocation, `greatest` the greatest of all in each allocation.
    """

    labels: tuple[tuple[Column, str, str], ...]
    z: Numbers
    greatest: Numbers

    def told(self) -> Told | None:
        if not len(self.z):
            return None
        far = np.abs(self.z)
        place = int(np.argmax(far))
        column, target, arm = self.labels[place]
        limit = float(np.quantile(self.greatest, 1 - LEVEL))
        p = float((self.greatest >= far[place] - 1e-9).mean())
        z = float(self.z[place])
        what = f"{column}, against {target}"
        return Told(what, column.feature.output, "whole", arm, "z", z, -limit, limit, p)


def _scan_whole(table: Table, names: Sequence[str], allocations: Sequence[Positions]) -> _Overall:
    slots = max(one.shape[1] for one in allocations)
    labels: list[tuple[Column, str, str]] = []
    told, greatest = [np.zeros(0)], np.zeros(allocations[0].shape[0])
    for place, name in enumerate(names):
        if not place and len(names) == 2:
            continue
        counts = np.array([(one == place).sum(axis=1) for one in allocations], dtype=np.float32)
        targets = {f"how many are in arm {name}": counts}
        for slot in range(slots):
            arms = np.array([one[:, slot] == place if slot < one.shape[1] else 0 * one[:, 0] for one in allocations])
            targets[f"whether slot {slot + 1} is arm {name}"] = arms.astype(np.float32)
        for target, values in targets.items():
            z, _ = _standardise(table.scores.T @ values)
            told.append(z[:, 0].astype(np.float64))
            greatest = np.maximum(greatest, np.abs(z).max(axis=0, initial=0.0))
            labels.extend((column, target, name) for column in table.columns)
    return _Overall(tuple(labels), np.concatenate(told), greatest)
