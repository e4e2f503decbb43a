"""By when somebody must be told of harm: hours between two moments, days counted in the sponsor's own calendar.

Hours are elapsed time, so a change to summer time neither gives nor takes one. Days are calendar days without an
extension for weekends: day 0 is the local date, in the sponsor's zone, on which the sponsor became aware. What a
deadline is stands in ``data/clocks.yaml`` with its source; none is a constant of the program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from armlet.document import Document, load_document, read_yaml
from armlet.studytime import as_utc

_FILE: Final = "clocks.yaml"


class Duty(StrEnum):
    """What is to be done by a deadline."""

    SITE_TO_SPONSOR = "site_to_sponsor"
    FATAL = "fatal_or_life_threatening"
    FATAL_FOLLOW_UP = "follow_up_of_fatal"
    OTHER = "other_unexpected"
    BECAME_FATAL = "became_fatal"
    URGENT_MEASURE = "urgent_measure"


class Deadline(Document):
    """So many hours or days for a duty, and where that stands; `checked: memory` means that nobody has looked it up."""

    duty: Duty
    hours: int | None = Field(default=None, gt=0)
    days: int | None = Field(default=None, gt=0)
    source: str
    checked: Literal["text", "memory"]

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.hours is None) == (self.days is None):
            raise ValueError("a deadline has either `hours` or `days`")
        return self


class DeadlineSet(Document):
    """The deadlines that hold under one law."""

    id: str
    label: str
    deadlines: tuple[Deadline, ...]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if sorted(one.duty for one in self.deadlines) != sorted(Duty):
            raise ValueError("each duty has one deadline in a set")
        return self

    def of(self, duty: Duty) -> Deadline:
        """The deadline of a duty."""
        return next(one for one in self.deadlines if one.duty is duty)

    def days(self, duty: Duty) -> int:
        """The days of a duty that is counted in days."""
        days = self.of(duty).days
        if days is None:
            raise ValueError(f"{duty.value} is not counted in days")
        return days


class _Sets(Document):
    sets: tuple[DeadlineSet, ...]


@cache
def load_deadlines() -> Mapping[str, DeadlineSet]:
    """Every set of deadlines by its id."""
    text = files("armlet.safety").joinpath("data", _FILE).read_text(encoding="utf-8")
    plain, lines = read_yaml(text, _FILE)
    return {one.id: one for one in load_document(_Sets, plain, lines, "clocks").sets}


def local_date(moment: datetime, zone: str) -> date:
    """The date of a moment where the sponsor is (an IANA zone). Raises ZoneInfoNotFoundError for a zone that is none."""
    return as_utc(moment).astimezone(ZoneInfo(zone)).date()


def due_moment(aware: datetime, deadline: Deadline) -> datetime:
    """The last moment that is in time, in UTC; for a deadline in hours."""
    if deadline.hours is None:
        raise ValueError(f"{deadline.duty.value} is not counted in hours")
    return as_utc(aware) + timedelta(hours=deadline.hours)


@dataclass(frozen=True, slots=True)
class ExpeditedDates:
    """By which day the first report and its completion are due; `complete` only for what was fatal or life-threatening."""

    first: date
    complete: date | None


def expedited_dates(
    rules: DeadlineSet, zone: str, aware: datetime, *, is_fatal: bool, became_fatal: datetime | None = None
) -> ExpeditedDates:
    """When an unexpected serious reaction is due, from when the sponsor became `aware` that it is one.

    `became_fatal` is when the sponsor learnt that it turned fatal or life-threatening: a new clock runs from then, and it
    never ends later than the one that was running already.
    """
    day = local_date(aware, zone)
    if is_fatal and became_fatal is None:
        first = day + timedelta(days=rules.days(Duty.FATAL))
        return ExpeditedDates(first, first + timedelta(days=rules.days(Duty.FATAL_FOLLOW_UP)))
    running = day + timedelta(days=rules.days(Duty.OTHER))
    if became_fatal is None:
        return ExpeditedDates(running, None)
    anew = local_date(became_fatal, zone) + timedelta(days=rules.days(Duty.BECAME_FATAL))
    first = min(anew, running)
    return ExpeditedDates(first, first + timedelta(days=rules.days(Duty.FATAL_FOLLOW_UP)))


class Standing(StrEnum):
    """How a deadline stands."""

    RUNNING = "running"
    OVERDUE = "overdue"
    IN_TIME = "done in time"
    LATE = "done late"


def standing_of_hours(due: datetime, done: datetime | None, now: datetime) -> Standing:
    """How a deadline in hours stands: the last minute is still in time, to the second."""
    if done is not None:
        return Standing.IN_TIME if as_utc(done) <= due else Standing.LATE
    return Standing.RUNNING if as_utc(now) <= due else Standing.OVERDUE


def standing_of_days(due: date, done: date | None, today: date) -> Standing:
    """How a deadline in days stands: all of the last day is still in time."""
    if done is not None:
        return Standing.IN_TIME if done <= due else Standing.LATE
    return Standing.RUNNING if today <= due else Standing.OVERDUE
