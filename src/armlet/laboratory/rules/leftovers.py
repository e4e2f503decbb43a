"""What is left: kept, sent back, thrown away or destroyed, within what the donor allowed."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.issues import Issue
from armlet.laboratory.answer import refuse
from armlet.laboratory.rules.people import check_pair, check_second
from armlet.laboratory.rules.volumes import check_amount, check_left, check_there
from armlet.laboratory.state import ProductState
from armlet.ledger import product_events as p


def check_left_over(state: ProductState, record: p.LeftOver) -> Iterator[Issue]:
    """So much is there; what is kept of a donor's cells is kept with their consent."""
    yield from check_left(state, record.container, record.volume)
    if record.how == "retained":
        yield from _check_allowed(state, record.container, "retention")


def check_destroyed(state: ProductState, record: p.ContainerDestroyed, actor: str) -> Iterator[Issue]:
    """So much is there, a witness saw it, and the donor's consent covers it."""
    yield from check_left(state, record.container, record.volume)
    yield from check_second(record.container, actor, record.witness, "destruction")
    yield from _check_allowed(state, record.container, "destruction")


def _check_allowed(state: ProductState, mark: str, what: str) -> Iterator[Issue]:
    one = state.find_container(mark)
    if one is None:
        return
    for donor in state.donors_behind(("container", one.id)):
        if donor.consent is not None and what not in donor.consent.allows:
            message = f"the consent of {donor.id} does not cover {what}."
            yield refuse("leftovers-consent", one.id, message, "Do with it what the consent says.")


def check_counted(state: ProductState, record: p.StockCounted) -> Iterator[Issue]:
    """A known container, counted by two people."""
    yield from check_there(state, record.container)
    yield from check_amount(record.container, "the volume", record.volume, "mL", may_be_none=True)
    yield from check_pair(record.container, record.counted_by, "a count of the stock")


def check_recall(state: ProductState, record: p.RecallClosed) -> Iterator[Issue]:
    """A recall that is open."""
    found = state.recalls.get(record.recall)
    where = f"recall {record.recall}"
    if found is None:
        yield refuse("no-recall", where, "there is no such recall.", "Check the number.")
    elif found.closed:
        yield refuse("recall-closed", where, "it was closed already.", "There is nothing to close.")
