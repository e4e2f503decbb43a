"""Whatever stands in the fields of a command: the answer is a refusal in plain words or an entry that can be read.

A life is lived step by step. Before each step its command is asked with every field spoilt in every way that its kind of
value allows, on the very state in which the unspoilt command would be accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any, get_args

import pytest

from armlet.conduct import commands as c
from armlet.conduct.blinding.commands import KeepRemark
from armlet.conduct.consent import commands as consent
from armlet.conduct.consent.commands import ConsentCommand
from armlet.conduct.consent.elements import load_elements
from armlet.conduct.course import commands as course
from armlet.conduct.course.commands import CourseCommand
from armlet.conduct.data import commands as k
from armlet.conduct.data.commands import DataCommand
from armlet.conduct.decide import Accepted, Decision, Refused, decide
from armlet.conduct.intake.commands import ImportedRow, ImportResults
from armlet.conduct.safety.commands import (
    AssessCausality,
    AssessExpectedness,
    CloseExpeditedDuty,
    CorrectReading,
    RecordAdvice,
    ReportIncident,
    SafetyCommand,
)
from armlet.ledger import consent_events as ce
from armlet.ledger import course_events as oe
from armlet.ledger import data_events as d
from armlet.ledger import events as e
from armlet.ledger.entry import Entry, chain, decode, encode
from armlet.protocol.course import Impact, NoticeTo
from armlet.protocol.model import Protocol, Role
from armlet.studytime import PartialDate
from armlet.units import Quantity
from tests.unit.conduct.harm_examples import COMMANDS as HARM

GIVEN = date(2021, 4, 15)
NAIVE = datetime(2021, 4, 15, 9)  # noqa: DTZ001

TEXTS = ("", " ", "p 1", "P1\n", "\ud800", "x" * 300, "é", "'; drop table", "٣", "\x00", "1e99999", "-1", "0", "NaN")
NUMBERS = (0, -1, 10**30, 99)
DAYS = (date.min, date.max, date(1899, 12, 31), date(3000, 1, 1), GIVEN)
MOMENTS = (
    NAIVE,
    datetime.min,  # noqa: DTZ901
    datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))),
    datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    NAIVE.replace(tzinfo=timezone(timedelta(seconds=4692))),
    datetime(2999, 12, 31, tzinfo=UTC),
)
QUANTITIES = tuple(
    Quantity(Decimal(number), unit)
    for number in ("NaN", "sNaN", "Infinity", "0", "-1", "1E+999", "70")
    for unit in ("kg", "mL", "", "stone", "\ud800")
)
PAIRS = (("", ""), ("Ada", "Ada"), ("Ada", " ada "), ("\ud800", "Bo"))


def spoilt_values(value: object) -> tuple[object, ...]:
    """Other values of the same type."""
    match value:
        case bool() | None:
            return ()
        case StrEnum() | Protocol() | PartialDate():
            return ()
        case str():
            return TEXTS
        case int():
            return NUMBERS
        case datetime():
            return MOMENTS
        case date():
            return DAYS
        case Quantity():
            return QUANTITIES
        case Mapping():
            return ({}, {"age": ""}, {"Age": "34 a"}, {"age": "\ud800"}, {"\ud800": "1"}, {**value, "fev1": "NaN L"})
        case tuple():
            return (
                PAIRS if value and isinstance(value[0], str) and not isinstance(value[0], e.WithdrawalScope) else ((),)
            )
        case _:
            raise AssertionError(type(value))


def spoilt(command: Any) -> Iterator[Any]:
    for field in fields(command):
        for value in spoilt_values(getattr(command, field.name)):
            yield replace(command, **{field.name: value})


def assert_answered(life: Any, decision: Decision, command: c.Command) -> None:
    if isinstance(decision, Refused):
        assert decision.issues
        for issue in decision.issues:
            assert issue.message
            assert str(issue).encode()
            assert "pydantic" not in str(issue)
            assert "match pattern" not in str(issue), issue
        return
    head = life.store.head()
    for event in decision.events:
        entry = Entry(
            seq=head.seq + 1, occurred=life.now, recorded=life.now, actor="Ada", role=life.by(command).role,
            protocol="sha256:0", event=event, previous=head.digest,
        )  # fmt: skip
        chained = chain(entry)
        assert decode(encode(chained)) == chained, command


def the_life() -> Iterator[tuple[datetime, c.Command]]:
    """Every kind of command but the termination, each where it is accepted."""

    def at(day: date, hour: int = 9) -> datetime:
        return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)

    from_screening = date(2021, 3, 2)
    start = at(from_screening)
    yield start, c.OpenTrial(simulated=True)
    yield start, c.CommitAllocation("sha256:" + "0" * 64)
    yield start, c.PublishSealingKey("0" * 63 + "9")
    yield start, c.Identify("P1", "harbour")
    yield start, c.GiveConsent("P1", "trial_consent", "1")
    yield start, c.HoldVisit("P1", "screening", from_screening)
    yield start, c.RecordResult("P1", "screening", "exercise_test", "fev1", "2.0", "L", "0 min", "1 min")
    yield start, c.RecordMissing("P1", "screening", "exercise_test", "fev1", e.MissingReason.LOST, "5 min")
    yield start, c.CorrectResult(9, "2.1", "L", "A slip.")
    yield start, c.Screen("P1", {"fev1": "1.0 L"}, from_screening)
    yield start, c.Rescreen("P1", "Better now.")
    yield start, c.Screen("P1", {}, from_screening)
    yield start, c.Suspend(e.StopReason.OTHER, "Holidays.")
    yield start, c.Resume("Back.")


AFTER_SCREENING: tuple[c.Command, ...] = (
    c.Enrol("P1"),
    c.HoldVisit("P1", "harvest", GIVEN),
    c.DoActivity("P1", "harvest", "brushing", GIVEN),
    c.RequestRandomisation("P1", "R1"),
    c.ConfirmRandomisation("P1", "PREP-001", GIVEN),
    c.MovePreparation("P1", GIVEN, e.NeutralReason.LOGISTICS),
    c.HoldVisit("P1", "infusion_day", GIVEN),
    c.RecordResult("P1", "infusion_day", "scales", "weight", "70.0", "kg"),
    c.ReleasePreparation(
        "P1", datetime(2021, 4, 15, 20, tzinfo=UTC), Quantity(Decimal(70), "kg"), Quantity(Decimal("26.5"), "mL")
    ),
    c.Administer(
        "P1", "PREP-001", datetime(2021, 4, 15, 10, tzinfo=UTC), datetime(2021, 4, 15, 11, tzinfo=UTC),
        Quantity(Decimal("26.5"), "mL"), True, ("Ada", "Bo"),
    ),
    c.GiveGuess("P1", Role.PARTICIPANT, e.GuessOccasion.END, c.DOES_NOT_KNOW),
    c.HoldUnscheduledVisit("P1", GIVEN, "A fall."),
    c.ReportAdverseEvent("P1", "fall", GIVEN, GIVEN, 2, (e.Seriousness.DEATH,), ("product",), True),
    c.RecordDeviation("P1", "Late.", GIVEN),
    c.MissVisit("P1", "month_3", "Was ill."),
    c.GrantWarrant("W1", "P1", e.UnblindingCategory.EMERGENCY, "Needed.", "Dr Care"),
    c.RecordRead("W1", "Dr Care"),
    c.ReportUnblinding("P1", "Cy", Role.MONITOR, e.LearntHow.STAFF, GIVEN, "A" * 40),
    c.Withdraw("P1", (e.WithdrawalScope.SHARING,), "No reason."),
    c.EndFollowUp("P1"),
    c.Complete(),
    c.Lock(("Dora", "Sam")),
)  # fmt: skip


def live_spoiling(life: Any, moment: datetime, command: c.Command) -> None:
    life.now = moment
    head = life.store.head()
    for wrong in spoilt(command):
        assert_answered(life, decide(life.protocol, life.state, wrong, life.by(command)), wrong)
    assert life.store.head() == head
    life.does(command)


def test_no_field_of_any_command_can_make_a_traceback_or_an_unreadable_entry(life: Any) -> None:
    asked = set()
    for moment, command in the_life():
        if isinstance(command, c.Screen) and not command.answers:
            command = replace(command, answers=life.answers)  # noqa: PLW2901
        live_spoiling(life, moment, command)
        asked.add(type(command))
    for command in AFTER_SCREENING:
        live_spoiling(life, datetime(2021, 4, 15, 12, tzinfo=UTC), command)
        asked.add(type(command))
    # only in a trial that allocates late: test_conduct_late.py; of words that are held: test_conduct_sealing.py; of a
    # strand with words to be taken out: test_cli_redact.py; of files: test_conduct_intake.py
    # about harm, consents and the course: below; of data: data/test_data_bad_values.py
    elsewhere = {c.CertifyProduct, c.ReleaseWords, c.Redact, c.Delegate, c.EndDelegation, ImportResults}
    elsewhere |= {*get_args(SafetyCommand), *get_args(DataCommand), *get_args(ConsentCommand), *get_args(CourseCommand)}
    elsewhere |= {KeepRemark}  # test_conduct_remarks.py
    assert set(get_args(c.Command)) - asked == {c.Terminate, c.CancelAdministration, c.LoseToFollowUp} | elsewhere


DIGEST = "sha256:" + "1" * 64
CONSENTING: tuple[c.Command, ...] = (
    consent.DraftConsentDocument("trial_consent", "1", "en", DIGEST, {element.id: "" for element in load_elements()}),
    consent.SubmitConsentDocument("trial_consent", "1", "en", "Committee", GIVEN),
    consent.ApproveConsentDocument("trial_consent", "1", "en", "Committee", "E-1", GIVEN),
    consent.UseConsentDocument("trial_consent", "1", "en", "harbour", GIVEN, 3),
    consent.IssueConsentCopy("P1", "trial_consent", GIVEN),
    consent.RecordContactAttempt("P1", GIVEN, ce.ContactBy.LETTER, reached=False),
    consent.ReviewRecords("P1", GIVEN, "A stay in hospital."),
    consent.CertifyDestruction("P1", ce.Kept.SAMPLES, "D-1", GIVEN, "Bo"),
    consent.DiscontinueIntervention("P1", "A new illness."),
    course.FileDocument(oe.DocumentKind.ETHICS_APPROVAL, "Approval", "Committee", "E-1", GIVEN, DIGEST),
    course.OpenSite("harbour", GIVEN),
    course.PostRegistryStatus(
        oe.RegistryState.RECRUITING, GIVEN, PartialDate(2021, 4), "", PartialDate(2021, 3), correction="None."
    ),
    course.DeclareRandomisedInError("P1", "An exclusion was overlooked."),
    course.RecordCarePlan("P1", "Seen by the own physician."),
    course.SendNotice(NoticeTo.PARTICIPANT, "randomised in error", GIVEN, "P1"),
    c.Withdraw("P1", (e.WithdrawalScope.VISITS,), "No time."),
    c.Terminate(e.StopReason.OTHER, "The end."),
    course.LimitFollowUp(GIVEN, "The funds end."),
    consent.RecordDeath("P1", GIVEN),
)


def test_consent_and_course_hold_as_well(life: Any) -> None:
    life.randomises()
    for command in CONSENTING:
        live_spoiling(life, datetime(2021, 4, 15, 12, tzinfo=UTC), command)
    deviation = max(life.state.data.deviations)
    moment = datetime(2021, 4, 15, 13, tzinfo=UTC)
    live_spoiling(life, moment, k.ClassifyDeviation(deviation, d.DeviationLevel.MAJOR, "Was not to be infused."))
    newer = life.protocol.model_copy(update={"version": "1.1"})
    amended = course.AdoptAmendment(newer, "Committee", "E-2", GIVEN, GIVEN, Impact.NONE, GIVEN)
    live_spoiling(life, moment, amended)
    signed = course.SignProtocol(newer.digest())
    live_spoiling(life, moment, signed)


def test_delegations_hold_as_well(life: Any) -> None:
    life.opens()
    for command in (
        c.Delegate("Bo Stand", Role.CARE_PROVIDER, "harbour"),
        c.EndDelegation("Bo Stand", Role.CARE_PROVIDER, "Moved away."),
    ):
        live_spoiling(life, datetime(2021, 4, 15, 12, tzinfo=UTC), command)


def test_what_is_told_of_harm_holds_as_well(make_life: Any, harm_protocol: Any) -> None:
    life = make_life(harm_protocol)
    life.gives()
    roles = {
        AssessExpectedness: Role.SAFETY_UNIT, CloseExpeditedDuty: Role.SAFETY_UNIT, AssessCausality: Role.INVESTIGATOR,
        RecordAdvice: Role.SAFETY_BOARD,
    }  # fmt: skip
    life.now = datetime(2021, 4, 15, 12, tzinfo=UTC)
    for command in HARM:
        by = life.by(command, roles.get(type(command)))
        named = replace(command, preparation="PREP-P1") if isinstance(command, ReportIncident) else command
        if isinstance(command, CorrectReading):
            named = replace(command, of=life.state.safety.readings["P1"]["five"].entry)
        for wrong in spoilt(named):
            assert_answered(life, decide(life.protocol, life.state, wrong, by), wrong)
        assert isinstance(life.door.ask(named, by), Accepted), named


def test_imports_hold_as_well(life: Any) -> None:
    life.gives()
    life.holds("month_3", date(2021, 7, 15))
    none = "sha256:" + "0" * 64
    row = ImportedRow("P1", "month_3", "scales", "weight", "", "70", "kg")
    life.now = datetime(2021, 7, 15, 12, tzinfo=UTC)
    command = ImportResults("lab", "1", none, none, none, 1, rows=(row,))
    for wrong in spoilt(row):
        asked = replace(command, rows=(wrong,))
        assert_answered(life, decide(life.protocol, life.state, asked, life.by(command)), asked)
    live_spoiling(life, life.now, command)


def test_the_three_other_ends_hold_as_well(life: Any) -> None:
    life.randomises()
    for command in (
        c.CancelAdministration("P1", e.NeutralReason.LOGISTICS),
        c.LoseToFollowUp("P1", 3),
        c.Terminate(e.StopReason.OTHER, "The end."),
    ):
        live_spoiling(life, datetime(2021, 4, 15, 12, tzinfo=UTC), command)


@pytest.mark.parametrize(
    ("change", "rule", "words"),
    [
        ({"actor": ""}, "no-actor", "nobody is named who asks for this"),
        ({"actor": " \t"}, "no-actor", "nobody is named who asks for this"),
        ({"actor": "\ud800"}, "unfit", "actor holds a sign that is no text"),
        ({"reason": "\udfff"}, "unfit", "reason holds a sign that is no text"),
        ({"occurred": NAIVE}, "no-time-zone", "2021-04-15T09:00:00 without a time zone; expected for example"),
        ({"occurred": MOMENTS[2]}, "date", "the time of the event is in the year 9999; expected 1900 to 2999"),
        ({"occurred": MOMENTS[3]}, "date", "the time of the event is in the year 1; expected 1900 to 2999"),
        ({"occurred": MOMENTS[4]}, "no-time-zone", "expected a zone that is whole minutes from UTC"),
    ],
)
def test_who_asks_and_when_are_written_as_they_must_be(
    life: Any, change: dict[str, Any], rule: str, words: str
) -> None:
    life.opens()
    command = c.Identify("P1", "harbour")
    life.refuses(command, rule, words, by=replace(life.by(command), **change))


@pytest.mark.parametrize("number", ["p1", "P 1", "-P1", "P" * 21, "Å1", "", "P1\n"])
def test_a_number_that_no_event_can_hold_is_refused_in_plain_words(life: Any, number: str) -> None:
    life.opens()
    expected = "expected capital letters, digits and hyphens, at most 20, such as 001"
    life.refuses(c.Identify(number, "harbour"), "unfit", f"participant is {number!r}: {expected}")


def test_a_decision_is_pure(life: Any) -> None:
    life.brushes()
    command = c.RequestRandomisation("P1", "R1")
    once, twice = (decide(life.protocol, life.state, command, life.by(command)) for _ in range(2))
    assert once == twice == Accepted((e.RandomisationRequested(participant="P1", request="R1"),))
