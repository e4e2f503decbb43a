"""What the door answers: the events that follow, or every reason why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from armlet.issues import Issue
from armlet.ledger import events as e


@dataclass(frozen=True, slots=True)
class Accepted:
    """It may be done: these events are to be appended, all or none."""

    events: tuple[e.OpenEvent, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """It may not be done now, for these reasons; nothing has happened."""

    issues: tuple[Issue, ...]


Decision = Accepted | Refused


def answer(refusals: Iterable[Issue], *events: e.OpenEvent) -> Decision:
    """The events, unless anything was refused."""
    issues = tuple(refusals)
    return Refused(issues) if issues else Accepted(events)


def if_fine(checks: tuple[Issue, ...], kind: type[e.OpenEvent], **fields: object) -> tuple[e.OpenEvent, ...]:
    """The event, unless it was refused: a refused command may have fields that no event could hold."""
    return () if checks else (kind.model_validate(fields),)
