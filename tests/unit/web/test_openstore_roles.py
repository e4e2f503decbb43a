"""On PostgreSQL each login may do what its role says and nothing more; the server itself refuses the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import armlet
from armlet.ledger.entry import Chained, chain, encode
from armlet.ledger.events import DeviationRecorded, EntryRedacted
from armlet.ledger.redaction import redact
from armlet.ledger.stores import StoreUnavailable
from tests.databases import Database, connect

if TYPE_CHECKING:
    from bench.postgresql import PostgreSQL

MakeStrand = Callable[..., list[Chained]]
ROLES = (Path(armlet.__file__).parent / "web/openstore/roles.sql").read_text("utf-8")
LOGINS = """
CREATE ROLE the_owner LOGIN IN ROLE armlet_owner;
CREATE ROLE the_writer LOGIN IN ROLE armlet_writer;
CREATE ROLE the_reader LOGIN IN ROLE armlet_reader;
CREATE ROLE a_stranger LOGIN;
"""


def insertion(chained: Chained) -> str:
    line = encode(chained).decode().replace("'", "''")
    return f"INSERT INTO open_entry VALUES ('breeze', {chained.seq}, '{chained.digest}', '{line}');"


@pytest.fixture(scope="module")
def server(postgresql: PostgreSQL) -> Iterator[PostgreSQL]:
    """The server with a database in which the roles are set up, and one login of each."""
    postgresql.run_sql("CREATE DATABASE guarded")
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "armlet.web.settings.strand",
        "ARMLET_DATABASE": postgresql.address("guarded"),
    }  # fmt: skip
    subprocess.run([sys.executable, "-m", "django", "migrate", "-v", "0"], env=environment, check=True)
    for _ in range(2):  # it may be run again
        postgresql.run_sql(ROLES, "guarded")
    postgresql.run_sql(LOGINS, "guarded")
    yield postgresql
    postgresql.run_sql("DROP DATABASE guarded WITH (FORCE)")


def test_a_writer_adds_and_reads_and_a_reader_reads(server: PostgreSQL, make_strand: MakeStrand) -> None:
    for chained in make_strand(2):
        server.run_sql(insertion(chained), "guarded", "the_writer")
    for login in ("the_owner", "the_writer", "the_reader"):
        assert server.run_sql("SELECT count(*) FROM open_entry", "guarded", login) == "2\n"


def test_a_store_works_with_the_rights_of_a_writer_and_reads_with_those_of_a_reader(
    server: PostgreSQL, databases: dict[str, Database], make_strand: MakeStrand
) -> None:
    strand = make_strand(3)
    writing = connect("as_writer", server.address("guarded", "the_writer"), makes_table=False)
    reading = connect("as_reader", server.address("guarded", "the_reader"), makes_table=False)
    trial = f"{writing.new_trial()}_of_roles"
    writing.store(trial).append([strand[0].entry], expected_seq=0)
    writing.store(trial, 1).append([one.entry for one in strand[1:]], expected_seq=1)
    assert list(reading.store(trial).read()) == strand
    with pytest.raises(StoreUnavailable, match="permission denied for table open_entry"):
        reading.store(trial).append([make_strand(4)[3].entry], expected_seq=3)
    assert list(reading.store(trial).read()) == strand
    for database in (writing, reading):
        database.close()


def test_a_writer_may_redact_and_is_told_what_remains(
    server: PostgreSQL, databases: dict[str, Database], make_strand: MakeStrand
) -> None:
    """The right to update a line is good for what a redaction says was left, and for nothing else."""
    writing = connect("as_redactor", server.address("guarded", "the_writer"), makes_table=False)
    trial = f"{writing.new_trial()}_of_redactor"
    store, opening = writing.store(trial), make_strand(2)
    named = DeviationRecorded(participant="P2", what="Zebedee came late", on=date(2021, 3, 1))
    with_name = chain(opening[1].entry.model_copy(update={"seq": 3, "event": named, "previous": opening[1].digest}))
    kept = redact(with_name, ["what"]).kept
    event = EntryRedacted(of=3, fields=("what",), kept=kept, why="a name", agreed_by=("Ada", "Bo"))
    told = opening[1].entry.model_copy(update={"seq": 4, "event": event, "previous": with_name.digest})
    store.append([opening[0].entry, opening[1].entry, with_name.entry], expected_seq=0)
    with pytest.raises(AssertionError, match="append-only"):
        server.run_sql(f"UPDATE open_entry SET line = 'x' WHERE trial = '{trial}'", "guarded", "the_writer")

    store.append([told], expected_seq=3)

    assert list(store.read()) == [*opening, redact(with_name, ["what"]), chain(told)]
    assert "Write-ahead logs" in store.remains
    with pytest.raises(AssertionError, match="append-only"):
        server.run_sql(f"UPDATE open_entry SET line = 'x' WHERE trial = '{trial}'", "guarded", "the_writer")
    writing.close()


REFUSED = {
    "a_stranger": ("SELECT 1 FROM open_entry",),
    "the_reader": (
        "INSERT INTO open_entry VALUES ('x', 1, 'd', 'l')", "UPDATE open_entry SET seq = 1", "DELETE FROM open_entry",
        "TRUNCATE open_entry", "DROP TABLE open_entry", "ALTER TABLE open_entry DISABLE TRIGGER ALL",
    ),
    "the_writer": (
        "UPDATE open_entry SET seq = 1", "UPDATE open_entry SET digest = 'd'",
        "DELETE FROM open_entry", "TRUNCATE open_entry", "DROP TABLE open_entry",
        "ALTER TABLE open_entry DISABLE TRIGGER ALL", "DROP TRIGGER open_entry_no_update ON open_entry",
        "SET session_replication_role = replica", "SET ROLE armlet_owner", "CREATE TABLE mine (a int)",
        "ALTER EVENT TRIGGER armlet_no_drop DISABLE", "SELECT * FROM django_migrations",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("login", "statement"), [(login, statement) for login, those in REFUSED.items() for statement in those]
)
def test_the_rest_is_refused_by_the_server(server: PostgreSQL, login: str, statement: str) -> None:
    with pytest.raises(AssertionError, match=r"permission denied|must be (owner|superuser)|must be owner"):
        server.run_sql(statement, "guarded", login)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE open_entry SET seq = 1", "DELETE FROM open_entry", "TRUNCATE open_entry", "DROP TABLE open_entry",
        "DROP TABLE open_entry CASCADE", "ALTER TABLE open_entry DISABLE TRIGGER ALL",
        "ALTER TABLE open_entry DISABLE TRIGGER open_entry_no_update", "ALTER TABLE open_entry RENAME TO elsewhere",
        "DROP TRIGGER open_entry_no_update ON open_entry", "DROP FUNCTION open_entry_refuse() CASCADE",
        "ALTER TRIGGER open_entry_no_update ON open_entry RENAME TO elsewhere",
        "ALTER TABLE open_entry ALTER COLUMN line TYPE integer USING 0", "ALTER TABLE open_entry DROP COLUMN line",
        "CREATE RULE quietly AS ON INSERT TO open_entry DO INSTEAD NOTHING",
        "CREATE OR REPLACE FUNCTION open_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER other BEFORE INSERT ON open_entry FOR EACH ROW EXECUTE FUNCTION open_entry_refuse()",
    ],
)  # fmt: skip
@pytest.mark.parametrize("login", ["the_owner", "postgres"])
def test_not_even_the_owner_or_the_administrator_does_it_unawares(
    server: PostgreSQL, login: str, statement: str
) -> None:
    before = server.run_sql("SELECT * FROM open_entry", "guarded")
    with pytest.raises(AssertionError, match="the open strand is append-only"):
        server.run_sql(statement, "guarded", login)
    assert server.run_sql("SELECT * FROM open_entry", "guarded") == before


def test_the_administrator_may_switch_the_last_guard_off_for_a_migration(server: PostgreSQL) -> None:
    change = "BEGIN; ALTER TABLE open_entry ADD COLUMN note text; ALTER TABLE open_entry DROP COLUMN note; COMMIT"
    for trigger in ("armlet_no_alter", "armlet_no_drop"):
        with pytest.raises(AssertionError, match="append-only"):
            server.run_sql(change, "guarded", "the_owner")
        server.run_sql(f"ALTER EVENT TRIGGER {trigger} DISABLE", "guarded")
    server.run_sql(change, "guarded", "the_owner")
    server.run_sql(ROLES, "guarded")
    with pytest.raises(AssertionError, match="append-only"):
        server.run_sql(change, "guarded", "the_owner")
