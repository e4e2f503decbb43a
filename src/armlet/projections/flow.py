"""The flow of participants from the first number to the end of follow-up, every reason counted (CONSORT 2025, 22)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from armlet.conduct.state import Participant, TrialState
from armlet.protocol.model import Protocol


@dataclass(frozen=True, slots=True)
class Flow:
    """How many reached each point, and why others did not. Reasons are in plain words, most frequent first."""

    identified: int
    not_consented: int
    screened: int
    not_eligible: Mapping[str, int]
    eligible_not_enrolled: int
    enrolled: int
    not_randomised: int
    randomised: int
    administered: int
    partly_administered: int
    not_administered: Mapping[str, int]
    completed: int
    ended_early: int
    withdrawn: int
    lost: int
    at_visit: Mapping[str, int]


def count_flow(protocol: Protocol, state: TrialState, only: Collection[str] | None = None) -> Flow:
    """The flow of everybody, or of `only` these participants. One with several failed criteria counts once for each."""
    people = [one for one in state.participants.values() if only is None or one.id in only]
    enrolled = [one for one in people if one.enrolled is not None]
    randomised = [one for one in enrolled if one.randomised is not None]
    return Flow(
        identified=len(people),
        not_consented=sum(not one.consents for one in people),
        screened=sum(one.screened or one.attempt > 1 for one in people),
        not_eligible=_reasons(protocol, people),
        eligible_not_enrolled=sum(one.verdict == "eligible" and one.enrolled is None for one in people),
        enrolled=len(enrolled),
        not_randomised=len(enrolled) - len(randomised),
        randomised=len(randomised),
        administered=sum(one.administered is not None for one in randomised),
        partly_administered=sum(one.administered is not None and not one.administered.complete for one in randomised),
        not_administered=dict(
            Counter(_why_not_given(one) for one in randomised if one.administered is None).most_common()
        ),
        completed=sum(one.ended is not None and not one.ended.early for one in enrolled),
        ended_early=sum(one.ended is not None and one.ended.early for one in enrolled),
        withdrawn=sum(bool(one.withdrawn) for one in enrolled),
        lost=sum(one.lost for one in enrolled),
        at_visit={visit.id: sum(visit.id in one.held for one in enrolled) for visit in protocol.visits},
    )


def _reasons(protocol: Protocol, people: list[Participant]) -> dict[str, int]:
    says = {criterion.id: criterion.says for criterion in protocol.criteria}
    counted = Counter(says[name] for one in people if one.enrolled is None for name in one.failed_for)
    return dict(counted.most_common())


def _why_not_given(one: Participant) -> str:
    return one.cancelled.because.value if one.cancelled is not None else "not yet given"
