"""`armlet analyse`: the protocol's analyses of a locked trial, with everything that a reader needs to judge them."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.output import Output, render_table
from armlet.errors import ExitCode

if TYPE_CHECKING:
    from armlet.analysis.plan import PlannedResult
    from armlet.export.package import TrialData

NAME: Final = "analyse"
HELP: Final = "run the protocol's analyses on a locked trial"

_EPILOG: Final = """\
example:
  armlet analyse out/NAME
  armlet analyse out/NAME --json

DIR is a folder with a locked ledger and its vault, such as `armlet rehearse` makes. An analysis that these people cannot
answer says so and why; it never prints a number instead.

exit code: 0 when the analyses were run, 1 when the folder is no trial, 3 when the trial is not locked, 4 when the ledger
or the vault is not what was written.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder."""
    parser.epilog = _EPILOG
    parser.add_argument("folder", metavar="DIR", type=Path, help="the folder of a locked trial")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Prints the results. Raises RefusedError before the lock."""
    from armlet.analysis.plan import results_json, run_plan
    from armlet.cli.strongroom import load_vault, unblind
    from armlet.export.package import load_data
    from armlet.protocol.prose import assumptions

    data, unblinded = unblind(load_data(arguments.folder), load_vault(arguments.folder))
    results = run_plan(data.protocol, unblinded)
    document = {
        "trial": data.protocol.id,
        "simulated": data.state.simulated,
        "protocol": {"version": data.protocol.version, "digest": data.protocol.digest()},
        "ledger": {"entries": data.head.seq, "head": data.head.digest},
        "sets": {name: list(members) for name, members in data.dataset.sets.items()},
        "estimates": results_json(data.protocol, results),
        "assumptions": [asdict(one) for one in assumptions(data.protocol)],
    }
    out.answer(document, lambda: render_results(data, results, out.width))
    return ExitCode.DONE


def render_results(data: TrialData, results: tuple[PlannedResult, ...], width: int | None) -> str:
    """The results as a table, and below it what each one left out or warns of."""
    marked = "SIMULATED: invented people, no real data. " if data.state.simulated else ""
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
    unit = "" if result.unit == "1" else f" {result.unit}"
    return (result.label, planned.analysis.role, n, p, f"{result.value:.4g}{unit}{interval}")


def _notes(planned: PlannedResult) -> list[str]:
    from armlet.analysis.estimates import Estimate

    result = planned.result
    left_out = [f"{participant} is left out: {why}" for participant, why in result.left_out]
    changed = [
        f"{one.participant}: {one.label} ({one.on}) changed the value ({one.strategy})"
        for one in planned.applied
        if one.changed
    ]
    return [*(result.warnings if isinstance(result, Estimate) else ()), *changed, *left_out]
