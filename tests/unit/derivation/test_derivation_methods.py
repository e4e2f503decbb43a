"""Fasting, peak, daily dose and single values; expected numbers by hand or from the domain's worked cases."""

from __future__ import annotations

import ast
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import armlet.derivation
from armlet.conduct.observation import Observation
from armlet.derivation.derive import load_methods
from armlet.derivation.derived import Reason
from armlet.errors import InputError

Six = Callable[[Decimal], Decimal]
LEVELS: dict[int, str | None] = {-10: "0.72", 0: "0.70", 15: "1.11", 30: "1.26", 60: "1.00", 90: "1.26", 120: "1.15"}
TEST = {"activity": "meal_test", "measure": "c_peptide"}
SPAN = TEST | {"from": "0 min", "to": "120 min"}
DOSE = {"activity": "diary", "measure": "insulin", "weight": "weight"}
A1C = {"activity": "blood", "measure": "hba1c"}


def issues_at(raised: pytest.ExceptionInfo[InputError]) -> set[str]:
    return {issue.where.removeprefix("endpoints/tried/settings/") for issue in raised.value.issues}


def test_every_method_says_its_label_and_source_and_bears_the_name_of_its_module() -> None:
    methods = load_methods()
    assert list(methods) == [
        "antibody_positive",
        "auc",
        "auc_incremental",
        "auc_incremental_positive",
        "auc_mean",
        "auc_ratio",
        "combined",
        "daily_dose_per_weight",
        "daily_insulin",
        "diabetic_ketoacidosis",
        "dose_per_weight",
        "event_rate",
        "fasting",
        "haemoglobin_a1c",
        "idaa1c",
        "insulin_independence",
        "peak",
        "quantitative_response",
        "reaches",
        "responder",
        "single_value",
        "stimulated",
        "stimulated_rise",
        "time_in_state",
        "time_to_peak",
        "titre_change",
    ]
    assert all(method.name == name and method.label and method.source for name, method in methods.items())


BINARY = {"arrays.py", "frames.py"}
"""The path on arrays, which nothing that runs a trial may import; it is held to the decimal path by laws."""


def test_no_float_and_no_arm_stands_in_the_package() -> None:
    for path in Path(armlet.derivation.__file__).parent.rglob("*.py"):
        if path.name in BINARY:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        numbers = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        assert not any(isinstance(number, float) for number in numbers), path
        assert not {"float", "arm", "arms"} & (names | attributes | arguments), path


# --- Fasting --------------------------------------------------------------------------------------------------------


def test_fasting_is_the_mean_of_the_samples_up_to_the_start(bench: Any) -> None:
    value = bench.value("fasting", "ng/mL", TEST, bench.meal(LEVELS))
    assert value.value == Decimal("0.71")
    assert value.entries == (101, 102)
    assert value.notes == ("mean of the samples at -10 min, 0 min",)


def test_fasting_takes_the_sample_there_is_and_says_which_is_missing(bench: Any) -> None:
    value = bench.value("fasting", "ng/mL", TEST, bench.meal(LEVELS | {0: None}))
    assert value.value == Decimal("0.72")
    assert value.notes == ("mean of the samples at -10 min", "missing at 0 min (sample haemolysed)")


def test_fasting_without_a_basal_sample_has_a_reason(bench: Any) -> None:
    answer = bench.derive("fasting", "ng/mL", TEST, bench.meal(LEVELS | {0: None, -10: None}))
    expected = "missing at -10 min (sample haemolysed), 0 min (sample haemolysed)"
    assert answer == Reason(f"no fasting sample: {expected}")


def test_fasting_below_the_limit_is_half_of_it_and_marked(bench: Any) -> None:
    value = bench.value("fasting", "ng/mL", TEST, bench.meal(LEVELS | {0: "<0.05", -10: "<0.05"}))
    assert value.value == Decimal("0.025")
    assert value.below_limit


def test_fasting_needs_a_test_with_a_sample_up_to_the_start(bench: Any) -> None:
    with pytest.raises(InputError) as raised:
        bench.derive("fasting", "mmol/L", {"activity": "late_test", "measure": "glucose"}, [])
    assert issues_at(raised) == {"activity"}


# --- Peak -----------------------------------------------------------------------------------------------------------


def test_the_peak_is_the_first_of_equal_maxima_after_the_start(bench: Any, six: Six) -> None:
    value = bench.value("peak", "nmol/L", SPAN, bench.meal(LEVELS, {30: "33 min"}))
    assert six(value.value) == Decimal("0.417178")  # 1.26 * 0.331094034
    assert value.notes[0] == "highest at 30 min (drawn at 33 min)"
    assert value.entries == (103, 104, 105, 106, 107)


def test_the_start_is_no_peak_and_the_end_may_be(bench: Any) -> None:
    falling = bench.meal(LEVELS | {0: "9.00", 120: "1.30", 150: "8.00"})
    value = bench.value("peak", "ng/mL", SPAN, falling)
    assert value.value == Decimal("1.3")
    assert value.notes[0] == "highest at 120 min"


def test_a_peak_with_one_sample_missing_may_be_too_low_and_says_so(bench: Any) -> None:
    value = bench.value("peak", "ng/mL", SPAN, bench.meal(LEVELS | {60: None}))
    assert value.value == Decimal("1.26")
    assert "missing at 60 min (sample haemolysed): the peak may be too low" in value.notes


@pytest.mark.parametrize("times", [(120,), (15, 60)])
def test_a_peak_without_the_last_sample_or_without_two_has_a_reason(bench: Any, times: tuple[int, ...]) -> None:
    answer = bench.derive("peak", "ng/mL", SPAN, bench.meal(LEVELS | dict.fromkeys(times)))
    assert isinstance(answer, Reason)
    assert all(f"{time} min (sample haemolysed)" in answer.because for time in times)


def test_a_peak_below_the_limit_is_marked(bench: Any) -> None:
    value = bench.value("peak", "ng/mL", SPAN, bench.meal(dict.fromkeys(LEVELS, "<0.05")))
    assert value.value == Decimal("0.025")
    assert value.below_limit


# --- Daily dose -----------------------------------------------------------------------------------------------------


def diary(bench: Any, doses: dict[str, str | None], weight: str | None = "60 kg") -> list[Observation]:
    """A diary by day, entries from 1; the weight is entry 50."""
    days = [
        bench.one(dose, activity="diary", measure="insulin", sample=day, entry=place)
        for place, (day, dose) in enumerate(doses.items(), start=1)
    ]
    scales = bench.one(weight, activity="scales", measure="weight", entry=50)
    return [*days, scales]


def week(*doses: str | None) -> dict[str, str | None]:
    return {f"day {number}": dose for number, dose in enumerate(doses, start=1)}


def test_the_divisor_is_the_days_recorded_and_not_the_length_of_the_diary(bench: Any) -> None:
    # 20+22+24+26+28 = 120 IU over 5 days recorded of 7: 24 a day, for 60 kg 0.4. Over 7 days it would be 0.285714.
    observations = diary(bench, week("20 [IU]", "22 [IU]", "24 [IU]", None, "26 [IU]", None, "28 [IU]"))
    value = bench.value("daily_dose_per_weight", "[IU]/kg/d", DOSE, observations)
    assert value.value == Decimal("0.4")
    assert value.entries == (1, 2, 3, 5, 7, 50)
    assert value.notes == ("mean of 5 of 7 days; weight 60 kg",)


def test_a_recorded_zero_is_a_day_and_a_blank_is_none(bench: Any) -> None:
    zeros = diary(bench, week("0 [IU]", "0 [IU]", "30 [IU]", "30 [IU]", "15 [IU]", None, None))
    assert bench.value("daily_dose_per_weight", "[IU]/kg/d", DOSE, zeros).value == Decimal("0.25")
    none_at_all = diary(bench, week(*["0 [IU]"] * 7))
    assert bench.value("daily_dose_per_weight", "[IU]/kg/d", DOSE, none_at_all).value == 0


def test_too_few_days_give_a_reason_and_the_endpoint_may_ask_for_fewer(bench: Any) -> None:
    observations = diary(bench, week("20 [IU]", "22 [IU]", "24 [IU]", "26 [IU]", None, None, None))
    answer = bench.derive("daily_dose_per_weight", "[IU]/kg/d", DOSE, observations)
    assert answer == Reason("4 days have a dose; at least 5 needed")
    fewer = bench.value("daily_dose_per_weight", "[IU]/kg/d", DOSE | {"at_least": 4}, observations)
    assert fewer.value == Decimal("23") / Decimal("60")


def test_doses_reported_per_day_and_weights_in_grams_are_the_same(bench: Any) -> None:
    observations = diary(bench, week(*["24 [IU]/d"] * 7), "60000 g")
    assert bench.value("daily_dose_per_weight", "[IU]/kg/d", DOSE, observations).value == Decimal("0.4")


def test_the_weight_of_the_visit_must_be_there_once_and_above_zero(bench: Any) -> None:
    doses = week(*["24 [IU]"] * 7)

    def because(observations: list[Observation]) -> str:
        answer = bench.derive("daily_dose_per_weight", "[IU]/kg/d", DOSE, observations)
        assert isinstance(answer, Reason)
        return answer.because

    second = bench.one("61 kg", activity="scales", measure="weight", entry=51)
    assert because(diary(bench, doses, None)) == "no result of Weight at this visit"
    assert because(diary(bench, doses)[:-1]) == "no result of Weight at this visit"
    assert because([*diary(bench, doses), second]) == "Weight stands 2 times (entries 50, 51)"
    assert because(diary(bench, doses, "0 kg")) == "Weight is 0 kg; it must be more than 0"


def test_an_implausible_weight_is_noted(bench: Any) -> None:
    value = bench.value("daily_dose_per_weight", "[IU]/kg/d", DOSE, diary(bench, week(*["24 [IU]"] * 7), "600 kg"))
    assert "the weight 600 kg is outside the plausible range 30 kg to 200 kg" in value.notes


def test_a_day_that_stands_twice_and_a_dose_in_another_kind_of_unit_give_a_reason(bench: Any) -> None:
    doses = week(*["24 [IU]"] * 7)
    again = bench.one("24 [IU]", activity="diary", measure="insulin", sample="day 2", entry=60)
    twice = bench.derive("daily_dose_per_weight", "[IU]/kg/d", DOSE, [*diary(bench, doses), again])
    assert twice == Reason("the diary has the same day twice (day 2)")
    volume = bench.derive("daily_dose_per_weight", "[IU]/kg/d", DOSE, diary(bench, doses | {"day 3": "0.24 mL"}))
    assert isinstance(volume, Reason)
    assert "0.24 mL" in volume.because
    negative = bench.derive("daily_dose_per_weight", "[IU]/kg/d", DOSE, diary(bench, doses | {"day 3": "-4 [IU]"}))
    assert negative == Reason("a daily dose is negative")


def test_how_many_days_suffice_must_be_said_and_can_be_reached(bench: Any) -> None:
    with pytest.raises(InputError) as unsaid:
        bench.derive("daily_dose_per_weight", "[IU]/kg/d", DOSE | {"activity": "open_diary"}, [])
    assert issues_at(unsaid) == {"at_least"}
    with pytest.raises(InputError) as too_many:
        bench.derive("daily_dose_per_weight", "[IU]/kg/d", DOSE | {"at_least": 8}, [])
    assert issues_at(too_many) == {"at_least"}
    with pytest.raises(InputError) as others:
        bench.derive("daily_dose_per_weight", "[IU]/kg/d", {"activity": "diary", "at_least": 0, "weight": "well"}, [])
    assert issues_at(others) == {"at_least", "weight", "measure"}


# --- Single values --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reported", "expected"),
    [("48", "6.543040"), ("53", "7.000440"), ("64", "8.006720"), ("75", "9.013000")],
)
def test_glycated_haemoglobin_becomes_ngsp_per_cent_where_the_settings_say_so(
    bench: Any, reported: str, expected: str
) -> None:
    observation = bench.one(f"{reported} mmol/mol", activity="blood", measure="hba1c", entry=8)
    value = bench.value("single_value", "%", A1C | {"scale": "ngsp"}, [observation])
    assert value.value == Decimal(expected)
    assert value.entries == (8,)
    assert value.notes == ("from mmol/mol (IFCC) to % by the NGSP master equation: 0.09148 x + 2.152",)


def test_mmol_per_mol_never_becomes_per_cent_by_itself(bench: Any) -> None:
    observation = bench.one("53 mmol/mol", activity="blood", measure="hba1c")
    answer = bench.derive("single_value", "%", A1C, [observation])
    assert isinstance(answer, Reason)
    assert "53 mmol/mol cannot be expressed in %" in answer.because
    assert bench.value("single_value", "mmol/mol", A1C, [observation]).value == 53


def test_per_cent_is_kept_on_the_ngsp_scale_with_a_note_and_ngsp_is_never_in_mmol_per_mol(bench: Any) -> None:
    observation = bench.one("7.0 %", activity="blood", measure="hba1c")
    value = bench.value("single_value", "%", A1C | {"scale": "ngsp"}, [observation])
    assert value.value == 7
    assert value.notes == ("reported in %: taken as NGSP, not as an older national scale",)
    assert isinstance(bench.derive("single_value", "mmol/mol", A1C | {"scale": "ngsp"}, [observation]), Reason)


def test_a_single_value_is_converted_or_missing_or_stands_twice(bench: Any, six: Six) -> None:
    settings = {"activity": "blood", "measure": "c_peptide"}
    one = bench.one("1 ng/mL", activity="blood", entry=4)
    value = bench.value("single_value", "nmol/L", settings, [one])
    assert six(value.value) == Decimal("0.331094")
    missing = bench.one(None, activity="blood")
    assert bench.derive("single_value", "nmol/L", settings, []) == Reason("no result of C-peptide is recorded")
    answer = bench.derive("single_value", "nmol/L", settings, [missing])
    assert answer == Reason("C-peptide is missing (sample haemolysed)")
    twice = [one, bench.one("2 ng/mL", activity="blood", sample="b", entry=5)]
    answer = bench.derive("single_value", "nmol/L", settings, twice)
    assert answer == Reason("C-peptide stands 2 times (entries 4, 5)")


def test_a_single_value_below_the_limit_is_half_of_it_and_marked(bench: Any) -> None:
    value = bench.value(
        "single_value",
        "ng/mL",
        {"activity": "blood", "measure": "c_peptide"},
        [bench.one("<0.05 ng/mL", activity="blood")],
    )
    assert value.value == Decimal("0.025")
    assert value.below_limit


def test_a_timed_test_has_no_single_value(bench: Any) -> None:
    with pytest.raises(InputError) as raised:
        bench.derive("single_value", "nmol/L", TEST | {"scale": "mono-s"}, [])
    assert issues_at(raised) == {"activity", "scale"}
