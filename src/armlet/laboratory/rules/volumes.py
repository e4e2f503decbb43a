"""Volumes: above nothing, never more than is there, and nothing lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from armlet.issues import Issue
from armlet.laboratory.answer import refuse
from armlet.laboratory.state import Container, ProductState, millilitres
from armlet.ledger.product_events import Portion
from armlet.units import Quantity, format_decimal


def check_amount(where: str, what: str, amount: Quantity, unit: str, *, may_be_none: bool = False) -> Iterator[Issue]:
    """A measurable amount of the kind that is meant, above 0 (or 0 where there may be none)."""
    if not amount.measures_same_as(unit):
        yield refuse("unit", where, f"{what} is {amount}; expected a unit such as {unit}.", "Check the unit.")
    elif amount.value < 0 or (amount.value == 0 and not may_be_none):
        least = "0 or more" if may_be_none else "more than 0"
        yield refuse("amount", where, f"{what} is {amount}; expected {least} {unit}.", "Check the value.")


def check_new(state: ProductState, mark: str) -> Iterator[Issue]:
    """No container has the number, or ever had it."""
    if mark in state.containers or mark in state.renamed:
        yield refuse("container-known", mark, "there is a container of this number, or was one.", "Give a new number.")


def check_there(state: ProductState, mark: str) -> Iterator[Issue]:
    """There is such a container."""
    if state.find_container(mark) is None:
        yield refuse("no-container", mark, "no container has this number.", "Check the number.")


def check_usable(one: Container, at: datetime) -> Iterator[Issue]:
    """It was received, is neither quarantined nor rejected, and has not expired; the moment of expiry is expired."""
    if one.quarantined:
        yield refuse("quarantined", one.id, f"it is quarantined: {one.quarantined}.", "Wait for the decision.")
    if one.rejected:
        yield refuse("rejected", one.id, "it was rejected.", "Destroy it; nothing is made from it.")
    if not one.received:
        message = "it was not received by the laboratory, whole and with the right number."
        yield refuse("not-received", one.id, message, "Record its receipt first.")
    if one.expires is not None and one.expires <= at:
        yield refuse("expired", one.id, f"it expired at {one.expires.isoformat()}.", "Use another.")


def check_left(state: ProductState, mark: str, volume: Quantity) -> Iterator[Issue]:
    """So much is there to be taken."""
    yield from (unfit := [*check_there(state, mark), *check_amount(mark, "the volume", volume, "mL")])
    one = state.find_container(mark)
    if unfit or one is None:
        return
    if millilitres(volume) > one.held:
        message = f"{volume} of it; {in_millilitres(one.held)} are there."
        yield refuse("too-much", one.id, message, "Check the volume, and what was taken before.")


def check_taken(state: ProductState, taken: tuple[Portion, ...], at: datetime) -> Iterator[Issue]:
    """Every portion is there and may be used; all are with one party; none is named twice."""
    found: list[Container] = []
    for portion in taken:
        yield from check_left(state, portion.container, portion.volume)
        one = state.find_container(portion.container)
        if one is not None:
            found.append(one)
            yield from check_usable(one, at)
    yield from _check_once([one.id for one in found])
    parties = sorted({one.custodian for one in found})
    if len(parties) > 1:
        message = f"they are with different parties: {', '.join(parties)}."
        yield refuse("two-custodians", found[0].id, message, "Hand them over to one of them first.")


def check_filled(state: ProductState, filled: tuple[Portion, ...]) -> Iterator[Issue]:
    """Each new container has a number of its own and something in it."""
    for portion in filled:
        yield from check_new(state, portion.container)
        yield from check_amount(portion.container, "the volume", portion.volume, "mL")
    yield from _check_once([portion.container for portion in filled])


def _check_once(marks: list[str]) -> Iterator[Issue]:
    for mark in sorted({mark for mark in marks if marks.count(mark) > 1}):
        yield refuse("container-twice", mark, "it is named twice.", "Name each container once.")


def check_balance(where: str, before: list[Quantity], after: list[Quantity]) -> Iterator[Issue]:
    """What goes in comes out; amounts that are no volumes were told already and are passed over."""
    if not all(amount.measures_same_as("mL") for amount in (*before, *after)):
        return
    put_in, came_out = sum(map(millilitres, before), Fraction(0)), sum(map(millilitres, after), Fraction(0))
    if put_in != came_out:
        message = f"{in_millilitres(put_in)} went in and {in_millilitres(came_out)} came out."
        yield refuse("not-conserved", where, message, "Account for every millilitre: filled, tested, wasted.")


def in_millilitres(volume: Fraction) -> str:
    """A number of millilitres in words."""
    return f"{format_decimal((Decimal(volume.numerator) / Decimal(volume.denominator)).normalize())} mL"
