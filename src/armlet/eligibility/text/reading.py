"""What reading a criterion gives: a rule with the words it came from, or why a person has to judge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from armlet.protocol.criteria import Judgement, Measure, Rule, walk


class Doubt(StrEnum):
    """What a rule rests on that the words leave open; somebody must be asked."""

    UNIT_MISSING = "unit missing"
    FROM_WHEN = "from when"
    WHICH_TEST = "which test"
    CONTRACEPTION = "contraception"
    POWER_FLATTENED = "power of ten flattened"
    RANGE_ENDS = "whether the ends of the range belong to it"
    AGE_ENDS = "whether the age counts in completed years"


class Reason(StrEnum):
    """Why a criterion was left to a person; the words that stopped the reader stand beside it."""

    RATE_FOR_AREA = "a concentration over time is given for what adds up over time"
    NUMBER_AMBIGUOUS = "the number can be read in two ways"
    EQUIVALENT_DIFFERS = "two values are given as equal and are not"
    UNIT_UNKNOWN = "the unit is missing or not known"
    OPINION = "it asks for somebody's opinion, will or ability"
    FORECAST = "it asks for what is expected to happen"
    VAGUE = "a word has no limit that could be measured"
    ELSEWHERE = "it refers to another place"
    EXCEPTION = "an exception is not understood"
    DOUBLE_NEGATIVE = "a negative stands among what keeps people out"
    PERMISSION = "it allows or explains and does not ask"
    ONLY_SOME = "it applies to some people or on a condition"
    JOINING = "how its parts belong together is not certain"
    TIME = "a time that no node can hold, or of what is not certain"
    NESTED = "the points below it are not joined by words that say how"
    BRACKET = "the words in the brackets are not understood"
    MEASURE_UNKNOWN = "a limit of something that is not known"
    WORDS_UNKNOWN = "words that the reader does not know"


@dataclass(frozen=True, slots=True)
class Span:
    """Words of the criterion and the node that they gave.

    `start` and `end` count characters of `ReadCriterion.text`, the end not included. `path` leads to the node from the
    top of the rule as it is written (``/all/0/compare``); the empty path is the whole rule.
    """

    start: int
    end: int
    path: str


@dataclass(frozen=True, slots=True)
class WhyJudged:
    """Why a person has to judge, and the words of `ReadCriterion.text` that stopped the reader."""

    reason: Reason
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class ReadCriterion:
    """One criterion as read. `text` has its words on one line; the spans count in it.

    `rule` is None where a person has to judge the whole. A rule can hold judgements on some of its parts, with their
    own words, where the words around them say how the parts are joined.
    """

    text: str
    rule: Rule | None = None
    measures: tuple[Measure, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    spans: tuple[Span, ...] = ()
    why_judged: tuple[WhyJudged, ...] = ()

    @property
    def is_computable(self) -> bool:
        """Whether measured values alone decide: there is a rule and no judgement in it."""
        return self.rule is not None and not any(isinstance(node, Judgement) for node in walk(self.rule))
