"""Several clients at one moment: each with a door of its own, all decided on the same head before the first appends.

Threads alone would now and then pass one after the other and prove nothing. Here every client waits, with its decision
made, until all have theirs; then they append in the order told, so that each but the first meets a strand that moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from armlet.conduct.commands import By, Command
from armlet.conduct.decide import Decision
from armlet.ledger.entry import Chained, Entry, Head
from armlet.ledger.stores.file import FileStore
from armlet.life.world import World

LONGEST_WAIT = 20.0
"""Seconds after which a client goes on alone: a defect shows as a wrong outcome, and not as a program that hangs."""


class _Turns:
    def __init__(self, clients: int) -> None:
        self._decided = [Event() for _ in range(clients)]
        self._appended = [Event() for _ in range(clients)]

    def wait(self, client: int) -> None:
        self._decided[client].set()
        for event in (*self._decided, *self._appended[:client]):
            event.wait(LONGEST_WAIT)

    def pass_on(self, client: int) -> None:
        self._decided[client].set()
        self._appended[client].set()


class _InTurn:
    """A store whose first append waits for its turn."""

    def __init__(self, store: FileStore, turns: _Turns, client: int) -> None:
        self._store, self._turns, self._client, self._is_first = store, turns, client, True

    def head(self) -> Head:
        return self._store.head()

    def read(self, after: int = 0) -> Iterator[Chained]:
        return self._store.read(after)

    def append(self, entries: Sequence[Entry], expected_seq: int) -> Head:
        if self._is_first:
            self._is_first = False
            self._turns.wait(self._client)
        try:
            return self._store.append(entries, expected_seq)
        finally:
            self._turns.pass_on(self._client)


def ask_at_once(world: World, wishes: Sequence[tuple[Command, By]]) -> list[Decision]:
    """The answer to each wish, in the order told."""
    turns = _Turns(len(wishes))

    def ask(client: int) -> Decision:
        command, by = wishes[client]
        try:
            return world.open_door(_InTurn(FileStore(world.ledger), turns, client)).ask(command, by)
        finally:
            turns.pass_on(client)

    with ThreadPoolExecutor(max_workers=len(wishes)) as clients:
        return list(clients.map(ask, range(len(wishes))))
