"""A count of the participant flow that cannot be: no whole number, or more than started."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.registry.results.walk import achieved, named, periods, whole
from armlet.registry.review import Finding, ReviewRule, Submission, amiss, doubtful


def _find(submission: Submission) -> Iterator[Finding]:
    groups = submission.results.participant_flow_module.groups
    if not submission.results.participant_flow_module.periods:
        yield amiss("participantFlowModule.periods", "there is no period.", "Say who started and who completed.")
    before: dict[str, int] = {}
    for path, period in periods(submission.results):
        began = achieved(period, "STARTED")
        for group in [group for group in began if began[group] > before.get(group, began[group])]:
            message = (
                f"{began[group]} of {named(groups, group)} start a period after one that {before[group]} completed."
            )
            yield doubtful(f"{path}.milestones", message, "Say in the period's comment where the others come from.")
        before = achieved(period, "COMPLETED")
        for index, milestone in enumerate(period.milestones):
            for place, stats in enumerate(milestone.achievements):
                here = f"{path}.milestones[{index}].achievements[{place}].numSubjects"
                count = whole(stats.num_subjects)
                if stats.num_subjects is not None and count is None:
                    yield amiss(here, f"{stats.num_subjects!r} is no whole number.", "Count participants.")
                elif count is not None and count > began.get(stats.group_id or "", count):
                    message = (
                        f"{count} of {named(groups, stats.group_id)} reached {milestone.type}, "
                        f"and {began[stats.group_id or '']} started."
                    )
                    yield amiss(here, message, "Count the participants again.")


METHOD = ReviewRule(
    rule="flow/counts",
    says="Counts of the flow are whole numbers, none is larger than the number that started, and there is a period.",
    source='PRS Major Comments, "Information within the Participant Flow module appears inconsistent"',
    checked="text",
    mend="the ledger: enrolments and discontinuations",
    find=_find,
)
