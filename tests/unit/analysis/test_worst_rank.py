"""Worst ranks: when they refuse and in which words, and what failures do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from armlet.analysis.cases import Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate, NotEstimable, Result
from armlet.errors import InputError
from tests.oracles.test_worst_rank import estimated, people


def run(cases: Cases, **settings: object) -> Result:
    return load_method("worst_rank").run(cases, settings, "label")


def refused(cases: Cases, **settings: object) -> str:
    result = run(cases, **settings)
    assert isinstance(result, NotEstimable)
    return result.reason


def test_people_without_a_value_and_without_a_failure_are_left_out_and_keep_their_slot() -> None:
    cases = people((0.5, 0.8, 100), (0.2, 0.3, 400))
    rows = (replace(cases.rows[0], outcome=None, why_missing="visit month 24 not held"), *cases.rows[1:])
    result = estimated(replace(cases, rows=rows))
    assert result.left_out == (("P1", "visit month 24 not held"),)
    assert result.n_used == {"t": 2, "c": 3}
    assert any("kept the slot" in words for words in result.warnings)


def test_a_failure_counts_although_its_outcome_is_missing_and_is_counted_by_arm() -> None:
    result = estimated(people((0.5, 0.8, 100), (0.2, 0.3, 0.4)))
    assert result.n_used == {"t": 3, "c": 3}
    assert (result.detail("failures in t"), result.detail("failures in c")) == (1, 0)
    assert result.value == pytest.approx(6 / 9)


def test_where_lower_values_are_better_failures_rank_above_them() -> None:
    higher = estimated(people((0.5, 0.8, 100), (0.2, 0.3, 0.4)))
    lower = estimated(people((-0.5, -0.8, 100), (-0.2, -0.3, -0.4)), better="lower")
    assert lower.value == higher.value
    assert lower.detail("Hodges-Lehmann shift") == pytest.approx(-0.2, abs=1e-12)
    assert higher.detail("Hodges-Lehmann shift") == pytest.approx(0.2, abs=1e-12)


def test_changes_are_ranked_where_they_are_asked_for_and_need_a_baseline() -> None:
    cases = people((0.5, 0.8, 100), (0.2, 0.3, 0.4))
    before = (0.1, 0.9, None, 0.3, None, 0.3)
    rows = tuple(replace(row, baseline=value) for row, value in zip(cases.rows, before, strict=True))
    result = estimated(replace(cases, rows=rows), of="change")
    assert result.left_out == (("P5", "no baseline value"),)
    assert result.value == pytest.approx(2.5 / 6)  # 0.4 beats -0.1 and 0.1; -0.1 ties with one; the failure loses


def test_one_undated_failure_ties_all_of_them_and_says_so() -> None:
    cases = people((0.5, 0.8, 100), (0.2, 300, 400))
    rows = (*cases.rows[:5], replace(cases.rows[5], failed_after=None))
    result = estimated(replace(cases, rows=rows))
    assert result.value == pytest.approx(7 / 9)
    assert any("all failures are tied" in words for words in result.warnings)


def test_failures_in_both_arms_have_no_shift() -> None:
    assert "Hodges-Lehmann shift" not in dict(estimated(people((0.5, 0.8, 100), (0.2, 300, 0.4))).details)


def test_it_refuses_where_all_have_one_rank_nobody_is_there_or_nothing_is_replayed() -> None:
    assert refused(people((5, 5), (5, 5))) == "everybody has the same rank, so there is nothing to compare"
    assert refused(replace(people((5,), (6,)), rows=())) == "nobody is in the analysis set"
    unknown = replace(people((5,), (6,)), scheme=None, allocated=())
    assert refused(unknown) == "how the arms were allocated is not known, so no other allocation can be tried"


def test_the_least_p_of_two_people_is_said() -> None:
    result = estimated(people((5,), (0.3,)))
    assert result.p is not None
    assert (result.p.value, result.p.smallest_reachable) == (1.0, 1.0)
    assert any("smallest two-sided p that can come out here is 1, above 0.05" in words for words in result.warnings)


def test_too_many_lists_are_drawn_with_their_error() -> None:
    result = estimated(people((0.5, 0.8, 100), (0.2, 0.3, 0.4)), most_sequences=5, draws=999)
    assert result.p is not None
    assert not result.p.exact
    assert any("999 drawn lists" in words for words in result.warnings)


def test_a_setting_that_it_does_not_have_is_an_input_error() -> None:
    with pytest.raises(InputError, match="better"):
        run(people((0.5,), (0.2,)), better="worse")


@pytest.mark.parametrize("most", [300_000, 1])
def test_without_a_failure_its_p_is_that_of_ranks_in_re_randomisation(most: int) -> None:
    cases = people((0.5, 0.8, 1.1, 0.7), (0.2, 0.3, 0.6, 0.4))
    chosen: dict[str, object] = {"most_sequences": most, "draws": 999, "seed": 5}
    ranks = load_method("rerandomisation").run(cases, {"statistic": "ranks", "interval": False, **chosen}, "label")
    ours = estimated(cases, **chosen)
    assert isinstance(ranks, Estimate)
    assert ranks.p is not None
    assert ours.p is not None
    assert (ours.p.value, ours.p.exact) == (pytest.approx(ranks.p.value, abs=1e-12), ranks.p.exact)
    assert ours.p.smallest_reachable == pytest.approx(ranks.p.smallest_reachable, abs=1e-12)
    assert [words for words in ours.warnings if "lists" in words] == [
        words for words in ranks.warnings if "lists" in words
    ]
