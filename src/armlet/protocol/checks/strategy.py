"""A strategy that cannot be: values as observed after a death, a value in another unit, an event that tells the arm."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.document import Lines
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.criteria import Comparison, Measure, MeasureKind
from armlet.protocol.hidden import hidden_before_lock
from armlet.protocol.intercurrent import ByAdverseEvent, ByMeasure
from armlet.protocol.model import Analysis, Protocol
from armlet.units import Quantity, UnitError

RULE = "analysis/strategy"


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    yield from _events(protocol, lines)
    for index, analysis in enumerate(protocol.analyses):
        yield from _strategies(protocol, lines, index, analysis)


def _strategies(protocol: Protocol, lines: Lines, index: int, analysis: Analysis) -> Iterator[Issue]:
    events = {event.id: event for event in protocol.intercurrent_events or ()}
    units = {endpoint.id: endpoint.unit for endpoint in protocol.endpoints}
    seen: set[str] = set()
    for place, one in enumerate(analysis.intercurrent):
        where = lines.where(("analyses", index, "intercurrent", place))
        event, unit = events.get(one.event), units.get(analysis.endpoint)
        if one.event in seen:
            message = f'analysis "{analysis.label}" treats "{one.event}" twice.'
            yield error(RULE, where, message, "Keep one strategy.")
        seen.add(one.event)
        if event is not None and event.is_terminal and one.strategy == "treatment policy":
            message = f'after "{event.label}" there is no value, so "{analysis.label}" cannot take it as observed.'
            yield error(RULE, where, message, "Use composite or while on treatment.")
        if one.value is not None and unit is not None and not _fits(one.value, unit):
            message = f'"{one.value}" is to stand for an outcome in {unit}; the units do not fit.'
            yield error(RULE, where, message, f"Give it in {unit}.")


def _fits(value: Quantity, unit: str) -> bool:
    try:
        value.to(unit)
    except UnitError:
        return False
    return True


def _events(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    """What an event is recognised by is there, and could not tell the arm."""
    telling, measures = hidden_before_lock(protocol).measures, {one.id: one for one in protocol.measures}
    reporting = protocol.safety.reporting
    special = {one.id for one in (reporting.special_interest if reporting is not None else ())}
    for index, event in enumerate(protocol.intercurrent_events or ()):
        for place, recogniser in enumerate(event.when):
            where = lines.where(("intercurrent_events", index, "when", place))
            if isinstance(recogniser, ByMeasure) and recogniser.measured.measure in telling:
                message = f'"{event.label}" is recognised by {recogniser.measured.measure}, which could tell the arm.'
                yield error(RULE, where, message, "Let somebody blinded record it: `recorded`.")
            elif isinstance(recogniser, ByMeasure) and not _is_comparable(recogniser, measures):
                message = f'"{event.label}" compares {recogniser.measured.measure} with what is no amount of it.'
                yield error(RULE, where, message, "Give `is` and a `value` in a unit of the measure.")
            named = recogniser.adverse_event.special_interest if isinstance(recogniser, ByAdverseEvent) else None
            for name in named or ():
                if name not in special:
                    message = f'"{name}" is no adverse event of special interest.'
                    yield error(RULE, where, message, "Name one of safety/reporting/special_interest.")


def _is_comparable(recogniser: ByMeasure, measures: dict[str, Measure]) -> bool:
    """Whether the measure is a quantity and the limit an amount of it; an unknown one is another check's matter."""
    wanted = recogniser.measured
    measure = measures.get(wanted.measure)
    if measure is None:
        return True
    if measure.kind is not MeasureKind.QUANTITY or wanted.value is None or wanted.is_ is Comparison.IN:
        return False
    try:
        wanted.value.to(measure.unit or "1", measure.molar_mass)
    except UnitError:
        return False
    return True


METHOD = Check(
    rule=RULE,
    says="Every strategy can be carried out, and no intercurrent event is recognised by what could tell the arm.",
    find=_find,
)
