"""The release verdict: every releasing attribute of the specification, one by one, exactly at its limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from armlet.protocol.criteria import Comparison
from armlet.protocol.model import ReleaseTest
from armlet.units import Quantity

Verdict = Literal["pass", "fail", "pending"]


@dataclass(frozen=True, slots=True)
class Release:
    """The verdict on a lot and on each test; a pending test holds it back unless its result may come afterwards."""

    verdict: Literal["pass", "conditional", "fail", "pending"]
    tests: Mapping[str, Verdict]


def assess_release(tests: tuple[ReleaseTest, ...], results: Mapping[str, str]) -> Release:
    """The verdict for results by test id, as text: a quantity with its unit, or a code. What is absent is pending."""
    verdicts = {test.id: _assess(test, results.get(test.id)) for test in tests}
    releasing = [test for test in tests if test.releasing]
    if any(verdicts[test.id] == "fail" for test in releasing):
        return Release("fail", verdicts)
    if any(verdicts[test.id] == "pending" and not test.after_release for test in releasing):
        return Release("pending", verdicts)
    if any(verdicts[test.id] == "pending" for test in releasing):
        return Release("conditional", verdicts)
    return Release("pass", verdicts)


def _assess(test: ReleaseTest, result: str | None) -> Verdict:
    if result is None:
        return "pending"
    if test.limit is None:
        return "pass" if result in test.codes else "fail"
    return "pass" if holds(Quantity.parse(result).compare(test.limit), test.is_) else "fail"


def holds(order: int, comparison: Comparison) -> bool:
    """Whether an order (-1, 0, 1) satisfies a comparison with a limit."""
    return {
        Comparison.LESS: order < 0,
        Comparison.AT_MOST: order <= 0,
        Comparison.EQUAL: order == 0,
        Comparison.AT_LEAST: order >= 0,
        Comparison.MORE: order > 0,
        Comparison.IN: order == 0,
    }[comparison]
