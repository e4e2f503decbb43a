"""Which harm counts, and whether it has reached a boundary or a pause rule: counted in whoever is named, never by arm.

A participant counts as unharmed when the time in which harm counts is over, and as harmed from the first event on that
counts; whoever is still in that time counts as neither. Everything is counted anew from what is known now, so an event
that is reported late counts where it belongs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from armlet.conduct.safety.state import AdverseEvent, SafetyState
from armlet.ledger.safety_events import Seriousness, StoppingRuleMet
from armlet.protocol.model import Protocol
from armlet.protocol.stopping import Harm, PauseRule, StoppingRule
from armlet.safety.stopping import MOST, Look, bounds_of, look_back

Given = Mapping[str, date]
"""Who was given something, and on which day."""
Events = Mapping[str, Sequence[AdverseEvent]]


def is_harm(harm: Harm, event: AdverseEvent, given: date | None) -> bool:
    """Whether this event counts."""
    is_bad = (
        (harm.grade is not None and event.grade is not None and event.grade >= harm.grade)
        or (harm.serious and bool(event.serious))
        or (harm.fatal and Seriousness.DEATH in event.serious)
    )
    if not is_bad or (harm.causes and not set(harm.causes) & set(event.suspected)):
        return False
    if harm.within is None:
        return True
    return given is not None and given <= event.onset_day <= harm.within.after(given)


@dataclass(frozen=True, slots=True)
class _Counted:
    on: date
    participant: str
    is_harmed: bool


def looks_of(rule: StoppingRule, planned: int, given: Given, events: Events, today: date) -> tuple[Look, ...]:
    """Every look of a boundary, after each participant in the order in which they could be counted.

    More than `MOST` planned participants are held against the boundary for that many, which stops no later.
    """
    counted = sorted(_counted(rule.harm, given, events, today), key=lambda one: (one.on, one.participant))
    bounds = bounds_of(rule.boundary, min(planned, MOST))
    return look_back([one.is_harmed for one in counted], bounds)


def _counted(harm: Harm, given: Given, events: Events, today: date) -> Iterator[_Counted]:
    for participant, day in given.items():
        harms = [event.onset_day for event in events.get(participant, ()) if is_harm(harm, event, day)]
        if harms:
            yield _Counted(min(harms), participant, is_harmed=True)
        elif harm.within is not None and harm.within.after(day) < today:
            yield _Counted(harm.within.after(day), participant, is_harmed=False)


def planned_for(protocol: Protocol, rule: StoppingRule) -> int:
    """How many participants a boundary is made for: all, or the share of the largest arm."""
    ratio = list(protocol.allocation.ratio.values())
    total = protocol.design.participants
    return total if rule.counts == "together" or not ratio else -(-total * max(ratio) // sum(ratio))


def rules_met(
    protocol: Protocol, known: SafetyState, given: Given, events: Events, today: date
) -> tuple[StoppingRuleMet, ...]:
    """The rules that everybody's harm together meets and that were not met by as much before."""
    stopping = protocol.safety.stopping
    if stopping is None:
        return ()
    before = {one.event.rule: one.event.events for one in known.met}
    found = [
        *(_boundary_met(protocol, rule, given, events, today) for rule in stopping.rules if rule.counts == "together"),
        *(_pause_met(rule, given, events) for rule in stopping.pauses),
    ]
    return tuple(met for met in found if met is not None and met.events > before.get(met.rule, 0))


def _boundary_met(
    protocol: Protocol, rule: StoppingRule, given: Given, events: Events, today: date
) -> StoppingRuleMet | None:
    looks = looks_of(rule, planned_for(protocol, rule), given, events, today)
    first = next((look for look in looks if look.stops), None)
    if first is None or first.bound is None:
        return None
    return StoppingRuleMet(rule=rule.id, participants=len(looks), events=looks[-1].events, bound=first.bound)


def _pause_met(rule: PauseRule, given: Given, events: Events) -> StoppingRuleMet | None:
    harms = sum(is_harm(rule.harm, event, given.get(who)) for who, known in events.items() for event in known)
    if harms < rule.events:
        return None
    return StoppingRuleMet(rule=rule.id, participants=len(given), events=harms, bound=rule.events)


def label_of(protocol: Protocol, rule: str) -> str:
    """What a rule is called."""
    stopping = protocol.safety.stopping
    listed = [] if stopping is None else [(one.id, one.label) for one in stopping.rules]
    listed += [] if stopping is None else [(one.id, one.label) for one in stopping.pauses]
    return dict(listed).get(rule, rule)
