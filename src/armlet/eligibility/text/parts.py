"""Stretches of a criterion's text, and the parts of a rule that they give."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from armlet.eligibility.text.reading import Doubt, Reason, Span, WhyJudged
from armlet.protocol.criteria import All, AnyOf, Measure, Not, Rule, Unless, WhenExcept

_EDGES: Final = " \t.;,:"
_ONE_FOR_ONE: Final = str.maketrans({
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "（": "(", "）": ")", "‘": "'", "’": "'", "“": '"', "”": '"',
    "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "⩾": "≥", "≧": "≥", "⩽": "≤", "≦": "≤", "＞": ">", "＜": "<",
    "μ": "µ", "，": ",", "；": ";", "：": ":", "％": "%", "～": "~",
})  # fmt: skip


def plain(text: str) -> str:
    """The text as it is read: the same length, each odd sign as its usual one."""
    return text.translate(_ONE_FOR_ONE)


@dataclass(frozen=True, slots=True)
class Words:
    """A stretch of a criterion's text and where it starts there."""

    text: str
    start: int = 0

    @property
    def end(self) -> int:
        """Where it ends in the criterion's text."""
        return self.start + len(self.text)

    def cut(self, start: int, end: int | None = None) -> Words:
        """A stretch of the stretch."""
        return Words(self.text[start:end], self.start + start)

    def trimmed(self) -> Words:
        """Without the blanks and stops at both edges."""
        lead = len(self.text) - len(self.text.lstrip(_EDGES))
        return Words(self.text.strip(_EDGES), self.start + lead)

    def after(self, pattern: re.Pattern[str]) -> Words:
        """What follows the pattern where the stretch opens with it, else the stretch itself."""
        match = pattern.match(self.text)
        return self.cut(match.end()).trimmed() if match else self

    def before(self, pattern: re.Pattern[str]) -> Words:
        """What comes before the pattern where the stretch ends with it (the pattern ends in ``$``)."""
        match = pattern.search(self.text)
        return self.cut(0, match.start()).trimmed() if match else self


class Unread(Exception):
    """The words can be nothing that the reader knows, for this reason. It never leaves the package."""

    def __init__(self, reason: Reason, words: Words) -> None:
        super().__init__(reason.value)
        self.why = WhyJudged(reason, words.start, words.end, words.text)


@dataclass(frozen=True, slots=True)
class Part:
    """A rule that some words gave, with its measures, doubts and spans."""

    rule: Rule
    measures: tuple[Measure, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    spans: tuple[Span, ...] = ()
    judged: tuple[WhyJudged, ...] = ()

    def below(self, path: str) -> tuple[Span, ...]:
        """Its spans, as those of a part below `path`."""
        return tuple(replace(span, path=path + span.path) for span in self.spans)

    def doubted(self, *doubts: Doubt) -> Part:
        """The same with more doubts."""
        return replace(self, doubts=tuple(dict.fromkeys((*self.doubts, *doubts))))

    def measures_alike(self) -> bool:
        """Whether each id stands for one measure."""
        return len({measure.id for measure in self.measures}) == len(self.measures)


def leaf(rule: Rule, words: Words, *measures: Measure, doubts: tuple[Doubt, ...] = ()) -> Part:
    """A rule that comes from these words as a whole."""
    return Part(rule, measures, doubts, (Span(words.start, words.end, ""),))


def joined(parts: Sequence[Part], *, every: bool) -> Part:
    """Every part holds, or at least one; a single part stays as it is."""
    if len(parts) == 1:
        return parts[0]
    rules = tuple(part.rule for part in parts)
    rule: Rule = All(all=rules) if every else AnyOf(any=rules)
    key = "all" if every else "any"
    return _gathered(rule, [(f"/{key}/{place}", part) for place, part in enumerate(parts)])


def negated(part: Part) -> Part:
    """The part does not hold."""
    return _gathered(Not.model_validate({"not": part.rule}), [("/not", part)])


def excepted(when: Part, exception: Part) -> Part:
    """The one holds and the other does not."""
    rule = Unless(unless=WhenExcept.model_validate({"when": when.rule, "except": exception.rule}))
    return _gathered(rule, [("/unless/when", when), ("/unless/except", exception)])


def _gathered(rule: Rule, below: Sequence[tuple[str, Part]]) -> Part:
    return Part(
        rule,
        tuple(dict.fromkeys(measure for _, part in below for measure in part.measures)),
        tuple(dict.fromkeys(doubt for _, part in below for doubt in part.doubts)),
        tuple(span for path, part in below for span in part.below(path)),
        tuple(why for _, part in below for why in part.judged),
    )
