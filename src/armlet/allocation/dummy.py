"""Dummy arms: an allocation drawn anew, so that the analysis can be tried on the trial's own data before the lock.

Nothing here reads the vault or needs one. The draws come from a seed that anybody may name, through another tag than
any real draw, and are made by the method that the protocol names with its default settings: limits and block sizes are
sealed, and so not known here. What could tell the arm is taken out of the dataset before it is given an arm.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from armlet.allocation.scheme import Scheme, check_scheme, plan_slots, scheme_of
from armlet.allocation.stream import draw_next
from armlet.allocation.unblinded import Slot, UnblindedDataset
from armlet.conduct.state import Participant, TrialState
from armlet.derivation.baseline import ChangeOrNot
from armlet.derivation.dataset import BlindedDataset
from armlet.derivation.derived import SEALED, DerivedOrNot, NotDerived
from armlet.errors import InputError
from armlet.issues import has_error
from armlet.protocol.hidden import Hidden, hidden_before_lock
from armlet.protocol.model import Protocol

ONE_ARM: Final = "not shown in a dry run: with one arm it would be the result itself"
_TAG: Final = b"armlet/dry-run/dummy-arms/v1"


def draw_dummy_arms(protocol: Protocol, state: TrialState, dataset: BlindedDataset, seed: str) -> UnblindedDataset:
    """The dataset with an arm that is nobody's, marked as such; the same seed gives the same arms.

    Everybody who was allocated has one slot, in the order of the requests. There are no doses and no lots. Raises
    InputError where the method cannot be used without its sealed settings, or has fewer slots than people.
    """
    people = _in_order(state)
    scheme = plan_slots(scheme_of(protocol), protocol.design.participants).joined_by(*(one.levels for one in people))
    issues = check_scheme(scheme)
    if has_error(issues):
        raise InputError(issues)
    arms = _draw(scheme, len(people), hashlib.sha256(_TAG + f"{protocol.id}\n{seed}".encode()).digest())
    slots = (Slot(number, one.id, arm) for number, (one, arm) in enumerate(zip(people, arms, strict=True), start=1))
    return UnblindedDataset(_without(protocol, dataset), scheme, tuple(slots), doses={}, lots={}, dummy=True)


def hidden_in_dry_run(protocol: Protocol) -> Hidden:
    """What a dry run shows nothing of: what could tell the arm; in a trial of one arm, every endpoint after baseline.

    With one arm the draw changes nothing: the analysis of what is measured would be the result, before the lock.
    """
    if len(protocol.arms) > 1:
        return hidden_before_lock(protocol)
    marked = tuple(one.model_copy(update={"tells_arm": True}) for one in protocol.endpoints)
    return hidden_before_lock(protocol.model_copy(update={"endpoints": marked}))


def _in_order(state: TrialState) -> list[Participant]:
    places = {name: place for place, name in enumerate(state.requests)}
    return sorted(state.randomised(), key=lambda one: places.get(one.id, len(places)))


def _draw(scheme: Scheme, people: int, seed: bytes) -> list[str]:
    history: list[int] = []
    for _ in range(people):
        history.append(draw_next(scheme, history, seed).arm)
    return [scheme.arms[position] for position in history]


def _without(protocol: Protocol, dataset: BlindedDataset) -> BlindedDataset:
    """The dataset without the values that are hidden: in their place stands why."""
    hidden, why = hidden_in_dry_run(protocol), SEALED if len(protocol.arms) > 1 else ONE_ARM

    def shown(item: DerivedOrNot) -> DerivedOrNot:
        return NotDerived(item.endpoint, item.participant, item.visit, why) if is_hidden(item) else item

    def is_hidden(item: DerivedOrNot | ChangeOrNot) -> bool:
        return not isinstance(item, NotDerived) and hidden.hides_endpoint(item.endpoint, item.visit)

    def shown_change(item: ChangeOrNot) -> ChangeOrNot:
        return NotDerived(item.endpoint, item.participant, item.visit, why) if is_hidden(item) else item

    derived, changes = tuple(map(shown, dataset.derived)), tuple(map(shown_change, dataset.changes))
    return replace(dataset, derived=derived, changes=changes)
