"""The versions of one record as a list of dated amendments: what each changed, and whether an outcome was switched.

Pure: readings in, amendments out. A version is a reading with a date. Compared are the versions in one format, that of
most dates, so that what a format leaves out is not taken for a change; a file in another format counts where it is
from before or after all of these, and is put aside otherwise. Knows nothing of whether a change was right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from armlet.registry.accounting import Reading
from armlet.registry.compare import Comparison, Difference, Kind, Nature, Topic, compare, plain_words, version_date
from armlet.registry.read import numbers_of
from armlet.registry.record import JsonObject, Outcome
from armlet.studytime import PartialDate

PRIMARY: Final = "protocolSection.outcomesModule.primaryOutcomes"
UNDATED: Final = "undated"


class Switch(StrEnum):
    """What became of a primary outcome."""

    ADDED = "a primary outcome was added"
    REMOVED = "a primary outcome was removed"
    DEMOTED = "a primary outcome became another one"
    PROMOTED = "another outcome became a primary one"
    CHANGED = "a primary outcome was changed"


class When(StrEnum):
    """When an outcome was switched, by the dates that the record gives. UNSURE: a month-only date leaves it open."""

    BEFORE_START = "before the start"
    AFTER_START = "after the start"
    AFTER_COMPLETION = "after the primary completion"
    UNSURE = "before or after the start, which cannot be told"


@dataclass(frozen=True, slots=True)
class OutcomeSwitch:
    """One primary outcome that is not what it was; `line` is the line of the newer version, if it has one there.

    `parts` says, of one that was changed, which of its fields were: a time frame that was added where there was none
    weighs less than another measure.
    """

    switch: Switch
    when: When
    outcome: str
    line: int | None
    parts: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        return {
            "switch": self.switch.value,
            "when": self.when.value,
            "outcome": self.outcome,
            "line": self.line,
            "parts": list(self.parts),
        }

    def __str__(self) -> str:
        parts = f" ({', '.join(self.parts)})" if self.parts else ""
        return f"{self.switch.value} {self.when.value}: {self.outcome}{parts}"


@dataclass(frozen=True, slots=True)
class Amendment:
    """One version, and what it changed of the one before; `comparison` is None for the first."""

    date: str
    reading: Reading
    comparison: Comparison | None
    switches: tuple[OutcomeSwitch, ...]

    @property
    def changes(self) -> tuple[Difference, ...]:
        """What differs, book-keeping left out: substance first."""
        if self.comparison is None:
            return ()
        return tuple(item for item in self.comparison.differences if item.nature is not Nature.BOOKKEEPING)

    def changed(self) -> dict[Topic, int]:
        """How many changes of substance there are by what they are about, the weightiest first."""
        counts = Counter(item.about for item in self.changes if item.nature is Nature.SUBSTANCE)
        return {topic: counts[topic] for topic in Topic if topic in counts}

    def as_json(self) -> JsonObject:
        return {
            "date": self.date,
            "file": self.reading.name,
            "format": self.reading.format,
            "changed": {topic.value: count for topic, count in self.changed().items()},
            "switches": [switch.as_json() for switch in self.switches],
            "changes": [item.as_json() for item in self.changes],
        }


@dataclass(frozen=True, slots=True)
class History:
    """The versions of one trial's record by their dates.

    `aside` are files in another format from among the same dates; `missing` are dates that the registry lists and no
    file has.
    """

    trial: str
    title: str
    amendments: tuple[Amendment, ...]
    aside: tuple[str, ...]
    missing: tuple[str, ...]

    def as_json(self) -> JsonObject:
        return {
            "trial": self.trial,
            "title": self.title,
            "versions": [amendment.as_json() for amendment in self.amendments],
            "aside": list(self.aside),
            "missing": list(self.missing),
        }


def histories(readings: Iterable[Reading]) -> tuple[History, ...]:
    """One history a trial, by the number that its record goes under."""
    by_trial: dict[str, list[Reading]] = {}
    known: dict[str, str] = {}
    for reading in sorted(readings, key=_has_own_number, reverse=True):
        numbers = numbers_of(reading.record) or (reading.name,)
        trial = next((known[number] for number in numbers if number in known), numbers[0])
        known.update(dict.fromkeys(numbers, trial))
        by_trial.setdefault(trial, []).append(reading)
    return tuple(_history(trial, by_trial[trial]) for trial in sorted(by_trial))


def _has_own_number(reading: Reading) -> bool:
    return reading.record.protocol_section.identification_module.nct_id is not None


def _history(trial: str, readings: Sequence[Reading]) -> History:
    listings = [reading for reading in readings if _listed(reading)]
    versions = [reading for reading in readings if not _listed(reading)]
    chosen, aside = _choose(versions)
    amendments = list[Amendment]()
    for reading in chosen:
        date, before = _listed_date(reading), amendments[-1].reading if amendments else None
        comparison = None if before is None else compare(before, reading)
        switches = () if before is None or comparison is None else find_switches(before, reading, comparison)
        amendments.append(Amendment(date, reading, comparison, switches))
    dates = {_listed_date(reading) for reading in versions}
    missing = [date for reading in listings for date in _listed(reading) if date not in dates]
    titles = [reading.record.protocol_section.identification_module.brief_title for reading in readings]
    title = next((title for title in reversed(titles) if title), "")
    return History(trial, title, tuple(amendments), aside, tuple(dict.fromkeys(missing)))


def _listed(reading: Reading) -> tuple[str, ...]:
    """The dates of a page that lists versions; none for a version itself."""
    found = (fact for fact in reading.provenance if fact.path.startswith("versions[") and fact.path.endswith("].date"))
    return tuple(str(fact.value).replace("_", "-") for fact in found)


def _listed_date(reading: Reading) -> str:
    """The day under which the registry lists a version: when it was shown first, otherwise that of the update."""
    return reading.as_of or version_date(reading) or UNDATED


def _choose(readings: Sequence[Reading]) -> tuple[list[Reading], tuple[str, ...]]:
    """The versions to compare, by date, and the names of the files to put aside."""
    by_format: dict[str, list[Reading]] = {}
    for reading in readings:
        by_format.setdefault(reading.format, []).append(reading)
    if not by_format:
        return [], ()
    main = max(by_format.values(), key=_weight)
    first, last = min(map(_listed_date, main)), max(map(_listed_date, main))
    outside = [
        reading
        for reading in readings
        if reading.format != main[0].format
        and not _add_days(first, -_NEAR) <= _listed_date(reading) <= _add_days(last, _NEAR)
    ]
    chosen = sorted(
        [*main, *outside], key=lambda reading: (_listed_date(reading) == UNDATED, _listed_date(reading), reading.name)
    )
    return chosen, tuple(reading.name for reading in readings if reading not in chosen)


_NEAR: Final = 14
"""Days within which two formats are taken to show the same version: a page is dated when it was shown, some days after."""


def _weight(readings: Sequence[Reading]) -> tuple[int, int]:
    return len({_listed_date(reading) for reading in readings}), sum(len(reading.facts) for reading in readings)


def _add_days(date: str, days: int) -> str:
    known = _parse(date)
    if known is None:
        return date
    return str((known.earliest() if days < 0 else known.latest()) + timedelta(days=days))


# --- Switched outcomes ------------------------------------------------------------------------------------------------


def find_switches(before: Reading, after: Reading, compared: Comparison) -> tuple[OutcomeSwitch, ...]:
    """Each primary outcome that a later version has otherwise, and when that was."""
    when = _when(before, after)
    old_others, new_others = _other_outcomes(before), _other_outcomes(after)
    switches = list[OutcomeSwitch]()
    changed = dict[str, list[Difference]]()
    for item in compared.differences:
        if not item.path.startswith(PRIMARY) or item.nature is not Nature.SUBSTANCE:
            continue
        if item.kind is not Kind.DIFFERS and item.path == PRIMARY:
            switches.append(_moved(item, when, old_others, new_others))
        else:
            changed.setdefault(item.item, []).append(item)
    for name, items in changed.items():
        parts = tuple(f"{_FIELDS[item.path.rpartition('.')[2]]} {_DONE[item.kind]}" for item in items)
        switches.append(OutcomeSwitch(Switch.CHANGED, when, name, _new_line(items[0]), parts))
    return tuple(switches)


_FIELDS: Final = {"measure": "measure", "timeFrame": "time frame", "description": "description"}
_DONE: Final = {Kind.DIFFERS: "changed", Kind.ONLY_A: "taken out", Kind.ONLY_B: "added"}


def _moved(item: Difference, when: When, old_others: set[str], new_others: set[str]) -> OutcomeSwitch:
    name = plain_words(item.item)
    if item.kind is Kind.ONLY_A:
        switch = Switch.DEMOTED if name in new_others else Switch.REMOVED
    else:
        switch = Switch.PROMOTED if name in old_others else Switch.ADDED
    return OutcomeSwitch(switch, when, item.item, _new_line(item))


def _new_line(item: Difference) -> int | None:
    return None if item.b is None else item.b.line


def _other_outcomes(reading: Reading) -> set[str]:
    module = reading.record.protocol_section.outcomes_module
    others: tuple[Outcome, ...] = (*module.secondary_outcomes, *module.other_outcomes)
    return {plain_words(outcome.measure) for outcome in others if outcome.measure}


def _when(before: Reading, after: Reading) -> When:
    """By the start and completion that the older version gives, or the newer where that has none."""
    day = _parse(_listed_date(after))
    old, new = (reading.record.protocol_section.status_module for reading in (before, after))
    start = old.start_date_struct.date or new.start_date_struct.date
    end = new.primary_completion_date_struct.date or new.completion_date_struct.date
    if day is None or start is None:
        return When.UNSURE
    if end is not None and day.earliest() > end.latest():
        return When.AFTER_COMPLETION
    if day.earliest() > start.latest():
        return When.AFTER_START
    return When.BEFORE_START if day.latest() < start.earliest() else When.UNSURE


def _parse(date: str) -> PartialDate | None:
    try:
        return PartialDate.parse(date)
    except ValueError:
        return None
