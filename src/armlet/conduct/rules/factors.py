"""The levels of the factors that the arms are balanced over: read from what is recorded, confirmed, never typed again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from armlet.conduct.observation import Observation
from armlet.conduct.rules import refuse
from armlet.conduct.state import Participant
from armlet.eligibility.person import Coded, Reading, Value, read_person
from armlet.issues import Issue
from armlet.protocol.criteria import Measure
from armlet.protocol.factors import band_of, levels_of
from armlet.protocol.model import Factor, Protocol


def find_levels(protocol: Protocol, one: Participant) -> dict[str, str | None]:
    """The participant's level of each factor, in the protocol's order; None where nothing recorded tells it.

    A measure's source is the answer at screening, or else the newest single result. Raises InputError for an answer
    that its measure cannot have.
    """
    return {factor.id: _find_level(protocol, factor, one) for factor in protocol.allocation.factors or ()}


def _find_level(protocol: Protocol, factor: Factor, one: Participant) -> str | None:
    level = one.site if factor.measure is None else _level_of_measure(protocol, factor, factor.measure, one)
    return level if level in levels_of(protocol, factor) else None


def _level_of_measure(protocol: Protocol, factor: Factor, name: str, one: Participant) -> str | None:
    measure = protocol.measure(name)
    answer = read_person({name: one.answers.get(name)}, protocol, one.id).value(name)
    if answer is not None:
        return _level_of_answer(measure, factor, answer)
    result = _newest_result(one, name)
    if result is None or result.quantity is None or not factor.cuts:
        return None
    return band_of(result.quantity, measure, factor.cuts, below=result.below)


def _level_of_answer(measure: Measure, factor: Factor, answer: Value) -> str | None:
    match answer:
        case bool():
            return "yes" if answer else "no"
        case Coded():
            return answer.code
        case Reading():
            return band_of(answer.amount, measure, factor.cuts) if factor.cuts else None
        case _:
            return None


def _newest_result(one: Participant, measure: str) -> Observation | None:
    found = [result for result in one.results.values() if result.measure == measure and not result.sample]
    return max(found, key=lambda result: (result.on, result.entry), default=None)


def check_levels(protocol: Protocol, one: Participant, confirmed: Mapping[str, str] | None) -> Iterator[Issue]:
    """Every level is known, and is what whoever asks was shown and confirmed."""
    found = find_levels(protocol, one)
    labels = {factor.id: factor.label for factor in protocol.allocation.factors or ()}
    for name, level in found.items():
        if level is None:
            message = f"{labels[name]!r} is not known; the arms are balanced over it."
            yield refuse("level-unknown", one.id, message, "Record it where it belongs; it is not typed here.")
    if None in found.values() or not (found or confirmed):
        return
    shown = ", ".join(f"{name} is {level}" for name, level in found.items())
    if confirmed is None:
        yield refuse(
            "levels-not-confirmed", one.id, f"{shown}: nobody confirmed it.", "Compare with the source, confirm."
        )
    elif dict(confirmed) != found:
        typed = ", ".join(f"{name} is {level}" for name, level in confirmed.items()) or "nothing"
        message = f"confirmed was: {typed}; recorded is: {shown or 'no factor'}."
        yield refuse("levels-differ", one.id, message, "Correct what is recorded where it is wrong, then ask again.")
