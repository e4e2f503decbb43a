"""Numbers as readers see them."""

from decimal import Decimal

import pytest

from armlet.report.numbers import decimals_for, number, of, per_cent, phase, probability, unit

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (0.12345, 3, "0.123"),
        (-0.12345, 2, "\u22120.12"),
        (-0.0004, 3, "0.000"),
        (Decimal("2.5"), 0, "3"),
        (Decimal("1234.5"), 1, "1234.5"),
    ],
)
def test_a_number_is_rounded_half_up_with_a_real_minus_sign_and_no_signed_nought(
    value: float | Decimal, decimals: int, shown: str
) -> None:
    assert number(value, decimals) == shown


@pytest.mark.parametrize(
    ("values", "decimals"),
    [([0.041, -0.9], 3), ([0.5, 4.25], 2), ([0.5, 42.5], 1), ([0.5, 425.0], 0), ([3.0, 7.0], 0), ([0.00001], 3)],
)
def test_the_largest_number_decides_how_many_decimals_all_get(values: list[float], decimals: int) -> None:
    assert decimals_for(values) == decimals


def test_shares_are_shown_as_percentages() -> None:
    assert per_cent(0.95) == f"95{NBSP}%"
    assert per_cent(0.96875) == f"96.9{NBSP}%"
    assert of(2, 9) == "2 of 9 (22 %)".replace(" ", NBSP)
    assert of(0, 0) == "0 of 0".replace(" ", NBSP)


def test_a_small_p_is_never_shown_as_nought() -> None:
    assert probability(0.0004) == f"<{NBSP}0.001"
    assert probability(0.0286) == f"={NBSP}0.029"


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("10*6/kg", "× 10⁶/kg"),
        ("kg/m2", "kg/m²"),
        ("ug/kg/d", "µg/kg/d"),
        ("nmol.h/L", "nmol·h/L"),
        ("[IU]/kg/d", "IU/kg/d"),
        ("1", ""),
    ],
)
def test_units_are_printed_as_in_a_journal(code: str, shown: str) -> None:
    assert unit(code) == shown


def test_phases_are_said_in_words() -> None:
    assert (phase("PHASE1/PHASE2"), phase("PHASE2"), phase("EARLY_PHASE1"), phase("NA")) == (
        "phase 1/2",
        "phase 2",
        "early phase 1",
        "no phase",
    )
