"""Dummy arms: drawn anew by the trial's scheme, with a seed that anybody may name, and nothing that tells the true ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from armlet.allocation.dummy import ONE_ARM, draw_dummy_arms, hidden_in_dry_run
from armlet.allocation.scheme import sequence_probability
from armlet.allocation.unblinded import UnblindedDataset
from armlet.derivation.baseline import Change
from armlet.derivation.derived import SEALED, Derived, NotDerived
from armlet.errors import InputError
from armlet.export.package import TrialData, compute, until
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Protocol
from armlet.simulation.rehearse import Rehearsed, rehearse
from armlet.simulation.scenario import Scenario

NEUTRAL = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"


@pytest.fixture(scope="module")
def lived() -> Rehearsed:
    return rehearse(load_protocol(NEUTRAL), Scenario(), "1")


@pytest.fixture(scope="module")
def before(lived: Rehearsed) -> TrialData:
    return until(compute(lived.protocol, tuple(lived.store.read())), lived.before_lock)


def drawn(data: TrialData, seed: str, protocol: Protocol | None = None) -> UnblindedDataset:
    return draw_dummy_arms(protocol or data.protocol, data.state, data.dataset, seed)


def test_everybody_allocated_has_one_slot_in_the_order_of_the_requests(before: TrialData) -> None:
    dummy = drawn(before, "1")
    asked = [name for name in before.state.requests if before.state.participants[name].randomised is not None]
    assert [slot.participant for slot in dummy.slots] == asked
    assert [slot.number for slot in dummy.slots] == list(range(1, len(asked) + 1))
    assert dummy.dummy
    assert (dict(dummy.doses), dict(dummy.lots)) == ({}, {})


def test_the_draws_can_come_from_the_scheme_and_only_a_seed_changes_them(before: TrialData) -> None:
    lists = {seed: drawn(before, seed).allocated() for seed in map(str, range(20))}
    assert drawn(before, "3").allocated() == lists["3"]
    assert len(set(lists.values())) > 5
    scheme = drawn(before, "1").scheme
    for arms in lists.values():
        assert sequence_probability(scheme, [scheme.arms.index(arm) for arm in arms]) > 0


def test_the_vaults_own_seed_does_not_give_the_vaults_own_arms(lived: Rehearsed, before: TrialData) -> None:
    """Over 40 seeds, the true one among them, the dummy arms agree with the true ones no more than by chance."""
    true = {assigned.participant: assigned.arm for assigned in lived.vault.assignments()}
    seeds = [lived.vault.opening().seed, *map(str, range(39))]
    agree = Counter(slot.arm == true[slot.participant] for seed in seeds for slot in drawn(before, seed).slots)
    assert 0.4 < agree[True] / agree.total() < 0.6
    first = drawn(before, seeds[0])
    assert any(slot.arm != true[slot.participant] for slot in first.slots)


def test_what_could_tell_the_arm_is_taken_out_after_baseline(before: TrialData) -> None:
    endpoint = before.protocol.endpoints[0].model_copy(update={"tells_arm": True})
    marked = before.protocol.model_copy(update={"endpoints": (endpoint, *before.protocol.endpoints[1:])})
    shown = drawn(before, "1", marked).blinded
    who = next(name for name in before.dataset.participants
               if isinstance(before.dataset.value(endpoint.id, name, endpoint.visits[-1]), Derived))  # fmt: skip
    late, change = (look(endpoint.id, who, endpoint.visits[-1]) for look in (shown.value, shown.change))
    assert isinstance(late, NotDerived)
    assert late.because == SEALED
    assert isinstance(change, NotDerived)
    assert shown.value(endpoint.id, who, endpoint.baseline) == before.dataset.value(endpoint.id, who, endpoint.baseline)
    other = before.protocol.endpoints[1]
    assert isinstance(shown.change(other.id, who, other.visits[-1]), Change)


def test_with_one_arm_nothing_after_baseline_is_there_because_it_would_be_the_result(before: TrialData) -> None:
    arm = before.protocol.arms[0]
    allocation = before.protocol.allocation.model_copy(update={"method": "single_arm", "ratio": {arm.id: 1}})
    one = before.protocol.model_copy(update={"arms": (arm,), "allocation": allocation})
    dummy = drawn(before, "1", one)
    assert {slot.arm for slot in dummy.slots} == {arm.id}
    for endpoint in one.endpoints:
        hidden = hidden_in_dry_run(one)
        assert all(hidden.hides_endpoint(endpoint.id, visit) for visit in endpoint.visits if visit != endpoint.baseline)
    whys = {item.because for item in dummy.blinded.derived if isinstance(item, NotDerived)}
    assert ONE_ARM in whys
    assert not any(isinstance(item, Change) for item in dummy.blinded.changes)


def test_a_scheme_that_cannot_be_drawn_from_is_refused_with_the_reason(before: TrialData) -> None:
    design = before.protocol.design.model_copy(update={"participants": 2})
    allocation = before.protocol.allocation.model_copy(update={"method": "random_allocation"})
    small = before.protocol.model_copy(update={"design": design, "allocation": allocation})
    with pytest.raises(InputError, match="2 slots"):
        drawn(before, "1", small)
