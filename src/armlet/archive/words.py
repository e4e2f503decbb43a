"""The README of an archive: what it is, what each folder holds, how to verify it, how long to keep it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Final

from armlet.archive.manifest import Kind
from armlet.document import Document, load_document, read_yaml
from armlet.export.package import TrialData

_FOLDERS: Final = (
    ("protocol.yaml", "the protocol in force, computable; `protocol.md` says the same in words"),
    ("protocol-", "every other version of the protocol"),
    ("record.json", "the registry record that the protocol was drafted from"),
    (
        "ledger/",
        "the open strand: every act in order, each line JSON, chained by SHA-256; `head.json` says where it ends",
    ),
    ("anchors/", "heads of the ledger that somebody outside the trial team signed"),
    ("data/", "tables in CSV (UTF-8, comma, one header row) and the same in JSON, without any arm"),
    ("audit/", "the audit trail as a table and as a page, and who put their name to what"),
    ("exports/", "tables with arms, made after the lock"),
    ("allocation/", "who got what, and the proof: the commitment, the seed, and every draw to be made again"),
    ("vault/", "the sealed strand as it was kept; its key is not in here"),
    ("product/", "the cells: from the donor to the participant or to their disposal"),
    ("reports/", "the report after the lock"),
    ("report-blinded.html", "the trial before the lock, as one page"),
)


class RetentionRule(Document):
    """How long something must be kept, from when, by which rule, and whether that rule was read or remembered."""

    what: str
    years: int
    counted_from: str
    where: str
    source: str
    certainty: str


class Retention(Document):
    """Every rule of retention that is known."""

    rules: tuple[RetentionRule, ...]


def load_retention() -> Retention:
    """The rules of retention that the program brings."""
    name = "retention.yaml"
    plain, lines = read_yaml(files("armlet.archive").joinpath(name).read_text("utf-8"), name)
    return load_document(Retention, plain, lines, "archive")


def readme(data: TrialData, kind: Kind, names: Sequence[str], participant: str | None) -> str:
    """The README in Markdown, for somebody who has never heard of this program."""
    return "\n".join(_lines(data, kind, names, participant)) + "\n"


def _lines(data: TrialData, kind: Kind, names: Sequence[str], participant: str | None) -> Iterator[str]:
    what = f"Copy of the data of participant {participant}" if participant else "Archive"
    yield f"# {what}: {data.protocol.title}"
    yield ""
    if data.state.simulated:
        yield "SIMULATED: invented people, no real data."
        yield ""
    yield f"Trial {data.protocol.id}, protocol version {data.protocol.version}."
    yield f"The ledger has {data.head.seq} entries; its head is {data.head.digest}."
    yield from _kind(kind)
    yield "Names of participants are not in here; the hospital keeps the list of who is who."
    yield from ("", "## What is here", "")
    yield from (f"- `{name}`: {words}." for name, words in _FOLDERS if any(_is_in(one, name) for one in names))
    yield from ("", "## How to verify it", "")
    yield "`sha256sum --check SHA256SUMS` says whether every file is what was written, with no program of ours."
    yield "`armlet verify PATH` also checks the chain of the ledger, signed heads and the proof of the allocation."
    yield "Neither needs a server, a key or a network."
    yield from ("", "## How long to keep it", "")
    yield "The longest rule that applies holds."
    for rule in load_retention().rules:
        yield f"- {rule.years} years from {rule.counted_from}: {rule.what} ({rule.where}; {rule.source}; {rule.certainty})."
    yield from ("", "## Good to know", "")
    yield "An apostrophe before a cell that begins like a formula keeps a spreadsheet from running it."
    yield "A table never tells more than the ledger: all tables and pages can be made from it again."


def _is_in(one: str, name: str) -> bool:
    return one.startswith(name) if name.endswith("/") else one == name


def _kind(kind: Kind) -> Iterator[str]:
    match kind:
        case "blinded":
            yield "This archive is blinded: nothing in it tells who got what; what could tell it is in sealed boxes."
        case "unblinded":
            yield "This archive tells who got what: it was made after the lock."
        case "participant":
            yield "This copy tells nothing of what the participant was given; what could tell it is in sealed boxes."
