"""`armlet probe`: many simulated trials, and whether anything that blinded people get of them tells who got what."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.output import SIMULATED, Output, render_table
from armlet.cli.rehearse import refuse_errors, show_progress
from armlet.errors import ExitCode, UsageError
from armlet.issues import error

if TYPE_CHECKING:
    from armlet.simulation.probe.verdict import Told, Verdict
    from armlet.simulation.rehearse import Rehearsed

NAME: Final = "probe"
HELP: Final = "look for anything that tells blinded people the arm, in many simulated trials"
DEFAULT_TRIALS: Final = 20
MOST_TRIALS: Final = 1000

_EPILOG: Final = """\
example:
  armlet probe trials/NAME
  armlet probe trials/NAME --trials 200 --seed another --json

Every trial is SIMULATED, with invented people and no effect of any arm. "Nothing found" means: nothing as strong as the
AUC that is stated as visible, in the outputs that are looked at.

exit code: 0 when nothing was found, 1 when something tells the arm (the output and the feature are named) or the trial
folder has errors. About one honest probe in a hundred finds something: probe again with another seed.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The trial, how many rehearsals, and the seed."""
    parser.epilog = _EPILOG
    parser.add_argument("trial", metavar="TRIAL", type=Path, help="a trial folder")
    parser.add_argument(
        "--trials", metavar="K", type=int, default=DEFAULT_TRIALS, help=f"simulated trials (default {DEFAULT_TRIALS})"
    )
    parser.add_argument("--seed", metavar="S", default="1", help="what all chance is drawn from (default 1)")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Rehearses, looks and answers. Raises InputError for a trial that cannot be rehearsed or has nothing to blind."""
    from armlet.protocol.load import load_trial
    from armlet.simulation.probe.batch import probe_rehearsals
    from armlet.simulation.scenario import load_scenario

    if not 1 <= arguments.trials <= MOST_TRIALS:
        message = f"{arguments.trials} trials; expected 1 to {MOST_TRIALS}."
        raise UsageError([error("usage", "--trials", message, "Give another number.")])
    trial = load_trial(arguments.trial)
    refuse_errors(trial)
    scenario = load_scenario(trial.folder)
    with show_progress(out, f"probing {trial.protocol.id}", "rehearsed") as progress:
        verdict = probe_rehearsals(
            trial.protocol, scenario, arguments.seed, arguments.trials, blinded_outputs, progress=progress
        )
    out.answer(_document(trial.protocol.id, arguments.seed, verdict), lambda: _describe(trial.protocol.id, verdict))
    return ExitCode.ISSUES if verdict.found else ExitCode.DONE


def blinded_outputs(lived: Rehearsed) -> Mapping[str, bytes]:
    """Every view that some blinded role is served, by the name of its file, and what a vault and refusals print.

    The open strand stands here to its end: what is written after the lock is as blind as what is written before it.
    """
    from armlet.cli.view import locked_and_today, render_contents
    from armlet.conduct.roles import is_blinded
    from armlet.export.package import compute
    from armlet.protocol.model import Role
    from armlet.report.views import find_views, is_served

    contents = locked_and_today(compute(lived.protocol, tuple(lived.store.read())))
    outputs: dict[str, bytes] = {}
    for role in Role:
        if is_blinded(lived.protocol, role):
            views = [view for view in find_views().values() if is_served(lived.protocol, role, view)]
            new = [view for view in views if view.file not in outputs]
            outputs |= render_contents(contents, role, new)
    texts = {
        "printed vault": repr(lived.vault),
        "refusals": repr(sorted(lived.refusals.items())),
        "shape of the vault": repr([len(line) for line in lived.vault.as_bytes().split(b"\n")]),
    }
    return {**outputs, **{name: text.encode() for name, text in texts.items()}}


def _document(trial: str, seed: str, verdict: Verdict) -> dict[str, object]:
    return {
        "data": SIMULATED,
        "trial": trial,
        "simulated": True,
        "seed": seed,
        "found": verdict.found,
        **asdict(verdict),
    }


def _describe(trial: str, verdict: Verdict) -> str:
    facts = [
        ("trial", f"{trial} ({SIMULATED}: invented people, no effect of any arm)"),
        ("looked at", f"{verdict.trials} trials, {verdict.participants} allocated, {verdict.columns} ways to tell"),
        ("chance", f"{verdict.draws} allocations drawn anew from the scheme"),
        ("classifier", _describe_told(verdict.classifier)),
        *(("most telling", f"{one.what}: {_describe_told(one)}") for one in (verdict.best, verdict.whole) if one),
        *(("tells the arm", f"{one.what}: {_describe_told(one)}") for one in verdict.telling),
        ("visible", f"AUC {verdict.visible_auc:.3f} or more of a number without ties"),
        ("verdict", f"{'FOUND' if verdict.found else 'nothing found'}, p = {verdict.p:.3f}"),
    ]
    return render_table(("what", "answer"), facts)


def _describe_told(told: Told) -> str:
    return f"{told.statistic} {told.value:.3f}, by chance {told.lower:.3f} to {told.upper:.3f}, p = {told.p:.3f}"
