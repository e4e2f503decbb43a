"""What is measured of invented people at a visit: every sample of every activity, recorded or missing with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from armlet.conduct.commands import RecordMissing, RecordResult
from armlet.conduct.rules.visits import samples_of
from armlet.ledger.events import MissingReason
from armlet.protocol.criteria import MeasureKind
from armlet.protocol.model import Activity, ActivityKind, Protocol
from armlet.simulation.models import Moment, load_model
from armlet.simulation.scenario import CurveModel, Scenario
from armlet.simulation.streams import places_for, typed
from armlet.simulation.subject import Subject
from armlet.units import Quantity, parse_decimal


@dataclass(frozen=True, slots=True)
class At:
    """The visit being held, and how many months after the intervention it is (0 before it)."""

    visit: str
    months: float


def measure_activity(
    protocol: Protocol, scenario: Scenario, subject: Subject, activity: Activity, at: At
) -> Iterator[RecordResult | RecordMissing]:
    """A command for each value that the activity asks for; what is no quantity is answered at screening instead."""
    spoilt = {
        sample
        for sample in samples_of(activity)
        if subject.streams.chance(
            _share_missing(scenario, activity), subject.participant, at.visit, activity.id, sample
        )
    }
    for measure_id in quantities_of(protocol, activity):
        for sample in samples_of(activity):
            if sample in spoilt:
                why = MissingReason.NOT_DONE if activity.kind is ActivityKind.DAILY else MissingReason.HAEMOLYSED
                yield RecordMissing(subject.participant, at.visit, activity.id, measure_id, why, sample)
            else:
                yield _measure(protocol, scenario, subject, activity, measure_id, sample, at)


def quantities_of(protocol: Protocol, activity: Activity) -> tuple[str, ...]:
    """The measures of the activity whose values are results."""
    return tuple(name for name in activity.measures if protocol.measure(name).kind is MeasureKind.QUANTITY)


def _share_missing(scenario: Scenario, activity: Activity) -> float:
    match activity.kind:
        case ActivityKind.DAILY:
            return scenario.behaviour.diary_day_blank
        case ActivityKind.TIMED_SAMPLES:
            return scenario.behaviour.sample_spoilt
        case _:
            return 0.0


def _measure(
    protocol: Protocol, scenario: Scenario, subject: Subject, activity: Activity, measure_id: str, sample: str, at: At
) -> RecordResult:
    measure = protocol.measure(measure_id)
    told = next((m for m in scenario.models if (m.activity, m.measure) == (activity.id, measure_id)), None)
    minute = _position(activity, sample)
    if told is None:
        value, unit = _by_default(protocol, subject, measure_id, at, minute), measure.unit or "1"
        return RecordResult(
            subject.participant,
            at.visit,
            activity.id,
            measure_id,
            value,
            unit,
            sample,
            _actual(subject, activity, sample, at),
        )
    value, below = _by_model(protocol, subject, told, at, minute)
    where = (subject.participant, at.visit, activity.id, measure_id)
    return RecordResult(*where, value, told.unit, sample, _actual(subject, activity, sample, at), below, confirmed=True)


def _by_model(protocol: Protocol, subject: Subject, told: CurveModel, at: At, minute: float) -> tuple[str, bool]:
    model = load_model(told.model)
    drawn = model.value(subject, Moment(at.months, at.visit, minute), told.settings)
    measure = protocol.measure(told.measure)
    quantity = Quantity(parse_decimal(typed(drawn, 9)), model.unit or told.unit).to(told.unit, measure.molar_mass)
    value = typed(float(quantity.value), told.places)
    if told.limit_of_detection and parse_decimal(value) < parse_decimal(told.limit_of_detection):
        return told.limit_of_detection, True
    return value, False


def _by_default(protocol: Protocol, subject: Subject, measure_id: str, at: At, minute: float) -> str:
    measure = protocol.measure(measure_id)
    lowest, highest = 1.0, 10.0
    if measure.plausible is not None and measure.unit is not None:
        lowest = float(measure.plausible.lowest.to(measure.unit, measure.molar_mass).value)
        highest = float(measure.plausible.highest.to(measure.unit, measure.molar_mass).value)
    own = subject.streams.of(subject.participant, "default level", measure_id).random()
    now = subject.streams.of(subject.participant, "default value", measure_id, at.visit, str(minute)).random()
    value = lowest + (highest - lowest) * (0.3 + 0.3 * float(own) + 0.1 * float(now))
    return typed(value, places_for(highest - lowest, 2))


def _position(activity: Activity, sample: str) -> float:
    """The minute of a timed sample, the number of a diary's day, 0 of a single value."""
    match activity.kind:
        case ActivityKind.TIMED_SAMPLES:
            return float(Quantity.parse(sample).to("min").value)
        case ActivityKind.DAILY:
            return float(sample.removeprefix("day "))
        case _:
            return 0.0


def _actual(subject: Subject, activity: Activity, sample: str, at: At) -> str:
    """When a timed sample was really drawn: a minute or two off, never before the one at the start."""
    if activity.kind is not ActivityKind.TIMED_SAMPLES:
        return ""
    nominal = Quantity.parse(sample).to("min").value
    off = 0 if nominal <= 0 else subject.streams.whole(-1, 2, subject.participant, "drawn at", at.visit, sample)
    return f"{format(nominal + off, 'f')} min"
