"""Reading registry records beside a plain parse of the same files, and how the cost grows with size.

The records are the real ones where they are present, else the trials' own and invented ones.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from time import perf_counter
from typing import TYPE_CHECKING, Final

from armlet.errors import InputError
from armlet.registry.read import read_record
from bench.timing import Row, Scale, alone, compare, per_second
from bench.trials import ROOT

if TYPE_CHECKING:  # defusedxml ships no types
    from xml.etree.ElementTree import fromstring
else:
    from defusedxml.ElementTree import fromstring

RECORDS: Final = ROOT / ".." / "shared" / "records"
NUMBER: Final = 10_000
SEVERAL: Final = 3
"""Files of a format that a smoke run reads."""


@dataclass(frozen=True, slots=True)
class Files:
    """Records of one format; `plain` parses one without asking what it says."""

    name: str
    parser: str
    records: tuple[bytes, ...]
    plain: Callable[[bytes], object]

    @property
    def megabytes(self) -> float:
        """How much text there is."""
        return sum(map(len, self.records)) / 1e6


def rows(scale: Scale) -> Iterator[Row]:
    """Each format, many records of all formats in one run, and one record that doubles."""
    found = [files for files in _found() if files.records]
    if scale.is_smoke:
        found = [Files(files.name, files.parser, files.records[:SEVERAL], files.plain) for files in found]
    for files in found:
        yield _one_format(scale, files)
    yield _many(found, 10 if scale.is_smoke else NUMBER)
    yield from _doubling(scale)


def _found() -> Iterator[Files]:
    yield Files("v2 JSON", "json.loads", _read("v2json", "v2json_partial") or _own(), json.loads)
    yield Files("classic JSON", "json.loads", _read("v1json_fullstudies"), json.loads)
    yield Files("other registries, JSON", "json.loads", _read("ctis_json", "euctr_json", "isrctn_json"), json.loads)
    yield Files("XML", "ElementTree", _read("legacyxml") or _invented_xml(), fromstring)
    yield Files("table", "csv", _read("ctg_csv") or _invented_tables(), _parse_table)


def _read(*folders: str) -> tuple[bytes, ...]:
    """The files that are records; what is refused is refused too early to be measured."""
    paths = [path for folder in folders for path in sorted((RECORDS / folder).glob("*")) if path.is_file()]
    return tuple(data for data in (path.read_bytes() for path in paths) if _is_read(data))


def _is_read(data: bytes) -> bool:
    try:
        read_record(data, "bench")
    except InputError:
        return False
    return True


def _own() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted((ROOT / "trials").glob("*/record.json")))


def _invented_xml() -> tuple[bytes, ...]:
    conditions = "".join(f"  <condition>thirst {number}</condition>\n" for number in range(200))
    head = "<clinical_study>\n  <id_info><nct_id>NCT09999991</nct_id></id_info>\n  <brief_title>Larks</brief_title>\n"
    return (f"{head}{conditions}</clinical_study>\n".encode(),)


def _invented_tables() -> tuple[bytes, ...]:
    return (
        b"NCT Number,Study Title,Study Status,Conditions\nNCT09999991,Larks,COMPLETED," + b"thirst|" * 200 + b"x\n",
    )


def _parse_table(data: bytes) -> object:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def _one_format(scale: Scale, files: Files) -> Row:
    def ours() -> None:
        for data in files.records:
            read_record(data, "bench")

    def peer() -> None:
        for data in files.records:
            files.plain(data)

    size = f"{len(files.records)} records, {files.megabytes:.2g} MB"
    found = compare(scale, f"read records, {files.name}", size, ours, files.parser, peer)
    note = f"{files.megabytes / found.ours:.2g} MB/s; armlet's includes the places, the record and the accounts"
    return Row(found.what, found.size, found.ours, found.peer, found.theirs, found.ratio, note)


def _many(found: list[Files], number: int) -> Row:
    """Records of all formats in turns, each read and plainly parsed: one run, whatever the number of rounds."""
    turns = cycle([(files, data) for files in found for data in files.records])
    ours = theirs = size = 0.0
    for files, data in islice(turns, number):
        started = perf_counter()
        read_record(data, "bench")
        between = perf_counter()
        files.plain(data)
        ours, theirs, size = ours + between - started, theirs + perf_counter() - between, size + len(data) / 1e6
    what, told = "read records, all formats in turns", f"{number:,} records, {size:.3g} MB"
    note = f"one run; {per_second(number, ours, 'records')}, {size / ours:.2g} MB/s"
    return Row(what, told, ours, "plain parsers", theirs, ours / theirs, note)


def _doubling(scale: Scale) -> Iterator[Row]:
    before: float | None = None
    for number in scale.sizes(10_000, 20_000, 40_000):
        values = [{"title": f"value {index}", "value": str(index)} for index in range(number)]
        data = json.dumps({"protocolSection": {}, "resultsSection": {"measures": values}}, indent=1).encode()
        seconds = alone(scale, partial(read_record, data, "bench"))
        note = f"{len(data) / 1e6 / seconds:.2g} MB/s"
        note += f"; {seconds / before:.2g} times as long for twice as much" if before else ""
        yield Row("read one record that doubles", f"{2 * number} values", seconds, note=note)
        before = seconds
