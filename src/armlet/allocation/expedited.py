"""The expedited report of one suspected unexpected serious adverse reaction: one form, with or without the allocation.

The copy for the safety unit says arm, lot and dose; the one for investigators says of each that it is not stated. Both
come from one code path, line for line, so that neither has a field that the other has not. Whether a field is filled
depends on who reads it and never on which arm it is: a sham preparation has a lot of the common series and a dose as well.
"""

from __future__ import annotations

from typing import Final

from armlet.allocation.unblinding import Shown
from armlet.conduct.rules.unblinding import is_susar
from armlet.conduct.state import Participant, TrialState
from armlet.errors import InputError, RefusedError
from armlet.issues import error
from armlet.ledger.events import AdverseEventReported, UnblindingCategory

NOT_STATED: Final = "blinded: not stated"
NOT_RECORDED: Final = "not recorded"


def find_event(one: Participant, number: int) -> AdverseEventReported:
    """The adverse event of that number, counted from 1 as it was reported. InputError unless it is reported expedited."""
    events = one.adverse_events
    if not 1 <= number <= len(events) or not is_susar(events[number - 1]):
        message = f"adverse event {number} of {len(events)} is not serious, related and unexpected together."
        raise InputError([error("unblinding/event", one.id, message, "Name the event that is to be reported.")])
    return events[number - 1]


def render_expedited(state: TrialState, one: Participant, event: AdverseEventReported, disclosed: Shown | None) -> str:
    """The page. `disclosed` None makes the investigators' copy; a warrant for anything else is refused."""
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
        f"Given on          {one.administered.started.date() if one.administered is not None else 'not given'}",
        f"Arm               {arm}",
        f"Lot               {lot}",
        f"Dose              {dose}",
    )
    return "\n".join(lines) + "\n"


def _allocation(disclosed: Shown | None) -> tuple[str, str, str]:
    if disclosed is None:
        return NOT_STATED, NOT_STATED, NOT_STATED
    dose = str(disclosed.dose) if disclosed.dose is not None else NOT_RECORDED
    return disclosed.arm or NOT_STATED, disclosed.lot or NOT_RECORDED, dose
