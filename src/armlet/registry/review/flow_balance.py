"""A period that does not add up: who started either completed or did not, and each who did not has a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from armlet.registry.results.rows import FlowPeriod
from armlet.registry.results.walk import achieved, counts_of, named, periods
from armlet.registry.review import Finding, ReviewRule, Submission, amiss, doubtful


def _find(submission: Submission) -> Iterator[Finding]:
    groups = submission.results.participant_flow_module.groups
    for path, period in periods(submission.results):
        began, ended, left = (achieved(period, name) for name in ("STARTED", "COMPLETED", "NOT COMPLETED"))
        for group in began:
            if group in ended and group in left and began[group] != ended[group] + left[group]:
                message = (
                    f"of {named(groups, group)} {began[group]} started, {ended[group]} completed and {left[group]} did not; "
                    "expected that the last two add up to the first."
                )
                yield amiss(f"{path}.milestones", message, "Count the participants again, or correct their last visit.")
        for group, count in _reasons(period).items():
            if group in left and count != left[group]:
                message = f"of {named(groups, group)} {left[group]} did not complete and {count} have a reason."
                yield doubtful(f"{path}.dropWithdraws", message, "Give everybody who left exactly one reason.")


def _reasons(period: FlowPeriod) -> dict[str, int]:
    total: Counter[str] = Counter()
    for reason in period.drop_withdraws:
        total.update(counts_of(reason.reasons))
    return dict(total)


METHOD = ReviewRule(
    rule="flow/balance",
    says="In every period who started is who completed and who did not; reasons add up to who did not.",
    source='PRS Major Comments, "Information within the Participant Flow module appears inconsistent"',
    checked="text",
    mend="the ledger: discontinuations",
    find=_find,
)
