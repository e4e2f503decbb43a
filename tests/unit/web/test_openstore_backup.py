"""A ledger in a database: taken out, backed up, put back, brought into a new database, and gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from itertools import count
from pathlib import Path

import pytest

from armlet.cli.main import run
from armlet.conduct.commands import By, Command, Identify, OpenTrial
from armlet.conduct.decide import Accepted
from armlet.conduct.door import Door
from armlet.ledger.stores import Store
from armlet.protocol.load import load_trial
from armlet.protocol.model import Role
from armlet.studytime import SystemClock
from bench.postgresql import PostgreSQL
from tests.databases import Database, connect

BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"
NOW = datetime(2021, 3, 1, 9, tzinfo=UTC)
NUMBERS = count(1)


@pytest.fixture
def new_database(database: Database, postgresql: PostgreSQL, tmp_path: Path) -> Iterator[Database]:
    """An empty database of the same kind, as there is one after the machine was lost."""
    name = f"restored_{next(NUMBERS)}"
    address = str(tmp_path / f"{name}.sqlite3")
    if database.name == "postgresql":
        postgresql.run_sql(f"CREATE DATABASE {name}")
        address = postgresql.address(name)
    made = connect(name, address)
    yield made
    made.close()


def ask(store: Store, folder: Path, command: Command, role: Role) -> None:
    decision = Door(load_trial(folder).protocol, store, SystemClock()).ask(command, By("Ada", role, NOW))
    assert isinstance(decision, Accepted)


def django(database: Database, command: str, *words: object) -> str:
    from django.core.management import call_command

    said = StringIO()
    call_command(command, *map(str, words), database=database.using[0], stdout=said)
    return said.getvalue()


def armlet(*words: object) -> int:
    return run([str(word) for word in words])


def test_a_ledger_in_a_database_is_backed_up_and_goes_on_in_a_new_one_and_an_anchor_shows_what_is_missing(
    database: Database, new_database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trial, folder = database.new_trial(), tmp_path / "trial"
    folder.mkdir()
    (folder / "protocol.yaml").write_text(BASE.read_text("utf-8").replace("id: breeze", f"id: {trial}", 1), "utf-8")
    store = database.store(trial)
    ask(store, folder, OpenTrial(simulated=True), Role.SPONSOR)
    ask(store, folder, Identify("P1", "harbour"), Role.INVESTIGATOR)
    keys, out = tmp_path / "keys", tmp_path / "out.jsonl"
    assert armlet("backup", "key", "--out", keys) == 0
    django(database, "export_strand", trial, out)
    assert armlet("backup", "--ledger", out, "--trial", folder, "--out", tmp_path / "open.age", "--to",
                  keys / "backup-key.public.txt") == 0  # fmt: skip
    head = store.head()
    ask(store, folder, Identify("P2", "harbour"), Role.INVESTIGATOR)
    django(database, "export_strand", trial, tmp_path / "newest.jsonl")
    assert armlet("anchor", "--new-key", keys) == 0
    assert (
        armlet("anchor", tmp_path / "newest.jsonl", "--key", keys / "anchor-key.pem", "--out", tmp_path / "a.json") == 0
    )

    back = tmp_path / "back"
    assert armlet("restore", tmp_path / "open.age", "--key", keys / "backup-key.txt", "--out", back) == 0
    said = django(new_database, "import_strand", back / "ledger/open.jsonl")

    restored = new_database.store(trial)
    assert said == f"{trial}: {head.seq} entries, head {head}\n"
    assert restored.head() == head
    django(new_database, "export_strand", trial, tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == out.read_bytes()
    capsys.readouterr()
    anchor = ("--anchor", tmp_path / "a.json", "--public-key", keys / "anchor-key.public.pem")
    assert armlet("verify", tmp_path / "again.jsonl", *anchor) == 4
    assert "the tail was cut" in capsys.readouterr().out
    ask(restored, back, Identify("P2", "harbour"), Role.INVESTIGATOR)
    assert restored.head().seq == head.seq + 1
