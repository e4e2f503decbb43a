"""A title that does not say what is measured, or that two outcomes share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from armlet.registry.results.walk import OUTCOMES, outcomes, plain_words
from armlet.registry.review import Finding, ReviewRule, Submission, amiss, doubtful

UNSPECIFIC: Final = frozenset(
    {"safety", "tolerability", "feasibility", "efficacy", "satisfaction", "safety and tolerability", "pharmacokinetics"}
)


def _find(submission: Submission) -> Iterator[Finding]:
    seen: Counter[tuple[str, str]] = Counter()
    for path, outcome in outcomes(submission.results):
        title = plain_words(outcome.title)
        if not title:
            yield amiss(f"{path}.title", "the outcome has no title.", "Name what is measured.")
        elif title in UNSPECIFIC:
            message = f'the title "{outcome.title}" does not say what is measured.'
            yield doubtful(f"{path}.title", message, "Name the measure: one variable with one unit.")
        seen[title, plain_words(outcome.time_frame)] += 1
    for (title, _), count in seen.items():
        if title and count > 1:
            message = f"{count} outcomes have the title {title!r} and the same time frame."
            yield doubtful(f"{OUTCOMES}.outcomeMeasures", message, "Say in the titles what tells them apart.")


METHOD = ReviewRule(
    rule="outcomes/title",
    says="The title of an outcome says what is measured, and no two outcomes share title and time frame.",
    source="PRS validation messages of June 2018 (titles that are not specific)",
    checked="text",
    mend="endpoints[].label",
    find=_find,
)
