"""Every rule of conduct says no: by its name, in its words, and nothing has moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from armlet.conduct import commands as c
from armlet.ledger import events as e
from armlet.protocol.model import Protocol
from armlet.units import Quantity

CONSENTED, ENROLLED, GIVEN = date(2021, 3, 2), date(2021, 3, 5), date(2021, 4, 15)
AFTER = date(2022, 1, 20)


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def ml(volume: str) -> Quantity:
    return Quantity.parse(f"{volume} mL")


def kg(weight: str) -> Quantity:
    return Quantity.parse(f"{weight} kg")


# --- Entry ----------------------------------------------------------------------------------------------------------


def test_a_number_is_given_once(life: Any) -> None:
    life.identifies()
    life.refuses(c.Identify("P1", "harbour"), "number-taken", "the number is taken")


def test_a_site_that_the_protocol_does_not_have_is_refused(life: Any) -> None:
    life.opens()
    life.refuses(c.Identify("P1", "moon"), "unknown-site", "the protocol has no site 'moon'; it has harbour.")


def test_nothing_is_asked_for_somebody_without_a_number(life: Any) -> None:
    life.opens()
    life.refuses(c.Enrol("P7"), "unknown-participant", "no participant has this number")


def test_nobody_is_screened_before_consent(life: Any) -> None:
    life.identifies()
    life.refuses(c.Screen("P1", life.answers, date(2021, 3, 1)), "no-consent", "'consent to take part' is not recorded")


def test_no_visit_is_held_before_consent(life: Any) -> None:
    life.identifies()
    life.refuses(c.HoldVisit("P1", "screening", date(2021, 3, 1)), "no-consent", "is not recorded")


def test_no_visit_lies_before_the_day_of_consent(life: Any) -> None:
    life.consents()
    life.refuses(c.HoldVisit("P1", "screening", date(2021, 3, 1)), "before-consent", "2021-03-01 is before the consent")


def test_an_old_version_of_the_consent_is_refused(life: Any) -> None:
    life.identifies()
    life.refuses(
        c.GiveConsent("P1", "trial_consent", "0.9"),
        "old-consent",
        "version 0.9 of 'consent to take part' is not in force",
    )


def test_a_consent_that_the_protocol_does_not_have_is_refused(life: Any) -> None:
    life.identifies()
    life.refuses(c.GiveConsent("P1", "biobank", "1"), "unknown-consent", "the protocol has no consent 'biobank'")


def test_a_consent_of_an_older_version_does_not_enrol(
    life: Any, make_life: Callable[[Protocol], Any], breeze: Protocol
) -> None:
    """The door refuses another protocol; the rule itself is tried on the state of the old one."""
    from armlet.conduct.consent.reconsent import check_consented

    life.consents()
    newer = breeze.model_copy(update={"consents": (breeze.consents[0].model_copy(update={"version": "2"}),)})
    (issue,) = check_consented(newer, life.state, life.one(), CONSENTED, intervenes=True)
    assert issue.rule == "conduct/old-consent"
    assert "was given in version 1; expected 2" in issue.message


def test_somebody_not_screened_is_not_enrolled(life: Any) -> None:
    life.consents()
    life.refuses(c.Enrol("P1"), "not-screened", "not screened yet")


def test_an_unknown_verdict_does_not_enrol_and_the_open_criterion_is_named(life: Any) -> None:
    life.screens(cotinine=None)
    life.refuses(c.Enrol("P1"), "not-eligible", "the verdict is 'unknown' (open: smokes); expected 'eligible'")


@pytest.mark.parametrize("role", ["investigator"])
def test_not_eligible_has_no_waiver(life: Any, role: str) -> None:
    life.screens(fev1="1.2 L")
    life.refuses(c.Enrol("P1"), "not-eligible", "the verdict is 'not eligible'; expected 'eligible'")
    by = replace(life.by(c.Enrol("P1")), reason="The sponsor agrees to an exception.")
    life.refuses(c.Enrol("P1"), "not-eligible", "the verdict is 'not eligible'", by=by)


def test_a_failed_screening_is_not_overwritten(life: Any) -> None:
    life.screens(fev1="1.2 L")
    life.refuses(c.Screen("P1", life.answers, CONSENTED), "screened-already", "was screened already")


def test_an_enrolled_participant_is_not_screened_or_enrolled_again(life: Any) -> None:
    life.enrols()
    life.refuses(c.Screen("P1", life.answers, CONSENTED), "screened-already", "was screened already")
    life.refuses(c.Enrol("P1"), "already-enrolled", "enrolled on 2021-03-05 already")
    life.refuses(c.Rescreen("P1", "To be sure."), "no-failed-screening", "no failed screening to repeat")


def test_only_a_failed_screening_is_repeated(life: Any) -> None:
    life.consents()
    life.refuses(c.Rescreen("P1", "To be sure."), "no-failed-screening", "no failed screening to repeat")


def test_a_rescreening_says_why(life: Any) -> None:
    life.screens(fev1="1.2 L")
    life.refuses(c.Rescreen("P1", "  "), "no-reason", "a reason of 1 to 250 characters is needed; got 0")


def test_the_reference_day_is_not_in_the_future(life: Any) -> None:
    life.consents()
    life.refuses(
        c.Screen("P1", life.answers, date(2021, 3, 3)), "in-the-future", "2021-03-03 is after today, 2021-03-02"
    )


def test_answers_that_cannot_be_read_are_refused_one_by_one(life: Any) -> None:
    from armlet.conduct.decide import Refused

    life.consents()
    head = life.store.head()
    answers = {**life.answers, "fev1": "2,1 L", "age": "34", "shoe": "42", "hiv": "maybe"}
    command = c.Screen("P1", answers, CONSENTED)
    decision = life.door.ask(command, life.by(command))
    assert isinstance(decision, Refused)
    assert sorted(issue.rule for issue in decision.issues) == [
        "person/code", "person/quantity", "person/unit-missing", "person/unknown-measure",
    ]  # fmt: skip
    assert life.store.head() == head


@pytest.mark.parametrize("scope", list(e.WithdrawalScope))
def test_nobody_enters_after_taking_anything_back(life: Any, scope: e.WithdrawalScope) -> None:
    life.screens()
    life.does(c.Withdraw("P1", (scope,)))
    life.refuses(c.Enrol("P1"), "withdrawn", "no longer takes part")
    life.refuses(c.Screen("P1", life.answers, CONSENTED), "withdrawn", "no longer takes part")


# --- Allocation -----------------------------------------------------------------------------------------------------


def test_nobody_is_randomised_before_enrolment(life: Any) -> None:
    life.screens()
    life.refuses(c.RequestRandomisation("P1", "R1"), "not-enrolled", "not enrolled")


def test_nobody_is_randomised_before_what_must_be_done_first(life: Any) -> None:
    life.enrols()
    life.refuses(c.RequestRandomisation("P1", "R1"), "not-done-before", "'nasal brushing' is not done")


def test_a_test_that_has_only_missing_values_is_not_done(life: Any, make_life: Any, breeze: Protocol) -> None:
    after = breeze.allocation.model_copy(update={"after": ("scales",)})
    other = make_life(breeze.model_copy(update={"allocation": after}))
    other.enrols().holds("screening", ENROLLED)
    other.does(c.RecordMissing("P1", "screening", "scales", "weight", e.MissingReason.NOT_DONE))
    other.refuses(c.RequestRandomisation("P1", "R1"), "not-done-before", "'weighing' is not done")
    other.does(c.RecordResult("P1", "screening", "scales", "body_mass_index", "24", "kg/m2"))
    other.does(c.RequestRandomisation("P1", "R1"))


def test_a_second_request_is_refused(life: Any) -> None:
    life.asks()
    life.refuses(c.RequestRandomisation("P1", "R2"), "already-randomised", "asked for already (request R-P1)")


def test_a_request_without_a_number_is_not_taken_for_a_double_click(life: Any) -> None:
    life.brushes()
    for request in ("", "  "):
        life.refuses(c.RequestRandomisation("P1", request), "no-request", "the request has no number")


def test_an_exhausted_list_gives_nothing(life: Any, make_life: Any, breeze: Protocol) -> None:
    small = make_life(breeze.model_copy(update={"design": breeze.design.model_copy(update={"participants": 1})}))
    small.asks("P1").brushes("P2")
    small.refuses(c.RequestRandomisation("P2", "R2"), "list-exhausted", "all 1 slots of the protocol are used")


def test_nobody_who_left_is_randomised(life: Any) -> None:
    life.brushes()
    life.does(c.Withdraw("P1", (e.WithdrawalScope.SHARING,)))
    life.refuses(c.RequestRandomisation("P1", "R1"), "withdrawn", "no longer takes part")


def test_the_allocator_answers_a_request_and_only_once(life: Any) -> None:
    life.brushes()
    life.refuses(c.ConfirmRandomisation("P1", "PREP-001", GIVEN), "no-request", "no allocation was asked for")
    life.does(c.RequestRandomisation("P1", "R1"), c.ConfirmRandomisation("P1", "PREP-001", GIVEN))
    life.refuses(
        c.ConfirmRandomisation("P1", "PREP-002", GIVEN), "already-randomised", "allocated on 2021-03-10 already"
    )


def test_a_preparation_belongs_to_one_participant(life: Any) -> None:
    life.randomises("P1").asks("P2")
    life.refuses(
        c.ConfirmRandomisation("P2", "PREP-P1", GIVEN), "preparation-taken", "PREP-P1 is another participant's"
    )
    life.refuses(c.ConfirmRandomisation("P2", "", GIVEN), "no-number", "the preparation has no number")


SUSPENDED = [
    ("brushes", c.RequestRandomisation("P1", "R1")),
    ("screens", c.Enrol("P1")),
    ("randomises", c.ReleasePreparation("P1", at(GIVEN, 14), kg("70"), ml("26.5"))),
]


@pytest.mark.parametrize(("step", "command"), SUSPENDED)
def test_a_suspended_trial_enrols_allocates_and_releases_nothing(life: Any, step: str, command: c.Command) -> None:
    getattr(life, step)()
    life.does(c.Suspend(e.StopReason.PRODUCT, "A culture grew."))
    life.refuses(command, "not-recruiting", "the trial is suspended; expected recruiting")


def test_a_suspended_trial_gives_nothing_and_identifies_nobody(life: Any) -> None:
    life.releases()
    life.does(c.Suspend(e.StopReason.PRODUCT, "A culture grew."))
    life.refuses(life.given(), "not-recruiting", "the trial is suspended")
    life.refuses(c.Identify("P9", "harbour"), "phase", "the trial is suspended; expected recruiting")


# --- The preparation ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weight", "volume", "rule", "words"),
    [
        (None, ml("26.5"), "no-dose", "are not both given"),
        (kg("70"), None, "no-dose", "are not both given"),
        (kg("0"), ml("26.5"), "not-positive", "the weight is 0 kg; expected more than 0 kg"),
        (kg("-70"), ml("26.5"), "not-positive", "the weight is -70 kg"),
        (kg("70"), ml("0.0"), "not-positive", "the volume is 0.0 mL"),
        (ml("70"), ml("26.5"), "unit", "the weight is 70 mL; expected a unit such as kg"),
        (kg("70"), kg("26.5"), "unit", "the volume is 26.5 kg; expected a unit such as mL"),
    ],
)
def test_a_release_says_weight_and_volume_in_units_that_fit(
    life: Any, weight: Quantity | None, volume: Quantity | None, rule: str, words: str
) -> None:
    life.randomises()
    life.refuses(c.ReleasePreparation("P1", at(GIVEN, 14), weight, volume), rule, words)


def test_what_has_expired_is_not_released(life: Any) -> None:
    life.randomises()
    life.refuses(
        c.ReleasePreparation("P1", life.now, kg("70"), ml("26.5")), "expired", "it expired at 2021-03-11T09:00"
    )


def test_nothing_is_done_with_a_preparation_that_does_not_exist(life: Any) -> None:
    life.asks()
    for command in (
        c.ReleasePreparation("P1", at(GIVEN, 14), kg("70"), ml("26.5")),
        c.MovePreparation("P1", GIVEN, e.NeutralReason.LOGISTICS),
        c.CancelAdministration("P1", e.NeutralReason.LOGISTICS),
        life.given(),
    ):
        life.refuses(command, "not-randomised", "there is no preparation yet")


def test_another_participants_preparation_is_stopped_at_the_bedside(life: Any) -> None:
    life.releases("P1").randomises("P2")
    life.now = at(GIVEN, 12)
    life.refuses(
        replace(life.given(), preparation="PREP-P2"), "identity", "the preparation scanned is PREP-P2; expected PREP-P1"
    )


@pytest.mark.parametrize("names", [("Ada", "Ada"), ("Ada", ""), ("", ""), ("Ada", " "), ("Ada Bo", "ada  bo ")])
def test_the_bedside_check_needs_two_different_people(life: Any, names: tuple[str, str]) -> None:
    life.releases()
    life.refuses(replace(life.given(), checked_by=names), "two-people", "two different people")


def test_nothing_is_given_before_it_is_released(life: Any) -> None:
    life.randomises().weighs("infusion_day", GIVEN)
    life.now = at(GIVEN, 12)
    life.refuses(life.given(), "not-released", "PREP-P1 is not released")


def test_a_moved_preparation_is_released_anew(life: Any) -> None:
    life.releases()
    life.does(c.MovePreparation("P1", GIVEN, e.NeutralReason.LOGISTICS))
    life.refuses(life.given(), "not-released", "PREP-P1 is not released")


def test_the_moment_of_expiry_is_expired_and_the_minute_before_is_not(life: Any) -> None:
    life.releases()
    life.now = at(GIVEN, 15)
    life.refuses(
        replace(life.given(), stopped=at(GIVEN, 14)),
        "expired",
        "expired at 2021-04-15T14:00:00+00:00; the infusion ended",
    )
    life.does(replace(life.given(), stopped=at(GIVEN, 13, 59)))


@pytest.mark.parametrize("minutes", [0, -1])
def test_an_infusion_ends_after_it_starts(life: Any, minutes: int) -> None:
    life.releases()
    stopped = at(GIVEN, 10) + timedelta(minutes=minutes)
    life.refuses(replace(life.given(), stopped=stopped), "times", "the infusion ends before it starts")


def test_an_infusion_of_a_hundred_years_is_a_slip_and_holds_nobody_up(life: Any) -> None:
    life.releases()
    long_ago = at(GIVEN, 10) - timedelta(days=36_500)
    life.refuses(replace(life.given(), started=long_ago), "times", "expected at most 2 days")


def test_no_infusion_is_of_tomorrow(life: Any) -> None:
    life.releases()
    life.now = at(date(2021, 4, 14), 23)
    life.refuses(life.given(), "in-the-future", "2021-04-15 is after today, 2021-04-14")


def test_a_weight_is_valid_to_its_last_day_and_not_a_day_longer(life: Any) -> None:
    """Valid for 10 days: of 5 April on 15 April, not of 4 April."""
    life.randomises().holds("screening", date(2021, 4, 4))
    life.does(c.RecordResult("P1", "screening", "scales", "weight", "70.0", "kg"))
    life.now = at(GIVEN, 8)
    life.does(c.ReleasePreparation("P1", at(GIVEN, 14), kg("70.0"), ml("26.5")))
    life.now = at(GIVEN, 12)
    life.refuses(life.given(), "old-weight", "the last weight is of 2021-04-04; expected within 10 days of 2021-04-15")


def test_a_weight_of_ten_days_ago_is_still_valid(life: Any) -> None:
    life.randomises().holds("screening", date(2021, 4, 5))
    life.does(c.RecordResult("P1", "screening", "scales", "weight", "70.0", "kg"))
    life.now = at(GIVEN, 8)
    life.does(c.ReleasePreparation("P1", at(GIVEN, 14), kg("70.0"), ml("26.5")))
    life.now = at(GIVEN, 12)
    life.does(life.given())


def test_nothing_is_given_to_somebody_never_weighed(life: Any) -> None:
    life.randomises()
    life.does(c.ReleasePreparation("P1", at(GIVEN, 14), kg("70"), ml("26.5")))
    life.now = at(GIVEN, 12)
    life.refuses(life.given(), "no-weight", "no body weight is recorded")


@pytest.mark.parametrize(
    ("prepared_for", "is_given"), [("73.7 kg", False), ("73.6 kg", True), ("66.7 kg", True), ("66.6 kg", False)]
)
def test_a_weight_that_changed_by_more_than_five_per_cent_needs_a_new_dose(
    life: Any, prepared_for: str, is_given: bool
) -> None:
    """Of 73.7 kg, 70.0 kg is 5.02 % less; of 73.6 kg 4.89 %. Of 66.7 kg it is 4.95 % more; of 66.6 kg 5.11 %."""
    life.releases(weight=prepared_for)
    if is_given:
        life.does(life.given())
    else:
        life.refuses(life.given(), "weight-changed", f"weight is 70.0 kg, the volume was drawn up for {prepared_for}")


@pytest.mark.parametrize(
    ("least", "greatest", "is_given"),
    [
        ("70.0 kg", "80 kg", True),
        ("70.001 kg", "80 kg", False),
        ("60 kg", "70.0 kg", True),
        ("60 kg", "69.999 kg", False),
    ],
)
def test_the_weight_of_the_day_must_keep_the_dose_inside_its_limits(
    life: Any, least: str, greatest: str, is_given: bool
) -> None:
    """The weight of the day is 70.0 kg, as when the volume was drawn up; both ends belong to what is allowed."""
    life.releases()
    weights = (Quantity.parse(least), Quantity.parse(greatest))
    release = c.ReleasePreparation("P1", at(GIVEN, 14), kg("70.0"), ml("26.5"), *weights)
    life.does(release)
    life.now = at(GIVEN, 12)
    if is_given:
        life.does(life.given())
    else:
        words = f"weight is 70.0 kg; the volume keeps the dose inside its limits from {least} to {greatest}"
        life.refuses(life.given(), "dose-limits", words)


def test_exactly_five_per_cent_is_not_more_than_five(life: Any) -> None:
    """70.0 kg is 5 % more than 66.666… kg, so the exact limit is tried downward: 95 kg of 100 kg."""
    life.randomises().weighs("infusion_day", GIVEN, "95.0")
    life.does(c.ReleasePreparation("P1", at(GIVEN, 14), kg("100"), ml("26.5")))
    life.now = at(GIVEN, 12)
    life.does(life.given())


@pytest.mark.parametrize(
    ("volume", "complete", "rule", "words"),
    [
        (ml("26.6"), True, "volume", "26.6 mL given; 26.5 mL were released"),
        (ml("26.4"), True, "incomplete", "only 26.4 mL of 26.5 mL were given"),
        (None, True, "no-volume", "the volume given is not said; 26.5 mL were released"),
        (None, False, "no-volume", "the volume given is not said"),
        (ml("0"), False, "not-positive", "the volume given is 0 mL"),
        (ml("-5"), False, "not-positive", "the volume given is -5 mL"),
        (kg("26.5"), True, "unit", "the volume given is 26.5 kg; expected a unit such as mL"),
    ],
)
def test_the_volume_given_is_what_was_released_or_said_to_be_less(
    life: Any, volume: Quantity | None, complete: bool, rule: str, words: str
) -> None:
    life.releases()
    life.refuses(replace(life.given(), volume=volume, complete=complete), rule, words)


def test_part_of_an_infusion_is_recorded_as_not_complete(life: Any) -> None:
    life.releases()
    life.does(replace(life.given(), volume=Quantity.parse("0.0159 L"), complete=False))
    assert life.one().administered.complete is False


def test_a_preparation_is_given_once(life: Any) -> None:
    life.gives()
    life.refuses(life.given(), "already-given", "PREP-P1 was given already")
    life.refuses(c.CancelAdministration("P1", e.NeutralReason.LOGISTICS), "already-given", "was given already")


def test_a_cancelled_preparation_is_not_given(life: Any) -> None:
    life.releases()
    life.does(c.CancelAdministration("P1", e.NeutralReason.LOGISTICS))
    life.refuses(life.given(), "cancelled", "PREP-P1 was cancelled")


def test_nothing_is_given_to_who_withdrew_from_the_intervention(life: Any) -> None:
    life.releases()
    life.does(c.Withdraw("P1", (e.WithdrawalScope.INTERVENTION,)))
    life.refuses(life.given(), "withdrawn", "withdrew from the intervention")


# --- Visits and results ---------------------------------------------------------------------------------------------


def test_a_visit_is_held_once(life: Any) -> None:
    life.gives().holds("month_3", date(2021, 7, 15))
    life.refuses(c.HoldVisit("P1", "month_3", date(2021, 7, 15)), "visit-twice", "'month_3' was held on 2021-07-15")
    life.refuses(c.MissVisit("P1", "month_3", "Was ill."), "visit-twice", "'month_3' was held on 2021-07-15")


def test_a_missed_visit_is_not_held(life: Any) -> None:
    life.gives()
    life.does(c.MissVisit("P1", "month_3", "Was ill."))
    life.now = at(date(2021, 7, 15))
    life.refuses(c.HoldVisit("P1", "month_3", date(2021, 7, 15)), "visit-missed", "'month_3' was recorded as missed")


def test_a_visit_that_the_schedule_does_not_have_is_refused(life: Any) -> None:
    life.gives()
    life.refuses(c.HoldVisit("P1", "month_4", GIVEN), "unknown-visit", "the protocol has no visit 'month_4'")
    life.refuses(c.MissVisit("P1", "month_4", "Was ill."), "unknown-visit", "the protocol has no visit 'month_4'")


def test_a_visit_of_tomorrow_is_not_held(life: Any) -> None:
    life.consents()
    life.refuses(c.HoldVisit("P1", "screening", date(2021, 3, 3)), "in-the-future", "2021-03-03 is after today")


def test_a_visit_after_the_infusion_waits_for_it(life: Any) -> None:
    life.randomises()
    life.now = at(date(2021, 7, 15))
    life.refuses(
        c.HoldVisit("P1", "month_3", date(2021, 7, 15)),
        "no-anchor",
        "is counted from administration, which has not come",
    )


def test_a_visit_after_enrolment_waits_for_it(life: Any) -> None:
    life.screens()
    life.refuses(c.HoldVisit("P1", "harvest", CONSENTED), "no-anchor", "is counted from enrolment, which has not come")


def test_results_belong_to_a_visit_that_was_held(life: Any) -> None:
    life.consents()
    for command in (
        c.RecordResult("P1", "screening", "scales", "weight", "70", "kg"),
        c.RecordMissing("P1", "screening", "scales", "weight", e.MissingReason.LOST),
        c.DoActivity("P1", "screening", "scales", CONSENTED),
    ):
        life.refuses(command, "visit-not-held", "'screening' is not recorded as held")


def record(activity: str = "scales", measure: str = "weight", value: str = "70", unit: str = "kg", **rest: Any) -> Any:
    return c.RecordResult("P1", "screening", activity, measure, value, unit, **rest)


@pytest.mark.parametrize(
    ("command", "rule", "words"),
    [
        (record("brushing"), "unknown-activity", "'screening' has no activity 'brushing'; it has questions, scales"),
        (record(measure="fev1"), "unknown-measure", "'weighing' does not measure 'fev1'; it measures weight, body"),
        (record(sample="0 min"), "unknown-sample", "sample '0 min' is not one of"),
        (
            record("exercise_test", "fev1", "2", "L", sample="15 min"),
            "unknown-sample",
            "sample '15 min' is not one of 0 min, 5 min, 10 min, 20 min, 30 min",
        ),
        (record("exercise_test", "fev1", "2", "L"), "unknown-sample", "sample '' is not one of 0 min"),
        (
            record("reliever_diary", "reliever", "200", "ug/d", sample="day 8"),
            "unknown-sample",
            "'day 8' is not one of",
        ),
        (record(unit="cm"), "unit", "70 cm cannot be expressed in kg"),
        (record(unit=""), "unit", "the unit '' is not known"),
        (record(unit="stone"), "unit", "the unit 'stone' is not known"),
        (record(value="62,3"), "unit", "has a decimal comma; expected a decimal point: '62.3'"),
        (record(value="NaN"), "unit", "'NaN' is not a number"),
        (record(value="1e400"), "unit", "far outside anything that can be measured"),
        (record(value="heavy"), "unit", "'heavy' is not a number"),
        (record(value=" 70"), "unfit", "value is ' 70': expected a number with a decimal point"),
        (record(value="700"), "implausible", "body weight: 700 kg is outside what is plausible (30 kg to 220 kg)"),
        (record(value="-70"), "implausible", "-70 kg is outside what is plausible"),
        (record("blood", "eosinophils", "-0.1", "10*9/L"), "implausible", "(not below 0 10*9/L)"),
        (record("blood", "cotinine", "1100", "ng/mL"), "implausible", "(0 nmol/L to 6000 nmol/L)"),
        (record("blood", "hiv", "1", "1"), "no-quantity", "HIV antibody is no quantity"),
        (record("questions", "asthma_found", "2018", "1"), "no-quantity", "is no quantity"),
    ],
)
def test_a_result_that_does_not_fit_is_refused(life: Any, command: c.RecordResult, rule: str, words: str) -> None:
    life.consents().holds("screening", CONSENTED)
    life.refuses(command, rule, words)


def test_an_implausible_value_is_recorded_once_confirmed_but_a_wrong_unit_never(life: Any) -> None:
    life.consents().holds("screening", CONSENTED)
    life.does(record(value="25.5", confirmed=True))
    life.refuses(record("blood", "cotinine", "3", "kg", confirmed=True), "unit", "3 kg cannot be expressed in nmol/L")


@pytest.mark.parametrize(("value", "unit"), [("30", "kg"), ("220.0", "kg"), ("485.016", "[lb_av]")])
def test_the_ends_of_the_plausible_range_belong_to_it(life: Any, value: str, unit: str) -> None:
    """485.016 lb is 219.9996 kg, and 485.017 lb is 220.00001 kg (0.45359237 kg each)."""
    life.consents().holds("screening", CONSENTED)
    life.refuses(record(value="485.017", unit="[lb_av]"), "implausible", "485.017 [lb_av] is outside")
    life.does(record(value=value, unit=unit))


def test_a_value_is_recorded_once(life: Any) -> None:
    life.consents().weighs("screening", CONSENTED)
    life.refuses(record(value="71"), "result-twice", "'weight' at 'screening'  is recorded already (entry 7)")
    missing = c.RecordMissing("P1", "screening", "scales", "weight", e.MissingReason.LOST)
    life.refuses(missing, "result-twice", "is recorded already")


def test_a_correction_names_the_newest_entry_of_a_value_and_says_why(life: Any) -> None:
    life.consents().weighs("screening", CONSENTED)
    old = life.store.head().seq
    life.refuses(c.CorrectResult(1, "71", "kg", "A slip."), "no-result", "entry 1 is no result")
    life.refuses(c.CorrectResult(99, "71", "kg", "A slip."), "no-result", "entry 99 is no result")
    life.refuses(c.CorrectResult(old, "71", "kg", " "), "no-reason", "a reason of 1 to 250 characters is needed")
    life.refuses(c.CorrectResult(old, "710", "kg", "A slip."), "implausible", "710 kg is outside what is plausible")
    life.refuses(c.CorrectResult(old, "71", "cm", "A slip."), "unit", "71 cm cannot be expressed in kg")
    life.does(c.CorrectResult(old, "71", "kg", "A slip."))
    life.refuses(
        c.CorrectResult(old, "72", "kg", "A slip."), "corrected-already", f"was corrected already, by entry {old + 1}"
    )


# --- Leaving --------------------------------------------------------------------------------------------------------


def test_a_withdrawal_from_visits_ends_them_and_one_from_sharing_does_not(life: Any) -> None:
    life.gives("P1").gives("P2")
    life.does(
        c.Withdraw("P1", (e.WithdrawalScope.VISITS,), "Moved away."), c.Withdraw("P2", (e.WithdrawalScope.SHARING,))
    )
    life.now = at(date(2021, 7, 15))
    life.refuses(c.HoldVisit("P1", "month_3", date(2021, 7, 15)), "not-followed", "is not followed any more")
    life.refuses(c.HoldUnscheduledVisit("P1", date(2021, 7, 15), "A fall."), "not-followed", "is not followed any more")
    life.refuses(c.EndFollowUp("P1"), "not-followed", "is not followed")
    life.does(c.HoldVisit("P2", "month_3", date(2021, 7, 15)))


def test_who_withdrew_before_enrolment_is_not_seen_again(life: Any) -> None:
    life.consents()
    life.does(c.Withdraw("P1", (e.WithdrawalScope.VISITS,)))
    life.refuses(c.HoldVisit("P1", "screening", CONSENTED), "not-followed", "is not followed any more")


def test_a_withdrawal_says_from_what(life: Any) -> None:
    life.consents()
    life.refuses(c.Withdraw("P1", ()), "no-scope", "a withdrawal names what it covers")


def test_a_withdrawal_is_recorded_once_and_may_grow(life: Any) -> None:
    life.consents()
    life.does(c.Withdraw("P1", (e.WithdrawalScope.SHARING,)))
    life.refuses(c.Withdraw("P1", (e.WithdrawalScope.SHARING,)), "withdrawn-already", "withdrew from sharing already")
    life.does(c.Withdraw("P1", (e.WithdrawalScope.SHARING, e.WithdrawalScope.SAMPLES)))


def test_who_is_lost_is_lost_once_and_has_no_more_visits(life: Any) -> None:
    life.gives()
    life.does(c.LoseToFollowUp("P1", 3))
    life.refuses(c.LoseToFollowUp("P1", 4), "not-followed", "is not followed any more")
    life.now = at(date(2021, 7, 15))
    life.refuses(c.HoldVisit("P1", "month_3", date(2021, 7, 15)), "not-followed", "is not followed any more")


@pytest.mark.parametrize(
    ("command", "rule", "words"),
    [
        (c.ReportAdverseEvent("P1", " ", GIVEN), "no-term", "the adverse event is not named"),
        (c.ReportAdverseEvent("P1", "fall", AFTER), "in-the-future", "2022-01-20 is after today"),
        (c.ReportAdverseEvent("P1", "fall", GIVEN, AFTER), "in-the-future", "2022-01-20 is after today"),
        (
            c.ReportAdverseEvent("P1", "fall", GIVEN, date(2021, 4, 14)),
            "ended-before-onset",
            "ended on 2021-04-14, before it began on 2021-04-15",
        ),
        (c.ReportAdverseEvent("P1", "fall", GIVEN, grade=6), "unfit", "grade is 6: should be less than or equal to 5"),
        (
            c.ReportAdverseEvent("P1", "fall", GIVEN, grade=0),
            "unfit",
            "grade is 0: should be greater than or equal to 1",
        ),
        (
            c.ReportAdverseEvent("P1", "fall", GIVEN, related_to=("moon",)),
            "unknown-cause",
            "relates no event to 'moon'; it has product, procedure",
        ),
        (c.RecordDeviation("P1", " ", GIVEN), "no-reason", "1 to 250 characters"),
        (c.RecordDeviation("P1", "Late.", AFTER), "in-the-future", "2022-01-20 is after today"),
        (c.LoseToFollowUp("P1", 0), "unfit", "attempts is 0: should be greater than or equal to 1"),
        (c.MissVisit("P1", "month_3", ""), "no-reason", "1 to 250 characters"),
        (c.HoldUnscheduledVisit("P1", GIVEN, "x" * 251), "no-reason", "1 to 250 characters is needed; got 251"),
    ],
)
def test_what_cannot_be_true_is_not_written(life: Any, command: c.Command, rule: str, words: str) -> None:
    life.gives()
    life.refuses(command, rule, words)


# --- The trial's ends -----------------------------------------------------------------------------------------------


def test_a_trial_opens_once(life: Any) -> None:
    life.opens()
    life.refuses(c.OpenTrial(simulated=True), "phase", "the trial is recruiting; expected not opened")


def test_a_trial_suspends_and_resumes_in_turn_and_says_why(life: Any) -> None:
    life.opens()
    life.refuses(c.Resume("Go on."), "phase", "the trial is recruiting; expected suspended")
    life.refuses(c.Suspend(e.StopReason.OTHER, ""), "no-reason", "a reason of 1 to 250 characters is needed; got 0")
    life.does(c.Suspend(e.StopReason.OTHER, "Holidays."))
    life.refuses(c.Suspend(e.StopReason.OTHER, "Again."), "phase", "the trial is suspended; expected recruiting")
    life.refuses(c.Resume(""), "no-reason", "a reason of 1 to 250")


def test_a_trial_without_participants_is_not_terminated(life: Any) -> None:
    life.screens()
    life.refuses(c.Terminate(e.StopReason.ACCRUAL, "Nobody came."), "nobody-enrolled", "nobody was enrolled")


def test_a_termination_says_why_in_at_most_250_characters(life: Any) -> None:
    life.enrols()
    life.refuses(c.Terminate(e.StopReason.ACCRUAL, "x" * 251), "no-reason", "got 251")
    life.does(c.Terminate(e.StopReason.ACCRUAL, "x" * 250))
    life.refuses(c.Complete(), "phase", "the trial is terminated; expected recruiting or suspended")


def test_nothing_is_locked_while_the_trial_runs_or_somebody_is_followed(life: Any) -> None:
    life.gives()
    life.refuses(c.Lock(("Dora", "Sam")), "phase", "the trial is recruiting; expected terminated or completed")
    life.does(c.Complete())
    life.refuses(c.Lock(("Dora", "Sam")), "still-followed", "follow-up is open for P1")


def test_nothing_is_locked_while_an_allocation_is_not_answered(life: Any) -> None:
    life.asks()
    life.does(c.EndFollowUp("P1"), c.Complete())
    life.refuses(c.Lock(("Dora", "Sam")), "pending-allocation", "asked for and not answered for P1")


@pytest.mark.parametrize("names", [("Dora", "Dora"), ("Dora", ""), ("Dora", " dora")])
def test_the_lock_needs_two_different_people(life: Any, names: tuple[str, str]) -> None:
    life.completes()
    life.refuses(c.Lock(names), "two-people", "the lock needs two different people")


def warrant(participant: str | None, category: e.UnblindingCategory, name: str = "W1") -> c.GrantWarrant:
    return c.GrantWarrant(name, participant, category, "Needed.", "Dr Care")


def test_no_warrant_for_all_or_for_the_analysis_before_the_lock(life: Any) -> None:
    life.gives()
    life.refuses(warrant(None, e.UnblindingCategory.ANALYSIS), "before-lock", "planned unblinding comes after the lock")
    life.refuses(warrant("P1", e.UnblindingCategory.ANALYSIS), "before-lock", "planned unblinding comes after the lock")


def test_an_emergency_is_granted_for_one_who_has_an_allocation(life: Any) -> None:
    life.gives("P1").asks("P2")
    life.refuses(warrant("P2", e.UnblindingCategory.EMERGENCY), "not-randomised", "has no allocation")
    life.refuses(warrant("P9", e.UnblindingCategory.EMERGENCY), "not-randomised", "has no allocation")
    life.refuses(warrant("P1", e.UnblindingCategory.EMERGENCY, " "), "no-warrant", "the warrant has no number")
    nobody = replace(warrant("P1", e.UnblindingCategory.EMERGENCY), to=" ")
    life.refuses(nobody, "no-name", "names nobody who is to learn")
    life.does(warrant("P1", e.UnblindingCategory.EMERGENCY))
    life.refuses(warrant("P1", e.UnblindingCategory.EMERGENCY), "warrant-twice", "the warrant W1 exists already")


def test_another_protocol_than_the_one_adopted_is_refused_at_the_door(life: Any, breeze: Protocol) -> None:
    from armlet.conduct.door import Door

    life.opens()
    life.door = Door(breeze.model_copy(update={"title": "Another title"}), life.store, life.door._clock)
    life.refuses(
        c.Identify("P1", "harbour"), "other-protocol", "not the protocol that the ledger adopted as version 1.0"
    )
