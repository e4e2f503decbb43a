"""Deadlines: worked by hand for both founding trials (the dates are those of their records), and the odd cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armlet.eligibility.truth import Truth
from armlet.registry.deadlines import Certificate, Deadline, Due, Papers, Standing, find_deadlines, find_moved
from armlet.registry.jurisdiction import Case, Circumstance, Milestone, Question, Regime, load_rules
from armlet.registry.record import Record
from armlet.studytime import Duration, PartialDate

ROOT: Final = Path(__file__).parents[3]
DAY: Final = date(2020, 6, 1)


def founding(name: str) -> Record:
    return Record.model_validate_json((ROOT / f"trials/{name}/record.json").read_text("utf-8"))


def record(
    status: Mapping[str, object] | None = None,
    countries: tuple[str, ...] = (),
    secondary: tuple[str, ...] = (),
    **modules: object,
) -> Record:
    section: dict[str, object] = {
        "statusModule": dict(status or {}),
        "designModule": {"studyType": "INTERVENTIONAL", "phases": ["PHASE2"]},
        "contactsLocationsModule": {"locations": [{"country": country} for country in countries]},
        "outcomesModule": {"secondaryOutcomes": [{"measure": title} for title in secondary]},
        "eligibilityModule": {"minimumAge": "18 Years"},
        **modules,
    }
    import json

    return Record.model_validate_json(json.dumps({"protocolSection": section}))


def reached(primary: str | None = None, end: str | None = None, **more: object) -> dict[str, object]:
    dates = {"primaryCompletionDateStruct": primary, "completionDateStruct": end}
    return {name: {"date": day} for name, day in dates.items() if day is not None} | more


def found(case: Case, today: date = DAY, papers: Papers | None = None) -> dict[str, Deadline]:
    return {one.rule.id: one for one in find_deadlines(case, today, papers)}


def days(first: str | None, last: str) -> Due:
    return Due(None if first is None else date.fromisoformat(first), date.fromisoformat(last))


# --- The founding trials, worked by hand ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "due"),
    [
        ("us/registration", days("2014-04-22", "2014-05-21")),
        ("us/status-update", days("2017-12-01", "2017-12-30")),
        ("us/results-primary", days("2018-11-01", "2018-11-30")),
        ("who/results-registry", days("2018-11-01", "2018-11-30")),
        ("who/publication-open", days("2019-11-01", "2019-11-30")),
        ("eu-regulation/end", days("2017-11-16", "2017-12-15")),
        ("eu-regulation/results", days("2018-11-01", "2018-11-30")),
        ("eu-directive/results", days("2018-11-01", "2018-11-30")),
    ],
)
def test_the_trial_that_ended_in_november_2017_has_its_intervals(rule: str, due: Due) -> None:
    assert found(Case(founding("nct02057211")))[rule].due == due


@pytest.mark.parametrize(
    ("rule", "due"),
    [
        ("us/registration", days("2012-03-22", "2012-04-21")),
        ("us/status-update", days(None, "2017-04-30")),
        ("us/results-primary", days(None, "2018-03-31")),
        ("who/results-registry", days("2018-03-01", "2018-03-31")),
        ("who/publication-open", days("2019-03-01", "2019-03-31")),
    ],
)
def test_the_trial_whose_primary_completion_is_missing_has_upper_ends(rule: str, due: Due) -> None:
    assert found(Case(founding("nct02893306")))[rule].due == due


def test_whether_the_american_law_applies_is_not_guessed() -> None:
    case = Case(founding("nct02057211"))

    assert case.applies(Regime.US_ACT).is_so is Truth.UNKNOWN
    assert "records do not say whether the trial runs under a U.S. IND or IDE" in case.applies(Regime.US_ACT).because


def test_what_other_papers_say_settles_it() -> None:
    answers = {Question.UNDER_IND: False, Question.MADE_IN_US: False}
    case = Case(founding("nct02057211"), answers)
    deadline = found(case)["us/results-primary"]

    assert case.applies(Regime.US_ACT).is_so is Truth.FALSE
    assert (deadline.standing, deadline.says) == (
        Standing.NOT_REQUIRED,
        "not required; it may be done all the same",
    )
    assert "no site is in the United States: the record has sites in Sweden" in deadline.applies.because


def test_the_swedish_trial_was_under_the_directive_and_not_the_regulation() -> None:
    deadlines = found(Case(founding("nct02057211")), date(2018, 12, 1))

    assert deadlines["eu-regulation/results"].standing is Standing.NOT_REQUIRED
    assert deadlines["eu-directive/results"].standing is Standing.PASSED
    assert deadlines["eu-directive/results"].says == ("passed 1 day ago; whether it was done: records do not say")
    assert deadlines["eu-directive/end-early"].due == days("2017-11-16", "2017-12-15")
    assert deadlines["eu-directive/end"].standing is Standing.NOT_REQUIRED


def test_a_registration_before_the_first_participant_is_in_time() -> None:
    deadlines = found(Case(founding("nct02057211")))

    assert deadlines["icmje/registration"].says == "done 2014-02-07, in time"


def test_the_last_update_cannot_show_that_an_earlier_one_was_missing() -> None:
    deadline = found(Case(founding("nct02057211")))["us/status-update"]

    assert deadline.standing is Standing.PERHAPS_LATE
    assert "late, unless an earlier one" in deadline.says


def test_a_date_that_was_only_planned_is_said_to_be() -> None:
    assert (
        "completion 2017-03 (planned, not reached)"
        in found(Case(founding("nct02893306")))["who/results-registry"].counted
    )


def test_without_a_country_every_law_is_possible() -> None:
    deadlines = found(Case(founding("nct02893306")))
    possible = {name for name, one in deadlines.items() if one.applies.is_so is Truth.UNKNOWN}

    assert possible == {
        "us/registration",
        "us/status-update",
        "us/results-primary",
        "us/results-secondary",
        "eu-directive/end",
        "eu-directive/results",
    }


def test_a_record_that_says_nothing_leaves_every_law_possible() -> None:
    blank = Case(Record())

    assert {regime: blank.applies(regime).is_so for regime in Regime} == dict.fromkeys(Regime, Truth.UNKNOWN)
    assert {one.standing for one in find_deadlines(blank, DAY)} == {Standing.NOT_KNOWN}
    assert found(blank)["who/results-registry"].counted == "the date of completion is missing"


# --- Calendar ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("primary", "due"),
    [
        ("2016-02-29", days("2017-02-28", "2017-02-28")),
        ("2016-02", days("2017-02-01", "2017-02-28")),
        ("2019-02", days("2020-02-01", "2020-02-28")),
        ("2019", days("2020-01-01", "2020-12-31")),
        ("2019-12-31", days("2020-12-31", "2020-12-31")),
    ],
)
def test_a_year_is_a_calendar_year_from_what_is_known(primary: str, due: Due) -> None:
    assert found(Case(record(reached(primary))))["us/results-primary"].due == due


@pytest.mark.parametrize(
    ("today", "standing", "says"),
    [
        ("2020-02-01", Standing.AHEAD, "due in 0 days to 27 days"),
        ("2020-01-31", Standing.AHEAD, "due in 1 day to 28 days"),
        ("2020-02-02", Standing.PERHAPS_PASSED, "perhaps passed; due in at most 26 days"),
        ("2020-02-28", Standing.PERHAPS_PASSED, "perhaps passed; due today at the latest"),
        (
            "2020-02-29",
            Standing.PASSED,
            "passed 1 day ago; whether it was done: the record has no date of results submitted",
        ),
    ],
)
def test_how_it_stands_depends_on_the_day(today: str, standing: Standing, says: str) -> None:
    deadline = found(Case(record(reached("2019-02"))), date.fromisoformat(today))["us/results-primary"]

    assert (deadline.standing, deadline.says) == (standing, says)


@pytest.mark.parametrize(
    ("submitted", "standing"),
    [
        ("2020-02-01", Standing.IN_TIME),
        ("2020-02-02", Standing.PERHAPS_LATE),
        ("2020-02-28", Standing.PERHAPS_LATE),
        ("2020-02-29", Standing.LATE),
    ],
)
def test_results_are_held_against_the_deadline_whatever_day_it_is(submitted: str, standing: Standing) -> None:
    status = reached("2019-02", resultsFirstSubmitDate=submitted)

    assert found(Case(record(status)), date(2030, 1, 1))["us/results-primary"].standing is standing


@given(st.dates(date(1990, 1, 1), date(2060, 12, 31)), st.booleans())
def test_what_is_known_to_the_month_holds_every_day_of_it(day: date, to_the_year: bool) -> None:
    whole = PartialDate(day.year, None if to_the_year else day.month)
    for rule in load_rules().rules:
        exact, due = rule.within.after(day), (rule.within.after(whole.earliest()), rule.within.after(whole.latest()))
        assert due[0] <= exact <= due[1], rule.id


@pytest.mark.parametrize(
    ("end", "today", "due", "says"),
    [
        ("2020-02-29", "2021-02-28", days("2021-02-28", "2021-02-28"), "due today"),
        ("2020-02-29", "2021-03-01", days("2021-02-28", "2021-02-28"), "passed 1 day ago"),
        ("2019-02-28", "2020-02-29", days("2020-02-28", "2020-02-28"), "passed 1 day ago"),
        ("2020-02", "2021-02-15", days("2021-02-01", "2021-02-28"), "perhaps passed; due in at most 13 days"),
        ("2019-02", "2020-02-28", days("2020-02-01", "2020-02-28"), "perhaps passed; due today at the latest"),
        ("2019", "2019-12-31", days("2020-01-01", "2020-12-31"), "due in 1 day to 366 days"),
        ("2019", "2021-01-01", days("2020-01-01", "2020-12-31"), "passed 1 day ago"),
    ],
)
def test_leap_days_and_dates_known_in_part_are_counted_by_the_calendar(
    end: str, today: str, due: Due, says: str
) -> None:
    deadline = found(Case(record(reached("2018-06-01", end))), date.fromisoformat(today))["who/results-registry"]

    assert deadline.due == due
    assert deadline.says.startswith(says)


# --- Secondary outcomes and certificates ------------------------------------------------------------------------------


def test_each_secondary_outcome_has_a_year_after_its_own_last_collection() -> None:
    case = Case(record(reached("2019-02-10", "2021-05-20"), secondary=("growth", "sleep", "appetite")))
    papers = Papers(last_collected={"sleep": PartialDate(2020, 3), "growth": PartialDate(2018, 1, 1)})
    own = [one for one in find_deadlines(case, DAY, papers) if one.rule.id == "us/results-secondary"]

    assert [(one.what, one.due) for one in own] == [
        ('results of the secondary outcome "growth"', days("2020-02-10", "2020-02-10")),
        ('results of the secondary outcome "sleep"', days("2021-03-01", "2021-03-31")),
        (
            "results of the secondary outcomes (1 of them; the record does not say when each was last collected)",
            days("2020-02-10", "2022-05-20"),
        ),
    ]


def test_a_trial_without_secondary_outcomes_has_no_deadline_for_them() -> None:
    assert "us/results-secondary" not in found(Case(record(reached("2019-02-10", "2021-05-20"))))


@pytest.mark.parametrize(
    ("certificate", "due", "counted"),
    [
        (Certificate(date(2020, 1, 10)), days("2022-01-10", "2022-01-10"), "certificate of delay of 2020-01-10"),
        (Certificate(date(2020, 2, 10)), days("2022-02-10", "2022-02-10"), "certificate of delay of 2020-02-10"),
        (
            Certificate(date(2020, 1, 10), event=date(2020, 6, 1)),
            days("2020-07-01", "2020-07-01"),
            "certificate of delay of 2020-01-10",
        ),
        (
            Certificate(date(2020, 1, 10), event=date(2022, 1, 5)),
            days("2022-01-10", "2022-01-10"),
            "certificate of delay of 2020-01-10",
        ),
        (
            Certificate(date(2020, 2, 11)),
            days("2020-02-10", "2020-02-10"),
            "the certificate of 2020-02-11 came after the deadline and moves nothing",
        ),
    ],
)
def test_a_certificate_of_delay_moves_the_deadline_where_it_came_in_time(
    certificate: Certificate, due: Due, counted: str
) -> None:
    deadline = found(Case(record(reached("2019-02-10"))), papers=Papers(certificate))["us/results-primary"]

    assert deadline.due == due
    assert deadline.counted.endswith(counted)


def test_a_certificate_that_may_have_come_too_late_leaves_both_ends() -> None:
    case = Case(record(reached("2019-02")))
    deadline = found(case, papers=Papers(Certificate(date(2020, 2, 10))))["us/results-primary"]

    assert deadline.due == days("2020-02-01", "2022-02-10")
    assert deadline.counted.endswith("of delay of 2020-02-10, if it came in time")


def test_a_certificate_moves_only_the_upper_end_where_the_day_that_counts_is_missing() -> None:
    case = Case(record(reached(None, "2019-02-10")))
    deadline = found(case, papers=Papers(Certificate(date(2020, 2, 10))))["us/results-primary"]

    assert deadline.due == days(None, "2022-02-10")
    assert deadline.counted.endswith("of delay of 2020-02-10, if it came in time")
    assert "perhaps passed already" in deadline.says


def test_a_certificate_cannot_wait_for_what_has_been() -> None:
    assert Certificate(date(2020, 1, 10), event=date(2020, 1, 10)).event == date(2020, 1, 10)
    with pytest.raises(ValueError, match="2020-01-09 lies before the certificate of 2020-01-10"):
        Certificate(date(2020, 1, 10), event=date(2020, 1, 9))


def test_a_primary_completion_that_moved_is_counted_anew_and_the_old_one_kept() -> None:
    before = find_deadlines(Case(record(reached("2019-02"))), DAY)
    now = find_deadlines(Case(record(reached("2019-08"))), DAY)
    (moved,) = [one for one in find_moved({"record of 2018": before}, now) if one.rule == "us/results-primary"]

    assert (moved.by, moved.was, moved.now) == (
        "record of 2018",
        days("2020-02-01", "2020-02-28"),
        days("2020-08-01", "2020-08-31"),
    )


# --- Which law ----------------------------------------------------------------------------------------------------------


US_TRIAL: Final = {"oversightModule": {"isFdaRegulatedDrug": True, "isFdaRegulatedDevice": False}}


@pytest.mark.parametrize(
    ("modules", "countries", "primary", "answers", "expected"),
    [
        (US_TRIAL, ("United States",), "2019-02", {}, Truth.TRUE),
        (US_TRIAL, ("Puerto Rico", "Chile"), "2019-02", {}, Truth.TRUE),
        (US_TRIAL, ("Chile",), "2019-02", {}, Truth.UNKNOWN),
        (US_TRIAL, ("Chile",), "2019-02", {Question.UNDER_IND: True}, Truth.TRUE),
        (US_TRIAL, ("United States",), "2016-11", {}, Truth.UNKNOWN),
        (US_TRIAL, ("United States",), "2016-11", {Question.PRODUCT_APPROVED: False}, Truth.FALSE),
        (US_TRIAL, ("United States",), "2016-11", {Question.PRODUCT_APPROVED: True}, Truth.TRUE),
        (US_TRIAL, ("United States",), "2017-01", {}, Truth.UNKNOWN),
        (US_TRIAL, ("United States",), "2017-01-18", {}, Truth.TRUE),
        (
            {"oversightModule": {"isFdaRegulatedDrug": False, "isFdaRegulatedDevice": False}},
            (),
            "2019-02",
            {},
            Truth.FALSE,
        ),
        (US_TRIAL | {"designModule": {"studyType": "OBSERVATIONAL"}}, ("United States",), "2019-02", {}, Truth.FALSE),
        (
            US_TRIAL | {"designModule": {"studyType": "INTERVENTIONAL", "phases": ["PHASE1"]}},
            ("United States",),
            "2019-02",
            {},
            Truth.FALSE,
        ),
        (
            US_TRIAL | {"designModule": {"studyType": "INTERVENTIONAL", "phases": ["PHASE1", "PHASE2"]}},
            ("United States",),
            "2019-02",
            {},
            Truth.TRUE,
        ),
    ],
)
def test_american_results_are_asked_for(
    modules: dict[str, object],
    countries: tuple[str, ...],
    primary: str,
    answers: dict[Question, bool],
    expected: Truth,
) -> None:
    case = Case(record(reached(primary), countries, **modules), answers)

    assert case.applies(Regime.US_RESULTS).is_so is expected


DRUG: Final = {"armsInterventionsModule": {"interventions": [{"type": "DRUG", "name": "tablet"}]}}
ONLY_TALK: Final = {"armsInterventionsModule": {"interventions": [{"type": "BEHAVIORAL", "name": "talk"}]}}


def numbered(kind: str) -> dict[str, object]:
    return DRUG | {"identificationModule": {"secondaryIdInfos": [{"id": "2023-000000-00", "type": kind}]}}


@pytest.mark.parametrize(
    ("modules", "countries", "start", "end", "regulation", "directive"),
    [
        (DRUG, ("Norway",), "2018-01", "2020-01", Truth.FALSE, Truth.TRUE),
        (DRUG, ("Norway",), "2018-01", "2025-06", Truth.TRUE, Truth.FALSE),
        (DRUG, ("Norway",), "2022-06", "2024-06", Truth.UNKNOWN, Truth.UNKNOWN),
        (numbered("CTIS"), ("Norway",), "2022-06", "2024-06", Truth.TRUE, Truth.FALSE),
        (numbered("EUDRACT_NUMBER"), ("Norway",), "2022-06", "2024-06", Truth.FALSE, Truth.TRUE),
        (DRUG, ("Norway",), "2010-01", "2013-01", Truth.FALSE, Truth.FALSE),
        (DRUG, ("Chile",), "2018-01", "2020-01", Truth.FALSE, Truth.FALSE),
        (DRUG, ("United Kingdom",), "2018-01", "2020-01", Truth.FALSE, Truth.UNKNOWN),
        (ONLY_TALK, ("Norway",), "2018-01", "2020-01", Truth.FALSE, Truth.FALSE),
    ],
)
def test_european_law_applies(
    modules: dict[str, object], countries: tuple[str, ...], start: str, end: str, regulation: Truth, directive: Truth
) -> None:
    case = Case(record(reached(end, end, startDateStruct={"date": start}), countries, **modules))

    assert case.applies(Regime.EU_REGULATION).is_so is regulation
    assert case.applies(Regime.EU_DIRECTIVE).is_so is directive


def test_a_trial_with_children_reports_after_six_months() -> None:
    status = reached("2020-01-15", "2020-01-15", startDateStruct={"date": "2018-01"}, overallStatus="COMPLETED")
    deadlines = found(Case(record(status, ("Norway",), **DRUG, eligibilityModule={"minimumAge": "6 Months"})))

    assert deadlines["eu-directive/results"].standing is Standing.NOT_REQUIRED
    assert deadlines["eu-directive/results-paediatric"].due == days("2020-07-15", "2020-07-15")
    assert deadlines["eu-directive/end"].due == days("2020-04-14", "2020-04-14")


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ({"minimumAge": "18 Years"}, Truth.FALSE),
        ({"minimumAge": "17 Years"}, Truth.TRUE),
        ({"minimumAge": "216 Months"}, Truth.TRUE),
        ({}, Truth.UNKNOWN),
        ({"stdAges": ["ADULT"]}, Truth.FALSE),
        ({"stdAges": ["CHILD", "ADULT"], "minimumAge": "18 Years"}, Truth.TRUE),
    ],
)
def test_whether_children_take_part(module: dict[str, object], expected: Truth) -> None:
    assert Case(record(eligibilityModule=module)).holds(Circumstance.WITH_CHILDREN) is expected


def test_a_trial_that_enrolled_nobody_has_no_results_to_post() -> None:
    status = reached("2020-01-15", "2020-01-15", overallStatus="WITHDRAWN")
    deadlines = found(Case(record(status, ("United States",), secondary=("sleep",), **US_TRIAL)))

    of_results = [one for name, one in deadlines.items() if name.startswith(("us/results", "who/"))]
    assert {one.standing for one in of_results} == {Standing.NOT_REQUIRED}
    assert {one.applies.because for one in of_results} == {"it does not hold of the trial: somebody enrolled"}
    assert deadlines["us/registration"].applies.is_so is Truth.TRUE


def test_a_date_that_was_added_outweighs_the_record_and_is_no_plan() -> None:
    planned = {"completionDateStruct": {"date": "2019-05", "type": "ESTIMATED"}}
    case = Case(record(planned), dates={Milestone.COMPLETION: PartialDate(2019, 7, 3)})

    assert found(case)["who/results-registry"].counted == "completion 2019-07-03"


# --- The data -----------------------------------------------------------------------------------------------------------


def test_every_rule_has_a_name_of_its_own_a_source_and_says_whether_that_was_read() -> None:
    rules = load_rules().rules

    assert len({rule.id for rule in rules}) == len(rules)
    assert all(rule.source and rule.within.shortest_days() >= 0 for rule in rules)
    assert {rule.id for rule in rules if rule.checked == "memory"} == {
        "icmje/registration",
        "eu-directive/end",
        "eu-directive/end-early",
    }


def test_a_certificate_gives_thirty_days_after_what_it_waits_for_and_two_years_at_most() -> None:
    rule = load_rules().certificate

    assert (rule.after_event, rule.at_most) == (Duration(days=30), Duration(months=24))
