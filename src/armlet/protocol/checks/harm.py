"""A stopping rule, a pause rule or a reading that names what the protocol does not have, or in a unit that does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from armlet.document import Lines, Path_
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.checks._rules import suggest
from armlet.protocol.model import Protocol, Safety
from armlet.protocol.monitoring import InfusionPause, Monitoring, in_minutes
from armlet.protocol.stopping import PauseRule, Stopping, StoppingRule
from armlet.units import UnitError, parse_unit

Complaint = tuple[Path_, str, str]


def _in_stopping(stopping: Stopping, safety: Safety) -> Iterator[Complaint]:
    listed: dict[str, tuple[StoppingRule | PauseRule, ...]] = {"rules": stopping.rules, "pauses": stopping.pauses}
    for kind, rules in listed.items():
        for index, rule in enumerate(rules):
            for cause in rule.harm.causes:
                if cause not in safety.related_to:
                    message = f"{rule.label!r} counts what is due to {cause!r}, which no event can be related to."
                    yield (
                        ("safety", "stopping", kind, index, "harm", "causes"),
                        message,
                        suggest(cause, safety.related_to),
                    )
    names = [rule.id for rule in stopping.rules] + [pause.id for pause in stopping.pauses]
    for twice in sorted({name for name in names if names.count(name) > 1}):
        yield ("safety", "stopping"), f"two rules are called {twice!r}.", "Name each once."


def _in_monitoring(monitoring: Monitoring) -> Iterator[Complaint]:
    place = ("safety", "monitoring")
    names = [reading.id for reading in monitoring.readings]
    for twice in sorted({name for name in names if names.count(name) > 1}):
        yield (*place, "readings"), f"two readings are called {twice!r}.", "Name each once."
    for index, sign in enumerate(monitoring.signs):
        if (problem := _unknown_unit(sign.unit)) is not None:
            yield (*place, "signs", index, "unit"), f"{sign.label!r}: {problem}", "Mend the unit."
    for index, reading in enumerate(monitoring.readings):
        if in_minutes(reading.tolerance) < 0:
            message = f"{reading.label!r} has a tolerance of {reading.tolerance}."
            yield (*place, "readings", index, "tolerance"), message, "A tolerance is 0 or more."
    for index, pause in enumerate(monitoring.pauses):
        yield from _in_pause(pause, monitoring, (*place, "pauses", index))


def _in_pause(pause: InfusionPause, monitoring: Monitoring, place: Path_) -> Iterator[Complaint]:
    if pause.symptom is not None:
        if pause.symptom not in monitoring.symptoms:
            message = f"{pause.label!r} waits for the symptom {pause.symptom!r}, which nobody is asked for."
            yield (*place, "symptom"), message, suggest(pause.symptom, monitoring.symptoms)
        return
    units = {sign.id: sign.unit for sign in monitoring.signs}
    if pause.sign not in units:
        message = f"{pause.label!r} waits for {pause.sign!r}, which nobody reads."
        yield (*place, "sign"), message, suggest(pause.sign or "", units)
        return
    unit = units[pause.sign]
    for name, quantity in (("limit", pause.limit), ("change", pause.change.by if pause.change is not None else None)):
        is_share = name == "change" and pause.change is not None and pause.change.of_first
        if quantity is not None and not is_share and quantity.unit != unit:
            message = f"{pause.label!r} is in {quantity.unit}, and {pause.sign} is read in {unit}."
            yield (*place, name), message, f"Write it in {unit}."


def _unknown_unit(unit: str) -> str | None:
    try:
        parse_unit(unit)
    except UnitError as problem:
        return str(problem)
    return None


def _complaints(protocol: Protocol) -> Iterator[Complaint]:
    safety = protocol.safety
    if safety.reporting is not None:
        try:
            ZoneInfo(safety.reporting.zone)
        except (ZoneInfoNotFoundError, ValueError):
            message = f"{safety.reporting.zone!r} is no time zone."
            yield ("safety", "reporting", "zone"), message, "Name one such as Europe/Stockholm."
    if safety.stopping is not None:
        yield from _in_stopping(safety.stopping, safety)
    if safety.monitoring is not None:
        yield from _in_monitoring(safety.monitoring)


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    return (error("safety/harm", lines.where(path), message, fix) for path, message, fix in _complaints(protocol))


METHOD = Check(
    rule="safety/harm",
    says="Rules of stopping, pausing and reading name causes, signs, symptoms, units and zones that there are.",
    find=_find,
)
