"""Which strategies a method can carry out, and what a reader must know of those that were."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.analysis.cases import Cases, people
from armlet.analysis.catalogue import load_method
from armlet.analysis.method import Method
from armlet.issues import Issue, error
from armlet.protocol.intercurrent import Treated
from armlet.protocol.model import Analysis, Protocol


def check_strategies(protocol: Protocol, analysis: Analysis) -> Iterator[Issue]:
    """The method can carry out each strategy: count an outcome as worse than every value, or take the last one.

    The last value while on treatment stands for each later visit alike, which a model of the course over visits would
    take for so many measurements.
    """
    method = load_method(analysis.method)
    for index, one in enumerate(analysis.intercurrent):
        where, event = f"analyses/{analysis.id}/intercurrent/{index}", _label(protocol, one)
        if one.strategy == "composite" and one.value is None and not method.ranks_failures:
            message = f'"{analysis.label}" counts "{event}" as worse than every value; {method.name} has no'
            message += " place for that."
            fix = "Give the `value` that stands for it, or use worst_rank or win_ratio."
            yield error("analysis/strategy-unfit", where, message, fix)
        later = _later_visits(protocol, analysis)
        if one.strategy == "while on treatment" and method.takes_course and later > 1:
            message = (
                f'"{analysis.label}" takes the last value before "{event}" (while on treatment); {method.name} models the '
                f"course over {later} visits, where one value repeated would count as measured at each. Expected a "
                "method that looks at one visit."
            )
            fix = "Use hypothetical or treatment policy, or a method of one visit, such as ancova or rerandomisation."
            yield error("analysis/strategy-unfit", where, message, fix)


def _later_visits(protocol: Protocol, analysis: Analysis) -> int:
    """At how many visits after the baseline the endpoint is measured."""
    endpoint = protocol.endpoint(analysis.endpoint)
    return sum(visit != endpoint.baseline for visit in endpoint.visits)


def warnings_of_strategies(
    protocol: Protocol, analysis: Analysis, cases: Cases, outside: int, method: Method[object]
) -> Iterator[str]:
    """One sentence for each strategy that changed what a reader may conclude."""
    aside = sum("(hypothetical)" in row.why_missing for row in cases.rows)
    if aside and not method.models_missing:
        yield (
            f"{_capital(people(aside))} left out because the value after an intercurrent event is set aside "
            "(hypothetical strategy): this method uses complete cases, which is right only if those are like the others."
        )
    if any(one.strategy == "principal stratum" for one in analysis.intercurrent):
        yield (
            f"Principal stratum: {people(outside)} with the event left out. Who would have had it in the other arm is not "
            "known, so the arms compared are not protected by randomisation."
        )
    if aside and method.models_missing:
        yield (
            f"Values of {people(aside)} after an intercurrent event are set aside (hypothetical strategy) and modelled "
            f"as {method.name} models what is missing."
        )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _label(protocol: Protocol, treated: Treated) -> str:
    known = {event.id: event.label for event in protocol.intercurrent_events or ()}
    return known.get(treated.event, treated.event)
