"""Areas under a meal test's curve. The curve is invented, so that its areas are those of the domain's worked cases.

By hand, ng/mL: 0.70, 1.11, 1.12, 1.00, 1.15, 1.26 at 0, 15, 30, 60, 90, 120 min have the area
7.5*0.70 + 15*1.11 + 22.5*1.12 + 30*1.00 + 30*1.15 + 15*1.26 = 130.5.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from armlet.derivation.derived import Reason
from armlet.errors import InputError
from armlet.ledger.events import MissingReason

Six = Callable[[Decimal], Decimal]
CURVE: dict[int, str | None] = {0: "0.70", 15: "1.11", 30: "1.12", 60: "1.00", 90: "1.15", 120: "1.26"}
REAL = {0: "0 min", 15: "17 min", 30: "31 min", 60: "64 min", 90: "90 min", 120: "123 min"}
MEAL = {"activity": "meal_test", "measure": "c_peptide", "from": "0 min", "to": "120 min"}


def without(*times: int) -> dict[int, str | None]:
    """The curve with haemolysed samples at these minutes."""
    return {time: None if time in times else level for time, level in CURVE.items()}


# --- Units ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "unit", "expected"),
    [
        ("auc", "ng.min/mL", "130.500000"),
        ("auc_mean", "ng/mL", "1.087500"),
        ("auc_mean", "nmol/L", "0.360065"),
        ("auc_mean", "pmol/mL", "0.360065"),
        ("auc", "nmol.h/L", "0.720130"),
        ("auc", "nmol.min/L", "43.207771"),
        ("auc", "min.nmol/L", "43.207771"),
    ],
)
def test_the_first_worked_case_comes_out_in_every_unit(
    bench: Any, six: Six, method: str, unit: str, expected: str
) -> None:
    assert six(bench.value(method, unit, MEAL, bench.meal(CURVE)).value) == Decimal(expected)


def test_a_conversion_is_recorded_once_with_its_factor_and_molar_mass(bench: Any) -> None:
    notes = bench.value("auc_mean", "nmol/L", MEAL | {"times": "nominal"}, bench.meal(CURVE)).notes
    how = "with the molar mass 3020.29 g/mol: 1 ng/mL = 0.331094034 nmol/L"
    assert notes == (f"converted from ng/mL to nmol/L {how} (at 0 min, 15 min, 30 min, 60 min, 90 min, 120 min)",)


def test_numbers_reported_in_nmol_per_l_are_not_converted_and_not_taken_for_ng_per_ml(bench: Any) -> None:
    value = bench.value("auc_mean", "nmol/L", MEAL | {"times": "nominal"}, bench.meal(CURVE, unit="nmol/L"))
    assert value.value == Decimal("1.0875")
    assert value.notes == ()


def test_one_sample_in_another_unit_is_converted_alone(bench: Any) -> None:
    meal = bench.meal(dict.fromkeys(CURVE, "400"), unit="pmol/L")
    mixed = [bench.one("0.4 nmol/L", sample="0 min", entry=9), *meal[1:]]
    assert bench.value("auc_mean", "nmol/L", MEAL, mixed).value == Decimal("0.4")


def test_an_implausible_level_is_derived_and_noted(bench: Any) -> None:
    value = bench.value("auc_mean", "nmol/L", MEAL, bench.meal(CURVE | {60: "400"}, unit="nmol/L"))
    assert "400 nmol/L is outside the plausible range 0 nmol/L to 5 nmol/L (at 60 min)" in value.notes


def test_a_mass_without_a_molar_mass_does_not_become_an_amount(bench: Any) -> None:
    settings = MEAL | {"measure": "glucose"}
    samples = [bench.one("90 mg/dL", measure="glucose", sample=f"{time} min", entry=time) for time in CURVE]
    answer = bench.derive("auc_mean", "mmol/L", settings, samples)
    assert answer == Reason(
        "the 0 min sample: 90 mg/dL cannot be expressed in mmol/L: the two units do not measure the same thing."
    )


def test_an_area_does_not_come_out_in_a_concentration_and_a_mean_not_in_an_area(bench: Any) -> None:
    assert isinstance(bench.derive("auc", "nmol/L", MEAL, bench.meal(CURVE)), Reason)
    assert isinstance(bench.derive("auc_mean", "nmol.min/L", MEAL, bench.meal(CURVE)), Reason)


# --- Times ----------------------------------------------------------------------------------------------------------


def test_a_late_last_sample_is_cut_at_the_end_on_its_chord(bench: Any, six: Six) -> None:
    late = bench.meal(CURVE, REAL)
    assert six(bench.value("auc", "ng.min/mL", MEAL, late).value) == Decimal("129.925000")
    mean = bench.value("auc_mean", "nmol/L", MEAL, late)
    assert six(mean.value) == Decimal("0.358478")
    assert "cut at 120 min on the line to the sample drawn at 123 min" in mean.notes


def test_a_span_that_reaches_the_last_sample_is_divided_by_its_own_length(bench: Any, six: Six) -> None:
    # The 123 min sample ends the whole area of 133.69 ng.min/mL where the span goes on to a planned 150 min sample
    # drawn at 123 min: 133.69/123, never 133.69/120.
    levels = {time: level for time, level in CURVE.items() if time != 120} | {120: "1.25"}
    meal = bench.meal(levels | {150: "1.26"}, REAL | {120: "120 min", 150: "123 min"})
    assert six(bench.value("auc_mean", "nmol/L", MEAL | {"to": "150 min"}, meal).value) == Decimal("0.359870")


def test_an_early_last_sample_divides_by_the_minutes_covered(bench: Any, six: Six) -> None:
    # 94.35 up to 90 min, then 27*(1.15+1.26)/2 = 32.535: 126.885 over 117 min. Over 120 min it would be 1.057375.
    early = bench.meal(CURVE, {120: "117 min"})
    mean = bench.value("auc_mean", "ng/mL", MEAL, early)
    assert six(mean.value) == Decimal("1.084487")
    assert "covers 0 to 117 min of the planned 0 to 120 min" in mean.notes
    area = bench.value("auc", "ng.min/mL", MEAL, early)
    assert area.value == Decimal("126.885")
    assert "covers 0 to 117 min of the planned 0 to 120 min" in area.notes


def test_a_start_sample_drawn_late_starts_the_span_and_one_drawn_early_counts_at_the_start(
    bench: Any, six: Six
) -> None:
    # At 2 min: 13*(0.70+1.11)/2 = 11.765 in place of 13.575, so 128.69 over 118 min.
    late = bench.value("auc_mean", "ng/mL", MEAL, bench.meal(CURVE, {0: "2 min"}))
    assert six(late.value) == Decimal("1.090593")
    early = bench.value("auc_mean", "ng/mL", MEAL, bench.meal(CURVE, {0: "-3 min"}))
    assert early.value == Decimal("1.0875")


def test_planned_times_are_used_where_the_settings_say_so(bench: Any) -> None:
    value = bench.value("auc", "ng.min/mL", MEAL | {"times": "nominal"}, bench.meal(CURVE, REAL))
    assert value.value == Decimal("130.5")
    assert value.notes == bench.value("auc", "ng.min/mL", MEAL | {"times": "nominal"}, bench.meal(CURVE)).notes == ()


def test_samples_without_a_real_time_count_at_their_planned_time_and_are_named(bench: Any) -> None:
    value = bench.value("auc", "ng.min/mL", MEAL, bench.meal(CURVE, {time: f"{time} min" for time in (0, 15, 30, 60)}))
    assert value.value == Decimal("130.5")
    assert value.notes == ("no real time reported for 90 min, 120 min: the planned time is used",)


def test_a_sample_outside_the_window_keeps_its_real_time_and_is_noted(bench: Any) -> None:
    # 60 min drawn at 75: 45*(1.12+1.00)/2 + 15*(1.00+1.15)/2 = 63.825 in place of 64.05.
    value = bench.value("auc", "ng.min/mL", MEAL, bench.meal(CURVE, {60: "75 min"}))
    assert value.value == Decimal("130.275")
    assert "the 60 min sample was drawn at 75 min, more than 10 min off; its real time is used" in value.notes
    narrow = bench.value("auc", "ng.min/mL", MEAL | {"sampling_window": "5 min"}, bench.meal(CURVE, {60: "66 min"}))
    assert "the 60 min sample was drawn at 66 min, more than 5 min off; its real time is used" in narrow.notes
    at_edge = bench.value("auc", "ng.min/mL", MEAL, bench.meal(CURVE, {60: "70 min"}))
    assert not any("off" in note for note in at_edge.notes)


@pytest.mark.parametrize("actual", [{60: "90 min"}, {60: "95 min"}, {15: "0 min"}, {120: "85 min"}])
def test_real_times_out_of_order_give_a_reason(bench: Any, actual: dict[int, str]) -> None:
    answer = bench.derive("auc_mean", "ng/mL", MEAL, bench.meal(CURVE, actual))
    assert isinstance(answer, Reason)
    assert answer.because.startswith("the real times of the samples are not in the order of the plan: ")


def test_a_real_time_that_is_no_length_of_time_gives_a_reason(bench: Any) -> None:
    answer = bench.derive("auc_mean", "ng/mL", MEAL, bench.meal(CURVE, {30: "08:31"}))
    assert answer == Reason(
        "the real time '08:31' of the 30 min sample: expected minutes from the start of the test, such as '31 min'"
    )


def test_hours_are_minutes_too(bench: Any) -> None:
    samples = [bench.one(f"{level} ng/mL", sample=f"{time} min", entry=time) for time, level in CURVE.items()]
    samples[3] = bench.one("1.00 ng/mL", sample="1 h", entry=60)
    assert bench.value("auc", "ng.min/mL", MEAL | {"to": "2 h"}, samples).value == Decimal("130.5")


# --- The start ------------------------------------------------------------------------------------------------------


def test_the_sample_at_the_start_alone_is_the_baseline_value_unless_settings_say_otherwise(bench: Any) -> None:
    # The mean of 0.90 and 0.70 is 0.80: 7.5*0.10 more.
    meal = bench.meal({-10: "0.90", **CURVE})
    value = bench.value("auc", "ng.min/mL", MEAL, meal)
    assert value.value == Decimal("130.5")
    assert value.entries == (102, 103, 104, 105, 106, 107)
    basal = bench.value("auc", "ng.min/mL", MEAL | {"baseline_value": "mean of basal"}, meal)
    assert basal.value == Decimal("131.25")
    assert basal.entries == (101, 102, 103, 104, 105, 106, 107)
    assert "value at the start: mean of the samples at -10 min, 0 min" in basal.notes


def test_the_sample_before_stands_for_a_missing_start(bench: Any) -> None:
    # 0.90 in place of 0.70 at 0 min: 7.5*0.20 more.
    value = bench.value("auc", "ng.min/mL", MEAL, bench.meal({-10: "0.90", **without(0)}, {-10: "-9 min"}))
    assert value.value == Decimal("132")
    assert value.entries == (101, 103, 104, 105, 106, 107)
    assert value.notes[0] == "missing at 0 min (sample haemolysed): the sample at -10 min stands for it"


def test_a_missing_start_gives_a_reason_where_nothing_may_stand_for_it(bench: Any) -> None:
    because = Reason("not evaluable: missing at 0 min (sample haemolysed)")
    meal = bench.meal({-10: "0.90", **without(0)})
    assert bench.derive("auc", "ng.min/mL", MEAL | {"start_missing": "not evaluable"}, meal) == because
    assert bench.derive("auc", "ng.min/mL", MEAL, bench.meal(without(0))) == because


# --- Missing samples ------------------------------------------------------------------------------------------------


def test_a_missing_last_sample_is_not_evaluable_by_default(bench: Any) -> None:
    answer = bench.derive("auc_mean", "nmol/L", MEAL, bench.meal(without(120)))
    assert answer == Reason("not evaluable: missing at 120 min (sample haemolysed)")


def test_the_last_value_is_carried_where_the_settings_say_so(bench: Any, six: Six) -> None:
    value = bench.value("auc_mean", "nmol/L", MEAL | {"end_missing": "carry last"}, bench.meal(without(120)))
    assert six(value.value) == Decimal("0.355512")
    assert "missing at 120 min (sample haemolysed): the value at 90 min carried" in value.notes
    assert value.entries == (101, 102, 103, 104, 105)


def test_the_mean_up_to_90_min_is_an_endpoint_of_its_own(bench: Any, six: Six) -> None:
    value = bench.value("auc_mean", "nmol/L", MEAL | {"to": "90 min"}, bench.meal(without(120)))
    assert six(value.value) == Decimal("0.347097")


def test_one_interior_gap_is_crossed_by_a_straight_line(bench: Any) -> None:
    # 60*(1.12+1.15)/2 = 68.1 in place of 31.8 + 32.25 = 64.05.
    value = bench.value("auc", "ng.min/mL", MEAL, bench.meal(without(60)))
    assert value.value == Decimal("134.55")
    assert "missing at 60 min (sample haemolysed): straight line across" in value.notes


def test_a_time_that_nobody_recorded_is_missing_too(bench: Any) -> None:
    rest = {time: level for time, level in CURVE.items() if time != 60}
    value = bench.value("auc", "ng.min/mL", MEAL, bench.meal(rest))
    assert value.value == Decimal("134.55")
    assert "missing at 60 min (not recorded): straight line across" in value.notes


def test_an_interior_gap_is_not_evaluable_where_the_settings_say_so(bench: Any) -> None:
    answer = bench.derive("auc", "ng.min/mL", MEAL | {"interior_gap": "not evaluable"}, bench.meal(without(60)))
    assert answer == Reason("not evaluable: missing at 60 min (sample haemolysed)")


@pytest.mark.parametrize("times", [(30, 60), (15, 90)])
def test_two_interior_gaps_are_not_evaluable_neighbours_or_not(bench: Any, times: tuple[int, int]) -> None:
    answer = bench.derive("auc", "ng.min/mL", MEAL, bench.meal(without(*times)))
    first, second = times
    expected = f"missing at {first} min (sample haemolysed), {second} min (sample haemolysed)"
    assert answer == Reason(f"not evaluable: {expected}")


def test_the_last_two_missing_are_not_evaluable_even_where_a_value_may_be_carried(bench: Any) -> None:
    settings = MEAL | {"end_missing": "carry last"}
    refused = bench.one(None, sample="120 min", entry=110, missing=MissingReason.REFUSED)
    meal = [*bench.meal(without(90))[:5], refused]
    answer = bench.derive("auc", "ng.min/mL", settings, meal)
    assert answer == Reason("not evaluable: missing at 90 min (sample haemolysed), 120 min (participant refused)")


def test_a_test_without_any_result_says_so(bench: Any) -> None:
    assert bench.derive("auc", "ng.min/mL", MEAL, []) == Reason("no result of C-peptide is recorded")


def test_a_sample_after_the_span_is_neither_needed_nor_used(bench: Any) -> None:
    value = bench.value("auc", "ng.min/mL", MEAL, bench.meal(CURVE | {150: "9.99"}))
    assert value.value == Decimal("130.5")
    assert 107 not in value.entries


# --- No guesses -----------------------------------------------------------------------------------------------------


def test_a_time_outside_the_plan_gives_a_reason(bench: Any) -> None:
    answer = bench.derive("auc", "ng.min/mL", MEAL, bench.meal(CURVE | {45: "1.0"}))
    assert answer == Reason("the sample '45 min' is none of the planned times (-10, 0, 15, 30, 60, 90, 120, 150 min)")
    nameless = [*bench.meal(CURVE), bench.one("1 ng/mL", entry=300)]
    assert isinstance(bench.derive("auc", "ng.min/mL", MEAL, nameless), Reason)


def test_a_sample_that_stands_twice_gives_a_reason(bench: Any) -> None:
    twice = [*bench.meal(CURVE), bench.one("1.3 ng/mL", sample="30 min", entry=300)]
    assert bench.derive("auc", "ng.min/mL", MEAL, twice) == Reason("the 30 min sample stands twice (entries 103, 300)")


def test_a_negative_level_gives_a_reason(bench: Any) -> None:
    answer = bench.derive("auc", "ng.min/mL", MEAL, bench.meal(CURVE | {30: "-1.12"}))
    assert answer == Reason("the 30 min sample is negative (-1.12 ng/mL)")


def test_other_measures_and_activities_of_the_visit_do_not_matter(bench: Any) -> None:
    others = [
        bench.one("5 mmol/L", measure="glucose", sample="30 min", entry=201),
        bench.one("9 ng/mL", activity="blood", entry=202),
    ]
    value = bench.value("auc", "ng.min/mL", MEAL, [*others, *bench.meal(CURVE)])
    assert value.value == Decimal("130.5")
    assert value.entries == (101, 102, 103, 104, 105, 106)


# --- Below the limit ------------------------------------------------------------------------------------------------

ALL_BELOW: dict[int, str | None] = dict.fromkeys(CURVE, "<0.05")
SOME_BELOW: dict[int, str | None] = dict(zip(CURVE, ("<0.05", "<0.05", "0.06", "0.09", "0.08", "0.06"), strict=True))


@pytest.mark.parametrize(
    ("levels", "policy", "expected"),
    [
        (ALL_BELOW, "half", "0.008277"),
        (ALL_BELOW, "limit", "0.016555"),
        (ALL_BELOW, "zero", "0.000000"),
        (SOME_BELOW, "half", "0.021832"),
        (SOME_BELOW, "zero", "0.020280"),
        (SOME_BELOW, "limit", "0.023384"),
    ],
)
def test_the_worked_cases_of_the_detection_limit(
    bench: Any, six: Six, levels: dict[int, str | None], policy: str, expected: str
) -> None:
    value = bench.value("auc_mean", "nmol/L", MEAL | {"below_limit": policy}, bench.meal(levels))
    assert six(value.value) == Decimal(expected)


def test_half_the_limit_is_the_default_and_is_noted_with_its_times(bench: Any) -> None:
    value = bench.value("auc", "ng.min/mL", MEAL, bench.meal(ALL_BELOW))
    assert value.value == Decimal(3)
    some = bench.value("auc", "ng.min/mL", MEAL, bench.meal(SOME_BELOW))
    assert some.value == Decimal("7.9125")
    assert "below the limit of 0.05 ng/mL, taken as half of it (at 0 min, 15 min)" in some.notes


def test_a_mean_is_below_the_limit_when_all_its_samples_are_or_it_is_lower_than_the_limit(bench: Any) -> None:
    one_above: dict[int, str | None] = ALL_BELOW | {60: "0.06"}
    assert bench.value("auc_mean", "nmol/L", MEAL | {"below_limit": "limit"}, bench.meal(ALL_BELOW)).below_limit
    assert bench.value("auc", "nmol.min/L", MEAL, bench.meal(one_above)).below_limit
    assert not bench.value("auc_mean", "nmol/L", MEAL, bench.meal(SOME_BELOW)).below_limit
    assert not bench.value("auc_mean", "nmol/L", MEAL, bench.meal(CURVE)).below_limit


# --- Settings -------------------------------------------------------------------------------------------------------


def test_every_bad_setting_is_named_at_once(bench: Any) -> None:
    settings = {
        "activity": "meal_test",
        "measure": "insulin",
        "from": "5 min",
        "to": 120,
        "times": "real",
        "interior_gap": "guess",
        "sampling_window": "10",
        "windo": "x",
    }
    with pytest.raises(InputError) as raised:
        bench.derive("auc_mean", "nmol/L", settings, [])
    wheres = [issue.where.removeprefix("endpoints/tried/settings/") for issue in raised.value.issues]
    assert sorted(wheres) == sorted(["windo", "measure", "from", "to", "times", "interior_gap", "sampling_window"])


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"activity": "lunch"}, "activity"),
        ({"activity": "diary"}, "activity"),
        ({"measure": "well"}, "measure"),
        ({"measure": "unheard_of"}, "measure"),
        ({"to": "0 min"}, "to"),
        ({"from": "60 min", "to": "30 min"}, "to"),
        ({"sampling_window": "-5 min"}, "sampling_window"),
        ({"below_limit": "a third"}, "below_limit"),
    ],
)
def test_a_setting_that_cannot_be_is_an_issue(bench: Any, changed: dict[str, str], where: str) -> None:
    with pytest.raises(InputError) as raised:
        bench.derive("auc", "nmol.h/L", MEAL | changed, [])
    assert f"endpoints/tried/settings/{where}" in {issue.where for issue in raised.value.issues}


def test_a_setting_left_out_that_has_no_default_is_missing(bench: Any) -> None:
    with pytest.raises(InputError) as raised:
        bench.derive("auc", "nmol.h/L", {}, [])
    assert {issue.rule for issue in raised.value.issues} == {"derivation/setting-missing"}
    missing = [issue.where for issue in raised.value.issues]
    assert missing == [f"endpoints/tried/settings/{name}" for name in ("activity", "measure", "from", "to")]
