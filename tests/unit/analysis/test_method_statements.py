"""What each estimator states of itself is what it does: so that a flag of its `METHOD` cannot drift away from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from armlet.allocation.scheme import Scheme
from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method, method_names
from armlet.analysis.described import describe_method
from armlet.analysis.estimates import Estimate, NotEstimable, Result

BEFORE = (1.0, 1.5, 2.0, 1.25, 1.75, 2.25, 1.1, 2.1)
MEASURED = (1.0, 2.0, 3.0, 2.5, 1.5, 3.5, None, 2.75)
HAPPENED = (0.0, 1.0, 1.0, 0.0, 1.0, 1.0, None, 0.0)
AT_FIRST = (1.0, 1.75, 2.5, 2.0, 1.25, 3.0, 1.5, 2.5)
SETTINGS: dict[str, dict[str, object]] = {
    "multiple_imputation": {"imputations": 20}, "tipping_point": {"imputations": 20, "delta_arms": "both"},
    "rerandomisation": {"statistic": "ancova_t"},
}  # fmt: skip


def trial(arms: Sequence[str], outcomes: Sequence[float | None], first: Sequence[float] = AT_FIRST) -> Cases:
    """Eight people, allocated in turn where there are two arms; a value at a first visit and the outcome at a second."""
    allocated = tuple(arms[place % len(arms)] for place in range(len(outcomes)))
    rows = tuple(
        Case(f"P{slot}", arm, slot, before, after, "visit missed", course=(early, after), exposure=1.0)
        for slot, (arm, before, early, after) in enumerate(
            zip(allocated, BEFORE, first, outcomes, strict=True), start=1
        )
    )
    scheme = Scheme.of(tuple(arms), (1,) * len(arms), "complete") if len(arms) > 1 else None
    reference = "C" if len(arms) > 1 else None
    return Cases(rows, "nmol/L", tuple(arms), reference, scheme, allocated, ("early", "late"), "late")


def answers(name: str, arms: Sequence[str], **settings: object) -> list[Result]:
    """Of a measured outcome, and of one that is a count or yes and no."""
    method, chosen = load_method(name), {**SETTINGS.get(name, {}), **settings}
    return [method.run(trial(arms, outcomes), chosen, "label") for outcomes in (MEASURED, HAPPENED)]


def reasons(results: Sequence[Result]) -> set[str]:
    return {result.reason for result in results if isinstance(result, NotEstimable)}


def is_answered(results: Sequence[Result]) -> bool:
    return any(isinstance(result, Estimate) for result in results)


@pytest.mark.parametrize("name", method_names())
def test_a_method_says_that_it_compares_two_arms_exactly_when_one_arm_is_not_enough(name: str) -> None:
    method, of_one, of_two = load_method(name), answers(name, ("T",)), answers(name, ("C", "T"))
    assert is_answered(of_one) == (not method.compares_arms or method.also_one_arm)
    assert is_answered(of_two) == method.compares_arms
    if method.compares_arms and not method.also_one_arm:
        assert reasons(of_one) == {"this method compares two arms; the trial has 1"}
    if not method.compares_arms:
        assert reasons(of_two) == {
            'this method looks at one arm; the trial has 2: say which in the setting "arm"',
        }  # fmt: skip
        assert is_answered(answers(name, ("C", "T"), arm="T"))
    assert describe_method(name).needs.startswith("two arms" if method.compares_arms else "one arm")


@pytest.mark.parametrize("name", method_names())
def test_a_method_says_that_it_replays_the_allocation_exactly_when_it_answers_nothing_without_it(name: str) -> None:
    method = load_method(name)
    arms = ("C", "T") if method.compares_arms else ("T",)
    chosen = SETTINGS.get(name, {})
    results = [
        method.run(replace(trial(arms, outcomes), scheme=None, allocated=()), chosen, "label")
        for outcomes in (MEASURED, HAPPENED)
    ]
    assert is_answered(results) != method.replays_allocation


@pytest.mark.parametrize("name", method_names())
def test_a_method_says_that_it_takes_the_course_exactly_when_another_visit_moves_its_estimate(name: str) -> None:
    method, moved = load_method(name), (1.0, 1.0, 2.5, 3.0, 1.25, 0.5, 2.5, 2.0)
    arms = ("C", "T") if method.compares_arms else ("T",)
    found = [
        [method.run(trial(arms, outcomes, first), SETTINGS.get(name, {}), "label") for outcomes in (MEASURED, HAPPENED)]
        for first in (AT_FIRST, moved)
    ]
    numbers = [[one.value for one in results if isinstance(one, Estimate)] for results in found]
    assert numbers[0]
    assert (numbers[0] != numbers[1]) == method.takes_course


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("ancova", {}, 0.0),
        ("bayes_binomial", {}, 0.0),
        ("bayes_normal", {}, 0.0),
        ("exact_poisson", {}, 1.0),
        ("exact_poisson", {"arm": "T"}, None),
        ("fisher", {}, 0.0),
        ("fisher", {"measure": "odds_ratio"}, 1.0),
        ("rank_sum", {}, 0.0),
        ("win_ratio", {}, 1.0),
        ("win_ratio", {"measure": "win_odds"}, 1.0),
        ("win_ratio", {"measure": "net_benefit"}, 0.0),
        ("worst_rank", {}, 0.5),
    ],
)
def test_where_no_arm_does_anything_a_ratio_is_1_a_difference_0_and_a_better_outcome_as_likely_as_not(
    name: str, settings: dict[str, object], expected: float | None
) -> None:
    method = load_method(name)
    assert method.without_effect(method.parse(settings)) == expected
