"""One strand in one home, in a process of its own: ``python -m bench.strands HOME ADDRESS TRIAL WHAT …`` prints JSON.

A process each, so that the memory that is told is that of the task alone, and so that clients are as they are in life.
Entries come from a generator and are written in portions: nobody holds a long strand to make it.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from armlet.conduct.commands import By, Identify, OpenTrial
from armlet.conduct.decide import Accepted
from armlet.conduct.door import Door
from armlet.conduct.following import Following
from armlet.ledger.entry import Chained, Entry, Head, chain, decode, encode
from armlet.ledger.events import Identified, OpenEvent, ResultRecorded
from armlet.ledger.stores import Store
from armlet.ledger.stores.file import FileStore
from armlet.projections.watch import Watch
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Protocol, Role
from armlet.studytime import SystemClock
from bench.trials import EXAMPLE

START: Final = datetime(2021, 3, 1, 9, tzinfo=UTC)
FILE: Final = "file"
RESULTS_OF_ONE: Final = 200
"""Results of one participant, before the next is identified."""
PORTION: Final = 5_000
ACTS_AT_A_LENGTH: Final = 20
VISITS: Final = ("screening", "infusion_day", "month_3", "month_9")
SITE: Final = "harbour"
Client = Callable[[], list[Callable[[], None]]]
"""Makes ready, untimed, and answers the pieces of work that are then timed one by one."""


@dataclass(frozen=True, slots=True)
class Strand:
    """Where a strand lives: a file in a folder, or a database that Django was told of."""

    home: str
    address: str
    trial: str

    def open(self) -> Store:
        """The store, opened anew; that of a file reads and checks all of it at once."""
        if self.home == FILE:
            return FileStore(Path(self.address) / f"{self.trial}.jsonl")
        from armlet.web.openstore.store import DatabaseStore

        return DatabaseStore(self.trial)

    def let_go(self) -> None:
        """Closes the connections, which no process may share with its children."""
        if self.home != FILE:
            from django.db import connections

            connections.close_all()


@cache
def protocol() -> Protocol:
    """The neutral example, whose trial is lived here."""
    return load_protocol(EXAMPLE)


# --- Entries ----------------------------------------------------------------------------------------------------------


def events() -> Iterator[OpenEvent]:
    """People without end, each with many results."""
    number = 0
    while True:
        number += 1
        yield Identified(participant=f"P{number}", site=SITE)
        yield from (_result(f"P{number}", index) for index in range(RESULTS_OF_ONE))


def _result(participant: str, index: int) -> ResultRecorded:
    return ResultRecorded(
        participant=participant, visit=VISITS[index * len(VISITS) // RESULTS_OF_ONE], activity="exercise_test",
        measure="fev1", sample=f"{index % (RESULTS_OF_ONE // len(VISITS))} min", value="2.10", unit="L",
    )  # fmt: skip


def chained(happened: Iterable[OpenEvent], head: Head) -> Iterator[Entry]:
    """The events as entries that follow the head."""
    adopted = protocol().digest()
    for seq, event in enumerate(happened, start=head.seq + 1):
        at = START + timedelta(seconds=seq)
        entry = Entry(
            seq=seq, occurred=at, recorded=at, actor="Somebody", role=Role.INVESTIGATOR,
            protocol=adopted, event=event, previous=head.digest,
        )  # fmt: skip
        yield entry
        head = chain(entry).head


def open_trial(store: Store) -> None:
    """The beginning of a simulated trial, through the door."""
    by = By("Somebody", Role.SPONSOR, START)
    decision = Door(protocol(), store, SystemClock()).ask(OpenTrial(simulated=True), by)
    assert isinstance(decision, Accepted), decision


def grow(strand: Strand, length: int) -> dict[str, Any]:
    """A strand of that length in a new place, in large portions: seconds, and the peak of memory."""
    store, started = strand.open(), perf_counter()
    open_trial(store)
    entries = chained(events(), store.head())
    written = store.head().seq
    while written < length:
        portion = list(islice(entries, min(PORTION, length - written)))
        written = store.append(portion, expected_seq=written).seq
    return {"seconds": perf_counter() - started, "peak": peak()}


# --- What the length costs --------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Timed:
    """A store that tells how many seconds were spent in reading and checking what it gave."""

    store: Store
    seconds: float = field(default=0.0)

    def head(self) -> Head:
        return self.store.head()

    def read(self, after: int = 0) -> Iterator[Chained]:
        started = perf_counter()
        for one in self.store.read(after):
            self.seconds += perf_counter() - started
            yield one
            started = perf_counter()
        self.seconds += perf_counter() - started

    def append(self, entries: Iterable[Entry], expected_seq: int) -> Head:
        return self.store.append(tuple(entries), expected_seq)


def stand(strand: Strand) -> dict[str, Any]:
    """Opens the strand once for the door and a page; then acts, and the page after one more entry each time."""
    started = perf_counter()
    store = Timed(strand.open())
    store.seconds = perf_counter() - started
    following = Following(store)
    whole, read = perf_counter() - started, store.seconds
    door = Door(protocol(), store, SystemClock(), following=following)
    by = By("Somebody", Role.INVESTIGATOR, START)
    acts = [timed(partial(_identify, door, f"Q{number}", by)) for number in range(ACTS_AT_A_LENGTH)]
    watch = Watch(protocol(), store, following)
    watch.values_of("P1")
    pages = []
    for number in range(ACTS_AT_A_LENGTH):
        head = store.head()
        store.append(chained([_result("P1", number)], head), head.seq)
        pages.append(timed(lambda: watch.values_of("P1")))
    return {"open": whole, "read": read, "fold": whole - read, "acts": acts, "pages": pages, "peak": peak()}


def _identify(door: Door, participant: str, by: By) -> None:
    decision = door.ask(Identify(participant, SITE), by)
    assert isinstance(decision, Accepted), decision


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    started = perf_counter()
    work()
    return perf_counter() - started


def peak() -> float:
    """The most memory that this process has held so far, in MiB.

    Linux counts in `ru_maxrss` what the process held that started this one, so it is asked in another way there.
    """
    status = Path("/proc/self/status")
    if status.exists():
        told = dict(line.split(":", 1) for line in status.read_text("utf-8").splitlines())
        return int(told["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


# --- Acts, one client or many at once, beside bare inserts of the same bytes ------------------------------------------


def acts(strand: Strand, clients: int, each: int) -> dict[str, Any]:
    """So many clients, each with so many acts through a door of its own; then the same lines written bare."""
    store = strand.open()
    open_trial(store)
    began = store.head().seq
    ours = at_once(strand, [partial(_acting, strand, f"C{client}", each) for client in range(clients)])
    lines = [(one.seq, encode(one)) for one in strand.open().read(after=began)]
    theirs = at_once(strand, [partial(_inserting, strand, lines[client::clients]) for client in range(clients)])
    return {"ours": ours, "theirs": theirs, "bytes": sum(len(line) for _, line in lines) // len(lines)}


def _acting(strand: Strand, name: str, each: int) -> list[Callable[[], None]]:
    door = Door(protocol(), strand.open(), SystemClock())
    by = By("Somebody", Role.INVESTIGATOR, START)
    return [partial(_identify, door, f"{name}-{number}", by) for number in range(each)]


def _inserting(strand: Strand, lines: list[tuple[int, bytes]]) -> list[Callable[[], None]]:
    """Each line by itself, durable before the next, with neither chain nor guard, rule nor look before."""
    if strand.home == FILE:
        place = os.open(Path(strand.address) / f"{strand.trial}.bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        return [partial(_write, place, line + b"\n") for _, line in lines]
    from django.db import connection, transaction

    def insert(seq: int, line: str) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO bare VALUES (%s, %s, %s)", [strand.trial, seq, line])

    connection.ensure_connection()
    return [partial(insert, seq, line.decode()) for seq, line in lines]


def _write(place: int, line: bytes) -> None:
    os.write(place, line)
    os.fsync(place)


def at_once(strand: Strand, clients: list[Client]) -> dict[str, Any]:
    """Lets the clients work at the same time, each a process, once all are ready: seconds in all, and of each piece."""
    strand.let_go()
    ready, is_ready = os.pipe()
    wait, go = os.pipe()
    started_clients = [_start(client, is_ready, wait, go) for client in clients]
    os.close(wait)
    os.close(is_ready)
    stood_ready = len(_read_all(ready))  # ends when each client has said so or has died
    assert stood_ready == len(clients), "a client did not start: what it met stands above"
    started = perf_counter()
    os.close(go)
    told = [json.loads(_read_all(results)) for _, results in started_clients]
    seconds = perf_counter() - started
    assert [os.waitpid(child, 0)[1] for child, _ in started_clients] == [0] * len(clients)
    return {"seconds": seconds, "each": [one for each in told for one in each]}


def _start(client: Client, is_ready: int, wait: int, go: int) -> tuple[int, int]:
    """A client as a process of its own; answers the process, and where it tells what its pieces took."""
    results, tell = os.pipe()
    if child := os.fork():
        os.close(tell)
        return child, results
    status = 1
    try:
        os.close(go)
        works = client()
        os.write(is_ready, b".")
        os.close(is_ready)
        os.read(wait, 1)  # ends when whoever started this says go
        with os.fdopen(tell, "w") as file:
            json.dump([timed(work) for work in works], file)
        status = 0
    finally:
        if status:
            traceback.print_exc()
        os._exit(status)


def _read_all(number: int) -> str:
    with os.fdopen(number) as file:
        return file.read()


# --- The program ------------------------------------------------------------------------------------------------------


def decoding(strand: Strand) -> dict[str, Any]:
    """Seconds that a line takes to become an entry again."""
    lines = [encode(chain(entry)) for entry in islice(chained(events(), Head()), int(strand.trial))]
    return {"seconds": timed(lambda: [decode(line) for line in lines]), "bytes": sum(map(len, lines)) // len(lines)}


def set_up(home: str, address: str) -> None:
    """Tells Django of the database and makes its tables, where they are not there yet."""
    if home == FILE:
        return
    os.environ |= {"DJANGO_SETTINGS_MODULE": "armlet.web.settings.strand", "ARMLET_DATABASE": address}
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bare (trial text, seq bigint, line text, PRIMARY KEY (trial, seq))")


WHAT: Final[dict[str, Callable[..., dict[str, Any]]]] = {
    one.__name__: one for one in (grow, stand, acts, decoding)
}  # fmt: skip

if __name__ == "__main__":
    home_, address_, trial_, what_, *numbers = sys.argv[1:]
    set_up(home_, address_)
    print(json.dumps(WHAT[what_](Strand(home_, address_, trial_), *map(int, numbers))))
