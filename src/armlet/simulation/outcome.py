"""What one simulated trial came to, as the operating characteristics of the design count it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from armlet.allocation.predictability import measure_imbalance
from armlet.allocation.scheme import NextChances, Scheme
from armlet.allocation.unblinded import UnblindedDataset
from armlet.analysis.plan import PlannedResult
from armlet.conduct.safety.stopping import looks_of, planned_for
from armlet.conduct.state import TrialState
from armlet.derivation.derived import Derived
from armlet.ledger.sealed import PreparationCertified
from armlet.protocol.model import Protocol
from armlet.simulation.rehearse import Rehearsed

DAYS_IN_MONTH: Final = 30.4375


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of one trial. The last three are None where there is one arm or nobody was allocated.

    `with_primary` are those allocated who have the primary endpoint at the last visit of the primary analysis.
    `failed_preparations` counts the decoys of an imitation as well, since they move dates alike.
    """

    identified: int
    screened: int
    not_eligible: int
    enrolled: int
    randomised: int
    given: int
    with_primary: int | None
    failed_preparations: int
    months_to_last_allocation: float | None
    months: float
    imbalance: float | None
    guessed: float | None
    certain: float | None


@dataclass(frozen=True, slots=True)
class TrialOutcome:
    """One simulated trial: the seed that `armlet rehearse` lives it again with, its figures, and what its plan answered.

    `not_given` says why somebody allocated was given nothing. `rules_met` are the stopping and pause rules that harm
    reached; a rule that is counted by arm is looked back at with the arms known, since nobody blinded could.
    """

    number: int
    seed: str
    figures: Figures
    ended: str
    not_given: Mapping[str, int]
    rules_met: tuple[str, ...]
    results: tuple[PlannedResult, ...]


def seed_of(seed: str, number: int) -> str:
    """The seed of a trial among many: the first has the seed itself, so that one trial is the rehearsal of that seed."""
    return seed if number == 1 else f"{seed}/{number}"


def observe(
    lived: Rehearsed,
    state: TrialState,
    unblinded: UnblindedDataset,
    results: tuple[PlannedResult, ...],
    number: int,
    seed: str,
) -> TrialOutcome:
    """Counts one trial after its lock. `state` is the end of the open strand."""
    cancelled = [one.cancelled.because.value for one in state.randomised() if one.cancelled is not None]
    why = f": {state.stopped.why or state.stopped.because.value}" if state.stopped is not None else ""
    return TrialOutcome(
        number=number,
        seed=seed,
        figures=_count(lived, state, unblinded),
        ended=f"terminated{why}" if state.stopped is not None else "completed",
        not_given={reason: cancelled.count(reason) for reason in sorted(set(cancelled))},
        rules_met=tuple(dict.fromkeys(_rules_met(lived.protocol, state, unblinded, lived.ended))),
        results=results,
    )


def _count(lived: Rehearsed, state: TrialState, unblinded: UnblindedDataset) -> Figures:
    people, opened = list(state.participants.values()), state.opened or lived.ended
    last = max((one.randomised for one in people if one.randomised is not None), default=None)
    certified = lived.vault.events(PreparationCertified)
    imbalance, guessed, certain = _allocation(unblinded.scheme, unblinded.allocated())
    return Figures(
        identified=len(people),
        screened=sum(one.screened or one.attempt > 1 for one in people),
        not_eligible=sum(bool(one.failed_for) and one.enrolled is None for one in people),
        enrolled=len(state.enrolled()),
        randomised=len(state.randomised()),
        given=sum(one.administered is not None for one in people),
        with_primary=_with_primary(lived.protocol, unblinded),
        failed_preparations=sum(one.verdict == "fail" for one in certified),
        months_to_last_allocation=None if last is None else _months(opened, last),
        months=_months(opened, lived.ended),
        imbalance=imbalance,
        guessed=guessed,
        certain=certain,
    )


def _months(start: date, end: date) -> float:
    return (end - start).days / DAYS_IN_MONTH


def _with_primary(protocol: Protocol, unblinded: UnblindedDataset) -> int | None:
    """None where the protocol has no primary analysis."""
    primary = next((one for one in protocol.analyses if one.role == "primary"), None)
    if primary is None:
        return None
    values = (
        unblinded.blinded.value(primary.endpoint, slot.participant, primary.visits[-1]) for slot in unblinded.slots
    )
    return sum(isinstance(value, Derived) for value in values)


def _allocation(scheme: Scheme, allocated: tuple[str, ...]) -> tuple[float | None, float | None, float | None]:
    """How far the arms ended apart, and what somebody who knew all past arms would have guessed.

    Whoever has to choose among arms that are equally likely guesses right in that share of tries.
    """
    if len(scheme.arms) == 1 or not allocated:
        return None, None, None
    chances, history = NextChances(scheme), tuple(scheme.arms.index(arm) for arm in allocated)
    guessed = certain = 0.0
    for slot, arm in enumerate(history):
        next_ones = chances.after(history[:slot])
        best = [position for position, chance in enumerate(next_ones) if chance == max(next_ones)]
        guessed += (arm in best) / len(best)
        certain += max(next_ones) == 1
    counts = tuple(history.count(position) for position in range(len(scheme.arms)))
    imbalance = float(measure_imbalance(scheme, counts))
    return imbalance, guessed / len(history), certain / len(history)


def _rules_met(protocol: Protocol, state: TrialState, unblinded: UnblindedDataset, today: date) -> Iterator[str]:
    stopping = protocol.safety.stopping
    if stopping is None:
        return
    yield from (one.event.rule for one in state.safety.met)
    arms = {slot.participant: slot.arm for slot in unblinded.slots}
    for rule in stopping.rules:
        for arm in unblinded.scheme.arms if rule.counts == "by arm" else ():
            given = {
                one.id: one.administered.started.date()
                for one in state.participants.values()
                if one.administered is not None and arms.get(one.id) == arm
            }
            events = {who: listed for who, listed in state.safety.events.items() if who in given}
            if any(look.stops for look in looks_of(rule, planned_for(protocol, rule), given, events, today)):
                yield rule.id
