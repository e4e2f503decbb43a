"""Whether blinding held: what people believed, by the arm that each participant truly had. For after the lock only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from armlet.analysis.estimates import NotEstimable, Result
from armlet.analysis.guesses import GuessTable
from armlet.report.document import Column, Row, Section, Table, Text
from armlet.report.numbers import capital, number, span


def guesses_section(tables: Sequence[GuessTable], names: Mapping[str, str]) -> Section:
    """The guesses and the indices of James and of Bang, role by role; in words where nobody was asked."""
    if not tables:
        return Section("guesses", "Whether blinding held", (Text(("Nobody was asked for a guess.",)),))
    return Section("guesses", "Whether blinding held", (_counts_table(tables, names), _index_table(tables, names)))


def _counts_table(tables: Sequence[GuessTable], names: Mapping[str, str]) -> Table:
    rows = []
    for table in tables:
        rows.append(Row((_asked(table),)))
        for one in table.counts:
            cells = (str(one.people), str(one.right), str(one.wrong), str(one.does_not_know))
            rows.append(Row((capital(names[one.arm]), *cells)))
    titles = ("Asked", "Named this arm", "Named another", "Did not know")
    columns = (Column("Truly in", numeric=False), *(Column(title) for title in titles))
    note = "Everybody was asked before any unblinding; the answers were sealed until the lock."
    return Table("What people believed", columns, tuple(rows), note=note)


def _index_table(tables: Sequence[GuessTable], names: Mapping[str, str]) -> Table:
    rows = [row for table in tables for row in _index_rows(table, names)]
    columns = (Column("Index", numeric=False), Column("Value"), Column("95% interval"))
    note = (
        "James: 1 nobody knows, 0.5 as by chance, 0 everybody guesses right (James and others 1996). Bang, for each arm: "
        "1 all right, 0 as by chance, -1 all wrong (Bang, Ni and Davis 2004); to be read in both arms together."
    )
    return Table("Blinding indices", columns, tuple(rows), note=note)


def _index_rows(table: GuessTable, names: Mapping[str, str]) -> Iterator[Row]:
    yield Row((_asked(table),))
    yield Row(("James, all arms", *_cells(table.james)))
    for counts, result in zip(table.counts, table.bang, strict=True):
        yield Row((f"Bang, {names[counts.arm]}", *_cells(result)))


def _cells(result: Result) -> tuple[str, str]:
    if isinstance(result, NotEstimable):
        return f"not estimable: {result.reason}", "none"
    if result.interval is None:
        return number(result.value, 2), "none"
    return number(result.value, 2), span(number(result.interval.lower, 2), number(result.interval.upper, 2))


def _asked(table: GuessTable) -> str:
    return f"{capital(table.of.value.replace('_', ' '))}, {table.occasion.value}"
