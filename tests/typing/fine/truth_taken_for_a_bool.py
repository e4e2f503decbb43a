"""A truth is compared with one of its three values."""

from armlet.eligibility.truth import Truth
from armlet.eligibility.verdict import Outcome


def may_enrol(truth: Truth) -> bool:
    return truth is Truth.TRUE


def compare(truth: Truth, outcome: Outcome) -> list[bool]:
    return [
        truth == Truth.TRUE,
        truth is Truth.FALSE,
        outcome == Outcome.NOT_ELIGIBLE,
    ]
