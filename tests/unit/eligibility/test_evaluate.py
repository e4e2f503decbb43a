"""Limits are met or missed at their last digit and their last day, and what is unknown never enrols."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from armlet.eligibility import Finding, Outcome, Truth, evaluate_criteria, evaluate_rule, read_person, render_assessment
from armlet.eligibility.evaluate import compare_elapsed
from armlet.protocol import Protocol, load_protocol
from armlet.protocol.criteria import Rule
from armlet.studytime import Duration

BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"
RULES: TypeAdapter[Rule] = TypeAdapter(Rule)
T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN

ELIGIBLE: dict[str, Any] = {
    "reference_date": "2021-06-01",
    "consented": True,
    "age": "30 a",
    "asthma": True,
    "asthma_found": "2018-01-01",
    "last_attack": "P29D",
    "fev1": "2.4 L",
    "body_mass_index": "24 kg/m2",
    "cotinine": "0 nmol/L",
    "hiv": "negative",
    "pregnant": False,
    "could_become_pregnant": False,
    "asthma_is_steady": {"answer": True, "by": "Dr A"},
}


@lru_cache(maxsize=1)
def protocol() -> Protocol:
    return load_protocol(BASE)


def find(rule: Mapping[str, object], **plain: object) -> Finding:
    return evaluate_rule(RULES.validate_json(json.dumps(rule)), read_person(plain, protocol(), "p"), protocol())


def compare(measure: str, how: str, value: str) -> dict[str, object]:
    return {"compare": {"measure": measure, "is": how, "value": value}}


def within(at_most: str) -> dict[str, object]:
    return {"within": {"measure": "last_attack", "at_most": at_most}}


@pytest.mark.parametrize(
    ("how", "below", "equal", "above"),
    [("<", T, F, F), ("<=", T, T, F), ("=", F, T, F), (">=", F, T, T), (">", F, F, T)],
)
def test_a_limit_is_met_or_missed_at_its_last_digit(how: str, below: Truth, equal: Truth, above: Truth) -> None:
    rule = compare("body_mass_index", how, "30 kg/m2")
    found = [find(rule, body_mass_index=f"{value} kg/m2").truth for value in ("29.999999", "30.0", "30.000001")]
    assert found == [below, equal, above]


def test_the_same_limit_in_another_unit_is_the_same_limit() -> None:
    rule = compare("cotinine", ">", "0.12 nmol/L")
    assert [find(rule, cotinine=value).truth for value in ("120 pmol/L", "120.1 pmol/L")] == [F, T]


def test_a_rounded_conversion_is_not_mistaken_for_the_limit() -> None:
    found = find(compare("cotinine", "<", "100 nmol/L"), cotinine="17.6219 ng/mL")
    assert found == Finding(T, "cotinine in serum 17.6219 ng/mL (99.9994 nmol/L) is below 100 nmol/L")


def test_completed_years_are_counted_down() -> None:
    at_most = compare("age", "<=", "40 a")
    assert [find(at_most, age=age).truth for age in ("40.99 a", "41 a", "491 mo", "492 mo")] == [T, F, T, F]
    assert find(at_most, age="40.99 a").because == "age 40.99 years (in whole years: 40) is at most 40 years"


@pytest.mark.parametrize(
    ("rule", "plain", "finding"),
    [
        (
            compare("body_mass_index", ">", "30 kg/m2"),
            {"body_mass_index": "30.0 kg/m2"},
            Finding(F, "body mass index 30.0 kg/m2 is not above 30 kg/m2"),
        ),
        (compare("weight", ">", "50 kg"), {}, Finding(U, "body weight is not known")),
        ({"measure": "pregnant"}, {"pregnant": False}, Finding(F, "pregnancy: no")),
        (
            {"compare": {"measure": "hiv", "is": "in", "codes": ["positive", "negative"]}},
            {"hiv": "indeterminate"},
            Finding(U, "HIV antibody is indeterminate, which does not tell whether it is positive or negative"),
        ),
        (
            {"compare": {"measure": "hiv", "is": "=", "code": "positive"}},
            {"hiv": "negative"},
            Finding(F, "HIV antibody is negative, not positive"),
        ),
        (
            {"compare": {"measure": "hiv", "is": "in", "codes": ["positive", "indeterminate"]}},
            {"hiv": "indeterminate"},
            Finding(T, "HIV antibody is indeterminate"),
        ),
        (
            {"judgement": {"id": "asthma_is_steady", "question": "Is it steady?", "by": "investigator"}},
            {},
            Finding(U, "an investigator must judge: Is it steady?"),
        ),
        (
            {"judgement": {"id": "asthma_is_steady", "question": "Is it steady?", "by": "treating_physician"}},
            {"asthma_is_steady": {"answer": False, "by": "Dr A"}},
            Finding(F, "Dr A (treating physician) answered no to: Is it steady?"),
        ),
        (
            compare("asthma", ">", "3 kg"),
            {"asthma": True},
            Finding(U, "the protocol asks diagnosis of asthma for something that it cannot tell"),
        ),
        (
            compare("weight", ">", "3 L"),
            {"weight": "60 kg"},
            Finding(U, "the protocol asks body weight for something that it cannot tell"),
        ),
    ],
)
def test_each_node_says_what_was_expected_and_what_was_found(
    rule: dict[str, object], plain: dict[str, object], finding: Finding
) -> None:
    assert find(rule, **plain) == finding


@pytest.mark.parametrize(
    ("reference", "day", "at_most", "truth"),
    [
        ("2021-06-22", "2021-06-01", "P21D", T),
        ("2021-06-22", "2021-05-31", "P21D", F),
        ("2021-06-22", "2021-06-22", "P21D", T),
        ("2017-02-28", "2016-02-28", "P1Y", T),
        ("2017-02-28", "2016-02-27", "P1Y", F),
        ("2017-02-28", "2016-02-29", "P1Y", T),
        ("2017-03-01", "2016-02-29", "P1Y", F),
        ("2016-03-01", "2015-03-01", "P1Y", T),
        ("2016-03-01", "2015-02-28", "P1Y", F),
        ("2021-03-31", "2021-02-28", "P1M", T),
        ("2021-03-31", "2021-02-27", "P1M", F),
    ],
)
def test_the_last_day_of_a_time_belongs_to_it(reference: str, day: str, at_most: str, truth: Truth) -> None:
    assert find(within(at_most), reference_date=reference, last_attack=day).truth is truth


@pytest.mark.parametrize(
    ("ago", "at_most", "truth"),
    [
        ("21 d", "P21D", T),
        ("22 d", "P21D", F),
        ("3 wk", "P21D", T),
        ("1 a", "P1Y", T),
        ("12 mo", "P1Y", T),
        ("13 mo", "P1Y", F),
        ("365 d", "P1Y", T),
        ("366 d", "P1Y", U),
        ("367 d", "P1Y", F),
        ("1 mo", "P4W", U),
        ("1 mo", "P27D", F),
        ("1 mo", "P31D", T),
    ],
)
def test_an_elapsed_time_is_in_out_or_left_open(ago: str, at_most: str, truth: Truth) -> None:
    assert find(within(at_most), last_attack=ago).truth is truth


def test_what_the_calendar_leaves_open_asks_for_the_dates() -> None:
    because = find(within("P1Y"), last_attack="366 d").because
    assert because == (
        "latest severe attack of asthma 366 days ago: 366 days may or may not be at most 1 year; give the dates"
    )


def test_days_ago_are_counted_back_where_the_reference_date_is_known() -> None:
    found = [find(within("P1Y"), last_attack="366 d", reference_date=day).truth for day in ("2016-03-01", "2017-03-01")]
    assert found == [T, F]
    leap = find(within("P1Y"), last_attack="366 d", reference_date="2017-02-28")
    assert leap.truth is T
    assert leap.because == (
        "latest severe attack of asthma 366 days ago is at most 1 year before the reference date (2016-02-28 or later)"
    )


def test_months_ago_are_no_exact_day_even_where_the_reference_date_is_known() -> None:
    assert find(within("P4W"), last_attack="1 mo", reference_date="2021-03-01").truth is U


def test_an_elapsed_time_longer_in_months_and_in_days_is_out() -> None:
    assert compare_elapsed(Duration(13, 1), Duration(12, 0), None) is F
    assert compare_elapsed(Duration(12, 0), Duration(12, 0), None) is T


def test_an_exception_counts_only_where_it_holds() -> None:
    rule = {"unless": {"when": {"measure": "could_become_pregnant"}, "except": {"measure": "contraception"}}}
    cases = [(True, True), (True, False), (True, None), (False, None), (None, True), (None, False), (None, None)]
    found = [find(rule, could_become_pregnant=when, contraception=but).truth for when, but in cases]
    assert found == [F, T, U, F, F, U, U]


def test_a_whole_gives_the_reasons_of_the_parts_that_decide_it() -> None:
    rule = {"any": [{"measure": "pregnant"}, {"measure": "asthma"}, {"measure": "contraception"}]}
    assert find(rule, pregnant=False, asthma=True).because == "diagnosis of asthma: yes"
    assert (
        find(rule, pregnant=False).because == "diagnosis of asthma is not known; effective contraception is not known"
    )
    negated = find({"not": {"all": [{"measure": "pregnant"}, {"measure": "asthma"}]}}, pregnant=False, asthma=True)
    assert negated == Finding(T, "pregnancy: no")


def test_who_meets_everything_is_eligible() -> None:
    assessment = evaluate_criteria(protocol(), read_person(ELIGIBLE, protocol(), "p"))
    assert assessment.verdict is Outcome.ELIGIBLE
    assert {item.id: item.verdict.value for item in assessment.criteria} == {
        **dict.fromkeys(("adult", "has_asthma", "breathes_enough", "gave_consent", "steady"), "met"),
        **dict.fromkeys(("heavy", "recent_attack", "smokes", "has_hiv", "may_be_with_child"), "not met"),
    }


@pytest.mark.parametrize(
    ("change", "verdict", "criterion", "found"),
    [
        ({"fev1": "1.2 L"}, "not eligible", "breathes_enough", "not met"),
        ({"last_attack": "P28D"}, "not eligible", "recent_attack", "met"),
        ({"hiv": "indeterminate"}, "unknown", "has_hiv", "unknown"),
        ({"asthma_is_steady": None}, "unknown", "steady", "unknown"),
        ({"could_become_pregnant": True}, "unknown", "may_be_with_child", "unknown"),
        ({"could_become_pregnant": True, "contraception": True}, "eligible", "may_be_with_child", "not met"),
        ({"asthma_is_steady": None, "pregnant": True}, "not eligible", "may_be_with_child", "met"),
    ],
)
def test_one_answer_changes_the_outcome(change: dict[str, object], verdict: str, criterion: str, found: str) -> None:
    assessment = evaluate_criteria(protocol(), read_person({**ELIGIBLE, **change}, protocol(), "p"))
    assert assessment.verdict.value == verdict
    assert {item.id: item.verdict.value for item in assessment.criteria}[criterion] == found


def test_nobody_is_eligible_by_silence() -> None:
    assert evaluate_criteria(protocol(), read_person({}, protocol(), "p")).verdict is Outcome.UNKNOWN


def test_the_assessment_is_printed_in_the_shape_of_the_contract() -> None:
    plain = evaluate_criteria(protocol(), read_person(ELIGIBLE, protocol(), "p")).as_json()
    criteria = plain["criteria"]
    assert list(plain) == ["verdict", "criteria"]
    assert isinstance(criteria, list)
    assert criteria[2] == {
        "id": "breathes_enough",
        "kind": "inclusion",
        "verdict": "met",
        "because": "forced expiratory volume in one second 2.4 L is above 1.2 L",
    }


def test_the_plain_text_says_which_criterion_excludes() -> None:
    person = read_person({**ELIGIBLE, "hiv": "positive", "asthma_is_steady": None}, protocol(), "p")
    text = render_assessment(evaluate_criteria(protocol(), person), protocol())
    assert text.startswith("Not eligible.\n\nInclusion criteria\n")
    assert "  met, which excludes: infection with HIV\n      HIV antibody is positive.\n" in text
    assert "      an investigator must judge: Has the asthma been steady on its present treatment?\n" in text
