"""The list beside an export of what a reviewer of the registry would send back, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from armlet.issues import Issue, Severity

_TITLES: Final = {
    Severity.ERROR: "To be mended before it is sent",
    Severity.WARNING: "To be looked at: a reviewer will ask",
    Severity.NOTE: "To know",
}


def render_review(name: str, issues: Sequence[Issue], mark: str = "") -> str:
    """Every issue with its place, the protocol's field beside it, and what to do; `mark` says that people are invented."""
    return "\n".join(_lines(name, issues, mark)) + "\n"


def _lines(name: str, issues: Sequence[Issue], mark: str) -> Iterator[str]:
    yield f"# Review of {name}"
    yield ""
    if mark:
        yield f"**{mark}.**"
        yield ""
    yield count_issues(issues)
    for severity, title in _TITLES.items():
        found = [issue for issue in issues if issue.severity is severity]
        if found:
            yield ""
            yield f"## {title}"
            yield ""
            yield from (f"- {issue.message} {issue.fix} `{issue.where}` ({issue.rule})" for issue in found)


def count_issues(issues: Sequence[Issue]) -> str:
    """How many errors and warnings there are, in a sentence."""
    counts = {kind: sum(issue.severity is kind for issue in issues) for kind in (Severity.ERROR, Severity.WARNING)}
    parts = [f"{count} {kind.value}{'' if count == 1 else 's'}" for kind, count in counts.items()]
    return f"A reviewer of the registry would find {' and '.join(parts)}."
