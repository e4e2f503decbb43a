"""The command line called as people call it, in this process or in another, and small ledgers to verify."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from armlet.allocation.sealed_strand import SealedEntry, VaultKey, seal
from armlet.cli.main import run
from armlet.ledger.entry import GENESIS, Chained, Entry, chain, encode
from armlet.ledger.events import OpenEvent, ProtocolAdopted, RecruitmentOpened, TrialOpened
from armlet.ledger.sealed import ArmRead
from armlet.protocol.load import load_trial
from armlet.protocol.model import Role

HERE = Path(__file__).parent
MOMENT = datetime(2021, 5, 3, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Called:
    """What one call of the command gave."""

    code: int
    out: str
    err: str

    def document(self) -> dict[str, object]:
        """The one JSON document on standard output."""
        plain = json.loads(self.out)
        assert isinstance(plain, dict)
        return plain

    def issues(self) -> list[dict[str, str]]:
        """The issues of the document."""
        found = self.document()["issues"]
        assert isinstance(found, list)
        return found


Call = Callable[..., Called]


@pytest.fixture
def armlet(capsys: pytest.CaptureFixture[str]) -> Call:
    """Calls the command in this process."""

    def call(*words: object) -> Called:
        code = run([str(word) for word in words])
        said = capsys.readouterr()
        return Called(code, said.out, said.err)

    return call


@pytest.fixture
def shell() -> Call:
    """Calls the command in a process of its own."""

    def call(*words: object, stdin: bytes = b"", debug: bool = False) -> Called:
        environment = {**os.environ, **({"ARMLET_DEBUG": "1"} if debug else {})}
        command = [sys.executable, "-m", "armlet.cli.main", *map(str, words)]
        done = subprocess.run(command, input=stdin, capture_output=True, check=False, env=environment, timeout=60)
        return Called(done.returncode, done.stdout.decode(), done.stderr.decode())

    return call


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    """The folder of an invented trial in asthma, to be changed at will."""
    folder = tmp_path / "breeze"
    shutil.copytree(HERE / "trial", folder)
    return folder


@pytest.fixture
def edit(trial: Path) -> Callable[[str, str], int]:
    """Changes one place of the protocol and gives its line."""

    def change(old: str, new: str) -> int:
        path = trial / "protocol.yaml"
        text = path.read_text("utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), "utf-8")
        return text.count("\n", 0, text.index(old)) + 1

    return change


def _strand(protocol: str) -> list[Chained]:
    events: tuple[OpenEvent, ...] = (
        TrialOpened(trial="breeze", simulated=True),
        ProtocolAdopted(protocol_version="1.0", protocol_digest=protocol),
        RecruitmentOpened(),
    )
    chained: list[Chained] = []
    for seq, event in enumerate(events, start=1):
        previous = chained[-1].digest if chained else GENESIS
        entry = Entry(
            seq=seq,
            occurred=MOMENT,
            recorded=MOMENT,
            actor="Ada Example",
            role=Role.SPONSOR,
            protocol=protocol,
            event=event,
            previous=previous,
        )
        chained.append(chain(entry))
    return chained


def _sealed() -> tuple[bytes, str]:
    """Two sealed entries and the digest of the last."""
    key, previous, lines = VaultKey(bytes(range(32))), GENESIS, b""
    for seq in (1, 2):
        event = ArmRead(participant=None, warrant="W-1", by="Ada Example")
        entry = SealedEntry(seq=seq, recorded=MOMENT, actor="Ada Example", event=event)
        line = seal(entry, key, bytes(11) + bytes([seq]), previous)
        previous, lines = line.digest, lines + line.encode() + b"\n"
    return lines, previous


@pytest.fixture
def life(tmp_path: Path) -> Path:
    """A rehearsal's folder with three open and two sealed entries, as the layout of the house has it."""
    folder = tmp_path / "life"
    (folder / "ledger").mkdir(parents=True)
    (folder / "vault").mkdir()
    shutil.copy(HERE / "trial" / "protocol.yaml", folder / "protocol.yaml")
    entries = _strand(load_trial(HERE / "trial").protocol.digest())
    (folder / "ledger/open.jsonl").write_bytes(b"".join(encode(entry) + b"\n" for entry in entries))
    (folder / "ledger/head.json").write_text(json.dumps({"seq": 3, "digest": entries[-1].digest}))
    sealed, digest = _sealed()
    (folder / "vault/sealed.jsonl").write_bytes(sealed)
    (folder / "vault/head.json").write_text(json.dumps({"seq": 2, "digest": digest}))
    return folder
