"""The open strand in a database: durable acts beside a bare insert of the same bytes, and what the length costs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import TYPE_CHECKING, Final

from armlet.conduct.state import fold
from armlet.ledger.entry import Chained, Entry, Head, chain, encode
from bench.ledgers import START, make_entries
from bench.postgresql import PostgreSQL
from bench.timing import Row, Scale, per_second
from bench.trials import ROOT

if TYPE_CHECKING:
    from armlet.web.openstore.store import DatabaseStore

NIGHTLY: Final = os.environ.get("ARMLET_LONG") == "1"
"""Whether the strand of a million entries is measured too, which takes minutes."""

_NUMBERS = count(1)
_ACTS_AT_A_LENGTH: Final = 20


def rows(scale: Scale) -> Iterator[Row]:
    """Acts and their latency on each database; then an act and a page at each length of the strand."""
    acts = 20 if scale.is_smoke else 200
    lengths = (100,) if scale.is_smoke else (1_000, 10_000, 100_000, *((1_000_000,) if NIGHTLY else ()))
    (ROOT / "out").mkdir(exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=ROOT / "out")))
        server = stack.enter_context(PostgreSQL())
        addresses = {"SQLite": str(folder / "bench.sqlite3"), "PostgreSQL": server.address("postgres")}
        _set_up(addresses)
        stack.callback(_close)
        entries = make_entries(max(acts, *lengths), is_chained=True)
        for using in addresses:
            yield from _acts(scale, using, entries[:acts])
        for using in addresses:
            yield from _lengths(using, entries, lengths)


def _set_up(addresses: dict[str, str]) -> None:
    os.environ |= {"DJANGO_SETTINGS_MODULE": "armlet.web.settings.strand", "ARMLET_DATABASE": addresses["SQLite"]}
    import django
    from django.core.management import call_command
    from django.db import connections

    from armlet.web.openstore.database import describe_database

    django.setup()
    for using, address in addresses.items():
        added = {"default": {}, using: describe_database(address)}
        connections.settings[using] = connections.configure_settings(added)[using]
        call_command("migrate", database=using, verbosity=0)
        with connections[using].cursor() as cursor:
            cursor.execute("CREATE TABLE bare (trial text, seq bigint, line text, PRIMARY KEY (trial, seq))")


def _close() -> None:
    from django.db import connections

    connections.close_all()


def _new_store(using: str) -> DatabaseStore:
    from armlet.web.openstore.store import DatabaseStore

    return DatabaseStore(f"trial_{next(_NUMBERS)}", using)


# --- Acts beside bare inserts ---------------------------------------------------------------------------------------


def _acts(scale: Scale, using: str, entries: Sequence[Chained]) -> Iterator[Row]:
    """One entry an act, each durable before the next, in turns with a bare insert that is committed each time."""
    ours: list[list[float]] = []
    theirs: list[list[float]] = []
    for _ in range(scale.repeats):
        store = _new_store(using)
        ours.append([_timed(_appending(store, entry.entry)) for entry in entries])
        insert = _bare(using, store.trial)
        theirs.append([_timed(_inserting(insert, entry)) for entry in entries])
    totals = [(sum(mine), sum(other)) for mine, other in zip(ours, theirs, strict=True)]
    mine, other = median(one for one, _ in totals), median(one for _, one in totals)
    note = (
        f"{per_second(len(entries), mine, 'acts')}, bare {per_second(len(entries), other, 'inserts')}; "
        f"p95 {_p95(ours)}, bare {_p95(theirs)}"
    )
    ratio = median(one / two for one, two in totals)
    yield Row(f"durable act, {using}", f"{len(entries)} acts", mine, "bare insert + commit", other, ratio, note)


def _appending(store: DatabaseStore, entry: Entry) -> Callable[[], object]:
    return lambda: store.append([entry], expected_seq=entry.seq - 1)


def _bare(using: str, trial: str) -> Callable[[int, str], None]:
    """Inserts the same bytes by the same driver, committed at once, with neither chain nor guards nor a look before."""
    from django.db import connections, transaction

    def insert(seq: int, line: str) -> None:
        with transaction.atomic(using=using), connections[using].cursor() as cursor:
            cursor.execute("INSERT INTO bare VALUES (%s, %s, %s)", [trial, seq, line])

    return insert


def _inserting(insert: Callable[[int, str], None], entry: Chained) -> Callable[[], object]:
    line = encode(entry).decode()
    return lambda: insert(entry.seq, line)


def _timed(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def _p95(rounds: list[list[float]]) -> str:
    every = [seconds for one in rounds for seconds in one]
    return f"{quantiles(every, n=20)[-1] * 1e3:.2f} ms"


# --- The length of the strand ---------------------------------------------------------------------------------------


def _lengths(using: str, entries: Sequence[Chained], lengths: Sequence[int]) -> Iterator[Row]:
    """At each length: an act, a page (the state, extended by what is new), and reading and folding all once."""
    store = _new_store(using)
    written = 0
    for length in lengths:
        for first in range(written, length, 5_000):
            portion = entries[first : min(first + 5_000, length)]
            store.append([entry.entry for entry in portion], expected_seq=first)
        started = perf_counter()
        state = fold(store.read())
        whole = perf_counter() - started
        acts, pages = [], []
        for number in range(_ACTS_AT_A_LENGTH):
            entry = _next(store.head(), entries[length - 1].entry, number)
            acts.append(_timed(_appending(store, entry)))
            started = perf_counter()
            if store.head() != state.head:
                fold(store.read(after=state.head.seq), state)
            pages.append(perf_counter() - started)
        written = length
        size = f"{length:,} entries"
        yield Row(f"an act after so many, {using}", size, median(acts))
        yield Row(f"a page after so many, {using}", size, median(pages), note="the state extended by one entry")
        yield Row(f"open: read, verify, fold, {using}", size, whole, note=per_second(length, whole, "entries"))
        store = _refilled(using, entries[:length]) if length != lengths[-1] else store


def _refilled(using: str, entries: Sequence[Chained]) -> DatabaseStore:
    """A new strand of that length, since the acts that were measured are not those that come next."""
    store = _new_store(using)
    for first in range(0, len(entries), 5_000):
        store.append([entry.entry for entry in entries[first : first + 5_000]], expected_seq=first)
    return store


def _next(head: Head, like: Entry, number: int) -> Entry:
    update = {"seq": head.seq + 1, "previous": head.digest, "recorded": START, "reason": f"act {number}"}
    return chain(like.model_copy(update=update)).entry
