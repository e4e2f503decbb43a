"""The notes beside an export: what was made, by which rules, what is to be filled in, and who could be recognised."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from armlet.export.results_form.compose import FilledForm
from armlet.export.results_form.locked import SIMULATED, LockedTrial
from armlet.export.results_form.numbers import RULE
from armlet.issues import Issue, Severity
from armlet.registry.results.rows import Denom

SMALL: Final = 10
PRIVACY: Final = (
    "Small cells can tell who somebody is: with {people} participants, a count of one, a range, or the value of an arm "
    "with a single value may be one known person's. Reasons for missing values and terms of adverse events are the "
    "site's own words. Let somebody who knows the participants' surroundings read every table before it is posted."
)


def render_notes(trial: LockedTrial, form: FilledForm, study: str) -> str:
    """The notes in Markdown."""
    return "\n".join([*_head(trial, form, study), *_issues(form), *_rules(trial)]) + "\n"


def _head(trial: LockedTrial, form: FilledForm, study: str) -> Iterator[str]:
    yield f"# Results of {trial.protocol.id}"
    yield ""
    if trial.data.state.simulated:
        yield f"**{SIMULATED}.**"
        yield ""
    yield f"`{study}` is the study with its results, computed from the ledger that ends at entry {trial.data.head.seq},"
    yield f"`{trial.data.head.digest}`,"
    yield f"under protocol version {trial.protocol.version}, `{trial.protocol.digest()}`."
    yield ""
    yield "## Before it is posted"
    yield ""
    yield PRIVACY.format(people=len(trial.data.state.enrolled()))
    small = _small_cells(form)
    if small:
        yield f"Tables with a number that stands on fewer than {SMALL} participants: {small}."
    yield ""


def _small_cells(form: FilledForm) -> int:
    """How many tables have a row that stands on few participants."""
    outcomes = [one.classes for one in form.results.outcome_measures_module.outcome_measures]
    tables = [*(one.classes for one in form.results.baseline_characteristics_module.measures), *outcomes]
    return sum(any(_is_small(denom) for row in rows for denom in row.denoms) for rows in tables)


def _is_small(denom: Denom) -> bool:
    return any(0 < int(count.value or 0) < SMALL for count in denom.counts)


def _issues(form: FilledForm) -> Iterator[str]:
    for title, severity in (("To be filled in", Severity.WARNING), ("To know", Severity.NOTE)):
        found = [issue for issue in form.issues if issue.severity is severity]
        if found:
            yield f"## {title}"
            yield ""
            yield from (_line(issue) for issue in found)
            yield ""


def _line(issue: Issue) -> str:
    fix = f" {issue.fix}" if issue.fix else ""
    return f"- `{issue.where}` ({issue.rule}): {issue.message}{fix}"


def _rules(trial: LockedTrial) -> Iterator[str]:
    yield "## How numbers are made"
    yield ""
    yield f"- {RULE}"
    yield f"- Measured values are summed up as {trial.average.value}."
    yield "- A participant is counted in exactly one place of the flow; of several reasons for leaving, the first in the"
    yield "  order death, withdrawal, loss, early end of the trial."
    yield "- Nothing is imputed: a row stands on those who have a value, and says how many they are."
