"""Harm as the door takes it: what is refused, what is kept, and what follows in the same decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from armlet.conduct import commands as c
from armlet.conduct.decide import Accepted
from armlet.conduct.safety import commands as s
from armlet.conduct.state import Phase
from armlet.ledger import events as e
from armlet.ledger import safety_events as x
from armlet.protocol.model import Protocol, Role

NOON = datetime(2021, 4, 15, 12, tzinfo=UTC)
GIVEN = date(2021, 4, 15)
HOSPITAL = (x.Seriousness.HOSPITALISATION,)


@pytest.fixture
def life(make_life: Callable[[Protocol], Any], harm_protocol: Protocol) -> Any:
    """P1 was given the infusion; the protocol has every part on safety."""
    life = make_life(harm_protocol)
    life.gives()
    life.now = NOON
    return life


def ask(life: Any, command: c.Command, role: Role) -> tuple[e.OpenEvent, ...]:
    decision = life.door.ask(command, life.by(command, role))
    assert isinstance(decision, Accepted), decision
    return decision.events


def sepsis(**changed: Any) -> s.RecordAdverseEvent:
    """A serious adverse event with what is known after a few hours."""
    known = {
        "participant": "P1", "term": "suspected sepsis", "onset": "2021-04-18T03:20+02:00",
        "learnt": datetime(2021, 4, 18, 7, tzinfo=UTC), "grade": 3, "serious": HOSPITAL, "ongoing": True,
        "remedy": "Antibiotics.", "narrative": "Rigors in the night.", "special_interest": ("bleeding",),
        "action": x.ActionTaken.NOT_APPLICABLE, "found": "spontaneous",
    }  # fmt: skip
    return s.RecordAdverseEvent(**{**known, **changed})


def falls_ill(life: Any, **changed: Any) -> Any:
    """The event of `sepsis`, entered five hours after the site knew."""
    life.now = datetime(2021, 4, 18, 12, tzinfo=UTC)
    ask(life, sepsis(**changed), Role.INVESTIGATOR)
    return life.state.safety.of("P1")[0]


# --- Adverse events -------------------------------------------------------------------------------------------------


def test_an_event_is_kept_with_all_that_was_said_and_the_scale_of_its_grade(life: Any) -> None:
    event = falls_ill(life)

    assert (event.number, event.term, str(event.onset), event.grade, event.scale) == (
        1, "suspected sepsis", "2021-04-18T03:20+02:00", 3, "CTCAE 5.0",
    )  # fmt: skip
    assert (event.remedy, event.narrative, event.ongoing) == ("Antibiotics.", "Rigors in the night.", True)
    assert event.learnt == event.serious_since == datetime(2021, 4, 18, 7, tzinfo=UTC)
    assert event.sponsor_aware is None
    (listed,) = life.one().adverse_events
    assert (listed.onset, listed.grade, listed.serious) == (date(2021, 4, 18), 3, HOSPITAL)


def test_a_sponsor_that_does_not_suspect_takes_nothing_from_the_investigator_and_both_are_kept(life: Any) -> None:
    falls_ill(life)
    ask(life, s.AssessCausality("P1", 1, {"product": x.Relation.POSSIBLE}), Role.INVESTIGATOR)
    ask(life, s.AssessCausality("P1", 1, {"product": x.Relation.UNRELATED}), Role.SPONSOR)

    event = life.state.safety.of("P1")[0]
    assert event.suspected == ("product",)
    judged = {side.value: one.relations["product"].value for side, one in event.causality.items()}
    assert judged == {"investigator": "possible", "sponsor": "unrelated"}
    ask(life, s.AssessCausality("P1", 1, {"product": x.Relation.UNLIKELY}), Role.INVESTIGATOR)
    assert life.state.safety.of("P1")[0].suspected == ()
    ask(life, s.AssessCausality("P1", 1, {"procedure": x.Relation.PROBABLE}), Role.SAFETY_UNIT)
    assert life.one().adverse_events[0].related_to == ("procedure",)


def test_an_unexpected_suspected_serious_event_is_a_susar_and_its_duty_is_closed_once(life: Any) -> None:
    falls_ill(life)
    close = s.CloseExpeditedDuty("P1", 1, x.ReportStage.FIRST, date(2021, 4, 18))
    life.refuses(close, "no-susar", "no expedited report is due", role=Role.SAFETY_UNIT)
    ask(life, s.AssessCausality("P1", 1, {"product": x.Relation.POSSIBLE}), Role.INVESTIGATOR)
    wrong = s.AssessExpectedness("P1", 1, False, "2")
    life.refuses(wrong, "other-reference", "is version 3; got 2", role=Role.SAFETY_UNIT)
    ask(life, s.AssessExpectedness("P1", 1, False, "3"), Role.SAFETY_UNIT)

    assert life.state.safety.of("P1")[0].is_susar
    later = s.CloseExpeditedDuty("P1", 1, x.ReportStage.COMPLETE, date(2021, 4, 18))
    life.refuses(later, "first-report-open", "the first report is not done yet", role=Role.SAFETY_UNIT)
    ask(life, close, Role.SAFETY_UNIT)
    life.refuses(close, "closed-already", "this was done on 2021-04-18", role=Role.SAFETY_UNIT)


def test_the_safety_unit_breaks_a_code_only_after_both_judgements_have_made_it_a_susar(life: Any) -> None:
    falls_ill(life)
    warrant = c.GrantWarrant("W1", "P1", e.UnblindingCategory.SAFETY_REPORT, "SUSAR.", "Sal Example")
    life.refuses(warrant, "no-susar", "has no serious adverse event that is related and was not expected")
    ask(life, s.AssessCausality("P1", 1, {"procedure": x.Relation.POSSIBLE}), Role.INVESTIGATOR)
    ask(life, s.AssessExpectedness("P1", 1, False, "3"), Role.SAFETY_UNIT)

    assert [event.kind for event in life.does(warrant)] == ["warrant granted"]


def test_an_upgrade_to_fatal_keeps_when_each_side_learnt_it(life: Any) -> None:
    falls_ill(life)
    ask(life, s.InformSponsor("P1", 1, datetime(2021, 4, 18, 11, tzinfo=UTC)), Role.INVESTIGATOR)
    life.now = datetime(2021, 4, 20, 12, tzinfo=UTC)
    died = s.FollowUpAdverseEvent(
        "P1", 1, datetime(2021, 4, 20, 8, tzinfo=UTC), grade=5, serious=(x.Seriousness.DEATH,),
        outcome=x.EventOutcome.FATAL, ongoing=False,
    )  # fmt: skip
    ask(life, died, Role.INVESTIGATOR)
    ask(life, s.InformSponsor("P1", 1, datetime(2021, 4, 20, 9, tzinfo=UTC)), Role.INVESTIGATOR)

    event = life.state.safety.of("P1")[0]
    assert event.serious_since == datetime(2021, 4, 18, 7, tzinfo=UTC)
    assert event.fatal_since == datetime(2021, 4, 20, 8, tzinfo=UTC)
    assert event.sponsor_aware == datetime(2021, 4, 18, 11, tzinfo=UTC)
    assert event.sponsor_fatal == datetime(2021, 4, 20, 9, tzinfo=UTC)


def test_not_gradable_is_an_answer_and_a_later_grade_replaces_it(life: Any) -> None:
    event = falls_ill(life, grade=None, not_gradable=True)
    assert (event.grade, event.not_gradable, event.scale) == (None, True, "CTCAE 5.0")

    ask(life, s.FollowUpAdverseEvent("P1", 1, life.now, grade=2), Role.INVESTIGATOR)

    event = life.state.safety.of("P1")[0]
    assert (event.grade, event.not_gradable) == (2, False)


def test_an_event_reported_in_short_can_be_followed_up_and_the_ledger_keeps_both(life: Any) -> None:
    ask(life, c.ReportAdverseEvent("P1", "headache", GIVEN, related_to=("product",)), Role.CARE_PROVIDER)
    ask(life, s.FollowUpAdverseEvent("P1", 1, NOON, term="migraine", onset="2021-04"), Role.INVESTIGATOR)

    told = [one.event for one in life.store.read() if "adverse event" in one.event.kind]
    assert [(type(event).__name__, event.term) for event in told] == [
        ("AdverseEventReported", "headache"), ("AdverseEventFollowedUp", "migraine"),
    ]  # fmt: skip
    assert (life.one().adverse_events[0].term, life.one().adverse_events[0].onset) == ("migraine", date(2021, 4, 1))


@pytest.mark.parametrize(
    ("changed", "rule", "words"),
    [
        ({"grade": 5}, "fatal-without-death", "grade 5 is a death, and death is not among"),
        ({"outcome": x.EventOutcome.FATAL}, "fatal-without-death", "the outcome is fatal, and death"),
        ({"planned_admission": "breathing_night"}, "planned-admission", "the night in the breathing laboratory is planned"),
        ({"planned_admission": "holiday"}, "unknown-admission", "it has breathing_night"),
        ({"special_interest": ("gout",)}, "unknown-interest", "no special interest in 'gout'; it has bleeding"),
        ({"not_gradable": True}, "graded-and-not-gradable", "is given grade 3 and said not to be gradable"),
        ({"ended": "2021-04-18T03:00+02:00"}, "ended-before-onset", "before it began on 2021-04-18T03:20+02:00"),
        ({"ended": "2021-04-18T05:00+02:00"}, "ended-and-ongoing", "is said to go on and to have ended"),
        ({"onset": "2021-04-18T14:01+02:00"}, "in-the-future", "is after now, 2021-04-18T12:00:00+00:00"),
        ({"learnt": datetime(2021, 4, 18, 13, tzinfo=UTC)}, "in-the-future", "the site became aware at"),
        ({"onset": "in the night"}, "unfit", "onset is 'in the night'"),
        ({"term": " "}, "no-term", "the adverse event is not named"),
    ],
)  # fmt: skip
def test_what_cannot_be_true_of_an_event_is_refused(life: Any, changed: dict[str, Any], rule: str, words: str) -> None:
    life.now = datetime(2021, 4, 18, 12, tzinfo=UTC)

    life.refuses(sepsis(**changed), rule, words, role=Role.INVESTIGATOR)


def test_a_planned_admission_that_went_wrong_is_serious_for_what_went_wrong(life: Any) -> None:
    both = (x.Seriousness.HOSPITALISATION, x.Seriousness.LIFE_THREATENING)

    assert falls_ill(life, serious=both, planned_admission="breathing_night").serious == both


def test_grade_5_without_death_is_refused_in_the_short_report_as_well(life: Any) -> None:
    life.refuses(c.ReportAdverseEvent("P1", "stroke", GIVEN, grade=5), "fatal-without-death", "grade 5 is a death")


@pytest.mark.parametrize(
    ("command", "role", "rule", "words"),
    [
        (s.FollowUpAdverseEvent("P1", 2, NOON, term="x"), Role.INVESTIGATOR, "unknown-event", "has 1 adverse event(s)"),
        (s.FollowUpAdverseEvent("P1", 1, NOON), Role.INVESTIGATOR, "nothing-new", "nothing new is said"),
        (s.AssessCausality("P1", 1, {"moon": x.Relation.CERTAIN}), Role.INVESTIGATOR, "unknown-cause", "product, procedure"),
        (s.AssessCausality("P1", 1, {}), Role.INVESTIGATOR, "no-cause", "no cause is judged"),
        (
            s.AssessCausality("P1", 1, {"product": x.Relation.CERTAIN}), Role.SITE_COORDINATOR, "not-assessor",
            "site coordinator does not judge causes",
        ),
        (s.AssessExpectedness("P1", 1, True, "3"), Role.INVESTIGATOR, "not-sponsor", "for the sponsor and its safety unit"),
        (s.InformSponsor("P1", 1, NOON), Role.INVESTIGATOR, "told-before-known", "before the site knew at 2021-04-18"),
        (
            s.InformSponsor("P1", 1, NOON + timedelta(days=9)), Role.INVESTIGATOR, "in-the-future",
            "the sponsor was told at 2021-04-24",
        ),
    ],
)  # fmt: skip
def test_what_is_told_of_an_event_by_the_wrong_person_or_of_nothing_is_refused(
    life: Any, command: c.Command, role: Role, rule: str, words: str
) -> None:
    falls_ill(life)

    life.refuses(command, rule, words, role=role)


# --- Stopping -------------------------------------------------------------------------------------------------------


def related(grade: int = 3, who: str = "P1", **changed: Any) -> c.ReportAdverseEvent:
    return c.ReportAdverseEvent(who, "fever", GIVEN, grade=grade, related_to=("product",), **changed)


def test_a_boundary_that_is_reached_suspends_the_trial_in_the_decision_that_reached_it(life: Any) -> None:
    events = ask(life, related(), Role.INVESTIGATOR)  # one of one, and the boundary after one is 1

    assert [event.kind for event in events] == ["adverse event reported", "stopping rule met", "recruitment suspended"]
    met, suspended = events[1:]
    assert met == x.StoppingRuleMet(rule="too_much_harm", participants=1, events=1, bound=1)
    assert suspended.because is e.StopReason.TOXICITY
    assert life.state.phase is Phase.SUSPENDED
    life.refuses(c.Identify("P9", "harbour"), "phase", "the trial is suspended; expected recruiting")


def test_a_suspended_trial_goes_on_only_after_the_board_has_advised_to(life: Any) -> None:
    ask(life, related(), Role.INVESTIGATOR)
    life.refuses(c.Resume("All is well."), "board-not-heard", "the rule 'too_much_harm' was met")
    ask(life, s.RecordAdvice("R1", GIVEN, x.Advice.PAUSE, "Wait."), Role.SAFETY_BOARD)
    life.refuses(c.Resume("All is well."), "board-not-heard", "has not advised to go on since")
    ask(life, s.RecordAdvice("R2", GIVEN, x.Advice.MODIFY, "Give it slowly."), Role.SAFETY_BOARD)

    life.does(c.Resume("The board advised to."))

    assert life.state.phase is Phase.RECRUITING
    events = ask(life, c.ReportAdverseEvent("P1", "itch", GIVEN, grade=1), Role.INVESTIGATOR)
    assert len(events) == 1  # what was met already stops nothing again


def test_the_judgement_of_a_cause_can_stop_a_trial_and_so_can_a_late_report(life: Any) -> None:
    ask(life, c.ReportAdverseEvent("P1", "fever", GIVEN, grade=3), Role.INVESTIGATOR)
    assert life.state.phase is Phase.RECRUITING
    life.now = NOON + timedelta(days=200)

    events = ask(life, s.AssessCausality("P1", 1, {"product": x.Relation.PROBABLE}), Role.INVESTIGATOR)

    assert [event.kind for event in events] == ["causality assessed", "stopping rule met", "recruitment suspended"]


def test_harm_that_is_mild_unrelated_or_late_stops_nothing(life: Any) -> None:
    life.now = NOON + timedelta(days=60)
    late = c.ReportAdverseEvent("P1", "rash", date(2021, 5, 16), grade=3, related_to=("product",))
    for command in (related(2), c.ReportAdverseEvent("P1", "fall", GIVEN, grade=3, related_to=("procedure",)), late):
        ask(life, command, Role.INVESTIGATOR)

    assert (life.state.phase, life.state.safety.met) == (Phase.RECRUITING, [])


def test_any_death_and_a_related_grade_4_pause_the_trial_whenever_they_come(life: Any) -> None:
    life.now = NOON + timedelta(days=60)
    death = c.ReportAdverseEvent("P1", "stroke", date(2021, 6, 1), grade=5, serious=(e.Seriousness.DEATH,))
    events = ask(life, death, Role.INVESTIGATOR)
    assert [event.rule for event in events if isinstance(event, x.StoppingRuleMet)] == ["any_death"]

    late = c.ReportAdverseEvent("P1", "rash", date(2021, 6, 1), grade=4, related_to=("product",))
    events = ask(life, late, Role.INVESTIGATOR)  # suspended already: told, and not suspended twice
    assert [event.kind for event in events] == ["adverse event reported", "stopping rule met"]


def test_only_the_board_advises_once_on_a_report_and_its_stop_suspends_with_it(life: Any) -> None:
    stop = s.RecordAdvice("R1", GIVEN, x.Advice.STOP, "Too much harm in one arm.")
    life.refuses(stop, "not-the-board", "sponsor is not the safety board", role=Role.SPONSOR)

    assert [event.kind for event in ask(life, stop, Role.SAFETY_BOARD)] == ["board advised", "recruitment suspended"]
    life.refuses(stop, "advised-already", "the board advised on 'R1' already", role=Role.SAFETY_BOARD)


# --- Readings -------------------------------------------------------------------------------------------------------


def reading(point: str, minute: int, **signs: str) -> s.TakeReading:
    """Read so many minutes after the start, which was at 10:00; it stopped at 10:40."""
    return s.TakeReading("P1", point, datetime(2021, 4, 15, 10, tzinfo=UTC) + timedelta(minutes=minute), signs)


def test_a_reading_in_its_window_is_taken_and_a_late_one_is_a_deviation_with_its_own_time(life: Any) -> None:
    assert len(life.does(reading("five", 7, saturation="98"))) == 1

    taken, late = life.does(reading("start_plus_20", 30, saturation="98"))

    assert taken.at == datetime(2021, 4, 15, 10, 30, tzinfo=UTC)
    assert late.what == "reading 20 minutes after the start taken 7 min after its window, at 2021-04-15T10:30:00+00:00"


def test_readings_taken_before_the_infusion_is_recorded_are_held_against_it_afterwards(
    make_life: Callable[[Protocol], Any], harm_protocol: Protocol
) -> None:
    life = make_life(harm_protocol)
    life.releases()
    life.does(reading("before", -30, saturation="98"), reading("five", 5, saturation="97"))

    events = life.does(life.given())

    assert [event.kind for event in events] == ["administered", "deviation recorded"]
    assert "reading before taken 5 min before its window" in events[1].what


@pytest.mark.parametrize(
    ("signs", "symptoms", "rules"),
    [
        ({"saturation": "91.9"}, (), ("low_saturation",)),
        ({"saturation": "92"}, (), ()),
        ({"pressure": "83"}, (), ("falling_pressure",)),
        ({"pressure": "84"}, (), ()),
        ({"temperature": "38.0"}, (), ("fever",)),
        ({"temperature": "37.9"}, (), ()),
        ({"saturation": "99"}, ("hives",), ("hives",)),
        ({"saturation": "90", "temperature": "39"}, ("hives",), ("low_saturation", "fever", "hives")),
    ],
)
def test_a_reading_that_meets_a_rule_calls_for_a_pause(
    life: Any, signs: dict[str, str], symptoms: tuple[str, ...], rules: tuple[str, ...]
) -> None:
    life.does(reading("before", -15, saturation="98", pressure="120", temperature="37.0"))

    at = datetime(2021, 4, 15, 10, 5, tzinfo=UTC)
    events = life.does(s.TakeReading("P1", "five", at, signs, symptoms))

    called = [event.rules for event in events if isinstance(event, x.InfusionPauseCalled)]
    assert called == ([rules] if rules else [])


def test_fever_needs_the_rise_as_well_as_the_limit(life: Any) -> None:
    life.does(reading("before", -15, temperature="37.5"))

    assert len(life.does(reading("five", 5, temperature="38.4"))) == 1


def test_a_corrected_time_keeps_the_one_that_was_written(life: Any) -> None:
    life.does(reading("five", 7, saturation="98"))
    entry = life.state.head.seq
    corrected = s.CorrectReading("P1", entry, datetime(2021, 4, 15, 10, 5, tzinfo=UTC), {"saturation": "98"}, "A slip.")
    life.does(corrected)

    written = [
        one.event.at.minute for one in life.store.read() if isinstance(one.event, x.ReadingTaken | x.ReadingCorrected)
    ]
    assert written == [7, 5]
    assert life.state.safety.readings["P1"]["five"].corrected
    life.refuses(corrected, "no-reading", f"entry {entry} is no reading of this participant that stands")


def test_a_missed_reading_is_a_deviation_and_cannot_be_taken_afterwards(life: Any) -> None:
    events = life.does(s.MissReading("P1", "an_hour", "Asleep."))

    assert [event.kind for event in events] == ["reading missed", "deviation recorded"]
    life.refuses(reading("an_hour", 100, saturation="98"), "reading-missed", "'an_hour' was recorded as missed")


@pytest.mark.parametrize(
    ("command", "rule", "words"),
    [
        (reading("ten", 10, saturation="98"), "unknown-reading", "the schedule has no reading 'ten'"),
        (reading("start_plus_50", 50, saturation="98"), "unknown-reading", "the infusion was over before 'start_plus_50'"),
        (reading("start_plus_21", 21, saturation="98"), "unknown-reading", "the schedule has no reading 'start_plus_21'"),
        (reading("five", 5), "no-sign", "nothing was read"),
        (reading("five", 5, pulse="60"), "unknown-sign", "'pulse' is not read here"),
        (reading("five", 5, saturation="98 %"), "no-number", "saturation is '98 %', which is no number"),
        (reading("five", 600, saturation="98"), "in-the-future", "is after now"),
        (s.TakeReading("P1", "five", NOON, {"saturation": "9"}, ("joy",)), "unknown-symptom", "'joy' is not asked for here"),
    ],
)  # fmt: skip
def test_a_reading_that_is_not_of_the_schedule_is_refused(life: Any, command: c.Command, rule: str, words: str) -> None:
    life.refuses(command, rule, words)


def test_a_reading_needs_a_schedule_and_an_infusion_and_is_taken_once(
    life: Any, make_life: Callable[[Protocol], Any], breeze: Protocol, harm_protocol: Protocol
) -> None:
    life.does(reading("five", 5, saturation="98"))
    life.refuses(reading("five", 6, saturation="98"), "reading-twice", "'five' was read already (entry")
    other = make_life(breeze)
    other.gives()
    other.refuses(reading("five", 5, saturation="98"), "no-monitoring", "no schedule of readings")
    early = make_life(harm_protocol)
    early.enrols()
    early.now = NOON
    early.refuses(reading("five", 5, saturation="98"), "no-preparation", "has no preparation that is given")


# --- Measures, incidents, pregnancies -------------------------------------------------------------------------------


def test_an_urgent_measure_stops_the_trial_with_it_and_is_followed_up(life: Any) -> None:
    events = ask(life, s.TakeUrgentMeasure("No more infusions from this lot.", NOON, suspends=True), Role.INVESTIGATOR)
    assert [event.kind for event in events] == ["urgent measure taken", "recruitment suspended"]

    life.refuses(s.FollowUpUrgentMeasure(2, GIVEN, "authority"), "unknown-measure", "none with the number 2")
    life.refuses(s.FollowUpUrgentMeasure(1, GIVEN), "nothing-new", "neither who was notified nor an amendment")
    before = s.FollowUpUrgentMeasure(1, date(2021, 4, 14), "authority")
    life.refuses(before, "before-the-measure", "2021-04-14 is before the measure was taken")
    life.does(s.FollowUpUrgentMeasure(1, GIVEN, "ethics committee"), s.FollowUpUrgentMeasure(1, GIVEN, amendment="1.1"))

    (measure,) = life.state.safety.measures
    assert (measure.notified, measure.amendment) == ({"ethics committee": GIVEN}, "1.1")


def test_a_near_miss_is_the_same_for_everybody_and_reaches_nobody(life: Any) -> None:
    miss = s.ReportIncident("P1", x.IncidentKind.NEAR_MISS, "Another bag at the bed.", NOON, False, "PREP-P1")
    life.does(miss)
    reached = s.ReportIncident("P1", x.IncidentKind.NEAR_MISS, "Another bag.", NOON, True)
    life.refuses(reached, "near-miss-reached", "a near miss does not reach the participant")
    unknown = s.ReportIncident("P1", x.IncidentKind.OTHER, "A leak.", NOON, False, "PREP-9")
    life.refuses(unknown, "unknown-preparation", "no preparation has the number 'PREP-9'")

    assert [one.incident.value for one in life.state.safety.incidents] == ["near miss"]


def test_a_pregnancy_is_followed_only_with_permission_and_ends_once(life: Any) -> None:
    life.refuses(s.FollowUpPregnancy("P1", 1, GIVEN), "unknown-pregnancy", "0 pregnancies are known")
    life.does(s.ReportPregnancy("P1", x.PregnancyOf.PARTICIPANT, GIVEN, x.PermissionToFollow.NOT_ASKED))
    born = s.FollowUpPregnancy("P1", 1, GIVEN, outcome=x.PregnancyOutcome.LIVE_BIRTH)
    life.refuses(born, "no-permission", "the permission to follow the pregnancy is not asked yet")
    life.refuses(s.FollowUpPregnancy("P1", 1, GIVEN), "nothing-new", "nothing new is said")
    life.does(s.FollowUpPregnancy("P1", 1, GIVEN, permission=x.PermissionToFollow.GIVEN), born)

    life.refuses(born, "ended-already", "ended as live birth already")
    assert life.state.safety.pregnancies["P1"][0].outcome is x.PregnancyOutcome.LIVE_BIRTH
