"""Two visits counted from the same anchor whose windows can share a day: a result of that day would belong to both.

Both ends of a window belong to it. Months differ in length, so every day on which the anchor may fall is tried over
four years with a leap day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Final

from armlet.document import Lines
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.model import Protocol, Visit

_FIRST: Final = date(2000, 1, 1)
_ANCHORS: Final = tuple(_FIRST + timedelta(days=day) for day in range(1461))


@dataclass(frozen=True, slots=True)
class _Overlap:
    opens: int
    closes: int


def _span(visit: Visit, anchor: date) -> tuple[date, date]:
    target = visit.offset.after(anchor)
    return visit.early.before(target), visit.late.after(target)


def _may_meet(one: Visit, other: Visit) -> bool:
    """A quick no: even with the longest and shortest months the two windows stay apart."""
    closes = one.offset.longest_days() + one.late.longest_days()
    return other.offset.shortest_days() - other.early.longest_days() <= closes


def _worst_overlap(one: Visit, other: Visit) -> _Overlap | None:
    """The widest overlap over all anchors, in days after the anchor; None where there is none."""
    if not (_may_meet(one, other) and _may_meet(other, one)):
        return None
    worst = None
    for anchor in _ANCHORS:
        (opens_one, closes_one), (opens_other, closes_other) = _span(one, anchor), _span(other, anchor)
        if opens_other <= closes_one and opens_one <= closes_other:
            found = _Overlap((opens_other - anchor).days, (closes_one - anchor).days)
            if worst is None or found.closes - found.opens > worst.closes - worst.opens:
                worst = found
    return worst


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    places = {visit.id: index for index, visit in enumerate(protocol.visits)}
    for one, other in combinations(protocol.visits, 2):
        if one.anchor is not other.anchor:
            continue
        first, second = sorted((one, other), key=lambda visit: visit.offset.shortest_days())
        overlap = _worst_overlap(first, second)
        if overlap is not None:
            when = "on the day that" if overlap.opens == overlap.closes else "before"
            message = (
                f'visit "{second.label}" opens (day {overlap.opens}) {when} "{first.label}" closes '
                f"(day {overlap.closes})."
            )
            where = lines.where(("visits", places[other.id], "offset"))
            yield error("schedule/windows-overlap", where, message, "Narrow one window.")


METHOD = Check(
    rule="schedule/windows-overlap",
    says="No day lies in the windows of two visits that are counted from the same anchor.",
    find=_find,
)
