"""The mixed model for repeated measures: what moves no number, what falls back, and what these people cannot answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.covariance import Shape, expand, start
from armlet.analysis.estimates import Estimate, NotEstimable, Result
from armlet.analysis.reml import RepeatedFit, fit_repeated
from armlet.errors import InputError

VISITS = ("m1", "m2", "m3")
Course = tuple[float | None, ...]


def drawn(people: int = 12, missing: float = 0.1, seed: int = 5) -> Cases:
    chance = np.random.default_rng(seed)
    rows = []
    for number in range(people):
        base = chance.normal(5, 1)
        level = 0.7 * base + chance.normal(0, 0.5)
        arm = "cells" if number % 2 else "sham"
        values = [level + 0.3 * at * (arm == "cells") + chance.normal(0, 0.4) for at in range(3)]
        course: Course = tuple(None if chance.random() < missing else value for value in values)
        rows.append(Case(f"P{number}", arm, None, base, course[-1], "", course))
    return Cases(tuple(rows), "nmol/L", ("cells", "sham"), "sham", visits=VISITS, visit="m3")


def run(cases: Cases, **settings: object) -> Result:
    return load_method("mmrm").run(cases, settings, "label")


def found(cases: Cases, **settings: object) -> Estimate:
    result = run(cases, **settings)
    assert isinstance(result, Estimate), result
    return result


def numbers(one: Estimate) -> list[float]:
    assert one.interval is not None
    assert one.p is not None
    return [one.value, one.interval.lower, one.interval.upper, one.p.value]


def test_the_order_of_people_and_the_reference_move_nothing_but_the_sign() -> None:
    cases = drawn()
    straight = numbers(found(cases))
    assert numbers(found(replace(cases, rows=cases.rows[::-1]))) == pytest.approx(straight, rel=1e-9)
    turned = numbers(found(replace(cases, reference="cells")))
    assert turned == pytest.approx([-straight[0], -straight[2], -straight[1], straight[3]], rel=1e-9)


def test_the_order_of_the_visits_moves_nothing_where_no_step_between_them_counts() -> None:
    cases = drawn()
    rows = tuple(replace(row, course=row.course[::-1]) for row in cases.rows)
    turned = replace(cases, rows=rows, visits=VISITS[::-1])
    assert numbers(found(turned)) == pytest.approx(numbers(found(cases)), rel=1e-8)


def test_whoever_misses_the_visit_counts_with_the_others() -> None:
    cases = drawn(missing=0)
    rows = (replace(cases.rows[0], outcome=None, course=(*cases.rows[0].course[:2], None)), *cases.rows[1:])
    one = found(replace(cases, rows=rows))
    assert one.n_used == {"cells": 6, "sham": 6}
    assert one.detail("values used") == 35
    nobody = replace(cases.rows[0], outcome=None, course=(None,) * 3, why_missing="withdrew")
    other = found(replace(cases, rows=(nobody, *cases.rows[1:])))
    assert (other.n_used, other.left_out) == ({"cells": 6, "sham": 5}, (("P0", "withdrew"),))


def test_a_missing_baseline_leaves_out_unless_the_baseline_is_an_outcome() -> None:
    cases = drawn()
    without = replace(cases, rows=(replace(cases.rows[0], baseline=None), *cases.rows[1:]))
    assert found(without).left_out == (("P0", "no baseline value"),)
    constrained = found(without, baseline="constrained")
    assert constrained.n_used == {"cells": 6, "sham": 6}
    assert constrained.value == pytest.approx(found(cases, baseline="constrained").value, abs=0.2)


def test_with_complete_data_the_constrained_baseline_agrees_with_the_covariate() -> None:
    """Both estimate the same difference; the constrained one equals it exactly where the groups' baselines are alike."""
    cases = drawn(people=40, missing=0)
    assert found(cases, baseline="constrained").value == pytest.approx(found(cases).value, abs=0.05)


def test_too_few_people_for_all_covariances_fall_back_and_say_so() -> None:
    cases = drawn(people=5, missing=0)
    one = run(cases)
    if isinstance(one, Estimate):
        assert one.detail("covariance of the visits") != Shape.UNSTRUCTURED.value
        assert "There is no fit with the covariance" in one.warnings[0]
    else:
        assert "coefficients" in one.reason


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"rows": ()}, "nobody is in the analysis set"),
        ({"visits": ()}, "needs the values of every visit"),
        ({"reference": None}, "which arm is the reference"),
    ],
)
def test_what_cannot_be_estimated_says_why(change: dict[str, object], why: str) -> None:
    one = run(replace(drawn(), **change))
    assert isinstance(one, NotEstimable)
    assert why in one.reason


def test_an_arm_without_a_value_at_the_visit_and_values_without_spread_are_told() -> None:
    cases = drawn(missing=0)
    gone = tuple(
        replace(row, outcome=None, course=(*row.course[:2], None)) if row.arm == "cells" else row for row in cases.rows
    )
    assert 'arm "cells" has nobody with a value at this visit' in str(run(replace(cases, rows=gone)))
    flat = tuple(replace(row, outcome=1.0, course=(1.0, 1.0, 1.0)) for row in cases.rows)
    assert "do not vary" in str(run(replace(cases, rows=flat)))


def test_unknown_settings_are_refused_together() -> None:
    with pytest.raises(InputError) as raised:
        run(drawn(), covariance="round", level=2, weight="equal")
    assert [issue.where.rpartition("/")[2] for issue in raised.value.issues] == ["weight", "level", "covariance"]


@pytest.mark.parametrize("shape", list(Shape))
def test_the_derivatives_of_every_covariance_are_those_of_small_steps(shape: Shape) -> None:
    some = np.array([[2.0, 0.9, 0.5, 0.4], [0.9, 1.5, 0.7, 0.5], [0.5, 0.7, 1.2, 0.6], [0.4, 0.5, 0.6, 1.8]])
    at = start(shape, some)
    meant, step = expand(shape, at, 4), 1e-5
    for place in range(len(at)):
        small = np.eye(len(at))[place] * step
        above, below = expand(shape, at + small, 4), expand(shape, at - small, 4)
        assert meant.first[place] == pytest.approx((above.matrix - below.matrix) / (2 * step), abs=1e-8)
        second = np.broadcast_to(meant.second[place], (len(at), 4, 4))
        assert second == pytest.approx((above.first - below.first) / (2 * step), abs=1e-8)


@pytest.mark.parametrize("shape", list(Shape))
def test_a_richer_covariance_is_never_less_likely_than_the_plainest(shape: Shape) -> None:
    cases = drawn(people=30)
    outcomes = np.array([[np.nan if v is None else v for v in row.course] for row in cases.rows])
    own = np.broadcast_to(np.eye(3), (30, 3, 3))
    arm = np.array([row.arm == "cells" for row in cases.rows], dtype=float)
    design = np.concatenate([own, own * arm[:, None, None]], axis=2)
    fit = fit_repeated(outcomes, ~np.isnan(outcomes), design, shape)
    assert isinstance(fit, RepeatedFit)
    assert fit.steps < 20
    assert np.linalg.eigvalsh(fit.covariances[0])[0] > 0
    plainer = fit_repeated(outcomes, ~np.isnan(outcomes), design, Shape.COMPOUND_SYMMETRY)
    assert isinstance(plainer, RepeatedFit)
    if shape not in {
        Shape.AUTOREGRESSIVE,
        Shape.HETEROGENEOUS_AUTOREGRESSIVE,
    }:  # which have no room for the plainer one
        assert fit.log_likelihood >= plainer.log_likelihood - 1e-9


def with_kinds(cases: Cases, kinds: str, ages: bool = True) -> Cases:
    rows = []
    for place, row in enumerate(cases.rows):
        known: dict[str, float | str] = {"kind": kinds[place % len(kinds)]}
        rows.append(replace(row, covariates={**known, "age": 20.0 + place} if ages else known))
    return replace(cases, rows=tuple(rows))


def test_whoever_lacks_a_covariate_is_left_out_by_name() -> None:
    cases = with_kinds(drawn(people=24), "pqr")
    rows = (replace(cases.rows[0], covariates={"kind": "p"}), *cases.rows[1:])
    one = found(replace(cases, rows=rows))
    assert one.left_out == (("P0", 'no value of the covariate "age" before allocation'),)
    assert one.detail("covariates") == "age, kind"
    assert one.estimand == "mean of cells minus mean of sham at the same baseline and the same age and the same kind"


@pytest.mark.parametrize(
    ("kinds", "why"),
    [("p", 'everybody has the same value of the covariate "kind"'), ("ab", "cannot be told apart")],
)
def test_a_covariate_without_a_difference_of_its_own_is_told(kinds: str, why: str) -> None:
    one = run(with_kinds(drawn(people=24), kinds, ages=False))
    assert isinstance(one, NotEstimable)
    assert why in one.reason


def test_a_covariate_that_is_both_number_and_word_is_told() -> None:
    cases = with_kinds(drawn(people=24), "pqr")
    rows = (replace(cases.rows[0], covariates={"kind": 3.0, "age": 20.0}), *cases.rows[1:])
    assert "a number for some people and a word for others" in str(run(replace(cases, rows=rows)))


def test_nobody_at_another_visit_names_arm_and_visit() -> None:
    cases = drawn(missing=0)
    rows = tuple(replace(row, course=(None, *row.course[1:])) if row.arm == "sham" else row for row in cases.rows)
    assert 'arm "sham" has nobody with a value at the visit "m1"' in str(run(replace(cases, rows=rows)))


def test_one_person_in_an_arm_is_not_compared() -> None:
    cases = drawn(missing=0)
    rows = tuple(row for row in cases.rows if row.arm == "sham" or row.participant == "P1")
    assert 'arm "cells" has 1 person' in str(run(replace(cases, rows=rows)))


def test_visits_that_repeat_each_other_have_no_fit_and_the_answer_says_so() -> None:
    """Two visits with the same values: their covariance is singular in every shape that lets them differ."""
    cases = drawn(people=16, missing=0)
    rows = tuple(replace(row, course=(row.course[2], row.course[1], row.course[2])) for row in cases.rows)
    one = run(replace(cases, rows=rows))
    told = " ".join(one.warnings) if isinstance(one, Estimate) else one.reason
    assert "no top inside" in told or "not determined" in told


def test_more_covariances_than_data_fall_down_the_ladder_with_a_reason_for_each_step() -> None:
    """Six people at six visits: 21 covariances are too many for 36 values with 18 means."""
    chance = np.random.default_rng(3)
    rows = []
    for number in range(6):
        course = tuple(float(v) for v in chance.normal(size=6) + chance.normal())
        rows.append(Case(f"P{number}", "ab"[number % 2], None, float(chance.normal()), course[-1], "", course))
    visits = tuple(f"v{at}" for at in range(6))
    one = run(Cases(tuple(rows), "1", ("a", "b"), "a", visits=visits, visit="v5"), baseline="common")
    assert isinstance(one, Estimate)
    assert one.detail("covariance asked for") == "unstructured"
    assert one.detail("covariance of the visits") != "unstructured"
    assert one.warnings[0].startswith('There is no fit with the covariance "unstructured": ')


def test_one_visit_is_the_analysis_of_covariance_whatever_the_shape() -> None:
    cases = drawn(missing=0)
    rows = tuple(replace(row, course=row.course[2:]) for row in cases.rows)
    single = replace(cases, rows=rows, visits=("m3",))
    closed = load_method("ancova").run(single, {}, "label")
    assert isinstance(closed, Estimate)
    for shape in Shape:
        assert numbers(found(single, covariance=shape.value)) == pytest.approx(numbers(closed), rel=1e-9)


def test_three_arms_ask_which_and_answer_for_one() -> None:
    cases = drawn(people=24, missing=0.05)
    rows = tuple(replace(row, arm="low" if place % 4 == 1 else row.arm) for place, row in enumerate(cases.rows))
    three = replace(cases, rows=rows, arms=("cells", "low", "sham"))
    assert 'say in the setting "arm"' in str(run(three))
    assert '"sham" is not one' in str(run(three, arm="sham"))
    one = found(three, arm="low", multiplicity="bonferroni")
    assert one.estimand.startswith("mean of low minus mean of sham")
    assert one.n_used == {"cells": 6, "low": 6, "sham": 12}
    alone = found(three, arm="low")
    assert one.p is not None
    assert alone.p is not None
    assert one.p.value == pytest.approx(min(1.0, 2 * alone.p.value), rel=1e-12)
    assert any("not adjusted" in words for words in alone.warnings)


def test_each_visit_has_its_difference_and_its_means() -> None:
    cases = drawn(people=20)
    one, other = found(cases), found(replace(cases, visit="m1"))
    assert one.detail("difference at m1") == pytest.approx(other.value, rel=1e-12)
    assert one.detail("difference at m3") == one.value
    assert one.detail("adjusted mean at m3: sham") == one.detail("adjusted mean: sham")
    gap = float(one.detail("adjusted mean: cells")) - float(one.detail("adjusted mean: sham"))
    assert gap == pytest.approx(one.value, rel=1e-12)


def test_means_go_back_to_the_recorded_scale_and_their_spread_does_not() -> None:
    one = found(drawn(people=20), transform="ln(x+1)")
    for arm in ("cells", "sham"):
        mean = float(one.detail(f"adjusted mean, scale of the analysis: {arm}"))
        assert one.detail(f"adjusted mean: {arm}") == pytest.approx(np.expm1(mean), rel=1e-12)
    assert not [name for name, _ in one.details if "deviation" in name]


def test_a_large_mean_beside_a_small_spread_costs_no_digits() -> None:
    cases = drawn(people=20)
    rows = tuple(replace(row, course=tuple(None if v is None else v + 1e6 for v in row.course)) for row in cases.rows)
    assert numbers(found(replace(cases, rows=rows))) == pytest.approx(numbers(found(cases)), rel=1e-7)
