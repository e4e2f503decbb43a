"""An unknown that becomes a no, or a yes, without anybody saying so."""

from armlet.eligibility.truth import Truth
from armlet.eligibility.verdict import Outcome


def may_enrol(truth: Truth) -> bool:
    return truth  # expect: return-value


def compare(truth: Truth, outcome: Outcome) -> list[bool]:
    return [
        truth == True,  # noqa: E712 # expect: comparison-overlap
        truth is False,  # expect: comparison-overlap
        outcome == False,  # noqa: E712 # expect: comparison-overlap
    ]
