"""Each list of a trial held against the other that must agree with it: how many of both, and where they differ.

Computed from the open strand alone, so whoever may read that may read this; there is no arm in it, whatever the arm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from armlet.conduct.course.ending import NotHeld, why_not_held
from armlet.conduct.data.state import QueryStatus
from armlet.conduct.state import Phase, TrialState
from armlet.ledger import events as e
from armlet.ledger.entry import Chained
from armlet.ledger.intake_events import ResultsImported
from armlet.protocol.model import Protocol

_RESULTS: Final = (e.ResultRecorded, e.ResultCorrected, e.ResultSealed, e.SealedResultCorrected)


@dataclass(frozen=True, slots=True)
class Side:
    """One of two lists: what is counted, and how many."""

    what: str
    count: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two lists do not agree: a participant, a preparation or an entry, and what is amiss."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two lists held against each other. Equal counts are no proof: every line is looked for in the other list."""

    name: str
    left: Side
    right: Side
    differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


def reconcile_open(protocol: Protocol, state: TrialState, entries: Sequence[Chained], today: date) -> tuple[Pair, ...]:
    """Every pair that the open strand can answer, in the order in which a data manager goes through them."""
    return (
        _consents(state),
        _allocations(state),
        _outcomes(state),
        _imports(state, entries),
        _serious(state),
        _expedited(state),
        _queries(state),
        _visits(protocol, state, today),
    )


def hold(name: str, left: Side, right: Side, found: Iterable[tuple[str, str]]) -> Pair:
    """A pair from its counts and from where it differs."""
    return Pair(name, left, right, tuple(Difference(where, what) for where, what in found))


def _consents(state: TrialState) -> Pair:
    """Who was in screening when the trial ended is accounted for by its end."""
    people, enrolled = state.participants.values(), state.enrolled()
    found = [(one.id, "is enrolled, and no consent is on record") for one in enrolled if not one.consents]
    consented = [one for one in people if one.consents and one.enrolled is None]
    is_over = state.phase in {Phase.TERMINATED, Phase.COMPLETED}
    waiting = [one for one in consented if not one.failed_for and not one.withdrawn and not is_over]
    found += [(one.id, "consented, and is neither enrolled nor screened out") for one in waiting]
    left = Side("participants who consented", sum(bool(one.consents) for one in people))
    return hold("consents and enrolments", left, Side("participants enrolled", len(enrolled)), found)


def _allocations(state: TrialState) -> Pair:
    randomised = state.randomised()
    asked = [state.participants[name] for name in state.requests]
    found = [(one.id, "asked for an allocation, and none was answered") for one in asked if one.randomised is None]
    found += [(one.id, "has an allocation that nobody asked for") for one in randomised if one.id not in state.requests]
    found += [(one.id, "has an allocation, and is not enrolled") for one in randomised if one.enrolled is None]
    left, right = Side("allocations asked for", len(asked)), Side("participants with a preparation", len(randomised))
    return hold("enrolments and allocations", left, right, found)


def _outcomes(state: TrialState) -> Pair:
    randomised = state.randomised()
    told = [one for one in randomised if one.administered is not None or one.cancelled is not None]
    found = [(one.id, f"{one.preparation} is neither given nor cancelled") for one in randomised if one not in told]
    right = Side("given or cancelled", len(told))
    return hold("allocations and infusions", Side("preparations", len(randomised)), right, found)


def _imports(state: TrialState, entries: Sequence[Chained]) -> Pair:
    """Of a file as many entries stand right before the entry that tells of it as it says; what was left out is told."""
    by_seq = {one.seq: one.event for one in entries}
    claimed = {seq: one.recorded + one.corrected for seq, one in state.intake.imports.items()}
    there = {
        seq: sum(isinstance(by_seq.get(seq - back), _RESULTS) for back in range(1, count + 1))
        for seq, count in claimed.items()
    }
    found = [
        (f"entry {seq}", f"tells of {claimed[seq]} results; {there[seq]} stand before it")
        for seq in claimed
        if claimed[seq] != there[seq]
    ]
    found += [(f"entry {seq}", words) for seq, one in state.intake.imports.items() for words in _left_out(one)]
    left, right = Side("results by the files", sum(claimed.values())), Side("of them recorded", sum(there.values()))
    return hold("laboratory files and results", left, right, found)


def _left_out(told: ResultsImported) -> Iterator[str]:
    for count, what in ((told.conflicts, "in conflict with what is recorded"), (told.refused, "refused")):
        if count:
            yield f"{count} of {told.rows} rows {'is' if count == 1 else 'are'} {what}"


def _serious(state: TrialState) -> Pair:
    serious = [one for one in state.safety.all_events() if one.serious]
    told = [one for one in serious if one.sponsor_aware is not None]
    found = [
        (one.participant, f"serious adverse event {one.number}: the sponsor was not told")
        for one in serious
        if one.sponsor_aware is None
    ]
    right = Side("told to the sponsor", len(told))
    return hold("serious events and the sponsor", Side("serious adverse events", len(serious)), right, found)


def _expedited(state: TrialState) -> Pair:
    due = [one for one in state.safety.all_events() if one.is_susar]
    closed = [one for one in state.safety.all_events() if "first" in one.closed]
    found = [
        (one.participant, f"adverse event {one.number} is due to be reported, and the report is not closed")
        for one in due
        if one not in closed
    ]
    left = Side("suspected, unexpected and serious", len(due))
    return hold("expedited reports", left, Side("closed by the safety unit", len(closed)), found)


def _queries(state: TrialState) -> Pair:
    queries = state.data.queries.values()
    still = [one for one in queries if one.status is not QueryStatus.CLOSED]
    found = [(one.opened.participant, f"query {one.entry} is {one.status.value}") for one in still]
    return hold("queries", Side("asked", len(queries)), Side("closed", len(queries) - len(still)), found)


def _visits(protocol: Protocol, state: TrialState, today: date) -> Pair:
    """A visit that is missed with a reason is accounted for; one that is overdue and says nothing is not."""
    allocated = [(one, visit) for one in state.enrolled() for visit in protocol.visits]
    found = [
        (one.id, f"{visit.label} is overdue, and nothing says why")
        for one, visit in allocated
        if why_not_held(state, one, visit, today) is NotHeld.OVERDUE
    ]
    held = sum(len(one.held) for one in state.enrolled())
    missed = sum(len(one.missed) for one in state.enrolled())
    return hold("visits", Side("visits held", held), Side("visits missed, with a reason", missed), found)
