"""Units convert exactly, agree with a UCUM library, and refuse what could be misread."""

from __future__ import annotations

import importlib
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armlet.units import Quantity, UnitError, format_decimal, ngsp_from_ifcc, parse_decimal, parse_unit

PAIRS = [
    ("g", "kg"), ("mg", "kg"), ("ug", "g"), ("ng", "mg"), ("pg", "ng"), ("[lb_av]", "kg"),
    ("mL", "L"), ("uL", "mL"), ("dL", "L"), ("l", "L"), ("L", "m3"), ("cm3", "mL"),
    ("cm", "m"), ("mm", "cm"), ("[in_i]", "cm"), ("m2", "cm2"),
    ("min", "s"), ("h", "min"), ("d", "h"), ("wk", "d"),
    ("mmol", "mol"), ("umol", "mmol"), ("nmol", "umol"), ("pmol", "nmol"),
    ("pmol/L", "nmol/L"), ("pmol/mL", "nmol/L"), ("nmol/L", "mmol/L"), ("mmol/L", "mol/m3"),
    ("ng/mL", "ug/L"), ("mg/dL", "g/L"), ("ng/mL", "kg/m3"),
    ("kg/m2", "g/cm2"), ("mmol/mol", "1"), ("g/mol", "kg/mol"), ("kPa", "Pa"), ("kPa", "kg.m-1.s-2"),
    ("10*6/kg", "10*3/g"), ("10*9/L", "10*6/mL"), ("10*6/mL", "/L"), ("10*6/kg", "/mg"),
    ("nmol.min/L", "nmol.h/L"), ("nmol.h/L", "mol.s/m3"), ("ug/kg/d", "mg/g/h"), ("mg/kg", "ug/g"),
]  # fmt: skip


@pytest.fixture(scope="module")
def ucum() -> Any:
    """The registry of ucumvert, a UCUM library on Pint; it comes without types."""
    return importlib.import_module("ucumvert").PintUcumRegistry()


@pytest.mark.parametrize(("unit", "other"), PAIRS)
def test_a_factor_agrees_with_the_ucum_library(ucum: Any, unit: str, other: str) -> None:
    ours = parse_unit(unit).factor / parse_unit(other).factor
    theirs = ucum.from_ucum(unit).to(ucum.from_ucum(other)).magnitude
    assert parse_unit(unit).dimension == parse_unit(other).dimension
    assert float(ours) == pytest.approx(float(theirs), rel=1e-12)


def test_a_column_of_mercury_is_ucums_and_not_that_of_pint(ucum: Any) -> None:
    assert Quantity.parse("1 mm[Hg]").to("Pa") == Quantity(Decimal("133.322"), "Pa")
    theirs = ucum.from_ucum("mm[Hg]").to(ucum.from_ucum("Pa")).magnitude
    assert float(theirs) == pytest.approx(133.322, rel=1e-5)


@pytest.mark.parametrize(
    ("unit", "other"), [("[IU]", "1"), ("%", "1"), ("mo", "d"), ("a", "d"), ("[EU]/mL", "[IU]/mL")]
)
def test_what_ucum_would_mix_is_kept_apart_on_purpose(unit: str, other: str) -> None:
    with pytest.raises(UnitError, match="do not measure the same thing"):
        Quantity.parse(f"1 {unit}").to(other)


def test_years_are_months_and_never_days() -> None:
    assert str(Quantity.parse("2 a").to("mo")) == "24 mo"
    assert Quantity.parse("18 years").compare(Quantity.parse("216 mo")) == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("120 pmol/L", "0.12 nmol/L"),
        ("0.12 nmol/mL", "120 nmol/L"),
        ("2500000 /kg", "2.5 10*6/kg"),
        ("2.5 10^6/kg", "2.5 10*6/kg"),
        ("48 nmol.min/L", "0.8 nmol.h/L"),
        ("1 [lb_av]", "0.45359237 kg"),
        ("30.1 kg/m²", "30.1 kg/m2"),
        ("5 µg", "5 ug"),
        ("5 μg", "0.005 mg"),
        ("7 days", "1 wk"),
        ("120 mmHg", "120 mm[Hg]"),
    ],
)
def test_two_spellings_of_one_amount_are_exactly_equal(one: str, other: str) -> None:
    assert Quantity.parse(one).compare(Quantity.parse(other)) == 0


def test_a_limit_is_told_from_its_nearest_neighbour() -> None:
    limit = Quantity.parse("0.12 nmol/L")
    assert Quantity.parse("120.00000000000000000001 pmol/L").compare(limit) == 1
    assert Quantity.parse("119.99999999999999999999 pmol/L").compare(limit) == -1


def test_molar_mass_turns_mass_into_amount_of_substance_and_back() -> None:
    molar_mass = Quantity.parse("3020.29 g/mol")
    assert Quantity.parse("3.02029 ng/mL").to("nmol/L", molar_mass) == Quantity(Decimal(1), "nmol/L")
    assert Quantity.parse("1 nmol/L").to("ng/mL", molar_mass) == Quantity(Decimal("3.02029"), "ng/mL")
    with pytest.raises(UnitError):
        Quantity.parse("3.02029 ng/mL").to("nmol/L")
    with pytest.raises(UnitError):
        Quantity.parse("3.02029 ng").to("nmol/L", molar_mass)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0.5 U/kg/d", r"write \[IU\]"),
        ("62,3 kg", "expected a decimal point: '62.3'"),
        ("62,3", "expected a decimal point: '62.3'"),
        ("62.3", "has no unit"),
        ("kg", "not a number"),
        ("", "not a number"),
        ("1e400 kg", "far outside anything|not a number"),
        ("1e61 kg", "far outside anything"),
        ("NaN kg", "not a number"),
        ("inf kg", "not a number"),
        ("1_000 kg", "not a number"),
        ("1 parsec", "not known"),
        ("1 10*99999999/kg", "not known"),
        ("1 .", "not known"),
        ("1 /", "not known"),
        ("٣ kg", "not a number"),
        ("1 kg/", "not known"),
        ("1 kg//m", "not known"),
        ("9" * 61 + " kg", "not a number"),
    ],
)
def test_what_could_be_misread_is_refused_with_a_reason(text: str, said: str) -> None:
    with pytest.raises(UnitError, match=said):
        Quantity.parse(text)


def test_a_quantity_may_be_typed_without_the_blank() -> None:
    assert Quantity.parse("62.3kg") == Quantity(Decimal("62.3"), "kg")


def test_amounts_of_different_sorts_are_not_compared() -> None:
    with pytest.raises(UnitError, match="do not measure the same thing"):
        Quantity.parse("1 kg").compare(Quantity.parse("1 L"))


def test_units_are_read_from_left_to_right() -> None:
    assert parse_unit("nmol/L.min").dimension == parse_unit("nmol.min/L").dimension
    assert parse_unit("kg/m2").factor == Fraction(1000)
    assert parse_unit("kg{dry}") == parse_unit("kg")
    assert parse_unit("{puff}/d") == parse_unit("/d")


def test_a_number_is_shown_as_it_was_typed() -> None:
    assert str(Quantity.parse("62.30 kg")) == "62.30 kg"
    assert format_decimal(Decimal("6E+1")) == "60"
    assert parse_decimal(" 1.5e3 ") == Decimal(1500)


def test_haemoglobin_follows_the_master_equation() -> None:
    assert ngsp_from_ifcc(Decimal(48)) == Decimal("6.54304")


@given(st.integers(-(10**12), 10**12), st.integers(0, 9), st.sampled_from(PAIRS))
def test_there_and_back_is_the_same_amount(digits: int, places: int, pair: tuple[str, str]) -> None:
    quantity = Quantity(Decimal(digits).scaleb(-places), pair[0])
    there = quantity.to(pair[1])
    exact = Fraction(quantity.value) * parse_unit(pair[0]).factor / parse_unit(pair[1]).factor
    assert abs(Fraction(there.value) - exact) <= abs(exact) * Fraction(1, 10**39)
    if Fraction(there.value) == exact:
        assert there.compare(quantity) == 0
