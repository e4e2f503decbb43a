"""More participants analysed than started, more in a row than in its table, or too few for the number that is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from armlet.registry.results.rows import ResultsSection
from armlet.registry.results.walk import (
    arm_key,
    cells,
    chosen,
    denominators,
    event_groups,
    groups_of,
    named,
    number,
    posted,
    row_denominators,
    rows,
    started,
    tables,
    total_id,
)
from armlet.registry.review import Finding, ReviewRule, Submission, amiss, doubtful

_FIX: Final = "Count the participants again."


def _find(submission: Submission) -> Iterator[Finding]:
    began = started(submission.results)
    yield from _rows_against_tables(submission.results)
    yield from _numbers_of_too_few(submission.results)
    if began:
        yield from _outcomes_against_start(submission.results, began)
        yield from _baseline_against_start(submission.results, began)
        yield from _at_risk(submission.results, began)


def _rows_against_tables(results: ResultsSection) -> Iterator[Finding]:
    for path, table in tables(results):
        analysed = denominators(results, table)
        for row_path, row in rows(path, table):
            for group, count in chosen(row.denoms, table.denom_units_selected).items():
                if count > analysed.get(group, count):
                    name = named(groups_of(results, table), group)
                    message = f"{count} of {name} are in this row and {analysed[group]} in its table."
                    yield amiss(f"{row_path}.denoms", message, _FIX)


def _numbers_of_too_few(results: ResultsSection) -> Iterator[Finding]:
    """A number that stands on nobody, and a dispersion that stands on one."""
    for path, table in tables(results):
        for at, row, cell in cells(path, table):
            count = row_denominators(results, table, row).get(cell.group_id or "")
            name = named(groups_of(results, table), cell.group_id)
            if count == 0 and number(cell.value):
                message = f"{name} has {cell.value} here, and nobody of it was analysed."
                yield doubtful(f"{at}.value", message, "Take the number out, or count the participants again.")
            elif count == 1 and number(cell.spread) is not None:
                message = f"{name} has the dispersion {cell.spread} here, of one participant."
                yield doubtful(f"{at}.spread", message, "Give NA with the reason, or count again.")


def _outcomes_against_start(results: ResultsSection, began: Mapping[str, int]) -> Iterator[Finding]:
    """A group that is no arm of the flow may be of people who never started: that is asked about, no more."""
    everybody = sum(began.values())
    for path, outcome in posted(results):
        titles = {group.id: arm_key(group.title) for group in outcome.groups}
        for group, count in chosen(outcome.denoms, None).items():
            at_start = began.get(titles.get(group, ""))
            name = named(outcome.groups, group)
            if at_start is not None and count > at_start:
                yield amiss(f"{path}.denoms", f"{count} of {name} were analysed and {at_start} started.", _FIX)
            elif at_start is None and count > everybody:
                message = f"{count} of {name} were analysed and {everybody} started in all arms."
                yield doubtful(f"{path}.denoms", message, _FIX)


def _baseline_against_start(results: ResultsSection, began: Mapping[str, int]) -> Iterator[Finding]:
    baseline, everybody = results.baseline_characteristics_module, sum(began.values())
    titles = {group.id: arm_key(group.title) for group in baseline.groups}
    for group, count in chosen(baseline.denoms, None).items():
        most = everybody if group == total_id(results) else began.get(titles.get(group, ""), everybody)
        if count > most:
            message = f"the baseline has {count} of {named(baseline.groups, group)} and {most} started."
            yield amiss("baselineCharacteristicsModule.denoms", message, _FIX)


def _at_risk(results: ResultsSection, began: Mapping[str, int]) -> Iterator[Finding]:
    for place in event_groups(results):
        most = began.get(arm_key(place.group.title), sum(began.values()))
        for what in ("deaths", "serious", "other"):
            count = getattr(place.group, f"{what}_num_at_risk")
            if count is not None and count > most:
                message = f'"{place.group.title}" has {count} at risk ({what}) and {most} started.'
                yield doubtful(place.path, message, "Count the participants again, or say who was added.")


METHOD = ReviewRule(
    rule="denominators/most",
    says="Nobody is analysed who did not start, no row has more participants than its table, and no number is of nobody.",
    source='PRS Major Comments, "Information here appears inconsistent with information in other parts of the record"',
    checked="text",
    mend="sets[]",
    find=_find,
)
