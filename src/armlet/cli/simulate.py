"""`armlet simulate`: the operating characteristics of a design, from many whole simulated trials."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.output import SIMULATED, Output
from armlet.cli.rehearse import refuse_errors, show_progress, with_people
from armlet.errors import ExitCode, UsageError
from armlet.issues import error

if TYPE_CHECKING:
    from armlet.allocation.unblinded import UnblindedDataset
    from armlet.conduct.state import TrialState
    from armlet.protocol.load import Trial
    from armlet.simulation.outcome import TrialOutcome
    from armlet.simulation.rehearse import Rehearsed
    from armlet.simulation.scenario import Scenario

NAME: Final = "simulate"
HELP: Final = "weigh a design: how it behaves in many simulated trials, with Monte Carlo errors"
DEFAULT_TRIALS: Final = 50
MOST_TRIALS: Final = 10_000

_EPILOG: Final = """\
example:
  armlet simulate trials/NAME
  armlet simulate trials/NAME --trials 1000 --without-effect      how often it finds what is not there
  armlet simulate trials/NAME --n 20 --without-ending             another design; the rows are the same, so compare
  armlet simulate trials/NAME --ends 2026-06-30                   the trial is terminated on that day

Each simulated trial is a whole rehearsal with invented people, analysed by the protocol's own plan: it costs about a
second, and the cost grows with the number of trials and of people. Everything is SIMULATED and as good as the scenario,
which is listed. The same seed gives the same numbers, on however many processes; the first trial is that of
`armlet rehearse --seed S`, and --json names the seed of every other.

exit code: 0 when the figures were printed, 1 when the trial or the scenario has errors, 2 when an option is wrong.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The trial, how many, and what is another than the trial's folder says."""
    parser.epilog = _EPILOG
    add = parser.add_argument
    add("trial", metavar="TRIAL", type=Path, help="a trial folder")
    add("--trials", metavar="K", type=int, default=DEFAULT_TRIALS, help=f"how many (default {DEFAULT_TRIALS})")
    add("--n", metavar="N", type=int, help="how many participants instead of the protocol's number")
    add("--seed", metavar="S", default="1", help="what all chance is drawn from (default 1)")
    add("--level", metavar="A", type=float, default=0.05, help="the test rejects at p of this or less (default 0.05)")
    add("--scenario", metavar="FILE", type=Path, help="other assumptions than the trial folder's scenario.yaml")
    add("--without-effect", action="store_true", help="no arm does anything")
    ending = parser.add_mutually_exclusive_group()
    ending.add_argument("--without-ending", action="store_true", help="nothing outside the trial ends it early")
    ending.add_argument("--ends", metavar="DATE", type=_day, help="the trial is terminated on this day")
    add("--processes", metavar="P", type=int, help="how many at once (default: one for each core)")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; expected one such as 2026-06-30") from None


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Lives the trials and answers. Raises InputError for a trial or a scenario that cannot be rehearsed."""
    from armlet.cli.simulated import assumptions, describe
    from armlet.protocol.load import load_trial
    from armlet.simulation.many import live_many
    from armlet.simulation.operating_characteristics import characterise
    from armlet.studytime import SystemClock

    _refuse_numbers(arguments)
    trial = load_trial(arguments.trial)
    refuse_errors(trial)
    protocol, scenario = with_people(trial.protocol, arguments.n, "--n"), _scenario(arguments, trial)
    began = SystemClock().now()
    with show_progress(out, f"simulating {protocol.id}", "trials") as progress:
        outcomes = live_many(
            protocol, scenario, arguments.seed, arguments.trials, unblind_one,
            processes=arguments.processes or _cores(), progress=progress,
        )  # fmt: skip
    taken = (SystemClock().now() - began).total_seconds()
    out.note(f"{taken:.0f} seconds in all, {taken / len(outcomes):.2f} seconds a trial.")
    found = characterise(protocol, scenario, outcomes, arguments.level)
    assumed = assumptions(protocol, scenario)
    document = {
        "data": SIMULATED,
        "trial": protocol.id,
        "simulated": True,
        "seed": arguments.seed,
        "participants": protocol.design.participants,
        **found.as_json(),
        "assumed": json.loads(scenario.model_copy(update={"sealed_settings": {}}).canonical()),
        "each": [_each(outcome) for outcome in outcomes],
    }
    out.answer(document, lambda: describe(protocol, arguments.seed, found, assumed, out.width))
    return ExitCode.DONE


def _refuse_numbers(arguments: argparse.Namespace) -> None:
    wrong = []
    if not 1 <= arguments.trials <= MOST_TRIALS:
        wrong.append(("--trials", f"{arguments.trials} trials; expected 1 to {MOST_TRIALS}."))
    if not 0 < arguments.level < 1:
        wrong.append(("--level", f"a level of {arguments.level:g}; expected a number between 0 and 1."))
    if arguments.processes is not None and arguments.processes < 1:
        wrong.append(("--processes", f"{arguments.processes} processes; expected 1 or more."))
    if wrong:
        raise UsageError([error("usage", option, message, "Give another number.") for option, message in wrong])


def _scenario(arguments: argparse.Namespace, trial: Trial) -> Scenario:
    """The scenario with what the options change in it; its sentence says what, since it is printed as an assumption."""
    from armlet.simulation.scenario import Ending, load_scenario, read_scenario

    scenario = load_scenario(trial.folder) if arguments.scenario is None else read_scenario(arguments.scenario)
    changes: dict[str, object] = {}
    said = [scenario.says]
    if arguments.without_effect:
        changes["effects"] = {}
        said.append("Changed by an option: no arm does anything.")
    if arguments.without_ending:
        changes["ending"] = Ending()
        said.append("Changed by an option: nothing outside the trial ends it early.")
    if arguments.ends is not None:
        if arguments.ends < scenario.opens:
            message = f"the trial ends on {arguments.ends}, before it opens on {scenario.opens}."
            raise UsageError([error("usage", "--ends", message, "Name a later day.")])
        changes["ending"] = Ending(terminated=arguments.ends, why=f"Ended on {arguments.ends} by an option.")
        said.append(f"Changed by an option: the trial is terminated on {arguments.ends}.")
    return scenario.model_copy(update={**changes, "says": " ".join(said)})


def unblind_one(lived: Rehearsed) -> tuple[TrialState, UnblindedDataset]:
    """A rehearsal derived and unblinded exactly as a real locked trial is."""
    from armlet.cli.strongroom import unblind
    from armlet.export.package import compute

    data, unblinded = unblind(compute(lived.protocol, tuple(lived.store.read())), lived.vault.detached())
    return data.state, unblinded


def _each(outcome: TrialOutcome) -> dict[str, object]:
    from armlet.analysis.estimates import Estimate

    results = [
        {
            "analysis": one.analysis.id,
            "visit": one.visit,
            "value": one.result.value if isinstance(one.result, Estimate) else None,
            "p": one.result.p.value if isinstance(one.result, Estimate) and one.result.p else None,
        }
        for one in outcome.results
    ]
    return {
        "number": outcome.number,
        "seed": outcome.seed,
        "ended": outcome.ended,
        **asdict(outcome.figures),
        "not_given": dict(outcome.not_given),
        "rules_met": list(outcome.rules_met),
        "results": results,
    }


def _cores() -> int:
    """Those that this process may use, where the system tells."""
    told = getattr(os, "sched_getaffinity", None)
    return len(told(0)) if told is not None else os.cpu_count() or 1
