"""Rules of adverse events: what is written can be true. Whether it is serious or related is the investigator's word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from armlet.conduct.commands import ReportAdverseEvent
from armlet.conduct.rules import refuse
from armlet.conduct.rules.visits import check_day
from armlet.issues import Issue
from armlet.protocol.model import Protocol


def check_adverse_event(protocol: Protocol, event: ReportAdverseEvent, today: date) -> Iterator[Issue]:
    """The event is named, lies in the past, ends after it began, and is related to what the protocol lists."""
    who = event.participant
    if not event.term.strip():
        yield refuse("no-term", who, "the adverse event is not named.", "Write it in the reporter's words.")
    yield from check_day(who, event.onset, today)
    if event.ended is not None:
        yield from check_day(who, event.ended, today)
        if event.ended < event.onset:
            message = f"the event ended on {event.ended}, before it began on {event.onset}."
            yield refuse("ended-before-onset", who, message, "Check both dates.")
    for cause in event.related_to:
        if cause not in protocol.safety.related_to:
            message = f"the protocol relates no event to {cause!r}; it has {', '.join(protocol.safety.related_to)}."
            yield refuse("unknown-cause", who, message, "Choose one of these.")
