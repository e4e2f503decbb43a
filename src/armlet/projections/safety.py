"""Adverse events, listed and counted, without an arm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from armlet.conduct.state import TrialState
from armlet.ledger.events import AdverseEventReported


@dataclass(frozen=True, slots=True)
class TermRow:
    """One term: how many participants had it, how often, its worst grade (None: never gradable), how often serious."""

    term: str
    participants: int
    events: int
    worst_grade: int | None
    serious: int


def list_events(state: TrialState, only: Collection[str] | None = None) -> tuple[AdverseEventReported, ...]:
    """Every adverse event of everybody, or of `only` these, by onset."""
    events = [
        event for one in state.participants.values() if only is None or one.id in only for event in one.adverse_events
    ]
    return tuple(sorted(events, key=lambda event: (event.onset, event.participant, event.term)))


def count_terms(state: TrialState, only: Collection[str] | None = None) -> tuple[TermRow, ...]:
    """The events by term, those of most participants first."""
    by_term: dict[str, list[AdverseEventReported]] = defaultdict(list)
    for event in list_events(state, only):
        by_term[event.term].append(event)
    rows = [
        TermRow(
            term,
            len({event.participant for event in events}),
            len(events),
            max((event.grade for event in events if event.grade is not None), default=None),
            sum(bool(event.serious) for event in events),
        )
        for term, events in by_term.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.participants, row.term)))
