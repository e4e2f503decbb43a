"""Invented people are people: nobody is drawn whose answers could not be typed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from armlet.protocol.load import read_protocol
from armlet.simulation.people import draw_candidate
from armlet.simulation.scenario import Scenario
from armlet.simulation.streams import Streams
from armlet.units import Quantity

NEUTRAL = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"


@pytest.mark.parametrize("screen_failures", [0.0, 1.0])
def test_a_person_drawn_from_a_wide_spread_is_drawn_anew_until_plausible(screen_failures: float) -> None:
    protocol = read_protocol(NEUTRAL.read_text("utf-8"), NEUTRAL.name)[0]
    plain = {
        "people": [{"measure": "age", "normal": [60, 60], "places": 0}],
        "behaviour": {"screen_failures": screen_failures},
    }
    scenario = Scenario.model_validate_json(json.dumps(plain))
    on = date(2026, 1, 5)

    ages = [
        Quantity.parse(str(draw_candidate(protocol, scenario, Streams(str(seed)), "P01", on).answers["age"])).value
        for seed in range(40)
    ]

    assert min(ages) >= 0
    assert max(ages) <= 120
    assert len(set(ages)) > 10
