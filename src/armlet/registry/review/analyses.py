"""A statistical analysis that lacks a part: its arms, its method, or the number that it estimates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from armlet.registry.results.rows import MeasureAnalysis, NonInferiorityType
from armlet.registry.results.walk import posted
from armlet.registry.review import Finding, ReviewRule, Submission, amiss, doubtful

_WITH_A_MARGIN: Final = frozenset({NonInferiorityType.NON_INFERIORITY, NonInferiorityType.EQUIVALENCE})
_COMPARISONS: Final = _WITH_A_MARGIN | {NonInferiorityType.SUPERIORITY}
"""What needs a second arm. The legacy kinds of older records are mixtures that single arms were given as well."""


def _find(submission: Submission) -> Iterator[Finding]:
    for path, outcome in posted(submission.results):
        for index, analysis in enumerate(outcome.analyses):
            yield from _check(f"{path}.analyses[{index}]", analysis)


def _check(path: str, analysis: MeasureAnalysis) -> Iterator[Finding]:
    if not analysis.group_ids:
        yield amiss(f"{path}.groupIds", "the analysis names no arm.", "Name the arms that it compares.")
    if analysis.p_value and not analysis.statistical_method:
        yield amiss(f"{path}.statisticalMethod", "there is a p-value and no method.", "Name the test.")
    if analysis.statistical_method and not analysis.p_value and not analysis.param_value:
        message = f"the method {analysis.statistical_method!r} gives neither a p-value nor an estimate."
        yield amiss(f"{path}.pValue", message, "Give one of the two.")
    if analysis.param_value and not analysis.param_type:
        yield amiss(f"{path}.paramType", f"{analysis.param_value} is an estimate of nothing.", "Name the parameter.")
    if analysis.param_type and not analysis.param_value:
        yield amiss(f"{path}.paramValue", f"{analysis.param_type} is named and not estimated.", "Give the estimate.")
    says_anything = (analysis.p_value, analysis.param_value, analysis.other_analysis_description)
    if not any(says_anything) and not analysis.statistical_method and not analysis.param_type:
        yield amiss(path, "the analysis has no result.", "Give a p-value or an estimate, or take it out.")
    if analysis.non_inferiority_type is None:
        message = "it is not said whether superiority, equivalence or something else was tested."
        yield doubtful(f"{path}.nonInferiorityType", message, "Say it; for a single arm it is Other.")
    yield from _check_hypothesis(path, analysis)


def _check_hypothesis(path: str, analysis: MeasureAnalysis) -> Iterator[Finding]:
    tested = analysis.non_inferiority_type
    if tested in _COMPARISONS and len(analysis.group_ids) == 1:
        message = f"{tested} was tested and only one arm is named."
        yield doubtful(f"{path}.groupIds", message, "Name the arms that it compares; for a single arm say Other.")
    if tested in _WITH_A_MARGIN and not analysis.non_inferiority_comment:
        message = f"{tested} was tested and no comment gives the margin."
        yield doubtful(f"{path}.nonInferiorityComment", message, "Give the margin and how it was chosen.")


METHOD = ReviewRule(
    rule="analyses/complete",
    says="A statistical analysis names its arms (two for a comparison), its method, what it estimates and, for "
    "non-inferiority, the margin; it gives a p-value or an estimate.",
    source='PRS Major Comments, "Information within the statistical analyses appears inconsistent"',
    checked="text",
    mend="analyses[].method, analyses[].settings",
    find=_find,
)
