"""The course of a trial: papers, the registry, amendments, deviations, and what follows an early end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from armlet.cli.view import content_of
from armlet.conduct import commands as c
from armlet.conduct.consent import commands as consent
from armlet.conduct.consent.reconsent import list_tasks as list_reconsents
from armlet.conduct.consent.reconsent import version_in_force
from armlet.conduct.course import commands as course
from armlet.conduct.course import ending
from armlet.conduct.course.ending import NotHeld, list_calls, list_letters, list_tasks, why_not_held
from armlet.conduct.course.registry_status import list_fields_to_post, shown_status
from armlet.conduct.data import commands as k
from armlet.conduct.decide import Accepted, Refused, decide
from armlet.conduct.door import Door
from armlet.conduct.schedule import visits_due
from armlet.conduct.state import Phase, fold
from armlet.export.package import compute
from armlet.ledger import course_events as oe
from armlet.ledger import data_events as d
from armlet.ledger import events as e
from armlet.ledger.course_events import RegistryState as R
from armlet.protocol.amend import compare
from armlet.protocol.course import Impact, NoticeTo
from armlet.protocol.model import Protocol, Role
from armlet.report.views import find_views
from armlet.studytime import PartialDate

from .amended import amended, consenting, coursing
from .conftest import ASKED, BRUSHED, CONSENTED, ENROLLED, GIVEN, OPENED, at

MakeLife = Callable[[Protocol], Any]
PAPERS = [
    "ethics approval", "agency approval", "signature of the investigator", "signature of the sponsor", "site opened"
]  # fmt: skip
SUMMER = date(2021, 6, 1)


def filed(paper: oe.DocumentKind, reference: str, on: date = OPENED) -> course.FileDocument:
    return course.FileDocument(paper, paper.value, "Committee", reference, on)


# --- Papers ---------------------------------------------------------------------------------------------------------


def test_a_trial_that_asks_for_papers_recruits_nobody_before_the_last_of_them(
    make_life: MakeLife, breeze: Protocol
) -> None:
    life = make_life(coursing(breeze, before_recruiting=PAPERS)).opens()
    assert life.state.phase is Phase.PREPARING
    life.refuses(c.Identify("P1", "harbour"), "phase", "not yet recruiting; expected recruiting")
    life.refuses(course.OpenRecruitment(), "papers-missing", f"not there for version 1.0: {', '.join(PAPERS)}.")
    life.does(filed(oe.DocumentKind.ETHICS_APPROVAL, "E-1"), filed(oe.DocumentKind.AGENCY_APPROVAL, "A-1"))
    life.refuses(filed(oe.DocumentKind.AGENCY_APPROVAL, "A-1"), "document-twice", "agency approval A-1 is on file")
    life.refuses(course.SignProtocol("sha256:" + "0" * 64), "other-protocol", "not version 1.0, which is in force")
    signed = course.SignProtocol(life.protocol.digest())
    life.does(signed)
    life.refuses(signed, "signed-already", "Ada Example signed it already")
    life.refuses(course.OpenRecruitment(), "papers-missing", "signature of the sponsor, site opened.")
    life.door.ask(signed, life.by(signed, Role.SPONSOR))
    life.does(course.OpenSite("harbour", OPENED))
    life.refuses(course.OpenSite("harbour", OPENED), "site-open", "was opened on 2021-03-01")
    life.refuses(course.OpenSite("nowhere", OPENED), "unknown-site", "no site 'nowhere'")
    life.does(course.OpenRecruitment(), c.Identify("P1", "harbour"))
    assert life.state.phase is Phase.RECRUITING


def test_a_trial_that_asks_for_no_papers_recruits_when_it_is_opened(life: Any) -> None:
    life.opens()
    assert life.state.phase is Phase.RECRUITING
    life.refuses(course.OpenRecruitment(), "phase", "the trial is recruiting; expected not yet recruiting")


def test_a_plan_of_analysis_is_filed_before_anybody_is_unblinded_as_planned_and_not_after(life: Any) -> None:
    life.locks()
    life.does(filed(oe.DocumentKind.ANALYSIS_PLAN, "SAP-2"))
    agreed = ("Dora", "Sam")
    life.does(c.GrantWarrant("W1", None, e.UnblindingCategory.ANALYSIS, "The plan.", "Sam", agreed_by=agreed))
    life.refuses(filed(oe.DocumentKind.ANALYSIS_PLAN, "SAP-3"), "plan-after-unblinding", "unblinded already")


def test_treatment_is_told_to_participants_once_all_are_unblinded_and_not_before(life: Any) -> None:
    life.locks()
    letter = course.IssueDisclosure("P1", date(2022, 1, 20))
    life.refuses(letter, "before-unblinding", "not unblinded yet")
    agreed = ("Dora", "Sam")
    life.does(c.GrantWarrant("W1", None, e.UnblindingCategory.ANALYSIS, "The plan.", "Sam", agreed_by=agreed))
    life.does(letter)
    life.refuses(letter, "disclosed-already", "sent already")


# --- The registry ---------------------------------------------------------------------------------------------------


def post(status: R, on: date, **more: Any) -> course.PostRegistryStatus:
    return course.PostRegistryStatus(status, on, PartialDate(on.year, on.month), **more)


STARTED = {"start": PartialDate(2021, 3)}


def test_the_registry_says_what_the_trial_does_step_by_step(life: Any) -> None:
    life.enrols()
    today = life.now.date()
    life.refuses(post(R.COMPLETED, today), "registry-transition", "would be the first status")
    life.does(post(R.NOT_YET_RECRUITING, today))
    life.refuses(post(R.COMPLETED, today), "registry-transition", "COMPLETED does not follow NOT_YET_RECRUITING")
    life.refuses(post(R.RECRUITING, today), "registry-dates", "needs the date of the start")
    life.refuses(post(R.WITHDRAWN, today, why_stopped="x"), "registry-enrolled", "1 participant(s) were enrolled")
    life.does(post(R.RECRUITING, today, **STARTED))
    life.refuses(post(R.SUSPENDED, today), "registry-why-stopped", "SUSPENDED needs why it stopped")
    life.refuses(
        post(R.ACTIVE_NOT_RECRUITING, today, enrolment=2), "registry-enrolment", "posted is 2; 1 were enrolled"
    )
    early = course.PostRegistryStatus(R.RECRUITING, today, PartialDate(2021, 4), **STARTED)
    life.refuses(early, "registry-verified", "after it was posted")
    over = {"why_stopped": "The rules changed.", "enrolment": 1}
    life.refuses(post(R.TERMINATED, today, **over), "registry-dates", "date of the completion; got none")
    dates = {"primary_completion": PartialDate(2021, 3), "completion": PartialDate(2021, 3)}
    life.does(post(R.TERMINATED, today, **over, **dates))
    life.refuses(post(R.RECRUITING, today, **STARTED), "registry-final", "TERMINATED is final")
    life.does(post(R.RECRUITING, today, **STARTED, correction="Was posted by mistake."))


def test_a_trial_without_participants_is_withdrawn_and_not_terminated(life: Any) -> None:
    life.opens()
    life.does(post(R.RECRUITING, OPENED, **STARTED))
    over = {"why_stopped": "x", "enrolment": 0}
    life.refuses(post(R.TERMINATED, OPENED, **over), "registry-enrolled", "nobody was enrolled")


@pytest.mark.parametrize(
    ("status", "verified", "today", "shown"),
    [
        (R.ACTIVE_NOT_RECRUITING, "2016-09", date(2018, 9, 30), "ACTIVE_NOT_RECRUITING"),
        (R.ACTIVE_NOT_RECRUITING, "2016-09", date(2018, 10, 1), "UNKNOWN"),
        (R.RECRUITING, "2016-09-05", date(2018, 9, 6), "UNKNOWN"),
        (R.TERMINATED, "2016-09", date(2030, 1, 1), "TERMINATED"),
        (R.SUSPENDED, "2016-09", date(2030, 1, 1), "SUSPENDED"),
    ],
)
def test_an_open_status_that_nobody_verified_for_two_years_shows_as_unknown(
    status: R, verified: str, today: date, shown: str
) -> None:
    assert shown_status(status, PartialDate.parse(verified), today) == shown


def test_the_history_of_the_registry_says_what_stood_in_each_field_before(life: Any) -> None:
    life.enrols()
    life.does(post(R.NOT_YET_RECRUITING, life.now.date()))
    before = _registry(life)
    life.does(post(R.RECRUITING, life.now.date(), start=PartialDate(2021, 3)))

    today = life.now.date().isoformat()
    assert before[-2:] == [
        ["", "to be posted", "overallStatus", "NOT_YET_RECRUITING", "RECRUITING"],
        ["", "to be posted", "startDate", "", "2021-03-05"],
    ]
    assert [row for row in _registry(life) if row[2] != "statusVerifiedDate"] == [
        [today, "posted", "overallStatus", "", "NOT_YET_RECRUITING"],
        [today, "posted", "overallStatus", "NOT_YET_RECRUITING", "RECRUITING"],
        [today, "posted", "startDate", "", "2021-03"],
    ]


def _registry(life: Any) -> list[list[str]]:
    content = content_of(compute(life.protocol, tuple(life.store.read())))
    lines = find_views()["registry"].render(content, Role.SPONSOR).decode().splitlines()[1:]
    return [line.split(",")[1 if life.state.simulated else 0 :] for line in lines]


def test_what_changed_is_listed_for_the_sponsor_to_post_until_it_was_posted(life: Any) -> None:
    life.enrols()
    life.does(post(R.NOT_YET_RECRUITING, life.now.date()))
    fields = [(one.field, one.old, one.new) for one in list_fields_to_post(life.protocol, life.state)]
    assert fields == [
        ("overallStatus", "NOT_YET_RECRUITING", "RECRUITING"),
        ("startDate", "", "2021-03-05"),
    ]
    life.does(post(R.RECRUITING, life.now.date(), start=PartialDate(2021, 3)))
    assert list(list_fields_to_post(life.protocol, life.state)) == []
    life.does(c.Terminate(e.StopReason.REGULATORY_CHANGE, "The rules changed."))
    fields = [(one.field, one.old, one.new) for one in list_fields_to_post(life.protocol, life.state)]
    assert fields == [
        ("overallStatus", "RECRUITING", "TERMINATED"),
        ("whyStopped", "", "The rules changed."),
        ("enrolmentCount", "", "1"),
    ]


# --- Amendments -----------------------------------------------------------------------------------------------------


def adopt(protocol: Protocol, on: date, impact: Impact = Impact.ALL_ACTIVE, **more: Any) -> course.AdoptAmendment:
    return course.AdoptAmendment(protocol, "Committee", "E-2", on, on, impact, **more)


@pytest.fixture
def running(make_life: MakeLife, breeze: Protocol) -> Any:
    """P1 infused, P2 in screening, on a day in summer; whoever is asked anew has four weeks."""
    life = make_life(consenting(breeze)).identifies()
    life.now = at(CONSENTED, 8)
    life.does(c.GiveConsent("P1", "trial_consent", "1"))
    life.now = at(CONSENTED, 9)
    life.does(c.Screen("P1", life.answers, CONSENTED))
    life.now = at(ENROLLED)
    life.does(c.Enrol("P1"))
    life.holds("harvest", BRUSHED)
    life.does(c.DoActivity("P1", "harvest", "brushing", BRUSHED), c.RequestRandomisation("P1", "R1"))
    life.does(c.ConfirmRandomisation("P1", "PREP-P1", GIVEN))
    life.weighs("infusion_day", GIVEN)
    released = c.ReleasePreparation("P1", at(GIVEN, 14), weight=None, volume=None)
    life.does(_with_dose(released))
    life.now = at(GIVEN, 12)
    life.does(life.given(), c.Identify("P2", "harbour"), c.GiveConsent("P2", "trial_consent", "1"))
    life.now = at(SUMMER)
    return life


def _with_dose(released: c.ReleasePreparation) -> c.ReleasePreparation:
    from dataclasses import replace

    from armlet.units import Quantity

    return replace(released, weight=Quantity.parse("70.0 kg"), volume=Quantity.parse("26.5 mL"))


def test_the_difference_of_two_versions_is_told_place_by_place(breeze: Protocol) -> None:
    difference = compare(breeze, amended(breeze))
    assert [str(change) for change in difference.changes] == [
        "version: 1.0 becomes 1.1",
        "consents.trial_consent.version: 1 becomes 2",
        "visits.harvest.activities: brushing becomes brushing, scales",
        "visits.month_6_call: new: call at month 6",
    ]
    assert difference.added == ("harvest/scales", "month_6_call")
    assert difference.forms == {"trial_consent": "2"}
    assert difference.visits == ("harvest", "month_6_call")
    back = compare(amended(breeze), breeze)
    assert str(back.changes[-1]) == "visits.month_6_call: taken out (was call at month 6)"
    assert back.removed == ("harvest/scales", "month_6_call", "month_6_call/questions")
    assert compare(breeze, breeze).changes == ()


@pytest.mark.parametrize(
    ("impact", "asked"),
    [
        (Impact.NEW_ONLY, ()),
        (Impact.ALL_ACTIVE, ("P1", "P2")),
        (Impact.TREATED_ONLY, ("P1",)),
        (Impact.DONORS, ("P1", "P2")),
    ],
)
def test_who_is_asked_anew_follows_from_the_impact(running: Any, impact: Impact, asked: tuple[str, ...]) -> None:
    running.does(adopt(amended(running.protocol), SUMMER, impact))
    assert running.state.course.amendments[0].event.asks == asked
    tasks = [(task.participant, task.due, task.standing) for task in list_reconsents(running.state, SUMMER)]
    assert tasks == [(who, date(2021, 6, 29), "open") for who in asked]


def test_people_who_have_left_are_not_asked_anew(running: Any) -> None:
    running.does(c.Withdraw("P2", (e.WithdrawalScope.INTERVENTION, e.WithdrawalScope.CONTACT)))
    running.does(adopt(amended(running.protocol), SUMMER))
    assert running.state.course.amendments[0].event.asks == ("P1",)


def test_what_is_new_waits_for_the_new_consent_and_what_is_not_never_does(running: Any) -> None:
    running.does(adopt(amended(running.protocol), SUMMER))
    assert version_in_force(running.state, running.one()) == "1.0"
    running.now = at(date(2021, 7, 16))  # after the four weeks
    assert [task.standing for task in list_reconsents(running.state, date(2021, 7, 16))] == ["overdue", "overdue"]
    running.holds("month_3", date(2021, 7, 16))
    running.does(c.RecordResult("P1", "month_3", "scales", "weight", "71.0", "kg"))
    running.does(c.ReportAdverseEvent("P1", "fall", date(2021, 7, 16)))
    running.now = at(date(2021, 10, 15))
    call = c.HoldVisit("P1", "month_6_call", date(2021, 10, 15))
    running.refuses(call, "re-consent", "'month_6_call' came with an amendment that P1 has not consented to")
    running.does(c.GiveConsent("P1", "trial_consent", "2"))
    assert version_in_force(running.state, running.one()) == "1.1"
    running.now = at(date(2021, 10, 15), 11)
    running.does(call)


def test_an_overdue_consent_stops_what_intervenes(running: Any) -> None:
    running.does(c.Screen("P2", running.answers, SUMMER))
    running.does(adopt(amended(running.protocol), SUMMER))
    running.now = at(date(2021, 6, 30))
    running.refuses(
        c.Enrol("P2"), "re-consent-overdue", "consent to version 2 of 'consent to take part' was due by 2021-06-29"
    )
    running.now = at(date(2021, 6, 29))
    running.does(c.Enrol("P2"))


@pytest.mark.parametrize("may_refuse", [True, False])
def test_who_refuses_stays_on_the_version_before_where_the_amendment_lets_them(running: Any, may_refuse: bool) -> None:
    running.does(c.Screen("P2", running.answers, SUMMER))
    running.refuses(consent.RefuseReconsent("P2", "trial_consent"), "not-asked", "nobody is waiting")
    running.does(adopt(amended(running.protocol), SUMMER, may_refuse=may_refuse))
    running.does(consent.RefuseReconsent("P2", "trial_consent", "Too many calls."))
    running.now = at(date(2021, 8, 1))
    assert version_in_force(running.state, running.one("P2")) == "1.0"
    if may_refuse:
        running.does(c.Enrol("P2"))
    else:
        running.refuses(c.Enrol("P2"), "re-consent-refused", "no way to stay on the old")
    running.refuses(consent.RefuseReconsent("P2", "trial_consent"), "not-asked", "nobody is waiting")


def test_an_added_visit_is_owed_from_the_consent_on_and_not_backwards(running: Any) -> None:
    running.does(adopt(amended(running.protocol), SUMMER))

    def due() -> list[str]:
        return [one.visit.id for one in visits_due(running.door.protocol, running.one())]

    assert due() == ["screening", "month_3", "month_9"]
    running.now = at(date(2021, 10, 23))  # the window of the call closed the day before
    running.does(c.GiveConsent("P1", "trial_consent", "2"))
    assert due() == ["screening", "month_3", "month_9"]
    call = running.door.protocol.visit("month_6_call")
    assert why_not_held(running.state, running.one(), call, date(2022, 1, 1)) is None


def test_an_added_visit_is_owed_by_whoever_consented_before_its_window_closed(running: Any) -> None:
    running.does(adopt(amended(running.protocol), SUMMER), c.GiveConsent("P1", "trial_consent", "2"))
    assert [one.visit.id for one in visits_due(running.door.protocol, running.one())] == [
        "screening", "month_3", "month_9", "month_6_call"
    ]  # fmt: skip


def test_after_the_adoption_entries_name_the_new_version_and_a_door_needs_both(running: Any, breeze: Protocol) -> None:
    old, new = running.protocol, amended(running.protocol)
    running.does(adopt(new, SUMMER))
    assert running.door.protocol == new
    running.does(c.GiveConsent("P1", "trial_consent", "2"))
    named = [chained.entry.protocol for chained in running.store.read()]
    assert named[-3:] == [old.digest(), old.digest(), new.digest()]
    assert running.state.course.versions == ["1.0", "1.1"]
    command = c.GiveConsent("P2", "trial_consent", "2")
    only_old = Door(old, running.store, running.door._clock)
    decision = only_old.ask(command, running.by(command))
    assert [issue.rule for issue in getattr(decision, "issues", ())] == ["conduct/other-protocol"]
    both = Door(old, running.store, running.door._clock, versions=[new])
    assert not getattr(both.ask(command, running.by(command)), "issues", ())


def test_an_amendment_cannot_take_out_what_happened_or_change_what_was_drawn(running: Any) -> None:
    new = amended(running.protocol)
    fewer = new.model_copy(update={"visits": tuple(visit for visit in new.visits if visit.id != "infusion_day")})
    running.refuses(adopt(fewer, SUMMER), "takes-out-what-happened", "infusion_day would no longer be known")
    drawn = new.model_copy(update={"allocation": new.allocation.model_copy(update={"method": "big_stick"})})
    running.refuses(adopt(drawn, SUMMER), "changes-allocation", "after somebody asked for an allocation")
    other = new.model_copy(update={"id": "other"})
    running.refuses(adopt(other, SUMMER), "other-trial", "a protocol of 'other'; expected 'breeze'")
    running.refuses(adopt(running.protocol, SUMMER), "same-version", "version 1.0 was in force already")


def test_an_amendment_unblinds_nobody_and_unseals_nothing_once_somebody_asked_for_an_allocation(running: Any) -> None:
    new = amended(running.protocol)
    seeing = new.blinding.model_copy(update={"unblinded": (*new.blinding.unblinded, Role.OUTCOME_ASSESSOR)})
    shown = new.model_copy(update={"blinding": seeing})
    running.refuses(adopt(shown, SUMMER), "unblinds", "outcome assessor would no longer be blinded")
    telling = tuple(one.model_copy(update={"tells_arm": one.id == "fev1"}) for one in new.measures)
    sealed = running.protocol.model_copy(update={"measures": telling})
    told = decide(sealed, running.state, adopt(new, SUMMER), running.by(adopt(new, SUMMER)))
    assert isinstance(told, Refused)
    assert "conduct/unseals" in {issue.rule for issue in told.issues}
    kept = adopt(new.model_copy(update={"measures": telling}), SUMMER)
    assert isinstance(decide(sealed, running.state, kept, running.by(kept)), Accepted)


def test_an_amendment_is_approved_before_it_is_in_force_and_not_adopted_before_that(running: Any) -> None:
    new, later = amended(running.protocol), date(2021, 7, 1)
    future = course.AdoptAmendment(new, "Committee", "E-2", SUMMER, later, Impact.ALL_ACTIVE)
    running.refuses(future, "not-effective-yet", "in force from 2021-07-01, and today is 2021-06-01")
    running.now = at(later)
    hasty = course.AdoptAmendment(new, "Committee", "E-2", later, SUMMER, Impact.ALL_ACTIVE)
    running.refuses(hasty, "before-approval", "approved on 2021-07-01 and would be in force from 2021-06-01")
    running.does(course.AdoptAmendment(new, "Committee", "E-2", later, SUMMER, Impact.ALL_ACTIVE, urgent=True))
    assert running.state.course.amendments[0].event.urgent is True


def test_whoever_is_asked_anew_has_something_new_to_sign_and_a_day_to_do_it_by(life: Any) -> None:
    life.consents()
    same = amended(life.protocol, asks=False)
    life.refuses(adopt(same, CONSENTED), "no-new-consent-form", "no consent has a new version")
    new = amended(life.protocol)
    life.refuses(adopt(new, CONSENTED, Impact.NONE), "consent-without-impact", "nobody would sign it")
    life.refuses(adopt(new, CONSENTED), "no-due-date", "it is not said by when")
    life.does(adopt(new, CONSENTED, due=ASKED))


def test_signatures_under_the_old_version_do_not_count_for_the_new_one(make_life: MakeLife, breeze: Protocol) -> None:
    life = make_life(coursing(breeze, before_recruiting=["signature of the investigator"])).opens()
    life.does(course.SignProtocol(life.protocol.digest()))
    life.does(adopt(amended(life.protocol, asks=False), OPENED, Impact.NONE))
    life.refuses(course.OpenRecruitment(), "papers-missing", "version 1.1: signature of the investigator")


# --- Deviations, errors ---------------------------------------------------------------------------------------------


def test_a_deviation_is_judged_by_somebody_blinded_and_before_the_lock(life: Any) -> None:
    life.enrols()
    life.does(c.RecordDeviation("P1", "Weighed in shoes.", ENROLLED))
    entry = life.store.head().seq
    judged = k.ClassifyDeviation(entry, d.DeviationLevel.MINOR, "A kilogram.")
    life.refuses(k.ClassifyDeviation(2, d.DeviationLevel.MINOR, "x"), "no-deviation", "entry 2 is no deviation")
    life.does(judged)
    assert life.state.data.deviations[entry].level is d.DeviationLevel.MINOR


def test_an_unblinded_role_judges_no_deviation(make_life: MakeLife, breeze: Protocol) -> None:
    seeing = breeze.blinding.model_copy(update={"unblinded": (*breeze.blinding.unblinded, Role.MONITOR)})
    life = make_life(breeze.model_copy(update={"blinding": seeing})).enrols()
    life.does(c.RecordDeviation("P1", "Weighed in shoes.", ENROLLED))
    judged = k.ClassifyDeviation(life.store.head().seq, d.DeviationLevel.MINOR, "A kilogram.")
    life.refuses(judged, "unblinded-judge", "the role monitor is unblinded", role=Role.MONITOR)


def test_who_was_randomised_in_error_keeps_the_slot_and_is_given_nothing(make_life: MakeLife, breeze: Protocol) -> None:
    notice = {"to": "ethics committee", "about": "randomised in error", "within": "P15D"}
    life = make_life(coursing(breeze, notices=[notice])).releases()
    wrong = course.DeclareRandomisedInError("P1", "An exclusion was overlooked.")
    slot = dict(life.state.requests)
    life.does(wrong)
    life.refuses(wrong, "in-error-already", "recorded already")
    life.refuses(life.given(), "randomised-in-error", "was randomised in error (recorded on 2021-04-15)")
    life.refuses(c.RequestRandomisation("P1", "R2"), "already-randomised", "asked for already")
    assert life.state.requests == slot
    assert [one.id for one in life.state.randomised()] == ["P1"]
    assert life.one().deviations[-1].what == "randomised in error: An exclusion was overlooked."
    (letter,) = list_letters(life.protocol, life.state)
    assert (letter.to, letter.participant, letter.due, letter.sent) == (NoticeTo.ETHICS, "P1", date(2021, 4, 30), None)
    life.does(course.SendNotice(NoticeTo.ETHICS, "randomised in error", GIVEN, "P1"))
    (letter,) = list_letters(life.protocol, life.state)
    assert letter.sent == GIVEN
    life.does(course.RecordCarePlan("P1", "Seen by the own physician."))
    assert life.state.course.care_plans == {"P1": "Seen by the own physician."}


def test_an_error_at_randomisation_needs_a_randomisation_and_no_infusion(life: Any) -> None:
    life.enrols()
    wrong = course.DeclareRandomisedInError("P1", "x")
    life.refuses(wrong, "not-randomised", "was not randomised")


def test_a_criterion_has_no_waiver_there_is_no_such_command(life: Any) -> None:
    from typing import get_args

    names = {kind.__name__.lower() for kind in get_args(c.Command)}
    assert not [name for name in names if "waive" in name or "exempt" in name]
    life.screens(asthma=False)
    life.refuses(c.Enrol("P1"), "not-eligible", "the verdict is 'not eligible'")


# --- The early end --------------------------------------------------------------------------------------------------

NOTICES = [
    {"to": "participant", "about": "early end", "within": "P15D"},
    {"to": "ethics committee", "about": "early end", "within": "P15D"},
    {"to": "authority", "about": "early end", "within": "P15D"},
    {"to": "registry", "about": "early end", "within": "P30D"},
]


@pytest.fixture
def stopping(make_life: MakeLife, breeze: Protocol) -> Any:
    """P1 infused, P2 randomised and not infused, P3 in screening, P4 failed: the day that the rules change."""
    life = make_life(coursing(breeze, notices=NOTICES)).gives()
    life.randomises("P2")
    life.consents("P3")
    life.screens("P4", asthma=False)
    life.now = at(SUMMER)
    return life


def test_while_suspended_those_who_wait_are_called_and_nobody_else(stopping: Any) -> None:
    assert list(list_calls(stopping.state)) == []
    stopping.does(c.Suspend(e.StopReason.REGULATORY_CHANGE, "The rules of culture changed."))
    calls = [(one.participant, one.because) for one in list_calls(stopping.state)]
    assert calls == [("P2", "randomised, not yet infused"), ("P3", "in screening")]
    stopping.refuses(c.Enrol("P3"), "not-recruiting", "the trial is suspended")
    stopping.does(c.Withdraw("P3", (e.WithdrawalScope.CONTACT,)))
    assert [one.participant for one in list_calls(stopping.state)] == ["P2"]


def test_after_the_end_every_letter_has_a_day_and_the_list_of_tasks_names_nobody(stopping: Any) -> None:
    assert list(list_letters(stopping.protocol, stopping.state)) == []
    assert list(list_tasks(stopping.state)) == []
    stopping.does(c.Terminate(e.StopReason.REGULATORY_CHANGE, "The rules of culture changed."))
    letters = [(one.to.value, one.participant, str(one.due)) for one in list_letters(stopping.protocol, stopping.state)]
    assert letters == [
        ("participant", "P1", "2021-06-16"), ("participant", "P2", "2021-06-16"), ("participant", "P3", "2021-06-16"),
        ("ethics committee", "", "2021-06-16"), ("authority", "", "2021-06-16"), ("registry", "", "2021-07-01"),
    ]  # fmt: skip
    stopping.does(course.SendNotice(NoticeTo.PARTICIPANT, "early end", SUMMER, "P2"))
    sent = [one.participant for one in list_letters(stopping.protocol, stopping.state) if one.sent == SUMMER]
    assert sent == ["P2"]
    stopping.refuses(
        course.SendNotice(NoticeTo.PARTICIPANT, "early end", SUMMER), "notice-to-whom", "names whom, and no other"
    )
    stopping.refuses(
        course.SendNotice(NoticeTo.PARTICIPANT, "early end", SUMMER, "P9"), "unknown-participant", "number P9"
    )
    words = " ".join(what for _where, what in list_tasks(stopping.state))
    assert "put on hold what is being made and what is kept, for everybody alike" in words
    assert not [name for name in stopping.state.participants if name in words]


def test_a_visit_that_the_end_took_away_is_neither_lost_nor_withdrawn_nor_missed(stopping: Any) -> None:
    stopping.refuses(course.LimitFollowUp(SUMMER, "x"), "phase", "the trial is recruiting; expected terminated")
    stopping.does(c.Withdraw("P2", (e.WithdrawalScope.VISITS,)))
    stopping.does(c.Terminate(e.StopReason.REGULATORY_CHANGE, "The rules of culture changed."))
    stopping.does(course.LimitFollowUp(date(2021, 11, 30), "The sponsor follows until then."))
    stopping.holds("month_3", date(2021, 7, 15))
    month_9 = stopping.protocol.visit("month_9")
    stopping.now = at(date(2022, 1, 15))
    stopping.refuses(
        c.HoldVisit("P1", "month_9", date(2022, 1, 15)), "after-the-end", "visits are held until 2021-11-30"
    )
    why = {one.id: why_not_held(stopping.state, one, month_9, date(2022, 1, 15)) for one in stopping.state.enrolled()}
    assert why == {"P1": NotHeld.TERMINATED, "P2": NotHeld.WITHDRAWN}
    assert why_not_held(stopping.state, stopping.one("P1"), stopping.protocol.visit("month_3"), SUMMER) is None
    stopping.does(c.MissVisit("P1", "screening", "Was not asked."))
    assert (
        why_not_held(stopping.state, stopping.one("P1"), stopping.protocol.visit("screening"), SUMMER) is NotHeld.MISSED
    )
    assert ending.NotHeld.TERMINATED.value == "trial terminated" == e.MissingReason.TRIAL_TERMINATED.value


def test_a_ledger_of_the_whole_topic_is_folded_to_the_same_state_again(running: Any) -> None:
    running.does(adopt(amended(running.protocol), SUMMER), c.GiveConsent("P1", "trial_consent", "2"))
    assert fold(running.store.read()) == running.state
