"""The table itself refuses whatever is not an append, to whoever asks and by whatever statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from armlet.ledger.entry import Chained, encode

if TYPE_CHECKING:
    from tests.databases import Database

MakeStrand = Callable[..., list[Chained]]
ROW = "INSERT INTO open_entry (trial, seq, digest, line) VALUES (%s, %s, %s, %s)"


def run(database: Database, statement: str, values: object = None) -> None:
    """Runs the statement past the model and past Django's own rules."""
    from django.db import connections, transaction

    with transaction.atomic(using=database.using[1]), connections[database.using[1]].cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def is_refused(database: Database, trial: str, because: str) -> Iterator[None]:
    """What happens inside is refused by the database, and the strand of the trial is afterwards what it was."""
    from django.db import IntegrityError

    before = list(database.store(trial).read())
    with pytest.raises(IntegrityError, match=because):
        yield
    assert list(database.store(trial).read()) == before
    assert before


@pytest.fixture
def trial(database: Database, make_strand: MakeStrand) -> str:
    trial = database.new_trial()
    database.store(trial).append([one.entry for one in make_strand(3)], expected_seq=0)
    return trial


def row_of(trial: str, chained: Chained) -> tuple[object, ...]:
    return trial, chained.seq, chained.digest, encode(chained).decode()


CHANGES = {
    "an update": "UPDATE open_entry SET line = 'x' WHERE trial = '{trial}' AND seq = 2",
    "an update of the key": "UPDATE open_entry SET seq = 9 WHERE trial = '{trial}' AND seq = 3",
    "an update of everything": "UPDATE open_entry SET trial = 'other'",
    "a deletion": "DELETE FROM open_entry WHERE trial = '{trial}' AND seq = 3",
    "a deletion of everything": "DELETE FROM open_entry",
}
OF_SQLITE = {
    "replace": "REPLACE INTO open_entry (trial, seq, digest, line) VALUES ('{trial}', 2, 'd', 'x')",
    "insert or replace": "INSERT OR REPLACE INTO open_entry (trial, seq, digest, line) VALUES ('{trial}', 2, 'd', 'x')",
    "update or replace": "UPDATE OR REPLACE open_entry SET seq = 2 WHERE trial = '{trial}' AND seq = 3",
    "a row replaced by its hidden number": (
        "INSERT OR REPLACE INTO open_entry (rowid, trial, seq, digest, line) "
        'SELECT rowid, \'other trial\', 1, \'d\', \'"digest":"d" "previous":"sha256:' + "0" * 64 + "\"' "
        "FROM open_entry WHERE trial = '{trial}' AND seq = 2"
    ),
    "insert or ignore that would update": (
        "INSERT INTO open_entry (trial, seq, digest, line) VALUES ('{trial}', 2, 'd', 'x') "
        "ON CONFLICT (trial, seq) DO UPDATE SET line = excluded.line"
    ),
}
OF_POSTGRESQL = {
    "truncate": "TRUNCATE open_entry",
    "truncate with all that hangs on it": "TRUNCATE open_entry CASCADE",
    "a deletion of no row": "DELETE FROM open_entry WHERE false",
    "an insert that would update": (
        "INSERT INTO open_entry (trial, seq, digest, line) VALUES ('{trial}', 2, 'd', 'x') "
        "ON CONFLICT (trial, seq) DO UPDATE SET line = excluded.line"
    ),
    "a merge": (
        "MERGE INTO open_entry e USING (VALUES ('{trial}', 2)) v(t, s) ON e.trial = v.t AND e.seq = v.s "
        "WHEN MATCHED THEN DELETE"
    ),
    "an update by a session that plays the replica": (
        "SET LOCAL session_replication_role = replica; UPDATE open_entry SET line = 'x' WHERE trial = '{trial}'"
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_no_statement_changes_or_removes_an_entry(database: Database, trial: str, what: str) -> None:
    with is_refused(database, trial, "the open strand is append-only"):
        run(database, CHANGES[what].format(trial=trial))


@pytest.mark.parametrize(
    ("name", "what"), [("sqlite", what) for what in OF_SQLITE] + [("postgresql", what) for what in OF_POSTGRESQL]
)
def test_no_statement_that_only_one_of_them_knows_does_either(
    databases: dict[str, Database], make_strand: MakeStrand, name: str, what: str
) -> None:
    database, statements = databases[name], OF_SQLITE | OF_POSTGRESQL if name == "postgresql" else OF_SQLITE
    trial = database.new_trial()
    database.store(trial).append([one.entry for one in make_strand(3)], expected_seq=0)
    with is_refused(database, trial, "the open strand is append-only|does not follow from the last one"):
        run(database, statements[what].format(trial=trial))


def test_an_entry_that_leaves_a_gap_or_names_another_predecessor_is_refused(
    database: Database, trial: str, make_strand: MakeStrand
) -> None:
    strand = make_strand(5)
    forged = make_strand(2, after=make_strand(2, names="X")[-1].head, names="X")
    fourth = row_of(trial, strand[3])
    attempts = {
        "a gap": row_of(trial, strand[4]),
        "another history": (trial, 4, *row_of(trial, forged[1])[2:]),
        "another digest than its line's": (*fourth[:2], "sha256:1", fourth[3]),
        "a first entry that is none": (database.new_trial(), *fourth[1:]),
        "a number below one": (trial, 0, *fourth[2:]),
    }
    for row in attempts.values():
        with is_refused(database, trial, "does not follow from the last one of its trial"):
            run(database, ROW, row)
    run(database, ROW, fourth)
    assert database.store(trial).head() == strand[3].head


def test_the_guards_are_there_and_one_that_is_taken_away_is_missed(database: Database) -> None:
    from django.core.checks import run_checks
    from django.db import connections, transaction

    from armlet.web.openstore.guards import find_missing_guards

    using = database.using[0]
    on_table = " ON open_entry" if database.name == "postgresql" else ""
    assert find_missing_guards(using) == frozenset()
    assert run_checks(databases=[using]) == []
    with transaction.atomic(using=using):
        with connections[using].cursor() as cursor:
            cursor.execute(f"DROP TRIGGER open_entry_no_update{on_table}")
        assert find_missing_guards(using) == {"open_entry_no_update"}
        (said,) = run_checks(databases=[using])
        assert said.msg == f"The open strand in '{using}' can be changed: it lacks open_entry_no_update."
        transaction.set_rollback(True, using=using)
    assert find_missing_guards(using) == frozenset()


def test_a_guard_that_is_only_switched_off_is_missed_too(databases: dict[str, Database]) -> None:
    from django.db import connections, transaction

    from armlet.web.openstore.guards import find_missing_guards

    with transaction.atomic(using="postgresql"):
        with connections["postgresql"].cursor() as cursor:
            cursor.execute("ALTER TABLE open_entry DISABLE TRIGGER open_entry_no_delete")
        assert find_missing_guards("postgresql") == {"open_entry_no_delete"}
        transaction.set_rollback(True, using="postgresql")


def test_a_migration_is_not_missing(databases: dict[str, Database]) -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
