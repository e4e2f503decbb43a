"""Boxes: whoever has the published key fills one, whoever has the vault opens it, and its length tells nothing."""

from __future__ import annotations

import base64
import hashlib

import pytest

from armlet.errors import SealBroken
from armlet.ledger.box import OpeningKey, seal_box

KEY = OpeningKey(hashlib.sha256(b"vault").digest())
CHANCE = hashlib.sha256(b"box").digest()


def test_what_was_put_in_is_what_the_vault_takes_out() -> None:
    assert KEY.open(seal_box(KEY.public(), "0.42 nmol/L é".encode(), "P1", CHANCE), "P1") == "0.42 nmol/L é".encode()


@pytest.mark.parametrize(("first", "second"), [(b"", b"x" * 1020), (b"x" * 1021, b"x" * 4092)])
def test_boxes_of_one_size_have_one_length(first: bytes, second: bytes) -> None:
    assert len(seal_box(KEY.public(), first, "P1", CHANCE)) == len(seal_box(KEY.public(), second, "P1", CHANCE))


def test_a_box_of_other_chance_looks_otherwise() -> None:
    again = hashlib.sha256(b"another").digest()
    assert seal_box(KEY.public(), b"1", "P1", CHANCE) != seal_box(KEY.public(), b"1", "P1", again)


def test_a_box_moved_to_somebody_else_does_not_open() -> None:
    box = seal_box(KEY.public(), b"1", "P1", CHANCE)
    with pytest.raises(SealBroken, match="not where it was put"):
        KEY.open(box, "P2")


def test_another_key_opens_nothing() -> None:
    other = OpeningKey(hashlib.sha256(b"other").digest())
    with pytest.raises(SealBroken, match="does not open"):
        other.open(seal_box(KEY.public(), b"1", "P1", CHANCE), "P1")


def test_a_box_in_which_any_byte_was_changed_does_not_open() -> None:
    data = base64.b64decode(seal_box(KEY.public(), b"1", "P1", CHANCE))
    for place in (0, 31, 32, 500, len(data) - 1):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises(SealBroken):
            KEY.open(base64.b64encode(bytes(changed)).decode(), "P1")


@pytest.mark.parametrize("box", ["", "not base64!", "QUJD"])
def test_what_is_no_box_is_refused(box: str) -> None:
    with pytest.raises(SealBroken):
        KEY.open(box, "P1")


def test_more_than_the_largest_box_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="the largest holds 65532"):
        seal_box(KEY.public(), b"x" * 65533, "P1", CHANCE)


def test_the_opening_key_never_prints_itself() -> None:
    assert repr(KEY) == "OpeningKey(not shown)"
    with pytest.raises(SealBroken, match="32 bytes; got 3"):
        OpeningKey(b"abc")
