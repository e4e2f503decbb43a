"""The neutral trial with its allocation sealed, lived through the command line and the door: for tests of the vault."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from armlet.allocation.allocator import VaultAllocator
from armlet.allocation.sealed_strand import VaultKey
from armlet.allocation.vault import Vault, Writer
from armlet.conduct import commands as c
from armlet.conduct.commands import By
from armlet.conduct.decide import Accepted
from armlet.conduct.door import Door
from armlet.ledger.stores.file import FileStore
from armlet.protocol.load import load_trial
from armlet.protocol.model import Role
from armlet.studytime import SystemClock

BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"
NOW = datetime(2021, 3, 1, 9, tzinfo=UTC)

ANSWERS: dict[str, str | bool | None] = {
    "sex": "female", "age": "34 a", "asthma": True, "asthma_found": "2018-06-01", "fev1": "2.1 L", "consented": True,
    "asthma_is_steady": True, "body_mass_index": "24.0 kg/m2", "last_attack": "2020-06-01", "cotinine": "3 nmol/L",
    "hiv": "negative", "pregnant": False, "could_become_pregnant": True, "contraception": True,
}  # fmt: skip


def ask(folder: Path, command: c.Command, role: Role) -> None:
    door = Door(load_trial(folder).protocol, FileStore(folder / "open.jsonl"), SystemClock())
    assert isinstance(door.ask(command, By("Ada Example", role, NOW)), Accepted)


def seal(armlet: Callable[..., Any], folder: Path, change: Callable[[str], str] = lambda text: text) -> None:
    """Makes the folder of the trial with both strands sealed and begun, and its key in the folder `keys` beside it."""
    folder.mkdir(parents=True)
    (folder.parent / "keys").mkdir(exist_ok=True)
    text = BASE.read_text("utf-8").replace("  after: [brushing]\n", "")
    (folder / "protocol.yaml").write_text(change(text), "utf-8")
    ask(folder, c.OpenTrial(simulated=True), Role.SPONSOR)
    strands = ("--ledger", folder / "open.jsonl", "--strand", folder / "sealed.jsonl")
    called = armlet("vault", "seal", folder, *strands, "--key", key_of(folder), "--by", "Ruth")
    assert called.code == 0, called.err


def key_of(folder: Path) -> Path:
    """Where the key of the trial's vault lies."""
    return folder.parent / "keys" / "key.hex"


def request(folder: Path, *people: str) -> None:
    """Takes people from the first contact to their request for an allocation."""
    for who in people:
        ask(folder, c.Identify(who, "harbour"), Role.INVESTIGATOR)
        ask(folder, c.GiveConsent(who, "trial_consent", "1"), Role.INVESTIGATOR)
        ask(folder, c.Screen(who, ANSWERS, NOW.date()), Role.INVESTIGATOR)
        ask(folder, c.Enrol(who), Role.INVESTIGATOR)
        ask(folder, c.RequestRandomisation(who, f"R-{who}"), Role.INVESTIGATOR)


def allocate(folder: Path, *people: str, key: Path | None = None) -> list[str]:
    """Gives people who asked their slots, in the vault and then in the ledger."""
    vault = Vault(VaultKey.load(key or key_of(folder)), folder / "sealed.jsonl")
    allocator = VaultAllocator(vault, lambda: Writer("the allocator", NOW))
    numbers = []
    for who in people:
        state = Door(load_trial(folder).protocol, FileStore(folder / "open.jsonl"), SystemClock()).state
        numbers.append(allocator.allocate(who, f"R-{who}", state.participants[who].levels))
        ask(folder, c.ConfirmRandomisation(who, numbers[-1], date(2021, 3, 2)), Role.RANDOMISATION_STATISTICIAN)
    return numbers
