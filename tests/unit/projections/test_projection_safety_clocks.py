"""What is due about harm, as everybody sees it: the dates of the sponsor's calendar, and what is overdue first."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from armlet.conduct.safety import commands as s
from armlet.ledger import safety_events as x
from armlet.projections.safety_clocks import list_clocks
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import find_views
from tests.unit.conduct.conftest import Life, _harm

KNEW = datetime(2021, 4, 18, 7, tzinfo=UTC)


@pytest.fixture
def life() -> Any:
    """P1 has a serious adverse event that the site entered five hours after it knew."""
    life = Life(_harm())
    life.gives()
    life.now = KNEW + timedelta(hours=5)
    hospital = (x.Seriousness.HOSPITALISATION,)
    ask(life, s.RecordAdverseEvent("P1", "sepsis", "2021-04-18", KNEW, grade=3, serious=hospital), Role.INVESTIGATOR)
    return life


def ask(life: Any, command: Any, role: Role) -> None:
    decision = life.door.ask(command, life.by(command, role))
    assert type(decision).__name__ == "Accepted", decision


def clocks(life: Any, now: datetime) -> list[tuple[str, str, str, str]]:
    return [(one.duty, one.due, one.done, one.standing) for one in list_clocks(life.protocol, life.state, now)]


def becomes_susar(life: Any) -> None:
    ask(life, s.InformSponsor("P1", 1, KNEW + timedelta(hours=6)), Role.INVESTIGATOR)
    ask(life, s.AssessCausality("P1", 1, {"procedure": x.Relation.POSSIBLE}), Role.INVESTIGATOR)
    ask(life, s.AssessExpectedness("P1", 1, False, "3"), Role.SAFETY_UNIT)


@pytest.mark.parametrize(("hours", "standing"), [(5, "running"), (24, "running"), (25, "overdue")])
def test_the_site_has_24_hours_from_when_it_knew(life: Any, hours: int, standing: str) -> None:
    assert clocks(life, KNEW + timedelta(hours=hours)) == [("site tells sponsor", "2021-04-19 07:00 UTC", "", standing)]


def test_a_sponsor_that_was_told_asks_for_the_investigator_s_causality(life: Any) -> None:
    life.now = KNEW + timedelta(hours=7)
    ask(life, s.InformSponsor("P1", 1, KNEW + timedelta(hours=6)), Role.INVESTIGATOR)

    found = clocks(life, KNEW + timedelta(hours=7))

    assert [(duty, standing) for duty, _, _, standing in found] == [
        ("sponsor asks for the investigator's causality", "running"),
        ("site tells sponsor", "done in time"),
    ]


def test_an_unexpected_serious_reaction_is_due_in_15_days_and_stands_overdue_before_all_else(life: Any) -> None:
    life.now = KNEW + timedelta(hours=7)
    becomes_susar(life)

    assert clocks(life, datetime(2021, 5, 3, 12, tzinfo=UTC))[0] == ("expedited report", "2021-05-03", "", "running")
    assert clocks(life, datetime(2021, 5, 4, 12, tzinfo=UTC))[0] == ("expedited report", "2021-05-03", "", "overdue")
    life.now = datetime(2021, 5, 3, 12, tzinfo=UTC)
    ask(life, s.CloseExpeditedDuty("P1", 1, x.ReportStage.FIRST, date(2021, 5, 3)), Role.SAFETY_UNIT)
    done = ("expedited report", "2021-05-03", "2021-05-03", "done in time")
    assert done in clocks(life, datetime(2021, 5, 9, tzinfo=UTC))


def test_an_upgrade_to_fatal_has_its_own_7_days_and_asks_for_completion(life: Any) -> None:
    life.now = KNEW + timedelta(hours=7)
    becomes_susar(life)
    life.now = datetime(2021, 4, 20, 12, tzinfo=UTC)
    died = s.FollowUpAdverseEvent(
        "P1", 1, datetime(2021, 4, 20, 8, tzinfo=UTC), serious=(x.Seriousness.DEATH,), grade=5
    )
    ask(life, died, Role.INVESTIGATOR)
    ask(life, s.InformSponsor("P1", 1, datetime(2021, 4, 20, 9, tzinfo=UTC)), Role.INVESTIGATOR)

    found = {duty: due for duty, due, _, _ in clocks(life, life.now)}

    assert (found["expedited report"], found["expedited report complete"]) == ("2021-04-27", "2021-05-05")


def test_an_urgent_measure_is_notified_within_its_days_and_a_pregnancy_waits_for_its_end(life: Any) -> None:
    ask(life, s.TakeUrgentMeasure("Slower infusions.", life.now), Role.INVESTIGATOR)
    due = date(2021, 12, 1)
    pregnancy = s.ReportPregnancy("P1", x.PregnancyOf.PARTNER, date(2021, 4, 18), x.PermissionToFollow.GIVEN, due)
    ask(life, pregnancy, Role.INVESTIGATOR)

    found = clocks(life, datetime(2021, 4, 26, 12, tzinfo=UTC))

    assert ("urgent measure notified", "2021-04-25", "", "overdue") in found
    assert ("outcome of the pregnancy", "2021-12-01", "", "running") in found


def test_a_trial_that_names_no_deadlines_has_no_clocks() -> None:
    life = Life()
    life.gives()

    assert list_clocks(life.protocol, life.state, KNEW) == ()


def rows(life: Any, view: str) -> list[dict[str, str]]:
    no_dataset: Any = None  # views of harm read none
    content = BlindedContent(life.protocol, life.state, no_dataset, (), life.state.head, date(2021, 6, 1))
    text = find_views()[view].render(content, Role.INVESTIGATOR).decode()
    return list(csv.DictReader(text.splitlines()))


def test_the_views_say_what_is_due_what_is_known_and_where_harm_stands(life: Any) -> None:
    life.now = KNEW + timedelta(hours=7)
    becomes_susar(life)

    assert [row["standing"] for row in rows(life, "safety_clocks")] == ["overdue", "done in time"]
    (event,) = rows(life, "adverse_event_details")
    assert (event["onset"], event["investigator"], event["sponsor"], event["scale"]) == (
        "2021-04-18", "procedure: possible", "", "CTCAE 5.0",
    )  # fmt: skip
    summary = {(row["what"], row["which"]): (row["count"], row["detail"]) for row in rows(life, "safety_summary")}
    assert summary["adverse events", "serious, suspected and unexpected"] == ("1", "")
    assert summary["boundary", "harm by the product"] == ("0", "in 1 who can be counted; stops at 1")
    assert not [key for key in summary if "by arm" in key[1]]


def test_the_readings_view_lists_what_is_due_taken_late_and_missed(life: Any) -> None:
    start = datetime(2021, 4, 15, 10, tzinfo=UTC)
    ask(life, s.TakeReading("P1", "at_start", start, {"saturation": "98"}), Role.CARE_PROVIDER)
    ask(life, s.TakeReading("P1", "five", start + timedelta(minutes=9), {"saturation": "91"}), Role.CARE_PROVIDER)
    ask(life, s.MissReading("P1", "an_hour", "Asleep."), Role.CARE_PROVIDER)

    found = {row["point"]: row for row in rows(life, "readings")}

    assert list(found) == ["before", "at_start", "five", "start_plus_20", "start_plus_35", "at_stop", "an_hour"]
    assert (found["at_start"]["minutes_off"], found["at_start"]["state"]) == ("0", "taken")
    assert (found["five"]["minutes_off"], found["five"]["pause"]) == ("2", "low_saturation")
    assert (found["before"]["state"], found["an_hour"]["state"]) == ("not recorded", "missed")
    assert found["an_hour"]["due"] == "2021-04-15T11:40:00+00:00"
