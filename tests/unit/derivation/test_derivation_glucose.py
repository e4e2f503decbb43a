"""Glucose of a sensor: what is refused, residual rounding, levels of hypoglycaemia, and episodes told twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from armlet.derivation.derived import Reason
from armlet.derivation.glucose import (
    Beyond,
    Glucose,
    Range,
    TraceRules,
    active_percent,
    read_trace,
    rounded_to_hundred,
    sd_glucose,
)
from armlet.derivation.hypoglycaemia import Episode, level_of, told_once

START = datetime(2021, 3, 1, tzinfo=UTC)


def after(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def test_a_moment_without_a_zone_is_no_instant() -> None:
    naive = [Glucose(datetime(2021, 3, 1, 2, 30), Decimal(100))]  # noqa: DTZ001 (the clock of a device)
    answer = read_trace(naive, "mg/dL", TraceRules())
    assert answer == Reason("a reading has no zone: the time between readings is not known")


def test_a_reading_has_a_number_or_a_word_for_none() -> None:
    for amiss in (Glucose(START, None), Glucose(START, Decimal(39), Beyond.LOW)):
        assert isinstance(read_trace([amiss], "mg/dL", TraceRules()), Reason)


def test_one_reading_has_no_variation_and_a_period_has_a_length() -> None:
    trace = read_trace([Glucose(after(0), Decimal(100)), Glucose(after(5), Decimal(100))], "mg/dL", TraceRules())
    assert not isinstance(trace, Reason)
    assert sd_glucose(trace) == 0
    assert active_percent(trace, timedelta()) == Reason("the period has no length")


@pytest.mark.parametrize(
    ("parts", "decimals", "expected"),
    [
        ((1, 1, 1, 1, 1), 0, ("20", "20", "20", "20", "20")),
        ((1, 1, 1, 0, 0), 0, ("34", "33", "33", "0", "0")),
        ((1, 1, 1, 0, 0), 1, ("33.4", "33.3", "33.3", "0", "0")),
        ((1, 2, 4, 0, 0), 0, ("14", "29", "57", "0", "0")),
    ],
)
def test_percentages_add_to_a_hundred_after_rounding(
    parts: tuple[int, ...], decimals: int, expected: tuple[str, ...]
) -> None:
    exact = {name: Fraction(part, sum(parts)) for name, part in zip(Range, parts, strict=True)}
    rounded = rounded_to_hundred(exact, decimals)
    assert tuple(rounded.values()) == tuple(Decimal(one) for one in expected)
    assert sum(rounded.values()) == 100


@pytest.mark.parametrize(
    ("value", "unit", "needed_help", "level"),
    [
        ("70", "mg/dL", False, None),
        ("69", "mg/dL", False, 1),
        ("54", "mg/dL", False, 1),
        ("53", "mg/dL", False, 2),
        ("3.9", "mmol/L", False, None),
        ("3.8", "mmol/L", False, 1),
        ("3.0", "mmol/L", False, 1),
        ("2.9", "mmol/L", False, 2),
        ("65", "mg/dL", True, 3),
        ("120", "mg/dL", True, 3),
        (None, "mg/dL", True, 3),
        (None, "mg/dL", False, None),
    ],
)
def test_a_level_is_never_taken_down_by_glucose(
    value: str | None, unit: str, needed_help: bool, level: int | None
) -> None:
    assert level_of(Decimal(value) if value else None, unit, needed_help=needed_help) == level


def episode(start: int, end: int, level: int, source: str) -> Episode:
    return Episode(after(start), after(end), level, (source,))


def test_an_episode_of_diary_and_sensor_is_counted_once_at_the_highest_level() -> None:
    found = told_once([episode(20, 20, 3, "diary"), episode(0, 15, 2, "sensor")], timedelta(minutes=15))
    assert found == (Episode(after(0), after(20), 3, ("diary", "sensor")),)


def test_reports_further_apart_are_two_and_one_source_tells_its_own_apart() -> None:
    apart = [episode(0, 15, 2, "sensor"), episode(31, 31, 3, "diary")]
    assert told_once(apart, timedelta(minutes=15)) == tuple(apart)
    near = told_once([apart[0], episode(30, 30, 3, "diary")], timedelta(minutes=15))
    assert near == (Episode(after(0), after(30), 3, ("diary", "sensor")),)
    own = [episode(0, 15, 1, "sensor"), episode(20, 35, 1, "sensor")]
    assert told_once(own, timedelta(hours=1)) == tuple(own)
    assert isinstance(told_once(own, timedelta(minutes=-1)), Reason)
