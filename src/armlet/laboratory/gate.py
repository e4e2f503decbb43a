"""Between the two sides: what the product's door may know of the open strand, and what the open side is told.

The open side asks only whether a preparation number is ready, until when and in which volume. The answer has one shape
whether the bag holds cells or a sham.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from armlet.conduct.state import Phase, TrialState
from armlet.laboratory.state import ProductState
from armlet.ledger.events import Administered
from armlet.units import Quantity


@dataclass(frozen=True, slots=True)
class OpenSide:
    """What the product's rules need of the open strand: whether the trial goes on, whose a number is, what was given."""

    trial: str
    phase: Phase = Phase.RECRUITING
    participants: frozenset[str] = frozenset()
    preparations: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, Administered] = field(default_factory=dict)
    cancelled: frozenset[str] = frozenset()

    @classmethod
    def of(cls, state: TrialState) -> OpenSide:
        """What the state of the open strand says."""
        people = [one for one in state.participants.values() if one.preparation]
        given = {one.preparation: one.administered for one in people if one.administered is not None}
        cancelled = frozenset(one.preparation for one in people if one.cancelled is not None)
        return cls(state.trial, state.phase, frozenset(state.participants), dict(state.preparations), given, cancelled)

    @property
    def goes_on(self) -> bool:
        """Whether cultures may be started and lots released: not while the trial is suspended, nor after it ended."""
        return self.phase is Phase.RECRUITING


@dataclass(frozen=True, slots=True)
class Readiness:
    """What the blinded side may be told of a preparation: whether it is ready, until when, and its volume."""

    ready: bool
    expires: datetime | None = None
    volume: Quantity | None = None


def tell_readiness(state: ProductState, preparation: str, at: datetime) -> Readiness:
    """Whether a preparation may be released; everything that is amiss, and a number nobody knows, is the same "no"."""
    one = state.preparations.get(preparation)
    if one is None or one.failed is not None or one.given is not None or one.volume is None or one.expires is None:
        return Readiness(ready=False)
    bag, issued = state.find_container(one.at_hand), state.find_container(one.issued)
    if bag is None or issued is None or bag.quarantined or bag.rejected or one.expires <= at:
        return Readiness(ready=False)
    if not state.lots[issued.lot].is_certified:
        return Readiness(ready=False)
    return Readiness(ready=True, expires=one.expires, volume=one.volume)
