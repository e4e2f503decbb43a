"""The quick ways to a p-value against the plain ones: compiled counting, and two halves that meet in the middle."""

import sys
from dataclasses import replace
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.allocation.scheme import Scheme, sequence_probability
from armlet.analysis import fused, urn_draws, urn_sums
from armlet.analysis.contrasts import Contrast, adjusted_coefficient, adjusted_t, difference_in_means
from armlet.analysis.halves import halves_of
from armlet.analysis.randomisation import Lists, OneArmEmpty, Tally, enumerated
from armlet.analysis.randomisation import tested as judged_without_limits
from armlet.analysis.replay import Replay, is_possible, replay_contrast
from armlet.analysis.sequences import every_sequence
from armlet.analysis.sides import Sides
from tests.plain_lists import rerandomised

EMPTY = OneArmEmpty.EXTREME


@pytest.fixture(autouse=True)
def few_draws_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urn_draws, "MANY", 1_000)
    monkeypatch.setattr(urn_draws, "STREAM", urn_draws.PORTION)


SCHEMES = {
    "one urn": Scheme.of("ab", (1, 1), "random_allocation", {"n": 40}),
    "one urn, 2:1": Scheme.of("ab", (2, 1), "random_allocation", {"n": 45}),
    "coin": Scheme.of("ab", (1, 1), "complete"),
    "blocks": Scheme.of("ab", (1, 1), "permuted_blocks", {"block": 4}),
}


def contrast_of(kind: str, values, before, chosen) -> Contrast:
    if kind == "difference":
        return difference_in_means(values, chosen)
    return (adjusted_t if kind == "t" else adjusted_coefficient)(values, before, chosen)


def drawn(urns: Scheme, contrast: Contrast, chosen, draws: int) -> tuple[Lists, object]:
    parts = urn_sums.parts_of(urns, contrast.columns, 0)
    assert parts is not None
    seen = contrast(chosen[np.newaxis, :].astype(np.int8))
    return urn_draws.drawn_statistics(parts, contrast, seen, draws, 11, limits=False), seen


@pytest.mark.parametrize("urns", SCHEMES.values(), ids=SCHEMES)
@pytest.mark.parametrize("kind", ["difference", "t", "coefficient", "t beside two"])
@pytest.mark.parametrize("sides", list(Sides))
@pytest.mark.parametrize("digits", [9, 0])
@pytest.mark.parametrize("is_compiled", [True, False])
def test_counting_in_one_pass_gives_the_very_p_of_the_plain_path(
    monkeypatch: pytest.MonkeyPatch, urns: Scheme, kind: str, sides: Sides, digits: int, is_compiled: bool
) -> None:
    """With whole numbers most draws are tied with many others, so that portions fall back on the plain path."""
    if is_compiled:
        pytest.importorskip("numba")
    draws = 20_000 if is_compiled else 1_500
    kernel = fused.load_kernel() if is_compiled else fused.count_clear
    monkeypatch.setattr(urn_draws, "load_kernel", lambda: kernel)
    rng = np.random.default_rng(3)
    people = 45 if "2" in str(urns.ratio) else 40
    values, before = np.round(2 * rng.normal(size=people), digits), rng.normal(size=people)
    chosen = np.resize([1.0, 0.0], people)
    beside = np.column_stack([before, before**2]) if kind == "t beside two" else before
    contrast = contrast_of(kind.split(maxsplit=1)[0], values, beside, chosen)
    lists, seen = drawn(urns, contrast, chosen, draws)
    assert lists.count is not None

    written_down = []
    written = urn_draws._added
    monkeypatch.setattr(urn_draws, "_added", lambda *given: written_down.append(1) or written(*given))

    quick = judged_without_limits(lists, seen, EMPTY, sides)

    assert digits == 0 or len(written_down) <= 1  # of three portions: hardly a draw is doubtful
    assert digits or kind != "difference" or urns.ratio == (2, 1) or written_down
    assert quick == judged_without_limits(replace(lists, count=None), seen, EMPTY, sides)
    assert 1 / (draws + 1) <= quick.p <= 1


def test_lists_with_an_empty_arm_are_left_to_the_plain_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """A coin for eight: one list in 128 has an empty arm."""
    monkeypatch.setattr(urn_draws, "load_kernel", lambda: fused.count_clear)
    rng = np.random.default_rng(5)
    values, chosen = rng.normal(size=8), np.resize([1.0, 0.0], 8)
    lists, seen = drawn(SCHEMES["coin"], difference_in_means(values, chosen), chosen, 3_000)
    quick = judged_without_limits(lists, seen, EMPTY, Sides.TWO_SIDED)

    assert quick == judged_without_limits(replace(lists, count=None), seen, EMPTY, Sides.TWO_SIDED)
    assert quick.undefined == pytest.approx(1 / 128, rel=0.6)


def test_without_numba_there_is_no_quick_count_and_p_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    draws = 9_999
    fused.load_kernel.cache_clear()
    rng = np.random.default_rng(6)
    values, chosen = rng.normal(size=40), np.resize([1.0, 0.0], 40)
    contrast = difference_in_means(values, chosen)
    try:
        with monkeypatch.context() as without:
            without.setitem(sys.modules, "numba", None)
            lists, seen = drawn(SCHEMES["one urn"], contrast, chosen, draws)
            plain = judged_without_limits(lists, seen, EMPTY, Sides.TWO_SIDED)
            assert lists.count is None
    finally:
        fused.load_kernel.cache_clear()
    assert judged_without_limits(*drawn(SCHEMES["one urn"], contrast, chosen, draws), EMPTY, Sides.TWO_SIDED) == plain


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 5).flatmap(
        lambda half: st.tuples(
            st.lists(
                st.one_of(st.integers(-4, 4).map(float), st.floats(-1e3, 1e3, allow_subnormal=False)),
                min_size=2 * half,
                max_size=2 * half,
            ),
            st.permutations([1] * half + [0] * half),
            st.permutations(range(2 * half)),
        )
    ),
    st.sampled_from(Sides),
)
def test_two_halves_that_meet_give_the_p_of_all_lists(drawn_case, sides: Sides) -> None:
    numbers, arms, keep = drawn_case
    values, chosen = np.array(numbers), np.array(arms, dtype=float)
    if np.ptp(values) < 1e-6:
        return
    urns = Scheme.of("ab", (1, 1), "random_allocation", {"n": len(arms)})
    contrast = difference_in_means(values, chosen)
    allocated = [0] * len(arms)
    for person, slot in enumerate(keep):
        allocated[slot] = 1 - arms[person]
    replay = Replay(urns, tuple(allocated), tuple(keep), arm=0, reference=1, most=1000, draws=999, seed=1)
    quick = replay_contrast(replay, contrast, EMPTY, sides, limits=False)
    slow = replay_contrast(replay, contrast, EMPTY, sides)
    reference = enumerated(*every_sequence(urns, len(arms)), 0, keep)
    plain = rerandomised(reference, chosen.astype(np.int8), contrast, 0.8, EMPTY, sides)

    assert quick.number == slow.number == comb(len(arms), len(arms) // 2)
    assert (quick.chance, quick.smallest) == (pytest.approx(slow.chance), pytest.approx(slow.smallest))
    assert judged_without_limits(quick.lists, quick.seen, EMPTY, sides).p == pytest.approx(plain.p, rel=1e-12)


def test_the_halves_of_six_of_whom_the_three_highest_have_the_arm() -> None:
    """20 lists; only the one seen and its mirror image are as far from 0."""
    values, chosen = np.array([1.0, 2, 4, 8, 16, 32]), np.array([0.0, 0, 0, 1, 1, 1])
    contrast = difference_in_means(values, chosen)
    halves = halves_of(Scheme.of("ab", (1, 1), "random_allocation", {"n": 6}), contrast, 6, 0, range(6))
    assert halves is not None
    seen = contrast(chosen[np.newaxis, :].astype(np.int8))
    assert halves.number == 20
    assert judged_without_limits(halves.lists(), seen, EMPTY, Sides.TWO_SIDED).p == 2 / 20
    assert judged_without_limits(halves.lists(), seen, EMPTY, Sides.GREATER).p == 1 / 20
    assert judged_without_limits(halves.lists(), seen, EMPTY, Sides.LESS).p == 1


@pytest.mark.parametrize("urns", [*SCHEMES.values(), Scheme.of("ab", (1, 1), "big_stick", {"limit": 2})])
def test_a_list_is_possible_where_it_has_a_chance(urns: Scheme) -> None:
    rng = np.random.default_rng(8)
    for row in rng.integers(0, 2, (60, 6)).tolist():
        assert is_possible(urns, tuple(row)) == bool(sequence_probability(urns, row))
    assert is_possible(urns, (0,) * 35) == bool(sequence_probability(urns, (0,) * 35))


def test_p_is_the_same_on_one_processor_and_on_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urn_draws, "load_kernel", lambda: fused.count_clear)
    chosen = np.resize([1.0, 0.0], 40)
    contrast = difference_in_means(np.random.default_rng(3).normal(size=40), chosen)
    monkeypatch.setattr(urn_draws, "PORTION", 256)
    monkeypatch.setattr(urn_draws, "STREAM", 512)
    found = []
    for processors in (1, 2, 7):
        monkeypatch.setattr(urn_draws, "_processors", lambda processors=processors: processors)
        lists, seen = drawn(SCHEMES["one urn"], contrast, chosen, 3_000)
        found.append(judged_without_limits(lists, seen, EMPTY, Sides.TWO_SIDED))

    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("far", [1e5, 1e6, 1e7, 1e9])
@pytest.mark.parametrize("kind", ["difference", "t", "coefficient"])
@pytest.mark.parametrize("seed", [4, 5])
def test_values_far_beyond_the_others_make_the_quick_count_coarse_and_never_wrong(
    far: float, kind: str, seed: int
) -> None:
    pytest.importorskip("numba")
    rng = np.random.default_rng(seed)
    values, before, chosen = rng.normal(size=40), rng.normal(size=40), np.resize([1.0, 0.0], 40)
    values[7], values[9] = far, -far  # where one arm has both they cancel out, and what the others say is below a unit
    lists, seen = drawn(SCHEMES["one urn"], contrast_of(kind, values, before, chosen), chosen, 30_000)
    assert lists.count is not None

    quick = judged_without_limits(lists, seen, EMPTY, Sides.TWO_SIDED)

    assert quick == judged_without_limits(replace(lists, count=None), seen, EMPTY, Sides.TWO_SIDED)


def test_where_the_frame_could_be_anything_no_statistic_is_clear() -> None:
    contrast = adjusted_t(np.arange(40.0), np.arange(40.0) % 7, np.resize([1.0, 0.0], 40))
    seen = contrast(np.resize([1, 0], 40)[np.newaxis, :].astype(np.int8))
    assert contrast.form is not None

    cut = urn_draws._cut(contrast.form, Tally(seen, Sides.TWO_SIDED, 1e-6), np.array([1e-9, 0.1]), 20.0)

    assert cut[4:] == (float("inf"), float("-inf"))
