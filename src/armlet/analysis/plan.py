"""The protocol's analyses, computed: from the unblinded dataset to one result for each analysis and visit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from armlet.allocation.unblinded import UnblindedDataset
from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method, method_names
from armlet.analysis.estimates import Result
from armlet.derivation.derived import Derived, DerivedOrNot
from armlet.errors import InputError
from armlet.issues import Issue, warning
from armlet.protocol.model import Analysis, Protocol


@dataclass(frozen=True, slots=True)
class PlannedResult:
    """The result of one pre-specified analysis at one visit."""

    analysis: Analysis
    visit: str
    result: Result

    def not_applied(self) -> tuple[str, ...]:
        """What the protocol declares of intercurrent events and this version does not compute; a reader must know."""
        return tuple(
            f'The strategy "{one.strategy}" for "{one.event}" is declared and not applied: values are used as observed.'
            for one in self.analysis.intercurrent
            if one.strategy != "treatment policy"
        )

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
            "intercurrent_events": [
                {"event": one.event, "strategy": one.strategy} for one in self.analysis.intercurrent
            ],
            "not_applied": list(self.not_applied()),
            **self.result.as_json(),
        }


def check_plan(protocol: Protocol) -> tuple[Issue, ...]:
    """Everything amiss in the names and settings of the protocol's analyses."""
    issues: list[Issue] = []
    for analysis in protocol.analyses:
        try:
            load_method(analysis.method).parse(analysis.settings)
        except InputError as problem:
            issues.extend(replace(issue, where=_place(analysis, issue)) for issue in problem.issues)
    return tuple(issues)


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
        PlannedResult(analysis, visit, _run(protocol, unblinded, analysis, visit))
        for analysis in protocol.analyses
        for visit in analysis.visits
    )


def _run(protocol: Protocol, unblinded: UnblindedDataset, analysis: Analysis, visit: str) -> Result:
    cases = make_cases(protocol, unblinded, analysis, visit)
    label = f"{analysis.label}, {protocol.visit(visit).label}"
    return load_method(analysis.method).run(cases, analysis.settings, label)


def make_cases(protocol: Protocol, unblinded: UnblindedDataset, analysis: Analysis, visit: str) -> Cases:
    """The members of the analysis set with value, baseline and slot; a missing value comes with its reason."""
    endpoint = protocol.endpoint(analysis.endpoint)
    slots = {slot.participant: slot for slot in unblinded.slots}
    visits, rows = tuple(one for one in endpoint.visits if one != endpoint.baseline), []
    for participant in unblinded.blinded.sets[analysis.set]:
        slot = slots.get(participant)
        if slot is None:
            continue
        outcome = unblinded.blinded.value(endpoint.id, participant, visit)
        baseline = unblinded.blinded.value(endpoint.id, participant, endpoint.baseline)
        why = outcome.because if not isinstance(outcome, Derived) else ""
        course = tuple(_number(unblinded.blinded.value(endpoint.id, participant, one)) for one in visits)
        rows.append(Case(participant, slot.arm, slot.number, _number(baseline), _number(outcome), why, course))
    return Cases(
        rows=tuple(rows),
        unit=endpoint.unit,
        arms=tuple(arm.id for arm in protocol.arms),
        reference=protocol.reference_arm,
        scheme=unblinded.scheme,
        allocated=unblinded.allocated(),
        visits=visits,
        visit=visit,
    )


def _number(value: DerivedOrNot) -> float | None:
    return float(value.value) if isinstance(value, Derived) else None


def results_json(protocol: Protocol, results: tuple[PlannedResult, ...]) -> list[Mapping[str, object]]:
    """Every result as plain data, in order."""
    return [result.as_json(protocol) for result in results]
