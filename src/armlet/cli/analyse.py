"""`armlet analyse`: the protocol's analyses of a locked trial, with everything that a reader needs to judge them."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.output import DUMMY, Output, render_table
from armlet.errors import ExitCode

if TYPE_CHECKING:
    from armlet.allocation.unblinded import UnblindedDataset
    from armlet.analysis.plan import PlannedResult
    from armlet.export.package import TrialData

NAME: Final = "analyse"
HELP: Final = "run the protocol's analyses on a locked trial"

_EPILOG: Final = """\
example:
  armlet analyse out/NAME
  armlet analyse out/NAME --json
  armlet analyse out/NAME --dry-run --seed 7 --out out/dry-run

DIR is a folder with a locked ledger and its vault, such as `armlet rehearse` makes. An analysis that these people cannot
answer says so and why; it never prints a number instead.

With --dry-run the same analyses are run on dummy arms, drawn anew from the trial's scheme by --seed: before the lock as
well, by somebody blinded, without the vault and without any key. What is sealed until the lock is not there, and the
analyses say so. Every output is marked: no arm in it is anybody's. With --out the whole report and its tables are written.

exit code: 0 when the analyses were run, 1 when the folder is no trial or the output folder cannot be used, 3 when the
trial is not locked or the role may not, 4 when the ledger or the vault is not what was written.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, and what a dry run takes."""
    from armlet.cli.dry_run import add_arguments as add_dry_run

    parser.epilog = _EPILOG
    parser.add_argument("folder", metavar="DIR", type=Path, help="the folder of a locked trial")
    add_dry_run(parser)


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Prints the results. Raises RefusedError before the lock, unless it is a dry run."""
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
        "sets": {name: list(members) for name, members in unblinded.blinded.sets.items()},
        "estimates": results_json(data.protocol, results),
        "assumptions": [asdict(one) for one in assumptions(data.protocol)],
    }
    out.answer(document, lambda: render_results(data, results, out.width, dummy=unblinded.dummy))
    return results


def render_results(
    data: TrialData, results: tuple[PlannedResult, ...], width: int | None, *, dummy: bool = False
) -> str:
    """The results as a table, and below it what each one left out or warns of."""
    marked = f"{DUMMY}: no arm here is anybody's. " if dummy else ""
    marked += "SIMULATED: invented people, no real data. " if data.state.simulated else ""
    head = ("analysis", "role", "n", "p", "estimate and interval")
    rows = [_row(planned) for planned in results]
    by_note: dict[str, list[str]] = {}
    for planned in results:
        for note in _notes(planned):
            by_note.setdefault(note, []).append(planned.result.label)
    notes = [f"- {note}\n  ({'; '.join(labels)})" for note, labels in by_note.items()]
    title = f"{marked}{data.protocol.title}"
    return "\n\n".join([title, render_table(head, rows, width), "\n".join(notes)])


def _row(planned: PlannedResult) -> tuple[str, ...]:
    from armlet.analysis.estimates import Estimate

    result, n = planned.result, " + ".join(f"{count} {arm}" for arm, count in planned.result.n_used.items())
    if not isinstance(result, Estimate):
        return (result.label, planned.analysis.role, n, "-", f"cannot be estimated: {result.reason}")
    p = f"{result.p.value:.4g}{' exact' if result.p.exact else ''}" if result.p is not None else "-"
    interval = f" ({result.interval.lower:.4g} to {result.interval.upper:.4g})" if result.interval is not None else ""
    return (result.label, planned.analysis.role, n, p, f"{result.value:.4g} {result.unit}{interval}")


def _notes(planned: PlannedResult) -> list[str]:
    from armlet.analysis.estimates import Estimate

    result = planned.result
    left_out = [f"{participant} is left out: {why}" for participant, why in result.left_out]
    return [*(result.warnings if isinstance(result, Estimate) else ()), *planned.not_applied(), *left_out]
