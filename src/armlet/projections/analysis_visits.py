"""Which visit each value counts for in the analysis, by the rule that the protocol declares; no arm is needed to know.

Nothing is moved in the strand: a value keeps the visit that it was entered for, and only what is derived from it follows
the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from armlet.conduct.observation import Observation
from armlet.conduct.schedule import visit_window
from armlet.conduct.state import Participant, TrialState
from armlet.projections.observations import why_not_held_of
from armlet.protocol.model import Protocol, Visit

OUT_OF_WINDOW = "held outside its window"
"""Why a visit that took place has no values in the analysis."""


@dataclass(frozen=True, slots=True)
class ForAnalysis:
    """The values of one participant under the visits that they count for, the day of each, and why others have none."""

    observations: Sequence[Observation]
    held: Mapping[tuple[str, str], date]
    absent: Mapping[tuple[str, str], str]


def assign_visits(protocol: Protocol, one: Participant) -> ForAnalysis:
    """The values of a participant as the analysis counts them."""
    rule = protocol.analysis_visits.rule if protocol.analysis_visits is not None else "as labelled"
    results = list(one.results.values())
    held = {(one.id, visit): event.on for visit, event in one.held.items()}
    absent = why_not_held_of(protocol, one)
    if rule == "as labelled":
        return ForAnalysis(results, held, absent)
    if rule == "in window":
        out = {visit for visit, event in one.held.items() if event.days_off}
        return ForAnalysis(
            [result for result in results if result.visit not in out],
            {key: on for key, on in held.items() if key[1] not in out},
            {**absent, **{(one.id, visit): OUT_OF_WINDOW for visit in out}},
        )
    return _nearest(protocol, one, results, absent)


def _nearest(
    protocol: Protocol, one: Participant, results: Sequence[Observation], absent: Mapping[tuple[str, str], str]
) -> ForAnalysis:
    chosen: list[Observation] = []
    days: dict[tuple[str, str], date] = {}
    for visit in protocol.visits:
        candidates = _candidates(visit, one)
        for activity in visit.activities:
            code = next((code for code in candidates if _has(results, code, activity)), None)
            if code is not None:
                chosen += [
                    replace(result, visit=visit.id)
                    for result in results
                    if result.visit == code and result.activity == activity
                ]
        if candidates:
            days[one.id, visit.id] = one.day_of(candidates[0]) or date.min
    out = {(one.id, visit): OUT_OF_WINDOW for visit in one.held if (one.id, visit) not in days}
    return ForAnalysis(chosen, days, {**{key: why for key, why in absent.items() if key not in days}, **out})


def _has(results: Iterable[Observation], code: str, activity: str) -> bool:
    return any(result.visit == code and result.activity == activity for result in results)


def _candidates(visit: Visit, one: Participant) -> list[str]:
    """The codes whose day lies in the visit's window, the nearest to its target first.

    Of two as near, the scheduled visit comes before others and the earlier day before the later. A repeat of another
    visit is no candidate: it was held for that one.
    """
    window = visit_window(visit, one)
    if window is None:
        return []
    days = {code: on for code, on in one.extra.items() if code.startswith(("unscheduled_", f"{visit.id}_repeat_"))}
    if visit.id in one.held:
        days[visit.id] = one.held[visit.id].on
    inside = [code for code, on in days.items() if window.holds(on)]
    return sorted(inside, key=lambda code: (abs((days[code] - window.target).days), code != visit.id, days[code]))


def assign_everybody(protocol: Protocol, state: TrialState) -> ForAnalysis:
    """The same for everybody in a trial."""
    observations: list[Observation] = []
    held: dict[tuple[str, str], date] = {}
    absent: dict[tuple[str, str], str] = {}
    for one in state.participants.values():
        assigned = assign_visits(protocol, one)
        observations += assigned.observations
        held |= assigned.held
        absent |= assigned.absent if one.enrolled is not None else {}
    return ForAnalysis(observations, held, absent)
