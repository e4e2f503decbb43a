"""The complete study record of a locked trial: the protocol section as it turned out, and every module of results."""

from __future__ import annotations

from dataclasses import dataclass

from armlet.export.results_form.adverse_events import fill_adverse_events
from armlet.export.results_form.baseline import fill_baseline
from armlet.export.results_form.flow import fill_flow
from armlet.export.results_form.locked import LockedTrial
from armlet.export.results_form.more_info import fill_more_info
from armlet.export.results_form.outcomes import fill_outcomes
from armlet.export.results_form.registration import fill_registration
from armlet.issues import Issue
from armlet.registry.record import DerivedSection, Record
from armlet.registry.results.rows import ResultsSection


@dataclass(frozen=True, slots=True)
class FilledForm:
    """The record with its results, the results as rows, and what people have to fill in or to know."""

    record: Record
    results: ResultsSection
    issues: tuple[Issue, ...]


def fill_form(trial: LockedTrial) -> FilledForm:
    """The whole form. Nothing in it names a participant; what the trial does not hold is an issue and no answer."""
    registration, baseline = fill_registration(trial), fill_baseline(trial)
    outcomes, events, more = fill_outcomes(trial), fill_adverse_events(trial), fill_more_info(trial)
    results = ResultsSection(
        participant_flow_module=fill_flow(trial),
        baseline_characteristics_module=baseline.module,
        outcome_measures_module=outcomes.module,
        adverse_events_module=events.module,
        more_info_module=more.module,
    )
    filled = {
        "protocol_section": registration.section,
        "results_section": results.as_json(),
        "derived_section": DerivedSection(),
        "has_results": True,
    }
    record = trial.registered.model_copy(update=filled)
    parts = (registration, baseline, outcomes, events, more)
    return FilledForm(record, results, tuple(issue for part in parts for issue in part.issues))
