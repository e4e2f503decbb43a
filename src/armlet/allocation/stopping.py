"""Stopping rules that are counted by arm: looked at here alone, for the closed session, under the labels of one report.

The counting is that of `armlet.conduct.safety.stopping`, which knows no arm: it is given the members of one column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from armlet.conduct.safety.stopping import looks_of, planned_for
from armlet.conduct.state import TrialState
from armlet.protocol.model import Protocol


@dataclass(frozen=True, slots=True)
class LabelledLook:
    """Where a rule stands in one column: the last look, and whether any look reached the boundary. It prints no count."""

    rule: str
    label: str
    participants: int
    events: int
    bound: int | None
    stops: bool

    def __repr__(self) -> str:
        return f"LabelledLook({self.rule}, not shown)"


def look_by_label(
    protocol: Protocol, state: TrialState, columns: Mapping[str, Sequence[str]], today: date
) -> tuple[LabelledLook, ...]:
    """Every rule that is counted by arm, in each column."""
    stopping = protocol.safety.stopping
    found = []
    for rule in stopping.rules if stopping is not None else ():
        if rule.counts != "by arm":
            continue
        for label, members in columns.items():
            people = [state.participants[who] for who in members]
            given = {one.id: one.administered.started.date() for one in people if one.administered is not None}
            events = {who: state.safety.of(who) for who in given}
            looks = looks_of(rule, planned_for(protocol, rule), given, events, today)
            last = looks[-1] if looks else None
            counts = (last.participants, last.events, last.bound) if last is not None else (0, 0, None)
            found.append(LabelledLook(rule.id, label, *counts, stops=any(look.stops for look in looks)))
    return tuple(found)
