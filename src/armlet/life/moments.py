"""When each act takes place: what is told in words, worked out before anybody acts.

A moment is a day with a time (``2021-03-08 10:00``), a time on the day of the act before (``10:30``), or a time so many
days after it (``+28 10:00``); all in the life's zone. Ways are written out here, so that what is left is one list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from armlet.errors import InputError
from armlet.issues import error
from armlet.life.model import Act, Life, Step

_SLOT: Final = re.compile(r"\{([^{}]+)\}")
_MOMENT: Final = re.compile(
    r"(?:(?P<day>\d{4}-\d{2}-\d{2}) |\+(?P<later>\d+) )?(?P<time>\d{2}:\d{2}(?::\d{2})?)", re.ASCII
)
_DAY: Final = re.compile(r"today(?:([+-])(\d+))?", re.ASCII)
_TIME: Final = re.compile(r"(?:([+-]\d+) )?(\d{2}:\d{2})", re.ASCII)
DEEPEST_WAY: Final = 5


@dataclass(frozen=True, slots=True)
class Planned:
    """An act at its moment, with the step that it belongs to and its place in it."""

    step: int
    place: str
    at: datetime
    act: Act


def plan(life: Life) -> tuple[Planned, ...]:
    """Every act of the life, in the order of time. Raises InputError for a moment or a way that cannot be read."""
    planned: list[Planned] = []
    for step in life.steps():
        planned.extend(_plan_step(life, step))
    return tuple(sorted(planned, key=lambda one: one.at))


def _plan_step(life: Life, step: Step) -> Iterator[Planned]:
    zone, last = ZoneInfo(life.zone), None
    for number, (act, given) in enumerate(_written_out(life, step.acts, {}, 0), start=1):
        filled = fill_act(act, given.get)
        try:
            last = read_moment(filled.at, last, zone)
        except ValueError as problem:
            raise InputError(
                [error("life/moment", f"step {step.step}", f"{problem}.", "Say the day and the time.")]
            ) from None
        yield Planned(step.step, f"{step.step}.{number}", last, filled)


def _written_out(
    life: Life, acts: tuple[Act, ...], given: Mapping[str, JsonValue], depth: int
) -> Iterator[tuple[Act, Mapping[str, JsonValue]]]:
    for act in acts:
        if act.way is None:
            yield act, given
            continue
        if depth >= DEEPEST_WAY:
            raise InputError(
                [error("life/way", ", ".join(act.way), "ways call each other without end.", "Write it out.")]
            )
        filled = fill_act(act, given.get)
        ((name, words),) = (filled.way or {}).items()
        first, *rest = life.ways[name]
        if filled.at is not None:
            first = first.model_copy(update={"at": filled.at})
        yield from _written_out(life, (first, *rest), words, depth + 1)


def read_moment(text: str | None, last: datetime | None, zone: ZoneInfo) -> datetime:
    """The moment that the words mean after the one before. Raises ValueError where they mean none."""
    if text is None:
        if last is None:
            raise ValueError("the first act of a step says no moment")
        return last
    found = _MOMENT.fullmatch(text)
    if found is None or (last is None and not found["day"]):
        raise ValueError(f"{text!r} is no moment here; expected for example 2021-03-08 10:00, 10:30 or +28 10:00")
    day = datetime.fromisoformat(found["day"]).date() if found["day"] else None
    if day is None and last is not None:
        day = last.date() + timedelta(days=int(found["later"] or 0))
    assert day is not None  # the pattern was looked at above
    return datetime.combine(day, time.fromisoformat(found["time"]), zone)


def fill_act(act: Act, find: Callable[[str], JsonValue]) -> Act:
    """The act with what `find` knows of ``{words}`` put in their place; what it does not know is left as it is."""
    plain = act.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return Act.model_validate_json(json.dumps(fill(plain, find)))


def fill(value: JsonValue, find: Callable[[str], JsonValue]) -> JsonValue:
    """The value with ``{words}`` put in; where they are the whole text, what is found keeps its kind."""
    if isinstance(value, dict):
        return {_put_in(name, find): fill(part, find) for name, part in value.items()}
    if isinstance(value, list):
        return [fill(part, find) for part in value]
    return _fill_text(value, find) if isinstance(value, str) else value


def _fill_text(text: str, find: Callable[[str], JsonValue]) -> JsonValue:
    whole = _SLOT.fullmatch(text)
    found = find(whole[1]) if whole is not None else None
    return _put_in(text, find) if found is None else found


def _put_in(text: str, find: Callable[[str], JsonValue]) -> str:
    def answer(slot: re.Match[str]) -> str:
        found = find(slot[1])
        return slot[0] if found is None else str(found)

    return _SLOT.sub(answer, text)


def find_time(words: str, at: datetime) -> str | None:
    """``today``, ``today+28``, ``today-1``, or a time of the day (``12:30``, ``+1 02:00``); None for other words."""
    if day := _DAY.fullmatch(words):
        days = int(day[2] or 0) * (-1 if day[1] == "-" else 1)
        return (at.date() + timedelta(days=days)).isoformat()
    if hour := _TIME.fullmatch(words):
        return datetime.combine(
            at.date() + timedelta(days=int(hour[1] or 0)), time.fromisoformat(hour[2]), at.tzinfo
        ).isoformat()
    return None
