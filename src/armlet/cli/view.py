"""`armlet view`: what a role may see of a trial, listed or written; made without the vault and without any key."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.output import Output, render_table
from armlet.errors import ExitCode, InputError, RefusedError, UsageError
from armlet.issues import error

if TYPE_CHECKING:
    from armlet.export.package import TrialData
    from armlet.protocol.model import Role
    from armlet.report.content import BlindedContent
    from armlet.report.views import View

NAME: Final = "view"
HELP: Final = "list what a role may see of a trial, or write it"

_EPILOG: Final = """\
example:
  armlet view out/NAME --as investigator
  armlet view out/NAME --as investigator --view preparations
  armlet view out/NAME --as investigator --out out/for-the-investigator
  armlet view out/NAME --as sponsor --view who_looked --json

With --out and no --view everything that the role may see is written, and nothing else. Neither vault/ nor a key is read:
a folder without them is enough. Of a locked trial most views show how it stood when it was locked; the open strand and
the logs show how it stands.

The role is believed, not proved: this is for somebody who holds the folder and hands on a part of it.

exit code: 0 when it was listed or written, 1 when the folder cannot be used, 2 when there is no such role or view, 3 when
the role may not see it, 4 when the open strand is not whole.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, for whom, which view, and where to."""
    parser.epilog = _EPILOG
    parser.add_argument("folder", metavar="DIR", type=Path, help="the folder of a trial's life")
    parser.add_argument("--as", metavar="ROLE", dest="role", required=True, help="for whom; a wrong one lists all")
    parser.add_argument("--view", metavar="ID", help="one view only; a wrong one lists all")
    parser.add_argument("--out", metavar="DIR2", type=Path, help="a new folder for what is written")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Lists, prints or writes. Raises UsageError for an unknown role or view, RefusedError where the role may not."""
    from armlet.export.package import load_data
    from armlet.report.views import find_views, is_served

    role = _read_role(arguments.role)
    views = find_views()
    if arguments.view is not None and arguments.view not in views:
        message = f"there is no view {arguments.view!r}; expected one of {', '.join(views)}."
        raise UsageError([error("usage", "--view", message, "Name one of these.")])
    data = load_data(arguments.folder)
    served = [view for view in views.values() if is_served(data.protocol, role, view)]
    if arguments.view is not None:
        served = [_require(views[arguments.view], served, role)]
    if not served:
        message = f"the role {role.value} may see no view of the whole trial."
        raise RefusedError([error("view/nothing", role.value, message, "Ask somebody who may, for what you need.")])
    if arguments.out is not None:
        _write(render_views(data, role, served), arguments.out)
        _list(served, role, out, arguments.out)
    elif arguments.view is not None:
        text = render_views(data, role, served)[served[0].file].decode()
        out.answer({"role": role.value, "view": served[0].id, "content": text}, text)
    else:
        _list(served, role, out, None)
    return ExitCode.DONE


def content_of(data: TrialData, *notes: str) -> BlindedContent:
    """The trial in a folder, as whatever has no arm is made from."""
    from armlet.report.content import BlindedContent

    return BlindedContent(
        data.protocol, data.state, data.dataset, data.observations, data.head, data.as_of, notes, data.entries
    )


def render_views(data: TrialData, role: Role, views: list[View]) -> dict[str, bytes]:
    """The bytes of each view by the name of its file: the one way in which a blinded file is made."""
    return render_contents(locked_and_today(data), role, views)


def locked_and_today(data: TrialData) -> tuple[BlindedContent, BlindedContent]:
    """The trial as it was locked (as it stands, where it never was), and as it stands."""
    from armlet.export.package import before_lock

    today = content_of(data)
    return (today if data.state.locked is None else content_of(before_lock(data))), today


def render_contents(contents: tuple[BlindedContent, BlindedContent], role: Role, views: list[View]) -> dict[str, bytes]:
    """What `render_views` gives, for whoever renders for many roles."""
    from armlet.report.views import render_view

    locked, today = contents
    return {view.file: render_view(view, locked, today, role) for view in views}


def _read_role(name: str) -> Role:
    from armlet.protocol.model import Role

    try:
        return Role(name)
    except ValueError:
        message = f"there is no role {name!r}; expected one of {', '.join(role.value for role in Role)}."
        raise UsageError([error("usage", "--as", message, "Name one of these.")]) from None


def _require(view: View, served: list[View], role: Role) -> View:
    if view not in served:
        message = f"the role {role.value} may not see this ({view.label})."
        fix = f"`armlet view DIR --as {role.value}` lists what it may see."
        raise RefusedError([error("view/not-served", view.id, message, fix)])
    return view


def _write(files: dict[str, bytes], target: Path) -> None:
    from armlet.export.package import write_bytes

    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        message = "there is something here already; nothing was overwritten."
        raise InputError([error("view/not-empty", str(target), message, "Name a new folder.")])
    for name, content in files.items():
        write_bytes(target / name, content)


def _list(views: list[View], role: Role, out: Output, target: Path | None) -> None:
    document = {
        "role": role.value,
        "views": [{"id": one.id, "label": one.label, "object": one.object, "file": one.file} for one in views],
        "written": str(target) if target is not None else None,
    }
    rows = [(one.id, str(target / one.file) if target is not None else one.file, one.label) for one in views]
    out.answer(document, lambda: render_table(("view", "file", "what it shows"), rows, out.width))
