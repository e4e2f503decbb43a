"""Keys, backups and restores when the machine fails: killed at every step, a full disk, and no state without a way out."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from armlet.allocation.allocator import VaultAllocator
from armlet.allocation.sealed_strand import VaultKey, verify_sealed
from armlet.allocation.vault import Vault, Writer
from armlet.backup.envelope import BackupKey
from armlet.backup.restore import open_backup
from armlet.cli.main import run
from armlet.cli.strongroom import write_vault
from armlet.errors import SealBroken
from armlet.export.package import write_ledger
from armlet.ledger.sealed import VaultOpened
from armlet.protocol.load import read_protocol
from armlet.simulation.rehearse import rehearse
from armlet.simulation.scenario import Scenario

SCRIPT = Path(__file__).with_name("killed_at_steps.py")
BASE = Path(__file__).parents[1] / "spec" / "checks" / "base.yaml"
WRITER = Writer("Ruth", datetime(2021, 3, 1, 9, tzinfo=UTC))


def killed(template: Path, out: Path, *words: str) -> list[tuple[Path, int, str]]:
    """The folder that each attempt left, the signal that ended it, and the step at which."""
    done = subprocess.run(
        [sys.executable, SCRIPT, template, out, *words], capture_output=True, text=True, check=False, timeout=300
    )
    assert (done.returncode, done.stderr.strip()) == (0, ""), done.stderr
    lines = [line.split(" ", 2) for line in done.stdout.splitlines()]
    return [(out / number, int(ended), step) for number, ended, step in lines]


def call(folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.chdir(folder)
    return run(list(words))


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A strand with two people in it, its key in another folder, and pairs of keys for backups."""
    folder = tmp_path / "template"
    for name in ("vault", "keys", "pair"):
        (folder / name).mkdir(parents=True)
    key = VaultKey.generate()
    key.save(folder / "keys/key.hex")
    vault = Vault(key, folder / "vault/sealed.jsonl")
    event = VaultOpened(
        trial="breeze", arms=("cells", "imitation"), ratio=(1, 1), method="permuted_blocks", settings={"block": 4},
        seed="5e" * 32, simulated=True,
    )  # fmt: skip
    vault.write(WRITER, event)
    for who in ("P1", "P2"):
        VaultAllocator(vault, lambda: WRITER).allocate(who, f"R-{who}")
    pair = BackupKey.generate()
    (folder / "pair/private.txt").write_text(pair.spell())
    (folder / "pair/public.txt").write_text(pair.public)
    return folder


ROTATE = (
    "vault", "rotate", "--strand", "vault/sealed.jsonl", "--key", "keys/key.hex", "--new-key", "keys/new.hex", "--by",
    "Ruth",
)  # fmt: skip


def test_a_rotation_that_is_killed_at_any_step_leaves_a_strand_that_a_kept_key_opens(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The new key is on the disk, whole, before the strand needs it; and there is a way on from every state."""
    attempts = killed(template, tmp_path / "out", *ROTATE)
    outcomes = set()
    for folder, ended, step in attempts:
        opened = opens(folder, "key.hex"), opens(folder, "new.hex")
        outcomes.add(opened)
        assert opened in {(True, False), (False, True)}, step
        assert ended == 9 or opened == (False, True)
        has_left_a_key = (folder / "keys/new.hex").exists()
        again = call(folder, monkeypatch, *ROTATE)
        said = capsys.readouterr()
        if opened == (False, True):
            assert (again, "key number 2" in said.out) == (0, True), step
        elif has_left_a_key:
            assert (again, "delete it then" in said.err) == (1, True), step
            (folder / "keys/new.hex").unlink()
            assert call(folder, monkeypatch, *ROTATE) == 0
        else:
            assert again == 0, (step, said.err)
        assert Vault(VaultKey.load(folder / "keys/new.hex"), folder / "vault/sealed.jsonl").last_slot() == 2
    assert outcomes == {(True, False), (False, True)}
    assert len(attempts) > 20


def opens(folder: Path, key: str) -> bool:
    """Whether the key opens the strand as it stands, in a copy, since opening mends what a crash left."""
    copy = folder / "copy"
    shutil.copytree(folder / "vault", copy)
    try:
        return Vault(VaultKey.load(folder / "keys" / key), copy / "sealed.jsonl").last_slot() == 2
    except SealBroken:
        return False
    finally:
        shutil.rmtree(copy)


BACKUP = ("backup", "--strand", "vault/sealed.jsonl", "--out", "sealed.age", "--to", "pair/public.txt")


def test_a_backup_that_is_killed_at_any_step_is_there_whole_or_not_at_all(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = killed(template, tmp_path / "out", *BACKUP)
    key = BackupKey(re.findall("AGE-.*", (template / "pair/private.txt").read_text())[0])
    seen = set()
    for folder, _, step in attempts:
        there = (folder / "sealed.age").exists()
        seen.add(there)
        if there:
            opened = open_backup((folder / "sealed.age").read_bytes(), key, step)
            assert opened.strand == (template / "vault/sealed.jsonl").read_bytes()
            assert json.loads((folder / "sealed.age.manifest.json").read_bytes())["entries"] == 3
        else:
            assert call(folder, monkeypatch, *BACKUP) == 0, step
            assert not list(folder.glob(".sealed.age*")), "what the killed one left is gone"
        assert (folder / "vault/sealed.jsonl").read_bytes() == (template / "vault/sealed.jsonl").read_bytes()
    assert seen == {True, False}
    assert len(attempts) > 15


RESTORE = ("restore", "sealed.age", "--key", "pair/private.txt", "--out", "back")


def test_a_restore_that_is_killed_at_any_step_is_there_whole_and_marked_or_not_at_all(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(template, monkeypatch, *BACKUP) == 0
    attempts = killed(template, tmp_path / "out", *RESTORE)
    seen = set()
    for folder, _, step in attempts:
        there = (folder / "back").exists()
        seen.add(there)
        if not there:
            assert call(folder, monkeypatch, *RESTORE) == 0, step
        assert sorted(path.name for path in (folder / "back/vault").iterdir()) == [
            "sealed.jsonl",
            "sealed.jsonl.restored",
        ], step
        vault = Vault(VaultKey.load(folder / "keys/key.hex"), folder / "back/vault/sealed.jsonl")
        assert (vault.is_quarantined, vault.last_slot()) == (True, 2), step
    assert seen == {True, False}
    assert len(attempts) > 15


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rehearsal of the neutral trial, and a vault of it that ends before its last slots."""
    folder = tmp_path_factory.mktemp("lived") / "template"
    protocol = read_protocol(BASE.read_text("utf-8"), BASE.name)[0]
    done = rehearse(protocol, Scenario(), "1")
    write_ledger(folder, BASE.read_text("utf-8"), tuple(done.store.read()))
    write_vault(folder, done.vault, done.key)
    return folder


def test_a_reconciliation_that_is_killed_at_any_step_is_done_whole_or_not_at_all(
    lived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The restored vault has lost every slot after its second; each is drawn again as it was."""
    template = tmp_path / "template"
    shutil.copytree(lived, template)
    before = Vault(VaultKey.load(template / "vault/key.hex"), template / "vault/sealed.jsonl")
    truth = [(one.slot, one.participant, one.arm, one.preparation) for one in before.assignments()]
    cut_after_slot(template, before, 2)
    words = ("vault", "reconcile", ".", "--ledger", "ledger/open.jsonl", "--strand", "vault/sealed.jsonl", "--key",
             "vault/key.hex", "--last-preparation", truth[-1][3], "--by", "Ruth")  # fmt: skip
    attempts = killed(template, tmp_path / "out", *words)
    seen = set()
    for folder, _, step in attempts:
        vault = Vault(VaultKey.load(folder / "vault/key.hex"), folder / "vault/sealed.jsonl")
        seen.add(vault.is_quarantined)
        assert vault.last_slot() == (2 if vault.is_quarantined else len(truth)), step
        assert call(folder, monkeypatch, *words) == 0, step
        vault = Vault(VaultKey.load(folder / "vault/key.hex"), folder / "vault/sealed.jsonl")
        assert [(one.slot, one.participant, one.arm, one.preparation) for one in vault.assignments()] == truth
        assert not vault.is_quarantined
    assert seen == {True, False}


def cut_after_slot(folder: Path, vault: Vault, slot: int) -> None:
    """As a restore of an older backup leaves the vault: its later entries are lost, and the mark lies beside it."""
    from armlet.allocation.restored import mark_of
    from armlet.ledger.sealed import VaultRestored

    strand = folder / "vault/sealed.jsonl"
    end = vault.line_of(vault.assignments()[slot]) - 1
    strand.write_bytes(b"".join(strand.read_bytes().splitlines(keepends=True)[:end]))
    head = verify_sealed(strand.read_bytes())[0][-1].head
    mark = VaultRestored(entries=head.seq, head=head.digest, backed_up=WRITER.at, at=WRITER.at)
    mark_of(strand).write_bytes(mark.canonical())


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from armlet.cli.main import run
room, words = int(sys.argv[1]), sys.argv[2:]
resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
sys.exit(run(words))
"""


@pytest.mark.parametrize("words", [BACKUP, RESTORE], ids=["backup", "restore"])
@pytest.mark.parametrize("room", [0, 100, 5_000])
def test_a_full_disk_leaves_no_backup_and_nothing_put_back(
    template: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], room: int
) -> None:
    pytest.importorskip("resource")
    if words is RESTORE:
        assert call(template, monkeypatch, *BACKUP) == 0
    before = sorted(template.rglob("*"))

    done = subprocess.run(
        [sys.executable, "-c", FULL, str(room), *words], cwd=template, capture_output=True, text=True, check=False
    )

    assert done.returncode != 0
    assert "File too large" in done.stderr
    assert sorted(template.rglob("*")) == before
    assert call(template, monkeypatch, *words) == 0, "there is room again"


@pytest.mark.parametrize("room", [0, 10])
def test_a_full_disk_leaves_a_rotation_undone_and_no_half_of_a_key(
    template: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    pytest.importorskip("resource")
    before = (template / "vault/sealed.jsonl").read_bytes()

    done = subprocess.run(
        [sys.executable, "-c", FULL, str(room), *ROTATE], cwd=template, capture_output=True, text=True, check=False
    )

    assert done.returncode != 0
    assert (template / "vault/sealed.jsonl").read_bytes() == before
    assert not (template / "keys/new.hex").exists()
    assert call(template, monkeypatch, *ROTATE) == 0


WRITE_ON = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from armlet.allocation.sealed_strand import VaultKey
from armlet.allocation.vault import Vault, Writer
from armlet.ledger.sealed import ArmRead
vault = Vault(VaultKey.load(Path(sys.argv[1])), Path(sys.argv[2]))
while True:
    read = ArmRead(participant="P1", warrant="W1", by="Cy")
    vault.write(Writer("x", datetime(2021, 3, 1, tzinfo=UTC)), read, read, read)
    print("written", flush=True)
"""


def test_a_backup_while_others_write_has_all_of_each_append_or_nothing_of_it(
    template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = BackupKey(re.findall("AGE-.*", (template / "pair/private.txt").read_text())[0])
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITE_ON, template / "keys/key.hex", template / "vault/sealed.jsonl"],
        stdout=subprocess.PIPE,
    )
    assert writer.stdout is not None
    writer.stdout.readline()
    lengths = []
    try:
        for number in range(15):
            words = (*BACKUP[:4], f"{number}.age", *BACKUP[5:])
            assert call(template, monkeypatch, *words) == 0
            opened = open_backup((template / f"{number}.age").read_bytes(), key, "x")
            lengths.append(opened.manifest.entries)
    finally:
        writer.kill()
        writer.communicate()
    assert all((length - 3) % 3 == 0 for length in lengths), lengths
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 3, "somebody did write meanwhile"
