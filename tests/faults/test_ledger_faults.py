"""What happens to the strands when the machine fails: two at once, a full disk, a process killed in the middle."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from armlet.allocation.sealed_strand import VaultKey, verify_sealed
from armlet.allocation.vault import Vault
from armlet.errors import LedgerBroken
from armlet.ledger.chain import verify
from armlet.ledger.events import Identified
from armlet.ledger.stores.durable import locked
from armlet.ledger.stores.file import FileStore

WRITE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from armlet.ledger.entry import Entry
from armlet.ledger.events import Identified
from armlet.ledger.stores import Conflict
from armlet.ledger.stores.file import FileStore
from armlet.protocol.model import Role

def write(store, name, number):
    while True:
        head = store.head()
        moment = datetime(2021, 3, 1, tzinfo=UTC)
        event = Identified(participant=f"{name}-{number}", site="harbour")
        entry = Entry(seq=head.seq + 1, occurred=moment, recorded=moment, actor="Ada", role=Role.INVESTIGATOR,
                      protocol="x", event=event, previous=head.digest)
        try:
            return store.append([entry], head.seq)
        except Conflict:
            continue

path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
"""

MANY = """
store = FileStore(path)
for number in range(count):
    write(store, name, number)
    print(number, flush=True)
"""

FULL_DISK = """
import errno, resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = FileStore(path)
for number in range(3):
    write(store, name, number)
before = path.read_bytes()
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
for room in (0, 1, 100, 200):
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + room, hard))
    try:
        write(store, name, 3)
    except OSError as problem:
        assert problem.errno == errno.EFBIG, problem
    else:
        raise SystemExit("the append was accepted")
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert path.read_bytes() == before, "something was left behind"
    assert store.head().seq == 3
write(store, name, 3)
assert FileStore(path).head().seq == 4
print("as it was")
"""

KILLED_IN_A_BATCH = """
import os, resource, signal
from armlet.ledger.entry import chain
FileStore(path)

def append_three(store):
    head, entries = store.head(), []
    for number in range(3):
        moment = datetime(2021, 3, 1, tzinfo=UTC)
        event = Identified(participant=f"{name}-{head.seq}", site="harbour")
        entries.append(Entry(seq=head.seq + 1, occurred=moment, recorded=moment, actor="Ada", role=Role.INVESTIGATOR,
                             protocol="x", event=event, previous=head.digest))
        head = chain(entries[-1]).head
    store.append(entries, entries[0].seq - 1)

for room in range(0, 1500, count):
    if not os.fork():
        store = FileStore(path)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + room, resource.RLIM_INFINITY))
        append_three(store)
        os._exit(0)
    status = os.wait()[1]
    bytes_left = path.stat().st_size
    print(os.WTERMSIG(status), FileStore(path).head().seq, bytes_left)
"""

FULL_VAULT = """
import resource, signal
from datetime import UTC, datetime
from armlet.allocation.sealed_strand import VaultKey
from armlet.allocation.vault import Vault, Writer
from armlet.ledger.sealed import ArmRead
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
vault, writer = Vault(VaultKey(bytes(32)), path), Writer("x", datetime(2021, 3, 1, tzinfo=UTC))
read = ArmRead(participant="P1", warrant="W1", by="Cy")
vault.write(writer, read)
before = path.read_bytes()
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
for room in (0, 100, 4000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + room, hard))
    try:
        vault.write(writer, read, read, read)
    except OSError:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    else:
        raise SystemExit("the entries were accepted")
    assert path.read_bytes() == before
    assert vault.head().seq == 1
vault.write(writer, read, read, read)
assert Vault(VaultKey(bytes(32)), path).head().seq == 4
print("as it was")
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITE + script, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_processes_that_append_at_once_lose_nothing(tmp_path: Path) -> None:
    running = [start(MANY, tmp_path / "ledger", name, 25) for name in ("A", "B")]
    for process in running:
        assert (process.communicate(timeout=60)[1], process.returncode) == ("", 0)
    found = verify((tmp_path / "ledger").read_bytes())
    assert found.is_whole
    written = [entry.event.participant for entry in found.entries if isinstance(entry.event, Identified)]
    assert sorted(written) == sorted(f"{name}-{number}" for name in "AB" for number in range(25))
    for name in "AB":
        of_one = [participant for participant in written if participant.startswith(name)]
        assert of_one == [f"{name}-{number}" for number in range(25)]


def test_an_append_waits_until_the_one_before_it_is_done(tmp_path: Path) -> None:
    """While somebody holds the file nothing is written; the wait of the other is seen by its silence."""
    FileStore(tmp_path / "ledger")
    with locked(tmp_path / "ledger"):
        process = start(MANY, tmp_path / "ledger", "A", 1)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=2)
        assert (tmp_path / "ledger").read_bytes() == b""
    assert process.communicate(timeout=60) == ("0\n", "")
    assert FileStore(tmp_path / "ledger").head().seq == 1


@pytest.mark.parametrize("script", [FULL_DISK, FULL_VAULT], ids=["open strand", "sealed strand"])
def test_a_full_disk_leaves_a_strand_as_it_was_and_work_goes_on_when_there_is_room(tmp_path: Path, script: str) -> None:
    pytest.importorskip("resource")
    said, wrong = start(script, tmp_path / "strand", "P", 0).communicate(timeout=60)
    assert (said, wrong) == ("as it was\n", "")


def test_a_process_that_is_killed_loses_nothing_that_it_was_told_is_written(tmp_path: Path) -> None:
    process = start(MANY, tmp_path / "ledger", "A", 100_000)
    assert process.stdout is not None
    told = -1
    for line in process.stdout:
        told = int(line)
        if told == 20:
            process.send_signal(signal.SIGKILL)
            break
    told += sum(1 for _ in process.stdout)
    process.communicate(timeout=60)
    store = FileStore(tmp_path / "ledger")
    assert store.head().seq >= told + 1
    assert verify((tmp_path / "ledger").read_bytes()).is_whole


def test_a_process_that_is_killed_inside_a_batch_leaves_all_of_it_or_nothing(tmp_path: Path) -> None:
    """The system kills it when the file grows past so many bytes: inside a line, between two, or never."""
    said, wrong = start(KILLED_IN_A_BATCH, tmp_path / "ledger", "P", 90).communicate(timeout=60)
    assert wrong == ""
    before, torn, whole = 0, 0, 0
    for line in said.splitlines():
        signal_number, entries, size = map(int, line.split())
        assert (signal_number, entries - before) in {(25, 0), (0, 3)}, line
        torn += signal_number == 25 and size > 400 * (before + 1)
        whole += signal_number == 0
        before = entries
    assert torn >= 3, "no crash left a whole entry of a batch behind: the test has lost its point"
    assert whole >= 1
    assert FileStore(tmp_path / "ledger").head().seq == before
    assert not (tmp_path / "ledger.pending").exists()


def test_a_backup_restored_shows_against_the_published_head(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    for count in (3, 2):
        assert start(MANY, ledger, f"A{count}", count).communicate(timeout=60)[1] == ""
    published = FileStore(ledger).head()
    backup = b"".join(ledger.read_bytes().splitlines(keepends=True)[:3])
    ledger.write_bytes(backup)
    assert verify(ledger.read_bytes()).is_whole
    assert str(verify(ledger.read_bytes(), published).breaks[0]) == (
        "line 3: the tail was cut: the published head is entry 5, the last one here is 3"
    )


def test_a_strand_that_is_another_file_altogether_does_not_open(tmp_path: Path) -> None:
    for content in (b"\x89PNG\r\n\x1a\n\x00", b"name,value\n1,2\n", b"\n\n\n"):
        (tmp_path / "ledger").write_bytes(content)
        with pytest.raises(LedgerBroken, match="entry 1 was altered"):
            FileStore(tmp_path / "ledger")
        assert (tmp_path / "ledger").read_bytes() == content


def test_a_vault_is_no_ledger_and_a_ledger_no_vault(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    assert start(FULL_VAULT, vault, "P", 0).communicate(timeout=60)[1] == ""
    with pytest.raises(LedgerBroken):
        FileStore(vault)
    assert Vault(VaultKey(bytes(32)), vault).head().seq == 4
    assert start(MANY, tmp_path / "ledger", "A", 1).communicate(timeout=60)[1] == ""
    assert verify_sealed((tmp_path / "ledger").read_bytes())[1]
