"""Something by which one participant could be known: a number of the trial, a date of birth, a name's initials."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from armlet.registry.review import Finding, ReviewRule, Submission, amiss, doubtful

_LIKE_A_NUMBER: Final = re.compile(
    r"\b(?:participant|patient|subject)\s*(?:no\.?|number|id|#)\s*:?\s*(?:[A-Z]{1,4}-?\d{2,}|0\d+|\d{3,})",
    re.IGNORECASE,
)
_AGED: Final = re.compile(r"\ban? \d{1,3}[ -]years?[ -]old\b", re.IGNORECASE)
_BORN: Final = re.compile(r"\b(?:born on|date of birth:?)\s*\d", re.IGNORECASE)


def _find(submission: Submission) -> Iterator[Finding]:
    for path, text in texts_of(submission):
        for participant in sorted(submission.participants):
            if re.search(rf"(?<![\w-]){re.escape(participant)}(?![\w-])", text):
                message = "the text names a participant's number."
                yield amiss(path, message, "Take it out: numbers stay in the trial.")
        found = _LIKE_A_NUMBER.search(text) or _BORN.search(text) or _AGED.search(text)
        if found is not None:
            yield doubtful(path, "the text seems to tell of one participant.", "Take out what could tell who it is.")


def texts_of(submission: Submission) -> Iterator[tuple[str, str]]:
    """Every text of the results with its path."""
    return _texts("", submission.results.as_json())


def _texts(path: str, plain: object) -> Iterator[tuple[str, str]]:
    """Every text with its path, but for the contact, who wants to be known, and the ids of groups."""
    if isinstance(plain, dict):
        for name, value in plain.items():
            if name not in {"pointOfContact", "id", "groupId", "groupIds"}:
                yield from _texts(f"{path}.{name}".lstrip("."), value)
    elif isinstance(plain, list):
        for index, value in enumerate(plain):
            yield from _texts(f"{path}[{index}]", value)
    elif isinstance(plain, str):
        yield path, plain


METHOD = ReviewRule(
    rule="privacy/participant",
    says="No participant's number, date of birth or the like stands in any text.",
    source='PRS Major Comments, "Information in the record appears inappropriate for posting"; ICH E6(R3)',
    checked="secondary",
    mend="the text that was written by hand",
    find=_find,
)
