"""Intercurrent events are recognised in the open strand, and what people record of them is refused where it may not be."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest

from armlet.cli.view import content_of
from armlet.conduct import commands as c
from armlet.conduct.commands import By
from armlet.conduct.consent import commands as consent
from armlet.conduct.data import commands as k
from armlet.conduct.decide import Accepted
from armlet.conduct.safety import commands as s
from armlet.export.package import compute
from armlet.ledger.events import LearntHow, NeutralReason, Seriousness, UnblindingCategory, WithdrawalScope
from armlet.ledger.safety_events import EventOutcome
from armlet.projections.followed import follow
from armlet.projections.intercurrent import list_occurrences
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Protocol, Role
from armlet.report.views import find_views
from tests.unit.conduct.conftest import ASKED, BASE, GIVEN, Life, at

ASSUMED = {"assumed": {"because": "invented for the tests", "confirm": "the trial statistician"}}
LATER = date(2021, 6, 1)


def watching(*when: object) -> Protocol:
    """The neutral trial with one intercurrent event that is recognised so."""
    plain = load_protocol(BASE).model_dump(mode="json", by_alias=True, exclude_none=True)
    event = {"id": "watched", "label": "what is watched for", "when": list(when), "source": ASSUMED}
    plain["intercurrent_events"] = [event]
    plain["analyses"][0]["intercurrent"] = [{"event": "watched", "strategy": "hypothetical"}]
    return Protocol.from_plain(plain)


def found(life: Life) -> list[tuple[str, str, str]]:
    return [(one.participant, str(one.on), one.by) for one in list_occurrences(life.protocol, life.state)]


def reports(life: Life, **known: Any) -> None:
    life.does(c.ReportAdverseEvent("P1", "cough", **{"onset": LATER, "grade": 1, **known}))


def test_nothing_happened_to_somebody_who_is_followed_as_planned() -> None:
    life = Life(watching("died", "not given", "partly given", "code broken", "randomised in error", "recorded")).gives()
    assert found(life) == []


def test_a_death_is_recognised_by_its_record_or_else_by_a_fatal_adverse_event() -> None:
    life = Life(watching("died")).gives()
    life.now = at(LATER + timedelta(3))
    reports(life, grade=5, serious=(Seriousness.DEATH,), ended=LATER + timedelta(2))
    assert found(life) == [("P1", "2021-06-03", "adverse event 1")]
    life.does(consent.RecordDeath("P1", LATER + timedelta(1)))
    assert found(life) == [("P1", "2021-06-02", "a death was recorded")]


def test_a_preparation_that_was_called_off_is_not_given_from_its_planned_day_on() -> None:
    life = Life(watching("not given")).randomises()
    assert found(life) == []
    life.does(c.CancelAdministration("P1", NeutralReason.LOGISTICS))
    assert found(life) == [("P1", "2021-04-15", "the preparation was called off")]


def test_nobody_was_given_anything_who_left_before_it_and_who_left_after_it_was() -> None:
    scopes = (WithdrawalScope.INTERVENTION, WithdrawalScope.VISITS)
    life = Life(watching("not given")).randomises()
    life.does(c.Withdraw("P1", scopes, "No more."))
    assert found(life) == [("P1", "2021-04-15", "nothing was given")]
    other = Life(watching("not given")).gives()
    other.does(c.Withdraw("P1", scopes, "No more."))
    assert found(other) == []


def test_an_infusion_that_was_not_completed_is_given_in_part() -> None:
    life = Life(watching("partly given")).releases()
    given = life.given()
    life.does(c.Administer(**{name: getattr(given, name) for name in given.__slots__} | {"complete": False}))
    assert found(life) == [("P1", "2021-04-15", "not all of the preparation was given")]


def test_a_withdrawal_counts_for_the_scopes_that_are_named() -> None:
    life = Life(watching({"withdrew": ["samples", "visits"]})).gives()
    life.now = at(LATER)
    life.does(c.Withdraw("P1", (WithdrawalScope.CONTACT,), "No calls."))
    assert found(life) == []
    life.now = at(LATER + timedelta(9))
    life.does(c.Withdraw("P1", (WithdrawalScope.SAMPLES,), "Too many needles."))
    assert found(life) == [("P1", "2021-06-10", "withdrew from samples")]


@pytest.mark.parametrize(
    ("wanted", "known", "is_found"),
    [
        ({"grade": 3}, {"grade": 3}, True),
        ({"grade": 3}, {"grade": 2}, False),
        ({"grade": 3}, {"grade": None}, False),
        ({"serious": True}, {"serious": (Seriousness.HOSPITALISATION,)}, True),
        ({"serious": True, "grade": 4}, {"serious": (Seriousness.HOSPITALISATION,)}, False),
        ({"fatal": True}, {"serious": (Seriousness.HOSPITALISATION,)}, False),
    ],
)
def test_an_adverse_event_counts_when_it_is_all_that_is_named(
    wanted: dict[str, object], known: dict[str, object], is_found: bool
) -> None:
    life = Life(watching({"adverse_event": wanted})).gives()
    life.now = at(LATER)
    reports(life, **known)
    assert found(life) == ([("P1", "2021-06-01", "adverse event 1")] if is_found else [])


def test_what_happened_before_the_allocation_is_not_intercurrent() -> None:
    life = Life(watching({"adverse_event": {"grade": 1}})).gives()
    reports(life, onset=ASKED - timedelta(1))
    assert found(life) == []
    reports(life, onset=ASKED)
    assert found(life) == [("P1", "2021-03-11", "adverse event 2")]


@pytest.mark.parametrize(
    ("onset", "expected"),
    [
        ("2021-02", []),
        ("2021-03", [("P1", "2021-03-11", "adverse event 1, of which only the month is known (2021-03)")]),
        ("2021-04", [("P1", "2021-04-01", "adverse event 1, of which only the month is known (2021-04)")]),
        ("2021", [("P1", "2021-03-11", "adverse event 1, of which only the year is known (2021)")]),
        ("2020", []),
    ],
)
def test_an_adverse_event_of_which_only_month_or_year_is_known_counts_if_it_may_have_come_after_allocation(
    onset: str, expected: list[tuple[str, str, str]]
) -> None:
    life = Life(watching({"adverse_event": {"grade": 1}})).gives()
    life.now = at(LATER)
    life.does(s.RecordAdverseEvent("P1", "cough", onset, at(LATER), grade=1))
    assert found(life) == expected


def test_a_fatal_event_of_which_only_the_month_is_known_counts_from_the_allocation_on() -> None:
    life = Life(watching("died")).gives()
    life.now = at(LATER)
    fatal: dict[str, Any] = {
        "grade": 5,
        "serious": (Seriousness.DEATH,),
        "ended": "2021-03",
        "outcome": EventOutcome.FATAL,
    }
    life.does(s.RecordAdverseEvent("P1", "sepsis", "2021-03", at(LATER), **fatal))
    assert found(life) == [("P1", "2021-03-11", "adverse event 1, of which only the month is known (2021-03)")]


def test_a_value_of_the_day_of_allocation_is_a_baseline_and_the_next_day_s_is_not() -> None:
    protocol = watching({"measured": {"measure": "weight", "is": "<", "value": "60 kg"}})
    life = Life(protocol).gives()
    life.weighs("screening", ASKED, "59.0")
    assert found(life) == []
    life = Life(protocol).gives()
    life.weighs("screening", ASKED + timedelta(1), "59.0")
    assert found(life) == [("P1", "2021-03-12", "body weight at screening")]


@pytest.mark.parametrize(("kilograms", "is_found"), [("59.9", True), ("60.0", False)])
def test_a_value_counts_when_it_meets_the_limit_in_any_unit(kilograms: str, is_found: bool) -> None:
    life = Life(watching({"measured": {"measure": "weight", "is": "<", "value": "60000 g"}})).gives()
    life.weighs("month_3", date(2021, 7, 15), kilograms)
    assert found(life) == ([("P1", "2021-07-15", "body weight at month_3")] if is_found else [])


def test_the_code_is_broken_by_an_emergency_or_an_accident_and_by_no_drill() -> None:
    life = Life(watching("code broken")).gives()
    life.now = at(LATER)
    for number, drill in (("W-1", True), ("W-2", False)):
        grant = c.GrantWarrant(number, "P1", UnblindingCategory.EMERGENCY, "Sepsis.", "Dr Night", drill=drill)
        life.does(grant, c.RecordRead(number, "Dr Night"))
        assert found(life) == ([] if drill else [("P1", "2021-06-01", "the allocation was read in an emergency")])


def test_an_accident_is_dated_by_the_day_it_happened() -> None:
    life = Life(watching("code broken")).gives()
    life.now = at(LATER)
    life.does(c.ReportUnblinding("P1", "Bo", Role.CARE_PROVIDER, LearntHow.DOCUMENT, LATER - timedelta(2), None))
    assert found(life) == [("P1", "2021-05-30", "an unblinding by accident was reported")]


# --- What people record ---------------------------------------------------------------------------------------------


def test_what_no_record_tells_is_recorded_by_name_and_the_newest_word_counts() -> None:
    life = Life(watching("recorded")).gives()
    life.now = at(LATER)
    life.does(k.RecordIntercurrentEvent("P1", "watched", LATER, "In another hospital."))
    assert found(life) == [("P1", "2021-06-01", "recorded by a person")]
    life.does(k.RecordIntercurrentEvent("P1", "watched", GIVEN))
    assert found(life) == [("P1", "2021-04-15", "recorded by a person")]
    life.does(k.RecordIntercurrentEvent("P1", "watched", None, "It was somebody else."))
    assert found(life) == []


def test_only_what_the_protocol_leaves_to_people_is_recorded_and_only_once_it_has_happened() -> None:
    life = Life(watching("died")).gives()
    life.refuses(
        k.RecordIntercurrentEvent("P1", "watched", GIVEN),
        "no-such-intercurrent-event",
        "no intercurrent event 'watched'",
    )
    life = Life(watching("recorded")).gives()
    tomorrow = life.now.date() + timedelta(1)
    life.refuses(k.RecordIntercurrentEvent("P1", "watched", tomorrow), "in-the-future", "is after today")
    life = Life(watching("recorded")).screens()
    life.refuses(k.RecordIntercurrentEvent("P1", "watched", None), "not-enrolled", "not in the trial")


def test_whoever_is_unblinded_records_none() -> None:
    plain = watching("recorded").model_dump(mode="json", by_alias=True, exclude_none=True)
    plain["blinding"]["unblinded"] = [*plain["blinding"]["unblinded"], "outcome_assessor"]
    life = Life(Protocol.from_plain(plain)).gives()
    command = k.RecordIntercurrentEvent("P1", "watched", GIVEN)
    decision = life.door.ask(command, By("Una Example", Role.OUTCOME_ASSESSOR, life.now))
    assert not isinstance(decision, Accepted)
    assert "conduct/unblinded-judge" in {issue.rule for issue in decision.issues}


def test_nothing_is_recorded_after_the_lock() -> None:
    life = Life(watching("recorded")).locks()
    life.refuses(k.RecordIntercurrentEvent("P1", "watched", GIVEN), "locked", "locked")


def test_the_view_has_participant_event_and_day_and_no_arm() -> None:
    life = Life(watching("recorded")).gives()
    life.does(k.RecordIntercurrentEvent("P1", "watched", GIVEN))
    content = content_of(compute(life.protocol, tuple(life.store.read())))
    text = find_views()["intercurrent_events"].render(content, Role.TRIAL_STATISTICIAN).decode()
    assert list(csv.DictReader(io.StringIO(text))) == [
        {
            "data": "SIMULATED", "participant": "P1", "event": "watched", "label": "what is watched for",
            "date": "2021-04-15", "recognised by": "recorded by a person",
        }
    ]  # fmt: skip


# --- Days and background --------------------------------------------------------------------------------------------


def test_the_course_has_the_days_of_risk_the_last_contact_and_the_windows() -> None:
    life = Life(watching("died")).gives()
    one = follow(life.protocol, life.state)["P1"]
    assert one.begins == {
        "enrolment": date(2021, 3, 5), "randomisation": ASKED, "administration": GIVEN,
    }  # fmt: skip
    assert one.last_contact == GIVEN
    assert one.closes["month_3"] == date(2021, 7, 25)
    life.weighs("month_3", date(2021, 7, 14))
    assert follow(life.protocol, life.state)["P1"].last_contact == date(2021, 7, 14)
    life.does(consent.RecordDeath("P1", date(2021, 7, 14)))
    assert follow(life.protocol, life.state)["P1"].last_contact == date(2021, 7, 14)


def test_covariates_are_what_was_measured_at_the_baseline_or_answered_at_screening() -> None:
    plain = watching("died").model_dump(mode="json", by_alias=True, exclude_none=True)
    plain["analyses"][0]["covariates"] = ["sex", "age", "weight", "contraception", "eosinophils"]
    life = Life(Protocol.from_plain(plain)).enrols()
    background = follow(life.protocol, life.state)["P1"].background
    assert {name: str(value) for (_, name), value in background.items()} == {
        "sex": "female", "age": "34", "contraception": "yes",
    }  # fmt: skip
    life.weighs("screening", date(2021, 3, 5), "71.5")
    background = follow(life.protocol, life.state)["P1"].background
    assert str(background["screening", "weight"]) == "71.5"
