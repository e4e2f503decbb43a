"""The lists that the trial's own scheme could have made, for the people observed: all of them, or a seeded sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from armlet.allocation.scheme import Scheme, sequence_probability, urns_of
from armlet.analysis.cases import Cases, Sample, people
from armlet.analysis.contrasts import Contrast
from armlet.analysis.halves import halves_of
from armlet.analysis.randomisation import (
    Flags,
    Lists,
    OneArmEmpty,
    ReferenceSet,
    StatisticOf,
    Statistics,
    enumerated,
    monte_carlo_error,
    probability_of,
    sampled,
    smallest_reachable,
    with_undefined,
)
from armlet.analysis.sequences import HeldSequences, can_list, drawn_sequences, every_sequence
from armlet.analysis.shifted import lists_of
from armlet.analysis.sides import Sides
from armlet.analysis.transforms import Floats
from armlet.analysis.urn_draws import drawn_statistics
from armlet.analysis.urn_sums import count_ways, every_statistic, parts_of


@dataclass(frozen=True, slots=True)
class Replay:
    """What is replayed: the scheme, the arm of every slot as positions, and the slots of the people observed.

    `arm` is compared with `reference`, both positions; slots of any other arm are held as they were. Up to `most` lists
    all are taken, beyond it `draws` are drawn.
    """

    scheme: Scheme
    allocated: tuple[int, ...]
    keep: tuple[int, ...]
    arm: int
    reference: int
    most: int
    draws: int
    seed: int

    @property
    def held(self) -> dict[int, int]:
        """The slots of arms that are not compared."""
        return {slot: arm for slot, arm in enumerate(self.allocated) if arm not in {self.arm, self.reference}}

    @property
    def is_whole(self) -> bool:
        """Whether everybody was observed and the arms are alike, so that each list has a mirror image beside it."""
        return len(set(self.keep)) == len(self.allocated) and self.scheme.lowest_ratio() == (1, 1)

    @property
    def observed(self) -> Floats:
        """1.0 for each person observed who has the arm."""
        return np.array([self.allocated[slot] == self.arm for slot in self.keep], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Replayed:
    """The statistics of the lists, with what has to be said of them: the number of lists that differ, or of draws.

    `chance` is the probability of the observed list, None in a sample.
    """

    lists: Lists
    seen: Statistics
    exact: bool
    number: int
    smallest: float
    chance: float | None


def list_problem(cases: Cases, sample: Sample) -> str | None:
    """Why the list of allocations cannot be replayed, or None. Raises InputError where the scheme itself has errors."""
    if cases.scheme is None or not cases.allocated:
        return "how the arms were allocated is not known, so no other allocation can be tried"
    if any(row.slot is None for row in sample.rows):
        return "somebody's place in the list of allocations is not known"
    if set(cases.scheme.arms) != set(cases.arms):
        return "the arms of the allocation are not the arms of the analysis"
    if not is_possible(cases.scheme, _as_positions(cases.scheme, cases.allocated)):
        return f"the list of allocations cannot have come from {cases.scheme.method}: the test would not fit the trial"
    return None


def replay_of(
    cases: Cases, scheme: Scheme, sample: Sample, pair: tuple[str, str], tries: tuple[int, int, int]
) -> Replay:
    """What is replayed for the people of the sample: ask `list_problem` first.

    `pair` is the arm and the reference that it is compared with; `tries` are `most`, `draws` and `seed` of `Replay`.
    """
    (arm, reference), (most, draws, seed) = _as_positions(scheme, pair), tries
    slots = tuple(row.slot - 1 for row in sample.rows if row.slot is not None)
    return Replay(scheme, _as_positions(scheme, cases.allocated), slots, arm, reference, most, draws, seed)


def _as_positions(scheme: Scheme, arms: Sequence[str]) -> tuple[int, ...]:
    return tuple(scheme.arms.index(arm) for arm in arms)


def drawn_warning(found: Replayed, seed: int, p: float) -> str:
    """That p comes from a sample of the lists, with its error; empty where all were taken."""
    if found.exact:
        return ""
    return (
        f"Too many lists to take them all: p is (b + 1) / (m + 1) from {found.number} drawn lists (seed {seed}), "
        f"with a Monte Carlo error of {monte_carlo_error(p, found.number):.2g}."
    )


def kept_warning(number: int, lacked: str) -> str:
    """That so many people who `lacked` something kept their slots."""
    return (
        f"{people(number).capitalize()} of the list of allocations {lacked} and kept the slot; the test takes it that being "
        "missing has nothing to do with the arm."
    )


def is_possible(scheme: Scheme, allocated: tuple[int, ...]) -> bool:
    """Whether the scheme can have made this list; InputError as `sequence_probability`."""
    urns = urns_of(scheme, len(allocated)) if set(allocated) <= set(range(len(scheme.arms))) else None
    if urns is None:
        return bool(sequence_probability(scheme, allocated))
    drawn = [Counter(allocated[slot] for slot in urn.slots) for urn in urns]
    return all(own[arm] <= urn.holds[arm] for urn, own in zip(urns, drawn, strict=True) for arm in own)


def reference_set(replay: Replay) -> ReferenceSet:
    """The lists themselves, over the people observed. ValueError where held slots make it too large a computation."""
    scheme, number = replay.scheme, len(replay.allocated)
    if len(scheme.arms) > 2:
        held = HeldSequences(scheme, number, replay.held)
        if held.can_list(replay.most):
            return enumerated(*held.every(), replay.arm, replay.keep)
        drawn = held.drawn(replay.draws, replay.seed)
    elif can_list(scheme, number, replay.most):
        return enumerated(*every_sequence(scheme, number), replay.arm, replay.keep)
    else:
        drawn = drawn_sequences(scheme, number, replay.draws, replay.seed)
    return sampled(drawn, replay.allocated, replay.arm, replay.keep)


def replay_contrast(
    replay: Replay, contrast: Contrast, empty: OneArmEmpty, sides: Sides, *, limits: bool = True
) -> Replayed:
    """The statistics of all lists, or of a sample, from sums alone where the scheme is one of urns.

    Without `limits` only p is asked for, and what only the limits need is left out.
    """
    seen = contrast(replay.observed[np.newaxis, :].astype(np.int8))
    if replay.is_whole and not limits and contrast.form:
        halves = halves_of(replay.scheme, contrast, len(replay.allocated), replay.arm, replay.keep)
        if halves and halves.number <= replay.most:
            least = with_undefined(2 / halves.number if sides is Sides.TWO_SIDED else 1 / halves.number, 0.0, empty)
            return Replayed(halves.lists(), seen, True, halves.number, least, 1 / halves.number)
    columns = np.zeros((len(replay.allocated), contrast.columns.shape[1]))
    columns[list(replay.keep)] = contrast.columns
    parts = parts_of(replay.scheme, columns, replay.arm)
    if parts and count_ways(parts) > replay.most:
        lists = drawn_statistics(parts, contrast, seen, replay.draws, replay.seed, limits=limits)
        return Replayed(lists, seen, exact=False, number=replay.draws, smallest=1 / (replay.draws + 1), chance=None)
    if not parts or not replay.is_whole:
        return replay_lists(replay, reference_set(replay), contrast, empty, sides)
    every, weight = every_statistic(parts, contrast)
    chance = float(sequence_probability(replay.scheme, replay.allocated))
    smallest = _smallest(every.defined, weight, empty, sides)
    return Replayed(Lists.of(every, _alike(weight)), seen, True, weight.size, smallest, chance)


def _alike(weight: Floats) -> Floats:
    """One number where all are the same."""
    return weight[:1] if bool((weight == weight[0]).all()) else weight


def _smallest(defined: Flags, weight: Floats, empty: OneArmEmpty, sides: Sides) -> float:
    """With two arms at 1:1 and everybody observed the mirror image of a list is another one, and as likely."""
    least = float(weight[defined].min()) * (2 if sides is Sides.TWO_SIDED else 1)
    return with_undefined(least, float(weight[~defined].sum()), empty)


def replay_lists(
    replay: Replay, reference: ReferenceSet, statistic: StatisticOf, empty: OneArmEmpty, sides: Sides
) -> Replayed:
    """The same by way of the lists themselves: any scheme, any statistic."""
    observed = replay.observed.astype(np.int8)
    lists, defined = lists_of(reference, statistic)
    return Replayed(
        lists=lists,
        seen=statistic(observed[np.newaxis, :]),
        exact=reference.exact,
        number=len(reference.assigned) if reference.exact else reference.draws,
        smallest=smallest_reachable(reference, defined, empty, sides),
        chance=probability_of(reference, observed) if reference.exact else None,
    )
