"""Who may ask for what, before anything else is looked at; and when nobody may ask at all."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_args

import pytest

from armlet.conduct import commands as c
from armlet.conduct.blinding import commands as b
from armlet.conduct.consent import commands as consent
from armlet.conduct.course import commands as course
from armlet.conduct.data import commands as k
from armlet.conduct.decide import Refused, decide
from armlet.conduct.intake.commands import ImportResults
from armlet.conduct.roles import MAY, BlindedViewpoint, UnblindedViewpoint, viewpoint
from armlet.ledger import consent_events as ce
from armlet.ledger import course_events as oe
from armlet.ledger import data_events as d
from armlet.ledger import events as e
from armlet.protocol.course import Impact, NoticeTo
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Protocol, Role
from armlet.studytime import PartialDate
from tests.unit.conduct.harm_examples import COMMANDS as HARM

BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"
DAY, MOMENT = date(2021, 4, 15), datetime(2021, 4, 15, 9, tzinfo=UTC)

COMMANDS: tuple[c.Command, ...] = (
    c.OpenTrial(simulated=True),
    c.CommitAllocation("sha256:" + "0" * 64),
    c.PublishSealingKey("0" * 64),
    c.ReleaseWords(5, {"why": "x"}),
    c.Suspend(e.StopReason.OTHER, "x"),
    c.Resume("x"),
    c.Terminate(e.StopReason.OTHER, "x"),
    c.Complete(),
    c.Lock(("Dora", "Sam")),
    c.GrantWarrant("W1", "P1", e.UnblindingCategory.EMERGENCY, "x", "Dr Care"),
    c.Redact(2, ("what",), "sha256:" + "0" * 64, "x", ("Dora", "Sam")),
    c.RecordRead("W1", "Dr Care"),
    c.ReportUnblinding("P1", "Cy", Role.MONITOR, e.LearntHow.STAFF, DAY, "A" * 40),
    c.Delegate("Bo Example", Role.CARE_PROVIDER),
    c.EndDelegation("Bo Example", Role.CARE_PROVIDER, "x"),
    c.Identify("P1", "harbour"),
    c.GiveConsent("P1", "trial_consent", "1"),
    c.Screen("P1", {}, DAY),
    c.Rescreen("P1", "x"),
    c.Enrol("P1"),
    c.CertifyProduct("P1", MOMENT),
    c.RequestRandomisation("P1", "R1"),
    c.ConfirmRandomisation("P1", "PREP-001", DAY),
    c.MovePreparation("P1", DAY, e.NeutralReason.LOGISTICS),
    c.ReleasePreparation("P1", MOMENT),
    c.Administer("P1", "PREP-001", MOMENT, MOMENT, None, True, ("Ada", "Bo")),
    c.CancelAdministration("P1", e.NeutralReason.LOGISTICS),
    c.HoldVisit("P1", "screening", DAY),
    c.MissVisit("P1", "screening", "x"),
    c.HoldUnscheduledVisit("P1", DAY, "x"),
    c.DoActivity("P1", "harvest", "brushing", DAY),
    c.RecordResult("P1", "screening", "scales", "weight", "70", "kg"),
    c.RecordMissing("P1", "screening", "scales", "weight", e.MissingReason.LOST),
    c.CorrectResult(5, "70", "kg", "x"),
    c.GiveGuess("P1", Role.PARTICIPANT, e.GuessOccasion.END, c.DOES_NOT_KNOW),
    c.ReportAdverseEvent("P1", "fall", DAY),
    c.RecordDeviation("P1", "x", DAY),
    c.Withdraw("P1", (e.WithdrawalScope.VISITS,)),
    c.LoseToFollowUp("P1", 3),
    c.EndFollowUp("P1"),
    *HARM,
    k.RepeatVisit("P1", "screening", DAY, "x"),
    k.CorrectVisitDate("P1", "screening", DAY, "x"),
    k.RetractResult(5, d.RetractionReason.ENTERED_TWICE),
    k.EnterAgain("P1", "screening", "scales", "weight", "70", "kg"),
    k.AdjudicateEntry(5, "70", "kg", "x"),
    k.OpenQuery("P1", "x"),
    k.AnswerQuery(5, "x"),
    k.CloseQuery(5),
    k.ReopenQuery(5, "x"),
    k.VerifyForm("P1", "screening", "scales"),
    k.ReviewForm("P1", "screening", "scales"),
    k.AcceptSignaturePolicy("1"),
    k.Sign("P1", d.Meaning.APPROVAL),
    k.Freeze("P1"),
    k.Thaw("P1", "x"),
    k.ClassifyDeviation(5, d.DeviationLevel.MINOR),
    k.RecordIntercurrentEvent("P1", "graft", DAY),
    k.AssignSets({"some": ("P1",)}, "x", ("Dora", "Sam")),
    k.RequestUnlock((5,), "x"),
    k.ApproveUnlock(5),
    consent.DraftConsentDocument("trial_consent", "1", "en", "sha256:" + "1" * 64, {}),
    consent.SubmitConsentDocument("trial_consent", "1", "en", "Committee", DAY),
    consent.ApproveConsentDocument("trial_consent", "1", "en", "Committee", "E-1", DAY),
    consent.UseConsentDocument("trial_consent", "1", "en", "harbour", DAY),
    consent.IssueConsentCopy("P1", "trial_consent", DAY),
    consent.AssessCompetence("P1", "Dr Mind", "psychiatrist", "interview", ce.Competence.COMPETENT, DAY),
    consent.DoubtCompetence("P1", "x"),
    consent.RevokePhysicianConsent("P1", "trial_consent", "x"),
    consent.CloseMedicalReview("P1", ce.ReviewOutcome.CONTINUES, "x"),
    consent.RefuseReconsent("P1", "trial_consent"),
    consent.Return("P1", (e.WithdrawalScope.VISITS,)),
    consent.DiscontinueIntervention("P1", "x"),
    consent.RecordDeath("P1", DAY),
    consent.RecordContactAttempt("P1", DAY, ce.ContactBy.TELEPHONE, reached=False),
    consent.ReviewRecords("P1", DAY, "x"),
    consent.CertifyDestruction("P1", ce.Kept.SAMPLES, "D-1", DAY, "Bo"),
    course.FileDocument(oe.DocumentKind.ETHICS_APPROVAL, "Approval", "Committee", "E-1", DAY),
    course.SignProtocol("sha256:" + "1" * 64),
    course.OpenSite("harbour", DAY),
    course.OpenRecruitment(),
    course.PostRegistryStatus(oe.RegistryState.RECRUITING, DAY, PartialDate(2021, 4)),
    course.AdoptAmendment(load_protocol(BASE), "Committee", "E-2", DAY, DAY, Impact.NONE),
    course.DeclareRandomisedInError("P1", "x"),
    course.RecordCarePlan("P1", "x"),
    course.LimitFollowUp(DAY, "x"),
    course.SendNotice(NoticeTo.ETHICS, "early end", DAY),
    course.IssueDisclosure("P1", DAY),
    course.StateIdentities("Harbour Hospital", "sha256:" + "1" * 64, 3),
    b.KeepRemark("P1", Role.PARTICIPANT, "Nothing in it."),
    ImportResults("lab", "1", "sha256:" + "0" * 64, "sha256:" + "0" * 64, "sha256:" + "0" * 64, 0),
)


def rules(life: Any, command: c.Command, role: Role | None = None) -> list[str]:
    decision = decide(life.protocol, life.state, command, life.by(command, role))
    assert isinstance(decision, Refused)
    return [issue.rule for issue in decision.issues]


def test_every_command_has_its_roles_and_its_example_here() -> None:
    assert [type(command) for command in COMMANDS] == list(get_args(c.Command)) == list(MAY)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_a_role_that_is_not_listed_is_refused_and_told_who_may(life: Any, command: c.Command) -> None:
    may = MAY[type(command)]
    assert may
    for role in set(Role) - may:
        decision = decide(life.protocol, life.state, command, life.by(command, role))
        assert isinstance(decision, Refused)
        said = next(issue for issue in decision.issues if issue.rule == "conduct/role")
        assert said.message.startswith(f"the role {role.value.replace('_', ' ')} may not do this; it is for ")
    for role in may:
        decision = decide(life.protocol, life.state, command, life.by(command, role))
        assert "conduct/role" not in [issue.rule for issue in getattr(decision, "issues", ())]


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        (c.OpenTrial, {"sponsor", "data_manager"}),
        (c.Terminate, {"sponsor"}),
        (c.Lock, {"data_manager", "sponsor"}),
        (c.GrantWarrant, {"code_break_holder", "safety_unit", "randomisation_statistician"}),
        (c.Screen, {"investigator"}),
        (c.Enrol, {"investigator"}),
        (c.ConfirmRandomisation, {"randomisation_statistician"}),
        (c.ReleasePreparation, {"unblinded_pharmacist", "cell_laboratory"}),
        (c.Administer, {"care_provider", "site_coordinator"}),
        (c.ReportAdverseEvent, {"care_provider", "site_coordinator", "investigator", "sponsor", "safety_unit"}),
        (c.Delegate, {"sponsor", "investigator"}),
        (c.Withdraw, {"investigator", "site_coordinator"}),
    ],
)
def test_the_roles_that_matter_most_are_written_out(kind: type[c.Command], roles: set[str]) -> None:
    assert {role.value for role in MAY[kind]} == roles


@pytest.mark.parametrize("role", [Role.PARTICIPANT, Role.INSPECTOR, Role.SYSTEM_ADMINISTRATOR])
def test_some_roles_only_look_on_and_say_when_they_learnt_an_allocation(role: Role) -> None:
    assert [kind for kind, roles in MAY.items() if role in roles] == [c.ReportUnblinding]


def test_the_statistician_asks_classifies_assigns_and_unlocks_and_enters_nothing() -> None:
    assert {kind for kind, roles in MAY.items() if Role.TRIAL_STATISTICIAN in roles} == {
        c.ReportUnblinding, course.SignProtocol, k.OpenQuery, k.CloseQuery, k.ReopenQuery, k.ClassifyDeviation, k.AssignSets,
        k.RequestUnlock, k.ApproveUnlock,
    }  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS[1:], ids=lambda command: type(command).__name__)
def test_nothing_is_done_in_a_trial_that_is_not_opened(life: Any, command: c.Command) -> None:
    assert "conduct/not-opened" in rules(life, command)
    assert life.store.head().seq == 0


@pytest.mark.parametrize(
    "command",
    [
        command
        for command in COMMANDS
        if not isinstance(
            command,
            c.GrantWarrant
            | c.Redact
            | c.RecordRead
            | c.ReportUnblinding
            | k.RequestUnlock
            | k.ApproveUnlock
            | c.EndDelegation,
        )
        if not isinstance(command, (c.GrantWarrant, c.Redact, c.RecordRead, c.ReportUnblinding, course.AfterLock))
    ],
    ids=lambda command: type(command).__name__,
)
def test_nothing_is_changed_after_the_lock(life: Any, command: c.Command) -> None:
    life.locks()
    assert rules(life, command) == ["conduct/locked"]


def test_after_the_lock_warrants_are_granted(life: Any) -> None:
    life.locks()
    life.does(c.GrantWarrant("W1", None, e.UnblindingCategory.ANALYSIS, "The plan.", "Cy", agreed_by=("Ruth", "Dora")))


def test_a_role_that_the_protocol_does_not_name_is_blinded(breeze: Protocol) -> None:
    unblinded = {role for role in Role if isinstance(viewpoint(breeze, role), UnblindedViewpoint)}
    assert unblinded == {
        Role.CELL_LABORATORY, Role.UNBLINDED_PHARMACIST, Role.RANDOMISATION_STATISTICIAN, Role.UNBLINDED_MONITOR,
        Role.CODE_BREAK_HOLDER,
    }  # fmt: skip
    assert viewpoint(breeze, Role.INSPECTOR) == BlindedViewpoint(Role.INSPECTOR)
