"""What an entry may hold, and its one spelling."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha256
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from armlet.ledger import consent_events as ce
from armlet.ledger import course_events as oe
from armlet.ledger import data_events as d
from armlet.ledger import events as e
from armlet.ledger import sealed as s
from armlet.ledger.blinding_events import RemarkKept
from armlet.ledger.entry import Chained, Entry, Head, chain, decode, encode
from armlet.ledger.intake_events import ResultsImported
from armlet.protocol.course import Impact, NoticeTo
from armlet.protocol.model import Role
from armlet.studytime import PartialDate
from armlet.units import Quantity
from tests.unit.conduct.harm_examples import EVENTS as HARM

MakeStrand = Callable[..., list[Chained]]
MOMENT = datetime(2021, 3, 1, 9, 0, tzinfo=UTC)
KILOGRAMS, VOLUME = Quantity(Decimal("70.0"), "kg"), Quantity(Decimal("26.5"), "mL")
BOX = "QUJD" * 20
DAY = date(2021, 4, 15)

EVENTS: tuple[e.OpenEvent, ...] = (
    e.TrialOpened(trial="breeze", simulated=True),
    e.ProtocolAdopted(protocol_version="1.0", protocol_digest="sha256:0"),
    e.AllocationCommitted(commitment="sha256:" + "0" * 64),
    e.RecruitmentOpened(),
    e.RecruitmentSuspended(because=e.StopReason.PRODUCT, why="A culture grew."),
    e.RecruitmentResumed(why="It did not."),
    e.TrialTerminated(because=e.StopReason.FUNDING, why="No money."),
    e.TrialCompleted(),
    e.DatabaseLocked(entries=6, head="sha256:0", agreed_by=("Ada", "Bo")),
    e.WarrantGranted(
        warrant="W1", participant=None, category=e.UnblindingCategory.ANALYSIS, why="The plan.", to="Cy"
    ),
    e.Delegated(person="Ada", role=Role.INVESTIGATOR, site="harbour"),
    e.DelegationEnded(person="Ada", role=Role.INVESTIGATOR, why="Left."),
    e.SealingKeyPublished(key="a" * 64),
    e.UnblindingRefused(category=e.UnblindingCategory.ANALYSIS, rules=("conduct/before-lock",)),
    e.AllocationRead(warrant="W1", participant="P1", by="Cy", drill=True),
    e.UnblindingReported(
        participant="P1", who="Bo", who_works_as=Role.CARE_PROVIDER, how=e.LearntHow.DOCUMENT, on=date(2021, 4, 1), box=BOX
    ),
    e.TextReleased(of=3, texts={"why": "A fall."}),
    e.EntryRedacted(
        of=3, fields=("why",), kept="sha256:" + "0" * 64, why="A name.", agreed_by=("Ada", "Bo")
    ),
    e.ResultSealed(participant="P1", visit="month_3", activity="breath", measure="fev1", box=BOX),
    e.SealedResultCorrected(participant="P1", of=3, box=BOX),
    e.GuessGiven(participant="P1", of=Role.PARTICIPANT, occasion=e.GuessOccasion.END, box=BOX),
    ResultsImported(
        mapping="lab", mapping_version="1", mapping_digest="sha256:" + "0" * 64, rows=1, recorded=1, corrected=0,
        already=0, conflicts=0, refused=0, empty=0, box=BOX,
    ),
    e.Identified(participant="P1", site="harbour"),
    e.Consented(participant="P1", form="trial_consent", form_version="1"),
    e.Screened(participant="P1", attempt=1, answers={"age": "34 a", "asthma": True, "hiv": None}, reference=date(2021, 3, 1)),
    e.EligibilityAssessed(participant="P1", attempt=1, verdict="unknown", criteria={"adult": "met"}),
    e.ScreeningFailed(participant="P1", attempt=1, criteria=("adult",)),
    e.RescreeningStarted(participant="P1", attempt=2, why="A birthday."),
    e.Enrolled(participant="P1"),
    e.ProductCertified(participant="P1", expires=MOMENT),
    e.RandomisationRequested(participant="P1", request="R1"),
    e.RandomisationRequested(participant="P1", request="R1", levels={"sex": "female", "age_band": "34 a or more"}),
    e.Randomised(participant="P1", preparation="PREP-001", due=date(2021, 4, 15)),
    e.PreparationMoved(participant="P1", preparation="PREP-001", due=date(2021, 4, 16), because=e.NeutralReason.LOGISTICS),
    e.PreparationReleased(participant="P1", preparation="PREP-001", expires=MOMENT, weight=KILOGRAMS, volume=VOLUME),
    e.Administered(
        participant="P1", preparation="PREP-001", started=MOMENT, stopped=MOMENT, volume=VOLUME, complete=True,
        checked_by=("Ada", "Bo"),
    ),
    e.AdministrationCancelled(
        participant="P1", preparation="PREP-001", planned=date(2021, 4, 15), because=e.NeutralReason.PARTICIPANT
    ),
    e.VisitHeld(participant="P1", visit="month_3", on=date(2021, 7, 15), days_off=-2),
    e.VisitMissed(participant="P1", visit="month_3", why="Snow — \u2028 and “quotes”."),
    e.UnscheduledVisitHeld(participant="P1", on=date(2021, 7, 15), why="A fall."),
    e.ActivityDone(participant="P1", visit="harvest", activity="brushing", on=date(2021, 3, 10)),
    e.ResultRecorded(
        participant="P1", visit="month_3", activity="scales", measure="weight", value="70.10", unit="kg", below=True
    ),
    e.ResultMissing(
        participant="P1", visit="month_3", activity="scales", measure="weight", because=e.MissingReason.REFUSED
    ),
    e.ResultCorrected(participant="P1", of=3, value="1e2", unit="kg", why="A slip."),
    e.AdverseEventReported(participant="P1", term="Kopfschmerz", onset=date(2021, 5, 1), serious=(e.Seriousness.DEATH,)),
    e.DeviationRecorded(participant="P1", what="Late.", on=date(2021, 5, 1)),
    e.Withdrawn(participant="P1", scopes=(e.WithdrawalScope.VISITS,)),
    e.LostToFollowUp(participant="P1", attempts=3),
    e.FollowUpEnded(participant="P1", early=False),
    *HARM,
    oe.IdentitiesStated(kept_at="Harbour Hospital", archive="sha256:" + "1" * 64, people=3),
    RemarkKept(participant="P1", of=Role.PARTICIPANT, box=BOX),
    d.VisitRepeated(participant="P1", visit="month_3", code="month_3_repeat_1", on=date(2021, 7, 15), why="A fall."),
    d.VisitDateCorrected(participant="P1", visit="month_3", on=date(2021, 7, 15), days_off=-2, why="A slip."),
    d.ResultRetracted(participant="P1", of=3, because=d.RetractionReason.WRONG_PARTICIPANT),
    d.EnteredAgain(participant="P1", of=3, value="70.10", unit="kg"),
    d.EntryAdjudicated(participant="P1", of=3, why="The source says so."),
    d.QueryOpened(participant="P1", visit="month_3", check="weight_jumps", what="Right?"),
    d.QueryAnswered(participant="P1", of=3, what="Yes."),
    d.QueryClosed(participant="P1", of=3),
    d.QueryReopened(participant="P1", of=3, why="No."),
    d.FormVerified(participant="P1", visit="month_3", activity="scales", fingerprint="sha256:" + "0" * 64),
    d.FormReviewed(participant="P1", visit="month_3", activity="scales", fingerprint="sha256:" + "0" * 64),
    d.SignaturePolicyAccepted(person="Ada", policy="2"),
    d.Signed(
        participant="P1", meaning=d.Meaning.APPROVAL, fingerprint="sha256:" + "0" * 64, signer="Ada", policy="2",
        confirmed_by="a code",
    ),
    d.Frozen(participant="P1", visit="month_3"),
    d.Thawed(participant="P1", why="A slip."),
    d.DeviationClassified(participant="P1", of=3, level=d.DeviationLevel.MAJOR, why="Two days."),
    d.IntercurrentEventRecorded(participant="P1", event="graft", happened=True, on=date(2021, 4, 2), why="Elsewhere."),
    d.SetsAssigned(members={"per_protocol": ("P1",)}, minutes="Minutes 4", agreed_by=("Ada", "Bo")),
    d.UnlockRequested(of=(3,), person="Ada", why="Ten times too high."),
    d.UnlockApproved(request=3, person="Bo"),
    e.Consented(
        participant="P1", form="trial_consent", form_version="1", language="es-CL", document="sha256:" + "1" * 64,
        options={"sharing": False}, identity="passport seen", signed_by="Dr Own", licence="L-1", relation="psychiatrist",
    ),
    ce.ConsentDocumentDrafted(
        form="trial_consent", form_version="1", language="sv", document="sha256:" + "1" * 64,
        elements={"payment": "None is paid."},
    ),
    ce.ConsentDocumentSubmitted(form="trial_consent", form_version="1", language="sv", to="Committee", on=DAY),
    ce.ConsentDocumentApproved(
        form="trial_consent", form_version="1", language="sv", approved_by="Committee", reference="E-1", on=DAY
    ),
    ce.ConsentDocumentEffective(form="trial_consent", form_version="1", language="sv", site="harbour", begins=DAY),
    ce.ConsentCopyIssued(participant="P1", form="trial_consent", on=DAY),
    ce.CompetenceAssessed(
        participant="P1", assessor="Dr Mind", profession="psychiatrist", instrument="interview",
        result=ce.Competence.BORDERLINE, on=DAY,
    ),
    ce.CompetenceDoubted(participant="P1", why="Was confused."),
    ce.PhysicianConsentRevoked(participant="P1", form="physician_consent", why="Another illness."),
    ce.MedicalReviewed(participant="P1", outcome=ce.ReviewOutcome.CONTINUES, why="It has passed."),
    ce.ReconsentRefused(participant="P1", form="trial_consent", form_version="2", why="Too many calls."),
    ce.Returned(participant="P1", scopes=(e.WithdrawalScope.VISITS,), why="Wants to go on."),
    ce.InterventionDiscontinued(participant="P1", why="A new illness."),
    ce.Died(participant="P1", on=DAY),
    ce.ContactAttempted(participant="P1", on=DAY, how=ce.ContactBy.TELEPHONE, reached=False),
    ce.RecordsReviewed(participant="P1", on=DAY, what="Two stays in hospital."),
    ce.DestructionCertified(participant="P1", of=ce.Kept.CELLS, certificate="D-1", on=DAY, witnessed_by="Bo"),
    oe.DocumentFiled(
        paper=oe.DocumentKind.ETHICS_APPROVAL, title="Approval", issued_by="Committee", reference="E-1", on=DAY,
        protocol_version="1.0",
    ),
    oe.ProtocolSigned(
        protocol_version="1.0", protocol_digest="sha256:" + "1" * 64, signed_by="Ada", signed_as=Role.INVESTIGATOR
    ),
    oe.SiteOpened(site="harbour", on=DAY),
    oe.RegistryPosted(
        status=oe.RegistryState.RECRUITING, on=DAY, verified=PartialDate(2021, 4), start=PartialDate(2021, 3)
    ),
    oe.AmendmentAdopted(
        protocol_version="1.1", protocol_digest="sha256:" + "2" * 64, replaces="sha256:" + "1" * 64,
        approved_by="Committee", reference="E-2", approved_on=DAY, impact=Impact.ALL_ACTIVE, asks=("P1",),
        forms={"trial_consent": "2"}, due=DAY, may_refuse=True, added=("month_9", "month_3/sterility"),
    ),
    oe.RandomisedInError(participant="P1", why="An exclusion was overlooked."),
    oe.CarePlanRecorded(participant="P1", what="Seen by the own physician."),
    oe.FollowUpLimited(until=DAY, why="The funds end."),
    oe.NoticeSent(to=NoticeTo.PARTICIPANT, about="early end", participant="P1", on=DAY),
    oe.DisclosureIssued(participant="P1", on=DAY),
)  # fmt: skip


def make_entry(**change: object) -> Entry:
    plain: dict[str, object] = {
        "seq": 1, "occurred": MOMENT, "recorded": MOMENT, "actor": "Ada", "role": Role.INVESTIGATOR,
        "protocol": "sha256:0", "event": EVENTS[0], "previous": Head().digest,
    }  # fmt: skip
    return Entry.model_validate({**plain, **change})


def test_the_list_above_has_every_kind_of_event() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(e.OpenEvent))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: str(event.kind))
def test_what_is_written_is_read_back(make_strand: MakeStrand, event: e.OpenEvent) -> None:
    chained = make_strand(1, events=(event,))[0]
    line = encode(chained)
    assert b"\n" not in line
    assert decode(line) == chained
    assert decode(line).event == event


def test_entries_that_were_read_hold_the_names_of_their_fields_once_and_a_copy_changes_only_its_own(
    make_strand: MakeStrand,
) -> None:
    told = (e.RecruitmentResumed(why="It did not."), e.RecruitmentResumed(why="Nor did the other."))
    first, second = (decode(encode(one)) for one in make_strand(2, events=told))
    assert first.entry.model_fields_set is second.entry.model_fields_set
    assert first.event.model_fields_set is second.event.model_fields_set
    changed = first.entry.model_copy(update={"key": "K1"})
    assert changed.model_fields_set - first.entry.model_fields_set == {"key"}
    assert "key" not in second.entry.model_fields_set
    assert "key" not in encode(second).decode()


def test_the_line_of_an_entry_is_written_out() -> None:
    """The format on disk: a change of it breaks every ledger that exists."""
    entry = make_entry(event=e.Identified(participant="P1", site="harbour"), reason="A slip.")
    rest = (
        '"event":{"kind":"identified","participant":"P1","site":"harbour","version":1},'
        '"occurred":"2021-03-01T09:00:00Z","previous":"sha256:' + "0" * 64 + '",'
        '"protocol":"sha256:0","reason":"A slip.","recorded":"2021-03-01T09:00:00Z","role":"investigator","seq":1}'
    )
    digest = sha256(('{"actor":"Ada",' + rest).encode()).hexdigest()
    assert encode(chain(entry)).decode() == '{"actor":"Ada","digest":"sha256:' + digest + '",' + rest


def test_a_time_without_a_zone_never_gets_in() -> None:
    for field in ("occurred", "recorded"):
        with pytest.raises(ValidationError, match="no time zone"):
            make_entry(**{field: datetime(2021, 3, 1, 9, 0)})  # noqa: DTZ001
    with pytest.raises(ValidationError, match="no time zone"):
        e.PreparationReleased(participant="P1", preparation="X", expires=datetime(2021, 3, 1, 9, 0))  # noqa: DTZ001


def test_a_moment_keeps_the_clock_of_its_place_and_is_the_same_moment() -> None:
    evening = datetime(2021, 3, 1, 21, 30, tzinfo=ZoneInfo("America/Santiago"))
    entry = make_entry(occurred=evening)
    assert entry.occurred.date() == date(2021, 3, 1)
    assert entry.occurred == datetime(2021, 3, 2, 0, 30, tzinfo=UTC)
    assert b'"occurred":"2021-03-01T21:30:00-03:00"' in entry.canonical()


@pytest.mark.parametrize(("fold", "written"), [(0, "2017-10-29T02:30:00+02:00"), (1, "2017-10-29T02:30:00+01:00")])
def test_the_hour_that_comes_twice_in_autumn_is_written_as_two_moments(fold: int, written: str) -> None:
    twice = datetime(2017, 10, 29, 2, 30, tzinfo=ZoneInfo("Europe/Stockholm"), fold=fold)
    assert written.encode() in make_entry(occurred=twice).canonical()


def test_a_zone_that_is_not_whole_minutes_from_utc_is_refused() -> None:
    """Local mean time, which no text of a moment can hold."""
    with pytest.raises(ValidationError, match="whole minutes"):
        make_entry(occurred=datetime(2021, 3, 1, 9, 0, tzinfo=timezone(timedelta(seconds=4692))))


@pytest.mark.parametrize("participant", ["p1", "P 1", "", "-1", "P" * 21, "P1\n", "Ångström"])
def test_a_participant_number_of_another_form_never_gets_in(participant: str) -> None:
    with pytest.raises(ValidationError):
        e.Enrolled(participant=participant)


def test_the_open_strand_reads_no_sealed_event() -> None:
    kinds = [kind.model_fields["kind"].default for kind in get_args(s.SealedEvent)]
    assert len(kinds) == 14
    for kind in kinds:
        with pytest.raises(ValidationError, match="does not match any of the expected tags"):
            TypeAdapter(e.AnyOpenEvent).validate_python({"kind": kind})


def test_no_open_event_has_a_field_for_an_arm() -> None:
    names = {name for kind in get_args(e.OpenEvent) for name in kind.model_fields}
    assert not names & {"arm", "content", "lot", "donor", "slot", "seed", "sham", "product"}


def test_an_event_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        EVENTS[0].__setattr__("simulated", False)
