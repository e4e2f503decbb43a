"""The product held against the open strand: every preparation on both sides, its holder and its end; and the books.

For those who hold the product's key: what differs here may tell an arm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from armlet.conduct.state import TrialState
from armlet.laboratory.accountability import account
from armlet.laboratory.rules.volumes import in_millilitres
from armlet.laboratory.state import ProductState
from armlet.laboratory.strand import ProductEntry
from armlet.projections.reconciliation import Pair, Side, hold


def reconcile_product(product: ProductState, entries: Sequence[ProductEntry], state: TrialState) -> tuple[Pair, Pair]:
    """Preparations of both strands, and what the books and the counts of the stock say."""
    left, right = (
        Side("by the open strand", len(state.preparations)),
        Side("by the product strand", len(product.preparations)),
    )
    preparations = hold("preparations and the product", left, right, _preparations(product, state))
    books = account(product, entries)
    counted = sum(one.counted is not None for one in books.accounts)
    amiss = [
        (one.container, f"{in_millilitres(one.balance)} are not accounted for") for one in books.accounts if one.balance
    ]
    amiss += [
        (one.preparation, f"{in_millilitres(one.balance)} are not accounted for")
        for one in books.preparations
        if one.balance
    ]
    amiss += [(name, "the books and the state disagree") for name in books.disagreements]
    there = Side("containers in the books", len(books.accounts))
    return preparations, hold("the books and the stock", there, Side("of them counted", counted), amiss)


def _preparations(product: ProductState, state: TrialState) -> Iterator[tuple[str, str]]:
    for name in sorted(product.preparations.keys() - state.preparations.keys()):
        yield name, "is in the product strand, and nobody has this number"
    for name, participant in sorted(state.preparations.items()):
        person, made = state.participants[participant], product.preparations.get(name)
        if made is None:
            if person.administered is not None:
                yield name, "was given, and the product strand never heard of it"
            continue
        if made.participant != participant:
            yield name, f"is for {participant} by the open strand, for {made.participant} by the product strand"
        if (made.given is not None) is not (person.administered is not None):
            sides = ("product", "open") if made.given is not None else ("open", "product")
            yield name, f"was given by the {sides[0]} strand, and not by the {sides[1]} strand"
