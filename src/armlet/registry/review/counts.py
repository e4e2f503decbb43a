"""A count of participants that is no whole number, is negative, or is more than were analysed."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.registry.results.rows import MeasureClass, MeasureParam
from armlet.registry.results.walk import Table, cells, groups_of, named, number, row_denominators, rows, tables, whole
from armlet.registry.review import Finding, ReviewRule, Submission, amiss, doubtful


def _find(submission: Submission) -> Iterator[Finding]:
    results = submission.results
    for path, table in tables(results):
        if table.param_type is not MeasureParam.COUNT_OF_PARTICIPANTS:
            continue
        for at, row, cell in cells(path, table):
            value, most = number(cell.value), row_denominators(results, table, row).get(cell.group_id or "")
            if value is None:
                continue
            if whole(cell.value) is None or value < 0:
                yield amiss(f"{at}.value", f"{value} is no count of participants.", "Give a whole number.")
            elif most is not None and value > most:
                name = named(groups_of(results, table), cell.group_id)
                message = f"{value} of {name} are counted and {most} were analysed."
                yield amiss(f"{at}.value", message, "Count the participants again.")
        for row_path, row in rows(path, table):
            yield from _sums(submission, row_path, table, row)


def _sums(submission: Submission, path: str, table: Table, row: MeasureClass) -> Iterator[Finding]:
    """Categories that together have more than everybody: allowed only where one participant may be in several."""
    analysed = row_denominators(submission.results, table, row)
    totals: dict[str, int] = {}
    for line in row.categories:
        for cell in line.measurements:
            totals[cell.group_id or ""] = totals.get(cell.group_id or "", 0) + (whole(cell.value) or 0)
    for group, total in totals.items():
        if len(row.categories) > 1 and total > analysed.get(group, total):
            name = named(groups_of(submission.results, table), group)
            message = (
                f"the categories of {name} have {total} participants together and {analysed[group]} were analysed."
            )
            yield doubtful(path, message, "Say in the description that one participant may be in several.")


METHOD = ReviewRule(
    rule="measures/counts",
    says="Counts of participants are whole, not negative, and not more than were analysed.",
    source='PRS Major Comments, "Data reported here appear invalid"',
    checked="text",
    mend="endpoints[].method",
    find=_find,
)
