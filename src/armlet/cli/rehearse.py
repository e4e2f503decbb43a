"""`armlet rehearse`: invented people live a trial to its end; what is left is a folder like that of a real trial."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.output import SIMULATED, Output, render_table
from armlet.errors import ExitCode, InputError, UsageError
from armlet.issues import Severity, error

if TYPE_CHECKING:
    from armlet.allocation.unblinded import UnblindedDataset
    from armlet.analysis.guesses import GuessTable
    from armlet.analysis.plan import PlannedResult
    from armlet.export.package import TrialData
    from armlet.protocol.load import Trial
    from armlet.protocol.model import Protocol
    from armlet.simulation.rehearse import Progress, Rehearsed
    from armlet.simulation.scenario import Scenario

NAME: Final = "rehearse"
HELP: Final = "live through a whole trial with invented people, and report it"
MOST_PEOPLE: Final = 500
RECORD: Final = "record.json"

_EPILOG: Final = """\
example:
  armlet rehearse trials/NAME --out out/NAME
  armlet rehearse trials/NAME --out out/bigger --people 20 --seed another

The folder gets the ledger, the vault, tables and two reports: report-blinded.html as everybody may see the trial before
its lock, and report.html after it. Everything in it is invented and says SIMULATED. The same seed gives the same bytes.

exit code: 0 when the trial was lived through, 1 when the trial folder has errors (see `armlet check`) or the output
folder cannot be used.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The trial, where to write, and the seed."""
    parser.epilog = _EPILOG
    parser.add_argument("trial", metavar="TRIAL", type=Path, help="a trial folder")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="a new folder for what is written")
    parser.add_argument("--seed", metavar="S", default="1", help="what all chance is drawn from (default 1)")
    parser.add_argument(
        "--people", metavar="N", type=int, help="how many participants instead of the protocol's number"
    )


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Rehearses and writes. Raises InputError for a trial that cannot be run and a folder that cannot be written."""
    from armlet.export.package import refuse_existing
    from armlet.protocol.load import load_trial
    from armlet.simulation.rehearse import rehearse
    from armlet.simulation.scenario import load_scenario

    trial = load_trial(arguments.trial)
    refuse_errors(trial)
    refuse_existing(arguments.out)
    protocol = with_people(trial.protocol, arguments.people, "--people")
    scenario = load_scenario(trial.folder)
    with show_progress(out, f"rehearsing {protocol.id}") as progress:
        rehearsed = rehearse(protocol, scenario, arguments.seed, progress=progress)
    with _build_beside(arguments.out) as folder:
        summary, text = _write_all(folder, trial, scenario, rehearsed, arguments.out)
    out.answer({**summary, "seed": arguments.seed}, lambda: text)
    return ExitCode.DONE


def refuse_errors(trial: Trial) -> None:
    """Raises InputError with every error that `armlet check` finds: such a trial would mislead, not run."""
    from armlet.cli.check import find_issues

    errors = [issue for issue in find_issues(trial) if issue.severity is Severity.ERROR]
    if errors:
        raise InputError(errors)


def with_people(protocol: Protocol, people: int | None, option: str) -> Protocol:
    """The protocol with another planned number of participants, as the option says. Raises UsageError."""
    if people is None or people == protocol.design.participants:
        return protocol
    if not 1 <= people <= MOST_PEOPLE:
        message = f"{people} participants; expected 1 to {MOST_PEOPLE}."
        raise UsageError([error("usage", option, message, "Give another number.")])
    design = protocol.design.model_copy(update={"participants": people})
    return protocol.model_copy(update={"design": design})


@contextmanager
def show_progress(out: Output, what: str, counted: str = "enrolled") -> Iterator[Progress]:
    """A bar with an estimate on a terminal's standard error; nothing in a pipe."""
    import sys

    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(f"{{task.completed:.0f}} of {{task.total:.0f}} {counted}"),
    )
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def _build_beside(target: Path) -> Iterator[Path]:
    """A folder to write into, moved to its place when everything is there: nothing half-written is left."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    except OSError as problem:
        message = f"the folder cannot be made: {problem.strerror}."
        raise InputError([error("folder/unwritable", str(target), message, "Choose another folder.")]) from None
    try:
        yield building
        building.chmod(0o755)
        if target.is_dir():
            for part in building.iterdir():
                shutil.move(part, target / part.name)
        else:
            building.rename(target)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _write_all(
    folder: Path, trial: Trial, scenario: Scenario, rehearsed: Rehearsed, target: Path
) -> tuple[dict[str, object], str]:
    from armlet.allocation.boxes import open_guesses, opening_key
    from armlet.analysis.guesses import tabulate_guesses
    from armlet.analysis.plan import results_json, run_plan
    from armlet.cli.strongroom import unblind, write_product, write_vault
    from armlet.export.package import compute, until, write_bytes, write_ledger, write_text
    from armlet.export.tables import guesses_csv

    protocol = rehearsed.protocol
    write_ledger(folder, _protocol_text(trial, protocol), tuple(rehearsed.store.read()))
    write_vault(folder, rehearsed.vault, rehearsed.key)
    if rehearsed.product is not None:
        write_product(folder, rehearsed.product, rehearsed.product_key)
    if (trial.folder / RECORD).is_file():
        write_bytes(folder / RECORD, (trial.folder / RECORD).read_bytes())
    assumed = {"data": SIMULATED, **json.loads(scenario.model_copy(update={"sealed_settings": {}}).canonical())}
    write_text(folder / "scenario.json", json.dumps(assumed, indent=2) + "\n")
    sealed = compute(protocol, tuple(rehearsed.store.read()))
    data, unblinded = unblind(sealed, rehearsed.vault.detached())
    results = run_plan(protocol, unblinded)
    guesses = open_guesses(sealed.entries, opening_key(rehearsed.vault))
    write_blinded(folder, until(sealed, rehearsed.before_lock))
    write_tables(folder, data, unblinded)
    if not protocol.is_open_label:
        write_text(folder / "exports" / "guesses.csv", guesses_csv(data, unblinded, guesses))
    document = {"data": SIMULATED, "trial": protocol.id, "estimates": results_json(protocol, results)}
    write_text(folder / "exports" / "analysis.json", json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    told = tabulate_guesses(guesses, unblinded, [arm.id for arm in protocol.arms])
    write_report(folder, data, unblinded, results, scenario, told)
    return summarise(data, results, rehearsed, target)


def _protocol_text(trial: Trial, protocol: Protocol) -> str:
    """The protocol as people wrote it; spelled anew where the rehearsal has another number of participants."""
    marked = f"# {SIMULATED}: the protocol of a rehearsal with {protocol.design.participants} invented participants."
    if protocol is trial.protocol:
        return f"{marked}\n{(trial.folder / 'protocol.yaml').read_text('utf-8')}"
    plain = json.dumps(json.loads(protocol.canonical()), indent=2, ensure_ascii=False)
    return f"{marked}\n{plain}\n"


BLINDED: Final = ("report_blinded", "participants", "visits", "results", "endpoints", "adverse_events")
"""The views that a rehearsal writes: the page before the lock, and ``data/``. `armlet view` writes the others."""


def write_blinded(folder: Path, blinded: TrialData) -> None:
    """What blinded people may have before the lock, as `armlet view` gives it to an investigator."""
    from armlet.cli.view import render_views
    from armlet.export.package import write_bytes
    from armlet.protocol.model import Role
    from armlet.report.views import find_views

    views = find_views()
    for name, content in render_views(blinded, Role.INVESTIGATOR, [views[one] for one in BLINDED]).items():
        write_bytes(folder / name, content)


def write_tables(folder: Path, data: TrialData, unblinded: UnblindedDataset) -> None:
    """What the unblinded side has after the lock, into ``exports/``."""
    from armlet.export import tables
    from armlet.export.harms import exposure_csv, harms_csv
    from armlet.export.package import write_text

    write_text(folder / "exports" / "allocation.csv", tables.allocation_csv(data, unblinded))
    write_text(folder / "exports" / "results.csv", tables.results_csv(data, blinded=False))
    write_text(folder / "exports" / "endpoints.csv", tables.endpoints_csv(data, unblinded))
    write_text(folder / "exports" / "adverse_events.csv", tables.adverse_events_csv(data, unblinded))
    write_text(folder / "exports" / "harms.csv", harms_csv(data.protocol, data.state, unblinded))
    write_text(folder / "exports" / "exposure.csv", exposure_csv(data.state, unblinded))


def write_report(
    folder: Path,
    data: TrialData,
    unblinded: UnblindedDataset,
    results: tuple[PlannedResult, ...],
    scenario: Scenario,
    guesses: tuple[GuessTable, ...] = (),
) -> None:
    """The page after the lock, and the data of its figures and tables."""
    from armlet.cli.report_files import write_pages
    from armlet.cli.view import content_of
    from armlet.report.unblinded import UnblindedContent

    content = content_of(data, f"Assumed in this simulation: {scenario.says}")
    write_pages(folder, UnblindedContent(content, unblinded, results, guesses), "report.html")


def summarise(
    data: TrialData, results: tuple[PlannedResult, ...], rehearsed: Rehearsed, target: Path
) -> tuple[dict[str, object], str]:
    """What happened, for a program and in words."""
    from armlet.analysis.plan import results_json
    from armlet.projections.flow import count_flow

    flow = count_flow(data.protocol, data.state)
    stop = data.state.stopped
    reports = {"report": str(target / "report.html"), "report_blinded": str(target / "report-blinded.html")}
    document: dict[str, object] = {
        "trial": data.protocol.id,
        "simulated": data.state.simulated,
        "screened": flow.screened,
        "enrolled": flow.enrolled,
        "randomised": flow.randomised,
        "administered": flow.administered,
        "ended": data.state.phase.value,
        "why_stopped": stop.why if stop is not None else "",
        "refused": dict(sorted(rehearsed.refusals.items())),
        "entries": data.head.seq,
        "head": data.head.digest,
        **reports,
        "results": results_json(data.protocol, results),
    }
    ended = f"{data.state.phase.value}{f': {stop.why}' if stop is not None else ''}"
    facts = [
        ("trial", f"{data.protocol.id} (SIMULATED: invented people)"),
        (
            "people",
            f"{flow.screened} screened, {flow.enrolled} enrolled, {flow.randomised} allocated, {flow.administered} given",
        ),
        ("ended", ended),
        ("ledger", f"{data.head.seq} entries, head {data.head.digest}"),
        *(("primary", line) for line in describe_primary(results)),
        ("report", reports["report"]),
        ("before the lock", reports["report_blinded"]),
        ("verify with", f"armlet verify {target}"),
    ]
    return document, render_table(("what", "answer"), facts)


def describe_primary(results: tuple[PlannedResult, ...]) -> list[str]:
    """One line for each result of the primary analysis."""
    from armlet.analysis.estimates import Estimate

    lines = []
    for planned in results:
        if planned.analysis.role != "primary":
            continue
        result = planned.result
        if not isinstance(result, Estimate):
            lines.append(f"{result.label}: cannot be estimated: {result.reason}")
            continue
        interval = (
            f", {result.interval.nominal:.0%} interval {result.interval.lower:.3g} to {result.interval.upper:.3g}"
            if result.interval
            else ""
        )
        p = f", {result.p.sides} p = {result.p.value:.3g}" if result.p else ""
        lines.append(f"{result.label}: {result.value:.3g} {result.unit}{interval}{p}")
    return lines
