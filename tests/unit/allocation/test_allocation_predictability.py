"""The exact table against the domain notes (platforms 6.2, statistics 2) and against figures worked out by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from armlet.allocation.predictability import compare_standard, label_scheme, measure_imbalance, predict
from armlet.allocation.scheme import Scheme
from armlet.errors import InputError

COIN = Scheme(("A", "B"), (1, 1), "complete")


def blocks(size: int, ratio: tuple[int, ...] = (1, 1)) -> Scheme:
    return Scheme(tuple("ABCD"[: len(ratio)]), ratio, "permuted_blocks", (("block", size),))


def stick(limit: int) -> Scheme:
    return Scheme(("A", "B"), (1, 1), "big_stick", (("limit", limit),))


def test_the_standard_comparison_at_ten_is_the_table_of_the_domain_notes() -> None:
    rows = [
        (
            row.label,
            *(f"{value:.{digits}f}" for value, digits in zip(row.as_dict().values(), (3, 2, 2, 3), strict=True)),
        )
        for row in compare_standard(10)
    ]
    assert rows == [
        ("simple coin", "0.500", "0.00", "2.46", "0.344"),
        ("big stick (limit 3)", "0.561", "0.12", "1.33", "0.000"),
        ("Wei's urn (alpha 1, beta 1)", "0.583", "0.00", "1.46", "0.118"),
        ("big stick (limit 2)", "0.600", "0.20", "1.00", "0.000"),
        ("Efron's biased coin (p 2/3)", "0.611", "0.00", "1.15", "0.090"),
        ("Chen's biased coin (limit 2, p 2/3)", "0.650", "0.13", "0.67", "0.000"),
        ("random allocation rule (n 10)", "0.653", "0.17", "0.00", "0.000"),
        ("maximal procedure (limit 2, n 10)", "0.683", "0.23", "0.00", "0.000"),
        ("permuted blocks (blocks 4 6)", "0.679", "0.06", "0.38", "0.000"),
        ("permuted blocks (block 4)", "0.683", "0.27", "0.67", "0.000"),
        ("permuted blocks (blocks 2 4 6)", "0.690", "0.03", "0.38", "0.000"),
        ("permuted blocks (blocks 2 4)", "0.715", "0.10", "0.23", "0.000"),
        ("permuted blocks (block 2)", "0.750", "0.50", "0.00", "0.000"),
    ]


def test_an_odd_number_leaves_out_what_must_end_in_balance_and_a_long_list_what_is_slow() -> None:
    labels = [row.label for row in compare_standard(11)]
    assert len(labels) == 11
    assert not any(label.startswith(("random allocation", "maximal")) for label in labels)
    assert [row.label for row in compare_standard(13)] == [
        "simple coin",
        "big stick (limit 3)",
        "big stick (limit 2)",
        "permuted blocks (block 4)",
        "permuted blocks (block 2)",
    ]


def test_the_imbalance_of_efrons_coin_at_ten_is_that_of_the_domain_notes() -> None:
    found = dict(predict(Scheme(("A", "B"), (1, 1), "efron"), 10).imbalance)
    expected = {0: 0.53000051, 2: 0.38042981, 4: 0.07681756, 6: 0.01158360}
    assert {value: round(float(found[Fraction(value)]), 8) for value in expected} == expected
    assert list(found) == [0, 2, 4, 6, 8, 10]


@pytest.mark.parametrize(
    ("scheme", "guess", "certain", "mean", "ge4"),
    [
        (COIN, Fraction(1, 2), 0, Fraction(315, 128), Fraction(11, 32)),
        # certain at slots 4, 6, 8, 10 with chances 1/4, 5/16, 21/64, 85/256
        (stick(3), Fraction(2873, 5120), Fraction(313, 2560), Fraction(341, 256), 0),
        (stick(2), Fraction(3, 5), Fraction(1, 5), 1, 0),
        # two blocks of 17/6 right guesses, then 1/2 and 2/3; certain 4/3 slots in each whole block
        (blocks(4), Fraction(41, 60), Fraction(4, 15), Fraction(2, 3), 0),
        (blocks(2), Fraction(3, 4), Fraction(1, 2), 0, 0),
    ],
)
def test_the_figures_at_ten_are_exact(
    scheme: Scheme, guess: Fraction, certain: Fraction, mean: Fraction, ge4: Fraction
) -> None:
    row = predict(scheme, 10)
    assert (row.guess, row.certain, row.imbalance_mean, row.imbalance_ge4) == (guess, certain, mean, ge4)


def test_the_keys_of_the_output_are_those_of_the_contract() -> None:
    assert predict(stick(2), 10).as_dict() == {
        "guess": 0.6,
        "certain": 0.2,
        "imbalance_mean": 1.0,
        "imbalance_ge4": 0.0,
    }


def test_the_imbalance_of_ten_coins_is_binomial() -> None:
    assert dict(predict(COIN, 10).imbalance) == {
        0: Fraction(63, 256),
        2: Fraction(105, 256),
        4: Fraction(15, 64),
        6: Fraction(45, 512),
        8: Fraction(5, 256),
        10: Fraction(1, 512),
    }


def test_the_imbalance_of_a_big_stick_of_two_at_ten_is_none_or_two_equally() -> None:
    assert dict(predict(stick(2), 10).imbalance) == {0: Fraction(1, 2), 2: Fraction(1, 2)}


@pytest.mark.parametrize(
    ("size", "right_guesses"),
    [(2, Fraction(3, 2)), (4, Fraction(17, 6)), (6, Fraction(41, 10)), (8, Fraction(373, 70))],
)
def test_the_right_guesses_in_one_block_are_those_of_blackwell_and_hodges(size: int, right_guesses: Fraction) -> None:
    assert predict(blocks(size), size).guess * size == right_guesses


def test_one_block_of_ten_is_the_random_allocation_rule_of_the_domain_notes() -> None:
    row = predict(blocks(10), 10)
    assert f"{float(row.guess):.3f} {float(row.certain):.2f}" == "0.653 0.17"
    assert dict(row.imbalance) == {0: 1}


def test_a_single_arm_is_known_for_sure_and_has_nothing_to_balance() -> None:
    row = predict(Scheme(("A",), (1,), "single_arm"), 7)
    assert row.guess == row.certain == 1
    assert dict(row.imbalance) == {0: 1}


def test_two_hundred_slots_are_as_exact_as_ten() -> None:
    assert predict(blocks(4), 200).guess == Fraction(17, 24)
    assert predict(blocks(4), 200).certain == Fraction(1, 3)
    # the limit is reached before half of the slots 3, 5 … 199 (99 of them), and before no other
    assert predict(stick(2), 200).certain == Fraction(99, 400)
    # E|D| of n fair coins is n C(n, n/2) / 2**n
    assert predict(COIN, 20).imbalance_mean == Fraction(20 * 184756, 2**20)


def test_an_unequal_ratio_is_in_balance_when_the_counts_follow_it() -> None:
    row = predict(blocks(3, (2, 1)), 9)
    assert dict(row.imbalance) == {0: 1}
    # in a block AAB: A 2/3; then after A (2/3) 1/2, after B (1/3) sure; the third slot is always sure
    assert row.guess == (Fraction(2, 3) + Fraction(2, 3) + 1) / 3
    assert row.certain == (Fraction(1, 3) + 1) / 3


def test_the_imbalance_is_largest_minus_smallest_of_the_counts_by_ratio() -> None:
    assert measure_imbalance(COIN, (7, 3)) == 4
    assert measure_imbalance(blocks(4, (2, 2)), (7, 3)) == 4
    assert measure_imbalance(blocks(3, (2, 1)), (4, 2)) == 0
    assert measure_imbalance(blocks(3, (2, 1)), (5, 1)) == Fraction(3, 2)
    assert measure_imbalance(blocks(3, (1, 1, 1)), (5, 1, 3)) == 4


def test_three_arms_one_slot_into_a_block() -> None:
    row = predict(blocks(3, (1, 1, 1)), 4)
    # guesses 1/3, 1/2, 1, 1/3
    assert row.guess == Fraction(13, 24)
    assert row.certain == Fraction(1, 4)
    assert dict(row.imbalance) == {1: 1}


def test_a_label_says_the_settings_that_were_given() -> None:
    assert label_scheme(blocks(6)) == "permuted blocks (block 6)"
    assert label_scheme(Scheme(("A", "B"), (1, 1), "permuted_blocks")) == "permuted blocks"


def test_no_slots_are_refused() -> None:
    with pytest.raises(InputError, match="the number of slots is 0; expected 1 or more"):
        predict(COIN, 0)


def test_a_table_that_would_not_end_is_refused_and_says_so() -> None:
    with pytest.raises(InputError, match=r"60 slots of complete takes more than 1,000 branches\. Ask for fewer slots"):
        predict(Scheme(tuple("ABCDEF"), (1, 1, 1, 1, 1, 1), "complete"), 60, most_branches=1000)


@pytest.mark.parametrize("method", ["complete", "big_stick"])
def test_a_table_of_too_many_steps_is_refused_before_it_is_begun(method: str) -> None:
    with pytest.raises(InputError, match=rf"1,000,000 slots of {method} takes more than 16,000,000 steps"):
        predict(Scheme(("A", "B"), (1, 1), method), 10**6)


def test_a_table_of_too_many_steps_is_refused_on_the_way() -> None:
    with pytest.raises(InputError, match=r"5,000 slots of big_stick takes more than 16,000,000 steps"):
        predict(stick(2), 5000)


def test_there_is_no_table_beyond_the_planned_number() -> None:
    with pytest.raises(InputError, match="all 8 slots planned for random_allocation are used"):
        predict(Scheme.of(("A", "B"), (1, 1), "random_allocation", {"n": 8}), 9)


def test_a_scheme_with_errors_has_no_table() -> None:
    with pytest.raises(InputError, match="block of 7"):
        predict(blocks(7), 10)
