"""Design checks: each module criticises one thing about a protocol before anybody is treated by it.

A check sees the protocol and the line of each of its values, and yields issues; it changes nothing and raises nothing.
Each has two spec cases, one that passes and one that fails, under ``tests/spec/checks/<module>/``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from armlet.document import Lines
from armlet.issues import Issue
from armlet.plugins import find_methods
from armlet.protocol.load import Trial
from armlet.protocol.model import Protocol


@dataclass(frozen=True, slots=True)
class Check:
    """One design check: the id of its rule, what it looks for in one sentence, and the function that looks."""

    rule: str
    says: str
    find: Callable[[Protocol, Lines], Iterator[Issue]]


def load_checks() -> dict[str, Check]:
    """Every check of this folder by module name."""
    methods = find_methods(sys.modules[__name__])
    return {name: method for name, method in methods.items() if isinstance(method, Check)}


def check_trial(trial: Trial) -> tuple[Issue, ...]:
    """Every issue that any check finds, in the order of the protocol's lines."""
    found = [issue for check in load_checks().values() for issue in check.find(trial.protocol, trial.lines)]
    return tuple(sorted(found, key=_line_of))


def _line_of(issue: Issue) -> tuple[int, str]:
    line = issue.where.rpartition(":")[2]
    return (int(line) if line.isdigit() else 0, issue.rule)
