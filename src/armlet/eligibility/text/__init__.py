"""Criterion prose to criterion nodes: what the words mean where they leave no doubt, each node with its words.

Knows how criteria are written, in which units, and which words mean nothing. Refuses to guess: words that it does not
understand become a judgement for a named person, whole and as written.
"""

from armlet.eligibility.text.first import (
    AGE,
    AGE_IN_MONTHS,
    NUMBER_WORDS,
    PARTICIPANT_CONSENT,
    PHYSICIAN_CONSENT,
    SEX,
    age_rule,
    code_rule,
    is_rate_for_area,
    read_criterion,
    read_duration,
    slug,
)
from armlet.eligibility.text.reading import Doubt, ReadCriterion, Reason, Span, WhyJudged

__all__ = [
    "AGE",
    "AGE_IN_MONTHS",
    "NUMBER_WORDS",
    "PARTICIPANT_CONSENT",
    "PHYSICIAN_CONSENT",
    "SEX",
    "Doubt",
    "ReadCriterion",
    "Reason",
    "Span",
    "WhyJudged",
    "age_rule",
    "code_rule",
    "is_rate_for_area",
    "read_criterion",
    "read_duration",
    "slug",
]
