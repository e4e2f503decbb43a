"""Rules from the first number to enrolment: consent first, then the criteria, and no way around either."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.conduct.rules import refuse
from armlet.conduct.state import Participant, Phase, TrialState
from armlet.issues import Issue


def check_recruiting(state: TrialState, participant: str) -> Iterator[Issue]:
    """Enrolment, allocation and administration need a trial that recruits."""
    if state.phase is not Phase.RECRUITING:
        message = f"the trial is {state.phase.value}; expected recruiting."
        yield refuse(
            "not-recruiting", participant, message, "Follow-up of those in the trial goes on; nothing new begins."
        )


def check_still_agrees(one: Participant) -> Iterator[Issue]:
    """The person has taken back nothing and can be reached: nobody enters after leaving."""
    if one.withdrawn or one.lost or one.ended is not None or one.died is not None:
        yield refuse("withdrawn", one.id, "no longer takes part.", "Nobody enters after leaving.")


def check_not_gone(one: Participant) -> Iterator[Issue]:
    """The participant is neither lost nor at the end already."""
    if one.lost or one.ended is not None:
        yield refuse("not-followed", one.id, "is not followed any more.", "Check the number.")


def check_may_enrol(one: Participant) -> Iterator[Issue]:
    """Only a participant with the verdict "eligible" enters: unknown never does, and there is no waiver."""
    if one.enrolled is not None:
        yield refuse("already-enrolled", one.id, f"enrolled on {one.enrolled} already.", "Nothing more is needed.")
    elif not one.screened:
        yield refuse("not-screened", one.id, "not screened yet.", "Answer the criteria first.")
    elif one.verdict != "eligible":
        open_ones = [name for name, verdict in one.criteria.items() if verdict == "unknown"]
        detail = f" (open: {', '.join(open_ones)})" if open_ones else ""
        message = f"the verdict is {one.verdict!r}{detail}; expected 'eligible'."
        yield refuse("not-eligible", one.id, message, "Answer what is open; a criterion that is not met has no waiver.")


def check_may_rescreen(one: Participant) -> Iterator[Issue]:
    """Only a failed screening is repeated."""
    if not one.failed_for:
        yield refuse("no-failed-screening", one.id, "there is no failed screening to repeat.", "Screen as usual.")
