"""Readings around infusions, one participant at a time: when due, when taken, what was read, and what it called for.

Everybody's in one list and nothing summed up: a mean by arm of what is read here could tell the arm, and there is none.
"""

from __future__ import annotations

from collections.abc import Iterator

from armlet.conduct.state import Participant
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.protocol.monitoring import Monitoring
from armlet.report.content import BlindedContent
from armlet.report.views import View
from armlet.safety.monitoring import points_of

_HEADER = ("participant", "point", "due", "taken", "minutes_off", "signs", "symptoms", "pause", "state", "entry")


def _render(content: BlindedContent, _role: Role) -> bytes:
    monitoring = content.protocol.safety.monitoring
    people = content.state.randomised() if monitoring is not None else []
    rows = [row for one in people if monitoring is not None for row in _rows(content, monitoring, one)]
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


def _rows(content: BlindedContent, monitoring: Monitoring, one: Participant) -> Iterator[dict[str, object]]:
    safety, given = content.state.safety, one.administered
    taken, missed = safety.readings.get(one.id, {}), safety.missed.get(one.id, {})
    points = {} if given is None else {point.id: point for point in points_of(monitoring, given.started, given.stopped)}
    pauses = {call.point: call.rules for call in safety.pauses if call.participant == one.id}
    for name in dict.fromkeys((*points, *taken, *missed)):
        point, reading = points.get(name), taken.get(name)
        state = "corrected" if reading is not None and reading.corrected else "taken"
        if reading is None:
            state = "missed" if name in missed else "not recorded"
        yield {
            "participant": one.id,
            "point": name,
            "due": point.due.isoformat() if point is not None else None,
            "taken": reading.at.isoformat() if reading is not None else None,
            "minutes_off": point.minutes_off(reading.at) if point is not None and reading is not None else None,
            "signs": "; ".join(f"{sign} {value}" for sign, value in reading.signs.items())
            if reading is not None
            else None,
            "symptoms": "; ".join(reading.symptoms) if reading is not None else None,
            "pause": "; ".join(pauses.get(name, ())),
            "state": state,
            "entry": reading.entry if reading is not None else None,
        }


METHOD = View(
    id="readings",
    object="infusion",
    label="readings around infusions: due, taken, missed",
    file="data/readings.csv",
    render=_render,
)
