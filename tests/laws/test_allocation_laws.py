"""What holds for every allocation method, whatever the arms, the ratio and the settings.

A new module in ``allocation/methods/`` joins by one entry in `STRATEGIES`; without it the first test fails.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from fractions import Fraction
from itertools import accumulate, permutations, product
from math import comb, factorial, prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.allocation import methods
from armlet.allocation.predictability import predict
from armlet.allocation.scheme import (
    AllocationMethod,
    NextChances,
    Scheme,
    StatefulMethod,
    check_scheme,
    count_bound,
    enumerate_sequences,
    load_method,
    sequence_probability,
)
from armlet.allocation.stream import draw_among, draw_arm, replay
from armlet.errors import InputError
from armlet.issues import has_error
from armlet.plugins import find_methods

RATIOS = st.lists(st.integers(1, 3), min_size=2, max_size=3).map(tuple)


def arms_of(ratio: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(f"arm {letter}" for letter in "ABC"[: len(ratio)])


@st.composite
def block_schemes(draw: st.DrawFn) -> Scheme:
    ratio = draw(RATIOS)
    scheme = Scheme(arms_of(ratio), ratio, "permuted_blocks")
    size = draw(st.integers(1, 3)) * sum(scheme.lowest_ratio())
    return Scheme(scheme.arms, ratio, "permuted_blocks", (("block", size),))


STRATEGIES: dict[str, st.SearchStrategy[Scheme]] = {
    "big_stick": st.integers(1, 4).map(
        lambda limit: Scheme(("arm A", "arm B"), (1, 1), "big_stick", (("limit", limit),))
    ),
    "complete": RATIOS.map(lambda ratio: Scheme(arms_of(ratio), ratio, "complete")),
    "permuted_blocks": block_schemes(),
    "single_arm": st.just(Scheme(("arm A",), (1,), "single_arm")),
}

ANY_METHOD = pytest.mark.parametrize("name", sorted(STRATEGIES))
TRIES = settings(max_examples=30, deadline=None, derandomize=True)


def draw_case(data: st.DataObject, name: str) -> tuple[Scheme, int]:
    """A scheme with a number of slots whose sequences are few enough to list in a test."""
    scheme = data.draw(STRATEGIES[name])
    return scheme, data.draw(st.integers(0, 8 if len(scheme.arms) < 3 else 5))


def list_histories(scheme: Scheme, n: int) -> list[tuple[int, ...]]:
    return [history for length in range(n + 1) for history, _ in enumerate_sequences(scheme, length)]


def test_every_method_joins_the_laws() -> None:
    assert set(find_methods(methods)) == set(STRATEGIES), "add the method to STRATEGIES in tests/laws"


@ANY_METHOD
def test_a_method_goes_by_the_name_of_its_module_and_says_its_source(name: str) -> None:
    method = load_method(name)
    assert isinstance(method, AllocationMethod)
    assert method.name == name
    assert method.label
    assert method.source


@ANY_METHOD
@TRIES
@given(data=st.data())
def test_the_chances_after_every_reachable_history_are_chances_and_sum_to_one(name: str, data: st.DataObject) -> None:
    scheme, n = draw_case(data, name)
    assert not has_error(check_scheme(scheme))
    for history in list_histories(scheme, n):
        chances = load_method(name).next_probabilities(scheme, history)
        assert len(chances) == len(scheme.arms)
        assert all(0 <= chance <= 1 for chance in chances)
        assert sum(chances) == 1


@ANY_METHOD
@TRIES
@given(data=st.data())
def test_the_enumeration_is_complete_ordered_and_as_long_as_counted(name: str, data: st.DataObject) -> None:
    scheme, n = draw_case(data, name)
    listed = list(enumerate_sequences(scheme, n))
    sequences = [sequence for sequence, _ in listed]
    assert sum(chance for _, chance in listed) == 1
    assert all(chance > 0 for _, chance in listed)
    assert sequences == sorted(set(sequences))
    assert len(listed) == count_bound(scheme, n)


@ANY_METHOD
@TRIES
@given(data=st.data())
def test_the_chance_of_every_thinkable_sequence_is_that_of_the_enumeration_or_none(
    name: str, data: st.DataObject
) -> None:
    scheme, n = draw_case(data, name)
    listed = dict(enumerate_sequences(scheme, n))
    for sequence in product(range(len(scheme.arms)), repeat=n):
        assert sequence_probability(scheme, sequence) == listed.get(sequence, 0)


@ANY_METHOD
@TRIES
@given(data=st.data())
def test_a_history_without_a_chance_is_refused_and_every_other_is_not(name: str, data: st.DataObject) -> None:
    scheme, n = draw_case(data, name)
    method, listed = load_method(name), dict(enumerate_sequences(scheme, n))
    for history in product(range(len(scheme.arms)), repeat=n):
        if history in listed:
            method.next_probabilities(scheme, history)
        else:
            with pytest.raises(InputError):
                method.next_probabilities(scheme, history)


@ANY_METHOD
@TRIES
@given(data=st.data())
def test_histories_of_one_length_and_state_have_one_future(name: str, data: st.DataObject) -> None:
    scheme, n = draw_case(data, name)
    method = load_method(name)
    if not isinstance(method, StatefulMethod):
        return
    futures: dict[tuple[int, Hashable], set[tuple[object, ...]]] = defaultdict(set)
    for history in list_histories(scheme, n):
        chances = method.next_probabilities(scheme, history)
        after = tuple(method.state(scheme, (*history, arm)) if chance else None for arm, chance in enumerate(chances))
        futures[len(history), method.state(scheme, history)].add((chances, after))
    assert all(len(future) == 1 for future in futures.values())


@ANY_METHOD
@TRIES
@given(data=st.data())
def test_the_table_by_states_is_the_table_by_enumeration(name: str, data: st.DataObject) -> None:
    scheme, n = draw_case(data, name)
    n = max(n, 1)
    method = load_method(name)
    guess = certain = mean = ge4 = Fraction(0)
    for slot in range(n):
        for history, weight in enumerate_sequences(scheme, slot):
            best = max(method.next_probabilities(scheme, history))
            guess += weight * best / n
            certain += weight / n if best == 1 else 0
    for sequence, weight in enumerate_sequences(scheme, n):
        shares = [Fraction(sequence.count(arm), share) for arm, share in enumerate(scheme.lowest_ratio())]
        gap = max(shares) - min(shares)
        mean += weight * gap
        ge4 += weight if gap >= 4 else 0
    row = predict(scheme, n)
    assert (row.guess, row.certain, row.imbalance_mean, row.imbalance_ge4) == (guess, certain, mean, ge4)
    assert sum(chance for _, chance in row.imbalance) == 1


@ANY_METHOD
@TRIES
@given(data=st.data())
def test_the_order_in_which_the_arms_are_listed_changes_no_chance(name: str, data: st.DataObject) -> None:
    scheme, n = draw_case(data, name)
    order = data.draw(st.sampled_from(list(permutations(range(len(scheme.arms))))))
    moved = Scheme(
        tuple(scheme.arms[arm] for arm in order),
        tuple(scheme.ratio[arm] for arm in order),
        scheme.method,
        scheme.settings,
    )
    for sequence, chance in enumerate_sequences(moved, n):
        assert sequence_probability(scheme, tuple(order[arm] for arm in sequence)) == chance


@ANY_METHOD
@TRIES
@given(data=st.data(), seed=st.binary(min_size=32, max_size=32))
def test_a_draw_can_happen_is_repeatable_and_replays(name: str, data: st.DataObject, seed: bytes) -> None:
    scheme, n = draw_case(data, name)
    history: tuple[int, ...] = ()
    for counter in range(n):
        drawn = draw_arm(scheme, history, seed, counter)
        assert drawn.probabilities == load_method(name).next_probabilities(scheme, history)
        assert drawn.probabilities[drawn.arm] > 0
        assert drawn == draw_arm(scheme, list(history), bytes(seed), counter)
        assert drawn == draw_among(drawn.probabilities, seed, counter)
        assert replay(drawn, scheme, history, seed, counter)
        assert not replay(drawn, scheme, history, seed, counter + 1)
        history = (*history, drawn.arm)
    assert sequence_probability(scheme, history) > 0


@TRIES
@given(scheme=STRATEGIES["big_stick"], n=st.integers(0, 8))
def test_the_lead_never_passes_the_limit_of_the_big_stick(scheme: Scheme, n: int) -> None:
    limit = dict(scheme.settings)["limit"]
    assert isinstance(limit, int)
    leads = {
        abs(2 * sequence[:slot].count(0) - slot)
        for sequence, _ in enumerate_sequences(scheme, n)
        for slot in range(n + 1)
    }
    assert max(leads) == min(limit, n)


@TRIES
@given(scheme=STRATEGIES["permuted_blocks"], n=st.integers(0, 6))
def test_every_complete_block_holds_the_ratio(scheme: Scheme, n: int) -> None:
    size = dict(scheme.settings)["block"]
    assert isinstance(size, int)
    for sequence, _ in enumerate_sequences(scheme, n):
        for start in range(0, n - size + 1, size):
            block = sequence[start : start + size]
            counts = tuple(map(block.count, range(len(scheme.arms))))
            assert counts == tuple(share * size // sum(scheme.ratio) for share in scheme.ratio)


@TRIES
@given(scheme=STRATEGIES["permuted_blocks"])
def test_every_order_of_a_block_is_equally_likely(scheme: Scheme) -> None:
    size = dict(scheme.settings)["block"]
    assert isinstance(size, int)
    held = [share * size // sum(scheme.ratio) for share in scheme.ratio]
    orders = factorial(size) // prod(map(factorial, held))
    one_order = tuple(arm for arm, slots in enumerate(held) for _ in range(slots))
    assert sequence_probability(scheme, one_order) == Fraction(1, orders)
    assert sequence_probability(scheme, one_order[::-1]) == Fraction(1, orders)
    assert count_bound(scheme, size) == orders


def list_plausible(tries: int, chance: Fraction) -> set[int]:
    """The numbers of hits in so many tries at which neither exact binomial tail is below one in a million."""
    yes, no = chance.numerator, chance.denominator - chance.numerator
    ways = [comb(tries, hits) * yes**hits * no ** (tries - hits) for hits in range(tries + 1)]
    whole = chance.denominator**tries
    at_most = list(accumulate(ways))
    return {
        hits
        for hits in range(tries + 1)
        if at_most[hits] * 1_000_000 > whole and (whole - at_most[hits] + ways[hits]) * 1_000_000 > whole
    }


def test_the_plausible_numbers_of_hits_are_those_of_the_binomial_law() -> None:
    assert list_plausible(4, Fraction(1, 2)) == {0, 1, 2, 3, 4}
    assert list_plausible(20, Fraction(1, 2)) == set(range(1, 20))  # 1/2**20 is below a millionth, 21/2**20 is not


@pytest.mark.parametrize(
    ("scheme", "n"),
    [
        (Scheme(("A", "B"), (2, 1), "complete"), 2),
        (Scheme(("A", "B"), (1, 1), "big_stick"), 4),
        (Scheme(("A", "B"), (1, 1), "permuted_blocks"), 4),
        (Scheme(("A", "B", "C"), (2, 1, 1), "permuted_blocks", (("block", 4),)), 3),
    ],
)
def test_many_seeds_draw_every_sequence_as_often_as_its_chance_says(scheme: Scheme, n: int) -> None:
    tries = 2000
    chances = NextChances(scheme)
    drawn: dict[tuple[int, ...], int] = defaultdict(int)
    for number in range(tries):
        history: tuple[int, ...] = ()
        for counter in range(n):
            history = (*history, draw_among(chances.after(history), number.to_bytes(32, "big"), counter).arm)
        drawn[history] += 1
    expected = dict(enumerate_sequences(scheme, n))
    assert set(drawn) == set(expected)
    plausible = {chance: list_plausible(tries, chance) for chance in expected.values()}
    assert all(drawn[sequence] in plausible[chance] for sequence, chance in expected.items())
