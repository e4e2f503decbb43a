"""An abbreviation in the title of an outcome that nothing in the record explains."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from armlet.registry.results.walk import outcomes
from armlet.registry.review import Finding, ReviewRule, Submission, doubtful

_SHORT: Final = re.compile(r"\b[A-Z][A-Z0-9]*[A-Z][A-Z0-9]*(?:-?\d+)?\b")
UNDERSTOOD: Final = frozenset(
    {"HIV", "DNA", "RNA", "COVID-19", "COVID", "SARS-COV-2", "US", "UK", "USA", "ID", "II", "III", "IV", "AND", "OR"}
)

_FEW: Final = 2
"""So few letters stand side by side as initials by chance."""


def _find(submission: Submission) -> Iterator[Finding]:
    text = " . ".join(_texts(submission))
    named: set[str] = set()
    for path, outcome in outcomes(submission.results):
        for short in dict.fromkeys(_SHORT.findall(outcome.title or "")):
            if short not in UNDERSTOOD | named and not _is_explained(short, text):
                message = f'"{short}" in the title is an abbreviation that is nowhere written out.'
                yield doubtful(f"{path}.title", message, "Write it out at first use, with the short form in brackets.")
                named.add(short)


def _texts(submission: Submission) -> Iterator[str]:
    """Where an abbreviation may be written out: titles and summaries of the record, titles and descriptions of outcomes."""
    identity, words = submission.protocol.identification_module, submission.protocol.description_module
    yield from filter(
        None, (identity.official_title, identity.brief_title, words.brief_summary, words.detailed_description)
    )
    for _, outcome in outcomes(submission.results):
        yield from filter(None, (outcome.title, outcome.description))


def _is_explained(short: str, text: str) -> bool:
    """``words (SHORT)``, ``SHORT (words)``, ``SHORT = words``, or words with the letters of it as initials in a row."""
    escaped = re.escape(short)
    if re.search(rf"{escaped}s? ?(\(|=|:)", text) or re.search(rf"\w[^()]* \({escaped}s?\b[^)]*\)", text):
        return True
    initials = "".join(word[0] for word in re.findall(r"[^\W\d_]+", text) if word != short).casefold()
    letters = re.sub(r"\d|-", "", short).casefold()
    return len(letters) > _FEW and letters in initials


METHOD = ReviewRule(
    rule="outcomes/abbreviation",
    says="Abbreviations in titles of outcomes are written out somewhere in the record.",
    source="Results Quality Control Review Criteria (27 June 2018), general criteria on acronyms and abbreviations",
    checked="memory",
    mend="endpoints[].label",
    find=_find,
)
