"""A title that does not tell one arm from another: too short, empty of meaning, or used twice in one table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from armlet.registry.results.rows import EventGroup, Group
from armlet.registry.results.walk import all_groups, arm_key, outcomes, plain_words
from armlet.registry.review import Finding, ReviewRule, Submission, amiss, doubtful

SHORTEST: Final = 4
_NUMBERED: Final = re.compile(r"(arm|group|cohort) ?([a-z]|\d+|i+v?)")


def _find(submission: Submission) -> Iterator[Finding]:
    results = submission.results
    for place in all_groups(results):
        title = place.group.title or ""
        if len(title) < SHORTEST:
            message = f"the title {title!r} has {len(title)} characters; expected at least {SHORTEST}."
            yield amiss(f"{place.path}.title", message, "Say what this arm received.")
        elif _NUMBERED.fullmatch(plain_words(title)) and not place.group.description:
            message = f"the title {title!r} does not say what this arm received, and no description does."
            yield doubtful(f"{place.path}.title", message, "Name the intervention.")
    yield from _twice("participantFlowModule.groups", results.participant_flow_module.groups)
    yield from _twice("baselineCharacteristicsModule.groups", results.baseline_characteristics_module.groups)
    for path, outcome in outcomes(results):
        yield from _twice(f"{path}.groups", outcome.groups)
    yield from _twice("adverseEventsModule.eventGroups", results.adverse_events_module.event_groups)


def _twice(path: str, groups: Sequence[Group | EventGroup]) -> Iterator[Finding]:
    for title, count in Counter(arm_key(group.title) for group in groups).items():
        if title and count > 1:
            yield amiss(path, f"{count} groups have the title {title!r}.", "Give each a title of its own.")


METHOD = ReviewRule(
    rule="groups/title",
    says="The title of an arm has at least four characters, says what it received, and is used once in a table.",
    source="Results Data Element Definitions, Arm/Group Title (as kept by AACT)",
    checked="text",
    mend="arms[].label",
    find=_find,
)
