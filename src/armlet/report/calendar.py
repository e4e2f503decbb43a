"""Visits due as a calendar feed (iCalendar, RFC 5545): numbers of participants and names of visits, nobody's name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from armlet import __version__
from armlet.conduct.schedule import DueVisit, is_overdue, visits_due
from armlet.report.content import BlindedContent


def due_at(content: BlindedContent, site: str | None) -> Iterator[DueVisit]:
    """The visits still to come, and those overdue, of the participants of a site (of all, where none is named)."""
    for one in content.state.participants.values():
        if site in {None, one.site} and one.is_followed:
            yield from visits_due(content.protocol, one)


def render_calendar(content: BlindedContent, site: str | None = None) -> bytes:
    """The feed: an all-day event on the target day of each visit, its window in the description.

    The same trial on the same day gives the same bytes, and a visit keeps its UID, so that a calendar that is read again
    moves an event and makes no second one.
    """
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", f"-//armlet//{__version__}//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{_marked(content)}{content.protocol.id}{f' at {site}' if site else ''}: visits due")
    stamp = datetime.combine(content.as_of, time(), UTC)
    for due in due_at(content, site):
        event = Event()
        event.add("uid", f"{content.protocol.id}-{due.participant}-{due.visit.id}@armlet")
        event.add("dtstamp", stamp)
        event.add("dtstart", due.window.target)
        event.add("dtend", due.window.target + timedelta(days=1))
        event.add("summary", f"{_marked(content)}{due.participant}: {due.visit.label}{_overdue(content, due)}")
        event.add("description", f"Window {due.window.opens} to {due.window.closes}, both days included.")
        event.add("transp", "TRANSPARENT")
        event.add("class", "CONFIDENTIAL")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _marked(content: BlindedContent) -> str:
    return "SIMULATED " if content.state.simulated else ""


def _overdue(content: BlindedContent, due: DueVisit) -> str:
    return " (overdue)" if is_overdue(due, content.as_of) else ""
