"""The certified copy of one participant's data: all that the open strand holds about them, and nothing that tells an arm.

Each entry comes with its digest, so that whoever has the whole ledger can say that the copy is true.
"""

from __future__ import annotations

import csv
import io

from armlet.archive.contents import content_of, with_json
from armlet.archive.page import as_page, rows_of
from armlet.archive.trail import trail_csv
from armlet.errors import InputError
from armlet.export.package import TrialData
from armlet.issues import error
from armlet.ledger.entry import Chained, encode
from armlet.projections.story import tell
from armlet.projections.tables import adverse_events_csv, endpoints_csv, participants_csv, results_csv, visits_csv
from armlet.report.document import Column, Section, Table


def participant_files(data: TrialData, participant: str) -> dict[str, bytes]:
    """Every file of the copy but the README and the lists of checksums. Raises InputError for an unknown number."""
    if participant not in data.state.participants:
        message = f"no participant has the number {participant!r}."
        raise InputError([error("archive/unknown-participant", participant, message, "Check the number.")])
    entries, simulated = entries_about(data, participant), data.state.simulated
    tables = {
        "data/participants.csv": participants_csv(content_of(data)),
        "data/results.csv": results_csv(content_of(data), blinded=True),
        "data/endpoints.csv": endpoints_csv(content_of(data)),
        "data/adverse_events.csv": adverse_events_csv(content_of(data)),
        "data/visits.csv": visits_csv(content_of(data)),
    }
    files = {name: _only(table, participant) for name, table in tables.items()}
    files["ledger/entries.jsonl"] = b"".join(encode(one) + b"\n" for one in entries)
    files["audit/audit_trail.csv"] = trail_csv(entries, simulated=simulated)
    files["record.html"] = _page(data, entries, participant)
    return with_json(files)


def entries_about(data: TrialData, participant: str) -> tuple[Chained, ...]:
    """The entries about one participant, in order."""
    return tuple(one for one in data.entries if getattr(one.event, "participant", None) == participant)


def _only(table: str, participant: str) -> bytes:
    """The rows of one participant, under the header of the table."""
    rows = list(csv.reader(io.StringIO(table)))
    place = rows[0].index("participant")
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([rows[0], *(row for row in rows[1:] if row[place] == participant)])
    return out.getvalue().encode()


def _page(data: TrialData, entries: tuple[Chained, ...], participant: str) -> bytes:
    told = [(f"{one.occurred:%Y-%m-%d %H:%M}", one.event, one.what, one.actor, str(one.entry)) for one in tell(entries)]
    columns = tuple(
        Column(name, numeric=False) for name in ("when", "what happened", "details", "recorded by", "entry")
    )
    table = Table(f"All that was recorded about {participant}", columns, rows_of(told), dense=True)
    leads = (
        "What could tell what was given is sealed until the trial is over; this copy says only that it is recorded.",
    )
    return as_page(content_of(data), f"Data of participant {participant}", leads, (Section("all", "Record", (table,)),))
