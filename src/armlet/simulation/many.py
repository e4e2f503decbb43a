"""Many simulated trials, in one process or several: the same trials in the same order whatever their number."""

from __future__ import annotations

import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Final

from armlet.allocation.unblinded import UnblindedDataset
from armlet.analysis.plan import run_plan
from armlet.conduct.state import TrialState
from armlet.protocol.model import Protocol
from armlet.simulation.outcome import TrialOutcome, observe, seed_of
from armlet.simulation.rehearse import Progress, Rehearsed, rehearse
from armlet.simulation.scenario import Scenario

Unblind = Callable[[Rehearsed], tuple[TrialState, UnblindedDataset]]
"""Derives a locked trial and opens its vault, as for a real one; a function of a module, so that processes can share it."""

FEWEST_A_PROCESS: Final = 4
"""Trials below which another process is begun more slowly than it helps; our choice."""


def live_one(protocol: Protocol, scenario: Scenario, seed: str, unblind: Unblind, number: int) -> TrialOutcome:
    """One trial of many: rehearsed whole, locked, unblinded under its warrant, and analysed by its own plan."""
    own = seed_of(seed, number)
    lived = rehearse(protocol, scenario, own)
    state, unblinded = unblind(lived)
    return observe(lived, state, unblinded, run_plan(protocol, unblinded), number, own)


def live_many(
    protocol: Protocol,
    scenario: Scenario,
    seed: str,
    trials: int,
    unblind: Unblind,
    *,
    processes: int = 1,
    progress: Progress = lambda done, total: None,
) -> tuple[TrialOutcome, ...]:
    """So many trials in the order of their numbers. Raises InputError where the scenario does not fit the protocol."""
    live = partial(live_one, protocol, scenario, seed, unblind)
    outcomes: list[TrialOutcome] = []
    wanted = min(processes, trials // FEWEST_A_PROCESS)
    if wanted < 2:
        for number in range(1, trials + 1):
            outcomes.append(live(number))
            progress(number, trials)
        return tuple(outcomes)
    with ProcessPoolExecutor(wanted, get_context("spawn"), _leave_interrupts_to_the_parent) as pool:
        for outcome in pool.map(live, range(1, trials + 1)):
            outcomes.append(outcome)
            progress(len(outcomes), trials)
    return tuple(outcomes)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
