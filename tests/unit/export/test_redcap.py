"""The files for REDCap, read as a CSV reader reads them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from armlet.export.format import load_format
from armlet.export.results_form.locked import LockedTrial
from armlet.ledger.events import AdverseEventReported

Make = Callable[..., LockedTrial]


def read(trial: LockedTrial, kind: str) -> list[dict[str, str]]:
    """One of the files, as rows by column."""
    files = load_format("redcap").export(trial).files
    return list(csv.DictReader(io.StringIO(files[f"SIMULATED-breeze-redcap-{kind}.csv"].decode())))


def test_every_column_of_the_data_is_in_the_dictionary_or_one_of_redcaps_own(locked: Make) -> None:
    trial = locked()
    names = [row["Variable / Field Name"] for row in read(trial, "dictionary")]
    columns = list(read(trial, "data")[0])

    assert names[0] == "record_id"
    assert columns == ["record_id", "redcap_repeat_instrument", "redcap_repeat_instance", *names[1:]]
    assert len(set(names)) == len(names)


def test_a_form_that_repeats_has_a_row_for_each_time(locked: Make) -> None:
    rows = [row for row in read(locked(), "data") if row["redcap_repeat_instrument"] == "exercise_test"]
    of_month_3 = [row for row in rows if row["exercise_test_visit"] == "month_3" and row["record_id"] == "SIMULATED-P1"]

    assert [row["exercise_test_sample"] for row in of_month_3] == ["0 min", "10 min", "30 min"]
    assert [row["exercise_test_fev1"] for row in of_month_3] == ["2.777", "2.555", ""]
    assert [row["exercise_test_fev1_missing"] for row in of_month_3] == ["", "", "sample lost"]
    assert [row["redcap_repeat_instance"] for row in of_month_3] == ["4", "5", "6"]


def test_only_forms_that_repeat_are_listed_as_such(locked: Make) -> None:
    listed = [row["form_name"] for row in read(locked(), "repeating")]

    assert "exercise_test" in listed
    assert "participant" not in listed


def test_choices_and_yes_or_no_are_spelt_as_redcap_spells_them(locked: Make) -> None:
    trial = locked()
    dictionary = {row["Variable / Field Name"]: row for row in read(trial, "dictionary")}
    once = [row for row in read(trial, "data") if not row["redcap_repeat_instrument"]]

    assert dictionary["screening_sex"]["Field Type"] == "dropdown"
    assert "female, female | male, male" in dictionary["screening_sex"]["Choices, Calculations, OR Slider Labels"]
    assert [row["participant_given_wholly"] for row in once if row["record_id"] == "SIMULATED-P1"] == ["1"]


def test_every_row_of_invented_people_says_so(locked: Make) -> None:
    assert {row["record_id"].startswith("SIMULATED-") for row in read(locked(), "data")} == {True}


def test_a_formula_in_words_of_people_is_disarmed_and_a_negative_number_is_not(locked: Make) -> None:
    trial = locked()
    one = trial.data.state.participants["P1"]
    one.adverse_events.append(trial_event := _event(trial, '=HYPERLINK("x")'))
    held = one.held["month_3"]
    one.held["month_3"] = held.model_copy(update={"days_off": -2})

    rows = read(trial, "data")

    assert trial_event.term.startswith("=")
    assert '\'=HYPERLINK("x")' in {row["adverse_event_term"] for row in rows}
    assert "-2" in {row["visit_days_off"] for row in rows}


def _event(trial: LockedTrial, term: str) -> AdverseEventReported:
    known = next(event for one in trial.data.state.participants.values() for event in one.adverse_events)
    return known.model_copy(update={"participant": "P1", "term": term})
