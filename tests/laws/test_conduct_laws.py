"""Whatever people ask for and in whichever order, some things never happen.

A sequence is a sensible life of three participants of which steps were left out, repeated, moved and given to others, so
that it reaches far and goes wrong in every way. Everything is asked at one door; what it refuses must leave no trace.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.conduct import commands as c
from armlet.conduct.commands import By
from armlet.conduct.decide import Accepted, Refused
from armlet.conduct.door import Door
from armlet.conduct.roles import MAY
from armlet.conduct.rules.unblinding import GRANTED_BY
from armlet.conduct.state import fold
from armlet.ledger import events as e
from armlet.ledger.chain import verify
from armlet.ledger.entry import encode
from armlet.ledger.stores.memory import MemoryStore
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Protocol
from armlet.units import Quantity

Step = tuple[int, c.Command]
"""A day after the opening, and what is asked on it."""
PEOPLE = ("P1", "P2", "P3")
OPENED = date(2021, 3, 1)
ANSWERS: dict[str, str | bool | None] = {
    "age": "34 a", "asthma": True, "asthma_found": "2018-06-01", "fev1": "2.1 L", "consented": True,
    "asthma_is_steady": True, "body_mass_index": "24.0 kg/m2", "last_attack": "2020-06-01", "cotinine": "3 nmol/L",
    "hiv": "negative", "pregnant": False, "could_become_pregnant": False,
}  # fmt: skip


@cache
def breeze() -> Protocol:
    return load_protocol(Path(__file__).parents[1] / "spec" / "checks" / "base.yaml")


def at(day: int, hour: int = 12) -> datetime:
    return datetime.combine(OPENED + timedelta(days=day), time(hour), UTC)


def on(day: int) -> date:
    return OPENED + timedelta(days=day)


def life_of(who: str) -> list[Step]:
    """A life in which everything is accepted, when nothing else happens."""
    volume = Quantity.parse("26.5 mL")
    return [
        (0, c.Identify(who, "harbour")),
        (1, c.GiveConsent(who, "trial_consent", "1")),
        (2, c.HoldVisit(who, "screening", on(2))),
        (2, c.RecordResult(who, "screening", "scales", "weight", "70.0", "kg")),
        (3, c.Screen(who, ANSWERS, on(3))),
        (4, c.Enrol(who)),
        (8, c.HoldVisit(who, "harvest", on(8))),
        (8, c.DoActivity(who, "harvest", "brushing", on(8))),
        (9, c.RequestRandomisation(who, f"R-{who}")),
        (9, c.ConfirmRandomisation(who, f"PREP-{who}", on(44))),
        (44, c.HoldVisit(who, "infusion_day", on(44))),
        (44, c.RecordResult(who, "infusion_day", "scales", "weight", "71.0", "kg")),
        (44, c.ReleasePreparation(who, at(44, 20), Quantity.parse("71.0 kg"), volume)),
        (44, c.Administer(who, f"PREP-{who}", at(44, 9), at(44, 10), volume, True, ("Ada", "Bo"))),
        (135, c.HoldVisit(who, "month_3", on(135))),
        (135, c.RecordResult(who, "month_3", "scales", "weight", "72.0", "kg")),
        (136, c.CorrectResult(20, "73.0", "kg", "A slip.")),
        (137, c.ReportAdverseEvent(who, "headache", on(136), grade=1)),
        (330, c.EndFollowUp(who)),
    ]  # fmt: skip


TROUBLE: list[Step] = [
    (3, c.Screen("P1", {**ANSWERS, "fev1": "1.0 L"}, on(3))),
    (3, c.Screen("P2", {**ANSWERS, "cotinine": None}, on(3))),
    (4, c.Rescreen("P1", "Better now.")),
    (5, c.GiveConsent("P2", "trial_consent", "1")),
    (10, c.RequestRandomisation("P1", "another")),
    (10, c.ConfirmRandomisation("P1", "PREP-P2", on(44))),
    (10, c.Suspend(e.StopReason.PRODUCT, "A culture grew.")),
    (20, c.Resume("It did not.")),
    (30, c.MovePreparation("P2", on(50), e.NeutralReason.LOGISTICS)),
    (44, c.CancelAdministration("P1", e.NeutralReason.PARTICIPANT)),
    (45, c.RecordMissing("P1", "infusion_day", "scales", "weight", e.MissingReason.LOST)),
    (50, c.Withdraw("P1", (e.WithdrawalScope.VISITS,))),
    (50, c.Withdraw("P2", (e.WithdrawalScope.INTERVENTION,))),
    (60, c.LoseToFollowUp("P2", 3)),
    (61, c.MissVisit("P2", "month_3", "Was ill.")),
    (62, c.GrantWarrant("W1", "P1", e.UnblindingCategory.EMERGENCY, "Needed.", "Dr Care")),
    (63, c.GrantWarrant("W2", None, e.UnblindingCategory.ANALYSIS, "The plan.", "Cy", agreed_by=("Ruth", "Dora"))),
    (100, c.Terminate(e.StopReason.PRODUCT, "Cultures do not grow.")),
    (340, c.Complete()),
    (341, c.Lock(("Dora", "Sam"))),
]


def given_to(command: Any, who: str) -> c.Command:
    """The same command for another participant, where it is about one at all."""
    changed: c.Command = replace(command, participant=who) if getattr(command, "participant", None) else command
    return changed


@st.composite
def sequences(draw: st.DrawFn) -> list[Step]:
    """Everything in the order of its days, with some steps dropped, doubled, moved to other days or to other people."""
    steps = [(0, c.OpenTrial(simulated=True)), *(step for who in PEOPLE for step in life_of(who))]
    steps += draw(st.lists(st.sampled_from(TROUBLE), max_size=6))
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, len(steps) - 1))
        day, command = steps[place]
        change = draw(st.sampled_from(["drop", "double", "move", "other"]))
        if change == "drop" and len(steps) > 1:
            del steps[place]
        elif change == "double":
            steps.append((day, command))
        elif change == "move":
            steps[place] = (draw(st.integers(0, 340)), command)
        elif change == "other":
            steps[place] = (day, given_to(command, draw(st.sampled_from(PEOPLE))))
    return sorted(steps, key=lambda step: step[0])


def asked_by(command: c.Command, day: int) -> By:
    """Somebody who may ask for it, with a second factor where one is needed."""
    if isinstance(command, c.GrantWarrant):
        return By("Ada", GRANTED_BY[command.category], at(day), confirmed_by="a code")
    return By("Ada", min(MAY[type(command)]), at(day))


class Clock:
    def now(self) -> datetime:
        return at(400)


def assert_no_rule_was_broken(store: MemoryStore) -> None:
    """Read off the entries alone, with no help of the code that decides."""
    consented, enrolled, asked = set[str](), set[str](), set[str]()
    allocated, preparations, given = dict[str, str](), Counter[str](), Counter[str]()
    agreed = {"P1": True, "P2": True, "P3": True}
    is_locked, phase = False, "open"
    for chained in store.read():
        event = chained.event
        assert not is_locked or isinstance(event, e.WarrantGranted | e.UnblindingRefused)
        match event:
            case e.DatabaseLocked():
                is_locked = True
            case e.RecruitmentSuspended() | e.TrialTerminated() | e.TrialCompleted():
                phase = "closed"
            case e.RecruitmentResumed():
                phase = "open"
            case e.Consented():
                consented.add(event.participant)
            case e.Screened() | e.VisitHeld() | e.ActivityDone() | e.ResultRecorded():
                assert event.participant in consented
            case e.Enrolled():
                assert event.participant in consented - enrolled
                assert phase == "open"
                enrolled.add(event.participant)
            case e.RandomisationRequested():
                assert event.participant in enrolled - asked
                assert phase == "open"
                asked.add(event.participant)
            case e.Randomised():
                assert event.participant in asked
                assert event.participant not in allocated
                allocated[event.participant] = event.preparation
                preparations[event.preparation] += 1
            case e.Administered():
                assert event.preparation == allocated[event.participant]
                assert agreed[event.participant]
                assert phase == "open"
                given[event.participant] += 1
            case e.Withdrawn():
                agreed[event.participant] &= e.WithdrawalScope.INTERVENTION not in event.scopes
            case e.WarrantGranted():
                assert is_locked or event.participant in allocated
            case _:
                pass
    assert all(count == 1 for count in (*preparations.values(), *given.values()))


@given(sequences())
@settings(max_examples=60, deadline=None)
def test_no_sequence_of_commands_breaks_a_rule_of_the_trial(steps: list[Step]) -> None:
    store = MemoryStore()
    door = Door(breeze(), store, Clock())
    stepwise = fold(())
    for day, command in steps:
        head, before = store.head(), len(list(store.read()))
        decision = door.ask(command, asked_by(command, day))
        if isinstance(decision, Refused):
            assert decision.issues
            added = [chained.event for chained in store.read(after=head.seq)]
            assert not added or isinstance(command, c.GrantWarrant)
            assert all(isinstance(event, e.UnblindingRefused) for event in added)
        else:
            assert len(list(store.read())) == before + len(decision.events)
        fold(store.read(after=head.seq), stepwise)
    assert stepwise == fold(store.read()) == door.state
    assert verify(b"".join(encode(chained) + b"\n" for chained in store.read()), store.head()).is_whole
    assert_no_rule_was_broken(store)


def test_the_life_that_the_sequences_are_made_of_is_accepted_as_it_stands() -> None:
    """Otherwise the law above would be about refusals only."""
    door = Door(breeze(), MemoryStore(), Clock())
    for day, command in [(0, c.OpenTrial(simulated=True)), *life_of("P1")]:
        if isinstance(command, c.CorrectResult):
            continue
        decision = door.ask(command, asked_by(command, day))
        assert isinstance(decision, Accepted), decision
