"""The unblinded pharmacist's work: making, testing, dosing and releasing a preparation, in one shape for every arm.

What goes in (a concentration, test results, a lot number from the common series) is the same whether the participant
was allocated the product or its imitation, and so is what comes out. Only the sealed strand knows which it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from armlet.allocation.vault import Vault, VaultMoved, Writer
from armlet.errors import InputError
from armlet.issues import Issue, error
from armlet.ledger.sealed import (
    ArmAssigned,
    ArmRead,
    DosePrepared,
    PreparationCertified,
    PreparationMade,
    ReleaseTested,
)
from armlet.product.dose import DrawnDose, compute_dose, weights_for
from armlet.product.release import Release, assess_release
from armlet.protocol.model import Product, Protocol
from armlet.units import Quantity, UnitError

_OfPreparation = PreparationMade | ReleaseTested | DosePrepared | PreparationCertified
LONGEST_TEXT: Final = 200
"""Characters of a lot, a donor or a result, so that each fits its envelope whichever arm it is for."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What the cell laboratory hands over for one preparation: lot, donor, concentration, results, expiry."""

    lot: str
    donor: str
    concentration: Quantity
    results: Mapping[str, str]
    expires: datetime


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the blinded side may know: whether it is released, until when, which volume, and for which weights."""

    released: bool
    expires: datetime
    volume: Quantity
    weights: tuple[Quantity, Quantity]


def prepare(
    vault: Vault, writer: Writer, protocol: Protocol, preparation: str, weight: Quantity, batch: Batch
) -> Prepared:
    """Writes the preparation into the vault and answers what the blinded side may know.

    The same asked again, with nothing else of this preparation in between, is answered again and not written twice.
    Raises InputError where no volume gives a dose inside the limits, the preparation has no slot, or the batch cannot
    be read; all of this is looked at before anybody knows which arm it is for.
    """
    product = _product(protocol)
    release = _assess_batch(product, preparation, batch)
    drawn = compute_dose(product.dose, weight, batch.concentration)
    if isinstance(drawn, Issue):
        raise InputError([drawn])
    vault.look_again()
    slot = _slot_of(vault, preparation)
    is_product = is_product_arm(protocol, slot.arm)
    vault.note(writer, _read_of(slot, writer))
    _write(vault, writer, product, preparation, weight, batch, drawn, release, is_product=is_product)
    weights = weights_for(product.dose, batch.concentration, drawn.volume)
    return Prepared(release.verdict in {"pass", "conditional"}, batch.expires, drawn.volume, weights)


def _product(protocol: Protocol) -> Product:
    if not protocol.products:
        message = "the protocol has no product to prepare."
        raise InputError([error("product/none", protocol.id, message, "Release the preparation without a dose.")])
    return protocol.products[0]


def _assess_batch(product: Product, preparation: str, batch: Batch) -> Release:
    texts = (batch.lot, batch.donor, *batch.results.values())
    if max(map(len, texts)) > LONGEST_TEXT:
        message = f"a text of the batch is longer than {LONGEST_TEXT} characters."
        raise InputError([error("product/too-long", preparation, message, "Shorten it.")])
    if batch.expires.utcoffset() is None:
        message = f"the expiry {batch.expires.isoformat()} has no time zone."
        raise InputError([error("product/no-time-zone", preparation, message, "Say in which zone it was so late.")])
    try:
        return assess_release(product.release, batch.results)
    except UnitError as problem:
        raise InputError([error("product/release-test", preparation, str(problem), "Check the result.")]) from None


def _slot_of(vault: Vault, preparation: str) -> ArmAssigned:
    for assigned in vault.assignments():
        if assigned.preparation == preparation:
            return assigned
    raise InputError([error("product/no-slot", preparation, "no slot has this preparation.", "Check the number.")])


def _read_of(slot: ArmAssigned, writer: Writer) -> ArmRead:
    """Whoever prepares learns the arm of their own lot on that day; the open strand tells of it as the release."""
    return ArmRead(participant=slot.participant, warrant=f"preparation {slot.preparation}", by=writer.actor)


def is_product_arm(protocol: Protocol, arm: str) -> bool:
    """Whether the arm gets the product itself, and not its imitation."""
    given = {intervention.id: intervention for intervention in protocol.interventions}
    return any(given[name].product and not given[name].sham for name in protocol.arm(arm).interventions)


def _write(
    vault: Vault,
    writer: Writer,
    product: Product,
    preparation: str,
    weight: Quantity,
    batch: Batch,
    drawn: DrawnDose,
    release: Release,
    *,
    is_product: bool,
) -> None:
    made, tests = _made_and_tested(product, preparation, batch, release, is_product=is_product)
    dosed = DosePrepared(
        preparation=preparation,
        weight=weight,
        concentration=batch.concentration,
        volume=drawn.volume,
        dose=drawn.per_weight if is_product else Quantity(drawn.per_weight.value * 0, drawn.per_weight.unit),
    )
    certified = PreparationCertified(
        preparation=preparation,
        verdict="pass" if release.verdict in {"pass", "conditional"} else "fail",
        expires=batch.expires,
    )
    _write_once(vault, writer, preparation, (made, *tests, dosed, certified))


def _write_once(vault: Vault, writer: Writer, preparation: str, events: tuple[_OfPreparation, ...]) -> None:
    """Writes what was made of a preparation, unless it is what the vault heard of it last: that is a retry."""
    while _latest(vault, preparation) != events:
        try:
            vault.write(writer, *events)
        except VaultMoved:
            vault.look_again()


def _latest(vault: Vault, preparation: str) -> tuple[_OfPreparation, ...]:
    """What was written of a preparation from the last time that it was made."""
    latest: list[_OfPreparation] = []
    for event in vault.every_event():
        if isinstance(event, _OfPreparation) and event.preparation == preparation:
            latest = [event] if isinstance(event, PreparationMade) else [*latest, event]
    return tuple(latest)


def _made_and_tested(
    product: Product, preparation: str, batch: Batch, release: Release, *, is_product: bool
) -> tuple[PreparationMade, list[ReleaseTested]]:
    made = PreparationMade(
        preparation=preparation,
        content="product" if is_product else "sham",
        lot=batch.lot,
        donor=batch.donor if is_product else "none",
    )
    tests = [
        ReleaseTested(
            preparation=preparation,
            test=test.id,
            value=batch.results.get(test.id, "") if is_product else "not tested",
            unit=test.unit or "",
            passed=release.tests[test.id] == "pass" if is_product else True,
        )
        for test in product.release
    ]
    return made, tests


def reject(vault: Vault, writer: Writer, protocol: Protocol, preparation: str, batch: Batch) -> None:
    """Writes a preparation that was not released. For an imitation this is the decoy that keeps the dates alike.

    A retry is not written twice, as with `prepare`.
    """
    product = _product(protocol)
    release = _assess_batch(product, preparation, batch)
    vault.look_again()
    slot = _slot_of(vault, preparation)
    is_product = is_product_arm(protocol, slot.arm)
    made, tests = _made_and_tested(product, preparation, batch, release, is_product=is_product)
    certified = PreparationCertified(preparation=preparation, verdict="fail", expires=batch.expires)
    vault.note(writer, _read_of(slot, writer))
    _write_once(vault, writer, preparation, (made, *tests, certified))
