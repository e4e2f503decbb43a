"""Every observation of everybody, as the derivation takes it, and who belongs to which analysis set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import assert_never

from armlet.conduct.observation import Observation
from armlet.conduct.state import Participant, TrialState
from armlet.protocol.model import AnalysisSet, Protocol


def list_observations(state: TrialState) -> tuple[Observation, ...]:
    """Each value as it stands after corrections, and each reason for one that is missing."""
    return tuple(result for one in state.participants.values() for result in one.results.values())


def visits_held(state: TrialState) -> Mapping[tuple[str, str], date]:
    """The day of each visit held, by participant and visit."""
    return {(one.id, visit): held.on for one in state.participants.values() for visit, held in one.held.items()}


def why_not_held(protocol: Protocol, state: TrialState) -> Mapping[tuple[str, str], str]:
    """Why each visit that was not held was not, by participant and visit; "lost" and "trial stopped" are kept apart."""
    return {key: why for one in state.enrolled() for key, why in why_not_held_of(protocol, one).items()}


def why_not_held_of(protocol: Protocol, one: Participant) -> Mapping[tuple[str, str], str]:
    """The same for one participant."""
    return {(one.id, visit.id): _why_not_held(one, visit.id) for visit in protocol.visits if visit.id not in one.held}


def _why_not_held(one: Participant, visit: str) -> str:
    reasons = (
        (visit in one.missed, one.missed[visit].why if visit in one.missed else ""),
        (one.lost, "lost to follow-up"),
        (bool(one.withdrawn), "withdrawn"),
        (one.ended is not None and one.ended.early, "the trial was terminated"),
    )
    return next((why for holds, why in reasons if holds), "not yet")


def analysis_sets(protocol: Protocol, state: TrialState) -> Mapping[str, tuple[str, ...]]:
    """The members of each analysis set, in the order of their numbers; no arm is needed to know them.

    A set whose members are a matter of judgement is here once the blind review has assigned it.
    """
    return {one.id: members for one in protocol.sets if (members := _members(one, state)) is not None}


def _members(chosen: AnalysisSet, state: TrialState) -> tuple[str, ...] | None:
    enrolled = state.enrolled()
    match chosen.of:
        case "enrolled":
            return tuple(one.id for one in enrolled)
        case "randomised":
            return tuple(one.id for one in enrolled if one.randomised is not None)
        case "administered":
            return tuple(one.id for one in enrolled if one.administered is not None)
        case "per protocol":
            assigned = state.data.sets.members if state.data.sets is not None else {}
            named = assigned.get(chosen.id)
            return None if named is None else tuple(one.id for one in enrolled if one.id in named)
        case _:
            assert_never(chosen.of)
