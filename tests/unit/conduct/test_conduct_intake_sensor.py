"""A sensor's export becomes metrics and episodes of the days before a visit; the hour that comes twice stays two hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from armlet.intake.devices import Beyond, Kind, Reading
from armlet.intake.diary import DeviceMapping, Take, make_rows
from armlet.intake.sensor import Asking, instants, make_of_sensor
from armlet.protocol.load import load_protocol
from armlet.units import Quantity

BASE = Path(__file__).parents[2] / "spec" / "endpoints" / "base.yaml"
STOCKHOLM = ZoneInfo("Europe/Stockholm")
DAY = date(2021, 7, 14)


def wall(hour: int, minute: int, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 (the clock of the device)


def readings(values: Sequence[str], start: datetime, unit: str = "mg/dL") -> list[Reading]:
    beyond = {"Low": Beyond.LOW, "High": Beyond.HIGH}
    return [
        Reading(
            line,
            Kind.GLUCOSE,
            start + timedelta(minutes=5 * (line - 1)),
            "" if value in beyond else value,
            unit,
            beyond.get(value),
        )
        for line, value in enumerate(values, start=1)
    ]


def mapping(*takes: dict[str, Any]) -> DeviceMapping:
    shared = {"kind": Kind.GLUCOSE, "activity": "blood", "days": 1}
    return DeviceMapping(
        mapping=1,
        id="sensor",
        version="1",
        trial="invented",
        device="libreview",
        timezone="Europe/Stockholm",
        takes=tuple(Take(**{**shared, **take}) for take in takes),
    )


def made(given: Sequence[Reading], *takes: dict[str, Any]) -> dict[str, str]:
    whose = ("P1", "before", DAY + timedelta(days=1))
    asked, others = make_rows(given, mapping(*takes), load_protocol(BASE), whose, "x.csv")
    found = {one.row.measure: f"{one.row.value} {one.row.unit}" for one in asked}
    return found | {one.row.measure: one.why for one in others if one.row is not None}


EPISODES = {"makes": "episodes", "measure": "episodes", "unit": "1", "decimals": 0}
WORN = {"makes": "metric", "metric": "worn", "measure": "worn", "unit": "d", "decimals": 4}


def test_an_export_becomes_episodes_and_the_time_worn() -> None:
    given = readings(["100", "53", "53", "53", "100", "100", "100", "60"], wall(7, 0))
    assert made(given, EPISODES, WORN) == {"episodes": "1 1", "worn": "0.0278 d"}  # 8 readings of 5 min are 40 min


def test_a_blank_day_has_no_episodes_and_that_is_no_nought() -> None:
    assert made([], EPISODES) == {"episodes": "there is no reading"}
    assert made(readings(["100"], wall(7, 0)), EPISODES) == {
        "episodes": "no two readings are near each other: no time is covered"
    }


def test_a_day_that_the_sensor_hardly_covers_has_no_value_where_the_mapping_says_so() -> None:
    given = readings(["100"] * 12, wall(7, 0))
    expected = "the readings cover 4.2 % of the time; at least 70 % are needed"
    assert made(given, EPISODES | {"active": 70}) == {"episodes": expected}


def test_the_mean_of_readings_beyond_the_sensor_needs_what_they_count_as() -> None:
    given = readings(["Low", "High", "100", "100"], wall(7, 0))
    span = (DAY, DAY, STOCKHOLM)
    caps = Asking("mean", low_as=Quantity.parse("39 mg/dL"), high_as=Quantity.parse("401 mg/dL"))
    assert "it is not said what they count as" in str(make_of_sensor(given, Asking("mean"), span))
    assert str(make_of_sensor(given, caps, span)) == "160 mg/dL"


def test_an_export_of_two_units_is_not_mixed() -> None:
    given = [*readings(["100", "100"], wall(7, 0)), *readings(["5.6", "5.6"], wall(8, 0), "mmol/L")]
    assert make_of_sensor(given, Asking("tir"), (DAY, DAY, STOCKHOLM)) == "the export mixes units (mg/dL, mmol/L)"


def test_the_hour_that_comes_twice_is_two_hours_in_the_order_of_the_lines() -> None:
    """On 31 October 2021 Sweden's clocks went from 3:00 back to 2:00."""
    day = date(2021, 10, 31)
    clock = [wall(1, 30, day), wall(2, 0, day), wall(2, 30, day), wall(2, 0, day), wall(2, 30, day), wall(3, 0, day)]
    given = [Reading(line, Kind.GLUCOSE, at, "100", "mg/dL") for line, at in enumerate(clock, start=1)]

    forth = [at for _, at in instants(given, STOCKHOLM)]

    assert [(at - datetime(2021, 10, 30, 23, 30, tzinfo=UTC)) // timedelta(minutes=1) for at in forth] == [
        0, 30, 60, 90, 120, 150,
    ]  # fmt: skip
    newest_first = [Reading(7 - one.line, one.kind, one.at, one.value, one.unit) for one in given]
    assert sorted(at for _, at in instants(newest_first, STOCKHOLM)) == forth


def test_the_same_line_twice_in_that_hour_is_one_moment_and_another_value_is_the_second() -> None:
    at = wall(2, 30, date(2021, 10, 31))
    same = [Reading(line, Kind.GLUCOSE, at, "100", "mg/dL") for line in (1, 2)]
    other = [same[0], Reading(2, Kind.GLUCOSE, at, "300", "mg/dL")]
    assert len({found for _, found in instants(same, STOCKHOLM)}) == 1
    assert len({found for _, found in instants(other, STOCKHOLM)}) == 2


def test_a_day_of_25_hours_is_not_worn_for_more_than_itself() -> None:
    day = date(2021, 10, 31)
    utc = datetime(2021, 10, 30, 22, 0, tzinfo=UTC)
    given = [Reading(line, Kind.GLUCOSE, utc + timedelta(minutes=15 * line), "100", "mg/dL") for line in range(4 * 25)]
    assert str(make_of_sensor(given, Asking("active"), (day, day, STOCKHOLM))) == "100 %"
    assert str(make_of_sensor(given[:96], Asking("active"), (day, day, STOCKHOLM))) == "96 %"


@pytest.mark.parametrize(
    "wrong",
    [
        {"makes": "metric", "measure": "worn", "unit": "d"},
        {"makes": "mean", "metric": "tir", "measure": "worn", "unit": "d"},
        {"makes": "episodes", "kind": Kind.INSULIN, "measure": "episodes", "unit": "1"},
    ],
)
def test_a_take_without_its_metric_or_with_anothers_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"`metric` is for|are made of glucose"):
        mapping(wrong)
