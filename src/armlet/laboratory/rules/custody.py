"""Custody: each container is with exactly one party, and goes from hand to hand with both named."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.issues import Issue
from armlet.laboratory.answer import refuse
from armlet.laboratory.rules.people import check_second
from armlet.laboratory.rules.volumes import check_new, check_there
from armlet.laboratory.state import ProductState
from armlet.ledger import product_events as p
from armlet.protocol.model import Product


def check_handed_over(state: ProductState, product: Product, record: p.HandedOver) -> Iterator[Issue]:
    """Whoever gives it has it, and takes part in it with somebody else."""
    where = record.containers[0]
    yield from check_second(where, record.given_by, record.taken_by, "a hand-over")
    if record.from_party == record.to_party:
        yield refuse("same-party", where, f"it is with {record.to_party} already.", "Name who gets it.")
    if len(set(record.containers)) != len(record.containers):
        yield refuse("container-twice", where, "a container is named twice.", "Name each once.")
    for mark in record.containers:
        yield from check_there(state, mark)
        one = state.find_container(mark)
        if one is not None and one.custodian != record.from_party:
            message = f"it is with {one.custodian}; {record.from_party} cannot hand it over."
            yield refuse("not-custodian", one.id, message, "Record the hand-over that is missing.")
    if record.storage is not None and record.storage not in {one.id for one in product.storage or ()}:
        message = f"the protocol has no storage {record.storage!r}."
        yield refuse("no-storage", where, message, "Name one of the protocol's.")
    for reading in (record.coldest, record.warmest):
        if reading is not None and not reading.measures_same_as("Cel"):
            yield refuse("unit", where, f"a temperature of {reading}; expected Cel.", "Check the unit.")


def find_excursion(product: Product, record: p.HandedOver) -> str:
    """How the temperatures left the protocol's range for that storage, in words; "" where they did not, or none is said."""
    said = []
    for storage in product.storage or ():
        if storage.id != record.storage:
            continue
        coldest, warmest = record.coldest, record.warmest
        if storage.lowest is not None and coldest is not None and coldest.compare(storage.lowest) < 0:
            said.append(f"as cold as {coldest}, the lowest is {storage.lowest}")
        if storage.highest is not None and warmest is not None and warmest.compare(storage.highest) > 0:
            said.append(f"as warm as {warmest}, the highest is {storage.highest}")
    return "; ".join(said)


def check_stability(state: ProductState, record: p.StabilityDecided) -> Iterator[Issue]:
    """A decision is about what is quarantined."""
    for mark in record.containers:
        yield from check_there(state, mark)
        one = state.find_container(mark)
        if one is not None and not one.quarantined:
            yield refuse("not-quarantined", one.id, "it is not quarantined.", "There is nothing to decide.")


def check_received(state: ProductState, record: p.CollectionReceived, actor: str) -> Iterator[Issue]:
    """A collection that is not received yet, seen by two people, whole. That the number matches is looked at apart."""
    yield from check_there(state, record.container)
    one = state.find_container(record.container)
    if one is None:
        return
    if one.received:
        yield refuse("received", one.id, "it was received already.", "There is nothing to record.")
    yield from check_second(one.id, actor, record.verified_by, "a receipt")
    if not record.intact:
        message = "it did not arrive whole."
        yield refuse("not-intact", one.id, message, "Do not use it; reject or destroy it, and collect again.")


def does_match(state: ProductState, record: p.CollectionReceived) -> bool:
    """Whether the number that was scanned is that of the container or of its donation (flags are no part of it)."""
    one = state.find_container(record.container)
    scanned = record.scanned.strip().removeprefix("=")
    return one is not None and (scanned == one.id or (bool(one.donation) and scanned[:13] == one.donation))


def check_relabelled(state: ProductState, record: p.Relabelled, actor: str) -> Iterator[Issue]:
    """A known container, a number that nobody had, two people."""
    yield from check_there(state, record.container)
    yield from check_new(state, record.new)
    yield from check_second(record.container, actor, record.verified_by, "a new label")
