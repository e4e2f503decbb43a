"""Noninterference: give everybody the other arm, and every byte that a blinded role can get stays the same.

The swap is real: the same draws, over the arms in another order, give each participant another arm, and the trial is
lived again from its first day. Nothing that the scenario assumes of the body depends on the arm here (no effect), since
biology that shows is not a leak of the program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from armlet.allocation.pharmacy import Batch, Prepared
from armlet.allocation.vault import Vault, Writer, replay_draws
from armlet.conduct.commands import Command, ConfirmRandomisation
from armlet.export import tables
from armlet.export.package import compute, until
from armlet.ledger.entry import encode
from armlet.ledger.events import RandomisationRequested
from armlet.ledger.sealed import PreparationMade
from armlet.protocol.hidden import hidden_before_lock
from armlet.protocol.load import load_trial, read_protocol
from armlet.protocol.model import Protocol, Role
from armlet.protocol.prose import render_protocol
from armlet.report.blinded import render_blinded
from armlet.report.content import BlindedContent
from armlet.simulation import rehearse as rehearsal
from armlet.simulation.rehearse import Rehearsed, rehearse
from armlet.simulation.scenario import Guessing, Scenario, load_scenario
from armlet.units import Quantity

ROOT = Path(__file__).parents[2]
TRIAL = ROOT / "trials" / "nct02057211"
NEUTRAL = ROOT / "tests" / "spec" / "checks" / "base.yaml"


FACTORS = """\
  factors:
    - {id: sex, source: {assumed: {because: a test, confirm: nobody}}, label: sex, measure: sex}
    - {id: age_band, source: {assumed: {because: a test, confirm: nobody}}, label: age, measure: age, cuts: [40 a]}
"""


def _with_factors(method: str) -> Protocol:
    """The neutral trial, balanced over two factors."""
    text = NEUTRAL.read_text("utf-8").replace("method: permuted_blocks", f"method: {method}")
    return read_protocol(text.replace("  after: [brushing]\n", f"  after: [brushing]\n{FACTORS}"), NEUTRAL.name)[0]


@lru_cache(maxsize=4)
def _trial(name: str) -> tuple[Protocol, Scenario]:
    if name == "neutral":
        return read_protocol(NEUTRAL.read_text("utf-8"), NEUTRAL.name)[0], Scenario()
    if name in {"permuted_blocks", "minimisation"}:
        return _with_factors(name), Scenario()
    trial = load_trial(TRIAL)
    return trial.protocol, load_scenario(TRIAL).model_copy(update={"effects": {}})


def _live(name: str, seed: str, *, swapped: bool) -> Rehearsed:
    protocol, scenario = _trial(name)
    arms = tuple(arm.id for arm in protocol.arms)
    return rehearse(protocol, scenario, seed, arms=arms[::-1] if swapped else arms)


def blinded_outputs(lived: Rehearsed) -> Mapping[str, bytes]:
    """Every output that a blinded role gets of a trial, before its lock and (for the open strand) after it."""
    data = compute(lived.protocol, tuple(lived.store.read()))
    before = until(data, lived.before_lock)
    page = BlindedContent(before.protocol, before.state, before.dataset, before.observations, before.head, before.as_of)
    texts = {
        "report-blinded.html": render_blinded(page),
        "participants.csv": tables.participants_csv(before),
        "visits.csv": tables.visits_csv(before),
        "results.csv": tables.results_csv(before, blinded=True),
        "endpoints.csv": tables.endpoints_csv(before),
        "adverse_events.csv": tables.adverse_events_csv(before),
        "protocol in words": render_protocol(before.protocol),
        "printed vault": repr(lived.vault),
        "refusals": repr(sorted(lived.refusals.items())),
    }
    strand = b"".join(encode(entry) + b"\n" for entry in data.entries)
    shape = repr([len(line) for line in lived.vault.as_bytes().split(b"\n")])
    return {**{name: text.encode() for name, text in texts.items()}, "open strand": strand, "shape": shape.encode()}


def _arms_given(vault: Vault) -> dict[str, str]:
    return {assigned.participant: assigned.arm for assigned in vault.assignments()}


def _assert_nothing_blinded_differs(name: str, seed: str) -> None:
    lived, swapped = _live(name, seed, swapped=False), _live(name, seed, swapped=True)
    given_before, given_after = _arms_given(lived.vault), _arms_given(swapped.vault)

    assert given_before.keys() == given_after.keys()
    assert all(given_before[who] != given_after[who] for who in given_before)

    outputs, outputs_swapped = blinded_outputs(lived), blinded_outputs(swapped)
    assert [key for key in outputs if outputs[key] != outputs_swapped[key]] == []


def _without_boxes(lived: Rehearsed) -> list[object]:
    """The open strand with the length of each box in its place; digests follow from the boxes and are left out."""
    lines = []
    for one in lived.store.read():
        plain = one.entry.model_dump(mode="json", exclude={"previous"})
        if one.event.kind == "database locked":
            del plain["event"]["head"]
        if "box" in plain["event"]:
            plain["event"]["box"] = len(plain["event"]["box"])
        lines.append(plain)
    return lines


def test_of_an_effect_on_what_could_tell_the_arm_the_open_strand_shows_nothing() -> None:
    """The effect is large, and touches only what the protocol marks; people even guess right."""
    protocol, scenario = _trial("masked")
    arm = protocol.arms[0].id
    models = tuple(one for one in scenario.models if _is_marked(protocol, one.measure))
    strong = scenario.model_copy(
        update={"effects": {arm: 0.9}, "models": models, "guessing": Guessing(does_not_know=0.2, knows=1.0)}
    )
    arms = tuple(one.id for one in protocol.arms)
    lived, swapped = (rehearse(protocol, strong, "1", arms=order) for order in (arms, arms[::-1]))

    boxes, swapped_boxes = (
        [one.event.box for one in trial.store.read() if hasattr(one.event, "box")] for trial in (lived, swapped)
    )
    assert len(boxes) == len(swapped_boxes) > 100
    assert boxes != swapped_boxes
    assert _without_boxes(lived) == _without_boxes(swapped)


def _is_marked(protocol: Protocol, measure: str) -> bool:
    return bool(hidden_before_lock(protocol).measures.get(measure))


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**9).map(str))
def test_a_masked_trial_shows_nobody_blinded_which_arm_anybody_is_in(seed: str) -> None:
    _assert_nothing_blinded_differs("masked", seed)


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**9).map(str))
def test_nor_does_a_trial_that_nobody_tuned_the_program_for(seed: str) -> None:
    _assert_nothing_blinded_differs("neutral", seed)


@pytest.mark.parametrize("method", ["permuted_blocks", "minimisation"])
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**9).map(str))
def test_nor_does_a_trial_whose_arms_are_balanced_over_factors(method: str, seed: str) -> None:
    _assert_nothing_blinded_differs(method, seed)


@pytest.mark.parametrize("method", ["permuted_blocks", "minimisation"])
def test_the_levels_are_in_the_open_strand_and_the_draws_replay_from_the_vault(method: str) -> None:
    lived = _live(method, "1", swapped=False)
    asked = [one.event for one in lived.store.read() if isinstance(one.event, RandomisationRequested)]

    assert len(asked) == len(lived.vault.assignments()) > 8
    assert {frozenset(event.levels or {}) for event in asked} == {frozenset({"sex", "age_band"})}
    assert {level for event in asked for level in (event.levels or {}).values()} <= {
        "female", "male", "below 40 a", "40 a or more",
    }  # fmt: skip
    assert [one.levels for one in lived.vault.assignments()] == [event.levels for event in asked]
    assert replay_draws(lived.vault) == []


def test_a_planted_leak_a_sham_of_constant_volume_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = rehearsal.prepare

    def prepare_sham_in_round_volumes(
        vault: Vault, writer: Writer, protocol: Protocol, preparation: str, weight: Quantity, batch: Batch
    ) -> Prepared:
        made = honest(vault, writer, protocol, preparation, weight, batch)
        contents = [one.content for one in vault.events(PreparationMade) if one.preparation == preparation]
        return made if contents[-1] == "product" else replace(made, volume=Quantity.parse("35 mL"))

    monkeypatch.setattr(rehearsal, "prepare", prepare_sham_in_round_volumes)

    with pytest.raises(AssertionError, match="open strand"):
        _assert_nothing_blinded_differs("masked", "1")


def test_a_planted_leak_an_allocator_that_takes_longer_for_one_arm_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = rehearsal._Rehearsal._ask

    def ask(self: rehearsal._Rehearsal, command: Command, role: Role) -> bool:
        if isinstance(command, ConfirmRandomisation):
            arm = _arms_given(self._vault)[command.participant]
            self._clock.moment += timedelta(minutes=len(arm))
        return honest(self, command, role)

    monkeypatch.setattr(rehearsal._Rehearsal, "_ask", ask)

    with pytest.raises(AssertionError, match="open strand"):
        _assert_nothing_blinded_differs("masked", "1")


def test_the_blinded_roles_of_the_masked_trial_are_those_the_protocol_does_not_unblind() -> None:
    protocol, _ = _trial("masked")

    blinded = {role for role in Role if role not in protocol.blinding.unblinded}

    assert {Role.PARTICIPANT, Role.CARE_PROVIDER, Role.INVESTIGATOR, Role.OUTCOME_ASSESSOR} <= blinded
