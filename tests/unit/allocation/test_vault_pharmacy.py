"""The unblinded pharmacist's work has one shape, whichever arm a preparation is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from armlet.allocation.pharmacy import Batch, Prepared, prepare, reject
from armlet.allocation.sealed_strand import VaultKey
from armlet.allocation.vault import Vault, Writer
from armlet.errors import InputError
from armlet.ledger.sealed import (
    ArmAssigned,
    DosePrepared,
    PreparationCertified,
    PreparationMade,
    ReleaseTested,
    VaultOpened,
)
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Protocol
from armlet.units import Quantity

MOMENT = datetime(2021, 4, 15, 6, tzinfo=UTC)
EXPIRES = datetime(2021, 4, 15, 14, tzinfo=UTC)
WRITER = Writer("the pharmacist", MOMENT)
WEIGHT = Quantity.parse("70.0 kg")
GOOD = Batch(
    "L1001", "P1", Quantity.parse("5.0 10*6/mL"),
    {"viability": "91 %", "sterility": "no growth", "strength": "5.0 10*6/mL"}, EXPIRES,
)  # fmt: skip
ARMS = ("cells", "imitation")


@pytest.fixture(scope="module")
def breeze() -> Protocol:
    return load_protocol(Path(__file__).parents[2] / "spec" / "checks" / "base.yaml")


def vault_for(arm: str) -> Vault:
    vault = Vault(VaultKey(bytes(32)), nonces=lambda seq: seq.to_bytes(12, "big"))
    vault.write(
        WRITER,
        VaultOpened(
            trial="breeze",
            arms=ARMS,
            ratio=(1, 1),
            method="permuted_blocks",
            settings={},
            seed="0" * 64,
            simulated=True,
        ),
        ArmAssigned(participant="P1", request="R1", slot=1, arm=arm, drawn="0", preparation="PREP-001"),
    )
    return vault


def shape(vault: Vault) -> list[tuple[int, int]]:
    """What can be seen of a strand without its key: numbers and sizes."""
    return [(number, len(line)) for number, line in enumerate(vault.as_bytes().splitlines())]


def test_a_preparation_is_computed_tested_and_certified(breeze: Protocol) -> None:
    """1.9 million for 70 kg of 5.0 million per mL are 26.6 mL: 26.5 in steps of 0.5, 1.893 million per kg."""
    vault = vault_for("cells")
    prepared = prepare(vault, WRITER, breeze, "PREP-001", WEIGHT, GOOD)
    assert prepared == Prepared(True, EXPIRES, Quantity(Decimal("26.5"), "mL"), prepared.weights)
    (made,), (dosed,), (certified,) = (
        list(vault.events(PreparationMade)), list(vault.events(DosePrepared)), list(vault.events(PreparationCertified)),
    )  # fmt: skip
    assert (made.content, made.lot, made.donor) == ("product", "L1001", "P1")
    assert (str(dosed.volume), str(dosed.dose)) == ("26.5 mL", "1.893 10*6/kg")
    assert certified.verdict == "pass"
    assert [(test.test, test.value, test.passed) for test in vault.events(ReleaseTested)] == [
        ("viability", "91 %", True), ("sterility", "no growth", True), ("strength", "5.0 10*6/mL", True),
    ]  # fmt: skip


def test_an_imitation_holds_nothing_and_is_tested_for_nothing(breeze: Protocol) -> None:
    vault = vault_for("imitation")
    prepare(vault, WRITER, breeze, "PREP-001", WEIGHT, GOOD)
    made, dosed = next(vault.events(PreparationMade)), next(vault.events(DosePrepared))
    assert (made.content, made.donor, dosed.dose.value) == ("sham", "none", Decimal(0))
    assert (str(dosed.weight), str(dosed.concentration), str(dosed.volume)) == ("70.0 kg", "5.0 10*6/mL", "26.5 mL")
    assert {test.value for test in vault.events(ReleaseTested)} == {"not tested"}


BATCHES: tuple[Batch, ...] = (
    GOOD,
    replace(GOOD, results={"viability": "74.9 %", "sterility": "no growth", "strength": "5 10*6/mL"}),
    replace(GOOD, results={"viability": "91 %", "strength": "5 10*6/mL"}),
    replace(GOOD, results={}),
    replace(GOOD, results={"viability": "91 %", "sterility": "growth", "strength": "9 10*6/mL"}),
    replace(GOOD, concentration=Quantity.parse("3.1 10*6/mL"), lot="L9" * 90),
)


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("work", [prepare, reject])
def test_the_same_batch_has_the_same_outcome_and_the_same_shape_for_both_arms(
    breeze: Protocol, batch: Batch, work: Callable[..., object]
) -> None:
    outcomes, shapes = [], []
    for arm in ARMS:
        vault = vault_for(arm)
        given = (batch,) if work is reject else (WEIGHT, batch)
        outcomes.append(work(vault, WRITER, breeze, "PREP-001", *given))
        shapes.append(shape(vault))
    assert outcomes[0] == outcomes[1]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize(
    ("batch", "is_released"), list(zip(BATCHES, [True, False, True, False, False, True], strict=True))
)
def test_only_what_passes_or_waits_for_what_may_come_later_is_released(
    breeze: Protocol, batch: Batch, is_released: bool
) -> None:
    assert prepare(vault_for("cells"), WRITER, breeze, "PREP-001", WEIGHT, batch).released is is_released


@pytest.mark.parametrize(
    ("change", "weight", "preparation", "rule"),
    [
        ({}, WEIGHT, "PREP-002", "product/no-slot"),
        ({}, Quantity.parse("0 kg"), "PREP-001", "product/dose"),
        ({}, Quantity.parse("70 mL"), "PREP-001", "product/dose"),
        ({"concentration": Quantity.parse("0 10*6/mL")}, WEIGHT, "PREP-001", "product/dose"),
        ({"concentration": Quantity.parse("5 kg")}, WEIGHT, "PREP-001", "product/dose"),
        ({"results": {"viability": "91"}}, WEIGHT, "PREP-001", "product/release-test"),
        ({"lot": "L" * 201}, WEIGHT, "PREP-001", "product/too-long"),
        ({"results": {"viability": "9" * 3000}}, WEIGHT, "PREP-001", "product/too-long"),
        ({"donor": "D" * 3000}, WEIGHT, "PREP-001", "product/too-long"),
        ({"expires": datetime(2021, 4, 15, 14)}, WEIGHT, "PREP-001", "product/no-time-zone"),  # noqa: DTZ001
    ],
)
def test_what_cannot_be_prepared_is_said_alike_for_both_arms_and_nothing_is_written(
    breeze: Protocol, change: dict[str, object], weight: Quantity, preparation: str, rule: str
) -> None:
    said = []
    for arm in ARMS:
        vault = vault_for(arm)
        head = vault.head()
        fields = {name: getattr(GOOD, name) for name in GOOD.__dataclass_fields__}
        with pytest.raises(InputError) as raised:
            prepare(vault, WRITER, breeze, preparation, weight, Batch(**{**fields, **change}))
        assert [issue.rule for issue in raised.value.issues] == [rule]
        assert vault.head() == head
        said.append(str(raised.value))
    assert said[0] == said[1]


def test_a_protocol_without_a_product_has_nothing_to_prepare(breeze: Protocol) -> None:
    bare = breeze.model_copy(update={"products": ()})
    with pytest.raises(InputError, match="has no product to prepare"):
        prepare(vault_for("cells"), WRITER, bare, "PREP-001", WEIGHT, GOOD)


@pytest.mark.parametrize("arm", ARMS)
def test_a_preparation_that_is_written_again_is_answered_again_and_not_doubled(breeze: Protocol, arm: str) -> None:
    vault = vault_for(arm)
    first = prepare(vault, WRITER, breeze, "PREP-001", WEIGHT, GOOD)
    written = vault.head()
    assert prepare(vault, replace(WRITER, at=EXPIRES), breeze, "PREP-001", WEIGHT, GOOD) == first
    assert vault.head().seq == written.seq + 1, "that the arm was read again, and nothing else"
    reject(vault, WRITER, breeze, "PREP-001", GOOD)
    rejected = vault.head()
    reject(vault, WRITER, breeze, "PREP-001", GOOD)
    assert vault.head().seq == rejected.seq + 1
    assert rejected.seq == written.seq + 1 + 1 + 5


@pytest.mark.parametrize("arm", ARMS)
def test_another_batch_or_weight_is_another_preparation_and_so_is_the_first_one_after_it(
    breeze: Protocol, arm: str
) -> None:
    vault = vault_for(arm)
    for weight in ("70.0 kg", "72.0 kg", "70.0 kg"):
        prepare(vault, WRITER, breeze, "PREP-001", Quantity.parse(weight), GOOD)
    assert [str(one.weight) for one in vault.events(DosePrepared)] == ["70.0 kg", "72.0 kg", "70.0 kg"]
