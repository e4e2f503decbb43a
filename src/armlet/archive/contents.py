"""What a blinded archive holds: all that follows from the protocol and the open strand. Nothing of the vault is in here."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from armlet import __version__
from armlet.archive.manifest import (
    MANIFEST,
    SUMS,
    ArchiveManifest,
    Kind,
    list_files,
    spell_manifest,
    spell_sums,
)
from armlet.archive.trail import imports_csv, signatures_csv, trail_csv, trail_page
from armlet.archive.words import readme
from armlet.export.package import OPEN, OPEN_HEAD, TrialData, before_lock, head_json
from armlet.ledger.entry import encode
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import find_views

READER: Final = Role.INSPECTOR
"""For whom views are made: who may see the audit trail whole, and no arm."""
_ELSEWHERE: Final = frozenset({"strand", "audit_trail"})
"""Views that the archive has in a fuller form."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Files of the trial's folder that go in as they are: protocols of every version, the record, signed heads."""

    protocols: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    others: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))


def content_of(data: TrialData) -> BlindedContent:
    """The trial as whatever has no arm is made from."""
    return BlindedContent(
        data.protocol, data.state, data.dataset, data.observations, data.head, data.as_of, (), data.entries
    )


def blinded_files(data: TrialData, kept: Kept) -> dict[str, bytes]:
    """Every file of a blinded archive but the README and the lists of checksums."""
    simulated, today = data.state.simulated, content_of(data)
    locked = today if data.state.locked is None else content_of(before_lock(data))
    files = {**kept.protocols, **kept.others}
    files[OPEN.as_posix()] = b"".join(encode(entry) + b"\n" for entry in data.entries)
    files[OPEN_HEAD.as_posix()] = head_json(data.head).encode()
    for view in find_views().values():
        if view.id not in _ELSEWHERE:
            files[view.file] = view.render(today if view.is_of_today else locked, READER)
    files["audit/audit_trail.csv"] = trail_csv(data.entries, simulated=simulated)
    files["audit/audit_trail.html"] = trail_page(today, "Audit trail")
    files["audit/signatures.csv"] = signatures_csv(data.entries, simulated=simulated)
    files["audit/imports.csv"] = imports_csv(data.entries, {}, simulated=simulated)
    return with_json(files)


def with_json(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files, and beside each table in ``data/`` and ``exports/`` the same rows as JSON."""
    tables = {name: data for name, data in files.items() if name.endswith(".csv") and name.split("/")[0] in _TABLES}
    return {**files, **{f"{name.removesuffix('.csv')}.json": table_as_json(data) for name, data in tables.items()}}


_TABLES: Final = frozenset({"data", "exports"})


def table_as_json(table: bytes) -> bytes:
    """A table in CSV as a list of objects in JSON; every value stays the text that it is."""
    rows = list(csv.DictReader(io.StringIO(table.decode())))
    return json.dumps(rows, indent=1, ensure_ascii=False).encode() + b"\n"


def close(data: TrialData, kind: Kind, files: Mapping[str, bytes], participant: str | None = None) -> dict[str, bytes]:
    """The files with the README that says what they are, and the lists of checksums."""
    whole = {**files, "README.md": readme(data, kind, tuple(sorted(files)), participant).encode()}
    last = data.entries[-1].entry
    manifest = ArchiveManifest(
        kind=kind,
        trial=data.protocol.id,
        simulated=data.state.simulated,
        program=f"armlet {__version__}",
        protocols=tuple(dict.fromkeys(one.entry.protocol for one in data.entries)),
        entries=data.head.seq,
        head=data.head.digest,
        until=last.recorded,
        participant=participant,
        files=list_files(whole),
    )
    return {**whole, MANIFEST: spell_manifest(manifest), SUMS: spell_sums(manifest)}
