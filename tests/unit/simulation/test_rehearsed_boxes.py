"""What a rehearsal locks its boxes with: the same again for the same life, and never shared by two lives."""

from __future__ import annotations

from pathlib import Path

from armlet.ledger import events as e
from armlet.protocol.load import load_protocol
from armlet.simulation.rehearse import rehearse
from armlet.simulation.scenario import Scenario

BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"


def boxes(scenario: Scenario) -> list[str]:
    entries = rehearse(load_protocol(BASE), scenario, "one seed").store.read()
    return [one.event.box for one in entries if isinstance(one.event, e.GuessGiven | e.ResultSealed)]


def keys(scenario: Scenario) -> list[str]:
    entries = rehearse(load_protocol(BASE), scenario, "one seed").store.read()
    return [one.event.key for one in entries if isinstance(one.event, e.SealingKeyPublished)]


def test_two_lives_of_one_seed_share_no_box_and_no_key() -> None:
    """Laid side by side they would show which boxes hold the same: those of the arm without an effect."""
    told, other = Scenario(), Scenario(says="Another life.")
    assert len(boxes(told)) > 10
    assert boxes(told) == boxes(told)
    assert not set(boxes(told)) & set(boxes(other))
    assert keys(told) != keys(other)
