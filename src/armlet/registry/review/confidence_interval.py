"""An interval that lacks its level, its limits, or its estimate, or whose limits are the wrong way round."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from armlet.registry.results.rows import ConfidenceIntervalNumSides, MeasureAnalysis
from armlet.registry.results.walk import NOT_AVAILABLE, number, posted
from armlet.registry.review import Finding, ReviewRule, Submission, amiss, doubtful

_LEAST: Final = 50


def _find(submission: Submission) -> Iterator[Finding]:
    for path, outcome in posted(submission.results):
        for index, analysis in enumerate(outcome.analyses):
            yield from _check(f"{path}.analyses[{index}]", analysis)


def _check(path: str, analysis: MeasureAnalysis) -> Iterator[Finding]:
    limits = (analysis.ci_lower_limit, analysis.ci_upper_limit)
    level = number(analysis.ci_pct_value)
    given = sum(limit is not None for limit in limits)
    if given and level is None:
        yield amiss(f"{path}.ciPctValue", "the interval has no level.", "Say of how many per cent it is.")
    if level is not None and not _LEAST <= level < 100:
        yield doubtful(f"{path}.ciPctValue", f"the interval is of {level} %.", "Expected 95, say.")
    if level is not None and not given:
        yield doubtful(f"{path}.ciLowerLimit", f"an interval of {level} % has no limit.", "Give its limits.")
    if given == 1 and analysis.ci_num_sides is ConfidenceIntervalNumSides.TWO_SIDED:
        yield doubtful(f"{path}.ciNumSides", "an interval with two sides has one limit.", "Give the other limit.")
    for name, limit, comment in (
        ("ciLowerLimit", analysis.ci_lower_limit, analysis.ci_lower_limit_comment),
        ("ciUpperLimit", analysis.ci_upper_limit, analysis.ci_upper_limit_comment),
    ):
        if limit == NOT_AVAILABLE and not comment:
            yield amiss(f"{path}.{name}Comment", f"{name} is NA and no comment says why.", "Say why.")
        elif limit is not None and limit != NOT_AVAILABLE and number(limit) is None:
            yield amiss(f"{path}.{name}", f"{limit!r} is no number.", "Give a number, or NA with the reason.")
    yield from _order(path, analysis)


def _order(path: str, analysis: MeasureAnalysis) -> Iterator[Finding]:
    low, high, value = (
        number(text) for text in (analysis.ci_lower_limit, analysis.ci_upper_limit, analysis.param_value)
    )
    if low is not None and high is not None and low > high:
        yield amiss(f"{path}.ciLowerLimit", f"the lower limit {low} is above the upper {high}.", "Exchange the two.")
    elif value is not None and ((low is not None and value < low) or (high is not None and value > high)):
        message = f"the estimate {value} lies outside its interval {low} to {high}."
        yield doubtful(f"{path}.paramValue", message, "Do both belong to the same parameter?")


METHOD = ReviewRule(
    rule="analyses/interval",
    says="A confidence interval has its level, its limits in order, and its estimate between them.",
    source='PRS Major Comments, "Information within the statistical analyses appears inconsistent"',
    checked="text",
    mend="analyses[].settings",
    find=_find,
)
