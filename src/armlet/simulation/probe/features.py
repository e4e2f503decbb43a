"""What is told of each participant by what blinded people see: counts, words, numbers, times, gaps, order, sizes.

A *feature* is a number of each participant in one trial, made without knowing the format and without knowing the arms.
Where a participant has no such number it is None, which later counts as a tie with everybody.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

from armlet.simulation.probe.records import Record, names_as_records, split_records

Outputs = Mapping[str, bytes]
Numbers = tuple[float | None, ...]
NAMES: Final = "(the list of outputs)"
MOST_PARTS: Final = 6
"""Numbers that are read from one field; a longer list is told by its first ones, its length and its words."""
MOST_RATIOS: Final = 5
"""Numbers of one record whose ratios are looked at."""
MOST_LABELS: Final = 40
LONGEST_LABEL: Final = 40
LONGEST_DRAWN: Final = 24
"""Characters of a word with anything but letters in it; a longer one is a digest, the same for nobody else."""
LONGEST_TEMPLATE: Final = 60


class Family(Enum):
    """How a feature tells: what the leak channels are counted by."""

    COUNT = "how often something is said of the participant"
    WORD = "which words are said of the participant"
    VALUE = "an exact value"
    NUMBER = "a number"
    RATIO = "a ratio of two numbers in one record"
    MOMENT = "a date or time"
    GAP = "the time or the lines between an entry and the one before"
    ORDER = "where the participant stands among the others"
    LENGTH = "how long what is said is"
    FILE = "names and sizes of outputs"
    WHOLE = "something told of the trial as a whole"


class Feature(NamedTuple):
    """What a number is: in which output, of which family, and read where."""

    output: str
    family: Family
    where: str

    def __str__(self) -> str:
        return f"{self.output}: {self.family.value}: {self.where}"


@dataclass(frozen=True, slots=True)
class Described:
    """One trial as features: of each participant, in the order given, and of the trial as a whole."""

    participants: tuple[str, ...]
    each: dict[Feature, Numbers]
    whole: dict[Feature, float]


def describe_trial(outputs: Outputs, participants: Sequence[str]) -> Described:
    """The features of one trial. `participants` are those who were allocated, in the order of their slots."""
    each: dict[Feature, Numbers] = {}
    whole: dict[Feature, float] = {}
    people = tuple(participants)
    for name, data in outputs.items():
        found = describe_output(name, data, people)
        each |= found.each
        whole |= found.whole
    names = _describe_records(NAMES, names_as_records(outputs), people, Family.FILE)
    return Described(people, each | names.each, whole | names.whole)


def describe_output(name: str, data: bytes, participants: tuple[str, ...]) -> Described:
    """The features of one output: a function of its name, its bytes and whom to look for, and of nothing else."""
    shown = _Mentions(participants)
    owner = shown.only_one(name)
    title = shown.hide(name)
    records = split_records(data)
    found = _describe_records(title, records, participants, None, owner)
    whole = {Feature(title, Family.FILE, "size"): float(len(data))} if owner is None else {}
    return Described(participants, found.each, found.whole | whole)


class _Mentions:
    """Finds the participants that a text names."""

    def __init__(self, participants: Sequence[str]) -> None:
        self._index = {who: place for place, who in enumerate(participants)}
        names = "|".join(re.escape(who) for who in sorted(participants, key=len, reverse=True))
        self._pattern = re.compile(rf"(?<![A-Za-z0-9])(?:{names})(?![A-Za-z0-9])" if names else r"(?!)")

    def of(self, text: str) -> list[int]:
        return sorted({self._index[found] for found in self._pattern.findall(text)})

    def only_one(self, text: str) -> int | None:
        found = self.of(text)
        return found[0] if len(found) == 1 else None

    def hide(self, text: str) -> str:
        return self._pattern.sub("{who}", text)


# --- Values in a text -----------------------------------------------------------------------------------------------

_VALUE: Final = re.compile(
    r"(?P<moment>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)"
    r"|(?P<date>\d{4}-\d\d-\d\d)|(?P<clock>\b\d\d:\d\d(?::\d\d)?\b)"
    r"|(?P<opaque>\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{12,}\b)"
    r"|(?P<id>\b[A-Za-z]+[-_]\d+\b)|(?P<number>(?<![\w.])[-+]?\d+(?:\.\d+)?)"
)
_WORD: Final = re.compile(r"[^\W\d][\w'-]*[^\W\d]|[^\W\d]{2,}")
DAY: Final = 86_400.0


class Value(NamedTuple):
    """A number read from a text, and what it was: a moment and a date are in seconds since 1970."""

    kind: str
    number: float


@lru_cache(maxsize=65_536)
def read_values(text: str) -> tuple[Value, ...]:
    """The numbers, dates, times and numbered ids in a text, in order; at most `MOST_PARTS` of them."""
    found = []
    for match in _VALUE.finditer(text):
        kind = match.lastgroup or ""
        number = _number_of(kind, match.group())
        if number is not None:
            found.append(Value(kind, number))
        if len(found) == MOST_PARTS:
            break
    return tuple(found)


def _number_of(kind: str, text: str) -> float | None:
    match kind:
        case "moment" | "date":
            try:
                read = datetime.fromisoformat(text)
            except ValueError:
                return None
            return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
        case "clock":
            return float(sum(int(part) * 60.0**-power for power, part in enumerate(text.split(":"))))
        case "opaque":
            return float(int(text[0], 16))
        case "id":
            return float(int(re.sub(r"\D", "", text)))
        case _:
            return float(text)


@lru_cache(maxsize=65_536)
def read_words(text: str) -> tuple[str, ...]:
    """The words of a text, in small letters, without what looks drawn at random."""
    return tuple(word for word in _WORD.findall(text.casefold()) if len(word) <= LONGEST_DRAWN or word.isalpha())


@lru_cache(maxsize=65_536)
def _name_words(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"field {name}" for name in names)


def _words_of(record: Record) -> set[str]:
    """Every word of a record, and the names of its fields."""
    found = set(_name_words(tuple(name for name, _ in record.fields)))
    for _, text in record.fields:
        found.update(read_words(text))
    return found


# --- From records to numbers ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Found:
    """Collects, for one participant, every number under its name."""

    values: dict[tuple[Family, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    counts: Counter[tuple[Family, str]] = field(default_factory=Counter)
    last: tuple[int, float | None] | None = None
    first_moment: float | None = None


def _describe_records(
    title: str,
    records: Sequence[Record],
    participants: tuple[str, ...],
    family: Family | None,
    owner: int | None = None,
) -> Described:
    mentions = _Mentions(participants)
    named = [[owner] if owner is not None else mentions.of(record.text) for record in records]
    labels = _labels(records, named)
    keys = _keys_of(records, named, mentions, labels)
    shared = _shared_values(records, named)
    found = [_Found() for _ in participants]
    whole: dict[tuple[Family, str], list[float]] = defaultdict(list)
    before: list[int] = []
    for place, (record, who, key) in enumerate(zip(records, named, keys, strict=True)):
        for one in who:
            _tell(found[one], record, key, shared)
        if len(who) == 1:
            _tell_numbers(found[who[0]], record, key, labels)
            _tell_gap(found[who[0]], record, key, place)
        if not who:
            _tell_whole(whole, record)
            for one in before:
                for word in _words_of(record):
                    found[one].counts[Family.WORD, f"{word} (in what follows an entry)"] += 1
        before = who
    _tell_order(found, named)
    whole[Family.COUNT, "records"] = [float(len(records))]
    for word, count in Counter(word for record in records for word in _words_of(record)).items():
        whole[Family.WORD, word] = [float(count)]
    return Described(participants, _collect(title, found, family), _collect_whole(title, whole))


def _tell(found: _Found, record: Record, key: str, shared: set[tuple[str, str]]) -> None:
    found.counts[Family.COUNT, "all"] += 1
    found.counts[Family.COUNT, key] += 1
    found.values[Family.LENGTH, key].append(float(len(record.text)))
    found.values[Family.LENGTH, "all"].append(float(len(record.text)))
    for word in _words_of(record):
        found.counts[Family.WORD, word] += 1
    for name, text in record.fields:
        if (name, text) in shared:
            found.counts[Family.VALUE, f"{name} = {text}"] += 1


def _tell_numbers(found: _Found, record: Record, key: str, labels: Mapping[str, set[str]]) -> None:
    ratios: list[tuple[str, float]] = []
    for name, text in record.fields:
        if text in labels.get(name, ()):
            continue
        for place, value in enumerate(read_values(text)):
            where = f"{key} / {name}" + (f" ({place + 1})" if place else "")
            if value.kind in {"moment", "date"}:
                _tell_moment(found, where, value)
                continue
            found.values[Family.NUMBER, where].append(value.number)
            if value.kind == "id":  # kits of one arm may have the odd numbers
                found.values[Family.NUMBER, f"{where}, odd or even"].append(value.number % 2)
            elif value.kind == "number" and value.number and len(ratios) < MOST_RATIOS:
                ratios.append((name, value.number))
    for place, (name, number) in enumerate(ratios):
        for other, divisor in ratios[place + 1 :]:
            found.values[Family.RATIO, f"{key} / {name} : {other}"].append(number / divisor)


def _tell_moment(found: _Found, where: str, value: Value) -> None:
    """A moment by itself (who came first), of the day, of the week, and since the participant's first one."""
    if found.first_moment is None:
        found.first_moment = value.number
    found.values[Family.MOMENT, where].append(value.number)
    found.values[Family.MOMENT, f"{where}, day of the week"].append(value.number // DAY % 7)
    found.values[Family.MOMENT, f"{where}, since the participant's first"].append(value.number - found.first_moment)
    if value.kind == "moment":
        found.values[Family.MOMENT, f"{where}, time of day"].append(value.number % DAY)


def _tell_gap(found: _Found, record: Record, key: str, place: int) -> None:
    moments = (value.number for _, text in record.fields for value in read_values(text) if value.kind == "moment")
    moment = max(moments, default=None)
    if found.last is not None:
        line, earlier = found.last
        found.values[Family.GAP, f"lines to {key}"].append(float(place - line))
        if moment is not None and earlier is not None:
            found.values[Family.GAP, f"time to {key}"].append(moment - earlier)
    found.last = (place, moment)


def _tell_order(found: Sequence[_Found], named: Sequence[Sequence[int]]) -> None:
    """Who is told of first and who last, and how far that is from the order of the participants' slots."""
    for label, places in (("first told of", range(len(named))), ("last told of", reversed(range(len(named))))):
        order: dict[int, int] = {}
        for place in places:
            for one in named[place]:
                order.setdefault(one, len(order))
        for one, rank in order.items():
            found[one].values[Family.ORDER, label].append(float(rank))


def _tell_whole(whole: dict[tuple[Family, str], list[float]], record: Record) -> None:
    for name, text in record.fields:
        values = read_values(text)
        if not values:
            continue
        template = f"{name}: {_VALUE.sub('#', text)[:LONGEST_TEMPLATE]}"
        for place, value in enumerate(values):
            whole[Family.NUMBER, f"{template} ({place + 1})"].append(value.number)


# --- Names for records that are alike ---------------------------------------------------------------------------------


def _keys_of(
    records: Sequence[Record], named: Sequence[Sequence[int]], mentions: _Mentions, labels: Mapping[str, set[str]]
) -> list[str]:
    """A name for each record that is the same for like records of everybody: its labels, where most people have such.

    A *label* is a field whose text begins with a letter, is short, and occurs with two participants or more. A record
    with labels that fewer than half of the participants have is called by the names of its fields alone.
    """
    fine = [" ".join(text for name, text in record.fields if text in labels.get(name, ())) for record in records]
    holders: dict[str, set[int]] = defaultdict(set)
    for key, who in zip(fine, named, strict=True):
        holders[key].update(who)
    everybody = {one for who in named for one in who}
    coarse = [_shape(record, mentions) for record in records]
    return [
        key if key and 2 * len(holders[key]) >= len(everybody) else plain
        for key, plain in zip(fine, coarse, strict=True)
    ]


def _shape(record: Record, mentions: _Mentions) -> str:
    names = [name.rsplit(".", 1)[-1] for name, _ in record.fields]
    if names == ["line"]:
        return mentions.hide(_VALUE.sub("#", record.text))[:LONGEST_TEMPLATE]
    return f"[{' '.join(names)[:200]}]"


def _labels(records: Sequence[Record], named: Sequence[Sequence[int]]) -> dict[str, set[str]]:
    seen: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for record, who in zip(records, named, strict=True):
        if who:
            for name, text in record.fields:
                if text[:1].isalpha() and len(text) <= LONGEST_LABEL:
                    seen[name][text].update(who)
    return {
        name: {text for text, who in texts.items() if len(who) > 1}
        for name, texts in seen.items()
        if len(texts) <= MOST_LABELS
    }


def _shared_values(records: Sequence[Record], named: Sequence[Sequence[int]]) -> set[tuple[str, str]]:
    """The fields with a text that two participants or more have, but not everybody in every record."""
    seen: dict[tuple[str, str], set[int]] = defaultdict(set)
    for record, who in zip(records, named, strict=True):
        if who:
            for name, text in record.fields:
                if text and len(text) <= LONGEST_LABEL:
                    seen[name, text].update(who)
    return {pair for pair, who in seen.items() if len(who) > 1}


# --- From lists of numbers to one number ------------------------------------------------------------------------------


def _collect(title: str, found: Sequence[_Found], family: Family | None) -> dict[Feature, Numbers]:
    collected: dict[Feature, Numbers] = {}
    for kind, where in dict.fromkeys(name for one in found for name in one.counts):
        counts: Numbers = tuple(float(one.counts[kind, where]) for one in found)
        if len(set(counts)) > 1:
            collected[Feature(title, family or kind, where)] = counts
    for kind, where in dict.fromkeys(name for one in found for name in one.values):
        lists = [one.values.get((kind, where), ()) for one in found]
        for how, numbers in _summaries(lists):
            if any(number != numbers[0] for number in numbers):
                collected[Feature(title, family or kind, f"{where}{how}")] = numbers
    return collected


def _summaries(lists: Sequence[Sequence[float]]) -> Iterator[tuple[str, Numbers]]:
    if all(len(numbers) <= 1 for numbers in lists):
        yield "", tuple(numbers[0] if numbers else None for numbers in lists)
        return
    yield ", first", tuple(numbers[0] if numbers else None for numbers in lists)
    yield ", last", tuple(numbers[-1] if numbers else None for numbers in lists)
    yield ", mean", tuple(math.fsum(numbers) / len(numbers) if numbers else None for numbers in lists)
    yield ", spread", tuple(max(numbers) - min(numbers) if numbers else None for numbers in lists)


def _collect_whole(title: str, whole: Mapping[tuple[Family, str], Iterable[float]]) -> dict[Feature, float]:
    return {
        Feature(title, Family.WHOLE, f"{family.value}: {where}"): math.fsum(numbers)
        for (family, where), numbers in whole.items()
    }
