"""One of each command and event about harm, for tests that go through all of them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from armlet.conduct.safety import commands as s
from armlet.ledger import safety_events as e
from armlet.studytime import TimeAsKnown

MOMENT = datetime(2021, 4, 15, 11, 30, tzinfo=UTC)
DAY = date(2021, 4, 15)
BOX = "A" * 40

COMMANDS: tuple[s.SafetyCommand, ...] = (
    s.RecordAdverseEvent(
        "P1", "fever", "2021-04-15T10:20+02:00", MOMENT, "2021-04", False, 2, None, (e.Seriousness.IMPORTANT,), None,
        e.ActionTaken.PAUSED, e.EventOutcome.RECOVERED, "Paracetamol.", "At the end of the infusion.", (), "asked for",
    ),
    s.FollowUpAdverseEvent("P1", 1, MOMENT, term="fever and rigors", grade=3, narrative="Worse.", why="Called back."),
    s.AssessCausality("P1", 1, {"product": e.Relation.POSSIBLE}, "Timing."),
    s.AssessExpectedness("P1", 1, False, "3"),
    s.InformSponsor("P1", 1, MOMENT),
    s.CloseExpeditedDuty("P1", 1, e.ReportStage.FIRST, DAY, BOX),
    s.TakeReading("P1", "five", MOMENT, {"saturation": "97"}, ("hives",)),
    s.CorrectReading("P1", 24, MOMENT, {"saturation": "79"}, "Turned round.", ("hives",)),
    s.MissReading("P1", "an_hour", "Asleep."),
    s.RecordAdvice("R1", DAY, e.Advice.CONTINUE, "Nothing new."),
    s.TakeUrgentMeasure("Antihistamine for everybody.", MOMENT),
    s.FollowUpUrgentMeasure(1, DAY, "ethics committee", "1.1"),
    s.ReportIncident("P1", e.IncidentKind.NEAR_MISS, "Another bag at the bed.", MOMENT, False, "PREP-001"),
    s.ReportPregnancy("P1", e.PregnancyOf.PARTNER, DAY, e.PermissionToFollow.GIVEN, DAY),
    s.FollowUpPregnancy("P1", 1, DAY, None, e.PregnancyOutcome.LIVE_BIRTH, False, "A girl."),
)  # fmt: skip

EVENTS: tuple[e.SafetyEvent, ...] = (
    e.AdverseEventFollowedUp(
        participant="P1", number=1, learnt=MOMENT, first=True, onset=TimeAsKnown.parse("2021-04-15T10:20+02:00"),
        ended=TimeAsKnown.parse("2021-04"), ongoing=False, grade=2, scale="CTCAE 5.0",
        serious=(e.Seriousness.IMPORTANT,), planned_admission="breathing_night", action=e.ActionTaken.PAUSED,
        outcome=e.EventOutcome.RECOVERED, remedy="Paracetamol.", narrative="At the end.", special_interest=("bleeding",),
        found="asked for",
    ),
    e.AdverseEventFollowedUp(participant="P1", number=1, learnt=MOMENT, term="rigors", not_gradable=True, why="Call."),
    e.CausalityAssessed(
        participant="P1", number=1, side=e.AssessedFor.INVESTIGATOR, relations={"product": e.Relation.POSSIBLE}
    ),
    e.ExpectednessAssessed(participant="P1", number=1, expected=False, reference="3"),
    e.SponsorInformed(participant="P1", number=1, at=MOMENT),
    e.ExpeditedDutyClosed(participant="P1", number=1, report=e.ReportStage.FIRST, on=DAY, box=BOX),
    e.ReadingTaken(participant="P1", point="five", at=MOMENT, signs={"saturation": "97"}, symptoms=("hives",)),
    e.ReadingCorrected(participant="P1", of=1, at=MOMENT, signs={"saturation": "79"}, why="Turned round."),
    e.ReadingMissed(participant="P1", point="an_hour", why="Asleep."),
    e.InfusionPauseCalled(participant="P1", point="five", rules=("low_saturation",)),
    e.StoppingRuleMet(rule="any_death", participants=3, events=1, bound=1),
    e.BoardAdvised(report="R1", met=DAY, advice=e.Advice.CONTINUE, why="Nothing new."),
    e.UrgentMeasureTaken(number=1, what="Antihistamine.", at=MOMENT),
    e.UrgentMeasureFollowedUp(number=1, notified="ethics committee", amendment="1.1", on=DAY),
    e.IncidentReported(
        participant="P1", incident=e.IncidentKind.NEAR_MISS, what="Another bag.", at=MOMENT, reached=False,
        preparation="PREP-001",
    ),
    e.PregnancyReported(
        participant="P1", of=e.PregnancyOf.PARTNER, learnt=DAY, permission=e.PermissionToFollow.GIVEN, due=DAY
    ),
    e.PregnancyFollowedUp(
        participant="P1", number=1, on=DAY, permission=e.PermissionToFollow.GIVEN,
        outcome=e.PregnancyOutcome.LIVE_BIRTH, anomaly=False, narrative="A girl.",
    ),
)  # fmt: skip
