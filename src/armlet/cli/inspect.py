"""`armlet inspect`: what an inspector asks, answered from the ledger: a participant, who looked, who could see what."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.output import Output, render_table
from armlet.cli.vault_key import add_key_arguments, read_key
from armlet.errors import ExitCode, InputError, UsageError
from armlet.issues import error

if TYPE_CHECKING:
    from armlet.allocation.trace import SealedTold
    from armlet.allocation.vault import Vault
    from armlet.export.package import TrialData
    from armlet.projections.inspection import Access
    from armlet.projections.story import Told

NAME: Final = "inspect"
HELP: Final = "tell the story of a slot or a participant, who looked at arms, and who could see what when"

_EPILOG: Final = """\
example:
  armlet inspect out/NAME --slot 3
  armlet inspect out/NAME --participant P05
  armlet inspect out/NAME --participant P05 --as-of 2016-03-01
  armlet inspect out/NAME --slot 3 --key out/NAME/vault/key.hex
  armlet inspect out/NAME --who-looked
  armlet inspect out/NAME --who-could-see results --as-of 2016-03-01
  armlet inspect out/NAME --pack for-the-inspector

It only reads. Without a key there is no arm in any answer. With the vault's key, and only after the lock, the story also
has the draw, the preparation with its lot and tests, and the other preparations of that lot. --as-of answers as the ledger
stood at the end of that day (UTC). --who-could-see takes an object of the role matrix or a view. --pack writes a new
folder: delegations with their times, who may see what, who looked, the audit trail.

exit code: 0 answered; 1 there is no such slot or participant, or the folder cannot be used; 3 a key before the lock; 4 the
ledger or the vault is not what was written.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The trial and one question."""
    parser.epilog = _EPILOG
    parser.add_argument("folder", metavar="DIR", type=Path, help="the folder of a trial's life")
    question = parser.add_mutually_exclusive_group(required=True)
    question.add_argument("--slot", metavar="N", type=int, help="the story of whoever has this slot")
    question.add_argument("--participant", metavar="ID", help="the story of a participant")
    question.add_argument("--who-looked", action="store_true", help="who was shown an arm, tried to, or learnt one")
    question.add_argument("--who-could-see", metavar="THING", help="who could read this, by role and by name")
    question.add_argument("--pack", metavar="DIR2", type=Path, help="a new folder for an inspector")
    parser.add_argument("--as-of", metavar="DATE", type=date.fromisoformat, help="as it stood at the end of this day")
    add_key_arguments(parser)


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Answers. Raises UsageError, InputError, RefusedError, LedgerBroken, SealBroken."""
    data = _load(arguments.folder, arguments.as_of)
    vault = _open_vault(arguments)
    if arguments.who_could_see is not None:
        return _say_access(data, arguments.who_could_see, arguments.as_of or data.as_of, out)
    if arguments.pack is not None:
        return _write_pack(data, arguments.pack, out)
    if arguments.who_looked:
        from armlet.projections.inspection import who_looked

        return _say(_Story(None, None, (), who_looked(data.entries)), out, simulated=data.state.simulated)
    return _say(_find_story(arguments, data, vault), out, simulated=data.state.simulated)


def _load(folder: Path, as_of: date | None) -> TrialData:
    from armlet.export.package import load_data, until
    from armlet.ledger.entry import Head
    from armlet.projections.inspection import until_day

    data = load_data(folder)
    if as_of is None:
        return data
    known = until_day(data.entries, as_of)
    if not known:
        message = f"nothing was recorded by {as_of}."
        raise InputError([error("inspect/nothing-yet", str(folder), message, "Name a later day.")])
    return until(data, Head(known[-1].seq, known[-1].digest))


def _open_vault(arguments: argparse.Namespace) -> Vault | None:
    """The vault where a key was given, under the ledger's own warrant for everybody after the lock."""
    from armlet.cli.strongroom import load_vault, unblind

    if arguments.key is None and not arguments.share:
        return None
    vault = load_vault(arguments.folder, read_key(arguments.key, arguments.share))
    unblind(_load(arguments.folder, None), vault)
    return vault


@dataclass(frozen=True, slots=True)
class _Story:
    """An answer in order: what happened, who looked, and what the vault adds."""

    participant: str | None
    slot: int | None
    happened: tuple[Told, ...]
    looked: tuple[Told, ...]
    sealed: tuple[SealedTold, ...] | None = None


def _find_story(arguments: argparse.Namespace, data: TrialData, vault: Vault | None) -> _Story:
    from armlet.projections.inspection import holder_of_slot, story_of, who_looked

    who, slot = arguments.participant, arguments.slot
    if slot is not None:
        from armlet.allocation.trace import holder_in_vault

        who = holder_in_vault(vault, slot) if vault is not None else holder_of_slot(data.state, slot)
        if who is None:
            message = f"slot {slot} was not given to anybody; {len(data.state.requests)} were asked for."
            raise InputError([error("inspect/no-slot", str(arguments.folder), message, "Check the number.")])
    if who not in data.state.participants:
        message = f"no participant has the number {who!r}."
        raise InputError([error("inspect/unknown-participant", str(arguments.folder), message, "Check the number.")])
    story = _Story(who, slot or _slot_of(data, who), story_of(data.entries, who), who_looked(data.entries, who))
    if vault is None:
        return story
    from armlet.allocation.trace import trace

    day = arguments.as_of or date.max
    return replace(story, sealed=tuple(one for one in trace(vault, who) if one.recorded.date() <= day))


def _slot_of(data: TrialData, who: str) -> int | None:
    asked = list(data.state.requests)
    return asked.index(who) + 1 if who in asked else None


def _say(story: _Story, out: Output, *, simulated: bool) -> ExitCode:
    document = {
        "participant": story.participant,
        "slot": story.slot,
        "happened": [_as_document(one) for one in story.happened],
        "looked": [_as_document(one) for one in story.looked],
        "sealed": None if story.sealed is None else [
            {"entry": one.entry, "at": one.recorded.isoformat(), "actor": one.actor, "event": one.event, "what": one.what}
            for one in story.sealed
        ],
    }  # fmt: skip
    out.answer(document, lambda: _tell(story), simulated=simulated)
    return ExitCode.DONE


def _as_document(one: Told) -> dict[str, object]:
    return {
        "entry": one.entry, "at": one.occurred.isoformat(), "recorded": one.recorded.isoformat(), "actor": one.actor,
        "role": one.role, "event": one.event, "participant": one.participant, "what": one.what, "reason": one.reason,
    }  # fmt: skip


def _tell(story: _Story) -> str:
    lines: list[str] = []
    if story.participant is not None:
        slot = f", slot {story.slot}" if story.slot is not None else ", not allocated"
        lines += [f"Participant {story.participant}{slot}.", "", *(one.sentence() for one in story.happened), ""]
    looked = [one.sentence() for one in story.looked] or ["Nobody, as far as the ledger says."]
    lines += ["Who looked at the arm, tried to, or learnt it:", *looked]
    if story.sealed is not None:
        lines += ["", "From the vault (this tells arms):", *(one.sentence() for one in story.sealed)]
    return "\n".join(lines)


# --- Who could see what ---------------------------------------------------------------------------------------------


def _say_access(data: TrialData, named: str, day: date, out: Output) -> ExitCode:
    from armlet.conduct.role_matrix import load_matrix
    from armlet.projections.inspection import who_could_see
    from armlet.report.views import find_views

    views = find_views()
    thing = views[named].object if named in views else named
    if thing not in load_matrix():
        message = (
            f"there is no object or view {named!r}; expected one of {', '.join(sorted({*load_matrix(), *views}))}."
        )
        raise UsageError([error("usage", "--who-could-see", message, "Name one of these.")])
    found = tuple(who_could_see(data.protocol, data.entries, thing, day))
    document = {
        "thing": thing,
        "what": load_matrix()[thing].what,
        "day": day.isoformat(),
        "roles": [_access(one) for one in found],
    }
    out.answer(document, lambda: _tell_access(document, found, out.width), simulated=data.state.simulated)
    return ExitCode.DONE


def _access(one: Access) -> dict[str, object]:
    return {
        "role": one.role.value,
        "could": one.granted,
        "conditions": list(one.conditions),
        "only": one.only,
        "people": [
            {"person": period.person, "site": period.site, "from": period.began.isoformat(),
             "to": period.ended.isoformat() if period.ended else None}
            for period in one.people
        ],
    }  # fmt: skip


def _tell_access(document: Mapping[str, object], found: Sequence[Access], width: int | None) -> str:
    rows = []
    for one in found:
        limits = "; ".join(filter(None, (*one.conditions, one.only)))
        people = ", ".join(period.person for period in one.people) or "nobody named"
        rows.append((one.role.value, "yes" if one.granted else "no", people if one.granted else "-", limits or "-"))
    title = f"Who could see {document['what']} on {document['day']}:"
    return f"{title}\n\n{render_table(('role', 'could', 'who worked in it', 'only'), rows, width)}"


# --- The pack -------------------------------------------------------------------------------------------------------


def _write_pack(data: TrialData, target: Path, out: Output) -> ExitCode:
    from armlet.archive.pack import pack_files
    from armlet.cli.archive import refuse_existing, write_archive

    refuse_existing(target)
    files = pack_files(data)
    write_archive(target, files)
    out.answer(
        {"pack": str(target), "files": sorted(files)}, "\n".join(f"wrote {target}/{name}" for name in sorted(files))
    )
    return ExitCode.DONE
