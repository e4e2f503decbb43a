"""What a pump delivered: temporary rates, suspensions, boluses, priming, gaps; amounts worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from armlet.derivation.derived import Reason
from armlet.derivation.insulin_delivery import Basal, Bolus, DeliveryRules, Event, Suspension, Temporary, delivered

DAY = datetime(2021, 3, 1, tzinfo=UTC)
SPAN = (DAY, DAY + timedelta(days=1))
RULES = DeliveryRules(longest_gap=timedelta(hours=1), longest_segment=timedelta(days=1))


def at(hour: float) -> datetime:
    return DAY + timedelta(hours=hour)


ONE_AN_HOUR = Basal(at(0), at(24), Decimal(1))


@pytest.mark.parametrize(
    ("says", "events", "units"),
    [
        ("one unit an hour", [ONE_AN_HOUR], "24"),
        ("two hours suspended", [ONE_AN_HOUR, Suspension(at(3), at(5))], "22"),
        ("half the rate for four hours", [ONE_AN_HOUR, Temporary(at(0), at(4), percent=Decimal(50))], "22"),
        ("three units an hour for two hours", [ONE_AN_HOUR, Temporary(at(0), at(2), Decimal(3))], "28"),
        ("suspended in a temporary rate", [ONE_AN_HOUR, Temporary(at(0), at(4), Decimal(3)), Suspension(at(1), at(2))], "29"),
        ("a meal and a correction", [ONE_AN_HOUR, Bolus(at(8), Decimal("4.5")), Bolus(at(9), Decimal("0.5"))], "29"),
        ("midnight is of the day that begins", [ONE_AN_HOUR, Bolus(at(0), Decimal(4)), Bolus(at(24), Decimal(9))], "28"),
        ("two thirds of an extended bolus before midnight", [ONE_AN_HOUR, Bolus(at(22), Decimal(3), at(25))], "26"),
        ("priming is in nobody", [ONE_AN_HOUR, Bolus(at(7), Decimal(10), is_priming=True)], "24"),
        ("the same segment twice", [ONE_AN_HOUR, ONE_AN_HOUR], "24"),
        ("the same bolus twice", [ONE_AN_HOUR, Bolus(at(8), Decimal(4)), Bolus(at(8), Decimal(4))], "28"),
        ("an hour without record", [Basal(at(0), at(12), Decimal(1)), Basal(at(13), at(24), Decimal(1))], "23"),
        ("segments reach over the ends", [Basal(at(-2), at(12), Decimal(1)), Basal(at(12), at(30), Decimal(2))], "36"),
    ],
)  # fmt: skip
def test_a_day_of_a_pump(says: str, events: list[Event], units: str) -> None:
    assert delivered(events, SPAN, RULES) == Decimal(units), says
    assert delivered(events[::-1], SPAN, RULES) == Decimal(units), says


@pytest.mark.parametrize(
    ("events", "because"),
    [
        ([], "nothing is recorded"),
        ([Basal(at(0), at(12), Decimal(1)), Basal(at(13.5), at(24), Decimal(1))], "nothing is recorded"),
        ([ONE_AN_HOUR, Basal(at(3), at(4), Decimal(2))], "two rates"),
        ([Basal(at(0), at(24 * 250), Decimal(1))], "longer than is believed"),
        ([Basal(at(4), at(4), Decimal(1))], "before it starts"),
        ([Basal(at(0), at(24), Decimal(-1))], "negative"),
        ([ONE_AN_HOUR, Bolus(at(8), None)], "how much of the bolus"),
        ([ONE_AN_HOUR, Temporary(at(0), at(1))], "neither in units nor in per cent"),
        ([Temporary(at(0), at(24), percent=Decimal(50))], "nothing is recorded"),
    ],
)
def test_a_day_that_is_not_known_has_no_total_instead_of_a_low_one(events: list[Event], because: str) -> None:
    answer = delivered(events, SPAN, RULES)
    assert isinstance(answer, Reason)
    assert because in answer.because
