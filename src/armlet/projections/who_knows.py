"""Who knows an allocation that was to stay hidden: since when and by which way. There is no arm in here.

Those whom the protocol leaves unblinded (a pharmacist, the statistician who keeps the list) are not listed: they are
unblinded by their role. A drill taught nobody anything. The safety board knows labels and no participant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from armlet.conduct.rules.knowing import who_learnt
from armlet.conduct.state import TrialState
from armlet.ledger.events import LearntHow, UnblindingCategory, UnblindingRefused

ACCIDENT = "by accident"


@dataclass(frozen=True, slots=True)
class Knows:
    """One person who knows one allocation, or after the lock everybody's (`participant` None)."""

    participant: str | None
    who: str
    since: datetime
    way: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One refused attempt to learn an allocation."""

    at: datetime
    actor: str
    role: str
    participant: str | None
    category: str
    rules: tuple[str, ...]


def who_knows(state: TrialState) -> tuple[Knows, ...]:
    """Everybody who learnt something, in order of the participant and then of time; the same person once for each way."""
    knowing = [Knows(one.participant, one.who, one.at, _say_way(one.way)) for one in who_learnt(state)]
    rows = sorted(knowing, key=lambda one: (one.participant or "", one.since))
    first = {(one.participant, one.who, one.way): one for one in reversed(rows)}
    return tuple(one for one in rows if first[one.participant, one.who, one.way] is one)


def _say_way(way: LearntHow | UnblindingCategory) -> str:
    return f"{ACCIDENT}: {way.value}" if isinstance(way, LearntHow) else way.value


def unblinded_participants(state: TrialState) -> frozenset[str]:
    """The participants of whom somebody knows the allocation who was not to know it."""
    return frozenset(one.participant for one in who_knows(state) if one.participant is not None)


def list_attempts(state: TrialState) -> tuple[Attempt, ...]:
    """Every refused attempt that was written, in order."""
    return tuple(
        Attempt(told.at, told.actor, told.role.value, event.participant, event.category.value, event.rules)
        for told in state.told
        if isinstance(event := told.event, UnblindingRefused)
    )
