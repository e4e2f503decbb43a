"""Rules from the request for an allocation to the end of the infusion: the same for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Final

from armlet.conduct.commands import ReleasePreparation
from armlet.conduct.rules import are_two_people, refuse
from armlet.conduct.state import Participant, TrialState
from armlet.issues import Issue
from armlet.ledger.events import WithdrawalScope
from armlet.product.dose import weight_change
from armlet.protocol.model import Dose, Protocol
from armlet.units import Quantity

LONGEST: Final = timedelta(days=2)
"""Longer than any infusion: beyond it a time was mistyped. A limit of this program, no rule of a trial."""


def check_may_certify(protocol: Protocol, one: Participant, expires: datetime, at: datetime) -> Iterator[Issue]:
    """A product is certified before allocation in a trial that allocates late, after what it is made from was taken."""
    if not protocol.allocation.after_release:
        message = "this trial allocates before the product is made."
        yield refuse("not-late", one.id, message, "Release the preparation after allocation.")
    if one.request:
        yield refuse("already-randomised", one.id, "an allocation was asked for already.", "Release the preparation.")
    if expires <= at:
        message = f"it expired at {expires.isoformat()}; it is certified at {at.isoformat()}."
        yield refuse("expired", one.id, message, "Make another product.")
    yield from _check_ready(protocol, one)


def check_product(protocol: Protocol, one: Participant, at: datetime) -> Iterator[Issue]:
    """In a trial that allocates late: the participant's product is certified and has not expired."""
    if not protocol.allocation.after_release or one.request:
        return
    if one.certified is None:
        message = "the participant's product is not certified."
        yield refuse(
            "product-not-certified", one.id, message, "Everybody's product is released before any arm is drawn."
        )
    elif one.certified.expires <= at:
        message = f"the participant's product expired at {one.certified.expires.isoformat()}."
        yield refuse("product-expired", one.id, message, "Nobody is allocated to what cannot be given: make another.")


def check_may_randomise(protocol: Protocol, state: TrialState, one: Participant) -> Iterator[Issue]:
    """Enrolled, not withdrawn, what the protocol asks for first is done, and a slot of the planned number is left."""
    yield from _check_ready(protocol, one)
    if not one.request and len(state.requests) >= protocol.design.participants:
        message = f"all {protocol.design.participants} slots of the protocol are used."
        yield refuse("list-exhausted", one.id, message, "A slot is never used twice; more people need an amendment.")


def _check_ready(protocol: Protocol, one: Participant) -> Iterator[Issue]:
    if one.enrolled is None:
        yield refuse("not-enrolled", one.id, "not enrolled.", "Enrol the participant first.")
    if one.withdrawn or one.lost or one.ended is not None:
        yield refuse("withdrawn", one.id, "no longer takes part.", "Nobody is allocated after leaving.")
    done = {activity for _, activity in one.done}
    done |= {result.activity for result in one.results.values() if result.missing is None}
    for activity in protocol.allocation.after:
        if activity not in done:
            label = protocol.activity(activity).label
            yield refuse("not-done-before", one.id, f"{label!r} is not done.", "It must be done before allocation.")


def check_pending(one: Participant) -> Iterator[Issue]:
    """The allocator answers a request, once."""
    if not one.request:
        yield refuse("no-request", one.id, "no allocation was asked for.", "Ask first.")
    if one.randomised is not None:
        yield refuse("already-randomised", one.id, f"allocated on {one.randomised} already.", "The allocation stands.")


def check_number(state: TrialState, one: Participant, preparation: str) -> Iterator[Issue]:
    """The preparation has a number that nobody else's has."""
    if not preparation.strip():
        yield refuse("no-number", one.id, "the preparation has no number.", "Give the allocator's answer.")
    if state.preparations.get(preparation, one.id) != one.id:
        yield refuse("preparation-taken", one.id, f"{preparation} is another participant's.", "Check the number.")


def check_released(protocol: Protocol, one: Participant, command: ReleasePreparation, at: datetime) -> Iterator[Issue]:
    """What is released has not expired; where the protocol has a product to dose, weight and volume are said."""
    if command.expires <= at:
        message = f"it expired at {command.expires.isoformat()}; it is released at {at.isoformat()}."
        yield refuse("expired", one.id, message, "Do not release it; ask for another preparation.")
    if protocol.products and (command.weight is None or command.volume is None):
        message = "the weight that the volume was drawn up for, and the volume, are not both given."
        yield refuse("no-dose", one.id, message, "Give both, with their units.")
    yield from _check_positive(one, "the weight", command.weight, "kg")
    yield from _check_positive(one, "the volume", command.volume, "mL")


def _check_positive(one: Participant, what: str, amount: Quantity | None, unit: str) -> Iterator[Issue]:
    if amount is None:
        return
    if not amount.measures_same_as(unit):
        yield refuse("unit", one.id, f"{what} is {amount}; expected a unit such as {unit}.", "Check the unit.")
    elif amount.value <= 0:
        yield refuse("not-positive", one.id, f"{what} is {amount}; expected more than 0 {unit}.", "Check the value.")


def check_preparation(one: Participant) -> Iterator[Issue]:
    """There is a preparation that was neither given nor cancelled."""
    if one.randomised is None:
        yield refuse("not-randomised", one.id, "there is no preparation yet.", "Allocate first.")
    if one.administered is not None:
        yield refuse("already-given", one.id, f"{one.preparation} was given already.", "It is given once.")
    if one.cancelled is not None:
        yield refuse("cancelled", one.id, f"{one.preparation} was cancelled.", "It is not given any more.")


def check_identity(one: Participant, preparation: str, checked_by: tuple[str, str]) -> Iterator[Issue]:
    """The preparation at the bedside is this participant's, seen by two people. This has no override."""
    if preparation != one.preparation:
        message = f"the preparation scanned is {preparation}; expected {one.preparation or 'none yet'}."
        yield refuse("identity", one.id, message, "Stop. Do not give it. Report a near miss.")
    if not are_two_people(checked_by):
        yield refuse("two-people", one.id, "the bedside check needs two different people.", "Name both.")


def check_times(one: Participant, started: datetime, stopped: datetime) -> Iterator[Issue]:
    """Started before stopped, and over before the preparation expires; the moment of expiry is expired."""
    if one.released is None:
        yield refuse("not-released", one.id, f"{one.preparation} is not released.", "Wait for its release.")
    elif stopped >= one.released.expires:
        expired = one.released.expires.isoformat()
        message = f"{one.preparation} expired at {expired}; the infusion ended {stopped.isoformat()}."
        yield refuse("expired", one.id, message, "Do not give it; ask for another preparation.")
    if stopped <= started:
        yield refuse("times", one.id, "the infusion ends before it starts.", "Check both times.")
    elif stopped - started > LONGEST:
        message = f"the infusion lasted {stopped - started}; expected at most {LONGEST.days} days."
        yield refuse("times", one.id, message, "Check both times, the years too.")


def check_can_receive(one: Participant) -> Iterator[Issue]:
    """The participant still agrees to the intervention."""
    if WithdrawalScope.INTERVENTION in one.withdrawn or one.lost or one.ended is not None:
        yield refuse("withdrawn", one.id, "withdrew from the intervention.", "Do not give it.")


def check_weight(dose: Dose, one: Participant, measure: str, on: date) -> Iterator[Issue]:
    """The weight that the volume was drawn up for is recent and still right."""
    latest = one.latest_weight(measure)
    if latest is None or one.released is None:
        yield refuse("no-weight", one.id, "no body weight is recorded.", "Weigh the participant.")
        return
    day, weight = latest
    if on > dose.weight_valid_for.after(day):
        message = f"the last weight is of {day}; expected within {dose.weight_valid_for.in_words()} of {on}."
        yield refuse("old-weight", one.id, message, "Weigh again.")
    limit = Fraction(dose.weight_change_limit.to("%").value)
    if one.released.weight is not None and weight_change(one.released.weight, weight) > limit:
        message = f"weight is {weight}, the volume was drawn up for {one.released.weight}: more than {limit} % apart."
        yield refuse("weight-changed", one.id, message, "Compute the dose again for the present weight.")
    least, greatest = one.released.weight_from, one.released.weight_to
    if (least and weight.compare(least) < 0) or (greatest and weight.compare(greatest) > 0):
        message = f"weight is {weight}; the volume keeps the dose inside its limits from {least} to {greatest}."
        yield refuse("dose-limits", one.id, message, "Do not give it. Compute the dose again for the present weight.")


def check_volume(one: Participant, volume: Quantity | None, *, complete: bool) -> Iterator[Issue]:
    """More than nothing, no more than was released, and all of it when the infusion is called complete."""
    yield from (unfit := list(_check_positive(one, "the volume given", volume, "mL")))
    released = one.released.volume if one.released is not None else None
    if released is None or unfit:
        return
    if volume is None:
        message = f"the volume given is not said; {released} were released."
        yield refuse("no-volume", one.id, message, "Say how much was given.")
        return
    order = volume.compare(released)
    if order > 0:
        yield refuse("volume", one.id, f"{volume} given; {released} were released.", "Check the volume.")
    if complete and order < 0:
        message = f"only {volume} of {released} were given."
        yield refuse("incomplete", one.id, message, "Record the infusion as not complete.")
