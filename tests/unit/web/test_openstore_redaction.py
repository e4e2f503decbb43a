"""Words are taken out of a row by a redaction and by nothing else, and are gone from the database's own files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from armlet.ledger.chain import verify
from armlet.ledger.entry import Chained, Entry, chain, encode
from armlet.ledger.events import DeviationRecorded, EntryRedacted
from armlet.ledger.redaction import redact
from armlet.protocol.model import Role

if TYPE_CHECKING:
    from tests.databases import Database

MakeStrand = Callable[..., list[Chained]]
START = datetime(2021, 3, 1, 9, tzinfo=UTC)
NAME = "Zebedee"
BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"


def entry_after(before: Chained, event: DeviationRecorded | EntryRedacted) -> Entry:
    return Entry(
        seq=before.seq + 1, occurred=START, recorded=START, actor="Ada", role=Role.DATA_MANAGER, protocol="sha256:0",
        salt="0f" * 16, event=event, previous=before.digest,
    )  # fmt: skip


def strand_with_a_name(make_strand: MakeStrand, name: str = NAME) -> list[Chained]:
    opening = make_strand(2)
    named = DeviationRecorded(participant="P2", what=f"{name} came late", on=START.date())
    return [*opening, chain(entry_after(opening[-1], named))]


def telling(strand: list[Chained]) -> Chained:
    kept = redact(strand[2], ["what"]).kept
    event = EntryRedacted(of=3, fields=("what",), kept=kept, why="a name", agreed_by=("Ada", "Bo"))
    return chain(entry_after(strand[-1], event))


def update(database: Database, trial: str, chained: Chained, line: str | None = None) -> None:
    from django.db import connections, transaction

    with transaction.atomic(using=database.using[1]), connections[database.using[1]].cursor() as cursor:
        statement = "UPDATE open_entry SET line = %s WHERE trial = %s AND seq = %s"
        cursor.execute(statement, [line or encode(chained).decode(), trial, chained.seq])


def test_a_redacted_row_cannot_be_changed_back_or_otherwise(database: Database, make_strand: MakeStrand) -> None:
    from django.db import IntegrityError

    strand, trial = strand_with_a_name(make_strand), database.new_trial()
    database.store(trial).append([one.entry for one in strand], expected_seq=0)
    left = redact(strand[2], ["what"])
    with pytest.raises(IntegrityError, match="append-only"):
        update(database, trial, left)
    told = telling(strand)
    database.store(trial).append([told.entry], expected_seq=3)
    expected = [*strand[:2], left, told]
    for wrong in (strand[2], strand[1], redact(chain(strand[2].entry.model_copy(update={"seq": 2})), ["what"])):
        with pytest.raises(IntegrityError, match="append-only"):
            update(database, trial, left, encode(wrong).decode())
    assert list(database.store(trial, 1).read()) == expected
    data = b"".join(encode(one) + b"\n" for one in database.store(trial).read())
    assert verify(data, strand[-1].head).breaks == ()


def test_a_row_redacted_without_what_its_redaction_says_is_not_read(
    databases: dict[str, Database], make_strand: MakeStrand
) -> None:
    """SQLite cannot digest, so its guard lets another content pass; the reader does not. PostgreSQL refuses the update."""
    from django.db import IntegrityError

    from armlet.errors import LedgerBroken

    for name, database in databases.items():
        strand, trial = strand_with_a_name(make_strand), database.new_trial()
        database.store(trial).append([one.entry for one in strand], expected_seq=0)
        database.store(trial).append([telling(strand).entry], expected_seq=3)
        forged = encode(redact(strand[2], ["what"])).decode().replace('"P2"', '"P3"')
        if name == "postgresql":
            with pytest.raises(IntegrityError, match="append-only"):
                update(database, trial, strand[2], forged)
        else:
            update(database, trial, strand[2], forged)
            with pytest.raises(LedgerBroken, match="entry 3 was altered"):
                list(database.store(trial).read())


def test_the_files_of_sqlite_hold_the_name_no_more(databases: dict[str, Database], make_strand: MakeStrand) -> None:
    database = databases["sqlite"]
    strand, trial = strand_with_a_name(make_strand, "Habakkuk"), database.new_trial()
    store, folder = database.store(trial), Path(database.address).parent
    store.append([one.entry for one in strand], expected_seq=0)
    for _ in range(2):
        database.store(database.new_trial()).append([one.entry for one in make_strand(40)], expected_seq=0)

    def files() -> bytes:
        return b"".join(path.read_bytes() for path in sorted(folder.glob("strand.sqlite3*")))

    assert b"Habakkuk" in files()
    store.append([telling(strand).entry], expected_seq=3)
    assert store.remains == ""
    assert b"Habakkuk" not in files()


def test_a_redacted_strand_moves_from_database_to_file_and_back(
    database: Database, make_strand: MakeStrand, tmp_path: Path
) -> None:
    from django.core.management import call_command

    moved = f"moved_from_{database.name}"
    strand, trial = strand_with_a_name(lambda count: make_strand(count, trial=moved)), database.new_trial()
    database.store(trial).append([one.entry for one in strand], expected_seq=0)
    database.store(trial).append([telling(strand).entry], expected_seq=3)
    call_command("export_strand", trial, str(tmp_path / "open.jsonl"), database=database.name, stdout=StringIO())
    data = (tmp_path / "open.jsonl").read_bytes()
    assert NAME.encode() not in data
    call_command("import_strand", str(tmp_path / "open.jsonl"), database=database.name, stdout=StringIO())
    assert b"".join(encode(one) + b"\n" for one in database.store(moved).read()) == data


def test_the_command_finds_and_redacts_in_the_database(database: Database, tmp_path: Path) -> None:
    from django.core.management import CommandError, call_command

    from armlet.conduct import commands as c
    from armlet.conduct.commands import By
    from armlet.conduct.door import Door
    from armlet.protocol.load import load_trial
    from armlet.studytime import SystemClock

    shutil.copy(BASE, tmp_path / "protocol.yaml")
    protocol = load_trial(tmp_path).protocol
    store = database.store(protocol.id)
    door = Door(protocol, store, SystemClock())
    door.ask(c.OpenTrial(simulated=True), By("Ada", Role.SPONSOR, START))
    door.ask(c.Identify("P1", "harbour"), By("Ada", Role.INVESTIGATOR, START))
    door.ask(c.RecordDeviation("P1", f"{NAME} came late", START.date()), By("Ada", Role.INVESTIGATOR, START))

    def call(*words: str) -> str:
        said = StringIO()
        call_command("redact_strand", str(tmp_path), *words, database=database.name, stdout=said)
        return said.getvalue()

    assert call("--find", NAME) == "entry 5: what\n"
    how = ("--entry", "5", "--field", "what", "--by", "Dora", "--why", "a name")
    with pytest.raises(CommandError, match="two different people"):
        call(*how, "--agreed-by", "Dora")
    assert "entry 5: the words of what were taken out." in call(*how, "--agreed-by", "Sam")
    assert call("--find", NAME) == ""
