"""The ledger: appending beside a bare durable write of the same bytes, verifying, folding."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final

from armlet.conduct.state import fold
from armlet.ledger import events as e
from armlet.ledger.chain import verify
from armlet.ledger.entry import GENESIS, Chained, Entry, chain, encode
from armlet.ledger.stores.file import FileStore
from armlet.protocol.model import Role
from bench.timing import Row, Scale, alone, compare, per_second
from bench.trials import ROOT

START: Final = datetime(2020, 1, 1, 8, tzinfo=UTC)
RESULTS_OF_ONE: Final = 200
"""Results of one participant, before the next is identified."""


def rows(scale: Scale) -> Iterator[Row]:
    """Append, verify, fold."""
    yield _append(scale, 20 if scale.is_smoke else 200)
    for number in scale.sizes(1_000, 10_000) if not scale.is_smoke else (100,):
        yield _verify(scale, number)
    yield from _fold(scale, (100,) if scale.is_smoke else (1_000, 10_000, 100_000))


def _events(number: int) -> Iterator[e.OpenEvent]:
    """A trial's beginning, and people with many results each."""
    yield e.TrialOpened(trial="bench", simulated=True)
    for index in range(number - 1):
        person, within = divmod(index, RESULTS_OF_ONE)
        who = f"P{person + 1}"
        if within == 0:
            yield e.Identified(participant=who, site="here")
            continue
        yield e.ResultRecorded(
            participant=who, visit=f"v{within // 20}", activity="test", measure="level", sample=f"{within % 20} min",
            value="0.42", unit="nmol/L",
        )  # fmt: skip


def make_entries(number: int, *, is_chained: bool) -> list[Chained]:
    """So many entries; unchained they all name the first digest, which folding does not look at."""
    previous, made = GENESIS, []
    for seq, event in enumerate(_events(number), start=1):
        at = START + timedelta(minutes=seq)
        entry = Entry(
            seq=seq, occurred=at, recorded=at, actor="Somebody", role=Role.INVESTIGATOR,
            protocol=GENESIS, event=event, previous=previous,
        )  # fmt: skip
        made.append(chain(entry) if is_chained else Chained(entry, GENESIS))
        previous = made[-1].digest
    return made


def _append(scale: Scale, number: int) -> Row:
    """One entry an append, each on the disk before the next: as one person at a page writes."""
    entries = make_entries(number, is_chained=True)
    lines = [encode(entry) + b"\n" for entry in entries]
    folder = ROOT / "out"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        names = (Path(place) / f"{index}" for index in count())

        def ours() -> None:
            store = FileStore(next(names))
            for entry in entries:
                store.append([entry.entry], expected_seq=entry.seq - 1)

        def peer() -> None:
            with next(names).open("wb", buffering=0) as file:
                for line in lines:
                    file.write(line)
                    os.fsync(file.fileno())

        found = compare(scale, "append, one fsync each", f"{number} entries", ours, "bare write + fsync", peer)
    size = sum(map(len, lines)) // number
    note = f"{per_second(number, found.ours, 'entries')}; {size} bytes an entry"
    return Row(found.what, found.size, found.ours, found.peer, found.theirs, found.ratio, note)


def _verify(scale: Scale, number: int) -> Row:
    data = b"".join(encode(entry) + b"\n" for entry in make_entries(number, is_chained=True))
    seconds = alone(scale, lambda: verify(data))
    return Row("verify", f"{number} entries", seconds, note=per_second(number, seconds, "entries"))


def _fold(scale: Scale, sizes: tuple[int, ...]) -> Iterator[Row]:
    every = make_entries(max(sizes), is_chained=False)
    for number in sizes:
        seconds = alone(scale, partial(fold, every[:number]))
        yield Row("fold", f"{number} entries", seconds, note=per_second(number, seconds, "entries"))
