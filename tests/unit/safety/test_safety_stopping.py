"""Stopping boundaries: the whole table of the domain notes (2.5), computed there with another program, is the oracle."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from armlet.protocol.stopping import BetaBinomial, Boundary, Harm, Pocock
from armlet.safety.beta import exceeds, tail_bounds
from armlet.safety.stopping import (
    Bound,
    Look,
    are_monotone,
    bounds_of,
    characteristics,
    highest_risk,
    level_of,
    look_back,
    stop_probability,
)


def bayes(prior: tuple[str, str], confidence: str) -> BetaBinomial:
    return BetaBinomial(method="beta_binomial", unacceptable="0.20", prior=prior, confidence=confidence)


def pocock(unacceptable: str, overall: str) -> Pocock:
    return Pocock(method="pocock", unacceptable=unacceptable, overall=overall)


TABLE: list[tuple[Boundary, str, str, str]] = [
    (bayes(("0.4", "1.6"), "0.90"), "-,2,2,3,3,3,4,4,4,5", ".009/.038/.172/.385/.617/.809", "9.01 / 6.50"),
    (bayes(("0.4", "1.6"), "0.95"), "-,2,3,3,4,4,4,4,5,5", ".003/.015/.093/.261/.491/.719", "9.51 / 7.66"),
    (bayes(("1", "1"), "0.90"), "1,2,2,2,2,3,3,3,4,4", ".065/.156/.388/.625/.811/.925", "7.28 / 4.33"),
    (pocock("0.20", "0.10"), "-,2,3,3,4,4,4,4,5,5", ".003/.015/.093/.261/.491/.719", "9.51 / 7.66"),
    (pocock("0.10", "0.05"), "-,2,2,3,3,3,3,4,4,4", ".010/.047/.215/.464/.705/.874", "8.91 / 6.31"),
    (pocock("0.20", "0.05"), "-,-,3,3,4,4,5,5,5,6", ".001/.005/.042/.148/.332/.561", "9.79 / 8.51"),
]
RISKS = [
    Fraction(5, 100),
    Fraction(10, 100),
    Fraction(20, 100),
    Fraction(30, 100),
    Fraction(40, 100),
    Fraction(50, 100),
]


@pytest.mark.parametrize(("boundary", "bounds", "stops", "expected"), TABLE)
def test_boundary_and_characteristics_are_those_of_the_table(
    boundary: Boundary, bounds: str, stops: str, expected: str
) -> None:
    found = bounds_of(boundary, 10)

    assert ",".join("-" if bound is None else str(bound) for bound in found) == bounds
    assert "/".join(f"{float(stop_probability(found, p)):.3f}"[1:] for p in RISKS) == stops
    n = [float(characteristics(found, risk).expected_n) for risk in (Fraction(1, 5), Fraction(2, 5))]
    assert f"{n[0]:.2f} / {n[1]:.2f}" == expected


@pytest.mark.parametrize(("unacceptable", "alpha", "overall"), [("0.10", ".0280", ".0468"), ("0.20", ".0272", ".0421")])
def test_the_level_of_pocock_is_the_largest_that_keeps_the_promise(unacceptable: str, alpha: str, overall: str) -> None:
    rule = pocock(unacceptable, "0.05")

    assert f"{float(level_of(rule, 10)):.4f}"[1:] == alpha
    assert f"{float(stop_probability(bounds_of(rule, 10), Fraction(unacceptable))):.4f}"[1:] == overall


@pytest.mark.parametrize(
    ("events", "n", "posterior"),
    [(2, 2, ".9568"), (2, 3, ".9071"), (3, 4, ".9734"), (4, 7, ".9699"), (4, 10, ".8951"), (5, 10, ".9709")],
)
def test_posterior_probabilities_are_those_of_the_notes(events: int, n: int, posterior: str) -> None:
    least, most = tail_bounds(Fraction("0.4") + events, Fraction("1.6") + n - events, Fraction("0.2"))

    assert f"{float(least):.4f}"[1:] == posterior
    assert 0 < most - least < Fraction(1, 10**25)


def test_a_tail_with_whole_parameters_is_exact_and_lies_between_the_bounds_of_its_neighbours() -> None:
    assert tail_bounds(Fraction(1), Fraction(1), Fraction("0.2")) == (Fraction("0.8"), Fraction("0.8"))
    assert tail_bounds(Fraction(2), Fraction(1), Fraction("0.5")) == (Fraction("0.75"), Fraction("0.75"))
    below, above = (
        tail_bounds(Fraction("1.999999"), Fraction(1), Fraction("0.5")),
        tail_bounds(Fraction("2.000001"), Fraction(1), Fraction("0.5")),
    )
    assert below[1] < Fraction("0.75") < above[0]


def test_a_posterior_that_equals_the_limit_does_not_stop() -> None:
    assert not exceeds(Fraction(1), Fraction(1), Fraction("0.5"), Fraction("0.5"))
    assert not exceeds(Fraction("1.5"), Fraction("1.5"), Fraction("0.5"), Fraction("0.5"))
    assert exceeds(Fraction("1.5"), Fraction("1.5"), Fraction("0.5"), Fraction("0.499999"))


def by_enumeration(bounds: tuple[Bound, ...], risk: Fraction) -> tuple[Fraction, Fraction]:
    """Every history of events, one by one: another way to the same numbers."""
    stops, expected = Fraction(0), Fraction(0)
    for history in product((0, 1), repeat=len(bounds)):
        chance = Fraction(1)
        for event in history:
            chance *= risk if event else 1 - risk
        sums = [sum(history[: k + 1]) for k in range(len(bounds))]
        at = next((k for k, bound in enumerate(bounds) if bound is not None and sums[k] >= bound), None)
        stops += chance if at is not None else 0
        expected += chance * (len(bounds) if at is None else at + 1)
    return stops, expected


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.none() | st.integers(1, 6), min_size=1, max_size=8),
    st.fractions(Fraction(0), Fraction(1), max_denominator=20),
)
def test_characteristics_are_those_of_every_history_one_by_one(bounds: list[Bound], risk: Fraction) -> None:
    found = characteristics(bounds, risk)

    assert (found.stops, found.expected_n) == by_enumeration(tuple(bounds), risk)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(1, 12),
    st.sampled_from(["0.05", "0.10", "0.25", "0.40"]),
    st.sampled_from(["0.02", "0.05", "0.20"]),
)
def test_no_rule_breaks_its_promise_or_forgives_more_harm_in_more_people(n: int, limit: str, overall: str) -> None:
    bounds = bounds_of(pocock(limit, overall), n)

    assert stop_probability(bounds, Fraction(limit)) <= Fraction(overall)
    assert are_monotone(bounds)


def test_no_event_in_ten_leaves_a_risk_of_a_quarter_possible() -> None:
    assert highest_risk(0, 10) == Fraction(259, 1000)
    assert highest_risk(0, 5) == Fraction(451, 1000)
    assert highest_risk(3, 3) == 1


def test_a_look_counts_everybody_up_to_it_and_an_early_look_can_stop_though_the_last_one_does_not() -> None:
    bounds = (None, 2, 2, 3, 3)

    looks = look_back([True, True, False, False, False], bounds)

    assert looks[1] == Look(2, 2, 2)
    assert [look.stops for look in looks] == [False, True, True, False, False]


def test_participants_beyond_the_plan_are_held_against_the_last_bound() -> None:
    assert [look.bound for look in look_back([False] * 4, (None, 2))] == [None, 2, 2, 2]


@pytest.mark.parametrize("n", [0, 61])
def test_a_boundary_for_nobody_or_for_very_many_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match=f"for 1 to 60 participants; got {n}"):
        bounds_of(pocock("0.10", "0.05"), n)


def test_a_prior_of_nothing_and_a_harm_that_counts_nothing_are_no_protocol() -> None:
    with pytest.raises(ValidationError, match="both parameters of the prior are above 0"):
        bayes(("0", "1"), "0.90")
    with pytest.raises(ValidationError, match="otherwise nothing counts"):
        Harm()
