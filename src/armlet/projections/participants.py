"""One line a participant: where each of them stands, in words, without an arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from armlet.conduct.state import Participant, TrialState


@dataclass(frozen=True, slots=True)
class ParticipantRow:
    """Where one participant stands."""

    participant: str
    site: str
    status: str
    enrolled: date | None
    randomised: date | None
    preparation: str
    administered: date | None
    visits_held: int
    visits_missed: int
    adverse_events: int
    deviations: int


def list_participants(state: TrialState) -> Sequence[ParticipantRow]:
    """One row each, in the order of their numbers' first appearance."""
    return [
        ParticipantRow(
            one.id,
            one.site,
            describe_status(one),
            one.enrolled,
            one.randomised,
            one.preparation,
            one.administered.started.date() if one.administered is not None else None,
            len(one.held),
            len(one.missed),
            len(one.adverse_events),
            len(one.deviations),
        )
        for one in state.participants.values()
    ]


def describe_status(one: Participant) -> str:
    """Where the participant stands, in the words of the trial."""
    steps = (
        (one.ended is not None and one.ended.early, "followed until the trial stopped"),
        (one.ended is not None, "follow-up completed"),
        (one.lost, "lost to follow-up"),
        (bool(one.withdrawn), "withdrawn"),
        (one.cancelled is not None, "in follow-up, intervention not given"),
        (one.administered is not None, "in follow-up"),
        (one.randomised is not None, "awaiting the preparation"),
        (one.enrolled is not None, "enrolled"),
        (bool(one.failed_for), "not eligible"),
        (one.screened, "screened"),
        (bool(one.consents), "consented"),
    )
    return next((words for holds, words in steps if holds), "identified")
