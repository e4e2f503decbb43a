"""Group-sequential boundaries, power and sample size against rpact, gsDesign, ldbounds and R (`oracles/power/README.md`)."""

import json
from pathlib import Path

import pytest

from armlet.analysis.power import (
    detectable,
    mean_after_increase,
    people_per_arm,
    power_of_ancova,
    power_of_t,
    total_by_normal_curve,
)
from armlet.analysis.sequential import Boundary, bounds_of, inflation
from armlet.analysis.transforms import Transform

ORACLE = json.loads((Path(__file__).parents[2] / "oracles" / "power" / "power.json").read_text())
THIRDS = (1 / 3, 2 / 3, 1.0)
FIFTHS = (0.2, 0.4, 0.6, 0.8, 1.0)


@pytest.mark.parametrize(
    ("kind", "fractions", "bounds"),
    [
        (Boundary.OBRIEN_FLEMING, THIRDS, (3.471091444, 2.454432298, 2.004035580)),
        (Boundary.POCOCK, THIRDS, (2.289478455, 2.289478455, 2.289478455)),
        (Boundary.SPENDING_OBRIEN_FLEMING, THIRDS, (3.7103028733, 2.5114274813, 1.9930474778)),
        (Boundary.SPENDING_POCOCK, THIRDS, (2.2794282389, 2.2949111349, 2.2959395793)),
        (Boundary.OBRIEN_FLEMING, FIFTHS, (4.5617422988, 3.2256389135, 2.6337231442, 2.2808711494, 2.0400731752)),
        (Boundary.SPENDING_OBRIEN_FLEMING, (0.3, 0.7, 1.0), (3.9285725426, 2.4387423753, 2.0000085703)),
    ],
)
def test_boundaries_at_a_one_sided_level_of_0_025(
    kind: Boundary, fractions: tuple[float, ...], bounds: tuple[float, ...]
) -> None:
    assert bounds_of(kind, fractions, 0.025) == pytest.approx(bounds, abs=1e-9)


@pytest.mark.parametrize(("kind", "times"), [(Boundary.OBRIEN_FLEMING, 1.0174062242), (Boundary.POCOCK, 1.1663860627)])
def test_how_many_more_people_three_looks_need(kind: Boundary, times: float) -> None:
    found = inflation(THIRDS, bounds_of(kind, THIRDS, 0.025), 0.025, 0.8)
    assert found == pytest.approx(times, abs=1e-9)


def test_power_of_the_t_test_with_both_tails_is_that_of_r() -> None:
    assert power_of_t(1, 5, 5, 0.05) == pytest.approx(ORACLE["five"], abs=1e-10)
    assert power_of_t(1, 10, 10, 0.05) == pytest.approx(ORACLE["ten"], abs=1e-10)
    assert people_per_arm(1, 0.8, 0.05) == pytest.approx(ORACLE["n80"], abs=1e-8)
    assert people_per_arm(1, 0.9, 0.05) == pytest.approx(ORACLE["n90"], abs=1e-8)
    assert detectable(0.8, 5, 5, 0.05) == pytest.approx(ORACLE["delta5"], abs=1e-8)
    assert detectable(0.8, 10, 10, 0.05) == pytest.approx(ORACLE["delta10"], abs=1e-8)


def test_power_without_the_far_tail_is_that_of_the_notes() -> None:
    """The notes leave out the far tail, as half the level on one side does; R sought their n to four decimals only."""
    assert power_of_t(1, 5, 5, 0.025, sides=1) == pytest.approx(0.2859275977, abs=1e-9)
    assert power_of_t(1, 10, 10, 0.025, sides=1) == pytest.approx(0.561984615, abs=1e-9)
    assert people_per_arm(1, 0.8, 0.025, sides=1) == pytest.approx(16.71476814, abs=2e-5)
    assert people_per_arm(1, 0.9, 0.025, sides=1) == pytest.approx(22.0210977, abs=2e-5)
    assert detectable(0.8, 5, 5, 0.025, sides=1) == pytest.approx(2.024437939, abs=2e-5)
    assert detectable(0.8, 10, 10, 0.025, sides=1) == pytest.approx(1.324945639, abs=2e-5)
    assert power_of_t(1.5, 10, 5, 0.05) == pytest.approx(0.7165040047, abs=1e-9)


@pytest.mark.parametrize(("correlation", "power"), [(0.5, 0.4743740532), (0.7, 0.6316643338), (0.8, 0.7790594758)])
def test_exact_power_of_the_analysis_of_covariance(correlation: float, power: float) -> None:
    assert power_of_ancova(0.8, 10, 10, 0.05, correlation=correlation) == pytest.approx(power, abs=1e-9)


@pytest.mark.parametrize(
    ("mean", "sd", "transform", "people"),
    [
        (0.4398, 0.1671, Transform.LN_X_PLUS_1, 33.689945),
        (0.3492, 0.1644, Transform.LN_X_PLUS_1, 46.264736),
        (0.6160, 0.1972, Transform.SQRT, 65.640509),
        (0.2655, 0.1611, Transform.LN_X_PLUS_1, 69.041473),
        (0.2428, 0.1615, Transform.LN_X_PLUS_1, 80.529684),
    ],
)
def test_the_worked_numbers_of_the_published_formula(
    mean: float, sd: float, transform: Transform, people: float
) -> None:
    difference = mean_after_increase(mean, 0.5, transform) - mean
    found = total_by_normal_curve(difference, sd, 0.85, 0.05, share=2 / 3, sides=1)
    assert found == pytest.approx(people, abs=1e-6)


@pytest.mark.parametrize(("increase", "power"), [(0.5, 0.276969), (1.0, 0.713955), (1.5, 0.941600)])
def test_what_five_and_five_people_can_find(increase: float, power: float) -> None:
    difference = mean_after_increase(0.4398, increase, Transform.LN_X_PLUS_1) - 0.4398
    assert power_of_t(difference / 0.1671, 5, 5, 0.05) == pytest.approx(power, abs=1e-6)
