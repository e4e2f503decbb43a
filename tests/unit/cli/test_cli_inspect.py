from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import pytest

from armlet.cli.strongroom import load_vault, write_vault
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


def test_a_slot_is_that_of_whom_the_vault_says(armlet: Any, lived: Path) -> None:
    for assigned in load_vault(lived).assignments():
        found = armlet("inspect", lived, "--slot", assigned.slot, "--json").document()
        assert (found["participant"], found["slot"]) == (assigned.participant, assigned.slot)


def test_the_story_has_every_entry_about_the_participant_in_order_and_no_arm(armlet: Any, lived: Path) -> None:
    who = next(iter(load_data(lived).state.requests))
    mine = [one.seq for one in load_data(lived).entries if getattr(one.event, "participant", None) == who]

    found = armlet("inspect", lived, "--participant", who, "--json")
    said = armlet("inspect", lived, "--participant", who)

    assert [one["entry"] for one in found.document()["happened"]] == mine
    assert "imitation" not in found.out + said.out
    assert found.document()["sealed"] is None


def test_with_the_key_after_the_lock_the_story_has_the_preparation_and_its_lot(armlet: Any, lived: Path) -> None:
    found = armlet("inspect", lived, "--slot", 1, "--key", lived / "vault" / "key.hex", "--json").document()

    assert {"arm assigned", "preparation made", "preparation certified"} <= {one["event"] for one in found["sealed"]}


def test_before_the_lock_no_key_opens_the_story(armlet: Any, lived: Path, tmp_path: Path) -> None:
    folder = tmp_path / "early"
    shutil.copytree(lived, folder)
    lines = (folder / OPEN).read_bytes().splitlines(keepends=True)
    (folder / OPEN).write_bytes(b"".join(lines[:400]))
    (folder / "ledger" / "head.json").unlink()

    called = armlet("inspect", folder, "--slot", 1, "--key", lived / "vault" / "key.hex", "--json")

    assert (called.code, called.issues()[0]["rule"]) == (3, "unblinding/before-lock")


def test_as_of_a_day_nothing_later_is_told(armlet: Any, lived: Path) -> None:
    entries = load_data(lived).entries
    day = entries[300].entry.recorded.date()
    who = next(iter(load_data(lived).state.participants))

    found = armlet("inspect", lived, "--participant", who, "--as-of", day, "--json").document()

    assert found["happened"]
    assert all(one["recorded"][:10] <= day.isoformat() for one in found["happened"])


def test_who_looked_names_each_who_was_shown_an_arm(armlet: Any, lived: Path) -> None:
    found = armlet("inspect", lived, "--who-looked", "--json").document()

    assert [one["event"] for one in found["looked"]] == ["warrant granted", "allocation read"]


def test_who_could_see_an_arm_follows_the_matrix_the_protocol_and_the_lock(armlet: Any, lived: Path) -> None:
    state = load_data(lived)
    early, late = state.entries[10].entry.occurred.date(), state.as_of
    before = armlet("inspect", lived, "--who-could-see", "allocation_list", "--as-of", early, "--json").document()
    after = armlet("inspect", lived, "--who-could-see", "allocation_list", "--as-of", late, "--json").document()

    assert [one["role"] for one in before["roles"] if one["could"]] == ["randomisation_statistician"]
    assert [one["role"] for one in after["roles"] if one["could"]] == ["randomisation_statistician", "inspector"]


@pytest.mark.parametrize(
    ("words", "code", "rule"),
    [
        (("--slot", 99), 1, "inspect/no-slot"),
        (("--slot", 0), 1, "inspect/no-slot"),
        (("--participant", "NOBODY"), 1, "inspect/unknown-participant"),
        (("--who-looked", "--as-of", "1999-01-01"), 1, "inspect/nothing-yet"),
        (("--who-could-see", "everything"), 2, "usage"),
    ],
)
def test_a_question_without_an_answer_says_why(
    armlet: Any, lived: Path, words: tuple[object, ...], code: int, rule: str
) -> None:
    called = armlet("inspect", lived, *words, "--json")

    assert (called.code, called.issues()[0]["rule"]) == (code, rule)


def test_the_pack_has_every_entry_and_every_right(armlet: Any, lived: Path, tmp_path: Path) -> None:
    assert armlet("inspect", lived, "--pack", tmp_path / "pack").code == 0

    trail = list(csv.DictReader((tmp_path / "pack" / "audit_trail.csv").read_text("utf-8").splitlines()))
    rights = list(csv.DictReader((tmp_path / "pack" / "who_may_see_what.csv").read_text("utf-8").splitlines()))
    assert len(trail) == load_data(lived).head.seq
    assert {row["object"] for row in rights} >= {"allocation_list", "exports", "audit_trail"}
