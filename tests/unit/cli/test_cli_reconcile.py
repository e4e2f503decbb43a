"""`armlet reconcile`: what agrees is counted, what differs is named."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from armlet.cli.strongroom import write_product, write_vault
from armlet.conduct.commands import By, GiveConsent, Identify, OpenTrial
from armlet.conduct.door import Door
from armlet.export.package import write_ledger
from armlet.ledger.stores.memory import MemoryStore
from armlet.protocol.load import load_protocol, load_trial
from armlet.protocol.model import Role
from armlet.simulation.rehearse import rehearse
from armlet.simulation.scenario import Scenario
from armlet.studytime import SystemClock

BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a rehearsal of the neutral trial: SIMULATED."""
    folder, trial = tmp_path_factory.mktemp("lived") / "breeze", tmp_path_factory.mktemp("trial")
    shutil.copy(BASE, trial / "protocol.yaml")
    done = rehearse(load_trial(trial).protocol, Scenario(), "1")
    write_ledger(folder, BASE.read_text("utf-8"), tuple(done.store.read()))
    write_vault(folder, done.vault, done.key)
    if done.product is not None:
        write_product(folder, done.product, done.product_key)
    return folder


def test_a_whole_trial_agrees_with_itself_and_its_vault(armlet: Any, lived: Path) -> None:
    called = armlet("reconcile", lived, "--key", lived / "vault" / "key.hex", "--json")
    pairs = {one["pair"]: one for one in called.document()["pairs"]}
    slots = list(pairs["requests and slots"]["counts"].values())

    assert slots[0] == slots[1] > 0
    assert pairs["requests and slots"]["agrees"]
    assert pairs["enrolments and allocations"]["agrees"]
    assert called.code == (0 if called.document()["agrees"] else 1)


def test_without_a_key_no_arm_and_no_slot_is_named(armlet: Any, lived: Path) -> None:
    called = armlet("reconcile", lived)

    assert "slots used" not in called.out
    assert "imitation" not in called.out


def test_who_consented_and_is_nowhere_is_named(armlet: Any, tmp_path: Path) -> None:
    protocol, store = load_protocol(BASE), MemoryStore()
    door, now = Door(protocol, store, SystemClock()), SystemClock().now()
    for command, role in (
        (OpenTrial(simulated=True), Role.SPONSOR),
        (Identify("P1", "harbour"), Role.INVESTIGATOR),
        (GiveConsent("P1", "trial_consent", "1"), Role.INVESTIGATOR),
    ):
        door.ask(command, By("Ada Example", role, now))
    write_ledger(tmp_path / "trial", BASE.read_text("utf-8"), tuple(store.read()))

    called = armlet("reconcile", tmp_path / "trial")

    assert called.code == 1
    assert "P1: consented, and is neither enrolled nor screened out" in called.out
