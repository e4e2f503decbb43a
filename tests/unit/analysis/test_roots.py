"""The root of a rising function."""

from __future__ import annotations

import math

import pytest

from armlet.analysis.roots import root_of


@pytest.mark.parametrize(
    ("root", "bounds"),
    [(math.log(2), (-5.0, 5.0)), (math.log(2), (0.0, 300.0)), (math.log(2), (math.log(2) - 1e-9, 40.0))],
)
def test_it_is_found_to_the_last_digit(root: float, bounds: tuple[float, float]) -> None:
    assert root_of(lambda x: math.exp(x) - 2, *bounds) == pytest.approx(root, abs=1e-13)


def test_a_step_is_found_where_it_rises() -> None:
    assert root_of(lambda x: 1.0 if x > 0.3 else -1.0, 0.0, 1.0) == pytest.approx(0.3, abs=1e-12)


@pytest.mark.parametrize("bounds", [(1.0, 2.0), (-2.0, 0.0)])
def test_without_a_change_of_sign_there_is_none(bounds: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="no root"):
        root_of(lambda x: math.exp(x) - 2, *bounds)
