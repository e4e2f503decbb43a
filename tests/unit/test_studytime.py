"""Months are calendar months, both ends of a window belong to it, and a partial date stays partial."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armlet.studytime import Duration, PartialDate, SystemClock, TimeAsKnown, Window, as_utc


@pytest.mark.parametrize(
    ("text", "months", "days", "shown", "words"),
    [
        ("P21D", 0, 21, "P3W", "3 weeks"),
        ("P3W", 0, 21, "P3W", "3 weeks"),
        ("P10D", 0, 10, "P10D", "10 days"),
        ("P1D", 0, 1, "P1D", "1 day"),
        ("P0D", 0, 0, "P0D", "0 days"),
        ("P24M", 24, 0, "P2Y", "24 months"),
        ("P1Y", 12, 0, "P1Y", "1 year"),
        ("P1Y2M", 14, 0, "P1Y2M", "14 months"),
        ("P1M", 1, 0, "P1M", "1 month"),
        ("P1M7D", 1, 7, "P1M7D", "1 month and 1 week"),
        ("-P28D", 0, -28, "-P4W", "4 weeks"),
    ],
)
def test_a_duration_is_read_written_and_said(text: str, months: int, days: int, shown: str, words: str) -> None:
    duration = Duration.parse(text)
    assert (duration.months, duration.days) == (months, days)
    assert (str(duration), duration.in_words()) == (shown, words)
    assert Duration.parse(str(duration)) == duration


@pytest.mark.parametrize("text", ["", "P", "21D", "P21", "PT5H", "P1.5Y", "P-3D", "P1D1M", " P1D", "p1d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        Duration.parse(text)


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2021-01-31", "P1M", "2021-02-28"),
        ("2020-01-31", "P1M", "2020-02-29"),
        ("2020-02-29", "P1Y", "2021-02-28"),
        ("2020-02-29", "P4Y", "2024-02-29"),
        ("2019-12-31", "P2M", "2020-02-29"),
        ("2021-12-15", "P1M", "2022-01-15"),
        ("2021-01-31", "P1M1D", "2021-03-01"),
        ("2021-03-31", "-P1M", "2021-02-28"),
        ("2021-01-15", "-P1M", "2020-12-15"),
        ("2021-03-01", "-P1D", "2021-02-28"),
        ("1900-02-28", "P1D", "1900-03-01"),
    ],
)
def test_a_date_so_long_after(start: str, duration: str, end: str) -> None:
    assert Duration.parse(duration).after(date.fromisoformat(start)) == date.fromisoformat(end)


def test_before_counts_back_by_the_calendar() -> None:
    assert Duration.parse("P1Y").before(date(2016, 2, 29)) == date(2015, 2, 28)
    assert Duration.parse("P3W").before(date(2021, 3, 1)) == date(2021, 2, 8)


@pytest.mark.parametrize(
    ("text", "shortest", "longest"),
    [
        ("P1M", 28, 31),
        ("P2M", 59, 62),
        ("P3M", 89, 92),
        ("P6M", 181, 184),
        ("P1Y", 365, 366),
        ("P24M", 730, 731),
        ("P10D", 10, 10),
        ("P0D", 0, 0),
    ],
)
def test_a_month_lasts_from_28_to_31_days(text: str, shortest: int, longest: int) -> None:
    duration = Duration.parse(text)
    assert (duration.shortest_days(), duration.longest_days()) == (shortest, longest)


@given(st.dates(date(1997, 1, 1), date(2003, 12, 31)), st.integers(0, 24), st.integers(0, 40))
def test_no_duration_is_shorter_or_longer_than_it_can_be(start: date, months: int, days: int) -> None:
    duration = Duration(months, days)
    lasted = (duration.after(start) - start).days
    assert duration.shortest_days() <= lasted <= duration.longest_days()


def test_both_ends_of_a_window_belong_to_it() -> None:
    window = Window(date(2021, 5, 1), date(2021, 5, 8), date(2021, 5, 15))
    days = [date(2021, 4, 30), date(2021, 5, 1), date(2021, 5, 15), date(2021, 5, 17)]
    assert [window.holds(day) for day in days] == [False, True, True, False]
    assert [window.days_off(day) for day in days] == [-1, 0, 0, 2]


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2012", date(2012, 1, 1), date(2012, 12, 31)),
        ("2012-02", date(2012, 2, 1), date(2012, 2, 29)),
        ("2012-03-15", date(2012, 3, 15), date(2012, 3, 15)),
    ],
)
def test_a_partial_date_knows_what_it_may_be(text: str, earliest: date, latest: date) -> None:
    partial = PartialDate.parse(text)
    assert (str(partial), partial.earliest(), partial.latest()) == (text, earliest, latest)


@pytest.mark.parametrize("text", ["2012-13", "2013-02-29", "12-03", "March 2012", "2012-3", "2012-03-15T00:00", ""])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|month|day"):
        PartialDate.parse(text)


def test_a_moment_has_a_zone() -> None:
    noon = datetime(2021, 5, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert as_utc(noon) == datetime(2021, 5, 1, 10, tzinfo=UTC)
    assert as_utc(noon).tzinfo is UTC
    with pytest.raises(ValueError, match="no time zone"):
        as_utc(noon.replace(tzinfo=None))
    assert SystemClock().now().tzinfo is UTC


@pytest.mark.parametrize("text", ["2019-00", "2019-05-00", "2019-13", "2019-02-29"])
def test_a_date_that_no_calendar_has_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be in|out of range"):
        PartialDate.parse(text)


@pytest.mark.parametrize("text", ["P5000Y", "P99999Y", "P4801M", "P9999999D"])
def test_a_duration_longer_than_any_trial_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="longer than any trial"):
        Duration.parse(text)


@pytest.mark.parametrize("text", ["2021", "2021-05", "2021-05-03", "2021-05-03T14:20+02:00"])
def test_a_time_is_kept_as_precisely_as_it_is_known(text: str) -> None:
    assert str(TimeAsKnown.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "in May", "2021-13", "2021-05-03T14:20", "2021-05-03T14:20:30+02:00", "2021-05-03T25:00+02:00", "2021-5-3"],
)
def test_what_is_no_time_or_has_no_zone_is_not_taken(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a date|is no time|must be in"):
        TimeAsKnown.parse(text)
