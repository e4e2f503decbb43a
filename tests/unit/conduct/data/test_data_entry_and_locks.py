"""Values entered twice, results retracted, visits moved and repeated; freezing, the lock, and what is unlocked by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from armlet.conduct import commands as c
from armlet.conduct.data import commands as k
from armlet.conduct.data.entry import unsettled
from armlet.conduct.data.locking import check_lock
from armlet.conduct.decide import Refused, decide, decide_row
from armlet.conduct.intake.commands import ImportedRow
from armlet.ledger import data_events as d
from armlet.ledger import events as e
from armlet.protocol.model import Role

SCREENED, GIVEN = date(2021, 3, 2), date(2021, 4, 15)
WEIGHT = c.RecordResult("P1", "screening", "scales", "weight", "70.0", "kg")
AGAIN = k.EnterAgain("P1", "screening", "scales", "weight", "70.0", "kg")
MANAGER, SPONSOR, STATISTICIAN = (
    ("Dora Data", Role.DATA_MANAGER), ("Sam Sponsor", Role.SPONSOR), ("Stat One", Role.TRIAL_STATISTICIAN),
)  # fmt: skip
LOCK = c.Lock(("Dora Data", "Sam Sponsor"))


def screening(life: Any) -> Any:
    life.life.consents()
    life.on(SCREENED).does(c.HoldVisit("P1", "screening", SCREENED))
    return life


def waits(life: Any) -> list[str]:
    return [why for _, why in unsettled(life.life.protocol, life.state, life.life.one())]


# --- Entered twice ----------------------------------------------------------------------------------------------------


def test_a_critical_value_waits_for_a_second_person(make_data_life: Callable[..., Any]) -> None:
    life = screening(make_data_life(critical=["weight"]))
    assert life.refuses(AGAIN, "Cy") == ["no-first-entry"]
    life.does(WEIGHT)
    assert waits(life) == ["is to be entered again by a second person"]
    assert life.refuses(AGAIN, " bo  NURSE") == ["same-person"]
    life.does(AGAIN, "Cy")
    assert waits(life) == []
    assert life.refuses(AGAIN, "Di") == ["entered-twice"]


def test_two_entries_that_differ_wait_for_a_third_person_and_no_message_tells_the_first(
    make_data_life: Callable[..., Any],
) -> None:
    life = screening(make_data_life(critical=["weight"]))
    first = life.does(WEIGHT)
    life.does(k.EnterAgain("P1", "screening", "scales", "weight", "77.0", "kg"), "Cy")
    assert waits(life) == ["was entered twice with different values"]
    settle = k.AdjudicateEntry(first, "77.0", "kg", "The paper says 77.")
    assert life.refuses(settle) == ["same-person"]
    assert life.refuses(settle, "Cy") == ["same-person"]
    life.does(settle, "Di")
    assert waits(life) == []
    assert str(life.life.one().results["screening", "scales", "weight", ""].quantity) == "77.0 kg"
    assert life.refuses(settle, "Di") == ["corrected-already"]


def test_the_first_entry_may_be_the_right_one(make_data_life: Callable[..., Any]) -> None:
    life = screening(make_data_life(critical=["weight"]))
    first = life.does(WEIGHT)
    life.does(k.EnterAgain("P1", "screening", "scales", "weight", "77.0", "kg"), "Cy")
    life.does(k.AdjudicateEntry(first, "70.0", "kg", "The paper says 70."), "Di")
    assert waits(life) == []
    assert life.life.one().results["screening", "scales", "weight", ""].entry == first


def test_the_same_amount_in_another_unit_agrees_and_a_correction_asks_for_a_second_entry_again(
    make_data_life: Callable[..., Any],
) -> None:
    life = screening(make_data_life(critical=["weight"]))
    first = life.does(WEIGHT)
    life.does(k.EnterAgain("P1", "screening", "scales", "weight", "70000", "g"), "Cy")
    assert waits(life) == []
    life.does(c.CorrectResult(first, "71.0", "kg", "A slip."))
    assert waits(life) == ["is to be entered again by a second person"]


def test_what_is_not_critical_is_entered_once(data_life: Any) -> None:
    screening(data_life).does(WEIGHT)
    assert data_life.refuses(AGAIN, "Cy") == ["not-critical"]
    assert data_life.refuses(k.AdjudicateEntry(data_life.state.head.seq, "70", "kg", "x"), "Cy") == ["nothing-differs"]


def test_no_preparation_is_released_for_a_weight_that_waits(make_data_life: Callable[..., Any]) -> None:
    life = make_data_life(critical=["weight"])
    life.life.randomises()
    life.on(GIVEN).does(c.HoldVisit("P1", "infusion_day", GIVEN))
    life.does(c.RecordResult("P1", "infusion_day", "scales", "weight", "70.0", "kg"))
    release = c.ReleasePreparation("P1", life.life.now.replace(hour=14), *_weight_and_volume())
    assert life.refuses(release, "Lab", Role.CELL_LABORATORY) == ["critical-unsettled"]
    life.does(k.EnterAgain("P1", "infusion_day", "scales", "weight", "70.0", "kg"), "Cy")
    life.does(release, "Lab", Role.CELL_LABORATORY)


def _weight_and_volume() -> tuple[Any, Any]:
    from armlet.units import Quantity

    return Quantity.parse("70.0 kg"), Quantity.parse("26.5 mL")


# --- Retracted, moved, repeated -----------------------------------------------------------------------------------------


def test_a_retracted_result_is_gone_and_can_be_entered_where_it_belongs(data_life: Any) -> None:
    first = screening(data_life).does(WEIGHT)
    retract = k.RetractResult(first, d.RetractionReason.WRONG_PARTICIPANT)
    data_life.does(retract)
    assert data_life.life.one().results == {}
    assert data_life.refuses(retract) == ["retracted-already"]
    assert data_life.refuses(c.CorrectResult(first, "71.0", "kg", "x")) == ["retracted-already"]
    assert data_life.refuses(k.RetractResult(1, d.RetractionReason.ENTERED_TWICE)) == ["no-result"]
    data_life.does(WEIGHT)


def test_a_visit_that_is_moved_out_of_its_window_proposes_a_minor_deviation(data_life: Any) -> None:
    screening(data_life)
    first = data_life.on(date(2021, 3, 20)).does(k.CorrectVisitDate("P1", "screening", date(2021, 3, 18), "A slip."))
    assert data_life.life.one().held["screening"].days_off == 2
    deviation = data_life.state.data.deviations[first + 1]
    assert (deviation.event.what, deviation.proposed, deviation.level) == (
        "screening held 2 days after its window closed", "minor", None,
    )  # fmt: skip
    data_life.manager(k.ClassifyDeviation(first + 1, d.DeviationLevel.MAJOR))
    assert data_life.state.data.deviations[first + 1].level == "major"
    assert data_life.refuses(k.ClassifyDeviation(first + 1, d.DeviationLevel.MAJOR), *MANAGER) == ["classified-already"]
    assert data_life.refuses(k.ClassifyDeviation(first, d.DeviationLevel.MAJOR), *MANAGER) == ["no-deviation"]
    assert data_life.refuses(k.CorrectVisitDate("P1", "screening", date(2021, 3, 18), "x")) == ["same-day"]
    assert "in-the-future" in data_life.refuses(k.CorrectVisitDate("P1", "screening", date(2021, 3, 21), "x"))
    assert data_life.refuses(k.CorrectVisitDate("P1", "month_3", date(2021, 3, 18), "x")) == ["visit-not-held"]


def test_results_of_an_unscheduled_visit_stand_under_its_own_code(data_life: Any) -> None:
    data_life.life.gives()
    day = date(2021, 7, 20)
    data_life.on(day).does(c.HoldUnscheduledVisit("P1", day, "A fall."))
    data_life.does(c.RecordResult("P1", "unscheduled_1", "blood", "eosinophils", "0.3", "10*9/L"))
    assert data_life.refuses(c.RecordResult("P1", "unscheduled_1", "nonsense", "weight", "70", "kg")) == [
        "unknown-activity"
    ]
    assert data_life.refuses(c.RecordResult("P1", "unscheduled_2", "scales", "weight", "70", "kg")) == [
        "visit-not-held"
    ]
    result = data_life.life.one().results["unscheduled_1", "blood", "eosinophils", ""]
    assert result.on == day
    assert "month_3" not in data_life.life.one().held


# --- Frozen and locked --------------------------------------------------------------------------------------------------


def test_what_is_frozen_is_not_changed_until_it_is_thawed(data_life: Any) -> None:
    first = screening(data_life).does(WEIGHT)
    data_life.manager(k.Freeze("P1", "screening"))
    assert data_life.refuses(c.CorrectResult(first, "71.0", "kg", "x")) == ["frozen"]
    assert data_life.refuses(k.RetractResult(first, d.RetractionReason.ENTERED_TWICE)) == ["frozen"]
    row = ImportedRow("P1", "screening", "scales", "weight", "", "71.0", "kg", of=first, why="x")
    from_a_file = decide_row(data_life.life.protocol, data_life.state, row, data_life.life.by(row, Role.DATA_MANAGER))
    assert isinstance(from_a_file, Refused)
    assert [issue.rule for issue in from_a_file.issues] == ["conduct/frozen"]
    assert data_life.refuses(k.RepeatVisit("P1", "screening", SCREENED, "x")) == ["frozen"]
    assert data_life.refuses(k.Freeze("P1", "screening"), *MANAGER) == ["frozen-already"]
    assert data_life.refuses(k.Thaw("P1", "x"), *MANAGER) == ["not-frozen"]
    data_life.does(c.ReportAdverseEvent("P1", "fall", SCREENED))
    data_life.manager(k.Thaw("P1", "One more form.", "screening"))
    data_life.does(c.CorrectResult(first, "71.0", "kg", "A slip."))


def test_what_somebody_asks_about_is_not_frozen(data_life: Any) -> None:
    screening(data_life).monitor(k.OpenQuery("P1", "Why?", "screening"))
    assert data_life.refuses(k.Freeze("P1"), *MANAGER) == ["open-queries"]
    data_life.manager(k.Freeze("P1", "month_3"))
    assert data_life.refuses(k.Freeze("P1", "month_99"), *MANAGER) == ["unknown-visit"]


def test_the_lock_waits_for_what_the_protocol_names(make_data_life: Callable[..., Any]) -> None:
    needs = ["casebooks signed", "deviations classified", "sets assigned", "forms complete"]
    life = make_data_life(lock_needs=needs)
    life.life.completes()
    deviation = life.does(c.RecordDeviation("P1", "Late.", GIVEN))
    query = life.monitor(k.OpenQuery("P1", "Why?"))
    assert life.refuses(LOCK, *MANAGER) == [
        "open-queries", "casebook-unsigned", "deviation-unclassified", "sets-unassigned", "forms-open",
    ]  # fmt: skip
    life.does(k.AnswerQuery(query, "Traffic."))
    life.monitor(k.CloseQuery(query))
    life.manager(k.ClassifyDeviation(deviation, d.DeviationLevel.MINOR))
    assign = k.AssignSets({"per_protocol": ("P1",)}, "Minutes of 3 May", ("Stat One", "Dora Data"))
    life.does(assign, *STATISTICIAN)
    assert life.refuses(LOCK, *MANAGER) == ["casebook-unsigned", "forms-open"]


def test_a_set_that_is_judged_waits_for_its_own_members_and_not_for_those_of_another(
    make_data_life: Callable[..., Any],
) -> None:
    life = make_data_life(lock_needs=["sets assigned"])
    judged = life.life.protocol.sets[0].model_copy(update={"id": "judged", "label": "as judged", "of": "per protocol"})
    protocol = life.life.protocol.model_copy(update={"sets": (*life.life.protocol.sets, judged)})

    def lacking() -> list[str]:
        return [issue.message for issue in check_lock(protocol, life.state, GIVEN)]

    life.life.completes()
    life.does(k.AssignSets({"another": ("P1",)}, "Minutes", ("Stat One", "Dora Data")), *STATISTICIAN)
    assert lacking() == ['analysis sets are to be assigned; nobody judged who is in "as judged".']
    life.does(k.AssignSets({"judged": ("P1",)}, "Minutes", ("Stat One", "Dora Data")), *STATISTICIAN)
    assert lacking() == []


def test_sets_are_those_that_the_protocol_computes_or_have_a_name_of_their_own(data_life: Any) -> None:
    data_life.life.completes()

    def refused(members: dict[str, tuple[str, ...]], minutes: str = "Minutes") -> list[str]:
        return list(data_life.refuses(k.AssignSets(members, minutes, ("Stat One", "Dora Data")), *STATISTICIAN))

    assert refused({"all_randomised": ()}) == ["set-differs"]
    assert refused({"per_protocol": ("P9",)}) == ["unknown-participant"]
    assert refused({}) == ["no-sets"]
    assert refused({"per_protocol": ("P1",)}, " ") == ["no-minutes"]
    data_life.does(k.AssignSets({"all_randomised": ("P1",)}, "Minutes", ("Stat One", "Dora Data")), *STATISTICIAN)


def locked(life: Any) -> tuple[int, int]:
    """A locked trial, and the entries of the weights at screening and at the infusion."""
    life.life.gives()
    life.on(date(2022, 1, 20)).does(c.EndFollowUp("P1"))
    life.does(c.Complete(), *SPONSOR)
    life.does(LOCK, *MANAGER)
    weights = [one.entry for key, one in life.life.one().results.items() if key[2] == "weight"]
    return weights[0], life.state.head.seq


def test_after_the_lock_two_others_unlock_what_one_names_and_nothing_else(data_life: Any) -> None:
    weight, _ = locked(data_life)
    change = c.CorrectResult(weight, "71.0", "kg", "Ten times too high.")
    assert data_life.refuses(change) == ["locked"]
    asked = data_life.does(k.RequestUnlock((weight,), "A slip."), *STATISTICIAN)
    assert data_life.refuses(k.ApproveUnlock(asked), *STATISTICIAN) == ["two-people"]
    data_life.does(k.ApproveUnlock(asked), *MANAGER)
    assert data_life.refuses(k.ApproveUnlock(asked), *MANAGER) == ["two-people"]
    assert data_life.refuses(change) == ["locked"]
    data_life.does(k.ApproveUnlock(asked), *SPONSOR)
    for other in (
        c.ReportAdverseEvent("P1", "fall", GIVEN),
        c.RecordDeviation("P1", "x", GIVEN),
        c.RecordResult("P1", "infusion_day", "scales", "body_mass_index", "24", "kg/m2"),
        k.CorrectVisitDate("P1", "infusion_day", GIVEN, "x"),
    ):
        assert "locked" in data_life.refuses(other)
    data_life.does(change)
    first_lock = data_life.state.locked
    data_life.does(LOCK, *MANAGER)
    assert [one.head for one in data_life.state.data.locks] == [first_lock.head, data_life.state.locked.head]
    assert first_lock.head != data_life.state.locked.head
    assert data_life.refuses(LOCK, *MANAGER) == ["locked"]
    assert data_life.state.data.changed_after_unblinding == []


def test_what_is_changed_when_the_arms_are_known_is_marked(data_life: Any) -> None:
    weight, _ = locked(data_life)
    warrant = c.GrantWarrant(
        "W1", None, e.UnblindingCategory.ANALYSIS, "The plan.", "Stat One", agreed_by=("Dora Data", "Sam Sponsor")
    )
    data_life.life.does(warrant)
    asked = data_life.does(k.RequestUnlock((weight,), "A slip."), *STATISTICIAN)
    data_life.does(k.ApproveUnlock(asked), *MANAGER)
    data_life.does(k.ApproveUnlock(asked), *SPONSOR)
    changed = data_life.does(c.CorrectResult(weight, "71.0", "kg", "Ten times too high."))
    assert data_life.state.data.changed_after_unblinding == [changed]


def test_an_unlocking_names_results_as_they_stand_in_a_locked_trial(data_life: Any) -> None:
    first = screening(data_life).does(WEIGHT)
    assert "not-locked" in data_life.refuses(k.RequestUnlock((first,), "x"), *STATISTICIAN)
    assert "no-unlock-asked" in data_life.refuses(k.ApproveUnlock(first), *STATISTICIAN)


def test_an_unlocking_names_something(data_life: Any) -> None:
    locked(data_life)
    assert data_life.refuses(k.RequestUnlock((), "x"), *STATISTICIAN) == ["no-result"]
    assert data_life.refuses(k.RequestUnlock((1,), "x"), *STATISTICIAN) == ["no-result"]
    assert data_life.refuses(k.RequestUnlock((1,), " "), *STATISTICIAN) == ["no-result", "no-reason"]


def test_who_is_unblinded_assigns_no_sets(data_life: Any) -> None:
    life = data_life.life.completes()
    blinding = life.protocol.blinding
    seeing = blinding.model_copy(update={"unblinded": (*blinding.unblinded, Role.TRIAL_STATISTICIAN)})
    protocol = life.protocol.model_copy(update={"blinding": seeing})
    command = k.AssignSets({"all_randomised": ("P1",)}, "Minutes", ("Stat One", "Dora Data"))
    answer = decide(protocol, life.state, command, c.By("Stat One", Role.TRIAL_STATISTICIAN, life.now))
    assert isinstance(answer, Refused)
    assert [issue.rule for issue in answer.issues] == ["conduct/unblinded-judge"]
