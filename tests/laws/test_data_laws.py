"""Whatever people do to the data and in whichever order: what is signed stays signed only while it stays as it was, no
query closes unanswered, and after the lock nothing changes but what two people unlocked by name.

The oracles here read the strand, entry by entry, and know nothing of the rules.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.conduct import commands as c
from armlet.conduct.data import commands as k
from armlet.conduct.data.signing import is_valid
from armlet.conduct.decide import Accepted
from armlet.conduct.roles import MAY
from armlet.ledger import data_events as d
from armlet.ledger import events as e
from armlet.ledger.entry import Chained
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Role
from tests.unit.conduct.conftest import BASE, Life
from tests.unit.conduct.data.conftest import by, managed

DAY = date(2021, 4, 20)
PEOPLE = [
    ("Bo", Role.SITE_COORDINATOR), ("Cy", Role.CARE_PROVIDER), ("Ada", Role.INVESTIGATOR), ("Dora", Role.DATA_MANAGER),
    ("Mo", Role.MONITOR), ("Sam", Role.SPONSOR), ("Stat", Role.TRIAL_STATISTICIAN),
]  # fmt: skip
PROTOCOL = managed(load_protocol(BASE), critical=["body_mass_index"])
CHANGES = (e.ResultRecorded, e.ResultMissing, e.ResultCorrected, d.ResultRetracted)


SCALES = ("P1", "screening", "scales")
Wish = Callable[[Any], c.Command]
"""What is asked, of a state: about the newest query, the newest request, or a value as it stands."""


def _weight(state: Any) -> int:
    known = [number for number, (_, key) in state.result_of_entry.items() if key[2] == "weight"]
    return max(known, default=1)


def _query(state: Any) -> int:
    return max(state.data.queries, default=1)


def _unlock(state: Any) -> int:
    return state.data.unlock.entry if state.data.unlock is not None else 1


PLAN: tuple[Wish, ...] = (
    lambda _: c.RecordResult(*SCALES, "weight", "70.0", "kg"),
    lambda _: c.RecordResult(*SCALES, "body_mass_index", "24", "kg/m2"),
    lambda _: k.EnterAgain(*SCALES, "body_mass_index", "24", "kg/m2"),
    lambda _: k.OpenQuery("P1", "Why?", "screening", "scales"),
    lambda state: k.AnswerQuery(_query(state), "So."),
    lambda state: k.CloseQuery(_query(state)),
    lambda _: k.AcceptSignaturePolicy("2"),
    lambda _: k.Sign("P1", d.Meaning.REVIEW, "screening", "scales"),
    lambda _: k.VerifyForm(*SCALES),
    lambda state: c.CorrectResult(_weight(state), "71.0", "kg", "A slip."),
    lambda _: k.Sign("P1", d.Meaning.REVIEW, "screening", "scales"),
    lambda _: k.CorrectVisitDate("P1", "screening", date(2021, 3, 3), "A slip."),
    lambda _: k.Freeze("P1", "screening"),
    lambda _: c.EndFollowUp("P1"),
    lambda _: c.Complete(),
    lambda _: c.Lock(("Dora", "Sam")),
    lambda state: k.RequestUnlock((_weight(state),), "A slip."),
    lambda state: k.ApproveUnlock(_unlock(state)),
    lambda state: k.ApproveUnlock(_unlock(state)),
    lambda state: c.CorrectResult(_weight(state), "72.0", "kg", "A slip."),
    lambda _: c.Lock(("Dora", "Sam")),
)
ASIDES: tuple[Wish, ...] = (
    *PLAN,
    lambda state: k.ReopenQuery(_query(state), "No."),
    lambda state: k.RetractResult(_weight(state), d.RetractionReason.ENTERED_TWICE),
    lambda state: k.RetractResult(state.head.seq, d.RetractionReason.ENTERED_TWICE),
    lambda _: c.RecordResult("P1", "screening", "blood", "eosinophils", "0.3", "10*9/L"),
    lambda _: c.RecordDeviation("P1", "Late.", DAY),
    lambda _: k.Thaw("P1", "Go on.", "screening"),
)


@st.composite
def lives(draw: st.DrawFn) -> list[Wish]:
    """The plan, of which a step is now and then left out, and into which others come."""
    wishes: list[Wish] = []
    for step in PLAN:
        kind = draw(st.integers(0, 9))
        wishes += [step] if kind < 9 else []
        wishes += [draw(st.sampled_from(ASIDES))] if kind > 6 else []
    return wishes


def assert_laws(life: Any, entries: Sequence[Chained]) -> None:
    _assert_signatures(life, entries)
    _assert_queries(entries)
    _assert_locked(entries)


def _assert_signatures(life: Any, entries: Sequence[Chained]) -> None:
    for mark in life.state.data.marks:
        later = [one.event for one in entries[mark.entry :]]
        touched = any(_touches(event, entries) for event in later)
        assert is_valid(life.state, mark) is not touched


def _touches(event: e.OpenEvent, entries: Sequence[Chained]) -> bool:
    """Whether an event changes the form of the scales at screening."""
    if isinstance(event, d.VisitDateCorrected):
        return event.visit == "screening"
    return isinstance(event, CHANGES) and _place(event, entries)[:2] == ("screening", "scales")


def _place(event: Any, entries: Sequence[Chained]) -> tuple[str, ...]:
    while not isinstance(event, e.ResultRecorded | e.ResultMissing):
        event = entries[event.of - 1].event
    return (event.visit, event.activity, event.measure, event.sample)


def _assert_queries(entries: Sequence[Chained]) -> None:
    last: dict[int, str] = {}
    for one in entries:
        event = one.event
        if isinstance(event, d.QueryClosed):
            assert last[event.of] == "query answered"
        if isinstance(event, d.QueryAnswered | d.QueryClosed | d.QueryReopened):
            last[event.of] = event.kind


def _assert_locked(entries: Sequence[Chained]) -> None:
    is_locked, approved, named = False, set[str](), set[tuple[str, ...]]()
    for one in entries:
        event = one.event
        if isinstance(event, e.DatabaseLocked):
            is_locked, approved, named = True, set(), set()
        elif isinstance(event, d.UnlockRequested):
            approved, named = set(), {_place(entries[of - 1].event, entries) for of in event.of}
        elif isinstance(event, d.UnlockApproved):
            approved.add(event.person)
        elif is_locked and isinstance(event, CHANGES):
            assert len(approved) == 2
            assert _place(event, entries) in named
        elif is_locked:
            assert not isinstance(event, e.VisitHeld | d.VisitDateCorrected | e.DeviationRecorded | e.FollowUpEnded)


@settings(max_examples=2000 if os.environ.get("ARMLET_LONG") else 100, deadline=None)
@given(plan=lives(), chance=st.randoms(use_true_random=False))
def test_signed_locked_and_asked_hold_in_every_order(plan: list[Wish], chance: Random) -> None:
    life: Any = Life(PROTOCOL).screens()
    life.now = datetime(2021, 4, 20, 9, tzinfo=UTC)
    life.does(c.HoldVisit("P1", "screening", date(2021, 3, 2)), c.Enrol("P1"))
    for wish in plan:
        seq, command = life.state.head.seq, wish(life.state)
        who, role = chance.choice([one for one in PEOPLE if one[1] in MAY[type(command)]])
        decision = life.door.ask(command, by(who, role, life.now, "a code"))
        if not isinstance(decision, Accepted):
            assert life.state.head.seq == seq
    assert_laws(life, list(life.store.read()))


def test_a_life_that_goes_through_it_all_holds_too() -> None:
    """The oracles are not idle: this life signs, voids, closes, locks, unlocks and locks again."""
    life: Any = Life(PROTOCOL).screens()
    life.now = datetime(2021, 4, 20, 9, tzinfo=UTC)
    site, investigator, manager, sponsor = PEOPLE[0], PEOPLE[2], PEOPLE[3], PEOPLE[5]

    def does(who: tuple[str, Role], command: c.Command) -> int:
        first = life.state.head.seq + 1
        decision = life.door.ask(command, by(*who, life.now, "a code"))
        assert isinstance(decision, Accepted), decision
        return int(first)

    does(site, c.HoldVisit("P1", "screening", date(2021, 3, 2)))
    weight = does(site, c.RecordResult("P1", "screening", "scales", "weight", "70.0", "kg"))
    does(investigator, c.Enrol("P1"))
    does(site, c.RecordMissing("P1", "screening", "scales", "body_mass_index", e.MissingReason.NOT_DONE))
    does(investigator, k.AcceptSignaturePolicy("2"))
    does(investigator, k.Sign("P1", d.Meaning.REVIEW, "screening", "scales"))
    query = does(manager, k.OpenQuery("P1", "Why?", "screening", "scales"))
    does(site, k.AnswerQuery(query, "So."))
    does(manager, k.CloseQuery(query))
    does(investigator, c.EndFollowUp("P1"))
    does(sponsor, c.Complete())
    does(manager, c.Lock(("Dora", "Sam")))
    request = does(PEOPLE[6], k.RequestUnlock((weight,), "A slip."))
    does(manager, k.ApproveUnlock(request))
    does(sponsor, k.ApproveUnlock(request))
    does(site, c.CorrectResult(weight, "71.0", "kg", "A slip."))
    does(manager, c.Lock(("Dora", "Sam")))
    assert_laws(life, list(life.store.read()))
    assert [is_valid(life.state, mark) for mark in life.state.data.marks] == [False]
