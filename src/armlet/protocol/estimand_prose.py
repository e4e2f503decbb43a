"""Estimands in plain words: each analysis by the five attributes of ICH E9(R1), each intercurrent event by its signs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from armlet.protocol.intercurrent import (
    AdverseEventIs,
    ByAdverseEvent,
    ByMeasure,
    IntercurrentEvent,
    Recogniser,
    Treated,
    Withdrew,
)
from armlet.protocol.model import Analysis, AnalysisSet, Protocol

_SIGNS = {
    "died": "a death is recorded, or an adverse event is fatal",
    "not given": "the preparation is called off, or nothing was given when follow-up ended",
    "partly given": "not all of the preparation is given",
    "code broken": "the allocation is read in an emergency, or learnt by accident",
    "randomised in error": "it is declared that they should not have been randomised",
    "recorded": "somebody blinded records that it happened, before the lock",
}
_MEANS = {
    "treatment policy": "values count as observed",
    "hypothetical": "values after it are set aside, as if it had not happened",
    "composite": "the outcome after it counts as worse than every value",
    "while on treatment": "the last value before it counts",
    "principal stratum": "only people without it are looked at",
}


def set_in_words(chosen: AnalysisSet) -> str:
    """``everybody randomised``; of a set that is judged, who names its members."""
    if chosen.of == "per protocol":
        return "whom blinded people name before the lock as having kept to the protocol"
    return f"everybody {chosen.of}"


def event_in_words(event: IntercurrentEvent, protocol: Protocol) -> str:
    """What it is recognised by: ``a death is recorded, or an adverse event is fatal``."""
    return " or ".join(_sign(one, protocol) for one in event.when)


def _sign(recogniser: Recogniser, protocol: Protocol) -> str:
    match recogniser:
        case str():
            return _SIGNS[recogniser]
        case Withdrew():
            return f"the participant withdraws from {' or '.join(recogniser.withdrew)}"
        case ByAdverseEvent():
            return f"an adverse event begins that is {' and '.join(_adverse(recogniser.adverse_event, protocol))}"
        case ByMeasure():
            wanted = recogniser.measured
            labels = {measure.id: measure.label for measure in protocol.measures}
            return f"{labels.get(wanted.measure, wanted.measure)} is {wanted.is_.value} {wanted.value}"
        case _:
            assert_never(recogniser)


def _adverse(wanted: AdverseEventIs, protocol: Protocol) -> Iterator[str]:
    reporting = protocol.safety.reporting
    labels = {one.id: one.label for one in (reporting.special_interest if reporting is not None else ())}
    if wanted.special_interest:
        yield f"of special interest ({', '.join(labels.get(name, name) for name in wanted.special_interest)})"
    if wanted.grade is not None:
        yield f"of grade {wanted.grade} or more"
    if wanted.serious:
        yield "serious"
    if wanted.fatal:
        yield "fatal"


def treated_in_words(analysis: Analysis, protocol: Protocol) -> Iterator[str]:
    """``hypothetical (values after it are set aside, …): a second dose``: each strategy with its events."""
    labels = {event.id: event.label for event in protocol.intercurrent_events or ()}
    of_strategy: dict[str, list[str]] = {}
    for one in analysis.intercurrent:
        of_strategy.setdefault(f"{one.strategy} ({_meaning(one)})", []).append(labels.get(one.event, one.event))
    yield from (f"{strategy}: {', '.join(events)}" for strategy, events in of_strategy.items())


def _meaning(one: Treated) -> str:
    return f"{one.value} counts as the outcome after it" if one.value is not None else _MEANS[one.strategy]


def estimand_in_words(analysis: Analysis, protocol: Protocol) -> Iterator[str]:
    """The five attributes: treatment, population, variable, intercurrent events, population-level summary."""
    sets = {one.id: one.label for one in protocol.sets}
    endpoints = {one.id: one.label for one in protocol.endpoints}
    visits = {one.id: one.label for one in protocol.visits}
    at = " and ".join(visits.get(name, name) for name in analysis.visits)
    yield f"treatment: {_compared(protocol)}"
    yield f"population: {protocol.population.condition}, as the criteria say; {sets.get(analysis.set, analysis.set)}"
    yield f"variable: {endpoints.get(analysis.endpoint, analysis.endpoint)}, at {at}"
    yield f"intercurrent events: {_joined(treated_in_words(analysis, protocol))}"
    yield f"summary: {analysis.summary or 'that of the method'}"


def _compared(protocol: Protocol) -> str:
    """The arms, each with what it is; the reference last."""
    arms = sorted(protocol.arms, key=lambda arm: arm.id == protocol.reference_arm)
    return " against ".join(arm.label for arm in arms)


def _joined(parts: Iterable[str]) -> str:
    return "; ".join(parts) or "none named"


def beside_in_words(analysis: Analysis) -> str:
    """The covariates and the time at risk, where the analysis has them."""
    covariates = f"; covariates: {', '.join(analysis.covariates)}" if analysis.covariates else ""
    exposure = analysis.exposure
    at_risk = f"; time at risk since {exposure.since}, in {exposure.unit}" if exposure is not None else ""
    return covariates + at_risk
