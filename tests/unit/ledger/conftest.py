"""Short strands to break."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from armlet.ledger.entry import Chained, Entry, Head, chain, encode
from armlet.ledger.events import Identified, OpenEvent
from armlet.protocol.model import Role

START = datetime(2021, 3, 1, 9, 0, tzinfo=UTC)
MakeStrand = Callable[..., list[Chained]]


def _make_strand(
    count: int, *, after: Head | None = None, names: str = "P", events: tuple[OpenEvent, ...] = ()
) -> list[Chained]:
    head = after or Head()
    strand: list[Chained] = []
    for number in range(count):
        event = events[number] if events else Identified(participant=f"{names}{head.seq + 1}", site="harbour")
        moment = START + timedelta(minutes=head.seq)
        entry = Entry(
            seq=head.seq + 1, occurred=moment, recorded=moment, actor="Ada", role=Role.INVESTIGATOR,
            protocol="sha256:0", event=event, previous=head.digest,
        )  # fmt: skip
        strand.append(chain(entry))
        head = strand[-1].head
    return strand


@pytest.fixture(scope="session")
def make_strand() -> MakeStrand:
    """Makes so many chained entries, after a head where one is given."""
    return _make_strand


@pytest.fixture(scope="session")
def spell() -> Callable[[list[Chained]], bytes]:
    """The bytes of a file that holds the entries."""
    return lambda strand: b"".join(encode(one) + b"\n" for one in strand)
