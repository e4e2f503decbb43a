"""The log of who was shown an allocation, asked and was refused, or learnt one by accident; no arm is in it."""

from __future__ import annotations

from collections import Counter

from armlet.conduct.state import Told
from armlet.ledger.events import AllocationRead, UnblindingReported
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("at", "event", "who", "role", "participant")


def _render(content: BlindedContent, role: Role) -> bytes:
    simulated = content.state.simulated
    if role is Role.SPONSOR:  # how often, never who: a sponsor that knows who looked can ask them
        counted = Counter(one.event.kind for one in content.state.told)
        rows = [{"event": kind, "times": times} for kind, times in sorted(counted.items())]
        return as_csv(("event", "times"), rows, simulated=simulated).encode()
    return as_csv(_HEADER, [_row(one) for one in content.state.told], simulated=simulated).encode()


def _row(told: Told) -> dict[str, object]:
    event = told.event
    who = event.by if isinstance(event, AllocationRead) else told.actor
    who = event.who if isinstance(event, UnblindingReported) else who
    role = event.who_works_as if isinstance(event, UnblindingReported) else told.role
    return {
        "at": told.at.isoformat(),
        "event": event.kind,
        "who": who,
        "role": role.value,
        "participant": event.participant,
    }


METHOD = View(
    id="who_looked",
    object="who_looked",
    label="who was shown an allocation, or asked and was refused",
    file="data/who_looked.csv",
    render=_render,
    is_of_today=True,
    narrows=True,
)
