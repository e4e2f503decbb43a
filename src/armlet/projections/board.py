"""What a safety board's report counts, for columns of participants that somebody else made: there is no arm in here.

The open session has one column, everybody. The closed one has a column for each label (`armlet.allocation.board`); both
come from the same code, and nobody hides a column: the open report never had one by arm.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from armlet.conduct.state import Participant, TrialState
from armlet.derivation.dataset import BlindedDataset
from armlet.derivation.derived import Derived
from armlet.ledger.events import AdverseEventReported, Seriousness
from armlet.protocol.model import Protocol

EVERYBODY: Final = "All"
SIMULATED: Final = "SIMULATED: invented people, no real data."
OPEN: Final = "Open session: everybody together, nothing by arm."
CLOSED: Final = "CLOSED SESSION: for the members of the safety board only. The labels are of this report alone."
_GRADES: Final = (1, 2, 3, 4, 5)

Columns = Mapping[str, Sequence[str]]
"""The participants under each label."""


@dataclass(frozen=True, slots=True)
class BoardTable:
    """Rows of counts or values, one cell for each column."""

    trial: str
    session: str
    simulated: bool
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def count_open(protocol: Protocol, state: TrialState) -> BoardTable:
    """The report of the open session: everybody who was allocated, together."""
    everybody = {EVERYBODY: [one.id for one in state.randomised()]}
    return count_columns(protocol, state, everybody, OPEN, None)


def count_columns(
    protocol: Protocol, state: TrialState, columns: Columns, session: str, dataset: BlindedDataset | None
) -> BoardTable:
    """The table over these columns; with `dataset` also the values of the primary endpoint, which a charter may ask for."""
    people = {label: [state.participants[who] for who in members] for label, members in columns.items()}
    counts = [(name, tuple(str(count(members)) for members in people.values())) for name, count in _counted()]
    terms = [(name, tuple(str(count(members)) for members in people.values())) for name, count in _of_terms(people)]
    values = _primary(protocol, dataset, columns) if dataset is not None else []
    return BoardTable(protocol.id, session, state.simulated, tuple(columns), (*counts, *terms, *values))


_People = Sequence[Participant]
_Count = Callable[[_People], int]


def _counted() -> list[tuple[str, _Count]]:
    return [
        ("allocated", len),
        ("given, wholly or in part", lambda people: sum(one.administered is not None for one in people)),
        ("not given", lambda people: sum(one.cancelled is not None for one in people)),
        ("participants with an adverse event", lambda people: sum(bool(one.adverse_events) for one in people)),
        ("adverse events", lambda people: len(_events(people))),
        *((f"adverse events of grade {grade}", _of_grade(grade)) for grade in _GRADES),
        ("adverse events that cannot be graded", _of_grade(None)),
        ("serious, suspected and unexpected", lambda people: sum(_is_unexpected(event) for event in _events(people))),
        ("serious adverse events", lambda people: sum(bool(event.serious) for event in _events(people))),
        ("participants with a serious adverse event", lambda people: sum(_is_serious(one) for one in people)),
        ("deaths", lambda people: sum(_died(one) for one in people)),
        ("withdrawn from anything", lambda people: sum(bool(one.withdrawn) for one in people)),
        ("lost to follow-up", lambda people: sum(one.lost for one in people)),
    ]


def _of_terms(people: Mapping[str, _People]) -> list[tuple[str, _Count]]:
    """A row for each term that anybody had, the same rows in every column: so many participants had it."""
    terms = sorted({event.term for members in people.values() for event in _events(members)})
    return [(f"participants with: {term}", _of_term(term)) for term in terms]


def _of_term(term: str) -> _Count:
    return lambda people: sum(any(event.term == term for event in one.adverse_events) for one in people)


def _events(people: _People) -> list[AdverseEventReported]:
    return [event for one in people for event in one.adverse_events]


def _of_grade(grade: int | None) -> _Count:
    return lambda people: sum(event.grade == grade for event in _events(people))


def _is_unexpected(event: AdverseEventReported) -> bool:
    return bool(event.serious and event.related_to) and event.expected is False


def _is_serious(one: Participant) -> bool:
    return any(event.serious for event in one.adverse_events)


def _died(one: Participant) -> bool:
    return any(Seriousness.DEATH in event.serious for event in one.adverse_events)


def _primary(protocol: Protocol, dataset: BlindedDataset, columns: Columns) -> list[tuple[str, tuple[str, ...]]]:
    rows = []
    for endpoint in protocol.endpoints:
        if endpoint.level != "primary":
            continue
        asked = {item.visit for item in dataset.derived if item.endpoint == endpoint.id}
        for visit in (visit for visit in protocol.visits if visit.id in asked):
            found = [_values(dataset, endpoint.id, visit.id, members) for members in columns.values()]
            rows.append((f"{endpoint.label}, {visit.label}: n", tuple(str(len(values)) for values in found)))
            rows.append((f"{endpoint.label}, {visit.label}: mean", tuple(_mean(values) for values in found)))
    return rows


def _values(dataset: BlindedDataset, endpoint: str, visit: str, members: Sequence[str]) -> list[Derived]:
    return [
        item
        for item in dataset.derived
        if isinstance(item, Derived)
        and (item.endpoint, item.visit) == (endpoint, visit)
        and item.participant in members
    ]


def _mean(values: Sequence[Derived]) -> str:
    if not values:
        return "no value"
    mean = sum(item.value for item in values) / len(values)
    return f"{mean:.4g} {values[0].unit}"


def render_csv(table: BoardTable) -> str:
    """The table as CSV; its first lines are the marks, so that a sheet torn out still says what it is."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for mark in _marks(table):
        writer.writerow([mark])
    writer.writerow(["", *table.columns])
    writer.writerows([name, *cells] for name, cells in table.rows)
    return out.getvalue()


def render_page(table: BoardTable) -> str:
    """The table as a page of HTML without a script."""
    marks = "".join(f"<p class='mark'>{escape(mark)}</p>" for mark in _marks(table))
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in ("", *table.columns))
    rows = "".join(
        f"<tr><th scope='row'>{escape(name)}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
        for name, cells in table.rows
    )
    style = "body{font:16px sans-serif;padding:2em}.mark{font-weight:bold}td,th{padding:.2em 1em;text-align:left}"
    title = f"Safety board, {escape(table.trial)}"
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{title}</title><style>{style}</style></head>"
        f"<body>{marks}<h1>{title}</h1><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></body></html>\n"
    )


def _marks(table: BoardTable) -> tuple[str, ...]:
    return (*((SIMULATED,) if table.simulated else ()), table.session)
