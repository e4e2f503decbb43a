"""An invented trial in asthma with two arms, lived through by six invented people, as content for a report.

P1 and P4 are in the arm `cells`, P2 and P3 in `imitation`; P4 was never given anything and P3 missed month 9. P5 failed
a criterion of each kind, and P6 did not consent. Loaded by path, because tests are no package.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from armlet.allocation.scheme import Scheme
from armlet.allocation.unblinded import Slot, UnblindedDataset
from armlet.analysis.estimates import Estimate, Interval, PValue, Result
from armlet.analysis.plan import PlannedResult
from armlet.conduct.state import TrialState, fold
from armlet.derivation.baseline import derive_change
from armlet.derivation.dataset import BlindedDataset
from armlet.derivation.derived import Derived, DerivedOrNot, NotDerived
from armlet.ledger import events as e
from armlet.ledger.entry import GENESIS, Chained, Entry, chain
from armlet.projections.observations import list_observations
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Protocol, Role
from armlet.report.blinded import BlindedContent
from armlet.report.unblinded import UnblindedContent
from armlet.units import Quantity

BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"
START = date(2021, 3, 1)
ARMS = {"P1": "cells", "P2": "imitation", "P3": "imitation", "P4": "cells"}
FEV1 = {
    "P1": ("2.00", "2.10", "2.32"),
    "P2": ("1.80", "1.75", "1.72"),
    "P3": ("2.20", "2.15", None),
    "P4": ("1.90", "1.93", "1.94"),
}
RELIEVER = {"P1": ("4.5", "4.1", "3.9"), "P2": ("5.5", "5.6", "5.7"), "P3": ("6.1", "6.3", None), "P4": ("2", "2", "2")}
VISITS = ("screening", "month_3", "month_9")
TERM = "<img src=x onerror=alert(1)>"


def protocol(**changes: object) -> Protocol:
    """The neutral protocol of the tests, with whole parts replaced."""
    return load_protocol(BASE).model_copy(update=changes)


def single_arm() -> Protocol:
    """The same trial without its second arm, without chance and without blinding."""
    base = protocol()
    design = base.design.model_copy(update={"allocation": "single arm", "model": "single group"})
    arm = base.arms[0].model_copy(update={"reference": False})
    blinding = base.blinding.model_copy(update={"blinded": (), "unblinded": tuple(Role)})
    return base.model_copy(
        update={
            "design": design,
            "arms": (arm,),
            "blinding": blinding,
            "official_title": "",
            "questions": (),
            "sets": (),
            "analyses": (),
        }
    )


class Story:
    """Writes events on days counted from the start, as a ledger would hold them."""

    def __init__(self) -> None:
        self.entries: list[Chained] = []

    def tell(self, day: int, *events: e.OpenEvent) -> None:
        moment = datetime(START.year, START.month, START.day, 9, tzinfo=UTC) + timedelta(days=day)
        for event in events:
            previous = self.entries[-1].digest if self.entries else GENESIS
            entry = Entry(
                seq=len(self.entries) + 1, occurred=moment, recorded=moment, actor="Investigator 1",
                role=Role.INVESTIGATOR, protocol="sha256:0", event=event, previous=previous,
            )  # fmt: skip
            self.entries.append(chain(entry))


def on(day: int) -> date:
    return START + timedelta(days=day)


def lived(simulated: bool = True, term: str = TERM) -> TrialState:
    """Where the trial stands when everybody's follow-up has ended."""
    story = Story()
    story.tell(0, e.TrialOpened(trial="breeze", simulated=simulated), e.RecruitmentOpened())
    for place, name in enumerate(("P1", "P2", "P3", "P4"), start=1):
        _enter(story, name, place)
        _follow(story, name, place)
    _do_not_enter(story)
    serious = (e.Seriousness.HOSPITALISATION,)
    event = e.AdverseEventReported(
        participant="P1", term=term, onset=on(60), grade=3, serious=serious, related_to=("procedure",)
    )
    story.tell(60, event, e.AdverseEventReported(participant="P2", term="sore throat", onset=on(61)))
    story.tell(62, e.DeviationRecorded(participant="P2", what="the diary was kept on paper", on=on(62)))
    why = "the sponsor's funds ran out"
    story.tell(400, e.TrialTerminated(because=e.StopReason.FUNDING, why=why))
    for name in ("P1", "P2", "P3", "P4"):
        story.tell(400, e.FollowUpEnded(participant=name, early=name == "P3"))
    return fold(story.entries)


def _enter(story: Story, name: str, place: int) -> None:
    answers: dict[str, str | bool | None] = {
        "sex": "female" if place == 1 else "male", "age": f"{30 + place} a", "weight": f"{60 + place}.5 kg",
        "consented": True,
    }  # fmt: skip
    verdicts = {one.id: "met" if one.kind.value == "inclusion" else "not met" for one in protocol().criteria}
    story.tell(
        place,
        e.Identified(participant=name, site="harbour"),
        e.Consented(participant=name, form="trial_consent", form_version="1"),
        e.VisitHeld(participant=name, visit="screening", on=on(place), days_off=0),
        e.Screened(participant=name, attempt=1, answers=answers, reference=on(place)),
        e.EligibilityAssessed.model_validate(
            {"participant": name, "attempt": 1, "verdict": "eligible", "criteria": verdicts}
        ),
        e.Enrolled(participant=name),
    )
    for minute, value in ((0, "2.0"), (10, "1.7"), (30, "1.9")):
        story.tell(place, _sample(name, "screening", minute, value))
    story.tell(
        place + 7,
        e.RandomisationRequested(participant=name, request=f"r{place}"),
        e.Randomised(participant=name, preparation=f"PREP-{place}", due=on(40 + place)),
    )


def _sample(name: str, visit: str, minute: int, value: str) -> e.ResultRecorded:
    return e.ResultRecorded(
        participant=name, visit=visit, activity="exercise_test", measure="fev1", sample=f"{minute} min",
        actual=f"{minute + 1} min", value=value, unit="L",
    )  # fmt: skip


def _follow(story: Story, name: str, place: int) -> None:
    due = 40 + place
    if name == "P4":
        cancelled = e.AdministrationCancelled(
            participant=name, preparation="PREP-4", planned=on(due), because=e.NeutralReason.LOGISTICS
        )
        story.tell(due, cancelled)
    else:
        started = datetime(START.year, START.month, START.day, 10, tzinfo=UTC) + timedelta(days=due)
        given = e.Administered(
            participant=name, preparation=f"PREP-{place}", started=started, stopped=started + timedelta(minutes=30),
            volume=Quantity.parse("31.5 mL"), complete=True, checked_by=("Nurse 1", "Nurse 2"),
        )  # fmt: skip
        story.tell(due, given)
    story.tell(due + 90, e.VisitHeld(participant=name, visit="month_3", on=on(due + 90), days_off=0))
    story.tell(due + 90, _sample(name, "month_3", 0, "2.777"), _sample(name, "month_3", 10, "2.555"))
    gone = e.ResultMissing(
        participant=name, visit="month_3", activity="exercise_test", measure="fev1", sample="30 min",
        because=e.MissingReason.LOST,
    )  # fmt: skip
    story.tell(due + 90, gone)
    if name == "P3":
        story.tell(due + 275, e.VisitMissed(participant=name, visit="month_9", why="moved house"))
    else:
        story.tell(due + 275, e.VisitHeld(participant=name, visit="month_9", on=on(due + 275), days_off=0))


def _do_not_enter(story: Story) -> None:
    verdicts = {"breathes_enough": "not met", "heavy": "met"}
    story.tell(
        9,
        e.Identified(participant="P5", site="harbour"),
        e.Consented(participant="P5", form="trial_consent", form_version="1"),
        e.Screened(participant="P5", attempt=1, answers={"sex": "male"}, reference=on(9)),
        e.EligibilityAssessed.model_validate(
            {"participant": "P5", "attempt": 1, "verdict": "not eligible", "criteria": verdicts}
        ),
        e.ScreeningFailed(participant="P5", attempt=1, criteria=("breathes_enough", "heavy")),
        e.Identified(participant="P6", site="harbour"),
    )


def values(endpoint: str, unit: str, numbers: Mapping[str, Sequence[str | None]]) -> list[DerivedOrNot]:
    """Derived values as typed; None stands for a visit that was not held."""
    derived: list[DerivedOrNot] = []
    for place, (name, typed) in enumerate(numbers.items(), start=1):
        days = (place, 130 + place, 315 + place)
        for visit, day, text in zip(VISITS, days, typed, strict=True):
            if text is None:
                derived.append(NotDerived(endpoint, name, visit, "visit month 9 not held"))
            else:
                derived.append(Derived(endpoint, name, visit, Decimal(text), unit, on(day), (1,)))
    return derived


def dataset(
    fev1: Mapping[str, Sequence[str | None]] = FEV1, reliever: Mapping[str, Sequence[str | None]] = RELIEVER
) -> BlindedDataset:
    """The values of both endpoints and their changes from screening."""
    derived = [*values("fev1_after_exercise", "L", fev1), *values("reliever_per_weight", "ug/kg/d", reliever)]
    at = {(one.endpoint, one.participant, one.visit): one for one in derived}
    changes = [
        derive_change(one, at[one.endpoint, one.participant, "screening"])
        for one in derived
        if one.visit != "screening"
    ]
    people = ("P1", "P2", "P3", "P4")
    return BlindedDataset(
        "breeze", "sha256:0", True, people, tuple(derived), tuple(changes), {"all_randomised": people}
    )


def blinded(
    of: Protocol | None = None, state: TrialState | None = None, data: BlindedDataset | None = None
) -> BlindedContent:
    """Content of the page before the lock."""
    stood = state or lived()
    return BlindedContent(
        of or protocol(), stood, data or dataset(), list_observations(stood), stood.head, date(2022, 5, 1), ("A note.",)
    )


def estimate() -> Estimate:
    """A difference in means of the change, worked by hand from `FEV1`: cells +0.32 and +0.04, imitation −0.08."""
    return Estimate(
        label="main",
        estimand="difference in means of the change from baseline, cells minus imitation",
        method="rerandomisation",
        value=0.26,
        unit="L",
        interval=Interval(-0.05, 0.61, 0.95),
        p=PValue(0.25, exact=True, smallest_reachable=0.125),
        n_used={"cells": 2, "imitation": 1},
        left_out=(("P3", "visit month 9 not held"),),
        warnings=("Read with care.",),
    )


def planned(result: Result, of: Protocol | None = None) -> PlannedResult:
    """That result as the primary analysis at month 9."""
    return PlannedResult((of or protocol()).analyses[0], "month_9", result)


def unblinded(
    content: BlindedContent | None = None, results: tuple[PlannedResult, ...] | None = None
) -> UnblindedContent:
    """Content of the page after the lock."""
    before = content or blinded()
    slots = tuple(Slot(place, name, arm) for place, (name, arm) in enumerate(ARMS.items(), start=1))
    arms = [arm.id for arm in before.protocol.arms]
    if len(arms) == 1:
        slots = tuple(Slot(slot.number, slot.participant, arms[0]) for slot in slots)
    doses = {"P1": Quantity.parse("1.9 10*6/kg"), "P2": Quantity.parse("0 10*6/kg")}
    scheme = Scheme.of(arms, [1] * len(arms), "complete" if len(arms) > 1 else "single_arm")
    secret = UnblindedDataset(before.dataset, scheme, slots, doses, {"P1": "LOT-77", "P2": "LOT-78"})
    return UnblindedContent(before, secret, (planned(estimate()),) if results is None else results)
