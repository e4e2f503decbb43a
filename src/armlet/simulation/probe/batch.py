"""Many rehearsals of one trial without an assumed effect, what blinded people get of each, and the verdict on them all.

Without an effect, because biology that shows in a measured value is no leak of the program: a probe of a scenario with
an effect would find the effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from armlet.errors import InputError
from armlet.issues import error
from armlet.protocol.model import Protocol
from armlet.simulation.probe.features import Described, Feature, describe_trial
from armlet.simulation.probe.redraw import Truth, truth_of
from armlet.simulation.probe.verdict import DRAWS, Verdict, probe
from armlet.simulation.rehearse import Progress, Rehearsed, rehearse
from armlet.simulation.scenario import Scenario
from armlet.simulation.streams import Streams

Viewer = Callable[[Rehearsed], Mapping[str, bytes]]
"""Makes the outputs, by name, that blinded people get of a rehearsal."""
FEWEST: Final = 2
"""Participants without whom nobody can be compared with anybody."""


def probe_rehearsals(
    protocol: Protocol,
    scenario: Scenario,
    seed: str,
    trials: int,
    view: Viewer,
    *,
    draws: int = DRAWS,
    progress: Progress = lambda done, total: None,
) -> Verdict:
    """Rehearses so many trials and asks whether what `view` makes of them tells the arm.

    Raises InputError where the arm cannot be a secret (one arm), where the reference of chance would be wrong (a scheme
    whose chances depend on factors), and where no rehearsal allocated two people.
    """
    _refuse_without_reference(protocol)
    unaffected = scenario.model_copy(update={"effects": {}})
    described: list[Described] = []
    truths: list[Truth] = []
    names: dict[Feature, Feature] = {}
    for number in range(1, trials + 1):
        lived = rehearse(protocol, unaffected, f"{seed}/probe {number}")
        truth = truth_of(lived.vault)
        if len(truth.participants) >= FEWEST:
            described.append(_with_shared_names(describe_trial(view(lived), truth.participants), names))
            truths.append(truth)
        progress(number, trials)
    if not truths:
        message = f"none of {trials} rehearsals allocated {FEWEST} participants."
        raise InputError([error("probe/empty", protocol.id, message, "Rehearse the trial, and see why it ends early.")])
    return probe(described, truths, random_of(seed, protocol.id), draws)


def _with_shared_names(trial: Described, names: dict[Feature, Feature]) -> Described:
    """The same with each name once in memory: hundreds of trials have tens of thousands of names each, mostly alike."""
    each = {names.setdefault(name, name): numbers for name, numbers in trial.each.items()}
    return Described(
        trial.participants, each, {names.setdefault(name, name): told for name, told in trial.whole.items()}
    )


def random_of(seed: str, trial: str) -> np.random.Generator:
    """The chance of the redrawn allocations: its own stream, none of a rehearsal's."""
    return np.random.default_rng(int.from_bytes(Streams(f"{seed}/{trial}").bytes_of("probe of blinding"), "big"))


def _refuse_without_reference(protocol: Protocol) -> None:
    if len(protocol.arms) < FEWEST:
        message = "the trial has one arm; expected two or more."
        raise InputError([error("probe/arms", f"{protocol.id}: arms", message, "There is nothing to blind.")])
    if protocol.allocation.factors:
        message = "the arms are balanced over factors; expected a scheme whose chances do not depend on who comes."
        raise InputError([error("probe/factors", f"{protocol.id}: allocation.factors", message, "Probe without them.")])
