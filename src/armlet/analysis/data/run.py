"""Runs a plan over a table, or one estimator over a table in one call, as in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from armlet.analysis.cases import Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.data.people import cases_of, read_people
from armlet.analysis.data.plan import DataAnalysis, DataPlan, load_columns, load_plan
from armlet.analysis.data.table import Data, Table, table_of
from armlet.analysis.estimates import Result
from armlet.analysis.unused import with_unused
from armlet.intake.table import Row

EVERYBODY: Final = "everybody"
"""The one arm of a table that has no column of arms."""

_ROW: Final = "row of the table"


@dataclass(frozen=True, slots=True)
class DataResult:
    """The result of one analysis of the plan at one visit."""

    analysis: DataAnalysis
    visit: str
    result: Result

    def as_json(self, plan: DataPlan) -> dict[str, object]:
        """The same names as in `armlet analyse DIR`; what only a protocol can say is null or empty."""
        return {
            "analysis": self.analysis.label,
            "role": self.analysis.role,
            "endpoint": plan.endpoint,
            "endpoint_label": plan.endpoint,
            "level": None,
            "visit": self.visit,
            "set": self.analysis.set,
            "summary": None,
            "intercurrent_events": [],
            "applied": [],
            "missing": [],
            **self.result.as_json(),
        }


def analyse(data: Data, plan: DataPlan | Mapping[str, object] | Path) -> tuple[DataResult, ...]:
    """Every analysis of the plan at each of its visits, in the plan's order.

    `data` is a path to a delimited file, a mapping of columns, or a data frame. Raises InputError with every issue of
    the plan, or of the table; what the people of the table cannot answer is a `NotEstimable` with its reason.
    """
    planned = load_plan(plan)
    people = read_people(table_of(data, planned.all_columns(), planned.delimiter), planned)
    return tuple(
        DataResult(analysis, visit, _run(cases_of(people, planned, analysis, visit), planned, analysis, visit))
        for analysis in planned.analyses
        for visit in planned.visits_of(analysis)
    )


def _run(cases: Cases, plan: DataPlan, analysis: DataAnalysis, visit: str) -> Result:
    label = analysis.label if len(plan.all_visits()) == 1 else f"{analysis.label}, {visit}"
    method = load_method(analysis.method)
    return with_unused(cases, method, method.run(cases, analysis.settings, label))


def estimate(
    data: Data,
    method: str,
    settings: Mapping[str, object] | None = None,
    *,
    outcome: str | Mapping[str, str],
    arm: str | None = None,
    reference: str | None = None,
    baseline: str | None = None,
    at: str | None = None,
    visit: str | None = None,
    visits: Sequence[str] = (),
    participant: str | None = None,
    slot: str | None = None,
    allocation: Mapping[str, object] | None = None,
    covariates: Mapping[str, str] | None = None,
    below_limit: str | Mapping[str, str] | None = None,
    failed: str | Mapping[str, str] | None = None,
    exposure: str | Mapping[str, str] | None = None,
    missing: Iterable[str] = ("",),
    unit: str = "1",
    label: str = "",
) -> Result:
    """One estimator of the catalogue on a table, told by the columns that it needs.

    `outcome` is a column, or a column for each visit; `at` is the visit that is asked for. In a long table `visit` is
    the column of visits and `visits` their order. Without `participant` each row is a person. `covariates` says of each
    column whether it holds numbers or words. Arms are those that the column has. Raises InputError as `analyse` does.
    """
    columns: dict[str, object] = {
        "participant": participant or _ROW,
        "arm": arm,
        "visit": visit,
        "outcomes" if isinstance(outcome, Mapping) else "outcome": outcome,
        "baseline": baseline,
        "slot": slot,
        "covariates": covariates,
        "below_limit": below_limit,
        "failed": failed,
        "exposure": exposure,
    }
    columns = {name: value for name, value in columns.items() if value is not None}
    table = _with_numbered_rows(data, columns, allocation or {})
    named = label or method
    asked = {"label": named, "method": method, "settings": settings or {}, "visits": [at] if at else []}
    plan: dict[str, object] = {
        "title": named,
        "unit": unit,
        "columns": columns,
        "missing": list(missing),
        "arms": _arms(table, arm, missing),
        "reference": reference,
        "visits": list(visits),
        "allocation": allocation,
        "analyses": [{**asked, "covariates": list(covariates or ())}],
    }
    (only,) = analyse(table, plan)
    return only.result


def _with_numbered_rows(data: Data, columns: Mapping[str, object], allocation: Mapping[str, object]) -> Table:
    """The columns that are needed, and one more that numbers the rows, for people who have no name."""
    factors = allocation.get("factors")
    named = (*load_columns(columns).named(), *(factors if isinstance(factors, Mapping) else ()))
    table = table_of(data, [name for name in dict.fromkeys(named) if name != _ROW])
    rows = (Row(row.line, {**row.cells, _ROW: str(place)}) for place, row in enumerate(table.rows, start=1))
    return replace(table, rows=tuple(rows))


def _arms(table: Table, column: str | None, missing: Iterable[str]) -> list[str]:
    """The arms that the column has, in the order of their names; one for everybody where there is no column."""
    found = {row.cells[column] for row in table.rows} - {"", *missing} if column else set[str]()
    return sorted(found) or [EVERYBODY]
