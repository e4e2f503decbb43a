"""Candidates: what invented people answer to the criteria's measures, and how the answers of an eligible one are found."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from armlet.eligibility.evaluate import evaluate_criteria
from armlet.eligibility.person import read_person
from armlet.protocol.criteria import (
    Compare,
    Measure,
    MeasureKind,
    Within,
    measures_of,
    walk,
)
from armlet.protocol.model import Protocol
from armlet.simulation.natural_history import auc_mean, concentration
from armlet.simulation.scenario import Drawn, Scenario
from armlet.simulation.streams import Streams, places_for, typed
from armlet.simulation.subject import Subject
from armlet.units import Quantity

Answer = str | bool | None
MOST_ROUNDS = 400
ONE_AT_LIMIT_IN: Final = 5
"""One in so many drawn amounts is exactly a limit of the criteria, which some limits need."""


def draw_candidate(protocol: Protocol, scenario: Scenario, streams: Streams, participant: str, on: date) -> Subject:
    """An invented person. Most are drawn until eligible; the scenario's share of screen failures comes as it comes."""
    wanted = not streams.chance(scenario.behaviour.screen_failures, participant, "screen failure")
    subject = Subject(participant, streams)
    balanced = {factor.measure for factor in protocol.allocation.factors or () if factor.measure is not None}
    names = sorted({name for one in protocol.criteria for name in measures_of(one.rule)} | balanced)
    extra = [drawn.measure for drawn in scenario.people if drawn.measure not in names]
    redraw = [*_in_order(scenario, names), *extra]
    for attempt in range(MOST_ROUNDS):
        for name in _in_order(scenario, redraw):
            subject.answers[name] = _draw(protocol, scenario, subject, name, on, attempt)
        if implausible := set(_implausible(protocol, subject.answers, names)):
            redraw = sorted(_with_dependants(scenario, implausible))
            continue
        open_names = set(_not_eligible_because_of(protocol, subject.answers, on, participant))
        if not open_names or not wanted:
            break
        redraw = sorted(_with_dependants(scenario, open_names))
    asked = set(names)
    subject.answers = {name: answer for name, answer in sorted(subject.answers.items()) if name in asked}
    return subject


def _in_order(scenario: Scenario, names: list[str]) -> list[str]:
    """Measures in the scenario's order first, since some are drawn from others; the rest after them."""
    listed = [drawn.measure for drawn in scenario.people if drawn.measure in names]
    return [*listed, *(name for name in names if name not in listed)]


def _with_dependants(scenario: Scenario, names: set[str]) -> set[str]:
    grown = set(names)
    for drawn in scenario.people:
        parts = {*(drawn.body_mass_index or ()), *drawn.only}
        if drawn.measure in grown:
            grown |= parts
        elif parts & grown:
            grown.add(drawn.measure)
    return grown


def _implausible(protocol: Protocol, answers: Mapping[str, Answer], names: list[str]) -> Iterator[str]:
    """The amounts that no person has, and that would be refused: the tail of a wide spread, or an index made of two."""
    for measure in protocol.measures:
        answer = answers.get(measure.id)
        if measure.kind is not MeasureKind.QUANTITY or measure.id not in names or not isinstance(answer, str):
            continue
        amount, span = Quantity.parse(answer), measure.plausible
        if span is None:
            is_plausible = amount.value >= 0
        else:
            lowest, highest = (limit.to(amount.unit, measure.molar_mass) for limit in (span.lowest, span.highest))
            is_plausible = lowest.compare(amount) <= 0 <= highest.compare(amount)
        if not is_plausible:
            yield measure.id


def _not_eligible_because_of(
    protocol: Protocol, answers: Mapping[str, Answer], on: date, participant: str
) -> Iterator[str]:
    criteria_names = {name for criterion in protocol.criteria for name in measures_of(criterion.rule)}
    plain = {name: answer for name, answer in answers.items() if name in criteria_names}
    person = read_person({**plain, "reference_date": on.isoformat()}, protocol, participant)
    assessment = evaluate_criteria(protocol, person)
    rules = {criterion.id: criterion.rule for criterion in protocol.criteria}
    for verdict in assessment.criteria:
        if verdict.keeps_out or verdict.verdict.value == "unknown":
            yield from measures_of(rules[verdict.id])


def _draw(protocol: Protocol, scenario: Scenario, subject: Subject, name: str, on: date, attempt: int) -> Answer:
    drawn = next((one for one in scenario.people if one.measure == name), None)
    measure = {one.id: one for one in protocol.measures}.get(name)
    if drawn is None:
        return _draw_by_default(protocol, subject, name, measure, on, attempt)
    if any(subject.answers.get(other) != code for other, code in drawn.only.items()):
        return None
    return _draw_as_told(drawn, measure, subject, on, attempt)


def _draw_as_told(drawn: Drawn, measure: Measure | None, subject: Subject, on: date, attempt: int) -> Answer:
    rng = subject.streams.of(subject.participant, "answer", drawn.measure, attempt)
    if drawn.yes is not None:
        return bool(rng.random() < drawn.yes)
    if drawn.codes is not None:
        shares = list(drawn.codes.values())
        return list(drawn.codes)[int(rng.choice(len(shares), p=[share / sum(shares) for share in shares]))]
    if drawn.days_before is not None:
        return (on - timedelta(days=int(rng.integers(*drawn.days_before, endpoint=True)))).isoformat()
    value = _draw_number(drawn, subject, rng.standard_normal(), rng.random(), attempt)
    subject.numbers[drawn.measure] = value
    return f"{typed(value, drawn.places)} {measure.unit}" if measure is not None else None


def _draw_number(drawn: Drawn, subject: Subject, normal: float, uniform: float, attempt: int) -> float:
    if drawn.normal is not None:
        return drawn.normal[0] + drawn.normal[1] * float(normal)
    if drawn.between is not None:
        return drawn.between[0] + (drawn.between[1] - drawn.between[0]) * float(uniform)
    if drawn.body_mass_index is not None:
        kilograms, centimetres = (subject.numbers[name] for name in drawn.body_mass_index)
        return kilograms / (centimetres / 100) ** 2
    if drawn.from_curve is not None:
        return _from_curve(drawn.from_curve[2], subject, attempt)
    return float(uniform)


def _from_curve(what: str, subject: Subject, attempt: int) -> float:
    """A person whose curve keeps them out is another person: each attempt has a course of its own."""
    if attempt:
        subject.streams = Streams(f"{subject.streams.bytes_of('another person', subject.participant, attempt).hex()}")
    if what == "at 0 min":
        return concentration(subject, 0.0, "screening", 0.0)
    return auc_mean(subject, 0.0) * (2.0 if what == "area" else 1.0)


def _draw_by_default(
    protocol: Protocol, subject: Subject, name: str, measure: Measure | None, on: date, attempt: int
) -> Answer:
    rng = subject.streams.of(subject.participant, "answer", name, attempt)
    if measure is None or measure.kind is MeasureKind.YES_NO:
        return bool(rng.random() < 0.5)
    if measure.kind is MeasureKind.CODE:
        return str(measure.codes[int(rng.integers(len(measure.codes)))])
    if measure.kind is MeasureKind.DATE:
        spans = _spans_within(protocol, name)
        span = spans[int(rng.integers(len(spans)))]
        return (on - timedelta(days=int(rng.integers(0, 2 * span + 6)))).isoformat()
    return _draw_amount(protocol, measure, float(rng.random()), float(rng.random()))


def _spans_within(protocol: Protocol, name: str) -> list[int]:
    """The days that the criteria ask a date to lie within; a month where none does."""
    spans = [
        node.within.at_most.longest_days()
        for criterion in protocol.criteria
        for node in walk(criterion.rule)
        if isinstance(node, Within) and node.within.measure == name
    ]
    return spans or [30]


def _draw_amount(protocol: Protocol, measure: Measure, where: float, how: float) -> str:
    """Mostly a value around the limits of the criteria, sometimes a limit itself: some limits only it can meet."""
    limits = _limits_of(protocol, measure)
    if limits and how * ONE_AT_LIMIT_IN < 1:
        return str(limits[int(where * len(limits))])
    unit = measure.unit or "1"
    lowest, highest = _default_range(measure, [float(limit.to(unit, measure.molar_mass).value) for limit in limits])
    value = lowest + (highest - lowest) * (1 + 98 * where) / 100
    return f"{typed(value, places_for(highest - lowest, 1))} {unit}"


def _limits_of(protocol: Protocol, measure: Measure) -> list[Quantity]:
    """The limits that the criteria set to the measure, as far as they are plausible in people."""
    limits = [
        node.compare.value
        for criterion in protocol.criteria
        for node in walk(criterion.rule)
        if isinstance(node, Compare) and node.compare.measure == measure.id and node.compare.value is not None
    ]
    lowest, highest = _plausible_range(measure)
    unit = measure.unit or "1"
    return [limit for limit in limits if lowest <= float(limit.to(unit, measure.molar_mass).value) <= highest]


def _plausible_range(measure: Measure) -> tuple[float, float]:
    if measure.plausible is None:
        return 0.0, math.inf
    unit, molar_mass = measure.unit or "1", measure.molar_mass
    limits = measure.plausible.lowest, measure.plausible.highest
    lowest, highest = (float(limit.to(unit, molar_mass).value) for limit in limits)
    return lowest, highest


def _default_range(measure: Measure, limits: list[float]) -> tuple[float, float]:
    """From half the lowest limit to one and a half times the highest, inside what is plausible."""
    least, most = _plausible_range(measure)
    around = (min(limits) * 0.5, max(limits) * 1.5) if limits else (1.0, 100.0)
    lowest, highest = max(around[0], least), min(around[1], most)
    if lowest < highest:
        return lowest, highest
    return (least, most) if least < most < math.inf else (least, least + 1.0)
