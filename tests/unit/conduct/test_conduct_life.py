"""A whole life at the door, from the first number to the lock and the warrant."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from armlet.conduct import commands as c
from armlet.conduct.commands import By
from armlet.conduct.decide import Accepted
from armlet.conduct.door import Door
from armlet.conduct.schedule import is_overdue, visit_window, visits_due
from armlet.conduct.state import Phase, fold
from armlet.errors import LedgerBroken
from armlet.ledger import events as e
from armlet.ledger.chain import verify
from armlet.ledger.entry import encode
from armlet.ledger.stores.file import FileStore
from armlet.projections.eligibility import tabulate_eligibility
from armlet.projections.flow import count_flow
from armlet.projections.observations import analysis_sets, list_observations, visits_held
from armlet.projections.participants import list_participants
from armlet.projections.safety import count_terms, list_events
from armlet.protocol.model import Anchor, Role
from armlet.units import Quantity

GIVEN = date(2021, 4, 15)


def kinds(life: Any) -> list[str]:
    return [chained.event.kind for chained in life.store.read()]


def test_a_whole_life_from_the_first_number_to_the_lock_and_the_warrant(life: Any) -> None:
    life.gives()
    life.weighs("month_3", date(2021, 7, 15), "71.2")
    life.does(
        c.ReportAdverseEvent("P1", "headache", date(2021, 5, 1), date(2021, 5, 2), grade=2, related_to=("product",))
    )
    life.now = datetime(2022, 2, 1, 9, tzinfo=UTC)
    life.does(c.MissVisit("P1", "month_9", "Was abroad."), c.EndFollowUp("P1"), c.Complete(), c.Lock(("Dora", "Sam")))
    life.does(
        c.GrantWarrant(
            "W1", None, e.UnblindingCategory.ANALYSIS, "The planned analysis.", "Cy", agreed_by=("Ruth", "Dora")
        )
    )
    assert kinds(life) == [
        "trial opened", "protocol adopted", "recruitment opened", "identified", "consented", "screened",
        "eligibility assessed", "enrolled", "visit held", "activity done", "randomisation requested", "randomised",
        "visit held", "result recorded", "preparation released", "administered", "visit held", "result recorded",
        "adverse event reported", "visit missed", "follow-up ended", "trial completed", "database locked",
        "warrant granted",
    ]  # fmt: skip
    assert verify(b"".join(encode(chained) + b"\n" for chained in life.store.read())).is_whole
    assert life.state.phase is Phase.COMPLETED
    assert life.state.warrants["W1"].participant is None


def test_the_lock_names_the_entry_before_it(life: Any) -> None:
    life.completes()
    before = life.store.head()
    life.does(c.Lock(("Dora", "Sam")))
    assert (life.state.locked.entries, life.state.locked.head) == (before.seq, before.digest)


def test_each_entry_says_who_when_in_which_role_and_under_which_protocol(life: Any) -> None:
    life.opens()
    by = By(
        "Ada Example", Role.INVESTIGATOR, datetime(2021, 3, 2, 21, 30, tzinfo=ZoneInfo("America/Santiago")), "Late."
    )
    assert isinstance(life.door.ask(c.Identify("P1", "harbour"), by), Accepted)
    entry = list(life.store.read())[-1].entry
    assert (entry.actor, entry.role, entry.reason) == ("Ada Example", Role.INVESTIGATOR, "Late.")
    assert entry.protocol == life.protocol.digest()
    assert entry.occurred.isoformat() == "2021-03-02T21:30:00-03:00"
    assert entry.recorded == datetime(2023, 1, 1, tzinfo=UTC)


def test_an_evening_west_of_greenwich_belongs_to_its_own_day(life: Any) -> None:
    """21:30 in Santiago is the next day in UTC; consent and visit of that evening are of one day."""
    life.identifies()
    life.now = datetime(2021, 3, 2, 21, 30, tzinfo=ZoneInfo("America/Santiago"))
    life.does(c.GiveConsent("P1", "trial_consent", "1"))
    life.now = datetime(2021, 3, 2, 22, 0, tzinfo=ZoneInfo("America/Santiago"))
    events = life.does(c.HoldVisit("P1", "screening", date(2021, 3, 2)))
    assert [event.kind for event in events] == ["visit held"]
    assert life.one().anchor(Anchor.CONSENT) == date(2021, 3, 2)


def test_the_day_of_the_infusion_is_the_sites_day(life: Any) -> None:
    life.releases()
    zone = ZoneInfo("America/Santiago")
    life.does(
        c.ReleasePreparation(
            "P1", datetime(2021, 4, 15, 23, 30, tzinfo=zone), Quantity.parse("70 kg"), Quantity.parse("26.5 mL")
        )
    )
    life.now = datetime(2021, 4, 15, 23, 0, tzinfo=zone)
    started, stopped = datetime(2021, 4, 15, 22, 0, tzinfo=zone), datetime(2021, 4, 15, 22, 30, tzinfo=zone)
    life.does(c.Administer("P1", "PREP-P1", started, stopped, Quantity.parse("26.5 mL"), True, ("Ada", "Bo")))
    assert life.one().anchor(Anchor.ADMINISTRATION) == GIVEN


def test_the_same_consent_given_again_keeps_its_first_day(life: Any) -> None:
    life.consents()
    life.now = datetime(2021, 3, 20, 9, tzinfo=UTC)
    life.does(c.GiveConsent("P1", "trial_consent", "1"))
    assert life.one().consents["trial_consent"].at == datetime(2021, 3, 2, 9, tzinfo=UTC)


def test_an_unknown_verdict_is_answered_later_and_then_enrols(life: Any) -> None:
    life.screens(cotinine=None)
    assert (life.one().verdict, life.one().criteria["smokes"]) == ("unknown", "unknown")
    life.does(c.Screen("P1", life.answers, life.now.date()))
    life.does(c.Enrol("P1"))
    assert life.one().enrolled == date(2021, 3, 2)


def test_a_failed_screening_is_repeated_under_the_same_number_and_linked(life: Any) -> None:
    life.screens(fev1="1.2 L")
    assert (life.one().verdict, life.one().failed_for) == ("not eligible", ("breathes_enough",))
    life.does(c.Rescreen("P1", "A new inhaler."))
    assert (life.one().attempt, life.one().verdict, life.one().failed_for) == (2, "", ())
    life.does(c.Screen("P1", life.answers, life.now.date()), c.Enrol("P1"))
    attempts = [chained.event.attempt for chained in life.store.read() if isinstance(chained.event, e.Screened)]
    assert attempts == [1, 2]


def test_a_double_click_is_one_request(life: Any) -> None:
    life.asks()
    head = life.store.head()
    assert life.does(c.RequestRandomisation("P1", "R-P1")) == ()
    assert life.store.head() == head


@pytest.mark.parametrize(
    ("on", "days_off", "said"),
    [
        (date(2021, 7, 5), 0, ""),
        (date(2021, 7, 25), 0, ""),
        (date(2021, 7, 4), -1, "month 3 held 1 day before its window opened"),
        (date(2021, 7, 26), 1, "month 3 held 1 day after its window closed"),
    ],
)
def test_both_ends_of_a_window_belong_to_it_and_outside_is_a_deviation(
    life: Any, on: date, days_off: int, said: str
) -> None:
    """3 months after 15 April is 15 July; 10 days early and 10 days late."""
    life.gives().holds("month_3", on)
    assert life.one().held["month_3"].days_off == days_off
    assert [deviation.what for deviation in life.one().deviations] == ([said] if said else [])


def test_visits_are_due_from_their_anchors_and_overdue_after_their_window(life: Any, breeze: Any) -> None:
    life.gives()
    due = {item.visit.id: item.window for item in visits_due(breeze, life.one())}
    assert list(due) == ["screening", "month_3", "month_9"]
    month_9 = due["month_9"]
    assert (month_9.opens, month_9.target, month_9.closes) == (date(2021, 12, 25), date(2022, 1, 15), date(2022, 2, 5))
    last = next(item for item in visits_due(breeze, life.one()) if item.visit.id == "month_9")
    assert (is_overdue(last, date(2022, 2, 5)), is_overdue(last, date(2022, 2, 6))) == (False, True)


def test_visits_are_counted_from_the_planned_day_where_nothing_was_given(life: Any, breeze: Any) -> None:
    life.randomises()
    life.does(c.MovePreparation("P1", date(2021, 4, 20), e.NeutralReason.LOGISTICS))
    life.does(c.CancelAdministration("P1", e.NeutralReason.PARTICIPANT))
    window = visit_window(breeze.visit("month_3"), life.one())
    assert window is not None
    assert window.target == date(2021, 7, 20)


def test_a_correction_keeps_the_old_entry_and_moves_the_value(life: Any) -> None:
    life.consents().weighs("screening", date(2021, 3, 3), "71.0")
    old = life.store.head().seq
    life.does(c.CorrectResult(old, "72.50", "kg", "Read off the wrong line."))
    result = life.one().results["screening", "scales", "weight", ""]
    assert (str(result.quantity), result.corrected, result.entry) == ("72.50 kg", True, old + 1)
    kept = list(life.store.read())[old - 1].event
    assert isinstance(kept, e.ResultRecorded)
    assert kept.value == "71.0"


def test_a_missing_value_that_is_found_is_a_correction(life: Any) -> None:
    life.consents().holds("screening", date(2021, 3, 3))
    life.does(c.RecordMissing("P1", "screening", "scales", "weight", e.MissingReason.LOST))
    life.does(c.CorrectResult(life.store.head().seq, "71.0", "kg", "It was found."))
    assert life.one().latest_weight("weight") == (date(2021, 3, 3), Quantity.parse("71.0 kg"))


def test_of_two_weights_of_one_day_the_one_written_last_counts(life: Any) -> None:
    life.randomises()
    life.holds("screening", GIVEN).does(c.RecordResult("P1", "screening", "scales", "weight", "90.0", "kg"))
    life.weighs("infusion_day", GIVEN, "70.0")
    assert life.one().latest_weight("weight") == (GIVEN, Quantity.parse("70.0 kg"))


def test_results_are_recorded_by_sample_with_their_real_time_and_reported_unit(life: Any) -> None:
    life.consents().holds("screening", date(2021, 3, 3))
    life.does(
        c.RecordResult("P1", "screening", "exercise_test", "fev1", "1900", "mL", sample="10 min", actual="11 min"),
        c.RecordResult("P1", "screening", "reliever_diary", "reliever", "200", "ug/d", sample="day 7"),
        c.RecordResult("P1", "screening", "blood", "cotinine", "0.5", "ng/mL", below=True),
    )
    samples = {key[3]: result for key, result in life.one().results.items()}
    assert (str(samples["10 min"].quantity), samples["10 min"].actual) == ("1900 mL", "11 min")
    assert samples[""].below is True
    assert samples["day 7"].on == date(2021, 3, 3)


def test_a_suspended_trial_follows_those_in_it_and_resumes(life: Any) -> None:
    life.gives()
    life.does(c.Suspend(e.StopReason.PRODUCT, "A culture grew."))
    life.holds("month_3", date(2021, 7, 15))
    life.does(c.Resume("It was a false alarm."))
    assert life.state.phase is Phase.RECRUITING


def test_a_terminated_trial_says_why_and_ends_follow_up_early(life: Any) -> None:
    life.gives()
    life.now = datetime(2021, 6, 1, 9, tzinfo=UTC)
    life.does(c.Terminate(e.StopReason.PRODUCT, "Cultures do not grow."), c.EndFollowUp("P1"), c.Lock(("Dora", "Sam")))
    assert (life.state.stopped.because, life.state.stopped.why) == (e.StopReason.PRODUCT, "Cultures do not grow.")
    assert life.one().ended.early is True


def test_a_door_opened_again_stands_where_it_stood(life: Any, tmp_path: Path) -> None:
    life.gives()
    store = FileStore(tmp_path / "ledger")
    store.append([chained.entry for chained in life.store.read()], expected_seq=0)
    again = Door(life.protocol, FileStore(tmp_path / "ledger"), life.door._clock)
    assert again.state == life.state


def test_two_doors_at_one_file_see_each_other_and_number_their_entries_in_one_row(life: Any, tmp_path: Path) -> None:
    class Noon:
        def now(self) -> datetime:
            return datetime(2021, 3, 1, 12, tzinfo=UTC)

    doors = [Door(life.protocol, FileStore(tmp_path / "ledger"), Noon()) for _ in range(2)]
    opened = c.OpenTrial(simulated=True)
    assert isinstance(doors[0].ask(opened, life.by(opened)), Accepted)
    for number in range(6):
        identify = c.Identify(f"P{number}", "harbour")
        assert isinstance(doors[number % 2].ask(identify, life.by(identify)), Accepted)
    assert doors[0].state == doors[1].state
    assert verify((tmp_path / "ledger").read_bytes()).head.seq == 9


def test_who_comes_second_decides_again_on_what_is_true_now(life: Any) -> None:
    """Somebody else takes the number between the decision and the append: the store turns the first append away."""
    life.opens()

    class Overtaken:
        """A store in which somebody is always quicker, once."""

        def __init__(self) -> None:
            self.is_overtaken = False

        def head(self) -> Any:
            return life.store.head()

        def read(self, after: int = 0) -> Any:
            return life.store.read(after)

        def append(self, entries: Any, expected_seq: int) -> Any:
            if not self.is_overtaken:
                self.is_overtaken = True
                life.does(c.Identify("P1", "harbour"))
            return life.store.append(entries, expected_seq)

    command = c.Identify("P1", "harbour")
    decision = Door(life.protocol, Overtaken(), life.door._clock).ask(command, life.by(command))
    assert not isinstance(decision, Accepted)
    assert [issue.rule for issue in decision.issues] == ["conduct/number-taken"]
    assert kinds(life).count("identified") == 1


def test_folding_all_and_extending_step_by_step_give_the_same(life: Any) -> None:
    life.locks()
    entries = list(life.store.read())
    state = fold(entries[:1])
    for chained in entries[1:]:
        fold([chained], state)
    assert state == fold(entries) == fold(entries, fold(entries[:7]))


def test_an_entry_that_was_folded_is_not_folded_again(life: Any) -> None:
    life.gives()
    life.does(c.ReportAdverseEvent("P1", "headache", GIVEN), c.HoldUnscheduledVisit("P1", GIVEN, "A fall."))
    entries = list(life.store.read())
    state = fold(entries[6:], fold(entries))
    assert (len(state.participants["P1"].adverse_events), len(state.participants["P1"].unscheduled)) == (1, 1)
    assert state == fold(entries)


def test_an_entry_about_somebody_without_a_number_is_a_broken_ledger(life: Any) -> None:
    life.gives()
    entries = [chained for chained in life.store.read() if not isinstance(chained.event, e.Identified)]
    with pytest.raises(LedgerBroken, match="entry 5 speaks of 'P1', which no entry before it has"):
        fold(entries)


# --- What everybody may see -----------------------------------------------------------------------------------------


def test_projections_count_and_list_what_happened(life: Any, breeze: Any) -> None:
    life.gives("P1")
    for who, change in (("P2", {"fev1": "1.0 L"}), ("P3", {"fev1": "1.0 L", "hiv": "positive"})):
        life.screens(who, **change)
    life.does(c.Rescreen("P3", "Better now."))
    life.screens("P4").identifies("P5")
    life.now = datetime(2021, 5, 3, 9, tzinfo=UTC)
    life.does(
        c.ReportAdverseEvent("P1", "headache", date(2021, 5, 2), grade=1),
        c.ReportAdverseEvent("P1", "headache", date(2021, 5, 1), grade=3, serious=(e.Seriousness.HOSPITALISATION,)),
    )
    flow = count_flow(breeze, life.state)
    assert (flow.identified, flow.not_consented, flow.screened, flow.eligible_not_enrolled) == (5, 1, 4, 1)
    assert (flow.enrolled, flow.randomised, flow.administered, flow.not_administered) == (1, 1, 1, {})
    assert flow.not_eligible == {"FEV1 above 1.2 L": 1}
    assert flow.at_visit == {"screening": 0, "harvest": 1, "infusion_day": 1, "month_3": 0, "month_9": 0}
    rows = {row.participant: row.status for row in list_participants(life.state)}
    assert rows == {
        "P1": "in follow-up", "P2": "not eligible", "P3": "consented", "P4": "screened", "P5": "identified",
    }  # fmt: skip
    hiv = next(row for row in tabulate_eligibility(breeze, life.state) if row.id == "has_hiv")
    assert (hiv.met, hiv.not_met, hiv.unknown) == (1, 3, 0)
    assert [event.onset.day for event in list_events(life.state)] == [1, 2]
    (term,) = count_terms(life.state)
    assert (term.term, term.participants, term.events, term.worst_grade, term.serious) == ("headache", 1, 2, 3, 1)
    assert [observation.measure for observation in list_observations(life.state)] == ["weight"]
    assert visits_held(life.state) == {("P1", "harvest"): date(2021, 3, 10), ("P1", "infusion_day"): GIVEN}
    assert analysis_sets(breeze, life.state) == {"all_randomised": ("P1",)}
