from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from armlet.archive.zipped import pack, unpack
from armlet.cli.strongroom import write_vault
from armlet.export.package import OPEN, load_data, write_ledger
from armlet.protocol.load import load_trial
from armlet.simulation.rehearse import rehearse
from armlet.simulation.scenario import Scenario

BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a rehearsal of the neutral trial: SIMULATED."""
    folder, trial = tmp_path_factory.mktemp("lived") / "breeze", tmp_path_factory.mktemp("trial")
    shutil.copy(BASE, trial / "protocol.yaml")
    done = rehearse(load_trial(trial).protocol, Scenario(), "1")
    write_ledger(folder, BASE.read_text("utf-8"), tuple(done.store.read()))
    write_vault(folder, done.vault, done.key)
    return folder


def key_of(lived: Path) -> Path:
    return lived / "vault" / "key.hex"


def files_of(archive: Path) -> dict[str, bytes]:
    return unpack(archive.read_bytes(), archive.name)


def test_a_blinded_archive_tells_no_arm_and_has_no_vault(armlet: Any, lived: Path, tmp_path: Path) -> None:
    called = armlet("archive", lived, "--out", tmp_path / "a.zip", "--json")
    files = files_of(tmp_path / "a.zip")

    assert (called.code, called.document()["kind"]) == (0, "blinded")
    assert not [name for name in files if name.startswith(("vault/", "allocation/", "exports/", "product/"))]
    assert b"imitation" not in files["audit/audit_trail.csv"] + files["data/results.csv"]
    assert {"ledger/open.jsonl", "protocol.yaml", "data/results.json", "audit/audit_trail.html"} <= files.keys()


def test_the_same_trial_gives_the_same_archive(armlet: Any, lived: Path, tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        assert armlet("archive", lived, "--key", key_of(lived), "--out", tmp_path / name).code == 0

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_trial_made_from_its_archive_has_the_same_content(armlet: Any, lived: Path, tmp_path: Path) -> None:
    first = armlet("archive", lived, "--key", key_of(lived), "--out", tmp_path / "a.zip", "--json")
    unpacked = armlet("archive", tmp_path / "a.zip", "--unpack", tmp_path / "again", "--json")
    second = armlet("archive", tmp_path / "again", "--key", key_of(lived), "--out", tmp_path / "b.zip", "--json")

    assert first.document()["content"] == unpacked.document()["content"] == second.document()["content"]


def test_an_archive_with_arms_proves_the_allocation_without_a_key(armlet: Any, lived: Path, tmp_path: Path) -> None:
    armlet("archive", lived, "--key", key_of(lived), "--out", tmp_path / "a.zip")
    called = armlet("verify", tmp_path / "a.zip")

    assert called.code == 0, called.out
    assert "draws made again from the seed" in called.out
    assert key_of(lived).read_bytes().strip() not in (b"".join(files_of(tmp_path / "a.zip").values()))


def test_before_the_lock_no_key_opens_an_archive(armlet: Any, lived: Path, tmp_path: Path) -> None:
    folder = tmp_path / "early"
    shutil.copytree(lived, folder)
    locked = load_data(folder).state.locked
    assert locked is not None
    lines = (folder / OPEN).read_bytes().splitlines(keepends=True)
    (folder / OPEN).write_bytes(b"".join(lines[: locked.entries]))
    (folder / "ledger" / "head.json").unlink()

    called = armlet("archive", folder, "--key", key_of(lived), "--out", tmp_path / "a.zip", "--json")

    assert (called.code, called.issues()[0]["rule"]) == (3, "archive/not-locked")
    assert not (tmp_path / "a.zip").exists()


def test_what_was_altered_anywhere_is_named(armlet: Any, lived: Path, tmp_path: Path) -> None:
    armlet("archive", lived, "--key", key_of(lived), "--out", tmp_path / "a.zip")
    files = files_of(tmp_path / "a.zip")
    for name in sorted(files):
        (tmp_path / "b.zip").write_bytes(pack({**files, name: files[name] + b" "}))
        assert armlet("verify", tmp_path / "b.zip").code == 4, name


def test_a_draw_that_the_seed_does_not_give_is_found_even_where_the_checksums_were_made_anew(
    armlet: Any, lived: Path, tmp_path: Path
) -> None:
    from armlet.archive.manifest import list_files, read_manifest, spell_manifest, spell_sums

    armlet("archive", lived, "--key", key_of(lived), "--out", tmp_path / "a.zip")
    files = files_of(tmp_path / "a.zip")
    proof = json.loads(files["allocation/proof.json"])
    arms = proof["opened"]["arms"]
    proof["assigned"][0]["arm"] = next(arm for arm in arms if arm != proof["assigned"][0]["arm"])
    files["allocation/proof.json"] = json.dumps(proof).encode()
    listed = {name: data for name, data in files.items() if name not in {"manifest.json", "SHA256SUMS"}}
    manifest = read_manifest(files["manifest.json"]).model_copy(update={"files": list_files(listed)})
    (tmp_path / "b.zip").write_bytes(
        pack({**listed, "manifest.json": spell_manifest(manifest), "SHA256SUMS": spell_sums(manifest)})
    )

    called = armlet("verify", tmp_path / "b.zip")

    assert called.code == 4
    assert "allocation/proof.json: slot 1 is not what the seed draws" in called.out


def test_a_signed_archive_says_whose_key_signed_it(armlet: Any, lived: Path, tmp_path: Path) -> None:
    armlet("anchor", "--new-key", tmp_path / "keys")
    armlet("anchor", "--new-key", tmp_path / "others")
    armlet("archive", lived, "--sign", tmp_path / "keys" / "anchor-key.pem", "--out", tmp_path / "a.zip")

    right = armlet("verify", tmp_path / "a.zip", "--public-key", tmp_path / "keys" / "anchor-key.public.pem")
    wrong = armlet("verify", tmp_path / "a.zip", "--public-key", tmp_path / "others" / "anchor-key.public.pem")

    assert (right.code, "signed by the key that was given" in right.out) == (0, True)
    assert (wrong.code, "signed by another key than the one that was given" in wrong.out) == (4, True)


def test_the_checksums_are_those_that_a_common_tool_reads(armlet: Any, lived: Path, tmp_path: Path) -> None:
    armlet("archive", lived, "--out", tmp_path / "folder")

    done = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path / "folder", check=False)

    assert done.returncode == 0


def test_a_copy_for_a_participant_has_nobody_else_and_no_value_that_tells(
    armlet: Any, lived: Path, tmp_path: Path
) -> None:
    who, other = list(load_data(lived).state.participants)[:2]
    called = armlet("archive", lived, "--participant", who, "--out", tmp_path / "copy.zip", "--json")
    files = files_of(tmp_path / "copy.zip")
    rows = list(csv.DictReader(io.StringIO(files["data/results.csv"].decode())))

    assert (called.code, called.document()["kind"]) == (0, "participant")
    assert {row["participant"] for row in rows} == {who}
    assert not [name for name, data in files.items() if other.encode() in data]
    assert armlet("verify", tmp_path / "copy.zip").code == 0


def test_a_copy_for_nobody_is_refused(armlet: Any, lived: Path, tmp_path: Path) -> None:
    called = armlet("archive", lived, "--participant", "NOBODY", "--out", tmp_path / "copy.zip", "--json")

    assert (called.code, called.issues()[0]["rule"]) == (1, "archive/unknown-participant")


def test_nothing_is_overwritten(armlet: Any, lived: Path, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"mine")

    called = armlet("archive", lived, "--out", tmp_path / "a.zip", "--json")

    assert (called.code, called.issues()[0]["rule"]) == (1, "archive/exists")
    assert (tmp_path / "a.zip").read_bytes() == b"mine"


def test_a_broken_archive_is_not_unpacked(armlet: Any, lived: Path, tmp_path: Path) -> None:
    armlet("archive", lived, "--out", tmp_path / "a.zip")
    files = files_of(tmp_path / "a.zip")
    (tmp_path / "b.zip").write_bytes(pack({**files, "data/results.csv": b"changed"}))

    called = armlet("archive", tmp_path / "b.zip", "--unpack", tmp_path / "again", "--json")

    assert (called.code, called.issues()[0]["rule"]) == (1, "archive/broken")
    assert not (tmp_path / "again").exists()


def test_an_archive_with_arms_says_which_files_results_came_from(armlet: Any, lived: Path, tmp_path: Path) -> None:
    armlet("archive", lived, "--key", key_of(lived), "--out", tmp_path / "a.zip")

    files = files_of(tmp_path / "a.zip")
    assert files["audit/imports.csv"] == files["exports/imports.csv"]
    assert files["audit/imports.csv"].startswith(b"data,entry,occurred,actor,role,mapping,")


def test_an_archive_with_arms_may_be_read_by_its_owner_only(armlet: Any, lived: Path, tmp_path: Path) -> None:
    armlet("archive", lived, "--key", key_of(lived), "--out", tmp_path / "a.zip")
    armlet("archive", lived, "--key", key_of(lived), "--out", tmp_path / "a")
    armlet("archive", lived, "--out", tmp_path / "b.zip")

    modes = [oct((tmp_path / name).stat().st_mode & 0o777) for name in ("a.zip", "a", "b.zip")]
    assert modes == ["0o600", "0o700", "0o644"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "a.zip", "b.zip"]


def test_an_archive_is_searched_for_people_and_never_says_whom_it_found(
    armlet: Any, lived: Path, tmp_path: Path
) -> None:
    archive, people = tmp_path / "a", tmp_path / "people.txt"
    assert armlet("archive", lived, "--out", archive).code == 0
    people.write_text("Björn  Invented\nSIMULATED-1981\n", "utf-8")
    clean = armlet("archive", archive, "--holds-none-of", people, "--json")
    (archive / "note.json").write_text(json.dumps({"by": "BJÖRN Invented".lower()}), "utf-8")
    found = armlet("archive", archive, "--holds-none-of", people)
    people.write_text("\n", "utf-8")

    assert (clean.code, clean.document()["people"], clean.document()["found_in"]) == (0, 2, [])
    assert found.code == 1
    assert "note.json" in found.err + found.out
    assert "invented" not in (found.err + found.out).casefold()
    assert armlet("archive", archive, "--holds-none-of", people).code == 1


def test_an_archive_with_arms_counts_harm_as_allocated_and_as_treated(armlet: Any, lived: Path, tmp_path: Path) -> None:
    assert armlet("archive", lived, "--key", key_of(lived), "--out", tmp_path / "a.zip").code == 0
    files = files_of(tmp_path / "a.zip")
    rows = [line.split(",") for line in files["exports/harms.csv"].decode().splitlines()[1:]]
    at_risk = {(row[1], row[2]): int(row[4]) for row in rows}
    treated = sum(count for (counted, _), count in at_risk.items() if counted == "as treated")
    report = files["reports/report.html"].decode()

    assert treated == sum(count for (counted, _), count in at_risk.items() if counted == "as allocated") > 0
    assert ("as treated", "not given") in at_risk
    assert "Breaks of the code, by ground" in report
    assert "Adverse events as treated" in report
