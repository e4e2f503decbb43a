"""Two records of one trial, field by field: what is the same, what differs and how, what only one of them says.

Differences of precision (``2021-06`` and ``2021-06-12``), of spelling (blanks, wraps, escapes, bullets, capitals) and
of order are told apart from differences of substance, and so is the book-keeping of the registry (dates of updates,
what it derives itself). Items of a list are paired by what names them (an arm by its label, an outcome by its
measure), then by likeness of their words, never by their place alone. Pure: two readings in, one comparison out, and
``compare(b, a)`` is its mirror image. Knows nothing of which of two differing values is right.
"""

from __future__ import annotations

import difflib
import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue

from armlet.registry.accounting import Fact, Reading
from armlet.registry.read import numbers_of
from armlet.registry.record import JsonObject

LIKE_ENOUGH: Final = 0.5
"""Two items of a list without a common name are one item with other words where they share this much of their words.
Ours, chosen on the archived versions that are at hand; what is not paired is shown as gone and as new."""
_MOST_PAIRED: Final = 60
_SHORTEST_NUMBER: Final = 5
"""A number shorter than this is not unique enough to say by itself that two records are of one trial."""


class Kind(StrEnum):
    """Where a field stands."""

    DIFFERS = "differs"
    ONLY_A = "only in A"
    ONLY_B = "only in B"

    def mirrored(self) -> Kind:
        """The kind as seen from the other record."""
        return _MIRROR.get(self, self)


_MIRROR: Final = MappingProxyType({Kind.ONLY_A: Kind.ONLY_B, Kind.ONLY_B: Kind.ONLY_A})


class Nature(StrEnum):
    """How much a difference means. INFERRED: no words of a record state its value, a rule of ours has put it there."""

    SUBSTANCE = "substance"
    PRECISION = "precision"
    SPELLING = "spelling"
    ORDER = "order"
    INFERRED = "inferred"
    BOOKKEEPING = "book-keeping"


class Topic(StrEnum):
    """What a field is about, what weighs most first."""

    STATUS = "status"
    DATES = "dates"
    ENROLMENT = "enrolment"
    DESIGN = "design"
    ARMS = "arms and interventions"
    OUTCOMES = "outcomes"
    CRITERIA = "criteria"
    IDENTITY = "identity"
    RESULTS = "results"
    OTHER = "other"


_TOPICS: Final = (
    (re.compile(r"protocolSection\.statusModule\.(?:overallStatus|whyStopped|lastKnownStatus)"), Topic.STATUS),
    (re.compile(r"protocolSection\.statusModule\.\w*[dD]ate\w*"), Topic.DATES),
    (re.compile(r"protocolSection\.designModule\.enrollmentInfo"), Topic.ENROLMENT),
    (re.compile(r"protocolSection\.designModule"), Topic.DESIGN),
    (re.compile(r"protocolSection\.armsInterventionsModule"), Topic.ARMS),
    (re.compile(r"protocolSection\.outcomesModule"), Topic.OUTCOMES),
    (re.compile(r"protocolSection\.eligibilityModule"), Topic.CRITERIA),
    (re.compile(r"protocolSection\.identificationModule"), Topic.IDENTITY),
    (re.compile(r"resultsSection|hasResults"), Topic.RESULTS),
)
_BOOKKEEPING: Final = re.compile(
    r"derivedSection\b.*|protocolSection\.statusModule\."
    r"(?:lastUpdate\w*|statusVerifiedDate|studyFirstSubmitQcDate|resultsFirstSubmitQcDate|dispFirstSubmitQcDate)\b.*"
)
_NAMING: Final = ("label", "measure", "title", "facility", "name", "term", "pmid", "citation", "id", "url")
"""The members that name an item of a list; the first that an item has is its name."""
_ESCAPED: Final = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>^~|=&])")
_SPELT: Final = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u2007\u202f", " "),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        **dict.fromkeys("\u2018\u2019\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d", '"'),
        "\u2265": ">=",
        "\u2264": "<=",
        "\u00b5": "\u03bc",
        "\r": " ",
    }
)
_NUMBERING: Final = re.compile(r"^\s*(?:[0-9]{1,2}|[a-z])[.)]\s+", re.MULTILINE)
_BULLETS: Final = frozenset({"-", "*", "\u2022", "\u00b7"})
_DATE: Final = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}")
_AGE: Final = re.compile(r"protocolSection\.eligibilityModule\.(?:minimum|maximum)Age")
_FEWEST_WORDS: Final = 4
_MOST_WORDS: Final = 8_000
_SHOWN_BEFORE: Final = 4


@dataclass(frozen=True, slots=True)
class Side:
    """A value as one record has it: its path there, and the lines and the first words that it was read from.

    The lines are None where no words state the value.
    """

    path: str
    value: JsonValue
    line: int | None
    last_line: int | None
    quote: str

    def as_json(self) -> JsonObject:
        return {
            "path": self.path,
            "value": self.value,
            "line": self.line,
            "last_line": self.last_line,
            "quote": self.quote,
        }


@dataclass(frozen=True, slots=True)
class WordChange:
    """A stretch of words that one text has where the other has others, with a few words before it for orientation."""

    before: str
    a: str
    b: str

    def as_json(self) -> JsonObject:
        return {"before": self.before, "a": self.a, "b": self.b}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not the same. `path` is without places in lists; `item` names the item that it belongs to."""

    path: str
    item: str
    kind: Kind
    nature: Nature
    a: Side | None
    b: Side | None
    words: tuple[WordChange, ...] = ()

    @property
    def about(self) -> Topic:
        """What the field is about."""
        return next((topic for pattern, topic in _TOPICS if pattern.match(self.path)), Topic.OTHER)

    def as_json(self) -> JsonObject:
        """The difference as ``--json`` prints it, both sides whole."""
        return {
            "path": self.path,
            "item": self.item,
            "about": self.about.value,
            "kind": self.kind.value,
            "nature": self.nature.value,
            "a": None if self.a is None else self.a.as_json(),
            "b": None if self.b is None else self.b.as_json(),
            "words": [change.as_json() for change in self.words],
        }


class Sameness(StrEnum):
    """Whether two records are of one trial."""

    SAME = "the same trial"
    LIKELY = "probably the same trial"
    UNSURE = "perhaps not the same trial"
    OTHER = "different trials"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whether the records are of one trial, and what says so: each sign with what A and what B have."""

    sameness: Sameness
    matched: tuple[str, ...]
    unmatched: tuple[str, ...]

    def as_json(self) -> JsonObject:
        return {"sameness": self.sameness.value, "matched": list(self.matched), "unmatched": list(self.unmatched)}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two readings side by side. `same` counts the fields that are equal to the letter; `newer` is "a", "b" or None."""

    identity: Identity
    dates: tuple[str | None, str | None]
    newer: str | None
    same: int
    differences: tuple[Difference, ...] = field(default=())

    def of_substance(self) -> tuple[Difference, ...]:
        """The differences that change what the record says about the trial."""
        return tuple(item for item in self.differences if item.nature is Nature.SUBSTANCE)

    def as_json(self) -> JsonObject:
        """The part of ``armlet read --against`` that is about both records."""
        counts = Counter(f"{item.kind.value}: {item.nature.value}" for item in self.differences)
        return {
            "identity": self.identity.as_json(),
            "dates": {"a": self.dates[0], "b": self.dates[1]},
            "newer": self.newer,
            "same": self.same,
            "counts": dict(sorted(counts.items())),
            "differences": [item.as_json() for item in self.differences],
        }


def compare(a: Reading, b: Reading) -> Comparison:
    """What two records say differently. Compares whatever it is given; `identity` says whether that makes sense."""
    walk = _Walk(_index(a.facts), _index(b.facts))
    walk.compare_objects(a.record.as_json(), b.record.as_json(), _Place("", "", "", ""))
    weights = list(Topic)
    found = sorted(walk.found, key=lambda item: (item.nature is not Nature.SUBSTANCE, weights.index(item.about)))
    dates = (version_date(a), version_date(b))
    return Comparison(identify(a, b), dates, _newer(*dates), walk.same, tuple(found))


def version_date(reading: Reading) -> str | None:
    """The day that the record is of: of its last update, otherwise of the source; None where neither is told."""
    status = reading.record.protocol_section.status_module
    dates = (
        status.last_update_submit_date,
        status.last_update_post_date_struct.date,
        reading.as_of,
        status.status_verified_date,
    )
    return next((str(date) for date in dates if date), None)


def _newer(a: str | None, b: str | None) -> str | None:
    """The later of two dates; of ``2021`` and ``2021-06`` neither."""
    if a is None or b is None or a.startswith(b) or b.startswith(a):
        return None
    return "a" if a > b else "b"


# --- Whether it is one trial ------------------------------------------------------------------------------------------


def identify(a: Reading, b: Reading) -> Identity:
    """Whether two records are of one trial, by the registry's number, the other numbers and the titles."""
    first, second = a.record.protocol_section.identification_module, b.record.protocol_section.identification_module
    matched, unmatched = list[str](), list[str]()
    is_same = is_other = False
    if first.nct_id and second.nct_id:
        is_same = first.nct_id in {second.nct_id, *second.nct_id_aliases} or second.nct_id in first.nct_id_aliases
        is_other = not is_same
        (matched if is_same else unmatched).append(f"registry number: {first.nct_id}, {second.nct_id}")
    shared = _shared_numbers(a, b)
    if shared:
        matched.append(f"other numbers: {', '.join(shared)}")
    elif not is_same:
        told = (", ".join(numbers_of(reading.record)) or "none" for reading in (a, b))
        unmatched.append(f"other numbers: {'; '.join(told)}")
    alike = _title_likeness(a, b)
    if alike is not None:
        (matched if alike >= _SAME_TITLE else unmatched).append(f"titles share {round(100 * alike)} % of their words")
    if is_same or (shared and not is_other):
        sameness = Sameness.SAME
    elif is_other:
        sameness = Sameness.OTHER
    else:
        sameness = _by_title(alike)
    return Identity(sameness, tuple(matched), tuple(unmatched))


_SAME_TITLE: Final = 0.75
_OTHER_TITLE: Final = 0.4
"""Shares of words in common; ours, and only used where no number decides."""


def _by_title(alike: float | None) -> Sameness:
    if alike is None:
        return Sameness.UNSURE
    if alike >= _SAME_TITLE:
        return Sameness.LIKELY
    return Sameness.UNSURE if alike >= _OTHER_TITLE else Sameness.OTHER


def _shared_numbers(a: Reading, b: Reading) -> list[str]:
    """Numbers that both records have, the registry's own left out, and those too short to mean anything."""
    plain = [{_plain_number(number): number for number in numbers_of(reading.record)} for reading in (a, b)]
    own = {reading.record.protocol_section.identification_module.nct_id for reading in (a, b)}
    both_have_one = None not in own
    shared = (number for key, number in plain[0].items() if key in plain[1] and len(key) >= _SHORTEST_NUMBER)
    return [number for number in shared if not (both_have_one and number in own)]


def _plain_number(number: str) -> str:
    return re.sub(r"[^a-z0-9]", "", number.casefold())


def _title_likeness(a: Reading, b: Reading) -> float | None:
    """The likeness of the two titles that are most alike; None where a record has no title."""
    titles = []
    for reading in (a, b):
        identity = reading.record.protocol_section.identification_module
        titles.append([title for title in (identity.brief_title, identity.official_title) if title])
    return max((_likeness(_bag(one), _bag(other)) for one in titles[0] for other in titles[1]), default=None)


# --- Field by field ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """Where both records are looked at: the path in each, the path without places in lists, and the item's name."""

    a: str
    b: str
    path: str
    item: str

    def member(self, name: str) -> _Place:
        a, b, path = (f"{above}.{name}" if above else name for above in (self.a, self.b, self.path))
        return _Place(a, b, path, self.item)

    def entry(self, first: int | None, second: int | None, item: str) -> _Place:
        """The place of an item of a list; None for the record that has no such item."""
        return _Place(f"{self.a}[{first}]", f"{self.b}[{second}]", self.path, item)


_Words = dict[str, tuple[int, int, str]]


def _index(facts: Iterable[Fact]) -> _Words:
    """For each path, and each path above it, the first and last line that it was read from and the first words."""
    found: _Words = {}
    for fact in facts:
        steps = [match.start() for match in re.finditer(r"[.\[]", fact.path)]
        for path in (fact.path, *(fact.path[:step] for step in steps)):
            first, last, quote = found.get(path, (fact.line, fact.line, fact.quote))
            quote = fact.quote if fact.line < first else quote
            found[path] = (min(first, fact.line), max(last, fact.line), quote)
    return found


class _Walk:
    """Goes through two records at once and notes what is not the same."""

    def __init__(self, words_a: _Words, words_b: _Words) -> None:
        self.found: list[Difference] = []
        self.same = 0
        self._words_a = words_a
        self._words_b = words_b

    def compare_objects(self, a: JsonObject, b: JsonObject, place: _Place) -> None:
        for name in dict.fromkeys((*a, *b)):
            self._compare(a.get(name), b.get(name), place.member(name))

    def _compare(self, a: JsonValue, b: JsonValue, place: _Place) -> None:
        if isinstance(a, dict | None) and isinstance(b, dict | None):
            self.compare_objects(a or {}, b or {}, place)
        elif isinstance(a, list | None) and isinstance(b, list | None):
            self._compare_lists(a or [], b or [], place)
        elif a is None or b is None:
            self._note_only(a, b, place)
        elif _is_equal(a, b):
            self.same += 1
        else:
            self._note(a, b, place, Kind.DIFFERS, _nature(place.path, a, b), _word_changes(a, b))

    def _compare_lists(self, a: list[JsonValue], b: list[JsonValue], place: _Place) -> None:
        pairs = _pair_items(a, b)
        for first, second in pairs:
            item = _item_name(a[first], b[second])
            one, other = a[first], b[second]
            if isinstance(one, dict) and isinstance(other, dict):
                self.compare_objects(one, other, place.entry(first, second, item))
            else:
                self._compare(one, other, place.entry(first, second, item))
        if pairs != sorted(pairs, key=lambda pair: pair[1]):
            names: list[list[JsonValue]] = [[_name(items[pair[at]]) for pair in sorted(pairs, key=lambda pair: pair[at])]
                                            for at, items in ((0, a), (1, b))]  # fmt: skip
            self._note(names[0], names[1], place, Kind.DIFFERS, Nature.ORDER)
        paired_a, paired_b = {first for first, _ in pairs}, {second for _, second in pairs}
        for index in (index for index in range(len(a)) if index not in paired_a):
            self._note_only(a[index], None, place.entry(index, None, _name(a[index])))
        for index in (index for index in range(len(b)) if index not in paired_b):
            self._note_only(None, b[index], place.entry(None, index, _name(b[index])))

    def _note_only(self, a: JsonValue, b: JsonValue, place: _Place) -> None:
        nature = Nature.BOOKKEEPING if _BOOKKEEPING.fullmatch(place.path) else Nature.SUBSTANCE
        self._note(a, b, place, Kind.ONLY_B if a is None else Kind.ONLY_A, nature)

    def _note(
        self, a: JsonValue, b: JsonValue, place: _Place, kind: Kind, nature: Nature, words: tuple[WordChange, ...] = ()
    ) -> None:
        sides = (_side(place.a, a, self._words_a), _side(place.b, b, self._words_b))
        if nature is Nature.SUBSTANCE and any(side is not None and side.line is None for side in sides):
            nature = Nature.INFERRED
        self.found.append(Difference(place.path, place.item, kind, nature, *sides, words))


def _side(path: str, value: JsonValue, words: _Words) -> Side | None:
    if value is None:
        return None
    first, last, quote = words.get(path, (None, None, ""))
    return Side(path, value, first, last, quote)


def _is_equal(a: JsonValue, b: JsonValue) -> bool:
    """Equal, where neither yes is 1 nor a text the number that it spells."""
    return a == b and isinstance(a, bool) is isinstance(b, bool)


def _nature(path: str, a: JsonValue, b: JsonValue) -> Nature:
    if _BOOKKEEPING.fullmatch(path):
        return Nature.BOOKKEEPING
    if not isinstance(a, str) or not isinstance(b, str):
        return Nature.SUBSTANCE
    if _DATE.fullmatch(a) and _DATE.fullmatch(b):
        return Nature.PRECISION if a.startswith(b) or b.startswith(a) else Nature.SUBSTANCE
    if _AGE.fullmatch(path):
        a, b = a.removesuffix("s"), b.removesuffix("s")
    return Nature.SPELLING if plain_words(a) == plain_words(b) else Nature.SUBSTANCE


def plain_words(text: str) -> str:
    """The text without what a registry's page may change of its layout: wraps, escapes, bullets, dashes, capitals.

    Digits, decimal points, exponents and signs of comparison stay what they are.
    """
    text = html.unescape(html.unescape(text)) if "&" in text else text
    text = _ESCAPED.sub(r"\1", text).translate(_SPELT).casefold()
    words = _NUMBERING.sub("", text).split()
    last = len(words) - 1
    kept = (
        word
        for place, word in enumerate(words)
        if word not in _BULLETS
        or (0 < place < last and words[place - 1][-1].isdigit() and words[place + 1][0].isdigit())
    )
    text = re.sub(r"\s*(>=|<=|[<>=])\s*", r"\1", " ".join(kept))
    return re.sub(r"\s+(?=[,;:.)\]])|(?<=[(\[])\s+|\.$", "", text)


# --- The items of a list ----------------------------------------------------------------------------------------------


def _name(item: JsonValue) -> str:
    """What names an item of a list; a plain item names itself."""
    if isinstance(item, dict):
        named = next((item[name] for name in _NAMING if isinstance(item.get(name), str)), "")
        city = item.get("city")
        return f"{named}, {city}" if "facility" in item and isinstance(city, str) else str(named)
    return "" if isinstance(item, list) else str(item)


def _item_name(a: JsonValue, b: JsonValue) -> str:
    first, second = _name(a), _name(b)
    return first if first == second else f"{first} / {second}"


def _pair_items(a: Sequence[JsonValue], b: Sequence[JsonValue]) -> list[tuple[int, int]]:
    """Which item of the one list is which of the other, by place in A: the equal, then namesakes, then the likest."""
    left_a, left_b = dict(enumerate(a)), dict(enumerate(b))
    pairs = list[tuple[int, int]]()
    for key in (_spelt_out, _plain_name):
        keyed: dict[str, list[int]] = {}
        for second, item in left_b.items():
            keyed.setdefault(key(item), []).append(second)
        for first, item in list(left_a.items()):
            namesakes = keyed.get(key(item), [])
            if namesakes and key(item):
                second = namesakes.pop(0)
                pairs.append((first, second))
                del left_a[first], left_b[second]
    pairs += _pair_likest(left_a, left_b)
    return sorted(pairs)


def _spelt_out(item: JsonValue) -> str:
    return json.dumps(item, sort_keys=True)


def _plain_name(item: JsonValue) -> str:
    return plain_words(_name(item))


def _pair_likest(a: Mapping[int, JsonValue], b: Mapping[int, JsonValue]) -> list[tuple[int, int]]:
    """Pairs that share enough of their words, the likest first; the choice is the same from either side."""
    if len(a) > _MOST_PAIRED or len(b) > _MOST_PAIRED:
        return []
    bags_a = {first: _bag(_all_text(item)) for first, item in a.items()}
    bags_b = {second: _bag(_all_text(item)) for second, item in b.items()}
    rated = [(_likeness(bags_a[first], bags_b[second]), first, second) for first in a for second in b]
    rated.sort(key=lambda item: (-item[0], abs(item[1] - item[2]), min(item[1:]), max(item[1:])))
    pairs, used_a, used_b = list[tuple[int, int]](), set[int](), set[int]()
    for alike, first, second in rated:
        if alike >= LIKE_ENOUGH and first not in used_a and second not in used_b:
            pairs.append((first, second))
            used_a.add(first)
            used_b.add(second)
    return pairs


def _all_text(value: JsonValue) -> str:
    if isinstance(value, dict):
        return " ".join(_all_text(member) for member in value.values())
    if isinstance(value, list):
        return " ".join(_all_text(member) for member in value)
    return str(value)


def _bag(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", plain_words(text)))


def _likeness(a: Counter[str], b: Counter[str]) -> float:
    """The share of words in common, from 0 to 1 (the coefficient of Dice): the same from either side."""
    total = a.total() + b.total()
    return 2 * (a & b).total() / total if total else 0.0


# --- Word by word -----------------------------------------------------------------------------------------------------


def _word_changes(a: JsonValue, b: JsonValue) -> tuple[WordChange, ...]:
    """What stands in one text and not in the other; nothing for short values, which are shown whole."""
    if not isinstance(a, str) or not isinstance(b, str):
        return ()
    words_a, words_b = _ESCAPED.sub(r"\1", a).split(), _ESCAPED.sub(r"\1", b).split()
    if not _FEWEST_WORDS < max(len(words_a), len(words_b)) < _MOST_WORDS:
        return ()
    if (len(words_b), b) < (len(words_a), a):  # compared one way round only, so that both ways say the same
        return tuple(WordChange(change.before, change.b, change.a) for change in _changes(words_b, words_a))
    return tuple(_changes(words_a, words_b))


def _changes(a: list[str], b: list[str]) -> Iterator[WordChange]:
    plain_a, plain_b = ([word.translate(_SPELT).casefold() for word in words] for words in (a, b))
    matcher = difflib.SequenceMatcher(None, plain_a, plain_b, autojunk=False)
    for tag, start_a, end_a, start_b, end_b in matcher.get_opcodes():
        changed = WordChange(
            " ".join(a[max(start_a - _SHOWN_BEFORE, 0) : start_a]),
            " ".join(a[start_a:end_a]),
            " ".join(b[start_b:end_b]),
        )
        if tag != "equal" and plain_words(changed.a) != plain_words(changed.b):
            yield changed
