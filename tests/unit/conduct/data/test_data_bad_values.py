"""No field of any command of this topic can make a traceback or an unreadable entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any, get_args

from armlet.conduct import commands as c
from armlet.conduct.data import commands as k
from armlet.conduct.decide import decide
from armlet.ledger import data_events as d
from armlet.protocol.model import Role
from tests.unit.conduct.data.conftest import DataLife, by
from tests.unit.conduct.test_conduct_bad_values import assert_answered, spoilt

SCREENED, LATER = date(2021, 3, 2), date(2021, 3, 4)
NURSE, SECOND, THIRD = ("Bo", Role.SITE_COORDINATOR), ("Cy", Role.SITE_COORDINATOR), ("Di", Role.CARE_PROVIDER)
MANAGER, STATISTICIAN = ("Dora", Role.DATA_MANAGER), ("Stat", Role.TRIAL_STATISTICIAN)
INVESTIGATOR, SPONSOR = ("Ada", Role.INVESTIGATOR), ("Sam", Role.SPONSOR)
Step = tuple[tuple[str, Role], c.Command]


def steps(life: DataLife) -> Iterator[Step]:
    """Every command of the topic where it is accepted, and what has to come before."""

    def last() -> int:
        return int(life.state.head.seq)

    yield NURSE, c.HoldVisit("P1", "screening", SCREENED)
    yield NURSE, c.RecordResult("P1", "screening", "scales", "weight", "70.0", "kg")
    weight = last()
    yield SECOND, k.EnterAgain("P1", "screening", "scales", "weight", "79.0", "kg")
    yield THIRD, k.AdjudicateEntry(weight, "79.0", "kg", "The paper says so.")
    yield NURSE, c.RecordResult("P1", "screening", "scales", "body_mass_index", "24.0", "kg/m2")
    yield NURSE, k.RetractResult(last(), d.RetractionReason.WRONG_VISIT)
    yield NURSE, c.RecordResult("P1", "screening", "scales", "body_mass_index", "25.0", "kg/m2")
    index = last()
    yield NURSE, k.RepeatVisit("P1", "screening", SCREENED, "Broken scales.")
    yield NURSE, k.CorrectVisitDate("P1", "screening", LATER, "A slip.")
    yield MANAGER, k.OpenQuery("P1", "Right?", "screening", "scales", "weight", "")
    query = last()
    yield NURSE, k.AnswerQuery(query, "Yes.")
    yield MANAGER, k.CloseQuery(query, "Seen.")
    yield MANAGER, k.ReopenQuery(query, "No.")
    yield NURSE, k.AnswerQuery(query, "Yes, yes.")
    yield MANAGER, k.CloseQuery(query)
    yield ("Mo", Role.MONITOR), k.VerifyForm("P1", "screening", "scales")
    yield MANAGER, k.ReviewForm("P1", "screening", "scales")
    yield INVESTIGATOR, k.AcceptSignaturePolicy("2")
    yield INVESTIGATOR, k.Sign("P1", d.Meaning.APPROVAL, "screening", "scales")
    yield MANAGER, k.Freeze("P1", "screening")
    yield MANAGER, k.Thaw("P1", "Another day.", "screening")
    yield NURSE, c.RecordDeviation("P1", "Late.", LATER)
    yield MANAGER, k.ClassifyDeviation(last(), d.DeviationLevel.MAJOR)
    yield INVESTIGATOR, c.Screen("P1", life.life.answers, SCREENED)
    yield INVESTIGATOR, c.Enrol("P1")
    yield INVESTIGATOR, k.RecordIntercurrentEvent("P1", "graft", LATER, "In another hospital.")
    yield INVESTIGATOR, c.EndFollowUp("P1")
    yield SPONSOR, c.Complete()
    yield STATISTICIAN, k.AssignSets({"per_protocol": ("P1",)}, "Minutes", ("Stat", "Dora"))
    yield MANAGER, c.Lock(("Dora", "Sam"))
    yield STATISTICIAN, k.RequestUnlock((index,), "A slip.")
    request = last()
    yield MANAGER, k.ApproveUnlock(request)
    yield SPONSOR, k.ApproveUnlock(request)


def test_no_field_of_any_command_can_make_a_traceback(make_data_life: Callable[..., DataLife]) -> None:
    life: Any = make_data_life(critical=["weight"])
    life.life.consents()
    life.on(LATER)
    asked = set()
    for (who, role), command in steps(life):
        head = life.state.head
        for wrong in spoilt(command) if isinstance(command, get_args(k.DataCommand)) else ():
            asker = by(who, role, life.life.now, "a code")
            assert_answered(life.life, decide(life.life.protocol, life.state, wrong, asker), wrong)
            assert_answered(life.life, decide(life.life.protocol, life.state, wrong, replace(asker, actor="\t")), wrong)
        assert life.state.head == head
        life.does(command, who, role)
        asked.add(type(command))
    assert set(get_args(k.DataCommand)) <= asked
