"""Who asks, who answers, who closes; and what the protocol's checks ask by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from armlet.conduct import commands as c
from armlet.conduct.data import commands as k
from armlet.conduct.intake.commands import ImportedRow, ImportResults
from armlet.ledger.data_events import QueryOpened
from armlet.ledger.events import MissingReason
from armlet.protocol.model import Role

SCREENED, HARVESTED = date(2021, 3, 2), date(2021, 3, 10)


def at_screening(data_life: Any) -> Any:
    data_life.life.consents()
    data_life.on(SCREENED).does(c.HoldVisit("P1", "screening", SCREENED))
    return data_life


def weigh(kilograms: str, visit: str = "screening") -> c.RecordResult:
    return c.RecordResult("P1", visit, "scales", "weight", kilograms, "kg")


def asked(data_life: Any) -> list[tuple[str | None, str, str]]:
    queries = data_life.state.data.queries.values()
    return [(one.opened.check, one.opened.visit, one.status.value) for one in queries]


def imported(*found: tuple[str, str, str, str]) -> ImportResults:
    """A file with one row for each activity, measure, value and unit, of P1 at the screening."""
    none = "sha256:" + "0" * 64
    rows = tuple(ImportedRow("P1", "screening", *one[:2], "", *one[2:]) for one in found)
    return ImportResults("lab", "1", none, none, none, len(rows), rows=rows)


def test_a_query_is_opened_answered_and_closed_by_who_opened_it(data_life: Any) -> None:
    at_screening(data_life).does(weigh("70.0"))
    number = data_life.monitor(k.OpenQuery("P1", "Which scales?", "screening", "scales", "weight"))
    assert data_life.refuses(k.CloseQuery(number), "Mo Monitor", Role.MONITOR) == ["query-unanswered"]
    data_life.does(k.AnswerQuery(number, "Those of the clinic."))
    assert data_life.refuses(k.AnswerQuery(number, "Once more.")) == ["query-answered"]
    data_life.monitor(k.CloseQuery(number))
    assert data_life.refuses(k.CloseQuery(number), "Mo Monitor", Role.MONITOR) == ["query-closed"]
    data_life.monitor(k.ReopenQuery(number, "The scales were broken."))
    assert asked(data_life) == [(None, "screening", "open")]


def test_only_the_side_that_asked_may_be_content(data_life: Any) -> None:
    at_screening(data_life)
    number = data_life.does(k.OpenQuery("P1", "Who measured?"), "Stat", Role.TRIAL_STATISTICIAN)
    data_life.does(k.AnswerQuery(number, "A nurse."))
    assert data_life.refuses(k.CloseQuery(number), "Mo Monitor", Role.MONITOR) == ["other-side"]
    assert data_life.refuses(k.CloseQuery(number), "Stat", Role.TRIAL_STATISTICIAN) == ["other-side"]
    assert data_life.refuses(k.CloseQuery(number)) == ["role"]
    data_life.manager(k.CloseQuery(number))


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (k.OpenQuery("P1", " "), "no-words"),
        (k.OpenQuery("P1", "x" * 501), "no-words"),
        (k.OpenQuery("P1", "Why?", "month_99"), "unknown-visit"),
        (k.OpenQuery("P1", "Why?", "screening", "infusion"), "unknown-activity"),
        (k.OpenQuery("P1", "Why?", "screening", "scales", "hiv"), "unknown-measure"),
        (k.ReopenQuery(2, "Why?"), "no-query"),
    ],
)
def test_a_query_is_about_something_that_is_there(data_life: Any, command: c.Command, rule: str) -> None:
    assert rule in at_screening(data_life).refuses(command, "Dora", Role.DATA_MANAGER)


def test_a_value_that_jumps_opens_a_query_in_the_same_act(data_life: Any) -> None:
    at_screening(data_life).does(weigh("70.0"))
    data_life.does(c.Screen("P1", data_life.life.answers, SCREENED), "Ada", Role.INVESTIGATOR)
    data_life.does(c.Enrol("P1"), "Ada", Role.INVESTIGATOR)
    data_life.on(date(2021, 3, 3)).does(k.RepeatVisit("P1", "screening", date(2021, 3, 3), "Broken scales."))
    first = data_life.does(weigh("84.1", "screening_repeat_1"))
    opened = data_life.state.data.queries[first + 1].opened
    assert opened == QueryOpened(
        participant="P1", visit="screening_repeat_1", activity="scales", measure="weight", check="weight_jumps",
        what=opened.what,
    )  # fmt: skip
    assert opened.what.startswith("Is this weight right? (")
    assert "20.14285714" in opened.what


def test_a_limit_belongs_to_what_is_right(data_life: Any) -> None:
    at_screening(data_life).does(weigh("70.0"))
    data_life.does(k.RepeatVisit("P1", "screening", SCREENED, "Twice a day."))
    assert asked(data_life) == []
    data_life.on(date(2021, 3, 3)).does(k.RepeatVisit("P1", "screening", date(2021, 3, 3), "Broken scales."))
    data_life.does(weigh("84.0", "screening_repeat_2"))
    assert asked(data_life) == []


def test_what_is_entered_later_is_held_against_what_came_after_it(data_life: Any) -> None:
    at_screening(data_life)
    data_life.on(date(2021, 3, 3)).does(k.RepeatVisit("P1", "screening", date(2021, 3, 3), "Broken scales."))
    data_life.does(weigh("84.1", "screening_repeat_1"))
    assert asked(data_life) == []
    data_life.does(weigh("70.0"))
    assert asked(data_life) == [("weight_jumps", "screening_repeat_1", "open")]


def test_each_sample_is_asked_about_once_while_the_query_is_open(data_life: Any) -> None:
    diary = [
        c.RecordResult("P1", "screening", "reliever_diary", "reliever", value, "ug/d", f"day {day}")
        for day, value in enumerate(("1600", "1601", "2000"), start=1)
    ]
    at_screening(data_life)
    for command in diary:
        data_life.does(command)
    queries = list(data_life.state.data.queries.values())
    assert [one.opened.sample for one in queries] == ["day 2", "day 3"]
    wrong = next(one for one in data_life.state.participants["P1"].results.values() if one.sample == "day 3")
    corrected = data_life.does(c.CorrectResult(wrong.entry, "1900", "ug/d", "Typing."))
    assert len(data_life.state.data.queries) == 2
    data_life.does(c.CorrectResult(corrected, "190", "ug/d", "Typing once more."))
    data_life.does(k.AnswerQuery(queries[1].entry, "A slip of the key, corrected."))
    data_life.manager(k.CloseQuery(queries[1].entry))
    assert [one[2] for one in asked(data_life)] == ["open", "closed"]


def test_two_fields_that_do_not_belong_together_are_asked_about(data_life: Any) -> None:
    at_screening(data_life).does(weigh("49.9"))
    assert asked(data_life) == []
    data_life.does(c.RecordResult("P1", "screening", "scales", "body_mass_index", "40.1", "kg/m2"))
    assert asked(data_life) == [("light_with_high_index", "screening", "open")]


def test_what_comes_in_one_file_is_held_against_the_rest_of_the_file_and_asked_about_once(data_life: Any) -> None:
    light = imported(("scales", "weight", "49.9", "kg"), ("scales", "body_mass_index", "40.1", "kg/m2"))
    at_screening(data_life).manager(light)
    assert asked(data_life) == [("light_with_high_index", "screening", "open")]


def test_a_file_in_which_all_belongs_together_asks_nothing(data_life: Any) -> None:
    at_screening(data_life).does(weigh("49.9"))
    first = next(one for one in data_life.state.participants["P1"].results.values() if one.measure == "weight").entry
    mended = imported(("scales", "weight", "94.9", "kg"), ("scales", "body_mass_index", "40.1", "kg/m2"))
    rows = (replace(mended.rows[0], of=first, why="Turned digits."), mended.rows[1])
    data_life.manager(replace(mended, rows=rows))
    assert asked(data_life) == []


def test_a_required_value_that_is_missing_is_asked_about(data_life: Any) -> None:
    missing = c.RecordMissing("P1", "screening", "exercise_test", "fev1", MissingReason.NOT_DONE, "5 min")
    at_screening(data_life).does(missing)
    assert asked(data_life) == [("fev1_there", "screening", "open")]


def test_a_day_that_is_out_of_order_is_asked_about_when_it_is_corrected(data_life: Any) -> None:
    at_screening(data_life)
    data_life.does(c.Screen("P1", data_life.life.answers, SCREENED), "Ada", Role.INVESTIGATOR)
    data_life.does(c.Enrol("P1"), "Ada", Role.INVESTIGATOR)
    data_life.on(HARVESTED).does(c.HoldVisit("P1", "harvest", HARVESTED))
    assert asked(data_life) == []
    data_life.does(k.CorrectVisitDate("P1", "screening", HARVESTED, "Wrong month."))
    assert asked(data_life) == []
    data_life.on(date(2021, 3, 12)).does(k.CorrectVisitDate("P1", "screening", date(2021, 3, 12), "Wrong again."))
    assert asked(data_life) == [("harvest_after_screening", "harvest", "open")]


def test_nothing_is_asked_about_what_is_not_known(data_life: Any) -> None:
    at_screening(data_life).does(c.RecordResult("P1", "screening", "scales", "body_mass_index", "40.1", "kg/m2"))
    assert asked(data_life) == []
