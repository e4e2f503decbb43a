"""Both trials, rehearsed end to end: a readable record of what happened, and the same bytes wherever it is run.

``make approve`` writes the expected texts anew; read the difference before you commit it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXPECTED = Path(__file__).parent / "expected"
TRIALS = ("nct02057211", "nct02893306")


def _rehearse(trial: str, out: Path, **environment: str) -> str:
    command = [sys.executable, "-m", "armlet.cli.main", "rehearse", f"trials/{trial}", "--out", str(out)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _digests(folder: Path) -> Mapping[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _run(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "armlet.cli.main", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    folders = {trial: tmp_path_factory.mktemp("lived") / trial for trial in TRIALS}
    for trial, folder in folders.items():
        _rehearse(trial, folder, TZ="America/Santiago", PYTHONHASHSEED="1")
    return folders


@pytest.mark.parametrize("trial", TRIALS)
def test_the_rehearsal_goes_as_it_went(trial: str, lived: Mapping[str, Path]) -> None:
    folder = lived[trial]
    text = "\n".join(
        [
            (folder / "data" / "participants.csv").read_text("utf-8"),
            (folder / "data" / "adverse_events.csv").read_text("utf-8"),
            _run("analyse", str(folder)),
        ]
    )
    expected = EXPECTED / f"{trial}.txt"
    if os.environ.get("ARMLET_APPROVE"):
        expected.write_text(text, "utf-8")

    assert text == expected.read_text("utf-8")


@pytest.mark.parametrize("trial", TRIALS)
def test_the_same_seed_gives_the_same_bytes_in_another_time_zone(
    trial: str, lived: Mapping[str, Path], tmp_path: Path
) -> None:
    _rehearse(trial, tmp_path / trial, TZ="Asia/Tokyo", PYTHONHASHSEED="2", LC_ALL="C")

    assert _digests(tmp_path / trial) == _digests(lived[trial])


def test_another_seed_gives_another_trial(lived: Mapping[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "other"
    _run("rehearse", f"trials/{TRIALS[0]}", "--out", str(out), "--seed", "2")

    assert _digests(out)["ledger/open.jsonl"] != _digests(lived[TRIALS[0]])["ledger/open.jsonl"]


@pytest.mark.parametrize("trial", TRIALS)
def test_every_file_of_a_rehearsal_says_that_it_is_simulated(trial: str, lived: Mapping[str, Path]) -> None:
    for path in lived[trial].rglob("*"):
        if path.suffix == ".csv":
            lines = path.read_text("utf-8").splitlines()
            assert lines[0].startswith("data,"), path
            assert all(line.startswith("SIMULATED,") for line in lines[1:]), path
        if path.suffix in {".html", ".yaml"} or path.name in {"analysis.json", "scenario.json"}:
            assert "SIMULATED" in path.read_text("utf-8"), path
    assert '"simulated":true' in (lived[trial] / "ledger" / "open.jsonl").read_text("utf-8").splitlines()[0]


@pytest.mark.parametrize("trial", TRIALS)
def test_the_sealed_strand_shows_no_arm_to_those_without_the_key(trial: str, lived: Mapping[str, Path]) -> None:
    vault_files = [path for path in lived[trial].rglob("*") if "vault" in path.parts and path.suffix == ".jsonl"]
    lines = [json.loads(line) for path in vault_files for line in path.read_bytes().splitlines()]
    # As bytes: four letters stand somewhere in so much base64 by chance alone.
    sealed = b"".join(base64.b64decode(line.pop("sealed")) for line in lines)

    assert len(sealed) > 2000 * len(lines) > 0
    for arm in (b"sham", b"cells"):
        assert arm not in sealed
        assert arm not in repr(lines).encode()


@pytest.mark.parametrize("trial", TRIALS)
def test_a_rehearsal_verifies_and_a_flipped_byte_does_not(trial: str, lived: Mapping[str, Path]) -> None:
    assert "whole" in _run("verify", str(lived[trial]))

    strand = lived[trial] / "ledger" / "open.jsonl"
    whole = strand.read_bytes()
    middle = len(whole) // 2
    strand.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    try:
        done = subprocess.run(
            [sys.executable, "-m", "armlet.cli.main", "verify", str(lived[trial])],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        strand.write_bytes(whole)

    assert done.returncode == 4
    assert "entry" in done.stdout + done.stderr


def test_a_cut_vault_is_a_fault_and_never_a_smaller_trial(lived: Mapping[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "cut"
    shutil.copytree(lived[TRIALS[0]], folder)
    sealed = folder / "vault" / "sealed.jsonl"
    sealed.write_bytes(b"".join(sealed.read_bytes().splitlines(keepends=True)[:60]))
    for remove_head in (False, True):
        if remove_head:
            (folder / "vault" / "head.json").unlink()
        done = subprocess.run(
            [sys.executable, "-m", "armlet.cli.main", "analyse", str(folder)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 4
        assert done.stdout == ""


def test_a_rehearsal_never_overwrites_a_ledger(lived: Mapping[str, Path]) -> None:
    before = _digests(lived[TRIALS[0]])
    done = subprocess.run(
        [sys.executable, "-m", "armlet.cli.main", "rehearse", f"trials/{TRIALS[0]}", "--out", str(lived[TRIALS[0]])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "nothing was overwritten" in done.stderr
    assert _digests(lived[TRIALS[0]]) == before
