"""Criteria on their way into a draft: what is judged in part, what a line above governs, what the words gave."""

from __future__ import annotations

from armlet.eligibility.text import Reason
from armlet.eligibility.text.split import CriterionText
from armlet.protocol.criteria import CriterionKind
from armlet.registry.criteria_draft import infection_names, read_item

INFECTIONS = {name.casefold(): name for name in infection_names()}


def test_a_criterion_that_another_line_may_govern_is_judged_whatever_it_says() -> None:
    item = CriterionText(CriterionKind.INCLUSION, "at least 40 years of age", under="Cohort 2:")
    read = read_item(item, INFECTIONS)
    assert read.rule is None
    assert (read.why_judged[0].reason, read.why_judged[0].words) == (Reason.NESTED, "Cohort 2:")


def test_by_itself_the_same_criterion_is_computed() -> None:
    read = read_item(CriterionText(CriterionKind.INCLUSION, "at least 40 years of age"), INFECTIONS)
    assert read.is_computable
    assert [(span.start, span.end, span.path) for span in read.spans] == [(0, 24, "")]
