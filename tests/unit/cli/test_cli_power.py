"""`armlet power`: people, power and boundaries, as text and as one document (figures: `tests/oracles`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Call = Callable[..., Any]


def test_it_says_what_so_many_people_can_find(armlet: Call) -> None:
    called = armlet("power", "--difference", "0.5", "--sd", "0.5", "--n", "5,5", "--correlation", "0.5")
    assert (called.code, called.err) == (0, "")
    assert called.out.splitlines()[:2] == [
        "5 and 5 people, a difference of 1 standard deviations, two-sided level 0.05",
        "power of the t test                     0.286",
    ]
    assert "difference found with a power of 0.8    1.012" in called.out


def test_it_says_how_many_people_are_needed(armlet: Call) -> None:
    document = armlet("power", "--difference", "-1", "--correlation", "0.6", "--json").document()
    assert document["n_per_arm_t"] == pytest.approx(16.714722447, abs=1e-8)
    assert document["n_per_arm_ancova"] < 13
    assert "people in each arm, t test              17  (16.71)" in armlet("power", "--difference", "1").out


def test_it_prints_boundaries_for_even_looks_and_for_fractions(armlet: Call) -> None:
    called = armlet("power", "--difference", "1", "--looks", "3", "--boundary", "obrien-fleming")
    assert "obrien-fleming: at most 1.0174 times the people of a trial without looks" in called.out
    assert "0.667        2.4544  0.00706      0.00716      0.442" in called.out
    document = armlet("power", "--difference", "1", "--looks", "0.3,0.7,1", "--json").document()
    assert document["looks"]["bounds"] == pytest.approx([3.9285725426, 2.4387423753, 2.0000085703], abs=1e-9)


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("--difference", "0"), "--difference"),
        (("--difference", "1e-9"), "--difference"),
        (("--difference", "1", "--n", "5"), "--n"),
        (("--difference", "1", "--n", "1,1"), "--n"),
        (("--difference", "1", "--power", "1"), "--power"),
        (("--difference", "1", "--alpha", "0.7"), "--alpha"),
        (("--difference", "1", "--correlation", "1"), "--correlation"),
        (("--difference", "1", "--looks", "often"), "--looks"),
        (("--difference", "1", "--looks", "0.5,0.4"), "--looks"),
    ],
)
def test_options_that_do_not_fit_are_named(armlet: Call, words: tuple[str, ...], option: str) -> None:
    called = armlet("power", *words)
    assert called.code == 2
    assert option in called.err
