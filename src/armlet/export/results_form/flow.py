"""Participant flow: who started, was given the intervention, completed; and why others did not, each counted once.

A participant is in exactly one place: completed, or one reason for not having completed. The reasons are tried in the
order of `why_not_completed`, so that somebody who died and had been lost before is counted as dead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from armlet.conduct.state import Participant
from armlet.errors import Fault
from armlet.export.results_form.locked import Column, LockedTrial, sentence
from armlet.ledger.events import Seriousness, WithdrawalScope
from armlet.projections.flow import count_flow
from armlet.protocol.model import Protocol
from armlet.registry.results.rows import DropWithdraw, FlowMilestone, FlowPeriod, FlowStats, ParticipantFlowModule

MODULE: Final = "FG"
PERIOD: Final = "Overall Study"
DEATH: Final = "Death"
WITHDRAWAL: Final = "Withdrawal by Subject"
LOST: Final = "Lost to Follow-up"
TERMINATED: Final = "Study terminated early"
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
REASONS: Final = (DEATH, WITHDRAWAL, LOST, TERMINATED)
"""The registry's words where it has them; an early end of the whole trial is one of its free reasons."""


def has_died(one: Participant) -> bool:
    """Whether an adverse event of the participant was a death."""
    return any(Seriousness.DEATH in event.serious for event in one.adverse_events)


def why_not_completed(one: Participant) -> str | None:
    """The one reason why a participant did not complete the trial; None for those who did."""
    stopped_early = one.ended is not None and one.ended.early
    reasons = (
        (has_died(one), DEATH),
        (WithdrawalScope.VISITS in one.withdrawn and one.ended is None, WITHDRAWAL),
        (one.lost, LOST),
        (stopped_early, TERMINATED),
    )
    found = next((reason for holds, reason in reasons if holds), None)
    if found is None and one.ended is None:
        raise Fault(f"participant {one.id} has neither ended nor left a trial that is locked")
    return found


def fill_flow(trial: LockedTrial) -> ParticipantFlowModule:
    """The module, with one period; its numbers balance: started is completed plus all reasons."""
    columns = trial.columns()
    return ParticipantFlowModule(
        pre_assignment_details=_before_assignment(trial),
        recruitment_details=_recruitment(trial),
        groups=tuple(column.group(MODULE) for column in columns),
        periods=(
            FlowPeriod(title=PERIOD, milestones=_milestones(trial, columns), drop_withdraws=_reasons(trial, columns)),
        ),
    )


def _stats(columns: Iterable[Column], count: Callable[[Column], int]) -> tuple[FlowStats, ...]:
    return tuple(FlowStats(group_id=column.id(MODULE), num_subjects=str(count(column))) for column in columns)


def _count(people: Iterable[Participant], holds: Callable[[Participant], bool]) -> int:
    return sum(holds(one) for one in people)


def _milestones(trial: LockedTrial, columns: tuple[Column, ...]) -> tuple[FlowMilestone, ...]:
    has_sham = any(one.sham for one in trial.protocol.interventions)
    what = "Product or sham, as the arm has it; also" if has_sham else "Also"

    def completed(column: Column) -> int:
        return _count(column.people, lambda one: why_not_completed(one) is None)

    return (
        FlowMilestone(type="STARTED", achievements=_stats(columns, lambda column: len(column.people))),
        FlowMilestone(
            type="Received the intervention",
            comment=f"{what} where not all of it could be given.",
            achievements=tuple(_received(column) for column in columns),
        ),
        FlowMilestone(type="COMPLETED", achievements=_stats(columns, completed)),
        FlowMilestone(
            type="NOT COMPLETED", achievements=_stats(columns, lambda column: len(column.people) - completed(column))
        ),
    )


def _received(column: Column) -> FlowStats:
    """How many got it, and in words how many got a part of it or none and why."""
    given = [one for one in column.people if one.administered is not None]
    partly = sum(one.administered is not None and not one.administered.complete for one in given)
    why = Counter(
        one.cancelled.because.value if one.cancelled is not None else "reason not recorded"
        for one in column.people
        if one.administered is None
    )
    parts = [f"not all of it: {partly}"] if partly else []
    parts += [f"not given ({reason}): {count}" for reason, count in sorted(why.items())]
    return FlowStats(
        group_id=column.id(MODULE), num_subjects=str(len(given)), comment=sentence("; ".join(parts)) or None
    )


def _reasons(trial: LockedTrial, columns: tuple[Column, ...]) -> tuple[DropWithdraw, ...]:
    found = {reason for column in columns for one in column.people if (reason := why_not_completed(one))}
    return tuple(_reason(trial, columns, reason) for reason in REASONS if reason in found)


def _reason(trial: LockedTrial, columns: tuple[Column, ...], reason: str) -> DropWithdraw:
    stopped = trial.data.state.stopped
    return DropWithdraw(
        type=reason,
        comment=sentence(stopped.why) if reason == TERMINATED and stopped is not None else None,
        reasons=_stats(columns, lambda column: _count(column.people, lambda one: why_not_completed(one) == reason)),
    )


def _before_assignment(trial: LockedTrial) -> str:
    """What became of everybody before there was an arm; each is counted once, in the first line that fits."""
    flow = count_flow(trial.protocol, trial.data.state)
    outside = Counter(_why_outside(one) for one in trial.data.state.participants.values() if one.enrolled is None)
    lines = {
        "People given a participant number": flow.identified,
        **outside,
        "enrolled": flow.enrolled,
        "enrolled and not assigned to an arm": flow.not_randomised,
    }
    always = {"People given a participant number", "enrolled"}
    return trial.marked(sentence("; ".join(f"{what}: {n}" for what, n in lines.items() if n or what in always)))


def _why_outside(one: Participant) -> str:
    reasons = (
        (not one.consents, "did not consent"),
        (bool(one.failed_for), "not eligible"),
        (one.verdict == "eligible", "eligible and not enrolled"),
        (one.screened, "screened without a verdict"),
    )
    return next((why for holds, why in reasons if holds), "not screened")


def _recruitment(trial: LockedTrial) -> str:
    enrolled = [one.enrolled for one in trial.data.state.enrolled() if one.enrolled is not None]
    if not enrolled:
        return trial.marked("Nobody was enrolled.")
    first, last = (f"{MONTHS[day.month - 1]} {day.year}" for day in (min(enrolled), max(enrolled)))
    when = f"in {first}" if first == last else f"from {first} to {last}"
    return trial.marked(sentence(f"Participants were enrolled {when}{_places(trial.protocol)}"))


def _places(protocol: Protocol) -> str:
    sites = protocol.organisation.sites
    if not sites:
        return ""
    names = [", ".join(part for part in (site.name, site.city, site.country) if part) for site in sites]
    return f" at {'one site' if len(sites) == 1 else f'{len(sites)} sites'}: {'; '.join(names)}"
