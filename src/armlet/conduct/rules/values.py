"""Rules of the values in a command: each can be written in the ledger and read back, before any other rule looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError

from armlet.conduct.commands import By, Command
from armlet.conduct.rules import refuse
from armlet.issues import Issue
from armlet.units import Quantity, UnitError

EARLIEST: Final = 1900
"""No day of a living person lies in a year before it (the longest life on record lasted 122 years)."""
LATEST: Final = 2999
"""Leaves the windows that are counted from a day room before the calendar of the program ends, in 9999."""

LONGEST_KEY: Final = 100

_FORMS: Final = {
    "participant": "capital letters, digits and hyphens, at most 20, such as 001",
    "value": "a number with a decimal point, and no blanks around it",
}


def check_values(command: Command, by: By) -> Iterator[Issue]:
    """Who asks is named, moments say their zone, days can be real, quantities can be read back as they are written."""
    where = participant_of(command) if is_text(participant_of(command)) else ""
    if not by.actor.strip():
        yield refuse("no-actor", where, "nobody is named who asks for this.", "Name the person.")
    if by.key is not None and not 0 < len(by.key) <= LONGEST_KEY:
        message = f"the key of the act has {len(by.key)} characters; expected 1 to {LONGEST_KEY}."
        yield refuse("key", where, message, "Give each act a key of its own, such as a random number.")
    given = {field.name.replace("_", " "): getattr(command, field.name) for field in fields(command)}
    for name, value in {
        "actor": by.actor,
        "reason": by.reason,
        "key": by.key,
        "the time of the event": by.occurred,
        **given,
    }.items():
        if not is_text(value):
            yield refuse("unfit", where, f"{name} holds a sign that is no text.", "Type it again.")
        else:
            yield from _check_value(where, name, value)


def participant_of(command: Command) -> str:
    """Whom a command is about; empty where it is about the trial."""
    return getattr(command, "participant", None) or ""


def is_text(value: object) -> bool:
    """Whether every text in a value can be written in UTF-8 (half of a surrogate pair cannot)."""
    if isinstance(value, Mapping):
        return all(is_text(part) for pair in value.items() for part in pair)
    if isinstance(value, tuple):
        return all(is_text(part) for part in value)
    text = value.unit if isinstance(value, Quantity) else value
    return not isinstance(text, str) or not any("\ud800" <= sign <= "\udfff" for sign in text)


def _check_value(where: str, name: str, value: object) -> Iterator[Issue]:
    if isinstance(value, date) and not EARLIEST <= value.year <= LATEST:
        message = f"{name} is in the year {value.year}; expected {EARLIEST} to {LATEST}."
        yield refuse("date", where, message, "Check the year.")
    elif isinstance(value, datetime) and value.utcoffset() is None:
        message = f"{name} is {value.isoformat()} without a time zone; expected for example {value.isoformat()}+01:00."
        yield refuse("no-time-zone", where, message, "Say in which zone it was so late.")
    elif isinstance(value, datetime) and (value.utcoffset() or timedelta()) % timedelta(minutes=1):
        message = f"{name} is {value.isoformat()}; expected a zone that is whole minutes from UTC."
        yield refuse("no-time-zone", where, message, "Check the zone.")
    elif isinstance(value, Quantity) and not _is_readable(value):
        yield refuse("unit", where, f"{name} is {value}, which is no amount in a known unit.", "Check both.")


def _is_readable(quantity: Quantity) -> bool:
    try:
        return Quantity.parse(str(quantity)) == quantity
    except UnitError:
        return False


def describe_unfit(problem: ValidationError, where: str) -> tuple[Issue, ...]:
    """A refusal, in plain words, for each value of a command that its event cannot hold."""
    return tuple(_describe(dict(item), where) for item in problem.errors(include_url=False))


def _describe(item: dict[str, Any], where: str) -> Issue:
    name = str(item["loc"][0]).replace("_", " ") if item["loc"] else "the event"
    said = str(item["msg"]).removeprefix("Value error, ").removeprefix("Input ").removeprefix("String ")
    if item["type"] == "string_pattern_mismatch":
        said = f"expected {_FORMS.get(name, 'small letters, digits and underscores, a letter first')}"
    got = f" is {item['input']!r}" if isinstance(item["input"], str | int | None) else ""
    return refuse("unfit", where, f"{name}{got}: {said}.", "Check what was typed.")
