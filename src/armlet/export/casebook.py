"""Everything that was collected about participants, as forms with fields: what data formats spell, each in its own way.

A form is a page that staff fill in: one for each activity of the protocol, and five that every trial has. A value keeps
the digits and the unit in which it was reported, and the ledger entry that it stands on. What was asked for and is not
there has its reason in a field of its own, and no number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from armlet.conduct.observation import Observation
from armlet.conduct.state import Participant
from armlet.errors import InputError
from armlet.export.results_form.locked import LockedTrial
from armlet.issues import error
from armlet.protocol.criteria import Measure, MeasureKind
from armlet.protocol.model import Activity
from armlet.units import Quantity, UnitError, format_decimal

PARTICIPANT: Final = "participant"
SCREENING: Final = "screening"
VISIT: Final = "visit"
ADVERSE_EVENT: Final = "adverse_event"
DEVIATION: Final = "deviation"


class Kind(StrEnum):
    """What a field may hold: a decimal number as it was typed, a day, a moment, one of some codes, yes or no, words."""

    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    CODE = "code"
    YES_NO = "yes or no"
    WORDS = "words"


YES: Final = "yes"
NO: Final = "no"


@dataclass(frozen=True, slots=True)
class Item:
    """One field of a form. Its `id` is unique in the whole casebook."""

    id: str
    label: str
    kind: Kind
    codes: Mapping[str, str] = field(default_factory=dict)
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A page with its fields. One that repeats can be filled in several times for a participant."""

    id: str
    label: str
    items: tuple[Item, ...]
    repeats: bool
    activity: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a field: the item's id, the value, its unit, and the entry that it stands on (0: not one entry)."""

    item: str
    value: str
    unit: str = ""
    entry: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """A form as it was filled in once. `visit` is the visit that it belongs to; what was left empty is not in it."""

    participant: str
    form: str
    visit: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Casebook:
    """All forms, and all pages by participant, in the order of the participants' numbers' first appearance."""

    forms: tuple[Form, ...]
    pages: tuple[Page, ...] = field(repr=False)

    def of(self, participant: str) -> tuple[Page, ...]:
        """The pages of one participant."""
        return tuple(page for page in self.pages if page.participant == participant)


def compile_casebook(trial: LockedTrial) -> Casebook:
    """The casebook of a locked trial, also of those who were never enrolled; with arms, so for the unblinded side.

    Raises InputError where two fields would have one name.
    """
    forms = tuple(_forms(trial))
    names = [item.id for form in forms for item in form.items] + [form.id for form in forms]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        message = f"an activity and a form that every trial has would share the name {', '.join(twice)}."
        raise InputError([error("export/names-collide", "protocol.yaml: activities", message, "Rename the activity.")])
    pages = tuple(page for one in trial.data.state.participants.values() for page in _pages(trial, one))
    return Casebook(forms, pages)


# --- Forms ----------------------------------------------------------------------------------------------------------


def _forms(trial: LockedTrial) -> Iterator[Form]:
    protocol = trial.protocol
    arms = {arm.id: arm.label for arm in protocol.arms}
    yield Form(
        PARTICIPANT,
        "Participant",
        _items(
            PARTICIPANT,
            ("site", "Site", {one.id: one.name for one in protocol.organisation.sites}),
            ("consented", "First consent", Kind.MOMENT),
            ("verdict", "Eligibility", Kind.WORDS),
            ("enrolled", "Enrolled on", Kind.DATE),
            ("randomised", "Allocated on", Kind.DATE),
            ("arm", "Arm", arms),
            ("preparation", "Preparation", Kind.WORDS),
            ("given_from", "Administration began", Kind.MOMENT),
            ("given_until", "Administration ended", Kind.MOMENT),
            ("given_wholly", "Given completely", Kind.YES_NO),
            ("cancelled", "Administration cancelled because", Kind.WORDS),
            ("withdrawn", "Withdrew on", Kind.DATE),
            ("withdrawn_from", "Withdrew from", Kind.WORDS),
            ("lost", "Lost to follow-up", Kind.YES_NO),
            ("died", "Died on", Kind.DATE),
            ("ended_early", "Follow-up ended before the schedule did", Kind.YES_NO),
        ),
        repeats=False,
    )
    yield Form(SCREENING, "Screening", tuple(_asked(one) for one in _screened(trial)), repeats=False)
    yield from _listing_forms(trial)
    for activity in protocol.activities:
        yield Form(activity.id, _capital(activity.label), tuple(_of_activity(trial, activity)), True, activity.id)


def _listing_forms(trial: LockedTrial) -> Iterator[Form]:
    visits = {visit.id: visit.label for visit in trial.protocol.visits}
    held = _items(
        VISIT,
        ("id", "Visit", visits | _outside(trial)),
        ("date", "Date", Kind.DATE),
        ("days_off", "Days outside the window (early: negative)", Kind.NUMBER),
        ("missed", "Not held because", Kind.WORDS),
    )
    yield Form(VISIT, "Visit", held, repeats=True)
    events = _items(
        ADVERSE_EVENT,
        ("term", "Adverse event, in the reporter's words", Kind.WORDS),
        ("onset", "First day", Kind.DATE),
        ("ended", "Last day", Kind.DATE),
        ("grade", f"Grade by {trial.protocol.safety.scale}", Kind.NUMBER),
        ("serious", "Serious because", Kind.WORDS),
        ("related_to", "May be related to", Kind.WORDS),
        ("expected", "Expected", Kind.YES_NO),
    )
    yield Form(ADVERSE_EVENT, "Adverse event", events, repeats=True)
    deviations = _items(DEVIATION, ("what", "Deviation", Kind.WORDS), ("date", "Date", Kind.DATE))
    yield Form(DEVIATION, "Deviation from the protocol", deviations, repeats=True)


def _items(form: str, *told: tuple[str, str, Kind | Mapping[str, str]]) -> tuple[Item, ...]:
    return tuple(
        Item(f"{form}_{name}", label, what)
        if isinstance(what, Kind)
        else Item(f"{form}_{name}", label, Kind.CODE, what)
        for name, label, what in told
    )


def _outside(trial: LockedTrial) -> dict[str, str]:
    """The codes of visits that the schedule does not know, as the ledger has them."""
    return {
        code: f"Outside the schedule ({code})" for one in trial.data.state.participants.values() for code in one.extra
    }


def _screened(trial: LockedTrial) -> list[Measure]:
    answered = {name for one in trial.data.state.participants.values() for name in one.answers}
    return [measure for measure in trial.protocol.measures if measure.id in answered]


def _asked(measure: Measure) -> Item:
    """Quantities are kept with their unit in one field, as they were answered."""
    name, label = f"{SCREENING}_{measure.id}", _capital(measure.label)
    match measure.kind:
        case MeasureKind.CODE:
            return Item(name, label, Kind.CODE, {code: code for code in measure.codes})
        case MeasureKind.YES_NO:
            return Item(name, label, Kind.YES_NO)
        case MeasureKind.DATE:
            return Item(name, label, Kind.DATE)
        case MeasureKind.QUANTITY:
            return Item(name, label, Kind.NUMBER, unit=measure.unit)


def _of_activity(trial: LockedTrial, activity: Activity) -> Iterator[Item]:
    visits = {visit.id: visit.label for visit in trial.protocol.visits} | _outside(trial)
    yield Item(f"{activity.id}_visit", "Visit", Kind.CODE, visits)
    yield Item(f"{activity.id}_date", "Date", Kind.DATE)
    yield Item(f"{activity.id}_sample", "Nominal time or day", Kind.WORDS)
    yield Item(f"{activity.id}_actual", "Real time", Kind.WORDS)
    for measure in (trial.protocol.measure(name) for name in activity.measures):
        name, label = f"{activity.id}_{measure.id}", _capital(measure.label)
        yield Item(name, label, Kind.NUMBER, unit=measure.unit)
        yield Item(f"{name}_unit", f"{label}: unit as reported", Kind.WORDS)
        yield Item(f"{name}_below", f"{label}: reported as less than the value", Kind.YES_NO)
        yield Item(f"{name}_missing", f"{label}: why there is no value", Kind.WORDS)


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


# --- Pages ----------------------------------------------------------------------------------------------------------


def _pages(trial: LockedTrial, one: Participant) -> Iterator[Page]:
    yield _page(one, PARTICIPANT, "", _about(trial, one))
    if one.answers:
        yield Page(one.id, SCREENING, "", tuple(_answers(trial, one)))
    yield from _visit_pages(one)
    yield from _result_pages(one)
    for event in one.adverse_events:
        cells = {
            "term": event.term,
            "onset": event.onset,
            "ended": event.ended,
            "grade": event.grade,
            "serious": "; ".join(reason.value for reason in event.serious),
            "related_to": "; ".join(event.related_to),
            "expected": event.expected,
        }
        yield _page(one, ADVERSE_EVENT, "", cells)
    for deviation in one.deviations:
        yield _page(one, DEVIATION, "", {"what": deviation.what, "date": deviation.on})


def _page(one: Participant, form: str, visit: str, told: Mapping[str, object]) -> Page:
    cells = tuple(Cell(f"{form}_{name}", _spelt(value)) for name, value in told.items() if value not in {None, ""})
    return Page(one.id, form, visit, cells)


def _spelt(value: object) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    return str(value)


def _about(trial: LockedTrial, one: Participant) -> dict[str, object]:
    given, stopped = one.administered, one.cancelled
    first = min((consent.first for consent in one.consents.values()), default=None)
    return {
        "site": one.site,
        "consented": first.isoformat() if first is not None else None,
        "verdict": one.verdict,
        "enrolled": one.enrolled,
        "randomised": one.randomised,
        "arm": trial.unblinded.arm_of(one.id),
        "preparation": one.preparation,
        "given_from": given.started.isoformat() if given is not None else None,
        "given_until": given.stopped.isoformat() if given is not None else None,
        "given_wholly": given.complete if given is not None else None,
        "cancelled": stopped.because.value if stopped is not None else None,
        "withdrawn": one.withdrawn_on,
        "withdrawn_from": "; ".join(sorted(scope.value for scope in one.withdrawn)),
        "lost": one.lost or None,
        "died": one.died,
        "ended_early": one.ended.early if one.ended is not None else None,
    }


def _answers(trial: LockedTrial, one: Participant) -> Iterator[Cell]:
    for measure in _screened(trial):
        answer = one.answers.get(measure.id)
        if answer is None:
            continue
        value, unit = _spelt(answer), ""
        if measure.kind is MeasureKind.QUANTITY:
            value, unit = _taken_apart(value)
        yield Cell(f"{SCREENING}_{measure.id}", value, unit)


def _taken_apart(answer: str) -> tuple[str, str]:
    """The number and the unit of an answered quantity; an answer that is none stays whole."""
    try:
        quantity = Quantity.parse(answer)
    except UnitError:
        return answer, ""
    return format_decimal(quantity.value), quantity.unit


def _visit_pages(one: Participant) -> Iterator[Page]:
    for held in one.held.values():
        yield _page(one, VISIT, held.visit, {"id": held.visit, "date": held.on, "days_off": held.days_off})
    for code, day in one.extra.items():
        yield _page(one, VISIT, code, {"id": code, "date": day})
    for missed in one.missed.values():
        yield _page(one, VISIT, missed.visit, {"id": missed.visit, "missed": missed.why})


def _result_pages(one: Participant) -> Iterator[Page]:
    """A page for each time of each activity at each visit, with the measures that were taken together."""
    together: dict[tuple[str, str, str], list[Observation]] = {}
    for result in one.results.values():
        together.setdefault((result.visit, result.activity, result.sample), []).append(result)
    procedures = {key: day for key, day in one.done.items() if key not in {group[:2] for group in together}}
    for (visit, activity), day in procedures.items():
        yield _page(one, activity, visit, {"visit": visit, "date": day})
    for (visit, activity, sample), results in together.items():
        actual = next((result.actual for result in results if result.actual), "")
        told = {"visit": visit, "date": results[0].on, "sample": sample, "actual": actual}
        cells = [cell for result in results for cell in _of_result(result)]
        yield Page(one.id, activity, visit, (*_page(one, activity, visit, told).cells, *cells))


def _of_result(result: Observation) -> Iterator[Cell]:
    name = f"{result.activity}_{result.measure}"
    if result.quantity is not None:
        unit = result.quantity.unit
        yield Cell(name, format_decimal(result.quantity.value), unit, result.entry)
        yield Cell(f"{name}_unit", unit, entry=result.entry)
        if result.below:
            yield Cell(f"{name}_below", YES, entry=result.entry)
    elif result.missing is not None:
        yield Cell(f"{name}_missing", result.missing.value, entry=result.entry)
