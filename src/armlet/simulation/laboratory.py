"""What the cell laboratory hands over in a rehearsal: a batch with its concentration and release tests.

The same is drawn whatever was allocated. Where the scenario says nothing, results are drawn up from the release
specification itself: they just pass, or just do not.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from armlet.allocation.pharmacy import Batch
from armlet.protocol.criteria import Comparison
from armlet.protocol.model import Product, ReleaseTest
from armlet.simulation.scenario import Scenario
from armlet.simulation.streams import Streams, places_for, typed
from armlet.units import Quantity, format_decimal

_LOWER: Final = {Comparison.AT_LEAST, Comparison.MORE}
_STRICT: Final = {Comparison.LESS, Comparison.MORE}
_USUAL_WEIGHT: Final = 70.0
"""Kilograms; only to choose a concentration."""
_STEPS: Final = 200
"""Into so many volume steps the target dose of a usual weight is divided where the scenario says no concentration."""


def make_batch(
    product: Product, scenario: Scenario, streams: Streams, participant: str, expires: datetime, attempt: int
) -> Batch:
    """The batch of one attempt; with the scenario's probability its first releasing test fails."""
    results = {test.id: _result(test, scenario, streams, participant, attempt) for test in product.release}
    releasing = [test for test in product.release if test.releasing]
    if releasing and streams.chance(scenario.behaviour.preparation_fails, participant, "fails", attempt):
        results[releasing[0].id] = _failing(releasing[0])
    donor = participant if product.donor == "participant" else "DONOR-1"
    lot = f"L{1000 + streams.whole(0, 8999, participant, 'lot', attempt)}"
    return Batch(lot, donor, _concentration(product, scenario, streams, participant, attempt), results, expires)


def _concentration(product: Product, scenario: Scenario, streams: Streams, participant: str, attempt: int) -> Quantity:
    mean, sd = scenario.batch.concentration or _default_concentration(product)
    drawn = float(streams.of(participant, "concentration", attempt).normal(mean, sd))
    return Quantity.parse(f"{typed(max(drawn, mean / 10), places_for(mean, 2))} 10*6/mL")


def _default_concentration(product: Product) -> tuple[float, float]:
    """Mean and spread, in 10*6/mL, at which the target dose is a volume of many steps."""
    step = float(product.dose.volume_step.to("mL").value)
    mean = float(product.dose.target.to("10*6/kg").value) * _USUAL_WEIGHT / (_STEPS * step)
    return mean, mean / 20


def _result(test: ReleaseTest, scenario: Scenario, streams: Streams, participant: str, attempt: int) -> str:
    told = scenario.batch.tests.get(test.id)
    if test.limit is None:
        return told if isinstance(told, str) else test.codes[0]
    if not isinstance(told, tuple):
        return _passing(test, test.limit)
    normal = streams.of(participant, "test", test.id, attempt).standard_normal()
    return f"{typed(told[0] + told[1] * float(normal), 1)} {test.limit.unit}"


def _passing(test: ReleaseTest, limit: Quantity) -> str:
    """The limit itself, or a tenth beyond it where the limit does not belong to what passes."""
    aside = (abs(limit.value) / 10 or Decimal(1)) if test.is_ in _STRICT else Decimal(0)
    return f"{format_decimal(limit.value + (aside if test.is_ in _LOWER else -aside))} {limit.unit}"


def _failing(test: ReleaseTest) -> str:
    if test.limit is None:
        return "positive" if "positive" not in test.codes else "not as specified"
    aside = abs(test.limit.value) or Decimal(1)
    return f"{format_decimal(test.limit.value + (-aside if test.is_ in _LOWER else aside))} {test.limit.unit}"
