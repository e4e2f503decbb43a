"""What was given for each kilogram."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from armlet.export.harms import exposure
from armlet.units import Quantity


@dataclass
class _Given:
    complete: bool
    volume: Quantity | None


@dataclass
class _Released:
    weight: Quantity | None
    volume: Quantity | None


@dataclass
class _One:
    administered: _Given | None
    released: _Released | None
    id: str = "P1"


@dataclass
class _Opened:
    doses: dict[str, Quantity]


def q(text: str) -> Quantity:
    value, unit = text.split()
    return Quantity(Decimal(value), unit)


def exposed(dose: str, *, complete: bool = True, given: str = "20 mL") -> Any:
    one: Any = _One(_Given(complete, q(given)), _Released(q("80 kg"), q("20 mL")))
    opened: Any = _Opened({"P1": q(dose)})
    return exposure(one, opened)


def test_a_dose_for_each_kilogram_is_taken_as_it_is_and_a_whole_one_is_divided_by_the_weight() -> None:
    assert exposed("2.5 10*6/kg") == q("2.5 10*6/kg")
    assert exposed("200 10*6") == q("2.5 10*6/kg")


def test_of_a_preparation_given_in_part_the_share_counts() -> None:
    assert exposed("2.5 10*6/kg", complete=False, given="10 mL") == q("1.25 10*6/kg")


def test_who_was_given_nothing_has_no_exposure() -> None:
    one: Any = _One(None, _Released(q("80 kg"), q("20 mL")))
    opened: Any = _Opened({"P1": q("2.5 10*6/kg")})
    assert exposure(one, opened) is None
