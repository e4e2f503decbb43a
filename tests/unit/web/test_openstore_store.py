"""What only the store in a database has to withstand, and how a strand comes in and goes out."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from armlet.errors import LedgerBroken
from armlet.ledger.entry import Chained, Head, encode
from armlet.ledger.stores import Conflict, StoreUnavailable
from armlet.ledger.stores.file import FileStore

if TYPE_CHECKING:
    from tests.databases import Database

MakeStrand = Callable[..., list[Chained]]


def filled(database: Database, strand: list[Chained]) -> str:
    trial = database.new_trial()
    database.store(trial).append([one.entry for one in strand], expected_seq=0)
    return trial


def tamper(database: Database, statement: str) -> None:
    """Does what only somebody who owns the database can: takes the guards away first, and puts them back after."""
    from django.db import connections, transaction

    with transaction.atomic(using=database.using[1]), connections[database.using[1]].cursor() as cursor:
        if database.name == "postgresql":
            cursor.execute("ALTER TABLE open_entry DISABLE TRIGGER ALL")
            cursor.execute(statement)
            for guard in ("no_update", "no_delete", "no_truncate", "follows"):
                cursor.execute(f"ALTER TABLE open_entry ENABLE ALWAYS TRIGGER open_entry_{guard}")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        guards = cursor.fetchall()
        for name, _ in guards:
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute(statement)
        for _, made in guards:
            cursor.execute(made)


def test_several_trials_share_a_database_and_do_not_meet(database: Database, make_strand: MakeStrand) -> None:
    one, other = make_strand(3), make_strand(2, names="Q")
    first, second = filled(database, one), filled(database, other)
    assert list(database.store(first).read()) == one
    assert list(database.store(second).read()) == other
    assert database.store(database.new_trial()).head() == Head()


def test_of_two_clients_with_the_same_state_one_is_told_to_decide_again(
    database: Database, make_strand: MakeStrand
) -> None:
    strand = make_strand(4)
    trial = filled(database, strand[:3])
    one, other = database.store(trial, 0), database.store(trial, 1)
    assert one.head() == other.head() == strand[2].head
    one.append([strand[3].entry], expected_seq=3)
    late = make_strand(1, after=strand[2].head, names="Z")
    with pytest.raises(Conflict, match="expected the last entry to be 3, found 4"):
        other.append([late[0].entry], expected_seq=3)
    assert list(other.read(after=3)) == strand[3:]


def test_an_append_inside_a_transaction_that_could_be_undone_is_a_defect(
    database: Database, make_strand: MakeStrand
) -> None:
    from django.db import transaction

    trial = database.new_trial()
    with (
        transaction.atomic(using=database.using[0]),
        pytest.raises(RuntimeError, match="durable"),
    ):
        database.store(trial).append([make_strand(1)[0].entry], expected_seq=0)
    assert database.store(trial).head() == Head()


TAMPERED = {
    "an edited line": (
        "UPDATE open_entry SET line = replace(line, 'P3', 'P9') WHERE trial = '{trial}' AND seq = 3",
        "entry 3 was altered: its content does not give its digest",
    ),
    "a line that is none": (
        "UPDATE open_entry SET line = 'x' WHERE trial = '{trial}' AND seq = 3",
        "entry 3 was altered: the line cannot be read as an entry",
    ),
    "a row that contradicts its line": (
        "UPDATE open_entry SET digest = 'sha256:2' WHERE trial = '{trial}' AND seq = 3",
        "entry 3 was altered: its row does not say what its line says",
    ),
    "an entry taken out": (
        "DELETE FROM open_entry WHERE trial = '{trial}' AND seq = 3",
        "entry 4 does not follow from entry 2",
    ),
    "an entry moved to another number": (
        "UPDATE open_entry SET seq = 9 WHERE trial = '{trial}' AND seq = 3",
        "entry 4 does not follow from entry 2",
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_the_owner_of_the_database_did_is_found_when_it_is_read(
    database: Database, make_strand: MakeStrand, what: str
) -> None:
    statement, said = TAMPERED[what]
    strand = make_strand(5)
    trial = filled(database, strand)
    tamper(database, statement.format(trial=trial))
    read: list[Chained] = []
    with pytest.raises(LedgerBroken, match=said):
        read.extend(database.store(trial).read())
    with pytest.raises(LedgerBroken, match=said):
        list(database.store(trial).read(after=2))


def test_an_older_copy_put_back_under_an_open_store_is_found(database: Database, make_strand: MakeStrand) -> None:
    strand = make_strand(4)
    trial = filled(database, strand)
    store = database.store(trial)
    assert store.head() == strand[3].head
    tamper(database, f"DELETE FROM open_entry WHERE trial = '{trial}' AND seq > 2")
    for ask in (store.head, lambda: list(store.read()), lambda: store.append([], 2)):
        with pytest.raises(LedgerBroken, match="entry 4 is no longer the one that was read here before"):
            ask()
    assert database.store(trial).head() == strand[1].head


def test_a_strand_rewritten_under_an_open_store_is_found_wherever_it_is_read_from(
    database: Database, make_strand: MakeStrand
) -> None:
    """Whole in itself, and of the same length: only who saw the other one knows. Or with an entry taken out."""
    strand, other = make_strand(4), make_strand(4, names="Q")
    for portion in range(4):
        trial, rewritten = filled(database, strand), filled(database, other)
        store = database.store(trial)
        assert store.head() == strand[3].head
        tamper(database, f"DELETE FROM open_entry WHERE trial = '{trial}'")
        with pytest.raises(LedgerBroken, match=r"entry 4 is no longer|entry [123] is missing"):
            list(store.read(portion))
        tamper(database, f"UPDATE open_entry SET trial = '{trial}' WHERE trial = '{rewritten}'")
        with pytest.raises(LedgerBroken, match="entry 4 is no longer the one that was read here before"):
            list(store.read(portion))
        assert list(database.store(trial).read(portion)) == other[portion:]
    tamper(database, f"DELETE FROM open_entry WHERE trial = '{trial}' AND seq = 2")
    with pytest.raises(LedgerBroken, match="entry 2 is missing"):
        list(database.store(trial).read(2))


def test_a_strand_longer_than_a_portion_is_read_in_order(
    database: Database, make_strand: MakeStrand, monkeypatch: pytest.MonkeyPatch
) -> None:
    strand = make_strand(7)
    trial = filled(database, strand)
    for portion in (1, 3, 7):
        monkeypatch.setattr("armlet.web.openstore.store.PORTION", portion)
        assert list(database.store(trial).read()) == strand
        assert list(database.store(trial).read(after=2)) == strand[2:]


def test_a_database_without_the_table_is_unavailable_and_says_so(
    tmp_path: Path, databases: dict[str, Database]
) -> None:
    from django.db import connections

    from armlet.web.openstore.database import describe_database
    from armlet.web.openstore.store import DatabaseStore

    added = {"default": {}, "bare": describe_database(str(tmp_path / "bare.sqlite3"))}
    connections.settings["bare"] = connections.configure_settings(added)["bare"]
    try:
        with pytest.raises(StoreUnavailable, match=r"^t: the database cannot be used: no such table: open_entry$"):
            DatabaseStore("t", "bare").head()
    finally:
        connections["bare"].close()
        del connections.settings["bare"]


# --- Addresses ------------------------------------------------------------------------------------------------------


def test_an_address_is_a_file_or_a_server() -> None:
    from armlet.web.openstore.database import describe_database

    file = describe_database("data/strand.sqlite3")
    assert (file["ENGINE"], file["NAME"]) == ("django.db.backends.sqlite3", "data/strand.sqlite3")
    server = describe_database("postgresql://ada:s%20cret@db.example:5433/trials?sslmode=require")
    assert (server["ENGINE"], server["NAME"]) == ("django.db.backends.postgresql", "trials")
    assert server["OPTIONS"] == {
        "connect_timeout": 20, "user": "ada", "password": "s cret", "host": "db.example", "port": "5433",
        "sslmode": "require",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "No database is named"),
        ("postgresql://db.example/", "names no database"),
        ("postgresql://ada:secret@db.example:5433/trials?nothing=1", "cannot be read"),
    ],
)
def test_an_address_that_is_none_is_refused_and_not_repeated(address: str, said: str) -> None:
    from django.core.exceptions import ImproperlyConfigured

    from armlet.web.openstore.database import describe_database

    with pytest.raises(ImproperlyConfigured, match=said) as caught:
        describe_database(address)
    assert "secret" not in str(caught.value)


# --- In and out -----------------------------------------------------------------------------------------------------


def django(database: Database, command: str, *words: object) -> tuple[int, str]:
    """What the command answers, run in this process: its exit code and its words."""
    from django.core.management import CommandError, call_command

    said = StringIO()
    try:
        call_command(command, *map(str, words), database=database.using[0], stdout=said)
    except CommandError as problem:
        return 1, str(problem)
    return 0, said.getvalue()


def test_a_strand_goes_in_and_comes_out_with_the_bytes_of_the_file_store(
    database: Database, make_strand: MakeStrand, tmp_path: Path
) -> None:
    trial, file, out = database.new_trial(), tmp_path / "open.jsonl", tmp_path / "out.jsonl"
    strand = make_strand(6, trial=trial)
    kept = FileStore(file)
    kept.append([one.entry for one in strand[:4]], expected_seq=0)
    assert django(database, "import_strand", file) == (0, f"{trial}: 4 entries, head {strand[3].head}\n")
    for store in (kept, database.store(trial)):
        store.append([one.entry for one in strand[4:]], expected_seq=4)
    assert django(database, "export_strand", trial, out) == (0, f"{out}: 6 entries, head {strand[5].head}\n")
    assert out.read_bytes() == file.read_bytes() == b"".join(encode(one) + b"\n" for one in strand)


def test_what_cannot_be_brought_in_or_out_is_said_and_leaves_nothing(
    database: Database, make_strand: MakeStrand, tmp_path: Path
) -> None:
    trial = database.new_trial()
    strand = make_strand(3, trial=trial)
    data = b"".join(encode(one) + b"\n" for one in strand)
    files = {"altered": data.replace(b"P2", b"P9"), "cut": data[:-9], "empty": b"", "whole": data}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "later").write_bytes(encode(make_strand(1, after=strand[-1].head)[0]) + b"\n")
    for name, said in {
        "altered": "is not whole: line 2: entry 2 was altered",
        "cut": "is not whole: the last line was cut off by a crash",
        "empty": "does not begin with the opening of a trial",
        "later": "is not whole: line 1: entries 1 to 3 missing",
        "missing": "cannot be read: No such file or directory",
    }.items():
        code, words = django(database, "import_strand", tmp_path / name)
        assert (code, said in words) == (1, True), words
    assert database.store(trial).head() == Head()
    assert django(database, "export_strand", trial, tmp_path / "out")[0] == 1
    assert not (tmp_path / "out").exists()
    assert django(database, "import_strand", tmp_path / "whole")[0] == 0
    code, words = django(database, "import_strand", tmp_path / "whole")
    assert (code, f"The database has entries of {trial!r} already" in words) == (1, True)
    code, words = django(database, "export_strand", trial, tmp_path / "whole")
    assert (code, "is there already" in words) == (1, True)
    assert {path.name for path in tmp_path.iterdir()} == {*files, "later"}
