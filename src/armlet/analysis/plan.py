"""The protocol's analyses, computed: from the unblinded dataset to one result for each analysis and visit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from armlet.allocation.unblinded import Slot, UnblindedDataset
from armlet.analysis.background import covariates_of, exposure_of, failed_after
from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method, method_names
from armlet.analysis.estimand import Applied, Values, list_applied, outside_stratum, value_asked, why_missing
from armlet.analysis.estimates import Estimate, LeftOut, NotEstimable, Result
from armlet.analysis.strategies import check_strategies, warnings_of_strategies
from armlet.analysis.unused import COVARIATES_FIX, covariates_amiss, with_unused
from armlet.derivation.derived import Derived, DerivedOrNot
from armlet.errors import InputError
from armlet.issues import Issue, error, warning
from armlet.protocol.intercurrent import Treated
from armlet.protocol.model import Analysis, Protocol


@dataclass(frozen=True, slots=True)
class PlannedResult:
    """The result of one pre-specified analysis at one visit.

    `applied` are the intercurrent events that happened before the value, and how each was treated; `missing` are those
    whose value is missing for another reason than an intercurrent event: the two are never mixed.
    """

    analysis: Analysis
    visit: str
    result: Result
    applied: tuple[Applied, ...] = ()
    missing: tuple[LeftOut, ...] = ()

    def as_json(self, protocol: Protocol) -> dict[str, object]:
        """The result with what it answers: analysis, endpoint, role, set, visit, and how events were treated."""
        endpoint = protocol.endpoint(self.analysis.endpoint)
        return {
            "analysis": self.analysis.id,
            "role": self.analysis.role,
            "endpoint": endpoint.id,
            "endpoint_label": endpoint.label,
            "level": endpoint.level,
            "visit": self.visit,
            "set": self.analysis.set,
            "summary": self.analysis.summary,
            "intercurrent_events": [self._event_json(protocol, one) for one in self.analysis.intercurrent],
            "applied": [one.as_json() for one in self.applied],
            "missing": [{"participant": participant, "reason": reason} for participant, reason in self.missing],
            **self.result.as_json(),
        }

    def _event_json(self, protocol: Protocol, one: Treated) -> dict[str, object]:
        return {
            "id": one.event,
            "event": protocol.intercurrent_event(one.event).label,
            "strategy": one.strategy,
            "value": None if one.value is None else str(one.value),
            "participants": sum(applied.event == one.event for applied in self.applied),
        }


def check_plan(protocol: Protocol) -> tuple[Issue, ...]:
    """Everything amiss in the names and settings of the protocol's analyses."""
    issues: list[Issue] = []
    for analysis in protocol.analyses:
        try:
            load_method(analysis.method).parse(analysis.settings)
        except InputError as problem:
            issues.extend(replace(issue, where=_place(analysis, issue)) for issue in problem.issues)
        else:
            issues.extend(check_strategies(protocol, analysis))
            issues.extend(_check_covariates(analysis))
    return tuple(issues)


def _check_covariates(analysis: Analysis) -> Iterator[Issue]:
    amiss = covariates_amiss(load_method(analysis.method), analysis.covariates or (), analysis.settings)
    if amiss:
        message = f'"{analysis.label}": {amiss}'
        yield error("analysis/covariates-unused", f"analyses/{analysis.id}/covariates", message, COVARIATES_FIX)


def check_factors(protocol: Protocol) -> tuple[Issue, ...]:
    """A warning for each primary analysis that leaves out what the arms are balanced over (ICH E9 asks for it, 2.3.1)."""
    labels = ", ".join(factor.label for factor in protocol.allocation.factors or ())
    primary = [analysis for analysis in protocol.analyses if labels and analysis.role == "primary"]
    found = []
    for analysis in primary:
        if analysis.method in method_names() and not load_method(analysis.method).replays_allocation:
            message = f'the arms are balanced over {labels}, which "{analysis.label}" ({analysis.method}) leaves out.'
            fix = "Use rerandomisation, which replays the allocation with everybody's levels as they were."
            found.append(warning("analysis/factor-left-out", f"analyses/{analysis.id}/method", message, fix))
    return tuple(found)


def _place(analysis: Analysis, issue: Issue) -> str:
    is_name = issue.rule == "analysis/method-unknown"
    return f"analyses/{analysis.id}/method" if is_name else f"analyses/{analysis.id}: {issue.where}"


def run_plan(protocol: Protocol, unblinded: UnblindedDataset) -> tuple[PlannedResult, ...]:
    """Every analysis at each of its visits, in the protocol's order. Raises InputError for settings that do not fit."""
    issues = check_plan(protocol)
    if issues:
        raise InputError(issues)
    return tuple(
        _run(protocol, unblinded, analysis, visit) for analysis in protocol.analyses for visit in analysis.visits
    )


def _run(protocol: Protocol, unblinded: UnblindedDataset, analysis: Analysis, visit: str) -> PlannedResult:
    label = f"{analysis.label}, {protocol.visit(visit).label}"
    method = load_method(analysis.method)
    if analysis.set in unblinded.blinded.unassigned:
        chosen = {one.id: one.label for one in protocol.sets}[analysis.set]
        reason = f'who belongs to "{chosen}" was never assigned in a blind review'
        return PlannedResult(analysis, visit, NotEstimable(label, method.name, reason, {}))
    cases = make_cases(protocol, unblinded, analysis, visit)
    people = [_values(protocol, unblinded, analysis, one) for one in _members(unblinded, analysis)]
    outside = tuple(_left_outside(people, visit))
    result = method.run(cases, analysis.settings, label)
    result = with_unused(cases, method, replace(result, left_out=(*result.left_out, *outside)))
    if isinstance(result, Estimate):
        asks = warnings_of_strategies(protocol, analysis, cases, len(outside), method)
        result = replace(result, warnings=(*result.warnings, *asks))
    applied = tuple(one for values in people for one in list_applied(values, visit))
    missing = ((values.participant, why_missing(values, visit)) for values in people)
    return PlannedResult(analysis, visit, result, applied, tuple(one for one in missing if one[1]))


def _values(protocol: Protocol, unblinded: UnblindedDataset, analysis: Analysis, participant: str) -> Values:
    return Values(protocol, unblinded.blinded, analysis, participant)


def _members(unblinded: UnblindedDataset, analysis: Analysis) -> tuple[str, ...]:
    """The people of the analysis set who have a slot."""
    allocated = {slot.participant for slot in unblinded.slots}
    return tuple(one for one in unblinded.blinded.sets[analysis.set] if one in allocated)


def _left_outside(people: list[Values], visit: str) -> Iterator[LeftOut]:
    for values in people:
        event = outside_stratum(values, visit)
        if event is not None:
            yield values.participant, f"outside the principal stratum: {event.words}"


def make_cases(protocol: Protocol, unblinded: UnblindedDataset, analysis: Analysis, visit: str) -> Cases:
    """The members of the analysis set with the values that the estimand asks for; a missing one comes with its reason.

    Whoever is outside the principal stratum is not among them.
    """
    endpoint = protocol.endpoint(analysis.endpoint)
    slots = {slot.participant: slot for slot in unblinded.slots}
    visits = tuple(one for one in endpoint.visits if one != endpoint.baseline)
    rows = (
        _make_case(_values(protocol, unblinded, analysis, one), slots[one], visit, visits)
        for one in _members(unblinded, analysis)
    )
    return Cases(
        rows=tuple(row for row in rows if row is not None),
        unit=endpoint.unit,
        arms=tuple(arm.id for arm in protocol.arms),
        reference=protocol.reference_arm,
        scheme=unblinded.scheme,
        allocated=unblinded.allocated(),
        visits=visits,
        visit=visit,
    )


def _make_case(values: Values, slot: Slot, visit: str, visits: tuple[str, ...]) -> Case | None:
    if outside_stratum(values, visit) is not None:
        return None
    outcome = value_asked(values, visit)
    return Case(
        participant=values.participant,
        arm=slot.arm,
        slot=slot.number,
        baseline=_number(values.observed(values.endpoint.baseline)),
        outcome=outcome.value,
        why_missing=outcome.why,
        course=tuple(value_asked(values, one).value for one in visits),
        covariates=covariates_of(values),
        below_limit=outcome.below_limit,
        failed=outcome.by.words if outcome.failed and outcome.by is not None else "",
        exposure=exposure_of(values, visit),
        failed_after=failed_after(values, outcome),
    )


def _number(value: DerivedOrNot) -> float | None:
    return float(value.value) if isinstance(value, Derived) else None


def results_json(protocol: Protocol, results: tuple[PlannedResult, ...]) -> list[Mapping[str, object]]:
    """Every result as plain data, in order."""
    return [result.as_json(protocol) for result in results]
