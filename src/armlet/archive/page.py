"""A page of the archive: one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from armlet.report.content import BlindedContent
from armlet.report.document import Page, Row, Section, Summary, render_page


def rows_of(rows: Iterable[tuple[str, ...]]) -> tuple[Row, ...]:
    """Rows of a table from texts."""
    return tuple(Row(cells) for cells in rows)


def as_page(content: BlindedContent, title: str, leads: tuple[str, ...], sections: tuple[Section, ...]) -> bytes:
    """The sections as one page of the trial."""
    protocol = content.protocol
    facts = (
        ("Trial", protocol.id),
        ("Protocol version", protocol.version),
        ("Ledger", f"{content.head.seq} entries, head {content.head.digest}"),
        ("As of", content.as_of.isoformat()),
    )
    page = Page(
        title=title,
        subtitle=protocol.title,
        kind="Archive",
        simulated=content.state.simulated,
        facts=facts,
        summary=Summary(title, leads),
        sections=sections,
        foot=f"{protocol.id}, {title.lower()}",
    )
    return render_page(page).encode()
