"""Short strands to append."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from armlet.ledger.entry import Chained, Entry, Head, chain
from armlet.ledger.events import Identified, TrialOpened
from armlet.protocol.model import Role

START = datetime(2021, 3, 1, 9, 0, tzinfo=UTC)
MakeStrand = Callable[..., list[Chained]]


def _make_strand(count: int, *, after: Head | None = None, trial: str = "breeze", names: str = "P") -> list[Chained]:
    head = after or Head()
    strand: list[Chained] = []
    for _ in range(count):
        number = head.seq + 1
        opening = TrialOpened(trial=trial, simulated=True)
        event = Identified(participant=f"{names}{number}", site="harbour") if head.seq else opening
        moment = START + timedelta(minutes=head.seq)
        entry = Entry(
            seq=number, occurred=moment, recorded=moment, actor="Åsa Ünlü 試", role=Role.INVESTIGATOR,
            protocol="sha256:0", event=event, previous=head.digest,
        )  # fmt: skip
        strand.append(chain(entry))
        head = strand[-1].head
    return strand


@pytest.fixture(scope="session")
def make_strand() -> MakeStrand:
    """Makes so many chained entries, the first of them the opening of the trial, after a head where one is given."""
    return _make_strand
