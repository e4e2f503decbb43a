"""An arm is learnt under a warrant of the open strand, and every reading is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from armlet.allocation.sealed_strand import VaultKey
from armlet.allocation.unblinding import find_warrant, unseal
from armlet.allocation.vault import Vault, Writer
from armlet.derivation.dataset import BlindedDataset
from armlet.errors import ExitCode, RefusedError
from armlet.ledger.entry import Chained, Entry, Head, chain
from armlet.ledger.events import DatabaseLocked, OpenEvent, UnblindingCategory, WarrantGranted
from armlet.ledger.sealed import (
    ArmAssigned,
    ArmRead,
    DosePrepared,
    PreparationMade,
    VaultOpened,
)
from armlet.protocol.model import Role
from armlet.units import Quantity

MOMENT = datetime(2021, 4, 15, 6, tzinfo=UTC)
WRITER = Writer("the allocator", MOMENT)
DATASET = BlindedDataset("breeze", "sha256:0", True, ("P1", "P2"), (), (), {"all_randomised": ("P1", "P2")})
LOCK = DatabaseLocked(entries=9, head="sha256:0", agreed_by=("Dora", "Sam"))


def granted(participant: str | None, warrant: str = "W1") -> WarrantGranted:
    category = UnblindingCategory.EMERGENCY if participant else UnblindingCategory.ANALYSIS
    return WarrantGranted(warrant=warrant, participant=participant, category=category, why="Needed.", to="Cy")


def strand(*events: OpenEvent) -> Sequence[Chained]:
    entries: list[Chained] = []
    head = Head()
    for event in events:
        entry = Entry(
            seq=head.seq + 1, occurred=MOMENT, recorded=MOMENT, actor="Ada", role=Role.DATA_MANAGER, protocol="x",
            event=event, previous=head.digest,
        )  # fmt: skip
        entries.append(chain(entry))
        head = entries[-1].head
    return entries


@pytest.fixture
def vault() -> Vault:
    vault = Vault(VaultKey(bytes(32)), nonces=lambda seq: seq.to_bytes(12, "big"))
    opening = VaultOpened(
        trial="breeze", arms=("cells", "imitation"), ratio=(1, 1), method="permuted_blocks", settings={"block": 4},
        seed="0" * 64, simulated=True,
    )  # fmt: skip
    assigned = [
        ArmAssigned(participant=who, request="R", slot=slot, arm=arm, drawn="0", preparation=f"PREP-{slot:03d}")
        for slot, who, arm in ((1, "P2", "imitation"), (2, "P1", "cells"))
    ]
    made = PreparationMade(preparation="PREP-002", content="product", lot="L7", donor="P1")
    dosed = DosePrepared(
        preparation="PREP-002", weight=Quantity.parse("70 kg"), concentration=Quantity.parse("5 10*6/mL"),
        volume=Quantity.parse("26.5 mL"), dose=Quantity.parse("1.893 10*6/kg"),
    )  # fmt: skip
    vault.write(WRITER, opening, *assigned, made, dosed)
    return vault


def readings(vault: Vault) -> list[tuple[str | None, str, str]]:
    return [(read.participant, read.warrant, read.by) for read in vault.events(ArmRead)]


def test_a_warrant_for_all_after_the_lock_unseals_and_the_reading_is_written(vault: Vault) -> None:
    warrant = find_warrant(strand(LOCK, granted(None)), "W1")
    unblinded = unseal(vault, WRITER, warrant, DATASET)
    assert [(slot.number, slot.participant, slot.arm) for slot in unblinded.slots] == [
        (1, "P2", "imitation"), (2, "P1", "cells"),
    ]  # fmt: skip
    assert (unblinded.allocated(), unblinded.arm_of("P1"), unblinded.arm_of("P9")) == (
        ("imitation", "cells"), "cells", None,
    )  # fmt: skip
    assert (unblinded.lots, str(unblinded.doses["P1"])) == ({"P1": "L7"}, "1.893 10*6/kg")
    assert unblinded.scheme.setting("block", 0) == 4
    assert unblinded.blinded is DATASET
    assert readings(vault) == [(None, "W1", "Cy")]


def test_without_a_warrant_nothing_is_found() -> None:
    for events in ((), (LOCK,), (LOCK, granted(None, "W2"))):
        with pytest.raises(RefusedError, match="no warrant 'W1' was granted") as raised:
            find_warrant(strand(*events), "W1")
        assert raised.value.exit_code is ExitCode.REFUSED


@pytest.mark.parametrize(
    "events",
    [(LOCK, granted("P1")), (granted(None), LOCK), (granted("P1"), LOCK)],
    ids=["for one participant", "granted before the lock", "both"],
)
def test_a_warrant_for_one_or_from_before_the_lock_does_not_unseal(vault: Vault, events: tuple[OpenEvent, ...]) -> None:
    warrant = find_warrant(strand(*events), "W1")
    with pytest.raises(RefusedError, match="does not cover every participant after the lock") as raised:
        unseal(vault, WRITER, warrant, DATASET)
    assert "cells" not in str(raised.value)
    assert readings(vault) == []


@pytest.mark.parametrize("other", [replace(DATASET, trial="storm"), replace(DATASET, simulated=False)])
def test_the_dataset_of_another_trial_is_not_unsealed(vault: Vault, other: BlindedDataset) -> None:
    warrant = find_warrant(strand(LOCK, granted(None)), "W1")
    with pytest.raises(RefusedError, match="unblinding/other-trial"):
        unseal(vault, WRITER, warrant, other)
    assert readings(vault) == []
