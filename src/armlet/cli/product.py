"""`armlet product`: what is recorded of the cell product, where every cell went, and whether the books balance."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.output import Output, render_table
from armlet.errors import ExitCode, InputError, RefusedError, UsageError
from armlet.issues import Issue, error

if TYPE_CHECKING:
    from armlet.conduct.state import TrialState
    from armlet.laboratory.accountability import Accountability
    from armlet.laboratory.door import ProductDoor
    from armlet.laboratory.genealogy import LookBack
    from armlet.laboratory.state import MonitoringVisit, Node, ProductState
    from armlet.laboratory.strand import ProductStrand
    from armlet.product.label import Label
    from armlet.protocol.model import Protocol

NAME: Final = "product"
HELP: Final = "record the cell product from donor to bedside, and say where every cell went"

_EPILOG: Final = """\
example:
  armlet product DIR open --key KEYFOLDER/product-key.hex --by "Mia Example"
  armlet product DIR do records.yaml --key KEYFOLDER/product-key.hex
  armlet product DIR lookback D-1 --key KEYFOLDER/product-key.hex
  armlet product DIR lookback P07 --as participant --key KEYFOLDER/product-key.hex
  armlet product DIR trace PREP-007 --key KEYFOLDER/product-key.hex
  armlet product DIR accountability --key KEYFOLDER/product-key.hex
  armlet product DIR status --key KEYFOLDER/product-key.hex
  armlet product DIR ready PREP-007 --key KEYFOLDER/product-key.hex
  armlet product DIR label PREP-007 --key KEYFOLDER/product-key.hex --investigator "Ivar Example" \
      --contact "call +00 555 0100" --zone Europe/Stockholm --out PREP-007.pdf
  armlet product DIR verify

DIR is the folder of a trial's life: the protocol and the open strand are read there, and the product strand is
DIR/product/product.jsonl. Its key is none of the vault's: the cell laboratory and the pharmacist hold it. Everything that
is printed with the key tells who got cells and who a sham: it is for those who hold the key, and for nobody who is blinded.

records.yaml says who records, and what, in order:

  actor: Mia Example
  role: cell_laboratory
  records:
    - at: 2021-03-10T10:00:00+00:00
      record: {kind: donor registered, donor: D-1, participant: P01}

All of a file is recorded, or nothing is: then every reason is said. A scan that does not match is refused and kept as a
near miss. `docs/how-to/follow-the-product.md` lists every kind of record.

exit code: 0 done; 1 a file cannot be used, or the books do not balance (said where); 2 wrong usage; 3 refused by a rule;
4 the key is not right, or the strand is not what was written.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, what to do, and the key."""
    parser.epilog = _EPILOG
    parser.add_argument("folder", metavar="DIR", type=Path, help="the folder of a trial's life")
    deeds = parser.add_subparsers(dest="deed", metavar="DEED", required=True)
    opening = deeds.add_parser("open", help="make the key and begin the strand")
    opening.add_argument("--by", metavar="NAME", required=True, help="who begins it, of the cell laboratory")
    do = deeds.add_parser("do", help="record what a file says: all of it, or nothing")
    do.add_argument("file", metavar="FILE", type=Path, help="a YAML file of records")
    look = deeds.add_parser("lookback", help="from any thing to all that it came from and all that came of it")
    trace = deeds.add_parser("trace", help="every entry about a thing and what it was made from, in order")
    for deed in (look, trace):
        deed.add_argument("name", metavar="NUMBER", help="a donor, donation, container, lot, supply, preparation, …")
        deed.add_argument("--as", metavar="KIND", dest="kind", help="what the number is of, where several have it")
    books = deeds.add_parser("accountability", help="what came in and where it went, for each bag")
    status = deeds.add_parser("status", help="lots, recalls, near misses, what is quarantined")
    ready = deeds.add_parser("ready", help="whether a preparation number may be released")
    ready.add_argument("preparation", metavar="NUMBER", help="its number")
    label = deeds.add_parser("label", help="the outer label of a bag that is ready: the same words whatever is in it")
    label.add_argument("preparation", metavar="NUMBER", help="its number")
    for name, what in (("investigator", "who answers for it at the site"), ("contact", "whom to call, also at night")):
        label.add_argument(f"--{name}", metavar="TEXT", required=True, help=what)
    label.add_argument("--zone", metavar="ZONE", required=True, help="the time zone of the expiry, as Europe/Stockholm")
    label.add_argument("--out", metavar="FILE", type=Path, help="a new PDF file (needs armlet[print])")
    verify = deeds.add_parser("verify", help="whether the strand is what was written; no key is needed")
    opening.add_argument("--key", metavar="FILE", type=Path, required=True, help="the key that is made")
    for deed in (do, look, trace, books, status, ready, label):
        deed.add_argument(
            "--key", metavar="FILE", type=Path, help="the key of the product strand, where it lies elsewhere"
        )
    for deed in (opening, do, look, trace, books, status, ready, label, verify):
        deed.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Does the deed. Raises InputError for files that cannot be used, RefusedError where a rule says no."""
    deeds = {
        "open": _open,
        "do": _do,
        "lookback": _look_back,
        "trace": _trace,
        "accountability": _account,
        "status": _status,
        "ready": _ready,
        "label": _label,
        "verify": _verify,
    }
    return deeds[arguments.deed](arguments, out)


# --- The files ------------------------------------------------------------------------------------------------------


def _load(arguments: argparse.Namespace) -> tuple[ProductStrand, ProductDoor]:
    from armlet.export.package import PRODUCT, PRODUCT_KEY
    from armlet.laboratory.strand import ProductKey, ProductStrand

    if not (arguments.folder / PRODUCT).is_file():
        message, fix = f"there is no {PRODUCT} here.", "Begin it with `armlet product DIR open`."
        raise InputError([error("product/no-strand", str(arguments.folder), message, fix)])
    key = arguments.key or arguments.folder / PRODUCT_KEY
    if not key.is_file():
        message, fix = "the key is not there.", "Say where it lies: --key FILE. Without it nobody reads the strand."
        raise InputError([error("product/no-key", str(key), message, fix)])
    strand = ProductStrand(ProductKey.load(key), arguments.folder / PRODUCT)
    return strand, _door(arguments.folder, strand)


def _door(folder: Path, strand: ProductStrand) -> ProductDoor:
    from armlet.conduct.state import fold
    from armlet.export.package import OPEN
    from armlet.laboratory.door import ProductDoor
    from armlet.laboratory.gate import OpenSide
    from armlet.ledger.chain import verify
    from armlet.protocol.load import load_in_force
    from armlet.studytime import SystemClock

    if not (folder / OPEN).is_file():
        message, fix = f"there is no {OPEN} here.", "Name the folder of a trial's life."
        raise InputError([error("product/no-ledger", str(folder), message, fix)])

    def state() -> TrialState:
        return fold(verify((folder / OPEN).read_bytes()).entries)

    protocol = load_in_force(folder, state().protocol_digest)
    return ProductDoor(protocol, strand, lambda: OpenSide.of(state()), SystemClock())


def _write_head(folder: Path, strand: ProductStrand) -> None:
    """The head beside the strand, where a rehearsal or an earlier record put one."""
    from armlet.export.package import PRODUCT_HEAD, head_json, write_text

    write_text(folder / PRODUCT_HEAD, head_json(strand.head()))


# --- Recording ------------------------------------------------------------------------------------------------------


def _open(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.conduct.commands import By
    from armlet.export.package import PRODUCT, load_data
    from armlet.laboratory.answer import Refused
    from armlet.laboratory.strand import ProductKey, ProductStrand
    from armlet.ledger.product_events import ProductStrandOpened
    from armlet.protocol.model import Role
    from armlet.studytime import SystemClock

    _refuse_existing(arguments.folder / PRODUCT, arguments.key)
    data = load_data(arguments.folder)
    key = ProductKey.generate()
    (arguments.folder / PRODUCT).parent.mkdir(exist_ok=True)
    key.save(arguments.key)
    strand = ProductStrand(key, arguments.folder / PRODUCT)
    record = ProductStrandOpened(trial=data.protocol.id, simulated=data.state.simulated)
    by = By(arguments.by, Role.CELL_LABORATORY, SystemClock().now())
    decision = _door(arguments.folder, strand).ask(record, by)
    if isinstance(decision, Refused):
        arguments.key.unlink()
        raise RefusedError(decision.issues)
    _write_head(arguments.folder, strand)
    document = {"trial": data.protocol.id, "strand": str(arguments.folder / PRODUCT), "key": str(arguments.key)}
    text = f"The product strand of {data.protocol.id} is begun.\n  strand  {document['strand']}\n  key     {document['key']}"
    out.answer(document, text)
    return ExitCode.DONE


def _refuse_existing(strand: Path, key: Path) -> None:
    issues = []
    for path in (strand, key):
        if path.exists():
            message = "there is a file of this name; nothing is overwritten."
            issues.append(error("product/exists", str(path), message, "Name a new file."))
    if not key.parent.is_dir():
        issues.append(error("product/no-folder", str(key.parent), "there is no such folder.", "Make it first."))
    if issues:
        raise InputError(issues)


def _do(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.laboratory.answer import Accepted, Refused
    from armlet.laboratory.sheet import load_sheet

    wishes = load_sheet(arguments.file)
    strand, door = _load(arguments)
    before = strand.head().seq
    decisions = door.ask_all(wishes)
    if strand.head().seq != before:
        _write_head(arguments.folder, strand)
    last = decisions[-1]
    if isinstance(last, Refused):
        kept = "a near miss was kept, and nothing else" if last.noted else "nothing was recorded"
        out.note(f"Record {len(decisions)} of {len(wishes)} was refused; {kept}.")
        raise RefusedError(last.issues)
    written = [event for one in decisions if isinstance(one, Accepted) for event in one.events]
    document = {
        "recorded": [json.loads(event.model_dump_json(exclude_none=True)) for event in written],
        "entries": strand.head().seq,
        "head": strand.head().digest,
    }
    lines = [f"{number}. {event.kind}" for number, event in enumerate(written, start=before + 1)]
    out.answer(document, lambda: "\n".join([*lines, f"head {strand.head()}"]))
    return ExitCode.DONE


# --- Asking ---------------------------------------------------------------------------------------------------------


def _find(state: ProductState, arguments: argparse.Namespace) -> Node:
    from armlet.laboratory.genealogy import KINDS, find_thing

    if arguments.kind is not None and arguments.kind not in KINDS:
        raise UsageError([error("usage", "--as", f"{arguments.kind!r} is none of {', '.join(KINDS)}.", "")])
    found = [one for one in find_thing(state, arguments.name) if arguments.kind in {None, one[0]}]
    if not found:
        message = "nothing of the product has this number."
        raise InputError([error("product/unknown", arguments.name, message, "Check the number.")])
    if {kind for kind, _ in found} == {"donor", "participant"}:  # one person, who gave and gets their own
        return next(one for one in found if one[0] == "participant")
    if len(found) > 1:
        kinds = ", ".join(kind for kind, _ in found)
        message = f"several things have this number: {kinds}."
        raise UsageError([error("usage", arguments.name, message, f"Say which, for example --as {found[0][0]}.")])
    return found[0]


def _look_back(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.laboratory.genealogy import look_back

    _, door = _load(arguments)
    found = look_back(door.state, _find(door.state, arguments))
    out.answer(_look_back_document(found), lambda: _look_back_text(found), simulated=door.state.simulated)
    return ExitCode.DONE


_ORDER: Final = ("donor", "donation", "supply", "culture", "lot", "container", "preparation", "participant")


def _look_back_document(found: LookBack) -> dict[str, object]:
    return {
        "of": {"kind": found.of[0], "number": found.of[1]},
        "back": {kind: [name for what, name in found.back if what == kind] for kind in _ORDER},
        "forward": {kind: [name for what, name in found.forward if what == kind] for kind in _ORDER},
        "siblings": list(found.siblings),
        "remaining": list(found.remaining),
    }


def _look_back_text(found: LookBack) -> str:
    lines = [f"{found.of[0]} {found.of[1]}"]
    for title, nodes in (("made from", found.back), ("went to", found.forward)):
        for kind in _ORDER:
            names = [name for what, name in nodes if what == kind]
            if names:
                lines.append(f"  {title:<10} {kind:<12} {', '.join(names)}")
    siblings = ", ".join(found.siblings) or "nobody"
    lines.append(f"  also given cells of the same donor: {siblings}")
    lines.append(f"  still in containers: {', '.join(found.remaining) or 'nothing'}")
    return "\n".join(lines)


def _trace(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.laboratory.genealogy import trace

    strand, door = _load(arguments)
    of = _find(door.state, arguments)
    steps = trace(door.state, strand.entries(), of)
    document = {
        "of": {"kind": of[0], "number": of[1]},
        "steps": [
            {"entry": one.seq, "occurred": one.occurred, "by": one.actor, "what": one.what, "about": one.about}
            for one in steps
        ],
    }
    rows = [(str(one.seq), one.occurred, one.what, one.about, one.actor) for one in steps]
    heads = ("entry", "when", "what", "about", "by")
    out.answer(document, lambda: render_table(heads, rows, out.width), simulated=door.state.simulated)
    return ExitCode.DONE


def _account(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.laboratory.accountability import account
    from armlet.laboratory.genealogy import find_broken_paths

    strand, door = _load(arguments)
    books = account(door.state, strand.entries())
    broken = find_broken_paths(door.state)
    issues = [
        *_imbalances(books),
        *(error("product/path", "genealogy", f"{one}.", "Find the record.") for one in broken),
    ]
    out.answer(
        _account_document(books, broken), lambda: _account_text(books, out.width), simulated=door.state.simulated
    )
    out.list_issues(issues)
    return ExitCode.ISSUES if issues else ExitCode.DONE


def _imbalances(books: Accountability) -> Sequence[Issue]:
    from armlet.laboratory.rules.volumes import in_millilitres

    parts = [*((one.container, one.balance) for one in books.accounts if one.balance)]
    parts += [(one.preparation, one.balance) for one in books.preparations if one.balance]
    fix = "Count again; record what became of it, or a deviation."
    issues = [
        error("product/balance", name, f"{in_millilitres(amount)} are not accounted for.", fix)
        for name, amount in parts
    ]
    said = [
        error("product/books", name, "the books and the state disagree.", "Report it.") for name in books.disagreements
    ]
    return [*issues, *said]


def _account_document(books: Accountability, broken: Sequence[str]) -> dict[str, object]:
    from armlet.laboratory.accountability import LEFTOVERS
    from armlet.laboratory.rules.volumes import in_millilitres

    preparations = [
        {
            "preparation": one.preparation,
            "received": in_millilitres(one.received),
            "given": in_millilitres(one.given),
            **{name: in_millilitres(one.left[name]) for name in LEFTOVERS if name in one.left},
            "held": in_millilitres(one.held),
            "balance": in_millilitres(one.balance),
        }
        for one in books.preparations
    ]
    containers = [
        {
            "container": one.container,
            "received": in_millilitres(one.received),
            "left": {name: in_millilitres(amount) for name, amount in sorted(one.left.items())},
            "by_the_books": in_millilitres(one.by_the_books),
            "counted": None if one.counted is None else in_millilitres(one.counted),
            "balance": in_millilitres(one.balance),
        }
        for one in books.accounts
    ]
    return {
        "balances": books.balances,
        "preparations": preparations,
        "containers": containers,
        "open": list(books.open),
        "broken_paths": list(broken),
    }


def _account_text(books: Accountability, width: int | None) -> str:
    from armlet.laboratory.accountability import LEFTOVERS
    from armlet.laboratory.rules.volumes import in_millilitres

    rows = [
        (
            one.preparation,
            in_millilitres(one.received),
            in_millilitres(one.given),
            ", ".join(f"{name} {in_millilitres(one.left[name])}" for name in LEFTOVERS if name in one.left) or "-",
            in_millilitres(one.held),
            in_millilitres(one.balance),
        )
        for one in books.preparations
    ]
    table = render_table(("preparation", "received", "given", "left", "held", "balance"), rows, width)
    said = "The books balance." if books.balances else "The books do NOT balance."
    return f"{table}\n{said} Not empty yet: {', '.join(books.open) or 'nothing'}."


def _status(arguments: argparse.Namespace, out: Output) -> ExitCode:
    _, door = _load(arguments)
    state = door.state
    document = {
        "trial": state.trial,
        "simulated": state.simulated,
        "entries": state.last,
        "lots": [
            {
                "lot": one.id,
                "of": one.of,
                "verdict": one.verdict,
                "certified": one.is_certified,
                "superseded": one.superseded,
            }
            for one in state.lots.values()
        ],
        "quarantined": {one.id: one.quarantined for one in state.containers.values() if one.quarantined},
        "recalls": [
            {"recall": one.number, "lot": one.lot, "why": one.why, "closed": one.closed}
            for one in state.recalls.values()
        ],
        "near_misses": [
            {"at": one.at, "expected": one.expected, "scanned": one.scanned, "seen_by": list(one.seen_by)}
            for one in state.near_misses
        ],
        "visits": [_visit_document(one) for one in state.visits.values()],
    }
    out.answer(document, lambda: _status_text(state, out.width), simulated=state.simulated)
    return ExitCode.DONE


def _status_text(state: ProductState, width: int | None) -> str:
    rows = [
        (one.id, one.of, one.verdict, "yes" if one.is_certified else (one.superseded and "superseded") or "no")
        for one in state.lots.values()
    ]
    open_recalls = [f"{one.number} (lot {one.lot}: {one.why})" for one in state.recalls.values() if not one.closed]
    quarantined = [f"{one.id} ({one.quarantined})" for one in state.containers.values() if one.quarantined]
    missed = [f"{one.at}: scanned {one.scanned}, expected {one.expected}" for one in state.near_misses]
    return "\n".join([
        render_table(("lot", "of", "verdict", "certified"), rows, width),
        f"open recalls: {'; '.join(open_recalls) or 'none'}",
        f"quarantined: {'; '.join(quarantined) or 'nothing'}",
        f"near misses: {'; '.join(missed) or 'none'}",
        f"monitoring visits: {'; '.join(map(_say_visit, state.visits.values())) or 'none'}",
    ])  # fmt: skip


def _visit_document(one: MonitoringVisit) -> dict[str, object]:
    report = json.loads(one.report.model_dump_json(exclude={"version", "kind"}))
    return {**report, "by": one.by, "filed": one.filed.isoformat()}


def _say_visit(one: MonitoringVisit) -> str:
    report = one.report
    days = str(report.began) if report.began == report.ended else f"{report.began} to {report.ended}"
    found = " ".join(report.findings) or "nothing found"
    return f"{report.visit} by {one.by}, {days}, {report.place} ({', '.join(report.records)}): {found}"


def _ready(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.laboratory.gate import tell_readiness
    from armlet.studytime import SystemClock

    _, door = _load(arguments)
    told = tell_readiness(door.state, arguments.preparation, SystemClock().now())
    document = {
        "preparation": arguments.preparation,
        "ready": told.ready,
        "expires": told.expires.isoformat() if told.expires is not None else None,
        "volume": str(told.volume) if told.volume is not None else None,
    }
    said = f"ready until {document['expires']}, {told.volume}" if told.ready else "not ready"
    text = f"{arguments.preparation}: {said}"
    out.answer(document, text)
    return ExitCode.DONE


def _label(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """The outer label alone: it is made without knowing the arm. A bag that is not ready has none."""
    from armlet.laboratory.gate import tell_readiness
    from armlet.product.label import Place, Preparation, outer_label
    from armlet.studytime import SystemClock

    _, door = _load(arguments)
    number = arguments.preparation
    told = tell_readiness(door.state, number, SystemClock().now())
    if not told.ready or told.volume is None or told.expires is None:
        raise RefusedError([error("product/not-ready", number, "it is not ready.", "See `armlet product DIR status`.")])
    who = door.state.preparations[number].participant
    protocol, site = _in_force(arguments.folder, who)
    place = Place(site, arguments.investigator, arguments.contact, arguments.zone)
    label = outer_label(protocol, place, Preparation(number, who, "administration", told.volume, told.expires))
    if arguments.out is not None:
        _write_label(label, arguments.out)
    document = {
        "heading": label.heading,
        "lines": {line.name: line.text for line in label.lines},
        "symbol": label.symbol,
        "written": str(arguments.out) if arguments.out is not None else None,
    }
    out.answer(document, lambda: render_table((label.heading, ""), [(one.name, one.text) for one in label.lines]))
    return ExitCode.DONE


def _in_force(folder: Path, participant: str) -> tuple[Protocol, str]:
    """The version of the protocol that is in force, and the name of the participant's site."""
    from armlet.export.package import load_data

    data = load_data(folder)
    site = data.state.participants[participant].site
    return data.protocol, next(one.name for one in data.protocol.organisation.sites if one.id == site)


def _write_label(label: Label, path: Path) -> None:
    from armlet.export.package import write_bytes
    from armlet.report.label import render_label

    if path.exists():
        raise InputError([error("product/exists", str(path), "there is such a file already.", "Name another.")])
    write_bytes(path, render_label(label))


def _verify(arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.cli.verify import as_document, render_report, verify_product_of

    report = verify_product_of(arguments.folder)
    out.answer(as_document(report), lambda: render_report(report))
    out.list_issues(report.issues)
    return report.exit_code
