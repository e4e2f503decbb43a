"""`armlet read`: what a registry record says, and from which line each fact comes."""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Final

from armlet.cli.compare_text import render_comparison
from armlet.cli.inputs import find_files, name_of, read_bytes
from armlet.cli.output import Output, render_table
from armlet.errors import ExitCode, InputError, UsageError
from armlet.issues import Issue, Severity, error, has_error, warning

if TYPE_CHECKING:
    from armlet.registry.accounting import Fact, Reading
    from armlet.registry.read import Part

NAME: Final = "read"
HELP: Final = "read a registry record, and say which line each fact comes from"

_EPILOG: Final = """\
example:
  armlet read record.txt
  armlet read record.txt --json > reading.json
  armlet read downloaded.json --against archived.xml
  armlet read records/ table.csv

The layout is recognised by content. Every line of the file that is not empty is accounted for: it gave a fact, it is
known page furniture, or it is listed as unrecognised. Nothing is corrected: what looks misspelt is kept and offered.
Names, telephone numbers and mail addresses of contacts are left out; who answers for the trial as a whole stays.

Several files, a folder, or a file of several records (an answer to a search, a table) give one row a record, and with
--json {"records": [...]} with one document a record.

exit code: 0 when every record was read (warnings go to standard error); 1 when one could not be read or contradicts
itself. With --against: 0 when the two say the same but for spelling, precision, order and book-keeping; 1 when they
differ in substance, one says what the other does not, or they are of different trials.
"""
_ROW: Final = ("file", "format", "id", "status", "arms", "results", "lines", "title, or why it was refused")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The records; `-` is standard input."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "record",
        metavar="RECORD",
        nargs="+",
        help="a registry record, any supported layout, or a folder; - reads standard input",
    )
    parser.add_argument("--against", metavar="B", help="compare the record with this other one of the same trial")
    parser.add_argument(
        "--record", dest="pick", metavar="N", help="of a file with several, the Nth record or that of a number"
    )
    parser.add_argument("--contacts", action="store_true", help="keep names and addresses of contacts")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Reads the record or records. Raises InputError for a file that is none, and for two that are not of one trial."""
    from armlet.registry.read import read_part

    files = find_files(arguments.record, "read")
    if arguments.against is not None:
        return _compare(arguments, files, out)
    if len(files) == 1:
        parts = _parts_of(files[0], arguments.pick)
        if len(parts) == 1 and arguments.record == list(files):
            reading = read_part(parts[0], contacts=arguments.contacts)
            out.answer(reading.as_json(), lambda: render_reading(reading))
            out.list_issues(reading.issues)
            return ExitCode.ISSUES if has_error(reading.issues) else ExitCode.DONE
    if arguments.pick is not None:
        message = "--record picks one of the records of one file."
        raise UsageError([error("usage", "armlet read", message, "Name one file.")])
    return _read_several(files, arguments, out)


# --- Two records ------------------------------------------------------------------------------------------------------


def _compare(arguments: argparse.Namespace, files: tuple[str, ...], out: Output) -> ExitCode:
    from armlet.registry.compare import Sameness, compare, identify

    if len(files) != 1:
        message = f"--against compares one record with another; {len(files)} were named before it."
        raise UsageError([error("usage", "armlet read", message, "Name one file on either side.")])
    other = _read_like(arguments.against, files[0], arguments)
    reading = (
        _read_like(files[0], None, arguments) if arguments.pick else _read_like(files[0], arguments.against, arguments)
    )
    identity = identify(reading, other)
    signs = [*(f"matched {sign}" for sign in identity.matched), *(f"not matched {sign}" for sign in identity.unmatched)]
    said = f"the records are of {identity.sameness.value} ({'; '.join(signs)})."
    if identity.sameness is Sameness.OTHER:
        raise InputError([error("read/other-trial", other.name, said, "Name two records of one trial.")])
    issues = []
    if identity.sameness is not Sameness.SAME:
        issues = [warning("read/other-trial", other.name, said.replace("of ", "", 1), "Make sure that they are.")]
    comparison = compare(reading, other)
    names = ({"file": each.name, "format": each.format, "as_of": each.as_of} for each in (reading, other))
    document = {"a": next(names), "b": next(names), **comparison.as_json()}
    out.answer(
        {**document, "issues": [issue.as_dict() for issue in issues]},
        lambda: render_comparison(comparison, (reading.name, other.name)),
    )
    out.list_issues(issues)
    return ExitCode.ISSUES if comparison.of_substance() else ExitCode.DONE


def _read_like(file: str, other: str | None, arguments: argparse.Namespace) -> Reading:
    """The record of a file: of several the one picked, or that which the other file is about."""
    from armlet.registry.read import numbers_of, read_part, read_record, split_records

    data, name = read_bytes(file, "read"), name_of(file)
    parts = split_records(data, name)
    if len(parts) == 1:
        return read_part(parts[0], contacts=arguments.contacts)
    picks = [arguments.pick] if arguments.pick else []
    if other is not None and not picks:
        beside = split_records(read_bytes(other, "read"), name_of(other))
        picks = list(numbers_of(read_part(beside[0]).record)) if len(beside) == 1 else []
    for pick in picks:
        if any(pick.casefold() in part.source.text.casefold() for part in parts) or pick.isdecimal():
            return read_record(data, name, pick, contacts=arguments.contacts)
    return read_record(data, name, contacts=arguments.contacts)


# --- Several records --------------------------------------------------------------------------------------------------


def _parts_of(file: str, pick: str | None) -> tuple[Part, ...]:
    from armlet.registry.read import pick_record, split_records

    parts = split_records(read_bytes(file, "read"), name_of(file))
    return parts if pick is None else (pick_record(parts, pick, name_of(file)),)


@dataclass
class _Tally:
    """What has been met so far: the rows to show, the issues, and whether all went well."""

    rows: list[tuple[str, ...]] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    is_well: bool = True


def _read_several(files: tuple[str, ...], arguments: argparse.Namespace, out: Output) -> ExitCode:
    tally = _Tally()
    documents = _documents(_shown_progress(files), arguments, tally)
    if out.as_json:
        out.answer_each("records", documents)
    else:
        count = sum(1 for _ in documents)
        ends = f"{count} records, {sum(row[1] == 'refused' for row in tally.rows)} refused"
        out.answer({}, lambda: f"{render_table(_ROW, tally.rows, out.width)}\n\n{ends}")
        out.list_issues(issue for issue in tally.issues if issue.severity is Severity.ERROR)
        met = Counter(issue.rule for issue in tally.issues if issue.severity is Severity.WARNING)
        for rule, times in met.most_common():
            out.note(f"{rule}: {times} times; read a record by itself to see what it is about.")
    return ExitCode.DONE if tally.is_well else ExitCode.ISSUES


def _shown_progress(files: tuple[str, ...]) -> Iterable[str]:
    """The files, with a bar on a terminal's standard error; nothing in a pipe."""
    if not sys.stderr.isatty():
        return files
    from rich.console import Console
    from rich.progress import track

    return track(files, "reading", console=Console(stderr=True), transient=True)


def _documents(files: Iterable[str], arguments: argparse.Namespace, tally: _Tally) -> Iterator[dict[str, object]]:
    """One document a record, or a refusal for a file or a record that cannot be read; fills the tally on the way."""
    from armlet.registry.read import read_part

    for file in files:
        try:
            parts = _parts_of(file, None)
        except InputError as problem:
            yield _refused(file, None, problem, tally)
            continue
        for place, part in enumerate(parts, start=1):
            number = place if len(parts) > 1 else None
            try:
                reading = read_part(part, contacts=arguments.contacts)
            except InputError as problem:
                yield _refused(file, number, problem, tally)
                continue
            tally.rows.append(_row(reading, number))
            tally.issues += reading.issues
            tally.is_well &= not has_error(reading.issues)
            yield {"file": name_of(file), "place": place, **(reading.as_json() if arguments.json else {})}


def _refused(file: str, number: int | None, problem: InputError, tally: _Tally) -> dict[str, object]:
    why = " ".join(issue.message for issue in problem.issues)
    tally.rows.append((_place(name_of(file), number), "refused", "", "", "", "", "", why))
    tally.is_well = False
    return {"file": name_of(file), "place": number or 1, "issues": [issue.as_dict() for issue in problem.issues]}


def _place(name: str, number: int | None) -> str:
    return name if number is None else f"{name} #{number}"


def _row(reading: Reading, number: int | None) -> tuple[str, ...]:
    section = reading.record.protocol_section
    identity, status = section.identification_module, section.status_module.overall_status
    results = {True: "yes", False: "no", None: ""}[reading.record.has_results]
    return (
        _place(reading.name, number),
        reading.format.replace("_", " "),
        identity.nct_id or identity.org_study_id_info.id or "",
        status.value if status else "",
        str(len(section.arms_interventions_module.arm_groups) or ""),
        results,
        f"{reading.accounted}/{reading.total}",
        _one_line(identity.brief_title or identity.official_title or ""),
    )


# --- One record -------------------------------------------------------------------------------------------------------


def render_reading(reading: Reading) -> str:
    """The reading for people: facts by module of the record, then what to look at, then the account of the lines."""
    blocks = [
        _heading(reading),
        *_fact_blocks(reading.facts),
        _block("What the page says beyond the record", (_fact(fact.path, fact) for fact in reading.provenance)),
        _block("Offered corrections (nothing was changed)", _offers(reading)),
        _block("To be confirmed (no words of the page state it)", _to_confirm(reading)),
        _block("Unrecognised lines", (f"line {line.line}: {line.text}" for line in reading.unrecognised)),
        f"{reading.accounted} of {reading.total} lines accounted for",
    ]
    return "\n\n".join(block for block in blocks if block)


def _heading(reading: Reading) -> str:
    as_of = f"\nas of:  {reading.as_of}" if reading.as_of else ""
    return f"record: {reading.name}\nformat: {reading.format.replace('_', ' ')}{as_of}"


def _block(title: str, lines: Iterable[str]) -> str:
    body = [f"  {line}" for line in lines]
    return "\n".join([title, *body]) if body else ""


def _fact_blocks(facts: Iterable[Fact]) -> Iterator[str]:
    """One block a module, in the order in which the source first speaks of each."""
    ordered: dict[str, list[Fact]] = {}
    for fact in facts:
        ordered.setdefault(_split(fact.path)[0], []).append(fact)
    for module, found in ordered.items():
        yield _block(_module_title(module), _fact_lines(found))


def _fact_lines(facts: Iterable[Fact]) -> Iterator[str]:
    for path, parts in groupby(facts, key=lambda fact: _split(fact.path)[1]):
        for fact in parts:
            yield _fact(path, fact)


def _split(path: str) -> tuple[str, str]:
    """The module and the rest of a record's path; a path outside the modules stands under its own first step."""
    inner = re.sub(r"^(protocolSection|derivedSection)\.", "", path)
    module, dot, rest = inner.partition(".")
    return (module, rest) if dot else ("record", inner)


def _module_title(module: str) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", module.removesuffix("Module")).lower()
    return words.capitalize()


def _fact(path: str, fact: Fact) -> str:
    value = _one_line(fact.value)
    return f"{path}: {value} (line {fact.line}{_quote(value, fact.quote)})"


def _quote(value: str, words: str) -> str:
    """The words of the line where they are not the value itself."""
    quote = _one_line(words)
    return "" if quote == value else f': "{quote}"'


def _one_line(value: object) -> str:
    return " ".join(str(value).split())


def _offers(reading: Reading) -> Iterator[str]:
    for offer in reading.offers:
        yield f'line {offer.line}: "{offer.as_written}", perhaps {offer.offered}: {_one_line(offer.because)}'


def _to_confirm(reading: Reading) -> Iterator[str]:
    for item in reading.confirm:
        state = "stored" if item.stored else "only proposed"
        path = ".".join(part for part in _split(item.path) if part)
        yield f"{path}: {_one_line(item.value)} ({item.certainty.value}, {state}; line {item.line}: {item.because})"
