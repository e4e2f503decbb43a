"""Donors, supplies, and what is taken from a donor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Final

from armlet.errors import InputError
from armlet.issues import Issue
from armlet.laboratory.answer import refuse
from armlet.laboratory.gate import OpenSide
from armlet.laboratory.rules.people import check_second
from armlet.laboratory.rules.volumes import check_amount, check_new
from armlet.laboratory.state import Donor, ProductState
from armlet.ledger import product_events as p
from armlet.product.donor import Determination, DonorFacts, DonorSample, DonorState, TestResult, determine
from armlet.product.donor_rules import rules_for
from armlet.protocol.model import Product
from armlet.protocol.product import Donors

STRICTEST_FIRST: Final = (
    DonorState.INELIGIBLE,
    DonorState.INCOMPLETE,
    DonorState.NEEDS_RISK_ASSESSMENT,
    DonorState.ELIGIBLE,
    DonorState.NOT_REQUIRED,
)


def check_supply(state: ProductState, record: p.SupplyReceived, at: datetime) -> Iterator[Issue]:
    """A new number, not expired."""
    if record.supply in state.supplies:
        yield refuse("supply-known", record.supply, "there is a supply of this number.", "Give a new number.")
    if record.expires <= at:
        yield refuse("expired", record.supply, f"it expired at {record.expires.isoformat()}.", "Do not use it.")


def check_supply_known(state: ProductState, supply: str) -> Iterator[Issue]:
    """There is such a supply."""
    if supply not in state.supplies:
        yield refuse("no-supply", supply, "no supply has this number.", "Record its receipt first.")


def check_supplies(state: ProductState, supplies: Iterable[str], at: datetime) -> Iterator[Issue]:
    """Every supply is known, not recalled and not expired."""
    for supply in supplies:
        yield from check_supply_known(state, supply)
        if supply in state.recalled:
            yield refuse("supply-recalled", supply, f"it was recalled: {state.recalled[supply]}.", "Use another lot.")
        elif supply in state.supplies and state.supplies[supply].expires <= at:
            expires = state.supplies[supply].expires.isoformat()
            yield refuse("supply-expired", supply, f"it expired at {expires}.", "Use another lot.")


def check_donor(state: ProductState, donor: str) -> Iterator[Issue]:
    """There is such a donor."""
    if donor not in state.donors:
        yield refuse("no-donor", donor, "no donor has this number.", "Register the donor first.")


def check_registered(
    state: ProductState, product: Product, side: OpenSide, record: p.DonorRegistered
) -> Iterator[Issue]:
    """A new donor of the kind that the protocol says: the participant, or another person."""
    if record.donor in state.donors:
        yield refuse("donor-known", record.donor, "there is a donor of this number.", "Give a new number.")
    is_own = record.participant is not None
    if is_own != (product.donor == "participant"):
        message = f"by the protocol the donor is {product.donor!r}."
        yield refuse("donor-kind", record.donor, message, "Say whose cells these are.")
    if is_own and record.participant not in side.participants:
        message = f"{record.participant} is no participant of the trial."
        yield refuse("no-participant", record.donor, message, "Check the number.")
    if is_own and record.participant in {one.participant for one in state.donors.values()}:
        message = f"{record.participant} is a donor already."
        yield refuse("donor-known", record.donor, message, "Use that donor's number.")


def check_determined(product: Product, donor: Donor, record: p.DonorDetermined) -> Iterator[Issue]:
    """That a determination is not required can be said of somebody who gets their own cells, and only with its label."""
    if record.outcome != "not required":
        return
    if product.donor != "participant":
        message = "a donor for somebody else is always determined."
        yield refuse("determination-required", donor.id, message, "Determine the donor.")
    if not record.label:
        message = "the label does not say that it is for the donor alone and that nothing was evaluated."
        yield refuse("no-label", donor.id, message, "Say what the label tells.")


def check_by_rules(
    product: Product, state: ProductState, donor: Donor, record: p.DonorDetermined, actor: str
) -> Iterator[Issue]:
    """Where the protocol names rule sets, the outcome is the strictest of what they say of all that is recorded.

    The label says at least what they ask for. The rules are those of the day of the donor's last donation.
    """
    try:
        found = determine_by_rules(product, state, donor, record.risk_accepted, actor)
    except InputError as problem:
        yield from (refuse("donor-rules", donor.id, issue.message, issue.fix) for issue in problem.issues)
        return
    if product.donors is not None and not found:
        message = "nothing was collected yet, and the rules count from that day."
        yield refuse("not-collected", donor.id, message, "Record the collection first.")
    for strictest in found[:1]:
        if record.outcome != strictest.state.value:
            message = f"by {strictest.rules} the donor is {strictest.state.value}: {'; '.join(strictest.reasons[:3])}."
            yield refuse("determination-differs", donor.id, message, "Record what the rules say, or what is missing.")
    missing = [text for one in found for text in one.labels if text not in record.label]
    if missing:
        message = f"the label lacks {missing[0]!r}."
        yield refuse("label", donor.id, message, "Say all that the rules ask for.")


def determine_by_rules(
    product: Product, state: ProductState, donor: Donor, risk_accepted: bool | None, actor: str
) -> tuple[Determination, ...]:
    """What each rule set of the protocol says of the donor, the strictest first; none before a donation.

    Raises InputError where there is no rule set of that name for the day of the last donation.
    """
    donated = [one.started.date() for one in state.donations.values() if one.donor == donor.id]
    if product.donors is None or not donated:
        return ()
    facts = _facts(product.donors, donor, max(donated), risk_accepted, actor)
    found = [determine(rules_for(name, facts.donated), facts) for name in product.donors.rules]
    return tuple(sorted(found, key=lambda one: STRICTEST_FIRST.index(one.state)))


def _facts(rules: Donors, donor: Donor, donated: date, risk_accepted: bool | None, actor: str) -> DonorFacts:
    taken = [one.history for one in donor.screened if one.history is not None]
    samples = (
        DonorSample(
            one.test, TestResult(one.result), one.sampled, one.kit_licensed,
            one.hours_since_colloid, one.hours_since_crystalloid, one.dilution_adequate,
        )
        for one in donor.tests
    )  # fmt: skip
    return DonorFacts(
        donor.id, donated, rules.tissue, rules.leukocyte_rich, donor.participant,
        {one.part: one.on for one in donor.screened},
        frozenset(finding for history in taken for finding in history) if taken else None,
        tuple(samples), rules.also_tested or (), risk_accepted, actor,
    )  # fmt: skip


def check_consent(donor: Donor) -> Iterator[Issue]:
    """The donor agreed that the cells are used, and still does."""
    if donor.withdrawn:
        yield refuse("donor-withdrew", donor.id, "the donor withdrew.", "Nothing more is collected or grown.")
    elif donor.consent is None:
        yield refuse("donor-consent", donor.id, "the donor has not consented.", "Ask for consent first.")
    elif "use" not in donor.consent.allows:
        yield refuse("donor-consent", donor.id, "the consent does not cover the use of the cells.", "Ask again.")


def check_collected(state: ProductState, record: p.Collected, actor: str, at: datetime) -> Iterator[Issue]:
    """A consenting donor, a new donation and container, two people, times in order."""
    yield from check_donor(state, record.donor)
    if record.donor in state.donors:
        yield from check_consent(state.donors[record.donor])
    if record.donation in state.donations:
        yield refuse("donation-known", record.donation, "this donation was recorded already.", "Check the number.")
    yield from check_new(state, record.container)
    yield from check_amount(record.container, "the volume", record.volume, "mL")
    if record.donor_weight is not None:
        yield from check_amount(record.donor, "the donor's weight", record.donor_weight, "kg")
    yield from check_second(record.donation, actor, record.verified_by, "a collection")
    if not record.started < record.stopped <= at:
        message = f"it started at {record.started.isoformat()} and stopped at {record.stopped.isoformat()}."
        yield refuse("times", record.donation, message, "Check both times; it is recorded when it is over.")
    yield from check_supplies(state, record.supplies, at)
