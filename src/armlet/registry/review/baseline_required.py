"""Age and sex of the participants, and for newer trials race and ethnicity or that they were not collected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from armlet.eligibility.truth import Truth
from armlet.issues import Severity
from armlet.registry.results.walk import is_since_final_rule, plain_words
from armlet.registry.review import Finding, ReviewRule, Submission

_ASKED: Final = (
    ("age", ("age",), Severity.ERROR),
    ("sex or gender", ("sex", "gender"), Severity.ERROR),
    ("race and ethnicity", ("race", "ethnicity"), Severity.WARNING),
)


def _find(submission: Submission) -> Iterator[Finding]:
    titles = [plain_words(one.title) for one in submission.results.baseline_characteristics_module.measures]
    is_new = is_since_final_rule(submission.protocol) is not Truth.FALSE
    for name, beginnings, severity in _ASKED:
        if name.startswith("race") and not is_new:
            continue
        if not any(title.startswith(beginnings) for title in titles):
            message = f"the baseline has no {name}."
            fix = "Add it; where it was not collected, say so with the measure that is meant for that."
            yield Finding(severity, "baselineCharacteristicsModule.measures", message, fix)


METHOD = ReviewRule(
    rule="baseline/required",
    says="The baseline has age and sex; since 18 January 2017 also race and ethnicity, or that they were not collected.",
    source="42 CFR 11.48(a)(2); Results Data Element Definitions, section 2",
    checked="secondary",
    mend="measures[]",
    find=_find,
)
