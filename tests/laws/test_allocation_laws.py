"""What holds for every allocation method, whatever the arms, the ratio and the settings.

A new module in ``allocation/methods/`` joins by one entry in `STRATEGIES`; without it the first test fails.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, permutations, product
from math import factorial, prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.allocation import methods
from armlet.allocation.predictability import predict
from armlet.allocation.scheme import (
    AllocationMethod,
    Factor,
    NextChances,
    Scheme,
    SpreadMethod,
    StatefulMethod,
    check_scheme,
    count_bound,
    enumerate_sequences,
    load_method,
    method_of,
    planned_slots,
    sequence_probability,
)
from armlet.allocation.stream import draw_among, draw_arm, draw_next, find_list, replay, stratum_seed
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


def two_arms(method: str, **settings: object) -> Scheme:
    return Scheme.of(("arm A", "arm B"), (1, 1), method, settings)


@st.composite
def schemes_of_sizes_by_chance(draw: st.DrawFn) -> Scheme:
    ratio = draw(st.sampled_from([(1, 1), (2, 1), (2, 2), (1, 1, 1)]))
    step = sum(Scheme(arms_of(ratio), ratio, "").lowest_ratio())
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3, unique=True))
    weights = draw(st.lists(st.integers(1, 3), min_size=len(sizes), max_size=len(sizes)))
    chosen = {"blocks": [size * step for size in sizes], "weights": weights}
    return Scheme.of(arms_of(ratio), ratio, "permuted_blocks", chosen)


@st.composite
def planned_schemes(draw: st.DrawFn) -> Scheme:
    ratio = draw(RATIOS)
    step = sum(Scheme(arms_of(ratio), ratio, "").lowest_ratio())
    n = step * draw(st.integers(1, 3 if step < 4 else 1))
    return Scheme.of(arms_of(ratio), ratio, "random_allocation", {"n": n})


PROBABILITIES = st.sampled_from(["1/2", "0.6", "2/3", "3/4", "1"])
BALLS = st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(any)

MOST_PEOPLE = 9


@st.composite
def factor_schemes(draw: st.DrawFn, schemes: st.SearchStrategy[Scheme]) -> Scheme:
    """The same scheme with one or two factors and so many people whose levels are known that a law can be tried."""
    counts = draw(st.lists(st.integers(1, 3), min_size=1, max_size=2))
    factors = tuple(
        Factor(f"factor {n}", tuple(f"level {k}" for k in range(count))) for n, count in enumerate(counts, start=1)
    )
    scheme = replace(draw(schemes), factors=factors)
    person = st.sampled_from(scheme.combinations())
    return replace(scheme, people=tuple(draw(st.lists(person, min_size=MOST_PEOPLE, max_size=MOST_PEOPLE))))


@st.composite
def minimised(draw: st.DrawFn) -> Scheme:
    ratio = draw(st.sampled_from([(1, 1), (1, 1), (2, 2), (1, 1, 1), (2, 1), (1, 2, 1)]))
    chosen: dict[str, object] = {"distance": draw(st.sampled_from(["range", "variance", "standard_deviation"]))}
    chosen |= draw(st.sampled_from([{}, {"p": "4/5"}, {"p": "19/20"}, {"first": 2}, {"first": 1, "last": 4}]))
    scheme = draw(factor_schemes(st.just(Scheme.of(arms_of(ratio), ratio, "minimisation", chosen))))
    weights = tuple(draw(st.lists(st.integers(1, 3), min_size=len(scheme.factors), max_size=len(scheme.factors))))
    return replace(scheme, settings=tuple(sorted((*scheme.settings, ("weights", weights)))))


STRATEGIES: dict[str, st.SearchStrategy[Scheme]] = {
    "big_stick": st.integers(1, 4).map(
        lambda limit: Scheme(("arm A", "arm B"), (1, 1), "big_stick", (("limit", limit),))
    ),
    "chen": st.builds(lambda p, limit: two_arms("chen", p=p, limit=limit), PROBABILITIES, st.integers(1, 4)),
    "complete": RATIOS.map(lambda ratio: Scheme(arms_of(ratio), ratio, "complete")),
    "efron": PROBABILITIES.map(lambda p: two_arms("efron", p=p)),
    "maximal": st.builds(
        lambda half, limit: two_arms("maximal", n=2 * half, limit=limit), st.integers(1, 4), st.integers(1, 5)
    ),
    "minimisation": minimised(),
    "permuted_blocks": block_schemes() | schemes_of_sizes_by_chance(),
    "random_allocation": planned_schemes(),
    "single_arm": st.just(Scheme(("arm A",), (1,), "single_arm")),
    "wei_urn": BALLS.map(lambda balls: two_arms("wei_urn", alpha=balls[0], beta=balls[1])),
}

STRATIFIED = "in strata"
"""Any method that does not plan its slots, with a list for each stratum."""
EVERY: dict[str, st.SearchStrategy[Scheme]] = {
    **STRATEGIES,
    STRATIFIED: factor_schemes(
        st.one_of(*(STRATEGIES[name] for name in ("permuted_blocks", "big_stick", "wei_urn", "complete", "chen")))
    ),
}

ANY_METHOD = pytest.mark.parametrize("name", sorted(EVERY))
TRIES = settings(max_examples=25, deadline=None, derandomize=True)


def draw_case(data: st.DataObject, name: str) -> tuple[Scheme, int]:
    """A scheme with a number of slots whose sequences are few enough to list in a test, and after which one follows."""
    scheme = data.draw(EVERY[name])
    most, planned = 8 if len(scheme.arms) < 3 else 5, planned_slots(scheme)
    return scheme, data.draw(st.integers(0, most if planned is None else min(most, planned - 1)))


def list_histories(scheme: Scheme, n: int) -> list[tuple[int, ...]]:
    return [history for length in range(n + 1) for history, _ in enumerate_sequences(scheme, length)]


def test_every_method_joins_the_laws() -> None:
    assert set(find_methods(methods)) == set(STRATEGIES), "add the method to STRATEGIES in tests/laws"


@pytest.mark.parametrize("name", sorted(STRATEGIES))
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
        chances = method_of(scheme).next_probabilities(scheme, history)
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
    method, listed = method_of(scheme), dict(enumerate_sequences(scheme, n))
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
    method = method_of(scheme)
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
    method = method_of(scheme)
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
    moved = replace(
        scheme, arms=tuple(scheme.arms[arm] for arm in order), ratio=tuple(scheme.ratio[arm] for arm in order)
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
        assert drawn.probabilities == method_of(scheme).next_probabilities(scheme, history)
        assert drawn.probabilities[drawn.arm] > 0
        assert drawn == draw_arm(scheme, list(history), bytes(seed), counter)
        assert drawn == draw_among(drawn.probabilities, seed, counter)
        assert replay(drawn, scheme, history, seed, counter)
        assert not replay(drawn, scheme, history, seed, counter + 1)
        history = (*history, drawn.arm)
    assert sequence_probability(scheme, history) > 0


# --- Factors --------------------------------------------------------------------------------------------------------


@ANY_METHOD
@TRIES
@given(data=st.data(), seed=st.binary(min_size=32, max_size=32))
def test_the_next_draw_is_that_of_the_list_it_belongs_to(name: str, data: st.DataObject, seed: bytes) -> None:
    scheme, n = draw_case(data, name)
    history: tuple[int, ...] = ()
    counters: dict[bytes, int] = defaultdict(int)
    for _ in range(n):
        of_list, counter = find_list(scheme, history, seed)
        expected = seed
        if name == STRATIFIED:
            expected = stratum_seed(scheme, scheme.people[len(history)], seed)
        assert (of_list, counter) == (expected, counters[expected])
        counters[expected] += 1
        drawn = draw_next(scheme, history, seed)
        assert drawn == draw_arm(scheme, history, expected, counter)
        history = (*history, drawn.arm)


@TRIES
@given(scheme=EVERY[STRATIFIED], data=st.data())
def test_a_stratum_draws_the_same_list_whoever_comes_to_the_others(scheme: Scheme, data: st.DataObject) -> None:
    seed = bytes(range(32))
    mine = scheme.people[0]
    others = data.draw(st.lists(st.sampled_from(scheme.combinations()), max_size=4))
    mixed = replace(scheme, people=tuple(data.draw(st.permutations([mine] * 4 + others))))
    only = replace(scheme, people=(mine,) * 4)

    def arms_of_mine(one: Scheme) -> list[int]:
        history: tuple[int, ...] = ()
        for _ in one.people:
            history = (*history, draw_next(one, history, seed).arm)
        return [arm for arm, levels in zip(history, one.people, strict=True) if levels == mine]

    assert arms_of_mine(mixed)[:4] == arms_of_mine(only)


@TRIES
@given(scheme=minimised(), n=st.integers(1, 5))
def test_minimisation_gives_every_slot_the_chances_of_the_ratio(scheme: Scheme, n: int) -> None:
    n = n if len(scheme.arms) == 2 else min(n, 4)
    found = [[Fraction(0)] * len(scheme.arms) for _ in range(n)]
    for sequence, chance in enumerate_sequences(scheme, n):
        for slot, arm in enumerate(sequence):
            found[slot][arm] += chance

    assert found == [[Fraction(share, sum(scheme.ratio)) for share in scheme.ratio]] * n


@TRIES
@given(scheme=minimised(), n=st.integers(0, 7))
def test_no_slot_of_minimisation_is_certain(scheme: Scheme, n: int) -> None:
    n = n if len(scheme.arms) == 2 else min(n, 4)
    assert len(list(enumerate_sequences(scheme, n))) == len(scheme.arms) ** n


@TRIES
@given(
    p=st.sampled_from(["0.6", "2/3", "4/5"]),
    distance=st.sampled_from(["range", "variance", "standard_deviation"]),
    n=st.integers(0, 9),
)
def test_minimisation_over_one_factor_of_one_level_is_efrons_coin(p: str, distance: str, n: int) -> None:
    only = Scheme.of(
        ("arm A", "arm B"), (1, 1), "minimisation", {"p": p, "distance": distance}, [Factor("all", ("yes",))]
    ).joined_by(*[{"all": "yes"}] * n)
    assert list(enumerate_sequences(only, n)) == list(enumerate_sequences(two_arms("efron", p=p), n))


@TRIES
@given(scheme=STRATEGIES["permuted_blocks"], n=st.integers(0, 6))
def test_one_stratum_is_no_stratum(scheme: Scheme, n: int) -> None:
    n = n if len(scheme.arms) == 2 else min(n, 4)
    only = replace(scheme, factors=(Factor("all", ("yes",)),)).joined_by(*[{"all": "yes"}] * n)
    assert list(enumerate_sequences(only, n)) == list(enumerate_sequences(scheme, n))


@TRIES
@given(scheme=minimised(), n=st.integers(1, 5))
def test_lists_of_places_give_each_list_of_arms_as_often_as_it_is_likely(scheme: Scheme, n: int) -> None:
    n = n if sum(scheme.lowest_ratio()) < 4 else min(n, 3)
    method = method_of(scheme)
    assert isinstance(method, SpreadMethod)
    places, arm_of = method.spread(scheme)
    together: dict[tuple[int, ...], Fraction] = defaultdict(Fraction)
    for sequence, chance in enumerate_sequences(places, n):
        together[tuple(arm_of[place] for place in sequence)] += chance
    assert together == dict(enumerate_sequences(scheme, n))


@pytest.mark.parametrize("name", ["minimisation", STRATIFIED])
@settings(max_examples=8, deadline=None, derandomize=True)
@given(data=st.data())
def test_the_table_over_unknown_people_is_the_mean_over_all_of_them(name: str, data: st.DataObject) -> None:
    scheme = replace(data.draw(EVERY[name]), people=())
    combinations = scheme.combinations()
    n = data.draw(st.integers(1, 3 if len(combinations) < 5 else 2))
    rows = [predict(replace(scheme, people=people), n) for people in product(combinations, repeat=n)]
    row = predict(scheme, n)
    for figure in ("guess", "certain", "imbalance_mean", "imbalance_ge4"):
        assert getattr(row, figure) == sum(getattr(one, figure) for one in rows) / len(rows)


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
@given(scheme=block_schemes(), n=st.integers(0, 6))
def test_every_complete_block_holds_the_ratio(scheme: Scheme, n: int) -> None:
    size = dict(scheme.settings)["block"]
    assert isinstance(size, int)
    for sequence, _ in enumerate_sequences(scheme, n):
        for start in range(0, n - size + 1, size):
            block = sequence[start : start + size]
            counts = tuple(map(block.count, range(len(scheme.arms))))
            assert counts == tuple(share * size // sum(scheme.ratio) for share in scheme.ratio)


@TRIES
@given(scheme=block_schemes())
def test_every_order_of_a_block_is_equally_likely(scheme: Scheme) -> None:
    size = dict(scheme.settings)["block"]
    assert isinstance(size, int)
    held = [share * size // sum(scheme.ratio) for share in scheme.ratio]
    orders = factorial(size) // prod(map(factorial, held))
    one_order = tuple(arm for arm, slots in enumerate(held) for _ in range(slots))
    assert sequence_probability(scheme, one_order) == Fraction(1, orders)
    assert sequence_probability(scheme, one_order[::-1]) == Fraction(1, orders)
    assert count_bound(scheme, size) == orders


def follow_sizes(scheme: Scheme, sequence: tuple[int, ...]) -> Fraction:
    """The chance of the sequence with every block size drawn for real: summed over all sizes, block by block."""
    sizes, weights = dict(scheme.settings)["blocks"], dict(scheme.settings)["weights"]
    assert isinstance(sizes, tuple)
    assert isinstance(weights, tuple)
    total = Fraction(0) if sequence else Fraction(1)
    for size, weight in zip(sizes, weights, strict=True) if sequence else ():
        assert isinstance(size, int)
        assert isinstance(weight, int)
        block, rest = sequence[:size], sequence[size:]
        held = [share * size // sum(scheme.ratio) for share in scheme.ratio]
        left = [slots - block.count(arm) for arm, slots in enumerate(held)]
        if min(left) >= 0:
            orders = Fraction(factorial(size), prod(map(factorial, held)))
            ends = Fraction(factorial(sum(left)), prod(map(factorial, left)))
            total += (
                Fraction(weight, sum(w for w in weights if isinstance(w, int)))
                * ends
                / orders
                * follow_sizes(scheme, rest)
            )
    return total


@TRIES
@given(scheme=schemes_of_sizes_by_chance(), data=st.data())
def test_sizes_summed_out_give_every_list_as_often_as_sizes_drawn(scheme: Scheme, data: st.DataObject) -> None:
    length = st.integers(0, 9).flatmap(lambda n: st.tuples(*[st.integers(0, len(scheme.arms) - 1)] * n))
    for sequence in (data.draw(length), *[listed for listed, _ in enumerate_sequences(scheme, 4)]):
        assert sequence_probability(scheme, sequence) == follow_sizes(scheme, sequence)


@TRIES
@given(scheme=block_schemes(), n=st.integers(0, 6))
def test_one_size_by_chance_is_that_size(scheme: Scheme, n: int) -> None:
    by_chance = Scheme.of(scheme.arms, scheme.ratio, "permuted_blocks", {"blocks": [dict(scheme.settings)["block"]]})
    assert list(enumerate_sequences(by_chance, n)) == list(enumerate_sequences(scheme, n))


@pytest.mark.parametrize("name", ["maximal", "random_allocation"])
@TRIES
@given(data=st.data())
def test_every_planned_list_ends_in_the_ratio_and_all_are_equally_likely(name: str, data: st.DataObject) -> None:
    scheme = data.draw(STRATEGIES[name])
    n = planned_slots(scheme)
    assert n is not None
    listed = dict(enumerate_sequences(scheme, n))
    limit = dict(scheme.settings).get("limit", n)
    assert isinstance(limit, int)
    allowed = {
        sequence
        for sequence in product(range(len(scheme.arms)), repeat=n)
        if all(sequence.count(arm) * sum(scheme.ratio) == n * share for arm, share in enumerate(scheme.ratio))
        and (name != "maximal" or all(abs(2 * sequence[:slot].count(0) - slot) <= limit for slot in range(n)))
    }
    assert set(listed) == allowed
    assert set(listed.values()) == {Fraction(1, len(allowed))}
    with pytest.raises(InputError, match="slots planned"):
        load_method(name).next_probabilities(scheme, min(allowed))


@TRIES
@given(n=st.integers(1, 9), limit=st.integers(1, 4))
def test_chens_coin_is_a_big_stick_at_one_half_and_efrons_beyond_every_limit(n: int, limit: int) -> None:
    at_half = list(enumerate_sequences(two_arms("chen", p="1/2", limit=limit), n))
    assert at_half == list(enumerate_sequences(two_arms("big_stick", limit=limit), n))
    unlimited = list(enumerate_sequences(two_arms("chen", p="3/4", limit=n + 1), n))
    assert unlimited == list(enumerate_sequences(two_arms("efron", p="3/4"), n))


def list_plausible(tries: int, chance: Fraction) -> set[int]:
    """The numbers of hits in so many tries at which neither exact binomial tail is below one in a million."""
    if chance == 1:
        return {tries}
    yes, no = chance.numerator, chance.denominator - chance.numerator
    ways = [no**tries]
    for hits in range(tries):
        ways.append(ways[-1] * (tries - hits) * yes // ((hits + 1) * no))
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
        (two_arms("permuted_blocks", blocks=[2, 4]), 4),
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
