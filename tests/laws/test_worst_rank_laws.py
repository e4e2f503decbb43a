"""Laws of worst ranks: what order, exchanged arms and another scale may and may not move."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.analysis.cases import Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate, Result
from tests.oracles.test_worst_rank import people

EVERY = settings(max_examples=25, deadline=None)
outcomes = st.one_of(st.integers(0, 6).map(lambda tenths: tenths / 10), st.integers(1, 3))
arms = st.tuples(st.lists(outcomes, min_size=3, max_size=3), st.lists(outcomes, min_size=3, max_size=3))


def run(cases: Cases) -> Result:
    return load_method("worst_rank").run(cases, {}, "label")


def numbers(result: Result) -> list[float]:
    return [result.value, result.p.value] if isinstance(result, Estimate) and result.p is not None else []


@EVERY
@given(drawn=arms, order=st.randoms(use_true_random=False))
def test_the_order_of_rows_moves_nothing(drawn: tuple[list[float], list[float]], order: Random) -> None:
    cases = people(tuple(drawn[0]), tuple(drawn[1]))
    rows = list(cases.rows)
    order.shuffle(rows)
    assert numbers(run(replace(cases, rows=tuple(rows)))) == pytest.approx(numbers(run(cases)))


@EVERY
@given(drawn=arms)
def test_the_other_arm_as_reference_has_the_other_probability_and_the_same_p(
    drawn: tuple[list[float], list[float]],
) -> None:
    cases = people(tuple(drawn[0]), tuple(drawn[1]))
    first, second = numbers(run(cases)), numbers(run(replace(cases, reference="t")))
    assert len(first) == len(second)
    if first:
        assert second == pytest.approx([1 - first[0], first[1]])


@EVERY
@given(drawn=arms)
def test_a_growing_scale_of_the_measured_values_moves_nothing(drawn: tuple[list[float], list[float]]) -> None:
    cases = people(tuple(drawn[0]), tuple(drawn[1]))
    rows = tuple(replace(row, outcome=None if row.outcome is None else row.outcome**3 - 7) for row in cases.rows)
    assert numbers(run(replace(cases, rows=rows))) == pytest.approx(numbers(run(cases)))


@EVERY
@given(drawn=arms)
def test_a_failure_in_place_of_a_value_never_helps_its_arm(drawn: tuple[list[float], list[float]]) -> None:
    cases = people((0.5, *drawn[0]), (0.2, *drawn[1]))
    row = cases.rows[0]
    worse = replace(row, outcome=None, failed="died", failed_after=1)
    before, after = run(cases), run(replace(cases, rows=(worse, *cases.rows[1:])))
    assert isinstance(before, Estimate)
    assert isinstance(after, Estimate)
    assert after.value <= before.value + 1e-12
