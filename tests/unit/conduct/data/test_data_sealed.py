"""A value that is sealed opens no query, is entered once, and tells nothing in what is signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from armlet.conduct import commands as c
from armlet.conduct.data import commands as k
from armlet.conduct.intake.commands import ImportedRow, ImportResults
from armlet.ledger.data_events import Meaning, QueryOpened, RetractionReason
from armlet.ledger.events import ResultSealed
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Protocol, Role
from tests.unit.conduct.conftest import BASE, Life
from tests.unit.conduct.data.conftest import DataLife, managed

MONTH_3 = date(2021, 7, 15)


def telling() -> Protocol:
    """The trial in which the reliever tells the arm."""
    protocol = managed(load_protocol(BASE), critical=["reliever"])
    plain = protocol.model_dump(mode="json", by_alias=True, exclude_none=True)
    for measure in plain["measures"]:
        measure["tells_arm"] = measure["id"] == "reliever"
    return Protocol.from_plain(plain)


def dose(value: str, *, confirmed: bool = False) -> c.RecordResult:
    return c.RecordResult("P1", "month_3", "reliever_diary", "reliever", value, "ug/d", "day 1", confirmed=confirmed)


@pytest.fixture
def sealed() -> DataLife:
    life = Life(telling())
    life.opens()
    life.does(c.PublishSealingKey("0" * 63 + "9"))
    life.gives()
    data = DataLife(life)
    data.on(MONTH_3).does(c.HoldVisit("P1", "month_3", MONTH_3))
    return data


def test_a_telling_value_that_breaks_a_check_is_refused_until_it_is_confirmed_and_opens_no_query(
    sealed: DataLife,
) -> None:
    assert sealed.refuses(dose("2000")) == ["edit-check"]
    first = sealed.does(dose("2000", confirmed=True))
    entries = [chained.event for chained in sealed.life.store.read(after=first - 1)]
    assert [type(event) for event in entries] == [ResultSealed]
    assert sealed.refuses(c.CorrectResult(first, "1900", "ug/d", "A slip.")) == ["edit-check"]
    sealed.does(c.CorrectResult(first, "190", "ug/d", "A slip."))
    assert sealed.state.data.queries == {}


def test_each_telling_row_of_a_file_is_confirmed_by_itself_and_opens_no_query_of_what_is_open(sealed: DataLife) -> None:
    none = "sha256:" + "0" * 64
    place = ("P1", "month_3", "reliever_diary", "reliever")
    row = ImportedRow(*place, "day 1", "2000", "ug/d", confirmed=True)
    unchecked = ImportedRow(*place, "day 2", "2001", "ug/d")
    file = ImportResults("lab", "1", none, none, none, 2, rows=(row, unchecked))
    assert sealed.refuses(file, "Dora Data", Role.DATA_MANAGER) == ["edit-check"]
    first = sealed.manager(replace(file, rows=(row, replace(unchecked, confirmed=True))))
    kinds = [chained.event.kind for chained in sealed.life.store.read(after=first - 1)]
    assert kinds == ["result sealed", "result sealed", "results imported"]
    assert sealed.state.data.queries == {}


def test_the_strand_has_the_same_entries_whatever_the_telling_value_was() -> None:
    kinds = []
    for value in ("100", "2000"):
        life = Life(telling())
        life.opens()
        life.does(c.PublishSealingKey("0" * 63 + "9"))
        life.gives()
        data = DataLife(life)
        data.on(MONTH_3).does(c.HoldVisit("P1", "month_3", MONTH_3))
        data.does(dose(value, confirmed=True))
        kinds.append([chained.event.kind for chained in life.store.read()])
    assert kinds[0] == kinds[1]


def test_a_sealed_value_is_not_entered_a_second_time(sealed: DataLife) -> None:
    sealed.does(dose("100"))
    again = k.EnterAgain("P1", "month_3", "reliever_diary", "reliever", "100", "ug/d", "day 1")
    assert sealed.refuses(again, "Cy") == ["sealed-already"]


def test_a_sealed_value_is_retracted_without_words(sealed: DataLife) -> None:
    first = sealed.does(dose("100"))
    sealed.does(k.RetractResult(first, RetractionReason.WRONG_PARTICIPANT))
    assert not [key for key in sealed.life.one().results if key[0] == "month_3"]


def test_a_telling_value_at_an_unscheduled_visit_is_sealed_too(sealed: DataLife) -> None:
    sealed.does(c.HoldUnscheduledVisit("P1", MONTH_3, "A fall."))
    command = c.RecordResult("P1", "unscheduled_1", "reliever_diary", "reliever", "100", "ug/d", "day 1")
    first = sealed.does(command)
    event = next(sealed.life.store.read(after=first - 1)).event
    assert isinstance(event, ResultSealed)


def test_words_of_a_query_by_somebody_unblinded_are_held(sealed: DataLife) -> None:
    number = sealed.does(k.OpenQuery("P1", "The lot was warm."), "Una", Role.UNBLINDED_MONITOR)
    event = next(sealed.life.store.read(after=number - 1)).event
    assert isinstance(event, QueryOpened)
    assert event.what == "(held until it is checked)"


def test_what_is_signed_of_sealed_values_is_the_same_whatever_they_are() -> None:
    prints = []
    for factor in ("00", "01"):
        life = Life(telling())
        life.opens()
        life.does(c.PublishSealingKey("0" * 63 + "9"))
        life.gives()
        data = DataLife(life)
        data.on(MONTH_3).does(c.HoldVisit("P1", "month_3", MONTH_3))
        for day in range(1, 8):
            value = f"{day}{factor}"
            data.does(c.RecordResult("P1", "month_3", "reliever_diary", "reliever", value, "ug/d", f"day {day}"))
        data.signs(k.Sign("P1", Meaning.REVIEW, "month_3", "reliever_diary"))
        prints.append(data.state.data.marks[-1].event.fingerprint)
    assert prints[0] == prints[1]
