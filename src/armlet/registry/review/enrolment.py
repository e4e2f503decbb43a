"""As many started as were enrolled, by the protocol section; otherwise something has to explain it."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.registry.record import DateType
from armlet.registry.results.walk import achieved
from armlet.registry.review import Finding, ReviewRule, Submission, doubtful


def _find(submission: Submission) -> Iterator[Finding]:
    flow, size = submission.results.participant_flow_module, submission.protocol.design_module.enrollment_info
    if not flow.periods or size.count is None:
        return
    path = "participantFlowModule.periods[0].milestones"
    if size.type is DateType.ESTIMATED:
        message = f"the enrolment of {size.count} is an estimate, and there are results."
        yield doubtful(path, message, "Give the actual enrolment.")
    began = sum(achieved(flow.periods[0], "STARTED").values())
    if began != size.count and not flow.pre_assignment_details:
        message = f"{began} started and {size.count} were enrolled, and the pre-assignment details do not say why."
        yield doubtful(path, message, "Correct one of the two, or explain it in the pre-assignment details.")


METHOD = ReviewRule(
    rule="flow/enrolment",
    says="As many started as were enrolled, or the pre-assignment details say why not; the enrolment is an actual one.",
    source='PRS Major Comments, "Information here appears inconsistent with information in other parts of the record"',
    checked="text",
    mend="registry.enrolment, registry.enrolment_is",
    find=_find,
)
