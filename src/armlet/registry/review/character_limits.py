"""A text that is longer than the field of the registry that it goes into."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Literal

from armlet.document import Document, load_document, read_yaml
from armlet.issues import Severity
from armlet.registry.review import Finding, ReviewRule, Submission
from armlet.registry.review.participant_identifiers import texts_of


class Limit(Document):
    """How many characters a field takes: its path without numbers, the limit, and where that is written."""

    path: str
    most: int
    source: str
    checked: Literal["text", "secondary", "memory"]


class _Limits(Document):
    limits: tuple[Limit, ...]


@cache
def load_limits() -> dict[str, Limit]:
    """Every limit by the path of its field."""
    name = "data/review_limits.yaml"
    plain, lines = read_yaml(files("armlet.registry").joinpath(name).read_text(encoding="utf-8"), name)
    return {limit.path: limit for limit in load_document(_Limits, plain, lines, "limits").limits}


def _find(submission: Submission) -> Iterator[Finding]:
    limits = load_limits()
    for path, text in texts_of(submission):
        limit = limits.get(re.sub(r"\[\d+\]", "[]", path))
        if limit is not None and len(text) > limit.most:
            severity = Severity.WARNING if limit.checked == "memory" else Severity.ERROR
            message = f"the text has {len(text)} characters; the field takes {limit.most}."
            yield Finding(severity, path, message, "Shorten it.")


METHOD = ReviewRule(
    rule="text/too-long",
    says="No text is longer than its field; a limit that is known from memory gives a warning only.",
    source="registry/data/review_limits.yaml names the source of each",
    checked="text",
    mend="the text of the same name",
    find=_find,
)
