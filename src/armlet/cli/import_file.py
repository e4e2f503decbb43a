"""`armlet import`: results from the file of a laboratory, planned in a dry run first and then recorded as one act."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.inputs import read_bytes
from armlet.cli.output import Output, render_table
from armlet.errors import ExitCode, Fault, InputError, RefusedError, UsageError
from armlet.issues import error

if TYPE_CHECKING:
    from armlet.conduct.commands import By
    from armlet.conduct.door import Door
    from armlet.intake.diary import DeviceMapping
    from armlet.intake.mapping import Mapping as FileMapping
    from armlet.intake.plan import Asked, Plan, Planned

    _Read = tuple[FileMapping | DeviceMapping, int, tuple[list[Asked], list[Planned]]]

NAME: Final = "import"
HELP: Final = "record results from the file of a laboratory or a device, after a dry run"

_EPILOG: Final = """\
example:
  armlet import out/NAME results.csv --mapping central-lab.yaml --by "Dora Example" --dry-run
  armlet import out/NAME results.csv --mapping central-lab.yaml --by "Dora Example" --plan sha256:...
  armlet import out/NAME results.csv --mapping central-lab.yaml --by "Dora Example" --accept 14 \\
      --why "The laboratory repeated the assay." --dry-run
  armlet import out/NAME libre.csv --mapping libre.yaml --participant P01 --visit month_3 --by "Cora Example" \
      --role site_coordinator --dry-run

The dry run says of every row whether it would be recorded, is there already, conflicts with what is recorded, or is
refused and why, and prints the digest of that plan. The real run names that digest; where the file, the mapping or the
ledger has changed since, it is refused. Either every planned row is recorded, with one entry that says where they came
from, or none. A unit other than the expected one stops the whole file. A value that could tell the arm is printed as
"sealed" to everybody, and a recorded one that is sealed cannot be compared. --accept takes a line of the file whose value
corrects the recorded one, or is not plausible and was checked; both values stay. --rows and --digest are what the sender
says of the file.

exit code: 0 planned or recorded; 1 rows are refused or in conflict (dry run), or the file cannot be read; 3 the plan is
another one, a unit stops the file, or the trial refuses it; 4 fault.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The trial, the file, how it is read, who imports, and whether it is a dry run."""
    from armlet.conduct.intake.commands import ImportResults
    from armlet.conduct.roles import MAY

    parser.epilog = _EPILOG
    parser.add_argument("folder", metavar="DIR", type=Path, help="the folder of a trial's life")
    parser.add_argument("file", metavar="FILE", help="the file of the laboratory")
    parser.add_argument("--mapping", metavar="M", type=Path, required=True, help="the declared mapping of its columns")
    parser.add_argument("--by", metavar="NAME", required=True, help="who imports")
    parser.add_argument(
        "--role", choices=[role.value for role in sorted(MAY[ImportResults])], default="data_manager",
        help="in which role (data_manager)",
    )  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="plan, print, record nothing")
    parser.add_argument("--plan", metavar="DIGEST", help="the digest that the dry run printed")
    parser.add_argument("--accept", metavar="LINE", type=int, action="append", default=[], help="a line to accept")
    parser.add_argument("--why", metavar="TEXT", default="", help="why the accepted lines are right")
    parser.add_argument("--participant", metavar="ID", help="whose device the file is of")
    parser.add_argument("--visit", metavar="VISIT", help="the visit that the days before count for")
    parser.add_argument(
        "--rows", metavar="N", type=int, help="how many rows (of a device: readings) there are, as the sender says"
    )
    parser.add_argument("--digest", metavar="DIGEST", help="the SHA-256 that the sender says the file has")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Plans or records. Raises UsageError, InputError, RefusedError, LedgerBroken."""
    if arguments.dry_run == (arguments.plan is not None):
        message = "either --dry-run, or --plan with the digest that it printed."
        raise UsageError([error("usage", "armlet import", message, "Make the dry run first.")])
    if bool(arguments.accept) != bool(arguments.why.strip()):
        message = "--accept needs --why, and --why needs --accept."
        raise UsageError([error("usage", "--accept", message, "Say why the line is right.")])
    door = open_door(arguments.folder)
    by = by_of(arguments)
    plan = _plan(arguments, door, by)
    return finish(plan, door, by, arguments, out)


def open_door(folder: Path) -> Door:
    """The door of the trial in a folder. Raises InputError where there is none, LedgerBroken."""
    from armlet.conduct.door import Door
    from armlet.export.package import OPEN, PROTOCOL
    from armlet.ledger.stores.file import FileStore
    from armlet.protocol.load import load_protocol
    from armlet.studytime import SystemClock

    if not (folder / OPEN).is_file():
        fix = "Name the folder of a trial's life."
        raise InputError([error("folder/no-ledger", str(folder), f"there is no {OPEN} here.", fix)])
    return Door(load_protocol(folder / PROTOCOL), FileStore(folder / OPEN), SystemClock())


def by_of(arguments: argparse.Namespace) -> By:
    """Who imports, now; a reason is that of the accepted lines."""
    from armlet.conduct.commands import By
    from armlet.protocol.model import Role
    from armlet.studytime import SystemClock

    return By(arguments.by, Role(arguments.role), SystemClock().now(), arguments.why.strip() or None)


def _plan(arguments: argparse.Namespace, door: Door, by: By) -> Plan:
    from armlet.document import digest, read_text, read_yaml
    from armlet.intake.plan import Source, make_plan

    data = read_bytes(arguments.file, "import")
    plain, _ = read_yaml(read_text(arguments.mapping, "mapping"), arguments.mapping.name)
    is_of_device = isinstance(plain, dict) and "device" in plain
    mapping, rows, (asked, others) = (_read_device if is_of_device else _read_table)(arguments, data, door)
    source = Source(digest(data), mapping.id, mapping.version, mapping.digest())
    refuse_other_file(arguments, source.digest, rows)
    accepted = {line: arguments.why.strip() for line in arguments.accept}
    return make_plan(asked, others, source, (door.protocol, door.state), by, accepted)


def _read_table(arguments: argparse.Namespace, data: bytes, door: Door) -> _Read:
    """The rows of a laboratory's file."""
    from armlet.intake.mapping import load_mapping
    from armlet.intake.plan import understand
    from armlet.intake.table import decode, read_table

    if arguments.participant or arguments.visit:
        message = "a laboratory's file says itself whose values it has, and of which visit."
        raise UsageError([error("usage", "--participant", message, "Leave out --participant and --visit.")])
    mapping = load_mapping(arguments.mapping, door.protocol)
    text = decode(data, mapping.file.encoding, arguments.file)
    rows = read_table(text, mapping.file.delimiter, mapping.columns(), arguments.file, mapping.file.skip)
    return mapping, len(rows), understand(rows, mapping, door.state, arguments.file)


def _read_device(arguments: argparse.Namespace, data: bytes, door: Door) -> _Read:
    """The values that are made of a device's readings; an export names a person, and never a participant."""
    from armlet.intake.devices import find_devices
    from armlet.intake.diary import load_device_mapping, make_rows
    from armlet.intake.table import decode

    if not (arguments.participant and arguments.visit):
        message = "the export of a device does not say which participant and visit it is of."
        raise UsageError([error("usage", "--participant", message, "Give --participant and --visit.")])
    mapping = load_device_mapping(arguments.mapping, door.protocol)
    one = door.state.participants.get(arguments.participant)
    held = one.held.get(arguments.visit) if one is not None else None
    if held is None:
        message = f"no visit {arguments.visit!r} of {arguments.participant!r} is recorded as held."
        raise RefusedError([error("import/visit-not-held", arguments.file, message, "Record the visit first.")])
    text = decode(data, mapping.encoding, arguments.file)
    readings = find_devices()[mapping.device].read(text, arguments.file, mapping.moment)
    whose = (arguments.participant, arguments.visit, held.on)
    return mapping, len(readings), make_rows(readings, mapping, door.protocol, whose, arguments.file)


def refuse_other_file(arguments: argparse.Namespace, digest: str, rows: int) -> None:
    """Raises RefusedError where the file is not what its sender says."""
    said = (arguments.digest or "").casefold()
    if said and digest != f"sha256:{said.removeprefix('sha256:')}":
        message = f"the file is {digest}, and its sender says {said}."
        raise RefusedError([error("import/other-digest", arguments.file, message, "Fetch the file again.")])
    if arguments.rows is not None and arguments.rows != rows:
        message = f"the file has {rows} rows, and its sender says {arguments.rows}."
        raise RefusedError([error("import/other-rows", arguments.file, message, "Fetch the file again.")])


def finish(plan: Plan, door: Door, by: By, arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Prints the plan of a dry run, or asks the door for what was planned. Raises RefusedError."""
    from armlet.intake.plan import Outcome

    counts = plan.counts()
    if arguments.dry_run:
        out.answer(_document(plan), lambda: _words(plan, out.width))
        is_open = counts[Outcome.REFUSED] + counts[Outcome.CONFLICT] > 0
        return ExitCode.ISSUES if is_open else ExitCode.DONE
    if plan.digest() != arguments.plan:
        message = f"the plan is now {plan.digest()}, and {arguments.plan} was named."
        fix = "The file, the mapping, the accepted lines or the ledger changed: make the dry run again."
        raise RefusedError([error("import/other-plan", arguments.file, message, fix)])
    if not counts[Outcome.RECORD] + counts[Outcome.CORRECT]:
        document = {**_document(plan), "recorded": 0, "entry": None}
        out.answer(document, "Nothing of this file is to be recorded; nothing was written.")
        return ExitCode.DONE
    entry = _record(plan, door, by)
    recorded = counts[Outcome.RECORD] + counts[Outcome.CORRECT]
    words = f"Recorded {recorded} value{'' if recorded == 1 else 's'} (entry {entry})."
    out.answer({**_document(plan), "recorded": recorded, "entry": entry}, words)
    return ExitCode.DONE


def _record(plan: Plan, door: Door, by: By) -> int:
    """Asks the door, and reconciles what it wrote with what was planned. Raises RefusedError, Fault."""
    from armlet.conduct.decide import Refused

    command, before = plan.command(), door.state.head.seq
    decision = door.ask(command, by)
    if isinstance(decision, Refused):
        raise RefusedError(decision.issues)
    written = door.state.head.seq - before
    if len(decision.events) != len(command.rows) + 1 or written < len(decision.events):
        raise Fault(f"{len(command.rows)} rows were planned and {len(decision.events) - 1} were recorded.")
    return max(door.state.intake.imports)


def _document(plan: Plan) -> Mapping[str, object]:
    return {
        "plan": plan.digest(),
        "source": plan.source.digest,
        "mapping": {"id": plan.source.mapping, "version": plan.source.version, "digest": plan.source.mapping_digest},
        "rows": len(plan.rows),
        "counts": {outcome.value: count for outcome, count in plan.counts().items()},
        "lines": [_row(one) for one in plan.rows],
    }


def _row(one: Planned) -> dict[str, object]:
    row = one.row
    return {
        "line": one.line,
        "outcome": one.outcome.value,
        "participant": row.participant if row else "",
        "visit": row.visit if row else "",
        "measure": row.measure if row else "",
        "sample": row.sample if row else "",
        "value": _shown(one),
        "recorded": "sealed" if one.recorded and one.is_sealed else one.recorded,
        "rule": one.rule,
        "why": one.why,
    }


def _shown(one: Planned) -> str:
    if one.row is None or not one.row.value:
        return ""
    return "sealed" if one.is_sealed else f"{'<' if one.row.below else ''}{one.row.value} {one.row.unit}"


def _words(plan: Plan, width: int | None) -> str:
    head = ("line", "outcome", "participant", "visit", "measure", "sample", "value", "why")
    rows = [tuple(str(_row(one)[name]) for name in head) for one in plan.rows]
    told = ", ".join(f"{count} {outcome.value}" for outcome, count in plan.counts().items() if count)
    return f"{render_table(head, rows, width)}\n\n{len(rows)} rows: {told or 'none'}\nplan {plan.digest()}"
