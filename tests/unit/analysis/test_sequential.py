"""Group-sequential boundaries and power: what holds for any, and what a stopped trial has shown."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from armlet.analysis.power import people_for, power_of_ancova, power_of_t
from armlet.analysis.sequential import (
    Boundary,
    bounds_of,
    crossing,
    drift_for,
    expected_fraction,
    inflation,
    power_of,
    shown,
    spent,
)

LOOKS = (0.25, 0.5, 0.8, 1.0)


@pytest.mark.parametrize("kind", list(Boundary))
def test_every_boundary_keeps_its_level(kind: Boundary) -> None:
    bounds = bounds_of(kind, LOOKS, 0.025)
    assert sum(crossing(LOOKS, bounds)) == pytest.approx(0.025, abs=1e-12)


@pytest.mark.parametrize("kind", list(Boundary)[2:])
def test_what_a_spending_function_gives_out_is_what_is_crossed_by_then(kind: Boundary) -> None:
    reached = np.cumsum(crossing(LOOKS, bounds_of(kind, LOOKS, 0.025, power=2), 0.0))
    assert reached == pytest.approx([spent(kind, t, 0.025, 2) for t in LOOKS], abs=1e-12)
    assert spent(kind, 1.0, 0.025) == pytest.approx(0.025, abs=1e-15)


def test_one_look_is_the_trial_without_looks() -> None:
    for kind in Boundary:
        bounds = bounds_of(kind, (1.0,), 0.025)
        assert bounds == pytest.approx((float(ndtri(0.975)),), abs=1e-10)
        assert inflation((1.0,), bounds, 0.025, 0.9) == pytest.approx(1.0, abs=1e-9)


def test_crossing_is_what_drawn_trials_do() -> None:
    bounds, drift = bounds_of(Boundary.POCOCK, LOOKS, 0.025), 2.5
    chance = np.random.default_rng(3)
    steps = np.diff((0.0, *LOOKS))
    paths = np.cumsum(chance.normal(drift * steps, np.sqrt(steps), (200_000, 4)), axis=1)
    first = np.argmax(np.column_stack([paths / np.sqrt(LOOKS) > bounds, np.ones(len(paths), dtype=bool)]), axis=1)
    drawn = np.bincount(first, minlength=5)[:4] / len(paths)
    assert crossing(LOOKS, bounds, drift) == pytest.approx(tuple(drawn), abs=0.004)


def test_power_rises_with_drift_and_looks_save_people() -> None:
    bounds = bounds_of(Boundary.SPENDING_OBRIEN_FLEMING, LOOKS, 0.025)
    drift = drift_for(LOOKS, bounds, 0.9)
    assert power_of(LOOKS, bounds, drift) == pytest.approx(0.9, abs=1e-10)
    assert expected_fraction(LOOKS, bounds, drift) * inflation(LOOKS, bounds, 0.025, 0.9) < 0.8
    assert expected_fraction(LOOKS, bounds, 0.0) == pytest.approx(1.0, abs=0.01)


def test_a_trial_stopped_at_the_first_look_has_shown_what_a_trial_without_looks_would() -> None:
    bounds = bounds_of(Boundary.POCOCK, LOOKS, 0.025)
    found = shown(LOOKS[:1], bounds, 3.0, 40.0, 0.025)
    assert found.p == pytest.approx(float(ndtr(-3.0)), abs=1e-13)
    assert found.estimate == pytest.approx(3.0 / 10**0.5, abs=1e-10)
    assert found.lower == pytest.approx((3.0 - 1.959963984540054) / 10**0.5, abs=1e-10)
    assert found.repeated_lower == pytest.approx((3.0 - bounds[0]) / 10**0.5, abs=1e-10)
    assert found.repeated_upper == pytest.approx((3.0 + bounds[0]) / 10**0.5, abs=1e-10)


def test_on_the_boundary_of_the_last_look_p_is_the_level_and_the_limit_is_no_effect() -> None:
    bounds = bounds_of(Boundary.OBRIEN_FLEMING, (0.5, 1.0), 0.025)
    found = shown((0.5, 1.0), bounds, bounds[-1], 25.0, 0.025)
    assert found.p == pytest.approx(0.025, abs=1e-12)
    assert found.lower == pytest.approx(0.0, abs=1e-9)
    assert 0 < found.estimate < bounds[-1] / 5


def test_the_estimate_of_a_stopped_trial_is_half_the_time_too_high() -> None:
    bounds = bounds_of(Boundary.POCOCK, (0.5, 1.0), 0.025)
    chance = np.random.default_rng(9)
    drift, too_high = 2.0, 0
    for first, step in chance.normal(drift / 2, 0.5**0.5, (120, 2)):
        z = (first / 0.5**0.5, first + step)
        looks = (0.5,) if z[0] > bounds[0] else (0.5, 1.0)
        too_high += shown(looks, bounds, z[len(looks) - 1], 1.0, 0.025).estimate > drift
    assert too_high / 120 == pytest.approx(0.5, abs=0.13)


@pytest.mark.parametrize("fractions", [(), (0.5, 0.5), (0.0, 1.0), (0.5, 1.2)])
def test_looks_that_are_none_are_refused(fractions: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="information fractions"):
        bounds_of(Boundary.POCOCK, fractions, 0.025)


def test_a_shape_spends_nothing() -> None:
    with pytest.raises(ValueError, match="spends nothing"):
        spent(Boundary.POCOCK, 0.5, 0.025)


def test_no_difference_is_found_as_often_as_the_level_says() -> None:
    assert power_of_t(0.0, 5, 5, 0.05) == pytest.approx(0.05, abs=1e-12)
    assert power_of_ancova(0.0, 5, 5, 0.05, correlation=0.6) == pytest.approx(0.05, abs=1e-10)
    assert power_of_t(1.0, 1, 1, 0.05) == 0.0
    assert power_of_ancova(1.0, 1, 2, 0.05, correlation=0.5) == 0.0


def test_no_number_of_people_finds_no_difference() -> None:
    with pytest.raises(ValueError, match="no number of people"):
        people_for(0.8, lambda n: power_of_t(0.0, n, n, 0.05))
