"""`armlet scenario`: lives the life that a trial's folder tells, and ticks each step that came as it was told."""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.output import Output
from armlet.errors import ExitCode

if TYPE_CHECKING:
    from armlet.export.package import TrialData
    from armlet.life.live import Told
    from armlet.life.world import Said
    from armlet.protocol.model import Role
    from armlet.report.views import View
    from armlet.studytime import Clock

NAME: Final = "scenario"
HELP: Final = "live the life that a trial's folder tells, and tick each step that came as told"

_EPILOG: Final = """\
example:
  armlet scenario trials/NAME
  armlet scenario trials/NAME --out out/life
  armlet scenario trials/NAME --json

The life is told in life.yaml, beside the protocol: who does what, when, and what must come of it, refusals included.
Every act goes through the doors that staff use. A step is ticked when all of it came as told; one that waits for
something stays open. With --out the folder of the life is kept, and can be looked at like that of any trial.
Everything in it is invented and says SIMULATED.

exit code: 0 when every step was ticked, 1 when one was not or the life cannot be read.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The trial, and where to keep the life."""
    parser.epilog = _EPILOG
    parser.add_argument("trial", metavar="TRIAL", type=Path, help="a trial folder with a life.yaml")
    parser.add_argument("--out", metavar="DIR", type=Path, help="a new folder in which the life is lived and kept")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Lives and ticks. Raises InputError for a life that cannot be read and a folder that cannot be used."""
    from armlet.cli.rehearse import refuse_errors
    from armlet.life.live import live, prepare_world
    from armlet.life.load import load_life
    from armlet.protocol.load import load_trial

    trial = load_trial(arguments.trial)
    refuse_errors(trial)
    life = load_life(trial.folder)
    with _folder(arguments.out) as folder:
        steps = live(prepare_world(trial.folder, folder, life, CommandLine()))
    out.answer(as_document(trial.protocol.id, steps), lambda: render(trial.protocol.id, steps))
    return ExitCode.DONE if all(step.is_ticked for step in steps) else ExitCode.ISSUES


@contextlib.contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="armlet-life-") as folder:
        yield Path(folder) / "life"


def as_document(trial: str, steps: Sequence[Told]) -> dict[str, object]:
    """What was lived, for a program."""
    return {
        "data": "SIMULATED",
        "trial": trial,
        "steps": [
            {
                "step": one.step.step,
                "part": one.part,
                "says": one.step.says,
                "ticked": one.is_ticked,
                "waits_for": one.step.waits_for,
                "entries": one.entries,
                "refused": one.refused,
                "amiss": one.amiss,
            }
            for one in steps
        ],
        "ticked": sum(one.is_ticked for one in steps),
        "of": len(steps),
    }


def render(trial: str, steps: Sequence[Told]) -> str:
    """The list with its ticks."""
    lines, part = [f"The life of {trial} (SIMULATED: invented people)"], ""
    for one in steps:
        if one.part != part:
            part = one.part
            lines += ["", part]
        lines.append(f"  {'✓' if one.is_ticked else '✗'} {one.step.step:>3}  {one.step.says}")
        if one.step.waits_for is not None:
            lines.append(f"         open: it waits for {one.step.waits_for}")
        lines += [f"         {words}" for words in one.amiss]
    ticked = sum(one.is_ticked for one in steps)
    return "\n".join([*lines, "", f"{ticked} of {len(steps)} steps ticked."])


class CommandLine:
    """The doors that lie in this package, for `armlet.life`."""

    def run_verb(self, words: Sequence[str], typed: Sequence[str], clock: Clock) -> Said:
        """Runs a verb in this process; its words are both streams, one after the other."""
        from armlet.cli.main import run as run_words
        from armlet.life.world import Said
        from armlet.studytime import told_by

        answers, asides, before = io.StringIO(), io.StringIO(), sys.stdin
        sys.stdin = io.StringIO("".join(f"{line}\n" for line in typed))
        try:
            with contextlib.redirect_stdout(answers), contextlib.redirect_stderr(asides), told_by(clock):
                code = run_words(list(words))
        finally:
            sys.stdin = before
        return Said(code, answers.getvalue() + asides.getvalue())

    def code_of(self, second_factor: Path, at: datetime) -> str:
        """The code on a person's device."""
        from armlet.cli.second_factor import code_at

        return code_at(second_factor, at)

    def render(self, data: TrialData, role: Role, views: list[View]) -> Mapping[str, bytes]:
        """The views, made as `armlet view` makes them."""
        from armlet.cli.view import render_views

        return render_views(data, role, views)
