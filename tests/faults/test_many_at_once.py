"""Randomisation by sixteen clients at two sites at once, on each kind of store: no slot twice, no gap, order provable.

Every client is a process that takes its own participants from the first word to the request; two more processes are
allocators on one vault. In the default suite and at night alike 200 people are randomised; the night has more methods.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from armlet.allocation.sealed_strand import VaultKey
from armlet.cli.main import run
from armlet.cli.strongroom import write_vault
from armlet.conduct.commands import By
from armlet.conduct.decide import Accepted
from armlet.export.package import write_ledger
from armlet.ledger.entry import Chained
from armlet.ledger.events import RandomisationRequested, Randomised
from armlet.ledger.sealed import ArmAssigned
from armlet.protocol.model import Role
from tests.faults.under_fire import KEY, LONG, SITES, TODAY, Home, at, life_of, make_protocol, open_trial, start, wait

CLIENTS, WORKERS, PEOPLE = 16, 2, 200
PAUSE = 0.01


def client(home: Home, number: int, people: int) -> list[str]:
    """Takes its participants through the door, each act under a key; answers who has asked, as acknowledged."""
    door, site, asked = home.door(), SITES[number % 2], list[str]()
    for mine in range(number, people, CLIENTS):
        participant = f"P{mine:03d}"
        for count, command in enumerate(life_of(participant, site, home.protocol)):
            by = By(f"Client {number}", Role.INVESTIGATOR, at(TODAY, 12), key=f"{participant}/{count}")
            decision = door.ask(command, by)
            assert isinstance(decision, Accepted), decision
        asked.append(participant)
    return asked


def allocator(home: Home, people: int) -> int:
    """Looks until so many have an answer; answers how many it told the ledger of itself or found told meanwhile."""
    worker, door, answered = home.worker(), home.door(), 0
    until = time.monotonic() + 500
    while sum(one.randomised is not None for one in door.state.participants.values()) < people:
        assert time.monotonic() < until
        answered += len(worker.look().answered)
        time.sleep(PAUSE)
    return answered


CASES = [
    ("file", "permuted_blocks", False),
    ("sqlite", "permuted_blocks", True),
    ("postgresql", "permuted_blocks", True),
]
if LONG:
    CASES += [
        (kind, method, True) for kind in ("file", "sqlite", "postgresql") for method in ("minimisation", "big_stick")
    ]
    CASES += [("file", "permuted_blocks", True), ("sqlite", "permuted_blocks", False)]


@pytest.mark.parametrize(("kind", "method", "by_site"), CASES)
def test_two_hundred_are_randomised_by_sixteen_clients_and_each_has_one_slot(
    kind: str,
    method: str,
    by_site: bool,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    tally: Callable[..., None],
) -> None:
    database = request.getfixturevalue("databases")[kind] if kind != "file" else None
    protocol = make_protocol(tmp_path, PEOPLE, method, by_site=by_site)
    home = Home(tmp_path, protocol, database, database.new_trial() if database else "")
    open_trial(home, **({"block": 4} if method == "permuted_blocks" else {}))
    clients = [start(home, lambda number=number: client(home, number, PEOPLE)) for number in range(CLIENTS)]
    allocators = [start(home, lambda: allocator(home, PEOPLE)) for _ in range(WORKERS)]
    acknowledged = [name for code, said in map(wait, clients) for name in _said(code, said)]
    answered = [int(said) for code, said in map(wait, allocators) if code == 0]

    everybody = sorted(f"P{number:03d}" for number in range(PEOPLE))
    assert sorted(acknowledged) == everybody
    assert len(answered) == WORKERS
    assert sum(answered) >= PEOPLE
    entries = home.check_whole()
    slots = list(home.vault().events(ArmAssigned))
    asked = [one.event for one in entries if isinstance(one.event, RandomisationRequested)]
    told = [one.event for one in entries if isinstance(one.event, Randomised)]
    assert sorted(one.participant for one in slots) == everybody
    assert [one.slot for one in slots] == list(range(1, PEOPLE + 1))
    assert [(one.participant, one.request) for one in slots] == [(one.participant, one.request) for one in asked]
    assert [(one.participant, one.preparation) for one in told] == [(one.participant, one.preparation) for one in slots]
    assert len({one.preparation for one in told}) == PEOPLE
    assert len(entries) == 4 + 7 * PEOPLE
    assert _worked_alone(entries) < CLIENTS // 2, "the clients came one after the other: the test has lost its point"
    if kind == "file":
        prove_by_command(home, entries)
    tally(acts=6 * PEOPLE, faults=0, losses=PEOPLE - len(told))


def _worked_alone(entries: Sequence[Chained]) -> int:
    """How many wrote their first and last entry without anybody else's in between."""
    places: dict[str, list[int]] = {}
    for place, one in enumerate(entries):
        places.setdefault(one.entry.actor, []).append(place)
    return sum(own[-1] - own[0] + 1 == len(own) for own in places.values())


def _said(code: int, said: str) -> list[str]:
    assert code == 0
    names: list[str] = eval(said)
    return names


def prove_by_command(home: Home, entries: tuple[Chained, ...]) -> None:
    """As somebody else would: both strands in a folder, and ``armlet verify`` with the key."""
    folder = home.folder / "folder"
    write_ledger(folder, next(home.folder.glob("*.yaml")).read_text("utf-8"), entries)
    write_vault(folder, home.vault(), VaultKey(KEY))
    said = io.StringIO()
    with redirect_stdout(said):
        assert run(["verify", str(folder), "--key", str(folder / "vault/key.hex")]) == 0
    assert "every draw was made again" in said.getvalue()
