"""A client of the open strand in a database, as a process of its own: what the tests beside this run, many at once.

``python database_client.py WHAT PROTOCOL TRIAL …`` with the database in ARMLET_DATABASE. Whatever is acknowledged is
printed, one participant a line, and only once the store has said so.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import django
from django.db import connections, transaction

django.setup()

from armlet.conduct.commands import By, Identify, OpenTrial  # noqa: E402
from armlet.conduct.decide import Accepted  # noqa: E402
from armlet.conduct.door import Door  # noqa: E402
from armlet.ledger.entry import Entry, chain  # noqa: E402
from armlet.ledger.events import DeviationRecorded  # noqa: E402
from armlet.ledger.stores import StoreUnavailable  # noqa: E402
from armlet.protocol.load import load_protocol  # noqa: E402
from armlet.protocol.model import Protocol, Role  # noqa: E402
from armlet.studytime import SystemClock  # noqa: E402
from armlet.web.openstore.store import DatabaseStore  # noqa: E402

BY = By("Ada", Role.INVESTIGATOR, datetime(2021, 3, 1, 9, tzinfo=UTC))


def open_door(protocol: Protocol, trial: str) -> Door:
    return Door(protocol, DatabaseStore(trial), SystemClock())


def open_trial(protocol: Protocol, trial: str) -> None:
    decision = open_door(protocol, trial).ask(OpenTrial(simulated=True), By("Ada", Role.SPONSOR, BY.occurred))
    assert isinstance(decision, Accepted), decision


def identify_each(protocol: Protocol, trial: str, name: str, count: int) -> None:
    """Identifies so many participants through the door; over a lost connection it asks again until it knows."""
    door: Door | None = None
    for number in range(count):
        was_lost = False
        while True:
            try:
                door = door or open_door(protocol, trial)
                decision = door.ask(Identify(f"{name}-{number}", "harbour"), BY)
            except StoreUnavailable:
                door, was_lost = None, True
                time.sleep(0.05)
                continue
            break
        # Refused: it was written before the connection was lost, and the number is the participant's by now.
        if not isinstance(decision, Accepted):
            assert was_lost, decision
            assert [issue.rule for issue in decision.issues] == ["conduct/number-taken"], decision
        os.write(1, f"{name}-{number}\n".encode())


def in_a_child(work: Callable[[], None]) -> int:
    """Starts the work in a process of its own, with connections of its own; answers the process."""
    connections.close_all()
    if child := os.fork():
        return child
    work()
    os._exit(0)


def many(protocol: Protocol, trial: str, clients: str, each: str) -> None:
    """So many processes at once, each identifying so many participants."""
    open_trial(protocol, trial)
    works = [partial(identify_each, protocol, trial, f"C{client}", int(each)) for client in range(int(clients))]
    children = [in_a_child(work) for work in works]
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * len(children)


def batch(store: DatabaseStore, count: int, text: str = "x") -> list[Entry]:
    head, entries = store.head(), list[Entry]()
    for _ in range(count):
        event = DeviationRecorded(participant="P1", what=text, on=BY.occurred.date())
        entries.append(
            Entry(seq=head.seq + 1, occurred=BY.occurred, recorded=BY.occurred, actor="Ada", role=Role.INVESTIGATOR,
                  protocol="x", event=event, previous=head.digest)
        )  # fmt: skip
        head = chain(entries[-1]).head
    return entries


def append_and_die(trial: str, where: str) -> None:
    def killing(execute: Callable[..., Any], sql: str, params: Any, many_: bool, context: Any) -> Any:
        if not sql.startswith("INSERT"):
            return execute(sql, params, many_, context)
        if where == "before the insertion":
            os.kill(os.getpid(), signal.SIGKILL)
        done = execute(sql, params, many_, context)
        if where == "before the commit":
            os.kill(os.getpid(), signal.SIGKILL)
        transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))
        return done

    store = DatabaseStore(trial)
    entries = batch(store, 3)
    with connections["default"].execute_wrapper(killing):
        store.append(entries, entries[0].seq - 1)


def die(_protocol: Protocol, trial: str) -> None:
    """Appends three entries at once in a process that is killed, at each point of it; prints what is there then."""
    for where in ("before the insertion", "before the commit", "after the commit") * 2:
        _, status = os.waitpid(in_a_child(partial(append_and_die, trial, where)), 0)
        print(f"{where}: signal {os.WTERMSIG(status)}, {DatabaseStore(trial).head().seq} entries", flush=True)


def append_within(trial: str, file: Path, room: int) -> None:
    store = DatabaseStore(trial)
    entries = batch(store, 3, "x" * 3000)
    size = max(path.stat().st_size for path in file.parent.glob("*") if not path.name.endswith("-shm"))
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # which Python ignores
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + room, resource.RLIM_INFINITY))
    store.append(entries, entries[0].seq - 1)


def die_while_writing(_protocol: Protocol, trial: str, file: str, step: str) -> None:
    """Appends three entries to a SQLite database, in processes that the system kills when a file grows too large."""
    for room in range(0, 20_000, int(step)):
        _, status = os.waitpid(in_a_child(partial(append_within, trial, Path(file), room)), 0)
        print(f"signal {os.WTERMSIG(status)}, {DatabaseStore(trial).head().seq} entries", flush=True)


def full(_protocol: Protocol, trial: str, limit: str) -> None:
    """Appends large entries until the disk takes no more, then makes room and goes on."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
    store = DatabaseStore(trial)
    for written in range(1000):
        try:
            store.append(batch(store, 2, "y" * 100_000), written * 2)
        except StoreUnavailable as problem:
            print(problem, flush=True)
            break
    else:
        raise SystemExit("the disk never filled")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert store.head().seq == written * 2 > 0
    assert store.append(batch(store, 2), written * 2).seq == written * 2 + 2


WHAT = {one.__name__: one for one in (many, die, die_while_writing, full)}

if __name__ == "__main__":
    what, protocol_, trial_, *words = sys.argv[1:]
    WHAT[what](load_protocol(Path(protocol_)), trial_, *words)
