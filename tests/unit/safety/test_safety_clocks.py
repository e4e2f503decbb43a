"""Deadlines: every case of the table in the domain notes (2.2), with its dates written out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from armlet.safety.clocks import (
    Deadline,
    DeadlineSet,
    Duty,
    Standing,
    due_moment,
    expedited_dates,
    load_deadlines,
    local_date,
    standing_of_days,
    standing_of_hours,
)

EU = load_deadlines()["eu"]
STOCKHOLM = "Europe/Stockholm"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("told", "standing"),
    [
        ("2017-03-04T10:00+01:00", Standing.IN_TIME),
        ("2017-03-04T09:00+00:00", Standing.IN_TIME),
        ("2017-03-04T10:01+01:00", Standing.LATE),
    ],
)
def test_a_sponsor_told_after_24_hours_is_told_in_time_and_a_minute_later_is_not(told: str, standing: Standing) -> None:
    due = due_moment(at("2017-03-03T10:00+01:00"), EU.of(Duty.SITE_TO_SPONSOR))

    assert standing_of_hours(due, at(told), at("2017-03-10T00:00Z")) is standing


def test_the_night_in_which_summer_time_begins_gives_24_hours_and_so_25_on_the_clock() -> None:
    due = due_moment(at("2017-03-25T10:00+01:00"), EU.of(Duty.SITE_TO_SPONSOR))

    assert due == at("2017-03-26T11:00+02:00")
    assert standing_of_hours(due, at("2017-03-26T11:00+02:00"), due) is Standing.IN_TIME
    assert standing_of_hours(due, at("2017-03-26T11:01+02:00"), due) is Standing.LATE


def test_the_night_in_which_summer_time_ends_gives_24_hours_and_so_23_on_the_clock() -> None:
    assert due_moment(at("2017-10-28T10:00+02:00"), EU.of(Duty.SITE_TO_SPONSOR)) == at("2017-10-29T09:00+01:00")


def test_fatal_is_due_in_7_days_and_complete_8_days_later() -> None:
    dates = expedited_dates(EU, STOCKHOLM, at("2017-03-03T14:00+01:00"), is_fatal=True)

    assert (dates.first, dates.complete) == (date(2017, 3, 10), date(2017, 3, 18))


def test_what_is_neither_fatal_nor_life_threatening_is_due_in_15_days() -> None:
    dates = expedited_dates(EU, STOCKHOLM, at("2017-03-03T14:00+01:00"), is_fatal=False)

    assert (dates.first, dates.complete) == (date(2017, 3, 18), None)


@pytest.mark.parametrize(
    ("learnt", "due"),
    [("2017-03-06T09:00+01:00", date(2017, 3, 13)), ("2017-03-15T09:00+01:00", date(2017, 3, 18))],
)
def test_an_upgrade_runs_7_days_from_when_it_was_learnt_and_never_past_the_running_date(learnt: str, due: date) -> None:
    aware = at("2017-03-03T14:00+01:00")

    assert expedited_dates(EU, STOCKHOLM, aware, is_fatal=True, became_fatal=at(learnt)).first == due


def test_the_day_is_the_sponsors_and_not_that_of_the_site() -> None:
    half_past_eleven_in_santiago = at("2017-03-03T23:30-03:00")

    assert local_date(half_past_eleven_in_santiago, "America/Santiago") == date(2017, 3, 3)
    assert local_date(half_past_eleven_in_santiago, STOCKHOLM) == date(2017, 3, 4)
    first = expedited_dates(EU, STOCKHOLM, half_past_eleven_in_santiago, is_fatal=True).first
    assert first == date(2017, 3, 11)
    assert expedited_dates(EU, "America/Santiago", half_past_eleven_in_santiago, is_fatal=True).first == date(
        2017, 3, 10
    )


def test_a_weekend_extends_nothing() -> None:
    friday = at("2017-03-10T12:00Z")

    due = expedited_dates(EU, "UTC", friday - timedelta(days=6), is_fatal=True).first
    assert (due, due.strftime("%A")) == (date(2017, 3, 11), "Saturday")


@pytest.mark.parametrize(
    ("done", "today", "standing"),
    [
        (None, date(2017, 3, 10), Standing.RUNNING),
        (None, date(2017, 3, 11), Standing.OVERDUE),
        (date(2017, 3, 10), date(2017, 3, 20), Standing.IN_TIME),
        (date(2017, 3, 11), date(2017, 3, 20), Standing.LATE),
    ],
)
def test_the_whole_of_the_last_day_is_in_time(done: date | None, today: date, standing: Standing) -> None:
    assert standing_of_days(date(2017, 3, 10), done, today) is standing


def test_a_clock_in_hours_runs_until_it_is_overdue() -> None:
    due = datetime(2017, 3, 4, 9, tzinfo=UTC)

    assert standing_of_hours(due, None, due) is Standing.RUNNING
    later = (due + timedelta(seconds=1)).astimezone(timezone(timedelta(hours=-3)))
    assert standing_of_hours(due, None, later) is Standing.OVERDUE


def test_every_set_has_every_duty_and_every_deadline_its_source() -> None:
    sets = load_deadlines()

    assert sorted(sets) == ["eu", "uk", "us"]
    assert all(
        deadline.source and deadline.checked in {"text", "memory"}
        for one in sets.values()
        for deadline in one.deadlines
    )
    with pytest.raises(ValidationError, match="each duty has one deadline"):
        DeadlineSet(id="x", label="x", deadlines=EU.deadlines[1:])
    with pytest.raises(ValidationError, match="either `hours` or `days`"):
        Deadline(duty=Duty.OTHER, source="x", checked="memory")


def test_hours_are_not_asked_for_in_days_nor_days_in_hours() -> None:
    with pytest.raises(ValueError, match="site_to_sponsor is not counted in days"):
        EU.days(Duty.SITE_TO_SPONSOR)
    with pytest.raises(ValueError, match="other_unexpected is not counted in hours"):
        due_moment(at("2017-03-03T10:00Z"), EU.of(Duty.OTHER))
