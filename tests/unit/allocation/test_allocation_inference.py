"""What the known arms give away of the hidden ones: exact, and equal to counting every sequence."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

from armlet.allocation.inference import Hidden, infer_hidden, who_is_given_away
from armlet.allocation.method import Factor, Setting
from armlet.allocation.scheme import Scheme, enumerate_sequences
from armlet.errors import InputError

PEOPLE = tuple(f"P{number:02d}" for number in range(1, 11))


def scheme(method: str, arms: tuple[str, ...] = ("A", "B"), ratio: tuple[int, ...] = (1, 1), **more: Setting) -> Scheme:
    return Scheme.of(arms, ratio, method, more)


def test_with_fixed_totals_and_nine_of_ten_known_the_tenth_is_certain() -> None:
    known = dict(zip(PEOPLE[:9], "AABBABABA", strict=True))
    (tenth,) = infer_hidden(scheme("random_allocation", n=10), PEOPLE, known)
    assert (tenth.participant, tenth.chances, tenth.highest) == ("P10", (Fraction(0), Fraction(1)), 1)
    assert who_is_given_away([tenth]) == ("P10",)


def test_in_a_block_of_four_with_three_known_the_fourth_is_certain_and_the_next_block_is_not() -> None:
    known = {"P01": "A", "P02": "B", "P04": "A"}
    hidden = infer_hidden(scheme("permuted_blocks", block=4), PEOPLE, known)
    assert hidden[0].chances == (0, 1)
    assert {one.chances for one in hidden[1:]} == {(Fraction(1, 2), Fraction(1, 2))}
    assert who_is_given_away(hidden) == ("P03",)


def test_one_known_of_five_and_five_leaves_five_ninths_of_the_others() -> None:
    hidden = infer_hidden(scheme("random_allocation", n=10), PEOPLE, {"P01": "A"})
    assert {one.chances for one in hidden} == {(Fraction(4, 9), Fraction(5, 9))}
    assert who_is_given_away(hidden) == ()
    assert len(hidden) == 9


def test_under_complete_randomisation_nothing_is_given_away() -> None:
    hidden = infer_hidden(scheme("complete"), PEOPLE, dict.fromkeys(PEOPLE[:9], "A"))
    assert [one.chances for one in hidden] == [(Fraction(1, 2), Fraction(1, 2))]


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        ("permuted_blocks", {"block": 4}), ("permuted_blocks", {"blocks": (2, 4)}), ("random_allocation", {"n": 6}),
        ("big_stick", {"limit": 2}), ("efron", {"p": "2/3"}), ("chen", {"p": "2/3", "limit": 2}),
        ("wei_urn", {"alpha": 1, "beta": 1}), ("maximal", {"limit": 2, "n": 6}), ("complete", {}),
    ],
)  # fmt: skip
def test_the_posterior_is_that_of_counting_every_sequence(method: str, settings: dict[str, Setting]) -> None:
    """The oracle lists all sequences of six slots with their chances and conditions on what is known by hand."""
    one, people = scheme(method, **settings), PEOPLE[:6]
    sequences = list(enumerate_sequences(one, 6))
    for slots, arms in product([(0,), (1, 4), (0, 1, 2), (0, 2, 3, 5)], [0, 1]):
        known = {people[slot]: one.arms[(slot + arms) % 2] for slot in slots}
        fits = [
            (sequence, chance)
            for sequence, chance in sequences
            if all(one.arms[sequence[slot]] == known[people[slot]] for slot in slots)
        ]
        if not fits:
            with pytest.raises(InputError, match="cannot have happened"):
                infer_hidden(one, people, known)
            continue
        total = sum(chance for _, chance in fits)
        expected = [
            tuple(sum(chance for sequence, chance in fits if sequence[slot] == arm) / total for arm in (0, 1))
            for slot in range(6)
            if slot not in slots
        ]
        assert [hidden.chances for hidden in infer_hidden(one, people, known)] == expected


def test_three_arms_at_two_to_one_to_one() -> None:
    one = scheme("permuted_blocks", ("A", "B", "C"), (2, 1, 1), block=4)
    hidden = infer_hidden(one, PEOPLE[:4], {"P01": "A", "P02": "B"})
    assert [item.chances for item in hidden] == [(Fraction(1, 2), 0, Fraction(1, 2))] * 2


def test_in_a_stratified_list_only_the_own_stratum_is_given_away() -> None:
    one = Scheme.of(("A", "B"), (1, 1), "permuted_blocks", {"block": 2}, [Factor("sex", ("f", "m"))])
    levels = [{"sex": sex} for sex in ("f", "m", "f", "m")]
    hidden = infer_hidden(one.joined_by(*levels), PEOPLE[:4], {"P01": "A"})
    assert [item.chances for item in hidden] == [
        (Fraction(1, 2), Fraction(1, 2)), (0, 1), (Fraction(1, 2), Fraction(1, 2)),
    ]  # fmt: skip


def test_what_cannot_have_happened_is_said_without_naming_an_arm() -> None:
    with pytest.raises(InputError, match="cannot have happened under this scheme") as raised:
        infer_hidden(scheme("permuted_blocks", block=2), PEOPLE[:2], {"P01": "A", "P02": "A"})
    assert "'A'" not in str(raised.value)


def test_a_list_of_two_hundred_takes_no_enumeration() -> None:
    people = tuple(f"P{number}" for number in range(200))
    known = {who: "AB"[number % 2] for number, who in enumerate(people[:199])}
    (last,) = infer_hidden(scheme("permuted_blocks", block=4), people, known)
    assert last.chances == (0, 1)


def test_the_threshold_is_an_argument_and_no_arm_is_printed() -> None:
    one = Hidden("P01", (Fraction(4, 5), Fraction(1, 5)))
    assert who_is_given_away([one]) == ()
    assert who_is_given_away([one], Fraction(3, 4)) == ("P01",)
    assert repr(one) == "Hidden(P01, not shown)"
