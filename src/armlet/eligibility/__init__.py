"""Who may take part: one person's answers against the criteria of a protocol, with a reason for each verdict.

Knows three truths, units, calendar days and the reasons in plain words. Refuses to know names of people, what happened
in a trial, and to decide what only a named person may judge: what is not known stays unknown, and unknown never enrols.
"""

from armlet.eligibility.evaluate import evaluate_criteria, evaluate_rule
from armlet.eligibility.explain import render_assessment
from armlet.eligibility.person import Person, load_person, read_person
from armlet.eligibility.truth import Truth
from armlet.eligibility.verdict import Assessment, CriterionVerdict, Finding, Outcome, Verdict

__all__ = [
    "Assessment",
    "CriterionVerdict",
    "Finding",
    "Outcome",
    "Person",
    "Truth",
    "Verdict",
    "evaluate_criteria",
    "evaluate_rule",
    "load_person",
    "read_person",
    "render_assessment",
]
