"""The rounding rule of the results form, worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armlet.export.results_form.numbers import Average, decimals_for, per_cent, probability, rounded, summarise


@pytest.mark.parametrize(
    ("values", "decimals"),
    [
        ((0.52, -0.0123), 4),
        ((61.3, 7.25), 2),
        ((1234.5, 0.001), 0),
        ((3, 12, 0), 0),
        ((0.00921, 0.0401), 5),
        ((), 0),
        ((1e-30,), 12),
    ],
)
def test_the_largest_number_of_a_table_gets_four_significant_digits(values: tuple[float, ...], decimals: int) -> None:
    assert decimals_for(values) == decimals


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (Decimal("0.125"), 2, "0.13"),
        (Decimal("-0.125"), 2, "-0.13"),
        (Decimal("-0.001"), 2, "0.00"),
        (2.675, 2, "2.68"),
        (1e21, 0, "1000000000000000000000"),
        (7, 0, "7"),
    ],
)
def test_halves_are_rounded_away_from_nought_as_they_are_printed(value: float, decimals: int, text: str) -> None:
    assert rounded(value, decimals) == text


def test_p_values_and_levels_are_spelt_as_the_form_wants_them() -> None:
    assert [probability(p) for p in (0.03125, 1.0, 0.0001, 0.00009)] == ["0.0313", "1.0000", "0.0001", "<0.0001"]
    assert [per_cent(level) for level in (0.95, 0.9, 0.975, 0.999)] == ["95", "90", "97.5", "99.9"]


def test_values_are_summed_up_as_mean_or_as_median() -> None:
    values = (Decimal(1), Decimal(2), Decimal(6))
    mean, median = summarise(values, Average.MEAN), summarise(values, Average.MEDIAN)

    assert (mean.middle, rounded(mean.spread or 0, 4)) == (Decimal(3), "2.6458")
    assert (median.middle, median.lowest, median.highest) == (Decimal(2), Decimal(1), Decimal(6))
    assert summarise(values[:1], Average.MEAN).spread is None


@given(st.lists(st.decimals(-(10**9), 10**9, places=6), min_size=1, max_size=6))
def test_a_rounded_number_is_never_further_off_than_half_of_its_last_digit(values: list[Decimal]) -> None:
    decimals = decimals_for(values)

    for value in values:
        assert abs(Decimal(rounded(value, decimals)) - value) <= Decimal(1).scaleb(-decimals) / 2
