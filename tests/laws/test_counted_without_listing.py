"""Laws of the quick paths: what is counted without listing or ranking anew agrees with doing it the long way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.analysis import flips
from armlet.analysis.contrasts import difference_in_means
from armlet.analysis.flips import flip_verdict, flipped_sums, judged_patterns
from armlet.analysis.imputed_comparison import Shifted
from armlet.analysis.randomisation import Verdict
from armlet.analysis.ranks import doubled_beyond, doubled_mid_ranks, is_zero, pairwise_differences, walsh_averages
from armlet.analysis.sides import Sides
from armlet.analysis.transforms import Floats

SHAPES: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "no two alike": lambda chance, number: chance.normal(0.4, 1, number),
    "whole steps": lambda chance, number: np.rint(chance.normal(0.5, 1.5, number)),
    "tenths": lambda chance, number: np.round(chance.normal(0.1, 1, number), 1),
    "far from nought": lambda chance, number: chance.normal(0.3, 1, number) + 10_000,
    "outliers": lambda chance, number: chance.standard_cauchy(number),
    "all alike": lambda chance, number: np.full(number, 0.3),
}


def by_every_pattern(values: Floats, level: float, sides: Sides) -> Verdict:
    return judged_patterns(values, flipped_sums(values), flipped_sums(np.ones(values.size)), level, sides)


def require_the_same(quick: Verdict, plain: Verdict, values: Floats) -> None:
    assert quick.p == pytest.approx(plain.p, abs=1e-14)
    rounding = 1e-12 * float(np.abs(values).max())
    for limit, expected in ((quick.lower, plain.lower), (quick.upper, plain.upper)):
        assert limit == (None if expected is None else pytest.approx(expected, abs=rounding))


@settings(max_examples=150, deadline=None)
@given(
    shape=st.sampled_from(list(SHAPES)),
    number=st.integers(2, 12),
    seed=st.integers(0, 9_999),
    level=st.sampled_from([0.05, 0.5, 0.8, 0.95, 0.999]),
    sides=st.sampled_from(list(Sides)),
    few=st.sampled_from([1, 20, flips.FEW]),
)
def test_signs_are_flipped_in_halves_as_in_every_pattern(
    shape: str, number: int, seed: int, level: float, sides: Sides, few: int
) -> None:
    values = SHAPES[shape](np.random.default_rng(seed), number)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(flips, "FEW", few)

        quick = flip_verdict(values, level, sides)

    require_the_same(quick, by_every_pattern(values, level, sides), values)


@pytest.mark.parametrize("shape", ["no two alike", "whole steps"])
def test_a_million_patterns_agree_as_well(shape: str) -> None:
    values = SHAPES[shape](np.random.default_rng(20), 20)

    require_the_same(
        flip_verdict(values, 0.95, Sides.TWO_SIDED), by_every_pattern(values, 0.95, Sides.TWO_SIDED), values
    )


def signed_sum(shifted: Floats) -> float:
    """The doubled signed-rank sum by ranking, half way between its values to the left and to the right of a zero."""
    ranks, zero = doubled_mid_ranks(np.abs(shifted)), is_zero(shifted)
    return float(ranks[(shifted > 0) & ~zero].sum() + ranks[zero].sum() / 2)


@settings(max_examples=80, deadline=None)
@given(shape=st.sampled_from(list(SHAPES)), number=st.integers(1, 25), seed=st.integers(0, 9_999))
def test_signed_ranks_are_counted_as_if_ranked_anew_at_each_step(shape: str, number: int, seed: int) -> None:
    values = SHAPES[shape](np.random.default_rng(seed), number)
    steps = walsh_averages(values)

    counted = doubled_beyond(steps, float(np.abs(values).max()))

    assert counted.tolist() == [signed_sum(values - step) for step in steps.tolist()]


@settings(max_examples=80, deadline=None)
@given(
    shape=st.sampled_from(list(SHAPES)),
    number=st.integers(1, 12),
    others=st.integers(1, 12),
    seed=st.integers(0, 9_999),
)
def test_rank_sums_are_counted_as_if_ranked_anew_at_each_step(shape: str, number: int, others: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    first, second = SHAPES[shape](chance, number), SHAPES[shape](chance, others)
    steps = pairwise_differences(first, second)

    counted = doubled_beyond(steps, float(np.abs(np.concatenate([first, second])).max()))

    ranked = [doubled_mid_ranks(np.concatenate([first - step, second]))[:number].sum() for step in steps.tolist()]
    assert (counted + number * (number + 1)).tolist() == ranked


@settings(max_examples=30, deadline=None)
@given(lists=st.integers(1, 3_000), number=st.integers(2, 30), seed=st.integers(0, 9_999))
def test_sums_of_many_lists_are_those_of_one_product(lists: int, number: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    assigned = chance.integers(0, 2, (lists, number)).astype(np.int8)
    contrast = difference_in_means(chance.normal(size=number), assigned[0].astype(np.float64))

    found, whole = contrast(assigned), contrast.judge((assigned @ contrast.columns).T)

    assert found.at_zero == pytest.approx(whole.at_zero, abs=1e-12)
    assert found.per_unit == pytest.approx(whole.per_unit, abs=1e-12)
    assert np.array_equal(found.defined, whole.defined)


@settings(max_examples=80, deadline=None)
@given(
    number=st.integers(2, 60),
    seed=st.integers(0, 9_999),
    delta=st.floats(-50, 50),
    moves=st.sampled_from([0.0, 0.1, 1.0]),
)
def test_rubins_rules_at_a_delta_are_those_of_the_shifted_imputations(
    number: int, seed: int, delta: float, moves: float
) -> None:
    chance = np.random.default_rng(seed)
    variance = (chance.gamma(3, 1, number), chance.normal(0, 0.1, number), chance.gamma(3, 0.1, number))
    shifted = Shifted(chance.normal(0.5, 1, number), moves * chance.normal(0.3, 0.1, number), variance, 12)

    quick, plain = shifted.moments().at(delta), shifted.at(delta)

    for name in ("value", "within", "between", "df", "error"):
        assert getattr(quick, name) == pytest.approx(getattr(plain, name), rel=1e-9, abs=1e-12)
    assert quick.imputations == plain.imputations == number
