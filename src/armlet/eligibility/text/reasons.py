"""Why a criterion was not understood: the words that stop a computer, most telling first."""

from __future__ import annotations

import re
from typing import Final

from armlet.eligibility.text.parts import Words
from armlet.eligibility.text.reading import Reason, WhyJudged

_RATE: Final = re.compile(r"\d\s*[a-zµμ\[\]]+\s*/\s*[dmuµμ]?l\s*/\s*(?:h|hr|hours?|min|minutes?)\b", re.IGNORECASE)
_CUMULATED: Final = re.compile(r"reserve|secretion|area under|\bAUC", re.IGNORECASE)


def is_rate_for_area(text: str) -> bool:
    """Whether a concentration divided by time is given for what adds up over time: no unit fits both."""
    return bool(_CUMULATED.search(text) and _RATE.search(text))


_STOPPING: Final = (
    (Reason.ELSEWHERE, (
        r"\b(?:see|per|according to|as (?:defined|described|listed|specified) in)\s+(?:the\s+)?(?:appendix|"
        r"section|table|protocol|study manual|below|above)\b|\bappendix\b|\bprotocol[- ](?:defined|"
        r"specified)\b|\*\s*$"
    )),
    (Reason.OPINION, (
        r"\b(?:in the )?(?:opinion|judge?ment|discretion)\b|\binvestigators?(?:'s)?\b|\bjudged\b|\bdeemed\b|"
        r"\bconsidered\b|\bwilling(?:ness)?\b|\bunwilling(?:ness)?\b|\bable to\b|\bability\b|\binability\b|"
        r"\bunable\b|\bcapable\b|\bcapacity\b|\bagree[sd]?\b|\bcomply\b|\bcompliance\b|\bcooperat\w+|"
        r"\bsuitable\b|\beligible for\b|\bcandidates? for\b|\bcontraindicat\w+|\bwould\b|\bcould\b"
    )),
    (Reason.PERMISSION, (
        r"\b(?:allowed|permitted|acceptable|may be (?:included|enrolled|eligible)|are eligible|is eligible|"
        r"will be (?:included|excluded|eligible|allowed)|can be (?:included|enrolled)|note:)"
    )),
    (Reason.FORECAST, (
        r"\blife expectancy\b|\bexpected to\b|\blikely to\b|\banticipated\b|\bscheduled\b|\bplan(?:ned|s|"
        r"ning)?\b|\bintend\w*\b|\bduring the (?:course of the )?(?:study|trial)\b"
    )),
    (Reason.EXCEPTION, (
        r"\b(?:unless|except(?:ion)?s?|excluding|other than|apart from|not including|with the exception)\b"
    )),
    (Reason.VAGUE, (
        r"\b(?:clinically|significant(?:ly)?|adequate|inadequate|severe|serious|moderate|mild|uncontrolled|"
        r"poorly|controlled|stable|unstable|relevant|major|minor|recent(?:ly)?|abnormal(?:ity|ities)?|"
        r"impaired|impairment|sufficient|insufficient|normal|suspected|suspicion|possible|healthy|good|poor|"
        r"significance|excessive|regular(?:ly)?|heavy|advanced|symptomatic|any other|such as|e\.?g\.?|etc|"
        r"including|like)\b"
    )),
    (Reason.ONLY_SOME, (
        r"\b(?:if|when|where|for (?:women|men|patients|subjects|participants)|in case|only|"
        r"(?:wo)?men of child|who)\b|\b(?:fe)?males?\b|\b(?:wo)?men\b"
    )),
    (Reason.TIME, (
        r"\b(?:\d+|one|two|three|four|six|twelve)\s*(?:\(\d+\)\s*)?-?(?:hours?|days?|weeks?|months?|"
        r"years?)\b|\b(?:prior|previous(?:ly)?|history|before|after|during|since|past|last)\b"
    )),
    (Reason.MEASURE_UNKNOWN, (
        r"[<>≤≥=]|\b(?:at least|at most|more than|less than|greater than|higher than|lower than|above|"
        r"below)\b"
    )),
    (Reason.BRACKET, r"[(\[]"),
)  # fmt: skip
_COMPILED: Final = tuple((reason, re.compile(pattern, re.IGNORECASE)) for reason, pattern in _STOPPING)


def find_reason(words: Words) -> WhyJudged:
    """The first of the known hindrances that the words show; else the words themselves."""
    for reason, pattern in _COMPILED:
        match = pattern.search(words.text)
        if match:
            return WhyJudged(reason, words.start + match.start(), words.start + match.end(), match[0])
    return WhyJudged(Reason.WORDS_UNKNOWN, words.start, words.end, words.text)
