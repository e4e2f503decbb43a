"""A trial that ended early, or analysed nobody, and does not say what that does to its numbers."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.registry.record import Status
from armlet.registry.results.walk import MORE
from armlet.registry.review import Finding, ReviewRule, Submission, doubtful


def _find(submission: Submission) -> Iterator[Finding]:
    said = submission.results.more_info_module.limitations_and_caveats.description
    status = submission.protocol.status_module
    path = f"{MORE}.limitationsAndCaveats.description"
    if status.overall_status is Status.TERMINATED and not said:
        message = "the trial ended early, and no limitation says what that means for its numbers."
        yield doubtful(path, message, "Say that it ended early, why, and how many were to be analysed.")
    if status.overall_status is Status.TERMINATED and not status.why_stopped:
        message = "the trial ended early, and the protocol section does not say why."
        yield doubtful(path, message, "Give the reason in the status of the record.")


METHOD = ReviewRule(
    rule="more/limitations",
    says="A trial that ended early says why, and what that means for its numbers.",
    source="Results Data Element Definitions, Limitations and Caveats: early termination, small numbers, technical problems",
    checked="memory",
    mend="registry.why_stopped",
    find=_find,
)
