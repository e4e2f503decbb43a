"""Nobody at risk of an adverse event, and no word on why."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.registry.results.walk import EVENTS, event_groups
from armlet.registry.review import Finding, ReviewRule, Submission, amiss


def _find(submission: Submission) -> Iterator[Finding]:
    if submission.results.adverse_events_module.description:
        return
    for place in event_groups(submission.results):
        for what in ("deaths", "serious", "other"):
            if getattr(place.group, f"{what}_num_at_risk") == 0:
                message = f'nobody of "{place.group.title}" was at risk ({what}), and no description says why.'
                yield amiss(f"{EVENTS}.description", message, "Say why: nobody was treated, or nothing was collected.")


METHOD = ReviewRule(
    rule="events/at-risk",
    says="Where nobody was at risk, the description of the adverse events says why.",
    source="PRS validation messages of June 2018 (zero participants at risk)",
    checked="text",
    mend="safety",
    find=_find,
)
