"""What becomes of a record: it is kept with what follows from it, or refused. Pure: no clock, no file, no chance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from armlet.conduct.commands import By
from armlet.issues import Issue
from armlet.laboratory.answer import Accepted, Decision, Refused, refuse
from armlet.laboratory.gate import OpenSide
from armlet.laboratory.roles import check_role
from armlet.laboratory.rules import custody, donors, giving, leftovers, making, monitoring, testing
from armlet.laboratory.rules.people import check_second
from armlet.laboratory.state import Node, ProductState, reach
from armlet.ledger import product_events as p
from armlet.protocol.model import Product, Protocol


def decide(protocol: Protocol, state: ProductState, side: OpenSide, record: p.ProductRecord, by: By) -> Decision:
    """Whether the record is kept. `side` is what the open strand says; nothing is ever written there from here."""
    refusals = [*check_role(record, by.actor, by.role), *_check_opened(protocol, state, record)]
    if refusals:
        return Refused(tuple(refusals))
    product = protocol.products[0]
    issues = [*_check(product, state, side, record, by)]
    missed = _find_near_miss(state, record)
    if missed is not None:
        return Refused((*_say_identity(missed, record), *issues), (missed,))
    return Refused(tuple(issues)) if issues else Accepted((record, *_follow(product, state, record)))


def _check_opened(protocol: Protocol, state: ProductState, record: p.ProductRecord) -> Iterator[Issue]:
    if not protocol.products:
        yield refuse("no-product", protocol.id, "the protocol has no product.", "There is nothing to keep.")
    is_opening = isinstance(record, p.ProductStrandOpened)
    if is_opening and state.trial:
        yield refuse("opened", state.trial, "the product strand was opened already.", "There is nothing to open.")
    elif not is_opening and not state.trial:
        yield refuse("not-opened", protocol.id, "the product strand was never opened.", "Open it first.")
    if isinstance(record, p.ProductStrandOpened) and record.trial != protocol.id:
        yield refuse("other-trial", record.trial, f"the protocol is of {protocol.id}.", "Check the trial.")


def _check(product: Product, state: ProductState, side: OpenSide, record: p.ProductRecord, by: By) -> Iterable[Issue]:
    """The rules of one record."""
    at, actor = by.occurred, by.actor
    match record:
        case p.ProductStrandOpened():
            return ()
        case p.SupplyReceived():
            return donors.check_supply(state, record, at)
        case p.SupplyRecalled():
            return donors.check_supply_known(state, record.supply)
        case (
            p.DonorRegistered()
            | p.DonorConsented()
            | p.DonorConsentWithdrawn()
            | p.DonorScreened()
            | p.DonorTested()
            | p.DonorDetermined()
            | p.DonorReported()
        ):
            return _check_donor(product, state, side, record, actor)
        case p.Collected():
            return donors.check_collected(state, record, actor, at)
        case p.HandedOver():
            return custody.check_handed_over(state, product, record)
        case p.StabilityDecided():
            return custody.check_stability(state, record)
        case p.CollectionReceived():
            return custody.check_received(state, record, actor)
        case p.CultureStarted():
            return making.check_started(state, side, product, record, actor, at)
        case p.CulturePassaged():
            return making.check_passaged(state, product, record, actor, at)
        case p.CultureEnded():
            return making.check_running(state, record.culture)
        case p.LotFilled():
            return making.check_lot_filled(state, product, record, actor, at)
        case p.Repacked():
            return making.check_repacked(state, record, actor, at)
        case p.Relabelled():
            return custody.check_relabelled(state, record, actor)
        case _:
            return _check_later(product, state, side, record, by)


_OfDonor = (
    p.DonorRegistered
    | p.DonorConsented
    | p.DonorConsentWithdrawn
    | p.DonorScreened
    | p.DonorTested
    | p.DonorDetermined
    | p.DonorReported
)


def _check_donor(
    product: Product,
    state: ProductState,
    side: OpenSide,
    record: _OfDonor,
    actor: str,
) -> Iterator[Issue]:
    if isinstance(record, p.DonorRegistered):
        yield from donors.check_registered(state, product, side, record)
        return
    yield from donors.check_donor(state, record.donor)
    if isinstance(record, p.DonorTested):
        yield from check_second(record.donor, actor, record.reviewed_by, "a donor's test result")
    if isinstance(record, p.DonorDetermined) and record.donor in state.donors:
        yield from donors.check_determined(product, state.donors[record.donor], record)
        yield from donors.check_by_rules(product, state, state.donors[record.donor], record, actor)


_Later = (
    p.LotTested
    | p.LotCertified
    | p.ExceptionEvaluated
    | p.ExceptionRequested
    | p.ExceptionExplained
    | p.ExceptionNotified
    | p.PreparationOrdered
    | p.PreparationIssued
    | p.SitePrepared
    | p.BedsideChecked
    | p.ProductInfused
    | p.ProductFailed
    | p.LeftOver
    | p.ContainerDestroyed
    | p.StockCounted
    | p.MonitoringVisitFiled
    | p.RecallClosed
)


def _check_later(product: Product, state: ProductState, side: OpenSide, record: _Later, by: By) -> Iterable[Issue]:
    """The rules from the first test on."""
    at, actor = by.occurred, by.actor
    match record:
        case p.LotTested():
            return testing.check_tested(state, product, record, actor, at)
        case p.LotCertified():
            return testing.check_certified(state, side, product, record, actor, at)
        case p.ExceptionEvaluated() | p.ExceptionRequested() | p.ExceptionExplained() | p.ExceptionNotified():
            return testing.check_exception(state, product, record)
        case p.PreparationOrdered():
            return giving.check_ordered(state, side, record)
        case p.PreparationIssued():
            return giving.check_issued(state, side, product, record, actor, at)
        case p.SitePrepared():
            return giving.check_prepared(state, side, record, actor, at)
        case p.BedsideChecked():
            return giving.check_bedside(state, side, record, at)
        case p.ProductInfused():
            return giving.check_infused(state, side, record, at)
        case p.ProductFailed():
            return giving.check_failed(state, side, product, record)
        case p.LeftOver():
            return leftovers.check_left_over(state, record)
        case p.ContainerDestroyed():
            return leftovers.check_destroyed(state, record, actor)
        case p.StockCounted():
            return leftovers.check_counted(state, record)
        case p.MonitoringVisitFiled():
            return monitoring.check_visit(state, record, at)
        case p.RecallClosed():
            return leftovers.check_recall(state, record)


# --- Near misses ----------------------------------------------------------------------------------------------------


def _find_near_miss(state: ProductState, record: p.ProductRecord) -> p.NearMissRecorded | None:
    """The scan that does not match, at the receipt or at the bedside; None where it does, or there is nothing to match."""
    if isinstance(record, p.BedsideChecked):
        if not giving.find_mismatch(state, record):
            return None
        one = state.preparations[record.preparation]
        scanned = f"{record.wristband} / {record.bag}"[:200]
        expected = f"{one.participant} / {one.id}"
        return p.NearMissRecorded(at="bedside", expected=expected, scanned=scanned, seen_by=record.checked_by)
    if isinstance(record, p.CollectionReceived) and state.find_container(record.container) is not None:
        if custody.does_match(state, record):
            return None
        seen = (record.verified_by,)
        return p.NearMissRecorded(at="receipt", expected=record.container, scanned=record.scanned, seen_by=seen)
    return None


def _say_identity(missed: p.NearMissRecorded, record: p.ProductRecord) -> Iterator[Issue]:
    where = missed.expected if missed.at == "receipt" else missed.expected.rpartition(" / ")[2]
    message = f"scanned {missed.scanned}; expected {missed.expected}. It is kept as a near miss."
    fix = (
        "Stop. Do not give it."
        if isinstance(record, p.BedsideChecked)
        else "Stop. Set it apart and find out whose it is."
    )
    yield refuse("identity", where, message, fix)


# --- What follows ---------------------------------------------------------------------------------------------------


def _follow(product: Product, state: ProductState, record: p.ProductRecord) -> Iterator[p.Consequence]:
    """What the program adds by itself: quarantine, verdicts, certificates that no longer hold, recalls."""
    match record:
        case p.HandedOver():
            said = custody.find_excursion(product, record)
            if said:
                yield p.Quarantined(containers=record.containers, why=f"it was {said}"[:200])
        case p.LotTested():
            yield from _follow_test(product, state, record)
        case p.SupplyRecalled():
            why = f"supply {record.supply}: {record.why}"[:200]
            yield from _open_recalls(state, _lots_from(state, ("supply", record.supply)), why)
        case p.DonorReported():
            why = f"donor {record.donor}: {record.what}"[:200]
            yield from _open_recalls(state, _lots_from(state, ("donor", record.donor)), why)
        case _:
            return


def _follow_test(product: Product, state: ProductState, record: p.LotTested) -> Iterator[p.Consequence]:
    lot = state.lots[record.lot]
    verdict = testing.verdict_of(product, lot, record)
    if verdict != lot.verdict:
        yield p.VerdictReached(lot=lot.id, verdict=verdict, specification=lot.specification)
    if lot.is_certified and verdict == "out of specification" and lot.verdict != verdict:
        why = f"{record.test}: {record.value}"[:200]
        yield p.CertificateSuperseded(lot=lot.id, why=why)
        yield from _open_recalls(state, [lot.id], why)


def _lots_from(state: ProductState, node: Node) -> list[str]:
    return [name for what, name in reach(state.children, node) if what == "lot"]


def _open_recalls(state: ProductState, lots: Iterable[str], why: str) -> Iterator[p.Consequence]:
    for number, lot in enumerate(lots, start=len(state.recalls) + 1):
        yield p.RecallOpened(recall=number, lot=lot, why=why)
        held = tuple(one.id for one in state.containers.values() if one.lot == lot and one.held > 0)
        if held:
            yield p.Quarantined(containers=held, why=why)
