"""Who learnt an allocation that was to stay hidden, as the open strand tells it; there is no arm in here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from armlet.conduct.rules import is_same_person
from armlet.conduct.state import TrialState
from armlet.ledger import events as e


@dataclass(frozen=True, slots=True)
class Learnt:
    """Somebody learnt one allocation, or after the lock everybody's (`participant` None).

    `at` is when it was entered, `on` the day on which it was learnt: an accident may be reported long after.
    """

    participant: str | None
    who: str
    at: datetime
    on: date
    way: e.LearntHow | e.UnblindingCategory


def who_learnt(state: TrialState) -> Iterator[Learnt]:
    """Every reading and every accident, in the order of their entries.

    The safety board sees everybody under labels, and a drill shows nothing: neither taught anybody anything.
    """
    for told in state.told:
        match told.event:
            case e.UnblindingReported() as reported:
                yield Learnt(reported.participant, reported.who, told.at, reported.on, reported.how)
            case e.AllocationRead(drill=None) as read:
                category = state.warrants[read.warrant].category
                if category is not e.UnblindingCategory.SAFETY_BOARD:
                    yield Learnt(read.participant, read.by, told.at, told.at.date(), category)
            case _:
                pass


def first_learnt(state: TrialState, person: str) -> Learnt | None:
    """What a person learnt on the earliest day; None where they are not known to have learnt anything."""
    mine = (one for one in who_learnt(state) if is_same_person(one.who, person))
    return min(mine, key=lambda one: one.on, default=None)
