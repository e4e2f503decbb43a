"""Deaths that are not told, or that are told differently in two places."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.eligibility.truth import Truth
from armlet.registry.results.rows import EventGroup, ResultsSection
from armlet.registry.results.walk import EVENTS, counts_of, event_groups, is_since_final_rule
from armlet.registry.review import Finding, ReviewRule, Submission, amiss, doubtful


def _find(submission: Submission) -> Iterator[Finding]:
    results = submission.results
    is_asked = is_since_final_rule(submission.protocol) is not Truth.FALSE
    told = 0
    for place in event_groups(results):
        assert isinstance(place.group, EventGroup)
        told += place.group.deaths_num_affected or 0
        missing = [name for name in ("affected", "at_risk") if getattr(place.group, f"deaths_num_{name}") is None]
        if is_asked and missing:
            message = f'"{place.group.title}" does not say how many died and how many were at risk.'
            yield amiss(f"{place.path}.deathsNumAffected", message, "Give both; nobody is 0.")
    in_flow = _deaths_in_flow(results)
    if is_asked and in_flow > told and results.adverse_events_module.event_groups:
        message = f"{in_flow} left the trial because they died, and {told} deaths are among the adverse events."
        yield doubtful(f"{EVENTS}.eventGroups", message, "Count the deaths again.")


def _deaths_in_flow(results: ResultsSection) -> int:
    return sum(
        sum(counts_of(reason.reasons).values())
        for period in results.participant_flow_module.periods
        for reason in period.drop_withdraws
        if reason.type == "Death"
    )


METHOD = ReviewRule(
    rule="events/mortality",
    says="Since 18 January 2017 every arm says how many died of how many, and not fewer than left by death.",
    source="RRSUploadSchema.xsd (2017-04-18), changes of 01/18/2017: all-cause mortality; 42 CFR 11.48(a)(4)",
    checked="text",
    mend="the ledger: deaths",
    find=_find,
)
