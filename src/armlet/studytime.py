"""Dates and durations as trials write them: calendar arithmetic, partial dates, windows, and the clock as an argument.

A month is a calendar month and a year a calendar year, never 30.4375 or 365.25 days. Nothing here asks the machine
what time it is; whoever needs to know is given a `Clock`.
"""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Protocol

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema


def _text_schema(cls: Any) -> core_schema.CoreSchema:
    """Documents write these values as one text; `cls.parse` reads it and `str` writes it."""
    from_text = core_schema.no_info_after_validator_function(cls.parse, core_schema.str_schema(strict=True))
    return core_schema.json_or_python_schema(
        json_schema=from_text,
        python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), from_text]),
        serialization=core_schema.plain_serializer_function_ser_schema(str),
    )


class Clock(Protocol):
    """Tells the time to those who record it."""

    def now(self) -> datetime:
        """The present moment in UTC."""


_TOLD: Final[ContextVar[Clock | None]] = ContextVar("the clock that is told", default=None)


@contextmanager
def told_by(clock: Clock) -> Iterator[None]:
    """Within it, and in this thread alone, the machine's clock tells what another one does: for a life that is told."""
    token = _TOLD.set(clock)
    try:
        yield
    finally:
        _TOLD.reset(token)


class SystemClock:
    """The machine's own clock, in UTC."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        told = _TOLD.get()
        return as_utc(told.now()) if told is not None else datetime.now(tz=UTC)

    def ticks(self) -> float:
        """Seconds on a clock that only runs forward, from no particular moment: for how long something took."""
        return time.perf_counter()


def pause(seconds: float) -> None:
    """Lets so much time pass."""
    time.sleep(seconds)


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A date known to the day, the month or the year; what is not known stays unknown."""

    year: int
    month: int | None = None
    day: int | None = None

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """From ``2019``, ``2019-05`` or ``2019-05-15``. Raises ValueError otherwise."""
        match = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", text, re.ASCII)
        if match is None:
            raise ValueError(f"{text!r} is not a date; expected YYYY, YYYY-MM or YYYY-MM-DD")
        year, month, day = int(match[1]), int(match[2]) if match[2] else None, int(match[3]) if match[3] else None
        date(year, 1 if month is None else month, 1 if day is None else day)
        return cls(year, month, day)

    def __str__(self) -> str:
        parts = [f"{self.year:04d}"] + [f"{part:02d}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)

    def earliest(self) -> date:
        """The first day that this may be."""
        return date(self.year, self.month or 1, self.day or 1)

    def latest(self) -> date:
        """The last day that this may be."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return _text_schema(cls)


@dataclass(frozen=True, slots=True)
class TimeAsKnown:
    """When something began or ended, as precisely as somebody knows it: to the minute with its zone, or as a date."""

    date: PartialDate
    moment: datetime | None = None

    @classmethod
    def parse(cls, text: str) -> TimeAsKnown:
        """From ``2021``, ``2021-05``, ``2021-05-03`` or ``2021-05-03T14:20+02:00``. Raises ValueError otherwise."""
        if "T" not in text:
            return cls(PartialDate.parse(text))
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})", text, re.ASCII) is None:
            raise ValueError(f"{text!r} is no time; expected a date, or for example 2021-05-03T14:20+02:00")
        moment = datetime.fromisoformat(text)
        return cls(PartialDate(moment.year, moment.month, moment.day), moment)

    def __str__(self) -> str:
        return str(self.date) if self.moment is None else self.moment.isoformat(timespec="minutes")

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return _text_schema(cls)


LONGEST_MONTHS: Final = 400 * 12
_DURATION: Final = re.compile(r"(-)?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?", re.ASCII)
_SPOKEN_UNITS: Final = (("year", 12), ("month", 1))


@dataclass(frozen=True, slots=True)
class Duration:
    """A calendar duration (ISO 8601, whole days at the finest): so many months and so many days."""

    months: int = 0
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> Duration:
        """From ``P24M``, ``P1Y``, ``P3W``, ``-P28D``. Raises ValueError otherwise."""
        match = _DURATION.fullmatch(text)
        if match is None or not any(match.groups()[1:]):
            raise ValueError(f"{text!r} is not a duration; expected ISO 8601, such as P21D, P3W, P24M or P1Y")
        sign = -1 if match[1] else 1
        years, months, weeks, days = (int(part or 0) for part in match.groups()[1:])
        if max(12 * years + months, (7 * weeks + days) // 28) > LONGEST_MONTHS:
            raise ValueError(f"{text!r} is longer than any trial; expected at most P400Y")
        return cls(sign * (12 * years + months), sign * (7 * weeks + days))

    def __str__(self) -> str:
        sign = "-" if min(self.months, self.days) < 0 else ""
        years, months = divmod(abs(self.months), 12)
        parts = [f"{years}Y" if years else "", f"{months}M" if months else ""]
        days = abs(self.days)
        parts.append(f"{days // 7}W" if days and days % 7 == 0 and not self.months else f"{days}D" if days else "")
        return f"{sign}P{''.join(parts) or '0D'}"

    def in_words(self) -> str:
        """``1 year``, ``24 months``, ``3 weeks``: as people say it."""
        parts = []
        if self.months:
            months = abs(self.months)
            years = months // 12 if months % 12 == 0 and months <= 12 else 0
            count, word = (years, "year") if years else (months, "month")
            parts.append(f"{count} {word}{'' if count == 1 else 's'}")
        if self.days or not parts:
            days = abs(self.days)
            weeks = days // 7 if days and days % 7 == 0 else 0
            count, word = (weeks, "week") if weeks else (days, "day")
            parts.append(f"{count} {word}{'' if count == 1 else 's'}")
        return " and ".join(parts)

    def after(self, start: date) -> date:
        """The date so long after `start`; a month that is too short ends on its last day (31 January + P1M)."""
        month_index = start.year * 12 + (start.month - 1) + self.months
        year, month = divmod(month_index, 12)
        day = min(start.day, calendar.monthrange(year, month + 1)[1])
        return date(year, month + 1, day) + timedelta(days=self.days)

    def before(self, end: date) -> date:
        """The date so long before `end`."""
        return Duration(-self.months, -self.days).after(end)

    def shortest_days(self) -> int:
        """The fewest days that it can last: wherever it starts in the calendar."""
        return _month_days(self.months, shortest=True) + self.days

    def longest_days(self) -> int:
        """The most days that it can last."""
        return _month_days(self.months, shortest=False) + self.days

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return _text_schema(cls)


def _month_days(months: int, *, shortest: bool) -> int:
    """Days in so many calendar months, over every start within the 400 years after which the calendar repeats."""
    if months == 0:
        return 0
    spans = (
        (Duration(months).after(date(year, month, 1)) - date(year, month, 1)).days
        for year in range(1996, 2005)
        for month in range(1, 13)
    )
    return min(spans) if shortest else max(spans)


@dataclass(frozen=True, slots=True)
class Window:
    """The days on which a visit counts as held at its time: both ends belong to it."""

    opens: date
    target: date
    closes: date

    def holds(self, day: date) -> bool:
        """Whether the day lies in the window."""
        return self.opens <= day <= self.closes

    def days_off(self, day: date) -> int:
        """How many days too early (negative) or too late (positive); 0 inside."""
        if day < self.opens:
            return (day - self.opens).days
        return max((day - self.closes).days, 0)


def as_utc(moment: datetime) -> datetime:
    """The moment in UTC. Raises ValueError for a time without a zone: such a time is not a moment."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; expected for example {moment.isoformat()}+01:00")
    return moment.astimezone(UTC)
