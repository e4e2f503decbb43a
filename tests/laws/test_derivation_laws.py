"""What holds for every curve: scaling, shifting on a line, constants, units, order, and freedom from the context."""

from __future__ import annotations

import decimal
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.conduct.observation import Observation
from armlet.derivation.derive import prepare_endpoint
from armlet.derivation.derived import Reason, Value
from armlet.ledger.events import MissingReason
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Endpoint, Protocol
from armlet.protocol.source import Assumed, Source
from armlet.units import Quantity

FOLDER: Final = Path(__file__).parents[1] / "unit" / "derivation"
GRID: Final = (0, 15, 30, 60, 90, 120)
SPAN: Final = {"from": "0 min", "to": "120 min"}
TINY: Final = Decimal("1e-24")

levels = st.decimals(min_value=Decimal("0.001"), max_value=Decimal("9.999"), places=3)
curves = st.lists(levels, min_size=len(GRID), max_size=len(GRID))
offsets = st.lists(st.integers(-6, 6), min_size=len(GRID), max_size=len(GRID))


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return load_protocol(FOLDER / "protocol.yaml")


def meal(values: Sequence[Decimal], unit: str, actual: Sequence[str] = ()) -> list[Observation]:
    times = actual or [""] * len(GRID)
    return [
        Observation(
            entry,
            "001",
            "before",
            "meal_test",
            "c_peptide",
            f"{minute} min",
            real,
            date(2021, 1, 1),
            Quantity(value, unit),
        )
        for entry, (minute, value, real) in enumerate(zip(GRID, values, times, strict=True), start=1)
    ]


def answer(
    protocol: Protocol,
    observations: Sequence[Observation],
    unit: str = "ng/mL",
    method: str = "auc_mean",
    chosen: Mapping[str, str] = SPAN,
) -> Value | Reason:
    endpoint = Endpoint(
        source=Source(assumed=Assumed(because="a law", confirm="nobody")),
        id="tried",
        label="Tried",
        level="primary",
        objective="-",
        time_frame="-",
        method=method,
        settings={"activity": "meal_test", "measure": "c_peptide", **chosen},
        unit=unit,
        visits=("later",),
        baseline="before",
    )
    return prepare_endpoint(protocol, endpoint).derive(observations)


def number(found: Value | Reason) -> Decimal:
    assert isinstance(found, Value), found
    return found.value


def close(left: Decimal, right: Decimal) -> bool:
    return abs(left - right) <= TINY * max(abs(left), abs(right), Decimal(1))


@settings(deadline=None)
@given(values=curves, shifts=offsets, factor=st.integers(1, 1000))
def test_scaling_every_level_scales_the_area(
    protocol: Protocol, values: list[Decimal], shifts: list[int], factor: int
) -> None:
    actual = [f"{minute + shift} min" for minute, shift in zip(GRID, shifts, strict=True)]
    once = answer(protocol, meal(values, "ng/mL", actual), "ng.min/mL", "auc")
    scaled = answer(protocol, meal([value * factor for value in values], "ng/mL", actual), "ng.min/mL", "auc")
    assert close(number(scaled), number(once) * factor)


@settings(deadline=None)
@given(start=levels, slope=st.decimals(0, 1, places=3), shifts=st.lists(st.integers(-7, 7), min_size=4, max_size=4))
def test_a_real_time_shifted_along_a_straight_line_changes_nothing(
    protocol: Protocol, start: Decimal, slope: Decimal, shifts: list[int]
) -> None:
    times = [0, *(minute + shift for minute, shift in zip(GRID[1:5], shifts, strict=True)), 120]
    shifted = meal([start + slope * time for time in times], "ng/mL", [f"{time} min" for time in times])
    assert close(number(answer(protocol, shifted)), start + slope * 60)


@settings(deadline=None)
@given(start=levels, slope=st.decimals(0, 1, places=3), late=st.integers(0, 60))
def test_a_last_sample_drawn_late_on_a_straight_line_changes_nothing(
    protocol: Protocol, start: Decimal, slope: Decimal, late: int
) -> None:
    times = [*GRID[:-1], 120 + late]
    observations = meal([start + slope * time for time in times], "ng/mL", [f"{time} min" for time in times])
    assert close(number(answer(protocol, observations)), start + slope * 60)


@settings(deadline=None)
@given(level=levels, shifts=offsets)
def test_the_mean_of_a_constant_is_the_constant_whenever_samples_were_drawn(
    protocol: Protocol, level: Decimal, shifts: list[int]
) -> None:
    actual = [f"{minute + shift} min" for minute, shift in zip(GRID, shifts, strict=True)]
    assert close(number(answer(protocol, meal([level] * len(GRID), "ng/mL", actual))), level)


@settings(deadline=None)
@given(values=curves, shifts=offsets)
def test_the_mean_lies_between_the_lowest_and_the_highest_level(
    protocol: Protocol, values: list[Decimal], shifts: list[int]
) -> None:
    actual = [f"{minute + shift} min" for minute, shift in zip(GRID, shifts, strict=True)]
    mean = number(answer(protocol, meal(values, "ng/mL", actual)))
    assert min(values) - TINY <= mean <= max(values) + TINY


@settings(deadline=None)
@given(values=curves)
def test_converting_before_or_after_gives_the_same(protocol: Protocol, values: list[Decimal]) -> None:
    molar_mass = protocol.measure("c_peptide").molar_mass
    before = meal([Quantity(value, "ng/mL").to("pmol/L", molar_mass).value for value in values], "pmol/L")
    after = number(answer(protocol, meal(values, "ng/mL"), "ng/mL"))
    assert close(number(answer(protocol, before, "nmol/L")), Quantity(after, "ng/mL").to("nmol/L", molar_mass).value)


@settings(deadline=None)
@given(values=curves)
def test_the_area_in_hours_and_in_minutes_and_the_mean_are_one_number(
    protocol: Protocol, values: list[Decimal]
) -> None:
    mean = number(answer(protocol, meal(values, "ng/mL"), "nmol/L"))
    assert close(number(answer(protocol, meal(values, "ng/mL"), "nmol.min/L", "auc")), mean * 120)
    assert close(number(answer(protocol, meal(values, "ng/mL"), "nmol.h/L", "auc")), mean * 2)


@settings(deadline=None)
@given(values=curves, data=st.data())
def test_the_order_of_observations_does_not_matter(
    protocol: Protocol, values: list[Decimal], data: st.DataObject
) -> None:
    observations = meal(values, "ng/mL")
    lost = data.draw(st.sets(st.integers(0, len(GRID) - 1), max_size=3))
    for place in lost:
        observations[place] = replace(observations[place], quantity=None, missing=MissingReason.LOST)
    shuffled = data.draw(st.permutations(observations))
    for method in ("auc_mean", "peak", "fasting"):
        chosen = {"auc_mean": SPAN | {"end_missing": "carry last"}, "peak": SPAN, "fasting": {}}[method]
        found = answer(protocol, observations, "nmol/L", method, chosen)
        assert found == answer(protocol, shuffled, "nmol/L", method, chosen)


@settings(deadline=None)
@given(values=curves, lost=st.sets(st.sampled_from(GRID), min_size=1))
def test_missing_samples_give_a_number_only_where_a_rule_allows_it_and_else_name_each_time(
    protocol: Protocol, values: list[Decimal], lost: set[int]
) -> None:
    observations = [
        replace(item, quantity=None, missing=MissingReason.LOST) if minute in lost else item
        for minute, item in zip(GRID, meal(values, "ng/mL"), strict=True)
    ]
    found = answer(protocol, observations)
    if len(lost) == 1 and not lost & {0, 120}:
        assert isinstance(found, Value)
    else:
        assert isinstance(found, Reason)
        assert all(f"{minute} min (sample lost)" in found.because for minute in lost)


@settings(deadline=None)
@given(values=curves)
def test_the_callers_decimal_context_does_not_reach_the_numbers(protocol: Protocol, values: list[Decimal]) -> None:
    expected = answer(protocol, meal(values, "ng/mL"), "nmol/L")
    with decimal.localcontext(decimal.Context(prec=5)):
        assert answer(protocol, meal(values, "ng/mL"), "nmol/L") == expected


# --- Every method on timed samples ----------------------------------------------------------------------------------

STIMULATION: Final[tuple[tuple[str, str, str, Mapping[str, str]], ...]] = (
    ("auc", "nmol.min/L", "pmol.h/L", SPAN),
    ("auc_incremental", "nmol.min/L", "pmol.h/L", SPAN),
    ("auc_incremental_positive", "nmol.min/L", "pmol.h/L", SPAN),
    ("auc_mean", "nmol/L", "pmol/L", SPAN | {"gaps": "renormalise", "times": "nominal"}),
    ("peak", "nmol/L", "pmol/L", SPAN),
    ("reaches", "1", "1", SPAN | {"threshold": "0.5 nmol/L"}),
    ("stimulated", "nmol/L", "pmol/L", {"at": "90 min"}),
    ("stimulated_rise", "nmol/L", "pmol/L", {"at": "90 min"}),
    ("time_to_peak", "min", "h", SPAN),
)
"""Method, an endpoint's unit, another one, settings."""
FACTOR: Final = {"nmol.min/L": Decimal(1000) / 60, "nmol/L": Decimal(1000), "min": 1 / Decimal(60), "1": Decimal(1)}
stimulation = pytest.mark.parametrize(("method", "unit", "other", "chosen"), STIMULATION, ids=lambda one: str(one)[:30])
few = settings(deadline=None, max_examples=15)


@stimulation
@few
@given(values=curves, order=st.permutations(range(len(GRID))))
def test_the_order_of_rows_moves_no_value(
    protocol: Protocol,
    method: str,
    unit: str,
    other: str,
    chosen: Mapping[str, str],
    values: list[Decimal],
    order: list[int],
) -> None:
    observed = meal(values, "ng/mL")
    shuffled = [observed[place] for place in order]
    assert answer(protocol, observed, unit, method, chosen) == answer(protocol, shuffled, unit, method, chosen)


@stimulation
@few
@given(values=curves, twice=st.integers(0, len(GRID) - 1))
def test_a_sample_that_stands_twice_has_no_value_and_names_both_entries(
    protocol: Protocol, method: str, unit: str, other: str, chosen: Mapping[str, str], values: list[Decimal], twice: int
) -> None:
    observed = meal(values, "ng/mL")
    found = answer(protocol, [*observed, replace(observed[twice], entry=99)], unit, method, chosen)
    assert isinstance(found, Reason)
    assert f"entries {twice + 1}, 99" in found.because


@stimulation
@few
@given(values=curves)
def test_neither_the_unit_of_the_report_nor_that_of_the_endpoint_moves_the_amount(
    protocol: Protocol, method: str, unit: str, other: str, chosen: Mapping[str, str], values: list[Decimal]
) -> None:
    in_nmol = answer(protocol, meal(values, "nmol/L"), unit, method, chosen)
    in_pmol = answer(protocol, meal([value * 1000 for value in values], "pmol/L"), unit, method, chosen)
    assert close(number(in_nmol), number(in_pmol))
    elsewhere = number(answer(protocol, meal(values, "nmol/L"), other, method, chosen))
    assert close(elsewhere, number(in_nmol) * FACTOR[unit])
