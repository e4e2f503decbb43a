"""The expedited report of one suspected unexpected serious adverse reaction: one form, with or without the allocation.

The copy for the safety unit says arm, lot and dose; the one for investigators says of each that it is not stated. Both
come from one code path, line for line, so that neither has a field that the other has not. Whether a field is filled
depends on who reads it and never on which arm it is: a sham preparation has a lot of the common series and a dose as well.
"""

from __future__ import annotations

from typing import Final

from armlet.allocation.unblinding import Shown
from armlet.conduct.rules.unblinding import is_susar
from armlet.conduct.safety.state import AdverseEvent
from armlet.conduct.state import Participant, TrialState
from armlet.errors import InputError, RefusedError
from armlet.issues import error
from armlet.ledger.events import AdverseEventReported, UnblindingCategory
from armlet.ledger.safety_events import AssessedFor
from armlet.projections.safety_clocks import dates_of
from armlet.protocol.model import Protocol

NOT_STATED: Final = "blinded: not stated"
NOT_RECORDED: Final = "not recorded"


def find_event(one: Participant, number: int) -> AdverseEventReported:
    """The adverse event of that number, counted from 1 as it was reported. InputError unless it is reported expedited."""
    events = one.adverse_events
    if not 1 <= number <= len(events) or not is_susar(events[number - 1]):
        message = f"adverse event {number} of {len(events)} is not serious, related and unexpected together."
        raise InputError([error("unblinding/event", one.id, message, "Name the event that is to be reported.")])
    return events[number - 1]


def render_expedited(
    state: TrialState,
    one: Participant,
    event: AdverseEventReported,
    disclosed: Shown | None,
    protocol: Protocol | None = None,
) -> str:
    """The page. `disclosed` None makes the investigators' copy; a warrant for anything else is refused.

    `protocol` says by when the report is due; without it, or where it names no deadlines, the page says so.
    """
    if disclosed is not None and (
        disclosed.warrant.category is not UnblindingCategory.SAFETY_REPORT or disclosed.warrant.participant != one.id
    ):
        message = "what was disclosed is not for an expedited report of this participant."
        raise RefusedError([error("unblinding/warrant", one.id, message, "Ask for a warrant of the safety unit.")])
    arm, lot, dose = _allocation(disclosed)
    reader = "For the safety unit only" if disclosed is not None else "For investigators"
    serious = ", ".join(reason.value for reason in event.serious)
    lines = (
        *(("SIMULATED: invented people, no real data.",) if state.simulated else ()),
        f"Expedited report of trial {state.trial}. {reader}.",
        f"Participant       {one.id}, site {one.site}",
        f"Reaction          {event.term}",
        f"Onset             {event.onset}",
        f"Ended             {event.ended or 'not ended, or not known'}",
        f"Grade             {event.grade if event.grade is not None else 'cannot be graded'}",
        f"Serious because   {serious}",
        f"Related to        {', '.join(event.related_to)}",
        "Expected          no",
        *_known(state.safety.of(one.id)[one.adverse_events.index(event)], protocol),
        f"Given on          {one.administered.started.date() if one.administered is not None else 'not given'}",
        f"Arm               {arm}",
        f"Lot               {lot}",
        f"Dose              {dose}",
    )
    return "\n".join(lines) + "\n"


def _known(case: AdverseEvent, protocol: Protocol | None) -> tuple[str, ...]:
    """What is known of the case, without an arm. A valid one has participant, reporter, suspected cause and event."""
    dates = dates_of(protocol, case) if protocol is not None else None
    sponsor = "the sponsor was not informed yet" if case.sponsor_aware is None else "the protocol names no deadlines"
    return (
        f"Number            {case.number}",
        "Valid case        participant, reporter, suspected cause and event are known",
        f"Reported by       {case.reporter.value.replace('_', ' ')}, aware {case.learnt.isoformat()}",
        f"Investigator      {_judgement(case, AssessedFor.INVESTIGATOR)}",
        f"Sponsor           {_judgement(case, AssessedFor.SPONSOR)}",
        f"Held against      {f'reference safety information {case.reference}' if case.reference else NOT_RECORDED}",
        f"Action taken      {case.action.value if case.action is not None else NOT_RECORDED}",
        f"Outcome           {case.outcome.value if case.outcome is not None else NOT_RECORDED}",
        f"Given for it      {case.remedy or NOT_RECORDED}",
        f"Narrative         {case.narrative or NOT_RECORDED}",
        f"Report due        {dates.first if dates is not None else sponsor}",
        f"Complete by       {(dates.complete or 'no second date') if dates is not None else sponsor}",
    )


def _judgement(case: AdverseEvent, side: AssessedFor) -> str:
    judged = case.causality.get(side)
    if judged is None:
        return "not judged yet"
    return "; ".join(f"{cause}: {relation.value}" for cause, relation in judged.relations.items())


def _allocation(disclosed: Shown | None) -> tuple[str, str, str]:
    if disclosed is None:
        return NOT_STATED, NOT_STATED, NOT_STATED
    dose = str(disclosed.dose) if disclosed.dose is not None else NOT_RECORDED
    return disclosed.arm or NOT_STATED, disclosed.lot or NOT_RECORDED, dose
