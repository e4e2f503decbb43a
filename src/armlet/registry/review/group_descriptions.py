"""An arm without a description: a reader of one table does not know what it received, when and how much."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.registry.results.walk import all_groups
from armlet.registry.review import Finding, ReviewRule, Submission, doubtful


def _find(submission: Submission) -> Iterator[Finding]:
    for place in all_groups(submission.results):
        if not (place.group.description or "").strip():
            message = f'"{place.group.title or place.group.id}" has no description here.'
            yield doubtful(f"{place.path}.description", message, "Say what this arm received, how much and when.")


METHOD = ReviewRule(
    rule="groups/description",
    says="Every arm is described in every table.",
    source="Results Data Element Definitions, Arm/Group Description (required since 18 January 2017)",
    checked="memory",
    mend="arms[].description",
    find=_find,
)
