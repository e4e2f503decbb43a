"""What happens to a strand in a database when the machine fails, with real processes and real databases.

``ARMLET_LONG=1`` (the nightly variant) asks for more of each.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from armlet.ledger.chain import verify
from armlet.ledger.entry import Chained, Entry, Head, chain, encode
from armlet.ledger.events import Identified
from armlet.ledger.stores import StoreUnavailable
from armlet.protocol.model import Role
from bench.postgresql import PostgreSQL
from tests.databases import Database, connect

HERE = Path(__file__).parent
PROTOCOL = HERE.parent / "unit/cli/trial/protocol.yaml"
LONG = os.environ.get("ARMLET_LONG") == "1"
CLIENTS, EACH = 16, 25 if LONG else 2


def start(database: Database, what: str, trial: str, *words: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(HERE / "database_client.py"), what, str(PROTOCOL), trial, *map(str, words)]
    return subprocess.Popen(
        command, env=database.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )  # fmt: skip


def run(database: Database, what: str, trial: str, *words: object) -> tuple[int, str]:
    process = start(database, what, trial, *words)
    said, wrong = process.communicate(timeout=1200)
    assert wrong == ""
    return process.returncode, said


def strand_of(database: Database, trial: str) -> tuple[Chained, ...]:
    """The whole strand, which must be one: no number twice, no gap, every digest and link."""
    store = database.store(trial)
    found = verify(b"".join(encode(entry) + b"\n" for entry in store.read()), store.head())
    assert found.is_whole
    assert [entry.seq for entry in found.entries] == list(range(1, len(found.entries) + 1))
    return found.entries


def identified(entries: tuple[Chained, ...]) -> list[str]:
    return [entry.event.participant for entry in entries if isinstance(entry.event, Identified)]


def make_entries(head: Head, count: int, reason: str | None = None) -> list[Entry]:
    entries: list[Entry] = []
    for _ in range(count):
        moment = datetime(2021, 3, 1, 9, tzinfo=UTC)
        event = Identified(participant=f"P{head.seq + 1}", site="harbour")
        entry = Entry(
            seq=head.seq + 1, occurred=moment, recorded=moment, actor="Ada", role=Role.INVESTIGATOR, protocol="x",
            event=event, previous=head.digest, reason=reason,
        )  # fmt: skip
        entries.append(entry)
        head = chain(entry).head
    return entries


def test_sixteen_clients_at_once_lose_and_double_nothing(database: Database) -> None:
    trial = database.new_trial()
    code, acknowledged = run(database, "many", trial, CLIENTS, EACH)
    assert code == 0
    entries = strand_of(database, trial)
    expected = sorted(f"C{client}-{number}" for client in range(CLIENTS) for number in range(EACH))
    assert sorted(acknowledged.split()) == expected
    assert sorted(identified(entries)) == expected
    of_one = [name for name in identified(entries) if name.startswith("C3-")]
    assert of_one == [f"C3-{number}" for number in range(EACH)], "each client's own order is kept"


def test_a_client_that_is_killed_leaves_all_of_its_append_or_nothing(database: Database) -> None:
    trial = database.new_trial()
    code, said = run(database, "die", trial)
    assert (code, said.splitlines()) == (
        0,
        [
            "before the insertion: signal 9, 0 entries",
            "before the commit: signal 9, 0 entries",
            "after the commit: signal 9, 3 entries",
            "before the insertion: signal 9, 3 entries",
            "before the commit: signal 9, 3 entries",
            "after the commit: signal 9, 6 entries",
        ],
    )
    assert len(strand_of(database, trial)) == 6


@pytest.fixture
def small(databases: dict[str, Database], tmp_path: Path) -> Iterator[Database]:
    """A SQLite database of its own, for tests that count its bytes."""
    database = connect("small", str(tmp_path / "strand.sqlite3"))
    yield database
    database.close()


def test_a_client_that_is_killed_at_any_byte_of_its_writing_leaves_all_or_nothing(small: Database) -> None:
    """The system kills it when SQLite's files grow past so many bytes; the next client finds the strand whole.

    A client that was killed after its commit, when the log of changes was moved into the database, leaves all of it.
    """
    database, trial = small, small.new_trial()
    code, said = run(database, "die_while_writing", trial, database.address, 25 if LONG else 2_000)
    assert code == 0
    before, seen = 0, Counter[tuple[int, int]]()
    for line in said.splitlines():
        signal, entries = map(int, re.findall(r"\d+", line))
        assert (signal, entries - before) in {(25, 0), (25, 3), (0, 3)}, line
        seen[signal, entries - before] += 1
        before = entries
    assert seen[25, 0] >= 3, said
    assert seen[0, 3] >= 1, said
    assert len(strand_of(database, trial)) == before


def test_a_full_disk_refuses_the_append_and_work_goes_on_when_there_is_room(small: Database) -> None:
    database, trial = small, small.new_trial()
    code, said = run(database, "full", trial, 3_000_000)
    assert (code, said.count("\n")) == (0, 1)
    assert said.startswith(f"{trial}: the database cannot be used: ")
    assert strand_of(database, trial)


def test_a_server_that_crashes_and_comes_back_has_lost_nothing_that_it_acknowledged(
    databases: dict[str, Database],
) -> None:
    """Its clients meet it gone, in the middle of whatever they do, and go on where it is back; twice."""
    with PostgreSQL(recovery_init_sync_method="syncfs") as server:  # which recovers in a tenth of the time
        database = connect("crashing", server.address("postgres"))
        trial, each = database.new_trial(), 200 if LONG else 10
        process = start(database, "many", trial, 4, each)
        assert process.stdout is not None
        acknowledged: list[str] = []
        for line in process.stdout:
            acknowledged.append(line.strip())
            if len(acknowledged) in {10, 2 * each}:
                server.crash()
                server.start()
        assert (process.wait(timeout=1200), process.communicate()[1]) == (0, "")
        expected = sorted(f"C{client}-{number}" for client in range(4) for number in range(each))
        assert sorted(acknowledged) == expected
        database.close()
        database = connect("crashing", server.address("postgres"))
        assert sorted(identified(strand_of(database, trial))) == expected
        database.close()


def test_a_database_that_is_gone_is_unavailable_and_serves_again_when_it_is_back(
    databases: dict[str, Database],
) -> None:
    with PostgreSQL() as server:
        database = connect("leaving", server.address("postgres"))
        store = database.store(database.new_trial())
        head = store.append(make_entries(Head(), 2), 0)
        server.stop()
        for ask in (store.head, lambda: list(store.read()), lambda: store.append(make_entries(head, 1), 2)):
            with pytest.raises(StoreUnavailable, match="the database cannot be used: "):
                ask()
        server.start()
        assert store.head() == head
        assert store.append(make_entries(head, 1), 2).seq == 3
        database.close()


def test_a_server_whose_disk_is_full_refuses_the_append_and_work_goes_on_when_there_is_room(
    databases: dict[str, Database],
) -> None:
    """The server may let no file grow past 2 MiB; its own log of changes needs one."""
    with PostgreSQL(log_file_mib=1) as server:
        server.stop()
        server.start(largest_file=2 * 2**20)
        database = connect("filling", server.address("postgres"))
        trial = database.new_trial()
        store, head = database.store(trial), Head()
        with pytest.raises(StoreUnavailable, match="could not extend file"):  # noqa: PT012
            while head.seq < 200:
                head = store.append(make_entries(head, 2, incompressible(head.seq, 50_000)), head.seq)
        assert head.seq > 10
        assert store.head() == head
        server.stop()
        server.start()
        with pytest.raises(StoreUnavailable):  # the connection of before; the next is a new one
            store.head()
        assert store.append(make_entries(head, 2), head.seq).seq == head.seq + 2
        assert len(strand_of(database, trial)) == head.seq + 2
        database.close()


def incompressible(seed: int, size: int) -> str:
    digests = (hashlib.sha256(f"{seed} {number}".encode()).digest() for number in range(size // 40))
    return b"".join(map(base64.b85encode, digests)).decode()


def test_a_database_that_may_only_be_read_refuses_the_append_and_is_read(databases: dict[str, Database]) -> None:
    """A SQLite file on a read-only disk, and a PostgreSQL that became a standby or was set to read only."""
    addresses = {
        "sqlite": f"file:{databases['sqlite'].address}?mode=ro",
        "postgresql": f"{databases['postgresql'].address}&options=-c%20default_transaction_read_only%3Don",
    }
    for name, address in addresses.items():
        writing = databases[name]
        trial = writing.new_trial()
        head = writing.store(trial).append(make_entries(Head(), 2), 0)
        reading = connect(f"{name}_read_only", address)
        with pytest.raises(StoreUnavailable, match=r"read-?only"):
            reading.store(trial).append(make_entries(head, 1), 2)
        assert reading.store(trial).head() == head
        assert len(strand_of(writing, trial)) == 2
        reading.close()


def test_a_writer_that_waits_too_long_for_another_gives_up_and_says_so(databases: dict[str, Database]) -> None:
    from django.db import connections, transaction

    database = databases["sqlite"]
    trial = database.new_trial()
    impatient = connect("impatient", database.address)
    connections["impatient"].settings_dict["OPTIONS"]["timeout"] = 0.1
    connections["impatient"].close()
    with transaction.atomic(using=database.using[0]):  # takes SQLite's one lock for writing
        with pytest.raises(StoreUnavailable, match="database is locked"):
            impatient.store(trial).append(make_entries(Head(), 1), 0)
        assert impatient.store(trial).head() == Head(), "reading waits for nobody"
    assert impatient.store(trial).append(make_entries(Head(), 1), 0).seq == 1
    impatient.close()
