"""`armlet read`: what a registry record says, and from which line each fact comes."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Final

from armlet.cli.inputs import name_of, read_bytes
from armlet.cli.output import Output
from armlet.errors import ExitCode
from armlet.issues import has_error

if TYPE_CHECKING:
    from armlet.registry.accounting import Fact, Reading

NAME: Final = "read"
HELP: Final = "read a registry record, and say which line each fact comes from"

_EPILOG: Final = """\
example:
  armlet read record.txt
  armlet read record.txt --json > reading.json

The layout is recognised by content. Every line of the file that is not empty is accounted for: it gave a fact, it is
known page furniture, or it is listed as unrecognised. Nothing is corrected: what looks misspelt is kept and offered.

exit code: 0 when the record was read (warnings go to standard error); 1 when it could not be read or contradicts itself.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The record; `-` is standard input."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "record", metavar="RECORD", help="a registry record, any supported layout; - reads standard input"
    )


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Reads the record. Raises InputError for a file that is none."""
    data = read_bytes(arguments.record, "read")
    from armlet.registry.read import read_record

    reading = read_record(data, name_of(arguments.record))
    out.answer(reading.as_json(), lambda: render_reading(reading))
    out.list_issues(reading.issues)
    return ExitCode.ISSUES if has_error(reading.issues) else ExitCode.DONE


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
