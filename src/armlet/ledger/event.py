"""What every event of the open strand is made of: its base, moments, words that a person wrote, and boxes.

The events themselves stand in `armlet.ledger.events` and, by topic, in the modules beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PlainSerializer

from armlet.document import Document


def _with_offset(moment: datetime) -> datetime:
    """The same moment on the same clock, with the distance of that clock from UTC."""
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; expected for example {moment.isoformat()}+01:00")
    if offset % timedelta(minutes=1):
        raise ValueError(f"{moment.isoformat()} is not whole minutes from UTC")
    return moment.replace(tzinfo=timezone(offset) if offset else UTC, fold=0)


def _write_moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


Moment = Annotated[datetime, AfterValidator(_with_offset), PlainSerializer(_write_moment, return_type=str)]
"""A point in time as the clock on the site's wall showed it, with its distance from UTC.

The distance is kept because visits are counted in the site's days, and an evening far to the west is the next day in UTC.
"""
ParticipantId = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{0,19}$")]
SealedBox = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{40,}={0,2}$")]
"""What was written so that only the vault can read it (`armlet.ledger.box`): base64, of one length for one kind."""


@dataclass(frozen=True, slots=True)
class FreeText:
    """Marks a field whose words a person wrote: it may hold a name or tell an arm, so it can be held and redacted."""


Words = Annotated[str, FreeText()]
HELD = "(held until it is checked)"
"""Stands in an event and in a reason where words are held: one text for all, so that its length tells nothing."""
REASON = "reason"
"""The name under which an entry's reason is held and released; no event has a field of words of that name."""
NumberText = Annotated[str, Field(pattern=r"^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$", max_length=60)]


class Event(Document):
    """Base of all events: one class a kind; `version` grows when the fields of a kind change."""

    version: Literal[1] = 1


class OfParticipant(Event):
    """Base of the events about one participant."""

    participant: ParticipantId


def words_of(event: Event) -> dict[str, str]:
    """What a person wrote into an event, by field; empty texts are left out."""
    texts = {name: getattr(event, name) for name in _fields_of_words(type(event))}
    return {name: text for name, text in texts.items() if text}


@cache
def _fields_of_words(kind: type[Event]) -> tuple[str, ...]:
    return tuple(
        name for name, field in kind.model_fields.items() if any(isinstance(mark, FreeText) for mark in field.metadata)
    )
