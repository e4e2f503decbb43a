"""From the order to the bedside: what is issued, prepared, checked and given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from armlet.issues import Issue
from armlet.laboratory.answer import refuse
from armlet.laboratory.gate import OpenSide
from armlet.laboratory.rules.making import check_goes_on
from armlet.laboratory.rules.people import check_pair, check_second
from armlet.laboratory.rules.volumes import (
    check_amount,
    check_balance,
    check_left,
    check_new,
    check_there,
    check_usable,
)
from armlet.laboratory.state import Container, Preparation, ProductState
from armlet.ledger import product_events as p
from armlet.protocol.model import Product

LOT_FOR: Final = {"product": "product", "sham": "vehicle"}
"""From which kind of lot each content is issued."""


def check_ordered(state: ProductState, side: OpenSide, record: p.PreparationOrdered) -> Iterator[Issue]:
    """A number of the open strand, for whom it says, ordered once."""
    if record.preparation in state.preparations:
        yield refuse("ordered", record.preparation, "it was ordered already.", "The order stands.")
    whose = side.preparations.get(record.preparation)
    if whose is None:
        message = "the open strand knows no preparation of this number."
        yield refuse("no-preparation", record.preparation, message, "Check the number.")
    elif whose != record.participant:
        message = f"it is another participant's than {record.participant}."
        yield refuse("other-participant", record.preparation, message, "Check both numbers.")


def check_open_order(state: ProductState, side: OpenSide, preparation: str) -> Iterator[Issue]:
    """It was ordered, not given yet, and the open strand did not cancel it."""
    one = state.preparations.get(preparation)
    if one is None:
        yield refuse("no-preparation", preparation, "no such preparation was ordered.", "Order it first.")
    elif one.given is not None:
        yield refuse("given", preparation, "it was given already.", "It is given once.")
    elif one.failed is not None and one.failed.then == "follow without a dose":
        yield refuse("failed", preparation, "its product failed and it is not given.", "The participant is followed.")
    if preparation in side.cancelled:
        yield refuse("cancelled", preparation, "the open strand cancelled it.", "It is not given any more.")


def check_issued(
    state: ProductState, side: OpenSide, product: Product, record: p.PreparationIssued, actor: str, at: datetime
) -> Iterator[Issue]:
    """A usable container of a certified lot of the right kind, nobody else's; one's own cells go to oneself alone."""
    yield from check_goes_on(side, record.preparation, "nothing is issued")
    yield from check_open_order(state, side, record.preparation)
    yield from check_there(state, record.container)
    yield from check_second(record.preparation, actor, record.verified_by, "issuing")
    one, container = state.preparations.get(record.preparation), state.find_container(record.container)
    if one is None or container is None:
        return
    if one.issued and one.failed is None:
        yield refuse("issued", one.id, f"{one.issued} was issued for it already.", "Record its failure first.")
    if container.preparation:
        message = f"it was issued to {container.preparation}."
        yield refuse("issued", container.id, message, "Each container is for one preparation.")
    if container.held <= 0:
        yield refuse("empty", container.id, "it is empty.", "Issue another.")
    yield from check_usable(container, at)
    yield from _check_lot(state, one, container)
    yield from _check_own_cells(state, product, one, container)


def _check_lot(state: ProductState, one: Preparation, container: Container) -> Iterator[Issue]:
    lot = state.lots.get(container.lot)
    if lot is None or lot.of != LOT_FOR[one.content]:
        message = f"it is not of a {LOT_FOR[one.content]} lot, which the order asks for."
        yield refuse("wrong-content", container.id, message, "Issue what was ordered.")
    elif not lot.is_certified:
        why = f"its certificate was superseded: {lot.superseded}" if lot.superseded else f"{lot.id} is not certified"
        yield refuse("not-certified", container.id, f"{why}.", "Do not issue it.")
    elif lot.exception and lot.exception[1:2] and _asked_for(lot.exception[1]) != one.id:
        message = f"the exception was asked for {_asked_for(lot.exception[1])} alone."
        yield refuse("other-exception", container.id, message, "Do not issue it.")


def _asked_for(step: object) -> str:
    return step.preparation if isinstance(step, p.ExceptionRequested) else ""


def _check_own_cells(state: ProductState, product: Product, one: Preparation, container: Container) -> Iterator[Issue]:
    """One participant's cells can never go to another; this has no override."""
    if product.donor != "participant":
        return
    for donor in state.donors_behind(("container", container.id)):
        if donor.participant != one.participant:
            message = f"it holds cells of {donor.participant}; {one.id} is for {one.participant}."
            yield refuse("identity", container.id, message, "Stop. Do not issue it.")


def check_prepared(
    state: ProductState, side: OpenSide, record: p.SitePrepared, actor: str, at: datetime
) -> Iterator[Issue]:
    """From what was issued for it, with vehicle where it is diluted; nothing lost; seen by two."""
    yield from check_open_order(state, side, record.preparation)
    yield from check_new(state, record.bag)
    yield from check_second(record.preparation, actor, record.verified_by, "preparing")
    yield from check_amount(record.bag, "the volume", record.volume, "mL")
    yield from check_amount(record.bag, "waste", record.wasted, "mL", may_be_none=True)
    yield from check_amount(record.bag, "the weight", record.weight, "kg")
    yield from check_balance(record.bag, [one.volume for one in record.taken], [record.volume, record.wasted])
    if record.expires <= at:
        yield refuse("expired", record.bag, f"it expired at {record.expires.isoformat()}.", "Prepare another.")
    one = state.preparations.get(record.preparation)
    if one is None:
        return
    if one.bag and one.failed is None:
        yield refuse("prepared", one.id, f"{one.bag} was prepared for it already.", "Record its failure first.")
    yield from _check_ingredients(state, one, record, at)


def _check_ingredients(state: ProductState, one: Preparation, record: p.SitePrepared, at: datetime) -> Iterator[Issue]:
    issued = state.find_container(one.issued) if one.issued else None
    if issued is None:
        yield refuse("not-issued", one.id, "nothing was issued for it.", "Issue a container first.")
        return
    found = []
    for portion in record.taken:
        yield from check_left(state, portion.container, portion.volume)
        container = state.find_container(portion.container)
        if container is None:
            continue
        found.append(container.id)
        yield from check_usable(container, at)
        lot = state.lots.get(container.lot)
        is_vehicle = lot is not None and lot.of == "vehicle" and lot.is_certified and not container.preparation
        if container.id != issued.id and not is_vehicle:
            message = f"it is neither {issued.id}, which was issued, nor released vehicle."
            yield refuse("wrong-content", container.id, message, "Use what was issued.")
    if issued.id not in found:
        yield refuse("not-issued", one.id, f"{issued.id}, which was issued, is not in it.", "Use what was issued.")
    if len(set(found)) != len(found):
        yield refuse("container-twice", one.id, "a container is named twice.", "Name each once.")
    if issued.expires is not None and record.expires > issued.expires and record.viability is None:
        message = f"it would outlive {issued.id}, which expires at {issued.expires.isoformat()}."
        yield refuse("expiry", record.bag, message, "Give the earlier expiry, or the viability after preparing.")


def check_bedside(state: ProductState, side: OpenSide, record: p.BedsideChecked, at: datetime) -> Iterator[Issue]:
    """Ready, not expired, seen by two people. That wristband and bag match is looked at apart."""
    yield from check_open_order(state, side, record.preparation)
    yield from check_pair(record.preparation, record.checked_by, "the bedside check")
    one = state.preparations.get(record.preparation)
    if one is None:
        return
    bag = state.find_container(one.at_hand) if one.at_hand else None
    if bag is None:
        yield refuse("not-prepared", one.id, "there is no bag for it.", "Prepare it first.")
        return
    yield from check_usable(bag, at)


def find_mismatch(state: ProductState, record: p.BedsideChecked) -> str:
    """What was scanned and is not this participant's, in words; "" where both match."""
    one = state.preparations.get(record.preparation)
    if one is None:
        return ""
    said = []
    if record.wristband.strip() != one.participant:
        said.append(f"the wristband is {record.wristband}; expected {one.participant}")
    bag, scanned = state.find_container(one.at_hand), state.find_container(record.bag.strip())
    names_it = record.bag.strip() == one.id or (bag is not None and bag is scanned)
    if not names_it:
        said.append(f"the bag is {record.bag}; expected {one.id}")
    return "; ".join(said)


def check_infused(state: ProductState, side: OpenSide, record: p.ProductInfused, at: datetime) -> Iterator[Issue]:
    """Checked at the bedside, no more than there was, over before it expired, and as the open strand says it."""
    one = state.preparations.get(record.preparation)
    if one is None:
        yield refuse("no-preparation", record.preparation, "no such preparation was ordered.", "Order it first.")
        return
    if one.given is not None:
        yield refuse("given", one.id, "it was given already.", "It is given once.")
    if not one.checked:
        yield refuse("not-checked", one.id, "there was no check at the bedside.", "Record the check first.")
    if not record.started < record.stopped <= at:
        yield refuse("times", one.id, "the infusion ends before it starts, or is not over.", "Check the times.")
    yield from check_left(state, one.at_hand or one.id, record.volume)
    if one.expires is not None and record.stopped >= one.expires:
        message = f"it expired at {one.expires.isoformat()}; the infusion ended {record.stopped.isoformat()}."
        yield refuse("expired", one.id, message, "Check the times; if it was given so, record the deviation.")
    told = side.given.get(one.id)
    if told is None:
        yield refuse(
            "not-administered", one.id, "the open strand has no infusion of it.", "It is recorded there first."
        )
    elif _differs(told.started, told.stopped, told.volume, record):
        message = f"the open strand says {told.volume} from {told.started.isoformat()} to {told.stopped.isoformat()}."
        yield refuse("differs", one.id, message, "Record what the open strand says, or have it corrected.")


def _differs(started: datetime, stopped: datetime, volume: object, record: p.ProductInfused) -> bool:
    has_other_volume = volume is not None and str(volume) != str(record.volume)
    return (started, stopped) != (record.started, record.stopped) or has_other_volume


def check_failed(state: ProductState, side: OpenSide, product: Product, record: p.ProductFailed) -> Iterator[Issue]:
    """What is done is what the protocol said before anybody failed; a sham fails only on paper, like a product."""
    yield from check_open_order(state, side, record.preparation)
    planned = product.failure.then if product.failure is not None else ()
    if not planned:
        message = "the protocol does not say what is done when a product fails after allocation."
        yield refuse("no-policy", record.preparation, message, "Say it in the protocol; an arm is never changed.")
    elif record.then not in planned:
        message = f"by the protocol: {', then '.join(planned)}; got {record.then!r}."
        yield refuse("other-policy", record.preparation, message, "Do what was planned.")
