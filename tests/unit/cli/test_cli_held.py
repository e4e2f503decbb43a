"""Held words on the command line: read under the key, released by another person, whole or with words taken out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from armlet.allocation.sealed_strand import VaultKey
from armlet.allocation.vault import Vault, Writer
from armlet.conduct import commands as c
from armlet.conduct.commands import By
from armlet.conduct.decide import Accepted
from armlet.conduct.door import Door
from armlet.ledger.box import OpeningKey
from armlet.ledger.events import StopReason
from armlet.ledger.sealed import SealingKeyMade
from armlet.ledger.stores.file import FileStore
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Role
from armlet.studytime import SystemClock

BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"
SECRET = bytes(range(32))


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """A trial whose sponsor knows the arms and suspended it in words that could tell them."""
    unblinded = "unblinded: [cell_laboratory, unblinded_pharmacist, randomisation_statistician, unblinded_monitor,"
    text = BASE.read_text("utf-8")
    assert unblinded in text
    (tmp_path / "trial").mkdir()
    (tmp_path / "trial" / "protocol.yaml").write_text(text.replace(unblinded, f"{unblinded} sponsor,"), "utf-8")
    protocol = load_protocol(tmp_path / "trial" / "protocol.yaml")
    door = Door(protocol, FileStore(tmp_path / "open.jsonl"), SystemClock())
    now = datetime(2021, 3, 1, tzinfo=UTC)
    for command, role in (
        (c.OpenTrial(simulated=True), Role.SPONSOR),
        (c.PublishSealingKey(OpeningKey(SECRET).public()), Role.RANDOMISATION_STATISTICIAN),
        (c.Suspend(StopReason.OTHER, "The sham of lot AB-77 was cloudy."), Role.SPONSOR),
    ):
        assert isinstance(door.ask(command, By("Sam Sponsor", role, now)), Accepted)
    (tmp_path / "keys").mkdir()
    key = VaultKey.generate()
    key.save(tmp_path / "keys" / "key.hex")
    Vault(key, tmp_path / "sealed.jsonl").write(Writer("Ruth", now), SealingKeyMade(secret=SECRET.hex()))
    strand, ledger = str(tmp_path / "sealed.jsonl"), str(tmp_path / "open.jsonl")
    return [
        str(tmp_path / "trial"),
        "--ledger",
        ledger,
        "--strand",
        strand,
        "--key",
        str(tmp_path / "keys" / "key.hex"),
    ]


def release(files: list[str], *more: str) -> list[str]:
    return ["vault", "release", *files, "--entry", "5", "--role", "unblinded_monitor", *more]


def test_held_words_are_listed_with_what_could_tell_an_arm(armlet: Any, files: list[str]) -> None:
    called = armlet("vault", "held", *files, "--json")
    assert called.code == 0, called.err
    (row,) = called.document()["held"]
    assert (row["entry"], row["field"], row["text"]) == (5, "why", "The sham of lot AB-77 was cloudy.")
    assert row["telling"] == ["sham", "AB-77"]
    assert "cloudy" not in Path(files[2]).read_text("utf-8")


def test_words_are_released_with_words_taken_out_by_somebody_else(armlet: Any, files: list[str]) -> None:
    called = armlet(*release(files, "--by", "Bo Checker", "--text", "why=The [...] was cloudy."))
    assert called.code == 0, called.err
    assert "The [...] was cloudy." in Path(files[2]).read_text("utf-8")
    assert "No words are held." in armlet("vault", "held", *files).out


def test_ones_own_words_and_words_that_nobody_wrote_are_refused(armlet: Any, files: list[str]) -> None:
    before = Path(files[2]).read_bytes()
    own = armlet(*release(files, "--by", "Sam Sponsor"))
    assert (own.code, "your own" in own.err) == (3, True)
    other = armlet(*release(files, "--by", "Bo Checker", "--text", "why=All is well."))
    assert (other.code, "words that were not written" in other.err) == (3, True)
    assert Path(files[2]).read_bytes() == before
