"""Rules of queries: who asks, who answers, who closes; and those that the protocol's edit checks ask by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from armlet.conduct.answer import Accepted, Decision, Refused
from armlet.conduct.commands import Command, CorrectResult, RecordResult
from armlet.conduct.data.commands import OpenQuery
from armlet.conduct.data.edit_checks import Failure, Values, find_failures, values_of
from armlet.conduct.data.state import Query, QueryStatus
from armlet.conduct.intake.commands import ImportResults
from armlet.conduct.observation import Observation
from armlet.conduct.rules import refuse
from armlet.conduct.sealing import is_sealed, tells_arm
from armlet.conduct.state import Participant, ResultKey, TrialState
from armlet.issues import Issue
from armlet.ledger import data_events as d
from armlet.ledger import events as e
from armlet.protocol.model import Protocol, Role
from armlet.units import Quantity, parse_decimal

LONGEST: Final = 500


def check_words(what: str) -> Iterator[Issue]:
    """Something is said, in at most 500 characters."""
    if not what.strip() or len(what) > LONGEST:
        message = f"1 to {LONGEST} characters are needed; got {len(what.strip())}."
        yield refuse("no-words", "", message, "Say it in a few sentences.")


def check_place(protocol: Protocol, one: Participant, command: OpenQuery) -> Iterator[Issue]:
    """What the query is about exists: the visit, its activity, the measure."""
    visits = {visit.id: visit.activities for visit in protocol.visits}
    activities = {activity.id: activity.measures for activity in protocol.activities}
    if command.visit and command.visit not in visits and command.visit not in one.extra:
        message = f"{command.visit!r} is no visit of this participant."
        yield refuse("unknown-visit", one.id, message, "Name a visit of the schedule, or leave it out.")
    possible = visits.get(command.visit, tuple(activities))
    if command.activity and command.activity not in possible:
        message = f"{command.visit!r} has no activity {command.activity!r}; it has {', '.join(possible)}."
        yield refuse("unknown-activity", one.id, message, "Choose one of these.")
    elif command.measure and command.measure not in activities.get(command.activity, ()):
        message = f"{command.activity!r} does not measure {command.measure!r}."
        yield refuse("unknown-measure", one.id, message, "Name the activity that measures it.")


def check_known(state: TrialState, of: int, *expected: QueryStatus) -> Iterator[Issue]:
    """The entry opened a query, and it stands where this may be done."""
    query = state.data.queries.get(of)
    if query is None:
        yield refuse("no-query", "", f"entry {of} opened no query.", "Name the entry that opened it.")
    elif query.status not in expected:
        wanted = " or ".join(status.value for status in expected)
        message = f"query {of} is {query.status.value}; expected {wanted}."
        yield refuse(_rule_of(query.status), query.opened.participant, message, "Look at the list of queries.")


def _rule_of(status: QueryStatus) -> str:
    match status:
        case QueryStatus.OPEN:
            return "query-unanswered"
        case QueryStatus.ANSWERED:
            return "query-answered"
        case QueryStatus.CLOSED:
            return "query-closed"


def check_closes(state: TrialState, of: int, role: Role) -> Iterator[Issue]:
    """Only the side that asked may be content: the same role; data management for what a check or another role asked.

    The statistician opens and never closes; a monitor may close what a check asked.
    """
    query = state.data.queries.get(of)
    if query is None or role is Role.DATA_MANAGER or (query.is_automatic and role is Role.MONITOR):
        return
    if query.is_automatic or query.role is not role or role is Role.TRIAL_STATISTICIAN:
        asked = f"check {query.opened.check}" if query.is_automatic else query.role.value.replace("_", " ")
        message = f"query {of} was opened by {asked}; the role {role.value.replace('_', ' ')} may not close it."
        yield refuse("other-side", query.opened.participant, message, "Ask whoever opened it, or the data manager.")


# --- What a check asks by itself ------------------------------------------------------------------------------------

_Changed = e.ResultRecorded | e.ResultCorrected | e.ResultMissing | e.VisitHeld | d.VisitDateCorrected | d.VisitRepeated


def with_automatic(protocol: Protocol, state: TrialState, command: Command, accepted: Accepted) -> Decision:
    """The events with a query for each edit check that they break, once all of them have happened.

    A value that is going to be sealed opens no query, for the query would tell of it: whoever enters it is refused until
    they say that it was checked against its source, and the refusal leaves no trace. Nor does it enter into the check of
    another value.
    """
    changed = [event for event in accepted.events if isinstance(event, _Changed)]
    if not protocol.edit_checks or not changed:
        return accepted
    sealed = [event for event in changed if _is_to_be_sealed(protocol, state, event)]
    shown = [event for event in changed if not _is_to_be_sealed(protocol, state, event)]
    known = _known_after(state, changed, shown)
    refused = tuple(_refused(protocol, state, known, sealed, _confirmed(state, command)))
    return Refused(refused) if refused else Accepted((*accepted.events, *_asked(protocol, state, known, shown)))


def _refused(
    protocol: Protocol,
    state: TrialState,
    known: Mapping[str, Values],
    sealed: Sequence[_Changed],
    confirmed: set[tuple[str, ResultKey]],
) -> Iterator[Issue]:
    for event in sealed:
        one, key = event.participant, _touched(state, event)
        if (one, key) not in confirmed:
            values = _with(state, known[one], [event])
            yield from _refuse_sealed(one, key, find_failures(protocol, values, key[0], key[2]))


def _asked(
    protocol: Protocol, state: TrialState, known: Mapping[str, Values], shown: Sequence[_Changed]
) -> Iterator[d.QueryOpened]:
    asked = {one: {_place(query) for query in state.data.open_queries(one)} for one in known}
    for event in shown:
        one, key = event.participant, _touched(state, event)
        for failure in find_failures(protocol, known[one], key[0], key[2] or None):
            if failure.place not in asked[one]:
                asked[one].add(failure.place)
                yield _open(one, failure, known[one])


def _confirmed(state: TrialState, command: Command) -> set[tuple[str, ResultKey]]:
    """Whose values were checked against their source by whoever records them."""
    match command:
        case ImportResults():
            rows = [row for row in command.rows if row.confirmed]
            return {(row.participant, (row.visit, row.activity, row.measure, row.sample)) for row in rows}
        case RecordResult() if command.confirmed:
            return {(command.participant, (command.visit, command.activity, command.measure, command.sample))}
        case CorrectResult() if command.confirmed:
            return {state.result_of_entry[command.of]}
        case _:
            return set()


def _place(query: Query) -> tuple[str, str, str]:
    return (query.opened.check or "", query.opened.visit, query.opened.sample)


def _is_to_be_sealed(protocol: Protocol, state: TrialState, event: _Changed) -> bool:
    if isinstance(event, e.ResultRecorded):
        return tells_arm(protocol, state, event.participant, event.measure, event.visit)
    return isinstance(event, e.ResultCorrected) and is_sealed(state, event.of)


def _refuse_sealed(participant: str, key: ResultKey, found: Iterable[Failure]) -> Iterator[Issue]:
    where = ", ".join(part for part in key if part)
    for failure in found:
        message = f"{failure.check.asks} {failure.because} ({where})."
        yield refuse("edit-check", participant, message, "Mend it; if it is right, record it as confirmed.")


def _open(participant: str, failure: Failure, values: Values) -> d.QueryOpened:
    at = failure.at
    return d.QueryOpened(
        participant=participant,
        visit=failure.visit,
        activity=at[1] if at is not None else "",
        measure=at[2] if at is not None else "",
        sample=failure.sample,
        check=failure.check.id,
        what=f"{failure.check.asks} ({failure.because})"[:LONGEST],
    )


def _known_after(state: TrialState, changed: Sequence[_Changed], shown: Sequence[_Changed]) -> dict[str, Values]:
    """By participant, what will be known to everybody once all has happened."""
    of: dict[str, list[_Changed]] = {event.participant: [] for event in changed}
    for event in shown:
        of[event.participant].append(event)
    return {one: _with(state, values_of(state.participants[one]), events) for one, events in of.items()}


def _touched(state: TrialState, event: _Changed) -> ResultKey:
    """The value that an event is about; of a visit, the visit alone."""
    match event:
        case e.VisitHeld() | d.VisitDateCorrected():
            return (event.visit, "", "", "")
        case d.VisitRepeated():
            return (event.code, "", "", "")
        case e.ResultRecorded() | e.ResultMissing():
            return (event.visit, event.activity, event.measure, event.sample)
        case e.ResultCorrected():
            return state.result_of_entry[event.of][1]


def _with(state: TrialState, values: Values, events: Sequence[_Changed]) -> Values:
    """What is known of one participant once more has happened; days come first, whatever the order of the events."""
    days, results = dict(values.days), dict(values.results)
    days |= {
        _touched(state, event)[0]: event.on
        for event in events
        if isinstance(event, e.VisitHeld | d.VisitDateCorrected | d.VisitRepeated)
    }
    for event in events:
        if isinstance(event, e.ResultRecorded | e.ResultMissing | e.ResultCorrected):
            key = _touched(state, event)
            results[key] = _observation(state, event, key, days.get(key[0], date.max))
    return Values(results, days)


def _observation(
    state: TrialState, event: e.ResultRecorded | e.ResultMissing | e.ResultCorrected, key: ResultKey, on: date
) -> Observation:
    entry, one = state.head.seq + 1, event.participant
    if isinstance(event, e.ResultMissing):
        return Observation(entry, one, *key, "", on, None, below=False, missing=event.because)
    quantity = Quantity(parse_decimal(event.value), event.unit)
    return Observation(entry, one, *key, "", on, quantity, event.below, None)
