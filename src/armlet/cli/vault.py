"""`armlet vault`: the ceremony that seals the allocation before the first consent, its keys, and what is left of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.held import add_deeds, list_held, release_words
from armlet.cli.output import Output
from armlet.cli.vault_key import add_key_arguments, open_vault
from armlet.errors import ExitCode, InputError, RefusedError, UsageError
from armlet.issues import Issue, error, has_error

if TYPE_CHECKING:
    from armlet.allocation.scheme import Scheme
    from armlet.conduct.door import Door
    from armlet.ledger.entry import Head

NAME: Final = "vault"
HELP: Final = "seal the allocation before the first consent, keep its keys, and say how many slots are left"

_EPILOG: Final = """\
example:
  armlet vault seal trials/NAME --ledger open.jsonl --strand sealed.jsonl --key KEYFOLDER/key.hex --by "Ada Example"
  armlet vault seal trials/NAME --ledger open.jsonl --strand sealed.jsonl --key K/key.hex --by "A B" --settings limits.yaml
  armlet vault status --strand sealed.jsonl --key KEYFOLDER/key.hex --people 10
  armlet vault sheets --strand sealed.jsonl --key KEYFOLDER/key.hex --people 10 --out KEYFOLDER/sheets.html
  armlet vault answer trials/NAME --ledger open.jsonl --strand sealed.jsonl --key KEYFOLDER/key.hex --by "Ada Example"
  armlet vault enter trials/NAME --ledger open.jsonl --strand sealed.jsonl --key KEYFOLDER/key.hex \
      --sheet 4 --participant P09 --by "Ada Example"
  armlet vault rotate --strand sealed.jsonl --key K/key.hex --new-key K/key-2.hex --by "Ruth Example"
  armlet vault split --key K/key.hex --threshold 2 --shares 3 --out SHARES
  armlet vault join A/share-1-of-3.txt B/share-3-of-3.txt --key K/key.hex
  armlet vault reconcile trials/NAME --ledger open.jsonl --strand sealed.jsonl --key K/key.hex \
      --last-preparation PREP-007 --by "Ruth Example"
  armlet vault held trials/NAME --ledger open.jsonl --strand sealed.jsonl --key KEYFOLDER/key.hex
  armlet vault release trials/NAME --ledger open.jsonl --strand sealed.jsonl --key KEYFOLDER/key.hex \
      --entry 41 --by "Bo Example" --role unblinded_monitor --text "why=Fever after [...]."

Sealing is for the randomisation statistician, who is nobody of the trial team. Key and seed come from the operating
system and are never shown; the limits or block sizes are read from a file. The commitment that is printed goes into the
ledger and on paper: at the end `armlet verify --key` shows that nothing else was drawn from. After the first consent,
and a second time, it is refused, and then nothing is left behind. Keep the key with other people than the strand.

The sheets are for when the server is down: they hold the arms. Print them on the unblinded side, seal each in an
envelope with its number, delete the file. A used one is entered after its request was recorded, in order.

Answering gives each request of the ledger its slot and its preparation's number, in the order of the requests; with
--watch it goes on until it is stopped. Several may answer at once, and one that was stopped anywhere is begun again.

Wherever a vault is opened, --share FILE, given for each share, stands for --key: the key is put together in memory only.
Rotating makes a new key; who has only the old one cannot read what is written afterwards. Split the new key again.

A vault that `armlet restore` put back gives no slot before it is reconciled with the newest ledger. What the ledger
tells is drawn again and must come out as it says; --last-preparation is the highest number on any label or form (or
"none"), --held PREP-009=P09 tells whose one was that the ledger has lost. What nobody can tell is lost for ever: the
command says which slots, and does it only with --burn and their number.

exit code: 0 done; 1 a file cannot be used, the settings do not fit, or a request waits (said why); 3 refused;
4 the key or the strand is not right.
"""
_FEW: Final = 5
"""From one in so many slots left on, or two, a warning is given: our choice, not a law."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and the files."""
    from armlet.cli import keyring, reconciling

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
    answer = deeds.add_parser("answer", help="give every request of the ledger its slot; --watch: go on doing so")
    answer.add_argument("trial", metavar="TRIAL", type=Path, help="a trial folder")
    answer.add_argument("--ledger", metavar="FILE", type=Path, required=True, help="the open strand of the trial")
    answer.add_argument("--by", metavar="NAME", required=True, help="under whose name it is answered")
    answer.add_argument(
        "--watch", metavar="SECONDS", type=float, help="look again after so many seconds, until stopped"
    )
    rotate = keyring.add_rotate(deeds)
    reconcile = reconciling.add_reconcile(deeds)
    held = deeds.add_parser("held", help="read the words of unblinded roles that wait until somebody checked them")
    release = deeds.add_parser(
        "release", help="let everybody read words that were checked, whole or with words taken out"
    )
    add_deeds(held, release)
    for deed in (status, sheets, enter, answer, rotate, reconcile, held, release):
        deed.add_argument("--strand", metavar="FILE", type=Path, required=True, help="the sealed strand")
        add_key_arguments(deed)
    for deed in (
        seal,
        status,
        sheets,
        enter,
        answer,
        rotate,
        reconcile,
        held,
        release,
        *keyring.add_split_and_join(deeds),
    ):
        deed.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Does the deed. Raises InputError for files and settings that cannot be used, RefusedError after consent."""
    from armlet.cli import keyring, reconciling

    deeds = {
        "seal": _seal,
        "status": _status,
        "sheets": _sheets,
        "enter": _enter,
        "answer": _answer,
        "rotate": keyring.rotate,
        "split": keyring.split,
        "join": keyring.join,
        "reconcile": reconciling.reconcile,
        "held": list_held,
        "release": release_words,
    }
    return deeds[arguments.deed](arguments, out)


# --- The ceremony ---------------------------------------------------------------------------------------------------


def _seal(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.cli.rehearse import refuse_errors
    from armlet.conduct.door import Door
    from armlet.ledger.stores.file import FileStore
    from armlet.protocol.load import load_trial, load_versions
    from armlet.studytime import SystemClock

    trial = load_trial(arguments.trial)
    refuse_errors(trial)
    _refuse_places(arguments)
    versions = load_versions(trial.folder)
    door = Door(trial.protocol, FileStore(arguments.ledger), SystemClock(), versions=versions)
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


def _status(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Used and left, for the unblinded side: no arm, and no block."""
    from armlet.allocation.scheme import planned_slots

    vault = open_vault(arguments)
    scheme = replace(vault.scheme(), people=())
    used, planned = vault.last_slot(), planned_slots(scheme)
    lost = used - len(vault.assignments())
    of = planned if planned is not None else arguments.people
    left = None if of is None else of - used
    is_few = of is not None and left is not None and left <= max(2, of // _FEW)
    document = {"used": used, "of": of, "left": left, "few": is_few, "lost": lost, "quarantined": vault.is_quarantined}
    and_lost = f" ({lost} lost at a restore)" if lost else ""
    out.answer(document, f"{used} slots used{and_lost}, {_in_words(left, of)}.")
    if is_few:
        out.note("Few slots are left: tell whoever may amend the protocol now. A list is never begun again.")
    if vault.is_quarantined:
        out.note("The vault was restored: it gives no slot before `armlet vault reconcile`.")
    return ExitCode.DONE


def _in_words(left: int | None, of: int | None) -> str:
    return "without an end that is planned" if left is None else f"{left} left of {of}"


# --- Sheets ---------------------------------------------------------------------------------------------------------


def _sheets(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.allocation.sheets import list_sheets, render_sheets

    vault = open_vault(arguments)
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
    from armlet.allocation.worker import Worker
    from armlet.studytime import SystemClock

    clock, vault, door = SystemClock(), open_vault(arguments), _open_door(arguments)
    writer = Writer(arguments.by, clock.now())
    number = enter_sheet(vault, writer, door.state, arguments.sheet, arguments.participant)
    Worker(door, vault, clock, arguments.by).confirm(arguments.participant)
    document = {"sheet": arguments.sheet, "participant": arguments.participant, "preparation": number}
    out.answer(document, f"Sheet {arguments.sheet} is entered: {arguments.participant} has {number}.")
    return ExitCode.DONE


def _open_door(arguments: argparse.Namespace) -> Door:
    from armlet.conduct.door import Door
    from armlet.ledger.stores.file import FileStore
    from armlet.protocol.load import load_trial, load_versions
    from armlet.studytime import SystemClock

    if not arguments.ledger.is_file():
        raise InputError([error("vault/no-ledger", str(arguments.ledger), "there is no ledger here.", "")])
    trial = load_trial(arguments.trial)
    versions = load_versions(trial.folder)
    return Door(trial.protocol, FileStore(arguments.ledger), SystemClock(), versions=versions)


# --- Answering ------------------------------------------------------------------------------------------------------


def _answer(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """One look, or with ``--watch`` one after the other until the program is stopped."""
    from armlet.allocation.worker import Worker
    from armlet.studytime import SystemClock, pause

    if arguments.watch is not None and not arguments.watch > 0:
        raise UsageError([error("usage", "--watch", f"{arguments.watch} seconds; expected more than 0.", "")])
    worker = Worker(_open_door(arguments), open_vault(arguments), SystemClock(), arguments.by)
    while True:
        look = worker.look()
        if look.trouble:
            out.note(f"{len(look.waiting)} still wait: {look.trouble}")
        if arguments.watch is None:
            break
        for participant in look.answered:
            out.note(f"{participant} is answered.")
        pause(arguments.watch)
    document = {"answered": list(look.answered), "waiting": list(look.waiting), "trouble": look.trouble}
    answered = ", ".join(look.answered) or "nobody"
    out.answer(document, f"Answered: {answered}. Waiting: {', '.join(look.waiting) or 'nobody'}.")
    return ExitCode.ISSUES if look.waiting else ExitCode.DONE
