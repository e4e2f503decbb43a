"""Rules of visits and results: what the schedule knows, units that fit, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from armlet.conduct.rules import refuse
from armlet.conduct.state import Participant
from armlet.issues import Issue
from armlet.ledger.events import WithdrawalScope
from armlet.protocol.criteria import Measure, MeasureKind
from armlet.protocol.model import Activity, ActivityKind, Anchor, Protocol, Visit
from armlet.units import Quantity, UnitError, parse_decimal


def check_visit(protocol: Protocol, one: Participant, visit: str) -> Iterator[Issue]:
    """The schedule knows the visit, and it was neither held nor missed."""
    if visit not in {known.id for known in protocol.visits}:
        message = f"the protocol has no visit {visit!r}."
        yield refuse("unknown-visit", one.id, message, "Record an unscheduled visit instead.")
    if visit in one.held:
        yield refuse(
            "visit-twice", one.id, f"{visit!r} was held on {one.held[visit].on}.", "Correct its values instead."
        )
    if visit in one.missed:
        yield refuse("visit-missed", one.id, f"{visit!r} was recorded as missed.", "Record an unscheduled visit.")


def check_followed(one: Participant, visit: str, *, before_enrolment: bool) -> Iterator[Issue]:
    """The participant is still followed; visits of the time before enrolment need no enrolment."""
    has_left = WithdrawalScope.VISITS in one.withdrawn or one.lost or one.ended is not None
    if before_enrolment and one.enrolled is None and not has_left:
        return
    if not one.is_followed:
        message = f"is not followed any more; {visit!r} cannot be held."
        yield refuse("not-followed", one.id, message, "Respect the withdrawal; check the number.")


def is_before_its_anchor(visit: Visit, one: Participant) -> bool:
    """Whether a visit of the time after the administration is asked for while that is still only planned."""
    is_planned = one.administered is None and one.cancelled is None
    return visit.anchor is Anchor.ADMINISTRATION and is_planned and visit.offset.longest_days() > 0


def check_activity(protocol: Protocol, one: Participant, visit: str, activity: str) -> Iterator[Issue]:
    """The visit was held and has this activity; one outside the schedule may have any."""
    if visit in one.extra:
        known = [item.id for item in protocol.activities]
        if activity not in known:
            message = f"the protocol has no activity {activity!r}; it has {', '.join(known)}."
            yield refuse("unknown-activity", one.id, message, "Choose one of these.")
    elif visit not in one.held:
        yield refuse("visit-not-held", one.id, f"{visit!r} is not recorded as held.", "Record the visit first.")
    elif activity not in protocol.visit(visit).activities:
        message = f"{visit!r} has no activity {activity!r}; it has {', '.join(protocol.visit(visit).activities)}."
        yield refuse("unknown-activity", one.id, message, "Choose one of these.")


def check_sample(protocol: Protocol, one: Participant, key: tuple[str, str, str, str]) -> Iterator[Issue]:
    """The activity measures this, at this sample, and nothing is recorded for it yet."""
    visit, activity_id, measure, sample = key
    activity = protocol.activity(activity_id)
    if measure not in activity.measures:
        message = f"{activity.label!r} does not measure {measure!r}; it measures {', '.join(activity.measures)}."
        yield refuse("unknown-measure", one.id, message, "Choose one of these.")
    elif sample not in samples_of(activity):
        expected = ", ".join(samples_of(activity)) or "none"
        yield refuse("unknown-sample", one.id, f"sample {sample!r} is not one of {expected}.", "Choose one of these.")
    if key in one.results:
        message = f"{measure!r} at {visit!r} {sample} is recorded already (entry {one.results[key].entry})."
        yield refuse("result-twice", one.id, message, "Correct it, with a reason.")


def samples_of(activity: Activity) -> tuple[str, ...]:
    """The samples that an activity has: nominal times, days of a diary, or the one value."""
    match activity.kind:
        case ActivityKind.TIMED_SAMPLES:
            return tuple(str(at) for at in activity.at)
        case ActivityKind.DAILY:
            return tuple(f"day {number}" for number in range(1, (activity.days or 0) + 1))
        case ActivityKind.SINGLE:
            return ("",)
        case ActivityKind.PROCEDURE:
            return ()


def check_value(measure: Measure, participant: str, value: str, unit: str, *, confirmed: bool) -> Iterator[Issue]:
    """A number in a unit that measures the right thing; outside the plausible range only once confirmed."""
    if measure.kind is not MeasureKind.QUANTITY:
        message = f"{measure.label} is no quantity; results are numbers with a unit."
        yield refuse("no-quantity", participant, message, "Answer it at screening.")
        return
    try:
        quantity = Quantity(parse_decimal(value), unit).to(measure.unit or unit, measure.molar_mass)
    except UnitError as problem:
        expected = ", ".join(filter(None, (measure.unit, *measure.also_in)))
        yield refuse(
            "unit", participant, f"{measure.label}: {problem} Expected a unit such as {expected}.", "Check it."
        )
        return
    if not confirmed and not _is_plausible(measure, quantity):
        span = measure.plausible
        expected = f"{span.lowest} to {span.highest}" if span else f"not below 0 {measure.unit}"
        message = f"{measure.label}: {value} {unit} is outside what is plausible ({expected})."
        yield refuse("implausible", participant, message, "Check the source; if it is right, record it as confirmed.")


def _is_plausible(measure: Measure, quantity: Quantity) -> bool:
    """Whether the value lies in the measure's range; without a range, whether it is not negative."""
    if measure.plausible is None:
        return quantity.value >= 0
    limits = [
        limit.to(quantity.unit, measure.molar_mass) for limit in (measure.plausible.lowest, measure.plausible.highest)
    ]
    return quantity.compare(limits[0]) >= 0 and quantity.compare(limits[1]) <= 0


def say_out_of_window(visit: Visit, days_off: int) -> str:
    """What a deviation says of a visit that was not held in its window."""
    days = f"{abs(days_off)} day{'' if abs(days_off) == 1 else 's'}"
    return f"{visit.label} held {days} {'before its window opened' if days_off < 0 else 'after its window closed'}"


def check_day(participant: str, on: date, recorded: date) -> Iterator[Issue]:
    """Nothing happened tomorrow."""
    if on > recorded:
        yield refuse("in-the-future", participant, f"{on} is after today, {recorded}.", "Check the date.")
