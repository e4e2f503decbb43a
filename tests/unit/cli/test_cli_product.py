"""`armlet product`: the strand is begun, records go in from a file, and each question is one command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from armlet.conduct.commands import By, OpenTrial
from armlet.conduct.door import Door
from armlet.ledger.stores.file import FileStore
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Role
from armlet.studytime import SystemClock
from tests.unit.cli.conftest import Call
from tests.unit.laboratory.conftest import BASE

DONOR = """
actor: Mia Maker
role: cell_laboratory
records:
  - at: 2021-03-10T09:00:00Z
    record: {kind: supply received, supply: S-1, what: saline, supplier: Maker, batch: "7", expires: 2031-01-01T00:00:00Z}
  - at: 2021-03-10T10:00:00Z
    record:
      kind: lot filled
      lot: V-1
      of: vehicle
      harvest: 50 mL
      containers: [{container: W-1, volume: 25 mL}, {container: W-2, volume: 20 mL}]
      tested: 4 mL
      wasted: 1 mL
      specification: vehicle 1
      expires: 2031-01-01T00:00:00Z
      verified_by: Sam Second
      party: Cell laboratory
      supplies: [S-1]
"""


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    """A trial that is open, without anybody in it."""
    (tmp_path / "protocol.yaml").write_bytes(BASE.read_bytes())
    (tmp_path / "ledger").mkdir()
    clock = SystemClock()
    door = Door(load_protocol(BASE), FileStore(tmp_path / "ledger/open.jsonl"), clock)
    door.ask(OpenTrial(simulated=True), By("Sponsor", Role.SPONSOR, clock.now()))
    return tmp_path


@pytest.fixture
def begun(trial: Path, armlet: Call) -> Path:
    assert armlet("product", trial, "open", "--key", trial / "key.hex", "--by", "Mia Maker").code == 0
    return trial


def _write(folder: Path, text: str) -> Path:
    path = folder / "records.yaml"
    path.write_text(text, "utf-8")
    return path


def test_records_go_in_and_are_asked_for(begun: Path, armlet: Call) -> None:
    key = ("--key", begun / "key.hex")

    done = armlet("product", begun, "do", _write(begun, DONOR), *key, "--json")
    found: Any = armlet("product", begun, "lookback", "S-1", *key, "--json").document()
    steps: Any = armlet("product", begun, "trace", "W-2", *key, "--json").document()
    books = armlet("product", begun, "accountability", *key, "--json")
    ready = armlet("product", begun, "ready", "PREP-001", *key, "--json").document()

    assert (done.code, done.document()["entries"]) == (0, 3)
    assert found["forward"]["container"] == ["W-1", "W-2"]
    assert [one["what"] for one in steps["steps"]] == ["supply received", "lot filled"]
    assert (books.code, books.document()["balances"], books.document()["open"]) == (0, True, ["W-1", "W-2"])
    assert ready == {"preparation": "PREP-001", "ready": False, "expires": None, "volume": None}


def test_everything_is_said_in_words_as_well(begun: Path, armlet: Call) -> None:
    key = ("--key", begun / "key.hex")
    armlet("product", begun, "do", _write(begun, DONOR), *key)

    assert "went to    lot          V-1" in armlet("product", begun, "lookback", "S-1", *key).out
    assert "The books balance. Not empty yet: W-1, W-2." in armlet("product", begun, "accountability", *key).out
    assert "near misses: none" in armlet("product", begun, "status", *key).out
    assert armlet("product", begun, "ready", "PREP-1", *key).out == "PREP-1: not ready\n"


def test_a_bag_that_is_not_ready_has_no_label(begun: Path, armlet: Call, tmp_path: Path) -> None:
    words = ("--investigator", "Ivar Example", "--contact", "call 555", "--zone", "Europe/Vienna")
    path = tmp_path / "label.pdf"

    done = armlet("product", begun, "label", "PREP-1", "--key", begun / "key.hex", *words, "--out", path, "--json")

    assert (done.code, [issue["rule"] for issue in done.issues()]) == (3, ["product/not-ready"])
    assert not path.exists()


def test_one_refused_record_leaves_the_whole_file_out(begun: Path, armlet: Call) -> None:
    wrong = DONOR.replace("wasted: 1 mL", "wasted: 2 mL")

    done = armlet("product", begun, "do", _write(begun, wrong), "--key", begun / "key.hex", "--json")

    assert done.code == 3
    assert [issue["rule"] for issue in done.issues()] == ["laboratory/not-conserved"]
    assert "Record 2 of 2 was refused; nothing was recorded." in done.err
    assert armlet("product", begun, "status", "--key", begun / "key.hex", "--json").document()["entries"] == 1


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (DONOR.replace("batch:", "bach:"), "product/unknown-key"),
        (DONOR.replace("supply received", "verdict reached"), "product/invalid"),
        ("records: []", "product/missing"),
        (DONOR.replace("50 mL", "50 furlongs"), "product/invalid"),
        (DONOR.replace("T09:00:00Z", "T09:00:00"), "product/invalid"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_line(begun: Path, armlet: Call, text: str, rule: str) -> None:
    done = armlet("product", begun, "do", _write(begun, text), "--key", begun / "key.hex", "--json")

    assert done.code == 1
    assert rule in [issue["rule"] for issue in done.issues()]
    assert "records.yaml:" in done.issues()[0]["where"]


def test_the_strand_is_verified_without_its_key_alone_and_with_the_folder(begun: Path, armlet: Call) -> None:
    armlet("product", begun, "do", _write(begun, DONOR), "--key", begun / "key.hex")

    alone = armlet("product", begun, "verify", "--json")
    assert (alone.code, alone.document()["entries"]) == (0, 3)

    strand = begun / "product/product.jsonl"
    lines = strand.read_bytes().splitlines(keepends=True)
    strand.write_bytes(b"".join([lines[0], lines[2]]))
    broken = armlet("product", begun, "verify")

    assert broken.code == 4
    assert "product entry 3 does not follow from entry 1" in broken.out


def test_another_key_opens_nothing(begun: Path, armlet: Call) -> None:
    (begun / "other.hex").write_text("ab" * 32, "ascii")

    assert armlet("product", begun, "status", "--key", begun / "other.hex").code == 4


def test_nothing_is_begun_twice_and_nothing_overwritten(begun: Path, armlet: Call) -> None:
    again = armlet("product", begun, "open", "--key", begun / "key.hex", "--by", "Mia Maker", "--json")

    assert again.code == 1
    assert [issue["rule"] for issue in again.issues()] == ["product/exists", "product/exists"]


def test_a_number_that_nothing_has_and_one_that_is_asked_for_wrongly(begun: Path, armlet: Call) -> None:
    key = ("--key", begun / "key.hex")

    assert armlet("product", begun, "lookback", "D-9", *key).code == 1
    assert armlet("product", begun, "lookback", "D-9", "--as", "bottle", *key).code == 2


def test_a_folder_without_a_strand_is_told_how_to_begin(trial: Path, armlet: Call) -> None:
    (trial / "key.hex").write_text("ab" * 32, "ascii")

    asked = armlet("product", trial, "status", "--key", trial / "key.hex", "--json")

    assert asked.code == 1
    assert asked.issues()[0]["rule"] == "product/no-strand"
    assert json.loads(armlet("product", trial, "verify", "--json").out)["issues"][0]["rule"] == "verify/nothing"


def test_the_strand_is_backed_up_to_a_key_of_its_own_and_put_back(begun: Path, armlet: Call) -> None:
    armlet("product", begun, "do", _write(begun, DONOR), "--key", begun / "key.hex")
    armlet("backup", "key", "--out", begun / "keys")
    strand, public = begun / "product/product.jsonl", begun / "keys/backup-key.public.txt"

    made = armlet("backup", "--product", strand, "--out", begun / "p.age", "--to", public)
    back = armlet("restore", begun / "p.age", "--key", begun / "keys/backup-key.txt", "--out", begun / "back")

    assert (made.code, back.code) == (0, 0)
    assert "the product strand, encrypted; read back and verified" in made.out
    assert (begun / "back/product/product.jsonl").read_bytes() == strand.read_bytes()


def test_a_product_strand_is_no_sealed_one(begun: Path, armlet: Call) -> None:
    armlet("backup", "key", "--out", begun / "keys")
    strand, public = begun / "product/product.jsonl", begun / "keys/backup-key.public.txt"

    assert armlet("backup", "--strand", strand, "--out", begun / "p.age", "--to", public).code == 4
    assert armlet("verify", strand).code == 0
