"""Rules of what people record of intercurrent events: only what no record tells, by blinded people, never of the future."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.conduct.commands import By
from armlet.conduct.data.commands import RecordIntercurrentEvent
from armlet.conduct.roles import is_blinded
from armlet.conduct.rules import refuse, visits
from armlet.conduct.state import TrialState
from armlet.issues import Issue
from armlet.protocol.model import Protocol


def check_intercurrent(
    protocol: Protocol, state: TrialState, command: RecordIntercurrentEvent, by: By
) -> Iterator[Issue]:
    """The protocol leaves the event to a person, who is blinded; the participant is in the trial; the day has come."""
    who = command.participant
    told = {event.id for event in protocol.intercurrent_events or () if "recorded" in event.when}
    if command.event not in told:
        message = f"the protocol leaves no intercurrent event {command.event!r} to a person."
        fix = f"Use one of {', '.join(sorted(told))}." if told else "Record what happened where it belongs."
        yield refuse("no-such-intercurrent-event", who, message, fix)
    if not protocol.is_open_label and not is_blinded(protocol, by.role):
        message = f"the role {by.role.value.replace('_', ' ')} is unblinded in this trial."
        yield refuse("unblinded-judge", who, message, "Let somebody blinded record it.")
    if state.participants[who].enrolled is None:
        yield refuse("not-enrolled", who, "nobody is followed who is not in the trial.", "Enrol them first.")
    if command.on is not None:
        yield from visits.check_day(who, command.on, by.occurred.date())
