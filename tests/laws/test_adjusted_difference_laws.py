"""Laws of the models with covariates and visits: what order, names, units and codes may and may not move.

The people are drawn from a seed, so that no model stands at the edge of what has a fit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate

MODELS: list[tuple[str, dict[str, object]]] = [
    ("ancova", {"spread": "any", "weights": "equal"}),
    ("ancova", {"spread": "by arm"}),
    ("mmrm", {}),
    ("mmrm", {"at": "average", "baseline": "constrained", "weights": "equal"}),
    ("mmrm", {"baseline": "common", "covariance": "heterogeneous Toeplitz", "covariates": "by visit"}),
    ("mmrm", {"baseline": "none", "covariance": "compound symmetry", "spread": "by arm"}),
]
EVERY = settings(max_examples=3, deadline=None)
seeds = st.integers(0, 10_000)
VISITS = ("v1", "v2", "v3")
every_model = pytest.mark.parametrize(("method", "chosen"), MODELS)


def drawn(seed: int) -> Cases:
    """Thirty people in two arms, ages and three kinds, one value in ten missing."""
    chance, rows = np.random.default_rng(seed), []
    for number in range(30):
        level = chance.normal(0, 0.7)
        course = tuple(
            None if chance.random() < 0.1 else 5 + level + 0.2 * at * (number % 2) + chance.normal(0, 0.5)
            for at in range(3)
        )
        known: dict[str, float | str] = {"age": float(chance.integers(18, 60)), "kind": "pqr"[number % 7 % 3]}
        baseline = 4 + level + chance.normal(0, 0.5)
        rows.append(Case(f"P{number}", "TC"[number % 2], None, baseline, course[-1], "missed", course, known))
    return Cases(tuple(rows), "nmol/L", ("T", "C"), "C", visits=VISITS, visit="v3")


def each(cases: Cases, change: Callable[[Case], Case]) -> Cases:
    return replace(cases, rows=tuple(change(row) for row in cases.rows))


def answered(method: str, chosen: dict[str, object], cases: Cases) -> list[float]:
    result = load_method(method).run(cases, chosen, "label")
    assert isinstance(result, Estimate), result
    assert result.interval is not None
    assert result.p is not None
    return [result.value, result.interval.lower, result.interval.upper, result.p.value]


def means(method: str, chosen: dict[str, object], cases: Cases) -> list[float]:
    result = load_method(method).run(cases, chosen, "label")
    assert isinstance(result, Estimate), result
    arms = (cases.reference, cases.other_arm())
    return [float(result.detail(f"adjusted mean{part}: {arm}")) for arm in arms for part in ("", ", standard error")]


def close(values: list[float]) -> object:
    return pytest.approx(values, rel=1e-9, abs=1e-9)


@every_model
@EVERY
@given(seed=seeds)
def test_order_and_names_move_no_number(method: str, chosen: dict[str, object], seed: int) -> None:
    cases = drawn(seed)
    before, means_before = answered(method, chosen, cases), means(method, chosen, cases)
    shuffled = replace(cases, rows=tuple(cases.rows[at] for at in np.random.default_rng(seed).permutation(30)))
    turned = replace(cases, arms=("C", "T"))
    new = {"T": "alpha", "C": "zeta"}
    rows = tuple(replace(row, arm=new[row.arm]) for row in cases.rows)
    renamed = replace(cases, rows=rows, arms=("alpha", "zeta"), reference="zeta")
    for other in (shuffled, turned, renamed):
        assert answered(method, chosen, other) == close(before)
        assert means(method, chosen, other) == close(means_before)


@every_model
@EVERY
@given(seed=seeds)
def test_the_other_reference_turns_the_sign(method: str, chosen: dict[str, object], seed: int) -> None:
    cases = drawn(seed)
    value, lower, upper, p = answered(method, chosen, cases)
    assert answered(method, chosen, replace(cases, reference="T")) == close([-value, -upper, -lower, p])


@every_model
@EVERY
@given(seed=seeds)
def test_how_covariates_are_coded_moves_no_number(method: str, chosen: dict[str, object], seed: int) -> None:
    """Another level first, years counted from another year in months, another name of a covariate."""
    cases = drawn(seed)

    def recoded(row: Case) -> Case:
        age, kind = row.covariates["age"], row.covariates["kind"]
        assert isinstance(age, float)
        return replace(row, covariates={"a kind": {"p": "z", "q": "b", "r": "c"}[str(kind)], "months": 12 * age - 500})

    assert answered(method, chosen, each(cases, recoded)) == close(answered(method, chosen, cases))
    assert means(method, chosen, each(cases, recoded)) == close(means(method, chosen, cases))


@every_model
@EVERY
@given(seed=seeds)
def test_another_unit_and_another_zero_move_what_they_must(method: str, chosen: dict[str, object], seed: int) -> None:
    cases = drawn(seed)

    def other(value: float | None) -> float | None:
        return None if value is None else 1000 * value + 5000

    def changed(row: Case) -> Case:
        course = tuple(other(value) for value in row.course)
        return replace(row, baseline=other(row.baseline), outcome=other(row.outcome), course=course)

    value, lower, upper, p = answered(method, chosen, cases)
    found = answered(method, chosen, each(cases, changed))
    assert found == pytest.approx([1000 * value, 1000 * lower, 1000 * upper, p], rel=1e-8, abs=1e-8)
    mean, error, other_mean, other_error = means(method, chosen, cases)
    moved = [1000 * mean + 5000, 1000 * error, 1000 * other_mean + 5000, 1000 * other_error]
    assert means(method, chosen, each(cases, changed)) == pytest.approx(moved, rel=1e-9)


@pytest.mark.parametrize("covariance", ["unstructured", "heterogeneous compound symmetry", "compound symmetry"])
@EVERY
@given(seed=seeds)
def test_the_order_of_visits_moves_nothing_where_steps_do_not_count(covariance: str, seed: int) -> None:
    cases, order = drawn(seed), [2, 0, 1]
    turned = replace(
        each(cases, lambda row: replace(row, course=tuple(row.course[at] for at in order))),
        visits=tuple(VISITS[at] for at in order),
    )
    chosen: dict[str, object] = {"covariance": covariance}
    assert answered("mmrm", chosen, turned) == close(answered("mmrm", chosen, cases))


@EVERY
@given(seed=seeds)
def test_weights_move_adjusted_means_and_no_difference(seed: int) -> None:
    cases = drawn(seed)
    for method in ("ancova", "mmrm"):
        assert answered(method, {"weights": "equal"}, cases) == close(answered(method, {}, cases))
    moved = np.subtract(means("ancova", {"weights": "equal"}, cases), means("ancova", {}, cases))
    assert moved[0] == pytest.approx(moved[2], rel=1e-6)
    assert abs(moved[0]) > 0


@EVERY
@given(seed=seeds)
def test_one_side_is_half_of_two_or_the_rest(seed: int) -> None:
    cases = drawn(seed)
    for method in ("ancova", "mmrm"):
        value, lower, upper, p = answered(method, {}, cases)
        greater, less = (answered(method, {"sides": sides}, cases) for sides in ("greater", "less"))
        assert min(greater[3], less[3]) == pytest.approx(p / 2, rel=1e-9)
        assert greater[3] + less[3] == pytest.approx(1, abs=1e-12)
        assert (greater[3] < less[3]) == (value > 0)
        assert greater[:3] == less[:3] == [value, lower, upper]
