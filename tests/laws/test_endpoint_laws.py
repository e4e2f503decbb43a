"""What holds for every endpoint of diabetes: row order and the unit of the report move nothing; shares add to one."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.conduct.observation import Observation
from armlet.derivation.composed import in_order
from armlet.derivation.derive import derive_dataset
from armlet.derivation.derived import Derived, DerivedOrNot, Reason
from armlet.derivation.glucose import (
    EDGES,
    Beyond,
    Glucose,
    TraceRules,
    metric,
    read_trace,
    rounded_to_hundred,
    shares,
)
from armlet.derivation.hypoglycaemia import EpisodeRule, sensor_episodes
from armlet.derivation.insulin_delivery import Basal, Bolus, DeliveryRules, Event, Suspension, delivered
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Endpoint, Protocol
from armlet.protocol.source import Assumed, Source
from armlet.units import Quantity

BASE: Final = load_protocol(Path(__file__).parents[1] / "spec" / "endpoints" / "base.yaml")
START: Final = datetime(2021, 3, 1, tzinfo=UTC)
DAYS: Final = {"before": date(2021, 1, 1), "month_6": date(2021, 7, 1)}
BLOOD: Final = {"activity": "blood"}
ENDPOINTS: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "remission": ("responder", "1", {"endpoint": "adjusted", "rule": "at most", "limit": "9 %"}),
    "adjusted": ("idaa1c", "%", {"endpoint": "ngsp", "dose": "dose"}),
    "ngsp": ("haemoglobin_a1c", "%", BLOOD | {"measure": "hba1c", "scale": "ngsp", "percent_is": "ngsp"}),
    "dose": ("dose_per_weight", "[IU]/kg/d", {"endpoint": "total", "weight": "kilograms", "weight_of": "baseline"}),
    "total": (
        "daily_insulin",
        "[IU]/d",
        {"activity": "diary", "measures": ["basal", "meal"], "days": 2, "at_least": 1},
    ),
    "kilograms": ("single_value", "kg", BLOOD | {"measure": "weight"}),
}


def protocol() -> Protocol:
    made = tuple(
        Endpoint(
            source=Source(assumed=Assumed(because="a law", confirm="nobody")),
            id=name,
            label=name,
            level="exploratory",
            objective="-",
            time_frame="-",
            method=method,
            settings=settings,
            unit=unit,
            visits=("month_6",),
            baseline="before",
        )
        for name, (method, unit, settings) in ENDPOINTS.items()
    )
    return BASE.model_copy(update={"endpoints": made})


def results(haemoglobin: Decimal, kilograms: Decimal, doses: Sequence[Decimal], *, grams: bool) -> list[Observation]:
    weight = Quantity(kilograms * 1000, "g") if grams else Quantity(kilograms, "kg")
    rows: list[tuple[str, str, str, str, Quantity]] = []
    for visit in DAYS:
        rows.append((visit, "blood", "weight", "", weight))
        rows.append((visit, "blood", "hba1c", "", Quantity(haemoglobin, "mmol/mol")))
        for place, dose in enumerate(doses):
            measure, sample = ("basal", "meal")[place % 2], f"day {6 + place // 2}"
            rows.append((visit, "diary", measure, sample, Quantity(dose, "[IU]")))
    return [
        Observation(entry, "001", visit, activity, measure, sample, "", DAYS[visit], quantity)
        for entry, (visit, activity, measure, sample, quantity) in enumerate(rows, start=1)
    ]


def derived(observations: Sequence[Observation]) -> tuple[DerivedOrNot, ...]:
    held = {("001", visit): day for visit, day in DAYS.items()}
    return derive_dataset(protocol(), observations, ["001"], {}, held, simulated=True).derived


tenths = st.decimals(min_value=Decimal("0"), max_value=Decimal("99.9"), places=1)
weights = st.decimals(min_value=Decimal("30"), max_value=Decimal("150"), places=1)
four = st.lists(tenths, min_size=4, max_size=4)


@settings(deadline=None)
@given(tenths, weights, four, st.randoms(use_true_random=False))
def test_the_order_of_rows_moves_nothing(
    haemoglobin: Decimal, weight: Decimal, doses: list[Decimal], chance: Any
) -> None:
    rows = results(haemoglobin, weight, doses, grams=False)
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert derived(shuffled) == derived(rows)


@settings(deadline=None)
@given(tenths, weights, four)
def test_the_unit_of_the_report_moves_no_value(haemoglobin: Decimal, weight: Decimal, doses: list[Decimal]) -> None:
    found = [derived(results(haemoglobin, weight, doses, grams=grams)) for grams in (False, True)]
    for one, other in zip(*found, strict=True):
        assert isinstance(one, Derived)
        assert isinstance(other, Derived)
        assert (one.value, one.entries) == (other.value, other.entries)


@settings(deadline=None)
@given(tenths, weights, four)
def test_the_whole_stands_on_the_entries_of_its_parts(
    haemoglobin: Decimal, weight: Decimal, doses: list[Decimal]
) -> None:
    by_key = {(one.endpoint, one.visit): one for one in derived(results(haemoglobin, weight, doses, grams=False))}
    whole, parts = by_key["remission", "month_6"], [by_key[name, "month_6"] for name in ("ngsp", "total")]
    base = by_key["kilograms", "before"]
    assert isinstance(whole, Derived)
    used = [entry for one in (*parts, base) if isinstance(one, Derived) for entry in one.entries]
    assert whole.entries == tuple(sorted(used))


# --- Sensor ---------------------------------------------------------------------------------------------------------

levels = st.integers(40, 400) | st.sampled_from(Beyond)
minutes = st.integers(0, 600)
traces = st.dictionaries(minutes, levels, min_size=2, max_size=40)


def readings(given_: dict[int, int | Beyond]) -> list[Glucose]:
    return [
        Glucose(START + timedelta(minutes=minute), None, level)
        if isinstance(level, Beyond)
        else Glucose(START + timedelta(minutes=minute), Decimal(level))
        for minute, level in given_.items()
    ]


@settings(deadline=None)
@given(traces, st.randoms(use_true_random=False), st.integers(0, 2))
def test_shares_add_to_one_and_neither_order_nor_repetition_moves_them(
    given_: dict[int, int | Beyond], chance: Any, decimals: int
) -> None:
    rows = readings(given_)
    again = [*rows, *rows]
    chance.shuffle(again)
    trace, other = (read_trace(one, "mg/dL", TraceRules()) for one in (rows, again))
    assert trace == other
    assert not isinstance(trace, Reason)
    parts = shares(trace)
    if isinstance(parts, Reason):
        assert not trace.readings
        return
    assert sum(parts.values()) == 1
    assert sum(rounded_to_hundred(parts, decimals).values()) == 100


@settings(deadline=None)
@given(traces)
def test_episodes_below_54_lie_inside_the_trace_in_order_and_apart(given_: dict[int, int | Beyond]) -> None:
    trace = read_trace(readings(given_), "mg/dL", TraceRules())
    assert not isinstance(trace, Reason)
    for very_low in (False, True):
        found = sensor_episodes(trace, EpisodeRule(), very_low=very_low)
        assert all(one.end - one.start >= timedelta(minutes=15) for one in found)
        assert all(one.end <= later.start for one, later in itertools.pairwise(found))
        assert all(one.level == 2 for one in found if very_low)


@settings(deadline=None)
@given(st.lists(st.integers(20, 250), min_size=2, max_size=30))
def test_the_mean_lies_between_the_extremes_in_either_unit(tenths_of_mmol: list[int]) -> None:
    rows = [
        Glucose(START + timedelta(minutes=5 * place), Decimal(level) / 10) for place, level in enumerate(tenths_of_mmol)
    ]
    trace = read_trace(rows, "mmol/L", TraceRules())
    assert not isinstance(trace, Reason)
    mean = metric(trace, "mean", timedelta(days=1))
    assert not isinstance(mean, Reason)
    assert min(tenths_of_mmol) <= Fraction(mean[0]) * 10 * (1 + Fraction(1, 10**30))
    assert Fraction(mean[0]) * 10 <= max(tenths_of_mmol) * (1 + Fraction(1, 10**30))
    assert set(EDGES) == {"mg/dL", "mmol/L"}


# --- Pump -----------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=23), st.integers(0, 20), st.integers(1, 4))
def test_two_halves_of_a_day_deliver_what_the_day_does(rates: list[int], stop: int, hours: int) -> None:
    events: list[Event] = [
        Basal(START + timedelta(hours=hour), START + timedelta(hours=hour + 1), Decimal(rates[hour % len(rates)]) / 10)
        for hour in range(24)
    ]
    events += [Suspension(START + timedelta(hours=stop), START + timedelta(hours=stop + hours))]
    events += [Bolus(START + timedelta(hours=11), Decimal(6), START + timedelta(hours=14))]
    rules = DeliveryRules(timedelta(hours=1), timedelta(days=1))
    noon, end = START + timedelta(hours=12), START + timedelta(hours=24)
    whole, first, second = (delivered(events, span, rules) for span in ((START, end), (START, noon), (noon, end)))
    assert isinstance(whole, Decimal)
    assert isinstance(first, Decimal)
    assert isinstance(second, Decimal)
    assert abs(whole - first - second) < Decimal("1e-24")


# --- Order ----------------------------------------------------------------------------------------------------------

NAMES: Final = tuple("abcdef")


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=3)))
def test_each_endpoint_comes_after_its_parts_or_a_circle_is_shown(needs: dict[str, list[str]]) -> None:
    whole = {name: needs.get(name, []) for name in NAMES}
    found = in_order(whole)
    if isinstance(found, tuple):
        assert found[0] == found[-1]
        assert all(part in whole[name] for name, part in itertools.pairwise(found))
        return
    assert sorted(found) == list(NAMES)
    assert all(found.index(part) < found.index(name) for name in NAMES for part in whole[name])
