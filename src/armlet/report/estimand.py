"""The five attributes of an estimand (ICH E9(R1), A.3.3) and the estimate that answers it, in one table a result.

The one place that reads them from the protocol: `attributes_of`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate, NotEstimable
from armlet.analysis.plan import PlannedResult
from armlet.protocol.model import Protocol
from armlet.protocol.prose import listed
from armlet.report.document import Column, Row, Table
from armlet.report.numbers import capital, number
from armlet.report.results import at_visit, by_reason, by_strategy, changed_by_events
from armlet.report.sentences import arm_names, bare_p, confidence, decimals_of, limits_words, unit_of
from armlet.report.sheets import slug


def attributes_of(protocol: Protocol, planned: PlannedResult) -> tuple[tuple[str, str], ...]:
    """Treatment, population, variable, intercurrent events and summary measure, each as words; none is left out."""
    analysis, result = planned.analysis, planned.result
    endpoint = protocol.endpoint(analysis.endpoint)
    chosen = next(one for one in protocol.sets if one.id == analysis.set)
    visit, baseline = protocol.visit(planned.visit).label, protocol.visit(endpoint.baseline).label
    events = "\n".join(by_strategy(protocol, planned)) or "The protocol declares none for this analysis."
    method = load_method(analysis.method)
    estimated = capital(result.estimand) if isinstance(result, Estimate) else f"What {method.label} estimates"
    summary = capital((analysis.summary or estimated).rstrip("."))
    return (
        ("Treatment", _interventions(protocol, result.n_used)),
        ("Population", f"{capital(protocol.population.condition)}: {chosen.label}"),
        (
            "Variable",
            f"{capital(endpoint.label)} ({unit_or_none(endpoint.unit)}), at {visit}; baseline visit: {baseline}",
        ),
        ("Intercurrent events and strategies", events),
        ("Summary of the population", f"{summary}."),
    )


def _interventions(protocol: Protocol, looked_at: Mapping[str, int]) -> str:
    arms = [protocol.arm(arm) for arm in looked_at] or list(protocol.arms)
    names = arm_names(protocol)
    described = "; ".join(f"{names[arm.id]}: {arm.label}" for arm in arms)
    return f"{capital(listed(names[arm.id] for arm in arms))}{' compared' if len(arms) > 1 else ''} ({described})"


def unit_or_none(code: str) -> str:
    """The unit as typed (UCUM), or that there is none."""
    return code if code not in {"", "1"} else "no unit"


def result_table(protocol: Protocol, planned: PlannedResult, members: Mapping[str, Sequence[str]]) -> Table:
    """One result with everything that a reader needs to judge it. `members` are the people of the set, by arm."""
    result, method = planned.result, load_method(planned.analysis.method)
    endpoint = protocol.endpoint(planned.analysis.endpoint)
    rows = [
        Row(("What is asked (ICH E9(R1))",)),
        Row(("Objective", f"{capital(endpoint.objective.rstrip('.'))}.")),
        *(Row(pair) for pair in attributes_of(protocol, planned)),
        Row(("What was found",)),
        *_found(planned),
        Row(("Method", f"{capital(method.label)} ({method.source})")),
        Row(("On whom",)),
        Row(("Analysed", _analysed(protocol, result.n_used, members))),
        Row(("Left out, and why", "\n".join(by_reason(result.left_out)) or "Nobody")),
        Row(("Missing, and not by an intercurrent event", "\n".join(by_reason(planned.missing)) or "Nobody")),
        Row(("To bear in mind", _warnings(planned))),
    ]
    columns = (Column("Attribute", numeric=False), Column("Answer", numeric=False))
    caption = f"{capital(planned.analysis.role)} result: {at_visit(protocol, planned)}"
    name = f"result-{slug(planned.analysis.id)}-{slug(planned.visit)}"
    return Table(caption, columns, tuple(rows), name=name)


def _found(planned: PlannedResult) -> list[Row]:
    result = planned.result
    if isinstance(result, NotEstimable):
        return [Row(("Estimate", f"Not estimable: {result.reason.rstrip('.')}."))]
    decimals = decimals_of(result)
    rows = [Row(("Estimate", f"{number(result.value, decimals)} {unit_of(result)}"))]
    interval, p = result.interval, result.p
    between = "None with two ends"
    if interval is not None:
        between = f"{limits_words(interval, decimals)} {unit_of(result)} ({confidence(interval)})"
    rows.append(Row(("Interval", between)))
    if p is None:
        return [*rows, Row(("p", "None: the method gives no test"))]
    exact = "exact" if p.exact else "not exact: it leans on a model, or on sampled allocations"
    least = "Not bounded" if p.smallest_reachable is None else bare_p(p.smallest_reachable)
    return [
        *rows,
        Row(("p", f"{bare_p(p.value)}, {p.sides}, {exact}")),
        Row(("Smallest p that these people could have given", least)),
    ]


def _analysed(protocol: Protocol, used: Mapping[str, int], members: Mapping[str, Sequence[str]]) -> str:
    names = arm_names(protocol)
    return "\n".join(
        f"{capital(names[arm])}: {count} of {len(members.get(arm, ()))} in the set" for arm, count in used.items()
    )


def _warnings(planned: PlannedResult) -> str:
    result = planned.result
    said = (*(result.warnings if isinstance(result, Estimate) else ()), *changed_by_events(planned))
    return "\n".join(said) or "Nothing beyond what stands above"
