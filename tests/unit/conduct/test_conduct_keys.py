"""The same act asked again under its key: answered as before, and not done twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from armlet.conduct import commands as c
from armlet.conduct.commands import By
from armlet.conduct.decide import Accepted, Refused
from armlet.conduct.door import Door, digest_of_wish
from armlet.ledger import events as e
from armlet.protocol.model import Role

MISS = c.MissVisit("P1", "month_3", "Snow.")


def keyed(life: Any, command: c.Command, key: str) -> By:
    return replace(life.by(command), key=key)


def test_an_act_asked_twice_under_one_key_has_one_answer_and_is_done_once(life: Any) -> None:
    life.gives()
    by = keyed(life, MISS, "K1")
    first = life.door.ask(MISS, by)
    head = life.store.head()

    later = replace(by, occurred=by.occurred + timedelta(hours=1))
    again = Door(life.protocol, life.store, life.door._clock).ask(MISS, later)

    assert isinstance(first, Accepted)
    assert again == first == Accepted((e.VisitMissed(participant="P1", visit="month_3", why="Snow."),))
    assert life.store.head() == head


def test_an_act_of_several_events_is_answered_with_all_of_them(life: Any) -> None:
    opening = c.OpenTrial(simulated=True)
    first = life.door.ask(opening, keyed(life, opening, "K1"))
    assert isinstance(first, Accepted)
    assert len(first.events) > 1
    assert life.door.ask(opening, keyed(life, opening, "K1")) == first


@pytest.mark.parametrize("other", ["another visit", "another person"])
def test_a_key_is_of_one_act_and_of_one_person(life: Any, other: str) -> None:
    life.gives()
    by = keyed(life, MISS, "K1")
    assert isinstance(life.door.ask(MISS, by), Accepted)
    command = c.MissVisit("P1", "month_1", "Snow.") if other == "another visit" else MISS
    who = by if other == "another visit" else replace(by, actor="Bo Example")

    answer = life.door.ask(command, who)

    assert isinstance(answer, Refused)
    assert [issue.rule for issue in answer.issues] == ["conduct/key-used"]


def test_what_was_refused_under_a_key_is_decided_anew_when_it_is_asked_again(life: Any) -> None:
    life.consents()
    enrol = c.Enrol("P1")
    assert isinstance(life.door.ask(enrol, keyed(life, enrol, "K1")), Refused)
    life.does(c.Screen("P1", life.answers, life.now.date()))
    assert isinstance(life.door.ask(enrol, keyed(life, enrol, "K1")), Accepted)


def test_an_act_without_a_key_leaves_none(life: Any) -> None:
    life.opens()
    assert {(one.entry.key, one.entry.asked) for one in life.store.read()} == {(None, None)}


@pytest.mark.parametrize("key", ["", "k" * 101])
def test_a_key_that_no_entry_can_hold_is_refused(life: Any, key: str) -> None:
    opening = c.OpenTrial(simulated=True)
    life.refuses(opening, "key", "expected 1 to 100", by=keyed(life, opening, key))


def test_entries_with_words_have_a_salt_and_others_none(life: Any) -> None:
    life.gives()
    life.does(MISS)
    salts = {one.event.kind: one.entry.salt for one in life.store.read()}
    assert salts["visit held"] is None
    assert len(salts["visit missed"] or "") == 32


def test_every_kind_of_wish_can_be_told_from_others_by_its_digest() -> None:
    by = By("Ada", Role.SPONSOR, datetime(2021, 1, 1, tzinfo=UTC))
    assert all(TypeAdapter(kind) for kind in get_args(c.Command))
    wishes = [
        c.HoldVisit("P1", "month_3", date(2021, 1, 1)), c.HoldVisit("P1", "month_3", date(2021, 1, 2)),
        c.DoActivity("P1", "month_3", "brushing", date(2021, 1, 1)), c.Complete(),
    ]  # fmt: skip
    assert len({digest_of_wish(wish, by) for wish in wishes}) == 4
