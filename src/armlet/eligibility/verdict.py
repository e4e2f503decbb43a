"""What an evaluation answers with: a truth and its reason, a verdict per criterion, an outcome for the person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from armlet.eligibility.truth import Truth
from armlet.protocol.criteria import CriterionKind


class Verdict(StrEnum):
    """What is known of one criterion. Of an exclusion criterion, `MET` means that it excludes."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, truth: Truth) -> Verdict:
        """The verdict that a truth amounts to."""
        return {Truth.TRUE: cls.MET, Truth.FALSE: cls.NOT_MET, Truth.UNKNOWN: cls.UNKNOWN}[truth]


class Outcome(StrEnum):
    """What is known of the person as a whole; only `ELIGIBLE` may be enrolled."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not eligible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """How a rule stands, and one plain sentence that tells why."""

    truth: Truth
    because: str


@dataclass(frozen=True, slots=True)
class CriterionVerdict:
    """The verdict on one criterion and the reason."""

    id: str
    kind: CriterionKind
    verdict: Verdict
    because: str

    @property
    def keeps_out(self) -> bool:
        """Whether this verdict alone makes the person not eligible."""
        return self.verdict is (Verdict.NOT_MET if self.kind is CriterionKind.INCLUSION else Verdict.MET)


@dataclass(frozen=True, slots=True)
class Assessment:
    """The outcome for one person and the verdict on each criterion, in the protocol's order."""

    verdict: Outcome
    criteria: tuple[CriterionVerdict, ...]

    def as_json(self) -> dict[str, str | list[dict[str, str]]]:
        """What ``armlet screen --json`` prints."""
        return {
            "verdict": self.verdict.value,
            "criteria": [
                {"id": item.id, "kind": item.kind.value, "verdict": item.verdict.value, "because": item.because}
                for item in self.criteria
            ],
        }
