"""The results of an analysis without a trial as files: a table, all that is known, and a page to read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from armlet import __version__
from armlet.analysis.catalogue import load_method
from armlet.analysis.data import DataPlan, DataResult
from armlet.analysis.estimates import Estimate, Result
from armlet.export.package import write_text
from armlet.projections.tables import guard
from armlet.report.document import Column, Facts, Items, Page, Row, Section, Summary, Table, render_page

HEAD = (
    "analysis", "role", "method", "visit", "set", "unit", "value", "lower", "upper", "level", "attained", "p", "sides",
    "exact", "smallest_reachable_p", "n_used", "left_out", "not_estimable_because",
)  # fmt: skip


def write_results(
    folder: Path, document: Mapping[str, object], plan: DataPlan, results: Sequence[DataResult]
) -> tuple[Path, ...]:
    """Writes the three files and gives their paths; a file is written whole or not at all. Raises InputError."""
    texts = {
        "results.csv": results_csv(results),
        "results.json": json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n",
        "results.html": render_page(results_page(document, plan, results)),
    }
    for name, text in texts.items():
        write_text(folder / name, text)
    return tuple(folder / name for name in texts)


def results_csv(results: Sequence[DataResult]) -> str:
    """One row a result, every number to its last digit; a cell is empty where there is nothing to say.

    Words that a spreadsheet would run as a formula get a leading apostrophe.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows([guard(str(cell)) for cell in _cells(one)] for one in results)
    return text.getvalue()


def _cells(one: DataResult) -> tuple[object, ...]:
    result = one.result
    first = (result.label, one.analysis.role or "", result.method, one.visit, one.analysis.set or "")
    used = "; ".join(f"{arm}: {count}" for arm, count in result.n_used.items())
    left_out = "; ".join(f"{participant}: {why}" for participant, why in result.left_out)
    if not isinstance(result, Estimate):
        return (*first, *[""] * 10, used, left_out, result.reason)
    limits, p = result.interval, result.p
    interval = (limits.lower, limits.upper, limits.nominal, _known(limits.attained)) if limits else ("",) * 4
    chance = (p.value, p.sides, "yes" if p.exact else "no", _known(p.smallest_reachable)) if p else ("",) * 4
    return (*first, result.unit, result.value, *interval, *chance, used, left_out, "")


def _known(value: float | None) -> float | str:
    return "" if value is None else value


def results_page(document: Mapping[str, object], plan: DataPlan, results: Sequence[DataResult]) -> Page:
    """The results as a page that stands alone."""
    columns = tuple(Column(title, numeric=False) for title in ("Analysis", "Estimate", "Interval", "p", "Analysed"))
    rows = tuple(Row(_shown(one.result)) for one in results)
    number = len(results)
    data, planned = document["data"], document["plan"]
    assert isinstance(data, dict)  # both were made by the verb
    assert isinstance(planned, dict)
    behind = Facts(
        (("Data", f"{data['name']}, {data['rows']} rows, {data['digest']}"), ("Plan", str(planned["digest"])))
    )
    remarks = tuple(dict.fromkeys(words for one in results for words in _remarks(one.result)))
    return Page(
        title=plan.title,
        subtitle="",
        kind="Results of an analysis without a trial",
        simulated=False,
        facts=(("Endpoint", plan.endpoint), ("Unit", plan.unit), ("Arms", ", ".join(plan.arms))),
        summary=Summary(
            "What was asked", (f"{number} result{'s' if number > 1 else ''}, by a plan laid down in a file.",)
        ),
        sections=(
            Section("results", "Results", (Table("Results of the analyses", columns, rows),)),
            Section("remarks", "What to bear in mind", (Items(remarks or ("Nothing.",)),)),
            Section("behind", "What they were computed from", (behind,)),
        ),
        foot=f"Made by Armlet {__version__}",
    )


def _shown(result: Result) -> tuple[str, ...]:
    used = "\n".join(f"{arm}: {count}" for arm, count in result.n_used.items())
    title = f"{result.label}\n{load_method(result.method).label}"
    if not isinstance(result, Estimate):
        return (title, f"not estimable: {result.reason}", "none", "none", used)
    limits, p = result.interval, result.p
    interval = f"{limits.lower:.4g} to {limits.upper:.4g}\n({limits.nominal:.4g})" if limits else "none with two ends"
    chance = f"{p.value:.3g}\n{p.sides}, {'exact' if p.exact else 'not exact'}" if p else "none"
    return (title, f"{result.value:.4g}\n{result.unit}", interval, chance, used)


def _remarks(result: Result) -> list[str]:
    left_out = [f"{participant} is left out of {result.label}: {why}." for participant, why in result.left_out]
    return [*(result.warnings if isinstance(result, Estimate) else ()), *left_out]
