"""The slope of one participant's logarithms, and what stands after the floor."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from armlet.derivation.baseline import Change, mean_percents
from armlet.derivation.derived import Derived, Reason
from armlet.derivation.trajectory import Slope, derive_slope, until_floor
from armlet.errors import Fault
from armlet.units import Quantity, UnitError, divide

START = date(2021, 1, 1)
FLOOR = Decimal("0.008")


def value(day: int, level: str, *, below: bool = False) -> Derived:
    on = START + timedelta(days=day)
    return Derived("e", "001", f"day {day}", Decimal(level), "nmol/L", on, (day + 1,), below_limit=below)


def test_a_level_that_halves_in_a_hundred_days_has_the_slope_of_its_half_life() -> None:
    slope = derive_slope([value(200, "0.1"), value(0, "0.4"), value(100, "0.2")], START, FLOOR)
    assert isinstance(slope, Slope)
    assert slope.per_day.quantize(Decimal("1e-12")) == Decimal("-0.006931471806")  # -ln(2)/100
    assert slope.used == ("day 0", "day 100", "day 200")
    assert slope.entries == (1, 101, 201)


def test_the_first_visit_at_the_floor_is_kept_and_the_later_ones_are_not() -> None:
    course = [value(0, "0.4"), value(100, "0.008"), value(200, "0.008"), value(300, "0.02")]
    assert [one.visit for one in until_floor(course, FLOOR)] == ["day 0", "day 100"]
    slope = derive_slope(course, START, FLOOR)
    assert isinstance(slope, Slope)
    assert slope.left_out == ("day 200", "day 300")
    assert slope.per_day.quantize(Decimal("1e-9")) == Decimal("-0.039120230")  # ln(0.008/0.4)/100


def test_a_value_marked_as_below_the_limit_is_at_the_floor() -> None:
    course = [value(0, "0.4"), value(100, "0.02", below=True), value(200, "0.3")]
    assert [one.visit for one in until_floor(course, FLOOR)] == ["day 0", "day 100"]


@pytest.mark.parametrize(
    ("course", "says"),
    [
        ([], "0 visits up to the floor: a slope needs two days"),
        ([value(0, "0.4")], "1 visits up to the floor: a slope needs two days"),
        ([value(0, "0.001"), value(9, "0.4")], "1 visits up to the floor: a slope needs two days"),
        (
            [value(0, "0.4"), value(9, "0")],
            "a level of 0 has no logarithm: choose what stands for values below the limit",
        ),
    ],
)
def test_no_slope_has_a_reason(course: list[Derived], says: str) -> None:
    assert derive_slope(course, START, FLOOR) == Reason(says)


def change(before: str, percent: str | None, unit: str = "nmol/L") -> Change:
    share = None if percent is None else Decimal(percent)
    return Change("e", "001", "later", Decimal(before), Decimal("0.1"), Decimal(0), share, unit)


def test_percentages_of_nobody_have_a_reason_and_mixed_units_are_a_fault() -> None:
    assert isinstance(mean_percents([]), Reason)
    assert isinstance(mean_percents([change("0", None)]), Reason)
    with pytest.raises(Fault):
        mean_percents([change("1", "1"), change("1", "1", "pmol/L")])


def test_one_amount_divided_by_another_keeps_its_units_apart() -> None:
    assert divide(Quantity.parse("0.4 nmol/L"), Quantity.parse("8 mmol/L"), "nmol/mmol").value == Decimal("0.05")
    assert divide(Quantity.parse("400 pmol/L"), Quantity.parse("8 mmol/L"), "pmol/mmol").value == Decimal(50)
    assert divide(Quantity.parse("6 mg"), Quantity.parse("3 kg"), "mg/kg").value == Decimal(2)
    with pytest.raises(UnitError, match="cannot be expressed in nmol/L"):
        divide(Quantity.parse("1 nmol/L"), Quantity.parse("1 mmol/L"), "nmol/L")
    with pytest.raises(UnitError, match="cannot be divided by 0 mmol/L"):
        divide(Quantity.parse("1 nmol/L"), Quantity.parse("0 mmol/L"), "nmol/mmol")
