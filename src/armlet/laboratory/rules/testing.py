"""Tests, the verdict, the certificate, and what is given out of specification."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Literal

from armlet.issues import Issue
from armlet.laboratory.answer import refuse
from armlet.laboratory.gate import OpenSide
from armlet.laboratory.rules.making import check_goes_on
from armlet.laboratory.rules.people import check_not_among, check_second
from armlet.laboratory.state import Lot, ProductState, add_run
from armlet.ledger import product_events as p
from armlet.product.release import assess_release, judge, results_in_force
from armlet.protocol.model import Product, ReleaseTest
from armlet.units import UnitError

Verdict = Literal["pass", "conditional", "out of specification", "pending"]
MAY_BE_USED: Final = ("eligible", "not required")
STEPS: Final = (p.ExceptionEvaluated, p.ExceptionRequested, p.ExceptionExplained, p.ExceptionNotified)
"""What is given out of specification goes through these, in this order."""
_SAID: Final = (
    "the maker's evaluation",
    "the physician's request",
    "the participant's agreement",
    "the sponsor's notice",
)


def tests_of(product: Product, lot: Lot) -> tuple[ReleaseTest, ...]:
    """The specification that a lot is held against: that of the protocol for cells; a vehicle and a decoy have none."""
    return product.release if lot.of in {"bank", "product"} else ()


def verdict_of(product: Product, lot: Lot, *more: p.LotTested) -> Verdict:
    """What the results amount to, with `more` of them. Raises UnitError for a value that the test cannot have."""
    runs = lot.runs
    for one in more:
        runs = add_run(runs, one)
    tests = tests_of(product, lot)
    found = assess_release(tests, results_in_force(tests, runs).results, product.specification).verdict
    return "out of specification" if found == "fail" else found


def check_lot(state: ProductState, lot: str) -> Iterator[Issue]:
    """There is such a lot."""
    if lot not in state.lots:
        yield refuse("no-lot", lot, "no lot has this number.", "Check the number.")


def check_tested(
    state: ProductState, product: Product, record: p.LotTested, actor: str, at: datetime
) -> Iterator[Issue]:
    """A test of the specification with a value that it can have, reviewed by a second person.

    A test is not repeated until it passes: a second result needs the investigation that found a laboratory error.
    """
    yield from check_lot(state, record.lot)
    yield from check_second(record.lot, actor, record.reviewed_by, "a test result")
    if record.taken > at:
        yield refuse("times", record.lot, "the sample was taken after its result.", "Check both times.")
    lot = state.lots.get(record.lot)
    if lot is None:
        return
    tests = {test.id: test for test in tests_of(product, lot)}
    if record.test not in tests:
        yield refuse("no-test", record.lot, f"{record.test!r} is no test of the specification.", "Check the name.")
        return
    test = tests[record.test]
    try:
        judge(test, record.value)
    except UnitError as problem:
        yield refuse("test-value", record.lot, str(problem), "Write it as the laboratory read it, with its unit.")
        return
    before = results_in_force((test,), [run for run in lot.runs if run.test == test.id]).results.get(test.id)
    if before is not None and judge(test, before) == "fail" and record.investigation is None:
        message = f"{record.test!r} failed already; it is not tested until it passes."
        yield refuse("retest", record.lot, message, "Name the investigation that found a laboratory error.")


def check_certified(
    state: ProductState, side: OpenSide, product: Product, record: p.LotCertified, actor: str, at: datetime
) -> Iterator[Issue]:
    """Passed by its specification, of an eligible donor, by somebody who had no part in making it."""
    yield from check_lot(state, record.lot)
    lot = state.lots.get(record.lot)
    if lot is None:
        return
    yield from check_goes_on(side, record.lot, "no lot is released")
    message = f"{actor} took part in making it."
    fix = "Somebody who did not make it certifies it."
    yield from check_not_among(record.lot, actor, state.people_behind(record.lot), "maker-certifies", message, fix)
    if lot.of == "decoy":
        yield refuse("decoy", record.lot, "a decoy is never released.", "Certify what is given.")
    if lot.is_certified:
        yield refuse("certified", record.lot, f"{lot.certified_by} certified it already.", "The certificate stands.")
    if lot.expires <= at:
        yield refuse("expired", record.lot, f"it expired at {lot.expires.isoformat()}.", "Fill another lot.")
    yield from _check_verdict(product, lot, record)
    for donor in state.donors_behind(("lot", record.lot)):
        outcome = donor.determined.outcome if donor.determined is not None else "not determined"
        if outcome not in MAY_BE_USED:
            message = f"the donor {donor.id} is {outcome}."
            yield refuse("donor-not-eligible", record.lot, message, "Wait for the determination; do not release it.")
    for container in state.containers.values():
        if container.lot == record.lot and container.quarantined:
            yield refuse("quarantined", container.id, f"it is quarantined: {container.quarantined}.", "Decide first.")


def _check_verdict(product: Product, lot: Lot, record: p.LotCertified) -> Iterator[Issue]:
    verdict = verdict_of(product, lot)
    if verdict == "pending":
        yield refuse("tests-pending", lot.id, "results that hold it back are missing.", "Wait for them.")
    if verdict != "out of specification" and record.exception:
        yield refuse("no-exception", lot.id, f"the verdict is {verdict!r}.", "Certify it without an exception.")
    if verdict == "out of specification" and not record.exception:
        message = "it is out of specification."
        yield refuse("out-of-specification", lot.id, message, "Do not release it.")
    if verdict == "out of specification" and record.exception:
        yield from check_enabled(product, lot.id)
        if len(lot.exception) < len(STEPS):
            message = f"{_SAID[len(lot.exception)]} is missing."
            yield refuse("exception-order", lot.id, message, "Record the steps in their order first.")


def check_enabled(product: Product, where: str) -> Iterator[Issue]:
    """The protocol allows it; where it says nothing, it does not."""
    if product.out_of_specification is None:
        message = "the protocol does not allow what is out of specification to be given."
        yield refuse("exceptions-disabled", where, message, "Do not give it.")


def check_exception(
    state: ProductState,
    product: Product,
    record: p.ExceptionEvaluated | p.ExceptionRequested | p.ExceptionExplained | p.ExceptionNotified,
) -> Iterator[Issue]:
    """The next step, in order, about a lot that is out of specification; the physician is none of its makers."""
    yield from check_lot(state, record.lot)
    yield from check_enabled(product, record.lot)
    lot = state.lots.get(record.lot)
    if lot is None:
        return
    if verdict_of(product, lot) != "out of specification":
        yield refuse("no-exception", record.lot, "it is not out of specification.", "Nothing is to be excepted.")
    done = len(lot.exception)
    if done == len(STEPS) or not isinstance(record, STEPS[done]):
        expected = _SAID[done] if done < len(STEPS) else "nothing more"
        yield refuse("exception-order", record.lot, f"next comes {expected}.", "Record the steps in their order.")
    if isinstance(record, p.ExceptionRequested):
        message = f"{record.physician} took part in making it."
        fix = "The physician who asks for it is none of its makers."
        makers = state.people_behind(record.lot)
        yield from check_not_among(record.lot, record.physician, makers, "maker-asks", message, fix)
        if record.preparation not in state.preparations:
            yield refuse("no-preparation", record.preparation, "no such preparation was ordered.", "Check the number.")
