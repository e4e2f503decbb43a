"""Every change of a result that was entered: by whom, when, why, what stood there before. Nothing is overwritten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from armlet.conduct.state import ResultKey
from armlet.ledger import data_events as d
from armlet.ledger import events as e
from armlet.ledger.entry import Chained
from armlet.protocol.model import Protocol, Role
from armlet.units import format_decimal, parse_decimal

SEALED = "sealed"
NOTHING = "nothing (retracted)"


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `is_late`: later after the first entry than the protocol allows without remark.

    `after_unblinding`: made when the planned unblinding was granted, so that who changed it could know the arms.
    """

    entry: int
    of: int
    participant: str
    key: ResultKey
    before: str
    after: str
    actor: str
    role: Role
    at: datetime
    why: str
    is_late: bool
    after_unblinding: bool


@dataclass(slots=True)
class _Standing:
    key: ResultKey
    value: str
    entered: datetime


_ENTERED = e.ResultRecorded | e.ResultMissing | e.ResultSealed
_CHANGED = e.ResultCorrected | e.SealedResultCorrected | d.ResultRetracted


def list_changes(protocol: Protocol, entries: Iterable[Chained]) -> Iterator[Change]:
    """Every correction and retraction, in the order of the strand."""
    standing: dict[int, _Standing] = {}
    arms_are_known = False
    for chained in entries:
        event = chained.event
        if isinstance(event, e.WarrantGranted):
            arms_are_known = arms_are_known or event.category is e.UnblindingCategory.ANALYSIS
        elif isinstance(event, _ENTERED):
            key = (event.visit, event.activity, event.measure, event.sample)
            standing[chained.seq] = _Standing(key, _value_of(event), chained.entry.occurred)
        elif isinstance(event, _CHANGED):
            before = standing[event.of]
            after = _value_of(event)
            yield _change(protocol, chained, event, before, after, arms_are_known=arms_are_known)
            standing[chained.seq] = _Standing(before.key, after, before.entered)


def _change(
    protocol: Protocol, chained: Chained, event: _CHANGED, before: _Standing, after: str, *, arms_are_known: bool
) -> Change:
    entry = chained.entry
    section = protocol.data_management
    limit = section.late_correction if section is not None else None
    is_late = limit is not None and entry.occurred.date() > limit.after(before.entered.date())
    return Change(
        chained.seq,
        event.of,
        event.participant,
        before.key,
        before.value,
        after,
        entry.actor,
        entry.role,
        entry.occurred,
        _why_of(event),
        is_late,
        arms_are_known,
    )


def _value_of(event: _ENTERED | _CHANGED) -> str:
    match event:
        case e.ResultRecorded() | e.ResultCorrected():
            value = format_decimal(parse_decimal(event.value))
            return f"{'below ' if event.below else ''}{value} {event.unit}"
        case e.ResultMissing():
            return event.because.value
        case e.ResultSealed() | e.SealedResultCorrected():
            return SEALED
        case d.ResultRetracted():
            return NOTHING


def _why_of(event: _CHANGED) -> str:
    match event:
        case e.ResultCorrected():
            return event.why
        case d.ResultRetracted():
            return event.because.value
        case e.SealedResultCorrected():
            return SEALED
