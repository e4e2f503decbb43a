"""Accountability: what came in went somewhere, container by container and preparation by preparation, or the books say so.

Computed from the entries alone, by double entry, and not from the amounts that the state keeps: so each holds the other to
account. Where two people counted the stock, what they found is what the books are held against.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from armlet.laboratory.state import ProductState, millilitres
from armlet.laboratory.strand import ProductEntry
from armlet.ledger import product_events as p

Posting = tuple[str, str, Fraction]
"""A container, the account that the amount came from or went to, and the millilitres; below 0 for what left."""
LEFTOVERS = ("residual", "wasted", "retained", "returned", "destroyed")


@dataclass(slots=True)
class Account:
    """One container: what came in, what left by account, what two people counted last (None: nobody did)."""

    container: str
    received: Fraction = Fraction(0)
    left: dict[str, Fraction] = field(default_factory=dict)
    counted: Fraction | None = None
    at_count: Fraction = Fraction(0)

    @property
    def by_the_books(self) -> Fraction:
        """What should be there."""
        return self.received - sum(self.left.values(), Fraction(0))

    @property
    def balance(self) -> Fraction:
        """What is missing (above 0) or too much (below 0) by the last count; 0 where it agrees or nobody counted."""
        return Fraction(0) if self.counted is None else self.at_count - self.counted


@dataclass(frozen=True, slots=True)
class OfPreparation:
    """What was made up for one preparation number, and where it went; the same lines for a sham."""

    preparation: str
    received: Fraction
    given: Fraction
    left: dict[str, Fraction]
    held: Fraction

    @property
    def balance(self) -> Fraction:
        """Received less given, left and held: 0, or something is not accounted for."""
        return self.received - self.given - sum(self.left.values(), Fraction(0)) - self.held


@dataclass(frozen=True, slots=True)
class Accountability:
    """Every container and every preparation; whether all of it balances, and what is still to be accounted for."""

    accounts: tuple[Account, ...]
    preparations: tuple[OfPreparation, ...]
    disagreements: tuple[str, ...]
    """Where the books and the state keep different amounts: a fault of the program, never of people."""

    @property
    def balances(self) -> bool:
        """Whether nothing is missing and nothing too much."""
        parts = [*(one.balance for one in self.accounts), *(one.balance for one in self.preparations)]
        return not any(parts) and not self.disagreements

    @property
    def open(self) -> tuple[str, ...]:
        """Containers with something in them: to be used, kept, returned or destroyed before the trial is closed."""
        return tuple(one.container for one in self.accounts if one.by_the_books > 0)


def account(state: ProductState, entries: Sequence[ProductEntry]) -> Accountability:
    """The books of the whole trial."""
    books: dict[str, Account] = {}
    renamed: dict[str, str] = {}
    bags: dict[str, str] = {}
    for entry in entries:
        _keep(books, renamed, bags, entry.event)
    told = {one.id: one.held for one in state.containers.values()}
    kept = {name: one.by_the_books for name, one in books.items()}
    disagreements = tuple(sorted(name for name in told.keys() | kept.keys() if told.get(name) != kept.get(name)))
    preparations = tuple(_of_preparation(state, books, one) for one in state.preparations)
    return Accountability(tuple(books.values()), preparations, disagreements)


def _keep(books: dict[str, Account], renamed: dict[str, str], bags: dict[str, str], event: p.ProductEvent) -> None:
    """Posts one event; `bags` has the container that goes to the bedside for each preparation."""
    if isinstance(event, p.PreparationIssued):
        bags[event.preparation] = event.container
    elif isinstance(event, p.SitePrepared):
        bags[event.preparation] = event.bag
    if isinstance(event, p.Relabelled):
        old = _now(renamed, event.container)
        renamed[old] = event.new
        books[event.new] = books.pop(old)
        books[event.new].container = event.new
    elif isinstance(event, p.StockCounted):
        one = books[_now(renamed, event.container)]
        one.counted, one.at_count = millilitres(event.volume), one.by_the_books
    for mark, what, amount in _postings(event, bags):
        name = _now(renamed, mark)
        if amount > 0:
            books[name] = Account(name, received=amount)
        else:
            one = books[name]
            one.left[what] = one.left.get(what, Fraction(0)) - amount


def _now(renamed: dict[str, str], mark: str) -> str:
    while mark in renamed:
        mark = renamed[mark]
    return mark


def _postings(event: p.ProductEvent, bags: dict[str, str]) -> Iterator[Posting]:
    """What an event moves."""
    match event:
        case p.Collected():
            yield event.container, "collected", millilitres(event.volume)
        case p.CultureStarted():
            yield from ((one.container, "cultured", -millilitres(one.volume)) for one in event.taken)
        case p.LotFilled():
            yield from ((one.container, "filled", millilitres(one.volume)) for one in event.containers)
        case p.Repacked():
            yield from ((one.container, "repacked", -millilitres(one.volume)) for one in event.taken)
            yield from ((one.container, "repacked", millilitres(one.volume)) for one in event.into)
        case p.SitePrepared():
            yield from ((one.container, "prepared", -millilitres(one.volume)) for one in event.taken)
            yield event.bag, "prepared", millilitres(event.volume)
        case p.ProductInfused():
            yield bags[event.preparation], "given", -millilitres(event.volume)
        case p.LeftOver():
            yield event.container, event.how, -millilitres(event.volume)
        case p.ContainerDestroyed():
            yield event.container, "destroyed", -millilitres(event.volume)
        case _:
            return


def _of_preparation(state: ProductState, books: dict[str, Account], preparation: str) -> OfPreparation:
    """The bag at the bedside (or what was issued, where nothing is prepared) and what became of it."""
    one = state.preparations[preparation]
    bag = state.find_container(one.at_hand) if one.at_hand else None
    given = millilitres(one.given.volume) if one.given is not None else Fraction(0)
    if bag is None:
        return OfPreparation(preparation, Fraction(0), given, {}, Fraction(0))
    mine = books[bag.id]
    left = {name: amount for name, amount in mine.left.items() if name != "given"}
    return OfPreparation(preparation, mine.received, given, left, bag.held)
