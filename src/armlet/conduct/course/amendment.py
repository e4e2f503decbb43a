"""Rules of an amendment: what it may change while a trial runs, and what it means for the people in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from armlet.conduct.consent.reconsent import find_affected
from armlet.conduct.course.commands import AdoptAmendment
from armlet.conduct.rules import refuse
from armlet.conduct.state import TrialState
from armlet.issues import Issue
from armlet.protocol.amend import Difference
from armlet.protocol.course import Impact
from armlet.protocol.hidden import hidden_before_lock
from armlet.protocol.model import Protocol


def check_amendment(
    protocol: Protocol, state: TrialState, command: AdoptAmendment, difference: Difference, today: date
) -> Iterator[Issue]:
    """It is another version of this trial, approved, in force by now, and nothing that happened becomes unreadable."""
    new = command.protocol
    if new.id != protocol.id:
        yield refuse(
            "other-trial", "", f"this is a protocol of {new.id!r}; expected {protocol.id!r}.", "Check the file."
        )
        return
    if new.version in state.course.versions or new.digest() == protocol.digest():
        message = f"version {new.version} was in force already."
        yield refuse("same-version", "", message, "Give the new version a number of its own.")
    yield from _check_dates(command, today)
    yield from _check_readable(state, new)
    if state.requests and (new.allocation != protocol.allocation or new.arms != protocol.arms):
        message = "arms or allocation would change after somebody asked for an allocation."
        yield refuse("changes-allocation", "", message, "What was drawn stands; begin another trial instead.")
    if state.requests:
        yield from _check_blinding(protocol, new)
    yield from _check_impact(protocol, command, difference)


def _check_blinding(protocol: Protocol, new: Protocol) -> Iterator[Issue]:
    """Once somebody asked for an allocation, nobody is unblinded by a new version, and it hides whatever was hidden."""
    shown = sorted(set(new.blinding.unblinded) - set(protocol.blinding.unblinded))
    if shown:
        roles = ", ".join(role.value.replace("_", " ") for role in shown)
        message = f"{roles} would no longer be blinded after somebody asked for an allocation."
        yield refuse("unblinds", "", message, "An allocation is learnt under a warrant, never by an amendment.")
    before, after = hidden_before_lock(protocol), hidden_before_lock(new)
    visits = [visit.id for visit in new.visits]
    for measure in sorted(before.measures):
        if any(before.hides_measure(measure, at) and not after.hides_measure(measure, at) for at in visits):
            message = f"results of {measure!r} could tell the arm and would no longer be sealed."
            yield refuse("unseals", "", message, "Keep `tells_arm` as it is until the lock.")
    for endpoint in sorted(before.endpoints):
        if any(before.hides_endpoint(endpoint, at) and not after.hides_endpoint(endpoint, at) for at in visits):
            message = f"values of {endpoint!r} could tell the arm and would no longer be hidden."
            yield refuse("unseals", "", message, "Keep `tells_arm` as it is until the lock.")


def _check_dates(command: AdoptAmendment, today: date) -> Iterator[Issue]:
    if command.effective > today:
        message = f"it is in force from {command.effective}, and today is {today}."
        yield refuse("not-effective-yet", "", message, "Adopt it on that day.")
    if command.approved_on > command.effective and not command.urgent:
        message = f"it was approved on {command.approved_on} and would be in force from {command.effective}."
        yield refuse("before-approval", "", message, "Only an urgent safety measure comes before its approval.")


def _check_readable(state: TrialState, new: Protocol) -> Iterator[Issue]:
    """Visits that were held and measures that have results are still there, in the same unit."""
    visits, measures = {visit.id for visit in new.visits}, {measure.id: measure.unit for measure in new.measures}
    held = {visit for one in state.participants.values() for visit in (*one.held, *one.missed)}
    measured = {result.measure for one in state.participants.values() for result in one.results.values()}
    gone = [*sorted(held - visits), *sorted(measured - set(measures))]
    if gone:
        message = f"{', '.join(gone)} would no longer be known, and there are entries about it."
        yield refuse("takes-out-what-happened", "", message, "Keep it in the protocol, without visits that use it.")


def _check_impact(protocol: Protocol, command: AdoptAmendment, difference: Difference) -> Iterator[Issue]:
    asks = command.impact not in {Impact.NONE, Impact.NEW_ONLY}
    if asks and not difference.forms:
        message = f"{command.impact.value} would be asked anew, and no consent has a new version."
        yield refuse("no-new-consent-form", "", message, "Give the changed consent a new version in the protocol.")
    if command.impact is Impact.NONE and difference.forms:
        message = f"the consent {', '.join(difference.forms)} has a new version, and nobody would sign it."
        yield refuse("consent-without-impact", "", message, "Say who is asked; at the least new participants.")
    due = due_day(protocol, command)
    if asks and due is None:
        message = "those affected are asked anew, and it is not said by when."
        yield refuse("no-due-date", "", message, "Say by when, or let the protocol say within how long.")
    elif due is not None and due < command.effective:
        message = f"consent would be due by {due}, before {command.effective}."
        yield refuse("no-due-date", "", message, "Check both dates.")


def due_day(protocol: Protocol, command: AdoptAmendment) -> date | None:
    """By when those affected consent anew; None where neither the amendment nor the protocol says."""
    if command.due is not None or protocol.consenting is None:
        return command.due
    return protocol.consenting.reconsent_within.after(command.effective)


def who_is_asked(protocol: Protocol, state: TrialState, command: AdoptAmendment) -> tuple[str, ...]:
    """The participants who are asked for consent anew."""
    return find_affected(protocol, state, command.impact)
