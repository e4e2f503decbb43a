"""The stream of draws against published vectors: the message is built here from literals, the digests by sha256sum."""

from __future__ import annotations

import hashlib
from fractions import Fraction

import pytest

from armlet.allocation.scheme import Scheme
from armlet.allocation.stream import Draw, digest_draw, draw_arm, pick_arm, replay, uniform
from armlet.errors import InputError

COIN = Scheme(("A", "B"), (1, 1), "complete")
TWO_TO_ONE = Scheme(("A", "B"), (2, 1), "complete")
THIRDS = Scheme(("A", "B", "C"), (1, 1, 1), "complete")
BLOCKS = Scheme(("A", "B"), (1, 1), "permuted_blocks", (("block", 4),))

ZEROS = b"\x00" * 32
COUNTING = (
    b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
    b"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f"
)
ONES = b"\xff" * 32

VECTORS = [
    (
        ZEROS,
        0,
        b"\x00\x00\x00\x00\x00\x00\x00\x00",
        "ecadde38456d038ee658ccbd514524b7ecda1f418cb0169ef232e1952010fe08",
    ),
    (
        COUNTING,
        1,
        b"\x00\x00\x00\x00\x00\x00\x00\x01",
        "28c1074c5c1da1dc687718421ef4df098c269fd8821f7f67dc5e9f05c9895cd4",
    ),
    (
        ONES,
        256,
        b"\x00\x00\x00\x00\x00\x00\x01\x00",
        "a965a6370e4040817a2406f9d9782cebba5ab32b8fb1ce35a2dffe604e158d67",
    ),
    (
        COUNTING,
        18446744073709551615,
        b"\xff\xff\xff\xff\xff\xff\xff\xff",
        "6ff58604bad8596b8881fbb7b6bb9f8516e3e621e3f6962437c9b1dafd718d9d",
    ),
]


@pytest.mark.parametrize(("seed", "counter", "counter_bytes", "digest"), VECTORS)
def test_a_draw_is_the_sha256_of_tag_seed_and_counter(
    seed: bytes, counter: int, counter_bytes: bytes, digest: str
) -> None:
    message = b"armlet/allocation/draw/v1" + seed + counter_bytes
    assert len(message) == 65
    assert hashlib.sha256(message).hexdigest() == digest
    assert digest_draw(seed, counter).hex() == digest
    assert uniform(seed, counter) == Fraction(int(digest, 16), 2**256)


@pytest.mark.parametrize(
    ("scheme", "vector", "arm"),
    [
        (COIN, 0, 1),  # 0xec.. of 0x100: above a half
        (COIN, 1, 0),  # 0x28..
        (COIN, 2, 1),  # 0xa9..
        (COIN, 3, 0),  # 0x6f..
        (TWO_TO_ONE, 0, 1),
        (TWO_TO_ONE, 2, 0),  # 0xa965 of 0x10000 is 0.6617, below two thirds (0xaaaa)
        (THIRDS, 0, 2),
        (THIRDS, 1, 0),  # 0x28c1 is 0.1592, below a third (0x5555)
        (THIRDS, 2, 1),
        (THIRDS, 3, 1),  # 0x6ff5 is 0.4373
    ],
)
def test_the_arm_is_where_the_number_falls_among_the_cumulative_chances(scheme: Scheme, vector: int, arm: int) -> None:
    seed, counter, _, digest = VECTORS[vector]
    drawn = draw_arm(scheme, (), seed, counter)
    assert drawn.arm == arm
    assert drawn.u_numerator == digest


def test_a_draw_keeps_the_chances_it_was_made_with() -> None:
    drawn = draw_arm(BLOCKS, (0,), COUNTING, 1)
    assert drawn.probabilities == (Fraction(1, 3), Fraction(2, 3))
    assert drawn.arm == 0  # 0.1592 is below a third


def test_an_arm_that_is_certain_is_drawn_whatever_the_number() -> None:
    for seed, counter, _, _ in VECTORS:
        assert draw_arm(BLOCKS, (0, 0), seed, counter).arm == 1
        assert draw_arm(BLOCKS, (1, 1), seed, counter).arm == 0


def test_the_number_of_a_draw_keeps_its_leading_zeros() -> None:
    # The first counter of the zero seed whose digest begins with a zero digit, found from the message itself.
    tag = b"armlet/allocation/draw/v1"
    digests = (hashlib.sha256(tag + ZEROS + counter.to_bytes(8, "big")).hexdigest() for counter in range(1000))
    counter, digest = next((counter, digest) for counter, digest in enumerate(digests) if digest.startswith("0"))
    assert draw_arm(COIN, (), ZEROS, counter).u_numerator == digest


@pytest.mark.parametrize(
    ("u", "arm"),
    [
        (Fraction(0), 1),
        (Fraction(1, 4) - Fraction(1, 2**256), 1),
        (Fraction(1, 4), 3),
        (Fraction(2**256 - 1, 2**256), 3),
    ],
)
def test_the_edges_belong_to_the_next_arm_and_never_to_one_without_a_chance(u: Fraction, arm: int) -> None:
    assert pick_arm((Fraction(0), Fraction(1, 4), Fraction(0), Fraction(3, 4), Fraction(0)), u) == arm


def test_chances_that_leave_the_number_uncovered_are_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="do not sum to 1"):
        pick_arm((Fraction(1, 4), Fraction(1, 4)), Fraction(1, 2))


def test_a_recorded_draw_replays_and_a_changed_one_does_not() -> None:
    history = (0, 1, 1)
    drawn = draw_arm(COIN, history, COUNTING, 3)
    assert replay(drawn, COIN, history, COUNTING, 3)
    assert not replay(Draw(1 - drawn.arm, drawn.u_numerator, drawn.probabilities), COIN, history, COUNTING, 3)
    assert not replay(Draw(drawn.arm, "0" * 64, drawn.probabilities), COIN, history, COUNTING, 3)
    other_chances = (Fraction(1, 3), Fraction(2, 3))
    assert not replay(Draw(drawn.arm, drawn.u_numerator, other_chances), COIN, history, COUNTING, 3)
    assert not replay(drawn, COIN, history, COUNTING, 4)
    assert not replay(drawn, COIN, history, ZEROS, 3)
    assert not replay(drawn, TWO_TO_ONE, history, COUNTING, 3)


def test_a_printed_draw_shows_nothing() -> None:
    drawn = draw_arm(COIN, (), ZEROS, 0)
    assert repr(drawn) == str(drawn) == f"{drawn}" == "Draw(not shown)"


@pytest.mark.parametrize("seed", [b"", b"secret" * 5 + b"x", ZEROS + b"\x00"])
def test_a_seed_of_another_length_is_refused_and_not_shown(seed: bytes) -> None:
    with pytest.raises(InputError) as refused:
        draw_arm(COIN, (), seed, 0)
    assert f"the seed has {len(seed)} bytes; expected 32." in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("counter", [-1, 2**64])
def test_a_counter_that_does_not_fit_eight_bytes_is_refused(counter: int) -> None:
    with pytest.raises(InputError, match=r"expected a whole number from 0 to 2\*\*64 - 1"):
        uniform(ZEROS, counter)


def test_a_scheme_with_errors_draws_nothing() -> None:
    with pytest.raises(InputError, match="block of 5"):
        draw_arm(Scheme(("A", "B"), (1, 1), "permuted_blocks", (("block", 5),)), (), ZEROS, 0)
