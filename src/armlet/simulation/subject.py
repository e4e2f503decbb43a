"""One invented person: what they would answer, what their body does over time, and how much an assumed effect changes it."""

from __future__ import annotations

from dataclasses import dataclass, field

from armlet.simulation.streams import Streams


@dataclass(slots=True)
class Subject:
    """An invented person behind a participant number.

    `numbers` are drawn measures in their own units (kg, cm, …). `kept` is the assumed effect of the arm they got: the
    share of a loss that does not happen (0 none, 1 all); it is set when the intervention was given, and only from then.
    """

    participant: str
    streams: Streams
    answers: dict[str, str | bool | None] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    kept: float = 0.0
