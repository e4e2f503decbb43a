"""Sequences, their chances and their number, worked out by hand or taken from the domain notes."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from armlet.allocation.scheme import (
    Scheme,
    check_enumeration,
    check_scheme,
    count_bound,
    enumerate_sequences,
    load_method,
    plan_slots,
    planned_slots,
    sequence_probability,
)
from armlet.errors import InputError
from armlet.issues import Severity

COIN = Scheme(("A", "B"), (1, 1), "complete")


def blocks(size: int, ratio: tuple[int, ...] = (1, 1)) -> Scheme:
    return Scheme(tuple("ABCD"[: len(ratio)]), ratio, "permuted_blocks", (("block", size),))


def stick(limit: int) -> Scheme:
    return Scheme(("A", "B"), (1, 1), "big_stick", (("limit", limit),))


def two_arms(method: str, **settings: object) -> Scheme:
    return Scheme.of(("A", "B"), (1, 1), method, settings)


def places(sequence: str) -> tuple[int, ...]:
    return tuple("ABCD".index(arm) for arm in sequence)


def only_issue(scheme: Scheme) -> tuple[str, Severity, str]:
    (issue,) = check_scheme(scheme)
    assert issue.fix
    return issue.where, issue.severity, issue.message


@pytest.mark.parametrize(
    ("scheme", "sequence", "expected"),
    [
        (COIN, "", Fraction(1)),
        (COIN, "AAAA", Fraction(1, 16)),
        (Scheme(("A", "B"), (2, 1), "complete"), "AAB", Fraction(4, 27)),
        (blocks(4), "AABB", Fraction(1, 6)),
        (blocks(4), "ABAB", Fraction(1, 6)),
        (blocks(4), "AAB", Fraction(1, 6)),
        (blocks(4), "AABBA", Fraction(1, 12)),
        (blocks(4), "AABBAB", Fraction(1, 18)),
        (blocks(4), "AABBAA", Fraction(1, 36)),
        (blocks(4), "AAA", Fraction(0)),
        (blocks(4), "ABBBA", Fraction(0)),
        (blocks(3, (2, 1)), "ABA", Fraction(1, 3)),
        (blocks(3, (1, 1, 1)), "CAB", Fraction(1, 6)),
        (blocks(4, (2, 1, 1)), "BAAC", Fraction(1, 12)),
        (blocks(10), "AAAAABBBBB", Fraction(1, 252)),
        (stick(2), "AABBBB", Fraction(1, 32)),  # the lead: 1 2 1 0 -1 -2, one step of six certain
        (stick(2), "AABBBBB", Fraction(0)),
        (stick(2), "AAB", Fraction(1, 4)),
        (stick(2), "AABBAB", Fraction(1, 32)),
        (stick(2), "AAA", Fraction(0)),
        (stick(3), "AAAB", Fraction(1, 8)),
        (Scheme(("A",), (1,), "single_arm"), "AAA", Fraction(1)),
        (two_arms("efron"), "AABB", Fraction(2, 27)),  # 1/2 · 1/3 · 2/3 · 2/3
        (two_arms("efron", p="0.7"), "AAB", Fraction(21, 200)),  # 1/2 · 3/10 · 7/10
        (two_arms("chen", limit=2), "AABB", Fraction(1, 9)),  # 1/2 · 1/3 · 1 · 2/3
        (two_arms("chen", limit=2), "AAA", Fraction(0)),
        (two_arms("wei_urn"), "AAB", Fraction(1, 8)),  # 1/2 · 1/3 · 3/4
        (two_arms("wei_urn", alpha=0), "ABB", Fraction(1, 4)),
        (two_arms("wei_urn", alpha=0), "AA", Fraction(0)),
        (two_arms("random_allocation", n=4), "AB", Fraction(1, 3)),
        (Scheme.of("ABC", (2, 1, 1), "random_allocation", {"n": 4}), "ABAC", Fraction(1, 12)),
        (two_arms("maximal", n=4, limit=1), "ABBA", Fraction(1, 4)),
        (two_arms("maximal", n=4, limit=2), "AABB", Fraction(1, 6)),
        (two_arms("maximal", n=6, limit=2), "AABBAB", Fraction(1, 18)),  # 20 lists of 3 and 3; AAABBB, BBBAAA pass it
        (two_arms("permuted_blocks", blocks=(2, 4)), "AB", Fraction(5, 12)),  # 1/2 · 1/2 + 1/2 · 1/3
        (two_arms("permuted_blocks", blocks=(2, 4)), "ABAB", Fraction(3, 16)),  # sizes 2 2: 1/16, 4: 1/12, 2 4: 1/24
        (two_arms("permuted_blocks", blocks=(2, 4), weights=(1, 3)), "AA", Fraction(1, 8)),
        (two_arms("permuted_blocks", blocks=(2, 4)), "AAA", Fraction(0)),
    ],
)
def test_the_chance_of_a_sequence_is_the_one_worked_out_by_hand(
    scheme: Scheme, sequence: str, expected: Fraction
) -> None:
    assert sequence_probability(scheme, places(sequence)) == expected


def test_the_sequences_of_one_block_of_four_are_its_six_orders_in_the_order_of_the_arms() -> None:
    listed = [
        ("".join("AB"[arm] for arm in sequence), chance) for sequence, chance in enumerate_sequences(blocks(4), 4)
    ]
    assert listed == [(order, Fraction(1, 6)) for order in ("AABB", "ABAB", "ABBA", "BAAB", "BABA", "BBAA")]


def test_a_last_block_that_is_cut_gives_sequences_of_unequal_chance() -> None:
    listed = {"".join("AB"[arm] for arm in sequence): chance for sequence, chance in enumerate_sequences(blocks(4), 2)}
    assert listed == {"AA": Fraction(1, 6), "AB": Fraction(1, 3), "BA": Fraction(1, 3), "BB": Fraction(1, 6)}


def test_no_slots_have_one_empty_sequence() -> None:
    assert list(enumerate_sequences(blocks(4), 0)) == [((), Fraction(1))]


@pytest.mark.parametrize(
    ("scheme", "n", "expected"),
    [
        (COIN, 10, 1024),
        (blocks(10), 10, 252),  # the random allocation rule of ten: C(10, 5)
        (blocks(12), 12, 924),  # C(12, 6)
        (blocks(4), 12, 216),  # three blocks of six orders
        (blocks(4), 10, 144),  # two blocks of six orders, then any of four beginnings
        (blocks(2), 10, 32),
        (stick(2), 10, 324),  # 2, then 3 ways for each further pair of slots, then 2: 2 * 3**4 * 2
        (Scheme(("A",), (1,), "single_arm"), 10, 1),
        (Scheme(("A", "B", "C"), (1, 1, 1), "complete"), 200, 3**200),
    ],
)
def test_the_number_of_sequences_is_known_without_listing_them(scheme: Scheme, n: int, expected: int) -> None:
    assert count_bound(scheme, n) == expected


def test_an_enumeration_that_fits_raises_no_issue() -> None:
    assert check_enumeration(COIN, 10, 1024) == ()


def test_an_enumeration_that_does_not_fit_says_so_and_what_to_do() -> None:
    (issue,) = check_enumeration(COIN, 10, 1023)
    assert issue.severity is Severity.ERROR
    assert issue.message == "10 slots of complete can have more than 1,023 sequences, the most that are listed here."
    assert "at random" in issue.fix


def test_an_enumeration_far_beyond_reach_is_refused_as_quickly() -> None:
    (issue,) = check_enumeration(COIN, 10**9, 10**6)
    assert issue.message.startswith("1,000,000,000 slots of complete can have more than 1,000,000 sequences")


def test_a_negative_number_of_slots_is_refused_at_once() -> None:
    with pytest.raises(InputError, match="the number of slots is -1; expected 0 or more"):
        enumerate_sequences(COIN, -1)
    with pytest.raises(InputError, match="the number of slots is -1"):
        count_bound(COIN, -1)


def test_an_unfit_scheme_is_refused_before_the_first_sequence() -> None:
    with pytest.raises(InputError, match="block of 5"):
        enumerate_sequences(blocks(5), 4)


def test_a_position_that_no_arm_has_is_refused_also_from_behind() -> None:
    for sequence in ((0, 2), (0, -1)):
        with pytest.raises(InputError, match="outside 0 to 1"):
            sequence_probability(COIN, sequence)


def test_an_unknown_method_lists_the_known_ones() -> None:
    expected = (
        'no allocation method "dice"; expected one of: big_stick, chen, complete, efron, maximal, minimisation, '
        "permuted_blocks, random_allocation, single_arm, wei_urn"
    )
    with pytest.raises(InputError, match=expected):
        load_method("dice")
    where, severity, message = only_issue(Scheme(("A", "B"), (1, 1), "dice"))
    assert (where, severity) == ("allocation/method", Severity.ERROR)
    assert expected in message


def test_a_scheme_is_equal_and_hashes_alike_whatever_the_order_of_its_settings() -> None:
    one = Scheme.of(["A", "B"], [1, 1], "permuted_blocks", {"block": 4, "also": [4, 6]})
    other = Scheme.of(("A", "B"), (1, 1), "permuted_blocks", {"also": (4, 6), "block": 4})
    assert one == other
    assert hash(one) == hash(other)
    assert one.setting("also", None) == (4, 6)
    assert one.setting("missing", 7) == 7


def test_a_scheme_written_as_json_reads_back_the_same() -> None:
    scheme = Scheme.of(("A", "B"), (2, 1), "permuted_blocks", {"block": 6, "also": [1, [2, "x"], None, True]})
    written = json.loads(json.dumps(scheme.as_dict()))
    assert Scheme.of(written["arms"], written["ratio"], written["method"], written["settings"]) == scheme


def test_the_printed_scheme_does_not_show_the_block_size() -> None:
    assert "6" not in repr(blocks(6))
    assert "block'" not in repr(blocks(6))


def test_a_ratio_in_lowest_terms() -> None:
    assert blocks(6, (4, 2)).lowest_ratio() == (2, 1)
    assert blocks(6, (3, 3)).lowest_ratio() == (1, 1)


def test_arms_and_ratio_that_do_not_fit_are_all_named_at_once() -> None:
    issues = check_scheme(Scheme(("A", "A"), (1, 0, 2), "complete"))
    assert [(issue.where, issue.message) for issue in issues] == [
        ("allocation/arms", "arms listed more than once: A."),
        ("allocation/ratio", 'the ratio "1:0:2" has 3 number(s) for 2 arm(s).'),
        ("allocation/ratio", 'the ratio "1:0:2" has a number below 1; every arm needs a chance.'),
    ]


def test_a_scheme_without_arms_is_an_issue_and_no_crash() -> None:
    for method in ("complete", "permuted_blocks", "big_stick", "single_arm"):
        (issue,) = check_scheme(Scheme((), (), method))
        assert "was given 0 arm(s)" in issue.message


@pytest.mark.parametrize(
    ("scheme", "n", "expected"),
    [
        (two_arms("random_allocation", n=10), 10, 252),
        (two_arms("random_allocation", n=10), 3, 8),
        (two_arms("maximal", n=10, limit=2), 10, 162),  # 2 · 3**4: from -1 or 1 each further pair of slots has 3 ways
        (two_arms("maximal", n=10, limit=3), 10, 232),  # 252 less the 2 C(10, 9) that reach a lead of 4
        (two_arms("maximal", n=10, limit=5), 10, 252),
        (two_arms("permuted_blocks", blocks=(2, 4)), 4, 10),  # six level ones, and AB or BA followed by AA or BB
        (two_arms("efron"), 10, 1024),
    ],
)
def test_the_number_of_sequences_of_the_other_procedures(scheme: Scheme, n: int, expected: int) -> None:
    assert count_bound(scheme, n) == expected
    assert len(list(enumerate_sequences(scheme, n))) == expected


def test_only_a_list_of_planned_length_has_an_end() -> None:
    assert planned_slots(two_arms("random_allocation", n=8)) == 8
    assert planned_slots(two_arms("maximal", n=6)) == 6
    assert planned_slots(COIN) is None
    with pytest.raises(InputError, match="needs the planned number of slots, n, and has no default"):
        planned_slots(two_arms("maximal"))


def test_the_planned_number_is_given_to_methods_that_need_it_and_never_changed() -> None:
    assert plan_slots(two_arms("maximal", limit=3), 10) == two_arms("maximal", limit=3, n=10)
    assert plan_slots(two_arms("maximal", n=8), 10) == two_arms("maximal", n=8)
    assert plan_slots(COIN, 10) is COIN


@pytest.mark.parametrize("method", ["random_allocation", "maximal"])
def test_a_list_has_no_slot_after_the_last_planned_one_and_never_begins_again(method: str) -> None:
    scheme = two_arms(method, n=4)
    with pytest.raises(InputError) as refused:
        load_method(method).next_probabilities(scheme, places("ABBA"))
    (issue,) = refused.value.issues
    assert issue.message == f"all 4 slots planned for {method} are used; there is no further one."
    for ask in (count_bound, lambda scheme, n: list(enumerate_sequences(scheme, n))):
        with pytest.raises(InputError, match="all 4 slots planned"):
            ask(scheme, 5)
