"""Allocation early or late: in a trial that allocates late, everybody's product is released before an arm is drawn."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from armlet.allocation.vault import replay_draws
from armlet.conduct import commands as c
from armlet.conduct.door import Door
from armlet.document import Lines
from armlet.ledger.entry import encode
from armlet.ledger.events import Administered, ProductCertified, RandomisationRequested
from armlet.protocol.checks.allocation import METHOD
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Protocol
from armlet.simulation.rehearse import Rehearsed, rehearse
from armlet.simulation.scenario import Batch, Behaviour, Scenario

BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"
DAY = timedelta(days=1)


def late(protocol: Protocol) -> Protocol:
    return protocol.model_copy(update={"allocation": protocol.allocation.model_copy(update={"after_release": True})})


@pytest.fixture
def later(life: Any) -> Any:
    life.protocol = late(life.protocol)
    life.door = Door(life.protocol, life.store, life.door._clock)
    return life


def test_nobody_is_allocated_before_the_product_is_certified(later: Any) -> None:
    later.brushes()

    later.refuses(
        c.RequestRandomisation("P1", "R1"), "product-not-certified", "the participant's product is not certified"
    )


def test_with_a_certified_product_the_allocation_goes_on(later: Any) -> None:
    later.brushes()
    later.does(c.CertifyProduct("P1", later.now + DAY))

    assert len(later.does(c.RequestRandomisation("P1", "R1"))) == 1
    later.refuses(c.CertifyProduct("P1", later.now + DAY), "already-randomised", "an allocation was asked for already")


def test_a_product_that_has_expired_is_nobodys(later: Any) -> None:
    later.brushes()
    later.does(c.CertifyProduct("P1", later.now + DAY))
    later.now += DAY

    later.refuses(
        c.RequestRandomisation("P1", "R1"), "product-expired", "the participant's product expired at 2021-03-11"
    )


def test_a_product_is_not_certified_before_what_it_is_made_from_was_taken(later: Any) -> None:
    later.enrols()

    later.refuses(c.CertifyProduct("P1", later.now + DAY), "not-done-before", "'nasal brushing' is not done")


def test_a_product_is_not_certified_when_it_has_expired(later: Any) -> None:
    later.brushes()

    later.refuses(c.CertifyProduct("P1", later.now), "expired", "it is certified at")


def test_a_moment_without_a_zone_is_refused(later: Any) -> None:
    later.brushes()

    later.refuses(c.CertifyProduct("P1", datetime(2021, 5, 1, 9)), "no-time-zone", "")  # noqa: DTZ001


def test_a_trial_that_allocates_early_certifies_nothing_before(life: Any) -> None:
    life.brushes()

    life.refuses(c.CertifyProduct("P1", life.now + DAY), "not-late", "this trial allocates before the product is made")


def test_a_late_allocation_needs_a_product() -> None:
    protocol = late(load_protocol(BASE)).model_copy(update={"products": ()})

    found = list(METHOD.find(protocol, Lines("base.yaml", {})))

    assert [issue.message for issue in found] == [
        "allocation waits for the release of a product, and the trial has none."
    ]


def rehearsed(*, fails: float = 0.0, swapped: bool = False) -> Rehearsed:
    protocol = late(load_protocol(BASE))
    arms = tuple(arm.id for arm in protocol.arms)
    scenario = Scenario(opens=date(2021, 3, 1), behaviour=Behaviour(preparation_fails=fails), batch=Batch())
    return rehearse(protocol, scenario, "1", arms=arms[::-1] if swapped else arms)


def test_a_rehearsal_allocates_late_and_gives_on_the_same_day() -> None:
    lived = rehearsed()
    events = [one.event for one in lived.store.read()]
    kinds = (ProductCertified, RandomisationRequested, Administered)
    order = [type(event) for event in events if isinstance(event, kinds) and event.participant == "P01"]

    assert sum(isinstance(event, RandomisationRequested) for event in events) == 12
    assert order == [ProductCertified, RandomisationRequested, Administered]
    assert replay_draws(lived.vault) == []


def test_a_product_that_cannot_be_made_costs_no_slot() -> None:
    lived = rehearsed(fails=0.7)
    events = [one.event for one in lived.store.read()]
    certified = {event.participant for event in events if isinstance(event, ProductCertified)}
    enrolled = {event.participant for event in events if event.kind == "enrolled"}

    assert certified < enrolled
    assert [one.participant for one in lived.vault.assignments()] == [
        event.participant for event in events if isinstance(event, RandomisationRequested)
    ]
    assert {one.participant for one in lived.vault.assignments()} == certified


def test_nothing_in_the_open_strand_of_a_late_trial_tells_an_arm() -> None:
    lived, swapped = rehearsed(fails=0.3), rehearsed(fails=0.3, swapped=True)

    assert [encode(one) for one in lived.store.read()] == [encode(one) for one in swapped.store.read()]
    assert [one.arm for one in lived.vault.assignments()] != [one.arm for one in swapped.vault.assignments()]
