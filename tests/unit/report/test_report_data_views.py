"""What the views of data management show: forms, queries, signatures, corrections, the day, and the calendar feed."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from icalendar import Calendar

from armlet.cli.view import content_of
from armlet.conduct import commands as c
from armlet.conduct.data import commands as k
from armlet.export.package import compute
from armlet.ledger.data_events import Meaning, RetractionReason
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Role
from armlet.report.calendar import render_calendar
from armlet.report.views import find_views, is_served
from tests.unit.conduct.conftest import BASE, Life
from tests.unit.conduct.data.conftest import DataLife, managed

SCREENED = date(2021, 3, 2)


@pytest.fixture
def lived() -> DataLife:
    """A screening with a query, a correction after a signature, and a weight that waits for its second entry."""
    life = DataLife(Life(managed(load_protocol(BASE), critical=["weight"], late_correction="P7D")))
    life.life.consents()
    life.on(SCREENED).does(c.HoldVisit("P1", "screening", SCREENED))
    weight = life.does(c.RecordResult("P1", "screening", "scales", "weight", "70.0", "kg"))
    index = life.does(c.RecordResult("P1", "screening", "scales", "body_mass_index", "24.0", "kg/m2"))
    life.signs(k.Sign("P1", Meaning.APPROVAL, "screening", "scales"))
    life.monitor(k.VerifyForm("P1", "screening", "blood"))
    life.monitor(k.OpenQuery("P1", "Which scales?", "screening", "scales", "weight"))
    life.does(c.CorrectResult(weight, "71.0", "kg", "A slip."))
    life.on(date(2021, 3, 10)).does(k.RetractResult(index, RetractionReason.ENTERED_TWICE))
    return life


def rows(life: DataLife, view: str) -> list[dict[str, str]]:
    content = content_of(compute(life.life.protocol, tuple(life.life.store.read())))
    text = find_views()[view].render(content, Role.DATA_MANAGER).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_a_form_shows_what_waits_on_it(lived: DataLife) -> None:
    scales = next(row for row in rows(lived, "forms") if (row["visit"], row["activity"]) == ("screening", "scales"))
    assert scales["status"] == "started"
    assert (scales["open_queries"], scales["second_entries"], scales["signed"], scales["verified"]) == (
        "1",
        "1",
        "void",
        "",
    )
    blood = next(row for row in rows(lived, "forms") if (row["visit"], row["activity"]) == ("screening", "blood"))
    assert (blood["verified"], blood["reviewed"]) == ("yes", "")


def test_a_signature_is_shown_with_name_time_and_meaning_and_that_it_is_void(lived: DataLife) -> None:
    signed, verified = rows(lived, "signatures")
    assert (signed["name"], signed["at"], signed["meaning"]) == (
        "Ada Example", "2021-03-02T09:00:00+00:00", "I approve this as accurate and complete",
    )  # fmt: skip
    assert (signed["stands"], verified["stands"]) == ("void: changed since", "valid")


def test_a_correction_is_shown_with_the_old_value_who_when_and_why(lived: DataLife) -> None:
    corrected, retracted = rows(lived, "corrections")
    assert {name: corrected[name] for name in ("before", "after", "who", "why", "remark")} == {
        "before": "70.0 kg", "after": "71.0 kg", "who": "Bo Nurse", "why": "A slip.", "remark": "",
    }  # fmt: skip
    assert {name: retracted[name] for name in ("before", "after", "why", "remark")} == {
        "before": "24.0 kg/m2", "after": "nothing (retracted)", "why": "it was entered twice", "remark": "late",
    }  # fmt: skip


def test_whose_turn_a_query_is(lived: DataLife) -> None:
    (row,) = rows(lived, "queries")
    assert (row["status"], row["turn"], row["asked_by"], row["what"]) == ("open", "site", "Mo Monitor", "Which scales?")


def test_the_day_of_a_site_is_counted(lived: DataLife) -> None:
    (row,) = rows(lived, "day")
    assert {name: row[name] for name in ("site", "open_queries", "second_entries", "sign_again")} == {
        "site": "harbour", "open_queries": "1", "second_entries": "1", "sign_again": "1",
    }  # fmt: skip


def test_the_first_of_two_entries_is_not_shown_to_who_makes_the_second(lived: DataLife) -> None:
    (weight,) = [row for row in rows(lived, "results") if row["measure"] == "weight"]
    assert weight["value"] == "entered once, not shown before it is entered again"


def test_the_site_sees_what_waits_and_who_makes_the_product_does_not() -> None:
    protocol = load_protocol(BASE)
    for name in ("forms", "queries", "signatures", "corrections", "day"):
        view = find_views()[name]
        served = {role.value for role in Role if is_served(protocol, role, view)}
        assert served == {
            "care_provider", "site_coordinator", "investigator", "outcome_assessor", "trial_statistician", "monitor",
            "data_manager", "sponsor", "inspector",
        }  # fmt: skip


def feed(life: Life, site: str | None = None) -> bytes:
    return render_calendar(content_of(compute(life.protocol, tuple(life.store.read()))), site)


def test_the_feed_is_read_back_as_a_day_for_each_visit_due() -> None:
    life = Life().gives()
    data = feed(life, "harbour")
    assert data == feed(life, "harbour")
    events = Calendar.from_ical(data).walk("VEVENT")
    assert {str(event["uid"]): (event["dtstart"].dt, str(event["summary"])) for event in events} == {
        "breeze-P1-screening@armlet": (date(2021, 3, 2), "SIMULATED P1: screening (overdue)"),
        "breeze-P1-month_3@armlet": (date(2021, 7, 15), "SIMULATED P1: month 3"),
        "breeze-P1-month_9@armlet": (date(2022, 1, 15), "SIMULATED P1: month 9"),
    }
    month_3 = next(event for event in events if "month_3" in str(event["uid"]))
    assert str(month_3["description"]) == "Window 2021-07-05 to 2021-07-25, both days included."
    assert [str(event["class"]) for event in events] == ["CONFIDENTIAL"] * 3
