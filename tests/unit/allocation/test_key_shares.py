"""Shares of the vault's key: enough of them open it, fewer do not, and what is wrong with one is said without its words."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shamir_mnemonic import Share

from armlet.allocation.sealed_strand import VaultKey
from armlet.allocation.shares import KeyShare, join_shares, read_share, split_key
from armlet.errors import InputError

KEY = VaultKey(bytes(range(32)))


def named(shares: tuple[KeyShare, ...] | list[KeyShare]) -> list[tuple[str, KeyShare]]:
    return [(f"file-{share.number}", share) for share in shares]


def rules(problem: InputError) -> list[str]:
    return [issue.rule for issue in problem.issues]


@st.composite
def splittings(draw: st.DrawFn) -> tuple[VaultKey, int, tuple[KeyShare, ...], list[int]]:
    """A key, a threshold, its shares, and an order of them."""
    secret = draw(st.binary(min_size=32, max_size=32))
    number = draw(st.integers(2, 6))
    threshold = draw(st.integers(2, number))
    return (
        VaultKey(secret),
        threshold,
        split_key(VaultKey(secret), threshold, number),
        draw(st.permutations(range(number))),
    )


@given(splittings())
@settings(max_examples=30, deadline=None)
def test_any_k_of_n_in_any_order_open_and_any_fewer_do_not(
    made: tuple[VaultKey, int, tuple[KeyShare, ...], list[int]],
) -> None:
    key, threshold, shares, order = made
    several = [shares[place] for place in order]

    for number in range(threshold, len(shares) + 1):
        assert join_shares(named(several[:number])).is_same_as(key)
    with pytest.raises(InputError) as raised:
        join_shares(named(several[: threshold - 1]))
    assert rules(raised.value) == ["vault/shares-few"]


@given(splittings())
@settings(max_examples=20, deadline=None)
def test_what_is_written_is_read_again(made: tuple[VaultKey, int, tuple[KeyShare, ...], list[int]]) -> None:
    _, _, shares, _ = made

    assert [read_share(share.spell(), "x") for share in shares] == list(shares)


def test_every_three_of_five_open_and_the_words_hold_for_another_program_of_the_standard() -> None:
    shares = split_key(KEY, 3, 5)

    assert all(join_shares(named(list(some))).is_same_as(KEY) for some in combinations(shares, 3))
    read = [Share.from_mnemonic(share.words) for share in shares]
    assert [(one.index, one.member_threshold, one.group_threshold, one.group_count) for one in read] == [
        (number, 3, 1, 1) for number in range(5)
    ]


def test_words_that_were_typed_from_paper_are_a_share() -> None:
    share = split_key(KEY, 2, 3)[1]

    typed = read_share("  " + share.words.upper().replace(" ", "\n\n") + "\n", "typed.txt")

    assert (typed.number, typed.threshold, typed.of) == (2, 2, 0)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda words: ["academic", *words[1:]], "their checksum does not fit"),
        (lambda words: [words[1], words[0], *words[2:]], "their checksum does not fit"),
        (lambda words: [*words[:6], "zebra", *words[7:]], "word 7 is not in the list"),
        (lambda words: words[:-1], "it has 32 words; expected 33"),
        (lambda _: [], "it has 0 words; expected 33"),
    ],
)
def test_a_damaged_share_is_said_to_be_one_and_no_word_of_it_is_shown(spoil: object, said: str) -> None:
    words = split_key(KEY, 2, 3)[0].words.split()
    assert callable(spoil)
    spoiled = spoil(words)

    with pytest.raises(InputError) as raised:
        read_share(" ".join(spoiled), "mine.txt")

    text = str(raised.value)
    assert "mine.txt vault/share-damaged" in text
    assert said in text
    assert not [word for word in words[4:] if f" {word} " in text]
    assert "zebra" not in text
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


def test_a_file_that_says_another_number_than_its_words_is_damaged() -> None:
    text = split_key(KEY, 2, 3)[0].spell().replace("Share 1 of 3", "Share 2 of 3")

    with pytest.raises(InputError, match="it says that it is share 2; its words are share 1"):
        read_share(text, "x")


def test_shares_of_two_splittings_are_told_apart() -> None:
    first, second = split_key(KEY, 2, 3), split_key(KEY, 2, 3)
    assert first[0].splitting != second[0].splitting or pytest.skip("one chance in 32,768")

    with pytest.raises(InputError) as raised:
        join_shares([("a", first[0]), ("b", second[1])])

    assert rules(raised.value) == ["vault/shares-mixed", "vault/shares-few"]
    assert "b vault/shares-mixed: the shares are not of one key: it is of another splitting" in str(raised.value)


def test_one_share_given_twice_counts_once() -> None:
    share = split_key(KEY, 2, 3)[0]

    with pytest.raises(InputError, match="2 different shares open the vault; got 1"):
        join_shares([("a", share), ("copy", share)])


def test_a_forged_share_beside_true_ones_is_found() -> None:
    """Its words are well formed, and it claims the splitting; among the shares needed or beside them it does not fit."""
    from dataclasses import replace

    true = split_key(KEY, 2, 3)
    plain = Share.from_mnemonic(true[2].words)
    forged = replace(true[2], words=replace(plain, value=bytes(32)).mnemonic())

    for shares in ([true[0], forged], [true[0], true[1], forged]):
        with pytest.raises(InputError) as raised:
            join_shares(named(shares))
        assert rules(raised.value) == ["vault/shares-mixed"]


@pytest.mark.parametrize(("threshold", "shares"), [(1, 3), (4, 3), (0, 2), (2, 17)])
def test_a_threshold_that_cannot_be_is_refused(threshold: int, shares: int) -> None:
    with pytest.raises(InputError, match=rf"{threshold} of {shares} cannot be"):
        split_key(KEY, threshold, shares)


def test_a_share_never_prints_its_words() -> None:
    share = split_key(KEY, 2, 3)[0]

    assert repr(share) == str(share) == "KeyShare(1, not shown)"
