"""Backup and restore as commands: two sides, two keys, verified; and a restored trial goes on without a slot given twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from io import FileIO
from pathlib import Path
from typing import Any

import pytest

from armlet.allocation.sealed_strand import VaultKey
from armlet.allocation.vault import Vault
from armlet.conduct import commands as c
from armlet.protocol.model import Role
from tests.unit.cli.sealed_trial import allocate, ask, key_of, request, seal


@pytest.fixture
def sealed(armlet: Any, tmp_path: Path) -> Path:
    """The trial with two people allocated, and two pairs of keys for backups beside it."""
    folder = tmp_path / "trial"
    seal(armlet, folder)
    request(folder, "P1", "P2")
    allocate(folder, "P1", "P2")
    for side in ("open", "sealed"):
        assert armlet("backup", "key", "--out", tmp_path / f"{side}-keys").code == 0
    return folder


def public(folder: Path, side: str) -> Path:
    return folder.parent / f"{side}-keys" / "backup-key.public.txt"


def private(folder: Path, side: str) -> Path:
    return folder.parent / f"{side}-keys" / "backup-key.txt"


def back_up(armlet: Any, folder: Path, side: str, name: str = "") -> Path:
    file = folder.parent / (name or f"{side}.age")
    words = (
        ("--ledger", folder / "open.jsonl", "--trial", folder)
        if side == "open"
        else ("--strand", folder / "sealed.jsonl")
    )
    called = armlet("backup", *words, "--out", file, "--to", public(folder, side))
    assert called.code == 0, called.err
    return file


def restore(armlet: Any, folder: Path, side: str, file: Path, out: Path) -> Any:
    return armlet("restore", file, "--key", private(folder, side), "--out", out)


# --- There and back -------------------------------------------------------------------------------------------------


def test_what_is_put_back_is_what_was_backed_up_byte_for_byte(armlet: Any, sealed: Path, tmp_path: Path) -> None:
    (sealed / "record.json").write_text('{"a": 1}\n')
    for side in ("open", "sealed"):
        called = restore(armlet, sealed, side, back_up(armlet, sealed, side), tmp_path / f"back-{side}")
        assert called.code == 0, called.err

    back = tmp_path / "back-open"
    assert sorted(path.relative_to(back).as_posix() for path in back.rglob("*.*")) == [
        "ledger/open.jsonl", "protocol.yaml", "record.json",
    ]  # fmt: skip
    assert (back / "ledger/open.jsonl").read_bytes() == (sealed / "open.jsonl").read_bytes()
    assert (back / "protocol.yaml").read_bytes() == (sealed / "protocol.yaml").read_bytes()
    assert (tmp_path / "back-sealed/vault/sealed.jsonl").read_bytes() == (sealed / "sealed.jsonl").read_bytes()


def test_the_manifest_is_printed_and_kept_with_sizes_digests_and_the_head(armlet: Any, sealed: Path) -> None:
    import hashlib

    file = sealed.parent / "open.age"
    called = armlet("backup", "--ledger", sealed / "open.jsonl", "--trial", sealed, "--out", file, "--to",
                    public(sealed, "open"), "--json")  # fmt: skip

    kept = json.loads((sealed.parent / "open.age.manifest.json").read_text())
    assert called.document() == {**kept, "manifest": f"{file}.manifest.json"}
    head = armlet("verify", sealed / "open.jsonl", "--json").document()["head"]
    assert {"seq": kept["entries"], "digest": kept["head"]} == head
    assert (kept["side"], kept["trial"]) == ("open", "breeze")
    for name, data in (("ledger/open.jsonl", sealed / "open.jsonl"), ("protocol.yaml", sealed / "protocol.yaml")):
        bytes_ = data.read_bytes()
        expected = {"name": name, "bytes": len(bytes_), "sha256": hashlib.sha256(bytes_).hexdigest()}
        assert expected in kept["files"]
    assert kept["file"] == {
        "name": "open.age", "bytes": file.stat().st_size, "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }  # fmt: skip
    assert file.stat().st_mode & 0o077 == 0


def test_neither_backup_shows_a_word_and_each_needs_its_own_key(armlet: Any, sealed: Path, tmp_path: Path) -> None:
    files = {side: back_up(armlet, sealed, side) for side in ("open", "sealed")}

    for side, other in (("open", "sealed"), ("sealed", "open")):
        data = files[side].read_bytes()
        assert data.startswith(b"age-encryption.org/v1\n")
        assert not [word for word in (b"breeze", b"Ada Example", b"protocol", b"sealed.jsonl") if word in data]
        called = armlet("restore", files[side], "--key", private(sealed, other), "--out", tmp_path / "back")
        assert (called.code, "restore/key" in called.err) == (1, True)
        assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("side", ["open", "sealed"])
def test_a_changed_byte_anywhere_and_a_cut_at_any_length_are_refused_and_nothing_is_left(
    armlet: Any, sealed: Path, side: str, tmp_path: Path
) -> None:
    file = back_up(armlet, sealed, side)
    whole = file.read_bytes()
    spoiled = tmp_path / "spoiled.age"
    before = sorted(tmp_path.rglob("*"))
    step = max(1, len(whole) // 60)
    places = [*range(0, len(whole), step), len(whole) - 1]
    for place in places:
        for data in (whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :], whole[:place]):
            spoiled.write_bytes(data)
            called = restore(armlet, sealed, side, spoiled, tmp_path / "back")
            assert called.code == 1, place
            assert "restore/damaged" in called.err or "restore/key" in called.err
            spoiled.unlink()
    assert sorted(tmp_path.rglob("*")) == before


def test_nothing_is_overwritten_by_a_backup_or_a_restore(armlet: Any, sealed: Path, tmp_path: Path) -> None:
    file = back_up(armlet, sealed, "sealed")
    before = file.read_bytes()
    again = armlet("backup", "--strand", sealed / "sealed.jsonl", "--out", file, "--to", public(sealed, "sealed"))
    (tmp_path / "back").mkdir()
    (tmp_path / "back" / "mine.txt").write_text("mine")

    called = restore(armlet, sealed, "sealed", file, tmp_path / "back")

    assert (again.code, "backup/exists" in again.err, file.read_bytes()) == (1, True, before)
    assert (called.code, "restore/exists" in called.err) == (1, True)
    assert [path.name for path in (tmp_path / "back").iterdir()] == ["mine.txt"]
    pair = armlet("backup", "key", "--out", tmp_path / "open-keys")
    assert (pair.code, "backup/exists" in pair.err) == (1, True)


def test_a_broken_strand_is_not_backed_up(armlet: Any, sealed: Path) -> None:
    for side, name in (("open", "open.jsonl"), ("sealed", "sealed.jsonl")):
        data = (sealed / name).read_bytes()
        (sealed / name).write_bytes(data[:300] + bytes([data[300] ^ 1]) + data[301:])
        words = ("--ledger", sealed / name, "--trial", sealed) if side == "open" else ("--strand", sealed / name)
        called = armlet("backup", *words, "--out", sealed.parent / "x.age", "--to", public(sealed, side))
        assert called.code == 4, side
        assert not (sealed.parent / "x.age").exists()


def test_the_strand_of_the_other_side_is_not_taken_for_this_one(armlet: Any, sealed: Path) -> None:
    out = ("--out", sealed.parent / "x.age", "--to", public(sealed, "open"))
    for words in (("--strand", sealed / "open.jsonl"), ("--ledger", sealed / "sealed.jsonl", "--trial", sealed)):
        assert armlet("backup", *words, *out).code == 4
    both = armlet(
        "backup", "--ledger", sealed / "open.jsonl", "--trial", sealed, "--strand", sealed / "sealed.jsonl", *out
    )
    assert (both.code, "never in one backup" in both.err) == (2, True)
    assert not (sealed.parent / "x.age").exists()


def test_a_protocol_that_the_ledger_does_not_name_is_not_backed_up_with_it(armlet: Any, sealed: Path) -> None:
    path = sealed / "protocol.yaml"
    path.write_text(path.read_text().replace("participants: 12", "participants: 14"))

    called = armlet("backup", "--ledger", sealed / "open.jsonl", "--trial", sealed, "--out", sealed.parent / "x.age",
                    "--to", public(sealed, "open"))  # fmt: skip

    assert (called.code, "backup/other-protocol" in called.err) == (1, True)
    assert not (sealed.parent / "x.age").exists()


def test_a_private_key_is_not_taken_for_the_public_one_and_never_shown(armlet: Any, sealed: Path) -> None:
    secret = private(sealed, "sealed").read_text().splitlines()[1]

    called = armlet("backup", "--strand", sealed / "sealed.jsonl", "--out", sealed.parent / "x.age", "--to",
                    private(sealed, "sealed"))  # fmt: skip

    assert (called.code, "whoever makes backups should not have it" in called.err) == (1, True)
    assert secret not in called.out + called.err
    assert private(sealed, "sealed").stat().st_mode & 0o077 == 0


def test_a_well_encrypted_file_that_names_a_place_of_its_own_is_refused(
    armlet: Any, sealed: Path, tmp_path: Path
) -> None:
    """Anybody can encrypt to a public key; what is inside still cannot choose where it is written."""
    import io
    import tarfile

    from armlet.backup.envelope import encrypt

    to = public(sealed, "sealed").read_text().strip()
    for kind, name in ((tarfile.REGTYPE, "../evil.txt"), (tarfile.SYMTYPE, "vault"), (tarfile.REGTYPE, "vault/x.py")):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc"
            archive.addfile(member, io.BytesIO())
        (tmp_path / "evil.age").write_bytes(encrypt(packed.getvalue(), [to]))
        called = restore(armlet, sealed, "sealed", tmp_path / "evil.age", tmp_path / "back")
        assert (called.code, "restore/damaged" in called.err) == (1, True)
    assert not (tmp_path / "back").exists()
    assert not (tmp_path / "evil.txt").exists()


def _with(files: dict[str, bytes], name: str, data: bytes | None) -> dict[str, bytes]:
    return {one: content for one, content in {**files, name: data}.items() if content is not None}


def _restate(files: dict[str, bytes], old: bytes, new: bytes) -> dict[str, bytes]:
    return _with(files, "manifest.json", files["manifest.json"].replace(old, new))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda files: _with(files, "protocol.yaml", b"id: gale"), "protocol.yaml was altered"),
        (lambda files: _with(files, "protocol.yaml", None), "protocol.yaml is missing"),
        (lambda files: _with(files, "record.json", b"{}"), "record.json is not listed"),
        (lambda files: _with(files, "manifest.json", None), "it has no manifest"),
        (
            lambda files: _restate(files, b'"open"', b'"sealed"'),
            "not belong",
        ),
        (
            lambda files: _restate(files, b'"entries":', b'"entries":1'),
            "ends at",
        ),
    ],
    ids=["altered", "missing", "added", "no manifest", "another side", "another head"],
)
def test_what_is_inside_and_not_what_the_manifest_says_is_refused(
    armlet: Any, sealed: Path, tmp_path: Path, spoil: Callable[[dict[str, bytes]], dict[str, bytes]], said: str
) -> None:
    from armlet.backup.envelope import encrypt, pack, read_private_key, unpack

    key = read_private_key(private(sealed, "open").read_text(), "x")
    files = unpack(key.decrypt(back_up(armlet, sealed, "open").read_bytes(), "x"), "x")
    (tmp_path / "spoiled.age").write_bytes(encrypt(pack(spoil(files), 0), [key.public]))

    called = restore(armlet, sealed, "open", tmp_path / "spoiled.age", tmp_path / "back")

    assert (called.code, "restore/damaged" in called.err, said in called.err) == (1, True, True), called.err
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("place", [0, 300, -1])
def test_a_disk_that_gives_back_other_bytes_than_it_was_given_makes_no_backup(
    armlet: Any, sealed: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    import armlet.backup.make as making
    from armlet.ledger.stores.durable import append_durably

    def write_wrongly(file: FileIO, data: bytes, size: int) -> None:
        spoiled = bytearray(data)
        spoiled[place] ^= 1
        append_durably(file, bytes(spoiled), size)

    monkeypatch.setattr(making, "append_durably", write_wrongly)
    out = sealed.parent / "x.age"

    called = armlet("backup", "--strand", sealed / "sealed.jsonl", "--out", out, "--to", public(sealed, "sealed"))

    assert (called.code, "what was written is not what is read back" in called.err) == (4, True)
    assert not [path for path in sealed.parent.iterdir() if "x.age" in path.name]


def test_an_age_library_and_tar_open_a_backup_without_armlet(armlet: Any, sealed: Path, tmp_path: Path) -> None:
    import subprocess

    import pyrage

    secret = private(sealed, "sealed").read_text().splitlines()[1]
    data = back_up(armlet, sealed, "sealed").read_bytes()
    packed = pyrage.decrypt(data, [pyrage.x25519.Identity.from_str(secret)])
    subprocess.run(["tar", "-x", "-C", tmp_path], input=packed, check=True)

    assert (tmp_path / "vault/sealed.jsonl").read_bytes() == (sealed / "sealed.jsonl").read_bytes()
    assert json.loads((tmp_path / "manifest.json").read_text())["side"] == "sealed"


# --- A drill --------------------------------------------------------------------------------------------------------


def drill(armlet: Any, folder: Path, side: str, file: Path, *more: object) -> Any:
    return armlet(
        "restore", file, "--key", private(folder, side), "--drill", "--record", folder.parent / "drills", *more
    )


def test_a_drill_leaves_a_page_and_nothing_else(armlet: Any, sealed: Path) -> None:
    file = back_up(armlet, sealed, "sealed")
    request(sealed, "P3")
    allocate(sealed, "P3")

    called = drill(armlet, sealed, "sealed", file, "--against", sealed / "sealed.jsonl", "--vault-key", key_of(sealed))

    assert called.code == 0, called.err
    (page, record) = sorted((sealed.parent / "drills").iterdir(), key=lambda path: path.suffix, reverse=True)
    plain = json.loads(record.read_text())
    assert plain["passed"] is True
    assert plain["against"] == "the live strand goes on from it with 1 more entries"
    assert plain["vault"] == "opened; key number 1, 2 slots, every draw is what the seed draws"
    assert [step["what"] for step in plain["steps"]] == [
        "decrypted, and held against its manifest", "put back, durably", "read from the disk and verified",
        "opened with the vault's key, and every draw made again", "compared with the live strand",
    ]  # fmt: skip
    assert called.out == page.read_text()
    assert not any(arm in called.out for arm in ("cells", "imitation"))


def test_a_drill_against_a_live_strand_that_lost_its_end_or_was_rewritten_fails_and_is_recorded(
    armlet: Any, sealed: Path
) -> None:
    file = back_up(armlet, sealed, "open")
    lines = (sealed / "open.jsonl").read_bytes().splitlines(keepends=True)
    cut, other = sealed.parent / "cut.jsonl", sealed.parent / "other.jsonl"
    cut.write_bytes(b"".join(lines[:-2]))
    other.write_bytes(b"".join([*lines[:3], lines[4], *lines[4:]]))

    lost = drill(armlet, sealed, "open", file, "--against", cut)
    shutil.rmtree(sealed.parent / "drills")
    another = drill(armlet, sealed, "open", file, "--against", other)

    assert (lost.code, "has LOST its last 2 entries" in lost.out) == (4, True)
    assert (another.code, "ANOTHER history: the two differ from line 4 on" in another.out) == (4, True)
    assert len(list((sealed.parent / "drills").iterdir())) == 2


def test_a_drill_of_a_damaged_backup_leaves_no_record_that_it_was_held(armlet: Any, sealed: Path) -> None:
    file = back_up(armlet, sealed, "open")
    file.write_bytes(file.read_bytes()[:-1])

    assert drill(armlet, sealed, "open", file).code == 1
    assert not (sealed.parent / "drills").exists()


@pytest.mark.parametrize(
    "words", [("--drill",), ("--drill", "--out", "x", "--record", "y"), (), ("--out", "x", "--record", "y")]
)
def test_a_drill_and_a_restore_are_not_mixed(armlet: Any, sealed: Path, words: tuple[str, ...]) -> None:
    file = back_up(armlet, sealed, "sealed")

    assert armlet("restore", file, "--key", private(sealed, "sealed"), *words).code == 2


# --- The trial goes on ----------------------------------------------------------------------------------------------


@pytest.fixture
def lost(armlet: Any, sealed: Path, tmp_path: Path) -> tuple[Path, list[tuple[int, str, str, str]]]:
    """Two people more were allocated after the backups; then the machine was lost, and the vault put back."""
    back_up(armlet, sealed, "sealed")
    back_up(armlet, sealed, "open")
    request(sealed, "P3", "P4")
    allocate(sealed, "P3", "P4")
    truth = slots_of(sealed)
    assert restore(armlet, sealed, "sealed", tmp_path / "sealed.age", tmp_path / "back").code == 0
    for name in ("sealed.jsonl", "sealed.jsonl.restored"):
        shutil.copy(tmp_path / "back/vault" / name, sealed / name)
    return sealed, truth


def slots_of(folder: Path) -> list[tuple[int, str, str, str]]:
    vault = Vault(VaultKey.load(key_of(folder)), folder / "sealed.jsonl")
    return [(one.slot, one.participant, one.arm, one.preparation) for one in vault.assignments()]


def reconcile(folder: Path, *more: object) -> tuple[object, ...]:
    files = ("--ledger", folder / "open.jsonl", "--strand", folder / "sealed.jsonl", "--key", key_of(folder))
    return ("vault", "reconcile", folder, *files, "--by", "Ruth", *more)


def enter(folder: Path, sheet: int, participant: str) -> tuple[object, ...]:
    files = ("--ledger", folder / "open.jsonl", "--strand", folder / "sealed.jsonl", "--key", key_of(folder))
    return ("vault", "enter", folder, *files, "--sheet", sheet, "--participant", participant, "--by", "Ada")


def test_a_restored_vault_gives_no_slot_before_it_is_reconciled_and_no_used_one_after(
    armlet: Any, lost: tuple[Path, list[tuple[int, str, str, str]]]
) -> None:
    folder, truth = lost
    request(folder, "P5")

    too_early = armlet(*enter(folder, 3, "P5"))
    status = armlet("vault", "status", "--strand", folder / "sealed.jsonl", "--key", key_of(folder), "--people", 12)
    before = armlet("verify", folder / "sealed.jsonl")
    done = armlet(*reconcile(folder, "--last-preparation", "PREP-004", "--json"))
    after = armlet("verify", folder / "sealed.jsonl")

    assert (before.code, "verify/restored" in before.err) == (1, True)
    assert too_early.code == 3
    assert "vault/" in too_early.err
    assert "gives no slot before" in status.err
    assert "verify/restored" not in after.err
    assert done.code == 0, done.err
    assert [one["preparation"] for one in done.document()["replayed"]] == ["PREP-003", "PREP-004"]
    assert slots_of(folder) == truth
    assert not (folder / "sealed.jsonl.restored").exists()
    assert allocate(folder, "P5") == ["PREP-005"]


def test_slots_that_only_the_paper_knows_are_lost_when_somebody_says_how_many(
    armlet: Any, lost: tuple[Path, list[tuple[int, str, str, str]]], tmp_path: Path
) -> None:
    folder, truth = lost
    assert restore(armlet, folder, "open", tmp_path / "open.age", tmp_path / "back-open").code == 0
    shutil.copy(tmp_path / "back-open/ledger/open.jsonl", folder / "open.jsonl")

    unsaid = armlet(*reconcile(folder, "--last-preparation", "PREP-004"))
    done = armlet(*reconcile(folder, "--last-preparation", "PREP-004", "--burn", 2))
    request(folder, "P9")

    assert unsaid.code == 3
    assert "2 (PREP-003, PREP-004) would be lost for ever" in unsaid.err
    assert done.code == 0, done.err
    assert "lost for ever: PREP-003" in done.out
    assert slots_of(folder) == truth[:2]
    assert allocate(folder, "P9") == ["PREP-005"]


def test_slots_that_the_paper_names_are_drawn_again_as_they_were(
    armlet: Any, lost: tuple[Path, list[tuple[int, str, str, str]]], tmp_path: Path
) -> None:
    folder, truth = lost
    assert restore(armlet, folder, "open", tmp_path / "open.age", tmp_path / "back-open").code == 0
    shutil.copy(tmp_path / "back-open/ledger/open.jsonl", folder / "open.jsonl")
    request(folder, "P3", "P4")

    done = armlet(
        *reconcile(folder, "--last-preparation", "PREP-004", "--held", "PREP-003=P3", "--held", "PREP-004=P4")
    )

    assert done.code == 0, done.err
    assert slots_of(folder) == truth
    ask(folder, c.ConfirmRandomisation("P3", "PREP-003", date(2021, 3, 2)), Role.RANDOMISATION_STATISTICIAN)
    assert not any(arm in done.out + done.err for arm in ("cells", "imitation"))


def test_a_ledger_that_is_older_than_its_anchor_reconciles_nothing(
    armlet: Any, lost: tuple[Path, list[tuple[int, str, str, str]]], tmp_path: Path
) -> None:
    """The open strand was put back as well; the head that somebody signed shows that it is not the newest."""
    folder, _ = lost
    keys = tmp_path / "anchor-keys"
    armlet("anchor", "--new-key", keys)
    signed = armlet(
        "anchor", folder / "open.jsonl", "--key", keys / "anchor-key.pem", "--out", tmp_path / "anchor.json"
    )
    assert signed.code == 0, signed.err
    restore(armlet, folder, "open", tmp_path / "open.age", tmp_path / "back-open")
    older = tmp_path / "back-open/ledger/open.jsonl"
    anchor = ("--anchor", tmp_path / "anchor.json", "--public-key", keys / "anchor-key.public.pem")
    before = (folder / "sealed.jsonl").read_bytes()

    verified = armlet("verify", older, *anchor)
    shutil.copy(older, folder / "open.jsonl")
    called = armlet(*reconcile(folder, "--last-preparation", "PREP-004", "--burn", 2, *anchor))

    assert verified.code == 4
    assert "the tail was cut: the published head is entry 33, the last one here is 19" in verified.out
    assert called.code == 4
    assert (folder / "sealed.jsonl").read_bytes() == before


def test_a_sheet_is_not_entered_into_an_older_copy_that_somebody_put_back_by_hand(
    armlet: Any, lost: tuple[Path, list[tuple[int, str, str, str]]]
) -> None:
    """Without the mark of a restore the ledger still tells that the vault has lost its end."""
    folder, _ = lost
    (folder / "sealed.jsonl.restored").unlink()
    request(folder, "P5")
    before = (folder / "sealed.jsonl").read_bytes()

    called = armlet(*enter(folder, 3, "P5"))

    assert (called.code, "vault/older-copy" in called.err) == (3, True)
    assert (folder / "sealed.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--last-preparation", "7"), "'7' is no preparation's number"),
        (("--last-preparation", "PREP-004", "--held", "PREP-003"), "expected each preparation once"),
        (("--last-preparation", "PREP-004", "--held", "P3=PREP-003"), "'P3' is no preparation's number"),
    ],
)
def test_numbers_that_are_typed_wrongly_are_told(
    armlet: Any, lost: tuple[Path, list[tuple[int, str, str, str]]], words: tuple[str, ...], said: str
) -> None:
    called = armlet(*reconcile(lost[0], *words))

    assert (called.code, said in called.err) == (2, True)
