"""The audit trail as a table and as a page: who did what, when, about whom, why, and the digest that chains it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from armlet.archive.page import as_page, rows_of
from armlet.ledger.entry import Chained
from armlet.ledger.intake_events import ResultsImported
from armlet.projections.story import SEALED, Told, tell
from armlet.projections.tables import as_csv
from armlet.report.content import BlindedContent
from armlet.report.document import Column, Section, Table

HEADER = (
    "entry", "occurred", "recorded", "actor", "role", "event", "participant", "what", "reason", "protocol", "digest",
)  # fmt: skip
IMPORTS = (
    "entry", "occurred", "actor", "role", "mapping", "mapping_version", "mapping_digest", "rows", "recorded", "corrected",
    "already", "conflicts", "refused", "empty", "source",
)  # fmt: skip
SIGNING = ("agreed_by", "checked_by", "confirmed_by", "signed_by", "approved_by")
"""Fields of events that name people who put their names to something, beside the one who wrote the entry."""


def trail_csv(entries: Sequence[Chained], *, simulated: bool) -> bytes:
    """One row an entry; what is in a box says so."""
    return as_csv(HEADER, _rows(entries), simulated=simulated).encode()


def signatures_csv(entries: Sequence[Chained], *, simulated: bool) -> bytes:
    """Every entry to which somebody put their name as a second person, or that is a signature by its kind."""
    signing = [one for one in entries if _signers(one) or "sign" in one.event.kind.split()]
    signers = {one.seq: "; ".join(_signers(one)) for one in signing}
    rows = ({**row, "signers": signers[int(str(row["entry"]))]} for row in _rows(signing))
    return as_csv((*HEADER, "signers"), rows, simulated=simulated).encode()


def imports_csv(entries: Sequence[Chained], sources: Mapping[int, str], *, simulated: bool) -> bytes:
    """Every file that results came from; its digest where it stands in clear or was opened, else that it is sealed."""
    rows = (
        {
            "entry": one.seq,
            "occurred": one.entry.occurred.isoformat(),
            "actor": one.entry.actor,
            "role": one.entry.role.value,
            **one.event.model_dump(mode="json", exclude={"source", "plan", "box", "kind", "version"}),
            "source": sources.get(one.seq) or one.event.source or SEALED,
        }
        for one in entries
        if isinstance(one.event, ResultsImported)
    )
    return as_csv(IMPORTS, rows, simulated=simulated).encode()


def trail_page(content: BlindedContent, title: str) -> bytes:
    """The audit trail for reading: one row an entry, in plain words."""
    columns = tuple(Column(name, numeric=name == "entry") for name in ("entry", "when", "who", "what", "why"))
    rows = tuple((str(one.entry), f"{one.occurred:%Y-%m-%d %H:%M}", _who(one), _what(one), one.reason)
                 for one in tell(content.entries))  # fmt: skip
    caption = "Every entry of the open strand, in order"
    note = "Times are those of the place where it happened. What could tell an arm is sealed."
    table = Table(caption, columns, rows_of(rows), note, dense=True)
    return as_page(content, title, (f"{len(rows)} entries.",), (Section("trail", "Audit trail", (table,)),))


def _rows(entries: Iterable[Chained]) -> Iterable[dict[str, object]]:
    listed = list(entries)
    for told, one in zip(tell(listed), listed, strict=True):
        yield {
            "entry": told.entry,
            "occurred": told.occurred.isoformat(),
            "recorded": told.recorded.isoformat(),
            "actor": told.actor,
            "role": told.role,
            "event": told.event,
            "participant": told.participant,
            "what": told.what,
            "reason": told.reason,
            "protocol": one.entry.protocol,
            "digest": one.digest,
        }


def _signers(one: Chained) -> tuple[str, ...]:
    found: list[str] = []
    for name in SIGNING:
        value = getattr(one.event, name, None)
        found += [value] if isinstance(value, str) and value else [str(part) for part in value or ()]
    return tuple(found)


def _who(one: Told) -> str:
    return f"{one.actor}, {one.role.replace('_', ' ')}"


def _what(one: Told) -> str:
    return ": ".join(filter(None, (f"{one.participant} {one.event}".strip(), one.what)))
