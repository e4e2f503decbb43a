"""The proof at the end: what the vault holds is what was committed to, what the seed draws, and what was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from armlet.allocation.commitment import commit_to
from armlet.allocation.proof import prove
from armlet.conduct.state import TrialState, fold
from armlet.protocol.load import read_protocol
from armlet.simulation.rehearse import Rehearsed, rehearse
from armlet.simulation.scenario import Scenario

BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"
FACTOR = "{id: sex, source: {assumed: {because: a test, confirm: nobody}}, label: sex, measure: sex}"


@pytest.fixture(scope="module")
def lived() -> Rehearsed:
    text = BASE.read_text("utf-8").replace("  after: [brushing]\n", f"  after: [brushing]\n  factors: [{FACTOR}]\n")
    return rehearse(read_protocol(text, BASE.name)[0], Scenario(), "1")


@pytest.fixture
def state(lived: Rehearsed) -> TrialState:
    return fold(lived.store.read())


def broken(lived: Rehearsed, state: TrialState) -> list[str]:
    breaks, _ = prove(lived.vault, lived.protocol, state)
    assert not any(arm in str(one) for one in breaks for arm in ("cells", "imitation"))
    return [str(one) for one in breaks]


def test_a_life_as_it_was_lived_is_proven_and_the_missing_commitment_said(lived: Rehearsed, state: TrialState) -> None:
    breaks, notes = prove(lived.vault, lived.protocol, state)

    assert breaks == ()
    assert notes == ("No commitment was published: nobody can tell that the seed was not chosen later.",)


def test_the_commitment_holds_however_many_have_been_allocated_since(lived: Rehearsed, state: TrialState) -> None:
    seed = bytes.fromhex(lived.vault.opening().seed)
    state.commitment = commit_to("breeze", lived.vault.scheme(), seed, 12)

    assert prove(lived.vault, lived.protocol, state) == ((), ())


@pytest.mark.parametrize("seed", [bytes(32), bytes(range(32))])
def test_another_seed_than_was_committed_to_is_found(lived: Rehearsed, state: TrialState, seed: bytes) -> None:
    state.commitment = commit_to("breeze", lived.vault.scheme(), seed, 12)

    assert broken(lived, state) == [
        "line 1: seed and scheme are not those that were committed to before the first consent"
    ]


def test_a_slot_drawn_for_other_levels_than_were_asked_for_is_found(lived: Rehearsed, state: TrialState) -> None:
    first = lived.vault.assignments()[0]
    state.participants[first.participant].levels = {"sex": "neither"}

    (found,) = broken(lived, state)
    assert found.endswith("slot 1 was drawn for other levels than those of the request")


def test_a_slot_that_answers_no_request_and_one_that_is_missing_are_found(lived: Rehearsed, state: TrialState) -> None:
    first, second = (one.participant for one in lived.vault.assignments()[:2])
    state.participants[first].request = "another"
    state.participants["P99"] = state.participants[second]
    state.participants["P99"].id = "P99"

    found = broken(lived, state)
    assert found[0].endswith("slot 1 answers no request of the ledger")
    assert found[1].endswith("there is no slot for P99, whom the ledger says were allocated")
