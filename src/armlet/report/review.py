"""The page with which a person confirms a draft: the record's words and the draft side by side, and what to decide.

Every statement of the draft is linked to the words that it rests on, and the words to every statement that rests on
them; what no words state is marked with its reason and who confirms it. Nothing is decided here, and nothing of a record
is trusted: each text is escaped, contact details are struck out.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, NamedTuple

from armlet.document import Path_, digest
from armlet.issues import Issue
from armlet.protocol.criteria import Criterion
from armlet.protocol.load import Trial
from armlet.protocol.model import OpenQuestion
from armlet.protocol.prose import Statement, statements
from armlet.protocol.source import Stated
from armlet.registry.accounting import Reading
from armlet.registry.draft import Draft
from armlet.report.document import read_own, render_template
from armlet.report.review_words import (
    Bit,
    RecordWords,
    Span,
    bits_of,
    field_words,
    is_contact,
    lay_marks,
    read_words,
    shown,
)

WORDS_A_MINUTE: Final = 238
"""Silent reading of English non-fiction by adults (Brysbaert 2019, J Mem Lang 109:104047, abstract)."""
WEIGHTS: Final = {
    1: "What the trial means, and whom it could harm",
    2: "How it is carried out",
    3: "What the record itself needs",
}
UNANSWERED: Final = "protocol/unanswered-question"
_MOST_QUOTES: Final = 6
_MOST_WORDS_OF_A_QUESTION: Final = 4
_MOST_UNRECOGNISED: Final = 100
_SHORT: Final = 160
_TELLING: Final = 12
"""Fewer characters may stand in a text by chance."""
_QUOTED: Final = re.compile(r'"([^"]+)"')
_NAMES: Final = re.compile(r"[a-z0-9_]+")
_CHAPTERS: Final = {"sets": "Analysis sets", "registry": "What the registry said", "consents": "Consent"}
_WITHOUT_SOURCE: Final = (
    ("title", "title", ("identificationModule.briefTitle", "identificationModule.acronym")),
    ("official_title", "official title", ("identificationModule.officialTitle",)),
    ("aim", "aim", ("descriptionModule.briefSummary",)),
)
"""Parts of the protocol that carry no source of their own, and the places of the record that they come from."""


@dataclass(frozen=True, slots=True)
class ReviewContent:
    """A draft, the reading that it was made from, and what the design checks found in it."""

    reading: Reading
    draft: Draft
    trial: Trial
    issues: tuple[Issue, ...]


class Link(NamedTuple):
    """A link within the page: the id that it leads to, what it shows, and what that is."""

    to: str
    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the record, by the number of their mark, the line of the source, and the field where it has a name."""

    mark: int
    line: int
    words: str
    label: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the draft beside the words that it rests on.

    `same` are words that the part itself repeats, and `more` words beyond the first few: both are linked and not shown
    again. `because` is empty where nothing is assumed; `asks` are the questions that stand open about it.
    """

    number: int
    chapter: str
    what: str
    says: str
    line: int
    same: tuple[Quote, ...]
    quotes: tuple[Quote, ...]
    more: tuple[Quote, ...]
    because: str
    asks: tuple[Link, ...]
    confirm: str


@dataclass(frozen=True, slots=True)
class Asked:
    """An open question with the words that it concerns and the parts that wait for it; `as_before` repeats its why."""

    number: int
    question: OpenQuestion
    weight: int
    line: int
    quotes: tuple[Quote, ...]
    parts: tuple[Link, ...]
    as_before: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """A criterion: the words of the record, its rule in plain words, and whether a computer can answer it."""

    part: Part
    kind: str
    text: str
    computable: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A passage of the record with its marks, and links to all that rests on it."""

    line: int
    heading: str
    label: str
    look: str
    bits: tuple[Bit, ...]
    used: tuple[Link, ...]


@dataclass(frozen=True)
class Review:
    """All that the page shows; the words of each statement and question are found once."""

    content: ReviewContent

    @cached_property
    def words(self) -> RecordWords:
        """The record's passages."""
        return read_words(self.content.reading)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """Every part of the draft that carries a source."""
        return statements(self.content.trial.protocol)

    @cached_property
    def spans(self) -> tuple[tuple[Span, ...], ...]:
        """The words of each part: first of those without a source, then of the statements."""
        bare = [_once(span for place in places for span in self.words.at(place)) for _, _, places in self._bare]
        found = [
            _once(span for stated in one.source.stated for span in self._find(stated)) for one in self.statements
        ]  # fmt: skip
        return (*bare, *found)

    def _find(self, stated: Stated) -> tuple[Span, ...]:
        return () if is_contact(stated.where) else self.words.find(stated)

    @cached_property
    def _bare(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        known = self.content.trial.protocol.identifiers
        places = tuple(one.source for one in known if one.source)
        return (*_WITHOUT_SOURCE, ("identifiers", "identifiers", places))

    # --- Marks --------------------------------------------------------------------------------------------------------

    @cached_property
    def marks(self) -> dict[Span, Span]:
        """The mark of each stretch of words that something rests on."""
        every = [*self.spans, *self.question_spans.values()]
        return lay_marks({span for spans in every for span in spans if span.end > span.start})

    @cached_property
    def numbers(self) -> dict[Span, int]:
        """The number of each mark, in the order of the record."""
        return {mark: number for number, mark in enumerate(sorted(set(self.marks.values())), start=1)}

    def quotes(self, spans: Iterable[Span]) -> tuple[Quote, ...]:
        """The words of each stretch, one mark once."""
        marks = dict.fromkeys(self.marks[span] for span in spans if span in self.marks)
        return tuple(self._quote(mark) for mark in marks)

    def _quote(self, mark: Span) -> Quote:
        passage = self.words.passages[mark.passage]
        return Quote(self.numbers[mark], passage.line, _short(self.words.words_of(mark)), passage.label)

    # --- Parts --------------------------------------------------------------------------------------------------------

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Every part of the draft, criteria among them, in the protocol's order."""
        bare = [
            self._part(number, (name,), "Title and aim", what, self._says_bare(name))
            for number, (name, what, _) in enumerate(self._bare, start=1)
        ]
        found = [
            self._part(number, one.path, _chapter(one.path), one.what, one.says, one)
            for number, one in enumerate(self.statements, start=len(bare) + 1)
        ]
        return (*bare, *found)

    def _says_bare(self, name: str) -> str:
        protocol = self.content.trial.protocol
        if name == "identifiers":
            return "; ".join(f"{one.id} (given by {one.given_by})" for one in protocol.identifiers)
        return str(getattr(protocol, name)) or "none"

    def _part(
        self, number: int, path: Path_, chapter: str, what: str, says: str, one: Statement | None = None
    ) -> Part:  # fmt: skip
        quotes = self.quotes(self.spans[number - 1])
        same = tuple(quote for quote in quotes if _repeats(f"{what} {says}", quote.words))
        other = tuple(quote for quote in quotes if quote not in same)
        if one is None:  # a part without a source says in its own words that a question stands open
            says, asks = self.split_reason(says)
            because, confirm = "", " and ".join(self.question_at(link.to[2:]).who for link in asks)
        else:
            assumed = one.source.assumed
            because, asks = self.split_reason(assumed.because if assumed else "")
            confirm = assumed.confirm if assumed else ""
        line = self.content.trial.lines.by_path.get(path, 1)
        kept, more = other[:_MOST_QUOTES], other[_MOST_QUOTES:]
        return Part(number, chapter, what, says, line, same, kept, more, because, asks, confirm)

    def split_reason(self, because: str) -> tuple[str, tuple[Link, ...]]:
        """A reason without the names of its questions, and links to these."""
        reason, names = _split_reason(because, self.question_numbers)
        return reason, tuple(
            Link(f"q-{name}", f"Q{number}", self.question_at(name).about)
            for name in names
            if (number := self.question_numbers.get(name))
        )

    @cached_property
    def criteria(self) -> tuple[Judged, ...]:
        """Every criterion in the record's order."""
        drafted = {criterion.id: criterion for criterion in self.content.draft.criteria}
        protocol = self.content.trial.protocol
        found = []
        for part, path in zip(self.parts[len(self._bare) :], (one.path for one in self.statements), strict=True):
            criterion = protocol.criteria[int(path[1])] if path[0] == "criteria" else None
            if isinstance(criterion, Criterion):
                own = drafted[criterion.id]
                found.append(Judged(part, criterion.kind.value, own.text, own.computable))
        return tuple(found)

    # --- Questions ----------------------------------------------------------------------------------------------------

    @cached_property
    def question_numbers(self) -> dict[str, int]:
        """The number of each question by its id, in order of weight."""
        return {question.id: number for number, question in enumerate(self.content.draft.questions, start=1)}

    def question_at(self, name: str) -> OpenQuestion:
        """The question of that id."""
        return self.content.draft.questions[self.question_numbers[name] - 1]

    @cached_property
    def waiting(self) -> dict[str, list[int]]:
        """The places among the statements that wait for each question."""
        found: dict[str, list[int]] = {}
        for place, one in enumerate(self.statements):
            if one.source.assumed is not None:
                for name in _split_reason(one.source.assumed.because, self.question_numbers)[1]:
                    found.setdefault(name, []).append(place)
        return found

    @cached_property
    def question_spans(self) -> dict[str, tuple[Span, ...]]:
        """The words that each question concerns: where it looks, what it quotes, what it was read from, its parts'."""
        bare = len(self._bare)
        found = {}
        for question in self.content.draft.questions:
            own = [*self._places(question), *self._quoted(question), *self._read_from(question)]
            of_parts = [span for place in self.waiting.get(question.id, []) for span in self.spans[bare + place]]
            found[question.id] = _once(own or of_parts)[:_MOST_WORDS_OF_A_QUESTION]
        return found

    def _places(self, question: OpenQuestion) -> Iterator[Span]:
        for place in self.content.draft.places.get(question.id, ()):
            yield from self.words.at(place)

    def _quoted(self, question: OpenQuestion) -> Iterator[Span]:
        for match in _QUOTED.finditer(f"{question.about} {question.why}"):
            yield from self.words.quoted(match[1].removesuffix("…"))

    def _read_from(self, question: OpenQuestion) -> Iterator[Span]:
        """The line of a contradiction, or of what was inferred, that the question repeats."""
        said = f"{question.about} {question.why}".casefold()
        reading = self.content.reading
        for item in reading.confirm:
            if item.because.rstrip(".").casefold() in said:
                yield from self.words.on_line(item.line)[:1]
        for issue in reading.issues:
            line = issue.where.rpartition(":")[2]
            if issue.message.casefold() in said and line.isdigit():
                yield from self.words.on_line(int(line))[:1]

    @cached_property
    def questions(self) -> tuple[Asked, ...]:
        """Every question in order of weight."""
        found: list[Asked] = []
        for place, question in enumerate(self.content.draft.questions):
            before = self.content.draft.questions[place - 1] if place else None
            line = self.content.trial.lines.by_path.get(("questions", place, "answer"), 1)
            weight = self.content.draft.weights[question.id]
            quotes = self.quotes(self.question_spans[question.id])
            parts = tuple(self._link_to(place) for place in self.waiting.get(question.id, []))
            as_before = before is not None and (before.why, before.who, before.options) == (
                question.why, question.who, question.options,
            )  # fmt: skip
            found.append(Asked(place + 1, question, weight, line, quotes, parts, as_before))
        return tuple(found)

    def _link_to(self, place: int) -> Link:
        number = len(self._bare) + place + 1
        return Link(f"p{number}", f"P{number}", self.statements[place].what)

    # --- The record ---------------------------------------------------------------------------------------------------

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every passage with its marks and what rests on it."""
        marks = _by_passage(self.numbers)
        used = self._used()
        rows = []
        for place, passage in enumerate(self.words.passages):
            look = "unread" if passage.is_unread else "known" if passage.is_known else "read"
            bits = bits_of(passage.text, marks.get(place, {}))
            links = tuple(dict.fromkeys(used.get(place, ())))
            rows.append(Row(passage.line, passage.heading, passage.label, look, bits, links))
        return tuple(rows)

    @cached_property
    def row_of_line(self) -> dict[int, int]:
        """The number of the first row of each line of the source that is shown."""
        found: dict[int, int] = {}
        for number, passage in enumerate(self.words.passages, start=1):
            found.setdefault(passage.line, number)
        return found

    def _used(self) -> dict[int, list[Link]]:
        used: dict[int, list[Link]] = {}
        for part, spans in zip(self.parts, self.spans, strict=True):
            for span in spans:
                used.setdefault(span.passage, []).append(Link(f"p{part.number}", f"P{part.number}", part.what))
        for name, spans in self.question_spans.items():
            link = Link(f"q-{name}", f"Q{self.question_numbers[name]}", self.question_at(name).about)
            for span in spans:
                used.setdefault(span.passage, []).append(link)
        return used


def _once(spans: Iterable[Span]) -> tuple[Span, ...]:
    return tuple(dict.fromkeys(spans))


def _by_passage(numbers: Mapping[Span, int]) -> dict[int, dict[Span, int]]:
    found: dict[int, dict[Span, int]] = {}
    for mark, number in numbers.items():
        found.setdefault(mark.passage, {})[mark] = number
    return found


def _split_reason(because: str, known: Mapping[str, int]) -> tuple[str, list[str]]:
    """A reason and the questions that it ends with: ``…; see questions this, that``."""
    reason, _, names = because.partition("see question")
    return reason.rstrip("; "), [name for name in _NAMES.findall(names) if name in known]


def _chapter(path: Path_) -> str:
    name = str(path[0])
    return _CHAPTERS.get(name, name.replace("_", " ").capitalize())


def _repeats(text: str, words: str) -> bool:
    """Whether the text holds the words already; backslashes of Markdown and very short words do not count."""
    bare = words.replace("\\", "").removesuffix(" …")
    whole = " ".join(text.split())
    return len(bare) >= _TELLING and bare in whole


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _SHORT else f"{line[:_SHORT].rpartition(' ')[0] or line[:_SHORT]} …"


# --- The page ---------------------------------------------------------------------------------------------------------


def render_review(content: ReviewContent) -> str:
    """The page as one HTML file that needs nothing else; the same draft gives the same bytes."""
    content = replace(content, reading=_without_folder(content.reading))
    review = Review(content)
    script = read_own("review.js")
    policy = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    minutes = reading_minutes(review)
    return render_template(
        "review.html.j2",
        shown,
        review=review,
        reading=content.reading,
        draft=content.draft,
        protocol=content.trial.protocol,
        weights=[(weight, title, _of_weight(review, weight)) for weight, title in WEIGHTS.items()],
        chapters=_by_chapter(review),
        open_issues=[issue for issue in content.issues if issue.rule != UNANSWERED],
        unanswered=sum(issue.rule == UNANSWERED for issue in content.issues),
        unrecognised=_unrecognised(content.reading),
        minutes=minutes,
        left=[_seconds_left(minutes, count) for count in (len(review.questions), len(_of_weight(review, 1)))],
        pace=WORDS_A_MINUTE,
        field_words=field_words,
        blocks=_blocks(content),
        key=f"armlet-review-{digest(content.draft.protocol_yaml.encode())[7:23]}",
        style=read_own("style.css"),
        own_style=read_own("review.css"),
        script=script,
        policy=policy,
    )


def _without_folder(reading: Reading) -> Reading:
    """The reading with the bare name of its file: the page may be sent to somebody, and folders tell of people."""
    name = reading.name.replace("\\", "/").rpartition("/")[2]
    issues = tuple(replace(issue, where=issue.where.replace(reading.name, name)) for issue in reading.issues)
    return replace(reading, name=name, issues=issues)


def _of_weight(review: Review, weight: int) -> list[Asked]:
    return [asked for asked in review.questions if asked.weight == weight]


def _by_chapter(review: Review) -> list[tuple[str, list[Part]]]:
    """The parts but the criteria, which have a section of their own, by chapter."""
    criteria = {criterion.part.number for criterion in review.criteria}
    chapters: dict[str, list[Part]] = {}
    for part in review.parts:
        if part.number not in criteria:
            chapters.setdefault(part.chapter, []).append(part)
    return list(chapters.items())


def _unrecognised(reading: Reading) -> tuple[list[tuple[int, str]], int]:
    """The lines that the reader did not recognise, as far as they are listed, and how many more there are."""
    lines = reading.unrecognised
    listed = [(line.line, _short("" if is_contact(line.text) else line.text)) for line in lines[:_MOST_UNRECOGNISED]]
    return listed, len(lines) - len(listed)


def reading_minutes(review: Review) -> int:
    """How long all that has to be compared takes to read once, in whole minutes, rounded up."""
    texts = [part.says for part in review.parts]
    texts += [quote.words for part in review.parts for quote in part.quotes]
    texts += [criterion.text for criterion in review.criteria]
    for asked in review.questions:
        texts += [
            asked.question.about,
            "" if asked.as_before else " ".join((asked.question.why, *asked.question.options)),
        ]
    return -(-sum(len(text.split()) for text in texts) // WORDS_A_MINUTE)


def _seconds_left(minutes: int, questions: int) -> int:
    """What an hour leaves for each question beside the reading, in seconds; 0 where there is no question."""
    return max(60 - minutes, 0) * 60 // questions if questions else 0


def _blocks(content: ReviewContent) -> list[dict[str, str]]:
    """The end of protocol.yaml cut where each answer goes, so that the page can put answers in its place."""
    rows = content.draft.protocol_yaml.splitlines()
    by_path = content.trial.lines.by_path
    starts = [by_path["questions", place, "answer"] for place in range(len(content.draft.questions))]
    opens = by_path["questions",] if starts else len(rows) + 1
    blocks, done = [], opens - 1
    for question, line in zip(content.draft.questions, starts, strict=True):
        blocks.append({"id": question.id, "before": str(shown("\n".join(rows[done : line - 1])))})
        done = line
    return blocks


__all__ = ["ReviewContent", "render_review"]
