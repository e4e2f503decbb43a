"""The dry run of `armlet analyse`: the trial before its lock, with dummy arms, as a folder like that of a real report."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Final

from armlet.cli.output import DUMMY, Output
from armlet.errors import InputError, RefusedError, UsageError
from armlet.issues import error

if TYPE_CHECKING:
    from armlet.allocation.unblinded import UnblindedDataset
    from armlet.analysis.plan import PlannedResult
    from armlet.export.package import TrialData

_DEFAULT_SEED: Final = "1"
_DEFAULT_ROLE: Final = "trial_statistician"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of a dry run; all but the first mean nothing without it."""
    parser.add_argument("--dry-run", action="store_true", help="on dummy arms; without the vault, before the lock too")
    parser.add_argument("--seed", metavar="S", help=f"what the dummy arms are drawn from (default {_DEFAULT_SEED})")
    parser.add_argument("--as", metavar="ROLE", dest="role", help=f"for whom (default {_DEFAULT_ROLE})")


def prepare(arguments: argparse.Namespace, data: TrialData) -> tuple[TrialData, UnblindedDataset] | None:
    """The trial before its lock with dummy arms; None where no dry run was asked for.

    Raises UsageError for an option that needs a dry run, RefusedError for a role that may not, InputError for a folder
    that cannot be used.
    """
    from armlet.allocation.dummy import draw_dummy_arms
    from armlet.export.package import before_lock

    if not arguments.dry_run:
        _refuse_options(arguments)
        return None
    _refuse_role(data, arguments.role or _DEFAULT_ROLE)
    if arguments.out is not None and (arguments.out.is_file() or any(arguments.out.glob("*"))):
        message = "there is something here already; nothing was overwritten."
        raise InputError([error("analyse/not-empty", str(arguments.out), message, "Name a new folder.")])
    data = before_lock(data)
    seed = _DEFAULT_SEED if arguments.seed is None else arguments.seed
    return data, draw_dummy_arms(data.protocol, data.state, data.dataset, seed)


def _refuse_options(arguments: argparse.Namespace) -> None:
    given = {"--seed": arguments.seed, "--as": arguments.role, "--out": arguments.out}
    issues = [
        error("usage", option, "this belongs to a dry run.", "Add --dry-run, or leave it out.")
        for option, value in given.items()
        if value is not None
    ]
    if issues:
        raise UsageError(issues)


def _refuse_role(data: TrialData, name: str) -> None:
    """A dry run shows what the page before the lock shows, put together otherwise: who may see that may have it."""
    from armlet.protocol.model import Role
    from armlet.report.views import find_views, is_served

    if name not in {role.value for role in Role}:
        message = f"there is no role {name!r}; expected one of {', '.join(role.value for role in Role)}."
        raise UsageError([error("usage", "--as", message, "Name one of these.")])
    if not is_served(data.protocol, Role(name), find_views()["report_blinded"]):
        message = f"the role {name} may not see the trial as a whole before the lock."
        raise RefusedError([error("analyse/not-served", name, message, "Ask the trial statistician.")])


def write_dry_run(
    arguments: argparse.Namespace,
    data: TrialData,
    unblinded: UnblindedDataset,
    results: tuple[PlannedResult, ...],
    out: Output,
) -> None:
    """The page and its tables under the folder that was named; nothing where none was."""
    from armlet.allocation.dummy import hidden_in_dry_run
    from armlet.analysis.plan import results_json
    from armlet.cli.report_files import write_pages
    from armlet.cli.view import content_of
    from armlet.export.package import write_text
    from armlet.report.unblinded import UnblindedContent

    if arguments.out is None:
        return
    content = UnblindedContent(content_of(data), unblinded, results, hidden=hidden_in_dry_run(data.protocol))
    write_pages(arguments.out, content, "dry-run.html")
    document = {"arms": DUMMY, "trial": data.protocol.id, "simulated": data.state.simulated,
                "estimates": results_json(data.protocol, results)}  # fmt: skip
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    write_text(arguments.out / "exports" / "analysis.json", text)
    out.note(f"The report of the dry run: {arguments.out / 'dry-run.html'}")
