"""`armlet calendar`: the visits due as a feed that every calendar program reads; no name and no arm is in it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from armlet.cli.output import Output, render_table
from armlet.errors import ExitCode, InputError, UsageError
from armlet.issues import error

NAME: Final = "calendar"
HELP: Final = "list the visits due, or write them as a calendar feed"

_EPILOG: Final = """\
example:
  armlet calendar out/NAME --site harbour
  armlet calendar out/NAME --site harbour --out visits.ics

The feed holds numbers of participants, names of visits, target days and windows. Neither vault/ nor a key is read. The day
is that of the newest entry. A feed written again keeps the identity of each visit, so that a calendar moves it.

exit code: 0 when it was listed or written, 1 when the folder cannot be used or the file is there already, 2 when the trial
has no such site, 4 when the open strand is not whole.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, the site, and where to."""
    parser.epilog = _EPILOG
    parser.add_argument("folder", metavar="DIR", type=Path, help="the folder of a trial's life")
    parser.add_argument("--site", metavar="ID", help="one site only; a wrong one lists all")
    parser.add_argument("--out", metavar="FILE", type=Path, help="a new file for the feed (.ics)")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Lists or writes. Raises UsageError for an unknown site."""
    from armlet.cli.view import content_of
    from armlet.conduct.schedule import is_overdue
    from armlet.export.package import load_data, write_bytes
    from armlet.report.calendar import due_at, render_calendar

    data = load_data(arguments.folder)
    sites = [site.id for site in data.protocol.organisation.sites]
    if arguments.site is not None and arguments.site not in sites:
        message = f"the trial has no site {arguments.site!r}; expected one of {', '.join(sites)}."
        raise UsageError([error("usage", "--site", message, "Name one of these.")])
    content = content_of(data)
    rows = [
        (
            due.participant,
            due.visit.id,
            str(due.window.target),
            f"{due.window.opens} to {due.window.closes}",
            "overdue" if is_overdue(due, content.as_of) else "",
        )
        for due in due_at(content, arguments.site)
    ]
    if arguments.out is not None:
        _refuse_existing(arguments.out)
        write_bytes(arguments.out, render_calendar(content, arguments.site))
    names = ("participant", "visit", "target", "window", "state")
    document = {
        "trial": data.protocol.id,
        "simulated": data.state.simulated,
        "site": arguments.site,
        "as_of": content.as_of.isoformat(),
        "visits": [dict(zip(names, row, strict=True)) for row in rows],
        "written": str(arguments.out) if arguments.out is not None else None,
    }
    marked = "SIMULATED: invented people, no real data.\n\n" if data.state.simulated else ""
    out.answer(document, lambda: f"{marked}{render_table(names, rows, out.width)}")
    return ExitCode.DONE


def _refuse_existing(target: Path) -> None:
    if target.exists():
        message = "there is something here already; nothing was overwritten."
        raise InputError([error("calendar/exists", str(target), message, "Name a new file.")])
