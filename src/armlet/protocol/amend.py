"""What a new version of a protocol changes: a computed difference, place by place, in plain words.

Parts that have an id are compared by it, so that a visit put in between changes nothing about the others. Pure: two
protocols in, changes out; what follows for the people of a trial is told by `armlet.conduct.course.amendment`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from armlet.protocol.model import Protocol

_LONGEST: Final = 120


@dataclass(frozen=True, slots=True)
class Change:
    """One place that differs: what stood there before and what stands there now; None where there was, or is, nothing."""

    path: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.path}: new: {self.after}"
        if self.after is None:
            return f"{self.path}: taken out (was {self.before})"
        return f"{self.path}: {self.before} becomes {self.after}"


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs, and what of it touches visits, forms (activities and measures), consents and criteria.

    `added` has the new visits by id, and activities that are new at a visit as `visit/activity`. `forms` has each consent
    whose version changed, with the new version.
    """

    changes: tuple[Change, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    visits: tuple[str, ...]
    activities: tuple[str, ...]
    criteria: tuple[str, ...]
    forms: Mapping[str, str]


def compare(old: Protocol, new: Protocol) -> Difference:
    """What the new version changes."""
    changes = tuple(_compare("", _plain(old), _plain(new)))
    before, after = set(_activities(old)), set(_activities(new))
    versions = {form.id: form.version for form in old.consents}
    return Difference(
        changes,
        added=tuple(_new_parts(old, new)),
        removed=tuple(sorted(before - after)),
        visits=_touched(changes, "visits"),
        activities=_touched(changes, "activities"),
        criteria=_touched(changes, "criteria"),
        forms={form.id: form.version for form in new.consents if versions.get(form.id) != form.version},
    )


def _plain(protocol: Protocol) -> JsonValue:
    plain: JsonValue = protocol.model_dump(mode="json", by_alias=True, exclude_none=True)
    return plain


def _activities(protocol: Protocol) -> Iterator[str]:
    for visit in protocol.visits:
        yield visit.id
        yield from (f"{visit.id}/{activity}" for activity in visit.activities)


def _new_parts(old: Protocol, new: Protocol) -> Iterator[str]:
    known = {visit.id: visit for visit in old.visits}
    for visit in new.visits:
        if visit.id not in known:
            yield visit.id
        else:
            yield from (f"{visit.id}/{one}" for one in visit.activities if one not in known[visit.id].activities)


def _touched(changes: tuple[Change, ...], section: str) -> tuple[str, ...]:
    names = (change.path.split(".") for change in changes)
    return tuple(dict.fromkeys(steps[1] for steps in names if steps[0] == section and len(steps) > 1))


def _compare(path: str, before: JsonValue, after: JsonValue) -> Iterator[Change]:
    if before == after:
        return
    first, second = _by_name(before), _by_name(after)
    if first is None or second is None:
        yield Change(path, _say(before), _say(after))
        return
    for name in dict.fromkeys((*first, *second)):
        where = f"{path}.{name}" if path else name
        if name not in first:
            yield Change(where, None, _say(second[name]))
        elif name not in second:
            yield Change(where, _say(first[name]), None)
        else:
            yield from _compare(where, first[name], second[name])


def _by_name(value: JsonValue) -> dict[str, JsonValue] | None:
    """The parts of a value by their name: of a mapping by key, of a list of parts with ids by id; None of any other."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and value and all(isinstance(item, dict) and "id" in item for item in value):
        return {str(item["id"]): item for item in value if isinstance(item, dict)}
    return None


def _say(value: JsonValue) -> str:
    """A value in a line: a part by its label, a list by its items, text as it is, cut where it is long."""
    if isinstance(value, dict):
        text = str(value.get("label") or value.get("name") or value.get("id") or ", ".join(value))
    elif isinstance(value, list):
        text = ", ".join(_say(item) for item in value) or "nothing"
    else:
        text = {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
