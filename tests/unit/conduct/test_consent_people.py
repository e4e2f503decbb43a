"""Who may consent, who consents beside the participant, and what a withdrawal leads to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from armlet.conduct import commands as c
from armlet.conduct.consent import commands as consent
from armlet.conduct.consent.follow_up import list_consequences, what_may_be_done
from armlet.conduct.schedule import visits_due
from armlet.ledger import consent_events as ce
from armlet.ledger import events as e
from armlet.ledger.consent_events import WithdrawalScope as Scope
from armlet.protocol.model import Protocol, Role
from armlet.units import Quantity

from .amended import ASSUMED, consenting, coursing, plain_of, with_physician
from .conftest import ASKED, BRUSHED, CONSENTED, ENROLLED, GIVEN, at

LATER = date(2021, 7, 15)
MakeLife = Callable[[Protocol], Any]
COMPETENCE = {
    "source": ASSUMED, "after": "trial_consent", "before": "physician_consent", "valid_for": "P10D",
    "instruments": ["interview"],
}  # fmt: skip


def assessed(on: date, result: ce.Competence = ce.Competence.COMPETENT, by: str = "Dr Mind") -> c.Command:
    return consent.AssessCompetence("P1", by, "psychiatrist", "interview", result, on)


def physician(name: str = "Dr Own") -> c.GiveConsent:
    return c.GiveConsent("P1", "physician_consent", "1", signed_by=name, licence="L-1", relation="psychiatrist")


@pytest.fixture
def judged(make_life: MakeLife, breeze: Protocol) -> Any:
    """A trial with a physician's consent that waits for a judgement of competence."""
    return make_life(consenting(with_physician(breeze), competence=COMPETENCE)).identifies()


def test_competence_is_judged_after_a_first_consent_by_somebody_independent(judged: Any) -> None:
    judged.now = at(CONSENTED)
    judged.refuses(assessed(CONSENTED), "no-consent", "the assessment is itself a procedure")
    judged.does(c.GiveConsent("P1", "trial_consent", "1"))
    judged.refuses(assessed(CONSENTED, by="ada  example"), "assessor-not-independent", "somebody independent")
    odd = consent.AssessCompetence("P1", "Dr Mind", "psychiatrist", "a look", ce.Competence.COMPETENT, CONSENTED)
    judged.refuses(odd, "unknown-instrument", "'a look' is none of the instruments interview")
    judged.refuses(physician(), "no-competence", "competence was not assessed")
    judged.does(assessed(CONSENTED), physician())


@pytest.mark.parametrize("result", [ce.Competence.BORDERLINE, ce.Competence.NOT_COMPETENT])
def test_whoever_is_not_found_competent_does_not_consent_and_the_refusal_does_not_say_what_was_found(
    judged: Any, result: ce.Competence
) -> None:
    judged.now = at(CONSENTED)
    judged.does(c.GiveConsent("P1", "trial_consent", "1"), assessed(CONSENTED, result))
    judged.refuses(physician(), "not-competent", "the assessment did not find competence.")


def test_an_assessment_expires_and_a_doubt_ends_it(judged: Any) -> None:
    judged.now = at(CONSENTED)
    judged.refuses(consent.DoubtCompetence("P1", "Confused."), "no-competence", "was not assessed")
    judged.does(c.GiveConsent("P1", "trial_consent", "1"), assessed(CONSENTED))
    judged.now = at(date(2021, 3, 13))
    judged.refuses(physician(), "competence-expired", "the assessment of 2021-03-02 is valid for 10 days")
    judged.now = at(date(2021, 3, 12))
    judged.does(physician(), consent.DoubtCompetence("P1", "Seemed confused."))
    judged.refuses(physician(), "competence-doubted", "was doubted since")
    judged.does(assessed(date(2021, 3, 12)), physician())


def test_without_valid_competence_nobody_is_enrolled_or_randomised(judged: Any) -> None:
    judged.now = at(CONSENTED)
    judged.does(c.GiveConsent("P1", "trial_consent", "1"), assessed(CONSENTED), physician())
    judged.does(c.Screen("P1", judged.answers, CONSENTED))
    judged.now = at(date(2021, 3, 20))
    judged.refuses(c.Enrol("P1"), "competence-expired", "valid for 10 days")


def test_a_protocol_without_the_section_asks_for_no_competence(life: Any) -> None:
    life.consents()
    life.refuses(assessed(CONSENTED), "no-competence-rule", "asks for no assessment")


def test_a_treating_physician_is_named_and_is_nobody_of_the_trial(make_life: MakeLife, breeze: Protocol) -> None:
    life = make_life(consenting(with_physician(breeze))).identifies()
    life.now = at(CONSENTED)
    life.does(c.Delegate("Ada Example", Role.INVESTIGATOR), c.Delegate("Ida Invest", Role.SITE_COORDINATOR))
    life.refuses(c.GiveConsent("P1", "physician_consent", "1"), "no-signer", "name, licence and relation")
    life.refuses(physician("Ida  INVEST"), "signer-is-staff", "expected somebody who does not")
    life.refuses(physician("Ada Example"), "signer-is-staff", "works in the trial")
    life.does(physician())
    assert life.state.consent.of["P1"].given[0].signed_by == "Dr Own"


def test_a_physicians_consent_taken_back_opens_a_review_that_stops_the_intervention_until_it_is_closed(
    make_life: MakeLife, breeze: Protocol
) -> None:
    life = make_life(with_physician(breeze)).consents()
    life.does(c.GiveConsent("P1", "physician_consent", "1"), c.Screen("P1", life.answers, CONSENTED))
    life.refuses(consent.RevokePhysicianConsent("P1", "trial_consent", "x"), "not-the-physicians", "a treating")
    life.refuses(consent.CloseMedicalReview("P1", ce.ReviewOutcome.CONTINUES, "x"), "no-review", "is open")
    life.does(consent.RevokePhysicianConsent("P1", "physician_consent", "A new illness."))
    life.now = at(ENROLLED)
    life.refuses(c.Enrol("P1"), "review-open", "took back 'physician_consent'; the medical review is open")
    life.does(consent.CloseMedicalReview("P1", ce.ReviewOutcome.CONTINUES, "It has passed."), c.Enrol("P1"))
    life.does(consent.RevokePhysicianConsent("P1", "physician_consent", "It is back."))
    life.does(consent.CloseMedicalReview("P1", ce.ReviewOutcome.STOPS_INTERVENTION, "It stays."))
    life.holds("harvest", BRUSHED)
    life.does(c.DoActivity("P1", "harvest", "brushing", BRUSHED))
    life.refuses(c.RequestRandomisation("P1", "R1"), "discontinued", "the intervention is not given")


def test_an_investigator_stops_the_intervention_and_the_follow_up_goes_on(life: Any) -> None:
    life.releases()
    life.does(consent.DiscontinueIntervention("P1", "A new illness."))
    life.refuses(life.given(), "discontinued", "the intervention is not given")
    life.refuses(consent.DiscontinueIntervention("P1", "Again."), "discontinued", "decided already")
    life.does(c.CancelAdministration("P1", e.NeutralReason.PARTICIPANT))
    assert life.one().is_followed
    life.holds("month_3", LATER)


# --- Withdrawals ----------------------------------------------------------------------------------------------------


def consequences(life: Any) -> list[tuple[str, str, str]]:
    found = list_consequences(life.protocol, life.state, life.one())
    return [(one.scope, one.what, one.standing) for one in found]


def test_visits_stop_and_records_go_on_where_only_the_visits_were_taken_back(life: Any) -> None:
    life.gives()
    life.now = at(date(2021, 5, 1))
    life.does(c.Withdraw("P1", (Scope.VISITS, Scope.SAMPLES), "No time."))
    assert consequences(life) == [
        ("visits", "visits cancelled: month_3, month_9", "done"),
        ("visits", "the hospital's records may be looked up", "holds"),
        ("samples", "samples on hold, then destroyed or returned with a certificate", "open"),
        ("any", "data collected so far stay in the analysis", "holds"),
        ("any", "the slot stays used", "holds"),
    ]
    life.does(consent.ReviewRecords("P1", date(2021, 5, 1), "One stay in hospital."))
    life.now = at(LATER)
    life.does(
        consent.ReviewRecords("P1", LATER, "No further stay."),
        consent.CertifyDestruction("P1", ce.Kept.SAMPLES, "D-1", LATER, "Bo Witness"),
    )
    assert ("samples", "samples on hold, then destroyed or returned with a certificate", "done") in consequences(life)
    life.refuses(c.HoldVisit("P1", "month_3", LATER), "not-followed", "cannot be held")


def test_after_contact_and_records_are_taken_back_nobody_calls_and_nobody_looks(life: Any) -> None:
    life.gives()
    entries, slot = life.store.head().seq, dict(life.state.requests)
    life.now = at(date(2021, 5, 1))
    life.does(c.Withdraw("P1", (Scope.VISITS, Scope.CONTACT, Scope.RECORDS)))
    life.now = at(LATER)
    life.refuses(consent.ReviewRecords("P1", LATER, "x"), "no-records", "took back agreement to look")
    call = consent.RecordContactAttempt("P1", LATER, ce.ContactBy.TELEPHONE, reached=False)
    life.refuses(call, "no-contact", "took back agreement to be contacted")
    assert ("contact", "a letter confirms it", "open") in consequences(life)
    assert life.state.requests == slot
    assert life.store.head().seq == entries + 1


def test_what_belongs_to_a_day_before_the_withdrawal_is_still_written_down_and_nothing_later(life: Any) -> None:
    life.gives()
    life.holds("month_3", LATER)
    life.now = at(date(2021, 7, 20))
    life.does(c.Withdraw("P1", (Scope.VISITS,)))
    life.does(c.RecordResult("P1", "month_3", "scales", "weight", "71.0", "kg"))
    life.now = at(date(2021, 7, 22))
    after = c.DoActivity("P1", "month_3", "exercise_test", date(2021, 7, 22))
    life.refuses(after, "after-withdrawal", "would be of 2021-07-22, after the visits were taken back")


def test_who_takes_back_samples_keeps_the_visits_and_gives_no_sample(make_life: MakeLife, breeze: Protocol) -> None:
    plain = plain_of(breeze)
    for activity in plain["activities"]:
        if activity["id"] == "blood":
            activity["sample"] = True
    life = make_life(Protocol.from_plain(plain)).gives()
    life.now = at(date(2021, 5, 1))
    life.does(c.Withdraw("P1", (Scope.SAMPLES,)))
    month_9 = date(2022, 1, 15)
    life.holds("month_9", month_9)
    life.refuses(c.DoActivity("P1", "month_9", "blood", month_9), "no-samples", "samples were taken back")
    life.does(c.RecordResult("P1", "month_9", "scales", "weight", "71.0", "kg"))


@pytest.mark.parametrize("scope", list(Scope))
def test_each_scope_stops_what_it_names_from_the_next_day_and_nothing_else(life: Any, scope: Scope) -> None:
    life.gives()
    life.now = at(date(2021, 5, 1))
    life.does(c.Withdraw("P1", (scope,)))
    same, later = (what_may_be_done(life.state, life.one(), date(2021, 5, day)) for day in (1, 2))
    names = {
        Scope.INTERVENTION: {"intervention"}, Scope.VISITS: {"visits", "new_samples"}, Scope.CONTACT: {"contact"},
        Scope.RECORDS: {"records"}, Scope.SAMPLES: {"new_samples"}, Scope.SHARING: {"sharing"},
        Scope.CELLS: set(), Scope.PERSONAL_DATA: set(),
    }  # fmt: skip
    fields = ("intervention", "visits", "contact", "records", "new_samples", "sharing")
    assert all(getattr(same, name) for name in fields)
    assert {name for name in fields if not getattr(later, name)} == names[scope]


def test_who_withdrew_comes_back_by_a_new_consent_and_not_without_one(life: Any) -> None:
    life.gives()
    life.now = at(date(2021, 5, 1))
    life.does(c.Withdraw("P1", (Scope.VISITS, Scope.CONTACT)))
    back = consent.Return("P1", (Scope.VISITS,), "Wants to go on.")
    life.now = at(date(2021, 6, 1))
    life.refuses(back, "no-new-consent", "no consent after the withdrawal of 2021-05-01")
    life.refuses(consent.Return("P1", (Scope.SHARING,)), "not-withdrawn", "names what was taken back")
    life.does(c.GiveConsent("P1", "trial_consent", "1"), back)
    assert life.one().withdrawn == {Scope.CONTACT}
    life.holds("month_3", LATER)
    assert "month_3" in life.one().held


def test_somebody_is_lost_after_as_many_attempts_as_the_protocol_says_and_a_success_starts_anew(
    make_life: MakeLife, breeze: Protocol
) -> None:
    life = make_life(coursing(breeze, contact_attempts=3)).gives()
    life.now = at(LATER)

    def attempt(*, reached: bool = False) -> c.Command:
        return consent.RecordContactAttempt("P1", LATER, ce.ContactBy.LETTER, reached=reached)

    life.does(attempt(), attempt(), attempt(reached=True), attempt(), attempt())
    life.refuses(
        c.LoseToFollowUp("P1", 3), "too-few-attempts", "2 attempt(s) in vain are on record; the protocol asks for 3"
    )
    life.does(attempt())
    life.refuses(c.LoseToFollowUp("P1", 5), "attempts", "5 attempts are said; 3 are on record")
    life.does(c.LoseToFollowUp("P1", 3))
    assert life.one().lost


def test_after_a_death_nothing_is_done_and_no_visit_is_due(life: Any) -> None:
    life.randomises()
    life.now = at(ASKED)
    life.does(consent.RecordDeath("P1", ASKED))
    assert not life.one().is_followed
    assert list(visits_due(life.protocol, life.one())) == []
    life.now = at(GIVEN)
    life.refuses(consent.RecordDeath("P1", GIVEN), "died", "died on 2021-03-11")
    life.refuses(c.HoldVisit("P1", "infusion_day", GIVEN), "not-followed", "cannot be held")
    life.refuses(c.GiveConsent("P1", "trial_consent", "1"), "died", "died on 2021-03-11")


def test_nothing_is_released_for_the_dead(life: Any) -> None:
    life.randomises().weighs("infusion_day", GIVEN)
    release = c.ReleasePreparation("P1", at(GIVEN, 14), Quantity.parse("70.0 kg"), Quantity.parse("26.5 mL"))
    life.now = at(GIVEN)
    life.does(consent.RecordDeath("P1", GIVEN))
    life.refuses(release, "died", "died on 2021-04-15")


def test_a_destruction_is_certified_once_and_seen_by_somebody_else(life: Any) -> None:
    life.randomises()
    by_herself = consent.CertifyDestruction("P1", ce.Kept.CELLS, "D-1", ASKED, "ada example")
    life.refuses(by_herself, "two-people", "expected another person")
    life.does(consent.CertifyDestruction("P1", ce.Kept.CELLS, "D-1", ASKED, "Bo Witness"))
    again = consent.CertifyDestruction("P1", ce.Kept.CELLS, "D-2", ASKED, "Bo Witness")
    life.refuses(again, "destroyed-already", "of the unused cells is certified already")
