"""Exact one- and two-sample procedures against numbers from exactRankTests, enumeration and printed limits."""

from itertools import combinations, product

import numpy as np
import pytest

from armlet.allocation.scheme import Scheme
from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.contrasts import difference_in_means
from armlet.analysis.estimates import Estimate
from armlet.analysis.methods.clopper_pearson import Sides, clopper_pearson
from armlet.analysis.randomisation import OneArmEmpty, enumerated
from armlet.analysis.ranks import rank_sum_limits, rank_sum_test, signed_rank_limits, signed_rank_test
from tests.plain_lists import rerandomised

CHANGES = (1, -1, 2, 2, 0, 3, -2, 4, 1, 2)
TREATED = (-0.02, 0.11, -0.15, 0.05, -0.08)
CONTROL = (-0.31, -0.12, -0.44, -0.20, -0.27)


def one_arm(changes: tuple[float, ...]) -> Cases:
    rows = tuple(Case(f"P{i}", "only", None, 10.0, 10.0 + change) for i, change in enumerate(changes))
    return Cases(rows, "nmol/L", ("only",))


def two_arms(block: int = 10) -> Cases:
    allocated = tuple(arm for _ in range(5) for arm in ("T", "C"))
    values = [value for pair in zip(TREATED, CONTROL, strict=True) for value in pair]
    rows = tuple(
        Case(f"P{slot}", arm, slot, None, value)
        for slot, (arm, value) in enumerate(zip(allocated, values, strict=True), start=1)
    )
    scheme = Scheme.of(("T", "C"), (1, 1), "permuted_blocks", {"block": block})
    return Cases(rows, "nmol/L", ("T", "C"), "C", scheme, allocated)


def estimated(method: str, cases: Cases, **settings: object) -> Estimate:
    result = load_method(method).run(cases, settings, "label")
    assert isinstance(result, Estimate)
    assert result.p is not None
    return result


@pytest.mark.parametrize(("zeros", "p"), [("wilcoxon", 0.09375), ("pratt", 0.09765625)])
def test_signed_ranks_with_a_zero_and_ties(zeros: str, p: float) -> None:
    result = estimated("signed_rank", one_arm(CHANGES), zeros=zeros)
    assert result.p is not None
    assert result.p.value == p
    assert result.value == 1.5


def test_signed_rank_statistic_and_limits_under_ties() -> None:
    result = estimated("signed_rank", one_arm(CHANGES))
    assert result.detail("V") == 37.5
    assert result.interval is not None
    assert (result.interval.lower, result.interval.upper) == pytest.approx((-0.5, 3.0), abs=1e-12)
    assert result.interval.attained == pytest.approx(1 - 2 * 12 / 512, abs=1e-12)


@pytest.mark.parametrize(
    ("people", "place", "tail"), [(10, 9, 25 / 1024), (9, 6, 10 / 512), (7, 3, 3 / 128), (6, 1, 1 / 64)]
)
def test_limits_without_ties_are_the_tabled_order_statistics(people: int, place: int, tail: float) -> None:
    values = np.array([0.1, 0.35, -0.2, 0.77, 1.3, 0.61, 0.9, -0.05, 0.44, 2.0])[:people]
    averages = sorted((a + b) / 2 for i, a in enumerate(values) for b in values[i:])
    limits = signed_rank_limits(values, 0.95, pratt=False)
    assert limits.lower == pytest.approx(averages[place - 1], abs=1e-12)
    assert limits.upper == pytest.approx(averages[-place], abs=1e-12)
    assert limits.attained == pytest.approx(1 - 2 * tail, abs=1e-12)


def test_five_people_hold_only_93_75_per_cent_and_say_so() -> None:
    result = estimated("signed_rank", one_arm((0.1, 0.35, -0.2, 0.77, 1.3)))
    assert result.interval is not None
    assert result.interval.attained == 0.9375
    assert (result.interval.lower, result.interval.upper) == pytest.approx((-0.2, 1.3))
    assert any("93.75" in words for words in result.warnings)
    assert result.p is not None
    assert result.p.smallest_reachable == 0.0625


def test_sign_flips_of_eight_changes() -> None:
    result = estimated("sign_flip", one_arm((1.2, -0.4, 0.9, 2.1, 0.3, -0.7, 1.5, 0.8)))
    assert result.value == pytest.approx(0.7125, abs=1e-12)
    assert result.p is not None
    assert result.p.value == pytest.approx(20 / 256, abs=1e-15)


def test_rank_sum_with_ties() -> None:
    test = rank_sum_test(np.array([3.0, 5, 5, 7, 9, 9]), np.array([1.0, 2, 3, 5, 5, 6, 4]))
    assert test.statistic == 33.5
    assert test.p == pytest.approx(0.0763403263403, abs=1e-12)
    assert test.mid_p == pytest.approx(0.0710955710956, abs=1e-12)


def test_rank_sum_shift_and_limits_of_five_against_five() -> None:
    result = estimated("rank_sum", two_arms())
    assert result.value == pytest.approx(0.25, abs=1e-12)
    assert result.detail("W") == 24
    assert result.p is not None
    assert result.p.value == pytest.approx(4 / 252, abs=1e-12)
    assert result.interval is not None
    assert (result.interval.lower, result.interval.upper) == pytest.approx((0.05, 0.42), abs=1e-12)
    assert result.interval.attained == pytest.approx(0.968254, abs=5e-7)


def test_the_next_narrower_shift_limits() -> None:
    limits = rank_sum_limits(np.array(TREATED), np.array(CONTROL), 0.94)
    assert (limits.lower, limits.upper) == pytest.approx((0.10, 0.42), abs=1e-12)
    assert limits.attained == pytest.approx(0.944444, abs=5e-7)


def test_rerandomised_difference_in_means_and_its_inverted_limits() -> None:
    result = estimated("rerandomisation", two_arms())
    assert result.value == pytest.approx(0.25, abs=1e-12)
    assert result.p is not None
    assert result.p.value == pytest.approx(4 / 252, abs=1e-12)
    assert result.p.smallest_reachable == pytest.approx(2 / 252, abs=1e-12)
    assert result.interval is not None
    assert (result.interval.lower, result.interval.upper) == pytest.approx((0.08, 0.42), abs=1e-9)


def test_paired_blocks_in_listed_order() -> None:
    result = estimated("rerandomisation", two_arms(block=2))
    assert result.p is not None
    assert result.p.value == pytest.approx(0.0625, abs=1e-12)


@pytest.mark.parametrize(
    ("spread", "p", "limits"), [("pooled", 0.007701, (0.086810, 0.413190)), ("welch", 0.008004, None)]
)
def test_student_and_welch(spread: str, p: float, limits: tuple[float, float] | None) -> None:
    result = estimated("difference", two_arms(), spread=spread)
    assert result.p is not None
    assert result.p.value == pytest.approx(p, abs=5e-7)
    assert result.interval is not None
    if limits:
        assert (result.interval.lower, result.interval.upper) == pytest.approx(limits, abs=5e-7)


def test_three_strata_in_blocks_of_four_have_216_lists_and_not_924() -> None:
    values = np.array([5.1, 3.9, 4.4, 6.0, 7.2, 6.1, 5.5, 6.9, 3.3, 4.8, 4.1, 2.9])
    observed = np.array([arm == "T" for arm in "TCCTTCCTCTTC"], dtype=np.int8)
    block = [tuple(int(i in chosen) for i in range(4)) for chosen in combinations(range(4), 2)]
    lists = [(*a, *b, *c) for a, b, c in product(block, repeat=3)]
    free = [tuple(int(i in chosen) for i in range(12)) for chosen in combinations(range(12), 6)]
    statistic = difference_in_means(values, observed.astype(np.float64))
    for sequences, p in ((lists, 2 / 216), (free, 0.0952380952381)):
        reference = enumerated(sequences, [1 / len(sequences)] * len(sequences), arm=1, keep=range(12))
        found = rerandomised(reference, observed, statistic, 0.95, OneArmEmpty.EXTREME)
        assert found.p == pytest.approx(p, abs=1e-12)


def test_nobody_of_ten_still_allows_three_in_ten() -> None:
    assert clopper_pearson(0, 10).upper == pytest.approx(0.308497107819, abs=1e-12)
    assert clopper_pearson(0, 10).lower == 0
    assert clopper_pearson(0, 10, sides=Sides.UPPER).upper == pytest.approx(0.258865550893, abs=1e-12)
    assert clopper_pearson(10, 10).upper == 1
    assert clopper_pearson(10, 10).lower == pytest.approx(1 - 0.308497107819, abs=1e-12)


def test_pratt_and_wilcoxon_agree_where_there_is_no_zero() -> None:
    changes = np.array([1.0, -1, 2, 2, 3, -2, 4, 1, 2])
    assert signed_rank_test(changes, pratt=True) == signed_rank_test(changes, pratt=False)
