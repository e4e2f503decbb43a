"""What a reviewer of the registry would send back: each module criticises one thing about results before they are sent.

A rule sees the record and its results as rows, and yields findings with the path of each; it changes nothing and raises
nothing. An error is what the registry's own program or its reviewers must have mended, a warning what they ask about.
The rules are ours, and each names what it follows and whether that was read.
Each has two spec cases, one that passes and one that fails, under ``tests/spec/results/<module>/``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from armlet.issues import Issue, Severity
from armlet.plugins import find_methods
from armlet.registry.record import ProtocolSection, Record
from armlet.registry.results.reading import read_results
from armlet.registry.results.rows import ResultsSection


@dataclass(frozen=True, slots=True)
class Submission:
    """What is sent: the protocol section, the results, and the participants' numbers, which must occur in neither."""

    protocol: ProtocolSection
    results: ResultsSection
    participants: frozenset[str] = frozenset()

    @classmethod
    def of(cls, record: Record, participants: frozenset[str] = frozenset()) -> Submission:
        """A record with its results; a record without results gives empty ones."""
        return cls(record.protocol_section, read_results(record.results_section or {}).section, participants)


class Finding(NamedTuple):
    """One thing amiss: how much it weighs, its path below ``resultsSection``, what is wrong and what to do."""

    severity: Severity
    path: str
    message: str
    fix: str


def amiss(path: str, message: str, fix: str) -> Finding:
    """What must be mended before the registry takes the results."""
    return Finding(Severity.ERROR, path, message, fix)


def doubtful(path: str, message: str, fix: str) -> Finding:
    """What a reviewer will ask about."""
    return Finding(Severity.WARNING, path, message, fix)


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """One rule: its id, what it asks in one sentence, what it follows, and what to mend: mostly a field of ``protocol.yaml``.

    `checked`: ``text`` the source was read, ``secondary`` somebody else's account of it, ``memory`` neither.
    """

    rule: str
    says: str
    source: str
    checked: Literal["text", "secondary", "memory"]
    mend: str
    find: Callable[[Submission], Iterator[Finding]]


def load_rules() -> dict[str, ReviewRule]:
    """Every rule of this folder by module name."""
    methods = find_methods(sys.modules[__name__])
    return {name: method for name, method in methods.items() if isinstance(method, ReviewRule)}


def review(submission: Submission) -> tuple[Issue, ...]:
    """Every issue that any rule finds, in the order of the results. Each names what to mend beside the path."""
    found = [_issue(rule, finding) for rule in load_rules().values() for finding in rule.find(submission)]
    return tuple(sorted(found, key=_place))


def _issue(rule: ReviewRule, finding: Finding) -> Issue:
    where = f"resultsSection.{finding.path} (mend: {rule.mend})"
    return Issue(rule.rule, finding.severity, where, finding.message, finding.fix)


_MODULES = ("participantFlow", "baselineCharacteristics", "outcomeMeasures", "adverseEvents", "moreInfo")


def _place(issue: Issue) -> tuple[int, str, str]:
    """Modules as the registry shows them; numbers in paths by size, not by spelling."""
    path = re.sub(r"\d+", lambda number: number[0].zfill(6), issue.where)
    module = next((index for index, name in enumerate(_MODULES) if name in path), len(_MODULES))
    return module, path, issue.rule
