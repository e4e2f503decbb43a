"""The path on arrays gives what the decimal path gives: every value to twelve digits, every gap with the same code."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.conduct.observation import Observation
from armlet.derivation import arrays
from armlet.derivation.arrays import Column, TimedTests
from armlet.derivation.derive import prepare_endpoint
from armlet.derivation.derived import Answer, BelowLimit, Value
from armlet.derivation.timed import BaselineValue, StartMissing, Times
from armlet.ledger.events import MissingReason
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Endpoint, Protocol
from armlet.protocol.source import Assumed, Source
from armlet.units import Quantity

FOLDER: Final = Path(__file__).parents[1] / "unit" / "derivation"
MANY: Final = 2000 if os.environ.get("ARMLET_LONG") == "1" else 40
GRID: Final = (-10, 0, 15, 30, 60, 90, 120, 150)
SOURCE: Final = Source(assumed=Assumed(because="a law", confirm="nobody"))
TEST: Final = {"activity": "meal_test", "measure": "c_peptide"}


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return load_protocol(FOLDER / "protocol.yaml")


@dataclass(frozen=True)
class Sampled:
    """One sample: its level in thousandths, how late it was drawn in quarters of a minute, and what is amiss.

    Few delays are drawn from, so that real times often meet.
    """

    level: int
    late: int
    is_there: bool
    is_below: bool


def sampled(spoilt: int) -> st.SearchStrategy[Sampled]:
    seldom = st.integers(0, 9).map(lambda number: number < spoilt)
    late = st.sampled_from([-60, -20, -12, -1, 0, 0, 3, 12, 20, 60])
    return st.builds(Sampled, st.integers(0, 3000), late, seldom.map(lambda one: not one), seldom)


tests_of_people = st.integers(0, 3).flatmap(
    lambda spoilt: st.lists(st.tuples(*[sampled(spoilt)] * len(GRID)), min_size=1, max_size=6)
)
choices = st.fixed_dictionaries(
    {
        "times": st.sampled_from(["actual", "nominal"]),
        "baseline_value": st.sampled_from(["at start", "mean of basal"]),
        "interior_gap": st.sampled_from(["chord", "not evaluable"]),
        "start_missing": st.sampled_from(["previous sample", "not evaluable"]),
        "end_missing": st.sampled_from(["not evaluable", "carry last"]),
        "early_end": st.sampled_from(["own span", "carry last"]),
        "below_limit": st.sampled_from(["half", "zero", "limit", "censored"]),
        "gaps": st.sampled_from(["by part", "by part", "renormalise"]),
        "most_missing": st.integers(1, 3),
    }
)
spans = st.sampled_from([(0, 120), (0, 150), (15, 90), (0, 15), (-10, 60)])
Tests = Sequence[tuple[Sampled, ...]]


def observations(test: tuple[Sampled, ...]) -> list[Observation]:
    return [
        Observation(
            entry,
            "001",
            "before",
            "meal_test",
            "c_peptide",
            f"{minute} min",
            f"{minute + Decimal(one.late) / 4} min",
            date(2021, 1, 1),
            Quantity(Decimal(one.level) / 1000, "nmol/L") if one.is_there else None,
            below=one.is_there and one.is_below,
            missing=None if one.is_there else MissingReason.LOST,
        )
        for entry, (minute, one) in enumerate(zip(GRID, test, strict=True), start=1)
    ]


def as_arrays(tests: Tests) -> TimedTests:
    def table(pick: str) -> list[list[float]]:
        return [[float(getattr(one, pick)) for one in test] for test in tests]

    there = np.array(table("is_there"), dtype=bool)
    levels = np.where(there, np.array(table("level")) / 1000, np.nan)
    drawn = np.where(there, np.array(GRID) + np.array(table("late")) / 4, np.nan)
    return TimedTests.of(GRID, levels, there, drawn, there & np.array(table("is_below"), dtype=bool))


def answer(
    protocol: Protocol, test: tuple[Sampled, ...], method: str, unit: str, chosen: Mapping[str, object]
) -> Answer:
    endpoint = Endpoint.model_validate(
        {
            "source": SOURCE, "id": "tried", "label": "Tried", "level": "primary", "objective": "-", "time_frame": "-",
            "method": method, "settings": {**TEST, **chosen}, "unit": unit, "visits": ("later",), "baseline": "before",
        }
    )  # fmt: skip
    return prepare_endpoint(protocol, endpoint).derive(observations(test))


def agree(
    protocol: Protocol, tests: Tests, column: Column, method: str, unit: str, chosen: Mapping[str, object], size: float
) -> None:
    """Each row against its decimal answer; `size` is how large the numbers are that a difference was made of."""
    for row, test in enumerate(tests):
        expected = answer(protocol, test, method, unit, chosen)
        if isinstance(expected, Value):
            assert column.why[row] == 0, (method, test, column.reasons()[row])
            assert float(column.values[row]) == pytest.approx(float(expected.value), rel=1e-12, abs=1e-12 * size)
            assert bool(column.below[row]) is expected.below_limit
        else:
            assert column.reasons()[row] == expected.code.value, expected
            assert column.items()[row] is None


@settings(deadline=None, max_examples=MANY)
@given(tests=tests_of_people, span=spans, chosen=choices)
def test_areas_agree_with_the_decimal_path_whatever_the_rules(
    protocol: Protocol, tests: Tests, span: tuple[int, int], chosen: dict[str, object]
) -> None:
    if chosen["gaps"] == "renormalise":
        chosen = chosen | {"times": "nominal"}
    start, end = span
    told = chosen | {"from": f"{start} min", "to": f"{end} min"}
    timed, rules = as_arrays(tests), arrays.rules(start, end, **chosen)
    area = 3.0 * (end - start)
    agree(protocol, tests, arrays.derive_auc(timed, rules), "auc", "nmol.min/L", told, area)
    agree(protocol, tests, arrays.derive_auc_mean(timed, rules), "auc_mean", "nmol/L", told, 3.0)
    if chosen["gaps"] == "by part" and chosen["below_limit"] != "censored":
        net, positive = (
            arrays.derive_auc_incremental(timed, rules),
            arrays.derive_auc_incremental_positive(timed, rules),
        )
        agree(protocol, tests, net, "auc_incremental", "nmol.min/L", told, area)
        agree(protocol, tests, positive, "auc_incremental_positive", "nmol.min/L", told, area)


@settings(deadline=None, max_examples=MANY)
@given(tests=tests_of_people, span=spans, times=st.sampled_from(Times), policy=st.sampled_from(BelowLimit))
def test_peaks_and_their_times_agree(
    protocol: Protocol, tests: Tests, span: tuple[int, int], times: Times, policy: BelowLimit
) -> None:
    timed, (start, end) = as_arrays(tests), span
    told = {"from": f"{start} min", "to": f"{end} min", "below_limit": policy.value}
    agree(protocol, tests, arrays.derive_peak(timed, start, end, policy), "peak", "nmol/L", told, 0)
    found = arrays.derive_time_to_peak(timed, start, end, times, policy)
    agree(protocol, tests, found, "time_to_peak", "min", told | {"times": times.value}, 0)


@settings(deadline=None, max_examples=MANY)
@given(
    tests=tests_of_people,
    at=st.sampled_from([15, 40, 90]),
    window=st.integers(0, 20),
    times=st.sampled_from(Times),
    policy=st.sampled_from(BelowLimit),
    basal=st.sampled_from(BaselineValue),
    stand_in=st.sampled_from(StartMissing),
)
def test_single_levels_agree(
    protocol: Protocol,
    tests: Tests,
    at: int,
    window: int,
    times: Times,
    policy: BelowLimit,
    basal: BaselineValue,
    stand_in: StartMissing,
) -> None:
    timed = as_arrays(tests)
    told = {"at": f"{at} min", "sampling_window": f"{window} min", "times": times.value, "below_limit": policy.value}
    agree(protocol, tests, arrays.derive_stimulated(timed, at, window, times, policy), "stimulated", "nmol/L", told, 0)
    fasting = {"baseline_value": basal.value, "below_limit": policy.value}
    agree(protocol, tests, arrays.derive_fasting(timed, basal, policy), "fasting", "nmol/L", fasting, 0)
    if policy is not BelowLimit.CENSORED:
        rise = arrays.derive_stimulated_rise(timed, at, window, times, policy, basal, stand_in)
        more = told | {"baseline_value": basal.value, "start_missing": stand_in.value}
        agree(protocol, tests, rise, "stimulated_rise", "nmol/L", more, 3.0)
