"""The forms of a trial, computed from its schedule: one for each activity of each visit, and how each stands.

Nobody draws a form: what the protocol asks for at a visit is what is to be filled in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from armlet.conduct.observation import Observation
from armlet.conduct.rules.visits import samples_of
from armlet.conduct.schedule import visit_window
from armlet.conduct.state import Participant, TrialState
from armlet.document import canonical_json, digest
from armlet.protocol.criteria import MeasureKind
from armlet.protocol.model import Activity, ActivityKind, Anchor, Protocol, Visit
from armlet.units import format_decimal


class FormStatus(StrEnum):
    """How a form stands for one participant."""

    NOT_EXPECTED = "not expected"
    EXPECTED = "expected"
    OVERDUE = "overdue"
    STARTED = "started"
    COMPLETE = "complete"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Field:
    """One value to fill in: what, at which sample, in which units, from where to where it is plausible.

    `is_critical`: two people enter it. `is_telling`: once entered it is not shown before the lock.
    """

    measure: str
    label: str
    kind: MeasureKind
    sample: str = ""
    units: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    lowest: str = ""
    highest: str = ""
    is_critical: bool = False
    is_telling: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What one activity asks for at one visit; a procedure asks for the day it was done."""

    visit: str
    activity: str
    label: str
    asks_for_day: bool
    fields: tuple[Field, ...]


def forms_of(protocol: Protocol, hides: frozenset[tuple[str, str]] = frozenset()) -> tuple[Form, ...]:
    """Every form, in the order of visits and activities; `hides` are the measures that are sealed, with their visits."""
    return tuple(make_form(protocol, visit, name, hides) for visit in protocol.visits for name in visit.activities)


def make_form(
    protocol: Protocol, visit: Visit, activity_id: str, hides: frozenset[tuple[str, str]] = frozenset()
) -> Form:
    """The form of one activity at a visit."""
    activity = protocol.activity(activity_id)
    fields = tuple(_fields(protocol, visit, activity, hides))
    return Form(visit.id, activity.id, activity.label, activity.kind is ActivityKind.PROCEDURE, fields)


def critical_measures(protocol: Protocol) -> frozenset[str]:
    """The measures that two people enter."""
    section = protocol.data_management
    return frozenset(section.critical or ()) if section is not None else frozenset()


def _fields(protocol: Protocol, visit: Visit, activity: Activity, hides: frozenset[tuple[str, str]]) -> Iterator[Field]:
    critical = critical_measures(protocol)
    for name in activity.measures if activity.kind is not ActivityKind.PROCEDURE else ():
        measure = protocol.measure(name)
        span = measure.plausible
        for sample in samples_of(activity):
            yield Field(
                measure.id,
                measure.label,
                measure.kind,
                sample,
                tuple(filter(None, (measure.unit, *measure.also_in))),
                (*measure.codes, *measure.unclear),
                str(span.lowest) if span is not None else "",
                str(span.highest) if span is not None else "",
                is_critical=measure.id in critical,
                is_telling=(measure.id, visit.id) in hides,
            )


# --- How a form stands ----------------------------------------------------------------------------------------------


def status_of(protocol: Protocol, one: Participant, form: Form, today: date) -> FormStatus:
    """How a form stands for a participant on a day."""
    if form.visit in one.missed:
        return FormStatus.MISSED
    if form.visit in one.held:
        return _status_of_held(protocol, one, form)
    window = visit_window(protocol.visit(form.visit), one)
    is_screened = protocol.visit(form.visit).anchor is Anchor.CONSENT and one.enrolled is None and not one.failed_for
    if window is None or not (one.is_followed or is_screened):
        return FormStatus.NOT_EXPECTED
    return FormStatus.OVERDUE if today > window.closes else FormStatus.EXPECTED


def _status_of_held(protocol: Protocol, one: Participant, form: Form) -> FormStatus:
    if form.asks_for_day:
        return FormStatus.COMPLETE if (form.visit, form.activity) in one.done else FormStatus.EXPECTED
    filled = [field for field in form.fields if _is_filled(protocol, one, form, field)]
    if len(filled) == len([field for field in form.fields if field.kind is MeasureKind.QUANTITY]):
        return FormStatus.COMPLETE
    return FormStatus.STARTED if filled else FormStatus.EXPECTED


def _is_filled(protocol: Protocol, one: Participant, form: Form, field: Field) -> bool:
    """Whether a number that the form asks for is there; what is no number is answered at screening and not counted."""
    if field.kind is not MeasureKind.QUANTITY:
        return False
    if (form.visit, form.activity, field.measure, field.sample) in one.results:
        return True
    is_first = protocol.visit(form.visit).anchor is Anchor.CONSENT
    return is_first and one.answers.get(field.measure) is not None


# --- What somebody signs --------------------------------------------------------------------------------------------


def content_of(state: TrialState, participant: str, visit: str = "", activity: str = "") -> str:
    """The digest of what a form, the forms of a visit, or the casebook holds now.

    It holds the number of the entry that each value stands on: a value that was changed and changed back is another
    content, and so is one that was recorded and retracted. Of a sealed value there is that number alone, which tells
    nothing.
    """
    one, data = state.participants[participant], state.data
    results = [
        _spell(key, result)
        for key, result in sorted(one.results.items())
        if visit in {"", key[0]} and activity in {"", key[1]}
    ]
    done = sorted([*key, on.isoformat()] for key, on in one.done.items() if _is_of(key, visit, activity))
    days = sorted(
        [name, number]
        for (who, name), number in data.visit_entries.items()
        if who == participant and visit in {"", name}
    )
    whole = data.casebook_entries.get(participant, 0) if not visit else 0
    taken = sorted(
        number
        for (who, *key), number in data.retracted.items()
        if who == participant and _is_of((key[0], key[1]), visit, activity)
    )
    gone = taken[-1:]  # left out where there is none, so that what was signed before this was asked stays valid
    return digest(canonical_json([state.trial, participant, visit, activity, days, done, results, whole, *gone]))


def _is_of(key: tuple[str, str], visit: str, activity: str) -> bool:
    return visit in {"", key[0]} and activity in {"", key[1]}


def _spell(key: tuple[str, str, str, str], result: Observation) -> list[object]:
    if result.quantity is None or result.is_sealed:
        return [*key, result.entry, result.missing.value if result.missing is not None else ""]
    return [*key, result.entry, format_decimal(result.quantity.value), result.quantity.unit, result.below]
