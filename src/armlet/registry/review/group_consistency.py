"""Baseline and adverse events are of the arms of the participant flow: the same titles, and arms of the protocol section."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.registry.results.walk import arm_key, baseline_groups, event_groups, flow_groups
from armlet.registry.review import Finding, ReviewRule, Submission, doubtful


def _find(submission: Submission) -> Iterator[Finding]:
    results = submission.results
    in_flow = {arm_key(place.group.title) for place in flow_groups(results)}
    others = [*baseline_groups(results, total=False), *event_groups(results)]
    for place in others:
        if in_flow and arm_key(place.group.title) not in in_flow:
            message = f'"{place.group.title}" is no arm of the participant flow.'
            yield doubtful(f"{place.path}.title", message, "Use the same title, or describe who is meant.")
    arms, shown = submission.protocol.arms_interventions_module.arm_groups, len(in_flow)
    if len(arms) > shown > 0:
        message = f"the participant flow has {shown} arms, and {len(arms)} are registered."
        yield doubtful("participantFlowModule.groups", message, "Show every arm, also one that nobody was in.")


METHOD = ReviewRule(
    rule="groups/consistent",
    says="The arms of baseline and adverse events are those of the participant flow, which shows every registered arm.",
    source='PRS Major Comments, "Information here appears inconsistent with information in other parts of the record"',
    checked="text",
    mend="arms[].label",
    find=_find,
)
