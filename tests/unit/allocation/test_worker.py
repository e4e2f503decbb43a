"""The allocator at work: every request is answered once, in order, and what broke off is completed on the next look."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import FrameType

import pytest

from armlet.allocation.allocator import VaultAllocator
from armlet.allocation.proof import prove
from armlet.allocation.sealed_strand import VaultKey
from armlet.allocation.vault import Vault, Writer
from armlet.allocation.worker import Look, Worker, check_slots
from armlet.conduct import commands as c
from armlet.conduct.commands import By
from armlet.conduct.decide import Accepted
from armlet.conduct.door import Door
from armlet.errors import SealBroken
from armlet.ledger import events as e
from armlet.ledger.sealed import ArmAssigned, VaultOpened
from armlet.ledger.stores.file import FileStore
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Protocol, Role

ASKED = datetime(2021, 3, 11, 9, tzinfo=UTC)
ANSWERS: dict[str, str | bool | None] = {
    "sex": "female", "age": "34 a", "asthma": True, "asthma_found": "2018-06-01", "fev1": "2.1 L", "consented": True,
    "asthma_is_steady": True, "body_mass_index": "24.0 kg/m2", "last_attack": "2020-06-01", "cotinine": "3 nmol/L",
    "hiv": "negative", "pregnant": False, "could_become_pregnant": True, "contraception": True,
}  # fmt: skip


class Clock:
    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class Trial:
    """A trial in two files, with people who asked for an allocation."""

    def __init__(self, protocol: Protocol, folder: Path, *people: str, seed: str = "5e" * 32) -> None:
        allocation = protocol.allocation.model_copy(update={"after": ()})
        self.protocol = protocol.model_copy(update={"allocation": allocation})
        self.folder, self.clock = folder, Clock(ASKED)
        opened = VaultOpened(
            trial="breeze", arms=("cells", "imitation"), ratio=(1, 1), method="permuted_blocks", settings={"block": 4},
            seed=seed, simulated=True,
        )  # fmt: skip
        self.vault().write(Writer("Ruth", ASKED), opened)
        self.ask(c.OpenTrial(simulated=True), Role.SPONSOR)
        for who in people:
            self.enters(who)

    def door(self) -> Door:
        return Door(self.protocol, FileStore(self.folder / "open"), self.clock)

    def vault(self) -> Vault:
        return Vault(VaultKey(bytes(32)), self.folder / "sealed")

    def worker(self) -> Worker:
        return Worker(self.door(), self.vault(), self.clock, "Ruth")

    def ask(self, command: c.Command, role: Role = Role.INVESTIGATOR) -> None:
        assert isinstance(self.door().ask(command, By("Ada", role, ASKED)), Accepted), command

    def enters(self, who: str) -> None:
        self.ask(c.Identify(who, "harbour"))
        self.ask(c.GiveConsent(who, "trial_consent", "1"))
        self.ask(c.Screen(who, ANSWERS, ASKED.date()))
        self.ask(c.Enrol(who))
        self.ask(c.RequestRandomisation(who, f"R-{who}"))

    def told(self) -> list[e.Randomised]:
        return [one.event for one in FileStore(self.folder / "open").read() if isinstance(one.event, e.Randomised)]

    def slots(self) -> list[tuple[int, str]]:
        return [(one.slot, one.participant) for one in self.vault().assignments()]


@pytest.fixture(scope="module")
def breeze() -> Protocol:
    return load_protocol(Path(__file__).parents[2] / "spec" / "checks" / "base.yaml")


def test_every_request_is_answered_in_the_order_in_which_it_was_made(breeze: Protocol, tmp_path: Path) -> None:
    trial = Trial(breeze, tmp_path, "P2", "P9", "P1")
    assert trial.worker().look() == Look(("P2", "P9", "P1"), ())
    assert trial.slots() == [(1, "P2"), (2, "P9"), (3, "P1")]
    assert [(one.participant, one.preparation) for one in trial.told()] == [
        ("P2", "PREP-001"), ("P9", "PREP-002"), ("P1", "PREP-003"),
    ]  # fmt: skip
    assert trial.worker().look() == Look((), ())
    assert len(trial.told()) == 3


def test_the_preparation_is_due_so_long_after_the_request_however_late_it_is_answered(
    breeze: Protocol, tmp_path: Path
) -> None:
    """The protocol's five weeks for making it, from 11 March."""
    trial = Trial(breeze, tmp_path, "P1")
    trial.clock.moment += timedelta(days=9)
    trial.worker().look()
    assert [one.due for one in trial.told()] == [date(2021, 4, 15)]


def test_what_is_made_before_it_is_allocated_is_due_on_the_day_of_the_request(breeze: Protocol, tmp_path: Path) -> None:
    late = breeze.model_copy(update={"allocation": breeze.allocation.model_copy(update={"after_release": True})})
    trial = Trial(late, tmp_path)
    trial.ask(c.Identify("P1", "harbour"))
    trial.ask(c.GiveConsent("P1", "trial_consent", "1"))
    trial.ask(c.Screen("P1", ANSWERS, ASKED.date()))
    trial.ask(c.Enrol("P1"))
    trial.ask(c.CertifyProduct("P1", ASKED + timedelta(hours=6)), Role.CELL_LABORATORY)
    trial.ask(c.RequestRandomisation("P1", "R-P1"))
    trial.worker().look()
    assert [one.due for one in trial.told()] == [ASKED.date()]


def test_a_worker_that_stopped_between_vault_and_ledger_is_completed_by_the_next(
    breeze: Protocol, tmp_path: Path
) -> None:
    trial = Trial(breeze, tmp_path, "P1", "P2")
    VaultAllocator(trial.vault(), lambda: Writer("Ruth", ASKED)).allocate("P1", "R-P1")
    assert trial.told() == []
    assert trial.worker().look() == Look(("P1", "P2"), ())
    assert trial.slots() == [(1, "P1"), (2, "P2")]


def test_workers_that_know_less_or_more_of_the_ledger_give_the_same_order(breeze: Protocol, tmp_path: Path) -> None:
    """One saw P1 only; before it writes, another has answered P1 and P2. It finds the slot of P1 and takes none."""
    trial = Trial(breeze, tmp_path, "P1")
    behind, state = trial.vault(), trial.door().state
    trial.enters("P2")
    ahead = trial.worker()
    ahead.look()
    one = state.participants["P1"]
    assert VaultAllocator(behind, lambda: Writer("Ruth", ASKED)).allocate("P1", one.request) == "PREP-001"
    assert trial.slots() == [(1, "P1"), (2, "P2")]


def test_a_vault_that_takes_nothing_leaves_the_requests_standing_until_it_does(
    breeze: Protocol, tmp_path: Path
) -> None:
    trial = Trial(breeze, tmp_path, "P1", "P2")
    worker, away = trial.worker(), tmp_path / "away"
    (tmp_path / "sealed").rename(away)
    look = worker.look()
    assert (look.answered, look.waiting) == ((), ("P1", "P2"))
    assert look.trouble.startswith("FileNotFoundError")
    assert not (tmp_path / "sealed").exists()
    away.rename(tmp_path / "sealed")
    assert worker.look() == Look(("P1", "P2"), ())


def test_an_older_copy_of_the_vault_draws_nothing(breeze: Protocol, tmp_path: Path) -> None:
    trial = Trial(breeze, tmp_path, "P1")
    older = (tmp_path / "sealed").read_bytes()
    trial.worker().look()
    (tmp_path / "sealed").write_bytes(older)
    trial.enters("P2")
    with pytest.raises(SealBroken, match="no slot for P1, whom the ledger says were allocated"):
        trial.worker().look()
    assert trial.slots() == []


def test_a_ledger_that_tells_another_number_than_the_vault_is_a_fault(breeze: Protocol, tmp_path: Path) -> None:
    trial = Trial(breeze, tmp_path, "P1", "P2")
    trial.ask(c.ConfirmRandomisation("P1", "PREP-777", ASKED.date()), Role.RANDOMISATION_STATISTICIAN)
    VaultAllocator(trial.vault(), lambda: Writer("Ruth", ASKED)).allocate("P1", "R-P1")
    with pytest.raises(SealBroken, match="two numbers for the preparation of P1"):
        trial.worker().confirm("P1")
    check_slots(trial.vault(), trial.door().state)


def test_a_slot_that_was_given_before_an_earlier_request_is_noted_in_the_proof(
    breeze: Protocol, tmp_path: Path
) -> None:
    trial = Trial(breeze, tmp_path, "P1", "P2")
    for who in ("P2", "P1"):
        VaultAllocator(trial.vault(), lambda: Writer("Ruth", ASKED)).allocate(who, f"R-{who}")
    breaks, notes = prove(trial.vault(), trial.protocol, trial.door().state)
    assert breaks == ()
    assert notes[-1] == "Slot 1 was not given in the order of the requests: ask for the sheet that was used."


def calls_of_an_answer(trial: Trial) -> tuple[Counter[str], int]:
    """How often each function of the program is called while a request is answered, and the bytes that are written."""
    counted, worker = Counter[str](), trial.worker()
    before = (trial.folder / "sealed").stat().st_size

    def count(frame: FrameType, what: str, _argument: object) -> None:
        code = frame.f_code
        if what == "call" and "/armlet/" in code.co_filename and "<" not in code.co_name:
            counted[code.co_qualname] += 1

    sys.setprofile(count)
    try:
        worker.look()
    finally:
        sys.setprofile(None)
    return counted, (trial.folder / "sealed").stat().st_size - before


def test_the_same_is_done_for_every_arm(breeze: Protocol, tmp_path: Path) -> None:
    """Not how long it took, which no test can hold still, but every function that ran and every byte that was written."""
    found = dict[str, tuple[Counter[str], int]]()
    for number in range(12):
        folder = tmp_path / str(number)
        folder.mkdir()
        trial = Trial(breeze, folder, "P1", seed=f"{number:064x}")
        counted = calls_of_an_answer(trial)
        arm = next(trial.vault().events(ArmAssigned)).arm
        if number > 1:  # what is read once in a process has been read
            assert found.setdefault(arm, counted) == counted
    assert set(found) == {"cells", "imitation"}
    assert found["cells"] == found["imitation"]


def test_a_look_prints_no_arm(breeze: Protocol, tmp_path: Path) -> None:
    trial = Trial(breeze, tmp_path, "P1")
    look = trial.worker().look()
    assert "cells" not in repr(replace(look, trouble="x"))
    assert "imitation" not in repr(look)
