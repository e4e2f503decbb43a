"""ISBT 128: the published check characters, every slip of one character, and what each structure refuses."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armlet.errors import InputError
from armlet.product.isbt128 import (
    CodedDate,
    check_character,
    check_flags,
    format_compound,
    format_date,
    is_same_donation,
    parse_chain_of_identity,
    parse_compound,
    parse_date,
    parse_donation_number,
    parse_product_code,
    parse_scanned_number,
    parse_single_european_code,
    parse_typed_number,
)

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FACILITY = "ABCDEFGHIJKLMNPQRSTUVWXYZ123456789"


@pytest.mark.parametrize(
    ("number", "character", "flags"),
    [
        ("G123498654321", "H", "77"),
        ("G123417654321", "A", "70"),
        ("A999921123456", "3", "63"),
        ("A999917123458", "5", "65"),
        ("A999924000001", "5", "65"),
        ("A999924000010", "3", "63"),
        ("A999924000004", "*", "96"),
        ("A999924000078", "0", "60"),
    ],
)
def test_the_published_check_characters(number: str, character: str, flags: str) -> None:
    assert (check_character(number), check_flags(number)) == (character, flags)
    assert parse_scanned_number(f"={number}{flags}").flags == flags
    assert str(parse_typed_number(f"{number[:5]} {number[5:7]} {number[7:]} {character}")) == number


@st.composite
def numbers(draw: st.DrawFn) -> str:
    first = draw(st.sampled_from(FACILITY))
    rest = draw(st.lists(st.sampled_from("0" + FACILITY), min_size=2, max_size=2))
    return first + "".join(rest) + draw(st.text("0123456789", min_size=10, max_size=10))


def checks(number: str) -> str | None:
    """The check character, or None where the text is no number at all."""
    try:
        return check_character(number)
    except InputError:
        return None


@given(numbers())
def test_every_slip_of_one_character_and_every_swap_of_neighbours_is_noticed(number: str) -> None:
    right = check_character(number)
    for place in range(13):
        for other in ALPHABET:
            if other != number[place]:
                assert checks(number[:place] + other + number[place + 1 :]) != right, (place, other)
    for place in range(12):
        if number[place] != number[place + 1]:
            swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
            assert checks(swapped) != right, place


@given(numbers())
def test_what_a_number_says_of_itself_is_read_again(number: str) -> None:
    assert str(parse_typed_number(parse_donation_number(number).eye_readable())) == number
    assert str(parse_scanned_number(f"={number}{check_flags(number)}").number) == number


@pytest.mark.parametrize(
    "text",
    [
        "a999921123456", "O999921123456", "AO99921123456", "A99992112345", "A9999211234567", "A9999 21 123456", "",
        "0999921123456", "A999921123４56", "A999921123456\n", "AAAAA21123456",
    ],
)  # fmt: skip
def test_what_is_no_donation_number_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no donation number"):
        parse_donation_number(text)


@pytest.mark.parametrize("text", ["=A99992112345697", "=A99992112345664", "=A999921123456", "A99992112345600"])
def test_what_is_no_scanned_number_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no scanned donation number"):
        parse_scanned_number(text)


def test_a_mistyped_check_character_is_refused() -> None:
    for typed in ("A9999 21 123456 4", "A9999 21 123456", "A9999 21 123465 3"):
        with pytest.raises(InputError, match="mistyped"):
            parse_typed_number(typed)


def test_two_containers_of_one_donation_are_the_same_donation() -> None:
    assert is_same_donation("=A99992112345601", "=A99992112345602")
    assert is_same_donation("=A99992112345600", "A999921123456")
    assert not is_same_donation("A999921123456", "A999921123457")


def test_a_product_code_has_its_parts() -> None:
    code = parse_product_code("=<YA123VBa")
    assert (code.description, code.collection, code.division, code.subdivision) == ("YA123", "V", "B", "a")
    assert code.family == "clinical trial"
    assert parse_product_code("=<S1234100").family == "cellular therapy"
    for text in ("=<Y1234100", "<S1234100", "=<S12341000", "=<S1234a00", "=<s1234100", "=<YA12A100"):
        with pytest.raises(InputError, match="is no product code"):
            parse_product_code(text)


def test_a_chain_of_identity_has_letters_in_its_sequence() -> None:
    assert parse_chain_of_identity("&/CHA999921AB12C6") == "A999921AB12C6"
    for text in ("&/A999921AB12C6", "&/CHA9999AB12C6", "&/CHA999921AB12c6", "&/CHO999921AB12C6"):
        with pytest.raises(InputError, match="is no chain of identity"):
            parse_chain_of_identity(text)


@pytest.mark.parametrize(
    ("text", "kind", "local"),
    [
        ("&>0240611830", "expiry", "2024-03-01 18:30"),
        ("=>023060", "expiry", "2023-03-01 23:59"),
        ("=>024366", "expiry", "2024-12-31 23:59"),
        ("=>100001", "expiry", "2100-01-01 23:59"),
        ("=*999365", "collection", "1999-12-31 23:59"),
        ("&}0240610000", "production", "2024-03-01 00:00"),
    ],
)
def test_a_coded_date_is_read_and_written(text: str, kind: str, local: str) -> None:
    coded = parse_date(text)
    assert (coded.kind, coded.local()) == (kind, datetime.fromisoformat(local))
    assert format_date(coded) == text


@pytest.mark.parametrize(
    "text",
    [
        "=>023366",
        "=>100366",
        "=>024000",
        "=>024367",
        "&>0240612400",
        "&>0240611860",
        "&>024061",
        "=>0240611830",
        ">024061",
    ],
)
def test_a_day_or_time_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no coded date"):
        parse_date(text)


@given(
    st.dates(date(1900, 1, 1), date(2899, 12, 31)),
    st.none() | st.times().map(lambda at: at.replace(second=0, microsecond=0)),
)
def test_every_date_comes_back(day: date, at: time | None) -> None:
    coded = CodedDate("expiry", day, at)
    assert parse_date(format_date(coded)) == coded


def test_a_year_that_has_no_century_digit_is_refused() -> None:
    with pytest.raises(InputError, match="a year from 1900 to 2899"):
        format_date(CodedDate("expiry", date(1899, 12, 31), None))


COMPOUND = "=+04000=/A9997XYZ100T0479=A99991712345600=,000012=>019031"


def test_a_compound_message_is_taken_apart_and_put_together() -> None:
    parts = ("=/A9997XYZ100T0479", "=A99991712345600", "=,000012", "=>019031")
    assert parse_compound(COMPOUND) == parts
    assert format_compound(parts) == COMPOUND


@pytest.mark.parametrize(
    "text",
    [
        COMPOUND.replace("=+04", "=+03"),
        COMPOUND.replace("=+04", "=+05"),
        "=+00000",
        COMPOUND[1:],
        "=+01000abc",
        "=+01000=a",
    ],
)
def test_a_compound_message_with_a_wrong_count_or_shape_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no compound message"):
        parse_compound(text)


def test_what_cannot_stand_in_a_compound_message_is_refused() -> None:
    for parts in ((), ("abc",), ("=A=B1",), ("=>019031",) * 100):
        with pytest.raises(InputError):
            format_compound(parts)


def test_the_single_european_code_has_two_halves() -> None:
    code = parse_single_european_code("PL001499Z549917123456 A00T041600320171231")
    assert (code.country, code.establishment, code.donation) == ("PL", "001499", "Z549917123456")
    assert (code.system, code.product, code.split, code.expires) == ("A", "00T0416", "003", date(2017, 12, 31))
    assert parse_single_european_code("PL001499Z549917123456A00T041600320171231") == code
    for text in (
        "PL001499Z549917123456 A00T041600320171232", "PL001499Z549917123456", "PL001499Z549917123456 X00T041600320171231",
        "pl001499Z549917123456 A00T041600320171231", "PL001499Z549917123456  A00T041600320171231",
    ):  # fmt: skip
        with pytest.raises(InputError, match="is no Single European Code"):
            parse_single_european_code(text)
