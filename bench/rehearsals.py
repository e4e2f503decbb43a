"""Whole simulated trials, and how their cost grows with the people. There is no peer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from armlet.analysis.plan import run_plan
from armlet.cli.strongroom import unblind
from armlet.export.package import compute
from armlet.protocol.model import Protocol
from armlet.simulation.rehearse import rehearse
from armlet.simulation.scenario import Scenario, load_scenario
from bench.timing import Row, Scale, alone
from bench.trials import load_folder, with_people


def rows(scale: Scale) -> Iterator[Row]:
    """Lived, derived and analysed, without the reports."""
    trial = load_folder()
    scenario = load_scenario(trial.folder).model_copy(update={"candidates": 400})
    for people in (2,) if scale.is_smoke else (10, 20, 40):
        protocol = with_people(trial.protocol, people)
        seconds = alone(scale, partial(_live, protocol, scenario))
        entries = _live(protocol, scenario)
        note = f"{seconds / people * 1000:.0f} ms and {entries / people:.0f} entries a participant; no peer"
        yield Row("rehearsal, lived and analysed", f"{people} people", seconds, note=note)


def _live(protocol: Protocol, scenario: Scenario) -> int:
    """A whole life and its analysis; answers how many entries it left."""
    lived = rehearse(protocol, scenario, "1")
    data = compute(protocol, tuple(lived.store.read()))
    run_plan(protocol, unblind(data, lived.vault.detached())[1])
    return data.head.seq
