"""Scales of charts: round numbers, in reach of the values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armlet.report.chart import MINUTES, inner_ticks, round_step, round_ticks, tick_decimals

FINITE = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))


@pytest.mark.parametrize(("span", "most", "step"), [(10, 5, 2), (0.9, 5, 0.2), (7, 5, 2), (730, 8, 100), (1, 1, 1)])
def test_steps_are_one_two_or_five_times_a_power_of_ten(span: float, most: int, step: float) -> None:
    assert round_step(span, most) == pytest.approx(step)


def test_a_two_hour_test_is_marked_in_half_hours() -> None:
    assert inner_ticks(-14, 125, 6, MINUTES) == (0, 30, 60, 90, 120)


def test_ticks_reach_over_the_values_and_are_told_apart_by_their_decimals() -> None:
    assert round_ticks(0.0, 1.97, 5) == (0.0, 0.5, 1.0, 1.5, 2.0)
    assert tick_decimals((0.0, 0.5, 1.0)) == 1
    assert tick_decimals((0.0, 0.25)) == 1
    assert tick_decimals((0.0, 20.0)) == 0


@given(FINITE, FINITE)
def test_ticks_hold_every_value_between_their_ends_and_are_few(one: float, other: float) -> None:
    low, high = min(one, other), max(one, other)
    ticks = round_ticks(low, high, 5)
    assert ticks[0] <= low + 1e-6 * max(1, abs(low))
    assert ticks[-1] >= high - 1e-6 * max(1, abs(high))
    assert 2 <= len(ticks) <= 8
    assert list(ticks) == sorted(set(ticks))
