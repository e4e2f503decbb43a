"""Who may learn which allocation when; what is written of a refused attempt; who knows, and what the notice says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from armlet.conduct import commands as c
from armlet.conduct.accident import bound_to, seal_details
from armlet.conduct.commands import By
from armlet.conduct.decide import Accepted, Refused
from armlet.conduct.rules.unblinding import MOST_ATTEMPTS, NOT_COUNTED_FURTHER
from armlet.ledger import events as e
from armlet.ledger.box import OpeningKey
from armlet.ledger.events import UnblindingCategory as Ground
from armlet.projections.notices import newest, render_notice
from armlet.projections.who_knows import list_attempts, unblinded_participants, who_knows
from armlet.protocol.model import Role

SUSAR = c.ReportAdverseEvent(
    "P1", "rash", date(2021, 4, 15), None, 3, (e.Seriousness.HOSPITALISATION,), ("product",), expected=False
)


def emergency(who: str = "P1", name: str = "W1") -> c.GrantWarrant:
    return c.GrantWarrant(name, who, Ground.EMERGENCY, "Anaphylaxis.", "Dr Care")


def refused_by(life: Any, command: c.GrantWarrant, by: By | None = None) -> set[str]:
    decision = life.door.ask(command, by or life.by(command))
    assert isinstance(decision, Refused)
    return {issue.rule.removeprefix("conduct/") for issue in decision.issues}


def attempts(life: Any) -> list[e.UnblindingRefused]:
    return [one.event for one in life.store.read() if isinstance(one.event, e.UnblindingRefused)]


# --- The grounds ----------------------------------------------------------------------------------------------------


def test_an_emergency_needs_one_participant_and_a_second_factor(life: Any) -> None:
    life.gives()
    without = replace(life.by(emergency()), confirmed_by=" ")
    assert refused_by(life, emergency(), without) == {"second-factor"}
    assert refused_by(life, replace(emergency(), participant=None)) == {"one-participant"}
    (granted,) = life.does(emergency())
    assert granted == e.WarrantGranted(
        warrant="W1", participant="P1", category=Ground.EMERGENCY, why="Anaphylaxis.", to="Dr Care",
        confirmed_by="a code",
    )  # fmt: skip


@pytest.mark.parametrize("end", ["death", "withdrawn", "lost"])
def test_whoever_has_an_allocation_can_be_unblinded_whatever_became_of_them(life: Any, end: str) -> None:
    life.gives()
    death = replace(SUSAR, serious=(e.Seriousness.DEATH,), grade=5)
    withdrawal = c.Withdraw("P1", tuple(e.WithdrawalScope))
    life.does({"death": death, "withdrawn": withdrawal, "lost": c.LoseToFollowUp("P1", 3)}[end])
    life.does(emergency(), c.RecordRead("W1", "Dr Care"))


def test_the_participant_stays_in_follow_up(life: Any) -> None:
    life.gives()
    life.does(emergency(), c.RecordRead("W1", "Dr Care"))
    assert life.one().is_followed
    life.weighs("month_3", date(2021, 7, 15))


def test_a_second_emergency_within_ten_minutes_needs_a_reason_and_a_drill_does_not_count(life: Any) -> None:
    life.gives()
    life.does(replace(emergency(name="D1"), drill=True), emergency())
    life.now += timedelta(minutes=9, seconds=59)
    assert refused_by(life, emergency(name="W2")) == {"too-soon"}
    assert refused_by(life, replace(emergency(name="W2"), override="  ")) == {"too-soon"}
    (granted,) = life.does(replace(emergency(name="W2"), override="Both were given the wrong bag."))
    assert granted.override == "Both were given the wrong bag."
    life.now += timedelta(minutes=10)
    life.does(emergency(name="W3"))


def test_ten_minutes_are_counted_for_each_person_alone(life: Any) -> None:
    life.gives()
    life.does(emergency())
    another = replace(life.by(emergency()), actor="Bo Example")
    assert isinstance(life.door.ask(emergency(name="W2"), another), Accepted)
    same_in_other_letters = replace(life.by(emergency()), actor=" ada  EXAMPLE")
    assert refused_by(life, emergency(name="W3"), same_in_other_letters) == {"too-soon"}


@pytest.mark.parametrize(
    "change",
    [{"serious": ()}, {"related_to": ()}, {"expected": True}, {"expected": None}],
    ids=["not serious", "not related", "expected", "not judged"],
)
def test_the_safety_unit_unblinds_for_a_susar_and_for_nothing_less(life: Any, change: dict[str, Any]) -> None:
    life.gives()
    ask = c.GrantWarrant("W1", "P1", Ground.SAFETY_REPORT, "To be reported.", "Sal")
    life.does(replace(SUSAR, **change))
    assert refused_by(life, ask) == {"no-susar"}
    life.does(SUSAR, ask)


@pytest.mark.parametrize(
    ("ground", "role"),
    [
        (Ground.EMERGENCY, Role.SAFETY_UNIT),
        (Ground.SAFETY_REPORT, Role.CODE_BREAK_HOLDER),
        (Ground.SAFETY_BOARD, Role.CODE_BREAK_HOLDER),
    ],
)
def test_each_ground_has_its_own_role(life: Any, ground: Ground, role: Role) -> None:
    life.gives().does(SUSAR)
    who = None if ground is Ground.SAFETY_BOARD else "P1"
    command = c.GrantWarrant("W1", who, ground, "Needed.", "Cy")
    assert refused_by(life, command, replace(life.by(command), role=role)) == {"ground"}


def test_the_safety_board_sees_labels_before_the_lock_and_nobody_by_number(life: Any) -> None:
    life.gives()
    report = c.GrantWarrant("R1", "P1", Ground.SAFETY_BOARD, "First look.", "The board")
    assert refused_by(life, report) == {"labels-only"}
    life.does(replace(report, participant=None))


@pytest.mark.parametrize("agreed", [None, ("Ruth", "ruth "), ("Ruth", "")])
def test_planned_unblinding_takes_the_lock_and_two_people(life: Any, agreed: tuple[str, str] | None) -> None:
    life.completes()
    planned = c.GrantWarrant("W1", None, Ground.ANALYSIS, "The plan.", "Stan", agreed_by=("Ruth", "Dora"))
    assert refused_by(life, planned) == {"before-lock"}
    life.does(c.Lock(("Dora", "Sam")))
    assert refused_by(life, replace(planned, agreed_by=agreed)) == {"two-people"}
    (granted,) = life.does(planned)
    assert granted.agreed_by == ("Ruth", "Dora")


# --- Reading --------------------------------------------------------------------------------------------------------


def test_a_warrant_is_read_once_and_by_the_person_whom_it_names(life: Any) -> None:
    life.gives().does(emergency())
    life.refuses(c.RecordRead("W2", "Dr Care"), "no-warrant", "no warrant 'W2' was granted")
    life.refuses(c.RecordRead("W1", "Cy"), "other-reader", "names another person")
    (read,) = life.does(c.RecordRead("W1", " dr  care"))
    assert read == e.AllocationRead(warrant="W1", participant="P1", by="Dr Care")
    life.refuses(c.RecordRead("W1", "Dr Care"), "read-already", "is shown once")


def test_a_double_click_is_one_warrant_and_one_reading(life: Any) -> None:
    life.gives()
    for command in (emergency(), c.RecordRead("W1", "Dr Care")):
        by = replace(life.by(command), key=f"K-{type(command).__name__}")
        before = life.store.head().seq
        assert life.door.ask(command, by) == life.door.ask(command, by)
        assert life.store.head().seq == before + 1


def test_two_people_at_once_get_a_warrant_each(life: Any) -> None:
    life.gives()
    other = type(life.door)(life.protocol, life.store, life.door._clock)
    assert other.state.head == life.door.state.head
    life.does(emergency())
    by = replace(life.by(emergency()), actor="Bo Example")
    assert isinstance(other.ask(emergency(name="W2"), by), Accepted)
    assert sorted(life.state.warrants) == ["W1", "W2"]


# --- Refused attempts -----------------------------------------------------------------------------------------------


def test_a_blinded_statistician_is_refused_and_the_attempt_is_reported(life: Any) -> None:
    life.gives()
    command = c.GrantWarrant("W1", "P1", Ground.EMERGENCY, "I am curious about P1 on cells.", "Stan")
    by = By("Stan Example", Role.TRIAL_STATISTICIAN, life.now, reason="Curious.", key="K1", confirmed_by="a code")
    assert refused_by(life, command, by) == {"role"}
    (last,) = list(life.store.read())[-1:]
    assert last.event == e.UnblindingRefused(participant="P1", category=Ground.EMERGENCY, rules=("conduct/role",))
    assert (last.entry.actor, last.entry.role) == ("Stan Example", Role.TRIAL_STATISTICIAN)
    assert (last.entry.reason, last.entry.key, last.entry.asked) == (None, None, None)
    (found,) = list_attempts(life.state)
    assert (found.actor, found.participant, found.rules) == ("Stan Example", "P1", ("conduct/role",))
    notice = render_notice(life.state, newest(life.state))
    assert "an attempt to learn an allocation was refused" in notice
    assert "Stan Example (trial statistician)" in notice
    assert "urious" not in notice


def test_what_was_refused_before_the_lock_is_recorded_and_granted_after_it_under_the_same_key(life: Any) -> None:
    life.completes()
    planned = c.GrantWarrant("W1", None, Ground.ANALYSIS, "The plan.", "Stan", agreed_by=("Ruth", "Dora"))
    by = replace(life.by(planned), key="K1")
    assert refused_by(life, planned, by) == {"before-lock"}
    assert [event.rules for event in attempts(life)] == [("conduct/before-lock",)]
    life.does(c.Lock(("Dora", "Sam")))
    assert isinstance(life.door.ask(planned, by), Accepted)


@pytest.mark.parametrize("number", ["P9", "JOHN-DOE", "not a number at all", ""])
def test_a_number_that_nobody_has_is_not_written_and_answered_as_one_without_an_allocation(
    life: Any, number: str
) -> None:
    life.gives("P1").asks("P2")
    assert refused_by(life, emergency(number)) == refused_by(life, emergency("P2")) == {"not-randomised"}
    assert [event.participant for event in attempts(life)] == [None, "P2"]


def test_a_role_that_may_not_ask_is_not_told_whether_somebody_is_allocated(life: Any) -> None:
    life.gives("P1").asks("P2")
    by = replace(life.by(emergency()), role=Role.MONITOR)
    answers = [life.door.ask(emergency(who), by) for who in ("P1", "P2", "P9")]
    assert [[(issue.rule, issue.message) for issue in answer.issues] for answer in answers] == [
        [(issue.rule, issue.message) for issue in answers[0].issues]
    ] * 3


def test_a_thousand_clicks_do_not_fill_the_ledger(life: Any) -> None:
    life.gives()
    by = replace(life.by(emergency()), confirmed_by=None)
    for _ in range(1000):
        refused_by(life, emergency(), by)
    assert len(attempts(life)) == 1
    for number in range(40):
        wrong = replace(life.by(emergency()), role=list(Role)[number % 5], actor="Ada Example")
        refused_by(life, replace(emergency(), participant=None, category=list(Ground)[number % 4]), wrong)
        refused_by(life, replace(emergency(), why="" if number % 2 else "x" * 251, to=" " * (number % 3)), by)
    assert len(attempts(life)) <= MOST_ATTEMPTS


def test_the_last_attempt_that_is_written_says_that_more_may_have_followed(life: Any) -> None:
    life.gives()
    asked = [
        replace(emergency(who, name), category=ground, to=to, why=why)
        for who in ("P1", "P9")
        for name in ("W1", " ")
        for ground in (Ground.EMERGENCY, Ground.SAFETY_REPORT)
        for to in ("Dr Care", " ")
        for why in ("Needed.", "")
    ]
    by = replace(life.by(emergency()), confirmed_by=None)
    for command in asked:
        refused_by(life, command, by)
    written = attempts(life)
    assert len(asked) == 32
    assert len(written) == MOST_ATTEMPTS == 20
    assert [NOT_COUNTED_FURTHER in event.rules for event in written] == [False] * 19 + [True]
    others = replace(by, actor="Bo Example")
    refused_by(life, emergency(), others)
    assert len(attempts(life)) == 21


@pytest.mark.parametrize("actor", ["", " ", "\ud800"])
def test_an_attempt_of_nobody_is_refused_and_not_written(life: Any, actor: str) -> None:
    life.gives()
    head = life.store.head()
    refused_by(life, emergency(), replace(life.by(emergency()), actor=actor))
    assert life.store.head() == head


def test_an_attempt_stands_at_the_time_it_was_made_whatever_the_asker_says(life: Any) -> None:
    life.gives()
    by = replace(life.by(emergency()), occurred=datetime(2001, 1, 1), confirmed_by=None)  # noqa: DTZ001
    refused_by(life, emergency(), by)
    (told,) = list_attempts(life.state)
    assert told.at == life.door._clock.now()


# --- Accidents, who knows, notices ----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_anybody_may_report_what_was_learnt_by_accident_also_after_the_lock(life: Any, role: Role) -> None:
    life.locks()
    box = seal_details("", "P1", "It was cells.", bytes(range(32)))
    command = c.ReportUnblinding("P1", "Ivo", Role.INVESTIGATOR, e.LearntHow.DOCUMENT, date(2021, 5, 3), box)
    assert isinstance(life.door.ask(command, life.by(command, role)), Accepted)


def test_what_somebody_believes_to_know_is_in_a_box_of_one_size() -> None:
    key = OpeningKey(bytes(range(32)))
    told, untold = (seal_details(key.public(), "P1", words, bytes([7] * 32)) for words in ("It was cells.", ""))
    assert told is not None
    assert untold is not None
    assert len(told) == len(untold)
    assert key.open(told, bound_to("P1")) == b"It was cells."


def test_a_report_names_a_person_and_no_day_to_come(life: Any) -> None:
    life.gives()
    fine = c.ReportUnblinding("P1", "Ivo", Role.INVESTIGATOR, e.LearntHow.STAFF, date(2021, 4, 15))
    life.refuses(replace(fine, who=" "), "no-name", "nobody is named who learnt the allocation")
    life.refuses(replace(fine, on=date(2021, 4, 16)), "future", "it was learnt on 2021-04-16, which has not come")
    life.refuses(replace(fine, participant="P9"), "unknown-participant", "no participant has this number")


def test_who_knows_is_the_sum_of_readings_and_accidents_without_drills_and_board(life: Any) -> None:
    life.gives().does(SUSAR)
    start = life.now
    board = c.GrantWarrant("R1", None, Ground.SAFETY_BOARD, "First look.", "The board")
    life.does(
        replace(emergency(name="D1"), drill=True), c.RecordRead("D1", "Dr Care"), board, c.RecordRead("R1", "The board")
    )
    assert who_knows(life.state) == ()
    life.does(emergency(), c.RecordRead("W1", "Dr Care"))
    life.now += timedelta(hours=1)
    safety = c.GrantWarrant("W2", "P1", Ground.SAFETY_REPORT, "To be reported.", "Sal")
    life.does(safety, c.RecordRead("W2", "Sal"))
    life.does(c.ReportUnblinding("P1", "Ivo", Role.INVESTIGATOR, e.LearntHow.STAFF, date(2021, 4, 15)))
    assert [(one.participant, one.who, one.since - start, one.way) for one in who_knows(life.state)] == [
        ("P1", "Dr Care", timedelta(0), "emergency care"),
        ("P1", "Sal", timedelta(hours=1), "expedited safety report"),
        ("P1", "Ivo", timedelta(hours=1), "by accident: somebody on the staff said so"),
    ]
    assert unblinded_participants(life.state) == {"P1"}


def test_a_warrant_that_was_not_read_taught_nobody_anything(life: Any) -> None:
    life.gives().does(emergency())
    assert who_knows(life.state) == ()


def test_notices_have_one_length_and_hold_neither_the_reason_nor_the_warrant(life: Any) -> None:
    life.gives("P1")
    life.does(emergency(name="WARRANT-77"), c.RecordRead("WARRANT-77", "Dr Care"))
    read = render_notice(life.state, newest(life.state))
    life.does(replace(emergency(name="D1"), drill=True), c.RecordRead("D1", "Dr Care"))
    drill = render_notice(life.state, newest(life.state))
    life.does(c.ReportUnblinding("P1", "Ivo", Role.INVESTIGATOR, e.LearntHow.STAFF, date(2021, 4, 15)))
    accident = render_notice(life.state, newest(life.state))
    assert {len(read), len(drill), len(accident)} == {1010}
    assert read.startswith("SIMULATED")
    assert "one person learnt an allocation" in read
    assert "DRILL: nobody's allocation was learnt" in drill
    assert "by accident" in accident
    for hidden in ("WARRANT-77", "Anaphylaxis", "cells", "imitation"):
        assert hidden not in read + drill + accident
