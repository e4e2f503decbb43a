"""`armlet unblind`: break the code of one participant, prepare what the safety board sees, and say who knows what."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.output import Output, render_table
from armlet.cli.vault_key import add_key_arguments, read_key
from armlet.errors import ExitCode, InputError, LedgerBroken, RefusedError
from armlet.issues import error
from armlet.ledger.events import LearntHow, UnblindingCategory
from armlet.protocol.model import Role

if TYPE_CHECKING:
    from armlet.allocation.unblinding import Shown
    from armlet.allocation.vault import Vault
    from armlet.conduct.commands import By, GrantWarrant
    from armlet.conduct.door import Door

NAME: Final = "unblind"
HELP: Final = "break the code of one participant, and say who knows what"

_EPILOG: Final = """\
example:
  armlet unblind enrol --person "Cora Example" --second cora.json
  armlet unblind emergency out/NAME --participant P03 --why "Anaphylaxis." --to "Dr Care" --by "Cora Example" \\
      --second cora.json --out p03.txt
  armlet unblind drill out/NAME --participant P03 --why "Yearly drill." --to "Dr Care" --by "Cora Example" --second cora.json
  armlet unblind report-safety out/NAME --participant P03 --event 1 --why "SUSAR." --to "Sal Example" --by "Sal Example" \\
      --second sal.json --out unblinded.txt --blinded blinded.txt
  armlet unblind board out/NAME --report R1 --to "The safety board" --by "Ruth Example" \\
      --second ruth.json --out board
  armlet unblind planned out/NAME --by "Ruth Example" --with "Dora Example" --to "Stan Example" \\
      --second ruth.json --second-with dora.json --out list.csv
  armlet unblind accident out/NAME --participant P03 --who "Ivo Example" --works-as investigator --how document \\
      --on 2021-05-03 --by "Ivo Example" --role investigator
  armlet unblind attempts out/NAME
  armlet unblind who-knows out/NAME
  armlet unblind impact out/NAME --by "Ruth Example"
  armlet unblind note out/NAME --participant P03 --what "The date was moved twice." --by "Phil Example"
  armlet unblind notes out/NAME --by "Ruth Example"

DIR holds protocol.yaml; --ledger, --strand and --key name the files, and stand in DIR where `armlet rehearse` put them
when they are left out. The arm is written to a new file that only its owner may read (--out), or shown on the terminal
(--show). The code of the second factor is typed, or is the next line of standard input. A refused attempt is recorded.
If a call is interrupted, type it again with the --act that it named: the same act is not done twice.

exit code: 0 done; 1 a file cannot be used; 3 refused, and recorded; 4 ledger or vault are not what was written.
"""
MOST_OF_A_NOTE: Final = 2000
"""Signs of a sealed note."""
_WAYS: Final = {how.name.casefold(): how for how in LearntHow}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The deed, the trial, and what each deed needs."""
    parser.epilog = _EPILOG
    deeds = parser.add_subparsers(dest="deed", metavar="DEED", required=True)
    enrolling = deeds.add_parser("enrol", help="make the secret of a person's second factor")
    _need(enrolling, "person", "whose it is")
    enrolling.add_argument("--second", metavar="FILE", type=Path, required=True, help="the file to be made")
    for name, words in (
        ("emergency", "one participant, in an emergency"),
        ("drill", "the same, and nobody's arm is shown"),
        ("report-safety", "one participant, for an expedited safety report"),
    ):
        _add_one(deeds.add_parser(name, help=words), name)
    _add_board(deeds.add_parser("board", help="the open and the closed report to the safety board"))
    planned = deeds.add_parser("planned", help="everybody, after the lock, by two people")
    for option, words in (("by", "the first person"), ("with", "the second person"), ("to", "who is shown the list")):
        _need(planned, option, words)
    planned.add_argument("--why", default="The planned analysis after the lock.", help="the reason")
    planned.add_argument("--second-with", metavar="FILE", type=Path, required=True, help="the second person's secret")
    _add_second(planned)
    _add_accident(deeds.add_parser("accident", help="somebody learnt an allocation who was not to; anybody may say so"))
    for name, words in (("attempts", "refused attempts"), ("who-knows", "who knows which allocation, since when")):
        deeds.add_parser(name, help=words)
    note = deeds.add_parser("note", help="something may tell an arm: a sealed note for the safety board's statistician")
    for option, words in (("participant", "whose allocation"), ("what", "what happened"), ("by", "who notes it")):
        _need(note, option, words)
    notes = deeds.add_parser("notes", help="the sealed notes, for the safety board's statistician; looking is recorded")
    _need(notes, "by", "who looks")
    impact = deeds.add_parser("impact", help="how far those who are hidden can be inferred from those who are known")
    _need(impact, "by", "who looks")
    for name, deed in deeds.choices.items():
        if name != "enrol":
            _add_places(deed)
        deed.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def _need(parser: argparse.ArgumentParser, name: str, words: str) -> None:
    parser.add_argument(f"--{name}", metavar=name.upper(), required=True, help=words)


def _add_places(deed: argparse.ArgumentParser) -> None:
    deed.add_argument("folder", metavar="DIR", type=Path, help="the folder with protocol.yaml")
    deed.add_argument("--ledger", metavar="FILE", type=Path, help="the open strand")
    deed.add_argument("--strand", metavar="FILE", type=Path, help="the sealed strand")
    add_key_arguments(deed)


def _add_second(deed: argparse.ArgumentParser) -> None:
    deed.add_argument("--second", metavar="FILE", type=Path, required=True, help="the file of the second factor")
    deed.add_argument("--out", metavar="FILE", type=Path, help="a new file for what is shown")
    deed.add_argument("--show", action="store_true", help="show it here, also with --json or in a pipe")
    deed.add_argument("--act", metavar="ACT", help="the act that was interrupted, to go on with it")
    deed.add_argument(
        "--notice", metavar="FILE", type=Path, help="a new file for the notice to sponsor and investigator"
    )


def _add_one(deed: argparse.ArgumentParser, name: str) -> None:
    for option, words in (
        ("participant", "the participant"), ("why", "the reason"), ("to", "who is to learn it"), ("by", "who asks"),
    ):  # fmt: skip
        _need(deed, option, words)
    role = Role.SAFETY_UNIT if name == "report-safety" else Role.CODE_BREAK_HOLDER
    deed.add_argument("--role", metavar="ROLE", type=Role, default=role, help=f"the role of who asks ({role.value})")
    deed.add_argument("--override", metavar="WHY", help="why a second participant within minutes")
    _add_second(deed)
    if name == "report-safety":
        deed.add_argument("--event", metavar="K", type=int, required=True, help="which adverse event, from 1")
        deed.add_argument("--blinded", metavar="FILE", type=Path, help="a new file for the investigators' copy")
    elif name == "emergency":
        deed.add_argument(
            "--on-paper", metavar="MOMENT", help="an envelope was opened then, such as 2021-05-03T03:10+02:00"
        )


def _add_board(board: argparse.ArgumentParser) -> None:
    for option, words in (("report", "the report's number"), ("to", "who is shown it"), ("by", "who prepares it")):
        _need(board, option, words)
    board.add_argument("--why", default="A report to the safety board.", help="the reason")
    board.add_argument("--second", metavar="FILE", type=Path, required=True, help="the file of the second factor")
    board.add_argument("--primary", action="store_true", help="the charter asks for the primary endpoint by label")
    board.add_argument("--out", metavar="DIR", type=Path, required=True, help="a new folder for both reports")


def _add_accident(accident: argparse.ArgumentParser) -> None:
    for option, words in (("participant", "whose allocation"), ("who", "who learnt it"), ("by", "who reports it")):
        _need(accident, option, words)
    accident.add_argument("--works-as", metavar="ROLE", type=Role, required=True, help="the role of who learnt it")
    accident.add_argument("--role", metavar="ROLE", type=Role, required=True, help="the role of who reports it")
    accident.add_argument("--how", choices=sorted(_WAYS), required=True, help="by which way")
    accident.add_argument("--on", metavar="DATE", type=date.fromisoformat, required=True, help="the day it was learnt")
    accident.add_argument("--details", metavar="FILE", type=Path, help="what they believe to know; it is sealed")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Does the deed. Raises InputError for files that cannot be used, RefusedError for what the trial refuses."""
    deeds: dict[str, Callable[[argparse.Namespace, Output], ExitCode]] = {
        "enrol": _enrol, "emergency": _break_one, "drill": _break_one, "report-safety": _report_safety,
        "board": _board, "planned": _planned, "accident": _accident, "attempts": _attempts,
        "who-knows": _who_knows, "impact": _impact, "note": _note, "notes": _notes,
    }  # fmt: skip
    return deeds[arguments.deed](arguments, out)


# --- The trial ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Trial:
    """The door of a trial and where its files are; the vault is opened only by who asks for it."""

    door: Door
    ledger: Path
    strand: Path
    key: Path | None
    shares: list[Path]

    def open_vault(self) -> Vault:
        from armlet.allocation.belonging import check_belongs
        from armlet.allocation.vault import Vault

        if not self.strand.is_file():
            raise InputError([error("unblind/no-strand", str(self.strand), "there is no sealed strand here.", "")])
        vault = Vault(read_key(self.key, self.shares), self.strand)
        check_belongs(vault, self.door.state)
        return vault

    def publish_heads(self) -> None:
        """Writes the heads beside the strands anew, where a folder keeps them there."""
        from armlet.export.package import head_json, write_text

        beside = self.ledger.parent / "head.json"
        if beside.is_file():
            write_text(beside, head_json(self.door.state.head))
        beside = self.strand.parent / "head.json"
        if beside.is_file() and beside.parent != self.ledger.parent:
            from armlet.allocation.sealed_strand import verify_sealed

            write_text(beside, head_json(verify_sealed(self.strand.read_bytes())[0][-1].head))


def _open_trial(arguments: argparse.Namespace) -> _Trial:
    from armlet.conduct.door import Door
    from armlet.export.package import KEY, OPEN, PROTOCOL, SEALED, read_head
    from armlet.ledger.stores.file import FileStore
    from armlet.protocol.load import load_protocol, load_versions
    from armlet.studytime import SystemClock

    ledger = arguments.ledger or arguments.folder / OPEN
    if not ledger.is_file():
        raise InputError(
            [error("unblind/no-ledger", str(ledger), "there is no ledger here.", "Name it with --ledger.")]
        )
    store = FileStore(ledger)
    head = read_head(ledger.parent / "head.json")
    if head is not None and head.seq and head.digest not in {entry.digest for entry in store.read(after=head.seq - 1)}:
        raise LedgerBroken(f"{ledger} does not hold its published head, entry {head.seq}.")
    first = load_protocol(arguments.folder / PROTOCOL)
    door = Door(first, store, SystemClock(), versions=load_versions(arguments.folder))
    strand, key = arguments.strand or arguments.folder / SEALED, arguments.key
    if key is None and not arguments.share:
        key = arguments.folder / KEY
    return _Trial(door, ledger, strand, key, arguments.share)


def _now() -> datetime:
    from armlet.studytime import SystemClock

    return SystemClock().now()


def _write_new(path: Path, text: str) -> None:
    """Writes a new file that only its owner may read. Raises InputError where there is one."""
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        message = "there is a file of this name; nothing is overwritten."
        raise InputError([error("unblind/exists", str(path), message, "Name a new file.")]) from None
    path.write_text(text, "utf-8")


def _refuse_places(arguments: argparse.Namespace, out: Output) -> None:
    """Before anything is asked: what is to be shown has a place, and no file stands where one is to be made."""
    issues = []
    for name in ("out", "notice", "blinded"):
        path: Path | None = getattr(arguments, name, None)
        if path is not None and path.exists():
            message = "there is a file of this name; nothing is overwritten."
            issues.append(error("unblind/exists", str(path), message, "Name a new file."))
        elif path is not None and not path.parent.is_dir():
            issues.append(error("unblind/no-folder", str(path.parent), "there is no such folder.", "Make it first."))
    is_shown = arguments.deed == "drill" or getattr(arguments, "on_paper", None)
    if not is_shown and arguments.out is None and not arguments.show and (out.width is None or out.as_json):
        message = "the allocation would go into a pipe or a log."
        issues.append(
            error("unblind/where", "--out", message, "Name a new file with --out, or ask for it with --show.")
        )
    if issues:
        raise InputError(issues)


# --- One participant ------------------------------------------------------------------------------------------------


def _enrol(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.allocation.sealed_strand import draw_seed
    from armlet.cli.second_factor import SECRET_BYTES, enrol

    enrol(arguments.second, arguments.person, draw_seed()[:SECRET_BYTES])
    words = f"{arguments.person} is enrolled in {arguments.second}: type its secret into an authenticator, in private."
    out.answer({"person": arguments.person, "file": str(arguments.second)}, words)
    return ExitCode.DONE


def _confirm(path: Path, person: str) -> str | None:
    """How the person confirmed who they are; None for a wrong code, a code used before, or another person's file."""
    from armlet.cli.second_factor import HOW, ask_code, is_right, load
    from armlet.conduct.rules import is_same_person

    is_own = is_same_person(load(path).person, person)
    return HOW if is_right(path, ask_code(person), _now()) and is_own else None


def _break_one(arguments: argparse.Namespace, out: Output) -> ExitCode:
    trial, shown = _learn(arguments, out, UnblindingCategory.EMERGENCY)
    text = "DRILL: no arm is shown.\n"
    if shown is not None and shown.arm is not None:
        text = f"Participant {arguments.participant}: arm {shown.arm}. For {arguments.to} alone; tell nobody.\n"
    elif shown is None:
        text = "The envelope is entered; no arm is shown.\n"
    _hand_out(arguments, out, text)
    _notify(trial, arguments, out)
    return ExitCode.DONE


def _report_safety(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.allocation.expedited import find_event, render_expedited

    trial, shown = _learn(arguments, out, UnblindingCategory.SAFETY_REPORT)
    one = trial.door.state.participants[arguments.participant]
    event = find_event(one, arguments.event)
    state, protocol = trial.door.state, trial.door.protocol
    if arguments.blinded is not None:
        _write_new(arguments.blinded, render_expedited(state, one, event, None, protocol))
    _hand_out(arguments, out, render_expedited(state, one, event, shown, protocol))
    _notify(trial, arguments, out)
    return ExitCode.DONE


def _learn(arguments: argparse.Namespace, out: Output, category: UnblindingCategory) -> tuple[_Trial, Shown | None]:
    """Asks for the warrant and reads under it. A refusal is recorded, told in the notice, and raised."""
    from armlet.allocation.unblinding import read_arm
    from armlet.conduct.commands import By, GrantWarrant

    _refuse_places(arguments, out)
    trial, act = _open_trial(arguments), arguments.act or _draw_act()
    if category is UnblindingCategory.SAFETY_REPORT:
        _refuse_event(trial, arguments)
    out.note(f"Act {act}: if this is interrupted, type it again with --act {act} within ten minutes.")
    occurred, is_drill = _moment_of(arguments), arguments.deed == "drill"
    by = By(arguments.by, arguments.role, occurred, confirmed_by=_confirm(arguments.second, arguments.by))
    command = GrantWarrant(
        act, arguments.participant, category, arguments.why, arguments.to, is_drill, arguments.override
    )
    _ask_warrant(trial, command, by, arguments)
    reading = replace(by, key=f"{act}/read")
    if getattr(arguments, "on_paper", None):
        _enter_paper(trial, act, reading, out)
        return trial, None
    shown = read_arm(None if is_drill else trial.open_vault(), trial.door, act, reading)
    trial.publish_heads()
    return trial, shown


def _refuse_event(trial: _Trial, arguments: argparse.Namespace) -> None:
    """A slip in the number of the event is told before a code is broken for it; no SUSAR at all is for the rules."""
    from armlet.allocation.expedited import find_event
    from armlet.conduct.rules.unblinding import has_susar

    one = trial.door.state.participants.get(arguments.participant)
    if one is not None and has_susar(trial.door.state, one.id):
        find_event(one, arguments.event)


def _draw_act() -> str:
    from armlet.allocation.sealed_strand import draw_seed

    return f"A{draw_seed()[:6].hex()}"


def _moment_of(arguments: argparse.Namespace) -> datetime:
    if not getattr(arguments, "on_paper", None):
        return _now()
    try:
        return datetime.fromisoformat(arguments.on_paper)
    except ValueError:
        message = f"{arguments.on_paper!r} is no moment; expected for example 2021-05-03T03:10+02:00."
        raise InputError([error("unblind/moment", "--on-paper", message, "Say day, time and zone.")]) from None


def _ask_warrant(trial: _Trial, command: GrantWarrant, by: By, arguments: argparse.Namespace) -> None:
    """Without a second factor the act has no key: a retry is answered to whoever confirms who they are, and to no other."""
    from armlet.conduct.decide import Refused

    key = f"{command.warrant}/warrant" if by.confirmed_by is not None else None
    decision = trial.door.ask(command, replace(by, key=key))
    if isinstance(decision, Refused):
        trial.publish_heads()
        if arguments.notice is not None and trial.door.state.told:
            _write_notice(trial, arguments.notice)
        raise RefusedError(decision.issues)


def _enter_paper(trial: _Trial, act: str, by: By, out: Output) -> None:
    """An envelope was opened while the ledger could not be reached: the same two entries, afterwards, and no arm."""
    from armlet.allocation.unblinding import read_arm
    from armlet.conduct.commands import RecordRead
    from armlet.conduct.decide import Refused

    if trial.strand.is_file() and (trial.shares or (trial.key is not None and trial.key.is_file())):
        read_arm(trial.open_vault(), trial.door, act, by)
    else:
        decision = trial.door.ask(RecordRead(act, trial.door.state.warrants[act].to), by)
        if isinstance(decision, Refused):
            raise RefusedError(decision.issues)
        out.note("The vault is not at hand: the reading stands in the open strand alone.")
    trial.publish_heads()


def _hand_out(arguments: argparse.Namespace, out: Output, text: str) -> None:
    """To the named person's file or terminal; a document holds it only where it was asked for."""
    document: dict[str, object] = {"participant": arguments.participant, "to": arguments.to}
    if arguments.out is not None:
        _write_new(arguments.out, text)
        document["file"] = str(arguments.out)
        text = f"Written to {arguments.out}, for {arguments.to} alone."
    elif arguments.show:
        document["shown"] = text
    out.answer(document, text)


def _notify(trial: _Trial, arguments: argparse.Namespace, out: Output) -> None:
    if arguments.notice is not None:
        _write_notice(trial, arguments.notice)
    else:
        out.note(
            "Tell sponsor, investigator and monitor that the code was broken, and not what it was (--notice FILE)."
        )


def _write_notice(trial: _Trial, path: Path) -> None:
    from armlet.projections.notices import newest, render_notice

    _write_new(path, render_notice(trial.door.state, newest(trial.door.state)))


# --- All of them ----------------------------------------------------------------------------------------------------


def _planned(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.allocation.unblinding import read_all
    from armlet.conduct.commands import By, GrantWarrant
    from armlet.conduct.rules import is_same_person

    _refuse_places(arguments, out)
    trial, act, second = _open_trial(arguments), arguments.act or _draw_act(), getattr(arguments, "with")
    out.note(f"Act {act}: if this is interrupted, type it again with --act {act} within ten minutes.")
    first_factor = _confirm(arguments.second, arguments.by)
    second_factor = _confirm(arguments.second_with, second)
    both = None if first_factor is None or second_factor is None else f"{first_factor}, both"
    by = By(arguments.by, Role.RANDOMISATION_STATISTICIAN, _now(), confirmed_by=both)
    agreed = (arguments.by, second if both is not None and not is_same_person(second, arguments.by) else "")
    command = GrantWarrant(act, None, UnblindingCategory.ANALYSIS, arguments.why, arguments.to, agreed_by=agreed)
    _ask_warrant(trial, command, by, arguments)
    slots = read_all(trial.open_vault(), trial.door, act, replace(by, key=f"{act}/read"))
    trial.publish_heads()
    arguments.participant = None
    rows = "".join(f"{slot.number},{slot.participant},{slot.arm}\n" for slot in slots)
    _hand_out(arguments, out, f"slot,participant,arm\n{rows}")
    _notify(trial, arguments, out)
    return ExitCode.DONE


def _board(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.allocation.board import count_closed
    from armlet.allocation.sealed_strand import draw_seed
    from armlet.allocation.vault import Writer
    from armlet.conduct.commands import By, GrantWarrant, RecordRead
    from armlet.conduct.decide import Refused
    from armlet.export.package import compute
    from armlet.projections.board import count_open, render_csv, render_page

    trial = _open_trial(arguments)
    if arguments.out.exists():
        message = "there is something of this name; nothing is overwritten."
        raise InputError([error("unblind/exists", str(arguments.out), message, "Name a new folder.")])
    door, vault = trial.door, trial.open_vault()
    code = _confirm(arguments.second, arguments.by)
    by = By(arguments.by, Role.RANDOMISATION_STATISTICIAN, _now(), confirmed_by=code)
    board, act = UnblindingCategory.SAFETY_BOARD, f"board/{arguments.report}"
    warrant = GrantWarrant(arguments.report, None, board, arguments.why, arguments.to)
    for command, key in ((warrant, act), (RecordRead(arguments.report, arguments.to), f"{act}/read")):
        decision = door.ask(command, replace(by, key=key if code else None))  # a retry confirms who asks as well
        if isinstance(decision, Refused):
            trial.publish_heads()
            raise RefusedError(decision.issues)
    data = compute(door.protocol, tuple(door.entries()))
    dataset = data.dataset if arguments.primary else None
    writer = Writer(arguments.by, by.occurred)
    closed = count_closed(vault, writer, door.protocol, data.state, arguments.report, draw_seed(), dataset)
    trial.publish_heads()
    arguments.out.mkdir(mode=0o700, parents=True)
    for name, table in (("closed", closed), ("open", count_open(door.protocol, data.state))):
        _write_new(arguments.out / f"{name}.csv", render_csv(table))
        _write_new(arguments.out / f"{name}.html", render_page(table))
    document = {"report": arguments.report, "folder": str(arguments.out), "labels": list(closed.columns)}
    out.answer(document, f"Report {arguments.report} is in {arguments.out}: closed for the board alone, open for all.")
    return ExitCode.DONE


# --- What happened, and what follows --------------------------------------------------------------------------------


def _accident(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.allocation.sealed_strand import draw_seed
    from armlet.conduct.accident import seal_details
    from armlet.conduct.commands import By, ReportUnblinding
    from armlet.conduct.decide import Refused

    trial = _open_trial(arguments)
    details = arguments.details.read_text("utf-8") if arguments.details is not None else ""
    try:
        box = seal_details(trial.door.state.sealing_key, arguments.participant, details, draw_seed())
    except ValueError as problem:
        raise InputError([error("unblind/details", str(arguments.details), f"{problem}.", "Shorten it.")]) from None
    if box is None and details:
        out.note(
            "The trial has published no sealing key, so the details are not kept: tell the statistician in person."
        )
    how, role = _WAYS[arguments.how], arguments.works_as
    command = ReportUnblinding(arguments.participant, arguments.who, role, how, arguments.on, box)
    decision = trial.door.ask(command, By(arguments.by, arguments.role, _now()))
    if isinstance(decision, Refused):
        raise RefusedError(decision.issues)
    trial.publish_heads()
    document = {"participant": arguments.participant, "entry": trial.door.state.head.seq}
    out.answer(document, f"Reported, entry {trial.door.state.head.seq}. The participant stays in the trial.")
    return ExitCode.DONE


def _attempts(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.projections.who_knows import list_attempts

    found = list_attempts(_open_trial(arguments).door.state)
    rows = [
        (f"{one.at:%Y-%m-%d %H:%M}", one.actor, one.role, one.participant or "-", one.category, ", ".join(one.rules))
        for one in found
    ]
    head = ("when", "who", "as", "participant", "ground", "refused by")
    document = {"attempts": [dict(zip(head, row, strict=True)) for row in rows]}
    out.answer(document, lambda: render_table(head, rows, out.width) if rows else "No attempt was refused.")
    return ExitCode.DONE


def _who_knows(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.projections.who_knows import who_knows

    found = who_knows(_open_trial(arguments).door.state)
    rows = [(one.participant or "everybody", one.who, f"{one.since:%Y-%m-%d %H:%M}", one.way) for one in found]
    head = ("participant", "who", "since", "way")
    document = {"knows": [dict(zip(head, row, strict=True)) for row in rows]}
    out.answer(document, lambda: render_table(head, rows, out.width) if rows else "Nobody who was not to know.")
    return ExitCode.DONE


def _impact(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """How much is known of each, and never of which arm; looking is a reading like any other."""
    from armlet.allocation.inference import WARN_ABOVE, infer_hidden
    from armlet.allocation.vault import Writer
    from armlet.ledger.sealed import ArmRead
    from armlet.projections.who_knows import unblinded_participants

    trial = _open_trial(arguments)
    vault, known = trial.open_vault(), unblinded_participants(trial.door.state)
    arms = {assigned.participant: assigned.arm for assigned in vault.assignments()}
    vault.note(Writer(arguments.by, _now()), ArmRead(participant=None, warrant="impact", by=arguments.by))
    trial.publish_heads()
    hidden = infer_hidden(vault.scheme(), tuple(arms), {who: arms[who] for who in known if who in arms})
    rows = [
        (one.participant, f"{float(one.highest):.3f}", "WARNING" if one.highest > WARN_ABOVE else "") for one in hidden
    ]
    head = ("participant", "highest chance", "")
    document = {
        "known": sorted(known),
        "hidden": [{"participant": one.participant, "highest": float(one.highest)} for one in hidden],
        "warn_above": float(WARN_ABOVE),
    }
    out.answer(document, lambda: render_table(head, rows, out.width) if rows else "Nobody is hidden.")
    return ExitCode.DONE


def _note(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Written into the sealed strand alone: an open entry would say that there was something to note."""
    from armlet.allocation.vault import Writer
    from armlet.ledger.sealed import PossibleUnblindingNoted

    trial, what = _open_trial(arguments), arguments.what.strip()
    if arguments.participant not in trial.door.state.participants:
        message = "no participant has this number."
        raise InputError([error("unblind/participant", arguments.participant, message, "Check the number.")])
    if not 0 < len(what) <= MOST_OF_A_NOTE:
        message = f"a note has 1 to {MOST_OF_A_NOTE} signs; got {len(what)}."
        raise InputError([error("unblind/note", "--what", message, "Say it shorter.")])
    noted = PossibleUnblindingNoted(participant=arguments.participant, what=what)
    trial.open_vault().add(Writer(arguments.by, _now()), noted)
    trial.publish_heads()
    words = "Noted in the sealed strand, for the statistician of the safety board."
    out.answer({"participant": arguments.participant}, words)
    return ExitCode.DONE


def _notes(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """What was noted, without an arm; looking is a reading like any other."""
    from armlet.allocation.vault import Writer
    from armlet.ledger.sealed import ArmRead, PossibleUnblindingNoted

    trial = _open_trial(arguments)
    vault = trial.open_vault()
    vault.note(Writer(arguments.by, _now()), ArmRead(participant=None, warrant="notes", by=arguments.by))
    trial.publish_heads()
    rows = [(one.participant, one.what) for one in vault.events(PossibleUnblindingNoted)]
    document = {"notes": [{"participant": who, "what": what} for who, what in rows]}
    out.answer(
        document, lambda: render_table(("participant", "what"), rows, out.width) if rows else "Nothing was noted."
    )
    return ExitCode.DONE
