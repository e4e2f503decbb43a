"""`armlet amend`: what a new version of a protocol changes, place by place, and what it means for the people in a trial."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.output import Output
from armlet.errors import ExitCode, InputError
from armlet.issues import error

if TYPE_CHECKING:
    from armlet.conduct.state import TrialState
    from armlet.protocol.amend import Difference
    from armlet.protocol.model import Protocol

NAME: Final = "amend"
HELP: Final = "what a new version of a protocol changes, and for whom"

_EPILOG: Final = """\
example:
  armlet amend trials/NAME new/NAME
  armlet amend trials/NAME protocol-1.1.yaml --life out/NAME

OLD and NEW are trial folders or protocol files. With --life, the folder of a trial's life, it also says who would be asked
for consent anew under each impact that an amendment can have, and who of them was infused. Nothing is adopted by this:
an amendment is adopted at the trial's door, with its approval and its day, and then both versions are kept in the folder
of the trial's life, the newer one for example as protocol-1.1.yaml.

exit code: 0 when the two were compared, whether or not they differ; 1 when one of them cannot be read.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The two versions, and the life of the trial where there is one."""
    parser.epilog = _EPILOG
    parser.add_argument("old", metavar="OLD", type=Path, help="the version in force: a trial folder or a protocol file")
    parser.add_argument("new", metavar="NEW", type=Path, help="the new version")
    parser.add_argument("--life", metavar="DIR", type=Path, help="the folder of a trial's life, for the people in it")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Compares. Raises InputError for what cannot be read or is of another trial."""
    from armlet.protocol.amend import compare

    old, new = _load(arguments.old), _load(arguments.new)
    if old.id != new.id:
        message = f"this is a protocol of {new.id!r}; expected {old.id!r}."
        raise InputError([error("amend/other-trial", str(arguments.new), message, "Name two versions of one trial.")])
    difference = compare(old, new)
    people = _people(arguments.life, old) if arguments.life is not None else None
    document = _as_json(old, new, difference, people)
    out.answer(document, lambda: "\n".join(_as_text(old, new, difference, people)))
    return ExitCode.DONE


def _load(path: Path) -> Protocol:
    from armlet.protocol.load import load_protocol, load_trial

    return load_protocol(path) if path.is_file() else load_trial(path).protocol


def _people(life: Path, old: Protocol) -> dict[str, list[str]]:
    """Who would be asked anew under each impact."""
    from armlet.conduct.consent.reconsent import find_affected
    from armlet.export.package import load_data
    from armlet.protocol.course import Impact

    state: TrialState = load_data(life).state
    if state.trial != old.id:
        message = f"this is the life of {state.trial!r}; expected {old.id!r}."
        raise InputError([error("amend/other-trial", str(life), message, "Name the folder of this trial's life.")])
    return {impact.value: list(find_affected(old, state, impact)) for impact in Impact}


def _as_json(
    old: Protocol, new: Protocol, difference: Difference, people: dict[str, list[str]] | None
) -> dict[str, object]:
    return {
        "trial": old.id,
        "from": old.version,
        "to": new.version,
        "changes": [{"path": one.path, "before": one.before, "after": one.after} for one in difference.changes],
        "impact": {
            "visits": list(difference.visits),
            "activities": list(difference.activities),
            "criteria": list(difference.criteria),
            "consents": dict(difference.forms),
            "added": list(difference.added),
            "removed": list(difference.removed),
        },
        "asked": people,
    }


def _as_text(old: Protocol, new: Protocol, difference: Difference, people: dict[str, list[str]] | None) -> list[str]:
    lines = [f"{old.id}: version {old.version} to version {new.version}", ""]
    lines += [f"  {change}" for change in difference.changes] or ["  Nothing differs."]
    lines += ["", "what it touches"]
    touched = {
        "visits": difference.visits,
        "forms": difference.activities,
        "criteria": difference.criteria,
        "consents": tuple(f"{form} (version {version})" for form, version in difference.forms.items()),
        "new": difference.added,
        "taken out": difference.removed,
    }
    lines += [f"  {name}: {', '.join(parts) or 'none'}" for name, parts in touched.items()]
    if people is not None:
        lines += ["", "who would be asked for consent anew, where the amendment concerns"]
        lines += [f"  {impact}: {', '.join(asked) or 'nobody'}" for impact, asked in people.items()]
    return lines
