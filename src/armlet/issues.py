"""Problems in people's data or design, as values: collected all at once, never raised one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much an issue weighs: an `ERROR` stops the trial, a `WARNING` needs a decision, a `NOTE` is worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem: which rule found it, where it stands, what is wrong (expected and got) and what to do.

    `where` is a file with a line (``trials/x/protocol.yaml:87``), a path inside a document, or a file name.
    """

    rule: str
    severity: Severity
    where: str
    message: str
    fix: str

    def __str__(self) -> str:
        fix = f" {self.fix}" if self.fix else ""
        return f"{self.where} {self.rule}: {self.message}{fix}"

    def as_dict(self) -> dict[str, str]:
        """The five fields in the order of the contract, for ``--json``."""
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "where": self.where,
            "message": self.message,
            "fix": self.fix,
        }


def error(rule: str, where: str, message: str, fix: str = "") -> Issue:
    """An issue that stops the trial."""
    return Issue(rule, Severity.ERROR, where, message, fix)


def warning(rule: str, where: str, message: str, fix: str = "") -> Issue:
    """An issue that needs somebody's decision."""
    return Issue(rule, Severity.WARNING, where, message, fix)


def note(rule: str, where: str, message: str, fix: str = "") -> Issue:
    """An issue worth knowing, which stops nothing."""
    return Issue(rule, Severity.NOTE, where, message, fix)


def has_error(issues: Iterable[Issue]) -> bool:
    """Whether any of the issues stops the trial."""
    return any(issue.severity is Severity.ERROR for issue in issues)
