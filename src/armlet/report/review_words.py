"""The words of a record as a reader sees them, and where among them each statement of a draft stands.

A source written for people is shown line by line as it was read. Of JSON, XML and HTML the words of each value are shown
under the name of its field: their own lines are mostly syntax. Contact details are struck out either way, and characters
that steer a screen are spelled out, for a record may come from anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from markupsafe import Markup

from armlet.protocol.source import Stated
from armlet.registry.accounting import CONTACT_SHOWN, Fact, Reading, without_contacts
from armlet.registry.draft_facts import stated_by

BEYOND: Final = "What the page says beyond the record"
_CONTACT: Final = re.compile(r"contact(?!sLocationsModule)|phone|\bfax\b|e-?mail", re.IGNORECASE)
_NORTH_AMERICAN: Final = re.compile(r"(?<![\w.-])(?:1[-. ])?\(?\d{3}\)?[-. ]\d{3}[-.]\d{4}(?![\w-])")
"""A telephone number without a word before it (North American Numbering Plan), such as stands in names of call centres."""
_STEERING: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")
_TOKEN: Final = re.compile(r"[^\W_]+|[<>=≤≥±%/+]")
_SECTIONS: Final = re.compile(r"^(?:protocolSection|derivedSection)\.")
_ESCAPED: Final = re.compile(r"\\|&#?\w+;")
_LONGEST_MARK: Final = 4
"""Letters and numbers before a point (``iii``, ``12``) that a criterion is written without."""
_FEWEST_TOKENS: Final = 2


def shown(value: object) -> object:
    """What a page may print of a value: text without contact details, and with steering characters spelled out."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    without = _NORTH_AMERICAN.sub(CONTACT_SHOWN, without_contacts(value))
    return _STEERING.sub(lambda found: f"‹U+{ord(found[0]):04X}›", without)


def is_contact(path: str) -> bool:
    """Whether a path is that of somebody to write to or to telephone."""
    return _CONTACT.search(path) is not None


def field_words(path: str) -> str:
    """``primary outcome 1, time frame``: a path of the v2 shape below its module, as people say it."""
    steps = [step for step in _SECTIONS.sub("", path).split(".") if not step.endswith("Module")]
    said = []
    for step in steps:
        name, _, index = step.partition("[")
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.removesuffix("Struct")).lower()
        said.append(f"{re.sub(r'(?<=sh)es$|s$', '', words)} {int(index[:-1]) + 1}" if index[:-1].isdigit() else words)
    return ", ".join(said)


def module_words(path: str) -> str:
    """``Arms interventions``: the module of a path, as a heading; ``Record`` for what stands outside any."""
    module = next((step for step in path.split(".") if step.endswith("Module")), "recordModule")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", module.removesuffix("Module"))
    return words[:1].upper() + words[1:].lower()


class Span(NamedTuple):
    """A stretch of a passage, from its first character to the one behind its last."""

    passage: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """One line of the page, or the words of one value; `label` names the field, `is_read` is false for unread lines."""

    line: int
    text: str
    heading: str = ""
    label: str = ""
    is_known: bool = False
    is_unread: bool = False


class _Token(NamedTuple):
    word: str
    span: Span
    may_be_mark: bool


@dataclass
class RecordWords:
    """The passages of a reading, and a way to find a statement's words among them."""

    passages: list[Passage] = field(default_factory=list)
    _of_stated: dict[Stated, list[Span]] = field(default_factory=dict)
    _at_path: dict[str, list[Span]] = field(default_factory=dict)

    def find(self, stated: Stated) -> tuple[Span, ...]:
        """Where the record says it; several stretches where it says so more than once, or over several lines.

        Empty only for a place of which no words are shown (contacts).
        """
        if stated in self._of_stated:
            return tuple(self._of_stated[stated])
        at = self._at_path.get(stated.where, [])
        return _aligned(_words(stated.words), self._tokens(at)) or tuple(at[:1])

    def at(self, place: str) -> tuple[Span, ...]:
        """The words of every value at or below a place."""
        return tuple(
            span for path, at in self._at_path.items() if path == place or path.startswith((f"{place}.", f"{place}["))
            for span in at
        )  # fmt: skip

    def quoted(self, words: str) -> tuple[Span, ...]:
        """Where the words stand first in the record; empty where nowhere."""
        wanted = _words(words)
        for at in self._at_path.values() if len(wanted) >= _FEWEST_TOKENS else ():
            found = _aligned(wanted, self._tokens(at))
            if found:
                return found
        return ()

    def on_line(self, line: int) -> tuple[Span, ...]:
        """The passages of a line of the source, whole."""
        found = (place for place, passage in enumerate(self.passages) if passage.line == line)
        return tuple(Span(place, 0, len(self.passages[place].text)) for place in found)

    def words_of(self, span: Span) -> str:
        """The words of a stretch."""
        return self.passages[span.passage].text[span.start : span.end]

    def keep(self, fact: Fact, span: Span) -> None:
        """Remember that the stretch gave the fact."""
        stated = stated_by(fact)
        for spans in (self._of_stated.setdefault(stated, []), self._at_path.setdefault(stated.where, [])):
            if span not in spans:
                spans.append(span)

    def _tokens(self, at: Iterable[Span]) -> list[_Token]:
        return [token for span in at for token in _tokens_of(span, self.words_of(span))]


def read_words(reading: Reading) -> RecordWords:
    """The passages of a reading: the lines of its page, or the words of its values by module."""
    return _page_words(reading) if reading.page else _value_words(reading)


def _page_words(reading: Reading) -> RecordWords:
    known = {line.line for line in reading.boilerplate}
    unread = {line.line for line in reading.unrecognised}
    words, places = RecordWords(), dict[int, int]()
    for place, line in enumerate(reading.page):
        places[line.line] = place
        text = str(shown(line.text))
        words.passages.append(
            Passage(line.line, text, is_known=line.line in known, is_unread=line.line in unread)
        )  # fmt: skip
    for fact in (*reading.facts, *reading.provenance):
        if not is_contact(fact.path):
            words.keep(fact, _span_on(places[fact.line], words.passages[places[fact.line]].text, fact.quote))
    return words


def _span_on(place: int, text: str, quote: str) -> Span:
    """Where the quote stands in the line, as whole words if it can be; the whole line where it was struck out."""
    found = re.search(rf"(?<!\w){re.escape(quote)}(?!\w)", text)
    start = found.start() if found else text.find(quote)
    return Span(place, start, start + len(quote)) if quote and start >= 0 else Span(place, 0, len(text))


def _value_words(reading: Reading) -> RecordWords:
    """Values of the trial in the order in which the source first speaks of each module; results stay in the record."""
    modules: dict[str, list[Fact]] = {}
    for fact in reading.facts:
        if not is_contact(fact.path) and fact.path.startswith(("protocolSection.", "derivedSection.", "hasResults")):
            modules.setdefault(module_words(fact.path), []).append(fact)
    modules[BEYOND] = [fact for fact in reading.provenance if not is_contact(fact.path)]
    words = RecordWords()
    for heading, facts in modules.items():
        _add_values(words, heading, facts)
    return words


def _add_values(words: RecordWords, heading: str, facts: Sequence[Fact]) -> None:
    before = ""
    for fact in facts:
        text = str(shown(_text_of(fact)))
        label = field_words(fact.path) if fact.path != before else ""
        words.passages.append(Passage(fact.line, text, heading if fact is facts[0] else "", label))
        words.keep(fact, Span(len(words.passages) - 1, 0, len(text)))
        before = fact.path


def _text_of(fact: Fact) -> str:
    """The words of the file; where it spells them with escapes, what they spell."""
    is_spelled = isinstance(fact.value, str) and _ESCAPED.search(fact.quote)
    return str(fact.value) if is_spelled else fact.quote


# --- Words among words ------------------------------------------------------------------------------------------------


def _words(text: str) -> list[str]:
    return [found[0].casefold() for found in _TOKEN.finditer(str(shown(text)))]


def _tokens_of(span: Span, text: str) -> Iterator[_Token]:
    line_start = 0
    for found in _TOKEN.finditer(text):
        line_start = max(line_start, text.rfind("\n", 0, found.start()) + 1)
        opens = not _TOKEN.search(text, line_start, found.start())
        place = Span(span.passage, span.start + found.start(), span.start + found.end())
        yield _Token(found[0].casefold(), place, opens and len(found[0]) <= _LONGEST_MARK)


def _aligned(wanted: Sequence[str], tokens: Sequence[_Token]) -> tuple[Span, ...]:
    """The stretches, one a passage, of the first run of tokens that says the wanted words; empty where there is none."""
    if wanted:
        for start, token in enumerate(tokens):
            if token.word == wanted[0]:
                run = _run(wanted, tokens, start)
                if run:
                    return _joined(run)
    return ()


def _run(wanted: Sequence[str], tokens: Sequence[_Token], start: int) -> list[Span]:
    """The tokens from `start` that say the words, or none; the mark of a nested point may stand among them."""
    spans: list[Span] = []
    place = start
    for word in wanted:
        while place < len(tokens) and tokens[place].word != word and tokens[place].may_be_mark and spans:
            place += 1
        if place == len(tokens) or tokens[place].word != word:
            return []
        spans.append(tokens[place].span)
        place += 1
    return spans


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    joined: dict[int, Span] = {}
    for span in spans:
        first = joined.setdefault(span.passage, span)
        joined[span.passage] = Span(span.passage, first.start, span.end)
    return tuple(joined.values())


# --- Marks ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bit:
    """A piece of a passage: text, or the start (`opens`) or the end (`closes`) of the mark of that number."""

    text: str = ""
    opens: int = 0
    closes: int = 0


def lay_marks(spans: Iterable[Span]) -> dict[Span, Span]:
    """The mark of each stretch: itself, or what it covers together with others that it cuts across.

    Marks lie beside or inside each other and never across, so that each can be one element of a page.
    """
    marks = {span: span for span in spans}
    changed = True
    while changed:
        changed = False
        for first, second in _crossing(sorted(set(marks.values()))):
            whole = Span(first.passage, first.start, max(first.end, second.end))
            marks = {span: whole if mark in {first, second} else mark for span, mark in marks.items()}
            changed = True
            break
    return marks


def _crossing(marks: Sequence[Span]) -> Iterator[tuple[Span, Span]]:
    """Pairs of marks that cut across each other; `marks` are in order of their starts."""
    for place, first in enumerate(marks):
        for second in marks[place + 1 :]:
            if second.passage != first.passage or second.start >= first.end:
                break
            if second.start > first.start and second.end > first.end:
                yield first, second


def bits_of(text: str, marks: Mapping[Span, int]) -> tuple[Bit, ...]:
    """The passage's text with the marks that lie in it, by their numbers: what ends ends before the next begins."""
    opening = [(span.start, 1, -span.end, Bit(opens=number)) for span, number in marks.items()]
    closing = [(span.end, 0, -span.start, Bit(closes=number)) for span, number in marks.items()]
    bits: list[Bit] = []
    done = 0
    for place, _, _, bit in sorted([*opening, *closing], key=lambda event: event[:3]):
        if place > done:
            bits.append(Bit(text=text[done:place]))
            done = place
        bits.append(bit)
    return (*bits, Bit(text=text[done:])) if done < len(text) else tuple(bits)
