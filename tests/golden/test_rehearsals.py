"""Both trials, rehearsed end to end: a readable record of what happened, and the same bytes wherever it is run.

``make approve`` writes the expected texts anew; read the difference before you commit it.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from armlet.allocation.unblinded import UnblindedDataset
from armlet.analysis.data import analyse
from armlet.cli.strongroom import load_vault, unblind
from armlet.export.package import load_data
from armlet.protocol.model import Analysis, Endpoint, Protocol
from tests.rehearsed import Rehearsals

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
def lived(tmp_path_factory: pytest.TempPathFactory, rehearsals: Rehearsals) -> Mapping[str, Path]:
    folders = {trial: tmp_path_factory.mktemp("lived") / trial for trial in TRIALS}
    for trial, folder in folders.items():
        rehearsals.copy(trial, (), folder)
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
def test_a_statistician_gets_each_result_again_from_the_exported_tables(
    trial: str, lived: Mapping[str, Path], tmp_path: Path
) -> None:
    """From the tables of endpoints and of the allocation, joined by participant, with a plan and without the trial."""
    exports = lived[trial] / "exports"
    data, unblinded = unblind(load_data(lived[trial]), load_vault(lived[trial]))
    asked = {analysis.id: analysis for analysis in data.protocol.analyses}
    compared = 0
    for planned in json.loads((exports / "analysis.json").read_text("utf-8"))["estimates"]:
        strategies = {one["strategy"] for one in planned["intercurrent_events"]} - {"treatment policy"}
        is_as_observed = not strategies or planned.get("not_applied") or planned.get("applied") == []
        if unblinded.scheme.factors or not is_as_observed:
            continue  # levels stand in no exported table; other values than those observed stand in none
        endpoint = data.protocol.endpoint(planned["endpoint"])
        _write_joined(exports, endpoint.id, data.dataset.sets[planned["set"]], tmp_path / "people.csv")
        plan = _plan_of(data.protocol, unblinded, endpoint, asked[planned["analysis"]], planned["visit"])
        (found,) = analyse(tmp_path / "people.csv", plan)
        answer = {**found.result.as_json(), "label": planned["label"]}
        _assert_close(json.loads(json.dumps(answer)), {name: planned[name] for name in answer})
        compared += planned["estimable"]

    assert compared >= 2


def _assert_close(found: object, expected: object) -> None:
    """Alike in every word, and in numbers to the twelve digits that an exported table carries."""
    if isinstance(found, float) and isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)
    elif isinstance(found, dict) and isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for name, value in found.items():
            _assert_close(value, expected[name])
    elif isinstance(found, list) and isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            _assert_close(one, other)
    else:
        assert found == expected


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _write_joined(exports: Path, endpoint: str, members: Sequence[str], path: Path) -> None:
    """One row for everybody allocated: what the allocation says, and the values of the endpoint by visit."""
    people = {row["participant"]: {**row, "in": "no"} for row in _rows(exports / "allocation.csv")}
    for name in members:
        people[name]["in"] = "yes"
    for row in _rows(exports / "endpoints.csv"):
        if row["endpoint"] == endpoint and row["participant"] in people:
            people[row["participant"]] |= {row["visit"]: row["value"], f"why {row['visit']}": row["reason"]}
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for one in people.values() for name in one)), restval="")
        writer.writeheader()
        writer.writerows(people.values())


def _plan_of(
    protocol: Protocol, unblinded: UnblindedDataset, endpoint: Endpoint, analysis: Analysis, visit: str
) -> dict[str, object]:
    scheme, visits = unblinded.scheme, [one for one in endpoint.visits if one != endpoint.baseline]
    allocation = {"method": scheme.method, "ratio": dict(zip(scheme.arms, scheme.ratio, strict=True))}
    asked = {"label": analysis.label, "method": analysis.method, "settings": analysis.settings}
    return {
        "title": "from the exported tables",
        "unit": endpoint.unit,
        "columns": {
            **{name: name for name in ("participant", "arm", "slot")},
            "baseline": endpoint.baseline,
            "outcomes": {one: one for one in visits},
            "why_missing": {one: f"why {one}" for one in visits},
            "sets": {"chosen": "in"},
        },
        "arms": list(scheme.arms),
        "reference": protocol.reference_arm,
        "allocation": {**allocation, "settings": dict(scheme.settings)},
        "analyses": [{**asked, "visits": [visit], "set": "chosen"}],
    }


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
