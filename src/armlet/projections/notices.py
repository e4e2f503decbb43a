"""Notices of an unblinding to the sponsor, the investigator and the monitor: that it happened, and never what was learnt.

A notice is made from the open strand alone, so it cannot depend on an arm. Every line is padded to one width, so that
two notices have one length whomever they are about, and neither the warrant nor the words of the reason are in it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from armlet.conduct.state import Told, TrialState
from armlet.ledger.events import AllocationRead, UnblindingRefused, UnblindingReported

WIDTH: Final = 100
"""Signs of a line. A value that is longer is cut: the ledger has it whole."""


def render_notice(state: TrialState, told: Told) -> str:
    """The notice of one reading, refused attempt or report of an accident: the same ten lines for each."""
    kind, ground = _kind_and_ground(state, told)
    mark = "SIMULATED: invented people, no real data." if state.simulated else ""
    participant = getattr(told.event, "participant", None) or "not one alone"
    lines = (
        mark,
        f"Trial        {state.trial}",
        f"What         {kind}",
        f"Participant  {participant}",
        f"Ground       {ground}",
        f"When         {_spell(told.at)}",
        f"Asked by     {told.actor} ({told.role.value.replace('_', ' ')})",
        "The allocation is not disclosed here; do not ask for it, and do not guess.",
        "The participant stays in follow-up: every visit and result is still needed.",
        "Report it if you learn the allocation by accident: `armlet unblind accident`.",
    )
    return "".join(f"{line[:WIDTH]:<{WIDTH}}\n" for line in lines)


def newest(state: TrialState) -> Told:
    """The last reading, refused attempt or report. Raises ValueError where there was none."""
    for told in reversed(state.told):
        if isinstance(told.event, AllocationRead | UnblindingRefused | UnblindingReported):
            return told
    raise ValueError("nothing was unblinded, refused or reported")


def _kind_and_ground(state: TrialState, told: Told) -> tuple[str, str]:
    event = told.event
    if isinstance(event, UnblindingRefused):
        return "an attempt to learn an allocation was refused", event.category.value
    if isinstance(event, UnblindingReported):
        return "an allocation may have become known by accident", event.how.value
    category = event.category if not isinstance(event, AllocationRead) else state.warrants[event.warrant].category
    drill = "DRILL: nobody's allocation was learnt" if event.drill else "one person learnt an allocation"
    return drill, category.value


def _spell(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
