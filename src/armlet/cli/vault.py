"""`armlet vault`: the ceremony that seals the allocation before the first consent, and how many slots are left."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.held import add_deeds, list_held, release_words
from armlet.cli.output import Output
from armlet.errors import ExitCode, InputError, RefusedError
from armlet.issues import Issue, error, has_error

if TYPE_CHECKING:
    from armlet.allocation.scheme import Scheme
    from armlet.allocation.vault import Vault
    from armlet.conduct.door import Door
    from armlet.ledger.entry import Head

NAME: Final = "vault"
HELP: Final = "seal the allocation before the first consent, and say how many slots are left"

_EPILOG: Final = """\
example:
  armlet vault seal trials/NAME --ledger open.jsonl --strand sealed.jsonl --key KEYFOLDER/key.hex --by "Ada Example"
  armlet vault seal trials/NAME --ledger open.jsonl --strand sealed.jsonl --key K/key.hex --by "A B" --settings limits.yaml
  armlet vault status --strand sealed.jsonl --key KEYFOLDER/key.hex --people 10
  armlet vault sheets --strand sealed.jsonl --key KEYFOLDER/key.hex --people 10 --out KEYFOLDER/sheets.html
  armlet vault enter trials/NAME --ledger open.jsonl --strand sealed.jsonl --key KEYFOLDER/key.hex \
      --sheet 4 --participant P09 --by "Ada Example"
  armlet vault held trials/NAME --ledger open.jsonl --strand sealed.jsonl --key KEYFOLDER/key.hex
  armlet vault release trials/NAME --ledger open.jsonl --strand sealed.jsonl --key KEYFOLDER/key.hex \
      --entry 41 --by "Bo Example" --role unblinded_monitor --text "why=Fever after [...]."

Sealing is for the randomisation statistician, who is nobody of the trial team. Key and seed come from the operating
system and are never shown; the limits or block sizes are read from a file. The commitment that is printed goes into the
ledger and on paper: at the end `armlet verify --key` shows that nothing else was drawn from. After the first consent,
and a second time, it is refused, and then nothing is left behind. Keep the key with other people than the strand.

The sheets are for when the server is down: they hold the arms. Print them on the unblinded side, seal each in an
envelope with its number, delete the file. A used one is entered after its request was recorded, in order.

exit code: 0 sealed; 1 a file cannot be used or the settings do not fit; 3 refused.
"""
_FEW: Final = 5
"""From one in so many slots left on, or two, a warning is given: our choice, not a law."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and the files."""
    parser.epilog = _EPILOG
    deeds = parser.add_subparsers(dest="deed", metavar="DEED", required=True)
    seal = deeds.add_parser("seal", help="make key and seed, seal the scheme, publish the commitment")
    seal.add_argument("trial", metavar="TRIAL", type=Path, help="a trial folder")
    seal.add_argument("--ledger", metavar="FILE", type=Path, required=True, help="the open strand of the trial")
    seal.add_argument("--strand", metavar="FILE", type=Path, required=True, help="where the sealed strand is made")
    seal.add_argument("--key", metavar="FILE", type=Path, required=True, help="where the key is made: another folder")
    seal.add_argument("--by", metavar="NAME", required=True, help="who seals")
    seal.add_argument("--settings", metavar="FILE", type=Path, help="a YAML file with the limits or block sizes")
    status = deeds.add_parser("status", help="how many slots are used, and how many are left")
    status.add_argument("--strand", metavar="FILE", type=Path, required=True, help="the sealed strand")
    status.add_argument("--key", metavar="FILE", type=Path, required=True, help="its key")
    status.add_argument("--people", metavar="N", type=int, help="how many are to be allocated (default: as planned)")
    sheets = deeds.add_parser("sheets", help="make the sealed sheets for when the server is down; they hold the arms")
    sheets.add_argument("--people", metavar="N", type=int, required=True, help="how many are to be allocated")
    sheets.add_argument("--out", metavar="FILE", type=Path, required=True, help="the page to print, a new file")
    enter = deeds.add_parser("enter", help="enter a sheet that was used")
    enter.add_argument("trial", metavar="TRIAL", type=Path, help="a trial folder")
    enter.add_argument("--ledger", metavar="FILE", type=Path, required=True, help="the open strand of the trial")
    enter.add_argument("--sheet", metavar="K", type=int, required=True, help="the number on the sheet")
    enter.add_argument("--participant", metavar="P", required=True, help="for whom it was opened")
    enter.add_argument("--by", metavar="NAME", required=True, help="who enters it")
    held = deeds.add_parser("held", help="read the words of unblinded roles that wait until somebody checked them")
    release = deeds.add_parser(
        "release", help="let everybody read words that were checked, whole or with words taken out"
    )
    add_deeds(held, release)
    for deed in (sheets, enter, held, release):
        deed.add_argument("--strand", metavar="FILE", type=Path, required=True, help="the sealed strand")
        deed.add_argument("--key", metavar="FILE", type=Path, required=True, help="its key")
    for deed in (seal, status, sheets, enter, held, release):
        deed.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Does the deed. Raises InputError for files and settings that cannot be used, RefusedError after consent."""
    deeds = {
        "seal": _seal,
        "status": _status,
        "sheets": _sheets,
        "enter": _enter,
        "held": list_held,
        "release": release_words,
    }
    return deeds[arguments.deed](arguments, out)


# --- The ceremony ---------------------------------------------------------------------------------------------------


def _seal(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.cli.rehearse import refuse_errors
    from armlet.conduct.door import Door
    from armlet.ledger.stores.file import FileStore
    from armlet.protocol.load import load_trial
    from armlet.studytime import SystemClock

    trial = load_trial(arguments.trial)
    refuse_errors(trial)
    _refuse_places(arguments)
    door = Door(trial.protocol, FileStore(arguments.ledger), SystemClock())
    scheme = _read_scheme(door, arguments.settings, out)
    _ask(door, arguments.by, "sha256:" + "0" * 64, "0" * 64, is_trial=True)
    with _made_or_nothing(arguments.key, arguments.strand):
        commitment, sealing_key, sealed = _make_vault(door, scheme, arguments)
        _ask(door, arguments.by, commitment, sealing_key, is_trial=False)
    document = {
        "trial": trial.protocol.id,
        "commitment": commitment,
        "sealing_key": sealing_key,
        "ledger_entry": door.state.head.seq,
        "sealed_head": {"seq": sealed.seq, "digest": sealed.digest},
    }
    out.answer(document, lambda: _print_out(document, arguments))
    return ExitCode.DONE


def _print_out(document: Mapping[str, object], arguments: argparse.Namespace) -> str:
    return "\n".join(
        [
            f"The allocation of {document['trial']} is sealed by {arguments.by}.",
            f"  commitment    {document['commitment']}",
            f"  sealing key   {document['sealing_key']} (its secret is in the vault)",
            f"  ledger entry  {document['ledger_entry']} of {arguments.ledger}",
            f"  sealed in     {arguments.strand}",
            f"  key in        {arguments.key} (keep it, and a copy, with other people than the sealed strand)",
            "Print this page, sign it and file it before the first consent.",
        ]
    )


def _refuse_places(arguments: argparse.Namespace) -> None:
    issues = []
    if not arguments.ledger.is_file():
        fix = "Open the trial first; the commitment is an entry of its ledger."
        issues.append(error("vault/no-ledger", str(arguments.ledger), "there is no ledger here.", fix))
    for path in (arguments.strand, arguments.key):
        if path.exists():
            message = "there is a file of this name; nothing is overwritten."
            issues.append(error("vault/exists", str(path), message, "Name a new file."))
        elif not path.parent.is_dir():
            issues.append(error("vault/no-folder", str(path.parent), "there is no such folder.", "Make it first."))
    if arguments.strand.resolve().parent == arguments.key.resolve().parent:
        message = "the key would lie in the folder of the sealed strand."
        issues.append(error("vault/key-beside", str(arguments.key), message, "Name a folder that other people keep."))
    if issues:
        raise InputError(issues)


def _read_scheme(door: Door, settings: Path | None, out: Output) -> Scheme:
    """The scheme with its sealed settings. What is wrong with them is told by rule and name, never by value."""
    from armlet.allocation.scheme import check_scheme, plan_slots, scheme_of
    from armlet.document import read_text, read_yaml

    plain = {} if settings is None else read_yaml(read_text(settings, "vault"), str(settings))[0]
    if not isinstance(plain, Mapping):
        raise InputError([error("vault/settings", str(settings), "expected names with values, one a line.", "")])
    scheme = plan_slots(scheme_of(door.protocol, plain), door.protocol.design.participants)
    issues = tuple(_without_values(issue) for issue in check_scheme(scheme))
    if has_error(issues):
        raise InputError(issues)
    for issue in issues:
        out.note(str(issue))
    return scheme


def _without_values(issue: Issue) -> Issue:
    message = f"the sealed settings do not fit as they should ({issue.where.rpartition('/')[2]})."
    return replace(issue, where="the settings", message=message, fix="Try them with `armlet predictability`, apart.")


def _ask(door: Door, by: str, commitment: str, sealing_key: str, *, is_trial: bool) -> None:
    """Publishes commitment and sealing key, both or neither, or (`is_trial`) asks whether it could. Raises RefusedError."""
    from armlet.conduct.commands import By, CommitAllocation
    from armlet.conduct.decide import Refused, decide
    from armlet.protocol.model import Role
    from armlet.studytime import SystemClock

    command = CommitAllocation(commitment, sealing_key)
    who = By(by, Role.RANDOMISATION_STATISTICIAN, SystemClock().now())
    decision = decide(door.protocol, door.state, command, who) if is_trial else door.ask(command, who)
    if isinstance(decision, Refused):
        raise RefusedError(decision.issues)


@contextmanager
def _made_or_nothing(*paths: Path) -> Iterator[None]:
    """Removes what was made where the ceremony does not come to its end: a vault nobody is bound to would mislead."""
    is_done = False
    try:
        yield
        is_done = True
    finally:
        if not is_done:
            for path in paths:
                path.unlink(missing_ok=True)


def _make_vault(door: Door, scheme: Scheme, arguments: argparse.Namespace) -> tuple[str, str, Head]:
    import json

    from armlet.allocation.commitment import commit_to
    from armlet.allocation.sealed_strand import VaultKey, draw_seed
    from armlet.allocation.vault import Vault, Writer
    from armlet.ledger.box import OpeningKey
    from armlet.ledger.sealed import SealingKeyMade, VaultOpened
    from armlet.studytime import SystemClock

    seed = draw_seed()
    key = VaultKey.generate()
    key.save(arguments.key)
    vault = Vault(key, arguments.strand)
    protocol = door.protocol
    opened = {**scheme.as_dict(), "trial": protocol.id, "seed": seed.hex(), "simulated": door.state.simulated}
    vault.write(Writer(arguments.by, SystemClock().now()), VaultOpened.model_validate_json(json.dumps(opened)))
    secret = draw_seed()
    vault.write(Writer(arguments.by, SystemClock().now()), SealingKeyMade(secret=secret.hex()))
    commitment = commit_to(protocol.id, vault.scheme(), seed, protocol.design.participants)
    return commitment, OpeningKey(secret).public(), vault.head()


# --- What is left ---------------------------------------------------------------------------------------------------


def _open(arguments: argparse.Namespace) -> Vault:
    from armlet.allocation.sealed_strand import VaultKey
    from armlet.allocation.vault import Vault

    if not arguments.strand.is_file():
        raise InputError([error("vault/no-strand", str(arguments.strand), "there is no sealed strand here.", "")])
    return Vault(VaultKey.load(arguments.key), arguments.strand)


def _status(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Used and left, for the unblinded side: no arm, and no block."""
    from armlet.allocation.scheme import planned_slots

    vault = _open(arguments)
    scheme = replace(vault.scheme(), people=())
    used, planned = len(vault.assignments()), planned_slots(scheme)
    of = planned if planned is not None else arguments.people
    left = None if of is None else of - used
    is_few = of is not None and left is not None and left <= max(2, of // _FEW)
    out.answer({"used": used, "of": of, "left": left, "few": is_few}, f"{used} slots used, {_in_words(left, of)}.")
    if is_few:
        out.note("Few slots are left: tell whoever may amend the protocol now. A list is never begun again.")
    return ExitCode.DONE


def _in_words(left: int | None, of: int | None) -> str:
    return "without an end that is planned" if left is None else f"{left} left of {of}"


# --- Sheets ---------------------------------------------------------------------------------------------------------


def _sheets(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.allocation.sheets import list_sheets, render_sheets

    vault = _open(arguments)
    sheets = list_sheets(vault, arguments.people)
    page = render_sheets(vault.opening().trial, sheets, simulated=vault.opening().simulated)
    _write_for_owner(arguments.out, page)
    document = {"sheets": len(sheets), "file": str(arguments.out)}
    out.answer(document, f"{len(sheets)} sheets in {arguments.out}: print, seal, delete the file.")
    return ExitCode.DONE


def _write_for_owner(path: Path, text: str) -> None:
    """Writes a new file that only its owner may read. Raises InputError where there is one."""
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        message = "there is a file of this name; nothing is overwritten."
        raise InputError([error("vault/exists", str(path), message, "Name a new file.")]) from None
    path.write_text(text, "utf-8")


def _enter(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.allocation.sheets import enter_sheet
    from armlet.allocation.vault import Writer
    from armlet.conduct.door import Door
    from armlet.ledger.stores.file import FileStore
    from armlet.protocol.load import load_trial
    from armlet.studytime import SystemClock

    if not arguments.ledger.is_file():
        raise InputError([error("vault/no-ledger", str(arguments.ledger), "there is no ledger here.", "")])
    clock, vault = SystemClock(), _open(arguments)
    state = Door(load_trial(arguments.trial).protocol, FileStore(arguments.ledger), clock).state
    writer = Writer(arguments.by, clock.now())
    number = enter_sheet(vault, writer, state, arguments.sheet, arguments.participant)
    document = {"sheet": arguments.sheet, "participant": arguments.participant, "preparation": number}
    out.answer(document, f"Sheet {arguments.sheet} is entered: {arguments.participant} has {number}.")
    return ExitCode.DONE
