"""Time frames of outcomes, as far as they name days, weeks, months or years after the intervention."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from armlet.eligibility.text import NUMBER_WORDS, read_duration
from armlet.studytime import Duration

_NUMBER: Final = rf"(?:\d{{1,4}}|{'|'.join(NUMBER_WORDS)})"
_JOINED: Final = r"\s*(?:,\s*and\b|,|&|/|\band\b|\bor\b)\s*"
_UNIT: Final = r"(?P<unit>day|week|month|year)s?\b"
_BEFORE_UNIT: Final = re.compile(
    rf"(?<![\d.])\b(?P<list>{_NUMBER}(?:{_JOINED}{_NUMBER})*)(?:st|nd|rd|th)?[\s-]*{_UNIT}", re.IGNORECASE
)
_AFTER_UNIT: Final = re.compile(
    rf"\b{_UNIT}\s+(?P<list>\d{{1,4}}(?:{_JOINED}\d{{1,4}})*)(?![\d.]|\s*(?:day|week|month|year))", re.IGNORECASE
)
_EVERY: Final = re.compile(r"(?:\bevery|\beach|\bper|\bpast|\blast|\bprevious|\d\.)\s*$", re.IGNORECASE)
_UP_TO: Final = re.compile(
    r"(?:\bup to|\buntil|\bwithin|\bthrough|\bover|\bduring|\bmax\.?(?:imum)?(?: of)?)\s*(?:the\s+)?$", re.I
)
_LONGEST_YEARS: Final = 50


@dataclass(frozen=True, slots=True)
class Moment:
    """So long after the intervention; `words` name it, `is_end` where they name only the end of a span.

    `is_day_number`: counted days ("Day 29"), of which nobody can tell whether the first is 0 or 1.
    """

    offset: Duration
    id: str
    words: str
    is_end: bool = False
    is_day_number: bool = False

    @property
    def label(self) -> str:
        """``month 24``."""
        return self.id.replace("_", " ")


def read_moments(text: str) -> tuple[Moment, ...]:
    """Every moment after the intervention that the words name, the earliest first; repeated ("every …") ones are not.

    Parts of months, minutes and hours are no visits and are passed over.
    """
    found: dict[Duration, Moment] = {}
    for pattern in (_BEFORE_UNIT, _AFTER_UNIT):
        for match in pattern.finditer(text):
            before = text[: match.start()]
            if _EVERY.search(before):
                continue
            numbers = re.findall(_NUMBER, match["list"], re.IGNORECASE)
            is_counted = pattern is _AFTER_UNIT and match["unit"].casefold() == "day"
            for number in numbers:
                moment = _moment(number, match, is_end=bool(_UP_TO.search(before)), is_day_number=is_counted)
                if moment is not None:
                    found.setdefault(moment.offset, moment)
    return tuple(sorted(found.values(), key=lambda moment: moment.offset.shortest_days()))


def _moment(number: str, match: re.Match[str], *, is_end: bool, is_day_number: bool) -> Moment | None:
    unit = match["unit"].casefold()
    offset = read_duration(number, unit)
    if not (offset.months or offset.days) or offset.longest_days() > _LONGEST_YEARS * 366:
        return None
    if offset.months:
        name = f"month_{offset.months}"
    else:
        name = f"week_{offset.days // 7}" if unit == "week" else f"day_{offset.days}"
    return Moment(offset, name, " ".join(match[0].split()), is_end, is_day_number)


def may_coincide(one: Moment, other: Moment) -> bool:
    """Whether the two can fall on the same day, wherever the calendar starts."""
    return (
        one.offset.shortest_days() <= other.offset.longest_days()
        and other.offset.shortest_days() <= one.offset.longest_days()
    )


def read_span(text: str) -> tuple[str, str] | None:
    """``0-120 min`` as ``("0 min", "120 min")``; hours as hours; None where no span of samples is named."""
    match = re.search(r"\b(\d{1,3})\s*(?:-|–|to)\s*(\d{1,3})\s*(min|h)(?:\b|in|ours?|rs?)", text, re.IGNORECASE)
    if match is None or int(match[1]) >= int(match[2]):
        return None
    unit = match[3].casefold()
    return f"{match[1]} {unit}", f"{match[2]} {unit}"
