"""Sums without lists against the lists themselves: every scheme of urns, exactly and by drawing."""

import numpy as np
import pytest

from armlet.allocation.scheme import Factor, Scheme, enumerate_sequences
from armlet.analysis.contrasts import Contrast, adjusted_coefficient, adjusted_t, difference_in_means
from armlet.analysis.randomisation import Lists, OneArmEmpty, enumerated, judged
from armlet.analysis.sequences import every_sequence
from armlet.analysis.sides import Sides
from armlet.analysis.urn_draws import drawn_statistics
from armlet.analysis.urn_sums import count_ways, every_statistic, parts_of
from tests.plain_lists import rerandomised

SEX = (Factor("sex", ("f", "m")),)
PEOPLE = [{"sex": sex} for sex in "fmmffmmfmf"]


def scheme(method: str, ratio: tuple[int, int] = (1, 1), **settings: object) -> Scheme:
    return Scheme.of(("T", "C"), ratio, method, settings)


STRATIFIED = Scheme.of(("T", "C"), (1, 1), "permuted_blocks", {"block": 4}, SEX).joined_by(*PEOPLE)
URNS = [
    scheme("complete"),
    scheme("complete", (2, 1)),
    scheme("random_allocation", n=10),
    scheme("random_allocation", n=14),
    scheme("random_allocation", (2, 1), n=12),
    scheme("permuted_blocks", block=2),
    scheme("permuted_blocks", block=4),
    scheme("permuted_blocks", (2, 1), block=6),
    scheme("permuted_blocks", block=24),
    STRATIFIED,
]
VALUES = np.array([0.31, 0.72, 0.45, 0.45, 1.2, 0.08, 0.66, 0.9, 0.52, 0.3])
BASELINES = np.array([0.5, 0.9, 0.4, 0.7, 1.1, 0.3, 0.6, 1.0, 0.5, 0.2])
CHOSEN = np.array([1.0, 0, 0, 1, 0, 1, 1, 0, 1, 0])
CONTRASTS = [
    difference_in_means(VALUES, CHOSEN),
    adjusted_coefficient(VALUES, BASELINES, CHOSEN),
    adjusted_t(VALUES, np.column_stack([BASELINES, BASELINES**2]), CHOSEN),
]


def seen(contrast: Contrast):
    return contrast(CHOSEN[np.newaxis, :].astype(np.int8))


@pytest.mark.parametrize("urns", URNS)
@pytest.mark.parametrize("contrast", CONTRASTS)
@pytest.mark.parametrize("sides", list(Sides))
def test_sums_of_all_lists_give_the_p_and_the_limits_of_the_lists(
    urns: Scheme, contrast: Contrast, sides: Sides
) -> None:
    parts = parts_of(urns, contrast.columns, 0)
    assert parts is not None
    table, weight = every_sequence(urns, 10)
    assert count_ways(parts) == len(table)
    every, chance = every_statistic(parts, contrast)
    fast = judged(Lists.of(every, chance), seen(contrast), 0.8, OneArmEmpty.EXTREME, sides)
    reference = enumerated(table, weight, 0, range(10))
    slow = rerandomised(reference, CHOSEN.astype(np.int8), contrast, 0.8, OneArmEmpty.EXTREME, sides)

    assert fast.p == pytest.approx(slow.p, rel=1e-12)
    assert (fast.lower, fast.upper) == pytest.approx((slow.lower, slow.upper), rel=1e-9)


@pytest.mark.parametrize("urns", [*URNS[:5], STRATIFIED])
def test_drawn_sums_are_as_frequent_as_their_lists_are_likely(urns: Scheme) -> None:
    """The columns are 1, 2, 4 …, so that each list has a sum of its own."""
    columns = 2.0 ** np.arange(10)[:, np.newaxis]
    parts = parts_of(urns, columns, 0)
    assert parts is not None
    sums = _drawn_sums(parts, 200_000)
    found = dict(zip(*(part.tolist() for part in np.unique(sums, return_counts=True)), strict=True))
    expected = {
        float(sum(2**slot for slot, arm in enumerate(row) if arm == 0)): float(chance)
        for row, chance in enumerate_sequences(urns, 10)
    }

    assert found.keys() <= expected.keys()
    far = sum((found.get(key, 0) - 200_000 * chance) ** 2 / (200_000 * chance) for key, chance in expected.items())
    assert far < len(expected) + 6 * (2 * len(expected)) ** 0.5


def _drawn_sums(parts, draws: int):
    """A contrast that only hands on its first sum."""
    handed = []

    def judge(sums):
        handed.append(sums[0].copy())
        return CONTRASTS[0].judge(np.zeros((4, sums.shape[1])))

    lists = drawn_statistics(parts, Contrast(np.zeros((10, 1)), judge), seen(CONTRASTS[0]), draws, 5)
    handed.clear()
    for _ in lists.portions():
        pass
    return np.concatenate(handed)


def test_a_large_urn_is_shared_over_stretches_and_keeps_its_total() -> None:
    """Of 40 slots 20 get the arm, however they fall into three stretches; the second column counts by place."""
    columns = np.column_stack([np.ones(40), np.arange(40.0)])
    parts = parts_of(scheme("random_allocation", n=40), columns, 0)
    assert parts is not None
    assert count_ways(parts) == 137_846_528_820
    totals, places = [], []

    def judge(sums):
        totals.append(sums[0].copy())
        places.append(sums[1].copy())
        return CONTRASTS[0].judge(np.zeros((4, sums.shape[1])))

    lists = drawn_statistics(parts, Contrast(columns, judge), seen(CONTRASTS[0]), 50_000, 3)
    for _ in lists.portions():
        pass
    assert set(np.concatenate(totals).tolist()) == {20.0}
    # without replacement the sum of 20 of 0 … 39 has mean 390 and variance 20 * 20 / 39 * 5330 / 40
    variance = 20 * 20 / 39 * 5330 / 40
    place = np.concatenate(places)
    assert abs(place.mean() - 390) < 5 * (variance / place.size) ** 0.5
    assert place.var() == pytest.approx(variance, rel=0.03)


@pytest.mark.parametrize("method", [scheme("efron"), scheme("permuted_blocks", blocks=[2, 4]), scheme("big_stick")])
def test_schemes_without_urns_are_left_to_the_lists(method: Scheme) -> None:
    assert parts_of(method, np.zeros((10, 1)), 0) is None


@pytest.mark.parametrize("value", [1.0, 1e-6])
def test_the_pilot_changes_no_limit_and_portions_change_no_p(value: float) -> None:
    rng = np.random.default_rng(4)
    values, before = value * rng.normal(size=40), rng.normal(size=40)
    chosen = np.tile([1.0, 0.0], 20)
    contrast = adjusted_coefficient(values, before, chosen)
    parts = parts_of(scheme("complete"), contrast.columns, 0)
    assert parts is not None
    mine = contrast(chosen[np.newaxis, :].astype(np.int8))
    lists = drawn_statistics(parts, contrast, mine, 40_000, 2)
    assert lists.pilot is not None
    assert judged(lists, mine, 0.95, OneArmEmpty.EXTREME) == judged(
        Lists(lists.portions), mine, 0.95, OneArmEmpty.EXTREME
    )
