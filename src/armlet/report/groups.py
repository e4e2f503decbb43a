"""Who is shown together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from armlet.conduct.state import Participant, TrialState


@dataclass(frozen=True, slots=True)
class Group:
    """People counted and drawn together. `look` picks colour and marker; whose people they are, only the caller knows."""

    name: str
    members: tuple[str, ...]
    look: int = 0


def everybody(state: TrialState) -> Group:
    """All who were enrolled."""
    return Group("All participants", tuple(one.id for one in state.enrolled()))


def with_total(groups: Sequence[Group], state: TrialState) -> tuple[Group, ...]:
    """The groups, and everybody beside them where there is more than one group."""
    whole = everybody(state)
    return (*groups, Group("Total", whole.members)) if len(groups) > 1 else tuple(groups)


def people(group: Group, state: TrialState) -> list[Participant]:
    """The participants of a group, in its order."""
    return [state.participants[name] for name in group.members]
