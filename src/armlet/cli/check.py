"""`armlet check`: every mistake of a trial's design that can be seen before anybody is treated."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.output import Output
from armlet.errors import ExitCode, InputError
from armlet.issues import Issue, Severity, has_error

if TYPE_CHECKING:
    from armlet.document import Path_
    from armlet.protocol.load import Trial
    from armlet.protocol.model import Protocol

NAME: Final = "check"
HELP: Final = "look for mistakes in a trial's design"

_EPILOG: Final = """\
example:
  armlet check trials/NAME
  armlet check trials/NAME --json

Each issue is one line: where it stands, the rule that found it, what is wrong, what to do.

exit code: 1 when an issue is an error; 0 when there is none, or only warnings and notes.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The trial folder."""
    parser.epilog = _EPILOG
    parser.add_argument("trial", metavar="TRIAL", type=Path, help="a trial folder, the one with protocol.yaml in it")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Checks the trial. Raises InputError, with the lines, for a protocol that cannot be loaded at all."""
    from armlet.protocol.load import load_trial

    trial = load_trial(arguments.trial)
    issues = find_issues(trial)
    out.answer(
        {"issues": [issue.as_dict() for issue in issues]}, lambda: "\n".join([*map(str, issues), _count(issues)])
    )
    return ExitCode.ISSUES if has_error(issues) else ExitCode.DONE


def find_issues(trial: Trial) -> tuple[Issue, ...]:
    """Every issue of the design checks and of the packages that read the settings of a method, by line."""
    from armlet.protocol.checks import check_trial

    protocol = trial.protocol
    of_methods = [*_check_endpoints(protocol), *_check_allocation(protocol), *_check_plan(protocol)]
    found = [*check_trial(trial), *(_with_line(issue, trial) for issue in of_methods)]
    return tuple(sorted(found, key=_line_of))


def _line_of(issue: Issue) -> int:
    line = issue.where.rpartition(":")[2]
    return int(line) if line.isdigit() else 0


def _count(issues: Sequence[Issue]) -> str:
    of_kind = [(kind, sum(issue.severity is kind for issue in issues)) for kind in Severity]
    parts = [f"{count} {kind.value}{'' if count == 1 else 's'}" for kind, count in of_kind if count]
    return ", ".join(parts) or "no issues"


# --- What the owners of the methods say -----------------------------------------------------------------------------


def _check_endpoints(protocol: Protocol) -> tuple[Issue, ...]:
    from armlet.derivation.derive import prepare_endpoints

    try:
        prepare_endpoints(protocol)
    except InputError as problem:
        return problem.issues
    return ()


def _check_allocation(protocol: Protocol) -> tuple[Issue, ...]:
    """The scheme with the method's default settings; the sealed ones are checked where the vault is opened."""
    from armlet.allocation.scheme import check_scheme, plan_slots, scheme_of

    arms, allocation = [arm.id for arm in protocol.arms], protocol.allocation
    if set(arms) != set(allocation.ratio):
        return ()  # a design check says so, in the words of the protocol
    try:
        return check_scheme(plan_slots(scheme_of(protocol), protocol.design.participants))
    except InputError as problem:
        return problem.issues


def _check_plan(protocol: Protocol) -> tuple[Issue, ...]:
    from armlet.analysis.plan import check_factors, check_plan

    return (*check_plan(protocol), *check_factors(protocol))


# --- Where it stands ------------------------------------------------------------------------------------------------


def _with_line(issue: Issue, trial: Trial) -> Issue:
    """The issue with the line of protocol.yaml in place of a path of ids such as ``endpoints/ID/settings/NAME``."""
    path = _path_of(issue.where, trial.protocol)
    return replace(issue, where=trial.lines.where(path))


def _path_of(where: str, protocol: Protocol) -> Path_:
    """The path in the document; a setting of an analysis comes as ``analyses/ID: analysis/METHOD/NAME``."""
    place, _, inner = where.partition(": ")
    setting = ("settings", inner.rpartition("/")[2]) if "/" in inner else ()
    steps: list[str | int] = [*re.split("/", place), *setting]
    ids: Mapping[str, Sequence[str]] = {
        "endpoints": [endpoint.id for endpoint in protocol.endpoints],
        "analyses": [analysis.id for analysis in protocol.analyses],
    }
    known = ids.get(str(steps[0]), ())
    if len(steps) > 1 and steps[1] in known:
        steps[1] = known.index(str(steps[1]))
    return tuple(steps)
