"""`armlet analyse`: the protocol's analyses of a locked trial, or a plan's analyses of a table that is no trial, with
everything that a reader needs to judge them."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.inputs import decode_utf8, name_of, read_bytes
from armlet.cli.output import DUMMY, Output, render_table
from armlet.errors import ExitCode, UsageError
from armlet.issues import error

if TYPE_CHECKING:
    from armlet.allocation.unblinded import UnblindedDataset
    from armlet.analysis.data import DataPlan, DataResult
    from armlet.analysis.described import MethodDescription
    from armlet.analysis.estimates import Interval, Result
    from armlet.analysis.plan import PlannedResult
    from armlet.export.package import TrialData

NAME: Final = "analyse"
HELP: Final = "run the protocol's analyses on a locked trial, or a plan's on a table"

_EPILOG: Final = """\
example:
  armlet analyse out/NAME
  armlet analyse out/NAME --json
  armlet analyse out/NAME --dry-run --seed 7 --out out/dry-run
  armlet analyse --data outcomes.csv --plan plan.yaml --out results
  armlet analyse --methods

DIR is a folder with a locked ledger and its vault, such as `armlet rehearse` makes. Without a trial, --data is a table
with a header (- is standard input) and --plan says what its columns are and what is asked. An analysis that these people
cannot answer says so and why; it never prints a number instead.

With --dry-run the analyses of a trial are run on dummy arms, drawn anew from the trial's scheme by --seed: before the
lock as well, by somebody blinded, without the vault and without any key. What is sealed until the lock is not there, and
the analyses say so. Every output is marked: no arm in it is anybody's. With --out the whole report is written.

exit code: 0 when the analyses were run, 1 when the folder is no trial, the table is not as the plan says or the output
folder cannot be used, 3 when the trial is not locked or the role may not, 4 when the ledger or the vault is not what was
written.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, or a table with its plan, and what a dry run takes."""
    from armlet.cli.dry_run import add_arguments as add_dry_run

    parser.epilog = _EPILOG
    parser.add_argument("folder", metavar="DIR", type=Path, nargs="?", help="the folder of a locked trial")
    parser.add_argument("--data", metavar="FILE", help="a table instead of a trial; - is standard input")
    parser.add_argument("--plan", metavar="PLAN", help="what the columns of the table are, and what is asked (YAML)")
    parser.add_argument(
        "--out", metavar="DIR2", type=Path, help="with --data or --dry-run: a folder for what is written"
    )
    parser.add_argument("--methods", action="store_true", help="list the methods there are, with their settings")
    add_dry_run(parser)


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Prints the results. Raises RefusedError before the lock, unless it is a dry run."""
    given = arguments.data is not None or arguments.plan is not None
    if (arguments.folder is not None) + given + arguments.methods != 1:
        raise _usage("expected one of DIR, --data with --plan, and --methods.")
    if given and (arguments.data is None or arguments.plan is None):
        raise _usage("--data and --plan go together.")
    if arguments.folder is None and (arguments.dry_run or arguments.seed is not None or arguments.role is not None):
        raise _usage("--dry-run, --seed and --as go with DIR.")
    if arguments.methods and arguments.out is not None:
        raise _usage("--out goes with --data or --dry-run.")
    if arguments.methods:
        return _list_methods(out)
    if given:
        return _analyse_table(arguments.data, arguments.plan, arguments.out, out)
    return _analyse_trial(arguments, out)


def _usage(message: str) -> UsageError:
    return UsageError([error("usage", "armlet analyse", message, "See `armlet analyse --help`.")])


# --- A locked trial -------------------------------------------------------------------------------------------------


def _analyse_trial(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.cli.dry_run import prepare, write_dry_run
    from armlet.cli.strongroom import load_vault, unblind
    from armlet.export.package import load_data

    data = load_data(arguments.folder)
    dummy = prepare(arguments, data)
    data, unblinded = unblind(data, load_vault(arguments.folder)) if dummy is None else dummy
    results = answer_analyses(data, unblinded, out)
    if dummy is not None:
        write_dry_run(arguments, data, unblinded, results, out)
    return ExitCode.DONE


def answer_analyses(data: TrialData, unblinded: UnblindedDataset, out: Output) -> tuple[PlannedResult, ...]:
    """Runs the plan and prints it: one path for the arms of the vault and for dummy ones."""
    from armlet.analysis.plan import results_json, run_plan
    from armlet.protocol.prose import assumptions

    results = run_plan(data.protocol, unblinded)
    marked: dict[str, object] = {"arms": DUMMY} if unblinded.dummy else {}
    document = {
        **marked,
        "trial": data.protocol.id,
        "simulated": data.state.simulated,
        "protocol": {"version": data.protocol.version, "digest": data.protocol.digest()},
        "ledger": {"entries": data.head.seq, "head": data.head.digest},
        "sets": {name: list(members) for name, members in data.dataset.sets.items()},
        "estimates": results_json(data.protocol, results),
        "assumptions": [asdict(one) for one in assumptions(data.protocol)],
    }
    out.answer(document, lambda: render_results(data, results, out.width, dummy=unblinded.dummy))
    return results


def render_results(
    data: TrialData, results: tuple[PlannedResult, ...], width: int | None, *, dummy: bool = False
) -> str:
    """The results as a table, and below it what each one left out or warns of."""
    from armlet.report.results import changed_by_events

    marked = f"{DUMMY}: no arm here is anybody's. " if dummy else ""
    marked += "SIMULATED: invented people, no real data. " if data.state.simulated else ""
    rows = [_row(planned.result, planned.analysis.role) for planned in results]
    notes = [(planned.result.label, _notes(planned.result, changed_by_events(planned))) for planned in results]
    return _render(f"{marked}{data.protocol.title}", rows, notes, width)


# --- A table --------------------------------------------------------------------------------------------------------


def _analyse_table(data: str, plan: str, folder: Path | None, out: Output) -> ExitCode:
    from armlet.analysis.data import analyse, read_csv
    from armlet.analysis.data.plan import read_plan
    from armlet.document import digest

    if data == plan:
        raise _usage("--data and --plan are the same file.")
    planned = read_plan(decode_utf8(read_bytes(plan, "data-plan"), plan, "data-plan"), name_of(plan))
    read = read_bytes(data, "data")
    table = read_csv(decode_utf8(read, data, "data"), name_of(data), planned.all_columns(), planned.delimiter)
    results = analyse(table, planned)
    document = {
        "title": planned.title,
        "data": {"name": name_of(data), "digest": digest(read), "rows": len(table.rows)},
        "plan": {"name": name_of(plan), "digest": planned.digest()},
        "estimates": [one.as_json(planned) for one in results],
    }
    text = _render_table_results(planned, results, out.width)
    if folder is not None:
        from armlet.cli.analysed import write_results

        for path in write_results(folder, document, planned, results):
            out.note(f"wrote {path}")
    out.answer(document, text)
    return ExitCode.DONE


def _render_table_results(plan: DataPlan, results: Sequence[DataResult], width: int | None) -> str:
    rows = [_row(one.result, one.analysis.role or "-") for one in results]
    return _render(plan.title, rows, [(one.result.label, _notes(one.result, ())) for one in results], width)


# --- The methods ----------------------------------------------------------------------------------------------------


def _list_methods(out: Output) -> ExitCode:
    from armlet.analysis.described import describe_methods

    methods = describe_methods()
    document = {"methods": [one.as_json() for one in methods]}
    out.answer(document, lambda: "\n\n".join(_render_method(one) for one in methods))
    return ExitCode.DONE


def _render_method(method: MethodDescription) -> str:
    settings = [
        f"  {one.name}: {one.expected}{f' (default {one.default})' if one.default is not None else ''}"
        for one in method.settings
    ]
    head = [f"{method.name}: {method.label}", f"  needs {method.needs}", f"  source: {method.source}"]
    return "\n".join([*head, *settings])


# --- Words of both --------------------------------------------------------------------------------------------------


def _render(
    title: str, rows: Sequence[tuple[str, ...]], noted: Iterable[tuple[str, Sequence[str]]], width: int | None
) -> str:
    head = ("analysis", "role", "method", "n", "p", "estimate and interval")
    by_note: dict[str, list[str]] = {}
    for label, notes in noted:
        for note in notes:
            by_note.setdefault(note, []).append(label)
    words = [f"- {note}\n  ({'; '.join(labels)})" for note, labels in by_note.items()]
    return "\n\n".join([title, render_table(head, rows, width), "\n".join(words)])


def _row(result: Result, role: str) -> tuple[str, ...]:
    from armlet.analysis.estimates import Estimate

    n = " + ".join(f"{count} {arm}" for arm, count in result.n_used.items())
    if not isinstance(result, Estimate):
        return (result.label, role, result.method, n, "-", f"cannot be estimated: {result.reason}")
    p = f"{result.p.value:.4g} {result.p.sides}{', exact' if result.p.exact else ''}" if result.p is not None else "-"
    unit = "" if result.unit == "1" else f" {result.unit}"
    return (result.label, role, result.method, n, p, f"{result.value:.4g}{unit}{_limits(result.interval)}")


def _limits(interval: Interval | None) -> str:
    """The limits with the level asked for, and the level held where that is less."""
    if interval is None:
        return ""
    level = f"{interval.nominal * 100:.4g} %"
    if interval.attained is not None and interval.attained < interval.nominal:
        level += f" asked for, {interval.attained * 100:.4g} % held"
    return f" ({interval.lower:.4g} to {interval.upper:.4g}; {level})"


def _notes(result: Result, changed: Sequence[str]) -> list[str]:
    from armlet.analysis.estimates import Estimate

    left_out = [f"{participant} is left out: {why}" for participant, why in result.left_out]
    return [*(result.warnings if isinstance(result, Estimate) else ()), *changed, *left_out]
