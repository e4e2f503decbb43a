"""The next chances of each procedure after a given history, and the settings that each refuses."""

from __future__ import annotations

from fractions import Fraction

import pytest

from armlet.allocation.scheme import Scheme, check_scheme, load_method
from armlet.errors import InputError
from armlet.issues import Severity

HALF, NONE, SURE = Fraction(1, 2), Fraction(0), Fraction(1)


def chances(method: str, ratio: tuple[int, ...], history: str, **settings: object) -> tuple[Fraction, ...]:
    scheme = Scheme.of(tuple("ABC"[: len(ratio)]), ratio, method, settings)
    return load_method(method).next_probabilities(scheme, tuple("ABC".index(arm) for arm in history))


def messages(method: str, ratio: tuple[int, ...], **settings: object) -> list[tuple[str, str, str]]:
    issues = check_scheme(Scheme.of(tuple("ABC"[: len(ratio)]), ratio, method, settings))
    assert all(issue.fix for issue in issues)
    return [(issue.severity.value, issue.where, issue.message) for issue in issues]


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ("", (HALF, HALF)),
        ("A", (Fraction(1, 3), Fraction(2, 3))),
        ("AA", (NONE, SURE)),
        ("AB", (HALF, HALF)),
        ("ABB", (SURE, NONE)),
        ("ABBA", (HALF, HALF)),
        ("ABBAB", (Fraction(2, 3), Fraction(1, 3))),
    ],
)
def test_blocks_of_four_draw_without_replacement_and_begin_anew(history: str, expected: tuple[Fraction, ...]) -> None:
    assert chances("permuted_blocks", (1, 1), history, block=4) == expected


def test_the_block_size_is_twice_the_ratio_where_the_protocol_gives_none() -> None:
    assert chances("permuted_blocks", (1, 1), "AA") == (NONE, SURE)
    assert chances("permuted_blocks", (3, 3), "AA") == (NONE, SURE)  # 3:3 is 1:1: blocks of 4, not of 12
    assert chances("permuted_blocks", (2, 1), "AAAA") == (NONE, SURE)  # 2:1 gives blocks of 6 with four of the first


def test_blocks_hold_unequal_ratios_and_three_arms() -> None:
    assert chances("permuted_blocks", (2, 1), "", block=3) == (Fraction(2, 3), Fraction(1, 3))
    assert chances("permuted_blocks", (2, 1), "A", block=3) == (HALF, HALF)
    assert chances("permuted_blocks", (2, 1, 1), "AB", block=4) == (HALF, NONE, HALF)
    assert chances("permuted_blocks", (4, 2), "AAB", block=6) == (Fraction(2, 3), Fraction(1, 3))


@pytest.mark.parametrize(
    ("limit", "history", "expected"),
    [
        (2, "", (HALF, HALF)),
        (2, "A", (HALF, HALF)),
        (2, "AA", (NONE, SURE)),
        (2, "BB", (SURE, NONE)),
        (2, "AAB", (HALF, HALF)),
        (2, "ABBB", (SURE, NONE)),
        (3, "AA", (HALF, HALF)),
        (3, "AAA", (NONE, SURE)),
        (1, "B", (SURE, NONE)),
    ],
)
def test_the_big_stick_is_a_coin_until_the_limit_and_certain_at_it(
    limit: int, history: str, expected: tuple[Fraction, ...]
) -> None:
    assert chances("big_stick", (1, 1), history, limit=limit) == expected


def test_the_big_stick_has_limit_two_where_the_protocol_gives_none() -> None:
    assert chances("big_stick", (1, 1), "A") == (HALF, HALF)
    assert chances("big_stick", (1, 1), "AA") == (NONE, SURE)


def test_the_simple_coin_has_no_memory() -> None:
    assert chances("complete", (1, 1), "AAAAAAAA") == (HALF, HALF)
    assert chances("complete", (2, 1), "AAAAAAAA") == (Fraction(2, 3), Fraction(1, 3))
    assert chances("complete", (1, 2, 1), "") == (Fraction(1, 4), HALF, Fraction(1, 4))


def test_a_single_arm_is_certain() -> None:
    assert chances("single_arm", (1,), "AAAA") == (SURE,)


@pytest.mark.parametrize(
    ("method", "history"),
    [("permuted_blocks", "AAA"), ("permuted_blocks", "AAABAB"), ("big_stick", "BBB"), ("big_stick", "AAABB")],
)
def test_a_history_that_cannot_have_happened_is_refused_without_naming_arm_or_slot(method: str, history: str) -> None:
    with pytest.raises(InputError) as refused:
        chances(method, (1, 1), history)
    (issue,) = refused.value.issues
    assert issue.message == f"the slots used so far cannot have come from {method} with these settings."


@pytest.mark.parametrize("method", ["permuted_blocks", "big_stick", "complete"])
def test_a_position_outside_the_arms_is_refused(method: str) -> None:
    scheme = Scheme(("A", "B"), (1, 1), method)
    for history in ((2,), (-1,)):
        with pytest.raises(InputError, match="outside 0 to 1"):
            load_method(method).next_probabilities(scheme, history)


def test_settings_in_order_raise_no_issue() -> None:
    assert messages("permuted_blocks", (1, 1)) == []
    assert messages("permuted_blocks", (1, 1), block=6) == []
    assert messages("permuted_blocks", (2, 1), block=6) == []
    assert messages("big_stick", (1, 1), limit=3) == []
    assert messages("big_stick", (2, 2)) == []
    assert messages("complete", (3, 1, 2)) == []
    assert messages("single_arm", (1,)) == []


def test_an_odd_block_for_two_equal_arms_says_which_sizes_fit() -> None:
    issues = check_scheme(Scheme.of(("A", "B"), (1, 1), "permuted_blocks", {"block": 5}))
    assert "\n".join(map(str, issues)) == (
        "allocation/settings/block allocation/block: a block of 5 cannot hold the ratio 1:1; "
        "expected a multiple of 2, got 5. Use 4 or 6."
    )


def test_a_block_that_does_not_hold_an_unequal_ratio_is_an_error() -> None:
    assert messages("permuted_blocks", (2, 1), block=4) == [
        (
            "error",
            "allocation/settings/block",
            "a block of 4 cannot hold the ratio 2:1; expected a multiple of 3, got 4.",
        )
    ]


@pytest.mark.parametrize(
    ("value", "got"),
    [
        (0, "got 0"),
        (-4, "got -4"),
        ("4", 'got the text "4"'),
        (4.5, 'got the text "4.5"'),
        (True, "got true"),
        (None, "got nothing"),
        ([4, 6], "got a list of 2 values"),
    ],
)
def test_a_setting_that_is_no_whole_number_from_one_up_is_an_error(value: object, got: str) -> None:
    for method, name in (("permuted_blocks", "block"), ("big_stick", "limit")):
        ((severity, where, message),) = messages(method, (1, 1), **{name: value})
        assert (severity, where) == ("error", f"allocation/settings/{name}")
        assert message == f"the {name} of {method} must be one whole number from 1 up, {got}."


def test_a_misspelt_setting_never_falls_back_on_the_default() -> None:
    assert messages("permuted_blocks", (1, 1), blok=6) == [
        (
            "error",
            "allocation/settings/blok",
            'permuted_blocks has no setting "blok"; expected only: block, blocks, weights.',
        )
    ]
    assert messages("complete", (1, 1), block=4) == [
        ("error", "allocation/settings/block", 'complete has no setting "block"; it takes none.')
    ]


def test_the_big_stick_refuses_other_ratios_and_other_numbers_of_arms() -> None:
    ((_, where, message),) = messages("big_stick", (2, 1))
    assert (where, message) == ("allocation/ratio", "big_stick allots two arms at 1:1; got the ratio 2:1.")
    ((_, where, message),) = messages("big_stick", (1, 1, 1))
    assert (where, message) == ("allocation/arms", "big_stick was given 3 arm(s); expected exactly 2.")


def test_a_procedure_of_chance_refuses_one_arm_and_a_single_arm_refuses_two() -> None:
    assert messages("complete", (1,)) == [
        ("error", "allocation/arms", "complete was given 1 arm(s); expected 2 or more.")
    ]
    assert messages("permuted_blocks", (1,)) == [
        ("error", "allocation/arms", "permuted_blocks was given 1 arm(s); expected 2 or more.")
    ]
    assert messages("single_arm", (1, 1)) == [
        ("error", "allocation/arms", "single_arm was given 2 arm(s); expected exactly 1.")
    ]


def test_the_smallest_blocks_and_a_limit_of_one_are_warned_of_yet_usable() -> None:
    assert [severity for severity, _, _ in messages("permuted_blocks", (1, 1), block=2)] == ["warning"]
    assert [severity for severity, _, _ in messages("permuted_blocks", (2, 1), block=3)] == ["warning"]
    assert [severity for severity, _, _ in messages("big_stick", (1, 1), limit=1)] == ["warning"]
    assert chances("permuted_blocks", (1, 1), "A", block=2) == (NONE, SURE)


def test_all_that_is_wrong_is_said_at_once() -> None:
    issues = messages("big_stick", (2, 1), limit=0, block=4)
    assert [where for _, where, _ in issues] == [
        "allocation/ratio",
        "allocation/settings/block",
        "allocation/settings/limit",
    ]


def test_next_chances_refuse_a_scheme_with_errors() -> None:
    with pytest.raises(InputError) as refused:
        chances("permuted_blocks", (1, 1), "", block=3)
    assert [issue.severity for issue in refused.value.issues] == [Severity.ERROR]


# --- Biased coins, urn, planned lists -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "settings", "history", "first"),
    [
        ("efron", {}, "", HALF),
        ("efron", {}, "A", Fraction(1, 3)),
        ("efron", {}, "BBBB", Fraction(2, 3)),
        ("efron", {"p": "0.75"}, "AAB", Fraction(1, 4)),
        ("efron", {"p": 0.7}, "B", Fraction(7, 10)),
        ("efron", {"p": 1}, "B", SURE),
        ("efron", {"p": "1/2"}, "BBBBBB", HALF),
        ("chen", {}, "A", Fraction(1, 3)),
        ("chen", {}, "AA", NONE),
        ("chen", {}, "BB", SURE),
        ("chen", {"limit": 3, "p": "3/4"}, "AA", Fraction(1, 4)),
        ("chen", {"limit": 3, "p": "3/4"}, "BBB", SURE),
        ("wei_urn", {}, "", HALF),
        ("wei_urn", {}, "A", Fraction(1, 3)),
        ("wei_urn", {}, "AAB", Fraction(2, 5)),  # (1 + 1) / (2 + 3)
        ("wei_urn", {"alpha": 2, "beta": 3}, "ABB", Fraction(8, 13)),  # (2 + 3 * 2) / (4 + 3 * 3)
        ("wei_urn", {"alpha": 0}, "", HALF),
        ("wei_urn", {"alpha": 0}, "A", NONE),
        ("wei_urn", {"beta": 0}, "AAAA", HALF),
        ("random_allocation", {"n": 10}, "", HALF),
        ("random_allocation", {"n": 10}, "AAB", Fraction(3, 7)),
        ("random_allocation", {"n": 10}, "AAAAA", NONE),
        ("maximal", {"n": 4, "limit": 1}, "A", NONE),
        ("maximal", {"n": 6}, "A", Fraction(3, 9)),  # of the 9 lists with A first: AABABB, AABBAB, AABBBA
        ("maximal", {"n": 10, "limit": 5}, "AAB", Fraction(3, 7)),
        ("maximal", {"n": 6}, "ABABA", NONE),
        ("permuted_blocks", {"blocks": [4]}, "ABB", SURE),
        ("permuted_blocks", {"blocks": [2, 4]}, "A", Fraction(1, 6)),  # 1/2 · 0 + 1/2 · 1/3
        ("permuted_blocks", {"blocks": [2, 4]}, "AA", NONE),
        ("permuted_blocks", {"blocks": [2, 4]}, "AB", HALF),
        ("permuted_blocks", {"blocks": [4, 6]}, "AA", Fraction(3, 22)),  # given AA, 4 : 6 is 1/6 : 1/5; 6/11 · 1/4
    ],
)
def test_the_next_chance_of_the_first_arm(
    method: str, settings: dict[str, object], history: str, first: Fraction
) -> None:
    assert chances(method, (1, 1), history, **settings) == (first, 1 - first)


def test_a_size_that_is_more_likely_given_the_arms_weighs_more() -> None:
    # AB: a block of 2 is done (1/2 · 1/2 = 6/24) or one of 4 is open with A and B left (1/2 · 1/3 = 4/24);
    # then A: 6/10 · 1/2 + 4/10 · 1/2; then, given ABA, B is sure in the 4 and in a 2, and 2/3 in a new 4
    assert chances("permuted_blocks", (1, 1), "ABA", blocks=[2, 4]) == (Fraction(1, 10), Fraction(9, 10))


def test_blocks_of_chance_hold_unequal_ratios_and_weights() -> None:
    # A of AAB or of AAAABB: 2/3 either way; after AB the block of 3 has an A left, that of 6 has AAAB
    assert chances("permuted_blocks", (2, 1), "", blocks=[3, 6]) == (Fraction(2, 3), Fraction(1, 3))
    assert chances("permuted_blocks", (1, 1), "A", blocks=[2, 4], weights=[3, 1]) == (Fraction(1, 12), Fraction(11, 12))


def test_the_random_allocation_rule_holds_any_ratio() -> None:
    assert chances("random_allocation", (2, 1, 1), "AB", n=8) == (HALF, Fraction(1, 6), Fraction(1, 3))


@pytest.mark.parametrize(
    ("method", "settings", "history"),
    [
        ("efron", {"p": "1"}, "AA"),
        ("chen", {"limit": 2}, "BBB"),
        ("chen", {"limit": 2, "p": "1.0"}, "BB"),
        ("wei_urn", {"alpha": 0}, "BB"),
        ("random_allocation", {"n": 4}, "AAA"),
        ("random_allocation", {"n": 4}, "ABABA"),
        ("maximal", {"n": 6}, "AAA"),
        ("maximal", {"n": 6}, "ABABAA"),
        ("permuted_blocks", {"blocks": [2, 4]}, "AAABBB"),
    ],
)
def test_no_procedure_goes_on_after_a_history_it_cannot_produce(
    method: str, settings: dict[str, object], history: str
) -> None:
    with pytest.raises(InputError, match=f"cannot have come from {method} with these settings"):
        chances(method, (1, 1), history, **settings)


def test_a_long_history_of_blocks_of_chance_is_followed_to_its_end() -> None:
    assert chances("permuted_blocks", (1, 1), "AABB" * 500 + "AA", blocks=[2, 4]) == (NONE, SURE)


@pytest.mark.parametrize("method", ["efron", "chen"])
@pytest.mark.parametrize("p", ["0.4", "1/3", 2, "3/2", "1e-1", "2/0", "p", "", True, None, [1], "²/₃", "9" * 99])
def test_a_p_that_is_no_probability_from_a_half_up_is_an_error(method: str, p: object) -> None:
    ((severity, where, message),) = messages(method, (1, 1), p=p)
    assert (severity, where) == ("error", "allocation/settings/p")
    assert message.startswith(f"the p of {method} must be a probability from 1/2 to 1, got ")


@pytest.mark.parametrize("method", ["efron", "chen", "wei_urn", "maximal"])
def test_methods_for_two_equal_arms_refuse_other_ratios_and_numbers(method: str) -> None:
    settings = {"n": 6} if method == "maximal" else {}
    assert messages(method, (2, 2), **settings) == []
    assert messages(method, (2, 1), **settings)[0][2] == f"{method} allots two arms at 1:1; got the ratio 2:1."
    assert messages(method, (1, 1, 1), **settings)[0][2] == f"{method} was given 3 arm(s); expected exactly 2."


@pytest.mark.parametrize(
    ("method", "ratio", "settings", "said"),
    [
        ("random_allocation", (1, 1), {}, "random_allocation needs the planned number of slots, n, and has no default"),
        ("random_allocation", (2, 1), {"n": 10}, "10 slots cannot be shared out at 2:1; expected a multiple of 3"),
        ("random_allocation", (1, 1), {"n": "10"}, 'must be one whole number from 1 up, got the text "10"'),
        ("maximal", (1, 1), {}, "maximal needs the planned number of slots"),
        ("maximal", (1, 1), {"n": 9}, "9 slots cannot be shared out at 1:1; expected a multiple of 2, got 9."),
        ("maximal", (1, 1), {"n": 10**9, "limit": 10**6}, "more than can be counted here"),
        ("maximal", (1, 1), {"n": 10, "limit": 0}, "the limit of maximal must be one whole number from 1 up"),
        ("wei_urn", (1, 1), {"alpha": -1}, "the alpha of wei_urn must be one whole number from 0 up, got -1."),
        ("wei_urn", (1, 1), {"alpha": 0, "beta": 0}, "there is never a ball in the urn"),
        ("permuted_blocks", (1, 1), {"blocks": 4}, "must be a list of whole numbers from 1 up, got 4."),
        ("permuted_blocks", (1, 1), {"blocks": []}, "must be a list of whole numbers from 1 up"),
        ("permuted_blocks", (1, 1), {"blocks": [4, "6"]}, "must be a list of whole numbers from 1 up"),
        ("permuted_blocks", (1, 1), {"blocks": [4, 4]}, "a block size is listed more than once."),
        ("permuted_blocks", (1, 1), {"blocks": [4, 5]}, "a block of 5 cannot hold the ratio 1:1"),
        ("permuted_blocks", (1, 1), {"blocks": [4, 6], "block": 4}, "both block, one size, and blocks, several"),
        ("permuted_blocks", (1, 1), {"blocks": [4, 6], "weights": [1]}, "must be 2 whole numbers from 1 up"),
        ("permuted_blocks", (1, 1), {"blocks": [4, 6], "weights": [1, 0]}, "must be 2 whole numbers from 1 up"),
        ("permuted_blocks", (1, 1), {"weights": [1]}, "weights are given, but no sizes that they belong to."),
    ],
)
def test_settings_that_do_not_fit_are_errors(
    method: str, ratio: tuple[int, ...], settings: dict[str, object], said: str
) -> None:
    ((severity, _, message),) = messages(method, ratio, **settings)
    assert severity == "error"
    assert said in message


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        ("efron", {"p": "1"}),
        ("chen", {"p": "1"}),
        ("chen", {"limit": 1}),
        ("wei_urn", {"alpha": 0}),
        ("maximal", {"n": 4, "limit": 1}),
        ("permuted_blocks", {"blocks": [2, 4]}),
    ],
)
def test_what_is_easily_guessed_is_warned_of_yet_usable(method: str, settings: dict[str, object]) -> None:
    assert [severity for severity, _, _ in messages(method, (1, 1), **settings)] == ["warning"]
    assert chances(method, (1, 1), "", **settings) == (HALF, HALF)
