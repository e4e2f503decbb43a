"""Walks the rows of results with the path of each, and reads the numbers that the registry keeps as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from armlet.eligibility.truth import Truth
from armlet.issues import Severity
from armlet.registry.record import ProtocolSection
from armlet.registry.results.rows import (
    BaselineMeasure,
    Denom,
    EventGroup,
    FlowPeriod,
    FlowStats,
    Group,
    MeasureCategory,
    MeasureClass,
    Measurement,
    MeasureParam,
    OutcomeMeasure,
    ReportingStatus,
    ResultsSection,
)

FLOW: Final = "participantFlowModule"
BASELINE: Final = "baselineCharacteristicsModule"
OUTCOMES: Final = "outcomeMeasuresModule"
EVENTS: Final = "adverseEventsModule"
MORE: Final = "moreInfoModule"
NOT_AVAILABLE: Final = "NA"
COUNTS: Final = frozenset({MeasureParam.COUNT_OF_PARTICIPANTS, MeasureParam.COUNT_OF_UNITS})
CONTINUOUS: Final = frozenset(MeasureParam) - COUNTS - {MeasureParam.NUMBER}
FINAL_RULE: Final = date(2017, 1, 18)
"""The day from which the registry asks for more: 42 CFR 11.42, and the notes in its upload schema."""

_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")

Table = BaselineMeasure | OutcomeMeasure


def number(text: str | None) -> Decimal | None:
    """The number that a text spells; thousands separators are passed over. None for anything else."""
    plain = (text or "").strip().replace(",", "")
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None


def whole(text: str | None) -> int | None:
    """The whole number that a text spells; None for anything else."""
    found = number(text)
    return int(found) if found is not None and found == found.to_integral_value() else None


def plain_words(text: str | None) -> str:
    """A text without case, punctuation and spare blanks, to be compared with another."""
    return " ".join(re.findall(r"[^\W_]+", (text or "").casefold()))


def arm_key(title: str | None) -> str:
    """What tells whether two groups are the same arm: the title without case and spare blanks, and nothing beyond that."""
    return " ".join((title or "").casefold().split())


def is_since_final_rule(protocol: ProtocolSection) -> Truth:
    """Whether primary completion is on or after 18 January 2017."""
    reached = protocol.status_module.primary_completion_date_struct.date
    if reached is None:
        return Truth.UNKNOWN
    return Truth.TRUE if reached.earliest() >= FINAL_RULE else Truth.of(reached.latest() >= FINAL_RULE)


def weight_since_final_rule(protocol: ProtocolSection) -> Severity:
    """An error where the final rule holds or may hold, a warning for older trials."""
    return Severity.WARNING if is_since_final_rule(protocol) is Truth.FALSE else Severity.ERROR


# --- Groups -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """One group of one module, and its path."""

    path: str
    group: Group | EventGroup


def flow_groups(results: ResultsSection) -> Iterator[Place]:
    """The groups of the participant flow."""
    for index, group in enumerate(results.participant_flow_module.groups):
        yield Place(f"{FLOW}.groups[{index}]", group)


def baseline_groups(results: ResultsSection, *, total: bool = True) -> Iterator[Place]:
    """The groups of the baseline, the total among them or not."""
    groups = results.baseline_characteristics_module.groups
    last = total_id(results)
    for index, group in enumerate(groups):
        if total or group.id != last:
            yield Place(f"{BASELINE}.groups[{index}]", group)


def total_id(results: ResultsSection) -> str | None:
    """The id of the baseline's group that holds everybody: the last of several, called so. None where there is none."""
    groups = results.baseline_characteristics_module.groups
    if len(groups) > 1 and plain_words(groups[-1].title).startswith("total"):
        return groups[-1].id
    return None


def outcome_groups(results: ResultsSection) -> Iterator[Place]:
    """The groups of every outcome."""
    for path, outcome in outcomes(results):
        for index, group in enumerate(outcome.groups):
            yield Place(f"{path}.groups[{index}]", group)


def event_groups(results: ResultsSection) -> Iterator[Place]:
    """The groups of the adverse events."""
    for index, group in enumerate(results.adverse_events_module.event_groups):
        yield Place(f"{EVENTS}.eventGroups[{index}]", group)


def all_groups(results: ResultsSection) -> Iterator[Place]:
    """Every group of every module but the baseline's total."""
    yield from flow_groups(results)
    yield from baseline_groups(results, total=False)
    yield from outcome_groups(results)
    yield from event_groups(results)


def named(groups: Sequence[Group | EventGroup], group_id: str | None) -> str:
    """A group as messages name it: by its title where it has one."""
    found = next((group.title for group in groups if group.id == group_id), None)
    return f'"{found}"' if found else f"the group {group_id}"


# --- Flow -------------------------------------------------------------------------------------------------------------


def periods(results: ResultsSection) -> Iterator[tuple[str, FlowPeriod]]:
    """Every period with its path."""
    for index, period in enumerate(results.participant_flow_module.periods):
        yield f"{FLOW}.periods[{index}]", period


def achieved(period: FlowPeriod, milestone: str) -> dict[str, int]:
    """How many of each group reached the milestone, by group id; a count that is no whole number is left out."""
    for one in period.milestones:
        if one.type == milestone:
            return counts_of(one.achievements)
    return {}


def counts_of(stats: Sequence[FlowStats]) -> dict[str, int]:
    """The counts by group id."""
    found = {one.group_id or "": whole(one.num_subjects) for one in stats}
    return {group: count for group, count in found.items() if count is not None}


def started(results: ResultsSection) -> dict[str, int]:
    """How many started, by title of the group: the most of all periods, since a later one may begin with others."""
    titles = {group.id: arm_key(group.title) for group in results.participant_flow_module.groups}
    found: dict[str, int] = {}
    for period in results.participant_flow_module.periods:
        for group, count in achieved(period, "STARTED").items():
            title = titles.get(group, "")
            found[title] = max(found.get(title, 0), count)
    return found


# --- Measures ---------------------------------------------------------------------------------------------------------


def outcomes(results: ResultsSection) -> Iterator[tuple[str, OutcomeMeasure]]:
    """Every outcome with its path."""
    for index, outcome in enumerate(results.outcome_measures_module.outcome_measures):
        yield f"{OUTCOMES}.outcomeMeasures[{index}]", outcome


def posted(results: ResultsSection) -> Iterator[tuple[str, OutcomeMeasure]]:
    """Every outcome that has its numbers."""
    for path, outcome in outcomes(results):
        if outcome.reporting_status is not ReportingStatus.NOT_POSTED:
            yield path, outcome


def tables(results: ResultsSection) -> Iterator[tuple[str, Table]]:
    """Every table of numbers: baseline measures, then outcomes with numbers."""
    for index, measure in enumerate(results.baseline_characteristics_module.measures):
        yield f"{BASELINE}.measures[{index}]", measure
    yield from posted(results)


def groups_of(results: ResultsSection, table: Table) -> Sequence[Group]:
    """The groups that the columns of a table stand for."""
    return table.groups if isinstance(table, OutcomeMeasure) else results.baseline_characteristics_module.groups


def denominators(results: ResultsSection, table: Table) -> dict[str, int]:
    """How many participants (or of the units chosen) a table stands on, by group id."""
    whole_module = results.baseline_characteristics_module.denoms
    denoms = table.denoms or (() if isinstance(table, OutcomeMeasure) else whole_module)
    return chosen(denoms, table.denom_units_selected)


def chosen(denoms: Sequence[Denom], units: str | None) -> dict[str, int]:
    """The denominators in the units that the table counts by; participants where it says nothing."""
    wanted = units or "Participants"
    found = {
        count.group_id or "": whole(count.value)
        for denom in denoms
        if (denom.units or "Participants") == wanted
        for count in denom.counts
    }
    return {group: count for group, count in found.items() if count is not None}


def rows(path: str, table: Table) -> Iterator[tuple[str, MeasureClass]]:
    """The rows of a table."""
    for index, row in enumerate(table.classes):
        yield f"{path}.classes[{index}]", row


def lines(path: str, row: MeasureClass) -> Iterator[tuple[str, MeasureCategory]]:
    """The lines of a row."""
    for index, line in enumerate(row.categories):
        yield f"{path}.categories[{index}]", line


def cells(path: str, table: Table) -> Iterator[tuple[str, MeasureClass, Measurement]]:
    """Every cell of a table with its path and its row."""
    for row_path, row in rows(path, table):
        for line_path, line in lines(row_path, row):
            for index, cell in enumerate(line.measurements):
                yield f"{line_path}.measurements[{index}]", row, cell


def row_denominators(results: ResultsSection, table: Table, row: MeasureClass) -> dict[str, int]:
    """How many the row stands on: its own denominators where it has some, those of its table otherwise."""
    return denominators(results, table) | chosen(row.denoms, table.denom_units_selected)


def title_of(table: Table) -> str:
    """A table as messages name it."""
    return f'"{table.title}"' if table.title else "a measure without a title"
