"""More participants with an adverse event than were at risk, or fewer events than participants who had one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from armlet.registry.results.rows import AdverseEvent, EventGroup
from armlet.registry.results.walk import EVENTS, event_groups
from armlet.registry.review import Finding, ReviewRule, Submission, amiss, doubtful


def _find(submission: Submission) -> Iterator[Finding]:
    module = submission.results.adverse_events_module
    for place in event_groups(submission.results):
        assert isinstance(place.group, EventGroup)
        for what in ("deaths", "serious", "other"):
            affected, at_risk = (getattr(place.group, f"{what}_num_{kind}") for kind in ("affected", "at_risk"))
            if affected is not None and at_risk is not None and affected > at_risk:
                message = f'"{place.group.title}" has {affected} affected ({what}) and {at_risk} at risk.'
                yield amiss(place.path, message, "Count the participants again.")
    for what, events in (("serious", module.serious_events), ("other", module.other_events)):
        yield from _terms(f"{EVENTS}.{what}Events", events)
        yield from _totals(what, module.event_groups, events)


def _terms(path: str, events: Sequence[AdverseEvent]) -> Iterator[Finding]:
    for index, event in enumerate(events):
        for place, stats in enumerate(event.stats):
            at = f"{path}[{index}].stats[{place}]"
            affected, at_risk = stats.num_affected, stats.num_at_risk
            if affected is not None and at_risk is not None and affected > at_risk:
                message = f'"{event.term}" has {affected} affected and {at_risk} at risk.'
                yield amiss(f"{at}.numAffected", message, "Count the participants again.")
            if affected is not None and stats.num_events is not None and stats.num_events < affected:
                message = f'"{event.term}" has {stats.num_events} events and {affected} affected.'
                yield amiss(f"{at}.numEvents", message, "Count the events again.")


def _totals(what: str, groups: Sequence[EventGroup], events: Sequence[AdverseEvent]) -> Iterator[Finding]:
    for index, group in enumerate(groups):
        total = getattr(group, f"{what}_num_affected")
        counts = [one.num_affected or 0 for event in events for one in event.stats if one.group_id == group.id]
        path = f"{EVENTS}.eventGroups[{index}]"
        if total is not None and max(counts, default=0) > total:
            message = f'"{group.title}" has {what} events in {total} participants, and one term alone in {max(counts)}.'
            yield amiss(path, message, "Count the participants again.")
        elif total is not None and total > sum(counts):
            message = (
                f'"{group.title}" has {what} events in {total} participants, and the terms together in {sum(counts)}.'
            )
            yield doubtful(path, message, "List every term, or correct the total.")


METHOD = ReviewRule(
    rule="events/counts",
    says="No more are affected than at risk, no fewer events than participants, and totals go with their terms.",
    source='PRS Major Comments, "Information within the Adverse Events module appears inconsistent"',
    checked="text",
    mend="the ledger: adverse events",
    find=_find,
)
