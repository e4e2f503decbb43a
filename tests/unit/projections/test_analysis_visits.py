"""Which visit a value counts for: by its label, only in its window, or the nearest to the target."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from armlet.conduct import commands as c
from armlet.conduct.data import commands as k
from armlet.projections.analysis_visits import OUT_OF_WINDOW, assign_everybody, assign_visits
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Protocol
from tests.unit.conduct.conftest import BASE, Life, at

TARGET = date(2021, 7, 15)
ASSUMED = {"assumed": {"because": "invented for the tests", "confirm": "the trial statistician"}}


def ruled(rule: str | None) -> Protocol:
    protocol = load_protocol(BASE)
    if rule is None:
        return protocol
    plain = protocol.model_dump(mode="json", by_alias=True, exclude_none=True)
    return Protocol.from_plain(plain | {"analysis_visits": {"rule": rule, "source": ASSUMED}})


def weigh(life: Life, visit: str, kilograms: str) -> None:
    life.does(c.RecordResult("P1", visit, "scales", "weight", kilograms, "kg"))


def lived(rule: str | None, off: int, unscheduled: int | None = None, repeat: int | None = None) -> Life:
    """A visit at month 3 held so many days off its target, with an unscheduled and a repeated one beside it."""
    life = Life(ruled(rule)).gives()
    life.weighs("month_3", TARGET + timedelta(days=off), "71.0")
    life.now = at(date(2021, 9, 1))
    if unscheduled is not None:
        life.does(c.HoldUnscheduledVisit("P1", TARGET + timedelta(days=unscheduled), "A fall."))
        weigh(life, "unscheduled_1", "72.0")
    if repeat is not None:
        life.does(k.RepeatVisit("P1", "month_3", TARGET + timedelta(days=repeat), "Broken scales."))
        weigh(life, "month_3_repeat_1", "73.0")
    return life


def counted(life: Life) -> list[str]:
    assigned = assign_visits(life.protocol, life.one())
    return [str(one.quantity) for one in assigned.observations if (one.visit, one.measure) == ("month_3", "weight")]


@pytest.mark.parametrize(
    ("rule", "off", "unscheduled", "repeat", "expected"),
    [
        (None, 11, 0, 0, ["71.0 kg"]),
        ("as labelled", 11, 0, 0, ["71.0 kg"]),
        ("in window", 10, 0, 0, ["71.0 kg"]),
        ("in window", 11, 0, 0, []),
        ("nearest to target", 11, None, None, []),
        ("nearest to target", 5, 4, 3, ["73.0 kg"]),
        ("nearest to target", 5, -4, None, ["72.0 kg"]),
        ("nearest to target", 4, -4, None, ["71.0 kg"]),
        ("nearest to target", 11, 10, None, ["72.0 kg"]),
        ("nearest to target", 5, -4, 4, ["72.0 kg"]),
        ("nearest to target", 11, 11, 12, []),
    ],
)
def test_a_value_counts_by_the_rule_that_the_protocol_declares(
    rule: str | None, off: int, unscheduled: int | None, repeat: int | None, expected: list[str]
) -> None:
    assert counted(lived(rule, off, unscheduled, repeat)) == expected


def test_why_a_visit_that_took_place_does_not_count_is_said() -> None:
    life = lived("in window", 11)
    assigned = assign_everybody(life.protocol, life.state)
    assert assigned.absent["P1", "month_3"] == OUT_OF_WINDOW
    assert ("P1", "month_3") not in assigned.held


def test_an_activity_that_was_not_done_at_the_nearest_visit_is_taken_from_the_next() -> None:
    life = lived("nearest to target", 5, unscheduled=1)
    life.does(c.RecordResult("P1", "month_3", "exercise_test", "fev1", "2.0", "L", "0 min"))
    assigned = assign_visits(life.protocol, life.one())
    assert {one.activity: str(one.quantity) for one in assigned.observations if one.visit == "month_3"} == {
        "scales": "72.0 kg", "exercise_test": "2.0 L",
    }  # fmt: skip
