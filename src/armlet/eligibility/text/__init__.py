"""Criterion prose to criterion nodes: what the words mean where they leave no doubt, each node with its words.

Knows how criteria are written and split, in which units, and which words mean nothing. Refuses to guess: words that it
does not understand become a judgement for a named person, as they are written.
"""

from armlet.eligibility.text.amounts import NUMBER_WORDS
from armlet.eligibility.text.conditions import read_duration
from armlet.eligibility.text.measures import (
    AGE,
    AGE_IN_MONTHS,
    PARTICIPANT_CONSENT,
    PHYSICIAN_CONSENT,
    SEX,
    age_rule,
    code_rule,
    slug,
)
from armlet.eligibility.text.reader import read_criterion
from armlet.eligibility.text.reading import Doubt, ReadCriterion, Reason, Span, WhyJudged
from armlet.eligibility.text.reasons import is_rate_for_area

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
