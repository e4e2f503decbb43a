"""Everybody's course as the analysis needs it, with no arm: events, days at risk, windows, what was known beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from armlet.conduct.rules.factors import find_levels
from armlet.conduct.schedule import visit_window
from armlet.conduct.state import Participant, TrialState
from armlet.derivation.followed import Followed
from armlet.eligibility.person import Coded, Reading, read_person
from armlet.projections.intercurrent import occurrences_of
from armlet.protocol.hidden import hidden_before_lock
from armlet.protocol.model import Protocol

Known = Decimal | str


def follow(protocol: Protocol, state: TrialState) -> Mapping[str, Followed]:
    """Everybody enrolled, by participant."""
    hidden, wanted = hidden_before_lock(protocol), _wanted(protocol)
    return {
        one.id: Followed(
            occurrences=occurrences_of(protocol, state, one, hidden),
            begins=_begins(one),
            last_contact=_last_contact(state, one),
            closes=_closes(protocol, one),
            background=_background(protocol, one, wanted),
        )
        for one in state.enrolled()
    }


def _begins(one: Participant) -> dict[str, date]:
    given = one.administered.started.date() if one.administered is not None else None
    days = {"enrolment": one.enrolled, "randomisation": one.randomised, "administration": given}
    return {name: day for name, day in days.items() if day is not None}


def _last_contact(state: TrialState, one: Participant) -> date | None:
    """The last day that somebody saw, reached or looked up the participant, or that of the death."""
    consents = state.consent.of_participant(one.id)
    days = [
        *_begins(one).values(),
        *(held.on for held in one.held.values()),
        *one.extra.values(),
        *(tried.on for tried in consents.attempts if tried.reached),
        *(looked.on for looked in consents.records),
    ]
    return one.died or max(days, default=None)


def _closes(protocol: Protocol, one: Participant) -> dict[str, date]:
    windows = ((visit.id, visit_window(visit, one)) for visit in protocol.visits)
    return {name: window.closes for name, window in windows if window is not None}


def _wanted(protocol: Protocol) -> tuple[tuple[str, str], ...]:
    """Each covariate of an analysis with the visit that is the baseline of its endpoint."""
    baselines = {endpoint.id: endpoint.baseline for endpoint in protocol.endpoints}
    pairs = (
        (baselines[analysis.endpoint], name)
        for analysis in protocol.analyses
        for name in analysis.covariates or ()
        if analysis.endpoint in baselines
    )
    return tuple(dict.fromkeys(pairs))


def _background(
    protocol: Protocol, one: Participant, wanted: tuple[tuple[str, str], ...]
) -> dict[tuple[str, str], Known]:
    if not wanted:
        return {}
    levels = one.levels or {name: level for name, level in find_levels(protocol, one).items() if level is not None}
    found = ((key, _known(protocol, one, *key, levels)) for key in wanted)
    return {key: value for key, value in found if value is not None}


def _known(protocol: Protocol, one: Participant, visit: str, name: str, levels: Mapping[str, str]) -> Known | None:
    """The level of a factor; else the value of a measure at the visit, or what was answered at screening."""
    if name in levels:
        return levels[name]
    if name not in {measure.id for measure in protocol.measures}:
        return None
    measured = next(_measured(protocol, one, visit, name), None)
    return measured if measured is not None else _answered(protocol, one, name)


def _measured(protocol: Protocol, one: Participant, visit: str, name: str) -> Iterator[Decimal]:
    measure = protocol.measure(name)
    for result in one.results.values():
        is_it = (result.visit, result.measure, result.sample) == (visit, name, "")
        if is_it and result.quantity is not None and not result.below:
            yield result.quantity.to(measure.unit or "1", measure.molar_mass).value


def _answered(protocol: Protocol, one: Participant, name: str) -> Known | None:
    answer = read_person({name: one.answers.get(name)}, protocol, one.id).value(name)
    match answer:
        case bool():
            return "yes" if answer else "no"
        case Coded():
            return answer.code
        case Reading():
            return answer.amount.value
        case _:
            return None
