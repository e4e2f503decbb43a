"""Results or conclusions told in words, where only a description is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from armlet.registry.results.walk import posted
from armlet.registry.review import Finding, ReviewRule, Submission, doubtful

_RESULT: Final = re.compile(
    r"\bp\s*[<=>]\s*0?\.\d|\bstatistically significant\b|\bwas (superior|inferior|better|worse|effective)\b|"
    r"\bsignificantly (higher|lower|better|worse|improved|reduced|increased|decreased)\b",
    re.IGNORECASE,
)


def _find(submission: Submission) -> Iterator[Finding]:
    for path, outcome in posted(submission.results):
        for name, text in (
            ("title", outcome.title),
            ("description", outcome.description),
            ("populationDescription", outcome.population_description),
        ):
            found = _RESULT.search(text or "")
            if found is not None:
                message = f'the {name} seems to tell a result: "{found[0]}".'
                yield doubtful(f"{path}.{name}", message, "Tell results in tables and analyses only.")


METHOD = ReviewRule(
    rule="outcomes/results-in-text",
    says="Titles and descriptions say what was measured, not what came of it.",
    source='PRS Major Comments, "A free-text field appears to include results data or conclusions drawn from the data"',
    checked="text",
    mend="endpoints[].objective",
    find=_find,
)
