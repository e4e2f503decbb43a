"""The blind review: who may assign the analysis sets, and whom an assignment covers until the lock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from armlet.conduct import commands as c
from armlet.conduct.data import commands as k
from armlet.conduct.data.locking import check_lock
from armlet.conduct.decide import Refused, decide
from armlet.ledger import events as e
from armlet.protocol.model import Role

STATISTICIAN = ("Stat One", Role.TRIAL_STATISTICIAN)
SPONSOR = ("Sam Sponsor", Role.SPONSOR)
LEARNT, REVIEWED = date(2021, 5, 3), date(2021, 5, 4)
SETS = k.AssignSets({"per_protocol": ("P1",)}, "Minutes of 4 May", ("Stat One", "Dora Data"))


def by_accident(who: str, on: date = LEARNT) -> c.ReportUnblinding:
    return c.ReportUnblinding("P1", who, Role.TRIAL_STATISTICIAN, e.LearntHow.STAFF, on)


def emergency(who: str, *, drill: bool = False) -> tuple[c.GrantWarrant, c.RecordRead]:
    warrant = c.GrantWarrant("W1", "P1", e.UnblindingCategory.EMERGENCY, "Anaphylaxis.", who, drill=drill)
    return warrant, c.RecordRead("W1", who)


def said(life: Any, command: c.Command = SETS, who: tuple[str, Role] = STATISTICIAN) -> list[tuple[str, str, str]]:
    """Each refusal: its rule, where it stands and its message; fails where it was not refused."""
    answer = life.asks(command, *who)
    assert isinstance(answer, Refused), answer
    return [(issue.rule.removeprefix("conduct/"), issue.where, issue.message) for issue in answer.issues]


def held_back(life: Any) -> list[tuple[str, str]]:
    """The rules that hold back the lock, with their messages."""
    found = check_lock(life.life.protocol, life.state, REVIEWED)
    return [(issue.rule.removeprefix("conduct/"), issue.message) for issue in found]


# --- Who judges -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["Stat One", " stat  ONE"])
def test_who_learnt_an_arm_by_accident_assigns_no_sets(data_life: Any, who: str) -> None:
    data_life.life.gives()
    data_life.on(LEARNT).does(by_accident(who))
    assert said(data_life.on(REVIEWED)) == [
        (
            "judge-knows",
            "the trial",
            "Stat One learnt an allocation of this trial, on 2021-05-03; expected people who know nobody's arm.",
        )
    ]
    answer = data_life.asks(SETS, *STATISTICIAN)
    assert [one.fix for one in answer.issues] == [
        "Let others assign and agree the sets; `armlet unblind who-knows` lists who knows."
    ]
    others = k.AssignSets(SETS.members, SETS.minutes, ("Stat Two", "Dora Data"))
    data_life.does(others, "Stat Two", Role.TRIAL_STATISTICIAN)


def test_who_agrees_to_the_sets_knows_nobodys_arm_either(data_life: Any) -> None:
    data_life.life.gives()
    data_life.on(LEARNT).life.does(*emergency("Dora Data"))
    assert [rule for rule, _, _ in said(data_life.on(REVIEWED))] == ["judge-knows"]


def test_whoever_enters_what_two_others_agreed_knows_nobodys_arm_either(data_life: Any) -> None:
    data_life.life.gives()
    data_life.on(LEARNT).does(by_accident("Cy Clerk"))
    assert [rule for rule, _, _ in said(data_life, who=("Cy Clerk", Role.TRIAL_STATISTICIAN))] == ["judge-knows"]


def test_two_judges_who_know_are_both_named(data_life: Any) -> None:
    data_life.life.gives()
    data_life.on(LEARNT).does(by_accident("Stat One"))
    data_life.does(by_accident("Dora Data"))
    assert [message.split(" learnt")[0] for _, _, message in said(data_life)] == ["Stat One", "Dora Data"]


def test_a_drill_keeps_nobody_from_the_blind_review(data_life: Any) -> None:
    data_life.life.gives()
    data_life.on(LEARNT).life.does(*emergency("Stat One", drill=True))
    data_life.does(SETS, *STATISTICIAN)


def test_where_nobody_is_blinded_what_somebody_learnt_matters_to_nobody(data_life: Any) -> None:
    life = data_life.life.gives()
    data_life.on(LEARNT).does(by_accident("Stat One"))
    blinding = life.protocol.blinding.model_copy(update={"unblinded": tuple(Role)})
    open_label = life.protocol.model_copy(update={"blinding": blinding})
    answer = decide(open_label, life.state, SETS, c.By(*STATISTICIAN, life.now))
    assert not isinstance(answer, Refused), answer


def delegated(life: Any, *people: tuple[str, Role]) -> Any:
    """A trial with a participant and a delegation log, of these people and the sponsor."""
    life.life.gives()
    life.on(LEARNT)
    for person, role in people:
        life.does(c.Delegate(person, role), *SPONSOR)
    return life


def test_where_the_trial_delegates_a_name_of_nobody_agrees_to_no_sets(data_life: Any) -> None:
    life = delegated(data_life, STATISTICIAN)
    assert said(life) == [
        (
            "not-delegated",
            "the trial",
            "Dora Data agreed to the sets and works in no role of this trial; expected a name of its delegation log.",
        )
    ]
    life.does(c.Delegate("Dora Data", Role.DATA_MANAGER), *SPONSOR)
    life.does(SETS, *STATISTICIAN)


def test_who_worked_in_an_unblinded_role_agrees_to_no_sets(data_life: Any) -> None:
    life = delegated(data_life, STATISTICIAN, ("Dora Data", Role.RANDOMISATION_STATISTICIAN))
    assert said(life) == [
        (
            "unblinded-judge",
            "the trial",
            (
                "Dora Data is or was randomisation statistician, a role that is unblinded in this trial;"
                " expected somebody blinded."
            ),
        )
    ]
    life.does(c.EndDelegation("Dora Data", Role.RANDOMISATION_STATISTICIAN, "Moved on."), *SPONSOR)
    assert [rule for rule, _, _ in said(life)] == ["not-delegated", "unblinded-judge"]


def test_an_accident_before_the_review_that_is_reported_after_it_holds_back_the_lock(data_life: Any) -> None:
    data_life.life.gives()
    data_life.on(REVIEWED)
    entry = data_life.does(SETS, *STATISTICIAN)
    assert held_back(data_life) == []
    data_life.on(date(2021, 6, 1)).does(by_accident("Dora Data", LEARNT))
    assert held_back(data_life) == [
        (
            "judge-knows",
            (
                "Dora Data learnt an allocation of this trial on 2021-05-03 and assigned or agreed the analysis sets on"
                f" 2021-05-04 (entry {entry}); expected people who knew nobody's arm by then."
            ),
        )
    ]
    others = k.AssignSets(SETS.members, SETS.minutes, ("Stat One", "Sam Sponsor"))
    data_life.does(others, *STATISTICIAN)
    assert held_back(data_life) == []


def test_what_a_judge_learns_after_the_review_leaves_it_as_it_is(data_life: Any) -> None:
    data_life.life.gives()
    data_life.on(LEARNT).does(SETS, *STATISTICIAN)
    data_life.on(REVIEWED).does(by_accident("Dora Data", REVIEWED))
    assert held_back(data_life) == []


# --- Whom an assignment covers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("needs", [["sets assigned"], ["deviations classified"]])
def test_who_is_enrolled_after_the_review_is_judged_before_the_lock(
    make_data_life: Callable[..., Any], needs: list[str]
) -> None:
    life = make_data_life(lock_needs=needs)
    life.life.gives("P1")
    life.on(LEARNT)
    entry = life.does(SETS, *STATISTICIAN)
    assert held_back(life) == []
    life.life.gives("P2")
    life.life.enrols("P3")
    assert held_back(life) == [
        (
            "sets-outdated",
            (
                f"the analysis sets were assigned on 2021-05-03 (entry {entry}); not judged as they stand now:"
                " P2 (administered since), P3 (enrolled since)."
            ),
        )
    ]
    life.on(REVIEWED).does(SETS, *STATISTICIAN)
    assert held_back(life) == []


def test_who_was_only_enrolled_at_the_review_is_judged_again_when_randomised_and_given(data_life: Any) -> None:
    data_life.life.gives("P1")
    data_life.life.asks("P2")
    data_life.does(SETS, *STATISTICIAN)
    data_life.life.does(c.ConfirmRandomisation("P2", "PREP-P2", date(2021, 4, 15)))
    assert ["P2 (randomised since)" in message for _, message in held_back(data_life)] == [True]
    data_life.does(SETS, *STATISTICIAN)
    assert held_back(data_life) == []


def test_many_who_were_not_judged_are_counted(data_life: Any) -> None:
    data_life.life.gives("P1")
    data_life.does(SETS, *STATISTICIAN)
    for number in range(2, 9):
        data_life.life.enrols(f"P{number}")
    ((_, message),) = held_back(data_life)
    assert message.endswith("P6 (enrolled since) and 2 more.")


def test_who_was_not_enrolled_yet_needs_no_judgement(data_life: Any) -> None:
    data_life.life.gives("P1")
    data_life.does(SETS, *STATISTICIAN)
    data_life.life.screens("P2")
    assert held_back(data_life) == []


def test_the_lock_itself_is_refused_and_then_granted(data_life: Any) -> None:
    life = data_life
    life.life.gives("P1")
    life.does(SETS, *STATISTICIAN)
    life.life.gives("P2")
    life.on(date(2022, 1, 20)).does(c.EndFollowUp("P1"))
    life.does(c.EndFollowUp("P2"))
    life.does(c.Complete(), *SPONSOR)
    lock, manager = c.Lock(("Dora Data", "Sam Sponsor")), ("Dora Data", Role.DATA_MANAGER)
    assert life.refuses(lock, *manager) == ["sets-outdated"]
    life.does(k.AssignSets({"per_protocol": ("P1", "P2")}, "Second minutes", SETS.agreed_by), *STATISTICIAN)
    life.does(lock, *manager)


def test_after_the_first_lock_a_late_report_does_not_bar_the_way_back_to_it(data_life: Any) -> None:
    life = data_life
    life.life.gives("P1")
    life.on(REVIEWED).does(SETS, *STATISTICIAN)
    life.on(date(2022, 1, 20)).does(c.EndFollowUp("P1"))
    life.does(c.Complete(), *SPONSOR)
    lock, manager = c.Lock(("Dora Data", "Sam Sponsor")), ("Dora Data", Role.DATA_MANAGER)
    life.does(lock, *manager)
    weight = min(one.entry for key, one in life.life.one().results.items() if key[2] == "weight")
    life.does(by_accident("Stat One", LEARNT))
    asked = life.does(k.RequestUnlock((weight,), "A slip."), *STATISTICIAN)
    life.does(k.ApproveUnlock(asked), *manager)
    life.does(k.ApproveUnlock(asked), *SPONSOR)
    life.does(lock, *manager)
